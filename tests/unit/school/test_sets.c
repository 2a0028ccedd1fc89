/* SPDX-License-Identifier: Apache-2.0
 *
 * Named sets: activists of parents and pupils, and others.
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
#define ADMINS (ADMIT_ADMIN | ADMIT_COADMIN)

static int create(int64_t who, int64_t org, enum api_set_kind kind, const char *name, struct api_set *out)
{
	struct api_set_create in = {.org_id = org, .kind = kind, .name = str_of(name)};
	WORLD_DO(who, ADMINS, TARGET_ORG, org, set_create(tx, &in, out));
}

static int rename_to(int64_t who, int64_t org, int64_t set, const char *name, struct api_set *out)
{
	struct api_set_rename in = {.org_id = org, .set_id = set, .name = str_of(name)};
	WORLD_DO(who, ADMINS, TARGET_ORG, org, set_rename(tx, &in, out));
}

static int end(int64_t who, int64_t org, int64_t set)
{
	struct api_set_end in = {.org_id = org, .set_id = set};
	WORLD_DO(who, ADMINS, TARGET_ORG, org, set_end(tx, &in, &(struct api_empty){0}));
}

static int add(int64_t who, int64_t org, int64_t set, int64_t *people, size_t n, struct api_set *out)
{
	struct api_set_person_add in = {.org_id = org, .set_id = set, .person_ids = {people, n}};
	WORLD_DO(who, ADMINS, TARGET_ORG, org, set_person_add(tx, &in, out));
}

static int take(int64_t who, int64_t org, int64_t set, int64_t person, struct api_set *out)
{
	struct api_set_person_remove in = {.org_id = org, .set_id = set, .person_id = person};
	WORLD_DO(who, ADMINS, TARGET_ORG, org, set_person_remove(tx, &in, out));
}

static int people(int64_t who, int64_t org, int64_t set, struct api_set_persons *out)
{
	struct api_set_people in = {.org_id = org, .set_id = set};
	*out = (struct api_set_persons){0};
	WORLD_DO(who, ADMINS | ADMIT_HEAD, TARGET_ORG, org, set_people(tx, &in, out));
}

static int list(int64_t who, int64_t org, struct api_sets *out)
{
	*out = (struct api_sets){0};
	WORLD_DO(who, ADMINS | ADMIT_HEAD, TARGET_ORG, org, set_list(tx, &(struct api_set_list){.org_id = org}, out));
}

static void test_sets(void **state)
{
	(void)state;
	struct api_set set, pupils;
	struct api_sets all;
	struct api_set_persons in;
	struct school_place place;
	assert_int_equal(create(ADMIN, A->id, API_SET_KIND_PARENTS, "Родительский актив", &set), 0);
	assert_int_equal(create(ADMIN, A->id, API_SET_KIND_OTHER, "родительский АКТИВ", &pupils), API_CONFLICT);
	assert_int_equal(create(ADMIN, A->id, API_SET_KIND_STUDENTS, "Ученический актив", &pupils), 0);
	int64_t parents = set.id, pupil_set = pupils.id;
	assert_int_equal(add(ADMIN, A->id, parents, (int64_t[]){A->person[ROLE_GUARDIAN]}, 1, &set), 0);
	assert_int_equal(set.member_count, 1);
	int told = world.sets;
	assert_int_equal(add(ADMIN, A->id, parents, (int64_t[]){A->person[ROLE_GUARDIAN]}, 1, &set), 0);
	assert_int_equal(world.sets, told); /* already so */
	/* All or none; and by kind. */
	assert_int_equal(add(ADMIN, A->id, pupil_set, (int64_t[]){A->person[ROLE_STUDENT], A->person[ROLE_TEACHER]}, 2, &set), API_CONFLICT);
	assert_int_equal(add(ADMIN, A->id, parents, (int64_t[]){A->person[ROLE_STUDENT]}, 1, &set), API_CONFLICT);
	assert_int_equal(people(ADMIN, A->id, pupil_set, &in), 0);
	assert_int_equal(in.people.n, 0);
	assert_int_equal(people(A->person[ROLE_HEAD], A->id, parents, &in), 0);
	assert_int_equal(in.people.n, 1);
	assert_int_equal(in.people.items[0].role, API_ROLE_GUARDIAN);
	struct tx *tx = store_begin(world.s, store_actor(0));
	assert_int_equal(school_place(tx, (struct org_id){A->id}, (struct person_id){A->person[ROLE_GUARDIAN]}, &place), ERR_OK);
	assert_int_equal(place.set_n, 1);
	store_end(world.s, ERR_OK);
	assert_int_equal(rename_to(ADMIN, A->id, parents, "Совет родителей", &set), 0);
	assert_int_equal(rename_to(ADMIN, A->id, parents, "Ученический актив", &set), API_CONFLICT);
	assert_int_equal(list(ADMIN, A->id, &all), 0);
	assert_int_equal(all.sets.n, 2);
	assert_int_equal(take(ADMIN, A->id, parents, A->person[ROLE_GUARDIAN], &set), 0);
	assert_int_equal(take(ADMIN, A->id, parents, A->person[ROLE_GUARDIAN], &set), API_NOT_FOUND);
	/* With the membership and with the set it ends. */
	assert_int_equal(add(ADMIN, A->id, pupil_set, (int64_t[]){A->person[ROLE_STUDENT]}, 1, &set), 0);
	assert_int_equal(do_member_remove(ADMIN, A->id, A->person[ROLE_STUDENT]), 0);
	assert_int_equal(store_int(world.s, "SELECT COUNT(*) FROM member_set_person WHERE ended_at IS NULL"), 0);
	assert_int_equal(add(ADMIN, A->id, parents, (int64_t[]){A->person[ROLE_GUARDIAN]}, 1, &set), 0);
	assert_int_equal(end(ADMIN, A->id, parents), 0);
	assert_int_equal(end(ADMIN, A->id, parents), API_NOT_FOUND);
	assert_int_equal(store_int(world.s, "SELECT COUNT(*) FROM member_set_person WHERE ended_at IS NULL"), 0);
}

