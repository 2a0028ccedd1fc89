/* SPDX-License-Identifier: Apache-2.0 */
#include "server/dispatch.h"

#include "api.gen.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/map.h"
#include "base/mem.h"
#include "net/ws.h"
#include "server/json_in.h"
#include "server/replay.h"
#include <stdatomic.h>

struct counters { _Atomic uint64_t ok, refused, failed, ns; };

#define SPARE_ARENAS 128 /* kept by a loop for its next commands */

/* What a loop keeps here. Writes that it has gathered in its turn are handed to the writer together, so that they share a commit
 * and what they cause leaves in one write a connection. */
struct gathered {
	struct task task;
	struct dispatcher *d;
	struct job *first, **end;
	size_t count;
	struct arena *spare[SPARE_ARENAS]; /* owned */
	size_t spares;
};

struct dispatcher {
	struct dispatcher_config config;
	/* owned */
	struct counters *counters;  /* one a command */
	struct gathered *gathered;  /* one a loop */
	/* The writer's own: sessions that it found alive since the last one ended. Only the writer ends sessions, so within that time
	 * asking the store again would give the same answer. */
	struct map *alive;
	uint64_t alive_since; /* tx_sessions_ended() then */
	int64_t alive_from_ms;
};

#define ALIVE_MAX 100000       /* sessions remembered */
#define ALIVE_FOR_MS (600000)  /* then the store is asked again, which also notes the visit */

struct call {
	struct job job;          /* first: cast back from the job */
	struct task answer;
	/* borrowed */
	struct dispatcher *d;
	struct loop *loop;
	const struct command *command;
	/* owned */
	struct arena *arena;
	json_t *json;            /* texts of `in` lie in it */
	struct effects effects;
	struct bytes *body;
	/* state */
	void *in, *out;          /* in the arena */
	struct str client_id, token;
	struct actor actor;
	int64_t frame_id, started_ns;
	bool deflate, charged;
	int status;
	struct str session_token;
	bool clear_session;
	enum err err;            /* what the command came to; ERR_REFUSED: see refusal */
	struct refusal refusal;
	void (*answered)(void *user, const struct answer *a); /* NULL: forgotten */
	void *user;
};

static void hand_over(struct loop *l, struct task *t);

struct dispatcher *dispatcher_new(const struct dispatcher_config *config)
{
	struct dispatcher *d = mem_alloc(sizeof *d);
	d->config = *config;
	d->counters = mem_alloc((config->count ? config->count : 1) * sizeof *d->counters);
	d->alive = map_new();
	d->gathered = mem_alloc(config->loop_count * sizeof *d->gathered);
	for (size_t i = 0; i < config->loop_count; i++) {
		d->gathered[i].task.run = hand_over;
		d->gathered[i].d = d;
		d->gathered[i].end = &d->gathered[i].first;
	}
	return d;
}

void dispatcher_free(struct dispatcher **d)
{
	if (!*d)
		return;
	mem_free((*d)->counters);
	for (size_t i = 0; i < (*d)->config.loop_count; i++)
		while ((*d)->gathered[i].spares)
			arena_free(&(*d)->gathered[i].spare[--(*d)->gathered[i].spares]);
	mem_free((*d)->gathered);
	map_free(&(*d)->alive);
	mem_free(*d);
	*d = NULL;
}

const struct dispatcher_config *dispatcher_config_of(const struct dispatcher *d)
{
	return &d->config;
}

void dispatcher_stats(const struct dispatcher *d, size_t index, struct command_stats *out)
{
	const struct counters *c = &d->counters[index];
	*out = (struct command_stats){c->ok, c->refused, c->failed, c->ns};
}

/* --- answers */

/* What a failure that is no refusal looks like from outside. */
static int code_of(enum err e)
{
	switch (e) {
	case ERR_FULL:
		return API_STORAGE_FULL;
	case ERR_UNCERTAIN:
		return API_UNCERTAIN;
	case ERR_TOO_LARGE:
		return API_TOO_LARGE;
	default:
		return API_UNAVAILABLE;
	}
}

static void open_answer(struct json_writer *w, int64_t frame_id, const char *what)
{
	json_open_object(w);
	if (frame_id >= 0) {
		json_key(w, "id");
		json_int(w, frame_id);
	}
	json_key(w, what);
}

