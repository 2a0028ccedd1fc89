/* SPDX-License-Identifier: Apache-2.0 */
#include "server/stream_sql.h"

enum err stream_sql_insert(struct db *db, struct stream_id s, int64_t seq, const char *type, struct str body, int64_t at)
{
	return db_run(db, "INSERT INTO event (stream, seq, type, body, at) VALUES (?1, ?2, ?3, ?4, ?5)", "iissi",
		s.v, seq, str_of(type), body, at);
}

enum err stream_sql_each(struct tx *tx, struct stream_id s, int64_t after, int64_t upto,
	enum err (*emit)(void *user, int64_t seq, int64_t at, const char *type, struct str data), void *user)
{
	struct rows r;
	enum err e = ERR_OK;
	db_query(tx->db, &r, "SELECT seq, at, type, body FROM event WHERE stream = ?1 AND seq > ?2 AND seq <= ?3 ORDER BY seq", "iii",
		s.v, after, upto);
	while (!e && rows_next(&r)) {
		struct str type = rows_str(&r, 2, tx->arena);
		struct str body = rows_str(&r, 3, NULL);
		e = type.p ? emit(user, rows_int(&r, 0), rows_int(&r, 1), type.p, body) : ERR_NOMEM;
	}
	enum err closed = rows_close(&r);
	return e ? e : closed;
}

enum err stream_sql_without(struct db *db, struct stream_id s, const char *type, const char *path, int64_t id, const char *part)
{
	return db_run(db, "UPDATE event SET body = json_remove(body, ?5) WHERE stream = ?1 AND type = ?2 AND json_extract(body, ?3) = ?4", "issis", s.v,
		str_of(type), str_of(path), id, str_of(part));
}

enum err stream_sql_replace(struct db *db, struct str from, struct str to)
{
	return db_run(db, "UPDATE event SET body = replace(body, ?1, ?2) WHERE replace(body, ?1, '') <> body", "ss", from, to);
}

enum err stream_sql_ping(struct db *db)
{
	bool found;
	int64_t one;
	return db_int(db, &found, &one, "SELECT 1", "");
}
