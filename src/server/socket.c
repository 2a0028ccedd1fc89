/* SPDX-License-Identifier: Apache-2.0 */
#include "server/socket.h"

#include "api.gen.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "net/ws.h"
#include "server/json_in.h"
#include "server/presence.h"
#include "server/stream.h"
#include <stdatomic.h>

struct socket {
	struct receiver receiver; /* first: delivery's callbacks give it back */
	/* borrowed */
	const struct socket_server *server;
	struct ws_conn *ws;       /* NULL once closed */
	/* state */
	unsigned calls, lookups;  /* answers that will still come: commands; the listing of streams */
	bool english, paused;
	bool is_operator;         /* as the session was found; becoming one begins a new session */
};

static _Atomic uint64_t open_sockets;

uint64_t socket_count(void)
{
	return open_sockets;
}

static struct actor actor_of(const struct socket *s)
{
	return (struct actor){.person = s->receiver.person, .session = s->receiver.session, .is_operator = s->is_operator,
		.lang_en = s->english, .address = str_of(conn_peer(s->receiver.conn)->text)};
}

/* The last reference: no connection and nothing under way that would come back to it. */
static void free_when_done(struct socket *s)
{
	if (s->ws || s->calls || s->lookups)
		return;
	mem_free(s);
}

/* --- commands */

static void send_error(struct socket *s, int64_t id, int code, const char *field)
{
	struct bytes *frame = dispatch_error_body(s->server->dispatcher, code, field, s->english, id);
	ws_send(s->ws, frame);
	bytes_unref(&frame);
}

static void on_answer(void *user, const struct answer *a)
{
	struct socket *s = user;
	s->calls--;
	if (!s->ws) {
		free_when_done(s);
		return;
	}
	ws_send(s->ws, a->body);
	if (s->paused && s->calls < SOCKET_CALLS_MAX / 2) {
		s->paused = false;
		conn_pause(s->receiver.conn, false);
	}
}

/* {"id": 7, "command": "...", "params": {...}}; params may be left out. *id_out is set whenever there is one to answer to. */
static enum err read_frame(const json_t *frame, int64_t *id_out, struct str *command_out, json_t **params_out, struct refusal *r)
{
	const json_t *id = json_object_get(frame, "id"), *command = json_object_get(frame, "command");
	json_t *params = json_object_get(frame, "params");
	if (!json_is_integer(id) || json_integer_value(id) < 0)
		return refuse(r, API_BAD_REQUEST, "id", NULL);
	*id_out = json_integer_value(id);
	if (!json_is_string(command))
		return refuse(r, API_BAD_REQUEST, "command", NULL);
	if (json_object_size(frame) != (params ? 3u : 2u))
		return refuse(r, API_BAD_REQUEST, NULL, NULL);
	*command_out = str_n(json_string_value(command), json_string_length(command));
	*params_out = params ? json_incref(params) : json_object();
	return ERR_OK;
}

static void on_text(struct ws_conn *w, struct str text)
{
	struct socket *s = ws_user(w);
	struct refusal refusal = {0};
	struct call_request q = {.frame_id = 0};
	json_t *frame = NULL;
	/* a client speaks after the welcome */
	enum err e = s->receiver.joining ? refuse(&refusal, API_BAD_REQUEST, NULL, NULL) : json_read(text, API_BODY_MAX, &frame, &refusal);
	if (!e)
		e = read_frame(frame, &q.frame_id, &q.command, &q.object, &refusal);
	if (e) {
		send_error(s, q.frame_id, e == ERR_REFUSED ? refusal.code : API_UNAVAILABLE, refusal.field);
		json_decref(frame);
		return;
	}
	q.loop = conn_loop(s->receiver.conn);
	q.actor = actor_of(s);
	q.deflate = ws_deflates(s->ws);
	q.answered = on_answer;
	q.user = s;
	s->calls++;
	dispatch(s->server->dispatcher, &q);
	json_decref(frame);
	if (s->ws && s->calls >= SOCKET_CALLS_MAX && !s->paused) {
		s->paused = true;
		conn_pause(s->receiver.conn, true);
	}
}

