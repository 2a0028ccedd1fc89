/* SPDX-License-Identifier: Apache-2.0
 *
 * Organisations, their appointed administrators and their units.
 */
#include "school_world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <cmocka.h>

#define A (&world.org[0])
#define ADMIN (A->person[ROLE_ADMIN])

static struct str staff_name(int64_t org)
{
	static char kept[64];
	struct rows r;
	db_query(world.s->db, &r, "SELECT u.name FROM unit u JOIN org o ON o.staff_unit_id = u.id WHERE o.id = ?1", "i", org);
	assert_true(rows_next(&r));
	struct str name = rows_str(&r, 0, NULL);
	assert_true(name.n < sizeof kept);
	memcpy(kept, name.p, name.n);
	assert_int_equal(rows_close(&r), ERR_OK);
	return str_n(kept, name.n);
}

static void test_staff_unit_by_type(void **state)
{
	(void)state;
	static const struct { enum api_org_type type; struct str word; } words[] = {
		{API_ORG_TYPE_SCHOOL, STR("Учителя")}, {API_ORG_TYPE_COLLEGE, STR("Сотрудники")}, {API_ORG_TYPE_CENTER, STR("Педагоги")}};
	for (size_t i = 0; i < 3; i++) {
		struct api_org org;
		struct api_org_create in = {.name = STR("  Организация "), .short_name = STR("Орг"), .type = words[i].type, .admin_phone = STR("+79995550000")};
		int created = world.created;
		assert_int_equal(do_org_create(world.operator, &in, &org), 0);
		assert_true(str_eq(org.name, STR("Организация")));
		assert_true(org.admin_pending);
		assert_int_equal(world.created, created + 1);
		assert_true(str_eq(staff_name(org.id), words[i].word));
		assert_int_equal(store_events(world.s, org_stream((struct org_id){org.id}), "unit_changed"), 1);
	}
}

static void test_only_the_operator_creates(void **state)
{
	(void)state;
	struct api_org org;
	struct api_org_list list;
	struct api_org_create in = {.name = STR("Чужая"), .short_name = STR("Ч"), .admin_phone = STR("+79995550000")};
	assert_int_equal(do_org_create(ADMIN, &in, &org), API_FORBIDDEN);
	assert_int_equal(do_org_create(0, &in, &org), API_NOT_SIGNED_IN);
	assert_int_equal(do_org_list(ADMIN, &(struct api_page){0}, &list), API_FORBIDDEN);
	in.name = STR(" \t ");
	assert_int_equal(do_org_create(world.operator, &in, &org), API_INVALID_FIELD);
	in.name = STR("Обратный\u202eпорядок");
	assert_int_equal(do_org_create(world.operator, &in, &org), API_INVALID_FIELD);
	in.name = STR("Строка\nвторая");
	assert_int_equal(do_org_create(world.operator, &in, &org), API_INVALID_FIELD);
	assert_int_equal(store_int(world.s, "SELECT COUNT(*) FROM org"), WORLD_ORGS);
}

static void test_org_list_pages(void **state)
{
	(void)state;
	struct api_org_list page;
	assert_int_equal(do_org_list(world.operator, &(struct api_page){.has_limit = true, .limit = 1}, &page), 0);
	assert_int_equal(page.orgs.n, 1);
	assert_true(page.has_next_after);
	int64_t after = page.next_after;
	assert_int_equal(after, A->id);
	assert_int_equal(do_org_list(world.operator, &(struct api_page){.has_limit = true, .limit = 1, .has_after = true, .after = after}, &page), 0);
	assert_int_equal(page.orgs.items[0].id, world.org[1].id);
	assert_false(page.has_next_after);
}

