/* SPDX-License-Identifier: Apache-2.0
 *
 * SQL of who teaches what to whom.
 */
#include "base/vec.h"
#include "school/structure.h"

enum err teaching_sql_add(struct tx *tx, struct org_id org, struct unit_id unit, struct subject_id subject, struct person_id teacher, bool *added_out)
{
	return db_run_unique(tx->db, added_out, "INSERT INTO teaching (org_id, unit_id, subject_id, teacher_id, created_at) VALUES (?1, ?2, ?3, ?4, ?5)",
		"iiiii", org.v, unit.v, subject.v, teacher.v, tx->now_ms);
}

enum err teaching_sql_end(struct tx *tx, struct org_id org, struct unit_id unit, struct subject_id subject, struct person_id teacher, bool *ended_out)
{
	enum err e = db_run(tx->db,
		"UPDATE teaching SET ended_at = ?5 WHERE org_id = ?1 AND unit_id = ?2 AND subject_id = ?3 AND teacher_id = ?4 AND ended_at IS NULL",
		"iiiii", org.v, unit.v, subject.v, teacher.v, tx->now_ms);
	*ended_out = !e && db_changes(tx->db) == 1;
	return e;
}

enum err teaching_sql_list(struct tx *tx, struct org_id org, const struct teaching_filter *f, struct teaching_row **out, size_t *n_out)
{
	struct rows r;
	VEC(struct teaching_row) list = VEC_INIT;
	db_query(tx->db, &r,
		"SELECT t.unit_id, t.subject_id, t.teacher_id, u.kind, u.name, s.name FROM teaching t"
		" JOIN unit u ON u.id = t.unit_id AND u.org_id = t.org_id AND u.ended_at IS NULL"
		" JOIN subject s ON s.id = t.subject_id AND s.org_id = t.org_id"
		" WHERE t.org_id = ?1 AND t.ended_at IS NULL AND (?2 = 0 OR t.unit_id = ?2) AND (?3 = 0 OR t.subject_id = ?3)"
		" AND (?4 = 0 OR t.teacher_id = ?4) ORDER BY s.name_fold, u.name_fold, t.unit_id, t.teacher_id",
		"iiii", org.v, f->unit.v, f->subject.v, f->teacher.v);
	while (rows_next(&r))
		VEC_PUSH(&list, ((struct teaching_row){{rows_int(&r, 0)}, {rows_int(&r, 1)}, {rows_int(&r, 2)}, (enum api_unit_kind)rows_int(&r, 3),
			rows_str(&r, 4, tx->arena), rows_str(&r, 5, tx->arena)}));
	enum err e = sql_take(tx, &r, list.p, list.n, sizeof *list.p, out, n_out);
	VEC_RELEASE(&list);
	return e;
}
