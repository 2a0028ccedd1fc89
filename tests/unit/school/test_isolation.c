/* SPDX-License-Identifier: Apache-2.0
 *
 * Two organisations with the same names: nobody of one reaches anything of the other, by any function (reliability.md row 17).
 */
#include "school_world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <cmocka.h>

#define A (&world.org[0])
#define B (&world.org[1])

static int64_t invite_of_a;

/* Everything that belongs to the first organisation, in one number. */
static int64_t digest(void)
{
	int64_t total = 0;
	static const char *const parts[] = {"SELECT SUM(id * 31 + role * 7 + COALESCE(ended_at, 3)) FROM member WHERE org_id = ?1",
		"SELECT SUM(id * 31 + unit_id * 7 + person_id + lead * 1009 + COALESCE(ended_at, 3)) FROM unit_member WHERE org_id = ?1",
		"SELECT SUM(id * 31 + length(name) + COALESCE(ended_at, 3)) FROM unit WHERE org_id = ?1",
		"SELECT SUM(id * 31 + uses + COALESCE(annulled_at, 3)) FROM invite WHERE org_id = ?1",
		"SELECT head * 31 + id FROM org WHERE id = ?1"};
	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
		bool found;
		int64_t part;
		assert_int_equal(db_int(world.s->db, &found, &part, parts[i], "i", A->id), ERR_OK);
		assert_true(found);
		total = (int64_t)((uint64_t)total * 1000003u + (uint64_t)part);
	}
	return total;
}

static int setup(void **state)
{
	world_setup(state);
	link_of(0, API_INVITE_CREATE_ROLE_TEACHER, A->class_a, false, 5);
	invite_of_a = store_int(world.s, "SELECT MAX(id) FROM invite");
	return 0;
}

/* Every command at every id of the first organisation. */
static void try_everything(int64_t who, int expected)
{
	struct api_org org;
	struct api_unit u;
	struct api_unit_page units;
	struct api_member m;
	struct api_member_page members;
	struct api_invite i;
	struct api_invite_page invites;
	struct api_name_change change;
	struct api_name_change_page changes;
	assert_int_equal(do_org_get(who, A->id, &org), expected);
	assert_int_equal(do_name_change_request(who, &(struct api_name_change_request){.org_id = A->id, .given_name = STR("Я"), .family_name = STR("Я")}, &change), expected);
	assert_int_equal(do_name_change_list(who, &(struct api_name_change_list){.org_id = A->id}, &changes), expected);
	assert_int_equal(do_name_change_decide(who, &(struct api_name_change_decide){.org_id = A->id, .request_id = 1, .accept = true}, &change), expected);
	assert_int_equal(do_unit_create(who, A->id, API_UNIT_KIND_CLASS, "1А", &u), expected);
	assert_int_equal(do_unit_rename(who, A->class_a, "1А", &u), expected);
	assert_int_equal(do_unit_list(who, A->id, 0, &units), expected);
	assert_int_equal(do_member_list(who, &(struct api_member_list){.org_id = A->id}, &members), expected);
	assert_int_equal(do_unit_member_add(who, A->class_b, A->person[ROLE_TEACHER], -1, &m), expected);
	assert_int_equal(do_unit_member_add(who, A->class_b, B->person[ROLE_TEACHER], -1, &m), expected);
	assert_int_equal(do_unit_member_remove(who, A->class_a, A->person[ROLE_STUDENT]), expected);
	assert_int_equal(do_member_remove(who, A->id, A->person[ROLE_STUDENT]), expected);
	assert_int_equal(do_invite_create(who, &(struct api_invite_create){.org_id = A->id, .role = API_INVITE_CREATE_ROLE_HEAD}, &i), expected);
	assert_int_equal(do_invite_list(who, &(struct api_invite_list){.org_id = A->id}, &invites), expected);
	assert_int_equal(do_invite_annul(who, invite_of_a, &i), expected);
}

static void test_foreigners_find_nothing(void **state)
{
	(void)state;
	int64_t before = digest();
	for (int role = ROLE_ADMIN; role <= ROLE_GUARDIAN; role++)
		try_everything(B->person[role], API_NOT_FOUND);
	try_everything(world.operator, API_NOT_FOUND); /* he reads no content either */
	try_everything(world_person("+79990001111", "Никто", "Анна"), API_NOT_FOUND);
	try_everything(0, API_NOT_SIGNED_IN);
	assert_int_equal(digest(), before);
}

static void test_former_members_find_nothing(void **state)
{
	(void)state;
	int64_t admin = A->person[ROLE_ADMIN];
	for (int role = ROLE_COADMIN; role <= ROLE_GUARDIAN; role++)
		assert_int_equal(do_member_remove(admin, A->id, A->person[role]), 0);
	int64_t before = digest();
	for (int role = ROLE_COADMIN; role <= ROLE_GUARDIAN; role++)
		try_everything(A->person[role], API_NOT_FOUND);
	assert_int_equal(digest(), before);
}

