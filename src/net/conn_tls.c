/* SPDX-License-Identifier: Apache-2.0
 *
 * TLS on a connection: OpenSSL reads and writes the socket itself; its buffers are released whenever they are empty. The
 * queue leaves in records of at most 16 KiB, each made from as many buffers as fit. The loop's thread only.
 */
#include "net/conn_private.h"
#include "net/net_stats.h"
#include <openssl/err.h>
#include <openssl/ssl.h>

/* SSL_get_error looks into the thread's queue of errors, so that it has to be empty before each call. It nearly always is; clearing it
 * nevertheless walks through all its sixteen places, 700 instructions a write. */
static void forget_errors(void)
{
	if (ERR_peek_error() != 0)
		ERR_clear_error();
}

void conn_tls_begin(struct conn *c)
{
	const struct listener_config *config = accept_point_config(c->from);
	if (!config->tls) {
		conn_cut(c, NET_CUT_MALFORMED);
		return;
	}
	c->ssl = tls_context_accept(config->tls, c->fd);
	if (!c->ssl) {
		NET_COUNT(tls_failed, 1);
		conn_kill(c);
		return;
	}
	c->flags |= CONN_HANDSHAKING;
	timer_start(c->loop, &c->timer, CONN_OPENING_MS);
	conn_tls_handshake(c);
}

void conn_tls_handshake(struct conn *c)
{
	forget_errors();
	int done = SSL_do_handshake(c->ssl);
	if (done == 1) {
		c->flags &= ~(uint32_t)CONN_HANDSHAKING;
		NET_COUNT(tls_handshakes, 1);
		conn_watch_as_needed(c, true, false);
		conn_opened(c);
		/* the first request often lies behind the end of the handshake, inside OpenSSL */
		if (conn_tls_pending(c))
			conn_mark_resumed(c);
		return;
	}
	switch (SSL_get_error(c->ssl, done)) {
	case SSL_ERROR_WANT_READ:
		conn_watch_as_needed(c, true, false);
		return;
	case SSL_ERROR_WANT_WRITE:
		conn_watch_as_needed(c, false, true);
		return;
	default:
		NET_COUNT(tls_failed, 1);
		conn_kill(c);
	}
}

ssize_t conn_tls_read(struct conn *c, void *p, size_t n)
{
	forget_errors();
	c->loop->reads++;
	size_t got = 0;
	if (SSL_read_ex(c->ssl, p, n, &got) == 1)
		return (ssize_t)got;
	switch (SSL_get_error(c->ssl, 0)) {
	case SSL_ERROR_WANT_READ:
		return IO_AGAIN;
	case SSL_ERROR_WANT_WRITE:
		c->flags |= CONN_READ_WANTS_OUT;
		conn_watch_as_needed(c, true, true);
		return IO_AGAIN;
	case SSL_ERROR_ZERO_RETURN:
		return IO_EOF;
	default:
		return IO_ERROR;
	}
}

/* At most one record from the front of the queue. A record that the kernel did not take must be offered again with the
 * same bytes: tls_begun remembers how many, and conn_drop_queue leaves them. */
ssize_t conn_tls_write_queue(struct conn *c)
{
	size_t want = c->tls_begun;
	if (want == 0)
		want = c->queued < LOOP_TLS_SCRATCH ? c->queued : LOOP_TLS_SCRATCH;
	const unsigned char *p;
	struct bytes *first = c->queue[c->queue_head];
	if (first->n - c->sent >= want) {
		p = first->p + c->sent;
	} else {
		unsigned char *to = c->loop->tls_scratch;
		size_t at = 0, skip = c->sent;
		for (uint32_t i = 0; at < want; i++) {
			struct bytes *b = c->queue[(c->queue_head + i) & (c->queue_cap - 1)];
			size_t n = b->n - skip < want - at ? b->n - skip : want - at;
			memcpy(to + at, b->p + skip, n);
			at += n;
			skip = 0;
		}
		p = to;
	}
	forget_errors();
	c->loop->writes++;
	size_t done = 0;
	if (SSL_write_ex(c->ssl, p, want, &done) == 1) {
		c->tls_begun = 0;
		return (ssize_t)done;
	}
	switch (SSL_get_error(c->ssl, 0)) {
	case SSL_ERROR_WANT_WRITE:
	case SSL_ERROR_WANT_READ: /* cannot be: renegotiation is off; waiting for room to write is right all the same */
		c->tls_begun = (uint32_t)want;
		return IO_AGAIN;
	default:
		return IO_ERROR;
	}
}

void conn_tls_say_goodbye(struct conn *c)
{
	if (!c->ssl)
		return;
	forget_errors();
	SSL_shutdown(c->ssl); /* close_notify; whether it fitted makes no difference to what we do next */
}

bool conn_tls_pending(const struct conn *c)
{
	return c->ssl && !(c->flags & (CONN_HANDSHAKING | CONN_EOF)) && SSL_has_pending(c->ssl);
}

/* Where SSL_write of OpenSSL 3.0 looks into an SSL, traced: twenty lines of memory out of 120. Nothing there is read, so that with another
 * version only the gain would go. */
void conn_tls_prefetch(const struct conn *c)
{
	static const uint16_t at[] = {0, 64, 135, 384, 431, 736, 1216, 2152, 2199, 2328, 2537, 2599, 2716, 2980, 3188, 3240, 3287, 7352, 7416, 7431, 7520, 7543};
	for (size_t i = 0; c->ssl && i < sizeof at / sizeof *at; i++)
		__builtin_prefetch((const char *)c->ssl + at[i], 1);
}
