/* SPDX-License-Identifier: Apache-2.0
 *
 * net/loop.h and net/conn.h without a socket: the test gives bytes, reads what was sent, and moves the clock. One loop,
 * one thread. What is given arrives in memory of exactly its size, so that a sanitizer sees a byte read beyond it.
 */
#ifndef TESTS_UNIT_NET_FAKE_CONN_H
#define TESTS_UNIT_NET_FAKE_CONN_H

#include "net/conn.h"

struct loop *fake_loop_new(void);
void fake_loop_free(struct loop *l);
void fake_loop_advance(struct loop *l, int64_t ms); /* fires what is due, in order */
size_t fake_loop_timer_starts(const struct loop *l);

struct conn *fake_conn_new(struct loop *l);
void fake_conn_free(struct conn *c);                /* closes it first when it is open */
void fake_conn_give(struct conn *c, const void *p, size_t n); /* from the peer; then ends the turn */
void fake_conn_fail_delivery(struct conn *c, uint64_t n); /* the n-th allocation within the next on_data fails */
void fake_conn_eof(struct conn *c);
void fake_conn_turn(struct conn *c);                /* what a loop does at the end of a turn */
void fake_conn_hold(struct conn *c, bool hold);     /* the peer reads nothing */
void fake_conn_lost(struct conn *c);                /* the network broke */
struct str fake_conn_sent(const struct conn *c);    /* everything since the last forget */
void fake_conn_forget(struct conn *c);
bool fake_conn_closing(const struct conn *c);
bool fake_conn_closed(const struct conn *c);        /* on_close was called */
bool fake_conn_paused(const struct conn *c);
size_t fake_conn_kept(const struct conn *c);

#endif
