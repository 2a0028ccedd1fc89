/* SPDX-License-Identifier: Apache-2.0
 *
 * What a command does to the sockets, in order: events, follows, unfollows, ended sessions, signals; and what it does outside of the store
 * (tx_after). Collected while the handler
 * runs, dropped when the command is rolled back, published when its commit is on disk.
 *
 * One thread at a time: a worker while the command runs, then whoever it is handed to.
 */
#ifndef SERVER_EFFECTS_H
#define SERVER_EFFECTS_H

#include "base/bytes.h"
#include "base/vec.h"
#include "server/tx.h"

enum effect_kind { EFFECT_EVENT, EFFECT_FOLLOW, EFFECT_UNFOLLOW, EFFECT_END_SESSION, EFFECT_SIGNAL, EFFECT_AFTER };

struct effect {
	enum effect_kind kind;
	struct stream_id stream;   /* all but END_SESSION */
	struct person_id person;   /* FOLLOW, UNFOLLOW: whose sockets; SIGNAL: whose sockets not */
	struct session_id session; /* END_SESSION */
	int64_t seq;               /* EVENT: of the last event in frame; FOLLOW: head of the stream at that moment */
	struct bytes *frame;       /* shared: whole WebSocket frames, ready to send; NULL for END_SESSION; AFTER: its data */
	void (*after)(struct str data); /* AFTER */
};

struct effects {
	/* owned */
	VEC(struct effect) list;
	/* state */
	bool revokes; /* has an UNFOLLOW or END_SESSION: answers wait until every loop has obeyed */
};

void effects_init(struct effects *e);
void effects_release(struct effects *e);
void effects_clear(struct effects *e);
void effects_add(struct effects *e, const struct effect *one); /* takes frame's reference over */
void effects_move(struct effects *to, struct effects *from);   /* appends all; from is empty afterwards */

/* Runs what tx_after asked for, in its order, and takes it out of the list. */
void effects_run_after(struct effects *e);

/* Joins frames of the same stream where nothing that changes the followers stands between, so that a connection which follows one
 * busy chat gets one buffer a batch. The order of events in a stream and of everything around a follow stays. */
void effects_join_frames(struct effects *e);

#endif
