/* SPDX-License-Identifier: Apache-2.0
 *
 * The way of a request for a file: what is refused on the loop, and the steps between the threads. What is done is in upload.c and
 * serve.c.
 */
#include "file/file_call.h"

#include "api.gen.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "file/sweep.h"

#include <stdio.h>

#include <unistd.h>

#define FILES_PATH "/api/v1/files"
#define LOGOS_PATH "/api/v1/logos"
#define ARENA_MAX (256 * 1024)
#define TUS_OPTIONS TUS_FIELD "Tus-Version: 1.0.0\r\nTus-Extension: creation,termination,expiration\r\n"

static const struct str type_text = {"text/plain; charset=utf-8", 25};

/* --- steps */

void file_call_free(struct file_call *c)
{
	if (c->entered)
		uploads_leave(c->s->uploads, c->id, NULL);
	if (c->counted)
		atomic_fetch_sub(&c->s->patches, 1);
	if (c->fd >= 0)
		close(c->fd);
	bytes_unref(&c->bytes);
	buf_release(&c->piece);
	effects_release(&c->effects);
	arena_free(&c->arena);
	mem_free(c);
}

static void refuse_call(struct file_call *c)
{
	if (c->err != ERR_REFUSED) {
		LOG(LOG_LEVEL_ERROR, "file.failed", LOG_FZ("error", err_name(c->err)));
		c->refusal = (struct refusal){.code = c->err == ERR_FULL ? API_STORAGE_FULL : API_UNAVAILABLE};
	}
	site_refuse(c->s->site, c->request, &c->refusal, TUS_FIELD);
}

static void back_task(struct loop *l, struct task *t)
{
	(void)l;
	struct file_call *c = (struct file_call *)((char *)t - offsetof(struct file_call, back));
	if (c->request) {
		c->request->user = NULL;
		if (c->err)
			refuse_call(c);
		else
			c->answer(c);
	}
	file_call_free(c);
}

void file_call_back(struct file_call *c)
{
	c->back.run = back_task;
	loop_post(c->loop, &c->back);
}

/* As dispatch does it: whoever has a session is that person and pays from his bucket. */
static enum err identify(struct file_call *c, struct tx *tx)
{
	const struct dispatcher_config *k = dispatcher_config_of(c->s->site->dispatcher);
	int64_t retry;
	enum err e = c->token.n ? k->session_find(tx, c->token, &tx->actor) : ERR_OK;
	if (e && e != ERR_NOT_FOUND)
		return e;
	if (!c->charged) {
		c->charged = true;
		if (!rate_limit_take_person(k->limits, tx->actor.person.v, c->cost, clock_mono_ms(), &retry)) {
			e = tx_refuse(tx, API_RATE_LIMITED, NULL, NULL);
			tx->refusal.retry_after_s = retry;
			return e;
		}
	}
	return ERR_OK;
}

static enum err step_run(struct job *j, struct db *db, int64_t now_ms, bool writable)
{
	struct file_call *c = (struct file_call *)j;
	struct tx tx = {.db = db, .arena = c->arena, .effects = &c->effects, .inst = dispatcher_config_of(c->s->site->dispatcher)->inst,
		.now_ms = now_ms, .actor = c->actor, .rel.role = ROLE_NONE, .writable = writable};
	c->err = identify(c, &tx);
	if (!c->err)
		c->err = c->run(c, &tx);
	if (!c->err && arena_failed(c->arena))
		c->err = ERR_NOMEM;
	c->refusal = tx.refusal;
	return c->err;
}

static enum err write_run(struct job *j, struct db *db, int64_t now_ms)
{
	return step_run(j, db, now_ms, true);
}

static enum err read_run(struct job *j, struct db *db, int64_t now_ms)
{
	return step_run(j, db, now_ms, false);
}

static void step_done(struct job *j, enum err result)
{
	struct file_call *c = (struct file_call *)j;
	if (!c->err)
		c->err = result;
	c->after(c);
}

void file_call_write(struct file_call *c, enum err (*run)(struct file_call *c, struct tx *tx), void (*after)(struct file_call *c))
{
	c->run = run;
	c->after = after;
	c->job = (struct job){.run = write_run, .done = step_done};
	enum err e = workers_write(c->s->workers, &c->job); /* when it is taken, c is another thread's already */
	if (!e)
		return;
	c->err = e;
	after(c);
}

void file_call_read(struct file_call *c, enum err (*run)(struct file_call *c, struct tx *tx), void (*after)(struct file_call *c))
{
	c->run = run;
	c->after = after;
	c->job = (struct job){.run = read_run, .done = step_done};
	enum err e = workers_read(c->s->workers, &c->job); /* when it is taken, c is another thread's already */
	if (!e)
		return;
	c->err = e;
	after(c);
}

enum err file_call_work(struct file_call *c, void (*run)(struct work *w))
{
	c->work.run = run;
	return background_post(c->s->background, &c->work);
}

/* --- on the loop: what is asked? */

