/* SPDX-License-Identifier: Apache-2.0
 *
 * The next school year as one checked operation: a proposal, and the proposal as it was corrected carried out (api/movement.yaml).
 */
#include "base/utf8.h"
#include "school/movement.h"
#include "school/title.h"

#define LAST_LEVEL 11

/* "5А" -> 5 and where the letter begins; 0: the name does not begin with a level. */
static int64_t level_of(struct str name, size_t *rest_out)
{
	int64_t level = 0;
	size_t i = 0;
	for (; i < name.n && name.p[i] >= '0' && name.p[i] <= '9' && i < 2; i++)
		level = level * 10 + (name.p[i] - '0');
	*rest_out = i;
	return i < name.n && name.p[i] >= '0' && name.p[i] <= '9' ? 0 : level;
}

static enum err propose(struct tx *tx, const struct api_unit *unit, int64_t last, struct api_rollover_line *out)
{
	size_t rest;
	int64_t leads;
	*out = (struct api_rollover_line){.unit_id = unit->id, .kind = unit->kind, .name = unit->name, .action = API_ROLLOVER_ACTION_KEEP};
	enum err e = movement_sql_unit_counts(tx, tx_org(tx), (struct unit_id){unit->id}, &leads, &out->members);
	int64_t level = unit->kind == API_UNIT_KIND_CLASS ? level_of(unit->name, &rest) : 0;
	if (e || !level)
		return e;
	if (level >= last) {
		out->action = API_ROLLOVER_ACTION_LEAVE;
		return ERR_OK;
	}
	char *name = arena_printf(tx->arena, "%lld%.*s", (long long)level + 1, (int)(unit->name.n - rest), unit->name.p + rest);
	if (!name)
		return ERR_NOMEM;
	out->action = API_ROLLOVER_ACTION_RENAME;
	out->has_new_name = true;
	out->new_name = str_of(name);
	return ERR_OK;
}

enum err rollover_propose(struct tx *tx, const struct api_rollover_propose *in, struct api_rollover_plan *out)
{
	size_t n, first = 0, rest;
	struct api_unit *units = arena_array(tx->arena, SCHOOL_UNIT_PAGE, sizeof *units);
	out->lines.items = arena_array(tx->arena, SCHOOL_UNIT_PAGE, sizeof *out->lines.items);
	out->new_units.items = arena_array(tx->arena, SCHOOL_UNIT_PAGE, sizeof *out->new_units.items);
	if (!units || !out->lines.items || !out->new_units.items)
		return ERR_NOMEM;
	enum err e = unit_sql_list(tx, tx_org(tx), 0, units, SCHOOL_UNIT_PAGE, &n);
	for (size_t i = 0; !e && i < n; i++) {
		if (units[i].kind == API_UNIT_KIND_STAFF)
			continue;
		e = propose(tx, &units[i], in->has_last_level ? in->last_level : LAST_LEVEL, &out->lines.items[out->lines.n++]);
		/* As many first classes as there are now. */
		if (units[i].kind == API_UNIT_KIND_CLASS && level_of(units[i].name, &rest) == 1)
			out->new_units.items[first++] = (struct api_rollover_new){.kind = API_UNIT_KIND_CLASS, .name = units[i].name};
	}
	out->new_units.n = first;
	return e;
}

/* --- carrying it out */

static enum err check_steps(struct tx *tx, const struct api_rollover_apply *in)
{
	struct map *seen = map_new();
	enum err e = ERR_OK;
	for (size_t i = 0; !e && i < in->steps.n; i++) {
		const struct api_rollover_step *s = &in->steps.items[i];
		struct api_unit unit;
		e = unit_sql_get(tx, tx_org(tx), (struct unit_id){s->unit_id}, &unit);
		if (e == ERR_NOT_FOUND)
			e = tx_refuse(tx, API_NOT_FOUND, "steps", NULL);
		else if (!e && (unit.kind == API_UNIT_KIND_STAFF || map_find(seen, (uint64_t)s->unit_id)))
			e = tx_refuse(tx, API_CONFLICT, "steps", "conflict.rollover_unit");
		else if (!e && (s->action == API_ROLLOVER_ACTION_RENAME) != s->has_new_name)
			e = tx_refuse(tx, API_INVALID_FIELD, "steps", "invalid_field.new_name");
		map_put(seen, (uint64_t)s->unit_id, seen);
	}
	map_free(&seen);
	return e;
}

static enum err finish_unit(struct movement *m, const struct api_rollover_step *s)
{
	struct unit_id unit = {s->unit_id};
	struct person_id *people;
	enum role *roles;
	size_t n = 0;
	enum err e = movement_close_unit(m, unit);
	if (!e && s->action == API_ROLLOVER_ACTION_LEAVE)
		e = movement_sql_people_of(m->tx, m->org, unit, &people, &roles, &n);
	for (size_t i = 0; !e && i < n; i++)
		if (roles[i] == ROLE_STUDENT)
			e = movement_leave_org(m, people[i], ROLE_STUDENT, API_MOVEMENT_KIND_LEAVE);
	return e ? e : movement_end_unit(m, unit);
}

