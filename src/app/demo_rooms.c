/* SPDX-License-Identifier: Apache-2.0
 *
 * The chats of an organisation of the demonstration, and who talks in which. One thread, at start.
 */
#include "app/demo_make.h"

#include "chat/chat.h"
#include "school/school.h"

#define FEW 3 /* conversations in a chat that is not used every day */

static enum err talk_in(struct demo *d, struct demo_room *room, const struct chat_of *of)
{
	demo_as(d, d->admin, ROLE_ADMIN, d->now_ms);
	enum err e = chat_find(&d->tx, d->org_id, of, &room->chat);
	CHECK(e || room->chat.v);
	return e ? e : demo_fill_chat(d, room);
}

static void add(struct demo_room *room, struct person_id p)
{
	for (int i = 0; i < room->member_count; i++)
		if (room->members[i].v == p.v)
			return;
	CHECK(room->member_count < DEMO_ROOM_MAX);
	room->members[room->member_count++] = p;
}

static void add_parents(struct demo_room *room, const struct demo_room *of)
{
	for (int i = 0; i < of->guardian_count; i++)
		add(room, of->guardians[i]);
	if (of->second_guardian.v)
		add(room, of->second_guardian);
}

static void add_pupils(const struct demo *d, struct demo_room *room, const struct demo_room *of)
{
	for (int i = 0; i < of->pupil_count; i++)
		add(room, d->students[of->pupils[i]]);
}

static void add_administration(const struct demo *d, struct demo_room *room)
{
	add(room, d->admin);
	add(room, d->head);
	room->has_admin = room->has_head = true;
}

static void add_staff(const struct demo *d, struct demo_room *room)
{
	add_administration(d, room);
	add(room, d->coadmin);
	for (int i = 0; i < d->org->teacher_count; i++)
		add(room, d->teachers[i]);
}

/* --- of a unit */

static enum err parents_chat(struct demo *d, int unit)
{
	const struct demo_room *u = &d->rooms[unit];
	struct demo_room room = {.talk = DEMO_TALK_PARENTS, .unit = u->unit, .lead = u->lead, .threads = FEW, .second_guardian = u->second_guardian};
	add_parents(&room, u);
	add(&room, d->teachers[u->lead]);
	for (int i = 0; i < u->guardian_count; i++)
		room.guardians[room.guardian_count++] = u->guardians[i];
	for (int i = 0; i < u->pupil_count; i++) /* they are not in it, but are spoken of */
		room.pupils[room.pupil_count++] = u->pupils[i];
	return talk_in(d, &room, &(struct chat_of){.kind = API_CHAT_KIND_PARENTS, .unit = d->units[unit]});
}

static enum err teachers_chat(struct demo *d, int unit)
{
	const struct demo_room *u = &d->rooms[unit];
	struct demo_room room = {.talk = DEMO_TALK_TEACHERS, .unit = u->unit, .lead = u->lead, .threads = FEW};
	add(&room, d->teachers[u->lead]);
	for (int i = 0; i < u->other_teacher_count; i++) {
		room.other_teachers[room.other_teacher_count++] = u->other_teachers[i];
		add(&room, d->teachers[u->other_teachers[i]]);
	}
	return talk_in(d, &room, &(struct chat_of){.kind = API_CHAT_KIND_TEACHERS, .unit = d->units[unit]});
}

static enum err subject_chats(struct demo *d, int unit)
{
	const struct demo_room *u = &d->rooms[unit];
	enum err e = ERR_OK;
	for (int s = 0; !e && s < d->org->subject_count; s++) {
		const struct demo_subject *subject = &d->org->subjects[s];
		struct demo_room room = {.talk = DEMO_TALK_SUBJECT, .unit = u->unit, .subject = subject, .lead = subject->teacher, .threads = FEW};
		if (!demo_taught(d->org, u, subject))
			continue;
		add(&room, d->teachers[subject->teacher]);
		add_pupils(d, &room, u);
		for (int i = 0; i < u->pupil_count; i++)
			room.pupils[room.pupil_count++] = u->pupils[i];
		e = talk_in(d, &room, &(struct chat_of){.kind = API_CHAT_KIND_SUBJECT, .unit = d->units[unit], .subject = d->subjects[s]});
	}
	return e;
}

