/* SPDX-License-Identifier: Apache-2.0
 *
 * What decides in which chats somebody is (school_place in school.h). A worker's thread, inside a transaction.
 */
#include "base/vec.h"
#include "school/guardian.h"

/* Here and in the other queries on one person: the plus keeps SQLite from walking a whole organisation for the sake of the order. */
static enum err units_of(struct tx *tx, struct org_id org, struct person_id person, struct school_place *out)
{
	struct rows r;
	VEC(struct school_place_unit) list = VEC_INIT;
	db_query(tx->db, &r,
		"SELECT m.unit_id, u.kind, m.lead FROM unit_member m JOIN unit u ON u.id = m.unit_id AND u.org_id = m.org_id"
		" WHERE m.org_id = ?1 AND m.person_id = ?2 AND m.ended_at IS NULL AND u.ended_at IS NULL ORDER BY +m.unit_id",
		"ii", org.v, person.v);
	while (rows_next(&r))
		VEC_PUSH(&list, ((struct school_place_unit){{rows_int(&r, 0)}, (enum api_unit_kind)rows_int(&r, 1), rows_int(&r, 2) != 0}));
	enum err e = sql_take(tx, &r, list.p, list.n, sizeof *list.p, &out->units, &out->unit_n);
	VEC_RELEASE(&list);
	return e;
}

static enum err teachings_of(struct tx *tx, struct org_id org, struct person_id person, struct school_place *out)
{
	struct rows r;
	VEC(struct school_teaching) list = VEC_INIT;
	db_query(tx->db, &r,
		"SELECT t.unit_id, t.subject_id FROM teaching t JOIN unit u ON u.id = t.unit_id AND u.org_id = t.org_id"
		" WHERE t.org_id = ?1 AND t.teacher_id = ?2 AND t.ended_at IS NULL AND u.ended_at IS NULL ORDER BY +t.unit_id, t.subject_id",
		"ii", org.v, person.v);
	while (rows_next(&r))
		VEC_PUSH(&list, ((struct school_teaching){{rows_int(&r, 0)}, {rows_int(&r, 1)}}));
	enum err e = sql_take(tx, &r, list.p, list.n, sizeof *list.p, &out->teachings, &out->teaching_n);
	VEC_RELEASE(&list);
	return e;
}

static enum err sets_of(struct tx *tx, struct org_id org, struct person_id person, struct school_place *out)
{
	struct rows r;
	VEC(struct set_id) list = VEC_INIT;
	db_query(tx->db, &r,
		"SELECT p.set_id FROM member_set_person p JOIN member_set s ON s.id = p.set_id AND s.org_id = p.org_id"
		" WHERE p.org_id = ?1 AND p.person_id = ?2 AND p.ended_at IS NULL AND s.ended_at IS NULL ORDER BY +p.set_id",
		"ii", org.v, person.v);
	while (rows_next(&r))
		VEC_PUSH(&list, ((struct set_id){rows_int(&r, 0)}));
	enum err e = sql_take(tx, &r, list.p, list.n, sizeof *list.p, &out->sets, &out->set_n);
	VEC_RELEASE(&list);
	return e;
}

static enum err curators_of(struct tx *tx, struct org_id org, struct person_id person, struct school_place *out)
{
	struct rows r;
	db_query(tx->db, &r,
		"SELECT c.person_id FROM curator_org o JOIN curator c ON c.id = o.curator_id"
		" WHERE o.org_id = ?1 AND c.ended_at IS NULL AND c.person_id IS NOT NULL",
		"i", org.v);
	while (rows_next(&r)) {
		out->curated = true;
		out->curator |= rows_int(&r, 0) == person.v;
	}
	return rows_close(&r);
}

enum err school_place(struct tx *tx, struct org_id org, struct person_id person, struct school_place *out)
{
	struct member_row row;
	*out = (struct school_place){.role = ROLE_NONE};
	enum err e = curators_of(tx, org, person, out);
	if (!e)
		e = member_sql_get(tx, org, person, &row);
	if (e == ERR_NOT_FOUND)
		return ERR_OK;
	if (e)
		return e;
	out->member = true;
	out->role = row.role;
	out->verification = row.verification;
	e = units_of(tx, org, person, out);
	/* Only staff teaches; the rows of somebody who does so no more are ended by the rules, and do not count anyway. */
	if (!e && school_is_staff(row.role))
		e = teachings_of(tx, org, person, out);
	/* A pupil guards nobody. */
	if (!e && row.role != ROLE_STUDENT)
		e = guardian_sql_units(tx, org, person, &out->guarded, &out->guarded_n);
	return e ? e : sets_of(tx, org, person, out);
}

enum err school_confirmed(struct tx *tx, struct org_id org, struct person_id person, bool *out)
{
	bool found;
	int64_t v = 0;
	enum err e = db_int(tx->db, &found, &v, "SELECT verification FROM member WHERE org_id = ?1 AND person_id = ?2 AND ended_at IS NULL", "ii",
		org.v, person.v);
	*out = !e && found && v == API_VERIFICATION_CONFIRMED;
	return e;
}