static void test_appointed_administrator(void **state)
{
	(void)state;
	struct api_org org;
	struct api_signed_in me;
	struct api_org_create in = {.name = STR("Лицей № 1"), .short_name = STR("Лицей"), .type = API_ORG_TYPE_SCHOOL, .admin_phone = STR("+79995550001"),
		.has_admin_given_name = true, .admin_given_name = STR("Мария"), .has_admin_family_name = true, .admin_family_name = STR("Лицеева")};
	assert_int_equal(do_org_create(world.operator, &in, &org), 0);
	int64_t id = org.id;
	/* Another number stays outside. */
	assert_int_equal(do_code("+79995550002"), 0);
	assert_int_equal(do_sign_in("+79995550002", &me), API_NO_ACCOUNT);
	assert_int_equal(do_code("+79995550001"), 0);
	assert_int_equal(do_sign_in("+79995550001", &me), 0);
	assert_true(str_eq(me.person.family_name, STR("Лицеева")));
	int64_t admin = me.person.id;
	assert_int_equal(store_effects(world.s, EFFECT_FOLLOW, org_stream((struct org_id){id})), 1);
	assert_int_equal(store_events(world.s, person_stream((struct person_id){admin}), "membership_changed"), 2); /* he joined, and then he signed in for the first time */
	assert_int_equal(do_org_get(admin, id, &org), 0);
	assert_false(org.admin_pending);
	struct api_unit_page units;
	assert_int_equal(do_unit_list(admin, id, 0, &units), 0);
	assert_int_equal(units.units.n, 1);
	assert_int_equal(units.units.items[0].member_count, 1);
	assert_true(world_in_chat(units.units.items[0].id, admin, NULL));
	/* Signing in again appoints nobody again. */
	world.s->now_ms += ACCOUNT_CODE_PAUSE_MS;
	assert_int_equal(do_code("+79995550001"), 0);
	assert_int_equal(do_sign_in("+79995550001", &me), 0);
	assert_int_equal(me.person.id, admin);
	assert_int_equal(store_events(world.s, person_stream((struct person_id){admin}), "membership_changed"), 2);
}

/* Somebody known, awaited by two organisations at once, becomes the administrator of both. */
static void test_appointed_twice(void **state)
{
	(void)state;
	struct api_org org;
	struct api_signed_in me;
	struct api_membership *list;
	size_t n;
	for (int i = 0; i < 2; i++) {
		struct api_org_create in = {.name = STR("Новая"), .short_name = STR("Н"), .type = API_ORG_TYPE_CENTER, .admin_phone = STR("+79991000004")}; /* the pupil's of the first organisation */
		assert_int_equal(do_org_create(world.operator, &in, &org), 0);
	}
	assert_int_equal(do_code("+79991000004"), 0);
	assert_int_equal(do_sign_in("+79991000004", &me), 0);
	assert_int_equal(me.person.id, A->person[ROLE_STUDENT]);
	struct tx *tx = store_begin(world.s, store_actor(0));
	assert_int_equal(school_memberships_of(tx, (struct person_id){me.person.id}, &list, &n), ERR_OK);
	assert_int_equal(n, 3);
	assert_int_equal(list[0].role, API_ROLE_STUDENT);
	assert_int_equal(list[1].role, API_ROLE_ADMIN);
	assert_int_equal(list[2].role, API_ROLE_ADMIN);
	assert_int_equal(list[2].units.n, 1);
	store_end(world.s, ERR_OK);
}

static void test_without_names(void **state)
{
	(void)state;
	struct api_org org;
	struct api_signed_in me;
	struct api_org_create in = {.name = STR("Центр творчества"), .short_name = STR("ЦДТ"), .type = API_ORG_TYPE_CENTER, .admin_phone = STR("+79995550009")};
	assert_int_equal(do_org_create(world.operator, &in, &org), 0);
	assert_int_equal(do_code("+79995550009"), 0);
	assert_int_equal(do_sign_in("+79995550009", &me), 0);
	assert_true(str_eq(me.person.given_name, STR("Администратор")));
	assert_true(str_eq(me.person.family_name, STR("ЦДТ")));
}

