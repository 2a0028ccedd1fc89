/* SPDX-License-Identifier: Apache-2.0
 *
 * H.264 payloads (RFC 6184, packetization-mode 1): what a router must know of them. Pure functions, any thread.
 */
#ifndef MEDIA_H264_H
#define MEDIA_H264_H

#include "base/err.h"
#include <stddef.h>

struct h264 {
	bool start;         /* begins a NAL unit: a single one, an aggregate, or the first fragment */
	bool end;           /* ends it: not a fragment that is followed by others */
	bool key_frame;     /* holds the start of an IDR picture or of a sequence parameter set: a receiver may begin here */
	bool reference;     /* nal_ref_idc > 0 in any unit of it: others need it */
	uint8_t nal;        /* type of the unit, of an aggregate's first one: 1-23 */
};

/* payload without the RTP header. ERR_MALFORMED: empty, the forbidden bit, a type that mode 1 does not have (0, 25-27, 29-31), an aggregate or fragment that is
 * broken, nested or empty. */
enum err h264_parse(const uint8_t *payload, size_t n, struct h264 *out) MUST_CHECK;

#endif
