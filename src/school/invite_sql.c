/* SPDX-License-Identifier: Apache-2.0
 *
 * SQL of invitation links and of administrators appointed by phone.
 */
#include "base/vec.h"
#include "school/school_sql.h"

#define INVITE_COLUMNS \
	"i.id, i.org_id, i.token, i.unit_id, i.role, i.lead, i.uses, i.max_uses, i.created_at, i.expires_at, COALESCE(i.annulled_at, 0)," \
	" i.code, i.note, i.approval, COALESCE(i.child_id, 0), COALESCE(i.holder_id, 0)"

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
						   .expires_at = rows_int(r, 9),
						   .has_code = !rows_null(r, 11),
						   .code = rows_str(r, 11, tx->arena),
						   .has_note = !rows_null(r, 12),
						   .note = rows_str(r, 12, tx->arena),
						   .has_approval = true,
						   .approval = rows_int(r, 13) != 0},
		.annulled_at = rows_int(r, 10),
		.child.v = rows_int(r, 14),
		.holder.v = rows_int(r, 15)};
}

enum err invite_sql_add(struct tx *tx, const struct invite_row *row, struct person_id maker, bool *added_out, struct invite_id *out)
{
	const struct api_invite *i = &row->api;
	bool found;
	enum err e = db_run_unique(tx->db, added_out,
		"INSERT INTO invite (org_id, token, unit_id, role, lead, max_uses, maker_id, created_at, expires_at, code, note, approval, child_id)"
		" VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
		"isIiiiiiisSiI", i->org_id, i->token, (int)i->has_unit_id, i->unit_id, (int64_t)i->role, (int64_t)i->lead, i->max_uses, maker.v,
		i->created_at, i->expires_at, i->code, (int)i->has_note, i->note, (int64_t)i->approval, (int)(row->child.v > 0), row->child.v);
	if (e || !*added_out)
		return e;
	e = db_int(tx->db, &found, &out->v, "SELECT id FROM invite WHERE org_id = ?1 AND token = ?2", "is", i->org_id, i->token);
	return e ? e : found ? ERR_OK : ERR_IO;
}

static enum err read_all(struct tx *tx, struct rows *r, struct invite_row *rows, size_t max, size_t *n_out)
{
	size_t n = 0;
	while (n < max && rows_next(r))
		read_invite(tx, r, &rows[n++]);
	*n_out = n;
	enum err e = rows_close(r);
	return e ? e : arena_failed(tx->arena) ? ERR_NOMEM : ERR_OK;
}

enum err invite_sql_get(struct tx *tx, struct org_id org, struct invite_id id, struct invite_row *out)
{
	struct rows r;
	bool found = false;
	db_query(tx->db, &r, "SELECT " INVITE_COLUMNS " FROM invite i WHERE i.id = ?2 AND i.org_id = ?1", "ii", org.v, id.v);
	if (rows_next(&r)) {
		found = true;
		read_invite(tx, &r, out);
	}
	enum err e = rows_close(&r);
	return e ? e : arena_failed(tx->arena) ? ERR_NOMEM : found ? ERR_OK : ERR_NOT_FOUND;
}

/* `what` is a query for the id and the organisation by one text. */
static enum err find_by(struct tx *tx, const char *what, struct str by, struct org_id *org_out, struct invite_id *id_out)
{
	struct rows r;
	bool found = false;
	db_query(tx->db, &r, what, "s", by);
	if (rows_next(&r)) {
		found = true;
		id_out->v = rows_int(&r, 0);
		org_out->v = rows_int(&r, 1);
	}
	enum err e = rows_close(&r);
	return e ? e : found ? ERR_OK : ERR_NOT_FOUND;
}

enum err invite_sql_by_token(struct tx *tx, struct str token, struct org_id *org_out, struct invite_id *id_out)
{
	return find_by(tx, "SELECT id, org_id FROM invite WHERE token = ?1", token, org_out, id_out);
}