static struct bytes *seal(struct buf *json, int64_t frame_id, bool deflate)
{
	CHECK(json->err == ERR_OK || json->err == ERR_NOMEM);
	if (json->err)
		BUG("out of memory for an answer");
	struct bytes *b = NULL;
	if (frame_id >= 0) {
		if (deflate && json->n >= 1024)
			b = ws_frame_deflated(WS_TEXT, buf_str(json));
		if (!b)
			b = ws_frame(WS_TEXT, buf_str(json));
	} else {
		b = bytes_new(json->p, json->n);
	}
	buf_release(json);
	return b;
}

static struct bytes *error_body(const struct dispatcher *d, const struct refusal *r, bool english, int64_t frame_id)
{
	struct buf json;
	struct json_writer w;
	buf_init(&json, 16384);
	json_writer_init(&w, &json);
	open_answer(&w, frame_id, "error");
	json_open_object(&w);
	json_key(&w, "code");
	json_str(&w, str_of(api_error_name((enum api_error_code)r->code)));
	json_key(&w, "message");
	json_str(&w, d->config.message(r->code, r->message, english));
	if (r->field) {
		json_key(&w, "field");
		json_str(&w, str_of(r->field));
	}
	if (r->retry_after_s) {
		json_key(&w, "retry_after_s");
		json_int(&w, r->retry_after_s);
	}
	json_close_object(&w);
	json_close_object(&w);
	return seal(&json, frame_id, false);
}

struct bytes *dispatch_error_body(const struct dispatcher *d, int code, const char *field, bool english, int64_t frame_id)
{
	struct refusal r = {.code = code, .field = field};
	return error_body(d, &r, english, frame_id);
}

struct bytes *dispatch_refusal_body(const struct dispatcher *d, const struct refusal *why, bool english)
{
	return error_body(d, why, english, -1);
}

static void call_free(struct call *c)
{
	if (c->json)
		json_decref(c->json);
	effects_release(&c->effects);
	bytes_unref(&c->body);
	struct gathered *g = &c->d->gathered[loop_index(c->loop)];
	if (g->spares < SPARE_ARENAS) {
		arena_reset(c->arena);
		g->spare[g->spares++] = c->arena;
	} else {
		arena_free(&c->arena);
	}
	mem_free(c);
}

static void call_answer(struct call *c)
{
	if (c->answered) {
		struct answer a = {c->status, c->body, c->session_token, c->clear_session};
		c->answered(c->user, &a);
	}
	call_free(c);
}

static void answer_task(struct loop *l, struct task *t)
{
	(void)l;
	call_answer((struct call *)((char *)t - offsetof(struct call, answer)));
}

void call_forget(struct call *c)
{
	c->answered = NULL;
}

/* Whatever the command came to that is no success becomes the body of an error. */
static void settle_failure(struct call *c)
{
	if (c->err != ERR_REFUSED) {
		LOG(LOG_LEVEL_ERROR, "command.failed", LOG_FZ("command", c->command ? c->command->name : "?"), LOG_FZ("error", err_name(c->err)));
		c->refusal = (struct refusal){.code = code_of(c->err)};
	}
	bytes_unref(&c->body);
	c->status = api_error_status((enum api_error_code)c->refusal.code);
	c->body = error_body(c->d, &c->refusal, c->actor.lang_en, c->frame_id);
	c->session_token = (struct str){0};
}

static void count_outcome(struct call *c)
{
	struct counters *n = &c->d->counters[c->command - c->d->config.table];
	_Atomic uint64_t *which = c->err == ERR_OK ? &n->ok : c->err == ERR_REFUSED ? &n->refused : &n->failed;
	atomic_fetch_add_explicit(which, 1, memory_order_relaxed);
	atomic_fetch_add_explicit(&n->ns, (uint64_t)(clock_mono_ns() - c->started_ns), memory_order_relaxed);
}

/* --- on a worker */

static enum err check_alive(struct call *c, struct tx *tx)
{
	struct dispatcher *d = c->d;
	uint64_t session = (uint64_t)tx->actor.session.v;
	if (c->command->access != COMMAND_WRITE)
		return d->config.session_alive(tx, tx->actor.session);
	if (d->alive_since != tx_sessions_ended() || tx->now_ms - d->alive_from_ms > ALIVE_FOR_MS || map_count(d->alive) >= ALIVE_MAX) {
		map_free(&d->alive);
		d->alive = map_new();
		d->alive_since = tx_sessions_ended();
		d->alive_from_ms = tx->now_ms;
	}
	if (map_find(d->alive, session))
		return ERR_OK;
	enum err e = d->config.session_alive(tx, tx->actor.session);
	if (!e)
		map_put(d->alive, session, d);
	return e;
}

