/* SPDX-License-Identifier: Apache-2.0
 *
 * See movement.h.
 */
#include "school/movement.h"

#include "policy/audit.h"
#include "school/guardian.h"
#include "school/structure.h"
#include "server/effects.h"

#define SCRATCH_MAX (8u << 20)

static void begin(struct movement *m, struct tx *tx, struct org_id org)
{
	*m = (struct movement){.tx = tx, .arena = tx->arena, .org = org, .scratch = arena_new(SCRATCH_MAX),
		.people = VEC_INIT, .units = VEC_INIT, .told = VEC_INIT, .changed = VEC_INIT, .warnings = VEC_INIT,
		.seen_people = map_new(), .seen_units = map_new()};
}

enum err movement_begin(struct movement *m, struct tx *tx, struct org_id org, enum api_movement_kind kind)
{
	begin(m, tx, org);
	return movement_sql_begin(tx, m->org, kind, &m->batch);
}

enum err movement_go_on(struct movement *m, struct tx *tx, struct org_id org, int64_t batch)
{
	begin(m, tx, org);
	m->batch = batch;
	return movement_sql_last_step(tx, org, batch, &m->seq);
}

/* --- what an operation remembers */

void movement_touch_person(struct movement *m, struct person_id person)
{
	if (map_find(m->seen_people, (uint64_t)person.v))
		return;
	map_put(m->seen_people, (uint64_t)person.v, m);
	VEC_PUSH(&m->people, person);
}

void movement_touch_unit(struct movement *m, struct unit_id unit)
{
	if (map_find(m->seen_units, (uint64_t)unit.v))
		return;
	map_put(m->seen_units, (uint64_t)unit.v, m);
	VEC_PUSH(&m->units, unit);
}

/* Steps and what they allocate come and go; a school of 2,000 fits into no command's arena otherwise. */
struct arena *movement_into_scratch(struct movement *m)
{
	struct arena *was = m->tx->arena;
	m->tx->arena = m->scratch;
	return was;
}

void movement_out_of_scratch(struct movement *m, struct arena *was)
{
	m->tx->arena = was;
	if (was == m->arena && !m->tx->refusal.code)
		arena_reset(m->scratch);
}

enum err movement_write_step(struct movement *m, const struct step *s)
{
	return movement_sql_step(m->tx, m->org, m->batch, ++m->seq, s);
}

enum err movement_write_line(struct movement *m, const struct movement_line *line)
{
	return movement_sql_line(m->tx, m->org, m->batch, line, m->order_no, m->order_date, m->reason);
}

enum err movement_warn(struct movement *m, enum api_movement_warning_code code, struct str name)
{
	struct str kept = arena_str(m->arena, name);
	for (size_t i = 0; i < m->warnings.n; i++)
		if (m->warnings.p[i].code == code && str_eq(m->warnings.p[i].name, kept))
			return ERR_OK;
	if (m->warnings.n < MOVEMENT_CHATS_TOLD)
		VEC_PUSH(&m->warnings, ((struct api_movement_warning){.code = code, .name = kept}));
	return kept.p || !name.n ? ERR_OK : ERR_NOMEM;
}

enum err movement_tell_of(struct movement *m, struct person_id person, enum role role, struct str from, struct str to, bool leaves, bool along)
{
	struct api_moved_person p = {.has_role = role != ROLE_NONE, .role = role != ROLE_NONE ? (enum api_role)role : API_ROLE_ADMIN,
		.has_from_name = from.n != 0, .has_to_name = to.n != 0, .leaves = leaves, .has_along = along, .along = along};
	if (m->told.n >= MOVEMENT_PEOPLE_TOLD)
		return ERR_OK;
	struct arena *was = m->tx->arena;
	m->tx->arena = m->arena;
	enum err e = account_person_get(m->tx, person, &p.person);
	m->tx->arena = was;
	p.from_name = arena_str(m->arena, from);
	p.to_name = arena_str(m->arena, to);
	VEC_PUSH(&m->told, p);
	return e ? e : arena_failed(m->arena) ? ERR_NOMEM : ERR_OK;
}

void movement_changed_unit(struct movement *m, struct unit_id unit, enum api_changed_unit_change change, struct str name, struct str new_name)
{
	VEC_PUSH(&m->changed, ((struct api_changed_unit){.has_unit_id = change != API_CHANGED_UNIT_CHANGE_CREATED, .unit_id = unit.v, .change = change,
		.name = arena_str(m->arena, name), .has_new_name = new_name.n != 0, .new_name = arena_str(m->arena, new_name)}));
}