static void on_close(struct ws_conn *w)
{
	struct socket *s = ws_user(w);
	receiver_leave(&s->receiver);
	presence_socket_closed(s->receiver.person);
	atomic_fetch_sub(&open_sockets, 1);
	s->ws = NULL;
	s->receiver.conn = NULL;
	free_when_done(s);
}

static const struct ws_handler handler = {.on_text = on_text, .on_close = on_close};

void socket_on_session_ended(struct receiver *r)
{
	struct socket *s = (struct socket *)r;
	if (s->ws)
		ws_shut(s->ws, 1008, STR("session ended"));
}

static void say_going_away(struct receiver *r)
{
	struct socket *s = (struct socket *)r;
	if (s->ws)
		ws_shut(s->ws, 1001, STR("going away"));
}

void socket_close_all(struct delivery *d)
{
	delivery_each(d, say_going_away);
}

/* --- the start: find the session, upgrade, list the streams, welcome */

struct lookup {
	struct job job;        /* first */
	struct task back;
	/* borrowed */
	const struct socket_server *server;
	struct loop *loop;
	struct http_request *request; /* before the upgrade; NULL: aborted */
	struct socket *socket;        /* after it */
	/* owned */
	struct arena *arena;
	VEC(struct stream_head) heads;
	/* state */
	struct str token;
	struct actor actor;
	bool english;
	enum err err;
};

static struct lookup *lookup_new(const struct socket_server *server, struct loop *loop)
{
	struct lookup *k = mem_alloc(sizeof *k);
	k->server = server;
	k->loop = loop;
	k->arena = arena_new(1u << 20);
	return k;
}

static void lookup_free(struct lookup *k)
{
	arena_free(&k->arena);
	VEC_RELEASE(&k->heads);
	mem_free(k);
}

static void lookup_done(struct job *job, enum err result)
{
	struct lookup *k = (struct lookup *)job;
	k->err = result;
	loop_post(k->loop, &k->back);
}

static struct tx lookup_tx(struct lookup *k, struct db *db, int64_t now_ms)
{
	return (struct tx){.db = db, .arena = k->arena, .inst = dispatcher_config_of(k->server->dispatcher)->inst, .now_ms = now_ms,
		.actor = k->actor};
}

static void add_head(void *user, struct stream_id s, int64_t head)
{
	struct lookup *k = user;
	VEC_PUSH(&k->heads, ((struct stream_head){s, head}));
}

static enum err list_run(struct job *job, struct db *db, int64_t now_ms)
{
	struct lookup *k = (struct lookup *)job;
	struct tx tx = lookup_tx(k, db, now_ms);
	enum err e = dispatcher_config_of(k->server->dispatcher)->session_alive(&tx, k->actor.session);
	return e ? e : stream_list(&tx, k->actor.person, add_head, k);
}

static void welcome(struct receiver *r, const struct stream_head *heads, size_t count)
{
	struct socket *s = (struct socket *)r;
	struct buf json;
	struct json_writer w;
	char text[24];
	buf_init(&json, 4u << 20);
	json_writer_init(&w, &json);
	json_open_object(&w);
	json_key(&w, "welcome");
	json_open_object(&w);
	json_key(&w, "person_id");
	json_int(&w, r->person.v);
	json_key(&w, "session_id");
	json_int(&w, r->session.v);
	json_key(&w, "now");
	json_int(&w, clock_wall_ms());
	json_key(&w, "version");
	json_str(&w, str_of(s->server->version));
	json_key(&w, "heads");
	json_open_array(&w);
	for (size_t i = 0; i < count; i++) {
		json_open_object(&w);
		json_key(&w, "stream");
		json_str(&w, stream_text(heads[i].stream, text));
		json_key(&w, "head");
		json_int(&w, heads[i].head);
		json_close_object(&w);
	}
	json_close_array(&w);
	json_close_object(&w);
	json_close_object(&w);
	if (json.err)
		ws_shut(s->ws, 1011, STR("too many streams"));
	else
		ws_send_text(s->ws, buf_str(&json));
	buf_release(&json);
}

