/* SPDX-License-Identifier: Apache-2.0
 *
 * See roster.h.
 */
#include "school/roster.h"

#include "school/guardian.h"
#include "school/structure.h"
#include "server/messages.h"

static bool holds_students_once(enum api_unit_kind kind)
{
	return kind == API_UNIT_KIND_CLASS || kind == API_UNIT_KIND_GROUP;
}

/* R19. The sentence names the class that the student is in already, so it is made here and not by a key. */
static enum err refuse_second_class(struct tx *tx, struct org_id org, struct person_id person)
{
	struct unit_id there;
	struct api_unit unit;
	enum err e = roster_sql_only_one(tx, org, person, &there);
	if (!e)
		e = unit_sql_get(tx, org, there, &unit);
	if (e == ERR_NOT_FOUND)
		return tx_refuse(tx, API_CONFLICT, NULL, NULL);
	if (e)
		return e;
	struct str sentence = message_text(API_CONFLICT, "conflict.student_in_class", tx->actor.lang_en);
	char *text = arena_printf(tx->arena, "%.*s: %.*s", (int)sentence.n, sentence.p, (int)unit.name.n, unit.name.p);
	return text ? tx_refuse(tx, API_CONFLICT, NULL, text) : ERR_NOMEM;
}

static enum err check_place(struct tx *tx, const struct api_unit *unit, enum role role, bool lead)
{
	if (unit->kind == API_UNIT_KIND_STAFF && !school_is_staff(role))
		return tx_refuse(tx, API_CONFLICT, NULL, "conflict.staff_only");
	/* Deputies and administrators come from among the teachers, and go on leading their classes (R17). */
	if (lead && !school_is_staff(role))
		return tx_refuse(tx, API_CONFLICT, "lead", "conflict.lead_staff_only");
	return ERR_OK;
}

enum err roster_join(struct tx *tx, struct org_id org, const struct api_unit *unit, struct person_id person, enum role role,
	const bool *lead, bool *changed_out)
{
	struct unit_id id = {unit->id};
	bool is_lead, want = lead && *lead, only_one = role == ROLE_STUDENT && holds_students_once(unit->kind);
	*changed_out = false;
	enum err e = check_place(tx, unit, role, want);
	if (e)
		return e;
	e = roster_sql_get(tx, org, id, person, &is_lead);
	if (e && e != ERR_NOT_FOUND)
		return e;
	if (!e) {
		if (!lead || is_lead == want)
			return ERR_OK;
		e = roster_sql_set_lead(tx, org, id, person, want);
	} else {
		bool added;
		e = roster_sql_add(tx, org, id, person, want, only_one, &added);
		if (!e && !added)
			return refuse_second_class(tx, org, person);
	}
	*changed_out = true;
	if (!e && lead)
		e = want ? lead_sql_begin(tx, org, id, person) : lead_sql_end(tx, org, id, person);
	if (!e)
		e = school_hooks()->person_placed(tx, org, person);
	return e || role != ROLE_STUDENT ? e : guardian_follow(tx, org, id, person);
}

enum err roster_leave(struct tx *tx, struct org_id org, struct unit_id unit, struct person_id person, bool *ended_out)
{
	*ended_out = false;
	enum err e = guardian_may_leave(tx, org, unit, person);
	if (!e)
		e = roster_sql_end(tx, org, unit, person, ended_out);
	if (!e && *ended_out)
		e = lead_sql_end(tx, org, unit, person);
	if (!e && *ended_out)
		e = school_hooks()->person_placed(tx, org, person);
	return e || !*ended_out ? e : guardian_follow(tx, org, unit, person);
}

