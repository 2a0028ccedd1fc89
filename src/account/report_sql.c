/* SPDX-License-Identifier: Apache-2.0
 *
 * SQL of reports of taken accounts.
 */
#include "account/report_sql.h"

enum err report_sql_put(struct tx *tx, struct org_id org, const struct report *r, int64_t *id_out)
{
	bool found;
	enum err e = db_int(tx->db, &found, id_out,
		"UPDATE security_report SET at = ?3, ended = ended + ?4, revoked = CASE WHEN ?5 = 1 THEN 1 ELSE revoked END, by_phone = ?6"
		" WHERE org_id = ?1 AND person_id = ?2 AND closed_at IS NULL RETURNING id",
		"iiiiii", org.v, r->person.v, tx->now_ms, r->ended, (int64_t)r->revoked, (int64_t)r->by_phone);
	if (e || found)
		return e;
	return db_int(tx->db, &found, id_out,
		"INSERT INTO security_report (org_id, person_id, ended, revoked, by_phone, at) VALUES (?1, ?2, ?3, ?4, ?5, ?6) RETURNING id",
		"iiiiii", org.v, r->person.v, r->ended, (int64_t)r->revoked, (int64_t)r->by_phone, tx->now_ms);
}

static enum err read_report(struct tx *tx, struct rows *r, struct api_security_report *out)
{
	*out = (struct api_security_report){.id = rows_int(r, 0), .at = rows_int(r, 2), .ended = rows_int(r, 3), .revoked = rows_int(r, 4) != 0,
		.by_phone = rows_int(r, 5) != 0, .has_closed_at = !rows_null(r, 6)};
	if (out->has_closed_at)
		out->closed_at = rows_int(r, 6);
	return account_person_get(tx, (struct person_id){rows_int(r, 1)}, &out->person);
}

enum err report_sql_list(struct tx *tx, struct org_id org, struct api_security_reports *out)
{
	struct rows r;
	struct api_security_report *items = arena_array(tx->arena, 2 * REPORTS_TOLD, sizeof *items);
	if (!items)
		return ERR_NOMEM;
	enum err e = ERR_OK;
	out->reports.items = items;
	for (int closed = 0; !e && closed < 2; closed++) {
		size_t max = out->reports.n + REPORTS_TOLD;
		db_query(tx->db, &r,
			"SELECT id, person_id, at, ended, revoked, by_phone, closed_at FROM security_report"
			" WHERE org_id = ?1 AND CASE WHEN closed_at IS NULL THEN 0 ELSE 1 END = ?2 ORDER BY at DESC, id DESC LIMIT ?3",
			"iii", org.v, (int64_t)closed, (int64_t)REPORTS_TOLD);
		while (!e && out->reports.n < max && rows_next(&r))
			e = read_report(tx, &r, &items[out->reports.n++]);
		enum err closing = rows_close(&r);
		e = e ? e : closing;
	}
	return e;
}

enum err report_sql_get(struct tx *tx, struct org_id org, int64_t id, struct api_security_report *out)
{
	struct rows r;
	bool found = false;
	enum err e = ERR_OK;
	db_query(tx->db, &r,
		"SELECT id, person_id, at, ended, revoked, by_phone, closed_at FROM security_report WHERE org_id = ?1 AND id = ?2", "ii", org.v, id);
	if (rows_next(&r)) {
		found = true;
		e = read_report(tx, &r, out);
	}
	enum err closing = rows_close(&r);
	return e ? e : closing ? closing : found ? ERR_OK : ERR_NOT_FOUND;
}

enum err report_sql_close(struct tx *tx, struct org_id org, int64_t id, bool *closed_out)
{
	enum err e = db_run(tx->db,
		"UPDATE security_report SET closed_at = ?3, closed_by = ?4 WHERE org_id = ?1 AND id = ?2 AND closed_at IS NULL", "iiii", org.v, id,
		tx->now_ms, tx->actor.person.v);
	*closed_out = !e && db_changes(tx->db) == 1;
	return e;
}
