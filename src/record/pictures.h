/* SPDX-License-Identifier: Apache-2.0
 *
 * Pictures out of the payloads of packets in their order: VP8 (RFC 7741) and H264 in mode 1 (RFC 6184), the latter with start codes. After a hole everything up to the next key frame is left out,
 * because it would show what nobody sent. One thread.
 */
#ifndef RECORD_PICTURES_H
#define RECORD_PICTURES_H

#include "media/tape_format.h"
#include "base/str.h"

enum { PICTURE_MAX = 4 << 20, PARAMETERS_MAX = 512 }; /* bytes of one picture, of one parameter set of H264 */

struct pictures {
	/* owned */
	struct buf data;      /* of the picture that is put together */
	/* state */
	enum tape_codec codec;
	bool open, key, idr;  /* a picture has begun; is it a key frame */
	bool wants_key;       /* nothing is given out before one: ask for it */
	uint32_t ts;
	uint16_t width, height; /* of the newest key frame, 0: not known */
	uint8_t sps[PARAMETERS_MAX], pps[PARAMETERS_MAX];
	size_t sps_n, pps_n;
};

void pictures_init(struct pictures *p, enum tape_codec codec);
void pictures_release(struct pictures *p);
/* True: p->data is a whole picture of the time p->ts, until the next call. lost: packets before this one are missing. */
bool pictures_packet(struct pictures *p, const uint8_t *payload, size_t n, uint32_t ts, bool marker, bool lost);
/* Size of the pictures by a sequence parameter set, with its first byte; false: not one that we read. */
bool h264_size(const uint8_t *sps, size_t n, uint16_t *width_out, uint16_t *height_out);

#endif