/* --- steps */

enum err movement_leave_unit(struct movement *m, struct unit_id unit, struct person_id person)
{
	bool lead, ended;
	enum err e = roster_sql_get(m->tx, m->org, unit, person, &lead);
	if (e)
		return e == ERR_NOT_FOUND ? tx_refuse(m->tx, API_NOT_FOUND, "person_ids", NULL) : e;
	e = roster_leave(m->tx, m->org, unit, person, &ended);
	movement_touch_unit(m, unit);
	movement_touch_person(m, person);
	return e ? e : movement_write_step(m, &(struct step){.what = STEP_LEFT_UNIT, .person = person.v, .unit = unit.v, .flag = lead});
}

enum err movement_join_unit(struct movement *m, const struct api_unit *unit, struct person_id person, enum role role, const bool *lead)
{
	bool changed;
	enum err e = roster_join(m->tx, m->org, unit, person, role, lead, &changed);
	if (e || !changed)
		return e;
	movement_touch_unit(m, (struct unit_id){unit->id});
	movement_touch_person(m, person);
	return movement_write_step(m, &(struct step){.what = STEP_JOINED_UNIT, .person = person.v, .unit = unit->id});
}

static enum err end_bonds(struct movement *m, struct person_id person, struct person_id **guardians_out, size_t *n_out)
{
	struct person_id *children;
	size_t child_n;
	enum err e = guardian_sql_children(m->tx, m->org, person, &children, &child_n);
	if (!e)
		e = guardian_sql_of_child(m->tx, m->org, person, guardians_out, n_out);
	for (size_t i = 0; !e && i < child_n; i++)
		e = movement_write_step(m, &(struct step){.what = STEP_BOND_ENDED, .person = person.v, .other = children[i].v});
	for (size_t i = 0; !e && i < *n_out; i++)
		e = movement_write_step(m, &(struct step){.what = STEP_BOND_ENDED, .person = (*guardians_out)[i].v, .other = person.v});
	return e;
}

enum err movement_end_teaching(struct movement *m, struct unit_id unit, struct person_id teacher)
{
	struct living_row *rows;
	size_t n;
	enum err e = movement_sql_teaching(m->tx, m->org, unit, teacher, &rows, &n);
	for (size_t i = 0; !e && i < n; i++) {
		bool changed;
		struct unit_id of = {rows[i].unit};
		struct subject_id subject;
		struct person_id who;
		e = movement_sql_teaching_of_row(m->tx, m->org, rows[i].id, &of, &subject, &who);
		if (!e)
			e = movement_sql_teaching_set_ended(m->tx, m->org, rows[i].id, true, &changed);
		if (!e)
			e = movement_write_step(m, &(struct step){.what = STEP_TEACHING_ENDED, .other = rows[i].id});
		if (!e && school_hooks()->teaching_changed)
			e = school_hooks()->teaching_changed(m->tx, m->org, of, subject);
		if (!e)
			e = school_hooks()->person_placed(m->tx, m->org, who);
		if (!e)
			e = movement_warn(m, API_MOVEMENT_WARNING_CODE_TEACHING_ENDS, rows[i].name);
	}
	return e;
}

static enum err leave_sets(struct movement *m, struct person_id person)
{
	struct living_row *rows;
	size_t n;
	enum err e = movement_sql_sets(m->tx, m->org, person, &rows, &n);
	for (size_t i = 0; !e && i < n; i++) {
		bool changed;
		struct person_id who;
		e = movement_sql_set_row(m->tx, m->org, rows[i].id, true, &changed, &who);
		if (!e)
			e = movement_write_step(m, &(struct step){.what = STEP_SET_LEFT, .other = rows[i].id});
		if (!e && school_hooks()->set_changed)
			e = school_hooks()->set_changed(m->tx, m->org, (struct set_id){rows[i].unit});
	}
	return e;
}

