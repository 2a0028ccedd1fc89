/* SPDX-License-Identifier: Apache-2.0
 *
 * What the files around an organisation (card, documents, administrators, applications, curators) share; private to the room. On a
 * worker's thread, inside a transaction.
 */
#ifndef SCHOOL_ORG_H
#define SCHOOL_ORG_H

#include "school/school_sql.h"
#include "server/file_port.h"

/* org_changed on the organisation's stream. */
enum err org_tell(struct tx *tx, struct org_id org, enum api_org_changed_event_what what) MUST_CHECK;
/* membership_changed to every member: the organisation's name, type or state is another one. One event a member. */
enum err org_tell_members(struct tx *tx, struct org_id org) MUST_CHECK;
void org_held_file(const struct file_info *info, struct api_held_file *out);

/* Whoever signs in with a number that was made a curator's: like school_newcomer, for persons who are there. */
enum err curator_forget(struct tx *tx, struct person_id person) MUST_CHECK; /* his account goes */
enum err curator_arrive(struct tx *tx, struct str phone, struct person_id *io) MUST_CHECK;

#endif
