/* SPDX-License-Identifier: Apache-2.0
 *
 * SQL of the catalogue of subjects.
 */
#include "school/structure.h"

enum err subject_sql_add(struct tx *tx, struct org_id org, struct str name, struct str fold, bool extracurricular, bool *added_out, int64_t *id_out)
{
	bool found;
	enum err e = db_run_unique(tx->db, added_out,
		"INSERT INTO subject (org_id, name, name_fold, extracurricular, created_at) VALUES (?1, ?2, ?3, ?4, ?5)", "issii", org.v, name, fold,
		(int64_t)extracurricular, tx->now_ms);
	if (e || !*added_out)
		return e;
	e = db_int(tx->db, &found, id_out, "SELECT id FROM subject WHERE org_id = ?1 AND name_fold = ?2 AND ended_at IS NULL", "is", org.v, fold);
	return e ? e : found ? ERR_OK : ERR_IO;
}

static void read_subject(struct tx *tx, struct rows *r, struct api_subject *out)
{
	*out = (struct api_subject){.id = rows_int(r, 0),
		.name = rows_str(r, 1, tx->arena),
		.extracurricular = rows_int(r, 2) != 0,
		.teaching_count = rows_int(r, 3)};
}

enum err subject_sql_get(struct tx *tx, struct org_id org, struct subject_id id, struct api_subject *out)
{
	struct rows r;
	bool found = false;
	db_query(tx->db, &r,
		"SELECT s.id, s.name, s.extracurricular, (SELECT COUNT(DISTINCT t.unit_id) FROM teaching t JOIN unit u ON u.id = t.unit_id AND u.org_id = t.org_id"
		"  WHERE t.org_id = s.org_id AND t.subject_id = s.id AND t.ended_at IS NULL AND u.ended_at IS NULL)"
		" FROM subject s WHERE s.org_id = ?1 AND s.id = ?2 AND s.ended_at IS NULL",
		"ii", org.v, id.v);
	if (rows_next(&r)) {
		found = true;
		read_subject(tx, &r, out);
	}
	enum err e = rows_close(&r);
	return e ? e : arena_failed(tx->arena) ? ERR_NOMEM : found ? ERR_OK : ERR_NOT_FOUND;
}

enum err subject_sql_list(struct tx *tx, struct org_id org, struct api_subject *items, size_t max, size_t *n_out)
{
	struct rows r;
	size_t n = 0;
	db_query(tx->db, &r,
		"SELECT s.id, s.name, s.extracurricular, (SELECT COUNT(DISTINCT t.unit_id) FROM teaching t JOIN unit u ON u.id = t.unit_id AND u.org_id = t.org_id"
		"  WHERE t.org_id = s.org_id AND t.subject_id = s.id AND t.ended_at IS NULL AND u.ended_at IS NULL)"
		" FROM subject s WHERE s.org_id = ?1 AND s.ended_at IS NULL ORDER BY s.name_fold LIMIT ?2",
		"ii", org.v, (int64_t)max);
	while (n < max && rows_next(&r))
		read_subject(tx, &r, &items[n++]);
	*n_out = n;
	enum err e = rows_close(&r);
	return e ? e : arena_failed(tx->arena) ? ERR_NOMEM : ERR_OK;
}

enum err subject_sql_set(struct tx *tx, struct org_id org, struct subject_id id, struct str name, struct str fold, bool extracurricular, bool *done_out)
{
	return db_run_unique(tx->db, done_out,
		"UPDATE subject SET name = ?3, name_fold = ?4, extracurricular = ?5 WHERE org_id = ?1 AND id = ?2 AND ended_at IS NULL", "iissi", org.v,
		id.v, name, fold, (int64_t)extracurricular);
}

enum err subject_sql_end(struct tx *tx, struct org_id org, struct subject_id id)
{
	return db_run(tx->db, "UPDATE subject SET ended_at = ?3 WHERE org_id = ?1 AND id = ?2 AND ended_at IS NULL", "iii", org.v, id.v, tx->now_ms);
}
