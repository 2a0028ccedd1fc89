/* SPDX-License-Identifier: Apache-2.0
 *
 * Hashes of what must not lie in the store in the clear: numbers, addresses and codes keyed with the installation's secret (six
 * digits or a phone could be found by trying all), tokens by plain SHA-256 (256 random bits cannot). Pure; any thread.
 */
#ifndef ACCOUNT_SECRET_HASH_H
#define ACCOUNT_SECRET_HASH_H

#include "account/account.h"

struct secret_hash { unsigned char p[32]; };
static inline struct str secret_hash_str(const struct secret_hash *h) { return str_n(h->p, sizeof h->p); }

struct secret_hash hash_phone(const struct installation *inst, struct str phone);
/* Of an IPv6 address only the first 64 bits count: the rest is the holder's to choose. */
struct secret_hash hash_address(const struct installation *inst, struct str address);
struct secret_hash hash_code(const struct installation *inst, struct str phone, struct str code);
struct secret_hash hash_recovery(const struct installation *inst, struct person_id person, struct str code);
struct secret_hash hash_token(struct str token);

void token_make(char out[ACCOUNT_TOKEN_TEXT]); /* 256 random bits in base64url */

#endif
