/* SPDX-License-Identifier: Apache-2.0
 *
 * Commands of the second factor (api/security.yaml), and the second step of signing in. Rights were checked before.
 */
#include "account/account_sql.h"
#include "account/factor.h"
#include "account/factor_sql.h"
#include "account/passkey.h"
#include "account/secret_hash.h"
#include "account/session.h"
#include "base/clock.h"
#include "base/mem.h"
#include "policy/audit.h"

#include <liboath/oath.h>
#include <stdlib.h>

#define RECOVERY_LETTERS 10 /* 50 random bits */

/* "+7 ••• •••-12-34": the last four digits are what one knows one's own number by. */
struct str phone_masked(struct tx *tx, struct str phone)
{
	if (phone.n < 8)
		return STR("");
	const char *end = phone.p + phone.n;
	char *text = arena_printf(tx->arena, "%s ••• •••-%.2s-%.2s", str_starts(phone, STR("+7")) ? "+7" : "+", end - 4, end - 2);
	return text ? str_of(text) : (struct str){0};
}

/* Administrators answer for everybody else's data. */
static enum err is_recommended(struct tx *tx, bool *out)
{
	struct account_place *places;
	size_t n;
	*out = tx->actor.is_operator;
	enum err e = places_of(tx, tx->actor.person, &places, &n);
	for (size_t i = 0; !e && i < n; i++)
		*out |= places[i].role == ROLE_ADMIN || places[i].role == ROLE_COADMIN;
	return e;
}

enum err security_get(struct tx *tx, const struct api_empty *in, struct api_security *out)
{
	(void)in;
	struct str phone;
	struct factors has;
	bool recommended = false;
	enum err e = account_sql_phone(tx, tx->actor.person, &phone);
	if (!e)
		e = factors_of(tx, tx->actor.person, &has);
	if (!e)
		e = is_recommended(tx, &recommended);
	if (!e)
		e = passkeys_of(tx, tx->actor.person, &out->passkeys.items, &out->passkeys.n);
	if (e)
		return e;
	out->phone = phone_masked(tx, phone);
	out->totp = has.totp;
	out->recovery_left = has.recovery_left;
	out->recommended = recommended && !has.totp && !out->passkeys.n;
	return arena_failed(tx->arena) ? ERR_NOMEM : ERR_OK;
}

/* --- the authenticator app */

enum err totp_begin(struct tx *tx, const struct api_empty *in, struct api_totp_begun *out)
{
	(void)in;
	struct factor_secret secret;
	struct str sealed;
	char *base32 = NULL;
	size_t n = 0;
	bool put;
	random_fill(secret.p, sizeof secret.p);
	factor_seal(tx->inst, tx->actor.person, &secret, tx->arena, &sealed);
	enum err e = sealed.p ? totp_sql_put(tx, tx->actor.person, sealed, &put) : ERR_NOMEM;
	if (!e && !put)
		e = tx_refuse(tx, API_CONFLICT, NULL, "conflict.totp_on");
	if (!e && oath_base32_encode((const char *)secret.p, sizeof secret.p, &base32, &n) != OATH_OK)
		e = ERR_NOMEM;
	mem_wipe(&secret, sizeof secret);
	if (e)
		return e;
	out->secret = arena_str(tx->arena, str_n(base32, n));
	char *uri = arena_printf(tx->arena, "otpauth://totp/%%D0%%97%%D0%%B2%%D0%%BE%%D0%%BD%%D0%%BE%%D0%%BA:%lld?secret=%s"
		"&issuer=%%D0%%97%%D0%%B2%%D0%%BE%%D0%%BD%%D0%%BE%%D0%%BA&algorithm=SHA1&digits=6&period=30", (long long)tx->actor.person.v, base32);
	mem_wipe(base32, n);
	free(base32); /* liboath's own allocation */
	out->uri = uri ? str_of(uri) : (struct str){0};
	return arena_failed(tx->arena) ? ERR_NOMEM : ERR_OK;
}

/* Ten fresh codes in place of all earlier ones. */
static enum err give_recovery(struct tx *tx, struct api_recovery_codes *out)
{
	static const char alphabet[] = "0123456789abcdefghjkmnpqrstvwxyz";
	struct str *items = arena_array(tx->arena, FACTOR_RECOVERY_CODES, sizeof *items);
	enum err e = items ? recovery_sql_remove(tx, tx->actor.person) : ERR_NOMEM;
	for (size_t i = 0; !e && i < FACTOR_RECOVERY_CODES; i++) {
		char code[RECOVERY_LETTERS];
		for (size_t k = 0; k < sizeof code; k++)
			code[k] = alphabet[random_below(32)];
		struct secret_hash hash = hash_recovery(tx->inst, tx->actor.person, str_n(code, sizeof code));
		e = recovery_sql_add(tx, tx->actor.person, secret_hash_str(&hash));
		char *shown = arena_printf(tx->arena, "%.5s-%.5s", code, code + 5);
		items[i] = shown ? str_of(shown) : (struct str){0};
		mem_wipe(code, sizeof code);
	}
	out->codes.items = items;
	out->codes.n = FACTOR_RECOVERY_CODES;
	return e ? e : arena_failed(tx->arena) ? ERR_NOMEM : ERR_OK;
}

