/* SPDX-License-Identifier: Apache-2.0
 *
 * A connection: bytes in order over TCP, plain or TLS, accepted by a listener. Belongs to one loop.
 *
 * Reading: the loop reads into a buffer that all of its connections share; on_data gets the bytes and says how many
 * it has used; what it leaves is kept (up to read_limit, beyond which the connection is closed) and given again
 * together with what comes next. An idle connection holds no read buffer. What is kept is also given again, from the loop,
 * when reading is resumed (conn_pause) and when another handler takes over; a pause suspends the read_limit.
 *
 * Writing: conn_send takes a reference and queues it. At the end of the loop's turn everything queued leaves in
 * one writev (plain) or one SSL_write of at most 16 KiB a record (TLS). A queue that stays beyond write_limit bytes
 * although the kernel was offered it calls on_overflow once, from the loop: the owner drops it (conn_drop_queue) and says
 * its last words, or the connection is closed. No callback ever comes from inside conn_send, conn_close or conn_pause.
 */
#ifndef NET_CONN_H
#define NET_CONN_H

#include "base/bytes.h"
#include "net/loop.h"

struct conn;

struct conn_handler {
	/* Returns how many of the n bytes were used. May call conn_close; must not use c after on_close. */
	size_t (*on_data)(struct conn *c, const unsigned char *p, size_t n);
	void (*on_drained)(struct conn *c);   /* the queue became empty after it was not; may be NULL */
	void (*on_overflow)(struct conn *c);  /* may be NULL: the connection is closed */
	void (*on_eof)(struct conn *c);       /* the peer will send no more; NULL: the connection is closed */
	void (*on_close)(struct conn *c);     /* the last call; the owner frees its own state here */
};

struct conn_address { /* of the peer, after PROXY protocol; text without port */
	char text[46];
	uint16_t port;
};

/* The owner's state hangs on user; conn_set_handler changes hands (HTTP -> WebSocket). */
void *conn_user(const struct conn *c);
void conn_set_handler(struct conn *c, const struct conn_handler *h, void *user);
void conn_set_limits(struct conn *c, size_t read_limit, size_t write_limit);
struct loop *conn_loop(const struct conn *c);
const struct conn_address *conn_peer(const struct conn *c);
bool conn_is_tls(const struct conn *c);
uint64_t conn_id(const struct conn *c);       /* unique in the process, for logs */

void conn_send(struct conn *c, struct bytes *b);        /* takes its own reference; nothing after conn_close */
void conn_send_copy(struct conn *c, const void *p, size_t n);
size_t conn_queued(const struct conn *c);               /* bytes not yet given to the kernel */
void conn_drop_queue(struct conn *c);                   /* what is not begun; a half-sent one stays */
void conn_pause(struct conn *c, bool paused);           /* stop and resume reading: back-pressure */

enum conn_close_how {
	CONN_CLOSE_FLUSH, /* send what is queued (at most linger_ms), shut down, then close */
	CONN_CLOSE_NOW
};
#define CONN_LINGER_MS 5000
void conn_close(struct conn *c, enum conn_close_how how); /* on_close comes later, from the loop */

/* --- listener: one socket; its connections are spread over the loops by turns. First byte: 0x16 is TLS, a PROXY v1/v2
 * header is read when the peer is in trusted_proxies, a letter is HTTP, 0x00 is a frame of ICE-TCP; anything else is closed. */
struct tls_context;
struct listener;

struct listener_config {
	const char *address;           /* "127.0.0.1", "::", "unix:/path" */
	uint16_t port;                 /* 0: any free one, see listener_port */
	struct tls_context *tls;       /* borrowed, outlives the loops; NULL: a TLS hello is answered by closing */
	bool tls_only;                 /* plain bytes from other than loopback are closed */
	struct str trusted_proxies;    /* "127.0.0.1 10.0.0.0/8 unix", copied; empty: none; ERR_IO with EINVAL when it is no such list */
	size_t max_connections;        /* beyond it new ones are closed at once, and counted */
	/* Called on the loop that owns c, before its first byte is given out (after the TLS handshake): set the handler here. */
	void (*on_accept)(struct conn *c, void *user);
	/* Called on a loop with a descriptor that is the callee's from then on (it does not block, nothing was read from it): its first byte is 0x00, as that of
	 * frames after RFC 4571 with less than 256 bytes is. NULL: such a connection is closed. What comes in it is encrypted by itself, so tls_only does not matter. */
	void (*on_frames)(int fd, const struct conn_address *peer, void *frames_user);
	void *user, *frames_user;
};

/* loops: borrowed; the socket itself is watched by loops[0]. ERR_IO with errno. */
enum err listener_open(struct listener **out, struct loop *const *loops, size_t count, const struct listener_config *config) MUST_CHECK;
uint16_t listener_port(const struct listener *l);
void listener_close(struct listener **l); /* on loops[0]'s thread, or after loop_run and before loop_free; stops accepting */

/* --- TLS by OpenSSL 3: 1.2 and 1.3, AEAD only, session tickets with rotating keys, no renegotiation, no 0-RTT. */
enum err tls_context_open(struct tls_context **out, const char *cert_file, const char *key_file) MUST_CHECK;
enum err tls_context_reload_if_changed(struct tls_context *t, bool *changed_out); /* any thread; keeps the old on error */
void tls_context_close(struct tls_context **t);

/* --- counters of the process since its start, for /metrics; any thread (atomics) */
struct net_stats {
	uint64_t accepted, refused, closed, open, tls_handshakes, tls_failed, bytes_in, bytes_out, reads, writes;
	uint64_t cut_slow, cut_large, cut_malformed, cut_overflow, cut_idle; /* why we closed */
};
void net_stats_read(struct net_stats *out);
enum net_cut { NET_CUT_SLOW, NET_CUT_LARGE, NET_CUT_MALFORMED, NET_CUT_OVERFLOW, NET_CUT_IDLE };
void net_count_cut(enum net_cut why);

#endif
