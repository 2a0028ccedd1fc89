/* SPDX-License-Identifier: Apache-2.0
 *
 * Fills an empty store with the demonstration, through the rooms' own functions: organisations and people. The conversations are in
 * demo_fill_chat (demo_chat.c). One thread, at start.
 */
#include "app/demo.h"

#include "account/account.h"
#include "app/demo_chat.h"
#include "chat/chat.h"
#include "school/school.h"
#include "server/effects.h"

#define DEMO_ARENA ((size_t)8 << 20)
#define DAY_MS ((int64_t)24 * 60 * 60 * 1000)

struct demo_full_name { const char *family, *given, *patronymic; };

static void phone_of(int number, char out[16])
{
	snprintf(out, 16, "+7900000%04d", number % 10000);
}

static int number_of(int org, int within)
{
	return 1000 * (org + 1) + within;
}

const char *demo_given_name(const struct demo_org *o, int student)
{
	int i = student / 2 * 3;
	return student % 2 ? o->boys[i % o->boy_count] : o->girls[i % o->girl_count];
}

/* Girls and boys in turn; families go round. */
static struct demo_full_name student_name(const struct demo_org *o, int i)
{
	const struct demo_family *f = &o->families[i % o->family_count];
	return (struct demo_full_name){i % 2 ? f->man : f->woman, demo_given_name(o, i), ""};
}

/* The k-th parent of the organisation is the mother or the father of the student i. */
static struct demo_full_name guardian_name(const struct demo_org *o, int k, int i)
{
	const struct demo_family *f = &o->families[i % o->family_count];
	const struct demo_name *p = &o->parents[k % o->parent_count];
	return (struct demo_full_name){k % o->parent_count % 2 ? f->man : f->woman, p->given, p->patronymic};
}

static struct demo_full_name staff_name(const struct demo_name *n)
{
	return (struct demo_full_name){n->family, n->given, n->patronymic};
}

/* --- the store */

static enum err add_person(struct demo *d, int number, struct demo_full_name n, struct person_id *out)
{
	char phone[16];
	phone_of(number, phone);
	arena_reset(d->tx.arena);
	enum err e = account_person_new(&d->tx, str_of(phone), str_of(n.given), str_of(n.family), str_of(n.patronymic), out);
	if (!e)
		e = account_set_came_in(&d->tx, *out);
	d->last_person = e ? d->last_person : *out;
	return e;
}

static enum err join(struct demo *d, struct person_id p, enum role role, struct unit_id unit, bool lead)
{
	bool changed;
	arena_reset(d->tx.arena);
	effects_clear(d->tx.effects);
	return school_join(&d->tx, d->org_id, p, role, unit, lead, &changed);
}

static enum err add_member(struct demo *d, int number, struct demo_full_name n, enum role role, struct person_id *out)
{
	enum err e = add_person(d, number_of(d->org_index, number), n, out);
	return e ? e : join(d, *out, role, (struct unit_id){0}, false);
}

/* Whose status waits to be confirmed: the last teacher who leads no unit. */
static int waiting_teacher(const struct demo_org *o)
{
	for (int t = o->teacher_count; t-- > 0;) {
		bool leads = false;
		for (int u = 0; u < o->unit_count; u++)
			leads |= o->units[u].lead == t;
		if (!leads)
			return t;
	}
	return -1;
}

/* The administrator has confirmed everybody but one, so that there is something to do. */
static enum err confirm_staff(struct demo *d)
{
	int waits = waiting_teacher(d->org);
	struct api_verification_claim claim = {.position = STR("педагог"), .submitted_at = d->now_ms - DAY_MS};
	enum err e = school_verify(&d->tx, d->org_id, d->head, true, d->admin, STR(""));
	if (!e)
		e = school_verify(&d->tx, d->org_id, d->coadmin, true, d->admin, STR(""));
	for (int i = 0; !e && i < d->org->teacher_count; i++) {
		arena_reset(d->tx.arena);
		effects_clear(d->tx.effects);
		e = i == waits ? school_claim(&d->tx, d->org_id, d->teachers[i], &claim)
			: school_verify(&d->tx, d->org_id, d->teachers[i], true, d->admin, STR(""));
	}
	return e;
}

static enum err add_staff(struct demo *d)
{
	const struct demo_org *o = d->org;
	enum err e = add_member(d, DEMO_ADMIN, staff_name(&o->admin), ROLE_ADMIN, &d->admin);
	if (!e)
		e = add_member(d, DEMO_HEAD, staff_name(&o->head), ROLE_HEAD, &d->head);
	if (!e)
		e = add_member(d, DEMO_COADMIN, staff_name(&o->coadmin), ROLE_COADMIN, &d->coadmin);
	for (int i = 0; !e && i < o->teacher_count; i++)
		e = add_member(d, DEMO_TEACHERS + i, staff_name(&o->teachers[i]), ROLE_TEACHER, &d->teachers[i]);
	return e ? e : confirm_staff(d);
}