static void test_of_another_organisation(void **state)
{
	(void)state;
	struct api_set set;
	struct api_sets all;
	struct api_set_persons in;
	int64_t theirs = B->person[ROLE_ADMIN];
	assert_int_equal(create(ADMIN, A->id, API_SET_KIND_OTHER, "Актив", &set), 0);
	int64_t ours = set.id;
	assert_int_equal(add(ADMIN, A->id, ours, (int64_t[]){B->person[ROLE_STUDENT]}, 1, &set), API_NOT_FOUND);
	assert_int_equal(create(theirs, A->id, API_SET_KIND_OTHER, "Чужой", &set), API_NOT_FOUND);
	assert_int_equal(rename_to(theirs, B->id, ours, "Чужой", &set), API_NOT_FOUND);
	assert_int_equal(end(theirs, B->id, ours), API_NOT_FOUND);
	assert_int_equal(people(theirs, B->id, ours, &in), API_NOT_FOUND);
	assert_int_equal(add(theirs, B->id, ours, (int64_t[]){B->person[ROLE_STUDENT]}, 1, &set), API_NOT_FOUND);
	assert_int_equal(take(theirs, B->id, ours, A->person[ROLE_STUDENT], &set), API_NOT_FOUND);
	assert_int_equal(list(theirs, A->id, &all), API_NOT_FOUND);
	assert_int_equal(list(A->person[ROLE_GUARDIAN], A->id, &all), API_FORBIDDEN);
}

static void test_limit(void **state)
{
	(void)state;
	struct api_set set;
	for (int i = 0; i <= 100; i++) {
		char name[32];
		snprintf(name, sizeof name, "Список %d", i);
		assert_int_equal(create(ADMIN, A->id, API_SET_KIND_OTHER, name, &set), i < 100 ? 0 : API_CONFLICT);
	}
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, world_setup, world_teardown)
	const struct CMUnitTest tests[] = {T(test_sets), T(test_of_another_organisation), T(test_limit)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
