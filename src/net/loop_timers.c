/* SPDX-License-Identifier: Apache-2.0
 *
 * Timers of a loop: a binary heap with lazy restarting. A running timer that is started again for later only notes its
 * new time; its entry is sorted in again when the old time comes up. The loop's thread only.
 */
#include "base/clock.h"
#include "net/loop_private.h"
#include <limits.h>

static bool sooner(const struct timer_entry *a, const struct timer_entry *b)
{
	return a->due_ms != b->due_ms ? a->due_ms < b->due_ms : a->order < b->order;
}

static void place(struct loop *l, size_t i, struct timer_entry e)
{
	l->timers.p[i] = e;
	e.timer->slot = i + 1;
}

static void sift_up(struct loop *l, size_t i, struct timer_entry e)
{
	while (i > 0) {
		size_t parent = (i - 1) / 2;
		if (!sooner(&e, &l->timers.p[parent]))
			break;
		place(l, i, l->timers.p[parent]);
		i = parent;
	}
	place(l, i, e);
}

static void sift_down(struct loop *l, size_t i, struct timer_entry e)
{
	for (;;) {
		size_t child = 2 * i + 1;
		if (child >= l->timers.n)
			break;
		if (child + 1 < l->timers.n && sooner(&l->timers.p[child + 1], &l->timers.p[child]))
			child++;
		if (!sooner(&l->timers.p[child], &e))
			break;
		place(l, i, l->timers.p[child]);
		i = child;
	}
	place(l, i, e);
}

void timer_start(struct loop *l, struct timer *t, int64_t after_ms)
{
	if (!l->running)
		l->now_ms = clock_mono_ms();
	t->due_ms = after_ms > 0 ? l->now_ms + after_ms : l->now_ms;
	if (t->slot == 0) {
		struct timer_entry e = {t->due_ms, l->timer_order++, t};
		VEC_PUSH(&l->timers, e);
		sift_up(l, l->timers.n - 1, e);
		return;
	}
	size_t i = t->slot - 1;
	if (t->due_ms < l->timers.p[i].due_ms)
		sift_up(l, i, (struct timer_entry){t->due_ms, l->timer_order++, t});
}

void timer_stop(struct loop *l, struct timer *t)
{
	if (t->slot == 0)
		return;
	size_t i = t->slot - 1;
	t->slot = 0;
	struct timer_entry last = VEC_POP(&l->timers);
	if (i == l->timers.n)
		return;
	if (i > 0 && sooner(&last, &l->timers.p[(i - 1) / 2]))
		sift_up(l, i, last);
	else
		sift_down(l, i, last);
}

int loop_timers_wait_ms(const struct loop *l)
{
	if (l->timers.n == 0)
		return -1;
	/* the clock may have gone on since the turn began: waking late by a turn is allowed, waiting too long is not */
	int64_t left = l->timers.p[0].due_ms - clock_mono_ms();
	if (left <= 0)
		return 0;
	return left < INT_MAX ? (int)left : INT_MAX;
}

void loop_timers_fire(struct loop *l)
{
	uint64_t started_now = l->timer_order; /* those started from here on wait for the next turn, even with no delay */
	while (l->timers.n > 0) {
		struct timer_entry first = l->timers.p[0];
		if (first.due_ms > l->now_ms || first.order >= started_now)
			return;
		struct timer *t = first.timer;
		if (t->due_ms > first.due_ms) { /* restarted since */
			sift_down(l, 0, (struct timer_entry){t->due_ms, l->timer_order++, t});
			continue;
		}
		timer_stop(l, t);
		t->fire(l, t);
	}
}