static enum err put_in(struct demo *d, struct demo_room *room, struct unit_id unit, struct person_id p, enum role role, bool lead)
{
	CHECK(room->member_count < DEMO_ROOM_MAX);
	room->members[room->member_count++] = p;
	return join(d, p, role, unit, lead);
}

/* The lead, two teachers of subjects, the head and the administrator in some, students and parents. */
static enum err fill_unit(struct demo *d, int index, struct unit_id unit, struct demo_room *room)
{
	const struct demo_org *o = d->org;
	const struct demo_unit *u = &o->units[index];
	room->lead = u->lead;
	enum err e = put_in(d, room, unit, d->teachers[u->lead], ROLE_TEACHER, true);
	for (int i = 1; !e && i <= 2; i++) {
		int t = (u->lead + i) % o->teacher_count;
		room->other_teachers[room->other_teacher_count++] = t;
		e = put_in(d, room, unit, d->teachers[t], ROLE_TEACHER, false);
	}
	if (!e && index == 0) {
		room->has_head = room->has_admin = true;
		e = put_in(d, room, unit, d->head, ROLE_HEAD, false);
		if (!e)
			e = put_in(d, room, unit, d->admin, ROLE_ADMIN, false);
	}
	for (int i = 0; !e && i < u->count; i++) {
		int s = u->first + i;
		if (!d->students[s].v)
			e = add_person(d, number_of(d->org_index, DEMO_STUDENTS + s), student_name(o, s), &d->students[s]);
		if (!e)
			e = put_in(d, room, unit, d->students[s], ROLE_STUDENT, false);
	}
	for (int i = 0; !e && i < u->guardians; i++) {
		int k = d->guardian_count++;
		struct person_id g;
		e = add_person(d, number_of(d->org_index, DEMO_GUARDIANS + k), guardian_name(o, k, u->first + i), &g);
		if (!e)
			e = put_in(d, room, unit, g, ROLE_GUARDIAN, false);
		room->guardians[room->guardian_count++] = g;
	}
	return e;
}

static enum err add_unit(struct demo *d, int index)
{
	const struct demo_unit *u = &d->org->units[index];
	struct demo_room room = {.talk = d->org->talk, .unit = u};
	struct unit_id unit;
	d->tx.now_ms = d->now_ms - 60 * DAY_MS;
	enum err e = school_unit_new(&d->tx, d->org_id, d->org->kind, str_of(u->name), &unit);
	if (!e)
		e = chat_of_unit(&d->tx, d->org_id, unit, &room.chat);
	if (!e)
		e = fill_unit(d, index, unit, &room);
	return e ? e : demo_fill_chat(d, &room);
}

/* The chat of the staff unit, which is made with the organisation and joined by itself. */
static enum err fill_staff_chat(struct demo *d)
{
	struct demo_room room = {.talk = DEMO_TALK_STAFF, .has_head = true, .has_admin = true};
	struct api_unit_page units = {0};
	arena_reset(d->tx.arena);
	d->tx.rel = (struct relation){.known = true, .org_id = d->org_id.v, .role = ROLE_ADMIN};
	enum err e = unit_list(&d->tx, &(struct api_unit_list){.org_id = d->org_id.v}, &units);
	for (size_t i = 0; !e && i < units.units.n; i++)
		if (units.units.items[i].kind == API_UNIT_KIND_STAFF)
			room.chat.v = units.units.items[i].chat_id;
	if (e || !room.chat.v)
		return e;
	room.members[room.member_count++] = d->admin;
	room.members[room.member_count++] = d->head;
	room.members[room.member_count++] = d->coadmin;
	for (int i = 0; i < d->org->teacher_count; i++) {
		room.members[room.member_count++] = d->teachers[i];
		if (i)
			room.other_teachers[room.other_teacher_count++] = i;
	}
	return demo_fill_chat(d, &room);
}

static enum err add_org(struct demo *d, int index)
{
	const struct demo_org *o = &demo_orgs[index];
	d->org = o;
	d->org_index = index;
	d->guardian_count = 0;
	memset(d->students, 0, sizeof d->students);
	d->tx.now_ms = d->now_ms - 60 * DAY_MS;
	CHECK(o->teacher_count <= DEMO_TEACHERS_MAX && o->student_count <= DEMO_STUDENTS_MAX);
	arena_reset(d->tx.arena);
	enum err e = school_org_new(&d->tx, str_of(o->name), str_of(o->short_name), o->type, &d->org_id);
	if (!e)
		e = add_staff(d);
	for (int i = 0; !e && i < o->unit_count; i++)
		e = add_unit(d, i);
	return e ? e : fill_staff_chat(d);
}