static void test_unit_names(void **state)
{
	(void)state;
	struct api_unit u;
	assert_int_equal(do_unit_create(ADMIN, A->id, API_UNIT_KIND_CLASS, " 8Ё ", &u), 0);
	assert_true(str_eq(u.name, STR("8Ё")));
	assert_int_equal(u.chat_id, 1000 + u.id);
	assert_int_equal(u.member_count, 0);
	int64_t id = u.id;
	assert_int_equal(do_unit_create(ADMIN, A->id, API_UNIT_KIND_CLASS, "8е", &u), API_CONFLICT);
	assert_string_equal(world.s->tx.refusal.message, "conflict.unit_name_taken");
	assert_int_equal(do_unit_create(ADMIN, A->id, API_UNIT_KIND_CIRCLE, "8е", &u), 0); /* of another kind */
	assert_int_equal(do_unit_rename(ADMIN, id, "7а", &u), API_CONFLICT);
	assert_int_equal(world.renamed, 0);
	assert_int_equal(do_unit_rename(ADMIN, id, "8ё", &u), 0); /* its own name in other letters */
	assert_true(str_eq(u.name, STR("8ё")));
	assert_int_equal(world.renamed, 1);
	int64_t events = store_events(world.s, org_stream((struct org_id){A->id}), "unit_changed");
	assert_int_equal(do_unit_rename(ADMIN, id, "8ё", &u), 0); /* nothing new, nothing told */
	assert_int_equal(store_events(world.s, org_stream((struct org_id){A->id}), "unit_changed"), events);
	assert_int_equal(do_unit_rename(ADMIN, id, "\u00a0 ", &u), API_INVALID_FIELD);
}

static void test_unit_rights(void **state)
{
	(void)state;
	struct api_unit u;
	struct api_unit_page page;
	for (int role = ROLE_ADMIN; role <= ROLE_GUARDIAN; role++) {
		char name[16];
		snprintf(name, sizeof name, "9-%d", role);
		int allowed = role <= ROLE_COADMIN ? 0 : API_FORBIDDEN;
		assert_int_equal(do_unit_create(A->person[role], A->id, API_UNIT_KIND_CLASS, name, &u), allowed);
		assert_int_equal(do_unit_rename(A->person[role], A->class_b, name, &u), role <= ROLE_COADMIN ? API_CONFLICT : API_FORBIDDEN);
		assert_int_equal(do_unit_list(A->person[role], A->id, 0, &page), role <= ROLE_TEACHER ? 0 : API_FORBIDDEN);
	}
	assert_int_equal(do_unit_create(0, A->id, API_UNIT_KIND_CLASS, "10", &u), API_NOT_SIGNED_IN);
}

static void test_unit_list_pages(void **state)
{
	(void)state;
	struct api_unit_page page;
	struct tx *tx = store_begin(world.s, store_actor(0));
	for (int i = 0; i < SCHOOL_UNIT_PAGE; i++) {
		char name[16];
		struct unit_id id;
		snprintf(name, sizeof name, "к%d", i);
		assert_int_equal(school_unit_new(tx, (struct org_id){A->id}, API_UNIT_KIND_CIRCLE, str_of(name), &id), ERR_OK);
	}
	store_end(world.s, ERR_OK);
	assert_int_equal(do_unit_list(ADMIN, A->id, 0, &page), 0);
	assert_int_equal(page.units.n, SCHOOL_UNIT_PAGE);
	assert_true(page.has_next_after);
	assert_int_equal(do_unit_list(ADMIN, A->id, page.next_after, &page), 0);
	assert_int_equal(page.units.n, 3); /* staff, 7А, 7Б and 500 circles */
	assert_false(page.has_next_after);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, world_setup, world_teardown)
	const struct CMUnitTest tests[] = {
		T(test_staff_unit_by_type),
		T(test_only_the_operator_creates),
		T(test_org_list_pages),
		T(test_appointed_administrator),
		T(test_appointed_twice),
		T(test_without_names),
		T(test_unit_names),
		T(test_unit_rights),
		T(test_unit_list_pages),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