static enum err identify(struct call *c, struct tx *tx)
{
	const struct dispatcher_config *k = &c->d->config;
	enum err e = ERR_OK;
	if (tx->actor.session.v) {
		e = check_alive(c, tx);
		return e == ERR_NOT_FOUND ? tx_refuse(tx, API_NOT_SIGNED_IN, NULL, NULL) : e;
	}
	if (c->token.n) {
		e = k->session_find(tx, c->token, &tx->actor);
		if (e && e != ERR_NOT_FOUND)
			return e;
	}
	/* A socket and an anonymous caller were charged on the loop; over HTTP the person is known only now. */
	int64_t retry;
	if (!c->charged && !rate_limit_take_person(k->limits, tx->actor.person.v, c->command->cost, clock_mono_ms(), &retry)) {
		e = tx_refuse(tx, API_RATE_LIMITED, NULL, NULL);
		tx->refusal.retry_after_s = retry; /* behind the refusal, which starts afresh */
	}
	return e == ERR_NOT_FOUND ? ERR_OK : e;
}

static void encode_result(struct call *c, struct str replayed)
{
	struct buf json;
	struct json_writer w;
	buf_init(&json, API_ARENA_MAX);
	buf_reserve(&json, 512);
	json_writer_init(&w, &json);
	if (c->frame_id >= 0)
		open_answer(&w, c->frame_id, "result");
	if (replayed.n)
		json_raw(&w, replayed);
	else
		c->command->encode(&w, c->out);
	if (c->frame_id >= 0)
		json_close_object(&w);
	bytes_unref(&c->body);
	c->body = seal(&json, c->frame_id, c->deflate);
}

static enum err keep_answer(struct call *c, struct tx *tx)
{
	struct buf json;
	struct json_writer w;
	buf_init(&json, API_ARENA_MAX);
	json_writer_init(&w, &json);
	c->command->encode(&w, c->out);
	enum err e = json.err ? json.err : replay_keep(tx, c->command, c->client_id, c->json, buf_str(&json));
	buf_release(&json);
	return e;
}

static enum err run_command(struct call *c, struct tx *tx)
{
	const struct command *cmd = c->command;
	struct str replayed = {0};
	enum err e = identify(c, tx);
	if (!e)
		e = c->d->config.check(tx, cmd->admit, cmd->target, cmd->target_id ? cmd->target_id(c->in) : 0);
	bool replays = cmd->replay && c->client_id.n && tx->actor.person.v;
	bool on_socket = c->frame_id >= 0;
	if (!e && replays)
		e = replay_find(tx, cmd, c->client_id, c->json, &replayed);
	if (!e && !replayed.n)
		e = cmd->run(tx, c->in, c->out);
	/* a cookie can be set over HTTP only: a session begun here would be nobody's */
	if (!e && on_socket && tx->set_session_token.n)
		e = tx_refuse(tx, API_BAD_REQUEST, "command", NULL);
	if (!e && replays && !replayed.n)
		e = keep_answer(c, tx);
	if (!e && arena_failed(c->arena))
		e = ERR_NOMEM;
	if (!e)
		encode_result(c, replayed);
	return e;
}

static enum err call_run(struct job *job, struct db *db, int64_t now_ms)
{
	struct call *c = (struct call *)job;
	struct tx tx = {.db = db, .arena = c->arena, .effects = &c->effects, .inst = c->d->config.inst, .now_ms = now_ms, .actor = c->actor,
		.rel.role = ROLE_NONE, .writable = c->command->access == COMMAND_WRITE};
	c->err = run_command(c, &tx);
	c->refusal = tx.refusal;
	c->session_token = tx.set_session_token;
	c->clear_session = tx.clear_session;
	if (!c->err) {
		c->status = 200;
		if (!tx.undo)
			return ERR_OK;
		effects_clear(&c->effects);
		return ERR_REFUSED; /* the savepoint goes, the answer stays */
	}
	effects_clear(&c->effects);
	/* A wrong code is refused, yet the attempt must be counted: the savepoint stays. */
	return c->err == ERR_REFUSED && tx.keep_on_refusal ? ERR_OK : c->err;
}

