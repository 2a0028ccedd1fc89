/* SPDX-License-Identifier: Apache-2.0
 *
 * SQL of administrators: the record of their appointments and the hand-over. See org_sql.h.
 */
#include "school/org_sql.h"

static enum err done(struct tx *tx, struct rows *r)
{
	enum err e = rows_close(r);
	return e ? e : arena_failed(tx->arena) ? ERR_NOMEM : ERR_OK;
}

enum err org_sql_appointments(struct tx *tx, struct org_id org, struct appointment_record *items, size_t max, size_t *n_out)
{
	struct rows r;
	size_t n = 0;
	db_query(tx->db, &r,
		"SELECT id, how, person_id, order_number, order_date, file_id, created_at, taken_at, cancelled_at FROM admin_appointment"
		" WHERE org_id = ?1 ORDER BY id DESC LIMIT ?2",
		"ii", org.v, (int64_t)max);
	for (; n < max && rows_next(&r); n++) {
		items[n] = (struct appointment_record){.person.v = rows_int(&r, 2), .file_id = rows_int(&r, 5)};
		items[n].api = (struct api_appointment){.id = rows_int(&r, 0),
			.how = (enum api_appointment_how)rows_int(&r, 1),
			.has_order_number = !rows_null(&r, 3), .order_number = rows_str(&r, 3, tx->arena),
			.has_order_date = !rows_null(&r, 4), .order_date = rows_str(&r, 4, tx->arena),
			.at = rows_int(&r, 6),
			.has_taken_at = !rows_null(&r, 7), .taken_at = rows_int(&r, 7),
			.has_cancelled_at = !rows_null(&r, 8), .cancelled_at = rows_int(&r, 8)};
	}
	*n_out = n;
	return done(tx, &r);
}

enum err org_sql_appointments_cancel(struct tx *tx, struct org_id org)
{
	return db_run(tx->db, "UPDATE admin_appointment SET cancelled_at = ?2 WHERE org_id = ?1 AND taken_at IS NULL AND cancelled_at IS NULL",
		"ii", org.v, tx->now_ms);
}

enum err org_sql_handover(struct tx *tx, struct org_id org, struct handover_row *out)
{
	struct rows r;
	bool found = false;
	db_query(tx->db, &r,
		"SELECT id, at, file_id, from_id, to_id, order_number, order_date, stay_as FROM admin_handover WHERE org_id = ?1 AND ended_at IS NULL",
		"i", org.v);
	if (rows_next(&r)) {
		found = true;
		*out = (struct handover_row){.id = rows_int(&r, 0),
			.at = rows_int(&r, 1),
			.file_id = rows_int(&r, 2),
			.from.v = rows_int(&r, 3),
			.to.v = rows_int(&r, 4),
			.order_number = rows_str(&r, 5, tx->arena),
			.order_date = rows_str(&r, 6, tx->arena),
			.stay_as = (enum role)rows_int(&r, 7)};
	}
	enum err e = done(tx, &r);
	return e ? e : found ? ERR_OK : ERR_NOT_FOUND;
}

enum err org_sql_handover_add(struct tx *tx, struct org_id org, const struct handover_row *row, bool *added_out)
{
	return db_run_unique(tx->db, added_out,
		"INSERT INTO admin_handover (org_id, from_id, to_id, order_number, order_date, file_id, stay_as, at)"
		" VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
		"iiissIii", org.v, row->from.v, row->to.v, row->order_number, row->order_date, (int)(row->file_id > 0), row->file_id,
		(int64_t)row->stay_as, tx->now_ms);
}

enum err org_sql_handover_end(struct tx *tx, struct org_id org)
{
	return db_run(tx->db, "UPDATE admin_handover SET ended_at = ?2 WHERE org_id = ?1 AND ended_at IS NULL", "ii", org.v, tx->now_ms);
}

enum err org_sql_handover_record(struct tx *tx, struct org_id org, const struct handover_row *row)
{
	/* No phone: nobody can take it by signing in. */
	return db_run(tx->db,
		"INSERT INTO admin_appointment (org_id, phone, created_at, taken_at, how, person_id, order_number, order_date, file_id)"
		" VALUES (?1, '', ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
		"iiiiissI", org.v, row->at, tx->now_ms, (int64_t)API_APPOINTMENT_HOW_HANDOVER, row->to.v, row->order_number, row->order_date,
		(int)(row->file_id > 0), row->file_id);
}

enum err org_sql_admins(struct tx *tx, struct org_id org, struct person_id *ids, size_t max, size_t *n_out)
{
	struct rows r;
	size_t n = 0;
	db_query(tx->db, &r, "SELECT person_id FROM member WHERE org_id = ?1 AND role = ?2 AND ended_at IS NULL ORDER BY person_id LIMIT ?3", "iii",
		org.v, (int64_t)ROLE_ADMIN, (int64_t)max);
	for (; n < max && rows_next(&r); n++)
		ids[n].v = rows_int(&r, 0);
	*n_out = n;
	return done(tx, &r);
}
