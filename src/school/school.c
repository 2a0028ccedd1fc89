/* SPDX-License-Identifier: Apache-2.0
 *
 * The rules of organisations: making them, coming in, administrators appointed by phone, relations. On a worker's thread.
 */
#include "school/school.h"

#include "policy/audit.h"
#include "school/guardian.h"
#include "school/org.h"
#include "school/roster.h"
#include "school/level.h"
#include "school/structure.h"
#include "school/title.h"
#include "school/words.h"

_Static_assert((int)ROLE_ADMIN == (int)API_ROLE_ADMIN && (int)ROLE_COADMIN == (int)API_ROLE_COADMIN &&
	(int)ROLE_HEAD == (int)API_ROLE_HEAD && (int)ROLE_TEACHER == (int)API_ROLE_TEACHER &&
	(int)ROLE_STUDENT == (int)API_ROLE_STUDENT && (int)ROLE_GUARDIAN == (int)API_ROLE_GUARDIAN, "roles");
/* These numbers lie in stores. */
_Static_assert(API_ORG_TYPE_SCHOOL == 0 && API_ORG_TYPE_COLLEGE == 1 && API_ORG_TYPE_CENTER == 2, "types of organisations");
_Static_assert(API_VERIFICATION_NONE == 0 && API_VERIFICATION_CLAIMED == 1 && API_VERIFICATION_UNDER_REVIEW == 2 &&
	API_VERIFICATION_CONFIRMED == 3 && API_VERIFICATION_REFUSED == 4, "verification");
_Static_assert(API_UNIT_KIND_CLASS == 0 && API_UNIT_KIND_GROUP == 1 && API_UNIT_KIND_CIRCLE == 2 && API_UNIT_KIND_STAFF == 3, "kinds");

const struct stream_ops school_org_stream = {
	.bump_sql = "UPDATE org SET head = head + 1 WHERE id = ?1 /* org_id */ RETURNING head",
	.head_sql = "SELECT head FROM org WHERE id = ?1 /* org_id */",
};

static struct school_hooks hooks; /* set by app before the first thread, constant afterwards */

void school_set_hooks(const struct school_hooks *given)
{
	CHECK(given->unit_created && given->unit_renamed && given->person_placed);
	hooks = *given;
}

const struct school_hooks *school_hooks(void)
{
	CHECK(hooks.unit_created);
	return &hooks;
}

/* --- relations */

enum err school_relation_org(struct tx *tx, int64_t org, struct relation *out)
{
	*out = (struct relation){.role = ROLE_NONE};
	return school_sql_relation_org(tx, org, out);
}

enum err school_relation_unit(struct tx *tx, int64_t unit, struct relation *out)
{
	*out = (struct relation){.role = ROLE_NONE};
	return school_sql_relation_unit(tx, unit, out);
}

enum err school_relation_invite(struct tx *tx, int64_t invite, struct relation *out)
{
	*out = (struct relation){.role = ROLE_NONE};
	return school_sql_relation_invite(tx, invite, out);
}

enum err school_relation_org_stream(struct tx *tx, int64_t org, struct relation *out)
{
	enum err e = school_relation_org(tx, org, out);
	out->stream_follower = !e && out->known && school_follows_org(out->role);
	/* Whoever does not follow the stream does not learn that it is there. */
	out->known = out->stream_follower;
	return e;
}

enum err school_list_org_streams(struct tx *tx, struct person_id p, void (*add)(void *user, struct stream_id s, int64_t head), void *user)
{
	return org_sql_streams(tx, p, add, user);
}

/* --- reading */

enum err school_member_role(struct tx *tx, struct org_id org, struct person_id person, enum role *out)
{
	struct member_row row;
	enum err e = member_sql_get(tx, org, person, &row);
	if (!e)
		*out = row.role;
	return e;
}

enum err school_member_last_role(struct tx *tx, struct org_id org, struct person_id person, enum role *out, bool *living_out)
{
	return member_sql_last(tx, org, person, out, living_out);
}

enum err school_unit_member_get(struct tx *tx, struct org_id org, struct unit_id unit, struct person_id person, bool *lead_out)
{
	return roster_sql_get(tx, org, unit, person, lead_out);
}

enum err school_unit_kind(struct tx *tx, struct org_id org, struct unit_id unit, enum api_unit_kind *out)
{
	struct api_unit row;
	enum err e = unit_sql_get(tx, org, unit, &row);
	if (!e)
		*out = row.kind;
	return e;
}

