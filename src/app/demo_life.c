/* SPDX-License-Identifier: Apache-2.0
 *
 * What goes on around the demonstration's people: the organisation's card and local act, subjects and who teaches them, active parents
 * and pupils, a movement, links, a card, and what waits for somebody's decision. By the commands' own handlers. One thread, at start.
 */
#include "app/demo_make.h"

#include "file/file.h"
#include "school/school.h"

#define AGO(days) (d->now_ms - (days) * DEMO_DAY_MS)

int demo_shown_unit(const struct demo_org *o)
{
	return o->unit_count > 2 ? 2 : 0;
}

/* --- the organisation */

static enum err fill_card(struct demo *d)
{
	const struct demo_card *c = &d->org->card;
	const struct demo_name *head = &d->org->head;
	struct api_org_card card;
	demo_as(d, d->admin, ROLE_ADMIN, AGO(60));
	const struct api_org_card_set in = {
		.org_id = d->org_id.v,
		.has_region = true, .region = str_of(c->region),
		.has_address = true, .address = str_of(c->address),
		.has_email = true, .email = str_of(c->email),
		.has_phone = true, .phone = str_of(c->phone),
		.has_site = true, .site = str_of(c->site),
		.has_director = true, .director = str_of(arena_printf(d->tx.arena, "%s %s %s", head->family, head->given, head->patronymic)),
	};
	return org_card_set(&d->tx, &in, &card);
}

static enum err add_act(struct demo *d)
{
	char date[11];
	struct api_org_document document;
	demo_as(d, d->admin, ROLE_ADMIN, AGO(60));
	demo_date(d->tx.now_ms, date);
	struct str pdf = demo_pdf(d->tx.arena, "Demonstration file. The local act of the organisation stands here.");
	const struct file_new file = {.name = STR("Положение о мессенджере.pdf"), .size = (int64_t)pdf.n, .org_id = d->org_id.v, .purpose = FILE_FOR_DOCUMENT};
	struct api_org_document_add in = {.org_id = d->org_id.v, .kind = API_ORG_DOCUMENT_KIND_ACT,
		.title = STR("Положение об использовании мессенджера «Звонок»"), .has_number = true, .number = STR("112-ОД"), .date = str_of(date)};
	enum err e = file_put(&d->tx, &file, pdf, &in.file_id);
	return e ? e : org_document_add(&d->tx, &in, &document);
}

enum err demo_papers(struct demo *d)
{
	enum err e = fill_card(d);
	return e ? e : add_act(d);
}

/* --- subjects */

bool demo_taught(const struct demo_org *o, const struct demo_room *r, const struct demo_subject *s)
{
	bool teaches = s->teacher == r->lead;
	/* a circle is its lead's */
	for (int i = 0; o->type != API_ORG_TYPE_CENTER && i < r->other_teacher_count; i++)
		teaches |= s->teacher == r->other_teachers[i];
	return teaches && (s->ages == DEMO_ALL_AGES || (s->ages == DEMO_YOUNGER) == r->unit->younger);
}

enum err demo_subjects(struct demo *d)
{
	const struct demo_org *o = d->org;
	struct str names[DEMO_SUBJECTS_MAX];
	struct api_subjects_created made = {0};
	CHECK(o->subject_count <= DEMO_SUBJECTS_MAX);
	for (int s = 0; s < o->subject_count; s++)
		names[s] = str_of(o->subjects[s].title);
	demo_as(d, d->admin, ROLE_ADMIN, AGO(60));
	enum err e = subject_create(&d->tx, &(struct api_subject_create){.org_id = d->org_id.v, .names = {.items = names, .n = (size_t)o->subject_count},
		.has_extracurricular = true, .extracurricular = o->type == API_ORG_TYPE_CENTER}, &made);
	CHECK(e || made.subjects.n == (size_t)o->subject_count);
	for (int s = 0; !e && s < o->subject_count; s++)
		d->subjects[s].v = made.subjects.items[s].id;
	for (int u = 0; u < o->unit_count; u++)
		for (int s = 0; !e && s < o->subject_count; s++) {
			bool changed;
			if (!demo_taught(o, &d->rooms[u], &o->subjects[s]))
				continue;
			demo_as(d, d->admin, ROLE_ADMIN, AGO(60));
			e = school_teaching_set(&d->tx, d->org_id, d->units[u], d->subjects[s], d->teachers[o->subjects[s].teacher], &changed);
		}
	return e;
}

