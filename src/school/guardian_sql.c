/* SPDX-License-Identifier: Apache-2.0
 *
 * SQL of guardians and of the rows that they have in units because of their children.
 */
#include "base/vec.h"
#include "school/guardian.h"

enum err guardian_sql_add(struct tx *tx, struct org_id org, struct person_id guardian, struct person_id child, bool *added_out)
{
	return db_run_unique(tx->db, added_out, "INSERT INTO guardianship (org_id, guardian_id, child_id, created_at) VALUES (?1, ?2, ?3, ?4)",
		"iiii", org.v, guardian.v, child.v, tx->now_ms);
}

enum err guardian_sql_end(struct tx *tx, struct org_id org, struct person_id guardian, struct person_id child, bool *ended_out)
{
	enum err e = db_run(tx->db,
		"UPDATE guardianship SET ended_at = ?4 WHERE org_id = ?1 AND guardian_id = ?2 AND child_id = ?3 AND ended_at IS NULL", "iiii",
		org.v, guardian.v, child.v, tx->now_ms);
	*ended_out = !e && db_changes(tx->db) == 1;
	return e;
}

enum err guardian_sql_end_all(struct tx *tx, struct org_id org, struct person_id person)
{
	return db_run(tx->db,
		"UPDATE guardianship SET ended_at = ?3 WHERE org_id = ?1 AND (guardian_id = ?2 OR child_id = ?2) AND ended_at IS NULL", "iii", org.v,
		person.v, tx->now_ms);
}

static enum err people(struct tx *tx, struct rows *r, struct person_id **out, size_t *n_out)
{
	VEC(struct person_id) list = VEC_INIT;
	while (rows_next(r))
		VEC_PUSH(&list, ((struct person_id){rows_int(r, 0)}));
	enum err e = sql_take(tx, r, list.p, list.n, sizeof *list.p, out, n_out);
	VEC_RELEASE(&list);
	return e;
}

enum err guardian_sql_of_child(struct tx *tx, struct org_id org, struct person_id child, struct person_id **out, size_t *n_out)
{
	struct rows r;
	db_query(tx->db, &r, "SELECT guardian_id FROM guardianship WHERE org_id = ?1 AND child_id = ?2 AND ended_at IS NULL ORDER BY +guardian_id",
		"ii", org.v, child.v);
	return people(tx, &r, out, n_out);
}

enum err guardian_sql_children(struct tx *tx, struct org_id org, struct person_id guardian, struct person_id **out, size_t *n_out)
{
	struct rows r;
	db_query(tx->db, &r, "SELECT child_id FROM guardianship WHERE org_id = ?1 AND guardian_id = ?2 AND ended_at IS NULL ORDER BY child_id", "ii",
		org.v, guardian.v);
	return people(tx, &r, out, n_out);
}

enum err guardian_sql_students(struct tx *tx, struct org_id org, struct unit_id unit, struct person_id **out, size_t *n_out)
{
	struct rows r;
	db_query(tx->db, &r,
		"SELECT m.person_id FROM unit_member u JOIN member m ON m.org_id = u.org_id AND m.person_id = u.person_id"
		" WHERE u.org_id = ?1 AND u.unit_id = ?2 AND u.ended_at IS NULL AND m.ended_at IS NULL AND m.role = ?3"
		" ORDER BY +m.name_fold, m.person_id",
		"iii", org.v, unit.v, (int64_t)ROLE_STUDENT);
	return people(tx, &r, out, n_out);
}

enum err guardian_sql_unbound(struct tx *tx, struct org_id org, struct unit_id unit, struct person_id **out, size_t *n_out)
{
	struct rows r;
	db_query(tx->db, &r,
		"SELECT m.person_id FROM unit_member u JOIN member m ON m.org_id = u.org_id AND m.person_id = u.person_id"
		" WHERE u.org_id = ?1 AND u.unit_id = ?2 AND u.ended_at IS NULL AND u.direct = 1 AND m.ended_at IS NULL AND m.role = ?3"
		" ORDER BY +m.name_fold, m.person_id",
		"iii", org.v, unit.v, (int64_t)ROLE_GUARDIAN);
	return people(tx, &r, out, n_out);
}

enum err guardian_sql_has_child_in(struct tx *tx, struct org_id org, struct unit_id unit, struct person_id guardian, bool *out)
{
	bool found;
	int64_t n = 0;
	enum err e = db_int(tx->db, &found, &n,
		"SELECT COUNT(*) FROM guardianship g"
		" JOIN unit_member u ON u.org_id = g.org_id AND u.person_id = g.child_id AND u.unit_id = ?2 AND u.ended_at IS NULL"
		" WHERE g.org_id = ?1 AND g.guardian_id = ?3 AND g.ended_at IS NULL",
		"iii", org.v, unit.v, guardian.v);
	*out = n > 0;
	return e;
}

enum err guardian_sql_units(struct tx *tx, struct org_id org, struct person_id guardian, struct unit_id **out, size_t *n_out)
{
	struct rows r;
	VEC(struct unit_id) list = VEC_INIT;
	db_query(tx->db, &r,
		/* as a list, so that his children come first and not everybody who is in a unit */
		"SELECT DISTINCT u.unit_id FROM unit_member u JOIN unit t ON t.id = u.unit_id AND t.org_id = u.org_id AND t.ended_at IS NULL"
		" WHERE u.org_id = ?1 AND u.ended_at IS NULL AND u.person_id IN"
		" (SELECT child_id FROM guardianship WHERE org_id = ?1 AND guardian_id = ?2 AND ended_at IS NULL) ORDER BY +u.unit_id",
		"ii", org.v, guardian.v);
	while (rows_next(&r))
		VEC_PUSH(&list, ((struct unit_id){rows_int(&r, 0)}));
	enum err e = sql_take(tx, &r, list.p, list.n, sizeof *list.p, out, n_out);
	VEC_RELEASE(&list);
	return e;
}

enum err guardian_sql_row(struct tx *tx, struct org_id org, struct unit_id unit, struct person_id guardian, bool *found_out, bool *direct_out)
{
	int64_t direct = 0;
	enum err e = db_int(tx->db, found_out, &direct,
		"SELECT direct FROM unit_member WHERE org_id = ?1 AND unit_id = ?2 AND person_id = ?3 AND ended_at IS NULL", "iii", org.v, unit.v,
		guardian.v);
	*direct_out = *found_out && direct != 0;
	return e;
}

enum err guardian_sql_set_derived(struct tx *tx, struct org_id org, struct unit_id unit, struct person_id guardian)
{
	return db_run(tx->db, "UPDATE unit_member SET direct = 0 WHERE org_id = ?1 AND unit_id = ?2 AND person_id = ?3 AND ended_at IS NULL",
		"iii", org.v, unit.v, guardian.v);
}
