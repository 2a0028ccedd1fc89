/* SPDX-License-Identifier: Apache-2.0
 *
 * See reactor.h.
 */
#include "media/reactor.h"

#include "base/clock.h"
#include "base/mem.h"
#include <errno.h>
#include <unistd.h>

#define EVENTS 64
#define SWEEP_US 5000

struct reactor {
	/* owned */
	int epoll_fd;
	/* state */
	bool stopped, more;
	int64_t now_us, swept_us, sweep_us;
	int event_at, event_count; /* those of this turn that are not dealt with yet */
	struct epoll_event events[EVENTS];
};

struct reactor *reactor_new(void)
{
	struct reactor *r = mem_alloc(sizeof *r);
	r->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	CHECK(r->epoll_fd >= 0);
	r->sweep_us = SWEEP_US;
	r->now_us = r->swept_us = clock_mono_ns() / 1000;
	return r;
}

void reactor_free(struct reactor **reactor)
{
	struct reactor *r = *reactor;
	if (!r)
		return;
	close(r->epoll_fd);
	mem_free(r);
	*reactor = NULL;
}

enum err reactor_add(struct reactor *r, int fd, struct watcher *w, uint32_t events)
{
	struct epoll_event e = {.events = events, .data.ptr = w};
	return epoll_ctl(r->epoll_fd, EPOLL_CTL_ADD, fd, &e) == 0 ? ERR_OK : ERR_IO;
}

void reactor_change(struct reactor *r, int fd, struct watcher *w, uint32_t events)
{
	struct epoll_event e = {.events = events, .data.ptr = w};
	CHECK(epoll_ctl(r->epoll_fd, EPOLL_CTL_MOD, fd, &e) == 0);
}

void reactor_remove(struct reactor *r, int fd, struct watcher *w)
{
	struct epoll_event none = {0};
	epoll_ctl(r->epoll_fd, EPOLL_CTL_DEL, fd, &none);
	for (int i = r->event_at; i < r->event_count; i++)
		if (r->events[i].data.ptr == w)
			r->events[i].data.ptr = NULL;
}

static int wait_ms(const struct reactor *r)
{
	int64_t left = r->swept_us + r->sweep_us - clock_mono_ns() / 1000;
	return r->more || left <= 0 ? 0 : (int)((left + 999) / 1000);
}

void reactor_turn(struct reactor *r, const struct reactor_hooks *hooks, int most_ms)
{
	int n = epoll_wait(r->epoll_fd, r->events, EVENTS, most_ms);
	CHECK(n >= 0 || errno == EINTR);
	r->now_us = clock_mono_ns() / 1000;
	r->event_count = n > 0 ? n : 0;
	hooks->begin(hooks->user, r->now_us);
	for (r->event_at = 0; r->event_at < r->event_count;) {
		struct epoll_event *e = &r->events[r->event_at++];
		struct watcher *w = e->data.ptr;
		if (w)
			w->ready(w, e->events);
	}
	r->event_at = r->event_count = 0;
	r->more = hooks->end(hooks->user);
	if (r->now_us - r->swept_us >= r->sweep_us) {
		r->swept_us = r->now_us;
		hooks->sweep(hooks->user, r->now_us);
	}
}

void reactor_run(struct reactor *r, const struct reactor_hooks *hooks)
{
	while (!r->stopped)
		reactor_turn(r, hooks, wait_ms(r));
}

void reactor_stop(struct reactor *r) { r->stopped = true; }

void reactor_set_sweep(struct reactor *r, int64_t sweep_us) { r->sweep_us = sweep_us; }

int64_t reactor_now_us(const struct reactor *r) { return r->now_us; }
