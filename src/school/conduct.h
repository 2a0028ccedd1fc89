/* SPDX-License-Identifier: Apache-2.0
 *
 * Violations of the rules of conduct (R88); private to the room. On a worker's thread, inside a transaction.
 */
#ifndef SCHOOL_CONDUCT_H
#define SCHOOL_CONDUCT_H

#include "school/school_sql.h"

#define VIOLATIONS_MAX 100     /* shown of a unit */
#define VIOLATIONS_OPEN_MAX 50 /* of a person, or of a guardian's children */

struct violation { struct api_violation api; struct person_id person, by; }; /* ids only in api's persons */
enum err violation_sql_add(struct tx *tx, const struct violation *v, int64_t *id_out) MUST_CHECK;
enum err violation_sql_get(struct tx *tx, struct org_id org, struct unit_id unit, int64_t id, struct violation *out) MUST_CHECK; /* ERR_NOT_FOUND */
/* person 0: of everybody. Newest first. */
enum err violation_sql_list(struct tx *tx, struct org_id org, struct unit_id unit, struct person_id person, struct violation *items, size_t max,
	size_t *n_out) MUST_CHECK;
enum err violation_sql_withdraw(struct tx *tx, struct org_id org, int64_t id, struct person_id by, struct str reason) MUST_CHECK;
/* Every open one of the person, in all organisations, is signed for. */
enum err violation_sql_sign(struct tx *tx, struct person_id person, int64_t version) MUST_CHECK;
enum err violation_sql_open_count(struct tx *tx, struct org_id org, struct person_id person, int64_t *out) MUST_CHECK;
/* In all organisations of which the person is a living member. children: those of his children instead of his own. */
enum err violation_sql_open(struct tx *tx, struct person_id person, bool children, struct api_open_violation *items, struct person_id *whose,
	size_t max, size_t *n_out) MUST_CHECK;
/* Organisations in which the person has an open one; in the arena. */
enum err violation_sql_open_orgs(struct tx *tx, struct person_id person, struct org_id *orgs, size_t max, size_t *n_out) MUST_CHECK;

#endif
