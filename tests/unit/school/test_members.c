/* SPDX-License-Identifier: Apache-2.0
 *
 * Rosters, removal, the one-class rule, the last administrator, and finding people.
 */
#include "school_world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <cmocka.h>

#define A (&world.org[0])
#define ADMIN (A->person[ROLE_ADMIN])
#define ORG ((struct org_id){A->id})

static int64_t joined(const char *phone, const char *family, const char *given, enum role role, int64_t unit)
{
	int64_t id = world_person(phone, family, given);
	assert_int_equal(world_join(A->id, id, role, unit, false), 0);
	return id;
}

static int64_t count_of(int64_t unit)
{
	struct api_unit_page page;
	assert_int_equal(do_unit_list(ADMIN, A->id, 0, &page), 0);
	for (size_t i = 0; i < page.units.n; i++)
		if (page.units.items[i].id == unit)
			return page.units.items[i].member_count;
	return -1;
}

static void test_staff_is_in_the_staff_unit(void **state)
{
	(void)state;
	for (int role = ROLE_ADMIN; role <= ROLE_GUARDIAN; role++)
		assert_int_equal(world_in_chat(A->staff, A->person[role], NULL), role <= ROLE_TEACHER);
	assert_int_equal(count_of(A->staff), 4);
	assert_int_equal(count_of(A->class_a), 3);
	bool lead = false;
	assert_true(world_in_chat(A->class_a, A->person[ROLE_TEACHER], &lead));
	assert_true(lead);
}

static void test_one_class_only(void **state)
{
	(void)state;
	struct api_member m;
	struct api_unit u;
	int64_t student = A->person[ROLE_STUDENT];
	assert_int_equal(do_unit_member_add(ADMIN, A->class_b, student, -1, &m), API_CONFLICT);
	/* The sentence names the class; here in the language of who asks. */
	assert_non_null(strstr(world.s->tx.refusal.message, "7А"));
	assert_int_equal(do_unit_create(ADMIN, A->id, API_UNIT_KIND_GROUP, "Гр-1", &u), 0);
	int64_t group = u.id;
	assert_int_equal(do_unit_member_add(ADMIN, group, student, -1, &m), API_CONFLICT);
	assert_int_equal(do_unit_create(ADMIN, A->id, API_UNIT_KIND_CIRCLE, "Шахматы", &u), 0);
	assert_int_equal(do_unit_member_add(ADMIN, u.id, student, -1, &m), 0); /* circles do not count (R20) */
	assert_int_equal(m.units.n, 2);
	assert_int_equal(do_unit_member_remove(ADMIN, A->class_a, student), 0);
	assert_int_equal(do_unit_member_add(ADMIN, group, student, -1, &m), 0);
	assert_int_equal(do_unit_member_add(ADMIN, A->class_a, student, -1, &m), API_CONFLICT);
	assert_non_null(strstr(world.s->tx.refusal.message, "Гр-1"));
	/* Teachers and parents are in as many as need be. */
	assert_int_equal(do_unit_member_add(ADMIN, A->class_b, A->person[ROLE_GUARDIAN], -1, &m), 0);
	assert_int_equal(do_unit_member_add(ADMIN, A->class_b, A->person[ROLE_TEACHER], 1, &m), 0);
	/* And the store itself refuses what the rules would let through. */
	bool added = true;
	assert_int_equal(db_run_unique(world.s->db, &added,
		"INSERT INTO unit_member (org_id, unit_id, person_id, lead, only_one, joined_at) VALUES (?1, ?2, ?3, 0, 1, 1)", "iii", A->id,
		A->class_b, student), ERR_OK);
	assert_false(added);
}

