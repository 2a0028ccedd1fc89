/* SPDX-License-Identifier: Apache-2.0
 *
 * The only place with SQL on the account room's tables.
 */
#include "account/account_sql.h"

/* --- persons */

enum err account_sql_person(struct tx *tx, struct person_id id, struct api_person *out)
{
	struct rows r;
	bool found = false;
	db_query(tx->db, &r, "SELECT given_name, family_name, patronymic FROM person WHERE id = ?1", "i", id.v);
	if (rows_next(&r)) {
		found = true;
		*out = (struct api_person){.id = id.v,
			.given_name = rows_str(&r, 0, tx->arena),
			.family_name = rows_str(&r, 1, tx->arena),
			.has_patronymic = !rows_null(&r, 2)};
		if (out->has_patronymic)
			out->patronymic = rows_str(&r, 2, tx->arena);
	}
	enum err e = rows_close(&r);
	if (e)
		return e;
	if (arena_failed(tx->arena))
		return ERR_NOMEM;
	return found ? ERR_OK : ERR_NOT_FOUND;
}

enum err account_sql_by_phone(struct tx *tx, struct str phone, struct person_id *out)
{
	bool found;
	enum err e = db_int(tx->db, &found, &out->v, "SELECT id FROM person WHERE phone = ?1", "s", phone);
	if (!e && !found)
		out->v = 0;
	return e;
}

enum err account_sql_person_add(struct tx *tx, struct str phone, struct str given_name, struct str family_name, struct str patronymic,
	struct person_id *out)
{
	bool found;
	enum err e = db_int(tx->db, &found, &out->v,
		"INSERT INTO person (phone, given_name, family_name, patronymic, created_at) VALUES (?1, ?2, ?3, ?4, ?5) RETURNING id",
		"SssSi", (int)(phone.n > 0), phone, given_name, family_name, (int)(patronymic.n > 0), patronymic, tx->now_ms);
	return e ? e : found ? ERR_OK : ERR_IO;
}

enum err account_sql_came_in(struct tx *tx, struct person_id id, bool *out)
{
	bool found;
	int64_t v = 0;
	enum err e = db_int(tx->db, &found, &v, "SELECT came_in_at IS NOT NULL FROM person WHERE id = ?1", "i", id.v);
	*out = v != 0;
	return e;
}

enum err account_sql_set_came_in(struct tx *tx, struct person_id id, bool *first_out)
{
	enum err e = db_run(tx->db, "UPDATE person SET came_in_at = ?2 WHERE id = ?1 AND came_in_at IS NULL", "ii", id.v, tx->now_ms);
	*first_out = !e && db_changes(tx->db) == 1;
	return e;
}

enum err account_sql_phone_give(struct tx *tx, struct person_id id, struct str phone, bool *given_out)
{
	enum err e = db_run(tx->db, "UPDATE person SET phone = ?2 WHERE id = ?1 AND phone IS NULL", "is", id.v, phone);
	*given_out = !e && db_changes(tx->db) == 1;
	return e;
}

enum err account_sql_phone_known(struct tx *tx, struct person_id id, bool *out)
{
	bool found;
	int64_t v = 0;
	enum err e = db_int(tx->db, &found, &v, "SELECT phone IS NOT NULL FROM person WHERE id = ?1", "i", id.v);
	*out = v != 0;
	return e;
}

enum err account_sql_rename(struct tx *tx, struct person_id id, struct str given, struct str family, struct str patronymic)
{
	return db_run(tx->db, "UPDATE person SET given_name = ?2, family_name = ?3, patronymic = ?4 WHERE id = ?1", "issS", id.v, given, family,
		(int)(patronymic.n > 0), patronymic);
}

enum err account_sql_is_operator(struct tx *tx, struct person_id id, bool *out)
{
	bool found;
	int64_t v = 0;
	enum err e = db_int(tx->db, &found, &v, "SELECT is_operator FROM person WHERE id = ?1", "i", id.v);
	*out = !e && found && v != 0;
	return e;
}

