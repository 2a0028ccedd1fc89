/* SPDX-License-Identifier: Apache-2.0
 *
 * An event loop: one thread, its timers, its mailbox. Everything else in net/ belongs to one loop and may be
 * touched by that loop's thread only, unless its header says "any thread".
 *
 * The seam for tests: tests/sim links other definitions of net/loop.h, net/conn.h and db/worker.h (one thread, virtual
 * clock, virtual network); everything above these three headers is the same code in a test and in production.
 */
#ifndef NET_LOOP_H
#define NET_LOOP_H

#include "base/err.h"
#include <stddef.h>
#include <stdint.h>

struct loop;

struct loop *loop_new(int index);          /* index: 0 .. number of loops - 1, for logs and metrics */
void loop_free(struct loop **l);           /* after loop_run has returned */
int loop_index(const struct loop *l);
void loop_run(struct loop *l);             /* until loop_stop */
void loop_stop(struct loop *l);            /* any thread */
int64_t loop_now_ms(const struct loop *l); /* monotonic, read once a turn */

/* --- mailbox: any thread may post; run() is called once on the loop's thread, in the order of posting by one poster.
 * A task is the poster's until posted, then run()'s (which usually frees it). All tasks that wait are run before
 * writes are flushed, so that what a turn owes a connection leaves in one write; when very many connections are owed something,
 * turns go on between slices of them. */
struct task {
	void (*run)(struct loop *l, struct task *t);
	struct task *next; /* private to the mailbox */
};
void loop_post(struct loop *l, struct task *t); /* any thread; wakes the loop only when it may sleep */

/* --- timers: a hierarchical wheel or a heap, O(1) or O(log n); granularity 1 ms, late by at most a turn. */
struct timer {
	void (*fire)(struct loop *l, struct timer *t); /* may start the timer again */
	/* private */
	int64_t due_ms;
	size_t slot; /* 0: not running */
};
void timer_start(struct loop *l, struct timer *t, int64_t after_ms); /* restarts a running one */
void timer_stop(struct loop *l, struct timer *t);                    /* fine when not running */

#endif
