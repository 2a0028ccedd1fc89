/* SPDX-License-Identifier: Apache-2.0
 *
 * What flows in a bench: streams that are sent at their pace, and receivers that check what comes. Every packet's number is looked at; of one in FLOW_SAMPLE the payload
 * is decrypted, its bytes, its picture id and its delay (from our sending to the kernel's stamp at the receiver's socket) too. One thread; never linked into the product.
 */
#ifndef BENCH_FLOW_H
#define BENCH_FLOW_H

#include "media_room.h"

#define FLOW_SAMPLE 16
#define FLOW_STREAMS 128  /* that one receiver tells apart */
#define FLOW_DELAYS 50000 /* places of 10 us */

struct flow { /* one stream that a person sends */
	struct media_client *client; /* borrowed */
	bool video, on, key_wanted;
	uint8_t pt;
	uint32_t ssrc;
	unsigned packets;         /* of a picture */
	size_t size;              /* bytes of a packet with its header of 12 bytes, as the sender makes it */
	int64_t every_us;
	/* state */
	uint16_t seq;
	uint32_t frame;
	int64_t due_us, sr_us;
	uint64_t sent;
	struct srtp_stream srtp;
};

struct ear { /* one receiver */
	struct flows *all;
	struct media_client **client; /* borrowed */
	unsigned looked;
	int64_t report_us;
	struct { uint32_t ssrc; uint16_t seq, pid_delta; bool known, pid_known; } streams[FLOW_STREAMS];
};

struct tally {
	uint64_t sent;       /* by all flows */
	uint64_t received;   /* RTP, by all ears */
	uint64_t bytes;      /* of that, as on the wire without UDP and IP */
	uint64_t holes, back; /* numbers that were left out; that went back */
	uint64_t sampled, wrong_bytes, wrong_pid;
	uint64_t delays;
	uint32_t delay[FLOW_DELAYS];
};

struct flows {
	struct media_room *room;
	struct flow *flow;
	unsigned flow_n;
	struct ear *ear;
	unsigned ear_n;
	struct tally tally;
};

void flows_init(struct flows *f, struct media_room *room, unsigned flows, unsigned ears);
void flows_release(struct flows *f);
struct media_client_config flows_sender(struct flows *f);            /* for the client of a person who sends */
struct media_client_config flows_receiver(struct flows *f, unsigned ear); /* of the ear-th one */
void flows_listen(struct flows *f, unsigned ear, struct media_client **client);
struct flow *flows_add(struct flows *f, struct media_client *client, bool video, uint8_t pt, uint32_t ssrc);
void flows_run(struct flows *f, int64_t us);  /* sends what is on, reads, reports */
void flows_drain(struct flows *f, int ms);    /* reads only */
void tally_reset(struct flows *f);
double tally_delay_ms(const struct tally *t, double share); /* 0.99: the delay that 99 % do not exceed */

#endif
