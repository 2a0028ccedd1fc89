/* SPDX-License-Identifier: Apache-2.0
 *
 * Guardians follow their children; private to the room. On the writer's thread, inside a transaction.
 *
 * A guardian's row in a unit is derived (a child of his is in the unit) or direct (he came by the unit's link and no child of his is
 * bound there yet). Always: he has a derived row exactly where a bound child is. A direct row becomes derived as soon as a
 * child is there, and then ends with the child. Staff may be bound too: that gives no row, only school_place's `guarded`.
 */
#ifndef SCHOOL_GUARDIAN_H
#define SCHOOL_GUARDIAN_H

#include "school/school_sql.h"

#define GUARDIANS_OF_CHILD_MAX 10
#define CHILDREN_OF_GUARDIAN_MAX 20

/* After a student joined or left the unit: his guardians with him. Tells each of them; the unit is the caller's to tell. */
enum err guardian_follow(struct tx *tx, struct org_id org, struct unit_id unit, struct person_id student) MUST_CHECK;
/* Refuses when the guardian is in the unit for a child's sake: then it is the child who has to leave, or the bond that has to end. */
enum err guardian_may_leave(struct tx *tx, struct org_id org, struct unit_id unit, struct person_id person) MUST_CHECK;
/* The person has another role now, or is no member any more: what he may not be bound by ends. */
enum err guardian_end_all(struct tx *tx, struct org_id org, struct person_id person) MUST_CHECK;

/* --- guardian_sql.c */
enum err guardian_sql_add(struct tx *tx, struct org_id org, struct person_id guardian, struct person_id child, bool *added_out) MUST_CHECK;
enum err guardian_sql_end(struct tx *tx, struct org_id org, struct person_id guardian, struct person_id child, bool *ended_out) MUST_CHECK;
enum err guardian_sql_end_all(struct tx *tx, struct org_id org, struct person_id person) MUST_CHECK;
enum err guardian_sql_of_child(struct tx *tx, struct org_id org, struct person_id child, struct person_id **out, size_t *n_out) MUST_CHECK;
enum err guardian_sql_children(struct tx *tx, struct org_id org, struct person_id guardian, struct person_id **out, size_t *n_out) MUST_CHECK;
/* Students of a unit by name. */
enum err guardian_sql_students(struct tx *tx, struct org_id org, struct unit_id unit, struct person_id **out, size_t *n_out) MUST_CHECK;
/* Guardians of a unit whose row is direct, by name. */
enum err guardian_sql_unbound(struct tx *tx, struct org_id org, struct unit_id unit, struct person_id **out, size_t *n_out) MUST_CHECK;
enum err guardian_sql_has_child_in(struct tx *tx, struct org_id org, struct unit_id unit, struct person_id guardian, bool *out) MUST_CHECK;
/* Living units in which somebody has a bound child. */
enum err guardian_sql_units(struct tx *tx, struct org_id org, struct person_id guardian, struct unit_id **out, size_t *n_out) MUST_CHECK;
enum err guardian_sql_row(struct tx *tx, struct org_id org, struct unit_id unit, struct person_id guardian, bool *found_out,
	bool *direct_out) MUST_CHECK;
enum err guardian_sql_set_derived(struct tx *tx, struct org_id org, struct unit_id unit, struct person_id guardian) MUST_CHECK;

#endif
