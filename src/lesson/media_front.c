/* SPDX-License-Identifier: Apache-2.0
 *
 * The relay's sockets and the register. Relays belong to their loops; see media_front.h.
 */
#include "lesson/media_front.h"

#include "base/map.h"
#include "base/mem.h"
#include "lesson/lesson.h"
#include "lesson/media_relay.h"
#include "net/ws.h"

static const struct str type_text = {"text/plain; charset=utf-8", 25};

/* --- the register: by relay id, under the lock; what is found may be touched on its own loop only */

static void enter(struct relay *r)
{
	pthread_mutex_lock(&r->front->lock);
	map_put(r->front->relays, r->id, r);
	pthread_mutex_unlock(&r->front->lock);
}

static void leave(struct relay *r)
{
	pthread_mutex_lock(&r->front->lock);
	map_remove(r->front->relays, r->id);
	pthread_mutex_unlock(&r->front->lock);
}

static struct relay *find(struct media_front *f, uint64_t id)
{
	pthread_mutex_lock(&f->lock);
	struct relay *r = map_find(f->relays, id);
	pthread_mutex_unlock(&f->lock);
	return r;
}

/* --- to the media process */

static bool say(const struct relay *r, const char *what, const struct str *text)
{
	const struct media_port *port = media_port();
	struct buf json;
	struct json_writer w;
	buf_init(&json, MEDIA_MESSAGE_MAX);
	json_writer_init(&w, &json);
	json_open_object(&w);
	json_key(&w, "m");
	json_str(&w, str_of(what));
	json_key(&w, "session");
	json_int(&w, (int64_t)r->id);
	if (text) {
		json_key(&w, "text");
		json_str(&w, *text);
	}
	json_close_object(&w);
	bool fits = !json.err;
	if (fits && port->send)
		port->send(port->user, r->room, buf_str(&json));
	buf_release(&json);
	return fits;
}

/* --- a relay's life */

static void relay_free(struct relay *r)
{
	timer_stop(r->loop, &r->timer);
	for (size_t i = 0; i < r->early.n; i++)
		bytes_unref(&r->early.p[i]);
	VEC_RELEASE(&r->early);
	arena_free(&r->arena);
	effects_release(&r->effects);
	mem_free(r);
}

/* True while he sends no more than he may. */
static bool take_token(struct relay *r)
{
	int64_t now = loop_now_ms(r->loop);
	r->tokens += (now - r->filled_ms) * MEDIA_FRAMES_PER_S; /* thousandths of a frame */
	r->filled_ms = now;
	if (r->tokens > MEDIA_FRAMES_BURST * 1000)
		r->tokens = MEDIA_FRAMES_BURST * 1000;
	if (r->tokens < 1000)
		return false;
	r->tokens -= 1000;
	return true;
}

static void on_text(struct ws_conn *w, struct str text)
{
	struct relay *r = ws_user(w);
	if (text.n > MEDIA_TEXT_MAX)
		ws_shut(w, 1009, STR("frame too large"));
	else if (!take_token(r))
		ws_shut(w, 1008, STR("too many frames"));
	else if (!say(r, "text", &text))
		ws_shut(w, 1009, STR("frame too large"));
}

static void on_close(struct ws_conn *w)
{
	struct relay *r = ws_user(w);
	leave(r);
	say(r, "gone", NULL);
	relay_free(r);
}

static const struct ws_handler handler = {.on_text = on_text, .on_close = on_close};

static void not_greeted(struct loop *l, struct timer *t)
{
	(void)l;
	struct relay *r = (struct relay *)((char *)t - offsetof(struct relay, timer));
	ws_shut(r->ws, 4503, STR("media restarting"));
}

static void refuse_request(struct relay *r)
{
	if (r->err != ERR_NOT_FOUND)
		http_respond(r->request, 503, type_text, STR("Retry-After: 2\r\n"), STR("try again\n"));
	else
		ws_refuse(r->request, 4401, STR("ticket"));
}