static void list_back(struct loop *l, struct task *t)
{
	(void)l;
	struct lookup *k = (struct lookup *)((char *)t - offsetof(struct lookup, back));
	struct socket *s = k->socket;
	s->lookups--;
	if (!s->ws) {
		free_when_done(s);
	} else if (k->err == ERR_NOT_FOUND) {
		ws_shut(s->ws, 4401, STR("not signed in"));
	} else if (k->err) {
		LOG(LOG_LEVEL_ERROR, "socket.list_failed", LOG_FZ("error", err_name(k->err)));
		ws_shut(s->ws, 1011, STR("try again"));
	} else {
		receiver_ready(&s->receiver, k->heads.p, k->heads.n, welcome);
	}
	lookup_free(k);
}

static void start_listing(struct socket *s)
{
	struct lookup *k = lookup_new(s->server, conn_loop(s->receiver.conn));
	k->job.run = list_run;
	k->job.done = lookup_done;
	k->back.run = list_back;
	k->socket = s;
	k->actor = actor_of(s);
	s->lookups++;
	if (!workers_read(dispatcher_config_of(s->server->dispatcher)->workers, &k->job))
		return;
	s->lookups--;
	lookup_free(k);
	ws_shut(s->ws, 1013, STR("busy"));
}

static void open_socket(struct lookup *k)
{
	struct conn *conn = k->request->conn;
	if (k->err) {
		ws_refuse(k->request, 4401, STR("not signed in"));
		return;
	}
	struct socket *s = mem_alloc(sizeof *s);
	s->server = k->server;
	s->english = k->english;
	s->receiver.conn = conn;
	s->receiver.person = k->actor.person;
	s->receiver.session = k->actor.session;
	s->is_operator = k->actor.is_operator;
	if (ws_upgrade(k->request, &handler, s, k->server->deflate, &s->ws)) {
		mem_free(s);
		return;
	}
	atomic_fetch_add(&open_sockets, 1);
	presence_socket_opened(s->receiver.person);
	receiver_join(k->server->deliveries[loop_index(k->loop)], &s->receiver);
	start_listing(s);
}

static enum err find_run(struct job *job, struct db *db, int64_t now_ms)
{
	struct lookup *k = (struct lookup *)job;
	struct tx tx = lookup_tx(k, db, now_ms);
	enum err e = dispatcher_config_of(k->server->dispatcher)->session_find(&tx, k->token, &tx.actor);
	k->actor = tx.actor;
	return e;
}

static void find_back(struct loop *l, struct task *t)
{
	(void)l;
	struct lookup *k = (struct lookup *)((char *)t - offsetof(struct lookup, back));
	if (k->request) {
		k->request->user = NULL;
		if (k->err && k->err != ERR_NOT_FOUND)
			http_respond(k->request, 503, STR("text/plain"), STR("Retry-After: 2\r\n"), STR("try again\n"));
		else
			open_socket(k);
	}
	lookup_free(k);
}

void socket_abort(void *pending)
{
	((struct lookup *)pending)->request = NULL;
}

void socket_start(const struct socket_server *server, struct http_request *r, struct str token, bool english)
{
	struct lookup *k = lookup_new(server, conn_loop(r->conn));
	k->job.run = find_run;
	k->job.done = lookup_done;
	k->back.run = find_back;
	k->request = r;
	k->english = english;
	k->token = arena_str(k->arena, token);
	k->actor.address = arena_str(k->arena, str_of(conn_peer(r->conn)->text));
	r->user = k;
	if (!workers_read(dispatcher_config_of(server->dispatcher)->workers, &k->job))
		return;
	r->user = NULL;
	http_respond(r, 503, STR("text/plain"), STR("Retry-After: 2\r\n"), STR("busy\n"));
	lookup_free(k);
}
