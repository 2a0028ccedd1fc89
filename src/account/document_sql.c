/* SPDX-License-Identifier: Apache-2.0
 *
 * SQL of documents and of agreeing to them.
 */
#include "account/document.h"

#define ACCEPTED_TOLD 40 /* of one person, newest first */

enum err document_sql_newest(struct tx *tx, enum api_document_kind kind, bool english, int64_t *version_out, struct str *title_out)
{
	struct rows r;
	*version_out = 0;
	db_query(tx->db, &r, "SELECT version, title_ru, title_en FROM document WHERE kind = ?1 ORDER BY version DESC LIMIT 1", "i", (int64_t)kind);
	if (rows_next(&r)) {
		*version_out = rows_int(&r, 0);
		*title_out = rows_str(&r, english ? 2 : 1, tx->arena);
	}
	enum err e = rows_close(&r);
	return e ? e : arena_failed(tx->arena) ? ERR_NOMEM : ERR_OK;
}

enum err document_sql_get(struct tx *tx, enum api_document_kind kind, int64_t version, bool english, struct api_document *out)
{
	struct rows r;
	bool found = false;
	db_query(tx->db, &r, "SELECT title_ru, text_ru, title_en, text_en, published_at FROM document WHERE kind = ?1 AND version = ?2", "ii",
		(int64_t)kind, version);
	if (rows_next(&r)) {
		found = true;
		*out = (struct api_document){.kind = kind, .version = version, .title = rows_str(&r, english ? 2 : 0, tx->arena),
			.text = rows_str(&r, english ? 3 : 1, tx->arena), .published_at = rows_int(&r, 4)};
	}
	enum err e = rows_close(&r);
	return e ? e : arena_failed(tx->arena) ? ERR_NOMEM : found ? ERR_OK : ERR_NOT_FOUND;
}

enum err document_sql_put(struct db *db, const struct document_text *t, int64_t now_ms)
{
	return db_run(db,
		"INSERT INTO document (kind, version, title_ru, text_ru, title_en, text_en, published_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)"
		" ON CONFLICT (kind, version) DO NOTHING",
		"iissssi", (int64_t)t->kind, t->version, str_of(t->title_ru), str_of(t->text_ru), str_of(t->title_en), str_of(t->text_en), now_ms);
}

enum err acceptance_sql_has(struct tx *tx, struct person_id person, struct person_id by, enum api_document_kind kind, int64_t version, bool *out)
{
	int64_t id;
	*out = false;
	return db_int(tx->db, out, &id,
		"SELECT id FROM acceptance WHERE person_id = ?1 AND kind = ?2 AND version = ?3 AND (?4 = 0 OR by_person_id = ?4) ORDER BY id LIMIT 1",
		"iiii", person.v, (int64_t)kind, version, by.v);
}

enum err acceptance_sql_add(struct tx *tx, struct person_id person, struct person_id by, enum api_document_kind kind, int64_t version, bool *added_out)
{
	return db_run_unique(tx->db, added_out, "INSERT INTO acceptance (kind, version, person_id, by_person_id, at) VALUES (?1, ?2, ?3, ?4, ?5)",
		"iiiii", (int64_t)kind, version, person.v, by.v, tx->now_ms);
}

enum err acceptance_sql_list(struct tx *tx, struct person_id person, struct api_document_accepted **out, size_t *n_out)
{
	struct rows r;
	struct api_document_accepted *items = arena_array(tx->arena, ACCEPTED_TOLD, sizeof *items);
	if (!items)
		return ERR_NOMEM;
	*out = items;
	*n_out = 0;
	db_query(tx->db, &r, "SELECT kind, version, at, by_person_id FROM acceptance WHERE person_id = ?1 ORDER BY id DESC LIMIT ?2", "ii", person.v,
		(int64_t)ACCEPTED_TOLD);
	while (*n_out < ACCEPTED_TOLD && rows_next(&r))
		items[(*n_out)++] = (struct api_document_accepted){.kind = (enum api_document_kind)rows_int(&r, 0), .version = rows_int(&r, 1),
			.at = rows_int(&r, 2), .by_person_id = rows_int(&r, 3)};
	return rows_close(&r);
}
