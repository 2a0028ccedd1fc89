/* SPDX-License-Identifier: Apache-2.0
 *
 * See roster_http.h. A request goes loop, writer (the path is spent), reader (the file is made), loop.
 */
#include "school/roster_http.h"

#include "api.gen.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "school/roster_import.h"
#include "server/effects.h"

#include <stdio.h>

#define COST 20
#define ARENA_MAX (128u << 20)
#define FILE_MAX (32u << 20)
#define TOKEN_MAX 64

static const struct str type_text = {"text/plain; charset=utf-8", 25};

struct roster_call {
	struct job job;    /* first */
	struct task back;
	/* borrowed */
	struct roster_server *s;
	struct http_request *request; /* NULL: the asker is gone */
	struct loop *loop;
	/* owned */
	struct arena *arena;
	struct effects effects;
	struct buf file;
	struct actor actor;
	struct str session, token;
	/* state */
	struct org_id org;
	enum roster_format format;
	struct refusal refusal;
	enum err err;
};

static void call_free(struct roster_call *c)
{
	effects_release(&c->effects);
	buf_release(&c->file);
	arena_free(&c->arena);
	mem_free(c);
}

static void answer_file(const struct site *site, struct http_request *r, enum roster_format format, struct str name, struct str body)
{
	char more[300];
	snprintf(more, sizeof more,
		"Content-Disposition: attachment; filename=\"%.*s\"\r\nContent-Security-Policy: sandbox; default-src 'none'; frame-ancestors 'none'\r\n", (int)name.n,
		name.p);
	site_respond(site, r, 200, roster_export_media_type(format), more, body);
}

static void answer(struct loop *l, struct task *t)
{
	(void)l;
	struct roster_call *c = (struct roster_call *)((char *)t - offsetof(struct roster_call, back));
	struct http_request *r = c->request;
	if (r) {
		r->user = NULL;
		if (c->err == ERR_NOT_FOUND)
			c->refusal = (struct refusal){.code = API_LINK_UNUSABLE};
		else if (c->err && c->err != ERR_REFUSED) {
			LOG(LOG_LEVEL_ERROR, "roster.export_failed", LOG_FZ("error", err_name(c->err)));
			c->refusal = (struct refusal){.code = API_UNAVAILABLE};
		}
		if (c->err)
			site_refuse(c->s->site, r, &c->refusal, "");
		else
			answer_file(c->s->site, r, c->format, roster_export_file_name(c->format), buf_str(&c->file));
	}
	call_free(c);
}

static void back(struct roster_call *c, enum err e)
{
	c->err = e;
	c->back.run = answer;
	loop_post(c->loop, &c->back);
}

static struct tx tx_of(struct roster_call *c, struct db *db, int64_t now_ms, bool writable)
{
	return (struct tx){.db = db, .arena = c->arena, .effects = &c->effects, .inst = dispatcher_config_of(c->s->site->dispatcher)->inst, .now_ms = now_ms,
		.actor = c->actor, .rel.role = ROLE_NONE, .writable = writable};
}

static enum err run_write(struct job *j, struct db *db, int64_t now_ms)
{
	struct roster_call *c = (struct roster_call *)j;
	struct tx tx = tx_of(c, db, now_ms, false);
	return roster_export_write(&tx, c->org, c->format, &c->file);
}

static void done_write(struct job *j, enum err result)
{
	back((struct roster_call *)j, result);
}

static enum err run_take(struct job *j, struct db *db, int64_t now_ms)
{
	struct roster_call *c = (struct roster_call *)j;
	const struct dispatcher_config *k = dispatcher_config_of(c->s->site->dispatcher);
	struct tx tx = tx_of(c, db, now_ms, true);
	int64_t retry = 0;
	enum err e = k->session_find(&tx, c->session, &tx.actor);
	if (e == ERR_NOT_FOUND)
		e = tx_refuse(&tx, API_NOT_SIGNED_IN, NULL, NULL);
	if (!e && !rate_limit_take_person(k->limits, tx.actor.person.v, COST, clock_mono_ms(), &retry)) {
		e = tx_refuse(&tx, API_RATE_LIMITED, NULL, NULL);
		tx.refusal.retry_after_s = retry;
	}
	if (!e)
		e = roster_export_take(&tx, c->token, &c->org, &c->format);
	c->refusal = tx.refusal;
	return e;
}

