/* SPDX-License-Identifier: Apache-2.0
 *
 * SQL of second factors; private to the account room. No rule lives here. A worker's thread.
 */
#ifndef ACCOUNT_FACTOR_SQL_H
#define ACCOUNT_FACTOR_SQL_H

#include "account/account.h"

struct totp_row { struct str sealed; bool confirmed; int64_t last_step; };
enum err totp_sql_get(struct tx *tx, struct person_id person, struct totp_row *out) MUST_CHECK; /* ERR_NOT_FOUND */
/* A begun one is replaced; *put_out false: one is in force. */
enum err totp_sql_put(struct tx *tx, struct person_id person, struct str sealed, bool *put_out) MUST_CHECK;
enum err totp_sql_confirm(struct tx *tx, struct person_id person) MUST_CHECK;
/* Spends the steps up to this one; *spent_out false: it was spent before. */
enum err totp_sql_step(struct tx *tx, struct person_id person, int64_t step, bool *spent_out) MUST_CHECK;
enum err totp_sql_remove(struct tx *tx, struct person_id person) MUST_CHECK;

enum err recovery_sql_add(struct tx *tx, struct person_id person, struct str code_hash) MUST_CHECK;
enum err recovery_sql_use(struct tx *tx, struct person_id person, struct str code_hash, bool *used_out) MUST_CHECK;
enum err recovery_sql_left(struct tx *tx, struct person_id person, int64_t *out) MUST_CHECK;
enum err recovery_sql_remove(struct tx *tx, struct person_id person) MUST_CHECK;

enum err factor_sql_wrong_add(struct tx *tx, struct person_id person) MUST_CHECK;
/* When the n-th newest wrong code after `since` came; 0: there are fewer. */
enum err factor_sql_wrong(struct tx *tx, struct person_id person, int64_t since, int64_t n, int64_t *at_out) MUST_CHECK;
enum err factor_sql_forget(struct tx *tx, int64_t wrong_before, int64_t steps_before) MUST_CHECK;

struct second_step { int64_t id; struct person_id person; struct str device, device_key; };
enum err step_sql_add(struct tx *tx, struct person_id person, struct str token_hash, const struct account_device *device,
	int64_t expires_at) MUST_CHECK;
enum err step_sql_get(struct tx *tx, struct str token_hash, struct second_step *out) MUST_CHECK; /* ERR_NOT_FOUND: none that can be used */
/* Counts a try; *left_out false: none was left. */
enum err step_sql_try(struct tx *tx, int64_t id, int64_t max, bool *left_out) MUST_CHECK;
enum err step_sql_use(struct tx *tx, int64_t id, bool *used_out) MUST_CHECK;

#endif