static void test_lead_is_staff(void **state)
{
	(void)state;
	struct api_member m;
	bool lead;
	for (int role = ROLE_ADMIN; role <= ROLE_GUARDIAN; role++)
		assert_int_equal(do_unit_member_add(ADMIN, A->class_a, A->person[role], 1, &m), role <= ROLE_TEACHER ? 0 : API_CONFLICT);
	assert_int_equal(do_unit_member_add(ADMIN, A->class_a, A->person[ROLE_TEACHER], -1, &m), 0);
	assert_true(world_in_chat(A->class_a, A->person[ROLE_TEACHER], &lead) && lead); /* not given: as it was */
	int64_t before = store_events(world.s, org_stream(ORG), "member_changed");
	assert_int_equal(do_unit_member_add(ADMIN, A->class_a, A->person[ROLE_TEACHER], 1, &m), 0);
	assert_int_equal(store_events(world.s, org_stream(ORG), "member_changed"), before); /* nothing changed */
	assert_int_equal(do_unit_member_add(ADMIN, A->class_a, A->person[ROLE_TEACHER], 0, &m), 0);
	assert_true(world_in_chat(A->class_a, A->person[ROLE_TEACHER], &lead) && !lead);
	assert_int_equal(store_events(world.s, org_stream(ORG), "member_changed"), before + 1);
}

static void test_staff_only(void **state)
{
	(void)state;
	struct api_member m;
	assert_int_equal(do_unit_member_add(ADMIN, A->staff, A->person[ROLE_STUDENT], -1, &m), API_CONFLICT);
	assert_int_equal(do_unit_member_add(ADMIN, A->staff, A->person[ROLE_GUARDIAN], -1, &m), API_CONFLICT);
	assert_int_equal(do_unit_member_add(ADMIN, A->staff, A->person[ROLE_HEAD], -1, &m), 0);
}

static void test_roster_rights(void **state)
{
	(void)state;
	struct api_member m;
	for (int role = ROLE_HEAD; role <= ROLE_GUARDIAN; role++) {
		assert_int_equal(do_unit_member_add(A->person[role], A->class_b, A->person[ROLE_GUARDIAN], -1, &m), API_FORBIDDEN);
		assert_int_equal(do_unit_member_remove(A->person[role], A->class_a, A->person[ROLE_GUARDIAN]), API_FORBIDDEN);
		assert_int_equal(do_member_remove(A->person[role], A->id, A->person[ROLE_GUARDIAN]), API_FORBIDDEN);
	}
	assert_int_equal(do_unit_member_add(A->person[ROLE_COADMIN], A->class_b, A->person[ROLE_GUARDIAN], -1, &m), 0);
}

static void test_unit_member_remove(void **state)
{
	(void)state;
	int64_t student = A->person[ROLE_STUDENT];
	assert_int_equal(do_unit_member_remove(ADMIN, A->class_b, student), API_NOT_FOUND);
	assert_int_equal(do_unit_member_remove(ADMIN, A->class_a, student), 0);
	assert_false(world_in_chat(A->class_a, student, NULL));
	assert_int_equal(count_of(A->class_a), 2);
	assert_int_equal(do_unit_member_remove(ADMIN, A->class_a, student), API_NOT_FOUND);
	struct api_member m;
	assert_int_equal(do_unit_member_add(ADMIN, A->class_a, student, -1, &m), 0); /* he may come back */
	assert_true(world_in_chat(A->class_a, student, NULL));
}

static void test_member_remove(void **state)
{
	(void)state;
	int64_t head = A->person[ROLE_HEAD], teacher = A->person[ROLE_TEACHER];
	struct api_org org;
	enum role role;
	bool living;
	assert_int_equal(do_member_remove(ADMIN, A->id, head), 0);
	assert_int_equal(store_effects(world.s, EFFECT_UNFOLLOW, org_stream(ORG)), 1);
	assert_int_equal(store_events(world.s, person_stream((struct person_id){head}), "membership_ended"), 1);
	assert_int_equal(store_events(world.s, org_stream(ORG), "member_ended"), 1);
	assert_false(world_in_chat(A->staff, head, NULL));
	assert_int_equal(do_org_get(head, A->id, &org), API_NOT_FOUND);
	assert_int_equal(do_member_remove(ADMIN, A->id, head), API_NOT_FOUND);

	assert_int_equal(do_member_remove(ADMIN, A->id, teacher), 0);
	assert_int_equal(store_effects(world.s, EFFECT_UNFOLLOW, org_stream(ORG)), 0); /* he did not follow it */
	assert_false(world_in_chat(A->class_a, teacher, NULL));
	assert_false(world_in_chat(A->staff, teacher, NULL));
	/* What he was is known for his old messages; and he may come back in another role. */
	struct tx *tx = store_begin(world.s, store_actor(0));
	assert_int_equal(school_member_last_role(tx, ORG, (struct person_id){teacher}, &role, &living), ERR_OK);
	assert_int_equal(role, ROLE_TEACHER);
	assert_false(living);
	store_end(world.s, ERR_OK);
	assert_int_equal(world_join(A->id, teacher, ROLE_HEAD, 0, false), 0);
	tx = store_begin(world.s, store_actor(0));
	assert_int_equal(school_member_last_role(tx, ORG, (struct person_id){teacher}, &role, &living), ERR_OK);
	assert_int_equal(role, ROLE_HEAD);
	assert_true(living);
	store_end(world.s, ERR_OK);
}

