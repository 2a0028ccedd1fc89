/* SPDX-License-Identifier: Apache-2.0
 *
 * Uploads by tus 1.0. A piece goes loop -> reader (whose is it, does it fit) -> background (on the disk) -> writer (counted) -> loop, and
 * only then is acknowledged: after a crash at any moment the row says no more than the disk has, and what the disk has beyond it is cut
 * off by the next piece.
 */
#include "file/file_call.h"

#include "api.gen.h"

#include <stdio.h>
#include <time.h>

static void respond(struct file_call *c, int status, const char *format, ...) __attribute__((format(printf, 3, 4)));

static void respond(struct file_call *c, int status, const char *format, ...)
{
	char more[512];
	size_t n = sizeof TUS_FIELD - 1;
	va_list args;
	memcpy(more, TUS_FIELD, n);
	va_start(args, format);
	int made = vsnprintf(more + n, sizeof more - n, format, args);
	va_end(args);
	CHECK(made >= 0 && (size_t)made < sizeof more - n);
	site_respond(c->s->site, c->request, status, STR(""), more, STR(""));
}

struct expiry { char text[80]; };

static struct expiry expires(int64_t at_ms)
{
	struct expiry x = {""};
	time_t at = (time_t)(at_ms / 1000);
	struct tm t;
	gmtime_r(&at, &t);
	if (!strftime(x.text, sizeof x.text, "Upload-Expires: %a, %d %b %Y %H:%M:%S GMT\r\n", &t))
		x.text[0] = 0;
	return x;
}

/* --- POST */

static enum err run_create(struct file_call *c, struct tx *tx)
{
	struct file_new in = {.name = str_n(c->meta.name, c->meta.name_n), .token = c->upload_token, .size = c->length, .org_id = c->meta.org_id,
		.purpose = c->meta.purpose};
	c->row.expires_at = tx->now_ms + FILE_UNCLAIMED_MS;
	return file_create(tx, &in, &c->id);
}

static void answer_create(struct file_call *c)
{
	respond(c, 201, "Location: /api/v1/files/%lld\r\nUpload-Offset: 0\r\n%s", (long long)c->id, expires(c->row.expires_at).text);
}

void upload_create(struct file_call *c)
{
	c->answer = answer_create;
	file_call_write(c, run_create, file_call_back);
}

/* --- HEAD */

static enum err run_own(struct file_call *c, struct tx *tx)
{
	return file_own(tx, c->id, c->upload_token, &c->row);
}

static void answer_head(struct file_call *c)
{
	respond(c, 200, "Upload-Offset: %lld\r\nUpload-Length: %lld\r\n%s", (long long)c->row.received, (long long)c->row.size,
		expires(c->row.expires_at).text);
}

void upload_head(struct file_call *c)
{
	c->answer = answer_head;
	file_call_read(c, run_own, file_call_back);
}

/* --- DELETE: the bytes go with the next sweep */

static enum err run_delete(struct file_call *c, struct tx *tx)
{
	return file_remove_own(tx, c->id, c->upload_token);
}

static void answer_delete(struct file_call *c)
{
	respond(c, 204, "%s", "");
}

void upload_delete(struct file_call *c)
{
	c->answer = answer_delete;
	file_call_write(c, run_delete, file_call_back);
}

/* --- PATCH */

static void answer_patch(struct file_call *c)
{
	respond(c, 204, "Upload-Offset: %lld\r\n%s", (long long)(c->at + (int64_t)c->piece.n), expires(c->row.expires_at).text);
}

static enum err refuse_type(struct file_call *c)
{
	const char *why = c->row.purpose == FILE_FOR_LOGO ? "invalid_field.file_logo" :
		c->row.purpose == FILE_FOR_CONTENT ? "invalid_field.file_content" :
		c->row.purpose != FILE_FOR_ROSTER ? "invalid_field.file_type" :
		c->ready.type == FILE_TYPE_OLE ? "invalid_field.file_old_excel" : "invalid_field.file_roster";
	return refuse(&c->refusal, API_INVALID_FIELD, "file", why);
}