static void done_take(struct job *j, enum err result)
{
	struct roster_call *c = (struct roster_call *)j;
	if (!result) {
		c->job = (struct job){.run = run_write, .done = done_write};
		result = workers_read(c->s->workers, &c->job);
		if (!result)
			return;
	}
	back(c, result);
}

static void fetch(struct roster_server *s, struct http_request *r, struct str token)
{
	struct roster_call *c = mem_alloc(sizeof *c);
	c->s = s;
	c->request = r;
	c->loop = conn_loop(r->conn);
	c->arena = arena_new(ARENA_MAX);
	effects_init(&c->effects);
	buf_init(&c->file, FILE_MAX);
	c->session = arena_str(c->arena, site_session_token(s->site, r));
	c->actor.address = arena_str(c->arena, str_of(conn_peer(r->conn)->text));
	c->actor.lang_en = site_wants_english(r);
	c->token = arena_str(c->arena, token);
	c->job = (struct job){.run = run_take, .done = done_take};
	r->user = c;
	enum err e = workers_write(s->workers, &c->job);
	if (e)
		back(c, e);
}

/* --- templates: small, the same for everybody */

static void send_template(struct roster_server *s, struct http_request *r, struct str what)
{
	static const char *const types[] = {"school", "college", "center"};
	struct buf file;
	size_t dot;
	if (!str_starts(what, STR("template-")) || !str_find(what, '.', &dot)) {
		site_refuse(s->site, r, &(struct refusal){.code = API_NOT_FOUND}, "");
		return;
	}
	struct str type = str_n(what.p + 9, dot - 9), end = str_n(what.p + dot + 1, what.n - dot - 1);
	enum roster_format format = str_eq(end, STR("xlsx")) ? ROSTER_XLSX : ROSTER_CSV;
	size_t t = 0;
	while (t < 3 && !str_eq(type, str_of(types[t])))
		t++;
	buf_init(&file, 1u << 20);
	enum err e = t == 3 || (format == ROSTER_CSV && !str_eq(end, STR("csv"))) ? ERR_NOT_FOUND : roster_template_write((enum api_org_type)t, format, &file);
	if (e)
		site_refuse(s->site, r, &(struct refusal){.code = e == ERR_NOT_FOUND ? API_NOT_FOUND : API_UNAVAILABLE}, "");
	else
		answer_file(s->site, r, format, format == ROSTER_XLSX ? STR("zvonok-template.xlsx") : STR("zvonok-template.csv"), buf_str(&file));
	buf_release(&file);
}

/* --- */

static void on_request(void *user, struct http_request *r)
{
	struct roster_server *s = user;
	const struct dispatcher_config *k = dispatcher_config_of(s->site->dispatcher);
	struct str path = r->head->path, rest = str_n(path.p + sizeof ROSTER_EXPORT_PATH - 1, path.n - (sizeof ROSTER_EXPORT_PATH - 1));
	struct str address = str_of(conn_peer(r->conn)->text);
	int64_t retry = 0;
	if (rest.n)
		rest = str_n(rest.p + 1, rest.n - 1);
	if (!str_eq(r->head->method, STR("GET"))) {
		site_respond(s->site, r, 405, type_text, "Allow: GET\r\n", STR("GET the path that roster_export gave.\n"));
		return;
	}
	if (!site_session_token(s->site, r).n && !rate_limit_take_address(k->limits, address, COST, clock_mono_ms(), &retry)) {
		site_refuse(s->site, r, &(struct refusal){.code = API_RATE_LIMITED, .retry_after_s = retry}, "");
		return;
	}
	if (str_starts(rest, STR("template-")))
		send_template(s, r, rest);
	else if (!rest.n || rest.n > TOKEN_MAX)
		site_refuse(s->site, r, &(struct refusal){.code = API_NOT_FOUND}, "");
	else if (!site_session_token(s->site, r).n)
		site_refuse(s->site, r, &(struct refusal){.code = API_NOT_SIGNED_IN}, "");
	else
		fetch(s, r, rest);
}

static void on_abort(void *user, struct http_request *r)
{
	(void)user;
	((struct roster_call *)r->user)->request = NULL;
	r->user = NULL;
}

static size_t body_limit(const struct http_head *h)
{
	(void)h;
	return 0;
}

struct route roster_route(struct roster_server *s)
{
	return (struct route){.path = STR(ROSTER_EXPORT_PATH), .body_limit = body_limit, .on_request = on_request, .on_abort = on_abort, .user = s};
}