enum err invite_sql_by_code(struct tx *tx, struct str code, struct org_id *org_out, struct invite_id *id_out)
{
	return find_by(tx, "SELECT id, org_id FROM invite WHERE code = ?1", code, org_out, id_out);
}

enum err invite_sql_list(struct tx *tx, struct org_id org, int64_t before, struct invite_row *rows, size_t max, size_t *n_out)
{
	struct rows r;
	db_query(tx->db, &r, "SELECT " INVITE_COLUMNS " FROM invite i WHERE i.org_id = ?1 AND i.id < ?2 ORDER BY i.id DESC LIMIT ?3", "iii",
		org.v, before, (int64_t)max);
	return read_all(tx, &r, rows, max, n_out);
}

enum err invite_sql_mine(struct tx *tx, struct org_id org, struct person_id person, struct invite_row *rows, size_t max, size_t *n_out)
{
	struct rows r;
	db_query(tx->db, &r,
		"SELECT " INVITE_COLUMNS " FROM invite i WHERE i.org_id = ?1 AND (i.holder_id = ?2 OR (i.role >= ?3 AND i.unit_id IN"
		" (SELECT u.unit_id FROM unit_member u WHERE u.org_id = ?1 AND u.person_id = ?2 AND u.lead = 1 AND u.ended_at IS NULL)))"
		" ORDER BY i.id DESC LIMIT ?4",
		"iiii", org.v, person.v, (int64_t)ROLE_STUDENT, (int64_t)max);
	return read_all(tx, &r, rows, max, n_out);
}

#define OPEN "annulled_at IS NULL AND uses < max_uses"

enum err invite_sql_open_like(struct tx *tx, struct org_id org, struct unit_id unit, enum role role, bool lead, bool approval,
	struct invite_id *out)
{
	bool found;
	enum err e = db_int(tx->db, &found, &out->v,
		"SELECT id FROM invite WHERE org_id = ?1 AND unit_id = ?2 AND role = ?3 AND lead = ?4 AND approval = ?5 AND child_id IS NULL"
		" AND code IS NOT NULL AND " OPEN " AND expires_at > ?6 ORDER BY id DESC LIMIT 1",
		"iiiiii", org.v, unit.v, (int64_t)role, (int64_t)lead, (int64_t)approval, tx->now_ms);
	if (!e && !found)
		out->v = 0;
	return e;
}

enum err invite_sql_open_of_unit(struct tx *tx, struct org_id org, struct unit_id unit, struct invite_row *rows, size_t max, size_t *n_out)
{
	struct rows r;
	db_query(tx->db, &r,
		"SELECT " INVITE_COLUMNS " FROM invite i WHERE i.org_id = ?1 AND i.unit_id = ?2 AND i.role >= ?3 AND i.child_id IS NULL"
		" AND i.code IS NOT NULL AND " OPEN " AND i.expires_at > ?4 ORDER BY i.id DESC LIMIT ?5",
		"iiiii", org.v, unit.v, (int64_t)ROLE_STUDENT, tx->now_ms, (int64_t)max);
	return read_all(tx, &r, rows, max, n_out);
}

enum err invite_sql_teachers_send(struct tx *tx, struct org_id org, struct unit_id unit, bool *out)
{
	bool found;
	int64_t send = 0;
	enum err e = db_int(tx->db, &found, &send, "SELECT teachers_send FROM unit WHERE org_id = ?1 AND id = ?2", "ii", org.v, unit.v);
	*out = !e && found && send != 0;
	return e;
}

enum err invite_sql_set_teachers_send(struct tx *tx, struct org_id org, struct unit_id unit, bool send)
{
	return db_run(tx->db, "UPDATE unit SET teachers_send = ?3 WHERE org_id = ?1 AND id = ?2", "iii", org.v, unit.v, (int64_t)send);
}

enum err invite_sql_set_holder(struct tx *tx, struct org_id org, struct invite_id id, struct person_id holder)
{
	return db_run(tx->db, "UPDATE invite SET holder_id = ?3 WHERE id = ?2 AND org_id = ?1", "iiI", org.v, id.v, (int)(holder.v > 0), holder.v);
}

