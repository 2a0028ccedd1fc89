/* SPDX-License-Identifier: Apache-2.0
 *
 * What goes from a media process to a recorder over their pair of stream sockets, and back: messages of u32 length (of what follows) and u8 type, numbers in network
 * order, times in microseconds of the machine's monotonic clock. Pure functions, any thread.
 */
#ifndef MEDIA_TAPE_FORMAT_H
#define MEDIA_TAPE_FORMAT_H

#include "base/err.h"
#include "media/limits.h"
#include <stddef.h>

enum tape_type {
	TAPE_BEGIN = 1,   /* first of all: at_us is the recording's zero */
	TAPE_PACKET = 2,  /* of a track: all but ntp */
	TAPE_REPORT = 3,  /* a sender report: track, layer, ts, ntp, at_us */
	TAPE_END = 4,     /* the track has ended */
	TAPE_SPEAKER = 5, /* participant speaks from at_us on; 0: nobody */
	TAPE_TYPES
};
enum tape_codec { TAPE_OPUS, TAPE_VP8, TAPE_H264, TAPE_CODECS };
enum tape_source { TAPE_MIC, TAPE_CAMERA, TAPE_SCREEN, TAPE_SCREEN_AUDIO, TAPE_SOURCES };

enum {
	TAPE_HEAD = 5,
	TAPE_FIXED = 40, /* bytes of a message between its head and its payload */
	TAPE_MESSAGE_MAX = TAPE_HEAD + TAPE_FIXED + PACKET_MAX,
	TAPE_ASK = 5     /* bytes of what comes back: u32 track, u8 layer: a key frame is wanted */
};

struct tape_message {
	enum tape_type type;
	uint32_t track;          /* 1.. within a recording, one for each producer */
	int64_t participant;
	enum tape_source source;
	enum tape_codec codec;
	uint8_t layer;           /* stream of a simulcast, 0 .. PRODUCER_ENCODINGS_MAX-1, each with its own seq and ts */
	bool marker;
	uint32_t seq, ts;        /* seq extended; both wrap */
	int64_t at_us;
	uint64_t ntp;
	const uint8_t *payload;  /* borrowed */
	size_t n;
};

/* Head and fixed part of m; m->n bytes of payload follow them. */
void tape_write(const struct tape_message *m, uint8_t out[TAPE_HEAD + TAPE_FIXED]);
/* ERR_AGAIN: not whole yet. ERR_MALFORMED: none of these, or a number is out of its bounds. *used_out: bytes of the whole message. */
enum err tape_read(const uint8_t *p, size_t n, struct tape_message *out, size_t *used_out) MUST_CHECK;

#endif
