/* SPDX-License-Identifier: Apache-2.0
 *
 * See fake_conn.h. Behaves as conn.h says; what the real one does with the kernel is a flag here.
 */
#include "fake_conn.h"
#include "base/vec.h"
#include <stdlib.h>

struct loop {
	int64_t now_ms;
	VEC(struct timer *) timers;
	size_t starts;
};

struct conn {
	struct loop *loop;
	const struct conn_handler *handler;
	void *user;
	struct buf kept, sent;
	size_t queued, read_limit, write_limit;
	uint64_t fail_next;
	bool hold, paused, overflowed, flush, now, closed, eof;
	struct conn_address peer;
};

struct loop *fake_loop_new(void)
{
	struct loop *l = calloc(1, sizeof *l);
	CHECK(l);
	l->now_ms = 1000;
	return l;
}

void fake_loop_free(struct loop *l)
{
	CHECK(l->timers.n == 0); /* whoever started one has stopped it */
	VEC_RELEASE(&l->timers);
	free(l);
}

int64_t loop_now_ms(const struct loop *l) { return l->now_ms; }
size_t fake_loop_timer_starts(const struct loop *l) { return l->starts; }

void timer_stop(struct loop *l, struct timer *t)
{
	if (t->slot == 0)
		return;
	size_t i = t->slot - 1;
	CHECK(l->timers.p[i] == t);
	VEC_SWAP_REMOVE(&l->timers, i);
	if (i < l->timers.n)
		l->timers.p[i]->slot = i + 1;
	t->slot = 0;
}

void timer_start(struct loop *l, struct timer *t, int64_t after_ms)
{
	timer_stop(l, t);
	t->due_ms = l->now_ms + after_ms;
	VEC_PUSH(&l->timers, t);
	t->slot = l->timers.n;
	l->starts++;
}

void fake_loop_advance(struct loop *l, int64_t ms)
{
	int64_t until = l->now_ms + ms;
	for (;;) {
		struct timer *first = NULL;
		for (size_t i = 0; i < l->timers.n; i++)
			if (l->timers.p[i]->due_ms <= until && (!first || l->timers.p[i]->due_ms < first->due_ms))
				first = l->timers.p[i];
		if (!first)
			break;
		l->now_ms = first->due_ms > l->now_ms ? first->due_ms : l->now_ms;
		timer_stop(l, first);
		first->fire(l, first);
	}
	l->now_ms = until;
}

/* --- the connection */

struct conn *fake_conn_new(struct loop *l)
{
	struct conn *c = calloc(1, sizeof *c);
	CHECK(c);
	c->loop = l;
	c->read_limit = c->write_limit = 65536;
	buf_init(&c->kept, SIZE_MAX / 2);
	buf_init(&c->sent, SIZE_MAX / 2);
	return c;
}

void *conn_user(const struct conn *c) { return c->user; }
struct loop *conn_loop(const struct conn *c) { return c->loop; }
const struct conn_address *conn_peer(const struct conn *c) { return &c->peer; }
bool conn_is_tls(const struct conn *c) { return c->closed && false; }
size_t conn_queued(const struct conn *c) { return c->queued; }
void conn_pause(struct conn *c, bool paused) { c->paused = paused; }

void conn_set_handler(struct conn *c, const struct conn_handler *h, void *user)
{
	c->handler = h;
	c->user = user;
}

void conn_set_limits(struct conn *c, size_t read_limit, size_t write_limit)
{
	c->read_limit = read_limit;
	c->write_limit = write_limit;
}

void conn_send_copy(struct conn *c, const void *p, size_t n)
{
	CHECK(!c->flush && !c->now && !c->closed);
	buf_add(&c->sent, p, n);
	c->queued += n;
}

void conn_send(struct conn *c, struct bytes *b) { conn_send_copy(c, b->p, b->n); }

void conn_drop_queue(struct conn *c)
{
	c->sent.n -= c->queued;
	c->queued = 0;
}

void conn_close(struct conn *c, enum conn_close_how how)
{
	c->flush = true;
	if (how == CONN_CLOSE_NOW)
		c->now = true;
}

static void close_now(struct conn *c)
{
	if (c->closed)
		return;
	c->closed = true;
	c->handler->on_close(c);
}

static void end_turn(struct conn *c)
{
	if (c->closed)
		return;
	if (c->queued > c->write_limit && c->hold && !c->overflowed) {
		c->overflowed = true;
		if (c->handler->on_overflow)
			c->handler->on_overflow(c);
		else
			c->now = true;
	}
	while (!c->hold && c->queued > 0 && !c->now) {
		c->queued = 0;
		if (!c->flush && c->handler->on_drained)
			c->handler->on_drained(c);
	}
	if (c->now || (c->flush && c->queued == 0))
		close_now(c);
}

void fake_conn_fail_delivery(struct conn *c, uint64_t n) { c->fail_next = n; }

/* Gives out what was kept as long as the owner uses some of it. */
static void deliver(struct conn *c)
{
	bool progress = true;
	while (progress && c->kept.n > 0 && !c->paused && !c->flush && !c->closed) {
		unsigned char *exact = malloc(c->kept.n);
		CHECK(exact);
		memcpy(exact, c->kept.p, c->kept.n);
		size_t n = c->kept.n;
		if (c->fail_next > 0)
			mem_fail_at(c->fail_next, false);
		size_t used = c->handler->on_data(c, exact, n);
		mem_fail_at(c->fail_next = 0, false);
		CHECK(used <= n);
		free(exact);
		buf_drop_front(&c->kept, used);
		progress = used > 0;
		CHECK(c->flush || c->paused || used > 0 || c->kept.n <= c->read_limit);
	}
}

void fake_conn_turn(struct conn *c)
{
	end_turn(c);
	deliver(c); /* what came while it was paused */
	end_turn(c);
}

void fake_conn_hold(struct conn *c, bool hold)
{
	c->hold = hold;
	if (!hold)
		fake_conn_turn(c);
}

void fake_conn_give(struct conn *c, const void *p, size_t n)
{
	if (c->flush || c->closed)
		return; /* read and thrown away */
	buf_add(&c->kept, p, n);
	deliver(c);
	fake_conn_turn(c);
}

void fake_conn_eof(struct conn *c)
{
	if (c->flush || c->closed)
		return;
	c->eof = true;
	if (c->handler->on_eof)
		c->handler->on_eof(c);
	else
		c->now = true;
	fake_conn_turn(c);
}

void fake_conn_lost(struct conn *c) { close_now(c); }
struct str fake_conn_sent(const struct conn *c) { return buf_str(&c->sent); }
bool fake_conn_closing(const struct conn *c) { return c->flush; }
bool fake_conn_closed(const struct conn *c) { return c->closed; }
bool fake_conn_paused(const struct conn *c) { return c->paused; }
size_t fake_conn_kept(const struct conn *c) { return c->kept.n; }

void fake_conn_forget(struct conn *c)
{
	CHECK(c->queued == 0 || c->hold);
	buf_clear(&c->sent);
	if (c->queued > 0)
		c->queued = 0;
}

void fake_conn_free(struct conn *c)
{
	close_now(c);
	buf_release(&c->kept);
	buf_release(&c->sent);
	free(c);
}
