/* SPDX-License-Identifier: Apache-2.0
 *
 * The event loop on epoll. A turn: wait, sockets, mailbox, timers, then everything that the connections owe is written,
 * then those that ended are buried. One thread a loop; loop_post and loop_stop from any.
 *
 * The mailbox is a stack that posters push to with one compare-and-swap and the loop takes whole and turns round, which
 * keeps each poster's order. The eventfd is written only when the loop says that it sleeps; both sides use sequentially
 * consistent accesses, so that either the poster sees the sleeper or the sleeper sees the task.
 */
#include "net/loop.h"
#include "base/clock.h"
#include "base/mem.h"
#include "net/loop_private.h"
#include "net/net_stats.h"
#include <errno.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define MAILBOX_ROUNDS 4 /* tasks posted by tasks run in the same turn, but not for ever */

struct loop *loop_new(int index)
{
	signal(SIGPIPE, SIG_IGN); /* OpenSSL writes with write(2) */
	struct loop *l = mem_alloc(sizeof *l);
	l->index = index;
	l->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	l->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	CHECK(l->epoll_fd >= 0 && l->wake_fd >= 0);
	l->read_buffer = mem_alloc(LOOP_READ_BUFFER);
	l->tls_scratch = mem_alloc(LOOP_TLS_SCRATCH);
	l->now_ms = clock_mono_ms();
	/* Edge-triggered: each write to the eventfd is an event of its own and nobody needs to read it. No watch: waking is all. */
	struct epoll_event e = {.events = EPOLLIN | EPOLLET, .data.ptr = NULL};
	CHECK(epoll_ctl(l->epoll_fd, EPOLL_CTL_ADD, l->wake_fd, &e) == 0);
	return l;
}

int loop_index(const struct loop *l) { return l->index; }

int64_t loop_now_ms(const struct loop *l) { return l->now_ms; }

/* --- mailbox --- */

static void wake(struct loop *l)
{
	uint64_t one = 1;
	while (write(l->wake_fd, &one, sizeof one) < 0 && errno == EINTR)
		;
}

void loop_post(struct loop *l, struct task *t)
{
	struct task *head = __atomic_load_n(&l->mailbox, __ATOMIC_RELAXED);
	do
		t->next = head;
	while (!__atomic_compare_exchange_n(&l->mailbox, &head, t, true, __ATOMIC_SEQ_CST, __ATOMIC_RELAXED));
	if (__atomic_load_n(&l->sleeping, __ATOMIC_SEQ_CST) && __atomic_exchange_n(&l->sleeping, 0, __ATOMIC_SEQ_CST))
		wake(l);
}

void loop_stop(struct loop *l)
{
	__atomic_store_n(&l->stopping, 1, __ATOMIC_SEQ_CST);
	wake(l);
}

static bool mailbox_empty(struct loop *l) { return __atomic_load_n(&l->mailbox, __ATOMIC_SEQ_CST) == NULL; }

static void run_tasks(struct loop *l)
{
	for (int round = 0; round < MAILBOX_ROUNDS; round++) {
		if (mailbox_empty(l))
			return;
		struct task *newest = __atomic_exchange_n(&l->mailbox, NULL, __ATOMIC_ACQUIRE);
		struct task *oldest = NULL;
		while (newest) {
			struct task *next = newest->next;
			newest->next = oldest;
			oldest = newest;
			newest = next;
		}
		while (oldest) {
			struct task *t = oldest;
			oldest = t->next;
			t->next = NULL;
			t->run(l, t);
		}
	}
}

/* --- watching --- */

enum err loop_watch(struct loop *l, int fd, struct watch *w, uint32_t events)
{
	struct epoll_event e = {.events = events, .data.ptr = w};
	return epoll_ctl(l->epoll_fd, EPOLL_CTL_ADD, fd, &e) == 0 ? ERR_OK : ERR_IO;
}

void loop_rewatch(struct loop *l, int fd, struct watch *w, uint32_t events)
{
	struct epoll_event e = {.events = events, .data.ptr = w};
	CHECK(epoll_ctl(l->epoll_fd, EPOLL_CTL_MOD, fd, &e) == 0);
}

void loop_unwatch(struct loop *l, int fd, struct watch *w)
{
	struct epoll_event none = {0};
	epoll_ctl(l->epoll_fd, EPOLL_CTL_DEL, fd, &none);
	for (int i = l->event_at; i < l->event_count; i++)
		if (l->events[i].data.ptr == w)
			l->events[i].data.ptr = NULL;
}

/* --- the turn --- */

static int wait_ms(const struct loop *l)
{
	if (l->dirty.first || l->resumed.first || l->dead.first)
		return 0;
	return loop_timers_wait_ms(l);
}

static void wait_for_events(struct loop *l)
{
	int timeout = wait_ms(l);
	if (timeout != 0) {
		__atomic_store_n(&l->sleeping, 1, __ATOMIC_SEQ_CST);
		if (!mailbox_empty(l) || __atomic_load_n(&l->stopping, __ATOMIC_SEQ_CST))
			timeout = 0;
	}
	int n = epoll_wait(l->epoll_fd, l->events, LOOP_EVENTS, timeout);
	CHECK(n >= 0 || errno == EINTR);
	__atomic_store_n(&l->sleeping, 0, __ATOMIC_RELAXED);
	l->now_ms = clock_mono_ms();
	l->event_count = n > 0 ? n : 0;
}

static void add_up(struct loop *l)
{
	if (l->reads > 0) {
		NET_COUNT(reads, l->reads);
		NET_COUNT(bytes_in, l->bytes_in);
	}
	if (l->writes > 0) {
		NET_COUNT(writes, l->writes);
		NET_COUNT(bytes_out, l->bytes_out);
	}
	l->reads = l->writes = l->bytes_in = l->bytes_out = 0;
}

static void end_turn(struct loop *l, size_t flush)
{
	conns_resume(l);
	conns_flush(l, flush);
	conns_bury(l);
	add_up(l);
}

void loop_run(struct loop *l)
{
	CHECK(!l->running);
	l->running = true;
	l->now_ms = clock_mono_ms();
	while (!__atomic_load_n(&l->stopping, __ATOMIC_SEQ_CST)) {
		wait_for_events(l);
		for (l->event_at = 0; l->event_at < l->event_count;) {
			const struct epoll_event *e = &l->events[l->event_at++];
			struct watch *w = e->data.ptr;
			if (w)
				w->on_ready(l, w, e->events);
		}
		l->event_at = l->event_count = 0;
		run_tasks(l);
		loop_timers_fire(l);
		end_turn(l, LOOP_FLUSH_SLICE);
	}
	/* What was posted before the stop still happens, and what it wrote still leaves. */
	run_tasks(l);
	end_turn(l, SIZE_MAX);
	conns_close_all(l);
	add_up(l);
	l->running = false;
}

void loop_free(struct loop **loop)
{
	struct loop *l = *loop;
	if (!l)
		return;
	CHECK(!l->running);
	/* Tasks own memory: those that came after the end run too, for a last time with nobody to hear them. */
	run_tasks(l);
	conns_close_all(l);
	for (size_t i = 0; i < l->timers.n; i++)
		l->timers.p[i].timer->slot = 0;
	VEC_RELEASE(&l->timers);
	close(l->epoll_fd);
	close(l->wake_fd);
	mem_free(l->read_buffer);
	mem_free(l->tls_scratch);
	mem_free(l);
	*loop = NULL;
}
