/* SPDX-License-Identifier: Apache-2.0
 *
 * Persons, sessions and the operator's link: the rules. Codes are in code.c. On a worker's thread, inside a transaction.
 */
#include "account/account.h"

#include "account/account_sql.h"
#include "account/secret_hash.h"
#include "account/session.h"
#include "base/mem.h"

#define DAY_MS (24 * 60 * 60 * 1000LL)

const struct stream_ops account_person_stream = {
	.bump_sql = "UPDATE person SET head = head + 1 WHERE id = ?1 RETURNING head",
	.head_sql = "SELECT head FROM person WHERE id = ?1",
};

enum err account_person_get(struct tx *tx, struct person_id id, struct api_person *out)
{
	return account_sql_person(tx, id, out);
}

enum err account_came_in(struct tx *tx, struct person_id id, bool *out)
{
	return account_sql_came_in(tx, id, out);
}

static account_came_in_hook came_in_hook; /* set by app before the first thread */

void account_set_came_in_hook(account_came_in_hook hook)
{
	came_in_hook = hook;
}

enum err account_set_came_in(struct tx *tx, struct person_id id)
{
	return session_came_in(tx, id);
}

enum err account_is_operator(struct tx *tx, struct person_id id, bool *out)
{
	return account_sql_is_operator(tx, id, out);
}

enum err account_person_by_phone(struct tx *tx, struct str phone, struct person_id *out)
{
	return account_sql_by_phone(tx, phone, out);
}

enum err account_person_new(struct tx *tx, struct str phone, struct str given_name, struct str family_name, struct str patronymic,
	struct person_id *out)
{
	return account_sql_person_add(tx, phone, given_name, family_name, patronymic, out);
}

enum err account_phone_give(struct tx *tx, struct person_id id, struct str phone, bool *given_out)
{
	return account_sql_phone_give(tx, id, phone, given_out);
}

enum err account_phone_known(struct tx *tx, struct person_id id, bool *out)
{
	return account_sql_phone_known(tx, id, out);
}

enum err account_rename(struct tx *tx, struct person_id id, struct str given_name, struct str family_name, struct str patronymic)
{
	return account_sql_rename(tx, id, given_name, family_name, patronymic);
}

enum err account_operator_make(struct tx *tx, struct person_id person)
{
	return account_sql_make_operator(tx, person);
}

/* --- sessions */

int64_t session_seen_after(const struct tx *tx)
{
	CHECK(tx->inst->session_days > 0);
	return tx->now_ms - tx->inst->session_days * DAY_MS;
}

enum err session_came_in(struct tx *tx, struct person_id person)
{
	bool first = false;
	enum err e = account_sql_set_came_in(tx, person, &first);
	return !e && first && came_in_hook ? came_in_hook(tx, person) : e;
}

enum err account_session_newest(struct tx *tx, struct person_id person, struct session_id *out)
{
	return account_sql_session_newest(tx, person, out);
}

enum err account_session_stop(struct tx *tx, struct person_id person, struct session_id session)
{
	bool ended;
	return session_finish(tx, person, session, &ended);
}

static enum err note_visit(struct tx *tx, struct session_id id, int64_t seen_at)
{
	if (!tx->writable || tx->now_ms - seen_at < ACCOUNT_SEEN_EVERY_MS)
		return ERR_OK;
	return account_sql_session_seen(tx, id, address_short(tx->arena, tx->actor.address));
}

enum err account_session_find(struct tx *tx, struct str token, struct actor *io)
{
	if (token.n != ACCOUNT_TOKEN_TEXT - 1)
		return ERR_NOT_FOUND;
	struct secret_hash hash = hash_token(token);
	struct session_row row;
	enum err e = account_sql_session_by_hash(tx, secret_hash_str(&hash), session_seen_after(tx), &row);
	if (e)
		return e;
	e = note_visit(tx, row.id, row.seen_at);
	if (e)
		return e;
	io->person = row.person;
	io->session = row.id;
	io->is_operator = row.is_operator;
	return ERR_OK;
}

enum err account_session_alive(struct tx *tx, struct session_id session)
{
	bool alive;
	int64_t seen_at = 0;
	enum err e = account_sql_session_alive(tx, session, session_seen_after(tx), &alive, &seen_at);
	if (e)
		return e;
	return alive ? note_visit(tx, session, seen_at) : ERR_NOT_FOUND;
}

/* --- the operator's link */

enum err account_operator_link_make(struct db *db, int64_t now_ms, bool *needed_out, char token_out[ACCOUNT_TOKEN_TEXT])
{
	bool has;
	token_out[0] = 0;
	*needed_out = false;
	enum err e = account_sql_has_operator(db, &has);
	if (e || has)
		return e;
	e = account_sql_links_end(db, now_ms);
	if (e)
		return e;
	token_make(token_out);
	struct secret_hash hash = hash_token(str_of(token_out));
	*needed_out = true;
	return account_sql_link_add(db, secret_hash_str(&hash), now_ms);
}

enum err account_phone_get(struct tx *tx, struct person_id id, struct str *out)
{
	return account_sql_phone(tx, id, out);
}