enum err account_sql_make_operator(struct tx *tx, struct person_id id)
{
	return db_run(tx->db, "UPDATE person SET is_operator = 1 WHERE id = ?1", "i", id.v);
}

enum err account_sql_phone(struct tx *tx, struct person_id id, struct str *out)
{
	struct rows r;
	*out = (struct str){0};
	db_query(tx->db, &r, "SELECT phone FROM person WHERE id = ?1 AND phone IS NOT NULL", "i", id.v);
	if (rows_next(&r))
		*out = rows_str(&r, 0, tx->arena);
	enum err e = rows_close(&r);
	return e ? e : arena_failed(tx->arena) ? ERR_NOMEM : ERR_OK;
}

/* --- codes */

enum err account_sql_code_add(struct tx *tx, struct str phone_hash, struct str address_hash, struct str code_hash, int64_t expires_at)
{
	return db_run(tx->db,
		"INSERT INTO sign_in_code (phone_hash, address_hash, code_hash, created_at, expires_at) VALUES (?1, ?2, ?3, ?4, ?5)",
		"bbbii", phone_hash, address_hash, code_hash, tx->now_ms, expires_at);
}

enum err account_sql_code_last(struct tx *tx, struct str phone_hash, struct sign_in_code *out)
{
	struct rows r;
	*out = (struct sign_in_code){0};
	db_query(tx->db, &r,
		"SELECT id, code_hash, expires_at, tries, used_at FROM sign_in_code WHERE phone_hash = ?1 ORDER BY id DESC LIMIT 1", "b",
		phone_hash);
	if (rows_next(&r)) {
		*out = (struct sign_in_code){.id = rows_int(&r, 0),
			.hash = rows_str(&r, 1, tx->arena),
			.expires_at = rows_int(&r, 2),
			.tries = rows_int(&r, 3),
			.used = !rows_null(&r, 4)};
	}
	enum err e = rows_close(&r);
	return e ? e : arena_failed(tx->arena) ? ERR_NOMEM : ERR_OK;
}

enum err account_sql_code_try(struct tx *tx, int64_t id, bool *left_out)
{
	enum err e = db_run(tx->db, "UPDATE sign_in_code SET tries = tries + 1 WHERE id = ?1 AND tries < ?2 AND used_at IS NULL", "ii", id,
		(int64_t)ACCOUNT_CODE_TRIES);
	*left_out = !e && db_changes(tx->db) == 1;
	return e;
}

enum err account_sql_code_use(struct tx *tx, int64_t id, bool *used_out)
{
	enum err e = db_run(tx->db, "UPDATE sign_in_code SET used_at = ?2 WHERE id = ?1 AND used_at IS NULL", "ii", id, tx->now_ms);
	*used_out = !e && db_changes(tx->db) == 1;
	return e;
}

/* The row that fills a cap: the n-th newest inside the window, if there is one. */
static enum err nth(enum err e, bool found, int64_t *at)
{
	if (!e && !found)
		*at = 0;
	return e;
}

enum err account_sql_codes_to_number(struct tx *tx, struct str phone_hash, int64_t since, int64_t n, int64_t *at_out)
{
	bool found = false;
	enum err e = db_int(tx->db, &found, at_out,
		"SELECT created_at FROM sign_in_code WHERE phone_hash = ?1 AND created_at > ?2 ORDER BY id DESC LIMIT 1 OFFSET ?3", "bii",
		phone_hash, since, n - 1);
	return nth(e, found, at_out);
}

enum err account_sql_codes_to_address(struct tx *tx, struct str address_hash, int64_t since, int64_t n, int64_t *at_out)
{
	bool found = false;
	enum err e = db_int(tx->db, &found, at_out,
		"SELECT created_at FROM sign_in_code WHERE address_hash = ?1 AND created_at > ?2 ORDER BY created_at DESC LIMIT 1 OFFSET ?3",
		"bii", address_hash, since, n - 1);
	return nth(e, found, at_out);
}

