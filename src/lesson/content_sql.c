/* SPDX-License-Identifier: Apache-2.0
 *
 * The table content, and which of it a call shows. See content.h.
 */
#include "lesson/content.h"
#include "server/sql_list.h"

/* These numbers lie in stores. */
_Static_assert(API_CONTENT_KIND_FILE == 0 && API_CONTENT_KIND_LINK == 1, "ContentKind");

#define COLUMNS \
	"k.id, k.org_id, k.kind, k.title, k.subject, k.grade, k.source, k.url, k.file_id, k.created_at, k.verified_by, k.verified_at, k.verified_list"

static struct content read_content(struct rows *r, struct arena *a)
{
	return (struct content){
		.id = rows_int(r, 0),
		.org_id = rows_int(r, 1),
		.kind = (enum api_content_kind)rows_int(r, 2),
		.title = rows_str(r, 3, a),
		.subject = rows_str(r, 4, a),
		.grade = rows_str(r, 5, a),
		.source = rows_str(r, 6, a),
		.url = rows_str(r, 7, a),
		.file_id = rows_int(r, 8),
		.created_at = rows_int(r, 9),
		.verified_by = rows_int(r, 10),
		.verified_at = rows_null(r, 11) ? 0 : rows_int(r, 11),
		.verified_list = rows_str(r, 12, a),
	};
}

enum err content_sql_insert(struct tx *tx, const struct content *k, int64_t *id_out)
{
	bool found;
	return db_int(tx->db, &found, id_out,
		"INSERT INTO content (org_id, kind, title, subject, grade, source, url, file_id, created_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) RETURNING id",
		"iisssssii", k->org_id, (int64_t)k->kind, k->title, k->subject, k->grade, k->source, k->url, k->file_id, k->created_at);
}

enum err content_sql_put(struct tx *tx, const struct content *k)
{
	return db_run(tx->db,
		"UPDATE content SET kind = ?3, title = ?4, subject = ?5, grade = ?6, source = ?7, url = ?8, file_id = ?9, verified_by = ?10, verified_at = NULLIF(?11, 0),"
		" verified_list = ?12 WHERE id = ?1 AND org_id = ?2",
		"iiisssssiiis", k->id, k->org_id, (int64_t)k->kind, k->title, k->subject, k->grade, k->source, k->url, k->file_id, k->verified_by, k->verified_at,
		k->verified_list);
}

enum err content_sql_delete(struct tx *tx, const struct content *k)
{
	return db_run(tx->db, "DELETE FROM content WHERE id = ?1 AND org_id = ?2", "ii", k->id, k->org_id);
}

enum err content_sql_get(struct tx *tx, int64_t org, int64_t id, struct content *out, bool *found_out)
{
	struct rows r;
	db_query(tx->db, &r, "SELECT " COLUMNS " FROM content k WHERE k.id = ?1 AND k.org_id = ?2", "ii", id, org);
	*found_out = rows_next(&r);
	if (*found_out)
		*out = read_content(&r, tx->arena);
	return rows_close(&r);
}

enum err content_sql_list(struct tx *tx, int64_t org, struct content **items_out, size_t *n_out)
{
	struct rows r;
	*n_out = 0;
	*items_out = arena_array(tx->arena, CONTENT_MAX, sizeof **items_out);
	for (db_query(tx->db, &r, "SELECT " COLUMNS " FROM content k WHERE k.org_id = ?1 ORDER BY k.title, k.id", "i", org); rows_next(&r);)
		if (*items_out && *n_out < CONTENT_MAX)
			(*items_out)[(*n_out)++] = read_content(&r, tx->arena);
	enum err e = rows_close(&r);
	return e ? e : *items_out ? ERR_OK : ERR_NOMEM;
}

enum err content_sql_count(struct tx *tx, int64_t org, int64_t *count_out)
{
	bool found;
	return db_int(tx->db, &found, count_out, "SELECT count(*) FROM content WHERE org_id = ?1", "i", org);
}

enum err content_sql_calls(struct tx *tx, int64_t org, int64_t id, int64_t **calls_out, size_t *n_out)
{
	struct rows r;
	db_query(tx->db, &r, "SELECT id FROM call WHERE showing_id = ?1 AND showing_id > 0 AND org_id = ?2 AND ended_at IS NULL", "ii", id, org);
	return sql_ids(tx, &r, calls_out, n_out);
}

enum err content_sql_show(struct tx *tx, int64_t org, int64_t call, int64_t id, int64_t participant)
{
	return db_run(tx->db, "UPDATE call SET showing_id = ?3, showing_by = ?4 WHERE id = ?1 AND org_id = ?2", "iiii", call, org, id, participant);
}
