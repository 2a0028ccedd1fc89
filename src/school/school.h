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
#define SCHOOL_APPLICATIONS_AN_HOUR_ADDRESS 5
#define SCHOOL_APPLICATIONS_AN_HOUR 200
#define SCHOOL_INVITE_TOKEN_BYTES 18 /* 144 random bits: 24 characters of base64url */

extern const struct migration school_migrations[]; /* numbers 200-299 */
extern const size_t school_migration_count;

/* The stream of an organisation, for stream_register(STREAM_ORG, ...). admin, coadmin and head follow it. */
extern const struct stream_ops school_org_stream;

/* --- a unit has a chat that follows its roster. chat implements these; app registers them before the first thread. They run in
 * the command's transaction, after the room's own rows are written. */
struct school_activity { int64_t chats, chats_spoken, messages_7, messages_30; /* of the last so many days */ };
struct school_hooks {
	enum err (*unit_created)(struct tx *tx, struct org_id org, struct unit_id unit, enum api_unit_kind kind, struct str name,
		struct chat_id *out);
	enum err (*unit_renamed)(struct tx *tx, struct org_id org, struct unit_id unit, struct str name);
	/* Anything about somebody's place became other: role, verification, units, lead, subjects, sets, or the membership ended. The room
	 * asks school_place what it is now. May be called more than once for one change. */
	enum err (*person_placed)(struct tx *tx, struct org_id org, struct person_id person);
	/* The rest may be NULL. Made, renamed, ended or brought back: the room asks what is there now. unit_ended is told while the rows of
	 * the unit's people still live: its chats stay theirs to read. teaching_changed is also told for each unit when a subject is renamed. */
	enum err (*org_created)(struct tx *tx, struct org_id org);
	/* It has another name or type by now, and with it other words. */
	enum err (*org_renamed)(struct tx *tx, struct org_id org);
	/* Archived. Before its people leave it: school_place does not list the unit any more, but its roster is still there to be asked. */
	enum err (*unit_ended)(struct tx *tx, struct org_id org, struct unit_id unit);
	/* Taken out of the archive, before its people come back. */
	enum err (*unit_restored)(struct tx *tx, struct org_id org, struct unit_id unit);
	enum err (*teaching_changed)(struct tx *tx, struct org_id org, struct unit_id unit, struct subject_id subject);
	enum err (*set_changed)(struct tx *tx, struct org_id org, struct set_id set);
	/* Its municipal curators are others, or its name is; school_curators tells who they are now. */
	enum err (*curators_changed)(struct tx *tx, struct org_id org);
	/* He has another name by now, in all of his organisations; told for each. */
	enum err (*person_renamed)(struct tx *tx, struct org_id org, struct person_id person);
	/* How much is said in its chats, as numbers; for the guide and for curators. */
	enum err (*activity)(struct tx *tx, struct org_id org, struct school_activity *out);
	/* Whether the person has written this message in a chat of the organisation. */
	enum err (*message_of)(struct tx *tx, struct org_id org, struct chat_id chat, int64_t seq, struct person_id person, bool *out);
	/* What a chat is called, for the preview of a movement. */
	enum err (*chat_title)(struct tx *tx, struct org_id org, struct chat_id chat, struct str *out);
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

/* Whether he is a municipal curator of any organisation. */
enum err school_is_curator(struct tx *tx, struct person_id person, bool *out) MUST_CHECK;

/* Everything that decides in which chats somebody is. Living rows only; in the arena. */
struct school_place {
	bool member;                     /* false: not in the organisation (any more), and all else is empty */
	enum role role;
	enum api_verification verification;
	struct school_place_unit { struct unit_id unit; enum api_unit_kind kind; bool lead; } *units;
	size_t unit_n;
	struct school_teaching { struct unit_id unit; struct subject_id subject; } *teachings; /* what he teaches, and where (R18) */
	size_t teaching_n;
	struct unit_id *guarded;         /* units in which a child is whose guardian he is; staff may be that too */
	size_t guarded_n;
	struct set_id *sets;             /* named sets that he belongs to (R24) */
	size_t set_n;
	bool curator;                    /* its municipal curator (R12), whether he is a member or not */
	bool curated;                    /* it has a curator who has come in */
};
enum err school_place(struct tx *tx, struct org_id org, struct person_id person, struct school_place *out) MUST_CHECK;
/* Staff whose status was confirmed (R36): for policy_set_confirmed and the badge. false for everybody else. */
enum err school_confirmed(struct tx *tx, struct org_id org, struct person_id person, bool *out) MUST_CHECK;

/* Role of a living member; ERR_NOT_FOUND when the person is none. */
enum err school_member_role(struct tx *tx, struct org_id org, struct person_id person, enum role *out) MUST_CHECK;
/* The role that the person has or last had here, for authors who have left; *living_out tells which. ERR_NOT_FOUND: never a member. */
enum err school_member_last_role(struct tx *tx, struct org_id org, struct person_id person, enum role *out, bool *living_out) MUST_CHECK;
/* Whether the person is in the unit, and leads it. ERR_NOT_FOUND when not in it. */
enum err school_unit_member_get(struct tx *tx, struct org_id org, struct unit_id unit, struct person_id person, bool *lead_out) MUST_CHECK;
/* Kind of a unit. ERR_NOT_FOUND when the organisation has none such. */
enum err school_unit_kind(struct tx *tx, struct org_id org, struct unit_id unit, enum api_unit_kind *out) MUST_CHECK;
/* People of a unit (0: of the whole organisation), of a set, in a role; who teaches a subject to a unit; what a unit is taught; sets. Living
 * rows; ids ascending, in the arena. */
enum err school_people(struct tx *tx, struct org_id org, struct unit_id unit, int64_t **persons_out, size_t *n_out) MUST_CHECK;
enum err school_people_of_set(struct tx *tx, struct org_id org, struct set_id set, int64_t **persons_out, size_t *n_out) MUST_CHECK;
/* --- violations of the rules of conduct (R88) */
/* Whether he has one that he has not signed the rules anew for: then he writes in no chat of the organisation. */
enum err school_must_sign(struct tx *tx, struct org_id org, struct person_id person, bool *out) MUST_CHECK;
/* Open ones, his own or his children's, in all organisations; in the arena. */
enum err school_violations_open(struct tx *tx, struct person_id person, struct api_open_violation **out, size_t *n_out) MUST_CHECK;
enum err school_violations_of_children(struct tx *tx, struct person_id guardian, struct api_open_violation **out, size_t *n_out) MUST_CHECK;
/* For account_set_hooks: he has read and signed the rules of conduct. */
enum err school_rules_signed(struct tx *tx, struct person_id person, int64_t version) MUST_CHECK;

/* The subject of the Federation that its card names, by its code; empty: none. */
enum err school_org_region(struct tx *tx, struct org_id org, struct str *out) MUST_CHECK;
enum err school_curators(struct tx *tx, struct org_id org, int64_t **persons_out, size_t *n_out) MUST_CHECK; /* who have come in */
enum err school_people_in_role(struct tx *tx, struct org_id org, enum role role, int64_t **persons_out, size_t *n_out) MUST_CHECK;
enum err school_teachers_of(struct tx *tx, struct org_id org, struct unit_id unit, struct subject_id subject, int64_t **persons_out,
	size_t *n_out) MUST_CHECK;
enum err school_taught(struct tx *tx, struct org_id org, struct unit_id unit, int64_t **subjects_out, size_t *n_out) MUST_CHECK;
enum err school_sets(struct tx *tx, struct org_id org, int64_t **sets_out, size_t *n_out) MUST_CHECK;
enum err school_orgs(struct tx *tx, int64_t **orgs_out, size_t *n_out) MUST_CHECK; /* every organisation: for what app does at the start */
/* Names of the subjects that somebody teaches to a unit; at most max. */
enum err school_teaches(struct tx *tx, struct org_id org, struct unit_id unit, struct person_id person, struct str *names, size_t max,
	size_t *n_out) MUST_CHECK;
/* Names, also of what has ended (*living_out false). ERR_NOT_FOUND: the organisation never had it. */
enum err school_unit_name(struct tx *tx, struct org_id org, struct unit_id unit, struct str *name_out, bool *living_out) MUST_CHECK;
enum err school_subject_name(struct tx *tx, struct org_id org, struct subject_id subject, struct str *name_out, bool *living_out) MUST_CHECK;
enum err school_set_name(struct tx *tx, struct org_id org, struct set_id set, struct str *name_out, bool *living_out) MUST_CHECK;
enum err school_org_name(struct tx *tx, struct org_id org, struct str *short_name_out, enum api_org_type *type_out) MUST_CHECK;
/* What its channel for everybody is called, by its type and names (words.h). */
enum err school_org_channel(struct tx *tx, struct org_id org, struct str *title_out) MUST_CHECK;
/* All living memberships of a person, by organisation; in the arena. */
enum err school_memberships_of(struct tx *tx, struct person_id person, struct api_membership **items_out, size_t *n_out) MUST_CHECK;

/* The same as organisations and roles, for account_set_hooks. */
enum err school_places(struct tx *tx, struct person_id person, struct account_place **out, size_t *n_out) MUST_CHECK;

/* Ids of living members above `after`, ascending. */
enum err school_member_ids(struct tx *tx, struct org_id org, struct person_id after, struct person_id *ids, size_t max, size_t *n_out) MUST_CHECK;
enum err school_all_children(struct tx *tx, struct person_id guardian, struct person_id **out, size_t *n_out) MUST_CHECK;
/* For the end of an account: refuses the last administrator of any organisation; ends all memberships, and with them the name. */
enum err school_may_leave_all(struct tx *tx, struct person_id person) MUST_CHECK;
enum err school_leave_all(struct tx *tx, struct person_id person, const struct api_person *nameless) MUST_CHECK;

/* --- writing, for app (the demonstration's data) and for the room's own commands */

/* An organisation with its staff unit, and no member yet. */
enum err school_org_new(struct tx *tx, struct str name, struct str short_name, enum api_org_type type, struct org_id *out) MUST_CHECK;
enum err school_unit_new(struct tx *tx, struct org_id org, enum api_unit_kind kind, struct str name, struct unit_id *out) MUST_CHECK;
/* Refuses (conflict) while the organisation is a draft: its local act is not there, pupils and parents cannot come in (R1). school_join asks it too. */
enum err school_check_active(struct tx *tx, struct org_id org) MUST_CHECK;
/* The person becomes a member in the role, or is one already in the same role, and joins the unit unless it is 0. Refuses as the
 * commands do. Emits every event. *changed_out: false when all that was so already. */
enum err school_join(struct tx *tx, struct org_id org, struct person_id person, enum role role, struct unit_id unit, bool lead,
	bool *changed_out) MUST_CHECK;

/* Confirms a member of staff, or refuses him (reason: for a refusal), and tells everybody; by: 0 for the demonstration's data.
 * What is so already changes nothing. The rights and the role are the caller's to check. */
enum err school_verify(struct tx *tx, struct org_id org, struct person_id person, bool confirm, struct person_id by, struct str reason) MUST_CHECK;
/* He says what he is, and waits for it to be confirmed (under_review). */
enum err school_claim(struct tx *tx, struct org_id org, struct person_id person, const struct api_verification_claim *claim) MUST_CHECK;
/* Archives a unit: its people leave it and its links are annulled. Refuses as unit_end does; emits every event. */
enum err school_unit_end(struct tx *tx, struct org_id org, struct unit_id unit) MUST_CHECK;
/* The teacher teaches the subject in the unit (R18). Refuses as teaching_set does; emits every event. */
enum err school_teaching_set(struct tx *tx, struct org_id org, struct unit_id unit, struct subject_id subject, struct person_id teacher,
	bool *changed_out) MUST_CHECK;

/* Ends a membership with all that hangs on it: units, lead, subjects, sets, bonds of guardians. Emits every event. ERR_NOT_FOUND. */
enum err school_leave(struct tx *tx, struct org_id org, struct person_id person) MUST_CHECK;

/* --- guardians. A guardian's rows in units follow his children: whoever moves a student by roster_join, roster_leave, school_join or
 * school_leave moves the guardians too. Several children and several guardians. Staff may be bound as well (decisions/0010).
 * Refuses as guardian_bind does; emits every event. */
enum err school_guardian_bind(struct tx *tx, struct org_id org, struct person_id guardian, struct person_id child, bool *changed_out) MUST_CHECK;
enum err school_guardian_unbind(struct tx *tx, struct org_id org, struct person_id guardian, struct person_id child, bool *ended_out) MUST_CHECK;
enum err school_children_of(struct tx *tx, struct org_id org, struct person_id guardian, struct person_id **out, size_t *n_out) MUST_CHECK;
enum err school_guardians_of(struct tx *tx, struct org_id org, struct person_id child, struct person_id **out, size_t *n_out) MUST_CHECK;

/* Puts somebody on the roster who has not come in yet (came_in false): a new person without an account, or the one who holds the phone
 * (may be empty). unit 0: none. external_id may be empty; it must be free in the organisation. Refuses like school_join. */
enum err school_expect(struct tx *tx, struct org_id org, const struct api_person *names, enum role role, struct str phone,
	struct unit_id unit, struct str external_id, struct person_id *out) MUST_CHECK;
/* The two are one: `person` takes over the place of the expected one (units, bonds, external id) and the name on the roster, and the
 * expected one ends. Refuses when their roles differ. */
enum err school_expected_merge(struct tx *tx, struct org_id org, struct person_id expected, struct person_id person) MUST_CHECK;
/* Another name, in all of his organisations: lists, chats and he himself are told. */
enum err school_rename_person(struct tx *tx, struct person_id person, const struct api_person *names) MUST_CHECK;

/* Tells the organisations of somebody who has signed in for the first time: for account_set_came_in_hook. */
enum err school_came_in(struct tx *tx, struct person_id person) MUST_CHECK;

/* Whoever signs in with a number that organisations appointed becomes their administrator: for account_set_newcomer_hook. */
enum err school_newcomer(struct tx *tx, struct str phone, struct person_id existing_or_zero, struct person_id *out) MUST_CHECK;

static inline bool school_is_staff(enum role role)
{
	return role >= ROLE_ADMIN && role <= ROLE_TEACHER;
}
/* An administrator was appointed by an order; other staff claims its status by its link and is confirmed later (R36). */
static inline enum api_verification school_verification_at_first(enum role role)
{
	return role == ROLE_ADMIN ? API_VERIFICATION_CONFIRMED : school_is_staff(role) ? API_VERIFICATION_CLAIMED : API_VERIFICATION_NONE;
}
static inline bool school_follows_org(enum role role)
{
	return role >= ROLE_ADMIN && role <= ROLE_HEAD;
}

#endif
