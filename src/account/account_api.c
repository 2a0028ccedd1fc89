/* SPDX-License-Identifier: Apache-2.0
 *
 * Commands of the account room (api/account.yaml), all but me_snapshot, which needs the rooms above.
 */
#include "account/account_sql.h"
#include "account/code.h"
#include "account/secret_hash.h"
#include "account/session.h"

static account_newcomer_hook newcomer_hook; /* set by app before the first thread */

void account_set_newcomer_hook(account_newcomer_hook hook)
{
	newcomer_hook = hook;
}

enum err code_request(struct tx *tx, const struct api_code_request *in, struct api_code_requested *out)
{
	bool english = in->has_locale ? in->locale == API_CODE_REQUEST_LOCALE_EN : tx->actor.lang_en;
	enum err e = code_make_and_send(tx, in->phone, english);
	*out = (struct api_code_requested){.digits = ACCOUNT_CODE_DIGITS,
		.expires_in_s = ACCOUNT_CODE_TTL_MS / 1000,
		.resend_after_s = ACCOUNT_CODE_PAUSE_MS / 1000};
	return e;
}

static enum err start(struct tx *tx, struct person_id person, bool has_device, struct str device, struct api_signed_in *out)
{
	enum err e = account_session_start(tx, person, has_device ? device : STR(""));
	return e ? e : account_person_get(tx, person, &out->person);
}

enum err sign_in(struct tx *tx, const struct api_sign_in *in, struct api_signed_in *out)
{
	struct person_id person = {0}, known;
	enum err e = account_code_spend(tx, in->phone, in->code);
	if (!e)
		e = account_sql_by_phone(tx, in->phone, &known);
	if (e)
		return e;
	if (newcomer_hook) {
		e = newcomer_hook(tx, in->phone, known, &person);
		if (e)
			return e;
	}
	if (!person.v)
		person = known;
	if (!person.v) {
		/* The code is spent all the same. */
		tx->keep_on_refusal = true;
		return tx_refuse(tx, API_NO_ACCOUNT, NULL, NULL);
	}
	return start(tx, person, in->has_device, in->device, out);
}

enum err sign_out(struct tx *tx, const struct api_empty *in, struct api_empty *out)
{
	(void)in;
	(void)out;
	bool ended;
	enum err e = account_sql_session_end(tx, tx->actor.person, tx->actor.session, &ended);
	if (e)
		return e;
	tx_end_session(tx, tx->actor.session);
	tx->clear_session = true;
	return ERR_OK;
}

enum err session_list(struct tx *tx, const struct api_empty *in, struct api_session_list *out)
{
	(void)in;
	struct api_session *items = arena_array(tx->arena, ACCOUNT_SESSIONS_LISTED, sizeof *items);
	if (!items)
		return ERR_NOMEM;
	out->sessions.items = items;
	return account_sql_sessions(tx, tx->actor.person, session_seen_after(tx), items, ACCOUNT_SESSIONS_LISTED, &out->sessions.n);
}

enum err session_end(struct tx *tx, const struct api_session_end *in, struct api_empty *out)
{
	(void)out;
	bool ended;
	struct session_id session = {in->session_id};
	enum err e = account_sql_session_end(tx, tx->actor.person, session, &ended);
	if (e)
		return e;
	if (!ended)
		return tx_refuse(tx, API_NOT_FOUND, "session_id", NULL);
	tx_end_session(tx, session);
	if (session.v == tx->actor.session.v)
		tx->clear_session = true;
	return ERR_OK;
}

enum err operator_claim(struct tx *tx, const struct api_operator_claim *in, struct api_signed_in *out)
{
	struct secret_hash hash = hash_token(in->token);
	bool open, used;
	enum err e = account_sql_link_open(tx, secret_hash_str(&hash), &open);
	if (!e && !open)
		e = tx_refuse(tx, API_LINK_UNUSABLE, "token", "link_unusable.operator");
	if (!e)
		e = account_code_spend(tx, in->phone, in->code);
	if (!e)
		e = account_sql_link_use(tx, secret_hash_str(&hash), &used);
	if (!e && !used)
		e = tx_refuse(tx, API_LINK_UNUSABLE, "token", "link_unusable.operator");
	struct person_id person = {0};
	if (!e)
		e = account_sql_by_phone(tx, in->phone, &person);
	if (!e && !person.v)
		e = account_sql_person_add(tx, in->phone, in->given_name, in->family_name, in->has_patronymic ? in->patronymic : STR(""), &person);
	if (!e)
		e = account_sql_make_operator(tx, person);
	return e ? e : start(tx, person, in->has_device, in->device, out);
}
