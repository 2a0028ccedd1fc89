/* SPDX-License-Identifier: Apache-2.0 */
#include "server/http_app.h"

#include "api.gen.h"
#include "base/mem.h"
#include "server/origin.h"
#include "server/stream_sql.h"

#define COMMON_FIELDS \
	"X-Content-Type-Options: nosniff\r\n" \
	"Referrer-Policy: no-referrer\r\n" \
	"Cross-Origin-Opener-Policy: same-origin\r\n" \
	"Cross-Origin-Resource-Policy: same-origin\r\n" \
	"X-Frame-Options: DENY\r\n" \
	"Permissions-Policy: camera=(self), microphone=(self), display-capture=(self), geolocation=(), payment=(), usb=()\r\n"
#define PAGE_POLICY \
	"Content-Security-Policy: default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; " \
	"font-src 'self'; connect-src 'self'; worker-src 'self'; manifest-src 'self'; object-src 'none'; base-uri 'none'; " \
	"form-action 'self'; frame-ancestors 'none'; require-trusted-types-for 'script'\r\n"
#define HSTS "Strict-Transport-Security: max-age=31536000\r\n"
#define NO_STORE "Cache-Control: no-store\r\n"

#define SESSION_AGE_S (90 * 86400)

static const struct str type_json = {"application/json", 16};
static const struct str type_text = {"text/plain; charset=utf-8", 25};

struct pending { /* what a request waits for; r->user of all but the upgrade to a WebSocket */
	struct site *site;
	struct http_request *request; /* NULL: the asker is gone */
	struct call *call;            /* a command under way, or NULL: the readiness question below */
};

static bool is_secure(const struct site *s, const struct http_request *r)
{
	return conn_is_tls(r->conn) || s->behind_https;
}

static struct str cookie_name(const struct site *s, const struct http_request *r)
{
	return is_secure(s, r) ? STR("__Host-zvonok") : STR("zvonok");
}

struct str site_session_token(const struct site *s, const struct http_request *r)
{
	struct str token;
	return http_cookie(r->head, cookie_name(s, r), &token) ? token : (struct str){0};
}

bool site_wants_english(const struct http_request *r)
{
	struct str lang;
	if (!http_field(r->head, STR("accept-language"), &lang))
		return false;
	return str_starts(lang, STR("en"));
}

/* --- answers */

void site_add_fields(const struct site *s, const struct http_request *r, struct buf *fields)
{
	buf_add_str(fields, STR(COMMON_FIELDS));
	if (is_secure(s, r))
		buf_add_str(fields, STR(HSTS));
}

void site_respond(const struct site *s, struct http_request *r, int status, struct str type, const char *more, struct str body)
{
	struct buf extra;
	buf_init(&extra, 4096);
	site_add_fields(s, r, &extra);
	buf_add_str(&extra, STR(NO_STORE));
	buf_add_str(&extra, str_of(more));
	http_respond(r, status, type, buf_str(&extra), body);
	buf_release(&extra);
}

void site_refuse(const struct site *s, struct http_request *r, const struct refusal *why, const char *more)
{
	struct bytes *body = dispatch_refusal_body(s->dispatcher, why, site_wants_english(r));
	site_respond(s, r, api_error_status((enum api_error_code)why->code), type_json, more, bytes_str(body));
	bytes_unref(&body);
}

static void respond_error(const struct site *s, struct http_request *r, int code)
{
	site_refuse(s, r, &(struct refusal){.code = code}, "");
}

/* --- commands */

static void add_cookie(struct buf *fields, const struct site *s, const struct http_request *r, struct str token, int64_t age_s)
{
	buf_add_str(fields, STR("Set-Cookie: "));
	buf_add_str(fields, cookie_name(s, r));
	buf_add_c(fields, '=');
	buf_add_str(fields, token);
	buf_addf(fields, "; Path=/; Max-Age=%lld; HttpOnly; SameSite=Strict%s\r\n", (long long)age_s, is_secure(s, r) ? "; Secure" : "");
}

