/* SPDX-License-Identifier: Apache-2.0
 *
 * net/loop.h without a thread: a turn happens some time after there is something to do. Between two loops no order is promised, as
 * between threads; within one, the order of a real turn: sockets, mailbox, timers, writing, burying.
 */
#include "base/clock.h"
#include "base/vec.h"
#include "net/loop.h"
#include "sim.h"

#define MAILBOX_ROUNDS 4 /* as the real one */

struct loop {
	int index;
	int64_t now_ms;
	struct task *first, **end;
	VEC(struct timer *) timers;
	struct conn *conns;
	int64_t woken_us;  /* when the next turn is due; -1: none is */
	int64_t timer_us;  /* when the nearest timer wakes us; -1 */
	int waking;        /* happenings that will come back */
};

struct loop *loop_new(int index)
{
	struct loop *l = mem_alloc(sizeof *l);
	l->index = index;
	l->now_ms = clock_mono_ms();
	l->end = &l->first;
	l->woken_us = l->timer_us = -1;
	return l;
}

void loop_free(struct loop **loop)
{
	struct loop *l = *loop;
	if (!l)
		return;
	CHECK(!l->first && !l->conns && !l->timers.n && !l->waking);
	VEC_RELEASE(&l->timers);
	mem_free(l);
	*loop = NULL;
}

int loop_index(const struct loop *l) { return l->index; }
int64_t loop_now_ms(const struct loop *l) { return l->now_ms; }
struct conn **sim_loop_conns(struct loop *l) { return &l->conns; }

static void run_tasks(struct loop *l)
{
	for (int round = 0; round < MAILBOX_ROUNDS && l->first; round++) {
		struct task *t = l->first;
		l->first = NULL;
		l->end = &l->first;
		while (t) {
			struct task *next = t->next;
			t->next = NULL;
			t->run(l, t);
			t = next;
		}
	}
}

static void fire_timers(struct loop *l)
{
	size_t n = l->timers.n; /* those started from here on wait for the next turn */
	for (size_t i = 0; i < n && i < l->timers.n; i++) {
		struct timer *t = l->timers.p[i];
		if (t->due_ms > l->now_ms)
			continue;
		timer_stop(l, t);
		t->fire(l, t);
		i--;
		n--;
	}
}

static void turn(void *arg);

static void arm(struct loop *l)
{
	int64_t due = -1;
	for (size_t i = 0; i < l->timers.n; i++)
		if (due < 0 || l->timers.p[i]->due_ms < due)
			due = l->timers.p[i]->due_ms;
	if (due < 0)
		return;
	int64_t wait_us = due * 1000 - clock_mono_ns() / 1000;
	if (wait_us < 0)
		wait_us = 0;
	int64_t at = sim_now_us() + wait_us;
	if (l->timer_us >= 0 && l->timer_us <= at)
		return;
	l->timer_us = at;
	l->waking++;
	sim_at(wait_us, turn, l);
}

static void turn(void *arg)
{
	struct loop *l = arg;
	l->waking--;
	if (l->woken_us >= 0 && l->woken_us <= sim_now_us())
		l->woken_us = -1;
	if (l->timer_us >= 0 && l->timer_us <= sim_now_us())
		l->timer_us = -1;
	l->now_ms = clock_mono_ms();
	sim_conns_read(l);
	run_tasks(l);
	fire_timers(l);
	if (sim_conns_finish(l) || l->first)
		sim_loop_wake(l);
	arm(l);
}

void sim_loop_wake(struct loop *l)
{
	if (l->woken_us >= 0)
		return;
	/* mostly at once; now and then the thread is not scheduled for a while */
	int64_t after = sim_chance(20) ? sim_range(0, 60000) : sim_range(0, 1500);
	l->woken_us = sim_now_us() + after;
	l->waking++;
	sim_at(after, turn, l);
}

void loop_post(struct loop *l, struct task *t)
{
	t->next = NULL;
	*l->end = t;
	l->end = &t->next;
	sim_loop_wake(l);
}

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
	t->due_ms = l->now_ms + (after_ms > 0 ? after_ms : 0);
	VEC_PUSH(&l->timers, t);
	t->slot = l->timers.n;
	arm(l);
}
