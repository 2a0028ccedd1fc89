/* SPDX-License-Identifier: Apache-2.0
 *
 * Passkeys of persons; private to the account room. A worker's thread, inside a transaction.
 */
#ifndef ACCOUNT_PASSKEY_H
#define ACCOUNT_PASSKEY_H

#include "account/account.h"

#define PASSKEYS_MAX 20 /* of one person */

enum err passkeys_of(struct tx *tx, struct person_id person, struct api_passkey **items_out, size_t *n_out) MUST_CHECK;
enum err passkeys_remove(struct tx *tx, struct person_id person) MUST_CHECK;

#endif
