/* SPDX-License-Identifier: Apache-2.0
 *
 * SQL of members and rosters.
 */
#include "base/utf8.h"
#include "base/vec.h"
#include "school/school_sql.h"

static void read_member(struct tx *tx, struct rows *r, struct member_row *out)
{
	*out = (struct member_row){.person.v = rows_int(r, 0),
		.role = (enum role)rows_int(r, 1),
		.joined_at = rows_int(r, 2),
		.name_fold = rows_str(r, 3, tx->arena),
		.verification = (enum api_verification)rows_int(r, 4),
		.verified_by.v = rows_int(r, 5),
		.verified_at = rows_int(r, 6),
		.verification_reason = rows_str(r, 7, tx->arena),
		.came_in = rows_int(r, 8) != 0};
}

#define MEMBER_COLUMNS \
	"m.person_id, m.role, m.joined_at, m.name_fold, m.verification, COALESCE(m.verified_by, 0), COALESCE(m.verified_at, 0)," \
	" COALESCE(m.verification_reason, ''), m.came_in"

enum err member_sql_get(struct tx *tx, struct org_id org, struct person_id person, struct member_row *out)
{
	struct rows r;
	bool found = false;
	db_query(tx->db, &r,
		"SELECT " MEMBER_COLUMNS " FROM member m WHERE m.org_id = ?1 AND m.person_id = ?2 AND m.ended_at IS NULL", "ii", org.v, person.v);
	if (rows_next(&r)) {
		found = true;
		read_member(tx, &r, out);
	}
	enum err e = rows_close(&r);
	return e ? e : arena_failed(tx->arena) ? ERR_NOMEM : found ? ERR_OK : ERR_NOT_FOUND;
}

enum err member_sql_last(struct tx *tx, struct org_id org, struct person_id person, enum role *out, bool *living_out)
{
	struct rows r;
	bool found = false;
	db_query(tx->db, &r, "SELECT role, ended_at FROM member WHERE org_id = ?1 AND person_id = ?2 ORDER BY id DESC LIMIT 1", "ii", org.v,
		person.v);
	if (rows_next(&r)) {
		found = true;
		*out = (enum role)rows_int(&r, 0);
		*living_out = rows_null(&r, 1);
	}
	enum err e = rows_close(&r);
	return e ? e : found ? ERR_OK : ERR_NOT_FOUND;
}

enum err member_sql_add(struct tx *tx, struct org_id org, struct person_id person, enum role role, enum api_verification verification,
	struct str name_fold, struct str given_fold, bool came_in, bool *added_out)
{
	return db_run_unique(tx->db, added_out,
		"INSERT INTO member (org_id, person_id, role, name_fold, given_fold, joined_at, verification, came_in)"
		" VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
		"iiissiii", org.v, person.v, (int64_t)role, name_fold, given_fold, tx->now_ms, (int64_t)verification, (int64_t)came_in);
}

enum err member_sql_set_came_in(struct tx *tx, struct person_id person)
{
	/* in a place that ended too: it may be given back */
	return db_run(tx->db, "UPDATE member SET came_in = 1 WHERE person_id = ?1 AND org_id > 0", "i", person.v);
}

enum err member_sql_set_name(struct tx *tx, struct org_id org, struct person_id person, struct str name_fold, struct str given_fold)
{
	return db_run(tx->db, "UPDATE member SET name_fold = ?3, given_fold = ?4 WHERE org_id = ?1 AND person_id = ?2 AND ended_at IS NULL",
		"iiss", org.v, person.v, name_fold, given_fold);
}

enum err member_sql_external(struct tx *tx, struct org_id org, struct person_id person, struct str *out)
{
	struct rows r;
	*out = STR("");
	db_query(tx->db, &r, "SELECT COALESCE(external_id, '') FROM member WHERE org_id = ?1 AND person_id = ?2 AND ended_at IS NULL", "ii",
		org.v, person.v);
	if (rows_next(&r))
		*out = rows_str(&r, 0, tx->arena);
	enum err e = rows_close(&r);
	return e ? e : arena_failed(tx->arena) ? ERR_NOMEM : ERR_OK;
}

enum err member_sql_set_external(struct tx *tx, struct org_id org, struct person_id person, struct str external_id, bool *set_out)
{
	return db_run_unique(tx->db, set_out,
		"UPDATE member SET external_id = ?3 WHERE org_id = ?1 AND person_id = ?2 AND ended_at IS NULL", "iiS", org.v, person.v,
		(int)(external_id.n > 0), external_id);
}

