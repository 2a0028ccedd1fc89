/* SPDX-License-Identifier: Apache-2.0
 *
 * What one receiver gets of a sender's streams, as one continuous stream: which layer goes out, and under which sequence number, timestamp and
 * (VP8, RFC 7741) picture id. Switching between simulcast streams happens on key frames; layers in time are dropped by whole
 * pictures. Pure, no allocation; one struct layers a consumer.
 *
 * A number that was given out is never given again (the rule of the index, srtp.h): what goes out is decided before it gets one.
 */
#ifndef MEDIA_LAYERS_H
#define MEDIA_LAYERS_H

#include "media/seq_map.h"

#define LAYERS_PICTURES 64     /* pictures of VP8 that a late packet is looked up among */
#define LAYERS_STEP_BACK 6750  /* ticks (75 ms) that a switch may have to be late by, so that timestamps do not go back */

/* A packet as it came. */
struct layers_in {
	int stream;      /* which simulcast stream, 0.. */
	uint32_t seq;    /* its sequence number there, extended to 32 bits */
	uint32_t ts;
	bool marker;
	bool empty;      /* only padding: it goes no further, its number is closed up */
	bool key;        /* the first packet of a key frame; for sound: always */
	bool vp8;        /* the following are valid */
	bool has_pid, has_tl0, has_tid;
	bool sync;       /* Y: this picture depends on the base layer only */
	bool pid15;      /* 15 bits of picture id, else 7 */
	uint16_t pid;
	uint8_t tl0, tid;
};

struct layers_out {
	uint16_t seq, pid;
	uint8_t tl0;
	uint32_t ts;
};

enum layers_verdict {
	LAYERS_DROP,
	LAYERS_SEND,
	LAYERS_SWITCHED,  /* send; it begins: the first one, after a pause, or of another stream */
	LAYERS_BLANK,     /* drop, but its number was kept for it: send padding under that, so that nobody waits */
	LAYERS_KEY_AGAIN  /* drop; this key frame came too early for its timestamp, ask for another */
};

struct layers_picture { int32_t in; uint16_t out; uint8_t tl0; bool sent, known; };

struct layers {
	/* state: what is chosen */
	int8_t target, current;          /* streams; -1 none */
	uint8_t temporal_target, temporal; /* layers in time that go out, from 0 */
	/* numbers */
	bool open;                       /* packets of `current` flow; false: a key frame is awaited */
	bool used;                       /* a packet went out ever */
	bool marker;                     /* the last one had it */
	struct seq_map seqs;             /* of the current stream */
	uint32_t ts, ts_delta;           /* out = in - delta */
	unsigned again;                  /* key frames that were asked for again, in a row */
	/* pictures */
	bool pictures_used;
	int32_t in_pid;                  /* the newest, unwrapped */
	uint16_t pid;                    /* what it went out as, or the last before it */
	uint8_t tl0, tl0_delta;
	struct layers_picture pictures[LAYERS_PICTURES];
};

/* first_seq below 32768 (srtp.h). */
void layers_init(struct layers *l, uint16_t first_seq);
/* spatial -1: nothing goes out. The current stream goes on until a key frame of the new one comes. */
void layers_target(struct layers *l, int spatial, unsigned temporal);
void layers_pause(struct layers *l);                       /* nothing until the next key frame (sound: the next packet) after this */
bool layers_wants_key(const struct layers *l);             /* the target's key frame is awaited */
/* aligned: in our outgoing clock, the time of in->ts; used only when it begins another stream. */
enum layers_verdict layers_take(struct layers *l, const struct layers_in *in, uint32_t aligned, struct layers_out *out);

#endif
