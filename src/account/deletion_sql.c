/* SPDX-License-Identifier: Apache-2.0
 *
 * SQL of the end of accounts.
 */
#include "account/deletion.h"

enum err deletion_sql_at(struct tx *tx, struct person_id person, int64_t *out)
{
	bool found;
	enum err e = db_int(tx->db, &found, out, "SELECT delete_at FROM person WHERE id = ?1", "i", person.v);
	if (!e && !found)
		*out = 0;
	return e;
}

enum err deletion_sql_set(struct tx *tx, struct person_id person, int64_t at)
{
	return db_run(tx->db, "UPDATE person SET delete_at = ?2 WHERE id = ?1", "iI", person.v, (int)(at != 0), at);
}

enum err deletion_sql_due(struct tx *tx, struct person_id *ids, size_t max, size_t *n_out)
{
	struct rows r;
	*n_out = 0;
	db_query(tx->db, &r, "SELECT id FROM person WHERE delete_at IS NOT NULL AND delete_at <= ?1 ORDER BY delete_at, id LIMIT ?2", "ii",
		tx->now_ms, (int64_t)max);
	while (*n_out < max && rows_next(&r))
		ids[(*n_out)++] = (struct person_id){rows_int(&r, 0)};
	return rows_close(&r);
}

enum err deletion_sql_erase(struct tx *tx, struct person_id person, const struct api_person *nameless)
{
	enum err e = db_run(tx->db,
		"UPDATE person SET phone = NULL, given_name = ?2, family_name = ?3, patronymic = NULL, is_operator = 0, delete_at = NULL,"
		" deleted_at = ?4 WHERE id = ?1",
		"issi", person.v, nameless->given_name, nameless->family_name, tx->now_ms);
	if (!e)
		e = db_run(tx->db, "UPDATE session SET device = '', address = '', device_hash = NULL WHERE person_id = ?1", "i", person.v);
	return e ? e : db_run(tx->db, "DELETE FROM second_step WHERE person_id = ?1", "i", person.v);
}

enum err deletion_sql_operators(struct tx *tx, int64_t *out)
{
	bool found;
	return db_int(tx->db, &found, out, "SELECT COUNT(*) FROM person WHERE is_operator = 1", "");
}

enum err deletion_sql_set_phone(struct tx *tx, struct person_id person, struct str phone)
{
	return db_run(tx->db, "UPDATE person SET phone = ?2 WHERE id = ?1", "is", person.v, phone);
}