/* One's own organisation with the other's ids inside. */
static void test_mixed_ids(void **state)
{
	(void)state;
	int64_t admin = B->person[ROLE_ADMIN], before = digest();
	struct api_member m;
	struct api_member_page members;
	struct api_unit_page units;
	struct api_invite i;
	struct api_invite_page invites;
	assert_int_equal(do_member_list(admin, &(struct api_member_list){.org_id = B->id, .has_unit_id = true, .unit_id = A->class_a}, &members), API_NOT_FOUND);
	assert_int_equal(do_unit_member_add(admin, B->class_a, A->person[ROLE_TEACHER], -1, &m), API_NOT_FOUND);
	assert_int_equal(do_unit_member_remove(admin, B->class_a, A->person[ROLE_STUDENT]), API_NOT_FOUND);
	assert_int_equal(do_member_remove(admin, B->id, A->person[ROLE_STUDENT]), API_NOT_FOUND);
	struct api_invite_create in = {.org_id = B->id, .role = API_INVITE_CREATE_ROLE_TEACHER, .has_unit_id = true, .unit_id = A->class_a};
	assert_int_equal(do_invite_create(admin, &in, &i), API_NOT_FOUND);
	/* A cursor and a "before" of the other's rows lead into one's own list only. */
	char cursor[64];
	snprintf(cursor, sizeof cursor, "%lld.a", (long long)A->person[0]);
	assert_int_equal(do_member_list(admin, &(struct api_member_list){.org_id = B->id, .has_cursor = true, .cursor = str_of(cursor)}, &members), 0);
	assert_int_equal(members.members.n, 6);
	for (size_t k = 0; k < members.members.n; k++)
		assert_true(members.members.items[k].person.id >= B->person[0]);
	assert_int_equal(do_invite_list(admin, &(struct api_invite_list){.org_id = B->id, .has_before = true, .before = invite_of_a + 1}, &invites), 0);
	assert_int_equal(invites.invites.n, 0);
	assert_int_equal(do_unit_list(admin, B->id, A->class_a, &units), 0);
	assert_int_equal(units.units.n, 3);
	for (size_t k = 0; k < units.units.n; k++)
		assert_int_equal(units.units.items[k].org_id, B->id);
	assert_int_equal(digest(), before);
}

/* The functions that other rooms call. */
static void test_functions(void **state)
{
	(void)state;
	const struct org_id b = {B->id};
	const struct unit_id unit = {A->class_a};
	const struct person_id person = {A->person[ROLE_TEACHER]};
	enum role role;
	enum api_unit_kind kind;
	bool flag;
	struct api_membership *list;
	size_t n;
	struct tx *tx = store_begin(world.s, store_actor(B->person[ROLE_ADMIN]));
	struct relation r;
	assert_int_equal(school_relation_org(tx, A->id, &r), ERR_OK);
	assert_false(r.known);
	assert_int_equal(school_relation_unit(tx, A->class_a, &r), ERR_OK);
	assert_false(r.known);
	assert_int_equal(school_relation_invite(tx, invite_of_a, &r), ERR_OK);
	assert_false(r.known);
	assert_int_equal(school_relation_org_stream(tx, A->id, &r), ERR_OK);
	assert_false(r.known || r.stream_follower);
	assert_int_equal(school_member_role(tx, b, person, &role), ERR_NOT_FOUND);
	assert_int_equal(school_member_last_role(tx, b, person, &role, &flag), ERR_NOT_FOUND);
	assert_int_equal(school_unit_member_get(tx, b, unit, person, &flag), ERR_NOT_FOUND);
	assert_int_equal(school_unit_kind(tx, b, unit, &kind), ERR_NOT_FOUND);
	assert_int_equal(school_memberships_of(tx, person, &list, &n), ERR_OK);
	assert_int_equal(n, 1);
	assert_int_equal(list[0].org.id, A->id);
	assert_int_equal(school_join(tx, b, (struct person_id){B->person[ROLE_TEACHER]}, ROLE_TEACHER, unit, false, &flag), ERR_REFUSED);
	assert_int_equal(tx->refusal.code, API_NOT_FOUND);
	store_end(world.s, ERR_REFUSED);
}

static void collect(void *user, struct stream_id s, int64_t head)
{
	int64_t *seen = user;
	assert_true(head >= 0);
	assert_int_equal(stream_kind_of(s), STREAM_ORG);
	seen[0]++;
	seen[1] = stream_object(s);
}

static void test_streams(void **state)
{
	(void)state;
	for (int role = ROLE_ADMIN; role <= ROLE_GUARDIAN; role++) {
		int64_t seen[2] = {0, 0};
		struct tx *tx = store_begin(world.s, store_actor(0));
		assert_int_equal(school_list_org_streams(tx, (struct person_id){A->person[role]}, collect, seen), ERR_OK);
		store_end(world.s, ERR_OK);
		assert_int_equal(seen[0], role <= ROLE_HEAD);
		assert_int_equal(seen[1], role <= ROLE_HEAD ? A->id : 0);
	}
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, world_teardown)
	const struct CMUnitTest tests[] = {
		T(test_foreigners_find_nothing),
		T(test_former_members_find_nothing),
		T(test_mixed_ids),
		T(test_functions),
		T(test_streams),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
