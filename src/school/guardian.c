/* SPDX-License-Identifier: Apache-2.0
 *
 * See guardian.h. Guardians bound to children (school_guardian_* in school.h).
 */
#include "school/guardian.h"

#include "school/roster.h"

/* Makes one guardian's place in one unit what his children say. *moved_out: he came or went, or is staff and may have. */
static enum err settle(struct tx *tx, struct org_id org, struct unit_id unit, struct person_id guardian, bool *moved_out)
{
	enum role role;
	bool here, in, direct, done = false;
	*moved_out = false;
	enum err e = school_member_role(tx, org, guardian, &role);
	if (e == ERR_NOT_FOUND)
		return ERR_OK;
	if (!e && role != ROLE_GUARDIAN) {
		*moved_out = true;
		return school_hooks()->person_placed(tx, org, guardian);
	}
	if (!e)
		e = guardian_sql_has_child_in(tx, org, unit, guardian, &here);
	if (!e)
		e = guardian_sql_row(tx, org, unit, guardian, &in, &direct);
	if (e)
		return e;
	if (here && in)
		return direct ? guardian_sql_set_derived(tx, org, unit, guardian) : ERR_OK;
	if (here) {
		e = roster_sql_add(tx, org, unit, guardian, false, false, &done);
		if (!e)
			e = guardian_sql_set_derived(tx, org, unit, guardian);
	} else if (in && !direct) {
		e = roster_sql_end(tx, org, unit, guardian, &done);
	}
	*moved_out = done;
	return e || !done ? e : school_hooks()->person_placed(tx, org, guardian);
}

enum err guardian_follow(struct tx *tx, struct org_id org, struct unit_id unit, struct person_id student)
{
	struct person_id *list;
	size_t n;
	enum err e = guardian_sql_of_child(tx, org, student, &list, &n);
	for (size_t i = 0; !e && i < n; i++) {
		bool moved;
		e = settle(tx, org, unit, list[i], &moved);
		if (!e && moved)
			e = roster_tell_member(tx, org, list[i]);
	}
	return e;
}

enum err guardian_may_leave(struct tx *tx, struct org_id org, struct unit_id unit, struct person_id person)
{
	enum role role;
	bool here;
	enum err e = school_member_role(tx, org, person, &role);
	if (e || role != ROLE_GUARDIAN)
		return e == ERR_NOT_FOUND ? ERR_OK : e;
	e = guardian_sql_has_child_in(tx, org, unit, person, &here);
	return !e && here ? tx_refuse(tx, API_CONFLICT, NULL, "conflict.guardian_of_child") : e;
}

/* The units of a child, told and settled for one guardian. */
static enum err settle_everywhere(struct tx *tx, struct org_id org, struct person_id guardian, struct person_id child)
{
	struct api_unit_membership_array units;
	enum err e = roster_sql_of_person(tx, org, child, &units);
	for (size_t i = 0; !e && i < units.n; i++) {
		struct unit_id unit = {units.items[i].unit_id};
		bool moved;
		e = settle(tx, org, unit, guardian, &moved);
		if (!e && moved)
			e = roster_tell_unit(tx, org, unit);
	}
	if (!e)
		e = roster_tell_member(tx, org, guardian);
	return e ? e : roster_tell_member(tx, org, child);
}

enum err guardian_end_all(struct tx *tx, struct org_id org, struct person_id person)
{
	struct person_id *children, *guardians;
	size_t child_n, guardian_n;
	enum err e = guardian_sql_children(tx, org, person, &children, &child_n);
	if (!e)
		e = guardian_sql_of_child(tx, org, person, &guardians, &guardian_n);
	if (e || child_n + guardian_n == 0)
		return e;
	e = guardian_sql_end_all(tx, org, person);
	for (size_t i = 0; !e && i < child_n; i++)
		e = settle_everywhere(tx, org, person, children[i]);
	for (size_t i = 0; !e && i < guardian_n; i++)
		e = settle_everywhere(tx, org, guardians[i], person);
	return e;
}

static enum err check_pair(struct tx *tx, struct org_id org, struct person_id guardian, struct person_id child)
{
	enum role role;
	enum err e = school_member_role(tx, org, child, &role);
	if (e == ERR_NOT_FOUND)
		return tx_refuse(tx, API_NOT_FOUND, "child_id", NULL);
	if (e)
		return e;
	if (role != ROLE_STUDENT)
		return tx_refuse(tx, API_CONFLICT, "child_id", "conflict.child_is_student");
	e = school_member_role(tx, org, guardian, &role);
	if (e == ERR_NOT_FOUND)
		return tx_refuse(tx, API_NOT_FOUND, "guardian_id", NULL);
	return !e && role == ROLE_STUDENT ? tx_refuse(tx, API_CONFLICT, "guardian_id", "conflict.guardian_is_student") : e;
}

/* With the new bond counted. */
static enum err check_room(struct tx *tx, struct org_id org, struct person_id guardian, struct person_id child)
{
	struct person_id *list;
	size_t n;
	enum err e = guardian_sql_of_child(tx, org, child, &list, &n);
	if (!e && n > GUARDIANS_OF_CHILD_MAX)
		return tx_refuse(tx, API_CONFLICT, "child_id", "conflict.too_many_guardians");
	if (!e)
		e = guardian_sql_children(tx, org, guardian, &list, &n);
	return !e && n > CHILDREN_OF_GUARDIAN_MAX ? tx_refuse(tx, API_CONFLICT, "guardian_id", "conflict.too_many_children") : e;
}

enum err school_guardian_bind(struct tx *tx, struct org_id org, struct person_id guardian, struct person_id child, bool *changed_out)
{
	*changed_out = false;
	enum err e = check_pair(tx, org, guardian, child);
	if (!e)
		e = guardian_sql_add(tx, org, guardian, child, changed_out);
	if (e || !*changed_out)
		return e;
	e = check_room(tx, org, guardian, child);
	return e ? e : settle_everywhere(tx, org, guardian, child);
}

enum err school_guardian_unbind(struct tx *tx, struct org_id org, struct person_id guardian, struct person_id child, bool *ended_out)
{
	enum err e = guardian_sql_end(tx, org, guardian, child, ended_out);
	return e || !*ended_out ? e : settle_everywhere(tx, org, guardian, child);
}

enum err school_children_of(struct tx *tx, struct org_id org, struct person_id guardian, struct person_id **out, size_t *n_out)
{
	return guardian_sql_children(tx, org, guardian, out, n_out);
}

enum err school_guardians_of(struct tx *tx, struct org_id org, struct person_id child, struct person_id **out, size_t *n_out)
{
	return guardian_sql_of_child(tx, org, child, out, n_out);
}
