/* SPDX-License-Identifier: Apache-2.0
 *
 * Fills an empty store with the demonstration, through the rooms' own functions, and prints who can sign in. One thread, at start.
 */
#include "app/demo.h"

#include "account/account.h"
#include "app/demo_make.h"
#include "base/log.h"
#include "base/mem.h"
#include "chat/chat.h"
#include "school/school.h"
#include "server/effects.h"

#define DEMO_ARENA ((size_t)8 << 20)

/* --- the store */

static enum err add_units(struct demo *d)
{
	const struct demo_org *o = d->org;
	enum err e = ERR_OK;
	CHECK(o->unit_count <= DEMO_UNITS_MAX);
	for (int u = 0; !e && u < o->unit_count; u++) {
		d->rooms[u] = (struct demo_room){.talk = o->talk, .unit = &o->units[u]};
		demo_as(d, d->admin, ROLE_ADMIN, d->now_ms - 60 * DEMO_DAY_MS);
		e = school_unit_new(&d->tx, d->org_id, o->kind, str_of(o->units[u].name), &d->units[u]);
		if (!e)
			e = demo_leads(d, u);
	}
	if (!e)
		e = demo_subjects(d);
	for (int u = 0; !e && u < o->unit_count; u++)
		e = demo_roster(d, u);
	return e ? e : demo_families(d);
}

static enum err add_org(struct demo *d, int index)
{
	const struct demo_org *o = &demo_orgs[index];
	d->org = o;
	d->org_index = index;
	d->guardian_count = 0;
	memset(d->students, 0, sizeof d->students);
	demo_as(d, d->operator, ROLE_NONE, d->now_ms - 60 * DEMO_DAY_MS);
	CHECK(o->teacher_count <= DEMO_TEACHERS_MAX && o->student_count <= DEMO_STUDENTS_MAX);
	enum err e = school_org_new(&d->tx, str_of(o->name), str_of(o->short_name), o->type, &d->org_id);
	if (!e && o->curated)
		d->curated[d->curated_count++] = d->org_id.v;
	if (!e)
		e = demo_staff(d);
	if (!e)
		e = demo_papers(d);
	if (!e)
		e = add_units(d);
	if (!e)
		e = demo_life(d);
	return e ? e : demo_rooms(d);
}

static enum err fill(struct demo *d)
{
	struct api_org_list known = {0};
	enum err e = org_list(&d->tx, &(struct api_page){.has_limit = true, .limit = 1}, &known);
	if (e || known.orgs.n)
		return e;
	d->tx.now_ms = d->now_ms - 61 * DEMO_DAY_MS;
	e = demo_person(d, DEMO_OPERATOR_PHONE, demo_operator_name(), &d->operator);
	if (!e)
		e = account_operator_make(&d->tx, d->operator);
	for (int i = 0; !e && i < demo_org_count; i++)
		e = add_org(d, i);
	if (!e)
		e = demo_operator(d);
	if (!e)
		e = demo_curator(d);
	/* Everybody has agreed to the documents: whoever looks at the demonstration came for something else. */
	for (int i = 0; !e && i < d->people_count; i++) {
		demo_as(d, d->people[i], ROLE_NONE, d->now_ms - 3 * DEMO_HOUR_MS);
		e = account_documents_accept_all(&d->tx, d->people[i]);
	}
	return e;
}

enum err demo_fill(struct db *db, const struct installation *inst, int64_t now_ms)
{
	struct effects effects;
	effects_init(&effects);
	struct demo *d = mem_alloc(sizeof *d);
	*d = (struct demo){.now_ms = now_ms, .random = 0x5a6f6e6f6bu};
	d->tx = (struct tx){.db = db, .arena = arena_new(DEMO_ARENA), .effects = &effects, .inst = inst, .now_ms = now_ms, .writable = true};
	d->tx.rel.role = ROLE_NONE;
	enum err e = db_begin(db);
	if (!e) {
		e = fill(d);
		if (e == ERR_REFUSED)
			LOG(LOG_LEVEL_ERROR, "demo.refused", LOG_FZ("organisation", d->org ? d->org->short_name : ""),
				LOG_FI("code", d->tx.refusal.code), LOG_FZ("field", d->tx.refusal.field ? d->tx.refusal.field : ""), LOG_FZ("why", d->tx.refusal.message ? d->tx.refusal.message : ""));
		if (e)
			db_rollback(db);
		else
			e = db_commit(db);
	}
	effects_release(&effects);
	arena_free(&d->tx.arena);
	mem_free(d);
	return e;
}