enum err member_sql_set_role(struct tx *tx, struct org_id org, struct person_id person, enum role role)
{
	return db_run(tx->db,
		"UPDATE member SET role = ?3, verification = ?4, verified_by = NULL, verified_at = NULL, verification_reason = NULL"
		" WHERE org_id = ?1 AND person_id = ?2 AND ended_at IS NULL",
		"iiii", org.v, person.v, (int64_t)role, (int64_t)school_verification_at_first(role));
}

enum err member_sql_set_verification(struct tx *tx, struct org_id org, struct person_id person, enum api_verification v,
	struct person_id by, struct str reason)
{
	return db_run(tx->db,
		"UPDATE member SET verification = ?3, verified_by = ?4, verified_at = ?5, verification_reason = ?6"
		" WHERE org_id = ?1 AND person_id = ?2 AND ended_at IS NULL",
		"iiiIIS", org.v, person.v, (int64_t)v, (int)(by.v > 0), by.v, (int)(by.v > 0), tx->now_ms, (int)(reason.n > 0), reason);
}

enum err member_sql_by_verification(struct tx *tx, struct org_id org, enum api_verification state, int64_t after, struct person_id *people,
	size_t max, size_t *n_out)
{
	struct rows r;
	size_t n = 0;
	db_query(tx->db, &r,
		state == API_VERIFICATION_NONE
			? "SELECT person_id FROM member WHERE org_id = ?1 AND ended_at IS NULL AND verification IN (1, 2) AND person_id > ?3"
			  " AND ?2 = 0 ORDER BY person_id LIMIT ?4"
			: "SELECT person_id FROM member WHERE org_id = ?1 AND ended_at IS NULL AND verification = ?2 AND person_id > ?3"
			  " ORDER BY person_id LIMIT ?4",
		"iiii", org.v, (int64_t)state, after, (int64_t)max);
	while (n < max && rows_next(&r))
		people[n++].v = rows_int(&r, 0);
	*n_out = n;
	return rows_close(&r);
}

enum err member_sql_end(struct tx *tx, struct org_id org, struct person_id person)
{
	return db_run(tx->db, "UPDATE member SET ended_at = ?3 WHERE org_id = ?1 AND person_id = ?2 AND ended_at IS NULL", "iii", org.v,
		person.v, tx->now_ms);
}

enum err member_sql_count(struct tx *tx, struct org_id org, enum role role, int64_t *out)
{
	bool found;
	return db_int(tx->db, &found, out, "SELECT COUNT(*) FROM member WHERE org_id = ?1 AND role = ?2 AND ended_at IS NULL", "ii", org.v,
		(int64_t)role);
}

enum err member_sql_list(struct tx *tx, struct org_id org, const struct member_filter *f, struct member_row *rows, size_t max, size_t *n_out)
{
	struct rows r;
	size_t n = 0;
	db_query(tx->db, &r,
		"SELECT " MEMBER_COLUMNS " FROM member m"
		" WHERE m.org_id = ?1 AND m.ended_at IS NULL AND (m.name_fold > ?2 OR (m.name_fold = ?2 AND m.person_id > ?3))"
		" AND (?4 = 0 OR EXISTS (SELECT 1 FROM unit_member u WHERE u.org_id = ?1 AND u.unit_id = ?4 AND u.person_id = m.person_id"
		"  AND u.ended_at IS NULL))"
		" AND (?5 < 0 OR m.role = ?5)"
		" AND (substr(m.name_fold, 1, ?7) = ?6 OR substr(m.given_fold, 1, ?7) = ?6)"
		" ORDER BY m.name_fold, m.person_id LIMIT ?8",
		"isiiisii", org.v, f->after_name, f->after_person.v, f->unit.v, (int64_t)f->role, f->prefix, (int64_t)utf8_count(f->prefix),
		(int64_t)max);
	while (n < max && rows_next(&r))
		read_member(tx, &r, &rows[n++]);
	*n_out = n;
	enum err e = rows_close(&r);
	return e ? e : arena_failed(tx->arena) ? ERR_NOMEM : ERR_OK;
}

enum err member_sql_ids(struct tx *tx, struct org_id org, struct person_id after, struct person_id *ids, size_t max, size_t *n_out)
{
	struct rows r;
	*n_out = 0;
	db_query(tx->db, &r,
		"SELECT person_id FROM member WHERE org_id = ?1 AND person_id > ?2 AND ended_at IS NULL ORDER BY person_id LIMIT ?3", "iii", org.v,
		after.v, (int64_t)max);
	while (*n_out < max && rows_next(&r))
		ids[(*n_out)++] = (struct person_id){rows_int(&r, 0)};
	return rows_close(&r);
}

