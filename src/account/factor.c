/* SPDX-License-Identifier: Apache-2.0
 *
 * The rules of the second factor. On a worker's thread, inside a transaction.
 */
#include "account/factor.h"

#include "account/factor_sql.h"
#include "account/secret_hash.h"
#include "base/mem.h"

#define HOUR_MS (60 * 60 * 1000LL)

enum err factors_of(struct tx *tx, struct person_id person, struct factors *out)
{
	struct totp_row row;
	*out = (struct factors){0};
	enum err e = totp_sql_get(tx, person, &row);
	if (e == ERR_NOT_FOUND)
		return ERR_OK;
	if (e || !row.confirmed)
		return e;
	out->totp = true;
	return recovery_sql_left(tx, person, &out->recovery_left);
}

static enum err cap(struct tx *tx, struct person_id person)
{
	int64_t at = 0;
	enum err e = factor_sql_wrong(tx, person, tx->now_ms - HOUR_MS, FACTOR_WRONG_AN_HOUR, &at);
	if (e || !at)
		return e;
	e = tx_refuse(tx, API_RATE_LIMITED, NULL, "rate_limited.second_factor");
	int64_t left_ms = at + HOUR_MS - tx->now_ms;
	tx->refusal.retry_after_s = left_ms > 0 ? (left_ms + 999) / 1000 : 1;
	return e;
}

static enum err wrong(struct tx *tx, struct person_id person, const char *field)
{
	enum err e = factor_sql_wrong_add(tx, person);
	if (e)
		return e;
	tx->keep_on_refusal = true;
	return tx_refuse(tx, API_CODE_WRONG, field, "code_wrong.second_factor");
}

/* Spaces, hyphens and the case do not matter; letters that look like digits are those digits (Crockford's alphabet). */
static struct str recovery_clean(struct str code, char out[20])
{
	size_t n = 0;
	for (size_t i = 0; i < code.n && n < 20; i++) {
		char c = code.p[i];
		if (c == ' ' || c == '-')
			continue;
		if (c >= 'A' && c <= 'Z')
			c = (char)(c - 'A' + 'a');
		out[n++] = c == 'o' ? '0' : c == 'i' || c == 'l' ? '1' : c;
	}
	return str_n(out, n);
}

static bool six_digits(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
	return s.n == 6;
}

static enum err spend_totp(struct tx *tx, struct person_id person, struct str digits, bool *ok_out)
{
	struct totp_row row;
	struct factor_secret secret;
	int64_t step;
	*ok_out = false;
	enum err e = totp_sql_get(tx, person, &row);
	if (e)
		return e == ERR_NOT_FOUND ? ERR_OK : e;
	if (!row.confirmed || !factor_unseal(tx->inst, person, row.sealed, &secret))
		return ERR_OK;
	bool fits = totp_matches(&secret, digits, tx->now_ms, row.last_step, &step);
	mem_wipe(&secret, sizeof secret);
	return fits ? totp_sql_step(tx, person, step, ok_out) : ERR_OK;
}

static enum err spend(struct tx *tx, struct person_id person, struct str code, const char *field)
{
	char text[20];
	bool ok = false;
	struct str clean = recovery_clean(code, text);
	enum err e = cap(tx, person);
	if (e)
		return e;
	if (six_digits(clean)) {
		e = spend_totp(tx, person, clean, &ok);
	} else {
		struct secret_hash hash = hash_recovery(tx->inst, person, clean);
		e = recovery_sql_use(tx, person, secret_hash_str(&hash), &ok);
	}
	mem_wipe(text, sizeof text);
	return e ? e : ok ? ERR_OK : wrong(tx, person, field);
}

enum err factor_spend(struct tx *tx, struct person_id person, struct str code)
{
	return spend(tx, person, code, "code");
}

enum err factor_demand(struct tx *tx, bool given, struct str code)
{
	struct factors has;
	enum err e = factors_of(tx, tx->actor.person, &has);
	if (e || !has.totp)
		return e;
	if (!given)
		return tx_refuse(tx, API_CODE_WRONG, "second_code", "code_wrong.second_needed");
	return spend(tx, tx->actor.person, code, "second_code");
}

enum err factor_remove(struct tx *tx, struct person_id person)
{
	enum err e = totp_sql_remove(tx, person);
	return e ? e : recovery_sql_remove(tx, person);
}

enum err security_tell(struct tx *tx, struct person_id person, enum api_security_changed_event_what what)
{
	return event_security_changed(tx, person_stream(person), &(struct api_security_changed_event){.what = what});
}
