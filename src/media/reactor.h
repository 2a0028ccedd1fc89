/* SPDX-License-Identifier: Apache-2.0
 *
 * The media process's loop: descriptors with callbacks (level-triggered epoll), something at the beginning and at the end of each turn,
 * and a sweep. No allocation in a turn. One thread.
 */
#ifndef MEDIA_REACTOR_H
#define MEDIA_REACTOR_H

#include "base/err.h"
#include <stdint.h>
#include <sys/epoll.h>

struct reactor;

struct watcher {
	void (*ready)(struct watcher *w, uint32_t events); /* EPOLLIN.. */
};

struct reactor_hooks {
	void *user;
	void (*begin)(void *user, int64_t now_us); /* before the callbacks of a turn */
	bool (*end)(void *user);                   /* after them; true: there is more to do, do not wait */
	void (*sweep)(void *user, int64_t now_us); /* after end, when sweep_us have passed */
};

struct reactor *reactor_new(void);
void reactor_free(struct reactor **r);
enum err reactor_add(struct reactor *r, int fd, struct watcher *w, uint32_t events) MUST_CHECK; /* ERR_IO with errno */
void reactor_change(struct reactor *r, int fd, struct watcher *w, uint32_t events);
/* Before the descriptor is closed. w is not called any more, not even for events of this turn. */
void reactor_remove(struct reactor *r, int fd, struct watcher *w);
/* Until reactor_stop, from a callback. */
void reactor_run(struct reactor *r, const struct reactor_hooks *hooks);
/* One turn that waits at most wait_ms; tests. */
void reactor_turn(struct reactor *r, const struct reactor_hooks *hooks, int wait_ms);
void reactor_stop(struct reactor *r);
void reactor_set_sweep(struct reactor *r, int64_t sweep_us); /* 5 ms at first */
int64_t reactor_now_us(const struct reactor *r);             /* read once a turn */

#endif
