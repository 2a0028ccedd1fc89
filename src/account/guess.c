/* SPDX-License-Identifier: Apache-2.0
 *
 * Wrong guesses of short codes, counted over a sliding hour like wrong one-time codes are. On the writer's thread.
 */
#include "account/account_sql.h"
#include "account/secret_hash.h"

#define HOUR_MS (60 * 60 * 1000LL)

static enum err cap(struct tx *tx, int64_t filled_at, const char *key)
{
	if (!filled_at)
		return ERR_OK;
	enum err e = tx_refuse(tx, API_RATE_LIMITED, NULL, key);
	int64_t left_ms = filled_at + HOUR_MS - tx->now_ms;
	tx->refusal.retry_after_s = left_ms > 0 ? (left_ms + 999) / 1000 : 1;
	return e;
}

enum err account_guess_check(struct tx *tx, enum account_guess kind, int64_t of_address, int64_t of_installation)
{
	struct secret_hash address = hash_address(tx->inst, tx->actor.address);
	int64_t at = 0;
	enum err e = account_sql_guesses_from(tx, (int64_t)kind, secret_hash_str(&address), tx->now_ms - HOUR_MS, of_address, &at);
	if (!e)
		e = cap(tx, at, "rate_limited.wrong_address");
	if (!e)
		e = account_sql_guesses(tx, (int64_t)kind, tx->now_ms - HOUR_MS, of_installation, &at);
	return e ? e : cap(tx, at, "rate_limited.wrong_installation");
}

enum err account_guess_wrong(struct tx *tx, enum account_guess kind, int code, const char *field, const char *key)
{
	struct secret_hash address = hash_address(tx->inst, tx->actor.address);
	enum err e = account_sql_guess_add(tx, (int64_t)kind, secret_hash_str(&address), tx->now_ms - HOUR_MS);
	if (e)
		return e;
	tx->keep_on_refusal = true;
	return tx_refuse(tx, code, field, key);
}
