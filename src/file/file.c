/* SPDX-License-Identifier: Apache-2.0
 *
 * The rules of files: who may see one, and how an object takes one over. On a store worker, inside a transaction.
 */
#include "file/file.h"

#include "account/secret_hash.h"
#include "api_codes.gen.h"
#include "base/log.h"
#include "file/blob.h"
#include "file/file_sql.h"
#include "file/file_type.h"
#include "school/school.h"

static struct file_info info_of(const struct file_row *f)
{
	return (struct file_info){f->id, f->name, f->size, f->created_at, f->type, file_media_type(f->type)};
}

/* --- whose is it, who may see it */

/* The person's who is signed in, or of whom the token is. Who has left the organisation has left its uploads too. */
static enum err is_own(struct tx *tx, const struct file_row *f, struct str token, bool *out)
{
	struct relation r = {.known = true};
	*out = false;
	if (!f->person.v) {
		struct secret_hash h = hash_token(token);
		*out = token.n == FILE_TOKEN_TEXT && f->token_hash.n && str_eq_secret(secret_hash_str(&h), f->token_hash);
		return ERR_OK;
	}
	if (f->person.v != tx->actor.person.v)
		return ERR_OK;
	enum err e = f->org.v ? school_relation_org(tx, f->org.v, &r) : ERR_OK;
	*out = !e && r.known;
	return e;
}

enum err file_seen_by_operator(struct tx *tx, struct org_id org, int64_t holder_id, bool *out)
{
	(void)org;
	(void)holder_id;
	*out = tx->actor.is_operator;
	return ERR_OK;
}

enum err file_seen_by_administration(struct tx *tx, struct org_id org, int64_t holder_id, bool *out)
{
	struct relation r;
	*out = false;
	if (org.v != holder_id)
		return ERR_OK;
	enum err e = school_relation_org(tx, org.v, &r);
	*out = !e && r.known && (r.role == ROLE_ADMIN || r.role == ROLE_COADMIN || r.role == ROLE_HEAD);
	return e;
}

enum err file_relation(struct tx *tx, int64_t file, struct relation *out)
{
	struct file_row f;
	*out = (struct relation){.role = ROLE_NONE};
	enum err e = file_sql_get(tx, file, &f);
	if (e)
		return e == ERR_NOT_FOUND ? ERR_OK : e;
	if (f.holder == FILE_HELD_BY_NOBODY)
		e = is_own(tx, &f, (struct str){0}, &out->known);
	else if (file_rights(f.holder))
		e = file_rights(f.holder)(tx, f.org, f.holder_id, &out->known);
	if (!e && out->known)
		out->org_id = f.org.v;
	return e;
}

/* --- how an object takes it over */

enum err file_own(struct tx *tx, int64_t id, struct str token, struct file_row *out)
{
	bool own = false;
	enum err e = file_sql_get(tx, id, out);
	if (!e && out->holder == FILE_HELD_BY_NOBODY)
		e = is_own(tx, out, token, &own);
	if (e && e != ERR_NOT_FOUND)
		return e;
	return own ? ERR_OK : tx_refuse(tx, API_NOT_FOUND, NULL, "not_found.file");
}

enum err file_remove_own(struct tx *tx, int64_t id, struct str token)
{
	struct file_row f;
	enum err e = file_own(tx, id, token, &f);
	return e ? e : file_sql_remove(tx, id);
}

/* Is it the caller's, and for this? Whoever may not have it does not learn that it is there. */
static enum err find_claimed(struct tx *tx, const struct file_claim *c, struct file_row *f)
{
	enum err e = file_sql_get(tx, c->file_id, f);
	if (e && e != ERR_NOT_FOUND)
		return e;
	bool fits = !e && f->purpose == c->purpose && f->org.v == c->org.v;
	if (fits && f->holder != FILE_HELD_BY_NOBODY)
		fits = c->holder == f->holder && c->holder_id == f->holder_id; /* its own already: the one who asks for the object may know */
	else if (fits)
		e = is_own(tx, f, c->token, &fits);
	if (e && e != ERR_NOT_FOUND)
		return e;
	if (!fits)
		return tx_refuse(tx, API_NOT_FOUND, c->field, "not_found.file");
	if (!file_is_finished(f))
		return tx_refuse(tx, API_CONFLICT, c->field, "conflict.file_unfinished");
	return ERR_OK;
}

static enum err take(struct tx *tx, const struct file_claim *c, struct file_info *out)
{
	struct file_row f;
	CHECK(c->holder > FILE_HELD_BY_NOBODY && c->holder < FILE_HOLDERS && c->holder_id > 0);
	enum err e = find_claimed(tx, c, &f);
	if (!e && f.holder == FILE_HELD_BY_NOBODY)
		e = file_sql_hold(tx, f.id, c->holder, c->holder_id);
	if (!e && out)
		*out = info_of(&f);
	return e;
}

static enum err release(struct tx *tx, enum file_holder holder, int64_t holder_id, int64_t file_id)
{
	CHECK(holder > FILE_HELD_BY_NOBODY && holder < FILE_HOLDERS);
	return file_sql_release(tx, file_id, holder, holder_id);
}

static enum err held(struct tx *tx, enum file_holder holder, int64_t holder_id, int64_t file_id, struct file_info *out)
{
	struct file_row f;
	enum err e = file_sql_get(tx, file_id, &f);
	if (e)
		return e;
	if (f.holder != holder || f.holder_id != holder_id || !file_is_finished(&f))
		return ERR_NOT_FOUND;
	*out = info_of(&f);
	return ERR_OK;
}

static enum err open_claimed(struct tx *tx, const struct file_claim *c, struct file_info *out, int *fd_out)
{
	struct file_row f;
	*fd_out = -1;
	enum err e = find_claimed(tx, c, &f);
	if (e)
		return e;
	e = blob_open(f.sha256, fd_out);
	if (e) {
		LOG(LOG_LEVEL_ERROR, "file.bytes_missing", LOG_FI("file", f.id), LOG_FZ("error", err_name(e)));
		return ERR_IO;
	}
	if (out)
		*out = info_of(&f);
	return ERR_OK;
}

const struct file_ports file_port_functions = {.take = take, .release = release, .held = held, .open = open_claimed};
