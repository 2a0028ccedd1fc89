/* SPDX-License-Identifier: Apache-2.0
 *
 * See chat_presets.h. Pure.
 */
#include "chat/chat_presets.h"

struct list { struct chat_wanted *items; size_t n; };

static void want(struct list *l, struct chat_preset preset, enum api_chat_why why, bool lead)
{
	for (size_t i = 0; i < l->n; i++)
		if (chat_preset_eq(&l->items[i].preset, &preset))
			return;
	l->items[l->n++] = (struct chat_wanted){.preset = preset, .why = why, .lead = lead};
}

static bool leads(const struct school_place *place, int64_t unit)
{
	for (size_t i = 0; i < place->unit_n; i++)
		if (place->units[i].unit.v == unit)
			return place->units[i].lead;
	return false;
}

static void want_of_unit(struct list *l, const struct chat_scene *s, const struct school_place_unit *u)
{
	enum role role = s->place->role;
	if (u->kind == API_UNIT_KIND_STAFF) {
		want(l, (struct chat_preset){.kind = API_CHAT_KIND_STAFF, .unit = u->unit.v}, API_CHAT_WHY_STAFF, u->lead);
		return;
	}
	enum api_chat_why why = u->lead ? API_CHAT_WHY_LEAD : role == ROLE_GUARDIAN ? API_CHAT_WHY_GUARDIAN : API_CHAT_WHY_MEMBER;
	if (role != ROLE_GUARDIAN || s->guardians_in_class)
		want(l, (struct chat_preset){.kind = API_CHAT_KIND_UNIT, .unit = u->unit.v}, why, u->lead);
	if (role == ROLE_GUARDIAN || u->lead)
		want(l, (struct chat_preset){.kind = API_CHAT_KIND_PARENTS, .unit = u->unit.v}, why, u->lead);
	if (u->lead)
		want(l, (struct chat_preset){.kind = API_CHAT_KIND_TEACHERS, .unit = u->unit.v}, why, true);
}

size_t chat_presets_max(const struct chat_scene *s)
{
	return 4 + 3 * s->place->unit_n + 2 * s->place->guarded_n + 2 * s->place->teaching_n + s->place->set_n + s->taught_n + s->set_n;
}

size_t chat_presets_of(const struct chat_scene *s, struct chat_wanted *out)
{
	const struct school_place *place = s->place;
	struct list l = {.items = out};
	if (place->curator)
		want(&l, (struct chat_preset){.kind = API_CHAT_KIND_CURATOR}, API_CHAT_WHY_CURATOR, false);
	if (!place->member)
		return l.n;
	want(&l, (struct chat_preset){.kind = API_CHAT_KIND_EVERYBODY}, API_CHAT_WHY_EVERYBODY, false);
	if (school_is_staff(place->role))
		want(&l, (struct chat_preset){.kind = API_CHAT_KIND_EMPLOYEES}, API_CHAT_WHY_STAFF, false);
	if (school_follows_org(place->role))
		want(&l, (struct chat_preset){.kind = API_CHAT_KIND_ADMINISTRATION}, API_CHAT_WHY_ADMINISTRATION, false);
	if (place->curated && (place->role == ROLE_ADMIN || place->role == ROLE_COADMIN))
		want(&l, (struct chat_preset){.kind = API_CHAT_KIND_CURATOR}, API_CHAT_WHY_ADMINISTRATION, false);
	for (size_t i = 0; i < place->unit_n; i++)
		want_of_unit(&l, s, &place->units[i]);
	for (size_t i = 0; i < place->guarded_n; i++) { /* also staff has children */
		int64_t unit = place->guarded[i].v;
		if (s->guardians_in_class)
			want(&l, (struct chat_preset){.kind = API_CHAT_KIND_UNIT, .unit = unit}, API_CHAT_WHY_GUARDIAN, false);
		want(&l, (struct chat_preset){.kind = API_CHAT_KIND_PARENTS, .unit = unit}, API_CHAT_WHY_GUARDIAN, false);
	}
	for (size_t i = 0; i < place->teaching_n; i++) {
		int64_t unit = place->teachings[i].unit.v;
		bool lead = leads(place, unit);
		want(&l, (struct chat_preset){.kind = API_CHAT_KIND_TEACHERS, .unit = unit}, API_CHAT_WHY_TEACHES, lead);
		want(&l, (struct chat_preset){.kind = API_CHAT_KIND_SUBJECT, .unit = unit, .subject = place->teachings[i].subject.v}, API_CHAT_WHY_TEACHES, lead);
	}
	for (size_t i = 0; i < s->taught_n; i++)
		want(&l, (struct chat_preset){.kind = API_CHAT_KIND_SUBJECT, .unit = s->taught[i].unit.v, .subject = s->taught[i].subject.v},
			API_CHAT_WHY_MEMBER, false);
	for (size_t i = 0; i < place->set_n; i++)
		want(&l, (struct chat_preset){.kind = API_CHAT_KIND_SET, .set = place->sets[i].v}, API_CHAT_WHY_SET, false);
	for (size_t i = 0; i < s->set_n; i++)
		want(&l, (struct chat_preset){.kind = API_CHAT_KIND_SET, .set = s->sets[i].v}, API_CHAT_WHY_ADMINISTRATION, false);
	return l.n;
}

struct str chat_preset_text(const struct chat_preset *p, char out[CHAT_PRESET_TEXT])
{
	struct buf b = {.p = out, .cap = CHAT_PRESET_TEXT, .limit = CHAT_PRESET_TEXT};
	/* A kind, and what it is of; no two kinds are made of the same letters. */
	buf_add_str(&b, str_of(api_chat_kind_name(p->kind == API_CHAT_KIND_STAFF ? API_CHAT_KIND_UNIT : p->kind)));
	const int64_t ids[] = {p->unit, p->subject, p->set};
	for (size_t i = 0; i < sizeof ids / sizeof *ids; i++)
		if (ids[i]) {
			buf_add_c(&b, '/');
			buf_add_i64(&b, ids[i]);
		}
	return str_n(out, b.n);
}