/* --- sets */

static enum err add_set(struct demo *d, enum api_set_kind kind, const char *name, int64_t *people, size_t n, struct set_id *out)
{
	struct api_set set;
	demo_as(d, d->admin, ROLE_ADMIN, AGO(45));
	enum err e = set_create(&d->tx, &(struct api_set_create){.org_id = d->org_id.v, .kind = kind, .name = str_of(name)}, &set);
	out->v = e ? 0 : set.id;
	return e ? e : set_person_add(&d->tx,
		&(struct api_set_person_add){.org_id = d->org_id.v, .set_id = out->v, .person_ids = {.items = people, .n = n}}, &set);
}

/* One of each unit. */
static enum err add_sets(struct demo *d)
{
	int64_t parents[DEMO_UNITS_MAX], pupils[DEMO_UNITS_MAX];
	size_t n = 0;
	for (int u = 0; u < d->org->unit_count; u++, n++) {
		parents[n] = d->rooms[u].guardians[0].v;
		pupils[n] = d->students[d->rooms[u].pupils[0]].v;
	}
	enum err e = add_set(d, API_SET_KIND_PARENTS, "Родительский актив", parents, n, &d->parent_set);
	return e ? e : add_set(d, API_SET_KIND_STUDENTS, d->org->pupil_set, pupils, n, &d->pupil_set);
}

/* --- a movement */

int demo_transfer_to(const struct demo_org *o)
{
	return o->type == API_ORG_TYPE_CENTER ? 3 : 1;
}

int demo_transfer_from(const struct demo_org *o)
{
	return o->type == API_ORG_TYPE_CENTER ? 1 : 0;
}

static enum err transfer(struct demo *d)
{
	int unit = demo_transfer_to(d->org);
	const struct demo_room *room = &d->rooms[unit];
	struct person_id pupil = d->students[room->pupils[room->pupil_count - 1]];
	bool circle = d->org->type == API_ORG_TYPE_CENTER;
	struct api_movement_done done = {0};
	char date[11];
	demo_as(d, d->admin, ROLE_ADMIN, AGO(40));
	demo_date(d->tx.now_ms - DEMO_DAY_MS, date);
	return movement_apply(&d->tx,
		&(struct api_movement_apply){.org_id = d->org_id.v,
			.kind = circle ? API_MOVEMENT_APPLY_KIND_ENROLL : API_MOVEMENT_APPLY_KIND_TRANSFER,
			.person_ids = {.items = &pupil.v, .n = 1},
			.has_to_unit_id = true, .to_unit_id = d->units[unit].v,
			.has_order_no = true, .order_no = STR("47-У"),
			.has_order_date = true, .order_date = str_of(date),
			.has_reason = true, .reason = STR("Заявление родителей")},
		&done);
}

/* --- coming in */

static enum err make_link(struct demo *d, int64_t at, enum api_unit_invite_create_role role, const char *note, int64_t *id_out)
{
	int shown = demo_shown_unit(d->org);
	struct api_invite made = {0};
	demo_as(d, d->teachers[d->rooms[shown].lead], ROLE_TEACHER, at);
	d->tx.rel.unit_lead = true;
	d->tx.rel.unit_id = d->units[shown].v;
	enum err e = unit_invite_create(&d->tx,
		&(struct api_unit_invite_create){.unit_id = d->units[shown].v, .role = role, .has_note = true, .note = str_of(note),
			.has_max_uses = true, .max_uses = 30},
		&made);
	*id_out = made.id;
	return e;
}

