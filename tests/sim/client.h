/* SPDX-License-Identifier: Apache-2.0
 *
 * A client as the product's: signs in by phone and code, holds a WebSocket, keeps commands in an outbox until they are answered and
 * repeats them after a reconnect, keeps a copy of its chats by events, asks for what it lacks. One thread.
 */
#ifndef TESTS_SIM_CLIENT_H
#define TESTS_SIM_CLIENT_H

#include "base/vec.h"
#include "chat/readers.h"
#include "sim_server.h"
#include <jansson.h>

struct world;
struct client;

enum client_state {
	CLIENT_OUT,      /* not signed in */
	CLIENT_CODE,     /* asks for a code */
	CLIENT_SIGN_IN,
	CLIENT_DOWN,     /* signed in, no socket */
	CLIENT_UPGRADE,
	CLIENT_WELCOME,  /* waits for it */
	CLIENT_ONLINE,
	CLIENT_ENDED     /* its session is over and it stays away */
};

enum ask { ASK_COMMAND, ASK_READ, ASK_ME, ASK_SINCE, ASK_SNAPSHOT, ASK_HISTORY, ASK_REPEAT, ASK_FRESH_ME, ASK_FRESH_CHAT, ASK_NOTHING };

struct pending { int64_t id, chat; enum ask ask; size_t command; uint64_t generation; struct stream_id stream; };

enum outgoing_kind { OUT_POST, OUT_ADD, OUT_REMOVE, OUT_DISMISS, OUT_SESSION_END };
struct outgoing {
	enum outgoing_kind kind;
	const char *name;
	char client_id[33];
	char *params;            /* owned; JSON */
	json_t *answer;          /* owned; the first one, NULL until then */
	int64_t chat, session;
	size_t person;
	bool sent, done;
};

struct feed { /* one stream and, of a chat, the copy of its state */
	struct stream_id id;
	bool followed, have, fetching, history; /* history: the last messages were loaded */
	int64_t head, known;
	uint64_t generation;
	VEC(json_t *) early;     /* events that must wait */
	char title[64];
	int64_t member_count, message_count, read_seq, read_count;
	struct first_readers readers;
	VEC(json_t *) messages;  /* by seq */
};

struct client {
	struct world *world;
	size_t index, person;    /* person: in the school */
	char address[46];
	/* owned */
	struct wire *wire;       /* NULL: none */
	struct buf in;
	VEC(struct pending) pending;
	VEC(struct outgoing) outbox;
	VEC(struct feed *) feeds;
	json_t *memberships;
	/* state */
	enum client_state state;
	char token[64];
	int64_t session, next_id;
	uint64_t epoch;          /* of the wire; later ones are larger */
	uint64_t revoked_epoch;  /* its sockets up to this one belong to an ended session */
	int64_t counter;
	unsigned fresh;          /* answers that the last comparison waits for */
	bool me_asked, deflate, deflates, away, relogin;
	bool doomed, expired;    /* its session is being ended; was found to be over when the last comparison began */
};

void client_start(struct client *c);
void client_release(struct client *c);
void client_cut(struct client *c);
void client_cut_briefly(struct client *c); /* it comes back at once */
void client_cut_for_good(struct client *c);
bool client_settled(const struct client *c);
void client_post(struct client *c, int64_t chat, const char *text);
void client_command(struct client *c, enum outgoing_kind kind, int64_t chat, size_t person, int64_t session);
void client_read(struct client *c, int64_t chat);
void client_typing(struct client *c, int64_t chat);
void client_repeat(struct client *c, size_t command);
void client_compare(struct client *c);
bool client_busy_with(const struct client *c, size_t person); /* an unanswered command about him */

/* client_wire.c, for client.c */
void client_connect(struct client *c);
void client_say(struct client *c, const char *command, const char *params, struct pending what);
/* client.c, for client_wire.c */
void client_hear(struct client *c, const char *p, size_t n);
void client_up(struct client *c);   /* the welcome was heard: commands may go out */
void client_down(struct client *c); /* the socket is gone */

/* replica.c: the copy of the state */
struct feed *feed_of(struct client *c, struct stream_id s, bool make);
void replica_welcome(struct client *c, const json_t *heads);
void replica_event(struct client *c, json_t *event);
void replica_follow(struct client *c, const json_t *follow);
void replica_unfollow(struct client *c, const json_t *unfollow);
void replica_answer(struct client *c, const struct pending *p, const json_t *result, const char *error);
void replica_down(struct client *c);
bool replica_settled(const struct client *c);
void replica_release(struct client *c);
int64_t number_of(const json_t *o, const char *key);

#endif
