/* SPDX-License-Identifier: Apache-2.0
 *
 * Commands of passkeys (api/security.yaml). Rights were checked before. What is wrong with what the browser says is not told finely.
 */
#include "account/account_sql.h"
#include "account/factor.h"
#include "account/passkey.h"
#include "account/secret_hash.h"
#include "account/session.h"

#include <sodium.h>

static enum err malformed(struct tx *tx, const char *field)
{
	return tx_refuse(tx, API_INVALID_FIELD, field, "invalid_field.passkey");
}

static struct str base64_of(struct tx *tx, const void *p, size_t n)
{
	size_t room = sodium_base64_ENCODED_LEN(n, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
	char *text = arena_alloc(tx->arena, room);
	return text ? str_of(sodium_bin2base64(text, room, p, n, sodium_base64_VARIANT_URLSAFE_NO_PADDING)) : (struct str){0};
}

static enum err bytes_of(struct tx *tx, struct str text, const char *field, struct str *out)
{
	unsigned char *p = arena_alloc(tx->arena, text.n + 1);
	const char *end;
	size_t n;
	if (!p)
		return ERR_NOMEM;
	if (sodium_base642bin(p, text.n + 1, text.p, text.n, NULL, &n, &end, sodium_base64_VARIANT_URLSAFE_NO_PADDING) || end != text.p + text.n)
		return malformed(tx, field);
	*out = str_n(p, n);
	return ERR_OK;
}

static enum err challenge_new(struct tx *tx, struct person_id person, struct str *out)
{
	char token[ACCOUNT_TOKEN_TEXT];
	token_make(token);
	struct secret_hash hash = hash_token(str_of(token));
	*out = arena_str(tx->arena, str_of(token));
	return out->p ? challenge_sql_add(tx, secret_hash_str(&hash), person) : ERR_NOMEM;
}

/* The client data is ours and answers a challenge of ours, which is spent with it, whatever comes of the rest. */
static enum err challenge_take(struct tx *tx, struct str client_data, const char *type, struct person_id person)
{
	struct str challenge;
	bool taken;
	enum err e = webauthn_client_data(tx->arena, tx->inst, client_data, type, &challenge);
	if (e)
		return e == ERR_MALFORMED ? malformed(tx, "client_data") : e;
	struct secret_hash hash = hash_token(challenge);
	e = challenge_sql_take(tx, secret_hash_str(&hash), person, &taken);
	if (!e && !taken)
		return tx_refuse(tx, API_CODE_EXPIRED, "client_data", "code_expired.passkey");
	tx->keep_on_refusal = true;
	return e;
}

enum err passkey_begin(struct tx *tx, const struct api_passkey_begin *in, struct api_passkey_begun *out)
{
	struct str ids[PASSKEYS_MAX];
	struct api_person me;
	enum err e = factor_demand(tx, in->has_second_code, in->second_code);
	if (!e)
		e = passkey_sql_credentials(tx, tx->actor.person, ids, PASSKEYS_MAX, &out->exclude.n);
	if (!e && out->exclude.n == PASSKEYS_MAX)
		e = tx_refuse(tx, API_CONFLICT, NULL, "conflict.passkeys_full");
	if (!e)
		e = challenge_new(tx, tx->actor.person, &out->challenge);
	if (!e)
		e = account_person_get(tx, tx->actor.person, &me);
	if (e)
		return e;
	out->exclude.items = arena_array(tx->arena, PASSKEYS_MAX, sizeof *out->exclude.items);
	for (size_t i = 0; out->exclude.items && i < out->exclude.n; i++)
		out->exclude.items[i] = base64_of(tx, ids[i].p, ids[i].n);
	out->rp_id = webauthn_rp_id(tx->inst);
	out->user_id = base64_of(tx, &tx->actor.person.v, sizeof tx->actor.person.v);
	char *name = arena_printf(tx->arena, "%.*s %.*s", (int)me.given_name.n, me.given_name.p, (int)me.family_name.n, me.family_name.p);
	out->user_name = name ? str_of(name) : (struct str){0};
	return arena_failed(tx->arena) ? ERR_NOMEM : ERR_OK;
}

enum err passkey_add(struct tx *tx, const struct api_passkey_add *in, struct api_passkey *out)
{
	struct str client_data, attestation, auth_data;
	struct webauthn_credential credential;
	struct api_passkey *all;
	size_t n;
	bool added;
	int64_t id;
	enum err e = bytes_of(tx, in->client_data, "client_data", &client_data);
	if (!e)
		e = bytes_of(tx, in->attestation, "attestation", &attestation);
	if (!e)
		e = challenge_take(tx, client_data, "webauthn.create", tx->actor.person);
	if (e)
		return e;
	if (webauthn_attestation(attestation, &auth_data) || webauthn_credential_of(webauthn_rp_id(tx->inst), auth_data, &credential))
		return malformed(tx, "attestation");
	tx->keep_on_refusal = false;
	e = passkeys_of(tx, tx->actor.person, &all, &n);
	if (!e && n == PASSKEYS_MAX)
		return tx_refuse(tx, API_CONFLICT, NULL, "conflict.passkeys_full");
	if (!e)
		e = passkey_sql_add(tx, &credential, in->name, &added, &id);
	if (!e && !added)
		return tx_refuse(tx, API_CONFLICT, "attestation", "conflict.passkey_known");
	if (!e)
		e = security_tell(tx, tx->actor.person, API_SECURITY_CHANGED_EVENT_WHAT_PASSKEY_ADDED);
	return e ? e : passkey_sql_get(tx, tx->actor.person, id, out);
}

enum err passkey_rename(struct tx *tx, const struct api_passkey_rename *in, struct api_passkey *out)
{
	enum err e = passkey_sql_rename(tx, tx->actor.person, in->passkey_id, in->name);
	if (!e)
		e = passkey_sql_get(tx, tx->actor.person, in->passkey_id, out);
	return e == ERR_NOT_FOUND ? tx_refuse(tx, API_NOT_FOUND, "passkey_id", NULL) : e;
}

enum err passkey_delete(struct tx *tx, const struct api_passkey_delete *in, struct api_empty *out)
{
	(void)out;
	bool deleted;
	enum err e = passkey_sql_delete(tx, tx->actor.person, in->passkey_id, &deleted);
	if (!e && !deleted)
		return tx_refuse(tx, API_NOT_FOUND, "passkey_id", NULL);
	return e ? e : security_tell(tx, tx->actor.person, API_SECURITY_CHANGED_EVENT_WHAT_PASSKEY_REMOVED);
}

enum err passkey_challenge(struct tx *tx, const struct api_empty *in, struct api_passkey_challenge *out)
{
	(void)in;
	out->rp_id = webauthn_rp_id(tx->inst);
	return challenge_new(tx, (struct person_id){0}, &out->challenge);
}

/* Some authenticators count nothing (0 for ever); one that counts and goes back was copied. */
static bool count_is_sane(int64_t known, uint32_t now)
{
	return (known == 0 && now == 0) || (int64_t)now > known;
}

enum err passkey_sign_in(struct tx *tx, const struct api_passkey_sign_in *in, struct api_signed_in *out)
{
	struct str credential, client_data, auth_data, signature, phone;
	struct passkey_row row;
	struct person_id person;
	uint32_t count;
	enum err e = bytes_of(tx, in->credential_id, "credential_id", &credential);
	if (!e)
		e = bytes_of(tx, in->client_data, "client_data", &client_data);
	if (!e)
		e = bytes_of(tx, in->authenticator_data, "authenticator_data", &auth_data);
	if (!e)
		e = bytes_of(tx, in->signature, "signature", &signature);
	if (!e)
		e = challenge_take(tx, client_data, "webauthn.get", (struct person_id){0});
	if (!e)
		e = passkey_sql_by_credential(tx, credential, &row);
	if (e == ERR_NOT_FOUND)
		return tx_refuse(tx, API_NO_ACCOUNT, "credential_id", "no_account.passkey");
	if (e)
		return e;
	if (!webauthn_verify(tx->arena, webauthn_rp_id(tx->inst), row.algorithm, row.key, client_data, auth_data, signature, &count) ||
		!count_is_sane(row.count, count))
		return tx_refuse(tx, API_CODE_WRONG, "signature", "code_wrong.passkey");
	tx->keep_on_refusal = false;
	e = passkey_sql_used(tx, row.id, count);
	if (!e)
		e = account_sql_phone(tx, row.person, &phone);
	struct account_device device = {.name = in->has_device ? in->device : STR(""), .key = in->has_device_key ? in->device_key : STR("")};
	if (!e)
		e = sign_in_person(tx, phone, row.person, &device, &person);
	return e ? e : account_person_get(tx, person, &out->person);
}
