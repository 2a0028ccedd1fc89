/* SPDX-License-Identifier: Apache-2.0
 *
 * Connections: reading when the kernel says so, writing at the end of the turn. The loop's thread only.
 */
#include "base/mem.h"
#include "net/conn_private.h"
#include "net/net_stats.h"
#include <errno.h>
#include <sys/socket.h>
#include <sys/uio.h>

#define READS_PER_EVENT 4     /* then the others have their turn; epoll will tell again */
#define WRITE_BUFFERS 64
#define KEPT_READ_ROOM 4096

/* --- reading --- */

static ssize_t plain_read(struct conn *c, void *p, size_t n)
{
	ssize_t got;
	do
		got = recv(c->fd, p, n, 0);
	while (got < 0 && errno == EINTR);
	c->loop->reads++;
	if (got >= 0)
		return got;
	return errno == EAGAIN ? IO_AGAIN : IO_ERROR;
}

static ssize_t conn_read(struct conn *c, void *p, size_t n)
{
	ssize_t got = c->ssl ? conn_tls_read(c, p, n) : plain_read(c, p, n);
	if (got > 0)
		c->loop->bytes_in += (uint64_t)got;
	return got;
}

static bool may_hear(const struct conn *c) { return !(c->flags & (CONN_DEAD | CONN_CLOSING | CONN_PAUSED)); }

/* Gives n bytes to the handler, and what it leaves to the one that takes its place meanwhile. Returns how many were used. */
static size_t give(struct conn *c, const unsigned char *p, size_t n)
{
	size_t used = 0;
	while (used < n && may_hear(c)) {
		const struct conn_handler *h = c->handler;
		size_t more = h->on_data(c, p + used, n - used);
		CHECK(more <= n - used);
		used += more;
		if (h == c->handler)
			break;
	}
	return used;
}

static void check_read_limit(struct conn *c)
{
	/* what waits because the owner paused is bounded by the pause itself */
	if (may_hear(c) && c->kept && c->kept->n > c->read_limit)
		conn_cut(c, NET_CUT_LARGE);
}

static void give_kept(struct conn *c)
{
	struct conn_kept *k = c->kept;
	/* on_data may not add to what is kept, so k stays */
	size_t used = give(c, k->p, k->n);
	k->n -= used;
	if (k->n == 0) {
		mem_free(k);
		c->kept = NULL;
	} else if (used > 0) {
		memmove(k->p, k->p + used, k->n);
	}
	check_read_limit(c);
}

static void at_eof(struct conn *c)
{
	c->flags |= CONN_EOF;
	conn_watch_as_needed(c, false, c->flags & CONN_WANTS_OUT);
	if (c->flags & CONN_CLOSING) {
		if (c->flags & CONN_SHUT)
			conn_kill(c);
	} else if (!(c->flags & CONN_OPEN)) {
		conn_kill(c);
	} else if (c->handler->on_eof) {
		c->handler->on_eof(c);
	} else {
		conn_close(c, CONN_CLOSE_FLUSH);
	}
}

/* One read; false when there is no more to have now. */
static bool read_once(struct conn *c)
{
	struct loop *l = c->loop;
	bool behind_kept = c->kept && may_hear(c);
	unsigned char *p = l->read_buffer;
	size_t room = LOOP_READ_BUFFER;
	if (behind_kept) {
		struct conn_kept *k = c->kept;
		if (k->cap - k->n < KEPT_READ_ROOM) {
			k = mem_try_resize(k, sizeof *k + k->n * 2 + KEPT_READ_ROOM);
			if (!k) {
				conn_cut(c, NET_CUT_LARGE);
				return false;
			}
			k->cap = k->n * 2 + KEPT_READ_ROOM;
			c->kept = k;
		}
		p = k->p + k->n;
		room = k->cap - k->n;
	}
	ssize_t got = conn_read(c, p, room);
	if (got == IO_AGAIN)
		return false;
	if (got == IO_EOF) {
		at_eof(c);
		return false;
	}
	if (got < 0) {
		conn_kill(c);
		return false;
	}
	if (c->flags & CONN_CLOSING)
		return (size_t)got == room || conn_tls_pending(c); /* thrown away */
	if (behind_kept) {
		c->kept->n += (size_t)got;
		give_kept(c);
	} else {
		size_t used = give(c, p, (size_t)got);
		if (used < (size_t)got && !(c->flags & (CONN_DEAD | CONN_CLOSING))) {
			if (!conn_keep(c, p + used, (size_t)got - used)) {
				conn_cut(c, NET_CUT_LARGE);
				return false;
			}
			check_read_limit(c);
		}
	}
	return (size_t)got == room || conn_tls_pending(c);
}

