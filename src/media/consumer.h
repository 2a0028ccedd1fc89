/* SPDX-License-Identifier: Apache-2.0
 *
 * A consumer: what one receiver gets of one producer, as a stream of its own numbers. The process's thread; owned by the receiver, listed by the producer.
 */
#ifndef MEDIA_CONSUMER_H
#define MEDIA_CONSUMER_H

#include "media/layers.h"
#include "media/rtcp.h"
#include "media/producer.h"
#include "media/transport.h"

/* What went out under a number, so that it can be sent again. */
struct sent {
	uint32_t in_seq, ts;
	uint16_t seq, pid;
	uint8_t tl0, stream;   /* stream: its index + 1; 0: nothing went out in this place yet */
	uint16_t resent_ms;    /* the clock's lowest bits when it was sent again, 0: never */
};

struct consumer {
	/* borrowed */
	struct transport *transport; /* NULL: its transport is closed */
	struct producer *producer;
	struct participant *participant; /* the receiver */
	/* owned */
	struct sent *sent;     /* SENT_RING, video that can be repaired; else NULL */
	/* state: read for every packet */
	bool flows;            /* neither side paused it and the transport is connected */
	bool paused;           /* by the receiver */
	uint8_t pt, rtx_pt;
	uint8_t extra_id;      /* id of the extension for struct part's extra; 0: the receiver knows none */
	uint32_t ssrc, rtx_ssrc; /* rtx_ssrc 0: it cannot be repaired */
	uint64_t packets, octets;
	struct layers layers;
	struct srtp_stream srtp, rtx_srtp;
	uint16_t rtx_seq;
	struct { uint16_t seq; int64_t due_us; } twice[RESEND_TWICE_MAX]; /* to be sent once more, the earliest first */
	uint8_t twice_n;
	int64_t lossy_until_us;
	/* state: what is wished */
	char id[MEDIA_ID_SIZE];
	uint8_t priority;
	int8_t spatial_wish, temporal_wish;
	int8_t spatial_told, temporal_told; /* of the event consumer_layers */
	/* reports */
	uint32_t sr_middle;    /* of the SR that was sent last */
	int64_t sr_us;
	uint32_t rtt_us;
	uint8_t fraction_lost;
	uint64_t packets_reported; /* that went out until the last report */
	uint32_t bytes, rate;  /* of this turn; bit/s of the last one */
	uint32_t switches, too_early; /* other streams begun; key frames of them that could not be used (LAYERS_KEY_AGAIN) */
	struct bandwidth_want want;
};

struct consumer *consumer_new(struct participant *receiver, struct producer *producer);
void consumer_free(struct consumer **c); /* leaves the producer's list, not the receiver's */

void consumer_update(struct consumer *c); /* after a pause, a resumption or a change of a transport: does it flow? */
void consumer_packet(struct consumer *c, const struct stream *s, const struct part *part); /* no allocation */
void consumer_resend(struct consumer *c, uint16_t seq, int64_t now_us); /* it was asked for */
/* What was sent again on a lossy way may be lost too, and browsers seldom ask twice: the second copies that are due. Every turn. */
void consumer_turn(struct consumer *c, int64_t now_us);
void consumer_want_key(struct consumer *c);  /* the receiver asks for a key frame */
void consumer_restart(struct consumer *c);   /* what was sent of late went nowhere: begins anew with a key frame */
enum key_need consumer_key_need(const struct consumer *c, int stream); /* of this stream's next key frame */
void consumer_target(struct consumer *c, int spatial, int temporal); /* what the budget gives; -1: nothing */
bool consumer_report(struct consumer *c, int64_t now_us, struct rtcp_sr *out); /* false: nothing to tell yet */
json_t *consumer_json(const struct consumer *c); /* as `consume` answers, once: it takes a mid; the caller's */

#endif
