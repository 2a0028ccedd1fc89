/* SPDX-License-Identifier: Apache-2.0
 *
 * SQL of units that end and come back, and of the years of classes.
 */
#include "base/vec.h"
#include "school/structure.h"

enum err unit_sql_by_name(struct tx *tx, struct org_id org, enum api_unit_kind kind, struct str name_fold, bool *found_out)
{
	int64_t id;
	return db_int(tx->db, found_out, &id, "SELECT id FROM unit WHERE org_id = ?1 AND kind = ?2 AND name_fold = ?3 AND ended_at IS NULL", "iis",
		org.v, (int64_t)kind, name_fold);
}

enum err unit_sql_set_level(struct tx *tx, struct org_id org, struct unit_id unit, int64_t level, struct str letter)
{
	return db_run(tx->db, "UPDATE unit SET level = ?3, letter = ?4 WHERE org_id = ?1 AND id = ?2", "iiis", org.v, unit.v, level, letter);
}

enum err unit_sql_end(struct tx *tx, struct org_id org, struct unit_id unit)
{
	enum err e = db_run(tx->db, "UPDATE unit SET ended_at = ?3 WHERE org_id = ?1 AND id = ?2 AND ended_at IS NULL", "iii", org.v, unit.v, tx->now_ms);
	return e ? e : db_run(tx->db, "UPDATE unit_member SET with_unit = 1 WHERE org_id = ?1 AND unit_id = ?2 AND ended_at IS NULL", "ii", org.v, unit.v);
}

enum err unit_sql_archive(struct tx *tx, struct org_id org, struct api_archived_unit *items, size_t max, size_t *n_out)
{
	struct rows r;
	size_t n = 0;
	db_query(tx->db, &r, "SELECT id, kind, name, ended_at FROM unit WHERE org_id = ?1 AND ended_at IS NOT NULL ORDER BY ended_at DESC, id DESC LIMIT ?2",
		"ii", org.v, (int64_t)max);
	while (n < max && rows_next(&r))
		items[n++] = (struct api_archived_unit){.id = rows_int(&r, 0),
			.kind = (enum api_unit_kind)rows_int(&r, 1),
			.name = rows_str(&r, 2, tx->arena),
			.ended_at = rows_int(&r, 3)};
	*n_out = n;
	enum err e = rows_close(&r);
	return e ? e : arena_failed(tx->arena) ? ERR_NOMEM : ERR_OK;
}

enum err unit_sql_ended(struct tx *tx, struct org_id org, struct unit_id unit, enum api_unit_kind *kind_out, struct str *name_out, struct str *fold_out)
{
	struct rows r;
	bool found = false;
	db_query(tx->db, &r, "SELECT kind, name, name_fold FROM unit WHERE org_id = ?1 AND id = ?2 AND ended_at IS NOT NULL", "ii", org.v, unit.v);
	if (rows_next(&r)) {
		found = true;
		*kind_out = (enum api_unit_kind)rows_int(&r, 0);
		*name_out = rows_str(&r, 1, tx->arena);
		*fold_out = rows_str(&r, 2, tx->arena);
	}
	enum err e = rows_close(&r);
	return e ? e : arena_failed(tx->arena) ? ERR_NOMEM : found ? ERR_OK : ERR_NOT_FOUND;
}

enum err unit_sql_restore(struct tx *tx, struct org_id org, struct unit_id unit)
{
	return db_run(tx->db, "UPDATE unit SET ended_at = NULL WHERE org_id = ?1 AND id = ?2", "ii", org.v, unit.v);
}

enum err unit_sql_take_archived(struct tx *tx, struct org_id org, struct unit_id unit, struct archived_person **out, size_t *n_out)
{
	struct rows r;
	VEC(struct archived_person) list = VEC_INIT;
	db_query(tx->db, &r,
		"SELECT person_id, lead FROM unit_member WHERE org_id = ?1 AND unit_id = ?2 AND with_unit = 1 AND direct = 1 ORDER BY id", "ii", org.v,
		unit.v);
	while (rows_next(&r))
		VEC_PUSH(&list, ((struct archived_person){{rows_int(&r, 0)}, rows_int(&r, 1) != 0}));
	enum err e = sql_take(tx, &r, list.p, list.n, sizeof *list.p, out, n_out);
	VEC_RELEASE(&list);
	return e ? e : db_run(tx->db, "UPDATE unit_member SET with_unit = 0 WHERE org_id = ?1 AND unit_id = ?2", "ii", org.v, unit.v);
}

enum err unit_sql_people(struct tx *tx, struct org_id org, struct unit_id unit, struct person_id **out, size_t *n_out)
{
	struct rows r;
	VEC(struct person_id) list = VEC_INIT;
	db_query(tx->db, &r,
		"SELECT u.person_id FROM unit_member u JOIN member m ON m.org_id = u.org_id AND m.person_id = u.person_id AND m.ended_at IS NULL"
		" WHERE u.org_id = ?1 AND u.unit_id = ?2 AND u.ended_at IS NULL ORDER BY m.role <> ?3, u.person_id",
		"iii", org.v, unit.v, (int64_t)ROLE_STUDENT);
	while (rows_next(&r))
		VEC_PUSH(&list, ((struct person_id){rows_int(&r, 0)}));
	enum err e = sql_take(tx, &r, list.p, list.n, sizeof *list.p, out, n_out);
	VEC_RELEASE(&list);
	return e;
}

enum err unit_sql_open_invites(struct tx *tx, struct org_id org, struct unit_id unit, struct invite_id **out, size_t *n_out)
{
	struct rows r;
	VEC(struct invite_id) list = VEC_INIT;
	db_query(tx->db, &r, "SELECT id FROM invite WHERE org_id = ?1 AND unit_id = ?2 AND annulled_at IS NULL AND uses < max_uses ORDER BY id", "ii",
		org.v, unit.v);
	while (rows_next(&r))
		VEC_PUSH(&list, ((struct invite_id){rows_int(&r, 0)}));
	enum err e = sql_take(tx, &r, list.p, list.n, sizeof *list.p, out, n_out);
	VEC_RELEASE(&list);
	return e;
}