static void read_some(struct conn *c)
{
	for (int i = 0; i < READS_PER_EVENT; i++) {
		if (c->flags & (CONN_DEAD | CONN_EOF | CONN_PAUSED))
			return;
		if (!read_once(c))
			return;
	}
	if (conn_tls_pending(c) && !(c->flags & CONN_DEAD))
		conn_mark_resumed(c); /* the kernel's side may be empty, so that no event would come */
}

void conns_resume(struct loop *l)
{
	struct conn *c = l->resumed.first;
	l->resumed = (struct conn_list){0};
	while (c) {
		struct conn *next = c->resumed_next;
		c->flags &= ~(uint32_t)CONN_IN_RESUMED;
		if (c->kept && may_hear(c))
			give_kept(c);
		if (conn_tls_pending(c) && !(c->flags & (CONN_DEAD | CONN_PAUSED)))
			read_some(c);
		c = next;
	}
}

/* --- writing --- */

static ssize_t plain_write_queue(struct conn *c)
{
	struct bytes *first = c->queue[c->queue_head];
	ssize_t done;
	c->loop->writes++;
	if (c->queue_n == 1) {
		do
			done = send(c->fd, first->p + c->sent, first->n - c->sent, MSG_NOSIGNAL);
		while (done < 0 && errno == EINTR);
	} else {
		struct iovec iov[WRITE_BUFFERS];
		uint32_t n = c->queue_n < WRITE_BUFFERS ? c->queue_n : WRITE_BUFFERS;
		for (uint32_t i = 0; i < n; i++) {
			struct bytes *b = c->queue[(c->queue_head + i) & (c->queue_cap - 1)];
			iov[i] = (struct iovec){b->p, b->n};
		}
		iov[0].iov_base = first->p + c->sent;
		iov[0].iov_len -= c->sent;
		struct msghdr m = {.msg_iov = iov, .msg_iovlen = n};
		do
			done = sendmsg(c->fd, &m, MSG_NOSIGNAL);
		while (done < 0 && errno == EINTR);
	}
	if (done >= 0)
		return done;
	return errno == EAGAIN ? IO_AGAIN : IO_ERROR;
}

void conn_write_queue(struct conn *c)
{
	while (c->queue_n > 0) {
		ssize_t done = c->ssl ? conn_tls_write_queue(c) : plain_write_queue(c);
		if (done == IO_ERROR) {
			conn_kill(c);
			return;
		}
		if (done == IO_AGAIN) {
			conn_watch_as_needed(c, !(c->flags & CONN_NO_EPOLLIN), true);
			return;
		}
		c->loop->bytes_out += (uint64_t)done;
		conn_queue_advance(c, (size_t)done);
	}
	conn_watch_as_needed(c, !(c->flags & CONN_NO_EPOLLIN), (c->flags & CONN_READ_WANTS_OUT) != 0);
}

void conn_shut_if_sent(struct conn *c)
{
	if (c->queue_n > 0 || (c->flags & (CONN_DEAD | CONN_SHUT)))
		return;
	c->flags |= CONN_SHUT;
	conn_tls_say_goodbye(c);
	if (c->flags & CONN_EOF || shutdown(c->fd, SHUT_WR) != 0)
		conn_kill(c);
}

