/* SPDX-License-Identifier: Apache-2.0
 *
 * Many units at once, years of classes, the archive and who leads.
 */
#include "school/level.h"
#include "school/words.h"
#include "school_world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <cmocka.h>

#define A (&world.org[0])
#define B (&world.org[1])
#define ADMIN (A->person[ROLE_ADMIN])
#define ADMINS (ADMIT_ADMIN | ADMIT_COADMIN)

static int create_many(int64_t who, int64_t org, enum api_unit_kind kind, struct str *names, size_t n, bool skip, struct api_units_created *out)
{
	struct api_unit_create_many in = {.org_id = org, .kind = kind, .names = {names, n}, .has_skip_existing = skip, .skip_existing = skip};
	*out = (struct api_units_created){0};
	WORLD_DO(who, ADMINS, TARGET_ORG, org, unit_create_many(tx, &in, out));
}

static int set_level(int64_t who, int64_t unit, int64_t level, const char *letter, struct api_unit *out)
{
	struct api_unit_level_set in = {.unit_id = unit, .has_level = level > 0, .level = level, .has_letter = letter != NULL, .letter = str_of(letter ? letter : "")};
	WORLD_DO(who, ADMINS, TARGET_UNIT, unit, unit_level_set(tx, &in, out));
}

static int end(int64_t who, int64_t unit)
{
	struct api_unit_end in = {.org_id = A->id, .unit_id = unit};
	WORLD_DO(who, ADMINS, TARGET_ORG, A->id, unit_end(tx, &in, &(struct api_empty){0}));
}

static int archive(int64_t who, int64_t org, struct api_unit_archive *out)
{
	*out = (struct api_unit_archive){0};
	WORLD_DO(who, ADMINS | ADMIT_HEAD, TARGET_ORG, org, unit_archive_list(tx, &(struct api_unit_archive_list){.org_id = org}, out));
}

static int restore(int64_t who, int64_t org, int64_t unit, struct api_unit_restored *out)
{
	struct api_unit_restore in = {.org_id = org, .unit_id = unit};
	*out = (struct api_unit_restored){0};
	WORLD_DO(who, ADMINS, TARGET_ORG, org, unit_restore(tx, &in, out));
}

static int lead_set(int64_t who, int64_t unit, int64_t person, const char *order, struct api_member *out)
{
	struct api_unit_lead_set in = {.unit_id = unit, .person_id = person, .has_order_no = order != NULL, .order_no = str_of(order ? order : ""),
		.has_order_date = order != NULL, .order_date = 1693526400000};
	WORLD_DO(who, ADMINS, TARGET_UNIT, unit, unit_lead_set(tx, &in, out));
}

static int lead_unset(int64_t who, int64_t unit, int64_t person, bool stay)
{
	struct api_unit_lead_unset in = {.unit_id = unit, .person_id = person, .has_stay = stay, .stay = stay};
	WORLD_DO(who, ADMINS, TARGET_UNIT, unit, unit_lead_unset(tx, &in, &(struct api_empty){0}));
}

static int leads(int64_t who, int64_t unit, struct api_unit_leads *out)
{
	*out = (struct api_unit_leads){0};
	WORLD_DO(who, ADMINS | ADMIT_HEAD | ADMIT_UNIT_LEAD, TARGET_UNIT, unit, unit_lead_list(tx, &(struct api_unit_lead_list){.unit_id = unit}, out));
}

static void test_levels(void **state)
{
	(void)state;
	static const struct { const char *name; int level; const char *letter; } cases[] = {{"5А", 5, "А"}, {"10 Б", 10, "Б"}, {"11-В", 11, "В"},
		{"7 «А»", 7, "А"}, {"9", 9, ""}, {"1Аб", 1, "Аб"}, {"5 класс", 5, ""}, {"14А", 0, ""}, {"0А", 0, ""}, {"А5", 0, ""}, {"", 0, ""},
		{"5А Б", 5, ""}, {"5_А", 5, ""}, {"123А", 0, ""}, {"5A", 5, "A"}, {"1-й «А»", 1, ""}};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		int level;
		struct str letter;
		level_of_name(str_of(cases[i].name), &level, &letter);
		if (level != cases[i].level || !str_eq(letter, str_of(cases[i].letter)))
			fail_msg("%s: %d %.*s", cases[i].name, level, (int)letter.n, letter.n ? letter.p : "");
	}
}

