/* SPDX-License-Identifier: Apache-2.0
 *
 * The end of an account (R94), and the change of its number; private to the account room. The person's row stays for what he wrote,
 * without name, number and devices. On the writer's thread, inside a transaction.
 */
#ifndef ACCOUNT_DELETION_H
#define ACCOUNT_DELETION_H

#include "account/account.h"

/* Carries out what is due; *more_out is set when there is more. */
enum err deletion_upkeep(struct tx *tx, bool *more_out) MUST_CHECK;

/* --- deletion_sql.c */
enum err deletion_sql_at(struct tx *tx, struct person_id person, int64_t *out) MUST_CHECK; /* 0: no wish */
enum err deletion_sql_set(struct tx *tx, struct person_id person, int64_t at) MUST_CHECK;  /* 0: none */
enum err deletion_sql_due(struct tx *tx, struct person_id *ids, size_t max, size_t *n_out) MUST_CHECK;
/* Name, number, devices, challenges and the operator's rights go. */
enum err deletion_sql_erase(struct tx *tx, struct person_id person, const struct api_person *nameless) MUST_CHECK;
enum err deletion_sql_operators(struct tx *tx, int64_t *out) MUST_CHECK;
enum err deletion_sql_set_phone(struct tx *tx, struct person_id person, struct str phone) MUST_CHECK;

#endif
