/* SPDX-License-Identifier: Apache-2.0
 *
 * The load client's engine: thousands of WebSockets in one thread, plain or TLS. It counts every frame that arrives and checks
 * that none is missing; it masks nothing fancy and parses as little as it can, so that it is not what is measured.
 */
#ifndef BENCH_CLIENT_H
#define BENCH_CLIENT_H

#include <openssl/ssl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct wsc {
	int fd;
	SSL *ssl;
	unsigned index;
	bool open;              /* 101 has come, and the welcome when one is awaited */
	/* owned: bytes that are no whole frame yet */
	unsigned char *rest;
	size_t rest_n, rest_cap;
	uint64_t events;        /* frames that begin with {"stream" (or any text frame, see count_all) */
};

struct ws_client {
	int epoll;
	struct wsc *conns;
	unsigned count, open_count;
	uint64_t events;        /* of all connections */
	uint64_t answers, errors, pongs, frame_bytes; /* frame_bytes: size of the last event frame on the wire */
	bool count_all, wait_welcome;
	SSL_CTX *tls;
	/* called for each event: k-th event of that connection, from 0; may be NULL */
	void (*on_event)(struct ws_client *c, struct wsc *w, uint64_t k);
	/* called for each answer {"id":n,...}; may be NULL */
	void (*on_answer)(struct ws_client *c, struct wsc *w, uint64_t id, bool ok);
};

int64_t now_ns(void);
/* Room for count connections. */
void client_open(struct ws_client *c, unsigned count, bool tls);
/* tokens: cookie values by connection; NULL: no cookie. Connects from .. to-1 in bursts; exits on failure. */
void client_connect(struct ws_client *c, int port, unsigned from, unsigned to, char **tokens, const char *cookie);
void client_send(struct ws_client *c, struct wsc *w, int opcode, const void *p, size_t n);
/* Handles what has arrived, waiting at most timeout_ms. */
void client_turn(struct ws_client *c, int timeout_ms);

#endif