static void test_words(void **state)
{
	(void)state;
	assert_true(str_eq(school_word_channel(API_ORG_TYPE_SCHOOL, STR("Школа № 98")), STR("Общешкольный канал")));
	assert_true(str_eq(school_word_channel(API_ORG_TYPE_SCHOOL, STR("МКОУ Лицей № 1")), STR("Общелицейский канал")));
	assert_true(str_eq(school_word_channel(API_ORG_TYPE_SCHOOL, STR("гимназия № 2")), STR("Общегимназический канал")));
	assert_true(str_eq(school_word_channel(API_ORG_TYPE_COLLEGE, STR("Энергетический техникум")), STR("Общетехникумовский канал")));
	assert_true(str_eq(school_word_channel(API_ORG_TYPE_COLLEGE, STR("Медицинский колледж")), STR("Общеколледжный канал")));
	assert_true(str_eq(school_word_channel(API_ORG_TYPE_CENTER, STR("ЦДТ")), STR("Общеучрежденческий канал")));
	assert_true(str_eq(school_word_lead(API_ORG_TYPE_COLLEGE), STR("Куратор")));
	for (int type = 0; type < 3; type++)
		for (int w = 0; w < SCHOOL_WORD_COUNT; w++)
			assert_true(school_word((enum api_org_type)type, (enum school_word)w).n > 0);
}

static void test_many_at_once(void **state)
{
	(void)state;
	struct api_units_created made;
	struct str names[] = {STR("5А"), STR(" 5Б "), STR("7а")};
	int created = world.created;
	assert_int_equal(create_many(ADMIN, A->id, API_UNIT_KIND_CLASS, names, 3, false, &made), API_CONFLICT);
	assert_non_null(strstr(world.s->tx.refusal.message, "7а")); /* «7А» is there */
	assert_int_equal(store_int(world.s, "SELECT COUNT(*) FROM unit WHERE name = '5А'"), 0); /* all or none */
	world.created = created;
	assert_int_equal(create_many(ADMIN, A->id, API_UNIT_KIND_CLASS, names, 3, true, &made), 0);
	assert_int_equal(made.units.n, 2);
	assert_int_equal(made.skipped.n, 1);
	assert_int_equal(world.created, created + 2);
	assert_int_equal(made.units.items[0].level, 5);
	assert_true(str_eq(made.units.items[1].letter, STR("Б")));
	struct str bad[] = {STR("6А"), STR(" ")};
	assert_int_equal(create_many(ADMIN, A->id, API_UNIT_KIND_CLASS, bad, 2, true, &made), API_INVALID_FIELD);
	assert_int_equal(store_int(world.s, "SELECT COUNT(*) FROM unit WHERE name = '6А'"), 0);
	assert_int_equal(create_many(B->person[ROLE_ADMIN], A->id, API_UNIT_KIND_CLASS, names, 1, true, &made), API_NOT_FOUND);
	assert_int_equal(create_many(A->person[ROLE_HEAD], A->id, API_UNIT_KIND_CLASS, names, 1, true, &made), API_FORBIDDEN);
}

static void test_year_and_letter(void **state)
{
	(void)state;
	struct api_unit u;
	assert_int_equal(do_unit_rename(ADMIN, A->class_a, "8В", &u), 0);
	assert_int_equal(u.level, 8);
	assert_true(str_eq(u.letter, STR("В")));
	assert_int_equal(set_level(ADMIN, A->class_a, 9, "Г", &u), 0);
	assert_int_equal(u.level, 9);
	assert_int_equal(set_level(ADMIN, A->class_a, 0, NULL, &u), 0);
	assert_false(u.has_level || u.has_letter);
	assert_int_equal(set_level(ADMIN, A->staff, 1, NULL, &u), API_CONFLICT);
	assert_int_equal(set_level(ADMIN, A->class_a, 1, " ", &u), API_INVALID_FIELD);
	assert_int_equal(set_level(B->person[ROLE_ADMIN], A->class_a, 1, NULL, &u), API_NOT_FOUND);
}

