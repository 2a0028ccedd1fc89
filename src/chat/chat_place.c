/* SPDX-License-Identifier: Apache-2.0
 *
 * Somebody's place in the organisation, and the chats that follow from it. On a worker's thread, inside a transaction.
 */
#include "chat/chat_free.h"

#include "base/vec.h"

#define PLACE_ARENA (4u << 20) /* for one person's chats */

static bool runs(enum role role)
{
	return role == ROLE_ADMIN || role == ROLE_HEAD;
}

/* What a student's units are taught. */
static enum err taught_of(struct tx *tx, struct org_id org, const struct school_place *place, struct chat_scene *s)
{
	VEC(struct school_teaching) list = VEC_INIT;
	enum err e = ERR_OK;
	for (size_t i = 0; !e && i < place->unit_n; i++) {
		int64_t *subjects;
		size_t n = 0;
		e = school_taught(tx, org, place->units[i].unit, &subjects, &n);
		for (size_t k = 0; !e && k < n; k++)
			VEC_PUSH(&list, ((struct school_teaching){place->units[i].unit, {subjects[k]}}));
	}
	struct school_teaching *items = arena_array(tx->arena, list.n + 1, sizeof *items);
	if (items && list.n)
		memcpy(items, list.p, list.n * sizeof *items);
	s->taught = items;
	s->taught_n = list.n;
	VEC_RELEASE(&list);
	return e ? e : items ? ERR_OK : ERR_NOMEM;
}

static enum err sets_of(struct tx *tx, struct org_id org, struct chat_scene *s)
{
	int64_t *ids;
	size_t n;
	enum err e = school_sets(tx, org, &ids, &n);
	if (e)
		return e;
	struct set_id *items = arena_array(tx->arena, n + 1, sizeof *items);
	if (!items)
		return ERR_NOMEM;
	for (size_t i = 0; i < n; i++)
		items[i].v = ids[i];
	s->sets = items;
	s->set_n = n;
	return ERR_OK;
}

enum err chat_wanted_of(struct tx *tx, struct org_id org, const struct school_place *place, struct chat_wanted **items_out, size_t *n_out)
{
	struct chat_scene scene = {.place = place, .guardians_in_class = true};
	bool found;
	enum err e = ERR_OK;
	if (place->role == ROLE_GUARDIAN || place->guarded_n)
		e = chat_sql_org(tx, org.v, &found, &scene.guardians_in_class);
	if (!e && place->role == ROLE_STUDENT)
		e = taught_of(tx, org, place, &scene);
	if (!e && runs(place->role))
		e = sets_of(tx, org, &scene);
	if (e)
		return e;
	*items_out = arena_array(tx->arena, chat_presets_max(&scene) + 1, sizeof **items_out);
	if (!*items_out)
		return ERR_NOMEM;
	*n_out = chat_presets_of(&scene, *items_out);
	return ERR_OK;
}

static bool in_unit(const struct school_place *place, int64_t unit)
{
	for (size_t i = 0; i < place->unit_n; i++)
		if (place->units[i].unit.v == unit)
			return true;
	for (size_t i = 0; i < place->guarded_n; i++)
		if (place->guarded[i].v == unit)
			return true;
	return false;
}

/* Whether somebody stays where his place does not put him. */
static bool may_stay(const struct school_place *place, const struct chat_stay *stay)
{
	if (!place->member)
		return false;
	if (stay->preset.kind == API_CHAT_KIND_FREE)
		return (stay->audience & chat_audience_of(place->role)) != 0;
	if (stay->member.why == API_CHAT_WHY_DUTY)
		return school_follows_org(place->role);
	switch (stay->archived) {
	case CHAT_LIVING:
		return false;
	case CHAT_UNIT_ENDED: /* its people were with it to its end */
		return true;
	case CHAT_CLOSED: /* by the side of a unit that goes on: as long as he is in that */
		if (stay->preset.kind == API_CHAT_KIND_CURATOR)
			return place->role == ROLE_ADMIN || place->role == ROLE_COADMIN;
		return school_is_staff(place->role) ? stay->preset.kind == API_CHAT_KIND_SUBJECT : !stay->preset.unit || in_unit(place, stay->preset.unit);
	}
	return false;
}

