/* SPDX-License-Identifier: Apache-2.0
 *
 * What a command's handler sees: `enum err message_post(struct tx *tx, const struct api_message_post *in, struct api_message_posted *out)`.
 * One straight-line function inside one transaction; it reads and writes rows, appends events, and returns ERR_OK, a
 * failure, or `return tx_refuse(tx, API_CONFLICT, "name", "conflict.unit_name_taken")`. It sees no socket, no JSON, no
 * status code, no thread and no system clock. One thread.
 *
 * policy checks it, the rooms above include it; server/ itself never calls a feature but through the command table.
 */
#ifndef SERVER_TX_H
#define SERVER_TX_H

#include "base/arena.h"
#include "base/json.h"
#include "db/db.h"
#include "server/access.h"

/* Ids are distinct types, so that a person's cannot be passed as a chat's. 0 is "none". */
struct org_id { int64_t v; };
struct unit_id { int64_t v; };
struct chat_id { int64_t v; };
struct person_id { int64_t v; };
struct session_id { int64_t v; };
struct invite_id { int64_t v; };
struct subject_id { int64_t v; };
struct set_id { int64_t v; };
struct call_id { int64_t v; };

/* A stream: kind and id in one number, (id << 2) | kind. On the wire "c12", "p5", "o3", "v7". */
enum stream_kind { STREAM_CHAT, STREAM_PERSON, STREAM_ORG, STREAM_CALL, STREAM_KINDS };
struct stream_id { int64_t v; };
static inline struct stream_id stream_of(enum stream_kind k, int64_t id) { return (struct stream_id){(int64_t)((uint64_t)id << 2) | (int64_t)k}; }
static inline struct stream_id chat_stream(struct chat_id c) { return stream_of(STREAM_CHAT, c.v); }
static inline struct stream_id person_stream(struct person_id p) { return stream_of(STREAM_PERSON, p.v); }
static inline struct stream_id org_stream(struct org_id o) { return stream_of(STREAM_ORG, o.v); }
static inline struct stream_id call_stream(struct call_id c) { return stream_of(STREAM_CALL, c.v); }
static inline enum stream_kind stream_kind_of(struct stream_id s) { return (enum stream_kind)(s.v & 3); }
static inline int64_t stream_object(struct stream_id s) { return s.v >> 2; }
bool stream_parse(struct str text, struct stream_id *out);       /* "c12" */
struct str stream_text(struct stream_id s, char out[24]);

struct actor {
	struct person_id person;   /* 0: nobody is signed in */
	struct session_id session;
	bool is_operator;
	struct str address;        /* of the peer, text; borrowed for the command */
	bool lang_en;              /* language of messages: false is Russian */
};

struct effects;  /* events, follows and unfollows in order; see server/effects.h */

struct tx {
	/* borrowed */
	struct db *db;
	struct arena *arena;
	struct effects *effects;
	const struct installation *inst; /* settings that handlers need; see server/installation.h */
	/* state */
	int64_t now_ms;          /* wall clock, never less than in an earlier batch */
	struct actor actor;
	struct relation rel;     /* of the actor to the command's target, after policy_check */
	struct refusal refusal;
	/* set by sign-in, accept and sign-out: the HTTP layer turns it into the cookie; empty: leave it */
	struct str set_session_token;
	bool clear_session;
	/* A handler that refuses sets it when what it wrote must stay all the same (a wrong code counts as a try): the dispatcher then
	 * releases the savepoint instead of rolling it back. Such a handler has written nothing else. */
	bool undo;               /* the answer stands, but what was written is taken back (a repeated client_id was found late) */
	bool keep_on_refusal;
	bool writable;           /* on the writer's connection: account_session_find may note the visit */
};

enum err tx_refuse(struct tx *tx, int code, const char *field, const char *message_key);
static inline struct org_id tx_org(const struct tx *tx) { return (struct org_id){tx->rel.org_id}; }

/* --- events. Appending takes the next seq of the stream inside this transaction (UPDATE .. SET head = head + 1 RETURNING head on
 * the row of the chat, person or org), stores the event's row, and queues its frame for after the commit. data: JSON of the
 * event's data, made by a generated function api_<event>_encode; the usual way is the generated
 * event_<type>(tx, stream, &struct) in api.gen.h, which calls this. */
enum err tx_event(struct tx *tx, struct stream_id s, const char *type, struct str data, int64_t *seq_out);
/* For an event that lies in a table of its own (message_posted: the message's row IS the event): the caller took seq itself, no
 * event row is written; the frame is queued. */
void tx_event_stored(struct tx *tx, struct stream_id s, int64_t seq, const char *type, struct str data);

/* --- who hears what, in order with the events: after tx_follow the person's sockets get the stream's later events, after
 * tx_unfollow none. Rooms call these together with the rows that give or end the right. */
void tx_follow(struct tx *tx, struct person_id p, struct stream_id s);
void tx_unfollow(struct tx *tx, struct person_id p, struct stream_id s);
struct bytes *tx_follow_frame(struct stream_id s, int64_t head); /* what the sockets are told of a follow; one reference */
void tx_end_session(struct tx *tx, struct session_id s); /* closes its sockets (1008) before the reply is released */
uint64_t tx_sessions_ended(void); /* how many times tx_end_session was called in this process; on the writer's thread */

/* --- what must happen outside of the store once the commit is on disk and before the command is answered: a mute reaches the media
 * process ahead of its acknowledgement. In order with everything else that is committed; dropped with a command that is rolled back.
 * run is called on the writer's thread: it hands over, never waits. Of write commands only. data is copied. */
void tx_after(struct tx *tx, void (*run)(struct str data), struct str data);

/* Best effort, not stored, no seq: to the sockets that follow s, but not to those of `except` (0: to all). Also from a read command. */
void tx_signal(struct tx *tx, struct stream_id s, const char *name, struct str data, struct person_id except);

/* --- streams of the rooms, registered by app before the first thread */
struct stream_ops {
	const char *bump_sql;   /* "UPDATE chat SET head = head + 1 WHERE id = ?1 RETURNING head" */
	const char *head_sql;   /* "SELECT head FROM chat WHERE id = ?1" */
	/* Events stored in other tables (messages): calls emit for each with after < seq <= upto, ascending; NULL: none. */
	enum err (*extra)(struct tx *tx, int64_t object, int64_t after, int64_t upto,
	                  enum err (*emit)(void *user, int64_t seq, int64_t at, const char *type, struct str data), void *user);
};
void stream_register(enum stream_kind k, const struct stream_ops *ops);

/* Streams that a person follows, with their heads; app sets it to a function that asks the rooms. Called at socket start on a reader. */
typedef enum err (*follow_lister)(struct tx *tx, struct person_id p, void (*add)(void *user, struct stream_id s, int64_t head), void *user);
void stream_set_lister(follow_lister f);

#endif