/* --- who can sign in */

static void print_person(FILE *out, const char *role, struct demo_full_name n, int number)
{
	char phone[16];
	demo_phone(number, phone);
	fprintf(out, "  %.2s %.3s %.3s-%.2s-%.2s  %s: %s %s%s%s\n", phone, phone + 2, phone + 5, phone + 8, phone + 10, role, n.family, n.given,
		*n.patronymic ? " " : "", n.patronymic);
}

static void print_unit(FILE *out, int org, const struct demo_unit *u, int first_guardian)
{
	const struct demo_org *o = &demo_orgs[org];
	char role[160];
	snprintf(role, sizeof role, "%s, %s", o->type == API_ORG_TYPE_COLLEGE ? "студент" : o->type == API_ORG_TYPE_CENTER ? "обучающийся" : "ученик", u->name);
	print_person(out, role, demo_student_name(o, u->first), demo_number(org, DEMO_STUDENTS + u->first));
	snprintf(role, sizeof role, "родитель, %s", u->name);
	if (u->guardians)
		print_person(out, role, demo_guardian_name(o, first_guardian, u->first), demo_number(org, DEMO_GUARDIANS + first_guardian));
}

static const char *lead_word(const struct demo_org *o)
{
	return o->type == API_ORG_TYPE_COLLEGE ? "куратор" : o->type == API_ORG_TYPE_CENTER ? "руководитель кружка" : "классный руководитель";
}

void demo_print_people(FILE *out)
{
	fprintf(out, "Вход по номеру телефона, код всегда " ACCOUNT_DEMO_CODE ". Все люди вымышлены.\n\n");
	print_person(out, "оператор платформы", demo_operator_name(), DEMO_OPERATOR_PHONE);
	print_person(out, "муниципальный куратор", demo_curator_name(), DEMO_CURATOR_PHONE);
	for (int org = 0; org < demo_org_count; org++) {
		const struct demo_org *o = &demo_orgs[org];
		fprintf(out, "\n%s\n", o->name);
		print_person(out, "администратор", demo_staff_name(&o->admin), demo_number(org, DEMO_ADMIN));
		print_person(out, "дополнительный администратор", demo_staff_name(&o->coadmin), demo_number(org, DEMO_COADMIN));
		print_person(out, "руководитель", demo_staff_name(&o->head), demo_number(org, DEMO_HEAD));
		for (int t = 0; t < o->teacher_count; t++) {
			char role[160] = "учитель";
			snprintf(role, sizeof role, "%s", o->type == API_ORG_TYPE_SCHOOL ? "учитель" : o->type == API_ORG_TYPE_CENTER ? "педагог" : "преподаватель");
			for (int u = 0; u < o->unit_count; u++)
				if (o->units[u].lead == t)
					snprintf(role, sizeof role, "%s, %s", lead_word(o), o->units[u].name);
			print_person(out, role, demo_staff_name(&o->teachers[t]), demo_number(org, DEMO_TEACHERS + t));
		}
		for (int u = 0, guardian = 0; u < o->unit_count; guardian += o->units[u++].guardians)
			print_unit(out, org, &o->units[u], guardian);
		fprintf(out, "  Все учащиеся: +7 900 000-%02d-%02d и далее; все родители: +7 900 000-%02d-%02d и далее.\n", demo_number(org, DEMO_STUDENTS) / 100,
			DEMO_STUDENTS % 100, demo_number(org, DEMO_GUARDIANS) / 100, DEMO_GUARDIANS % 100);
	}
}
