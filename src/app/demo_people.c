/* SPDX-License-Identifier: Apache-2.0
 *
 * The demonstration's people: staff, pupils and parents of an organisation, through room school. One thread, at start.
 */
#include "app/demo_make.h"

#include "account/account.h"
#include "school/school.h"
#include "server/effects.h"

#define FOUNDED (d->now_ms - 60 * DEMO_DAY_MS)

void demo_phone(int number, char out[16])
{
	snprintf(out, 16, "+7900000%04d", number % 10000);
}

const char *demo_given_name(const struct demo_org *o, int student)
{
	int i = student / 2 * 3;
	return student % 2 ? o->boys[i % o->boy_count] : o->girls[i % o->girl_count];
}

/* Girls and boys in turn; families go round. */
struct demo_full_name demo_student_name(const struct demo_org *o, int i)
{
	const struct demo_family *f = &o->families[i % o->family_count];
	return (struct demo_full_name){i % 2 ? f->man : f->woman, demo_given_name(o, i), ""};
}

struct demo_full_name demo_guardian_name(const struct demo_org *o, int k, int i)
{
	const struct demo_family *f = &o->families[i % o->family_count];
	const struct demo_name *p = &o->parents[k % o->parent_count];
	return (struct demo_full_name){k % o->parent_count % 2 ? f->man : f->woman, p->given, p->patronymic};
}

/* Whoever is married to the k-th parent. */
static struct demo_full_name second_guardian_name(const struct demo_org *o, int k, int i)
{
	int one = k % o->parent_count, other = (one + 1) % o->parent_count;
	return demo_guardian_name(o, other % 2 == one % 2 ? other + 1 : other, i);
}

struct demo_full_name demo_staff_name(const struct demo_name *n)
{
	return (struct demo_full_name){n->family, n->given, n->patronymic};
}

void demo_as(struct demo *d, struct person_id person, enum role role, int64_t at)
{
	arena_reset(d->tx.arena);
	effects_clear(d->tx.effects);
	d->tx.now_ms = at;
	d->tx.actor = (struct actor){.person = person};
	d->tx.rel = (struct relation){.known = true, .org_id = d->org_id.v, .role = role};
}

enum err demo_person(struct demo *d, int number, struct demo_full_name n, struct person_id *out)
{
	char phone[16];
	demo_phone(number, phone);
	arena_reset(d->tx.arena);
	CHECK(d->people_count < DEMO_PEOPLE_MAX);
	enum err e = account_person_new(&d->tx, str_of(phone), str_of(n.given), str_of(n.family), str_of(n.patronymic), out);
	if (!e)
		e = account_set_came_in(&d->tx, *out);
	if (!e)
		d->people[d->people_count++] = *out;
	return e;
}

static enum err join(struct demo *d, struct person_id p, enum role role, struct unit_id unit, bool lead)
{
	bool changed;
	demo_as(d, d->admin, ROLE_ADMIN, FOUNDED);
	return school_join(&d->tx, d->org_id, p, role, unit, lead, &changed);
}

static enum err bind(struct demo *d, struct person_id guardian, struct person_id child)
{
	bool changed;
	demo_as(d, d->admin, ROLE_ADMIN, FOUNDED);
	return school_guardian_bind(&d->tx, d->org_id, guardian, child, &changed);
}

static enum err add_member(struct demo *d, int number, struct demo_full_name n, enum role role, struct person_id *out)
{
	enum err e = demo_person(d, demo_number(d->org_index, number), n, out);
	return e ? e : join(d, *out, role, (struct unit_id){0}, false);
}

/* --- staff */

/* The last teacher who leads no unit. */
int demo_waiting_teacher(const struct demo_org *o)
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
	int waits = demo_waiting_teacher(d->org);
	demo_as(d, d->admin, ROLE_ADMIN, FOUNDED);
	enum err e = school_verify(&d->tx, d->org_id, d->head, true, d->admin, STR(""));
	if (!e)
		e = school_verify(&d->tx, d->org_id, d->coadmin, true, d->admin, STR(""));
	for (int i = 0; !e && i < d->org->teacher_count; i++) {
		demo_as(d, d->admin, ROLE_ADMIN, FOUNDED);
		if (i != waits)
			e = school_verify(&d->tx, d->org_id, d->teachers[i], true, d->admin, STR(""));
	}
	return e;
}