static void test_archive(void **state)
{
	(void)state;
	struct api_unit_archive list;
	struct api_unit_restored back;
	struct api_unit u;
	struct api_member m;
	struct api_invite_page links;
	int64_t child = A->person[ROLE_STUDENT], second = world_person("+79990000001", "Второй", "Олег");
	assert_int_equal(world_join(A->id, second, ROLE_STUDENT, A->class_a, false), 0);
	const char *token = link_of(0, API_INVITE_CREATE_ROLE_STUDENT, A->class_a, false, 5);
	assert_int_equal(end(ADMIN, A->staff), API_CONFLICT);
	assert_int_equal(end(ADMIN, A->class_a), 0);
	assert_int_equal(world.ended, 1);
	for (int role = ROLE_ADMIN; role <= ROLE_GUARDIAN; role++)
		assert_false(world_in_chat(A->class_a, A->person[role], NULL));
	assert_int_equal(store_int(world.s, "SELECT COUNT(*) FROM unit_member WHERE unit_id = 2 AND ended_at IS NULL"), 0);
	assert_int_equal(do_unit_rename(ADMIN, A->class_a, "1А", &u), API_NOT_FOUND);
	assert_int_equal(end(ADMIN, A->class_a), API_NOT_FOUND);
	assert_int_equal(end(ADMIN, B->class_a), API_NOT_FOUND);
	assert_int_equal(end(B->person[ROLE_ADMIN], A->class_b), API_NOT_FOUND);
	struct api_invite_previewed preview;
	assert_int_equal(do_invite_preview(token, &preview), API_LINK_UNUSABLE);
	assert_int_equal(do_invite_list(ADMIN, &(struct api_invite_list){.org_id = A->id}, &links), 0);
	assert_int_equal(links.invites.items[0].state, API_INVITE_STATE_ANNULLED);
	assert_int_equal(archive(ADMIN, A->id, &list), 0);
	assert_int_equal(list.units.n, 1);
	assert_int_equal(archive(B->person[ROLE_ADMIN], B->id, &list), 0);
	assert_int_equal(list.units.n, 0);
	/* Its name is free, and while it is taken it cannot come back. */
	assert_int_equal(do_unit_create(ADMIN, A->id, API_UNIT_KIND_CLASS, "7А", &u), 0);
	assert_int_equal(restore(ADMIN, A->id, A->class_a, &back), API_CONFLICT);
	assert_int_equal(do_unit_rename(ADMIN, u.id, "7Г", &u), 0);
	/* One of its pupils is elsewhere by now. */
	assert_int_equal(do_unit_member_add(ADMIN, A->class_b, second, -1, &m), 0);
	assert_int_equal(restore(B->person[ROLE_ADMIN], B->id, A->class_a, &back), API_NOT_FOUND);
	assert_int_equal(restore(ADMIN, A->id, A->class_a, &back), 0);
	assert_int_equal(world.restored, 1);
	assert_int_equal(back.away, 1);
	assert_int_equal(back.unit.member_count, 3);
	bool lead = false;
	assert_true(world_in_chat(A->class_a, child, NULL));
	assert_true(world_in_chat(A->class_a, A->person[ROLE_TEACHER], &lead));
	assert_true(lead);
	assert_false(world_in_chat(A->class_a, second, NULL));
	assert_int_equal(restore(ADMIN, A->id, A->class_a, &back), API_NOT_FOUND);
}

/* Whoever had left before the archive does not come back with the unit. */
static void test_archive_brings_back_its_own_only(void **state)
{
	(void)state;
	struct api_unit_restored back;
	assert_int_equal(do_unit_member_remove(ADMIN, A->class_a, A->person[ROLE_GUARDIAN]), 0);
	assert_int_equal(end(ADMIN, A->class_a), 0);
	assert_int_equal(restore(ADMIN, A->id, A->class_a, &back), 0);
	assert_int_equal(back.unit.member_count, 2);
	assert_false(world_in_chat(A->class_a, A->person[ROLE_GUARDIAN], NULL));
}

