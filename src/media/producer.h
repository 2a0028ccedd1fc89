/* SPDX-License-Identifier: Apache-2.0
 *
 * A producer: one microphone, camera or screen of a participant, in one to three streams (simulcast). A packet that came is understood once
 * (struct part), kept for those who ask for it again, and handed to every consumer. The process's thread; owned by its participant.
 */
#ifndef MEDIA_PRODUCER_H
#define MEDIA_PRODUCER_H

#include "media/bandwidth.h"
#include "media/key_ask.h"
#include "media/layers.h"
#include "media/nack_list.h"
#include "media/ortc.h"
#include "media/packet.h"
#include "media/speaker.h"
#include "media/vp8.h"
#include "base/vec.h"

#define MEDIA_ID_SIZE 16 /* "p-" and 13 letters, with the NUL */

struct consumer;
struct participant;
struct producer;

/* A packet of a stream: where its payload is and what it means. RTX is unwrapped already. */
struct part {
	struct packet *packet; /* shared: one reference while it is in a ring */
	struct layers_in in;   /* its numbers and its layer; the sequence number is extended */
	uint16_t at, n;        /* payload in packet->data */
	uint8_t extra;         /* sound: the level byte; video: the orientation byte */
	struct vp8 vp8;        /* in.vp8 */
};

struct stream {
	/* owned */
	struct part *ring;     /* video: STREAM_RING, by seq; NULL for sound */
	/* borrowed */
	struct producer *producer;
	/* state */
	uint8_t index;         /* from the smallest picture, 0.. */
	bool started;
	uint32_t ssrc, rtx_ssrc; /* 0: not learned yet */
	uint32_t first, highest; /* extended sequence numbers */
	uint32_t oldest;         /* the first that the ring may still hold */
	uint64_t came[STREAM_RING / 64]; /* ring of bits: which of the last STREAM_RING numbers came, though their packets may be gone already */
	uint32_t ts;             /* of the newest */
	int64_t at_us;           /* when it came; 0: never */
	struct nack_list nacks;  /* video: holes to be asked for */
	/* receiver reports (RFC 3550 A.3, A.8) */
	uint32_t received, expected_before, received_before;
	int32_t transit;
	uint32_t jitter;         /* in 1/16 ticks */
	uint8_t fraction_lost;
	/* the sender's clock */
	bool sr_known;
	uint64_t sr_ntp;
	uint32_t sr_ts;
	int64_t sr_us;           /* when it came */
	/* key frames */
	struct key_ask keys;
	bool key_wanted;         /* by somebody; asked for again while it is */
	enum key_need key_need;  /* of those who are not consumers that wait to begin or to switch */
	uint8_t fir_number;
	/* bits a second, by layers in time, and the bytes of this turn */
	uint32_t rate[LAYERS_TEMPORAL_MAX], bytes[LAYERS_TEMPORAL_MAX];
	bool measured;
};

struct on_tape { uint32_t track; uint8_t layer, wanted; }; /* tape.h; track 0: not yet */

struct producer {
	/* owned */
	VEC(struct consumer *) consumers; /* they belong to their receivers */
	/* borrowed */
	struct participant *participant;
	/* state */
	char id[MEDIA_ID_SIZE];
	enum media_source source;
	struct ortc_send send;
	bool paused;             /* by its owner; what it sends then is thrown away */
	uint8_t streams_n;
	struct stream streams[PRODUCER_ENCODINGS_MAX];
	struct voice voice;
	struct on_tape tape;
	uint8_t extra;           /* the newest orientation */
	uint8_t score;           /* that was told */
	int64_t turned_us;       /* rates */
	int64_t key_asked_us;    /* for any of its streams; 0: never */
};

struct producer *producer_new(struct participant *owner, enum media_source source, const struct ortc_send *send, bool paused);
void producer_free(struct producer **p); /* without consumers */

/* A packet of this stream; rtx: it is the retransmission of one. Forwards it. */
void producer_packet(struct stream *s, struct packet *p, bool rtx);
const struct part *stream_find(const struct stream *s, uint32_t seq); /* NULL: not there (any more) */
/* Asks the sender (key_ask.h); need: until a key frame comes, whatever becomes of the consumers. KEY_NONE: while a consumer waits for one. */
void stream_want_key(struct stream *s, enum key_need need);
void stream_ask_key(struct stream *s);       /* in time again, while key_wanted */
bool stream_alive(const struct stream *s, int64_t now_us); /* packets come */
uint32_t stream_rate(const struct stream *s, unsigned temporal, int64_t now_us); /* 0: it does not come; a guess until it was measured */
void producer_turn(struct producer *p, int64_t now_us); /* every RATE_TURN_US: rates */
#define RATE_TURN_US 500000
/* Packets older than STREAM_KEEP_US leave the ring; all of them when keep is false. */
void stream_trim(struct stream *s, int64_t now_us, bool keep);

#endif