/* A link that the administrator annulled, one that is open, a card for whoever has no phone. */
static enum err add_links(struct demo *d)
{
	int64_t id = 0;
	struct api_invite invite;
	struct api_cards cards = {0};
	int shown = demo_shown_unit(d->org);
	enum err e = make_link(d, AGO(25), API_UNIT_INVITE_CREATE_ROLE_STUDENT, "Попала в чужой чат, сделаем новую", &id);
	if (e)
		return e;
	demo_as(d, d->admin, ROLE_ADMIN, AGO(24));
	e = invite_annul(&d->tx, &(struct api_invite_annul){.invite_id = id}, &invite);
	if (e)
		return e;
	demo_as(d, d->teachers[d->rooms[shown].lead], ROLE_TEACHER, AGO(20));
	e = card_issue(&d->tx, &(struct api_card_issue){.unit_id = d->units[shown].v, .person_ids = {.items = &d->awaited.v, .n = 1}}, &cards);
	return e ? e : make_link(d, AGO(3), API_UNIT_INVITE_CREATE_ROLE_GUARDIAN, "Для родителей, раздать на собрании", &id);
}

static enum err open_to_requests(struct demo *d)
{
	struct api_join_settings settings;
	demo_as(d, d->admin, ROLE_ADMIN, AGO(30));
	return join_settings_set(&d->tx,
		&(struct api_join_settings_set){.org_id = d->org_id.v, .has_requests_open = true, .requests_open = true, .has_published = true,
			.published = true, .has_contact = true, .contact = str_of(arena_printf(d->tx.arena, "%s, %s", d->org->card.phone, d->org->card.email))},
		&settings);
}

/* A parent asks to be let in. */
static enum err ask(struct demo *d)
{
	struct person_id who;
	struct api_signed_in in = {0};
	int shown = demo_shown_unit(d->org);
	demo_as(d, (struct person_id){0}, ROLE_NONE, d->now_ms - 5 * DEMO_HOUR_MS);
	enum err e = demo_person(d, demo_number(d->org_index, DEMO_REQUEST), demo_guardian_name(d->org, d->org_index, d->org->student_count + 1), &who);
	if (e)
		return e;
	demo_as(d, who, ROLE_NONE, d->tx.now_ms);
	return join_ask(&d->tx,
		&(struct api_join_ask){.org_id = d->org_id.v, .role = API_JOIN_ASK_ROLE_GUARDIAN, .has_unit_id = true, .unit_id = d->units[shown].v}, &in);
}

/* A teacher says what he is, and waits to be confirmed. */
static enum err claim(struct demo *d)
{
	int waits = demo_waiting_teacher(d->org);
	if (waits < 0)
		return ERR_OK;
	demo_as(d, d->teachers[waits], ROLE_TEACHER, AGO(1));
	char *subjects = arena_printf(d->tx.arena, "%s", "");
	for (int s = 0; s < d->org->subject_count; s++)
		if (d->org->subjects[s].teacher == waits)
			subjects = arena_printf(d->tx.arena, "%s%s%s", subjects, *subjects ? ", " : "", d->org->subjects[s].title);
	return school_claim(&d->tx, d->org_id, d->teachers[waits],
		&(struct api_verification_claim){.position = str_of(d->org->type == API_ORG_TYPE_SCHOOL ? "Учитель" : "Преподаватель"), .has_subjects = true,
			.subjects = str_of(subjects), .submitted_at = AGO(1)});
}

enum err demo_life(struct demo *d)
{
	static enum err (*const parts[])(struct demo *d) = {add_sets, transfer, open_to_requests, add_links, claim, ask};
	enum err e = ERR_OK;
	for (size_t i = 0; !e && i < sizeof parts / sizeof *parts; i++)
		e = parts[i](d);
	return e;
}
