/* SPDX-License-Identifier: Apache-2.0
 *
 * Another name: asking, one at a time, who decides, what it changes, and where it ends.
 */
#include "school_world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <cmocka.h>

#define A (&world.org[0])
#define B (&world.org[1])
#define ADMIN (A->person[ROLE_ADMIN])
#define COADMIN (A->person[ROLE_COADMIN])
#define TEACHER (A->person[ROLE_TEACHER])
#define STUDENT (A->person[ROLE_STUDENT])
#define ORG ((struct org_id){A->id})

static int ask(int64_t who, const char *family, const char *given, const char *patronymic, int64_t *id_out)
{
	struct api_name_change out;
	struct api_name_change_request in = {.org_id = A->id, .family_name = str_of(family), .given_name = str_of(given),
		.has_patronymic = patronymic != NULL, .patronymic = str_of(patronymic ? patronymic : ""), .has_reason = true, .reason = STR(" Брак ")};
	int code = do_name_change_request(who, &in, &out);
	if (!code && id_out) {
		*id_out = out.id;
		assert_true(out.state == API_NAME_CHANGE_STATE_WAITING && str_eq(out.reason, STR("Брак")) && out.person.id == who);
	}
	return code;
}

static int decide(int64_t who, int64_t id, bool accept, const char *reason)
{
	struct api_name_change out;
	struct api_name_change_decide in = {.org_id = A->id, .request_id = id, .accept = accept, .has_reason = reason != NULL, .reason = str_of(reason ? reason : "")};
	return do_name_change_decide(who, &in, &out);
}

static size_t waiting(void)
{
	struct api_name_change_page page;
	assert_int_equal(do_name_change_list(ADMIN, &(struct api_name_change_list){.org_id = A->id}, &page), 0);
	return page.changes.n;
}

static void rename_to(int64_t person, const char *family, const char *given)
{
	int64_t id;
	assert_int_equal(ask(person, family, given, NULL, &id), 0);
	assert_int_equal(decide(ADMIN, id, true, NULL), 0);
}

static void test_accepted(void **state)
{
	(void)state;
	int64_t id;
	struct stream_id own = person_stream((struct person_id){TEACHER});
	size_t members = store_events(world.s, org_stream(ORG), "member_changed"), units = store_events(world.s, org_stream(ORG), "unit_changed");
	/* A member of another organisation too: his name is one. */
	assert_int_equal(world_join(B->id, TEACHER, ROLE_TEACHER, 0, false), 0);
	assert_int_equal(ask(TEACHER, "Новикова", "Анна", "Ивановна", &id), 0);
	assert_int_equal(store_events(world.s, own, "name_change_changed"), 1);
	assert_int_equal(store_events(world.s, org_stream(ORG), "name_queue_changed"), 1);
	assert_int_equal(store_events(world.s, own, "person_renamed"), 0);
	assert_int_equal(waiting(), 1);
	assert_int_equal(decide(COADMIN, id, true, NULL), 0);
	assert_int_equal(waiting(), 0);
	assert_int_equal(store_events(world.s, own, "name_change_changed"), 2);
	assert_int_equal(store_events(world.s, own, "person_renamed"), 1);
	assert_int_equal(store_events(world.s, org_stream(ORG), "member_changed"), members + 1);
	assert_int_equal(store_events(world.s, org_stream(ORG), "unit_changed"), units + 1); /* he leads one: it shows his name */
	assert_int_equal(store_int(world.s, "SELECT COUNT(*) FROM person WHERE family_name = 'Новикова' AND patronymic = 'Ивановна'"), 1);
	assert_int_equal(store_int(world.s, "SELECT COUNT(*) FROM audit WHERE action = 'name_change_accept'"), 1);
	assert_int_equal(decide(ADMIN, id, true, NULL), API_CONFLICT);
	/* Found by the new name, in both. */
	for (int i = 0; i < WORLD_ORGS; i++) {
		struct api_member_page page;
		struct api_member_list in = {.org_id = world.org[i].id, .has_query = true, .query = STR("новик")};
		assert_int_equal(do_member_list(world.org[i].person[ROLE_ADMIN], &in, &page), 0);
		assert_true(page.members.n == 1 && page.members.items[0].person.id == TEACHER);
	}
	/* What is so already is not asked for. */
	assert_int_equal(ask(TEACHER, "Новикова", "Анна", "Ивановна", NULL), API_CONFLICT);
	assert_int_equal(ask(TEACHER, "Новикова", "Анна", NULL, NULL), 0);
}