static void on_answer(void *user, const struct answer *a)
{
	struct pending *p = user;
	const struct site *s = p->site;
	struct http_request *r = p->request;
	struct buf extra;
	buf_init(&extra, 8192);
	site_add_fields(s, r, &extra);
	buf_add_str(&extra, STR(NO_STORE));
	if (a->session_token.n)
		add_cookie(&extra, s, r, a->session_token, SESSION_AGE_S);
	if (a->clear_session) {
		add_cookie(&extra, s, r, (struct str){0}, 0);
		buf_add_str(&extra, STR("Clear-Site-Data: \"storage\"\r\n"));
	}
	r->user = NULL;
	mem_free(p);
	http_respond_bytes(r, a->status, type_json, buf_str(&extra), a->body);
	buf_release(&extra);
}

static bool is_json(const struct http_request *r)
{
	struct str type;
	if (!http_field(r->head, STR("content-type"), &type))
		return false;
	struct str bare = str_trim_ascii(str_cut(&type, ';'));
	return str_ieq_ascii(bare, type_json);
}

/* A form of another site can send neither a JSON type nor a field of its own; a script of another site is stopped by the missing
 * CORS answer. An Origin, when there is one, must be ours. */
bool site_is_our_page(const struct site *s, const struct http_request *r)
{
	struct str origin, mark;
	if (!http_field(r->head, STR("x-zvonok"), &mark))
		return false;
	if (!http_field(r->head, STR("origin"), &origin))
		return true;
	return origin_is_ours(origin, r->head->host, conn_is_tls(r->conn), s->public_url);
}

static void on_command(struct site *s, struct http_request *r, struct str name)
{
	if (!str_eq(r->head->method, STR("POST"))) {
		site_respond(s, r, 405, type_text, "Allow: POST\r\n", STR("POST a JSON object.\n"));
		return;
	}
	if (!is_json(r) || !site_is_our_page(s, r)) {
		respond_error(s, r, API_BAD_ORIGIN);
		return;
	}
	struct pending *p = mem_alloc(sizeof *p);
	p->site = s;
	p->request = r;
	struct call_request q = {.loop = conn_loop(r->conn), .command = name, .json = r->body, .frame_id = -1, .answered = on_answer, .user = p};
	q.actor.address = str_of(conn_peer(r->conn)->text);
	q.actor.lang_en = site_wants_english(r);
	q.token = site_session_token(s, r);
	struct call *c = dispatch(s->dispatcher, &q);
	if (c) { /* else it is answered already and p is gone */
		p->call = c;
		r->user = p;
	}
}

/* --- routes */

static const struct route *route_of(const struct site *s, struct str path)
{
	for (size_t i = 0; i < s->route_count; i++) {
		const struct route *t = &s->routes[i];
		if (str_starts(path, t->path) && (path.n == t->path.n || path.p[t->path.n] == '/'))
			return t;
	}
	return NULL;
}

static bool is_socket(const struct http_request *r)
{
	return str_eq(r->head->path, STR("/api/v1/socket"));
}

static void on_abort(void *user, struct http_request *r)
{
	const struct route *t = route_of(user, r->head->path);
	if (!r->user)
		return;
	if (t) {
		t->on_abort(t->user, r);
	} else if (is_socket(r)) { /* by the path, as on_request chose: an Upgrade field may come with any request */
		socket_abort(r->user);
	} else {
		struct pending *p = r->user;
		if (p->call) {
			call_forget(p->call);
			mem_free(p);
		} else {
			p->request = NULL;
		}
	}
	r->user = NULL;
}

/* --- the WebSocket */

bool site_is_our_socket(const struct site *s, const struct http_request *r)
{
	struct str origin;
	return http_field(r->head, STR("origin"), &origin) && origin_is_ours(origin, r->head->host, conn_is_tls(r->conn), s->public_url);
}

static void on_socket(struct site *s, struct http_request *r)
{
	struct str token;
	char lang[8];
	size_t n;
	if (!r->head->upgrade_websocket) {
		site_respond(s, r, 426, type_text, "Upgrade: websocket\r\n", STR("A WebSocket is wanted here.\n"));
		return;
	}
	/* before the session is even looked at: a page of another origin must not ride on the cookie */
	if (!site_is_our_socket(s, r)) {
		respond_error(s, r, API_BAD_ORIGIN);
		return;
	}
	token = site_session_token(s, r);
	bool english = !http_query_get(r->head->query, STR("lang"), lang, sizeof lang, &n) && str_eq(str_n(lang, n), STR("en"));
	socket_start(&s->sockets, r, token, english);
}

/* --- health */

struct ready { /* does the store answer? */
	struct job job; /* first */
	struct task back;
	struct pending pending;
	struct loop *loop;
	enum err err;
};