enum err demo_staff(struct demo *d)
{
	const struct demo_org *o = d->org;
	enum err e = add_member(d, DEMO_ADMIN, demo_staff_name(&o->admin), ROLE_ADMIN, &d->admin);
	if (!e)
		e = add_member(d, DEMO_HEAD, demo_staff_name(&o->head), ROLE_HEAD, &d->head);
	if (!e)
		e = add_member(d, DEMO_COADMIN, demo_staff_name(&o->coadmin), ROLE_COADMIN, &d->coadmin);
	for (int i = 0; !e && i < o->teacher_count; i++)
		e = add_member(d, DEMO_TEACHERS + i, demo_staff_name(&o->teachers[i]), ROLE_TEACHER, &d->teachers[i]);
	return e ? e : confirm_staff(d);
}

/* --- units */

static enum err put_in(struct demo *d, int unit, struct person_id p, enum role role, bool lead)
{
	struct demo_room *room = &d->rooms[unit];
	CHECK(room->member_count < DEMO_ROOM_MAX);
	room->members[room->member_count++] = p;
	return join(d, p, role, d->units[unit], lead);
}

/* Two teachers of subjects besides the lead; the head and the administrator in the first unit. */
enum err demo_leads(struct demo *d, int unit)
{
	const struct demo_org *o = d->org;
	struct demo_room *room = &d->rooms[unit];
	room->lead = o->units[unit].lead;
	enum err e = put_in(d, unit, d->teachers[room->lead], ROLE_TEACHER, true);
	for (int i = 1; !e && i < o->teacher_count && room->other_teacher_count < 2; i++) {
		int t = (room->lead + i) % o->teacher_count;
		if (t == demo_waiting_teacher(o))
			continue;
		room->other_teachers[room->other_teacher_count++] = t;
		e = put_in(d, unit, d->teachers[t], ROLE_TEACHER, false);
	}
	if (!e && unit == 0) {
		room->has_head = room->has_admin = true;
		e = put_in(d, unit, d->head, ROLE_HEAD, false);
		if (!e)
			e = put_in(d, unit, d->admin, ROLE_ADMIN, false);
	}
	return e;
}

/* The last one of a unit came from another in the course of the year (demo_life). */
static enum err put_pupil_in(struct demo *d, int unit, int s)
{
	const struct demo_unit *u = &d->org->units[unit];
	struct demo_room *room = &d->rooms[unit];
	if (unit != demo_transfer_to(d->org) || s != u->first + u->count - 1)
		return put_in(d, unit, d->students[s], ROLE_STUDENT, false);
	room->members[room->member_count++] = d->students[s];
	return join(d, d->students[s], ROLE_STUDENT, d->units[demo_transfer_from(d->org)], false);
}

static enum err add_guardians(struct demo *d, int unit)
{
	const struct demo_org *o = d->org;
	const struct demo_unit *u = &o->units[unit];
	struct demo_room *room = &d->rooms[unit];
	int first = d->guardian_count, all = 0;
	for (int i = 0; i < o->unit_count; i++)
		all += o->units[i].guardians;
	enum err e = ERR_OK;
	for (int i = 0; !e && i < u->guardians; i++) {
		int k = d->guardian_count++;
		struct person_id g;
		e = add_member(d, DEMO_GUARDIANS + k, demo_guardian_name(o, k, u->first + i), ROLE_GUARDIAN, &g);
		if (!e)
			e = put_in(d, unit, g, ROLE_GUARDIAN, false);
		if (!e)
			e = bind(d, g, d->students[u->first + i]);
		room->guardians[room->guardian_count++] = g;
	}
	if (e || !u->guardians)
		return e;
	/* The first child's other parent; their numbers come after all the others. */
	e = add_member(d, DEMO_GUARDIANS + all + unit, second_guardian_name(o, first, u->first), ROLE_GUARDIAN, &room->second_guardian);
	if (!e)
		e = put_in(d, unit, room->second_guardian, ROLE_GUARDIAN, false);
	return e ? e : bind(d, room->second_guardian, d->students[u->first]);
}

