/* SPDX-License-Identifier: Apache-2.0
 *
 * SQL of movements: batches, their steps, the journal, and the rows that a step ends and brings back. On a worker's thread.
 */
#include "school/movement.h"

static struct str empty_when_null(struct rows *r, int i, struct arena *a)
{
	return rows_null(r, i) ? (struct str){0} : rows_str(r, i, a);
}

enum err movement_sql_begin(struct tx *tx, struct org_id org, enum api_movement_kind kind, int64_t *batch_out)
{
	bool found;
	return db_int(tx->db, &found, batch_out, "INSERT INTO movement_batch (org_id, kind, actor_id, at) VALUES (?1, ?2, ?3, ?4) RETURNING id", "iiii",
		org.v, (int64_t)kind, tx->actor.person.v, tx->now_ms);
}

enum err movement_sql_line(struct tx *tx, struct org_id org, int64_t batch, const struct movement_line *l, struct str order_no,
	struct str order_date, struct str reason)
{
	return db_run(tx->db,
		"INSERT INTO movement (org_id, batch_id, kind, person_id, from_unit_id, to_unit_id, from_name, to_name, order_no, order_date, reason)"
		" VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
		"iiiiiisssss", org.v, batch, (int64_t)l->kind, l->person, l->from_unit, l->to_unit, l->from_name, l->to_name, order_no, order_date, reason);
}

enum err movement_sql_step(struct tx *tx, struct org_id org, int64_t batch, int64_t seq, const struct step *s)
{
	return db_run(tx->db,
		"INSERT INTO movement_step (org_id, batch_id, seq, what, person_id, unit_id, other_id, flag, name, old_name)"
		" VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
		"iiiiiiiiss", org.v, batch, seq, (int64_t)s->what, s->person, s->unit, s->other, (int64_t)s->flag, s->name, s->old_name);
}

enum err movement_sql_last_step(struct tx *tx, struct org_id org, int64_t batch, int64_t *seq_out)
{
	bool found;
	return db_int(tx->db, &found, seq_out, "SELECT COALESCE(MAX(seq), 0) FROM movement_step WHERE org_id = ?1 AND batch_id = ?2", "ii", org.v, batch);
}

enum err movement_sql_steps(struct tx *tx, struct org_id org, int64_t batch, struct step **out, size_t *n_out, int64_t *at_out, bool *undone_out)
{
	struct rows r;
	bool found = false;
	VEC(struct step) list = VEC_INIT;
	db_query(tx->db, &r, "SELECT at, undone_at IS NOT NULL FROM movement_batch WHERE org_id = ?1 AND id = ?2", "ii", org.v, batch);
	if (rows_next(&r)) {
		found = true;
		*at_out = rows_int(&r, 0);
		*undone_out = rows_int(&r, 1) != 0;
	}
	enum err e = rows_close(&r);
	if (e || !found)
		return e ? e : ERR_NOT_FOUND;
	db_query(tx->db, &r,
		"SELECT what, person_id, unit_id, other_id, flag, name, old_name FROM movement_step WHERE org_id = ?1 AND batch_id = ?2 ORDER BY seq DESC",
		"ii", org.v, batch);
	while (rows_next(&r))
		VEC_PUSH(&list, ((struct step){.what = (enum step_what)rows_int(&r, 0), .person = rows_int(&r, 1), .unit = rows_int(&r, 2),
			.other = rows_int(&r, 3), .flag = rows_int(&r, 4) != 0, .name = empty_when_null(&r, 5, tx->arena), .old_name = empty_when_null(&r, 6, tx->arena)}));
	e = sql_take(tx, &r, list.p, list.n, sizeof *list.p, out, n_out);
	VEC_RELEASE(&list);
	return e;
}

enum err movement_sql_set_undone(struct tx *tx, struct org_id org, int64_t batch)
{
	return db_run(tx->db, "UPDATE movement_batch SET undone_at = ?3, undone_by = ?4 WHERE org_id = ?1 AND id = ?2", "iiii", org.v, batch, tx->now_ms,
		tx->actor.person.v);
}

