/* SPDX-License-Identifier: Apache-2.0
 *
 * Private to transport.c (one of them) and transports.c (what comes in, all of them). One thread.
 */
#ifndef MEDIA_TRANSPORT_PRIVATE_H
#define MEDIA_TRANSPORT_PRIVATE_H

#include "base/map.h"
#include "media/dtls.h"
#include "media/egress.h"
#include "media/ice.h"
#include "media/transport.h"
#include "media/tuple_table.h"

#define HANDSHAKE_QUEUE 256       /* DTLS datagrams that wait, of all transports */
#define HANDSHAKE_QUEUE_OF_ONE 8
#define ERRORS_A_SECOND 50        /* answers of refusal to checks */

struct transport {
	struct transports *all;
	/* borrowed */
	const struct transport_listener *listener;
	void *user;
	/* owned */
	struct dtls *dtls;          /* NULL until the first datagram of it */
	struct srtp *in, *out;      /* NULL until connected */
	/* hot: what sending touches */
	struct egress_line line;
	uint32_t rtp_overhead;      /* bytes that the profile adds */
	bool connected, closed, freed;
	struct transport_stats stats;
	/* state */
	struct ice ice;
	bool has_peer;              /* its fingerprint */
	uint8_t peer[DTLS_FINGERPRINT_BYTES];
	int64_t opened_us, handshake_us; /* transport_connect; the first DTLS */
	unsigned queued;            /* of the handshake queue */
	size_t at;                  /* its place in all->list */
	struct transport *grave_next;
};

struct waiting { struct transport *t; struct packet *p; };

struct transports {
	struct transports_config config;
	/* owned */
	struct dtls_context *dtls;
	struct egress *egress;
	struct tuple_table *tuples;
	struct strmap *names;       /* user name fragments, present and previous */
	struct transport **list;    /* of TRANSPORTS_MAX places */
	struct transport *graves;   /* freed in this turn; their memory goes at its end */
	/* state */
	size_t count, handshaking;  /* handshaking: have begun DTLS and are neither connected nor closed */
	int64_t now_us, swept_us;   /* swept: consent and time-outs */
	struct waiting handshakes[HANDSHAKE_QUEUE];
	size_t handshakes_at, handshakes_n;
	int64_t errors_since_us;
	unsigned errors;            /* in the second that began then */
	struct transports_stats stats;
};

/* transport.c */
void transport_close(struct transport *t, const char *why); /* tells the owner; t may be freed afterwards */
void transport_forget_paths(struct transport *t);
void transport_dtls(struct transport *t, const uint8_t *p, size_t n); /* t may be freed afterwards */
void transport_dtls_changed(struct transport *t, enum dtls_state state);
void transport_bury(struct transport *t); /* its memory */

#endif