enum err invite_sql_unused(struct tx *tx, struct org_id org, int64_t made_before, struct invite_id **out, size_t *n_out)
{
	struct rows r;
	VEC(struct invite_id) list = VEC_INIT;
	db_query(tx->db, &r,
		"SELECT id FROM invite WHERE org_id = ?1 AND uses = 0 AND " OPEN " AND expires_at > ?2 AND created_at <= ?3 ORDER BY id", "iii",
		org.v, tx->now_ms, made_before);
	while (rows_next(&r))
		VEC_PUSH(&list, ((struct invite_id){rows_int(&r, 0)}));
	enum err e = sql_take(tx, &r, list.p, list.n, sizeof *list.p, out, n_out);
	VEC_RELEASE(&list);
	return e;
}

enum err invite_sql_uses(struct tx *tx, struct org_id org, struct invite_id id, size_t max, struct person_id **people_out, int64_t **at_out,
	size_t *n_out)
{
	struct rows r;
	size_t n = 0;
	*people_out = arena_array(tx->arena, max, sizeof **people_out);
	*at_out = arena_array(tx->arena, max, sizeof **at_out);
	if (!*people_out || !*at_out)
		return ERR_NOMEM;
	db_query(tx->db, &r, "SELECT person_id, at FROM invite_use WHERE org_id = ?1 AND invite_id = ?2 ORDER BY id DESC LIMIT ?3", "iii", org.v,
		id.v, (int64_t)max);
	for (; n < max && rows_next(&r); n++) {
		(*people_out)[n].v = rows_int(&r, 0);
		(*at_out)[n] = rows_int(&r, 1);
	}
	*n_out = n;
	return rows_close(&r);
}

enum err invite_sql_annul(struct tx *tx, struct org_id org, struct invite_id id, bool *annulled_out)
{
	enum err e = db_run(tx->db, "UPDATE invite SET annulled_at = ?3 WHERE id = ?2 AND org_id = ?1 AND annulled_at IS NULL", "iii", org.v,
		id.v, tx->now_ms);
	*annulled_out = !e && db_changes(tx->db) == 1;
	return e;
}

enum err invite_sql_use(struct tx *tx, struct org_id org, struct invite_id id, struct person_id person, bool *used_out)
{
	enum err e = db_run(tx->db, "UPDATE invite SET uses = uses + 1 WHERE id = ?2 AND org_id = ?1 AND " OPEN " AND expires_at > ?3", "iii",
		org.v, id.v, tx->now_ms);
	*used_out = !e && db_changes(tx->db) == 1;
	return e || !*used_out ? e : db_run(tx->db, "INSERT INTO invite_use (org_id, invite_id, person_id, at) VALUES (?1, ?2, ?3, ?4)", "iiii",
		org.v, id.v, person.v, tx->now_ms);
}

enum err invite_sql_unuse(struct tx *tx, struct org_id org, struct invite_id id, struct person_id person)
{
	enum err e = db_run(tx->db, "DELETE FROM invite_use WHERE org_id = ?1 AND invite_id = ?2 AND person_id = ?3", "iii", org.v, id.v, person.v);
	if (e || !db_changes(tx->db))
		return e;
	return db_run(tx->db, "UPDATE invite SET uses = uses - 1 WHERE id = ?2 AND org_id = ?1 AND uses > 0", "ii", org.v, id.v);
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
	enum err e = sql_take(tx, &r, list.p, list.n, sizeof *list.p, items_out, n_out);
	VEC_RELEASE(&list);
	return e;
}

enum err appointment_sql_take(struct tx *tx, struct org_id org, int64_t id, struct person_id person)
{
	return db_run(tx->db, "UPDATE admin_appointment SET taken_at = ?3, person_id = ?4 WHERE id = ?2 AND org_id = ?1", "iiii", org.v, id,
		tx->now_ms, person.v);
}
