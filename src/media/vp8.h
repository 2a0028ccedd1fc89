/* SPDX-License-Identifier: Apache-2.0
 *
 * VP8 payload descriptors (RFC 7741 4.2): read, and written anew for a receiver with picture ids and TL0PICIDX that go on without
 * gaps over dropped layers and switched streams. Pure functions, any thread.
 */
#ifndef MEDIA_VP8_H
#define MEDIA_VP8_H

#include "base/err.h"
#include <stddef.h>

enum { VP8_DESCRIPTOR_MAX = 6 };

struct vp8 {
	uint8_t n;             /* bytes of the descriptor, 1-6 */
	bool start;            /* S: begins a partition */
	uint8_t partition;     /* PID, 0-15; a picture begins with start and partition 0 */
	bool non_reference;    /* N: no later picture needs it */
	bool key_frame;        /* the first packet of a key frame (picture's start, and P = 0 in the payload header) */
	uint16_t width, height; /* of a key frame whose header holds them, else 0 */
	bool has_picture_id, long_picture_id; /* long: 15 bits, else 7 */
	bool has_tl0, has_tid, has_key_index;
	uint16_t picture_id;
	uint8_t tl0;           /* TL0PICIDX */
	uint8_t tid;           /* temporal layer, 0-3 */
	bool layer_sync;       /* Y: needs only layer 0: a receiver may go up here */
	uint8_t key_index;     /* KEYIDX, 0-31 */
};

/* payload without the RTP header. ERR_MALFORMED: empty or shorter than the descriptor says. */
enum err vp8_parse(const uint8_t *payload, size_t n, struct vp8 *out) MUST_CHECK;

/* The descriptor with another picture id (always in 15 bits) and TL0PICIDX, each only when d has one. Bytes written; it replaces the d->n bytes of the packet. */
size_t vp8_write(const struct vp8 *d, uint16_t picture_id, uint8_t tl0, uint8_t out[VP8_DESCRIPTOR_MAX]);

#endif
