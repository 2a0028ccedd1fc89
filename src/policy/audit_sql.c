/* SPDX-License-Identifier: Apache-2.0
 *
 * See audit_sql.h.
 */
#include "policy/audit_sql.h"

enum err audit_sql_end(struct db *db, struct org_id org, struct audit_end *out)
{
	struct rows r;
	*out = (struct audit_end){0};
	db_query(db, &r, "SELECT seq, hash FROM audit_end WHERE org_id = ?1", "i", org.v);
	if (rows_next(&r)) {
		struct str hash = rows_str(&r, 1, NULL);
		out->seq = rows_int(&r, 0);
		/* One of another length was not written by this program: audit_verify_journal finds it. */
		if (hash.n == sizeof out->hash)
			memcpy(out->hash, hash.p, hash.n);
	}
	return rows_close(&r);
}

enum err audit_sql_add(struct db *db, struct org_id org, const struct audit_row *row, const struct audit_end *end)
{
	struct str hash = str_n(end->hash, sizeof end->hash);
	enum err e = db_run(db,
		"INSERT INTO audit (org_id, seq, at, actor_id, session_id, address, action, object_kind, object_id, detail, hash)"
		" VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
		"iiiiisssisb", org.v, row->seq, row->at, row->actor.v, row->session, row->address, row->action, row->object_kind, row->object_id,
		row->detail, hash);
	if (e)
		return e;
	return db_run(db,
		"INSERT INTO audit_end (org_id, seq, hash) VALUES (?1, ?2, ?3)"
		" ON CONFLICT (org_id) DO UPDATE SET seq = excluded.seq, hash = excluded.hash",
		"iib", org.v, end->seq, hash);
}

static void read_row(struct rows *r, struct arena *a, struct audit_row *out)
{
	*out = (struct audit_row){.seq = rows_int(r, 0),
		.at = rows_int(r, 1),
		.actor.v = rows_int(r, 2),
		.session = rows_int(r, 3),
		.address = rows_str(r, 4, a),
		.action = rows_str(r, 5, a),
		.object_kind = rows_str(r, 6, a),
		.object_id = rows_int(r, 7),
		.detail = rows_str(r, 8, a)};
}

enum err audit_sql_rows(struct tx *tx, struct org_id org, const struct audit_filter *f, struct audit_row *rows, size_t max, size_t *n_out)
{
	struct rows r;
	size_t n = 0;
	db_query(tx->db, &r,
		"SELECT seq, at, actor_id, session_id, address, action, object_kind, object_id, detail FROM audit"
		" WHERE org_id = ?1 AND (?2 = 0 OR seq < ?2) AND (?3 = '' OR action = ?3)"
		" AND (?4 = 0 OR actor_id = ?4 OR (object_kind = 'person' AND object_id = ?4)) ORDER BY seq DESC LIMIT ?5",
		"iisii", org.v, f->before, f->action, f->person.v, (int64_t)max);
	while (n < max && rows_next(&r))
		read_row(&r, tx->arena, &rows[n++]);
	*n_out = n;
	enum err e = rows_close(&r);
	return e ? e : arena_failed(tx->arena) ? ERR_NOMEM : ERR_OK;
}

enum err audit_sql_walk(struct db *db, struct org_id org, bool (*each)(void *user, const struct audit_row *row, struct str hash), void *user)
{
	struct rows r;
	struct audit_row row;
	db_query(db, &r,
		"SELECT seq, at, actor_id, session_id, address, action, object_kind, object_id, detail, hash FROM audit"
		" WHERE org_id = ?1 ORDER BY seq",
		"i", org.v);
	while (rows_next(&r)) {
		read_row(&r, NULL, &row);
		if (!each(user, &row, rows_str(&r, 9, NULL)))
			break;
	}
	return rows_close(&r);
}

enum err audit_sql_journals(struct db *db, enum err (*each)(void *user, struct org_id org), void *user)
{
	struct rows r;
	enum err e = ERR_OK;
	db_query(db, &r, "SELECT DISTINCT org_id FROM (SELECT org_id FROM audit_end UNION SELECT org_id FROM audit) j ORDER BY org_id", "");
	while (!e && rows_next(&r))
		e = each(user, (struct org_id){rows_int(&r, 0)});
	enum err closed = rows_close(&r);
	return e ? e : closed;
}
