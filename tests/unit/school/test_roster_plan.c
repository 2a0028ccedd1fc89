/* SPDX-License-Identifier: Apache-2.0
 *
 * Tables of schools into plans: titles, roles, classes, what is wrong and where.
 */
#include "school/roster_plan.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <cmocka.h>

static struct arena *arena;
static struct roster_plan plan;

/* Rows are divided by \n, cells by ; */
static void make(const char *text, enum api_org_type type)
{
	struct str rest = str_of(text);
	struct sheet sheet = {.name = STR("")};
	struct sheets tables = {.items = &sheet, .n = 1};
	arena = arena_new(1 << 20);
	sheet.rows = arena_array(arena, 50, sizeof *sheet.rows);
	for (uint32_t line = 1; rest.n; line++) {
		struct str row = str_cut(&rest, '\n');
		struct sheet_row *r = &sheet.rows[sheet.n++];
		*r = (struct sheet_row){.line = line, .cells = arena_array(arena, 30, sizeof *r->cells)};
		while (row.n)
			r->cells[r->n++] = str_cut(&row, ';');
	}
	assert_int_equal(roster_plan_make(&plan, &tables, type, NULL, 0), ERR_OK);
}

static void done(void)
{
	roster_plan_release(&plan);
	arena_free(&arena);
}

static void assert_text(struct str s, const char *wanted)
{
	assert_true(str_eq(s, str_of(wanted)));
}

static void test_columns(void **state)
{
	(void)state;
	static const struct { const char *title; enum roster_column column; } all[] = {
		{"Ф.И.О.", COLUMN_FULL}, {"ФИО ученика", COLUMN_FULL}, {"Фамилия, имя, отчество", COLUMN_FULL}, {"Фамилия", COLUMN_FAMILY}, {"Имя", COLUMN_GIVEN},
		{"ОТЧЕСТВО", COLUMN_PATRONYMIC}, {"Класс", COLUMN_UNIT}, {"Группа", COLUMN_GROUP}, {"Кружки", COLUMN_CIRCLE}, {"Роль", COLUMN_ROLE},
		{"Моб. телефон", COLUMN_PHONE}, {"ФИО матери", COLUMN_PARENT1}, {"Телефон мамы", COLUMN_PARENT1_PHONE}, {"Отец", COLUMN_PARENT2},
		{"Родитель 2 (телефон)", COLUMN_PARENT2_PHONE}, {"Кл. рук.", COLUMN_LEAD}, {"Классный руководитель", COLUMN_LEAD}, {"Предмет", COLUMN_SUBJECT},
		{"Личный номер", COLUMN_EXTERNAL}, {"Ребёнок", COLUMN_CHILD}, {"First name", COLUMN_GIVEN}, {"Last name", COLUMN_FAMILY}, {"Parent 1 phone", COLUMN_PARENT1_PHONE},
		{"№ п/п", COLUMN_NONE}, {"Адрес", COLUMN_NONE}, {"E-mail родителя", COLUMN_NONE},
	};
	struct arena *a = arena_new(1 << 20);
	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		if (roster_column_of(a, str_of(all[i].title)) != all[i].column)
			fail_msg("%s: %d", all[i].title, (int)roster_column_of(a, str_of(all[i].title)));
	arena_free(&a);
}

static void test_class_names(void **state)
{
	(void)state;
	static const char *const same[] = {"5А", "5а", "5 А", "5-а", "5 «А»", "5A", "5а класс", "5 \"А\""};
	struct arena *a = arena_new(1 << 20);
	for (size_t i = 0; i < sizeof same / sizeof *same; i++)
		assert_text(roster_class_name(a, str_of(same[i])), "5А");
	assert_text(roster_class_name(a, STR("11")), "11");
	assert_text(roster_class_name(a, STR("Шахматы")), "Шахматы");
	arena_free(&a);
}

