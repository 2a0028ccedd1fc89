/* SPDX-License-Identifier: Apache-2.0
 *
 * See whip_front.h. An ask belongs to its loop but while its job is with the writer; others name it by its session.
 */
#include "lesson/whip_front.h"

#include "base/clock.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "lesson/broadcast.h"
#include "lesson/media_relay.h"

#define ARENA_MAX (512u << 10)
#define CORS "Access-Control-Allow-Origin: *\r\nAccess-Control-Expose-Headers: Location\r\n"

static const struct str type_text = {"text/plain; charset=utf-8", 25}, type_sdp = {"application/sdp", 15};

struct door { struct whip_front *front; bool watch; };

struct whip_front {
	/* borrowed */
	struct media_front *media_front;
	const struct site *site;
	struct workers *workers;
	struct publisher *publisher;
	/* owned */
	struct map *asks; /* session -> struct ask; under the lock */
	pthread_mutex_t lock;
	/* state */
	struct door doors[2];
};

struct ask {
	struct job job;   /* first */
	struct task task; /* comes back from it */
	struct timer timer;
	/* borrowed */
	struct whip_front *front;
	struct loop *loop;
	struct http_request *request; /* NULL: aborted */
	/* owned */
	struct arena *arena;
	struct effects effects;
	struct buf answer;
	/* state */
	struct program_offer offer;
	struct str place;     /* of a DELETE; empty: an offer */
	struct secret place_made;
	bool stored;          /* its job is done */
	int status;           /* 0: not known yet */
	enum err err;
};

/* --- answers */

static void respond(const struct whip_front *f, struct http_request *r, int status, struct str type, const char *more, struct str body)
{
	char fields[512];
	snprintf(fields, sizeof fields, CORS "%s", more);
	site_respond(f->site, r, status, type, fields, body);
}

static void refuse_with(const struct whip_front *f, struct http_request *r, int status, struct str why)
{
	const char *more = status == 401 ? "WWW-Authenticate: Bearer error=\"invalid_token\"\r\n" : status == 503 || status == 409 ? "Retry-After: 5\r\n" : "";
	struct buf body;
	buf_init(&body, 1024);
	buf_add_str(&body, why);
	buf_add_c(&body, '\n');
	respond(f, r, status, type_text, more, buf_str(&body));
	buf_release(&body);
}

static struct str sentence_of(int status)
{
	switch (status) {
	case 401:
		return STR("This key does not count here: ask the host of the call for another.");
	case 403:
		return STR("The host put this program out of the call.");
	case 404:
		return STR("There is no such call or session, or it is over.");
	default:
		return STR("Not now: try again soon.");
	}
}

static void ask_free(struct ask *a)
{
	pthread_mutex_lock(&a->front->lock);
	map_remove(a->front->asks, a->offer.session);
	pthread_mutex_unlock(&a->front->lock);
	timer_stop(a->loop, &a->timer);
	buf_release(&a->answer);
	effects_release(&a->effects);
	arena_free(&a->arena);
	mem_free(a);
}

/* Ends the ask. */
static void answer(struct ask *a)
{
	const struct whip_front *f = a->front;
	struct http_request *r = a->request;
	if (r) {
		r->user = NULL;
		if (a->err)
			refuse_with(f, r, 503, sentence_of(503));
		else if (a->place.n && a->status == 200)
			respond(f, r, 200, type_text, "", STR(""));
		else if (a->status == 201) {
			char more[200];
			snprintf(more, sizeof more, "Location: %s/%lld/%s\r\n", a->offer.watch ? WHEP_PATH : WHIP_PATH, (long long)a->offer.call_id, a->place_made.text);
			respond(f, r, 201, type_sdp, more, buf_str(&a->answer));
		} else {
			refuse_with(f, r, a->status, a->answer.n ? buf_str(&a->answer) : sentence_of(a->status));
		}
	}
	ask_free(a);
}

static void no_answer(struct loop *l, struct timer *t)
{
	(void)l;
	struct ask *a = (struct ask *)((char *)t - offsetof(struct ask, timer));
	a->err = ERR_BUSY;
	answer(a);
}