static enum err ready_run(struct job *j, struct db *db, int64_t now_ms)
{
	(void)j;
	(void)now_ms;
	return stream_sql_ping(db);
}

static void ready_done(struct job *j, enum err result)
{
	struct ready *k = (struct ready *)j;
	k->err = result;
	loop_post(k->loop, &k->back);
}

static void ready_answer(struct ready *k)
{
	struct http_request *r = k->pending.request;
	if (r) {
		r->user = NULL;
		if (k->err)
			site_respond(k->pending.site, r, 503, type_text, "Retry-After: 2\r\n", STR("the store does not answer\n"));
		else
			site_respond(k->pending.site, r, 200, type_text, "", STR("ready\n"));
	}
	mem_free(k);
}

static void ready_back(struct loop *l, struct task *t)
{
	(void)l;
	ready_answer((struct ready *)((char *)t - offsetof(struct ready, back)));
}

static void on_ready(struct site *s, struct http_request *r)
{
	struct ready *k = mem_alloc(sizeof *k);
	k->job.run = ready_run;
	k->job.done = ready_done;
	k->back.run = ready_back;
	k->pending.site = s;
	k->pending.request = r;
	k->loop = conn_loop(r->conn);
	r->user = &k->pending;
	enum err e = workers_read(dispatcher_config_of(s->dispatcher)->workers, &k->job);
	if (e) { /* else it is a worker's already */
		k->err = e;
		ready_answer(k);
	}
}

static void on_page(struct site *s, struct http_request *r)
{
	bool reads = str_eq(r->head->method, STR("GET")) || str_eq(r->head->method, STR("HEAD"));
	if (!reads) {
		site_respond(s, r, 405, type_text, "Allow: GET, HEAD\r\n", STR("Only GET and HEAD.\n"));
		return;
	}
	if (!s->files) {
		site_respond(s, r, 404, type_text, "", STR("This server was built without its client.\n"));
		return;
	}
	struct str extra = is_secure(s, r) ? STR(COMMON_FIELDS PAGE_POLICY HSTS) : STR(COMMON_FIELDS PAGE_POLICY);
	if (static_files_respond(s->files, r, r->head->path, extra))
		return;
	/* The client routes in the browser: every page of it is the one document. A missing file stays missing. */
	bool is_file = false;
	for (size_t i = r->head->path.n; i-- > 0 && r->head->path.p[i] != '/';)
		is_file |= r->head->path.p[i] == '.';
	if (is_file || !static_files_respond(s->files, r, STR("/index.html"), extra))
		site_respond(s, r, 404, type_text, "", STR("No such page.\n"));
}

static void on_request(void *user, struct http_request *r)
{
	struct site *s = user;
	const struct str api = STR("/api/v1/");
	struct str path = r->head->path;
	const struct route *t = route_of(s, path);
	if (t)
		t->on_request(t->user, r);
	else if (is_socket(r))
		on_socket(s, r);
	else if (str_starts(path, api))
		on_command(s, r, str_n(path.p + api.n, path.n - api.n));
	else if (str_eq(path, STR("/healthz")))
		site_respond(s, r, 200, type_text, "", STR("ok\n"));
	else if (str_eq(path, STR("/readyz")))
		on_ready(s, r);
	else
		on_page(s, r);
}

static size_t body_limit(void *user, const struct http_head *h)
{
	const struct route *t = route_of(user, h->path);
	if (t)
		return t->body_limit(h);
	return str_starts(h->path, STR("/api/v1/")) ? API_BODY_MAX : 0;
}

/* The request could not even be read, so neither its path nor its language is known: both languages, as an Error of api/. */
static struct http_refusal refusal(void *user, int status)
{
	(void)user;
	struct http_refusal r = {type_json, STR(COMMON_FIELDS NO_STORE), STR("{\"error\":{\"code\":\"bad_request\",\"message\":"
		"\"Запрос составлен неверно. / The request is malformed.\"}}")};
	if (status == 413 || status == 414 || status == 431)
		r.body = STR("{\"error\":{\"code\":\"too_large\",\"message\":\"Слишком много данных в запросе. / The request is too large.\"}}");
	return r;
}

struct http_app site_app(struct site *s)
{
	return (struct http_app){.user = s, .body_limit = body_limit, .on_request = on_request, .on_abort = on_abort, .refusal = refusal};
}