static void greet(struct relay *r)
{
	conn_set_limits(ws_conn_of(r->ws), WS_MESSAGE_MAX + WS_HEAD_MAX, MEDIA_QUEUE_MAX);
	r->filled_ms = loop_now_ms(r->loop);
	r->tokens = MEDIA_FRAMES_BURST * 1000;
	r->timer.fire = not_greeted;
	timer_start(r->loop, &r->timer, MEDIA_FIRST_MS);
	for (size_t i = 0; i < r->early.n; i++)
		relay_send(r, r->early.p[i]);
	if (!media_port()->send)
		ws_shut(r->ws, 4503, STR("media restarting"));
	else if (r->early_code)
		ws_shut(r->ws, r->early_code, STR("before it began"));
}

/* The ticket was looked at. */
static void spent_back(struct loop *l, struct task *t)
{
	(void)l;
	struct relay *r = (struct relay *)((char *)t - offsetof(struct relay, task));
	bool open = false;
	if (r->request) {
		r->request->user = NULL;
		if (r->err)
			refuse_request(r);
		else
			open = !ws_upgrade(r->request, &handler, r, false, &r->ws);
	}
	if (open) {
		greet(r);
		return;
	}
	leave(r);
	if (!r->err)
		say(r, "gone", NULL);
	relay_free(r);
}

static enum err spend_run(struct job *job, struct db *db, int64_t now_ms)
{
	struct relay *r = (struct relay *)job;
	const struct dispatcher_config *k = dispatcher_config_of(r->front->site->dispatcher);
	struct tx tx = {.db = db, .arena = r->arena, .effects = &r->effects, .inst = k->inst, .now_ms = now_ms, .rel.role = ROLE_NONE, .writable = true};
	struct call_pass pass = {0};
	enum err e = r->token.n ? k->session_find(&tx, r->token, &tx.actor) : ERR_OK;
	if (!e || e == ERR_NOT_FOUND)
		e = lesson_ticket_spend(&tx, r->ticket, tx.actor.session, r->id, &pass);
	r->room = pass.call_id;
	/* a ticket that was brought is spent, whoever brought it */
	r->err = e;
	return e == ERR_NOT_FOUND ? ERR_OK : e;
}

static void spend_done(struct job *job, enum err result)
{
	struct relay *r = (struct relay *)job;
	if (result)
		r->err = result;
	if (r->err)
		effects_clear(&r->effects);
	publisher_effects(r->front->publisher, &r->effects);
	r->task.run = spent_back;
	loop_post(r->loop, &r->task);
}

/* --- the request */

static size_t body_limit(const struct http_head *h)
{
	(void)h;
	return 0;
}

static enum err check_request(struct media_front *f, struct http_request *r, struct str *ticket, char text[LESSON_TICKET_TEXT + 1])
{
	struct refusal why = {0};
	int64_t retry;
	if (!r->head->upgrade_websocket) {
		site_respond(f->site, r, 426, type_text, "Upgrade: websocket\r\n", STR("A WebSocket is wanted here.\n"));
		return ERR_REFUSED;
	}
	if (!site_is_our_socket(f->site, r))
		refuse(&why, API_BAD_ORIGIN, NULL, NULL);
	else if (!rate_limit_take_address(dispatcher_config_of(f->site->dispatcher)->limits, str_of(conn_peer(r->conn)->text), MEDIA_COST, clock_mono_ms(), &retry))
		refuse(&why, API_RATE_LIMITED, NULL, NULL);
	else if (http_query_get(r->head->query, STR("ticket"), text, LESSON_TICKET_TEXT + 1, &ticket->n) || ticket->n != LESSON_TICKET_TEXT)
		refuse(&why, API_INVALID_FIELD, "ticket", NULL);
	ticket->p = text;
	if (!why.code)
		return ERR_OK;
	site_refuse(f->site, r, &why, "");
	return ERR_REFUSED;
}

static void on_request(void *user, struct http_request *request)
{
	struct media_front *f = user;
	char text[LESSON_TICKET_TEXT + 1];
	struct str ticket;
	if (check_request(f, request, &ticket, text))
		return;
	struct relay *r = mem_alloc(sizeof *r);
	r->job = (struct job){.run = spend_run, .done = spend_done};
	r->front = f;
	r->loop = conn_loop(request->conn);
	r->request = request;
	r->arena = arena_new(RELAY_ARENA_MAX);
	effects_init(&r->effects);
	r->id = media_front_session(f);
	r->ticket = arena_str(r->arena, ticket);
	r->token = arena_str(r->arena, site_session_token(f->site, request));
	request->user = r;
	enter(r);
	enum err e = workers_write(f->workers, &r->job); /* when it is taken, r is another thread's already */
	if (e) {
		r->err = e;
		spent_back(r->loop, &r->task);
	}
}