enum err movement_sql_list(struct tx *tx, struct org_id org, int64_t person, int64_t unit, int64_t before, struct api_movement *items, size_t max,
	size_t *n_out)
{
	struct rows r;
	size_t n = 0;
	db_query(tx->db, &r,
		"SELECT m.id, m.batch_id, m.kind, m.person_id, m.from_name, m.to_name, m.order_no, m.order_date, m.reason, b.actor_id, b.at,"
		" b.undone_at IS NOT NULL, b.kind FROM movement m JOIN movement_batch b ON b.id = m.batch_id AND b.org_id = m.org_id"
		" WHERE m.org_id = ?1 AND m.id < ?2 AND (?3 = 0 OR m.person_id = ?3) AND (?4 = 0 OR m.from_unit_id = ?4 OR m.to_unit_id = ?4)"
		" ORDER BY m.id DESC LIMIT ?5",
		"iiiii", org.v, before, person, unit, (int64_t)max);
	while (n < max && rows_next(&r)) {
		struct api_movement *m = &items[n++];
		*m = (struct api_movement){.id = rows_int(&r, 0), .batch_id = rows_int(&r, 1), .kind = (enum api_movement_kind)rows_int(&r, 2),
			.from_name = empty_when_null(&r, 4, tx->arena), .to_name = empty_when_null(&r, 5, tx->arena),
			.order_no = empty_when_null(&r, 6, tx->arena), .order_date = empty_when_null(&r, 7, tx->arena),
			.reason = empty_when_null(&r, 8, tx->arena), .at = rows_int(&r, 10), .undone = rows_int(&r, 11) != 0,
			.batch_kind = (enum api_movement_kind)rows_int(&r, 12)};
		m->person.id = rows_int(&r, 3); /* names are account's */
		m->actor.id = rows_int(&r, 9);
		m->has_person = m->person.id != 0;
		m->has_actor = m->actor.id != 0;
		m->has_from_name = m->from_name.n != 0;
		m->has_to_name = m->to_name.n != 0;
		m->has_order_no = m->order_no.n != 0;
		m->has_order_date = m->order_date.n != 0;
		m->has_reason = m->reason.n != 0;
		m->can_undo = !m->undone && tx->now_ms - m->at < MOVEMENT_UNDO_MS;
	}
	*n_out = n;
	enum err e = rows_close(&r);
	return e ? e : arena_failed(tx->arena) ? ERR_NOMEM : ERR_OK;
}

enum err movement_sql_drop(struct tx *tx, struct org_id org, int64_t batch)
{
	enum err e = db_run(tx->db, "DELETE FROM movement_step WHERE org_id = ?1 AND batch_id = ?2", "ii", org.v, batch);
	return e ? e : db_run(tx->db, "DELETE FROM movement_batch WHERE org_id = ?1 AND id = ?2", "ii", org.v, batch);
}

/* --- what hangs on a membership */

enum err movement_sql_member_revive(struct tx *tx, struct org_id org, struct person_id person, bool *revived_out)
{
	/* false also when he is a member again by another way */
	enum err e = db_run_unique(tx->db, revived_out,
		"UPDATE member SET ended_at = NULL WHERE id = (SELECT MAX(id) FROM member WHERE org_id = ?1 AND person_id = ?2) AND org_id = ?1"
		" AND ended_at IS NOT NULL",
		"ii", org.v, person.v);
	*revived_out = *revived_out && db_changes(tx->db) == 1;
	return e;
}

static enum err settle_rows(struct tx *tx, struct rows *r, bool named, struct living_row **out, size_t *n_out)
{
	VEC(struct living_row) list = VEC_INIT;
	while (rows_next(r))
		VEC_PUSH(&list, ((struct living_row){rows_int(r, 0), rows_int(r, 1), rows_int(r, 2), named ? rows_str(r, 3, tx->arena) : STR("")}));
	enum err e = sql_take(tx, r, list.p, list.n, sizeof *list.p, out, n_out);
	VEC_RELEASE(&list);
	return e;
}

enum err movement_sql_teaching(struct tx *tx, struct org_id org, struct unit_id unit, struct person_id teacher, struct living_row **out, size_t *n_out)
{
	struct rows r;
	db_query(tx->db, &r,
		"SELECT t.id, t.unit_id, t.subject_id, u.name || ' · ' || s.name FROM teaching t JOIN unit u ON u.id = t.unit_id AND u.org_id = t.org_id"
		" JOIN subject s ON s.id = t.subject_id AND s.org_id = t.org_id"
		" WHERE t.org_id = ?1 AND (?2 = 0 OR t.unit_id = ?2) AND (?3 = 0 OR t.teacher_id = ?3) AND t.ended_at IS NULL ORDER BY t.id",
		"iii", org.v, unit.v, teacher.v);
	return settle_rows(tx, &r, true, out, n_out);
}

enum err movement_sql_teaching_set_ended(struct tx *tx, struct org_id org, int64_t row, bool ended, bool *changed_out)
{
	enum err e = db_run_unique(tx->db, changed_out,
		"UPDATE teaching SET ended_at = ?3 WHERE org_id = ?1 AND id = ?2 AND (ended_at IS NULL) = (?4 = 1)", "iiIi", org.v, row, (int)ended,
		tx->now_ms, (int64_t)ended);
	*changed_out = *changed_out && db_changes(tx->db) == 1;
	return e;
}