enum err member_sql_forget_name(struct tx *tx, struct person_id person, struct str name_fold, struct str given_fold)
{
	return db_run(tx->db, "UPDATE member SET name_fold = ?2, given_fold = ?3 WHERE person_id = ?1", "iss", person.v, name_fold, given_fold);
}

enum err member_sql_of_person(struct tx *tx, struct person_id person, struct person_org **items_out, size_t *n_out)
{
	struct rows r;
	VEC(struct person_org) list = VEC_INIT;
	db_query(tx->db, &r, "SELECT org_id, role FROM member WHERE person_id = ?1 AND ended_at IS NULL ORDER BY org_id", "i", person.v);
	while (rows_next(&r))
		VEC_PUSH(&list, ((struct person_org){{rows_int(&r, 0)}, (enum role)rows_int(&r, 1)}));
	enum err e = sql_take(tx, &r, list.p, list.n, sizeof *list.p, items_out, n_out);
	VEC_RELEASE(&list);
	return e;
}

/* --- rosters */

enum err roster_sql_get(struct tx *tx, struct org_id org, struct unit_id unit, struct person_id person, bool *lead_out)
{
	bool found;
	int64_t lead;
	enum err e = db_int(tx->db, &found, &lead,
		"SELECT lead FROM unit_member WHERE org_id = ?1 AND unit_id = ?2 AND person_id = ?3 AND ended_at IS NULL", "iii", org.v, unit.v,
		person.v);
	if (e)
		return e;
	*lead_out = found && lead;
	return found ? ERR_OK : ERR_NOT_FOUND;
}

enum err roster_sql_add(struct tx *tx, struct org_id org, struct unit_id unit, struct person_id person, bool lead, bool only_one,
	bool *added_out)
{
	return db_run_unique(tx->db, added_out,
		"INSERT INTO unit_member (org_id, unit_id, person_id, lead, only_one, joined_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)", "iiiiii",
		org.v, unit.v, person.v, (int64_t)lead, (int64_t)only_one, tx->now_ms);
}

enum err roster_sql_set_lead(struct tx *tx, struct org_id org, struct unit_id unit, struct person_id person, bool lead)
{
	return db_run(tx->db, "UPDATE unit_member SET lead = ?4 WHERE org_id = ?1 AND unit_id = ?2 AND person_id = ?3 AND ended_at IS NULL",
		"iiii", org.v, unit.v, person.v, (int64_t)lead);
}

enum err roster_sql_end(struct tx *tx, struct org_id org, struct unit_id unit, struct person_id person, bool *ended_out)
{
	enum err e = db_run(tx->db,
		"UPDATE unit_member SET ended_at = ?4 WHERE org_id = ?1 AND unit_id = ?2 AND person_id = ?3 AND ended_at IS NULL", "iiii", org.v,
		unit.v, person.v, tx->now_ms);
	*ended_out = !e && db_changes(tx->db) == 1;
	return e;
}

enum err roster_sql_only_one(struct tx *tx, struct org_id org, struct person_id person, struct unit_id *out)
{
	bool found;
	enum err e = db_int(tx->db, &found, &out->v,
		"SELECT unit_id FROM unit_member WHERE org_id = ?1 AND person_id = ?2 AND only_one = 1 AND ended_at IS NULL", "ii", org.v,
		person.v);
	if (!e && !found)
		out->v = 0;
	return e;
}

enum err roster_sql_of_person(struct tx *tx, struct org_id org, struct person_id person, struct api_unit_membership_array *out)
{
	struct rows r;
	VEC(struct api_unit_membership) list = VEC_INIT;
	db_query(tx->db, &r, "SELECT unit_id, lead FROM unit_member WHERE org_id = ?1 AND person_id = ?2 AND ended_at IS NULL ORDER BY +unit_id",
		"ii", org.v, person.v);
	while (rows_next(&r))
		VEC_PUSH(&list, ((struct api_unit_membership){.unit_id = rows_int(&r, 0), .lead = rows_int(&r, 1) != 0}));
	enum err e = sql_take(tx, &r, list.p, list.n, sizeof *list.p, &out->items, &out->n);
	VEC_RELEASE(&list);
	return e;
}