static void test_declined(void **state)
{
	(void)state;
	int64_t id;
	assert_int_equal(ask(STUDENT, "Король", "Лев", NULL, &id), 0);
	assert_int_equal(decide(ADMIN, id, false, "  "), API_INVALID_FIELD);
	assert_string_equal(world.s->tx.refusal.field, "reason");
	assert_int_equal(decide(ADMIN, id, false, "Нет документа"), 0);
	assert_int_equal(store_int(world.s, "SELECT COUNT(*) FROM person WHERE family_name = 'Король'"), 0);
	assert_int_equal(store_int(world.s, "SELECT COUNT(*) FROM audit WHERE action = 'name_change_decline'"), 1);
	assert_int_equal(decide(ADMIN, id, true, NULL), API_CONFLICT);
	assert_int_equal(waiting(), 0);
}

/* What an administrator looks at is what he accepts: a new request has a new number, and the old one is gone. */
static void test_one_at_a_time(void **state)
{
	(void)state;
	int64_t first, second;
	assert_int_equal(ask(STUDENT, "Первый", "Лев", NULL, &first), 0);
	assert_int_equal(ask(STUDENT, "Второй", "Лев", NULL, &second), 0);
	assert_int_not_equal(first, second);
	assert_int_equal(waiting(), 1);
	assert_int_equal(decide(ADMIN, first, true, NULL), API_NOT_FOUND);
	assert_int_equal(decide(ADMIN, second, true, NULL), 0);
	assert_int_equal(store_int(world.s, "SELECT COUNT(*) FROM person WHERE family_name = 'Первый'"), 0);
	/* Whoever leaves asks for nothing any more. */
	assert_int_equal(ask(STUDENT, "Третий", "Лев", NULL, &first), 0);
	assert_int_equal(do_member_remove(ADMIN, A->id, STUDENT), 0);
	assert_int_equal(waiting(), 0);
	assert_int_equal(decide(ADMIN, first, true, NULL), API_NOT_FOUND);
}

static void test_who_decides(void **state)
{
	(void)state;
	int64_t id;
	assert_int_equal(ask(COADMIN, "Себева", "Сама", NULL, &id), 0);
	assert_int_equal(decide(COADMIN, id, true, NULL), API_FORBIDDEN);
	assert_string_equal(world.s->tx.refusal.message, "forbidden.name_of_self");
	assert_int_equal(decide(TEACHER, id, true, NULL), API_FORBIDDEN);
	assert_int_equal(decide(B->person[ROLE_ADMIN], id, true, NULL), API_NOT_FOUND);
	/* Another organisation's number by one's own organisation */
	struct api_name_change out;
	assert_int_equal(do_name_change_decide(B->person[ROLE_ADMIN], &(struct api_name_change_decide){.org_id = B->id, .request_id = id, .accept = true}, &out), API_NOT_FOUND);
	assert_int_equal(decide(ADMIN, id, true, NULL), 0);
	assert_int_equal(ask(ADMIN, "Главный", "Пётр", NULL, &id), 0);
	assert_int_equal(decide(COADMIN, id, true, NULL), API_FORBIDDEN);
	assert_string_equal(world.s->tx.refusal.message, "forbidden.admin_only");
	assert_int_equal(decide(ADMIN, id, true, NULL), 0);
}

/* The end of an account leaves no name behind here. */
static void test_forgotten(void **state)
{
	(void)state;
	rename_to(STUDENT, "Тайнов", "Лев");
	struct tx *tx = store_begin(world.s, store_actor(0));
	struct api_person nameless = {.given_name = STR("Удалён"), .family_name = STR("Удалён")};
	assert_int_equal(store_end(world.s, school_leave_all(tx, (struct person_id){STUDENT}, &nameless)), ERR_OK);
	assert_int_equal(store_int(world.s, "SELECT COUNT(*) FROM name_change WHERE family_name <> '' OR given_name <> '' OR reason IS NOT NULL"), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_accepted, world_setup, world_teardown),
		cmocka_unit_test_setup_teardown(test_declined, world_setup, world_teardown),
		cmocka_unit_test_setup_teardown(test_one_at_a_time, world_setup, world_teardown),
		cmocka_unit_test_setup_teardown(test_who_decides, world_setup, world_teardown),
		cmocka_unit_test_setup_teardown(test_forgotten, world_setup, world_teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