/* The units of somebody who goes; the last one, which is no staff unit when there is another, is what the journal says he left. */
static enum err leave_units(struct movement *m, struct person_id person, struct unit_id *from_out, struct str *name_out)
{
	struct api_unit_membership_array units;
	enum err e = roster_sql_of_person(m->tx, m->org, person, &units);
	*from_out = (struct unit_id){0};
	*name_out = STR("");
	for (size_t i = 0; !e && i < units.n; i++) {
		struct unit_id unit = {units.items[i].unit_id};
		struct str name;
		bool living;
		int64_t leads, students;
		e = school_unit_name(m->tx, m->org, unit, &name, &living); /* which may be ending itself */
		if (!e)
			e = movement_leave_unit(m, unit, person);
		if (!e) {
			*from_out = unit;
			*name_out = name;
		}
		if (!e && units.items[i].lead)
			e = movement_sql_unit_counts(m->tx, m->org, unit, &leads, &students);
		if (!e && units.items[i].lead && !leads)
			e = movement_warn(m, API_MOVEMENT_WARNING_CODE_UNIT_WITHOUT_LEAD, name);
	}
	return e;
}

static enum err one_leaves(struct movement *m, struct person_id person, enum role role, enum api_movement_kind kind, bool along,
	struct person_id **guardians_out, size_t *n_out)
{
	struct unit_id from;
	struct str name;
	enum err e = end_bonds(m, person, guardians_out, n_out);
	if (!e)
		e = guardian_end_all(m->tx, m->org, person); /* before the units: a guardian with a child in a unit does not leave it */
	if (!e)
		e = movement_end_teaching(m, (struct unit_id){0}, person);
	if (!e)
		e = leave_sets(m, person);
	if (!e)
		e = leave_units(m, person, &from, &name);
	if (!e)
		e = movement_write_line(m, &(struct movement_line){kind, person.v, from.v, 0, name, STR("")});
	if (!e)
		e = movement_tell_of(m, person, role, name, STR(""), true, along);
	if (!e)
		e = school_leave(m->tx, m->org, person);
	return e ? e : movement_write_step(m, &(struct step){.what = STEP_LEFT_ORG, .person = person.v});
}

/* A guardian whom nothing keeps here any more. */
static enum err is_free(struct movement *m, struct person_id guardian, bool *out)
{
	struct api_unit_membership_array units;
	struct person_id *children;
	enum role role;
	size_t n;
	*out = false;
	enum err e = school_member_role(m->tx, m->org, guardian, &role);
	if (e || role != ROLE_GUARDIAN)
		return e == ERR_NOT_FOUND ? ERR_OK : e;
	e = guardian_sql_children(m->tx, m->org, guardian, &children, &n);
	if (!e)
		e = roster_sql_of_person(m->tx, m->org, guardian, &units);
	*out = !e && !n && !units.n;
	return e;
}

enum err movement_leave_alone(struct movement *m, struct person_id person, enum role role)
{
	struct arena *was = movement_into_scratch(m);
	struct person_id *guardians;
	size_t n;
	enum err e = one_leaves(m, person, role, school_is_staff(role) ? API_MOVEMENT_KIND_DISMISS : API_MOVEMENT_KIND_LEAVE, false, &guardians, &n);
	movement_out_of_scratch(m, was);
	return e;
}

enum err movement_leave_org(struct movement *m, struct person_id person, enum role role, enum api_movement_kind kind)
{
	struct arena *was = movement_into_scratch(m);
	struct person_id *guardians, *none;
	size_t n, none_n;
	enum err e = one_leaves(m, person, role, kind, false, &guardians, &n);
	for (size_t i = 0; !e && i < n; i++) {
		bool goes;
		e = is_free(m, guardians[i], &goes);
		if (!e && goes)
			e = one_leaves(m, guardians[i], ROLE_GUARDIAN, API_MOVEMENT_KIND_LEAVE, true, &none, &none_n);
	}
	movement_out_of_scratch(m, was);
	return e;
}

enum err movement_transfer(struct movement *m, struct person_id person, const struct api_unit *to)
{
	struct arena *was = movement_into_scratch(m);
	struct unit_id from;
	struct api_unit left = {.name = STR("")};
	int64_t leads, students = 1;
	bool there;
	enum err e = roster_sql_only_one(m->tx, m->org, person, &from);
	if (to->kind == API_UNIT_KIND_CIRCLE)
		from.v = 0; /* it comes on top of his class (R20) */
	if (!e && roster_sql_get(m->tx, m->org, (struct unit_id){to->id}, person, &there) == ERR_OK)
		e = tx_refuse(m->tx, API_CONFLICT, "person_ids", "conflict.already_there");
	if (!e && from.v) {
		e = unit_sql_get(m->tx, m->org, from, &left);
		if (!e)
			e = movement_leave_unit(m, from, person);
		if (!e)
			e = movement_sql_unit_counts(m->tx, m->org, from, &leads, &students);
	}
	if (!e)
		e = movement_join_unit(m, to, person, ROLE_STUDENT, NULL);
	if (!e)
		e = movement_write_line(m, &(struct movement_line){from.v ? API_MOVEMENT_KIND_TRANSFER : API_MOVEMENT_KIND_ENROLL, person.v, from.v, to->id,
			left.name, to->name});
	if (!e)
		e = movement_tell_of(m, person, ROLE_STUDENT, left.name, to->name, false, false);
	if (!e && from.v && !students)
		e = movement_warn(m, API_MOVEMENT_WARNING_CODE_UNIT_EMPTY, left.name);
	movement_out_of_scratch(m, was);
	return e;
}

