/* SPDX-License-Identifier: Apache-2.0
 *
 * A whole server in one thread: virtual time, seeded randomness, and a network of objects. These files define what net/loop.h,
 * net/conn.h and db/worker.h declare; everything above them is the program's own code. What happens, and in which order, follows
 * from the seed alone.
 */
#ifndef TESTS_SIM_SIM_H
#define TESTS_SIM_SIM_H

#include "db/worker.h"
#include "net/conn.h"

/* --- time and chance (sim_time.c) */
void sim_reset(uint64_t seed, int64_t wall_ms); /* time begins; also gives the process this clock and this randomness */
void sim_end(void);                             /* nothing is due any more; gives the process its own clock back */
int64_t sim_now_us(void);
void sim_wall_jump(int64_t by_ms);              /* the wall clock only */
uint64_t sim_random(uint64_t below);
int64_t sim_range(int64_t low, int64_t high);   /* both may come */
bool sim_chance(unsigned per_mille);
void sim_at(int64_t after_us, void (*run)(void *arg), void *arg);
bool sim_step(void);                            /* the next thing happens; false: nothing is due */

/* --- loops (sim_loop.c): turned whenever there is something for them, each after a delay of its own */
void sim_loop_wake(struct loop *l);
struct conn **sim_loop_conns(struct loop *l);   /* head of the list that sim_conn.c keeps */

/* --- connections (sim_conn.c) */
struct wire;                                    /* one TCP connection with both of its ends */
struct wire_handler {
	void (*on_bytes)(void *user, struct wire *w, const unsigned char *p, size_t n);
	void (*on_closed)(void *user, struct wire *w); /* by the server; not called after wire_cut; the wire must not be used any more */
};
struct wire_config {
	const struct wire_handler *handler;
	void *user;
	uint64_t tag;                  /* the user's */
	const char *address;
	void (*on_accept)(struct conn *c, void *user);
	void *accept_user;
};
struct wire *wire_connect(struct loop *l, const struct wire_config *config);
void wire_send(struct wire *w, const void *p, size_t n); /* in pieces, late, in order */
void wire_stall(struct wire *w, bool stalled);           /* the client's end does not read */
/* The client's end is gone at once. The server hears of it late, or by its own timeouts only; what was sent may still arrive, or not. */
void wire_cut(struct wire *w);
void *wire_user(const struct wire *w);
uint64_t wire_tag(const struct wire *w);
struct wire *sim_conn_wire(const struct conn *c);
size_t sim_conns_open(void);
/* Told of everything that a connection really takes for sending, in the order of the server. */
extern void (*sim_on_send)(struct conn *c, const struct bytes *b);

struct sim_net { /* how the network is now */
	unsigned late_per_mille;  /* of pieces that take up to late_us instead of usual_us */
	int64_t usual_us, late_us;
	size_t window;            /* bytes that the server's kernel takes for one connection */
};
extern struct sim_net sim_net;

/* for sim_loop.c, the parts of a turn */
void sim_conns_read(struct loop *l);
bool sim_conns_finish(struct loop *l); /* resume, flush, bury; true: more is to do at once */

/* --- the store's workers (sim_worker.c) */
struct sim_store {
	unsigned fail_per_mille;  /* of commits that do not happen */
	unsigned slow_per_mille;  /* of reads that take up to 400 ms */
};
extern struct sim_store sim_store;
extern uint64_t sim_failed_commits;

#endif