static void call_done(struct job *job, enum err result)
{
	struct call *c = (struct call *)job;
	if (!c->err && result && result != ERR_REFUSED) { /* the commit failed: nothing of it happened */
		c->err = result;
		effects_clear(&c->effects);
	}
	count_outcome(c);
	if (c->err)
		settle_failure(c);
	c->answer.run = answer_task;
	if (c->command->access == COMMAND_WRITE) {
		publisher_effects(c->d->config.publisher, &c->effects);
		publisher_answer(c->d->config.publisher, loop_index(c->loop), &c->answer);
		return;
	}
	if (c->effects.list.n)
		publisher_signals(c->d->config.publisher, &c->effects);
	loop_post(c->loop, &c->answer);
}

/* --- on the loop */

static enum err admit_rate(struct call *c, const struct call_request *q)
{
	const struct dispatcher_config *k = &c->d->config;
	int64_t now = clock_mono_ms(), retry = 0;
	bool ok = true;
	if (c->actor.person.v) {
		ok = rate_limit_take_person(k->limits, c->actor.person.v, c->command->cost, now, &retry);
		c->charged = true;
	} else if (!q->token.n || (c->command->admit & ADMIT_ANYONE)) {
		ok = rate_limit_take_address(k->limits, q->actor.address, c->command->cost, now, &retry);
		c->charged = true;
	}
	if (ok)
		return ERR_OK;
	enum err e = refuse(&c->refusal, API_RATE_LIMITED, NULL, NULL);
	c->refusal.retry_after_s = retry;
	return e;
}

static enum err prepare(struct call *c, const struct call_request *q)
{
	const struct dispatcher_config *k = &c->d->config;
	c->command = command_find(k->table, k->count, q->command);
	if (!c->command)
		return refuse(&c->refusal, API_BAD_REQUEST, "command", "bad_request.command");
	enum err e = admit_rate(c, q);
	if (!e && !c->json)
		e = json_read(q->json, API_BODY_MAX, &c->json, &c->refusal);
	if (e)
		return e;
	c->in = arena_alloc(c->arena, c->command->in_size);
	c->out = arena_alloc(c->arena, c->command->out_size);
	if (!c->in || !c->out)
		return ERR_NOMEM;
	e = c->command->decode(c->arena, c->json, c->in, &c->refusal);
	if (!e && c->command->client_id)
		c->client_id = c->command->client_id(c->in);
	return e;
}

static void gather(struct call *c)
{
	struct gathered *g = &c->d->gathered[loop_index(c->loop)];
	c->job.next = NULL;
	*g->end = &c->job;
	g->end = &c->job.next;
	/* its own mailbox is run in this turn, after everything that has arrived was read */
	if (!g->count++)
		loop_post(c->loop, &g->task);
}

static void hand_over(struct loop *l, struct task *t)
{
	(void)l;
	struct gathered *g = (struct gathered *)t;
	struct job *first = g->first;
	size_t count = g->count;
	g->first = NULL;
	g->end = &g->first;
	g->count = 0;
	if (!workers_write_list(g->d->config.workers, first, count))
		return;
	for (struct job *j = first, *next; j; j = next) {
		next = j->next;
		struct call *c = (struct call *)j;
		c->err = ERR_BUSY;
		count_outcome(c);
		settle_failure(c);
		call_answer(c);
	}
}

struct call *dispatch(struct dispatcher *d, const struct call_request *q)
{
	struct call *c = mem_alloc(sizeof *c);
	c->job.run = call_run;
	c->job.done = call_done;
	c->d = d;
	c->loop = q->loop;
	struct gathered *g = &d->gathered[loop_index(q->loop)];
	c->arena = g->spares ? g->spare[--g->spares] : arena_new(API_ARENA_MAX);
	effects_init(&c->effects);
	c->actor = q->actor;
	c->actor.address = arena_str(c->arena, q->actor.address);
	c->token = arena_str(c->arena, q->token);
	c->json = q->object;
	c->frame_id = q->frame_id;
	c->deflate = q->deflate;
	c->answered = q->answered;
	c->user = q->user;
	c->started_ns = clock_mono_ns();

	c->err = prepare(c, q);
	if (!c->err && c->command->access == COMMAND_WRITE) {
		gather(c);
		return c;
	}
	if (!c->err) {
		enum err e = workers_read(d->config.workers, &c->job);
		if (!e)
			return c; /* a worker's already: its err may be set by now */
		c->err = e;
	}
	if (c->command)
		count_outcome(c);
	settle_failure(c);
	call_answer(c);
	return NULL;
}