static void test_leads(void **state)
{
	(void)state;
	struct api_member m;
	struct api_unit_leads list;
	int64_t teacher = A->person[ROLE_TEACHER], deputy = A->person[ROLE_COADMIN];
	bool lead = false;
	assert_int_equal(lead_set(ADMIN, A->class_a, deputy, "58-р", &m), 0); /* comes into the unit by it */
	assert_true(world_in_chat(A->class_a, deputy, &lead));
	assert_true(lead);
	assert_int_equal(leads(teacher, A->class_a, &list), 0);
	assert_int_equal(list.leads.n, 2);
	assert_int_equal(leads(teacher, A->class_b, &list), API_FORBIDDEN);
	assert_int_equal(lead_unset(ADMIN, A->class_a, teacher, false), 0);
	assert_false(world_in_chat(A->class_a, teacher, NULL));
	assert_int_equal(lead_unset(ADMIN, A->class_a, teacher, false), API_NOT_FOUND);
	assert_int_equal(lead_unset(ADMIN, A->class_a, deputy, true), 0);
	assert_true(world_in_chat(A->class_a, deputy, &lead));
	assert_false(lead);
	assert_int_equal(leads(ADMIN, A->class_a, &list), 0);
	assert_int_equal(list.leads.n, 2);
	size_t with_order = list.leads.items[0].has_order_no ? 0 : 1;
	assert_true(str_eq(list.leads.items[with_order].order_no, STR("58-р")));
	assert_true(list.leads.items[0].has_ended_at && list.leads.items[1].has_ended_at);
	assert_int_equal(lead_set(ADMIN, A->class_a, A->person[ROLE_STUDENT], NULL, &m), API_CONFLICT);
	assert_int_equal(lead_set(ADMIN, A->staff, teacher, NULL, &m), API_CONFLICT);
	assert_int_equal(lead_set(ADMIN, A->class_a, B->person[ROLE_TEACHER], NULL, &m), API_NOT_FOUND);
	assert_int_equal(lead_set(B->person[ROLE_ADMIN], A->class_a, teacher, NULL, &m), API_NOT_FOUND);
	/* A lead who leaves the organisation has a day of it. */
	assert_int_equal(lead_set(ADMIN, A->class_a, teacher, NULL, &m), 0);
	assert_int_equal(do_member_remove(ADMIN, A->id, teacher), 0);
	assert_int_equal(store_int(world.s, "SELECT COUNT(*) FROM unit_lead WHERE ended_at IS NULL AND org_id = 1"), 0);
}

static int in_journal(const char *action)
{
	bool found;
	int64_t n;
	assert_int_equal(db_int(world.s->db, &found, &n, "SELECT COUNT(*) FROM audit WHERE org_id = ?1 AND action = ?2 AND object_kind = 'unit' AND object_id = ?3",
		"isi", A->id, str_of(action), A->class_a), ERR_OK);
	return (int)n;
}

/* R16: what becomes of a class stands in the journal with what was before. */
static void test_history(void **state)
{
	(void)state;
	struct api_unit u;
	struct api_member m;
	struct api_unit_restored back;
	const int64_t teacher = A->person[ROLE_TEACHER];
	assert_int_equal(do_unit_rename(ADMIN, A->class_a, "6К", &u), 0);
	assert_int_equal(do_unit_rename(ADMIN, A->class_a, "6К", &u), 0); /* nothing new */
	assert_int_equal(in_journal("unit_rename"), 1);
	assert_int_equal(store_int(world.s, "SELECT COUNT(*) FROM audit WHERE action = 'unit_rename' AND detail LIKE '%\"was\":\"7А\"%\"became\":\"6К\"%'"), 1);
	assert_int_equal(lead_set(ADMIN, A->class_a, teacher, NULL, &m), 0);
	assert_int_equal(lead_unset(ADMIN, A->class_a, teacher, true), 0);
	assert_int_equal(lead_unset(ADMIN, A->class_a, teacher, true), API_NOT_FOUND);
	assert_int_equal(in_journal("unit_lead_set"), 1);
	assert_int_equal(in_journal("unit_lead_unset"), 1);
	assert_int_equal(end(ADMIN, A->class_a), 0);
	assert_int_equal(restore(ADMIN, A->id, A->class_a, &back), 0);
	assert_int_equal(in_journal("unit_end"), 1);
	assert_int_equal(in_journal("unit_restore"), 1);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, world_setup, world_teardown)
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_levels),
		cmocka_unit_test(test_words),
		T(test_many_at_once),
		T(test_year_and_letter),
		T(test_archive),
		T(test_archive_brings_back_its_own_only),
		T(test_leads),
		T(test_history),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
