/* SPDX-License-Identifier: Apache-2.0
 *
 * SQL of who leads a unit, and who led it. unit_member.lead is what is so now; these rows are its history with the orders.
 */
#include "school/structure.h"

enum err lead_sql_begin(struct tx *tx, struct org_id org, struct unit_id unit, struct person_id person)
{
	bool added;
	return db_run_unique(tx->db, &added, "INSERT INTO unit_lead (org_id, unit_id, person_id, started_at) VALUES (?1, ?2, ?3, ?4)", "iiii", org.v,
		unit.v, person.v, tx->now_ms);
}

enum err lead_sql_end(struct tx *tx, struct org_id org, struct unit_id unit, struct person_id person)
{
	return db_run(tx->db, "UPDATE unit_lead SET ended_at = ?4 WHERE org_id = ?1 AND unit_id = ?2 AND person_id = ?3 AND ended_at IS NULL", "iiii",
		org.v, unit.v, person.v, tx->now_ms);
}

enum err lead_sql_order(struct tx *tx, struct org_id org, struct unit_id unit, struct person_id person, struct str number, int64_t day)
{
	return db_run(tx->db,
		"UPDATE unit_lead SET order_no = ?4, order_date = ?5 WHERE org_id = ?1 AND unit_id = ?2 AND person_id = ?3 AND ended_at IS NULL",
		"iiisi", org.v, unit.v, person.v, number, day);
}

enum err lead_sql_list(struct tx *tx, struct org_id org, struct unit_id unit, struct api_unit_lead *items, struct person_id *persons, size_t max,
	size_t *n_out)
{
	struct rows r;
	size_t n = 0;
	db_query(tx->db, &r,
		"SELECT person_id, order_no, order_date, started_at, COALESCE(ended_at, 0) FROM unit_lead WHERE org_id = ?1 AND unit_id = ?2"
		" ORDER BY ended_at IS NOT NULL, started_at DESC, id DESC LIMIT ?3",
		"iii", org.v, unit.v, (int64_t)max);
	while (n < max && rows_next(&r)) {
		struct api_unit_lead *l = &items[n];
		persons[n++].v = rows_int(&r, 0);
		*l = (struct api_unit_lead){.order_no = rows_str(&r, 1, tx->arena), .order_date = rows_int(&r, 2), .started_at = rows_int(&r, 3),
			.ended_at = rows_int(&r, 4)};
		l->has_order_no = l->order_no.n > 0;
		l->has_order_date = l->order_date > 0;
		l->has_ended_at = l->ended_at > 0;
	}
	*n_out = n;
	enum err e = rows_close(&r);
	return e ? e : arena_failed(tx->arena) ? ERR_NOMEM : ERR_OK;
}

enum err lead_sql_now(struct tx *tx, struct org_id org, struct unit_id unit, struct person_id *out, size_t max, size_t *n_out)
{
	struct rows r;
	size_t n = 0;
	db_query(tx->db, &r, "SELECT person_id FROM unit_lead WHERE org_id = ?1 AND unit_id = ?2 AND ended_at IS NULL ORDER BY started_at, id LIMIT ?3", "iii",
		org.v, unit.v, (int64_t)max);
	while (n < max && rows_next(&r))
		out[n++].v = rows_int(&r, 0);
	*n_out = n;
	return rows_close(&r);
}
