/* SPDX-License-Identifier: Apache-2.0
 *
 * SQL of named sets of people.
 */
#include "base/vec.h"
#include "school/structure.h"

enum err set_sql_add(struct tx *tx, struct org_id org, enum api_set_kind kind, struct str name, struct str fold, bool *added_out, struct set_id *out)
{
	bool found;
	enum err e = db_run_unique(tx->db, added_out, "INSERT INTO member_set (org_id, kind, name, name_fold, created_at) VALUES (?1, ?2, ?3, ?4, ?5)",
		"iissi", org.v, (int64_t)kind, name, fold, tx->now_ms);
	if (e || !*added_out)
		return e;
	e = db_int(tx->db, &found, &out->v, "SELECT id FROM member_set WHERE org_id = ?1 AND name_fold = ?2 AND ended_at IS NULL", "is", org.v, fold);
	return e ? e : found ? ERR_OK : ERR_IO;
}

static void read_set(struct tx *tx, struct rows *r, struct api_set *out)
{
	*out = (struct api_set){.id = rows_int(r, 0), .kind = (enum api_set_kind)rows_int(r, 1), .name = rows_str(r, 2, tx->arena), .member_count = rows_int(r, 3)};
}

enum err set_sql_get(struct tx *tx, struct org_id org, struct set_id id, struct api_set *out)
{
	struct rows r;
	bool found = false;
	db_query(tx->db, &r,
		"SELECT s.id, s.kind, s.name, (SELECT COUNT(*) FROM member_set_person p WHERE p.org_id = s.org_id AND p.set_id = s.id AND p.ended_at IS NULL)"
		" FROM member_set s WHERE s.org_id = ?1 AND s.id = ?2 AND s.ended_at IS NULL",
		"ii", org.v, id.v);
	if (rows_next(&r)) {
		found = true;
		read_set(tx, &r, out);
	}
	enum err e = rows_close(&r);
	return e ? e : arena_failed(tx->arena) ? ERR_NOMEM : found ? ERR_OK : ERR_NOT_FOUND;
}

enum err set_sql_list(struct tx *tx, struct org_id org, struct api_set *items, size_t max, size_t *n_out)
{
	struct rows r;
	size_t n = 0;
	db_query(tx->db, &r,
		"SELECT s.id, s.kind, s.name, (SELECT COUNT(*) FROM member_set_person p WHERE p.org_id = s.org_id AND p.set_id = s.id AND p.ended_at IS NULL)"
		" FROM member_set s WHERE s.org_id = ?1 AND s.ended_at IS NULL ORDER BY s.name_fold LIMIT ?2",
		"ii", org.v, (int64_t)max);
	while (n < max && rows_next(&r))
		read_set(tx, &r, &items[n++]);
	*n_out = n;
	enum err e = rows_close(&r);
	return e ? e : arena_failed(tx->arena) ? ERR_NOMEM : ERR_OK;
}

enum err set_sql_rename(struct tx *tx, struct org_id org, struct set_id id, struct str name, struct str fold, bool *done_out)
{
	return db_run_unique(tx->db, done_out, "UPDATE member_set SET name = ?3, name_fold = ?4 WHERE org_id = ?1 AND id = ?2 AND ended_at IS NULL", "iiss",
		org.v, id.v, name, fold);
}

enum err set_sql_end(struct tx *tx, struct org_id org, struct set_id id)
{
	enum err e = db_run(tx->db, "UPDATE member_set SET ended_at = ?3 WHERE org_id = ?1 AND id = ?2 AND ended_at IS NULL", "iii", org.v, id.v, tx->now_ms);
	return e ? e
		: db_run(tx->db, "UPDATE member_set_person SET ended_at = ?3 WHERE org_id = ?1 AND set_id = ?2 AND ended_at IS NULL", "iii", org.v, id.v, tx->now_ms);
}

enum err set_sql_person_add(struct tx *tx, struct org_id org, struct set_id id, struct person_id person, bool *added_out)
{
	return db_run_unique(tx->db, added_out, "INSERT INTO member_set_person (org_id, set_id, person_id, joined_at) VALUES (?1, ?2, ?3, ?4)", "iiii", org.v,
		id.v, person.v, tx->now_ms);
}

enum err set_sql_person_end(struct tx *tx, struct org_id org, struct set_id id, struct person_id person, bool *ended_out)
{
	enum err e = db_run(tx->db, "UPDATE member_set_person SET ended_at = ?4 WHERE org_id = ?1 AND set_id = ?2 AND person_id = ?3 AND ended_at IS NULL",
		"iiii", org.v, id.v, person.v, tx->now_ms);
	*ended_out = !e && db_changes(tx->db) == 1;
	return e;
}

enum err set_sql_people(struct tx *tx, struct org_id org, struct set_id id, struct person_id **out, size_t *n_out)
{
	struct rows r;
	VEC(struct person_id) list = VEC_INIT;
	db_query(tx->db, &r,
		"SELECT p.person_id FROM member_set_person p JOIN member m ON m.org_id = p.org_id AND m.person_id = p.person_id AND m.ended_at IS NULL"
		" WHERE p.org_id = ?1 AND p.set_id = ?2 AND p.ended_at IS NULL ORDER BY m.name_fold, m.person_id",
		"ii", org.v, id.v);
	while (rows_next(&r))
		VEC_PUSH(&list, ((struct person_id){rows_int(&r, 0)}));
	enum err e = sql_take(tx, &r, list.p, list.n, sizeof *list.p, out, n_out);
	VEC_RELEASE(&list);
	return e;
}

enum err set_sql_of_person(struct tx *tx, struct org_id org, struct person_id person, struct set_id **out, size_t *n_out)
{
	struct rows r;
	VEC(struct set_id) list = VEC_INIT;
	db_query(tx->db, &r, "SELECT set_id FROM member_set_person WHERE org_id = ?1 AND person_id = ?2 AND ended_at IS NULL ORDER BY +set_id", "ii", org.v,
		person.v);
	while (rows_next(&r))
		VEC_PUSH(&list, ((struct set_id){rows_int(&r, 0)}));
	enum err e = sql_take(tx, &r, list.p, list.n, sizeof *list.p, out, n_out);
	VEC_RELEASE(&list);
	return e;
}
