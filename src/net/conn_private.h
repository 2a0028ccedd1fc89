/* SPDX-License-Identifier: Apache-2.0
 *
 * Private to net: the inside of a connection. Its loop's thread only.
 *
 * The life of one: accepted (listener.c) -> its first byte is looked at (listener_first.c) -> TLS handshake, when it is
 * one (conn_tls.c) -> on_accept -> open -> conn_close -> dead -> on_close, and its memory goes (conns_bury).
 */
#ifndef NET_CONN_PRIVATE_H
#define NET_CONN_PRIVATE_H

#include "net/conn.h"
#include "net/loop_private.h"
#include <openssl/types.h>

#define CONN_INLINE_REFS 16          /* a queue this short lives in the connection itself */
#define CONN_READ_LIMIT 65536        /* until the owner says otherwise */
#define CONN_WRITE_LIMIT (1u << 20)
#define CONN_OPENING_MS 10000        /* to the first byte, and again to the end of the handshake */

enum conn_flag {
	CONN_OPEN = 1u << 0,         /* on_accept was called: the handler is told of everything */
	CONN_PAUSED = 1u << 1,
	CONN_NO_EPOLLIN = 1u << 2,   /* we do not ask the kernel for readability */
	CONN_WANTS_OUT = 1u << 3,    /* the kernel's buffer is full; we asked for EPOLLOUT */
	CONN_EOF = 1u << 4,          /* the peer will send no more */
	CONN_CLOSING = 1u << 5,      /* conn_close(FLUSH): nothing more goes in or comes out of the handler */
	CONN_SHUT = 1u << 6,         /* everything was sent, and our end said so */
	CONN_DEAD = 1u << 7,         /* to be buried at the end of the turn */
	CONN_IN_DIRTY = 1u << 8,
	CONN_IN_RESUMED = 1u << 9,
	CONN_OVERFLOWED = 1u << 10,  /* beyond write_limit; the owner has not been told */
	CONN_OVERFLOW_TOLD = 1u << 11,
	CONN_HANDSHAKING = 1u << 12,
	CONN_READ_WANTS_OUT = 1u << 13, /* TLS has to write before it can read on */
	CONN_PROXIED = 1u << 14,     /* its PROXY header has been read */
	CONN_LOCAL = 1u << 15,       /* the peer of the socket is this machine */
	CONN_TRUSTED = 1u << 16      /* the peer of the socket may send a PROXY header */
};

struct conn_kept { /* bytes that on_data left */
	size_t n, cap;
	unsigned char p[];
};

struct conn {
	/* hot, what queueing a delivery touches, together; then what writing it touches */
	struct watch watch;
	int fd;
	uint32_t flags;
	/* owned: a ring of references; the first may be partly sent */
	struct bytes **queue; /* queue_inline or on the heap */
	uint32_t queue_head, queue_n, queue_cap; /* cap: a power of two */
	uint32_t tls_begun;   /* bytes at the front that OpenSSL has already made a record of */
	size_t queued;        /* bytes in the queue that are not sent */
	size_t write_limit;
	struct conn *dirty_next;
	struct loop *loop;    /* borrowed */
	size_t sent;          /* of the first */
	const struct conn_handler *handler; /* borrowed */
	SSL *ssl;             /* owned; NULL: plain */
	struct bytes *queue_inline[CONN_INLINE_REFS];
	void *user;           /* borrowed */
	/* owned */
	struct conn_kept *kept; /* NULL: nothing */
	struct accept_point *from; /* shared, one reference */
	/* state */
	size_t read_limit;
	struct timer timer;     /* opening, then lingering */
	struct conn *resumed_next, *dead_next, *prev, *next;
	struct task arrive;
	uint64_t id;
	struct conn_address peer;
};

/* conn.c */
struct conn *conn_new(struct loop *l, int fd, struct accept_point *from);
void conn_kill(struct conn *c);              /* on_close comes at the end of the turn */
void conn_cut(struct conn *c, enum net_cut why);
void conn_mark_dirty(struct conn *c);
void conn_mark_resumed(struct conn *c);
void conn_watch_as_needed(struct conn *c, bool want_in, bool want_out);
void conn_queue_advance(struct conn *c, size_t n); /* n bytes of it are sent */
void conn_opened(struct conn *c);            /* tells the owner of the listener; from then on it is the handler's */
bool conn_keep(struct conn *c, const void *p, size_t n); /* behind what is kept already; false without memory */

/* conn_io.c */
void conn_on_ready(struct loop *l, struct watch *w, uint32_t events);
void conn_write_queue(struct conn *c);       /* as much as the kernel takes; may kill c */
void conn_shut_if_sent(struct conn *c);

/* A read or a write: bytes done, or one of these. */
enum { IO_AGAIN = -1, IO_ERROR = -2, IO_EOF = 0 };

/* conn_tls.c */
void conn_tls_begin(struct conn *c);         /* its first byte was that of a hello */
void conn_tls_handshake(struct conn *c);
ssize_t conn_tls_read(struct conn *c, void *p, size_t n);
ssize_t conn_tls_write_queue(struct conn *c);
void conn_tls_say_goodbye(struct conn *c);
void conn_tls_prefetch(const struct conn *c); /* asks for what the next write will touch of it */
bool conn_tls_pending(const struct conn *c); /* bytes lie inside, of which epoll knows nothing */

/* listener_first.c: looks at the first bytes. */
void conn_first_bytes(struct conn *c);

/* listener.c: what connections of one listener share; lives until the last of them */
struct accept_point;
void accept_point_unref(struct accept_point **p);
const struct listener_config *accept_point_config(const struct accept_point *p);

/* tls.c: a new server-side SSL of the present certificate; NULL without memory */
SSL *tls_context_accept(struct tls_context *t, int fd);

#endif
