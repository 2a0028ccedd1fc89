/* SPDX-License-Identifier: Apache-2.0
 *
 * How each step of a movement is taken back (movement.h). What was changed since is a refusal that names it.
 */
#include "school/guardian.h"
#include "school/movement.h"
#include "server/messages.h"

static enum err changed_since(struct movement *m, struct str name)
{
	struct str sentence = message_text(API_CONFLICT, "conflict.changed_since", m->tx->actor.lang_en);
	char *text = arena_printf(m->arena, "%.*s: %.*s", (int)sentence.n, sentence.p, (int)name.n, name.p);
	return text ? tx_refuse(m->tx, API_CONFLICT, "batch_id", text) : ERR_NOMEM;
}

static enum err changed_since_person(struct movement *m, struct person_id person)
{
	struct api_person p;
	enum err e = account_person_get(m->tx, person, &p);
	char *name = e ? NULL : arena_printf(m->arena, "%.*s %.*s", (int)p.family_name.n, p.family_name.p, (int)p.given_name.n, p.given_name.p);
	return e ? e : name ? changed_since(m, str_of(name)) : ERR_NOMEM;
}

static enum err undo_left_unit(struct movement *m, const struct step *s)
{
	struct person_id person = {s->person};
	struct api_unit unit;
	enum role role;
	bool lead, changed;
	enum err e = school_member_role(m->tx, m->org, person, &role);
	if (!e)
		e = unit_sql_get(m->tx, m->org, (struct unit_id){s->unit}, &unit);
	if (e == ERR_NOT_FOUND)
		return changed_since_person(m, person);
	if (!e && roster_sql_get(m->tx, m->org, (struct unit_id){s->unit}, person, &lead) == ERR_OK)
		return role == ROLE_GUARDIAN ? ERR_OK : changed_since_person(m, person); /* a guardian came back with his child */
	if (!e && role == ROLE_STUDENT) {
		struct unit_id elsewhere;
		e = roster_sql_only_one(m->tx, m->org, person, &elsewhere);
		if (!e && elsewhere.v && (unit.kind == API_UNIT_KIND_CLASS || unit.kind == API_UNIT_KIND_GROUP))
			return changed_since_person(m, person);
	}
	if (!e)
		e = roster_join(m->tx, m->org, &unit, person, role, s->flag ? &s->flag : NULL, &changed);
	movement_touch_person(m, person);
	movement_touch_unit(m, (struct unit_id){s->unit});
	return e ? e : movement_tell_of(m, person, role, STR(""), unit.name, false, false);
}

static enum err undo_joined_unit(struct movement *m, const struct step *s)
{
	struct person_id person = {s->person};
	bool ended;
	enum err e = roster_leave(m->tx, m->org, (struct unit_id){s->unit}, person, &ended);
	movement_touch_person(m, person);
	movement_touch_unit(m, (struct unit_id){s->unit});
	return e || ended ? e : changed_since_person(m, person);
}

static enum err undo_left_org(struct movement *m, const struct step *s)
{
	struct person_id person = {s->person};
	enum role role;
	bool revived;
	enum err e = movement_sql_member_revive(m->tx, m->org, person, &revived);
	if (!e && !revived)
		return changed_since_person(m, person);
	if (!e)
		e = school_member_role(m->tx, m->org, person, &role);
	/* Who parts with them brings them back. */
	if (!e && m->tx->rel.role == ROLE_COADMIN && (role == ROLE_ADMIN || role == ROLE_COADMIN))
		return tx_refuse(m->tx, API_FORBIDDEN, NULL, "forbidden.admin_only");
	if (!e && school_follows_org(role))
		tx_follow(m->tx, person, org_stream(m->org));
	movement_touch_person(m, person);
	return e ? e : school_hooks()->person_placed(m->tx, m->org, person);
}

static enum err undo_teaching(struct movement *m, const struct step *s)
{
	struct unit_id unit;
	struct subject_id subject;
	struct person_id teacher;
	bool changed;
	enum err e = movement_sql_teaching_of_row(m->tx, m->org, s->other, &unit, &subject, &teacher);
	if (!e)
		e = movement_sql_teaching_set_ended(m->tx, m->org, s->other, false, &changed);
	if (!e && !changed) /* he was given the same lessons again: that is what was wanted */
		return ERR_OK;
	if (!e && school_hooks()->teaching_changed)
		e = school_hooks()->teaching_changed(m->tx, m->org, unit, subject);
	return e ? e : school_hooks()->person_placed(m->tx, m->org, teacher);
}

