/* SPDX-License-Identifier: Apache-2.0
 *
 * SQL of invitation links and of administrators appointed by phone.
 */
#include "base/vec.h"
#include "school/school_sql.h"

#define INVITE_COLUMNS \
	"id, org_id, token, unit_id, role, lead, uses, max_uses, created_at, expires_at, COALESCE(annulled_at, 0)"

static void read_invite(struct tx *tx, struct rows *r, struct invite_row *out)
{
	*out = (struct invite_row){.api = {.id = rows_int(r, 0),
						   .org_id = rows_int(r, 1),
						   .token = rows_str(r, 2, tx->arena),
						   .has_unit_id = !rows_null(r, 3),
						   .unit_id = rows_int(r, 3),
						   .role = (enum api_role)rows_int(r, 4),
						   .lead = rows_int(r, 5) != 0,
						   .uses = rows_int(r, 6),
						   .max_uses = rows_int(r, 7),
						   .created_at = rows_int(r, 8),
						   .expires_at = rows_int(r, 9)},
		.annulled_at = rows_int(r, 10)};
}

enum err invite_sql_add(struct tx *tx, const struct api_invite *i, struct person_id maker, struct invite_id *out)
{
	bool found;
	enum err e = db_int(tx->db, &found, &out->v,
		"INSERT INTO invite (org_id, token, unit_id, role, lead, max_uses, maker_id, created_at, expires_at)"
		" VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) RETURNING id",
		"isIiiiiii", i->org_id, i->token, (int)i->has_unit_id, i->unit_id, (int64_t)i->role, (int64_t)i->lead, i->max_uses, maker.v,
		i->created_at, i->expires_at);
	return e ? e : found ? ERR_OK : ERR_IO;
}

enum err invite_sql_get(struct tx *tx, struct org_id org, struct invite_id id, struct invite_row *out)
{
	struct rows r;
	bool found = false;
	db_query(tx->db, &r, "SELECT " INVITE_COLUMNS " FROM invite WHERE id = ?2 AND org_id = ?1", "ii", org.v, id.v);
	if (rows_next(&r)) {
		found = true;
		read_invite(tx, &r, out);
	}
	enum err e = rows_close(&r);
	return e ? e : arena_failed(tx->arena) ? ERR_NOMEM : found ? ERR_OK : ERR_NOT_FOUND;
}

enum err invite_sql_by_token(struct tx *tx, struct str token, struct org_id *org_out, struct invite_id *id_out)
{
	struct rows r;
	bool found = false;
	db_query(tx->db, &r, "SELECT id, org_id FROM invite WHERE token = ?1", "s", token);
	if (rows_next(&r)) {
		found = true;
		id_out->v = rows_int(&r, 0);
		org_out->v = rows_int(&r, 1);
	}
	enum err e = rows_close(&r);
	return e ? e : found ? ERR_OK : ERR_NOT_FOUND;
}

enum err invite_sql_list(struct tx *tx, struct org_id org, int64_t before, struct invite_row *rows, size_t max, size_t *n_out)
{
	struct rows r;
	size_t n = 0;
	db_query(tx->db, &r, "SELECT " INVITE_COLUMNS " FROM invite WHERE org_id = ?1 AND id < ?2 ORDER BY id DESC LIMIT ?3", "iii", org.v,
		before, (int64_t)max);
	while (n < max && rows_next(&r))
		read_invite(tx, &r, &rows[n++]);
	*n_out = n;
	enum err e = rows_close(&r);
	return e ? e : arena_failed(tx->arena) ? ERR_NOMEM : ERR_OK;
}

enum err invite_sql_annul(struct tx *tx, struct org_id org, struct invite_id id, bool *annulled_out)
{
	enum err e = db_run(tx->db, "UPDATE invite SET annulled_at = ?3 WHERE id = ?2 AND org_id = ?1 AND annulled_at IS NULL", "iii", org.v,
		id.v, tx->now_ms);
	*annulled_out = !e && db_changes(tx->db) == 1;
	return e;
}

enum err invite_sql_use(struct tx *tx, struct org_id org, struct invite_id id, bool *used_out)
{
	enum err e = db_run(tx->db,
		"UPDATE invite SET uses = uses + 1"
		" WHERE id = ?2 AND org_id = ?1 AND annulled_at IS NULL AND expires_at > ?3 AND uses < max_uses",
		"iii", org.v, id.v, tx->now_ms);
	*used_out = !e && db_changes(tx->db) == 1;
	return e;
}

/* --- appointments */

static int given(struct str s)
{
	return s.n > 0;
}

enum err appointment_sql_add(struct tx *tx, struct org_id org, struct str phone, const struct appointment *names)
{
	return db_run(tx->db,
		"INSERT INTO admin_appointment (org_id, phone, given_name, family_name, patronymic, created_at, how, order_number, order_date, file_id)"
		" VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
		"isSSSiiSSI", org.v, phone, given(names->given_name), names->given_name, given(names->family_name), names->family_name,
		given(names->patronymic), names->patronymic, tx->now_ms, (int64_t)names->how, given(names->order_number), names->order_number,
		given(names->order_date), names->order_date, (int)(names->file_id > 0), names->file_id);
}

/* By the phone alone: whoever holds it may be awaited by several organisations. */
enum err appointment_sql_open(struct tx *tx, struct str phone, struct appointment **items_out, size_t *n_out)
{
	struct rows r;
	VEC(struct appointment) list = VEC_INIT;
	db_query(tx->db, &r,
		"SELECT id, org_id, given_name, family_name, patronymic FROM admin_appointment WHERE phone = ?1 AND taken_at IS NULL"
		" AND cancelled_at IS NULL ORDER BY id",
		"s", phone);
	while (rows_next(&r))
		VEC_PUSH(&list, ((struct appointment){.id = rows_int(&r, 0),
					.org.v = rows_int(&r, 1),
					.given_name = rows_str(&r, 2, tx->arena),
					.family_name = rows_str(&r, 3, tx->arena),
					.patronymic = rows_str(&r, 4, tx->arena)}));
	enum err e = rows_close(&r);
	*n_out = list.n;
	*items_out = arena_array(tx->arena, list.n + 1, sizeof *list.p);
	if (*items_out && list.n)
		memcpy(*items_out, list.p, list.n * sizeof *list.p);
	VEC_RELEASE(&list);
	return e ? e : arena_failed(tx->arena) ? ERR_NOMEM : ERR_OK;
}

enum err appointment_sql_take(struct tx *tx, struct org_id org, int64_t id, struct person_id person)
{
	return db_run(tx->db, "UPDATE admin_appointment SET taken_at = ?3, person_id = ?4 WHERE id = ?2 AND org_id = ?1", "iiii", org.v, id,
		tx->now_ms, person.v);
}