enum err account_sql_codes(struct tx *tx, int64_t since, int64_t n, int64_t *at_out)
{
	bool found = false;
	enum err e = db_int(tx->db, &found, at_out,
		"SELECT created_at FROM sign_in_code WHERE created_at > ?1 ORDER BY created_at DESC LIMIT 1 OFFSET ?2", "ii", since, n - 1);
	return nth(e, found, at_out);
}

enum err account_sql_wrong_from_address(struct tx *tx, struct str address_hash, int64_t since, int64_t n, int64_t *at_out)
{
	bool found = false;
	enum err e = db_int(tx->db, &found, at_out,
		"SELECT at FROM wrong_code WHERE address_hash = ?1 AND at > ?2 ORDER BY at DESC LIMIT 1 OFFSET ?3", "bii", address_hash, since,
		n - 1);
	return nth(e, found, at_out);
}

enum err account_sql_wrong_live(struct tx *tx, int64_t since, int64_t n, int64_t *at_out)
{
	bool found = false;
	enum err e = db_int(tx->db, &found, at_out,
		"SELECT at FROM wrong_code WHERE live = 1 AND at > ?1 ORDER BY at DESC LIMIT 1 OFFSET ?2", "ii", since, n - 1);
	return nth(e, found, at_out);
}

enum err account_sql_wrong_add(struct tx *tx, struct str address_hash, bool live)
{
	return db_run(tx->db, "INSERT INTO wrong_code (address_hash, live, at) VALUES (?1, ?2, ?3)", "bii", address_hash, (int64_t)live,
		tx->now_ms);
}

enum err account_sql_forget(struct tx *tx, int64_t codes_before, int64_t wrong_before)
{
	enum err e = db_run(tx->db, "DELETE FROM sign_in_code WHERE created_at <= ?1", "i", codes_before);
	return e ? e : db_run(tx->db, "DELETE FROM wrong_code WHERE at <= ?1", "i", wrong_before);
}

enum err account_sql_guesses_from(struct tx *tx, int64_t kind, struct str address_hash, int64_t since, int64_t n, int64_t *at_out)
{
	bool found = false;
	enum err e = db_int(tx->db, &found, at_out,
		"SELECT at FROM wrong_guess WHERE kind = ?1 AND address_hash = ?2 AND at > ?3 ORDER BY at DESC LIMIT 1 OFFSET ?4", "ibii", kind,
		address_hash, since, n - 1);
	return nth(e, found, at_out);
}

enum err account_sql_guesses(struct tx *tx, int64_t kind, int64_t since, int64_t n, int64_t *at_out)
{
	bool found = false;
	enum err e = db_int(tx->db, &found, at_out,
		"SELECT at FROM wrong_guess WHERE kind = ?1 AND at > ?2 ORDER BY at DESC LIMIT 1 OFFSET ?3", "iii", kind, since, n - 1);
	return nth(e, found, at_out);
}

enum err account_sql_guess_add(struct tx *tx, int64_t kind, struct str address_hash, int64_t before)
{
	enum err e = db_run(tx->db, "DELETE FROM wrong_guess WHERE kind = ?1 AND at <= ?2", "ii", kind, before);
	return e ? e : db_run(tx->db, "INSERT INTO wrong_guess (kind, address_hash, at) VALUES (?1, ?2, ?3)", "ibi", kind, address_hash,
		tx->now_ms);
}

/* --- sessions */

enum err account_sql_session_add(struct tx *tx, struct person_id person, const struct session_new *s, struct session_id *out)
{
	bool found;
	enum err e = db_int(tx->db, &found, &out->v,
		"INSERT INTO session (person_id, token_hash, device, address, device_hash, is_new, created_at, seen_at)"
		" VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7) RETURNING id", "ibssBii",
		person.v, s->token_hash, s->device, s->address, (int)(s->device_hash.n > 0), s->device_hash, (int64_t)s->is_new, tx->now_ms);
	return e ? e : found ? ERR_OK : ERR_IO;
}

