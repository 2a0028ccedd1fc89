/* SPDX-License-Identifier: Apache-2.0
 *
 * Lists of people, subjects, sets and names for the rooms above (school.h). A worker's thread, inside a transaction.
 */
#include "school/school_sql.h"
#include "school/words.h"

enum err school_people(struct tx *tx, struct org_id org, struct unit_id unit, int64_t **persons_out, size_t *n_out)
{
	struct rows r;
	if (unit.v)
		db_query(tx->db, &r, "SELECT person_id FROM unit_member WHERE org_id = ?1 AND unit_id = ?2 AND ended_at IS NULL ORDER BY person_id", "ii",
			org.v, unit.v);
	else
		db_query(tx->db, &r, "SELECT person_id FROM member WHERE org_id = ?1 AND ended_at IS NULL ORDER BY person_id", "i", org.v);
	return sql_ids(tx, &r, persons_out, n_out);
}

enum err school_people_of_set(struct tx *tx, struct org_id org, struct set_id set, int64_t **persons_out, size_t *n_out)
{
	struct rows r;
	db_query(tx->db, &r, "SELECT person_id FROM member_set_person WHERE org_id = ?1 AND set_id = ?2 AND ended_at IS NULL ORDER BY person_id", "ii",
		org.v, set.v);
	return sql_ids(tx, &r, persons_out, n_out);
}

enum err school_people_in_role(struct tx *tx, struct org_id org, enum role role, int64_t **persons_out, size_t *n_out)
{
	struct rows r;
	db_query(tx->db, &r, "SELECT person_id FROM member WHERE org_id = ?1 AND role = ?2 AND ended_at IS NULL ORDER BY person_id", "ii", org.v,
		(int64_t)role);
	return sql_ids(tx, &r, persons_out, n_out);
}

enum err school_teachers_of(struct tx *tx, struct org_id org, struct unit_id unit, struct subject_id subject, int64_t **persons_out,
	size_t *n_out)
{
	struct rows r;
	db_query(tx->db, &r,
		"SELECT teacher_id FROM teaching WHERE org_id = ?1 AND unit_id = ?2 AND subject_id = ?3 AND ended_at IS NULL ORDER BY teacher_id",
		"iii", org.v, unit.v, subject.v);
	return sql_ids(tx, &r, persons_out, n_out);
}

enum err school_taught(struct tx *tx, struct org_id org, struct unit_id unit, int64_t **subjects_out, size_t *n_out)
{
	struct rows r;
	db_query(tx->db, &r,
		"SELECT DISTINCT t.subject_id FROM teaching t JOIN unit u ON u.id = t.unit_id AND u.org_id = t.org_id"
		" WHERE t.org_id = ?1 AND t.unit_id = ?2 AND t.ended_at IS NULL AND u.ended_at IS NULL ORDER BY t.subject_id",
		"ii", org.v, unit.v);
	return sql_ids(tx, &r, subjects_out, n_out);
}

enum err school_sets(struct tx *tx, struct org_id org, int64_t **sets_out, size_t *n_out)
{
	struct rows r;
	db_query(tx->db, &r, "SELECT id FROM member_set WHERE org_id = ?1 AND ended_at IS NULL ORDER BY id", "i", org.v);
	return sql_ids(tx, &r, sets_out, n_out);
}

enum err school_orgs(struct tx *tx, int64_t **orgs_out, size_t *n_out)
{
	struct rows r;
	db_query(tx->db, &r, "SELECT id FROM org ORDER BY id /* org_id: every one */", "");
	return sql_ids(tx, &r, orgs_out, n_out);
}

enum err school_org_region(struct tx *tx, struct org_id org, struct str *out)
{
	struct rows r;
	*out = STR("");
	db_query(tx->db, &r, "SELECT region FROM org WHERE id = ?1 /* org_id */", "i", org.v);
	if (rows_next(&r))
		*out = rows_str(&r, 0, tx->arena);
	enum err e = rows_close(&r);
	return e ? e : arena_failed(tx->arena) ? ERR_NOMEM : ERR_OK;
}

enum err school_curators(struct tx *tx, struct org_id org, int64_t **persons_out, size_t *n_out)
{
	struct rows r;
	db_query(tx->db, &r,
		"SELECT DISTINCT c.person_id FROM curator_org o JOIN curator c ON c.id = o.curator_id"
		" WHERE o.org_id = ?1 AND c.ended_at IS NULL AND c.person_id IS NOT NULL ORDER BY c.person_id",
		"i", org.v);
	return sql_ids(tx, &r, persons_out, n_out);
}

enum err school_teaches(struct tx *tx, struct org_id org, struct unit_id unit, struct person_id person, struct str *names, size_t max,
	size_t *n_out)
{
	struct rows r;
	size_t n = 0;
	for (db_query(tx->db, &r,
		     "SELECT s.name FROM teaching t JOIN subject s ON s.id = t.subject_id AND s.org_id = t.org_id"
		     " WHERE t.org_id = ?1 AND t.teacher_id = ?2 AND t.unit_id = ?3 AND t.ended_at IS NULL ORDER BY s.name_fold LIMIT ?4",
		     "iiii", org.v, person.v, unit.v, (int64_t)max);
		rows_next(&r);)
		names[n++] = rows_str(&r, 0, tx->arena);
	*n_out = n;
	return rows_close(&r);
}

/* ERR_NOT_FOUND when the organisation never had it. */
static enum err name_of(struct tx *tx, const char *sql, struct org_id org, int64_t id, struct str *name_out, bool *living_out)
{
	struct rows r;
	db_query(tx->db, &r, sql, "ii", org.v, id);
	bool found = rows_next(&r);
	if (found) {
		*name_out = rows_str(&r, 0, tx->arena);
		*living_out = rows_null(&r, 1);
	}
	enum err e = rows_close(&r);
	return e ? e : found ? ERR_OK : ERR_NOT_FOUND;
}

enum err school_unit_name(struct tx *tx, struct org_id org, struct unit_id unit, struct str *name_out, bool *living_out)
{
	return name_of(tx, "SELECT name, ended_at FROM unit WHERE org_id = ?1 AND id = ?2", org, unit.v, name_out, living_out);
}

enum err school_subject_name(struct tx *tx, struct org_id org, struct subject_id subject, struct str *name_out, bool *living_out)
{
	return name_of(tx, "SELECT name, ended_at FROM subject WHERE org_id = ?1 AND id = ?2", org, subject.v, name_out, living_out);
}

enum err school_set_name(struct tx *tx, struct org_id org, struct set_id set, struct str *name_out, bool *living_out)
{
	return name_of(tx, "SELECT name, ended_at FROM member_set WHERE org_id = ?1 AND id = ?2", org, set.v, name_out, living_out);
}

enum err school_org_name(struct tx *tx, struct org_id org, struct str *short_name_out, enum api_org_type *type_out)
{
	struct api_org row;
	enum err e = org_sql_get(tx, org, &row);
	if (!e) {
		*short_name_out = row.short_name;
		*type_out = row.type;
	}
	return e;
}

enum err school_org_channel(struct tx *tx, struct org_id org, struct str *title_out)
{
	struct api_org row;
	enum err e = org_sql_get(tx, org, &row);
	if (e)
		return e;
	*title_out = school_word_channel(row.type, row.name);
	return ERR_OK;
}