enum err roster_set_role(struct tx *tx, struct org_id org, struct person_id person, enum role has, enum role to)
{
	struct unit_id staff;
	struct api_unit unit;
	bool changed = false;
	struct member_row was;
	enum err e = member_sql_get(tx, org, person, &was);
	/* What he was as a parent or a pupil ends; he can be bound to his children again. */
	if (!e && !school_is_staff(has))
		e = guardian_end_all(tx, org, person);
	if (!e && !school_is_staff(has))
		e = set_end_all(tx, org, person);
	if (!e)
		e = member_sql_set_role(tx, org, person, to);
	/* Who was confirmed as staff is so in his next place too. */
	if (!e && to != ROLE_ADMIN && school_is_staff(to) && was.verification == API_VERIFICATION_CONFIRMED)
		e = member_sql_set_verification(tx, org, person, API_VERIFICATION_CONFIRMED, tx->actor.person, STR(""));
	if (!e && to == ROLE_ADMIN)
		e = claim_sql_end(tx, org, person);
	if (e)
		return e;
	if (school_follows_org(has) && !school_follows_org(to))
		tx_unfollow(tx, person, org_stream(org));
	if (!school_follows_org(has) && school_follows_org(to))
		tx_follow(tx, person, org_stream(org));
	e = school_hooks()->person_placed(tx, org, person);
	if (!e && !school_is_staff(has) && school_is_staff(to)) {
		e = org_sql_staff_unit(tx, org, &staff);
		if (!e)
			e = unit_sql_get(tx, org, staff, &unit);
		if (!e)
			e = roster_join(tx, org, &unit, person, to, NULL, &changed);
		if (!e && changed)
			e = roster_tell_unit(tx, org, staff);
	}
	return e ? e : roster_tell_member(tx, org, person);
}

enum err roster_member(struct tx *tx, struct org_id org, struct person_id person, struct api_member *out)
{
	struct member_row row;
	enum err e = member_sql_get(tx, org, person, &row);
	if (e)
		return e;
	*out = (struct api_member){.role = (enum api_role)row.role,
		.joined_at = row.joined_at,
		.has_verification = true,
		.verification = row.verification,
		.has_verified_at = row.verified_at > 0,
		.verified_at = row.verified_at,
		.has_verification_reason = row.verification_reason.n > 0,
		.verification_reason = row.verification_reason,
		.has_came_in = true,
		.came_in = row.came_in};
	e = account_person_get(tx, person, &out->person);
	if (!e && row.verified_by.v) {
		out->has_verified_by = true;
		e = account_person_get(tx, row.verified_by, &out->verified_by);
	}
	return e ? e : roster_sql_of_person(tx, org, person, &out->units);
}

enum err roster_membership(struct tx *tx, struct org_id org, struct person_id person, struct api_membership *out)
{
	struct member_row row;
	enum err e = member_sql_get(tx, org, person, &row);
	if (e)
		return e;
	*out = (struct api_membership){.role = (enum api_role)row.role, .has_verification = true, .verification = row.verification,
		.has_verification_reason = row.verification_reason.n > 0, .verification_reason = row.verification_reason};
	e = org_sql_get(tx, org, &out->org);
	return e ? e : roster_sql_of_person(tx, org, person, &out->units);
}

enum err roster_tell_unit(struct tx *tx, struct org_id org, struct unit_id unit)
{
	struct api_unit_changed_event changed;
	enum err e = unit_sql_get(tx, org, unit, &changed.unit);
	if (e == ERR_NOT_FOUND) /* in the archive: its people may go, and nobody has it in his list */
		return ERR_OK;
	return e ? e : event_unit_changed(tx, org_stream(org), &changed);
}

enum err roster_tell_member(struct tx *tx, struct org_id org, struct person_id person)
{
	struct api_member_changed_event changed;
	struct api_membership_changed_event own;
	enum err e = roster_member(tx, org, person, &changed.member);
	if (!e)
		e = event_member_changed(tx, org_stream(org), &changed);
	if (!e)
		e = roster_membership(tx, org, person, &own.membership);
	return e ? e : event_membership_changed(tx, person_stream(person), &own);
}
