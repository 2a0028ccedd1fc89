/* SPDX-License-Identifier: Apache-2.0
 *
 * One person in one room: its session (a browser's socket, relayed by the front), its two transports, what it sends and what it
 * receives. The process's thread; owned by its room.
 */
#ifndef MEDIA_PARTICIPANT_H
#define MEDIA_PARTICIPANT_H

#include "media/consumer.h"
#include "media/twcc_log.h"

struct room;

struct rights { bool audio, video, screen; };

/* So many a second, and as many at once. */
struct tokens { int64_t left_micro, at_us; };
bool tokens_take(struct tokens *t, int64_t per_second, int64_t burst, int64_t now_us);

struct link {
	/* owned */
	struct transport *transport; /* NULL: none, or closed */
	/* borrowed */
	struct participant *participant;
	/* state */
	char id[MEDIA_ID_SIZE];
	bool up;          /* the browser sends over it */
	bool connected, closed; /* closed: it ended by itself, to be freed and told at the next turn */
	bool broken;      /* ... and not because the browser said so */
	uint32_t path_breaks; /* that were seen (transport_path_breaks) */
	struct tokens rtcp;
};

#define STREAMS_MAX (PARTICIPANT_PRODUCERS_MAX * PRODUCER_ENCODINGS_MAX * 2)

struct participant {
	/* owned */
	struct link up, down;
	struct producer *producers[SOURCE_COUNT]; /* by source; NULL: none */
	VEC(struct consumer *) consumers;
	/* borrowed */
	struct room *room;
	/* state */
	int64_t id;
	uint64_t session;      /* 0: its socket is gone */
	int64_t gone_us;
	struct rights rights;
	struct ortc_caps caps;
	bool told_connected;
	bool viewer;           /* watches only: the others are not told of it */
	bool plain;            /* a program that spoke SDP (whip.h): nobody reads what it would be told; it goes with its path */
	/* incoming streams by SSRC, and what extensions carry */
	struct { uint32_t ssrc; struct stream *stream; bool rtx; } streams[STREAMS_MAX];
	unsigned streams_n;
	uint8_t ext[EXT_COUNT]; /* the browser's ids */
	struct twcc_log arrivals;
	struct tokens packets, requests, resends;
	unsigned refused;      /* requests over the limit, in a row */
	/* outgoing */
	char cname[MEDIA_ID_SIZE];
	uint32_t next_ssrc, own_ssrc;
	unsigned next_mid;
	struct downlink downlink;
	int64_t sent_rate;     /* bit/s of the last turn */
	int64_t sent_voices;   /* and of that the sound */
	uint64_t loss_packets, loss_256; /* pictures that its reports told of, and the sum of what was lost of them, in 256ths of a packet */
	bool share_due;
	/* timers */
	int64_t feedback_us, report_us, sr_us, share_us, nack_us;
	uint64_t dropped;      /* packets that nobody was to get: unknown, forbidden, too many */
};

struct participant *participant_new(struct room *room, int64_t id);
void participant_free(struct participant **p);
void participant_reset(struct participant *p);  /* media of an old session: transports, producers, consumers go; peers are told */

/* NULL: as many transports as there may be, in the process. */
struct link *participant_open(struct participant *p, bool up);
struct link *participant_link(struct participant *p, const char *id); /* NULL: none of its own */
struct producer *participant_producer(struct participant *p, const char *id);
struct consumer *participant_consumer(struct participant *p, const char *id);
bool participant_may(const struct participant *p, enum media_source source);
bool participant_rights(struct participant *p, struct rights rights); /* closes what they forbid; true: they changed */

struct producer *participant_produce(struct participant *p, enum media_source source, const struct ortc_send *send, bool paused);
bool participant_collides(const struct participant *p, const struct ortc_send *send); /* an SSRC or a mid is another producer's */
void participant_close_producer(struct participant *p, struct producer *producer); /* consumers too; everybody concerned is told */
void participant_close_consumer(struct participant *p, struct consumer *consumer, bool tell);
/* Whose stream a packet is; learns its SSRC by the packet's extensions. NULL: nobody's. */
struct stream *participant_stream(struct participant *p, const struct packet *packet, bool *rtx_out);
void participant_turn(struct participant *p, int64_t now_us); /* every 5 ms or so: reports, requests, budget */

/* reports.c */
void participant_uplink_turn(struct participant *p, int64_t now_us);   /* NACK, PLI, RR, transport-wide feedback to the sender */
void participant_downlink_turn(struct participant *p, int64_t now_us); /* SR and SDES to the receiver */
void participant_rtcp(struct link *l, const uint8_t *bytes, size_t n, int64_t now_us);

#endif