static enum err chat_for(struct tx *tx, struct org_id org, const struct chat_preset *p, struct chat *out)
{
	bool found;
	enum err e = chat_sql_of_preset(tx, org.v, p, out, &found);
	if (e || found)
		return e;
	*out = (struct chat){.org_id = org.v,
		.kind = p->kind,
		.unit_id = p->unit,
		.subject_id = p->subject,
		.set_id = p->set,
		.channel = p->kind == API_CHAT_KIND_EVERYBODY || p->kind == API_CHAT_KIND_EMPLOYEES,
		.created_at = tx->now_ms};
	if (p->unit) {
		e = school_unit_kind(tx, org, (struct unit_id){p->unit}, &out->unit_kind);
		out->has_unit_kind = true;
	}
	if (!e)
		e = chat_preset_title(tx, org, p, &out->title);
	return e ? e : chat_sql_insert(tx, out, &out->id);
}

static enum err be_in(struct tx *tx, struct org_id org, const struct chat_wanted *w, const struct chat_member *now)
{
	struct chat c;
	enum err e = chat_for(tx, org, &w->preset, &c);
	/* What is in the archive takes nobody in; who is in it stays as he was. */
	return e || c.archived ? e : chat_join_now(tx, &c, now);
}

static struct chat_member as_placed(const struct school_place *place, struct person_id p)
{
	return (struct chat_member){.person_id = p.v,
		.role = place->role,
		.confirmed = school_is_staff(place->role) && place->verification == API_VERIFICATION_CONFIRMED};
}

/* He is in this one rightly, but what he is may have changed: role and badge of a stay that his place did not make. */
static enum err update_stay(struct tx *tx, struct org_id org, const struct chat_stay *stay, const struct school_place *place)
{
	struct chat_member m = stay->member, now = as_placed(place, (struct person_id){stay->member.person_id});
	if (m.role == now.role && m.confirmed == now.confirmed)
		return ERR_OK;
	struct chat c;
	bool found;
	m.role = now.role;
	m.confirmed = now.confirmed;
	enum err e = chat_sql_find(tx, org.v, stay->chat, &c, &found);
	return e ? e : chat_join_now(tx, &c, &m);
}

/* First what ends, then what begins. */
static enum err place(struct tx *tx, struct org_id org, struct person_id p)
{
	struct school_place at;
	struct chat_stay *stays;
	struct chat_wanted *wanted;
	size_t n, wanted_n;
	enum err e = school_place(tx, org, p, &at);
	if (!e)
		e = chat_wanted_of(tx, org, &at, &wanted, &wanted_n);
	if (!e)
		e = chat_sql_stays(tx, org.v, p.v, &stays, &n);
	if (e)
		return e;
	bool *there = arena_array(tx->arena, wanted_n + 1, sizeof *there);
	if (!there)
		return ERR_NOMEM;
	struct chat_member now = as_placed(&at, p);
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < wanted_n; k++)
			if (chat_preset_eq(&stays[i].preset, &wanted[k].preset) && stays[i].preset.kind != API_CHAT_KIND_FREE) {
				const struct chat_member *m = &stays[i].member;
				stays[i].met = true;
				there[k] = m->role == now.role && m->confirmed == now.confirmed && m->lead == wanted[k].lead && m->why == wanted[k].why;
			}
	for (size_t i = 0; !e && i < n; i++)
		if (!stays[i].met)
			e = may_stay(&at, &stays[i]) ? update_stay(tx, org, &stays[i], &at) : chat_leave_now(tx, org.v, stays[i].chat, p);
	for (size_t k = 0; !e && k < wanted_n; k++) {
		if (there[k])
			continue;
		now.lead = wanted[k].lead;
		now.why = wanted[k].why;
		e = be_in(tx, org, &wanted[k], &now);
	}
	return e;
}

enum err chat_place(struct tx *tx, struct org_id org, struct person_id p)
{
	return chat_place_all(tx, org, &p.v, 1);
}

/* Nothing of this outlives it but rows and frames, so that a command which moves a whole school needs no more memory than for one. */
enum err chat_place_all(struct tx *tx, struct org_id org, const int64_t *persons, size_t n)
{
	struct arena *callers = tx->arena;
	enum err e = ERR_OK;
	tx->arena = arena_new(PLACE_ARENA);
	for (size_t i = 0; !e && i < n; i++) {
		e = place(tx, org, (struct person_id){persons[i]});
		arena_reset(tx->arena);
	}
	arena_free(&tx->arena);
	tx->arena = callers;
	return e;
}
