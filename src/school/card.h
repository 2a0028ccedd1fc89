/* SPDX-License-Identifier: Apache-2.0
 *
 * Cards by which pupils sign in without a phone; private to the room. A card is a token of 144 random bits in a QR code and a short
 * code of ten signs (49 bits) that goes with the family name; the store has hashes of both. On a worker's thread.
 */
#ifndef SCHOOL_CARD_H
#define SCHOOL_CARD_H

#include "school/join.h"

#define CARD_CODE_LETTERS 10
#define CARD_SESSIONS_A_DAY 3
#define CARD_WRONG_ADDRESS 60 /* wrong cards an hour from an address: a class sits behind one */
#define CARD_WRONG 2000       /* of the installation */

struct card_row {
	int64_t id; /* 0: none */
	struct org_id org;
	struct person_id person;
	int64_t issued_at, last_used_at;
};
/* Whether he holds a valid card. */
enum err card_valid(struct tx *tx, struct org_id org, struct person_id person, bool *out) MUST_CHECK;

/* --- card_sql.c */
enum err card_sql_add(struct tx *tx, struct org_id org, struct person_id person, struct str token_hash, struct str code_hash, bool *added_out) MUST_CHECK;
enum err card_sql_of(struct tx *tx, struct org_id org, struct person_id person, struct card_row *out) MUST_CHECK; /* id 0: none */
enum err card_sql_end(struct tx *tx, struct org_id org, int64_t card) MUST_CHECK;
enum err card_sql_by_token(struct tx *tx, struct str hash, struct card_row *out) MUST_CHECK; /* id 0: none */
enum err card_sql_by_code(struct tx *tx, struct str hash, struct card_row *out) MUST_CHECK;
enum err card_sql_used(struct tx *tx, const struct card_row *card, struct session_id session) MUST_CHECK;
/* When the n-th newest session after `since` was made; 0: there are fewer. */
enum err card_sql_sessions_since(struct tx *tx, const struct card_row *card, int64_t since, int64_t n, int64_t *at_out) MUST_CHECK;
enum err card_sql_sessions(struct tx *tx, struct org_id org, int64_t card, struct session_id **out, size_t *n_out) MUST_CHECK;

#endif
