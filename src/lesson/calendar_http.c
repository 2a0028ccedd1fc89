/* SPDX-License-Identifier: Apache-2.0 */
#include "lesson/calendar_http.h"

#include "base/clock.h"
#include "base/mem.h"
#include "lesson/ical.h"
#include "lesson/plan.h"

#define BACK_DAYS 30
#define AHEAD_DAYS 180
#define ANSWER_MAX (1u << 20)

static const struct str type_text = {"text/plain; charset=utf-8", 25}, type_calendar = {"text/calendar; charset=utf-8", 28};

struct ask { /* one question */
	struct job job;   /* first */
	struct task back;
	/* borrowed */
	const struct site *site;
	struct loop *loop;
	struct http_request *request; /* NULL: aborted */
	/* owned */
	struct arena *arena;
	struct buf text;
	/* state */
	char secret[PLAN_SECRET_TEXT + 1];
	bool found;
	enum err err;
};

static void ask_free(struct ask *a)
{
	buf_release(&a->text);
	arena_free(&a->arena);
	mem_free(a);
}

static void respond(struct ask *a)
{
	if (a->request && a->err)
		site_respond(a->site, a->request, 503, type_text, "Retry-After: 60\r\n", STR("try again\n"));
	else if (a->request && !a->found)
		site_respond(a->site, a->request, 404, type_text, "", STR("No such calendar.\n"));
	else if (a->request)
		site_respond(a->site, a->request, 200, type_calendar, "", buf_str(&a->text));
	ask_free(a);
}

static void back(struct loop *l, struct task *t)
{
	(void)l;
	struct ask *a = (struct ask *)((char *)t - offsetof(struct ask, back));
	if (a->request)
		a->request->user = NULL;
	respond(a);
}

static enum err run(struct job *job, struct db *db, int64_t now_ms)
{
	struct ask *a = (struct ask *)job;
	struct tx tx = {.db = db, .arena = a->arena, .now_ms = now_ms, .rel.role = ROLE_NONE};
	struct secret s = secret_of(str_of(a->secret));
	struct plan *list;
	size_t n;
	enum err e = plan_sql_calendar_of(&tx, &s, &tx.actor.person.v);
	a->found = !e && tx.actor.person.v;
	if (!a->found)
		return e;
	e = plan_of_person(&tx, tx.actor.person, now_ms - BACK_DAYS * PLAN_DAY_MS, now_ms + AHEAD_DAYS * PLAN_DAY_MS, &list, &n);
	if (e)
		return e;
	ical_begin(&a->text);
	for (size_t i = 0; i < n; i++)
		ical_event(&a->text, &(struct ical_event){list[i].id, list[i].starts_at, list[i].minutes, now_ms, list[i].title, list[i].cancelled});
	ical_end(&a->text);
	return a->text.err;
}

static void done(struct job *job, enum err result)
{
	struct ask *a = (struct ask *)job;
	a->err = result;
	loop_post(a->loop, &a->back);
}

static bool read_secret(struct str path, char out[PLAN_SECRET_TEXT + 1])
{
	struct str head = STR(LESSON_CALENDAR_PATH "/"), tail = STR(".ics");
	if (path.n != head.n + PLAN_SECRET_TEXT + tail.n || !str_starts(path, head) || !str_eq(str_n(path.p + path.n - tail.n, tail.n), tail))
		return false;
	memcpy(out, path.p + head.n, PLAN_SECRET_TEXT);
	out[PLAN_SECRET_TEXT] = 0;
	return true;
}

static void on_request(void *user, struct http_request *r)
{
	struct calendar_server *s = user;
	char secret[PLAN_SECRET_TEXT + 1];
	int64_t retry;
	if (!str_eq(r->head->method, STR("GET")) && !str_eq(r->head->method, STR("HEAD"))) {
		site_respond(s->site, r, 405, type_text, "Allow: GET, HEAD\r\n", STR("Only GET and HEAD.\n"));
		return;
	}
	if (!rate_limit_take_address(dispatcher_config_of(s->site->dispatcher)->limits, str_of(conn_peer(r->conn)->text), CALENDAR_COST, clock_mono_ms(), &retry)) {
		site_respond(s->site, r, 429, type_text, "Retry-After: 60\r\n", STR("too many requests\n"));
		return;
	}
	if (!read_secret(r->head->path, secret)) {
		site_respond(s->site, r, 404, type_text, "", STR("No such calendar.\n"));
		return;
	}
	struct ask *a = mem_alloc(sizeof *a);
	*a = (struct ask){.job = {.run = run, .done = done}, .back.run = back, .site = s->site, .loop = conn_loop(r->conn), .request = r,
		.arena = arena_new(8u << 20)};
	buf_init(&a->text, ANSWER_MAX);
	memcpy(a->secret, secret, sizeof secret);
	r->user = a;
	enum err e = workers_read(s->workers, &a->job); /* when it is taken, a is another thread's already */
	if (e) {
		r->user = NULL;
		a->err = e;
		respond(a);
	}
}

static void on_abort(void *user, struct http_request *r)
{
	(void)user;
	((struct ask *)r->user)->request = NULL;
}

static size_t body_limit(const struct http_head *h)
{
	(void)h;
	return 0;
}

struct route calendar_route(struct calendar_server *s)
{
	return (struct route){.path = STR(LESSON_CALENDAR_PATH), .body_limit = body_limit, .on_request = on_request, .on_abort = on_abort, .user = s};
}
