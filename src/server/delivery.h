/* SPDX-License-Identifier: Apache-2.0
 *
 * Who hears what: for each loop, the sockets that follow each stream, and the publishing of committed effects to all loops.
 *
 * Normal case: the writer commits a batch, publisher_flush() hands one immutable batch to every loop; a loop walks the effects in
 * order and gives each frame to the followers it owns; the turn's end writes once per connection. Then the answers go out.
 *
 * Awkward case 1, a socket that starts: it is registered under its person first (receiver_join), so that follows and unfollows of
 * that person are noted from then on; only then a reader lists its streams; receiver_ready() takes the list, replays what was noted and knows
 * the heads of events that passed in between. No event is missed and none is heard without the right.
 *
 * Awkward case 2, a right that ends: a batch that unfollows or ends a session releases its answers only after every loop has
 * obeyed, so nobody hears anything after the acknowledgement (reliability.md I6).
 *
 * struct delivery and receivers belong to their loop; the publisher to the writer's thread.
 */
#ifndef SERVER_DELIVERY_H
#define SERVER_DELIVERY_H

#include "net/conn.h"
#include "server/effects.h"

struct delivery;
struct follower_list;

struct receiver {
	/* borrowed */
	struct conn *conn;
	struct delivery *delivery;
	/* state */
	struct person_id person;
	struct session_id session;
	bool joining;
	/* private */
	struct receiver *person_next, *person_prev;
	struct receiver *session_next, *session_prev;
	VEC(struct followed { struct follower_list *list; size_t at; }) follows;
	VEC(struct effect) noted; /* follows and unfollows while joining; frames are referenced */
};

struct stream_head { struct stream_id stream; int64_t head; };

struct delivery_callbacks {
	void (*on_session_ended)(struct receiver *r); /* close its socket; receiver_leave follows from its on_close */
};

struct delivery *delivery_new(struct loop *loop, const struct delivery_callbacks *callbacks);
void delivery_free(struct delivery **d);
struct loop *delivery_loop(const struct delivery *d);
size_t delivery_receivers(const struct delivery *d);
/* fn must not let a receiver leave before it returns (closing a connection is fine: it leaves from the loop, later). */
void delivery_each(struct delivery *d, void (*fn)(struct receiver *r));

void receiver_join(struct delivery *d, struct receiver *r);   /* conn, person, session are set */
/* heads: raised in place to what has passed meanwhile. `before` runs after the follows are in place and before anything noted is sent:
 * the place for the welcome. */
void receiver_ready(struct receiver *r, struct stream_head *heads, size_t count, void (*before)(struct receiver *r, const struct stream_head *heads, size_t count));
void receiver_leave(struct receiver *r);                      /* fine when never joined */
bool receiver_follows(const struct receiver *r, struct stream_id s);

/* --- publishing */
struct publisher;
struct publisher *publisher_new(struct delivery *const *deliveries, size_t count); /* borrows them */
void publisher_free(struct publisher **p);
/* Writer's thread, between commit and flush. */
void publisher_effects(struct publisher *p, struct effects *e);                 /* takes them, runs what tx_after asked for; e is empty afterwards */
void publisher_answer(struct publisher *p, int loop, struct task *t);           /* run on that loop after the effects */
void publisher_flush(struct publisher *p);
/* Any thread: signals of a read command, at once. */
void publisher_signals(struct publisher *p, struct effects *e);
struct delivery_stats { uint64_t batches, effects, frames; };
void delivery_stats(struct delivery_stats *out); /* of the process; any thread */

#endif