enum err school_memberships_of(struct tx *tx, struct person_id person, struct api_membership **items_out, size_t *n_out)
{
	struct person_org *orgs;
	size_t n;
	enum err e = member_sql_of_person(tx, person, &orgs, &n);
	if (e)
		return e;
	struct api_membership *items = arena_array(tx->arena, n + 1, sizeof *items);
	if (!items)
		return ERR_NOMEM;
	for (size_t i = 0; !e && i < n; i++)
		e = roster_membership(tx, orgs[i].org, person, &items[i]);
	*items_out = items;
	*n_out = n;
	return e;
}

enum err school_places(struct tx *tx, struct person_id person, struct account_place **out, size_t *n_out)
{
	struct person_org *orgs;
	enum err e = member_sql_of_person(tx, person, &orgs, n_out);
	if (e)
		return e;
	*out = arena_array(tx->arena, *n_out + 1, sizeof **out);
	if (!*out)
		return ERR_NOMEM;
	for (size_t i = 0; i < *n_out; i++)
		(*out)[i] = (struct account_place){.org = orgs[i].org, .role = orgs[i].role};
	return ERR_OK;
}

/* --- writing */

enum err unit_level_from_name(struct tx *tx, struct org_id org, struct unit_id unit, struct str name)
{
	int level;
	struct str letter;
	level_of_name(name, &level, &letter);
	return unit_sql_set_level(tx, org, unit, level, letter.n ? letter : STR(""));
}

enum err school_unit_new(struct tx *tx, struct org_id org, enum api_unit_kind kind, struct str name, struct unit_id *out)
{
	struct str clean, fold;
	struct chat_id chat = {0};
	bool added;
	enum err e = title_clean(tx, name, "name", &clean);
	if (!e)
		e = title_fold(tx, clean, &fold);
	if (!e)
		e = unit_sql_add(tx, org, kind, clean, fold, &added, out);
	if (e)
		return e;
	if (!added)
		return tx_refuse(tx, API_CONFLICT, "name", "conflict.unit_name_taken");
	e = hooks.unit_created(tx, org, *out, kind, clean, &chat);
	if (!e)
		e = unit_sql_set_chat(tx, org, *out, chat);
	if (!e && kind == API_UNIT_KIND_CLASS)
		e = unit_level_from_name(tx, org, *out, clean);
	return e ? e : roster_tell_unit(tx, org, *out);
}

enum err school_org_new(struct tx *tx, struct str name, struct str short_name, enum api_org_type type, struct org_id *out)
{
	struct str clean, clean_short;
	struct unit_id staff;
	enum err e = title_clean(tx, name, "name", &clean);
	if (!e)
		e = title_clean(tx, short_name, "short_name", &clean_short);
	if (!e)
		e = org_sql_add(tx, clean, clean_short, type, out);
	if (!e)
		e = school_unit_new(tx, *out, API_UNIT_KIND_STAFF, school_word(type, SCHOOL_WORD_STAFF_UNIT), &staff);
	if (!e)
		e = org_sql_set_staff_unit(tx, *out, staff);
	return e || !hooks.org_created ? e : hooks.org_created(tx, *out);
}

enum err school_check_active(struct tx *tx, struct org_id org)
{
	struct api_org now;
	enum err e = org_sql_get(tx, org, &now);
	return !e && now.state == API_ORG_STATE_DRAFT ? tx_refuse(tx, API_CONFLICT, NULL, "conflict.org_draft") : e;
}

/* A new member, in the staff unit when he is staff. No events yet but those of the staff unit and its chat. */
static enum err member_new(struct tx *tx, struct org_id org, struct person_id person, enum role role)
{
	struct api_person names;
	struct str name_fold, given_fold;
	bool added, changed, came_in;
	enum err e = school_is_staff(role) ? ERR_OK : school_check_active(tx, org);
	if (!e)
		e = account_person_get(tx, person, &names);
	if (!e)
		e = account_came_in(tx, person, &came_in);
	if (!e)
		e = title_of_person(tx, &names, &name_fold, &given_fold);
	if (!e)
		e = member_sql_add(tx, org, person, role, school_verification_at_first(role), name_fold, given_fold, came_in, &added);
	if (e)
		return e;
	if (!added) /* at the same moment by another way */
		return tx_refuse(tx, API_CONFLICT, NULL, "conflict.other_role");
	if (school_follows_org(role))
		tx_follow(tx, person, org_stream(org));
	if (!school_is_staff(role))
		return hooks.person_placed(tx, org, person);
	struct unit_id staff;
	struct api_unit unit;
	e = org_sql_staff_unit(tx, org, &staff);
	if (!e)
		e = unit_sql_get(tx, org, staff, &unit);
	if (!e)
		e = roster_join(tx, org, &unit, person, role, NULL, &changed);
	return e ? e : roster_tell_unit(tx, org, staff);
}

