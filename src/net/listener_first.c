/* SPDX-License-Identifier: Apache-2.0
 *
 * The first bytes of a connection: a PROXY header of a trusted peer, then TLS, HTTP, frames of ICE-TCP, or nothing of ours. One port
 * serves them all. TLS bytes are only looked at, since OpenSSL reads the socket itself; those of a PROXY header are taken out
 * exactly. The loop's thread only.
 */
#include "base/mem.h"
#include "net/conn_private.h"
#include "net/net_stats.h"
#include "net/proxy.h"
#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>

enum {
	FIRST_TLS = 0x16,   /* a record of the handshake */
	FIRST_FRAME = 0x00  /* the length of a short frame (RFC 4571) */
};

static bool is_letter(unsigned char c) { return (c | 0x20) >= 'a' && (c | 0x20) <= 'z'; }

static ssize_t take(struct conn *c, void *p, size_t n, int flags)
{
	ssize_t got;
	do
		got = recv(c->fd, p, n, flags);
	while (got < 0 && errno == EINTR);
	return got;
}

/* recv's answer when it is not bytes: nothing yet, or the end. */
static void no_bytes(struct conn *c, ssize_t got)
{
	if (got == 0 || errno != EAGAIN)
		conn_kill(c);
}

static void open_plain(struct conn *c)
{
	const struct listener_config *config = accept_point_config(c->from);
	if (config->tls_only && !(c->flags & CONN_LOCAL)) {
		conn_cut(c, NET_CUT_MALFORMED);
		return;
	}
	conn_opened(c);
	if (c->kept)
		conn_mark_resumed(c); /* bytes that might have become a PROXY header and were none */
}

/* A copy of the descriptor goes to its owner; what is here ends without a word to the peer. */
static void hand_over(struct conn *c)
{
	const struct listener_config *config = accept_point_config(c->from);
	int fd = fcntl(c->fd, F_DUPFD_CLOEXEC, 0);
	if (fd >= 0)
		config->on_frames(fd, &c->peer, config->frames_user);
	conn_kill(c);
}

static void by_first_byte(struct conn *c, unsigned char first)
{
	if (first == FIRST_TLS)
		conn_tls_begin(c);
	else if (is_letter(first))
		open_plain(c);
	else if (first == FIRST_FRAME && accept_point_config(c->from)->on_frames)
		hand_over(c);
	else
		conn_cut(c, NET_CUT_MALFORMED);
}

/* How many of the bytes that wait belong to a header of which `had` bytes were taken out before. */
static enum err look_for_header(struct conn *c, const struct conn_kept *all, size_t had, size_t *take_out)
{
	struct conn_address address = c->peer;
	size_t size = 0;
	enum err e = proxy_parse(str_n(all->p, all->n), &address, &size);
	if (e == ERR_OK) {
		c->peer = address;
		*take_out = size - had;
	} else if (e == ERR_AGAIN || e == ERR_NOT_FOUND) {
		*take_out = all->n - had; /* all of them: else epoll would tell of the same bytes again and again */
	}
	return e;
}

static void proxy_header(struct conn *c)
{
	unsigned char more[PROXY_V2_MAX];
	size_t had = c->kept ? c->kept->n : 0;
	ssize_t got = take(c, more, sizeof more - had, MSG_PEEK);
	if (got <= 0) {
		no_bytes(c, got);
		return;
	}
	if (!conn_keep(c, more, (size_t)got)) {
		conn_kill(c);
		return;
	}
	size_t taken = 0;
	enum err e = look_for_header(c, c->kept, had, &taken);
	if (e == ERR_MALFORMED || e == ERR_TOO_LARGE) {
		conn_cut(c, NET_CUT_MALFORMED);
		return;
	}
	if (e == ERR_NOT_FOUND && had == 0) {
		/* not a byte was taken: as from anybody else */
		unsigned char first = c->kept->p[0];
		mem_free(c->kept);
		c->kept = NULL;
		c->flags |= CONN_PROXIED;
		by_first_byte(c, first);
		return;
	}
	if (take(c, more, taken, 0) != (ssize_t)taken) {
		conn_kill(c);
		return;
	}
	c->kept->n = had + taken;
	if (e == ERR_AGAIN)
		return;
	c->flags |= CONN_PROXIED;
	if (e == ERR_NOT_FOUND) { /* a request that began like a header, such as "P" of POST, came in pieces */
		by_first_byte(c, c->kept->p[0]);
		return;
	}
	mem_free(c->kept);
	c->kept = NULL;
	conn_first_bytes(c); /* what follows may be here already */
}

void conn_first_bytes(struct conn *c)
{
	if (c->flags & CONN_TRUSTED && !(c->flags & CONN_PROXIED)) {
		proxy_header(c);
		return;
	}
	unsigned char first;
	ssize_t got = take(c, &first, 1, MSG_PEEK);
	if (got <= 0)
		no_bytes(c, got);
	else
		by_first_byte(c, first);
}
