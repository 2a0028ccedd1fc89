/* SPDX-License-Identifier: Apache-2.0
 *
 * The way of a command: decoded and limited on the loop, checked and run on a store worker in its transaction, answered on the
 * loop again. A write is answered after its commit is on disk. Knows the table's shape, no feature.
 */
#ifndef SERVER_DISPATCH_H
#define SERVER_DISPATCH_H

#include "db/worker.h"
#include "server/command.h"
#include "server/delivery.h"
#include "server/installation.h"
#include "server/rate_limit.h"

#define API_BODY_MAX 65536 /* bytes of a request's JSON, over HTTP and in a frame */
#define API_ARENA_MAX (8u << 20) /* bytes that one command may take */

struct dispatcher_config {
	/* borrowed, constant */
	const struct command *table;
	size_t count;
	struct workers *workers;
	size_t loop_count;       /* loops that dispatch, by loop_index */
	struct publisher *publisher;
	struct rate_limit *limits;
	const struct installation *inst;
	/* the rooms above, see account and policy */
	enum err (*session_find)(struct tx *tx, struct str token, struct actor *io);   /* ERR_NOT_FOUND: no such living session */
	enum err (*session_alive)(struct tx *tx, struct session_id s);                 /* ERR_NOT_FOUND: ended */
	enum err (*check)(struct tx *tx, uint32_t admit, enum target kind, int64_t id);
	struct str (*message)(int code, const char *key, bool english);               /* a sentence for a person */
};

struct dispatcher;
struct dispatcher *dispatcher_new(const struct dispatcher_config *config);
void dispatcher_free(struct dispatcher **d);
const struct dispatcher_config *dispatcher_config_of(const struct dispatcher *d);

struct answer { /* valid inside the callback */
	int status;              /* of HTTP */
	struct bytes *body;      /* HTTP: the JSON; socket: the whole frame. Take a reference to keep it. */
	struct str session_token; /* not empty: set the cookie */
	bool clear_session;
};

struct call_request {
	struct loop *loop;
	struct str command;
	struct str json;         /* the parameters, when object is NULL */
	json_t *object;          /* the parameters, already read; its reference is taken over */
	struct actor actor;      /* of a socket: known; of HTTP: only address and language */
	struct str token;        /* of HTTP: the session cookie, may be empty; copied */
	int64_t frame_id;        /* of a socket: >= 0; HTTP: -1 */
	bool deflate;            /* socket: large answers are compressed */
	/* On the loop, once, unless call_forget() came first. */
	void (*answered)(void *user, const struct answer *a);
	void *user;
};
struct call;
/* Returns the call under way, for call_forget; NULL when it was answered at once (answered has been called). */
struct call *dispatch(struct dispatcher *d, const struct call_request *request);
void call_forget(struct call *c); /* the asker is gone: the command goes on, nobody is told; on its loop */

/* Answer to something that is no command at all; the sentence in the caller's language. Caller owns the reference. */
struct bytes *dispatch_error_body(const struct dispatcher *d, int code, const char *field, bool english, int64_t frame_id);
struct bytes *dispatch_refusal_body(const struct dispatcher *d, const struct refusal *why, bool english); /* over HTTP */

/* Counters of a command by its index in the table; any thread. */
struct command_stats { uint64_t ok, refused, failed, ns; };
void dispatcher_stats(const struct dispatcher *d, size_t index, struct command_stats *out);

#endif