enum err totp_confirm(struct tx *tx, const struct api_totp_confirm *in, struct api_recovery_codes *out)
{
	struct totp_row row;
	struct factor_secret secret;
	int64_t step;
	bool spent;
	enum err e = totp_sql_get(tx, tx->actor.person, &row);
	if (e == ERR_NOT_FOUND)
		return tx_refuse(tx, API_CONFLICT, NULL, "conflict.totp_not_begun");
	if (e)
		return e;
	if (row.confirmed)
		return tx_refuse(tx, API_CONFLICT, NULL, "conflict.totp_on");
	if (!factor_unseal(tx->inst, tx->actor.person, row.sealed, &secret))
		return tx_refuse(tx, API_CONFLICT, NULL, "conflict.totp_not_begun");
	bool fits = totp_matches(&secret, in->code, tx->now_ms, row.last_step, &step);
	mem_wipe(&secret, sizeof secret);
	if (!fits) /* nothing to guess here: the secret was told to this very person */
		return tx_refuse(tx, API_CODE_WRONG, "code", "code_wrong.second_factor");
	e = totp_sql_step(tx, tx->actor.person, step, &spent);
	if (!e)
		e = totp_sql_confirm(tx, tx->actor.person);
	if (!e)
		e = give_recovery(tx, out);
	return e ? e : security_tell(tx, tx->actor.person, API_SECURITY_CHANGED_EVENT_WHAT_TOTP_ON);
}

static enum err must_have(struct tx *tx)
{
	struct factors has;
	enum err e = factors_of(tx, tx->actor.person, &has);
	return e ? e : has.totp ? ERR_OK : tx_refuse(tx, API_CONFLICT, NULL, "conflict.totp_off");
}

enum err totp_disable(struct tx *tx, const struct api_factor_code *in, struct api_empty *out)
{
	(void)out;
	enum err e = must_have(tx);
	if (!e)
		e = factor_spend(tx, tx->actor.person, in->code);
	if (!e)
		e = factor_remove(tx, tx->actor.person);
	return e ? e : security_tell(tx, tx->actor.person, API_SECURITY_CHANGED_EVENT_WHAT_TOTP_OFF);
}

enum err recovery_codes_renew(struct tx *tx, const struct api_factor_code *in, struct api_recovery_codes *out)
{
	enum err e = must_have(tx);
	if (!e)
		e = factor_spend(tx, tx->actor.person, in->code);
	if (!e)
		e = give_recovery(tx, out);
	return e ? e : security_tell(tx, tx->actor.person, API_SECURITY_CHANGED_EVENT_WHAT_RECOVERY_RENEWED);
}

/* --- signing in */

enum err step_begin(struct tx *tx, struct person_id person, const struct factors *has, bool passkey, const struct account_device *device,
	struct api_sign_in_done *out)
{
	char token[ACCOUNT_TOKEN_TEXT];
	token_make(token);
	struct secret_hash hash = hash_token(str_of(token));
	enum err e = factor_sql_forget(tx, tx->now_ms - 60 * 60 * 1000LL, tx->now_ms - FACTOR_STEP_TTL_MS);
	if (!e)
		e = step_sql_add(tx, person, secret_hash_str(&hash), device, tx->now_ms + FACTOR_STEP_TTL_MS);
	out->has_second_factor = true;
	out->second_factor = (struct api_second_factor_step){.token = arena_str(tx->arena, str_of(token)),
		.expires_in_s = FACTOR_STEP_TTL_MS / 1000,
		.passkey = passkey,
		.totp = has->totp};
	mem_wipe(token, sizeof token);
	return e ? e : arena_failed(tx->arena) ? ERR_NOMEM : ERR_OK;
}

/* The step that a token opens, one try poorer. */
static enum err step_take(struct tx *tx, struct str token, struct second_step *out)
{
	bool left;
	struct secret_hash hash = hash_token(token);
	enum err e = step_sql_get(tx, secret_hash_str(&hash), out);
	if (e == ERR_NOT_FOUND)
		return tx_refuse(tx, API_CODE_EXPIRED, "token", "code_expired.second_step");
	if (!e)
		e = step_sql_try(tx, out->id, FACTOR_STEP_TRIES, &left);
	if (!e && !left)
		e = tx_refuse(tx, API_CODE_EXPIRED, "token", "code_expired.second_step");
	return e;
}

enum err second_factor(struct tx *tx, const struct api_second_factor *in, struct api_signed_in *out)
{
	struct second_step step;
	struct str phone;
	struct person_id person;
	bool used;
	enum err e = step_take(tx, in->token, &step);
	if (!e)
		e = factor_spend(tx, step.person, in->code);
	if (!e)
		e = step_sql_use(tx, step.id, &used);
	if (!e && !used)
		e = tx_refuse(tx, API_CODE_EXPIRED, "token", "code_expired.second_step");
	if (!e)
		e = account_sql_phone(tx, step.person, &phone);
	if (!e)
		e = sign_in_person(tx, phone, step.person, &(struct account_device){.name = step.device, .key = step.device_key}, &person);
	return e ? e : account_person_get(tx, person, &out->person);
}

enum err second_factor_reset(struct tx *tx, const struct api_support_phone *in, struct api_empty *out)
{
	(void)out;
	struct person_id person;
	int64_t ended;
	enum err e = account_sql_by_phone(tx, in->phone, &person);
	if (!e && !person.v)
		return tx_refuse(tx, API_NOT_FOUND, "phone", NULL);
	if (!e)
		e = factor_remove(tx, person);
	if (!e)
		e = passkeys_remove(tx, person);
	if (!e)
		e = account_sessions_end(tx, person, (struct session_id){0}, &ended);
	if (!e)
		e = audit_add(tx, AUDIT_INSTALLATION, "second_factor_reset", "person", person.v,
			audit_detail(tx, "si", "reason", in->reason, "sessions", ended));
	return e ? e : security_tell(tx, person, API_SECURITY_CHANGED_EVENT_WHAT_RESET_BY_SUPPORT);
}