enum err school_join(struct tx *tx, struct org_id org, struct person_id person, enum role role, struct unit_id unit, bool lead,
	bool *changed_out)
{
	enum role has;
	bool joined = false;
	*changed_out = false;
	enum err e = school_member_role(tx, org, person, &has);
	if (!e && has != role)
		return tx_refuse(tx, API_CONFLICT, NULL, "conflict.other_role");
	if (e == ERR_NOT_FOUND) {
		e = member_new(tx, org, person, role);
		*changed_out = true;
	}
	if (!e && unit.v) {
		struct api_unit row;
		e = unit_sql_get(tx, org, unit, &row);
		if (e == ERR_NOT_FOUND)
			return tx_refuse(tx, API_NOT_FOUND, "unit_id", NULL);
		/* A link without lead takes the lead from nobody. */
		if (!e)
			e = roster_join(tx, org, &row, person, role, lead ? &lead : NULL, &joined);
		if (!e && joined)
			e = roster_tell_unit(tx, org, unit);
	}
	*changed_out |= joined;
	return e || !*changed_out ? e : roster_tell_member(tx, org, person);
}

enum err school_leave(struct tx *tx, struct org_id org, struct person_id person)
{
	struct api_unit_membership_array units;
	enum role role;
	enum err e = school_member_role(tx, org, person, &role);
	if (!e)
		e = guardian_end_all(tx, org, person); /* first: a guardian with a child in a unit does not leave it */
	if (!e)
		e = teaching_end_all(tx, org, person);
	if (!e)
		e = set_end_all(tx, org, person);
	if (!e)
		e = roster_sql_of_person(tx, org, person, &units);
	for (size_t i = 0; !e && i < units.n; i++) {
		struct unit_id unit = {units.items[i].unit_id};
		bool ended;
		e = roster_leave(tx, org, unit, person, &ended);
		if (!e)
			e = roster_tell_unit(tx, org, unit);
	}
	if (!e)
		e = member_sql_end(tx, org, person);
	if (!e)
		e = claim_sql_end(tx, org, person);
	if (!e)
		e = name_sql_end(tx, org, person);
	if (!e)
		e = hooks.person_placed(tx, org, person);
	if (e)
		return e;
	if (school_follows_org(role))
		tx_unfollow(tx, person, org_stream(org));
	e = event_membership_ended(tx, person_stream(person), &(struct api_membership_ended_event){.org_id = org.v});
	return e ? e : event_member_ended(tx, org_stream(org), &(struct api_member_ended_event){.person_id = person.v});
}

/* --- administrators appointed by phone */

static enum err appoint(struct tx *tx, const struct appointment *a, struct person_id person)
{
	enum role has;
	bool changed;
	enum err e = appointment_sql_take(tx, a->org, a->id, person);
	if (!e)
		e = audit_add(tx, a->org, "admin_arrived", "person", person.v, STR(""));
	if (!e)
		e = school_member_role(tx, a->org, person, &has);
	if (e == ERR_NOT_FOUND)
		return school_join(tx, a->org, person, ROLE_ADMIN, (struct unit_id){0}, false, &changed);
	if (e || has == ROLE_ADMIN)
		return e;
	/* A member already in another role rises. */
	return roster_set_role(tx, a->org, person, has, ROLE_ADMIN);
}

enum err school_came_in(struct tx *tx, struct person_id person)
{
	struct person_org *orgs;
	size_t n;
	enum err e = member_sql_set_came_in(tx, person);
	if (!e)
		e = member_sql_of_person(tx, person, &orgs, &n);
	for (size_t i = 0; !e && i < n; i++)
		e = roster_tell_member(tx, orgs[i].org, person);
	return e;
}

enum err school_newcomer(struct tx *tx, struct str phone, struct person_id existing_or_zero, struct person_id *out)
{
	struct appointment *list;
	size_t n;
	*out = existing_or_zero;
	enum err e = appointment_sql_open(tx, phone, &list, &n);
	if (!e && n && !out->v) {
		/* The operator may have left the names out. */
		struct str given = list[0].given_name.n ? list[0].given_name : STR("Администратор");
		struct api_org org;
		e = org_sql_get(tx, list[0].org, &org);
		if (!e)
			e = account_person_new(tx, phone, given, list[0].family_name.n ? list[0].family_name : org.short_name,
				list[0].patronymic, out);
	}
	for (size_t i = 0; !e && i < n; i++)
		e = appoint(tx, &list[i], *out);
	return e ? e : curator_arrive(tx, phone, out);
}
