/* SPDX-License-Identifier: Apache-2.0
 *
 * media/transport.h without a network: what is sent is recorded, what comes is put in by the test. Aborts when a number of an SSRC
 * is sent twice (the rule of the index, media/srtp.h). One thread.
 */
#ifndef TESTS_UNIT_MEDIA_FAKE_TRANSPORT_H
#define TESTS_UNIT_MEDIA_FAKE_TRANSPORT_H

#include "media/transport.h"

#define FAKE_SENT_MAX 8192

struct fake_sent {
	struct transport *transport;
	bool rtcp;
	uint16_t n;
	uint8_t data[PACKET_MAX];
	struct rtp rtp; /* of RTP */
};

struct fake {
	struct packets *packets; /* borrowed: where packets that come are taken from */
	struct fake_sent *sent;  /* FAKE_SENT_MAX, the newest last */
	size_t n;
	uint64_t all;            /* packets that were sent, also those that are not kept */
	bool keep;               /* false: counted only */
	bool busy;               /* every send is refused */
	size_t alive;            /* transports */
};
extern struct fake fake;

void fake_start(struct packets *packets);
void fake_stop(void);
void fake_forget(void);                                      /* what was sent */
/* For runs that begin again and again with the same transports, whose memory the caller brings back. */
struct fake_state { struct transport *first; unsigned numbers; struct fake fake; };
void fake_save(struct fake_state *out);
void fake_again(const struct fake_state *s);                 /* as it was; no packet of this run was sent yet */
struct transport *fake_newest(void);                         /* made last */
struct transport *fake_find(const char *ufrag);              /* by usernameFragment of its options */
void fake_connect(struct transport *t);
void fake_close(struct transport *t, const char *why);
void fake_break_path(struct transport *t);                   /* it goes on by another path than the one that broke */
bool fake_rtp(struct transport *t, const uint8_t *p, size_t n); /* false: not RTP, or no packet left */
void fake_rtcp(struct transport *t, const uint8_t *p, size_t n, int64_t now_us);
const char *fake_fingerprint(const struct transport *t);

#endif
