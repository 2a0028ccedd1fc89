/* SPDX-License-Identifier: Apache-2.0
 *
 * The rules of one-time codes: making one within the caps, and spending it. Caps are counted on the rows themselves over a
 * sliding window, so that none can be doubled at the edge of a calendar hour. On the writer's thread.
 */
#include "account/code.h"

#include "account/account_sql.h"
#include "account/secret_hash.h"
#include "base/clock.h"
#include "base/mem.h"

#define HOUR_MS (60 * 60 * 1000LL)
#define DAY_MS (24 * HOUR_MS)

/* filled_at: when the row was written that fills the cap, 0 when it is not full. */
static enum err cap(struct tx *tx, int64_t filled_at, int64_t window_ms, const char *key)
{
	if (!filled_at)
		return ERR_OK;
	enum err e = tx_refuse(tx, API_RATE_LIMITED, NULL, key);
	int64_t left_ms = filled_at + window_ms - tx->now_ms;
	tx->refusal.retry_after_s = left_ms > 0 ? (left_ms + 999) / 1000 : 1;
	return e;
}

static enum err caps_of_sending(struct tx *tx, struct str phone, struct str address)
{
	int64_t at = 0;
	enum err e = account_sql_codes_to_number(tx, phone, tx->now_ms - ACCOUNT_CODE_PAUSE_MS, 1, &at);
	if (!e)
		e = cap(tx, at, ACCOUNT_CODE_PAUSE_MS, "rate_limited.code_pause");
	if (!e)
		e = account_sql_codes_to_number(tx, phone, tx->now_ms - DAY_MS, ACCOUNT_CODES_A_DAY, &at);
	if (!e)
		e = cap(tx, at, DAY_MS, "rate_limited.code_day");
	if (!e)
		e = account_sql_codes_to_address(tx, address, tx->now_ms - HOUR_MS, ACCOUNT_CODES_AN_HOUR_ADDRESS, &at);
	if (!e)
		e = cap(tx, at, HOUR_MS, "rate_limited.code_address");
	if (!e)
		e = account_sql_codes(tx, tx->now_ms - HOUR_MS, ACCOUNT_CODES_AN_HOUR, &at);
	if (!e)
		e = cap(tx, at, HOUR_MS, "rate_limited.code_installation");
	return e;
}

static void send_code(struct tx *tx, struct str phone, struct str code, bool english)
{
	if (tx->inst->send_code)
		tx->inst->send_code(tx->inst->send_code_user, phone, code, english);
}

enum err code_make_and_send(struct tx *tx, struct str phone, bool english)
{
	if (tx->inst->demo) {
		send_code(tx, phone, STR(ACCOUNT_DEMO_CODE), english);
		return ERR_OK;
	}
	struct secret_hash phone_hash = hash_phone(tx->inst, phone);
	struct secret_hash address_hash = hash_address(tx->inst, tx->actor.address);
	enum err e = account_sql_forget(tx, tx->now_ms - DAY_MS, tx->now_ms - HOUR_MS);
	if (!e)
		e = caps_of_sending(tx, secret_hash_str(&phone_hash), secret_hash_str(&address_hash));
	if (e)
		return e;

	char code[ACCOUNT_CODE_DIGITS];
	uint64_t number = random_below(1000000);
	for (size_t i = sizeof code; i-- > 0; number /= 10)
		code[i] = (char)('0' + number % 10);
	struct str text = str_n(code, sizeof code);
	struct secret_hash code_hash = hash_code(tx->inst, phone, text);
	e = account_sql_code_add(tx, secret_hash_str(&phone_hash), secret_hash_str(&address_hash), secret_hash_str(&code_hash),
		tx->now_ms + ACCOUNT_CODE_TTL_MS);
	if (!e)
		send_code(tx, phone, text, english);
	mem_wipe(code, sizeof code);
	return e;
}

static enum err caps_of_trying(struct tx *tx, struct str address)
{
	int64_t at = 0;
	enum err e = account_sql_wrong_from_address(tx, address, tx->now_ms - HOUR_MS, ACCOUNT_WRONG_AN_HOUR_ADDRESS, &at);
	if (!e)
		e = cap(tx, at, HOUR_MS, "rate_limited.wrong_address");
	if (!e)
		e = account_sql_wrong_live(tx, tx->now_ms - HOUR_MS, ACCOUNT_WRONG_AN_HOUR, &at);
	if (!e)
		e = cap(tx, at, HOUR_MS, "rate_limited.wrong_installation");
	return e;
}

/* The try stays counted although the command is refused. */
static enum err wrong(struct tx *tx, struct str address, bool live, int code, const char *key)
{
	enum err e = account_sql_wrong_add(tx, address, live);
	if (e)
		return e;
	tx->keep_on_refusal = true;
	return tx_refuse(tx, code, "code", key);
}

enum err account_code_spend(struct tx *tx, struct str phone, struct str code)
{
	if (tx->inst->demo)
		return str_eq(code, STR(ACCOUNT_DEMO_CODE)) ? ERR_OK : tx_refuse(tx, API_CODE_WRONG, "code", "code_wrong.demo");

	struct secret_hash address_hash = hash_address(tx->inst, tx->actor.address);
	struct secret_hash phone_hash = hash_phone(tx->inst, phone);
	struct secret_hash tried = hash_code(tx->inst, phone, code);
	struct str address = secret_hash_str(&address_hash);
	struct sign_in_code last;
	enum err e = caps_of_trying(tx, address);
	if (!e)
		e = account_sql_code_last(tx, secret_hash_str(&phone_hash), &last);
	if (e)
		return e;
	if (!last.id || last.used || last.expires_at <= tx->now_ms)
		return wrong(tx, address, false, API_CODE_EXPIRED, NULL);

	/* The try is counted before the codes are compared, so that no two at once can share it. */
	bool left, used = false;
	e = account_sql_code_try(tx, last.id, &left);
	if (e)
		return e;
	if (!left)
		return wrong(tx, address, false, API_CODE_EXPIRED, "code_expired.tries");
	if (!str_eq_secret(last.hash, secret_hash_str(&tried)))
		return wrong(tx, address, true, API_CODE_WRONG, last.tries + 1 < ACCOUNT_CODE_TRIES ? NULL : "code_wrong.last");
	e = account_sql_code_use(tx, last.id, &used);
	if (!e && !used)
		e = wrong(tx, address, false, API_CODE_EXPIRED, NULL);
	return e;
}