static void test_last_administrator(void **state)
{
	(void)state;
	int64_t coadmin = A->person[ROLE_COADMIN];
	assert_int_equal(do_member_remove(ADMIN, A->id, ADMIN), API_CONFLICT);
	assert_string_equal(world.s->tx.refusal.message, "conflict.last_admin");
	int64_t second = joined("+79998880001", "Вторых", "Вера", ROLE_ADMIN, 0);
	/* A deputy parts with neither administrators nor deputies, but may go himself. */
	assert_int_equal(do_member_remove(coadmin, A->id, second), API_FORBIDDEN);
	int64_t other = joined("+79998880002", "Третьих", "Вера", ROLE_COADMIN, 0);
	assert_int_equal(do_member_remove(coadmin, A->id, other), API_FORBIDDEN);
	assert_int_equal(do_member_remove(coadmin, A->id, coadmin), 0);
	assert_int_equal(do_member_remove(ADMIN, A->id, ADMIN), 0);
	assert_int_equal(do_member_remove(second, A->id, second), API_CONFLICT);
	assert_int_equal(store_int(world.s, "SELECT COUNT(*) FROM member WHERE role = 0 AND ended_at IS NULL"), 2); /* one an organisation */
}

static void test_who_follows_the_organisation(void **state)
{
	(void)state;
	for (int role = ROLE_ADMIN; role <= ROLE_GUARDIAN; role++) {
		struct relation r;
		struct tx *tx = store_begin(world.s, store_actor(A->person[role]));
		assert_int_equal(school_relation_org_stream(tx, A->id, &r), ERR_OK);
		assert_int_equal(r.stream_follower, role <= ROLE_HEAD);
		assert_int_equal(r.known, role <= ROLE_HEAD);
		assert_int_equal(school_relation_org(tx, A->id, &r), ERR_OK);
		assert_true(r.known);
		assert_int_equal(r.role, role);
		store_end(world.s, ERR_OK);
	}
}

/* --- finding people */

static size_t found(struct api_member_list in, struct api_member_page *page)
{
	in.org_id = A->id;
	assert_int_equal(do_member_list(ADMIN, &in, page), 0);
	return page->members.n;
}

static size_t found_by(const char *query)
{
	struct api_member_page page;
	return found((struct api_member_list){.has_query = true, .query = str_of(query)}, &page);
}

static void test_search_folds(void **state)
{
	(void)state;
	joined("+79998880011", "Ёлкина", "Фёкла", ROLE_TEACHER, 0);
	joined("+79998880012", "Елкин", "Пётр", ROLE_STUDENT, A->class_b);
	joined("+79998880013", "Smith-Jones", "Ann", ROLE_GUARDIAN, A->class_b);
	assert_int_equal(found_by("ёлк"), 2);
	assert_int_equal(found_by("ЕЛК"), 2);
	assert_int_equal(found_by("  елкина "), 1);
	assert_int_equal(found_by("петр"), 1);   /* by the given name */
	assert_int_equal(found_by("фек"), 1);
	assert_int_equal(found_by("елкина ф"), 1); /* both */
	assert_int_equal(found_by("smith-j"), 1);
	assert_int_equal(found_by("ANN"), 1);
	assert_int_equal(found_by("лкин"), 0);   /* beginnings only */
	assert_int_equal(found_by("%"), 0);
	assert_int_equal(found_by("_"), 0);
	assert_int_equal(found_by(""), 9);
}