static void overflow(struct conn *c)
{
	c->flags &= ~(uint32_t)CONN_OVERFLOWED;
	bool again = c->flags & CONN_OVERFLOW_TOLD;
	c->flags |= CONN_OVERFLOW_TOLD;
	if (!again && (c->flags & CONN_OPEN) && c->handler->on_overflow) {
		c->handler->on_overflow(c);
		if (!(c->flags & CONN_OVERFLOWED) && c->queued <= c->write_limit)
			return;
		if (c->flags & (CONN_DEAD | CONN_CLOSING))
			return;
	}
	conn_cut(c, NET_CUT_OVERFLOW);
}

/* Writes what is owed and says what follows from it. */
static void settle(struct conn *c)
{
	if (c->flags & CONN_OVERFLOWED)
		overflow(c);
	if (c->flags & (CONN_DEAD | CONN_HANDSHAKING))
		return;
	bool had = c->queue_n > 0;
	if (had && !(c->flags & CONN_WANTS_OUT))
		conn_write_queue(c);
	if (c->flags & CONN_DEAD)
		return;
	if (c->flags & CONN_CLOSING)
		conn_shut_if_sent(c);
	else if (had && c->queue_n == 0 && c->handler->on_drained)
		c->handler->on_drained(c);
}

void conns_flush(struct loop *l, size_t most)
{
	for (struct conn *c; most > 0 && (c = l->dirty.first); most--) {
		l->dirty.first = c->dirty_next;
		if (!l->dirty.first)
			l->dirty.last = NULL;
		c->flags &= ~(uint32_t)CONN_IN_DIRTY;
		/* ten thousand connections do not fit the cache: while the kernel takes this one's bytes, fetch what the next one and the one
		 * behind it need */
		struct conn *next = l->dirty.first;
		if (next) {
			conn_tls_prefetch(next);
			__builtin_prefetch(next->dirty_next, 1);
			__builtin_prefetch((char *)next->dirty_next + 64, 1);
		}
		if (!(c->flags & CONN_DEAD))
			settle(c);
	}
}

/* --- events --- */

void conn_on_ready(struct loop *l, struct watch *w, uint32_t events)
{
	(void)l;
	struct conn *c = (struct conn *)((char *)w - offsetof(struct conn, watch));
	if (c->flags & CONN_DEAD)
		return;
	if (!(c->flags & CONN_OPEN)) {
		if (c->flags & CONN_HANDSHAKING)
			conn_tls_handshake(c);
		else
			conn_first_bytes(c);
		return;
	}
	bool broken = events & (EPOLLERR | EPOLLHUP);
	if (events & EPOLLOUT || (c->flags & CONN_WANTS_OUT && broken)) {
		bool read_too = c->flags & CONN_READ_WANTS_OUT;
		c->flags &= ~(uint32_t)CONN_READ_WANTS_OUT;
		if (read_too)
			events |= EPOLLIN;
		bool had = c->queue_n > 0;
		conn_write_queue(c);
		if (c->flags & CONN_DEAD)
			return;
		if (c->queue_n == 0 && c->flags & CONN_CLOSING)
			conn_shut_if_sent(c);
		else if (had && c->queue_n == 0 && c->handler->on_drained)
			c->handler->on_drained(c);
	}
	if (c->flags & CONN_DEAD)
		return;
	if (c->flags & (CONN_PAUSED | CONN_EOF)) {
		/* nobody reads: a connection that broke would be told of for ever, and one with bytes at every turn */
		if (broken)
			conn_kill(c);
		else if (events & EPOLLIN)
			conn_watch_as_needed(c, false, c->flags & CONN_WANTS_OUT);
		return;
	}
	if (events & EPOLLIN || broken)
		read_some(c);
}
