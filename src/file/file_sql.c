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

enum err file_sql_hold(struct tx *tx, int64_t id, enum file_holder holder, int64_t holder_id)
{
	return db_run(tx->db, "UPDATE file SET holder = ?2, holder_id = ?3, expires_at = NULL, token_hash = NULL, address_hash = NULL WHERE id = ?1",
		"iii", id, (int64_t)holder, holder_id);
}

enum err file_sql_release(struct tx *tx, int64_t id, enum file_holder holder, int64_t holder_id)
{
	return db_run(tx->db, "UPDATE file SET removed_at = ?4 WHERE id = ?1 AND holder = ?2 AND holder_id = ?3 AND removed_at IS NULL", "iiii",
		id, (int64_t)holder, holder_id, tx->now_ms);
}