enum err movement_set_out(struct movement *m, struct person_id person, struct movement_way *out)
{
	struct arena *was = movement_into_scratch(m);
	struct api_unit left = {.name = STR("")};
	*out = (struct movement_way){.person = person};
	enum err e = roster_sql_only_one(m->tx, m->org, person, &out->from);
	if (!e && out->from.v)
		e = unit_sql_get(m->tx, m->org, out->from, &left);
	out->from_name = arena_str(m->arena, left.name);
	if (!e && out->from.v)
		e = movement_leave_unit(m, out->from, person);
	movement_out_of_scratch(m, was);
	return e;
}

enum err movement_arrive(struct movement *m, const struct movement_way *way, const struct api_unit *to)
{
	struct arena *was = movement_into_scratch(m);
	enum err e = movement_join_unit(m, to, way->person, ROLE_STUDENT, NULL);
	if (!e)
		e = movement_write_line(m, &(struct movement_line){way->from.v ? API_MOVEMENT_KIND_TRANSFER : API_MOVEMENT_KIND_ENROLL, way->person.v, way->from.v,
			to->id, way->from_name, to->name});
	if (!e)
		e = movement_tell_of(m, way->person, ROLE_STUDENT, way->from_name, to->name, false, false);
	movement_out_of_scratch(m, was);
	return e;
}

enum err movement_carry(struct movement *m, const struct api_unit *from, const struct api_unit *into, struct person_id person, enum role role)
{
	struct arena *was = movement_into_scratch(m);
	bool lead = false, there;
	enum err e = roster_sql_get(m->tx, m->org, (struct unit_id){from->id}, person, &lead);
	if (e == ERR_NOT_FOUND) { /* gone with his child */
		movement_out_of_scratch(m, was);
		return ERR_OK;
	}
	if (!e)
		e = movement_leave_unit(m, (struct unit_id){from->id}, person);
	if (!e && roster_sql_get(m->tx, m->org, (struct unit_id){into->id}, person, &there) == ERR_NOT_FOUND)
		e = movement_join_unit(m, into, person, role, lead ? &lead : NULL);
	if (!e)
		e = movement_write_line(m, &(struct movement_line){API_MOVEMENT_KIND_TRANSFER, person.v, from->id, into->id, from->name, into->name});
	if (!e)
		e = movement_tell_of(m, person, role, from->name, into->name, false, false);
	movement_out_of_scratch(m, was);
	return e;
}

enum err movement_came(struct movement *m, struct person_id person, const struct api_unit *unit)
{
	struct member_row row;
	enum err e = member_sql_get(m->tx, m->org, person, &row);
	if (!e)
		e = movement_write_step(m, &(struct step){.what = STEP_CAME_INTO_ORG, .person = person.v, .flag = row.came_in});
	return e || !unit ? e
		: movement_write_line(m, &(struct movement_line){API_MOVEMENT_KIND_ENROLL, person.v, 0, unit->id, STR(""), unit->name});
}

/* --- the end */

static enum err tell_everybody(struct movement *m)
{
	enum err e = ERR_OK;
	for (size_t i = 0; !e && i < m->units.n; i++) {
		e = roster_tell_unit(m->tx, m->org, m->units.p[i]);
		e = e == ERR_NOT_FOUND ? ERR_OK : e; /* was told when it ended */
		arena_reset(m->scratch);
	}
	for (size_t i = 0; !e && i < m->people.n; i++) {
		e = roster_tell_member(m->tx, m->org, m->people.p[i]);
		e = e == ERR_NOT_FOUND ? ERR_OK : e; /* was told that he left */
		arena_reset(m->scratch);
	}
	return e;
}

