/* SPDX-License-Identifier: Apache-2.0
 *
 * Private to net: the inside of a loop. Only its own thread touches it, but for what is marked "any thread".
 */
#ifndef NET_LOOP_PRIVATE_H
#define NET_LOOP_PRIVATE_H

#include "base/vec.h"
#include "net/loop.h"
#include <stdbool.h>
#include <sys/epoll.h>

#define LOOP_EVENTS 256          /* taken from the kernel at once */
/* Connections written to in one turn. A message to ten thousand takes the kernel 80 ms: in slices, what comes meanwhile is read, and what is
 * owed to those behind leaves together with it. */
#define LOOP_FLUSH_SLICE 256
#define LOOP_READ_BUFFER 65536   /* one for all connections of the loop */
#define LOOP_TLS_SCRATCH 16384   /* one TLS record of payload */

struct conn;

/* What epoll points to. Removed by loop_unwatch, after which on_ready is not called any more, not even for
 * events of this turn that the kernel has already given. */
struct watch {
	void (*on_ready)(struct loop *l, struct watch *w, uint32_t events);
};

/* A copy of the time beside the pointer: sifting does not touch the timers themselves. A timer that is restarted for
 * later keeps its place and is sorted in again when it comes up, so that restarting at every ping costs nothing. */
struct timer_entry {
	int64_t due_ms;
	uint64_t order; /* equal times fire in the order of starting */
	struct timer *timer;
};

struct conn_list { struct conn *first, *last; };

struct loop {
	/* owned */
	int epoll_fd, wake_fd;
	unsigned char *read_buffer, *tls_scratch;
	VEC(struct timer_entry) timers; /* binary heap */
	/* state */
	int index;
	bool running;
	int64_t now_ms;
	uint64_t timer_order;
	struct epoll_event events[LOOP_EVENTS];
	int event_at, event_count; /* those of this turn that are not dealt with yet */
	struct conn *conns;        /* all, doubly linked */
	struct conn_list dirty;    /* have something to write or to say at the end of the turn */
	struct conn_list resumed;  /* have bytes that were kept and may be given out again */
	struct conn_list dead;     /* on_close and the end of their memory are due */
	uint64_t bytes_in, bytes_out, reads, writes; /* of this turn, added to the process's counters at its end */
	/* shared, any thread */
	_Alignas(64) struct task *mailbox; /* newest first */
	unsigned sleeping;                 /* the loop is, or is about to be, in epoll_wait */
	unsigned stopping;
};

/* ERR_IO with errno. */
enum err loop_watch(struct loop *l, int fd, struct watch *w, uint32_t events) MUST_CHECK;
void loop_rewatch(struct loop *l, int fd, struct watch *w, uint32_t events);
void loop_unwatch(struct loop *l, int fd, struct watch *w);

/* loop_timers.c */
int loop_timers_wait_ms(const struct loop *l); /* until the first one; -1: none */
void loop_timers_fire(struct loop *l);

/* conn_io.c, conn.c: the connections' part of a turn */
void conns_resume(struct loop *l);
void conns_flush(struct loop *l, size_t most); /* as many connections as that; the others stay for the next turn */
void conns_bury(struct loop *l);
void conns_close_all(struct loop *l);

#endif