static struct file_call *call_new(struct file_server *s, struct http_request *r)
{
	struct file_call *c = mem_alloc(sizeof *c);
	c->s = s;
	c->request = r;
	c->loop = conn_loop(r->conn);
	c->arena = arena_new(ARENA_MAX);
	c->fd = -1;
	c->cost = FILE_COST;
	effects_init(&c->effects);
	buf_init(&c->piece, 0);
	c->token = arena_str(c->arena, site_session_token(s->site, r));
	c->actor.address = arena_str(c->arena, str_of(conn_peer(r->conn)->text));
	c->actor.lang_en = site_wants_english(r);
	if (http_field(r->head, STR("x-upload-token"), &c->upload_token))
		c->upload_token = arena_str(c->arena, c->upload_token);
	else
		c->upload_token = (struct str){0};
	return c;
}

static enum err refuse_with(struct file_call *c, int code, const char *field, const char *key)
{
	return refuse(&c->refusal, code, field, key);
}

static enum err read_number(struct file_call *c, const char *name, int64_t *out)
{
	struct str value;
	if (!http_field(c->request->head, str_of(name), &value) || tus_number(value, out))
		return refuse_with(c, API_INVALID_FIELD, name, NULL);
	return ERR_OK;
}

static enum err read_creation(struct file_call *c)
{
	struct str value;
	const char *wrong = "Upload-Metadata";
	enum err e = read_number(c, "Upload-Length", &c->length);
	if (!e && (!http_field(c->request->head, STR("upload-metadata"), &value) || tus_metadata_parse(value, &c->meta, &wrong)))
		e = refuse_with(c, API_INVALID_FIELD, wrong, NULL);
	c->cost = FILE_COST_CREATE;
	c->answer = NULL;
	return e;
}

static enum err read_piece(struct file_call *c)
{
	struct str type;
	if (!http_field(c->request->head, STR("content-type"), &type) || !str_ieq_ascii(type, STR("application/offset+octet-stream")))
		return refuse_with(c, API_INVALID_FIELD, "Content-Type", NULL);
	enum err e = read_number(c, "Upload-Offset", &c->at);
	if (!e && !c->request->body.n)
		e = refuse_with(c, API_INVALID_FIELD, "Content-Length", NULL);
	return e;
}

struct method {
	const char *name;
	bool on_file;     /* wants an id in the path, or none */
	bool is_tus;      /* by a script of our page, in the words of tus */
	enum err (*read)(struct file_call *c); /* NULL: nothing more to read */
	void (*start)(struct file_call *c);
};

static const struct method methods[] = {
	{"POST", false, true, read_creation, upload_create},
	{"HEAD", true, true, NULL, upload_head},
	{"PATCH", true, true, read_piece, upload_patch},
	{"DELETE", true, true, NULL, upload_delete},
	{"GET", true, false, NULL, serve_start},
};

static const struct method *method_of(const struct http_request *r, bool on_file)
{
	for (size_t i = 0; i < sizeof methods / sizeof *methods; i++)
		if (methods[i].on_file == on_file && str_eq(r->head->method, str_of(methods[i].name)))
			return &methods[i];
	return NULL;
}

/* Nobody is signed in: the address pays. */
static enum err charge_address(struct file_call *c)
{
	const struct dispatcher_config *k = dispatcher_config_of(c->s->site->dispatcher);
	int64_t retry;
	if (c->token.n)
		return ERR_OK;
	c->charged = true;
	if (rate_limit_take_address(k->limits, c->actor.address, c->cost, clock_mono_ms(), &retry))
		return ERR_OK;
	enum err e = refuse_with(c, API_RATE_LIMITED, NULL, NULL);
	c->refusal.retry_after_s = retry;
	return e;
}

static void begin(struct file_server *s, struct http_request *r, const struct method *m, int64_t id, bool logo)
{
	struct file_call *c = call_new(s, r);
	c->id = id;
	c->logo = logo;
	c->err = m->is_tus && !site_is_our_page(s->site, r) ? refuse_with(c, API_BAD_ORIGIN, NULL, NULL) : ERR_OK;
	if (!c->err && m->read)
		c->err = m->read(c);
	if (!c->err)
		c->err = charge_address(c);
	if (c->err) {
		refuse_call(c);
		file_call_free(c);
		return;
	}
	r->user = c;
	m->start(c);
}

