/* SPDX-License-Identifier: Apache-2.0
 *
 * The second factor: an authenticator app (RFC 6238: SHA-1, 6 digits, 30 s, one step of skew), recovery codes, and what protects
 * them from guessing; private to the account room. A code of the app is good once: its step and all before it are spent with it.
 * On the writer's thread, inside a transaction.
 */
#ifndef ACCOUNT_FACTOR_H
#define ACCOUNT_FACTOR_H

#include "account/account.h"

#define FACTOR_SECRET_BYTES 20
#define FACTOR_STEP_S 30
#define FACTOR_RECOVERY_CODES 10
#define FACTOR_WRONG_AN_HOUR 10               /* wrong second codes of one account, by whichever command */
#define FACTOR_STEP_TTL_MS (10 * 60 * 1000LL) /* between the phone's code and the second one */
#define FACTOR_STEP_TRIES 5

struct factors { bool totp; int64_t recovery_left; };
enum err factors_of(struct tx *tx, struct person_id person, struct factors *out) MUST_CHECK;

/* Spends a code of the app or a recovery code. Refuses with code_wrong (field `code`) or rate_limited and keeps the try: call it before
 * anything else is written. The account has an authenticator app. */
enum err factor_spend(struct tx *tx, struct person_id person, struct str code) MUST_CHECK;
/* For what a stolen session must not do alone: nothing is asked of whoever has no second factor. Refuses like factor_spend, with
 * the field `second_code`. */
enum err factor_demand(struct tx *tx, bool given, struct str code) MUST_CHECK;
/* Takes app and recovery codes off the account. */
enum err factor_remove(struct tx *tx, struct person_id person) MUST_CHECK;

/* The phone is proved, the second factor is wanted: what sign_in answers then. */
enum err step_begin(struct tx *tx, struct person_id person, const struct factors *has, bool passkey, const struct account_device *device,
	struct api_sign_in_done *out) MUST_CHECK;

/* Tells all devices of the person how his account's protection has changed. */
enum err security_tell(struct tx *tx, struct person_id person, enum api_security_changed_event_what what) MUST_CHECK;

/* --- pure; in totp.c */
struct factor_secret { unsigned char p[FACTOR_SECRET_BYTES]; };
void factor_seal(const struct installation *inst, struct person_id person, const struct factor_secret *s, struct arena *a, struct str *out);
bool factor_unseal(const struct installation *inst, struct person_id person, struct str sealed, struct factor_secret *out);
/* Whether the six digits are of a step after last_step, at most one away from now; *step_out says which. */
bool totp_matches(const struct factor_secret *s, struct str digits, int64_t now_ms, int64_t last_step, int64_t *step_out);

#endif