static void on_abort(void *user, struct http_request *request)
{
	(void)user;
	((struct relay *)request->user)->request = NULL;
}

/* --- from the media process, on the relay's loop */

void relay_send(struct relay *r, struct bytes *frame)
{
	timer_stop(r->loop, &r->timer);
	ws_send(r->ws, frame);
}

struct word { /* of the media process to one relay */
	struct task task; /* first */
	struct media_front *front;
	uint64_t id;
	struct bytes *frame; /* owned; NULL: to be closed */
	uint16_t code;
};

static void hear(struct loop *l, struct task *t)
{
	(void)l;
	struct word *m = (struct word *)t;
	struct relay *r = find(m->front, m->id); /* it cannot go while its loop is here */
	if (r && r->ws && m->frame)
		relay_send(r, m->frame);
	else if (r && r->ws)
		ws_shut(r->ws, m->code, m->code == 4503 ? STR("media restarting") : STR("by the call"));
	else if (r && m->frame && r->early.n < RELAY_EARLY_MAX)
		VEC_PUSH(&r->early, bytes_ref(m->frame));
	else if (r && !m->frame)
		r->early_code = m->code;
	bytes_unref(&m->frame);
	mem_free(m);
}

static void post_word(struct relay *r, struct bytes *frame, uint16_t code)
{
	struct word *m = mem_alloc(sizeof *m);
	*m = (struct word){.task.run = hear, .front = r->front, .id = r->id, .frame = frame, .code = code};
	loop_post(r->loop, &m->task);
}

void media_front_tell(struct media_front *f, uint64_t id, struct bytes *frame, uint16_t code)
{
	pthread_mutex_lock(&f->lock);
	struct relay *r = map_find(f->relays, id);
	if (r)
		post_word(r, frame, code);
	pthread_mutex_unlock(&f->lock);
	if (!r)
		bytes_unref(&frame);
}

void media_front_process_gone(struct media_front *f, int process, int processes)
{
	size_t it = 0;
	uint64_t key;
	void *value;
	pthread_mutex_lock(&f->lock);
	while (map_next(f->relays, &it, &key, &value)) {
		struct relay *r = value;
		int64_t room = atomic_load(&r->room);
		if (room && media_process_of(room, processes) == process)
			post_word(r, NULL, 4503);
	}
	pthread_mutex_unlock(&f->lock);
}

/* --- start and stop */

struct media_front *media_front_new(const struct site *site, struct workers *workers, struct publisher *publisher)
{
	struct media_front *f = mem_alloc(sizeof *f);
	f->site = site;
	f->workers = workers;
	f->publisher = publisher;
	f->relays = map_new();
	atomic_init(&f->next_id, 1);
	CHECK(!pthread_mutex_init(&f->lock, NULL));
	media_ears_set(&(struct media_ears){.message = media_heard, .gone = media_gone, .user = f});
	return f;
}

uint64_t media_front_session(struct media_front *f)
{
	return atomic_fetch_add(&f->next_id, 1);
}

struct route media_front_route(struct media_front *f)
{
	return (struct route){.path = STR(LESSON_MEDIA_PATH), .body_limit = body_limit, .on_request = on_request, .on_abort = on_abort, .user = f};
}

void media_front_close_all(struct media_front *f, struct loop *l)
{
	size_t it = 0;
	uint64_t key;
	void *value;
	pthread_mutex_lock(&f->lock);
	while (map_next(f->relays, &it, &key, &value)) {
		struct relay *r = value;
		if (r->loop == l && r->ws)
			ws_shut(r->ws, 1001, STR("going away"));
	}
	pthread_mutex_unlock(&f->lock);
}

void media_front_free(struct media_front **at)
{
	struct media_front *f = *at;
	if (!f)
		return;
	media_ears_set(NULL);
	map_free(&f->relays);
	pthread_mutex_destroy(&f->lock);
	mem_free(f);
	*at = NULL;
}
