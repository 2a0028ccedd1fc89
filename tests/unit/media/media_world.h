/* SPDX-License-Identifier: Apache-2.0
 *
 * A router over the fake transport: the front's messages go in, its own and the browsers' texts come out, the clock is the test's. One thread.
 */
#ifndef TESTS_UNIT_MEDIA_WORLD_H
#define TESTS_UNIT_MEDIA_WORLD_H

#include "fake_transport.h"
#include "media/control.h"

#define WORLD_TEXTS_MAX 4096

struct world {
	struct router *router;
	struct packets *packets;
	json_t *front[WORLD_TEXTS_MAX]; /* messages to the front that are no texts */
	size_t front_n;
	struct { uint64_t session; json_t *json; } texts[WORLD_TEXTS_MAX]; /* texts to browsers */
	size_t texts_n;
};
extern struct world world;

void world_start(size_t packets);
void world_stop(void);
void world_forget(void);               /* texts and messages */
void world_wait(int64_t us);           /* turns of 5 ms */
int64_t world_now(void);

void world_front(const char *format, ...) __attribute__((format(printf, 1, 2))); /* a message of the front */
void world_admit(const char *room, uint64_t session, int64_t participant, bool audio, bool video, bool screen);
json_t *world_ask(uint64_t session, const char *method, json_t *data); /* the answer, borrowed until world_forget; data is consumed */
json_t *world_ok(uint64_t session, const char *method, json_t *data);  /* its data; fails the test when it was refused */
const char *world_refused(uint64_t session, const char *method, json_t *data); /* the code; fails when it was not */
json_t *world_event(uint64_t session, const char *event); /* data of the newest such event, or NULL */
size_t world_events(uint64_t session, const char *event);
json_t *world_told(const char *m);     /* newest message to the front of this kind, or NULL */

/* A browser with both transports connected and capabilities told. */
struct browser {
	uint64_t session;
	int64_t participant;
	struct transport *send, *recv;
	char send_id[32], recv_id[32];
};
void browser_join(struct browser *b, const char *room, uint64_t session, int64_t participant);
void browser_media(struct browser *b); /* both transports, of one that was admitted */
json_t *opus_parameters(uint32_t ssrc, const char *mid);
json_t *vp8_parameters(uint32_t ssrc, uint32_t rtx_ssrc, const char *mid);
json_t *simulcast_parameters(const char *mid);
json_t *device_capabilities(void);
const char *browser_produce(struct browser *b, const char *source, json_t *rtp_parameters, char id_out[32]);
/* Consumes and resumes; gives the SSRCs. */
void browser_consume(struct browser *b, const char *producer, char id_out[32], uint32_t *ssrc_out, uint32_t *rtx_out);

/* Packets of a sender. */
enum { WORLD_EXT_MID = 4, WORLD_EXT_RID = 10, WORLD_EXT_RRID = 11, WORLD_EXT_LEVEL = 1, WORLD_EXT_TWCC = 5 }; /* a browser's ids */
struct rtp_make {
	uint8_t pt;
	bool marker;
	uint16_t seq;
	uint32_t ts, ssrc;
	const char *mid, *rid, *rrid;
	int level;          /* -1: none */
	int twcc;           /* -1: none */
	const uint8_t *payload;
	size_t n;
};
size_t rtp_make(uint8_t out[PACKET_MAX], const struct rtp_make *m);
/* A VP8 payload: the first packet of a picture (or a later one), key frame or not. */
size_t vp8_make(uint8_t *out, bool start, bool key, uint16_t pid, uint8_t tl0, uint8_t tid, bool sync, size_t n);
size_t sent_rtp(struct transport *t, uint32_t ssrc); /* RTP packets that this transport was given with this SSRC (0: any) */
const struct fake_sent *sent_last(struct transport *t, uint32_t ssrc);
size_t sent_plis(struct transport *t, uint32_t ssrc);

#endif