static void test_filters(void **state)
{
	(void)state;
	struct api_member_page page;
	assert_int_equal(found((struct api_member_list){.has_unit_id = true, .unit_id = A->class_a}, &page), 3);
	assert_int_equal(found((struct api_member_list){.has_role = true, .role = API_ROLE_ADMIN}, &page), 1);
	assert_int_equal(page.members.items[0].person.id, ADMIN);
	assert_int_equal(page.members.items[0].units.n, 1);
	assert_int_equal(found((struct api_member_list){.has_unit_id = true, .unit_id = A->class_a, .has_role = true, .role = API_ROLE_TEACHER}, &page), 1);
	assert_true(page.members.items[0].units.items[1].lead);
	assert_int_equal(found((struct api_member_list){.has_unit_id = true, .unit_id = A->class_b}, &page), 0);
	struct api_member_list in = {.org_id = A->id, .has_unit_id = true, .unit_id = 99999};
	assert_int_equal(do_member_list(ADMIN, &in, &page), API_NOT_FOUND);
	assert_int_equal(do_member_list(A->person[ROLE_HEAD], &(struct api_member_list){.org_id = A->id}, &page), 0);
	assert_int_equal(do_member_list(A->person[ROLE_TEACHER], &(struct api_member_list){.org_id = A->id}, &page), API_FORBIDDEN);
}

/* Pages of three over people of the same name too: everybody once, in order. */
static void test_pages(void **state)
{
	(void)state;
	struct api_member_page page;
	char cursor[512] = "", last[256] = "", phone[16];
	int64_t seen[64];
	size_t n = 0;
	for (int i = 0; i < 10; i++) {
		snprintf(phone, sizeof phone, "+7999777000%d", i);
		joined(phone, i < 5 ? "Иванов" : "Ивановский", "Иван", ROLE_STUDENT, i % 2 ? A->class_a : A->class_b);
	}
	do {
		struct api_member_list in = {.has_limit = true, .limit = 3, .has_cursor = cursor[0] != 0, .cursor = str_of(cursor)};
		found(in, &page);
		for (size_t i = 0; i < page.members.n; i++) {
			struct api_person *p = &page.members.items[i].person;
			char name[256];
			snprintf(name, sizeof name, "%.*s %.*s", (int)p->family_name.n, p->family_name.p, (int)p->given_name.n, p->given_name.p);
			assert_true(strcmp(last, name) <= 0);
			snprintf(last, sizeof last, "%s", name);
			for (size_t k = 0; k < n; k++)
				assert_int_not_equal(seen[k], p->id);
			seen[n++] = p->id;
		}
		snprintf(cursor, sizeof cursor, "%.*s", page.has_next_cursor ? (int)page.next_cursor.n : 0, page.has_next_cursor ? page.next_cursor.p : "");
	} while (page.has_next_cursor);
	assert_int_equal(n, 16);
	static const char *const bad[] = {"x", ".иванов", "0.иванов", "-1.a", "99999999999999999999.a", "1"};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct api_member_list in = {.org_id = A->id, .has_cursor = true, .cursor = str_of(bad[i])};
		assert_int_equal(do_member_list(ADMIN, &in, &page), API_INVALID_FIELD);
	}
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, world_setup, world_teardown)
	const struct CMUnitTest tests[] = {
		T(test_staff_is_in_the_staff_unit),
		T(test_one_class_only),
		T(test_lead_is_staff),
		T(test_staff_only),
		T(test_roster_rights),
		T(test_unit_member_remove),
		T(test_member_remove),
		T(test_last_administrator),
		T(test_who_follows_the_organisation),
		T(test_search_folds),
		T(test_filters),
		T(test_pages),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
