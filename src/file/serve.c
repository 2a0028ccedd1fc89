/* SPDX-License-Identifier: Apache-2.0
 *
 * Serving a file: rights at every request and again before each further piece; the pieces from the disk as fast as the reader takes them,
 * at most one in memory. A browser is never let to guess what the bytes are, nor to run them: only pictures are shown, everything else is
 * saved.
 */
#include "file/file_call.h"

#include "api.gen.h"
#include "file/file_type.h"

#define PIECE_MAX (256 * 1024)
#define STILL_ARENA_MAX (64u << 10)

static void piece_back(struct loop *l, struct task *t);

static void piece_work(struct work *w)
{
	struct file_call *c = file_call_of(w);
	size_t n = c->serve_left < PIECE_MAX ? (size_t)c->serve_left : PIECE_MAX;
	c->bytes = bytes_try_alloc(n);
	c->err = c->bytes ? blob_read(c->fd, (int64_t)c->serve_at, c->bytes->p, n) : ERR_NOMEM;
	c->back.run = piece_back;
	loop_post(c->loop, &c->back);
}

/* On any thread: what cannot be had is cut off on the loop. Work that was taken may be done, and the call gone, before we look again. */
static void read_piece(struct file_call *c)
{
	enum err e = c->err ? c->err : file_call_work(c, piece_work);
	if (!e)
		return;
	c->err = e;
	c->back.run = piece_back;
	loop_post(c->loop, &c->back);
}

static enum err run_still(struct file_call *c, struct tx *tx)
{
	struct arena *scratch = arena_new(STILL_ARENA_MAX); /* a download asks a hundred times */
	tx->arena = scratch;
	enum err e = dispatcher_config_of(c->s->site->dispatcher)->check(tx, ADMIT_PERSON, TARGET_FILE, c->id);
	tx->arena = c->arena;
	arena_free(&scratch);
	return e;
}

/* Whoever loses the right, or his session, in the middle of a download gets no further piece. */
static void on_want(struct http_request *r)
{
	struct file_call *c = r->user;
	c->reading = true;
	file_call_read(c, run_still, read_piece);
}

static void piece_back(struct loop *l, struct task *t)
{
	(void)l;
	struct file_call *c = (struct file_call *)((char *)t - offsetof(struct file_call, back));
	struct http_request *r = c->request;
	c->reading = false;
	if (!r) {
		file_call_free(c);
		return;
	}
	if (c->err) {
		r->user = NULL;
		file_call_free(c);
		http_stream_cut(r);
		return;
	}
	struct bytes *b = c->bytes;
	c->bytes = NULL;
	c->serve_at += b->n;
	c->serve_left -= b->n;
	if (!c->serve_left) { /* before the last piece: with it the request is gone */
		r->user = NULL;
		file_call_free(c);
	}
	http_stream_piece(r, b);
	bytes_unref(&b);
}

void serve_abort(struct file_call *c)
{
	if (!c->reading)
		file_call_free(c);
}

/* --- the head */

static void add_fields(struct file_call *c, struct buf *b)
{
	site_add_fields(c->s->site, c->request, b);
	/* The next logo has another address. */
	buf_add_str(b, c->logo ? STR("Cache-Control: private, max-age=300\r\n") : STR("Cache-Control: private, no-store\r\n"));
	buf_add_str(b, STR("Accept-Ranges: bytes\r\n"
		"Content-Security-Policy: sandbox; default-src 'none'; frame-ancestors 'none'\r\n"));
	file_name_disposition(b, file_is_picture(c->row.type), c->row.name);
}

static void start_task(struct loop *l, struct task *t)
{
	(void)l;
	struct file_call *c = (struct file_call *)((char *)t - offsetof(struct file_call, back));
	struct http_request *r = c->request;
	uint64_t first = 0, last = 0, size = (uint64_t)c->row.size;
	struct str range;
	if (!r) {
		file_call_free(c);
		return;
	}
	enum err e = http_field(r->head, STR("range"), &range) ? http_parse_range(range, size, &first, &last) : ERR_NOT_FOUND;
	struct buf fields;
	buf_init(&fields, 8192);
	add_fields(c, &fields);
	if (e == ERR_TOO_LARGE) {
		buf_addf(&fields, "Content-Range: bytes */%llu\r\n", (unsigned long long)size);
		r->user = NULL;
		file_call_free(c);
		http_respond(r, 416, STR(""), buf_str(&fields), STR(""));
		buf_release(&fields);
		return;
	}
	if (e) {
		first = 0;
		last = size - 1;
	} else {
		buf_addf(&fields, "Content-Range: bytes %llu-%llu/%llu\r\n", (unsigned long long)first, (unsigned long long)last, (unsigned long long)size);
	}
	c->serve_at = first;
	c->serve_left = last - first + 1;
	http_stream(r, e ? 200 : 206, file_media_type(c->row.type), buf_str(&fields), c->serve_left, on_want);
	buf_release(&fields);
	c->reading = true;
	read_piece(c);
}

/* --- may he? */

static enum err run_find(struct file_call *c, struct tx *tx)
{
	enum err e = dispatcher_config_of(c->s->site->dispatcher)->check(tx, ADMIT_PERSON, TARGET_FILE, c->id);
	if (!e)
		e = file_sql_get(tx, c->id, &c->row);
	if (e == ERR_NOT_FOUND || (!e && !file_is_finished(&c->row)))
		return tx_refuse(tx, API_NOT_FOUND, NULL, NULL);
	return e ? e : blob_open(c->row.sha256, &c->fd);
}

/* An organisation shows its logo to whoever comes to its page or has a link: nobody is asked who he is. */
static enum err run_find_logo(struct file_call *c, struct tx *tx)
{
	enum err e = file_sql_get(tx, c->id, &c->row);
	if (e == ERR_NOT_FOUND || (!e && (c->row.holder != FILE_HELD_BY_LOGO || !file_is_finished(&c->row) || !file_is_picture(c->row.type))))
		return tx_refuse(tx, API_NOT_FOUND, NULL, NULL);
	return e ? e : blob_open(c->row.sha256, &c->fd);
}

static void after_find(struct file_call *c)
{
	if (c->err) {
		file_call_back(c);
		return;
	}
	c->back.run = start_task;
	loop_post(c->loop, &c->back);
}

void serve_start(struct file_call *c)
{
	file_call_read(c, c->logo ? run_find_logo : run_find, after_find);
}