static void test_people(void **state)
{
	(void)state;
	make("Школа №1\nКласс;ФИО;Телефон мамы;Мама\n5а;Иванов Пётр Ильич;8 911 000-11-22;Иванова Анна\n6Б;Иванова Яна;89110001122;Иванова Анна", API_ORG_TYPE_SCHOOL);
	assert_int_equal(plan.errors, 0);
	assert_int_equal(plan.units.n, 2);
	assert_int_equal(plan.people.n, 3); /* one mother of two */
	assert_int_equal(plan.bonds.n, 2);
	assert_text(plan.people.p[0].patronymic, "Ильич");
	assert_text(plan.people.p[1].phone, "+79110001122");
	assert_int_equal(plan.people.p[1].role, API_ROLE_GUARDIAN);
	done();
}

static void test_teachers(void **state)
{
	(void)state;
	make("Роль;ФИО;Предмет;Класс;Классный руководитель\nучитель;Ли Ян;Алгебра: 7А, 7Б; Физика (8А);;7А\nучитель;Ли Ян;;;\nучитель;Ким Юн;Химия;9А;да", API_ORG_TYPE_SCHOOL);
	/* the semicolon divides cells here: the second part of the first row stands in the next column */
	assert_int_equal(plan.people.n, 2);
	assert_int_equal(plan.teachings.n, 3);
	assert_true(plan.places.n >= 1);
	done();
}

static void test_problems(void **state)
{
	(void)state;
	make("ФИО;Класс;Телефон\n=1+1 Иван;5А;\nИванов;5А;\nИв4нов Пётр;5А;\nИванов Пётр;класс;\nЮн Ли;5А;12\nОм Ян;5А;\nОм Ян;5А;", API_ORG_TYPE_SCHOOL);
	static const struct { enum api_roster_problem_key key; uint32_t line, column; } all[] = {{API_ROSTER_PROBLEM_KEY_FORMULA, 2, 1},
		{API_ROSTER_PROBLEM_KEY_MISSING_GIVEN_NAME, 3, 1}, {API_ROSTER_PROBLEM_KEY_BAD_NAME, 4, 1}, {API_ROSTER_PROBLEM_KEY_UNKNOWN_CLASS, 5, 2},
		{API_ROSTER_PROBLEM_KEY_BAD_PHONE, 6, 3}, {API_ROSTER_PROBLEM_KEY_DUPLICATE_PERSON, 8, 0}};
	assert_int_equal(plan.errors, sizeof all / sizeof *all);
	for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
		assert_int_equal(plan.problems.p[i].key, all[i].key);
		assert_int_equal(plan.problems.p[i].at.line, all[i].line);
		assert_int_equal(plan.problems.p[i].at.column, all[i].column);
	}
	assert_int_equal(plan.problems.p[5].other_line, 7);
	done();
}

static void test_no_header(void **state)
{
	(void)state;
	make("Иванов;5А\nПетров;5Б", API_ORG_TYPE_SCHOOL);
	assert_int_equal(plan.problems.p[0].key, API_ROSTER_PROBLEM_KEY_NO_HEADER);
	done();
}

static void test_types(void **state)
{
	(void)state;
	make("ФИО;Группа\nИванов Пётр;ИС-21", API_ORG_TYPE_COLLEGE);
	assert_int_equal(plan.units.p[0].kind, API_UNIT_KIND_GROUP);
	done();
	make("ФИО;Объединение\nИванов Пётр;Шахматы, Театр", API_ORG_TYPE_CENTER);
	assert_int_equal(plan.units.p[0].kind, API_UNIT_KIND_CIRCLE);
	assert_int_equal(plan.places.n, 2);
	assert_int_equal(plan.people.p[0].unit, 0);
	done();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_columns), cmocka_unit_test(test_class_names), cmocka_unit_test(test_people), cmocka_unit_test(test_teachers),
		cmocka_unit_test(test_problems), cmocka_unit_test(test_no_header), cmocka_unit_test(test_types),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
