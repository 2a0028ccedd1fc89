/* SPDX-License-Identifier: Apache-2.0
 *
 * Commands of the account room (api/account.yaml), all but me_snapshot, which needs the rooms above.
 */
#include "account/account_sql.h"
#include "account/code.h"
#include "account/factor.h"
#include "account/passkey.h"
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

static struct account_device device_of(bool has_name, struct str name, bool has_key, struct str key)
{
	return (struct account_device){.name = has_name ? name : STR(""), .key = has_key ? key : STR("")};
}

enum err sign_in_person(struct tx *tx, struct str phone, struct person_id known, const struct account_device *device, struct person_id *out)
{
	*out = (struct person_id){0};
	if (newcomer_hook && phone.n) {
		enum err e = newcomer_hook(tx, phone, known, out);
		if (e)
			return e;
	}
	if (!out->v)
		*out = known;
	return out->v ? session_begin(tx, *out, device) : ERR_OK;
}

enum err sign_in(struct tx *tx, const struct api_sign_in *in, struct api_sign_in_done *out)
{
	struct person_id person, known;
	struct factors has = {0};
	struct account_device device = device_of(in->has_device, in->device, in->has_device_key, in->device_key);
	enum err e = account_code_spend(tx, in->phone, in->code);
	if (!e)
		e = account_sql_by_phone(tx, in->phone, &known);
	if (!e && known.v)
		e = factors_of(tx, known, &has);
	if (e)
		return e;
	if (has.totp) {
		struct api_passkey *keys;
		size_t n;
		e = passkeys_of(tx, known, &keys, &n);
		return e ? e : step_begin(tx, known, &has, n > 0, &device, out);
	}
	e = sign_in_person(tx, in->phone, known, &device, &person);
	if (e)
		return e;
	if (!person.v) {
		/* The code is spent all the same. */
		tx->keep_on_refusal = true;
		return tx_refuse(tx, API_NO_ACCOUNT, NULL, NULL);
	}
	out->has_person = true;
	return account_person_get(tx, person, &out->person);
}

enum err sign_out(struct tx *tx, const struct api_empty *in, struct api_empty *out)
{
	(void)in;
	(void)out;
	bool ended;
	enum err e = session_finish(tx, tx->actor.person, tx->actor.session, &ended);
	if (!e)
		tx->clear_session = true;
	return e;
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
	enum err e = session_finish(tx, tx->actor.person, session, &ended);
	if (e)
		return e;
	if (!ended)
		return tx_refuse(tx, API_NOT_FOUND, "session_id", NULL);
	if (session.v == tx->actor.session.v)
		tx->clear_session = true;
	return ERR_OK;
}

enum err session_end_others(struct tx *tx, const struct api_empty *in, struct api_sessions_ended *out)
{
	(void)in;
	return account_sessions_end(tx, tx->actor.person, tx->actor.session, &out->ended);
}

enum err session_confirm(struct tx *tx, const struct api_session_confirm *in, struct api_empty *out)
{
	(void)out;
	struct session_id session = {in->session_id};
	bool done = false;
	enum err e = ERR_OK;
	if (session.v != tx->actor.session.v) /* a new device does not vouch for itself */
		e = account_sql_session_confirm(tx, tx->actor.person, session, &done);
	if (e)
		return e;
	if (!done)
		return tx_refuse(tx, API_NOT_FOUND, "session_id", NULL);
	return event_device_settled(tx, person_stream(tx->actor.person), &(struct api_device_settled_event){.session_id = session.v});
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
	if (e)
		return e;
	/* The link from the server's own console is a second factor by itself. */
	struct account_device device = device_of(in->has_device, in->device, in->has_device_key, in->device_key);
	e = session_begin(tx, person, &device);
	return e ? e : account_person_get(tx, person, &out->person);
}