static void stored(struct loop *l, struct task *t)
{
	struct ask *a = (struct ask *)((char *)t - offsetof(struct ask, task));
	a->stored = true;
	bool waits = !a->err && !a->place.n && a->status == 201 && a->answer.n == 0;
	if (!waits || !a->request || !media_port()->send) {
		a->err = waits && a->request ? ERR_BUSY : a->err;
		answer(a);
		return;
	}
	a->timer.fire = no_answer;
	timer_start(l, &a->timer, WHIP_ANSWER_MS);
}

/* --- the job */

static enum err run(struct job *job, struct db *db, int64_t now_ms)
{
	struct ask *a = (struct ask *)job;
	struct tx tx = {.db = db, .arena = a->arena, .effects = &a->effects, .inst = dispatcher_config_of(a->front->site->dispatcher)->inst,
		.now_ms = now_ms, .rel.role = ROLE_NONE, .writable = true};
	int status = 0;
	enum err e = a->place.n ? program_end(&tx, a->offer.call_id, a->offer.key, a->offer.watch, a->place, &status) :
		program_offer(&tx, &a->offer, &a->place_made, &status);
	a->status = status;
	return e;
}

static void done(struct job *job, enum err result)
{
	struct ask *a = (struct ask *)job;
	a->err = result;
	if (result)
		effects_clear(&a->effects);
	publisher_effects(a->front->publisher, &a->effects);
	a->task.run = stored;
	loop_post(a->loop, &a->task);
}

/* --- the media process's word */

struct word {
	struct task task; /* first */
	struct whip_front *front;
	uint64_t session;
	int status;
	struct buf text;
};

static void hear(struct loop *l, struct task *t)
{
	(void)l;
	struct word *w = (struct word *)t;
	pthread_mutex_lock(&w->front->lock);
	struct ask *a = map_find(w->front->asks, w->session); /* it cannot go while its loop is here */
	pthread_mutex_unlock(&w->front->lock);
	if (a) {
		a->answer = w->text;
		w->text = (struct buf){0};
		if (w->status != 201)
			a->status = w->status;
		if (a->stored)
			answer(a);
	}
	buf_release(&w->text);
	mem_free(w);
}

void whip_front_heard(struct whip_front *f, uint64_t session, int status, struct str text)
{
	if (!f)
		return;
	pthread_mutex_lock(&f->lock);
	struct ask *a = map_find(f->asks, session);
	if (a) {
		struct word *w = mem_alloc(sizeof *w);
		*w = (struct word){.task.run = hear, .front = f, .session = session, .status = status};
		buf_init(&w->text, 256 * 1024);
		buf_add_str(&w->text, text);
		loop_post(a->loop, &w->task);
	}
	pthread_mutex_unlock(&f->lock);
}

/* --- the request */

static bool bearer(const struct http_request *r, struct str *out)
{
	struct str value;
	if (!http_field(r->head, STR("authorization"), &value))
		return false;
	struct str scheme = str_cut(&value, ' ');
	*out = str_trim_ascii(value);
	return str_ieq_ascii(scheme, STR("Bearer")) && out->n == PLAN_SECRET_TEXT;
}

/* "/<call>" or "/<call>/<place>" behind the path of the door. */
static bool read_path(struct str path, size_t skip, int64_t *call_out, struct str *place_out)
{
	struct str rest = str_n(path.p + skip, path.n - skip);
	if (rest.n < 2 || rest.p[0] != '/')
		return false;
	rest = str_n(rest.p + 1, rest.n - 1);
	struct str call = str_cut(&rest, '/');
	*place_out = rest;
	return !str_to_i64(call, call_out) && *call_out > 0 && (rest.n == 0 || rest.n == PLAN_SECRET_TEXT);
}

static bool is_sdp(const struct http_request *r)
{
	struct str type;
	return http_field(r->head, STR("content-type"), &type) && str_ieq_ascii(str_trim_ascii(str_cut(&type, ';')), type_sdp);
}

static void options(const struct whip_front *f, struct http_request *r, bool session)
{
	respond(f, r, 200, type_text, session ? "Allow: DELETE, OPTIONS\r\nAccess-Control-Allow-Methods: DELETE, OPTIONS\r\nAccess-Control-Allow-Headers: Authorization\r\n" :
		"Allow: POST, OPTIONS\r\nAccept-Post: application/sdp\r\nAccess-Control-Allow-Methods: POST, OPTIONS\r\n"
		"Access-Control-Allow-Headers: Authorization, Content-Type\r\n", STR(""));
}