enum err account_sql_device_known(struct tx *tx, struct person_id person, struct str device_hash, bool *any_out, bool *known_out)
{
	int64_t id;
	*any_out = *known_out = false;
	enum err e = db_int(tx->db, any_out, &id, "SELECT id FROM session WHERE person_id = ?1 ORDER BY id LIMIT 1", "i", person.v);
	if (e || !device_hash.n)
		return e;
	return db_int(tx->db, known_out, &id, "SELECT id FROM session WHERE person_id = ?1 AND device_hash = ?2 ORDER BY id LIMIT 1", "ib",
		person.v, device_hash);
}

enum err account_sql_session_by_hash(struct tx *tx, struct str token_hash, int64_t seen_after, struct session_row *out)
{
	struct rows r;
	bool found = false;
	db_query(tx->db, &r,
		"SELECT s.id, s.person_id, p.is_operator, s.seen_at FROM session s JOIN person p ON p.id = s.person_id"
		" WHERE s.token_hash = ?1 AND s.ended_at IS NULL AND s.seen_at > ?2",
		"bi", token_hash, seen_after);
	if (rows_next(&r)) {
		found = true;
		*out = (struct session_row){.id.v = rows_int(&r, 0),
			.person.v = rows_int(&r, 1),
			.is_operator = rows_int(&r, 2) != 0,
			.seen_at = rows_int(&r, 3)};
	}
	enum err e = rows_close(&r);
	return e ? e : found ? ERR_OK : ERR_NOT_FOUND;
}

enum err account_sql_session_alive(struct tx *tx, struct session_id id, int64_t seen_after, bool *alive_out, int64_t *seen_at_out)
{
	return db_int(tx->db, alive_out, seen_at_out, "SELECT seen_at FROM session WHERE id = ?1 AND ended_at IS NULL AND seen_at > ?2", "ii",
		id.v, seen_after);
}

enum err account_sql_session_seen(struct tx *tx, struct session_id id, struct str address)
{
	return db_run(tx->db, "UPDATE session SET seen_at = ?2, address = ?3 WHERE id = ?1", "iis", id.v, tx->now_ms, address);
}

enum err account_sql_session_end(struct tx *tx, struct person_id person, struct session_id id, bool *ended_out, bool *was_new_out)
{
	int64_t was_new = 0;
	enum err e = db_int(tx->db, ended_out, &was_new,
		"UPDATE session SET ended_at = ?3 WHERE id = ?1 AND person_id = ?2 AND ended_at IS NULL RETURNING is_new", "iii", id.v, person.v,
		tx->now_ms);
	*was_new_out = !e && *ended_out && was_new;
	return e;
}

enum err account_sql_session_confirm(struct tx *tx, struct person_id person, struct session_id id, bool *done_out)
{
	enum err e = db_run(tx->db, "UPDATE session SET is_new = 0 WHERE id = ?1 AND person_id = ?2 AND is_new = 1 AND ended_at IS NULL", "ii",
		id.v, person.v);
	*done_out = !e && db_changes(tx->db) == 1;
	return e;
}

enum err account_sql_session_others(struct tx *tx, struct person_id person, struct session_id but, struct session_id *ids, size_t max,
	size_t *n_out)
{
	struct rows r;
	size_t n = 0;
	db_query(tx->db, &r, "SELECT id FROM session WHERE person_id = ?1 AND id <> ?2 AND ended_at IS NULL ORDER BY id LIMIT ?3", "iii",
		person.v, but.v, (int64_t)max);
	while (n < max && rows_next(&r))
		ids[n++] = (struct session_id){rows_int(&r, 0)};
	*n_out = n;
	return rows_close(&r);
}

enum err account_sql_sessions_stale(struct tx *tx, int64_t seen_after, struct session_row *rows, size_t max, size_t *n_out)
{
	struct rows r;
	size_t n = 0;
	db_query(tx->db, &r, "SELECT id, person_id FROM session WHERE ended_at IS NULL AND seen_at <= ?1 ORDER BY seen_at, id LIMIT ?2", "ii",
		seen_after, (int64_t)max);
	while (n < max && rows_next(&r))
		rows[n++] = (struct session_row){.id.v = rows_int(&r, 0), .person.v = rows_int(&r, 1)};
	*n_out = n;
	return rows_close(&r);
}

