/* SPDX-License-Identifier: Apache-2.0
 *
 * Passkeys of persons; private to the account room. A worker's thread, inside a transaction.
 */
#ifndef ACCOUNT_PASSKEY_H
#define ACCOUNT_PASSKEY_H

#include "account/account.h"
#include "account/webauthn.h"

#define PASSKEYS_MAX 20 /* of one person */
#define PASSKEY_CHALLENGE_TTL_MS (5 * 60 * 1000LL)

/* --- passkey_sql.c */
enum err passkeys_of(struct tx *tx, struct person_id person, struct api_passkey **items_out, size_t *n_out) MUST_CHECK;
enum err passkeys_remove(struct tx *tx, struct person_id person) MUST_CHECK;
enum err passkey_sql_add(struct tx *tx, const struct webauthn_credential *c, struct str name, bool *added_out, int64_t *id_out) MUST_CHECK;
enum err passkey_sql_get(struct tx *tx, struct person_id person, int64_t id, struct api_passkey *out) MUST_CHECK; /* ERR_NOT_FOUND */
enum err passkey_sql_rename(struct tx *tx, struct person_id person, int64_t id, struct str name) MUST_CHECK;
enum err passkey_sql_delete(struct tx *tx, struct person_id person, int64_t id, bool *deleted_out) MUST_CHECK;
enum err passkey_sql_credentials(struct tx *tx, struct person_id person, struct str *ids, size_t max, size_t *n_out) MUST_CHECK;
struct passkey_row { int64_t id; struct person_id person; int algorithm; struct str key; int64_t count; };
enum err passkey_sql_by_credential(struct tx *tx, struct str credential, struct passkey_row *out) MUST_CHECK; /* ERR_NOT_FOUND */
enum err passkey_sql_used(struct tx *tx, int64_t id, int64_t count) MUST_CHECK;
enum err challenge_sql_add(struct tx *tx, struct str hash, struct person_id person) MUST_CHECK;
/* *taken_out false: none such, used up or too old. person 0: of a sign-in. */
enum err challenge_sql_take(struct tx *tx, struct str hash, struct person_id person, bool *taken_out) MUST_CHECK;

#endif