static enum err fill(struct demo *d)
{
	struct api_org_list known = {0};
	enum err e = org_list(&d->tx, &(struct api_page){.has_limit = true, .limit = 1}, &known);
	if (e || known.orgs.n)
		return e;
	struct person_id operator;
	e = add_person(d, 0, (struct demo_full_name){"Иванцов", "Пётр", "Сергеевич"}, &operator);
	if (!e)
		e = account_operator_make(&d->tx, operator);
	for (int i = 0; !e && i < demo_org_count; i++)
		e = add_org(d, i);
	/* Everybody has agreed to the documents: whoever looks at the demonstration came for something else. */
	for (int64_t id = operator.v; !e && id <= d->last_person.v; id++) {
		arena_reset(d->tx.arena);
		e = account_documents_accept_all(&d->tx, (struct person_id){id});
	}
	return e;
}

enum err demo_fill(struct db *db, const struct installation *inst, int64_t now_ms)
{
	struct effects effects;
	effects_init(&effects);
	struct demo d = {.now_ms = now_ms, .random = 0x5a6f6e6f6bu};
	d.tx = (struct tx){.db = db, .arena = arena_new(DEMO_ARENA), .effects = &effects, .inst = inst, .now_ms = now_ms, .writable = true};
	d.tx.rel.role = ROLE_NONE;
	enum err e = db_begin(db);
	if (!e) {
		e = fill(&d);
		if (e)
			db_rollback(db);
		else
			e = db_commit(db);
	}
	effects_release(&effects);
	arena_free(&d.tx.arena);
	return e;
}

/* --- who can sign in */

static void print_person(FILE *out, const char *role, struct demo_full_name n, int number)
{
	char phone[16];
	phone_of(number, phone);
	fprintf(out, "  %.2s %.3s %.3s-%.2s-%.2s  %s: %s %s%s%s\n", phone, phone + 2, phone + 5, phone + 8, phone + 10, role, n.family, n.given,
		*n.patronymic ? " " : "", n.patronymic);
}

static void print_unit(FILE *out, int org, const struct demo_unit *u, int first_guardian)
{
	const struct demo_org *o = &demo_orgs[org];
	char role[160];
	snprintf(role, sizeof role, "%s, %s", o->type == API_ORG_TYPE_COLLEGE ? "студент" : o->type == API_ORG_TYPE_CENTER ? "обучающийся" : "ученик", u->name);
	print_person(out, role, student_name(o, u->first), number_of(org, DEMO_STUDENTS + u->first));
	snprintf(role, sizeof role, "родитель, %s", u->name);
	if (u->guardians)
		print_person(out, role, guardian_name(o, first_guardian, u->first), number_of(org, DEMO_GUARDIANS + first_guardian));
}

static const char *lead_word(const struct demo_org *o)
{
	return o->type == API_ORG_TYPE_COLLEGE ? "куратор" : o->type == API_ORG_TYPE_CENTER ? "руководитель кружка" : "классный руководитель";
}

void demo_print_people(FILE *out)
{
	fprintf(out, "Вход по номеру телефона, код всегда " ACCOUNT_DEMO_CODE ". Все люди вымышлены.\n\n");
	print_person(out, "оператор платформы", (struct demo_full_name){"Иванцов", "Пётр", "Сергеевич"}, 0);
	for (int org = 0; org < demo_org_count; org++) {
		const struct demo_org *o = &demo_orgs[org];
		fprintf(out, "\n%s\n", o->name);
		print_person(out, "администратор", staff_name(&o->admin), number_of(org, DEMO_ADMIN));
		print_person(out, "дополнительный администратор", staff_name(&o->coadmin), number_of(org, DEMO_COADMIN));
		print_person(out, "руководитель", staff_name(&o->head), number_of(org, DEMO_HEAD));
		for (int t = 0; t < o->teacher_count; t++) {
			char role[160] = "учитель";
			snprintf(role, sizeof role, "%s", o->type == API_ORG_TYPE_SCHOOL ? "учитель" : o->type == API_ORG_TYPE_CENTER ? "педагог" : "преподаватель");
			for (int u = 0; u < o->unit_count; u++)
				if (o->units[u].lead == t)
					snprintf(role, sizeof role, "%s, %s", lead_word(o), o->units[u].name);
			print_person(out, role, staff_name(&o->teachers[t]), number_of(org, DEMO_TEACHERS + t));
		}
		for (int u = 0, guardian = 0; u < o->unit_count; guardian += o->units[u++].guardians)
			print_unit(out, org, &o->units[u], guardian);
		fprintf(out, "  Все учащиеся: +7 900 000-%02d-%02d и далее; все родители: +7 900 000-%02d-%02d и далее.\n", number_of(org, DEMO_STUDENTS) / 100,
			DEMO_STUDENTS % 100, number_of(org, DEMO_GUARDIANS) / 100, DEMO_GUARDIANS % 100);
	}
}