static enum err unit_chats(struct demo *d, int unit)
{
	enum err e = talk_in(d, &d->rooms[unit], &(struct chat_of){.kind = API_CHAT_KIND_UNIT, .unit = d->units[unit]});
	if (!e)
		e = parents_chat(d, unit);
	if (!e && d->org->type != API_ORG_TYPE_CENTER)
		e = teachers_chat(d, unit);
	return e ? e : subject_chats(d, unit);
}

/* --- of the organisation */

/* The chat of the staff unit, which is made with the organisation and joined by itself. */
static enum err staff_chat(struct demo *d)
{
	struct demo_room room = {.talk = DEMO_TALK_STAFF};
	struct api_unit_page units = {0};
	struct unit_id staff = {0};
	demo_as(d, d->admin, ROLE_ADMIN, d->now_ms);
	enum err e = unit_list(&d->tx, &(struct api_unit_list){.org_id = d->org_id.v}, &units);
	for (size_t i = 0; !e && i < units.units.n; i++)
		if (units.units.items[i].kind == API_UNIT_KIND_STAFF)
			staff.v = units.units.items[i].id;
	add_staff(d, &room);
	for (int i = 1; i < d->org->teacher_count; i++)
		room.other_teachers[room.other_teacher_count++] = i;
	return e ? e : talk_in(d, &room, &(struct chat_of){.kind = API_CHAT_KIND_STAFF, .unit = staff});
}

static enum err administration_chat(struct demo *d)
{
	struct demo_room room = {.talk = DEMO_TALK_ADMINISTRATION, .has_coadmin = true, .threads = 2 * FEW};
	add_administration(d, &room);
	add(&room, d->coadmin);
	return talk_in(d, &room, &(struct chat_of){.kind = API_CHAT_KIND_ADMINISTRATION});
}

static enum err channels(struct demo *d)
{
	struct demo_room all = {.talk = DEMO_TALK_EVERYBODY, .threads = 2 * FEW}, staff = {.talk = DEMO_TALK_EMPLOYEES, .threads = 2 * FEW};
	add_staff(d, &all);
	add_staff(d, &staff);
	for (int u = 0; u < d->org->unit_count; u++) {
		add_parents(&all, &d->rooms[u]);
		add_pupils(d, &all, &d->rooms[u]);
	}
	enum err e = talk_in(d, &all, &(struct chat_of){.kind = API_CHAT_KIND_EVERYBODY});
	return e ? e : talk_in(d, &staff, &(struct chat_of){.kind = API_CHAT_KIND_EMPLOYEES});
}

static enum err set_chats(struct demo *d)
{
	struct demo_room parents = {.talk = DEMO_TALK_PARENT_SET, .threads = FEW}, pupils = {.talk = DEMO_TALK_PUPIL_SET, .threads = FEW};
	add_administration(d, &parents);
	add_administration(d, &pupils);
	for (int u = 0; u < d->org->unit_count; u++) {
		parents.guardians[parents.guardian_count++] = d->rooms[u].guardians[0];
		add(&parents, d->rooms[u].guardians[0]);
		pupils.pupils[pupils.pupil_count++] = d->rooms[u].pupils[0];
		add(&pupils, d->students[d->rooms[u].pupils[0]]);
	}
	enum err e = talk_in(d, &parents, &(struct chat_of){.kind = API_CHAT_KIND_SET, .set = d->parent_set});
	return e ? e : talk_in(d, &pupils, &(struct chat_of){.kind = API_CHAT_KIND_SET, .set = d->pupil_set});
}

enum err demo_rooms(struct demo *d)
{
	enum err e = ERR_OK;
	for (int u = 0; !e && u < d->org->unit_count; u++)
		e = unit_chats(d, u);
	if (!e)
		e = staff_chat(d);
	if (!e)
		e = administration_chat(d);
	if (!e)
		e = channels(d);
	return e ? e : set_chats(d);
}