static void on_request(void *user, struct http_request *r)
{
	struct file_server *s = user;
	struct str path = r->head->path, version;
	int64_t id;
	if (str_eq(r->head->method, STR("OPTIONS"))) {
		char more[256];
		snprintf(more, sizeof more, TUS_OPTIONS "Tus-Max-Size: %lld\r\n", (long long)FILE_DOCUMENT_MAX);
		site_respond(s->site, r, 204, STR(""), more, STR(""));
		return;
	}
	if (tus_path(str_n(path.p + sizeof FILES_PATH - 1, path.n - (sizeof FILES_PATH - 1)), &id)) {
		site_refuse(s->site, r, &(struct refusal){.code = API_NOT_FOUND}, TUS_FIELD);
		return;
	}
	const struct method *m = method_of(r, id != 0);
	if (!m)
		site_respond(s->site, r, 405, type_text, id ? "Allow: GET, HEAD, PATCH, DELETE, OPTIONS\r\n" : "Allow: POST, OPTIONS\r\n",
			STR("See docs/files.md.\n"));
	else if (m->is_tus && (!http_field(r->head, STR("tus-resumable"), &version) || !str_eq(version, STR("1.0.0"))))
		site_respond(s->site, r, 412, type_text, TUS_OPTIONS, STR("Tus-Resumable: 1.0.0 is wanted.\n"));
	else
		begin(s, r, m, id, false);
}

static void on_logo(void *user, struct http_request *r)
{
	static const struct method get = {"GET", true, false, NULL, serve_start};
	struct file_server *s = user;
	struct str path = r->head->path;
	int64_t id;
	if (tus_path(str_n(path.p + sizeof LOGOS_PATH - 1, path.n - (sizeof LOGOS_PATH - 1)), &id) || !id)
		site_refuse(s->site, r, &(struct refusal){.code = API_NOT_FOUND}, "");
	else if (!str_eq(r->head->method, str_of(get.name)))
		site_respond(s->site, r, 405, type_text, "Allow: GET\r\n", STR("See docs/files.md.\n"));
	else
		begin(s, r, &get, id, true);
}

static void on_abort(void *user, struct http_request *r)
{
	(void)user;
	struct file_call *c = r->user;
	r->user = NULL;
	c->request = NULL;
	if (c->serve_left)
		serve_abort(c);
}

static size_t body_limit(const struct http_head *h)
{
	return str_eq(h->method, STR("PATCH")) ? FILE_CHUNK_MAX : 0;
}

static size_t no_body(const struct http_head *h)
{
	(void)h;
	return 0;
}

/* --- the sweep */

struct sweep {
	struct job job; /* first */
	struct work work;
	struct file_server *s;
	struct arena *arena;
	size_t n;
};

static void sweep_end(struct sweep *w)
{
	w->s->sweeping = false;
	arena_free(&w->arena);
	mem_free(w);
}

static void sweep_work(struct work *work)
{
	struct sweep *w = (struct sweep *)((char *)work - offsetof(struct sweep, work));
	blob_empty_trash();
	if (w->n == FILE_SWEEP_BATCH) {
		arena_reset(w->arena);
		if (!workers_write(w->s->workers, &w->job))
			return;
	}
	sweep_end(w);
}

static enum err sweep_run(struct job *j, struct db *db, int64_t now_ms)
{
	struct sweep *w = (struct sweep *)j;
	struct tx tx = {.db = db, .arena = w->arena, .inst = dispatcher_config_of(w->s->site->dispatcher)->inst, .now_ms = now_ms, .writable = true};
	return file_sweep(&tx, &w->n);
}

static void sweep_done(struct job *j, enum err result)
{
	struct sweep *w = (struct sweep *)j;
	if (result)
		LOG(LOG_LEVEL_ERROR, "file.sweep_failed", LOG_FZ("error", err_name(result)));
	w->work.run = sweep_work;
	if (result || background_post(w->s->background, &w->work))
		sweep_end(w);
}

static void sweep_fire(struct loop *l, struct timer *t)
{
	struct file_server *s = (struct file_server *)((char *)t - offsetof(struct file_server, sweep_timer));
	timer_start(l, t, FILE_SWEEP_EVERY_MS);
	if (s->sweeping)
		return;
	s->sweeping = true;
	struct sweep *w = mem_alloc(sizeof *w);
	*w = (struct sweep){.job = {.run = sweep_run, .done = sweep_done}, .s = s, .arena = arena_new(ARENA_MAX)};
	if (workers_write(s->workers, &w->job))
		sweep_end(w);
}

void file_server_sweep(struct file_server *s, struct loop *l)
{
	s->sweep_timer.fire = sweep_fire;
	timer_start(l, &s->sweep_timer, FILE_SWEEP_EVERY_MS);
}

/* --- */

struct file_server *file_server_new(struct site *site, struct workers *workers, struct background *background)
{
	struct file_server *s = mem_alloc(sizeof *s);
	s->site = site;
	s->workers = workers;
	s->background = background;
	s->uploads = uploads_new();
	return s;
}

void file_server_free(struct file_server **s)
{
	if (!*s)
		return;
	uploads_free(&(*s)->uploads);
	mem_free(*s);
	*s = NULL;
}

struct route file_server_route(struct file_server *s)
{
	return (struct route){.path = STR(FILES_PATH), .body_limit = body_limit, .on_request = on_request, .on_abort = on_abort, .user = s};
}

struct route file_server_logo_route(struct file_server *s)
{
	return (struct route){.path = STR(LOGOS_PATH), .body_limit = no_body, .on_request = on_logo, .on_abort = on_abort, .user = s};
}
