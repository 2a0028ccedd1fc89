/* SPDX-License-Identifier: Apache-2.0
 *
 * Organisations, their units, members and invitation links. The contract of the room: what chat, server and app call. Runs on a
 * worker's thread inside a transaction. Every row of the room's tables belongs to an organisation, and no query crosses it (R10);
 * the only ways across are the phone of an appointed administrator, the token of a link, and a person's list of memberships.
 *
 * A person has at most one role in an organisation. Staff (admin, coadmin, head, teacher) is in the organisation's staff unit by
 * itself (R14); a student is in one class or group only (R19), which the store enforces too.
 */
#ifndef SCHOOL_SCHOOL_H
#define SCHOOL_SCHOOL_H

#include "account/account.h"
#include "api.gen.h"
#include "db/db.h"
#include "server/tx.h"

#define SCHOOL_PAGE_DEFAULT 100
#define SCHOOL_PAGE_MAX 200
#define SCHOOL_UNIT_PAGE 500
#define SCHOOL_INVITE_HOURS 720
#define SCHOOL_INVITE_TOKEN_BYTES 18 /* 144 random bits: 24 characters of base64url */

extern const struct migration school_migrations[]; /* numbers 200-299 */
extern const size_t school_migration_count;

/* The stream of an organisation, for stream_register(STREAM_ORG, ...). admin, coadmin and head follow it. */
extern const struct stream_ops school_org_stream;

/* --- a unit has a chat that follows its roster. chat implements these; app registers them before the first thread. They run in
 * the command's transaction, after the room's own rows are written. */
struct school_hooks {
	enum err (*unit_created)(struct tx *tx, struct org_id org, struct unit_id unit, enum api_unit_kind kind, struct str name,
		struct chat_id *out);
	enum err (*unit_renamed)(struct tx *tx, struct org_id org, struct unit_id unit, struct str name);
	/* Also when somebody who is there begins or ceases to lead. */
	enum err (*unit_member_joined)(struct tx *tx, struct org_id org, struct unit_id unit, struct person_id person, enum role role,
		bool lead);
	enum err (*unit_member_left)(struct tx *tx, struct org_id org, struct unit_id unit, struct person_id person);
};
void school_set_hooks(const struct school_hooks *hooks); /* copied */

/* --- what a person is to an object: for policy_register. known only for living members of its organisation. */
enum err school_relation_org(struct tx *tx, int64_t org, struct relation *out) MUST_CHECK;
enum err school_relation_unit(struct tx *tx, int64_t unit, struct relation *out) MUST_CHECK;
enum err school_relation_invite(struct tx *tx, int64_t invite, struct relation *out) MUST_CHECK;
/* For TARGET_STREAM of kind STREAM_ORG: also fills stream_follower. */
enum err school_relation_org_stream(struct tx *tx, int64_t org, struct relation *out) MUST_CHECK;

/* The organisations' streams that a person follows, with their heads. */
enum err school_list_org_streams(struct tx *tx, struct person_id p, void (*add)(void *user, struct stream_id s, int64_t head),
	void *user) MUST_CHECK;

/* --- reading, for the rooms above */

/* Role of a living member; ERR_NOT_FOUND when the person is none. */
enum err school_member_role(struct tx *tx, struct org_id org, struct person_id person, enum role *out) MUST_CHECK;
/* The role that the person has or last had here, for authors who have left; *living_out tells which. ERR_NOT_FOUND: never a member. */
enum err school_member_last_role(struct tx *tx, struct org_id org, struct person_id person, enum role *out, bool *living_out) MUST_CHECK;
/* Whether the person is in the unit, and leads it. ERR_NOT_FOUND when not in it. */
enum err school_unit_member_get(struct tx *tx, struct org_id org, struct unit_id unit, struct person_id person, bool *lead_out) MUST_CHECK;
/* Kind of a unit. ERR_NOT_FOUND when the organisation has none such. */
enum err school_unit_kind(struct tx *tx, struct org_id org, struct unit_id unit, enum api_unit_kind *out) MUST_CHECK;
/* All living memberships of a person, by organisation; in the arena. */
enum err school_memberships_of(struct tx *tx, struct person_id person, struct api_membership **items_out, size_t *n_out) MUST_CHECK;

/* --- writing, for app (the demonstration's data) and for the room's own commands */

/* An organisation with its staff unit, and no member yet. */
enum err school_org_new(struct tx *tx, struct str name, struct str short_name, enum api_org_type type, struct org_id *out) MUST_CHECK;
enum err school_unit_new(struct tx *tx, struct org_id org, enum api_unit_kind kind, struct str name, struct unit_id *out) MUST_CHECK;
/* The person becomes a member in the role, or is one already in the same role, and joins the unit unless it is 0. Refuses as the
 * commands do. Emits every event. *changed_out: false when all that was so already. */
enum err school_join(struct tx *tx, struct org_id org, struct person_id person, enum role role, struct unit_id unit, bool lead,
	bool *changed_out) MUST_CHECK;

/* Whoever signs in with a number that organisations appointed becomes their administrator: for account_set_newcomer_hook. */
enum err school_newcomer(struct tx *tx, struct str phone, struct person_id existing_or_zero, struct person_id *out) MUST_CHECK;

static inline bool school_is_staff(enum role role)
{
	return role >= ROLE_ADMIN && role <= ROLE_TEACHER;
}
static inline bool school_follows_org(enum role role)
{
	return role >= ROLE_ADMIN && role <= ROLE_HEAD;
}

#endif