struct chat_change { struct stream_id chat; int64_t joined, left; };

/* From what the sockets will be told: who follows which chat now, and who does not any more. */
static enum err count_chats(struct movement *m, struct api_movement_done *out)
{
	const struct effects *all = m->tx->effects;
	VEC(struct chat_change) list = VEC_INIT;
	struct map *at = map_new();
	enum err e = ERR_OK;
	for (size_t i = 0; i < all->list.n; i++) {
		const struct effect *f = &all->list.p[i];
		if ((f->kind != EFFECT_FOLLOW && f->kind != EFFECT_UNFOLLOW) || stream_kind_of(f->stream) != STREAM_CHAT)
			continue;
		uintptr_t n = (uintptr_t)map_find(at, (uint64_t)f->stream.v);
		if (!n) {
			VEC_PUSH(&list, ((struct chat_change){.chat = f->stream}));
			n = list.n;
			map_put(at, (uint64_t)f->stream.v, (void *)n);
		}
		list.p[n - 1].joined += f->kind == EFFECT_FOLLOW;
		list.p[n - 1].left += f->kind == EFFECT_UNFOLLOW;
	}
	size_t max = list.n < MOVEMENT_CHATS_TOLD ? list.n : MOVEMENT_CHATS_TOLD;
	out->chats.items = arena_array(m->arena, max + 1, sizeof *out->chats.items);
	if (!out->chats.items)
		e = ERR_NOMEM;
	for (size_t i = 0; !e && i < max && school_hooks()->chat_title; i++) {
		struct api_changed_chat *c = &out->chats.items[out->chats.n];
		*c = (struct api_changed_chat){.joined = list.p[i].joined, .left = list.p[i].left};
		e = school_hooks()->chat_title(m->tx, m->org, (struct chat_id){stream_object(list.p[i].chat)}, &c->title);
		out->chats.n += !e;
	}
	map_free(&at);
	VEC_RELEASE(&list);
	return e;
}

#define HAND_OVER(list, field) \
	do { \
		out->field.items = arena_array(m->arena, (list).n + 1, sizeof *out->field.items); \
		if (out->field.items && (list).n) \
			memcpy(out->field.items, (list).p, (list).n * sizeof *(list).p); \
		out->field.n = out->field.items ? (list).n : 0; \
	} while (0)

/* A refusal may name something in the scratch arena, which goes now. */
static void keep_refusal(struct movement *m)
{
	struct refusal *r = &m->tx->refusal;
	if (r->message)
		r->message = arena_z(m->arena, str_of(r->message));
	if (r->field)
		r->field = arena_z(m->arena, str_of(r->field));
}

/* What was done is told; what a refusal says outlives the scratch arena. */
static enum err settle(struct movement *m, enum err e)
{
	if (!e) {
		m->tx->arena = m->scratch;
		e = tell_everybody(m);
	}
	m->tx->arena = m->arena;
	if (e == ERR_REFUSED)
		keep_refusal(m);
	return e;
}

static enum err release(struct movement *m, enum err e)
{
	VEC_RELEASE(&m->people);
	VEC_RELEASE(&m->units);
	VEC_RELEASE(&m->told);
	VEC_RELEASE(&m->changed);
	VEC_RELEASE(&m->warnings);
	map_free(&m->seen_people);
	map_free(&m->seen_units);
	arena_free(&m->scratch);
	return e ? e : arena_failed(m->arena) ? ERR_NOMEM : ERR_OK;
}

enum err movement_close(struct movement *m, enum err e)
{
	return release(m, settle(m, e));
}

enum err movement_end(struct movement *m, enum err e, bool preview, struct api_movement_done *out)
{
	struct tx *tx = m->tx;
	size_t people = m->told.n;
	e = settle(m, e);
	if (!e)
		e = count_chats(m, out);
	if (!e) {
		HAND_OVER(m->told, people);
		HAND_OVER(m->changed, units);
		HAND_OVER(m->warnings, warnings);
		out->people_count = (int64_t)people;
		out->preview = preview;
		out->has_batch_id = out->has_undo_until = !preview;
		out->batch_id = m->batch;
		out->undo_until = tx->now_ms + MOVEMENT_UNDO_MS;
		tx->undo = preview;
	}
	if (!e && !preview)
		e = audit_add(tx, m->org, "movement", "movement", m->batch, audit_detail(tx, "ii", "people", (int64_t)people, "units", (int64_t)m->changed.n));
	return release(m, e);
}
