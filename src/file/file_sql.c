/* SPDX-License-Identifier: Apache-2.0
 *
 * SQL of the table of files.
 */
#include "file/file_sql.h"

#define LIVE " removed_at IS NULL AND (expires_at IS NULL OR expires_at > ?1)"

enum err file_sql_get(struct tx *tx, int64_t id, struct file_row *out)
{
	struct rows r;
	bool found = false;
	db_query(tx->db, &r,
		"SELECT id, org_id, purpose, person_id, token_hash, name, size, received, type, sha256, holder, holder_id, created_at,"
		" COALESCE(expires_at, 0) FROM file WHERE id = ?2 AND" LIVE,
		"ii", tx->now_ms, id);
	if (rows_next(&r)) {
		found = true;
		*out = (struct file_row){.id = rows_int(&r, 0),
			.org.v = rows_int(&r, 1),
			.purpose = (enum file_purpose)rows_int(&r, 2),
			.person.v = rows_int(&r, 3),
			.token_hash = rows_str(&r, 4, tx->arena),
			.name = rows_str(&r, 5, tx->arena),
			.size = rows_int(&r, 6),
			.received = rows_int(&r, 7),
			.type = (enum file_type)rows_int(&r, 8),
			.sha256 = rows_str(&r, 9, tx->arena),
			.holder = (enum file_holder)rows_int(&r, 10),
			.holder_id = rows_int(&r, 11),
			.created_at = rows_int(&r, 12),
			.expires_at = rows_int(&r, 13)};
	}
	enum err e = rows_close(&r);
	return e ? e : arena_failed(tx->arena) ? ERR_NOMEM : found ? ERR_OK : ERR_NOT_FOUND;
}

static int given(struct str s)
{
	return s.n > 0;
}

enum err file_sql_add(struct tx *tx, const struct file_row *f, struct str address_hash, bool *added_out)
{
	return db_run_unique(tx->db, added_out,
		"INSERT INTO file (id, org_id, purpose, person_id, token_hash, address_hash, name, size, created_at, expires_at)"
		" VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
		"iiiiBBsiii", f->id, f->org.v, (int64_t)f->purpose, f->person.v, given(f->token_hash), f->token_hash, given(address_hash), address_hash,
		f->name, f->size, f->created_at, f->expires_at);
}

enum err file_sql_received(struct tx *tx, int64_t id, int64_t from, int64_t to, bool *done_out)
{
	enum err e = db_run(tx->db, "UPDATE file SET received = ?4 WHERE id = ?2 AND received = ?3 AND sha256 IS NULL AND" LIVE, "iiii",
		tx->now_ms, id, from, to);
	*done_out = !e && db_changes(tx->db) == 1;
	return e;
}

enum err file_sql_finish(struct tx *tx, int64_t id, int64_t from, struct str sha256, enum file_type type, bool *done_out)
{
	enum err e = db_run(tx->db,
		"UPDATE file SET received = size, sha256 = ?4, type = ?5 WHERE id = ?2 AND received = ?3 AND sha256 IS NULL AND" LIVE, "iiibi",
		tx->now_ms, id, from, sha256, (int64_t)type);
	*done_out = !e && db_changes(tx->db) == 1;
	return e;
}

enum err file_sql_remove(struct tx *tx, int64_t id)
{
	return db_run(tx->db, "UPDATE file SET removed_at = ?2 WHERE id = ?1 AND removed_at IS NULL", "ii", id, tx->now_ms);
}

enum err file_sql_org_bytes(struct tx *tx, struct org_id org, int64_t *out)
{
	bool found;
	return db_int(tx->db, &found, out, "SELECT COALESCE(SUM(size), 0) FROM file WHERE org_id = ?2 AND" LIVE, "ii", tx->now_ms, org.v);
}

enum err file_sql_person_unclaimed(struct tx *tx, struct person_id person, int64_t *out)
{
	bool found;
	return db_int(tx->db, &found, out, "SELECT COUNT(*) FROM file WHERE person_id = ?2 AND holder = 0 AND" LIVE, "ii", tx->now_ms, person.v);
}

enum err file_sql_token_files(struct tx *tx, struct str token_hash, int64_t *out)
{
	bool found;
	return db_int(tx->db, &found, out, "SELECT COUNT(*) FROM file WHERE token_hash = ?2 AND" LIVE, "ib", tx->now_ms, token_hash);
}

/* Removed ones too: whoever uploads and removes in turn is counted. */
enum err file_sql_address_since(struct tx *tx, struct str address_hash, int64_t since, int64_t *out)
{
	bool found;
	return db_int(tx->db, &found, out, "SELECT COUNT(*) FROM file WHERE address_hash = ?1 AND created_at > ?2", "bi", address_hash, since);
}

enum err file_sql_application_bytes(struct tx *tx, int64_t *out)
{
	bool found;
	return db_int(tx->db, &found, out, "SELECT COALESCE(SUM(size), 0) FROM file WHERE person_id = 0 AND holder = 0 AND" LIVE, "i", tx->now_ms);
}

/* --- the sweep */

enum err file_sql_expire(struct tx *tx)
{
	return db_run(tx->db, "UPDATE file SET removed_at = ?1 WHERE expires_at <= ?1 AND removed_at IS NULL", "i", tx->now_ms);
}

enum err file_sql_dead(struct tx *tx, struct file_dead *list, size_t max, size_t *n_out)
{
	struct rows r;
	size_t n = 0;
	/* An upload begun from an address is counted for an hour. */
	db_query(tx->db, &r,
		"SELECT id, sha256 FROM file WHERE removed_at IS NOT NULL AND (address_hash IS NULL OR created_at <= ?1) ORDER BY id LIMIT ?2", "ii",
		tx->now_ms - 60 * 60 * 1000LL, (int64_t)max);
	while (n < max && rows_next(&r)) {
		list[n].id = rows_int(&r, 0);
		list[n++].sha256 = rows_str(&r, 1, tx->arena);
	}
	*n_out = n;
	enum err e = rows_close(&r);
	return e ? e : arena_failed(tx->arena) ? ERR_NOMEM : ERR_OK;
}

enum err file_sql_delete(struct tx *tx, int64_t id)
{
	return db_run(tx->db, "DELETE FROM file WHERE id = ?1", "i", id);
}

enum err file_sql_blob_used(struct db *db, struct str sha256, bool *out)
{
	int64_t one;
	return db_int(db, out, &one, "SELECT 1 FROM file WHERE sha256 = ?1 LIMIT 1", "b", sha256);
}

enum err file_sql_upload_wanted(struct db *db, int64_t id, bool *out)
{
	int64_t one;
	return db_int(db, out, &one, "SELECT 1 FROM file WHERE id = ?1 AND sha256 IS NULL AND removed_at IS NULL", "i", id);
}

enum err file_sql_hold(struct tx *tx, int64_t id, enum file_holder holder, int64_t holder_id)
{
	return db_run(tx->db, "UPDATE file SET holder = ?2, holder_id = ?3, expires_at = NULL, token_hash = NULL WHERE id = ?1",
		"iii", id, (int64_t)holder, holder_id);
}

enum err file_sql_release(struct tx *tx, int64_t id, enum file_holder holder, int64_t holder_id)
{
	return db_run(tx->db, "UPDATE file SET removed_at = ?4 WHERE id = ?1 AND holder = ?2 AND holder_id = ?3 AND removed_at IS NULL", "iiii",
		id, (int64_t)holder, holder_id, tx->now_ms);
}