static enum err undo_unit(struct movement *m, const struct step *s)
{
	struct unit_id id = {s->unit};
	struct api_unit unit;
	bool changed;
	enum err e;
	if (s->what == STEP_UNIT_ENDED) {
		e = movement_sql_unit_set_ended(m->tx, m->org, id, false, &changed);
		if (!e && !changed)
			return changed_since(m, s->name);
	} else {
		e = unit_sql_get(m->tx, m->org, id, &unit);
		if (s->flag && (e == ERR_NOT_FOUND || (!e && unit.member_count)))
			return ERR_OK;
		if (e == ERR_NOT_FOUND || (!e && unit.member_count))
			return changed_since(m, e ? STR("") : unit.name);
		if (!e)
			e = movement_end_teaching(m, id, (struct person_id){0});
		if (!e)
			e = movement_sql_unit_set_ended(m->tx, m->org, id, true, &changed);
		struct api_unit_changed_event event = {.unit = unit};
		event.unit.has_ended = event.unit.ended = true;
		if (!e)
			e = event_unit_changed(m->tx, org_stream(m->org), &event);
	}
	movement_touch_unit(m, id);
	if (!e && school_hooks()->unit_ended)
		e = school_hooks()->unit_ended(m->tx, m->org, id);
	if (!e && s->what == STEP_UNIT_ENDED)
		e = unit_sql_get(m->tx, m->org, id, &unit);
	if (!e)
		movement_changed_unit(m, id, s->what == STEP_UNIT_ENDED ? API_CHANGED_UNIT_CHANGE_RESTORED : API_CHANGED_UNIT_CHANGE_ENDED, unit.name, STR(""));
	return e;
}

static enum err undo_renamed(struct movement *m, const struct step *s)
{
	struct unit_id id = {s->unit};
	struct api_unit unit;
	enum err e = unit_sql_get(m->tx, m->org, id, &unit);
	if (e == ERR_NOT_FOUND || (!e && !str_eq(unit.name, s->name)))
		return changed_since(m, s->name);
	if (!e)
		e = movement_rename_unit(m, id, s->old_name);
	movement_changed_unit(m, id, API_CHANGED_UNIT_CHANGE_RENAMED, s->name, s->old_name);
	return e == ERR_REFUSED ? changed_since(m, s->old_name) : e;
}

static enum err undo_set(struct movement *m, const struct step *s)
{
	bool changed;
	struct person_id person;
	enum err e = movement_sql_set_row(m->tx, m->org, s->other, false, &changed, &person);
	return e ? e : school_hooks()->person_placed(m->tx, m->org, person);
}

static enum err undo_bond(struct movement *m, const struct step *s)
{
	bool changed;
	return school_guardian_bind(m->tx, m->org, (struct person_id){s->person}, (struct person_id){s->other}, &changed);
}

/* Somebody of a file who has been here since stays: he is no slip of the file. */
static enum err undo_came(struct movement *m, const struct step *s)
{
	struct person_id person = {s->person};
	struct member_row row;
	enum err e = member_sql_get(m->tx, m->org, person, &row);
	if (e || (row.came_in && !s->flag))
		return e == ERR_NOT_FOUND ? ERR_OK : e;
	e = movement_tell_of(m, person, row.role, STR(""), STR(""), true, false);
	return e ? e : school_leave(m->tx, m->org, person);
}

enum err movement_undo_step(struct movement *m, const struct step *s)
{
	static enum err (*const undo[])(struct movement *m, const struct step *s) = {
		[STEP_LEFT_UNIT] = undo_left_unit, [STEP_JOINED_UNIT] = undo_joined_unit, [STEP_LEFT_ORG] = undo_left_org, [STEP_BOND_ENDED] = undo_bond,
		[STEP_TEACHING_ENDED] = undo_teaching, [STEP_SET_LEFT] = undo_set, [STEP_RENAMED] = undo_renamed, [STEP_UNIT_ENDED] = undo_unit,
		[STEP_UNIT_MADE] = undo_unit, [STEP_CAME_INTO_ORG] = undo_came};
	CHECK((size_t)s->what < sizeof undo / sizeof *undo && undo[s->what]);
	struct arena *was = movement_into_scratch(m);
	enum err e = undo[s->what](m, s);
	movement_out_of_scratch(m, was);
	return e;
}
