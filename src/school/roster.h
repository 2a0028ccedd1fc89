/* SPDX-License-Identifier: Apache-2.0
 *
 * Who is in which unit, and what is told about it; private to the room. On the writer's thread, inside a transaction.
 */
#ifndef SCHOOL_ROSTER_H
#define SCHOOL_ROSTER_H

#include "school/school_sql.h"

const struct school_hooks *school_hooks(void);

/* Puts a member into a unit by the rules of roles (conflict). lead: NULL keeps what is. *changed_out says whether anything was
 * other. Tells the chat by its hook; the events are the caller's (roster_tell_unit and roster_tell_member). */
enum err roster_join(struct tx *tx, struct org_id org, const struct api_unit *unit, struct person_id person, enum role role,
	const bool *lead, bool *changed_out) MUST_CHECK;
/* *ended_out false: he was not in it. */
enum err roster_leave(struct tx *tx, struct org_id org, struct unit_id unit, struct person_id person, bool *ended_out) MUST_CHECK;

/* A member gets another role: staff unit, organisation's stream and chats follow, everybody concerned is told. An administrator is
 * confirmed by his order. The caller has checked that it may be. */
enum err roster_set_role(struct tx *tx, struct org_id org, struct person_id person, enum role has, enum role to) MUST_CHECK;

/* Only an administrator parts with administrators and their deputies; the last administrator stays. Refuses. */
enum err school_may_remove(struct tx *tx, struct person_id person, enum role role) MUST_CHECK;

/* Links into a unit that ends. */
enum err archive_annul_links(struct tx *tx, struct org_id org, struct unit_id unit) MUST_CHECK;

/* A member or a membership as the wire has it. ERR_NOT_FOUND when there is no living one. */
enum err roster_member(struct tx *tx, struct org_id org, struct person_id person, struct api_member *out) MUST_CHECK;
enum err roster_membership(struct tx *tx, struct org_id org, struct person_id person, struct api_membership *out) MUST_CHECK;

/* Events: unit_changed to the organisation's stream; member_changed to it and membership_changed to the person's. */
enum err roster_tell_unit(struct tx *tx, struct org_id org, struct unit_id unit) MUST_CHECK;
enum err roster_tell_member(struct tx *tx, struct org_id org, struct person_id person) MUST_CHECK;

#endif
