/* SPDX-License-Identifier: Apache-2.0
 *
 * SQL of passkeys.
 */
#include "account/passkey.h"

enum err passkeys_of(struct tx *tx, struct person_id person, struct api_passkey **items_out, size_t *n_out)
{
	struct rows r;
	struct api_passkey *items = arena_array(tx->arena, PASSKEYS_MAX, sizeof *items);
	if (!items)
		return ERR_NOMEM;
	*items_out = items;
	*n_out = 0;
	db_query(tx->db, &r, "SELECT id, name, created_at, used_at FROM passkey WHERE person_id = ?1 ORDER BY id LIMIT ?2", "ii", person.v,
		(int64_t)PASSKEYS_MAX);
	while (*n_out < PASSKEYS_MAX && rows_next(&r)) {
		items[*n_out] = (struct api_passkey){.id = rows_int(&r, 0), .name = rows_str(&r, 1, tx->arena), .created_at = rows_int(&r, 2)};
		items[*n_out].has_used_at = !rows_null(&r, 3);
		if (items[*n_out].has_used_at)
			items[*n_out].used_at = rows_int(&r, 3);
		++*n_out;
	}
	enum err e = rows_close(&r);
	return e ? e : arena_failed(tx->arena) ? ERR_NOMEM : ERR_OK;
}

enum err passkeys_remove(struct tx *tx, struct person_id person)
{
	return db_run(tx->db, "DELETE FROM passkey WHERE person_id = ?1", "i", person.v);
}

enum err passkey_sql_add(struct tx *tx, const struct webauthn_credential *c, struct str name, bool *added_out, int64_t *id_out)
{
	bool found;
	enum err e = db_run_unique(tx->db, added_out,
		"INSERT INTO passkey (person_id, credential_id, algorithm, public_key, sign_count, name, created_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
		"ibibisi", tx->actor.person.v, str_n(c->id, c->id_n), (int64_t)c->algorithm, str_n(c->key, c->key_n), (int64_t)c->count, name, tx->now_ms);
	if (e || !*added_out)
		return e;
	return db_int(tx->db, &found, id_out, "SELECT id FROM passkey WHERE credential_id = ?1", "b", str_n(c->id, c->id_n));
}

enum err passkey_sql_get(struct tx *tx, struct person_id person, int64_t id, struct api_passkey *out)
{
	struct api_passkey *all;
	size_t n;
	enum err e = passkeys_of(tx, person, &all, &n);
	for (size_t i = 0; !e && i < n; i++) {
		if (all[i].id == id) {
			*out = all[i];
			return ERR_OK;
		}
	}
	return e ? e : ERR_NOT_FOUND;
}

enum err passkey_sql_rename(struct tx *tx, struct person_id person, int64_t id, struct str name)
{
	return db_run(tx->db, "UPDATE passkey SET name = ?3 WHERE id = ?2 AND person_id = ?1", "iis", person.v, id, name);
}

enum err passkey_sql_delete(struct tx *tx, struct person_id person, int64_t id, bool *deleted_out)
{
	enum err e = db_run(tx->db, "DELETE FROM passkey WHERE id = ?2 AND person_id = ?1", "ii", person.v, id);
	*deleted_out = !e && db_changes(tx->db) == 1;
	return e;
}

enum err passkey_sql_credentials(struct tx *tx, struct person_id person, struct str *ids, size_t max, size_t *n_out)
{
	struct rows r;
	*n_out = 0;
	db_query(tx->db, &r, "SELECT credential_id FROM passkey WHERE person_id = ?1 ORDER BY id LIMIT ?2", "ii", person.v, (int64_t)max);
	while (*n_out < max && rows_next(&r))
		ids[(*n_out)++] = rows_str(&r, 0, tx->arena);
	enum err e = rows_close(&r);
	return e ? e : arena_failed(tx->arena) ? ERR_NOMEM : ERR_OK;
}

enum err passkey_sql_by_credential(struct tx *tx, struct str credential, struct passkey_row *out)
{
	struct rows r;
	bool found = false;
	db_query(tx->db, &r, "SELECT id, person_id, algorithm, public_key, sign_count FROM passkey WHERE credential_id = ?1", "b", credential);
	if (rows_next(&r)) {
		found = true;
		*out = (struct passkey_row){.id = rows_int(&r, 0), .person.v = rows_int(&r, 1), .algorithm = (int)rows_int(&r, 2),
			.key = rows_str(&r, 3, tx->arena), .count = rows_int(&r, 4)};
	}
	enum err e = rows_close(&r);
	return e ? e : arena_failed(tx->arena) ? ERR_NOMEM : found ? ERR_OK : ERR_NOT_FOUND;
}

enum err passkey_sql_used(struct tx *tx, int64_t id, int64_t count)
{
	return db_run(tx->db, "UPDATE passkey SET sign_count = ?2, used_at = ?3 WHERE id = ?1", "iii", id, count, tx->now_ms);
}

enum err challenge_sql_add(struct tx *tx, struct str hash, struct person_id person)
{
	enum err e = db_run(tx->db, "DELETE FROM passkey_challenge WHERE expires_at <= ?1", "i", tx->now_ms);
	return e ? e : db_run(tx->db, "INSERT INTO passkey_challenge (challenge_hash, person_id, expires_at) VALUES (?1, ?2, ?3)", "bii", hash, person.v,
		tx->now_ms + PASSKEY_CHALLENGE_TTL_MS);
}

enum err challenge_sql_take(struct tx *tx, struct str hash, struct person_id person, bool *taken_out)
{
	enum err e = db_run(tx->db,
		"UPDATE passkey_challenge SET used_at = ?3 WHERE challenge_hash = ?1 AND person_id = ?2 AND used_at IS NULL AND expires_at > ?3", "bii", hash,
		person.v, tx->now_ms);
	*taken_out = !e && db_changes(tx->db) == 1;
	return e;
}