enum err movement_sql_teaching_of_row(struct tx *tx, struct org_id org, int64_t row, struct unit_id *unit_out, struct subject_id *subject_out,
	struct person_id *teacher_out)
{
	struct rows r;
	bool found = false;
	db_query(tx->db, &r, "SELECT unit_id, subject_id, teacher_id FROM teaching WHERE org_id = ?1 AND id = ?2", "ii", org.v, row);
	if (rows_next(&r)) {
		found = true;
		unit_out->v = rows_int(&r, 0);
		subject_out->v = rows_int(&r, 1);
		teacher_out->v = rows_int(&r, 2);
	}
	enum err e = rows_close(&r);
	return e ? e : found ? ERR_OK : ERR_NOT_FOUND;
}

enum err movement_sql_sets(struct tx *tx, struct org_id org, struct person_id person, struct living_row **out, size_t *n_out)
{
	struct rows r;
	db_query(tx->db, &r, "SELECT id, set_id, 0 FROM member_set_person WHERE org_id = ?1 AND person_id = ?2 AND ended_at IS NULL ORDER BY id", "ii",
		org.v, person.v);
	return settle_rows(tx, &r, false, out, n_out);
}

enum err movement_sql_set_row(struct tx *tx, struct org_id org, int64_t row, bool ended, bool *changed_out, struct person_id *person_out)
{
	bool found;
	enum err e = db_int(tx->db, &found, &person_out->v, "SELECT person_id FROM member_set_person WHERE org_id = ?1 AND id = ?2", "ii", org.v, row);
	if (!e && !found)
		return ERR_NOT_FOUND;
	if (!e)
		e = db_run_unique(tx->db, changed_out,
			"UPDATE member_set_person SET ended_at = ?3 WHERE org_id = ?1 AND id = ?2 AND (ended_at IS NULL) = (?4 = 1)", "iiIi", org.v, row,
			(int)ended, tx->now_ms, (int64_t)ended);
	*changed_out = *changed_out && db_changes(tx->db) == 1;
	return e;
}

/* --- units */

enum err movement_sql_unit_set_ended(struct tx *tx, struct org_id org, struct unit_id unit, bool ended, bool *changed_out)
{
	enum err e = db_run_unique(tx->db, changed_out,
		"UPDATE unit SET ended_at = ?3 WHERE org_id = ?1 AND id = ?2 AND (ended_at IS NULL) = (?4 = 1)", "iiIi", org.v, unit.v, (int)ended,
		tx->now_ms, (int64_t)ended);
	*changed_out = *changed_out && db_changes(tx->db) == 1;
	return e;
}

enum err movement_sql_name_taken(struct tx *tx, struct org_id org, enum api_unit_kind kind, struct str name_fold, struct unit_id but, bool *out)
{
	int64_t id;
	return db_int(tx->db, out, &id, "SELECT id FROM unit WHERE org_id = ?1 AND kind = ?2 AND name_fold = ?3 AND ended_at IS NULL AND id <> ?4", "iisi",
		org.v, (int64_t)kind, name_fold, but.v);
}

enum err movement_sql_people_of(struct tx *tx, struct org_id org, struct unit_id unit, struct person_id **out, enum role **roles_out, size_t *n_out)
{
	struct rows r;
	VEC(struct person_id) people = VEC_INIT;
	VEC(enum role) roles = VEC_INIT;
	db_query(tx->db, &r,
		"SELECT u.person_id, m.role FROM unit_member u JOIN member m ON m.org_id = u.org_id AND m.person_id = u.person_id AND m.ended_at IS NULL"
		" WHERE u.org_id = ?1 AND u.unit_id = ?2 AND u.ended_at IS NULL ORDER BY u.id",
		"ii", org.v, unit.v);
	while (rows_next(&r)) {
		VEC_PUSH(&people, ((struct person_id){rows_int(&r, 0)}));
		VEC_PUSH(&roles, (enum role)rows_int(&r, 1));
	}
	enum err e = sql_take(tx, &r, people.p, people.n, sizeof *people.p, out, n_out);
	if (!e)
		e = sql_keep(tx, roles.p, roles.n, sizeof *roles.p, roles_out);
	VEC_RELEASE(&people);
	VEC_RELEASE(&roles);
	return e;
}

enum err movement_sql_unit_counts(struct tx *tx, struct org_id org, struct unit_id unit, int64_t *leads_out, int64_t *students_out)
{
	struct rows r;
	*leads_out = *students_out = 0;
	db_query(tx->db, &r,
		"SELECT COALESCE(SUM(u.lead), 0), COALESCE(SUM(m.role = ?3), 0) FROM unit_member u JOIN member m ON m.org_id = u.org_id AND"
		" m.person_id = u.person_id AND m.ended_at IS NULL WHERE u.org_id = ?1 AND u.unit_id = ?2 AND u.ended_at IS NULL",
		"iii", org.v, unit.v, (int64_t)ROLE_STUDENT);
	if (rows_next(&r)) {
		*leads_out = rows_int(&r, 0);
		*students_out = rows_int(&r, 1);
	}
	return rows_close(&r);
}
