/* SPDX-License-Identifier: Apache-2.0
 *
 * Steps of a movement on units: a new name, an end, a new one (movement.h).
 */
#include "school/movement.h"

#include "school/structure.h"
#include "school/title.h"

enum err movement_rename_unit(struct movement *m, struct unit_id unit, struct str clean)
{
	struct str fold;
	struct api_unit row;
	bool renamed;
	enum err e = title_fold(m->tx, clean, &fold);
	if (!e)
		e = unit_sql_get(m->tx, m->org, unit, &row);
	if (!e)
		e = unit_sql_rename(m->tx, m->org, unit, clean, fold, &renamed);
	if (!e && !renamed)
		e = tx_refuse(m->tx, API_CONFLICT, "name", "conflict.unit_name_taken");
	if (!e && row.kind == API_UNIT_KIND_CLASS)
		e = unit_level_from_name(m->tx, m->org, unit, clean);
	movement_touch_unit(m, unit);
	return e ? e : school_hooks()->unit_renamed(m->tx, m->org, unit, clean);
}

enum err movement_rename(struct movement *m, struct unit_id unit, struct str name)
{
	struct api_unit row;
	struct str clean;
	enum err e = title_clean(m->tx, name, "new_name", &clean);
	if (!e)
		e = unit_sql_get(m->tx, m->org, unit, &row);
	if (e || str_eq(row.name, clean))
		return e == ERR_NOT_FOUND ? tx_refuse(m->tx, API_NOT_FOUND, "unit_id", NULL) : e;
	e = movement_rename_unit(m, unit, clean);
	if (!e)
		e = movement_write_step(m, &(struct step){.what = STEP_RENAMED, .unit = unit.v, .name = clean, .old_name = row.name});
	if (!e)
		e = movement_write_line(m, &(struct movement_line){API_MOVEMENT_KIND_RENAME, 0, unit.v, unit.v, row.name, clean});
	movement_changed_unit(m, unit, API_CHANGED_UNIT_CHANGE_RENAMED, row.name, clean);
	return e;
}

enum err movement_close_unit(struct movement *m, struct unit_id unit)
{
	struct api_unit_changed_event event;
	bool changed;
	struct arena *was = movement_into_scratch(m);
	enum err e = unit_sql_get(m->tx, m->org, unit, &event.unit);
	if (!e)
		e = movement_end_teaching(m, unit, (struct person_id){0});
	if (!e)
		e = movement_sql_unit_set_ended(m->tx, m->org, unit, true, &changed);
	/* Before anybody leaves it: the chats keep who was in them as readers. */
	if (!e && school_hooks()->unit_ended)
		e = school_hooks()->unit_ended(m->tx, m->org, unit);
	if (!e)
		e = archive_annul_links(m->tx, m->org, unit);
	if (!e) {
		movement_changed_unit(m, unit, API_CHANGED_UNIT_CHANGE_ENDED, event.unit.name, STR(""));
		event.unit.member_count = 0;
		event.unit.has_ended = event.unit.ended = true;
		e = event_unit_changed(m->tx, org_stream(m->org), &event);
	}
	movement_out_of_scratch(m, was);
	return e;
}

enum err movement_end_unit(struct movement *m, struct unit_id unit)
{
	struct person_id *people;
	enum role *roles;
	size_t n;
	struct arena *was = movement_into_scratch(m);
	enum err e = movement_sql_people_of(m->tx, m->org, unit, &people, &roles, &n);
	/* Pupils first: whoever is there for a child's sake goes with the child. */
	for (int students = 1; !e && students >= 0; students--)
		for (size_t i = 0; !e && i < n; i++) {
			bool lead;
			if ((roles[i] == ROLE_STUDENT) != students)
				continue;
			e = roster_sql_get(m->tx, m->org, unit, people[i], &lead);
			if (e == ERR_NOT_FOUND)
				e = ERR_OK; /* gone with his child */
			else if (!e)
				e = movement_leave_unit(m, unit, people[i]);
		}
	/* Written last, so that it is taken back first: the people need the unit to come back into. */
	if (!e)
		e = movement_write_step(m, &(struct step){.what = STEP_UNIT_ENDED, .unit = unit.v});
	movement_out_of_scratch(m, was);
	return e;
}

enum err movement_make_unit(struct movement *m, enum api_unit_kind kind, struct str name, struct unit_id *out)
{
	enum err e = school_unit_new(m->tx, m->org, kind, name, out);
	if (!e)
		e = movement_write_step(m, &(struct step){.what = STEP_UNIT_MADE, .unit = out->v});
	if (!e)
		movement_changed_unit(m, *out, API_CHANGED_UNIT_CHANGE_CREATED, name, STR(""));
	return e;
}

enum err movement_unit_was_made(struct movement *m, struct unit_id unit)
{
	return movement_write_step(m, &(struct step){.what = STEP_UNIT_MADE, .unit = unit.v, .flag = true});
}
