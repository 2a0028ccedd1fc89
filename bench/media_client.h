/* SPDX-License-Identifier: Apache-2.0
 *
 * A browser's end of one transport, for tests and load: full ICE as the controlling side with one candidate, DTLS client, SRTP both ways, over UDP, over ICE-TCP, or
 * over functions of the caller (no socket). Hundreds of them live in one thread: the caller watches media_client_fd and calls media_client_tick.
 * Never linked into the product.
 */
#ifndef BENCH_MEDIA_CLIENT_H
#define BENCH_MEDIA_CLIENT_H

#include "media/srtp.h"
#include <netinet/in.h>

struct media_client_context; /* a certificate for all of them */
struct media_client_context *media_client_context_new(const char *srtp_profiles); /* NULL: GCM, then SHA1_80 */
void media_client_context_free(struct media_client_context **c);
const char *media_client_fingerprint(const struct media_client_context *c); /* for transport_connect */

struct media_client_config {
	const char *ufrag, *password; /* the server's; copied */
	struct sockaddr_in6 server;   /* IPv4 as ::ffff:a.b.c.d */
	bool tcp;
	void *user;
	/* Instead of a socket; datagrams come by media_client_input. NULL: a socket. */
	void (*send)(void *user, const uint8_t *p, size_t n);
	void (*rtp)(void *user, uint8_t *p, size_t n);  /* clear; NULL: not decrypted, counted only */
	void (*rtcp)(void *user, uint8_t *p, size_t n); /* clear; may be NULL */
	bool (*wants)(void *user, const uint8_t *p, size_t n); /* RTP as it came: decrypt it for rtp()? NULL: yes */
	bool stamps;                                    /* ask the kernel when a datagram came: media_client_came_ns */
	bool no_nomination;
	bool controlled;                                /* the server is the controlling side */
	const char *own_password;                       /* of our end, borrowed: the server's checks are answered. NULL: it is ICE-lite and makes none */
	unsigned mtu;                                   /* of DTLS; 0: 1200. A small one makes the hello come in fragments. */
};

struct media_client_counts {
	uint64_t checks_sent, checks_answered, errors; /* errors: answers of STUN that refuse */
	uint16_t last_error;
	uint64_t packets_in, bytes_in, packets_out, bad, lost_out; /* packets: RTP and RTCP; lost_out: the socket did not take it */
};

struct media_client;
struct media_client *media_client_new(struct media_client_context *context, const struct media_client_config *config); /* NULL with errno */
void media_client_free(struct media_client **c);
int media_client_fd(const struct media_client *c);
/* Another socket, as after a change of network; the session goes on. */
bool media_client_move(struct media_client *c);
void media_client_credentials(struct media_client *c, const char *ufrag, const char *password); /* after an ICE restart */
void media_client_ready(struct media_client *c);                /* reads what is there */
void media_client_input(struct media_client *c, uint8_t *p, size_t n); /* one datagram; decrypted in place */
void media_client_tick(struct media_client *c, int64_t now_us); /* every 20 ms or so: checks, retransmissions */
void media_client_check(struct media_client *c);                /* a check now */
bool media_client_is_connected(const struct media_client *c);
bool media_client_is_closed(const struct media_client *c);      /* the server said goodbye, or the connection broke */
int64_t media_client_came_ns(const struct media_client *c);     /* wall clock; of the packet that a callback is about */
const char *media_client_profile(const struct media_client *c); /* OpenSSL's name of the SRTP profile; "" before it is connected */
const struct media_client_counts *media_client_counts(const struct media_client *c);
/* False: not connected, or the socket does not take it. */
bool media_client_send_rtp(struct media_client *c, struct srtp_stream *stream, const uint8_t *header, size_t header_n, const uint8_t *payload, size_t payload_n);
bool media_client_send_rtcp(struct media_client *c, const uint8_t *p, size_t n);
void media_client_send_raw(struct media_client *c, const uint8_t *p, size_t n); /* as it is */
void media_client_goodbye(struct media_client *c);

#endif