/* 10А must be 11А before 9А can be 10А: rounds, until nothing is left or nothing moves. */
static enum err rename_all(struct movement *m, const struct api_rollover_apply *in)
{
	bool *done = arena_array(m->arena, in->steps.n + 1, sizeof *done);
	size_t left = 0;
	if (!done)
		return ERR_NOMEM;
	for (size_t i = 0; i < in->steps.n; i++)
		left += in->steps.items[i].action == API_ROLLOVER_ACTION_RENAME;
	while (left) {
		size_t before = left;
		for (size_t i = 0; i < in->steps.n; i++) {
			const struct api_rollover_step *s = &in->steps.items[i];
			struct api_unit unit;
			struct str clean, fold;
			bool taken;
			if (done[i] || s->action != API_ROLLOVER_ACTION_RENAME)
				continue;
			enum err e = unit_sql_get(m->tx, m->org, (struct unit_id){s->unit_id}, &unit);
			if (!e)
				e = title_clean(m->tx, s->new_name, "steps", &clean);
			if (!e)
				e = title_fold(m->tx, clean, &fold);
			if (!e)
				e = movement_sql_name_taken(m->tx, m->org, unit.kind, fold, (struct unit_id){s->unit_id}, &taken);
			if (e)
				return e;
			if (taken)
				continue;
			e = movement_rename(m, (struct unit_id){s->unit_id}, clean);
			if (e)
				return e;
			done[i] = true;
			left--;
		}
		if (left == before)
			return tx_refuse(m->tx, API_CONFLICT, "steps", "conflict.unit_name_taken");
	}
	return ERR_OK;
}

static bool holds_pupils(enum api_unit_kind kind)
{
	return kind == API_UNIT_KIND_CLASS || kind == API_UNIT_KIND_GROUP;
}

/* Before the classes end. Whoever goes into a class that is yet to be made sets out now, so that he does not leave with his own. */
static enum err repeat(struct movement *m, const struct api_rollover_repeat *r, struct movement_way *way)
{
	struct person_id person = {r->person_id};
	struct api_unit to = {.kind = API_UNIT_KIND_CLASS};
	enum role role;
	if (r->has_to_unit_id == r->has_to_new)
		return tx_refuse(m->tx, API_INVALID_FIELD, "repeaters", "invalid_field.missing");
	enum err e = school_member_role(m->tx, m->org, person, &role);
	if (!e && r->has_to_unit_id)
		e = unit_sql_get(m->tx, m->org, (struct unit_id){r->to_unit_id}, &to);
	if (e == ERR_NOT_FOUND || (!e && (role != ROLE_STUDENT || !holds_pupils(to.kind))))
		return tx_refuse(m->tx, API_NOT_FOUND, "repeaters", NULL);
	if (e)
		return e;
	return r->has_to_unit_id ? movement_transfer(m, person, &to) : movement_set_out(m, person, way);
}

static enum err arrive(struct movement *m, const struct api_rollover_apply *in, const struct unit_id *made, const struct api_rollover_repeat *r,
	const struct movement_way *way)
{
	struct api_unit to;
	for (size_t i = 0; in->has_new_units && i < in->new_units.n; i++) {
		if (!str_eq(in->new_units.items[i].name, r->to_new) || !holds_pupils(in->new_units.items[i].kind))
			continue;
		enum err e = unit_sql_get(m->tx, m->org, made[i], &to);
		return e ? e : movement_arrive(m, way, &to);
	}
	return tx_refuse(m->tx, API_NOT_FOUND, "repeaters", NULL);
}

enum err rollover_apply(struct tx *tx, const struct api_rollover_apply *in, struct api_movement_done *out)
{
	struct movement m;
	size_t repeaters = in->has_repeaters ? in->repeaters.n : 0, units = in->has_new_units ? in->new_units.n : 0;
	struct movement_way *ways = arena_array(tx->arena, repeaters + 1, sizeof *ways);
	struct unit_id *made = arena_array(tx->arena, units + 1, sizeof *made);
	enum err e = ways && made ? check_steps(tx, in) : ERR_NOMEM;
	if (e)
		return e;
	e = movement_begin(&m, tx, tx_org(tx), API_MOVEMENT_KIND_ROLLOVER);
	if (!e && (!in->has_end_teaching || in->end_teaching))
		e = movement_end_teaching(&m, (struct unit_id){0}, (struct person_id){0});
	/* Repeaters first, while their classes are there: whoever repeats the last year does not leave with it. */
	for (size_t i = 0; !e && i < repeaters; i++)
		e = repeat(&m, &in->repeaters.items[i], &ways[i]);
	for (size_t i = 0; !e && i < in->steps.n; i++)
		if (in->steps.items[i].action == API_ROLLOVER_ACTION_END || in->steps.items[i].action == API_ROLLOVER_ACTION_LEAVE)
			e = finish_unit(&m, &in->steps.items[i]);
	if (!e)
		e = rename_all(&m, in);
	for (size_t i = 0; !e && i < units; i++)
		e = in->new_units.items[i].kind == API_UNIT_KIND_STAFF ? tx_refuse(tx, API_INVALID_FIELD, "new_units", NULL)
			: movement_make_unit(&m, in->new_units.items[i].kind, in->new_units.items[i].name, &made[i]);
	for (size_t i = 0; !e && i < repeaters; i++)
		if (in->repeaters.items[i].has_to_new)
			e = arrive(&m, in, made, &in->repeaters.items[i], &ways[i]);
	return movement_end(&m, e, in->has_preview && in->preview, out);
}