enum err account_sql_new_devices(struct tx *tx, struct person_id person, struct api_new_device *items, size_t max, size_t *n_out)
{
	struct rows r;
	size_t n = 0;
	db_query(tx->db, &r,
		"SELECT id, device, address, created_at FROM session WHERE person_id = ?1 AND is_new = 1 AND ended_at IS NULL ORDER BY id DESC LIMIT ?2",
		"ii", person.v, (int64_t)max);
	while (n < max && rows_next(&r))
		items[n++] = (struct api_new_device){.session_id = rows_int(&r, 0),
			.device = rows_str(&r, 1, tx->arena),
			.address = rows_str(&r, 2, tx->arena),
			.at = rows_int(&r, 3)};
	*n_out = n;
	enum err e = rows_close(&r);
	return e ? e : arena_failed(tx->arena) ? ERR_NOMEM : ERR_OK;
}

enum err account_sql_session_newest(struct tx *tx, struct person_id person, struct session_id *out)
{
	bool found;
	enum err e = db_int(tx->db, &found, &out->v, "SELECT id FROM session WHERE person_id = ?1 AND ended_at IS NULL ORDER BY id DESC LIMIT 1",
		"i", person.v);
	if (!e && !found)
		out->v = 0;
	return e;
}

enum err account_sql_sessions(struct tx *tx, struct person_id person, int64_t seen_after, struct api_session *items, size_t max,
	size_t *n_out)
{
	struct rows r;
	size_t n = 0;
	db_query(tx->db, &r,
		"SELECT id, device, created_at, seen_at, address, is_new FROM session WHERE person_id = ?1 AND ended_at IS NULL AND seen_at > ?2"
		" ORDER BY id DESC LIMIT ?3",
		"iii", person.v, seen_after, (int64_t)max);
	while (n < max && rows_next(&r)) {
		items[n++] = (struct api_session){.id = rows_int(&r, 0),
			.device = rows_str(&r, 1, tx->arena),
			.created_at = rows_int(&r, 2),
			.seen_at = rows_int(&r, 3),
			.address = rows_str(&r, 4, tx->arena),
			.is_new = rows_int(&r, 5) != 0,
			.current = rows_int(&r, 0) == tx->actor.session.v};
	}
	*n_out = n;
	enum err e = rows_close(&r);
	return e ? e : arena_failed(tx->arena) ? ERR_NOMEM : ERR_OK;
}

/* --- the operator's link */

enum err account_sql_has_operator(struct db *db, bool *out)
{
	int64_t id;
	*out = false;
	return db_int(db, out, &id, "SELECT id FROM person WHERE is_operator = 1 LIMIT 1", "");
}

enum err account_sql_links_end(struct db *db, int64_t now_ms)
{
	return db_run(db, "UPDATE operator_link SET used_at = ?1 WHERE used_at IS NULL", "i", now_ms);
}

enum err account_sql_link_add(struct db *db, struct str token_hash, int64_t now_ms)
{
	return db_run(db, "INSERT INTO operator_link (token_hash, created_at) VALUES (?1, ?2)", "bi", token_hash, now_ms);
}

enum err account_sql_link_open(struct tx *tx, struct str token_hash, bool *out)
{
	int64_t id;
	*out = false;
	return db_int(tx->db, out, &id, "SELECT id FROM operator_link WHERE token_hash = ?1 AND used_at IS NULL", "b", token_hash);
}

enum err account_sql_link_use(struct tx *tx, struct str token_hash, bool *used_out)
{
	enum err e = db_run(tx->db, "UPDATE operator_link SET used_at = ?2 WHERE token_hash = ?1 AND used_at IS NULL", "bi", token_hash,
		tx->now_ms);
	*used_out = !e && db_changes(tx->db) == 1;
	return e;
}
