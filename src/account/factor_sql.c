/* SPDX-License-Identifier: Apache-2.0
 *
 * SQL of second factors.
 */
#include "account/factor_sql.h"

enum err totp_sql_get(struct tx *tx, struct person_id person, struct totp_row *out)
{
	struct rows r;
	bool found = false;
	db_query(tx->db, &r, "SELECT secret, confirmed_at, last_step FROM totp WHERE person_id = ?1", "i", person.v);
	if (rows_next(&r)) {
		found = true;
		*out = (struct totp_row){.sealed = rows_str(&r, 0, tx->arena), .confirmed = !rows_null(&r, 1), .last_step = rows_int(&r, 2)};
	}
	enum err e = rows_close(&r);
	return e ? e : arena_failed(tx->arena) ? ERR_NOMEM : found ? ERR_OK : ERR_NOT_FOUND;
}

enum err totp_sql_put(struct tx *tx, struct person_id person, struct str sealed, bool *put_out)
{
	enum err e = db_run(tx->db,
		"INSERT INTO totp (person_id, secret, begun_at) VALUES (?1, ?2, ?3)"
		" ON CONFLICT (person_id) DO UPDATE SET secret = ?2, begun_at = ?3, last_step = 0 WHERE totp.confirmed_at IS NULL", "ibi", person.v,
		sealed, tx->now_ms);
	*put_out = !e && db_changes(tx->db) == 1;
	return e;
}

enum err totp_sql_confirm(struct tx *tx, struct person_id person)
{
	return db_run(tx->db, "UPDATE totp SET confirmed_at = ?2 WHERE person_id = ?1", "ii", person.v, tx->now_ms);
}

enum err totp_sql_step(struct tx *tx, struct person_id person, int64_t step, bool *spent_out)
{
	enum err e = db_run(tx->db, "UPDATE totp SET last_step = ?2 WHERE person_id = ?1 AND last_step < ?2", "ii", person.v, step);
	*spent_out = !e && db_changes(tx->db) == 1;
	return e;
}

enum err totp_sql_remove(struct tx *tx, struct person_id person)
{
	return db_run(tx->db, "DELETE FROM totp WHERE person_id = ?1", "i", person.v);
}

enum err recovery_sql_add(struct tx *tx, struct person_id person, struct str code_hash)
{
	return db_run(tx->db, "INSERT INTO recovery_code (person_id, code_hash, made_at) VALUES (?1, ?2, ?3)", "ibi", person.v, code_hash,
		tx->now_ms);
}

enum err recovery_sql_use(struct tx *tx, struct person_id person, struct str code_hash, bool *used_out)
{
	enum err e = db_run(tx->db, "UPDATE recovery_code SET used_at = ?3 WHERE person_id = ?1 AND code_hash = ?2 AND used_at IS NULL", "ibi",
		person.v, code_hash, tx->now_ms);
	*used_out = !e && db_changes(tx->db) == 1;
	return e;
}

enum err recovery_sql_left(struct tx *tx, struct person_id person, int64_t *out)
{
	bool found;
	return db_int(tx->db, &found, out, "SELECT COUNT(*) FROM recovery_code WHERE person_id = ?1 AND used_at IS NULL", "i", person.v);
}

enum err recovery_sql_remove(struct tx *tx, struct person_id person)
{
	return db_run(tx->db, "DELETE FROM recovery_code WHERE person_id = ?1", "i", person.v);
}

enum err factor_sql_wrong_add(struct tx *tx, struct person_id person)
{
	return db_run(tx->db, "INSERT INTO factor_wrong (person_id, at) VALUES (?1, ?2)", "ii", person.v, tx->now_ms);
}

enum err factor_sql_wrong(struct tx *tx, struct person_id person, int64_t since, int64_t n, int64_t *at_out)
{
	bool found = false;
	enum err e = db_int(tx->db, &found, at_out,
		"SELECT at FROM factor_wrong WHERE person_id = ?1 AND at > ?2 ORDER BY at DESC LIMIT 1 OFFSET ?3", "iii", person.v, since, n - 1);
	if (!e && !found)
		*at_out = 0;
	return e;
}

enum err factor_sql_forget(struct tx *tx, int64_t wrong_before, int64_t steps_before)
{
	enum err e = db_run(tx->db, "DELETE FROM factor_wrong WHERE at <= ?1", "i", wrong_before);
	if (!e)
		e = db_run(tx->db, "DELETE FROM second_step WHERE expires_at <= ?1", "i", steps_before);
	return e ? e : db_run(tx->db, "DELETE FROM passkey_challenge WHERE expires_at <= ?1", "i", steps_before);
}

enum err step_sql_add(struct tx *tx, struct person_id person, struct str token_hash, const struct account_device *device, int64_t expires_at)
{
	return db_run(tx->db, "INSERT INTO second_step (token_hash, person_id, device, device_key, expires_at) VALUES (?1, ?2, ?3, ?4, ?5)",
		"bissi", token_hash, person.v, device->name, device->key, expires_at);
}

enum err step_sql_get(struct tx *tx, struct str token_hash, struct second_step *out)
{
	struct rows r;
	bool found = false;
	db_query(tx->db, &r,
		"SELECT id, person_id, device, device_key FROM second_step WHERE token_hash = ?1 AND used_at IS NULL AND expires_at > ?2", "bi",
		token_hash, tx->now_ms);
	if (rows_next(&r)) {
		found = true;
		*out = (struct second_step){.id = rows_int(&r, 0), .person.v = rows_int(&r, 1), .device = rows_str(&r, 2, tx->arena),
			.device_key = rows_str(&r, 3, tx->arena)};
	}
	enum err e = rows_close(&r);
	return e ? e : arena_failed(tx->arena) ? ERR_NOMEM : found ? ERR_OK : ERR_NOT_FOUND;
}

enum err step_sql_try(struct tx *tx, int64_t id, int64_t max, bool *left_out)
{
	enum err e = db_run(tx->db, "UPDATE second_step SET tries = tries + 1 WHERE id = ?1 AND tries < ?2", "ii", id, max);
	*left_out = !e && db_changes(tx->db) == 1;
	return e;
}

enum err step_sql_use(struct tx *tx, int64_t id, bool *used_out)
{
	enum err e = db_run(tx->db, "UPDATE second_step SET used_at = ?2 WHERE id = ?1 AND used_at IS NULL", "ii", id, tx->now_ms);
	*used_out = !e && db_changes(tx->db) == 1;
	return e;
}