static enum err expect(struct demo *d, int unit, struct demo_full_name n, enum role role, struct person_id *out)
{
	const struct api_person names = {.given_name = str_of(n.given), .family_name = str_of(n.family), .has_patronymic = *n.patronymic != 0,
		.patronymic = str_of(n.patronymic)};
	demo_as(d, d->admin, ROLE_ADMIN, FOUNDED);
	return school_expect(&d->tx, d->org_id, &names, role, STR(""), d->units[unit], STR(""), out);
}

/* On the roster, but never here: two pupils, and the mother or the father of the first of them. */
static enum err add_expected(struct demo *d, int unit)
{
	const struct demo_org *o = d->org;
	struct person_id pupils[DEMO_EXPECTED], guardian;
	int first = o->student_count + unit * DEMO_EXPECTED;
	enum err e = ERR_OK;
	for (int i = 0; !e && i < DEMO_EXPECTED; i++)
		e = expect(d, unit, demo_student_name(o, first + i), ROLE_STUDENT, &pupils[i]);
	if (!e)
		e = expect(d, unit, demo_guardian_name(o, unit + 3, first), ROLE_GUARDIAN, &guardian);
	if (!e)
		e = bind(d, guardian, pupils[0]);
	if (!e && unit == demo_shown_unit(o))
		d->awaited = pupils[1];
	return e;
}

enum err demo_roster(struct demo *d, int unit)
{
	const struct demo_org *o = d->org;
	const struct demo_unit *u = &o->units[unit];
	struct demo_room *room = &d->rooms[unit];
	enum err e = ERR_OK;
	for (int i = 0; !e && i < u->count; i++) {
		int s = u->first + i;
		room->pupils[room->pupil_count++] = s;
		if (!d->students[s].v)
			e = demo_person(d, demo_number(d->org_index, DEMO_STUDENTS + s), demo_student_name(o, s), &d->students[s]);
		if (!e)
			e = put_pupil_in(d, unit, s);
	}
	if (!e)
		e = add_guardians(d, unit);
	return e ? e : add_expected(d, unit);
}

/* --- families across units */

static bool has_parent(const struct demo_org *o, int student)
{
	for (int u = 0; u < o->unit_count; u++)
		if (student >= o->units[u].first && student < o->units[u].first + o->units[u].guardians)
			return true;
	return false;
}

static bool is_in(const struct demo_unit *u, int student)
{
	return student >= u->first && student < u->first + u->count;
}

/* Of the same family name, in another unit, and nobody's child yet. */
static int sibling_of(const struct demo_org *o, int student, const struct demo_unit *unit)
{
	for (int s = 0; s < o->student_count; s++)
		if (s % o->family_count == student % o->family_count && !has_parent(o, s) && !is_in(unit, s))
			return s;
	return -1;
}

enum err demo_families(struct demo *d)
{
	const struct demo_org *o = d->org;
	for (int u = 0; u < o->unit_count; u++) {
		int last = o->units[0].first + o->units[0].count - 1;
		for (int g = 0; g < d->rooms[u].guardian_count; g++) {
			int s = sibling_of(o, o->units[u].first + g, &o->units[u]);
			if (s < 0 || s == last || !d->students[s].v)
				continue;
			enum err e = bind(d, d->rooms[u].guardians[g], d->students[s]);
			/* and a teacher has a child in the first unit, who bears another name */
			return e ? e : bind(d, d->teachers[o->units[o->unit_count - 1].lead], d->students[last]);
		}
	}
	BUG("no brothers and sisters in %s", o->short_name);
}