static void forget_work(struct work *w)
{
	struct file_call *c = file_call_of(w);
	blob_forget_upload(c->id);
	file_call_back(c);
}

static void after_commit(struct file_call *c)
{
	if (c->unwanted_type && !c->err)
		c->err = refuse_type(c);
	bool goes_on = !c->err && !c->finished;
	uploads_leave(c->s->uploads, c->id, goes_on ? &c->digest : NULL);
	c->entered = false;
	if (c->err || !c->finished || file_call_work(c, forget_work))
		file_call_back(c);
}

/* Again whose it is: he may have lost his session, his place, or the upload, meanwhile. */
static enum err run_commit(struct file_call *c, struct tx *tx)
{
	struct file_row now;
	bool done = false;
	struct str sha = str_n(c->ready.sha256, FILE_SHA256);
	enum err e = file_own(tx, c->id, c->upload_token, &now);
	if (!e)
		e = file_purpose_still(tx, &now);
	if (e)
		return e;
	if (c->unwanted_type)
		return file_sql_remove(tx, c->id);
	if (!c->finished)
		e = file_sql_received(tx, c->id, c->at, c->at + (int64_t)c->piece.n, &done);
	else if (!blob_there(sha)) /* the sweep took the last file with these bytes just now: the piece must come again */
		return ERR_BUSY;
	else
		e = file_sql_finish(tx, c->id, c->at, sha, c->ready.type, &done);
	return e ? e : done ? ERR_OK : tx_refuse(tx, API_CONFLICT, "Upload-Offset", "conflict.file_offset");
}

static void write_work(struct work *w)
{
	struct file_call *c = file_call_of(w);
	enum err e = blob_write(c->id, c->at, buf_str(&c->piece), &c->digest);
	bool last = c->at + (int64_t)c->piece.n == c->row.size;
	if (!e && last)
		e = blob_finish(c->id, c->row.size, &c->digest, &c->ready);
	c->finished = last;
	bool fits = true;
	if (!e && last)
		e = file_fits(c->row.purpose, c->row.size, &c->ready, &fits);
	c->unwanted_type = !fits;
	if (e == ERR_NOT_FOUND)
		e = refuse(&c->refusal, API_NOT_FOUND, NULL, "not_found.file");
	c->err = e;
	if (e)
		file_call_back(c);
	else
		file_call_write(c, run_commit, after_commit);
}

static enum err run_check(struct file_call *c, struct tx *tx)
{
	enum err e = file_own(tx, c->id, c->upload_token, &c->row);
	if (!e)
		e = file_purpose_still(tx, &c->row);
	if (e)
		return e;
	if (file_is_finished(&c->row) || c->row.received != c->at)
		return tx_refuse(tx, API_CONFLICT, "Upload-Offset", "conflict.file_offset");
	if (c->at + (int64_t)c->piece.n > c->row.size)
		return tx_refuse(tx, API_TOO_LARGE, "Content-Length", "too_large.file_length");
	return ERR_OK;
}

static void after_check(struct file_call *c)
{
	enum err e = c->err ? c->err : file_call_work(c, write_work);
	if (!e)
		return; /* c is another thread's already */
	c->err = e;
	file_call_back(c);
}

void upload_patch(struct file_call *c)
{
	c->answer = answer_patch;
	c->counted = true;
	c->err = atomic_fetch_add(&c->s->patches, 1) >= FILE_PATCHES_MAX ? ERR_BUSY : ERR_OK;
	if (!c->err)
		c->entered = uploads_enter(c->s->uploads, c->id, &c->digest);
	if (!c->err && !c->entered)
		c->err = refuse(&c->refusal, API_CONFLICT, NULL, "conflict.file_busy");
	if (c->err) {
		file_call_back(c);
		return;
	}
	c->piece = http_take_body(c->request);
	file_call_read(c, run_check, after_check);
}
