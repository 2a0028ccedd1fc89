/* SPDX-License-Identifier: Apache-2.0
 *
 * Who may do what. The table is the x-command part of api/ (target, admit), generated into struct command; this room holds the
 * words, the relation that they are checked against, and the check. It knows no table of the store: app registers, for each
 * kind of target, the function that finds the relation of a person to an object.
 */
#ifndef POLICY_POLICY_H
#define POLICY_POLICY_H

#include "server/tx.h"

/* id: the value of the target's field (for a stream: struct stream_id.v). */
typedef enum err (*policy_resolver)(struct tx *tx, int64_t id, struct relation *out);
void policy_register(enum target kind, policy_resolver resolver); /* by app, before the first thread */

/* Whether a member of staff has been confirmed (R36). Asked only for commands that require it. By app, before the first thread. */
typedef enum err (*policy_confirmed)(struct tx *tx, struct org_id org, struct person_id person, bool *out);
void policy_set_confirmed(policy_confirmed ask);

/* Admits or refuses (not_signed_in, forbidden, not_found) and leaves the relation in tx->rel for the handler. */
enum err policy_check(struct tx *tx, uint32_t admit, enum target kind, int64_t id) MUST_CHECK;
/* Pure part: does this caller with this relation satisfy any of the words? */
bool policy_admits(uint32_t admit, bool signed_in, bool is_operator, const struct relation *r);

#endif