/* False: it was answered. */
static bool check(const struct whip_front *f, struct http_request *r, bool session, struct str *key)
{
	int64_t retry;
	bool offers = str_eq(r->head->method, STR("POST")), ends = str_eq(r->head->method, STR("DELETE"));
	if (str_eq(r->head->method, STR("OPTIONS")))
		options(f, r, session);
	else if (session ? !ends : !offers)
		respond(f, r, 405, type_text, session ? "Allow: DELETE, OPTIONS\r\n" : "Allow: POST, OPTIONS\r\n", STR("See docs/calls.md.\n"));
	else if (!rate_limit_take_address(dispatcher_config_of(f->site->dispatcher)->limits, str_of(conn_peer(r->conn)->text), WHIP_COST, clock_mono_ms(), &retry))
		respond(f, r, 429, type_text, "Retry-After: 60\r\n", STR("Too many requests.\n"));
	else if (!bearer(r, key))
		refuse_with(f, r, 401, sentence_of(401));
	else if (offers && !is_sdp(r))
		refuse_with(f, r, 415, STR("Content-Type: application/sdp is wanted."));
	else if (offers && (!r->body.n || !utf8_valid(r->body)))
		refuse_with(f, r, 400, STR("An offer in SDP is wanted."));
	else
		return true;
	return false;
}

static void on_request(void *user, struct http_request *r)
{
	struct door *door = user;
	struct whip_front *f = door->front;
	struct str place = {0}, key;
	int64_t call;
	if (!read_path(r->head->path, sizeof WHIP_PATH - 1, &call, &place)) {
		refuse_with(f, r, 404, sentence_of(404));
		return;
	}
	if (!check(f, r, place.n > 0, &key))
		return;
	struct ask *a = mem_alloc(sizeof *a);
	*a = (struct ask){.job = {.run = run, .done = done}, .front = f, .loop = conn_loop(r->conn), .request = r, .arena = arena_new(ARENA_MAX)};
	effects_init(&a->effects);
	a->offer = (struct program_offer){.call_id = call, .key = arena_str(a->arena, key), .sdp = arena_str(a->arena, r->body), .watch = door->watch,
		.session = media_front_session(f->media_front)};
	a->place = arena_str(a->arena, place);
	pthread_mutex_lock(&f->lock);
	map_put(f->asks, a->offer.session, a);
	pthread_mutex_unlock(&f->lock);
	r->user = a;
	enum err e = workers_write(f->workers, &a->job); /* when it is taken, a is another thread's already */
	if (e) {
		a->err = e;
		answer(a);
	}
}

static void on_abort(void *user, struct http_request *r)
{
	(void)user;
	struct ask *a = r->user;
	a->request = NULL;
	if (a->stored)
		ask_free(a); /* else its job comes back */
}

static size_t body_limit(const struct http_head *h)
{
	return str_eq(h->method, STR("POST")) || str_eq(h->method, STR("PATCH")) ? WHIP_OFFER_MAX : 0; /* 405 rather than 413 for a trickle */
}

/* --- start and stop */

struct whip_front *whip_front_new(struct media_front *media_front, const struct site *site, struct workers *workers, struct publisher *publisher)
{
	struct whip_front *f = mem_alloc(sizeof *f);
	f->media_front = media_front;
	f->site = site;
	f->workers = workers;
	f->publisher = publisher;
	f->asks = map_new();
	for (int i = 0; i < 2; i++)
		f->doors[i] = (struct door){f, i == 1};
	CHECK(!pthread_mutex_init(&f->lock, NULL));
	media_front->whip = f;
	return f;
}

struct route whip_front_route(struct whip_front *f, bool watch)
{
	return (struct route){.path = watch ? STR(WHEP_PATH) : STR(WHIP_PATH), .body_limit = body_limit, .on_request = on_request, .on_abort = on_abort,
		.user = &f->doors[watch]};
}

void whip_front_free(struct whip_front **at)
{
	struct whip_front *f = *at;
	if (!f)
		return;
	f->media_front->whip = NULL;
	map_free(&f->asks);
	pthread_mutex_destroy(&f->lock);
	mem_free(f);
	*at = NULL;
}
