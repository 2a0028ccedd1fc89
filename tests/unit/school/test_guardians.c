/* SPDX-License-Identifier: Apache-2.0
 *
 * Guardians follow their children, whatever moves these; and a random walk that compares the rosters with what the bonds say.
 */
#include "school_world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#define A (&world.org[0])
#define B (&world.org[1])
#define ADMIN (A->person[ROLE_ADMIN])
#define LEAD (A->person[ROLE_TEACHER]) /* of class_a */
#define CHILD (A->person[ROLE_STUDENT])
#define MOTHER (A->person[ROLE_GUARDIAN]) /* came into class_a by its link */
#define LEADS (ADMIT_ADMIN | ADMIT_COADMIN | ADMIT_UNIT_LEAD)

static int bind(int64_t who, int64_t unit, int64_t guardian, int64_t child, struct api_family *out)
{
	struct api_guardian_bind in = {.unit_id = unit, .guardian_id = guardian, .child_id = child};
	*out = (struct api_family){0};
	WORLD_DO(who, LEADS, TARGET_UNIT, unit, guardian_bind(tx, &in, out));
}

static int unbind(int64_t who, int64_t unit, int64_t guardian, int64_t child)
{
	struct api_guardian_bind in = {.unit_id = unit, .guardian_id = guardian, .child_id = child};
	struct api_family out = {0};
	WORLD_DO(who, LEADS, TARGET_UNIT, unit, guardian_unbind(tx, &in, &out));
}

static int list(int64_t who, int64_t unit, int64_t child, struct api_family_list *out)
{
	struct api_guardian_list in = {.unit_id = unit, .has_child_id = child != 0, .child_id = child};
	*out = (struct api_family_list){0};
	WORLD_DO(who, LEADS | ADMIT_HEAD, TARGET_UNIT, unit, guardian_list(tx, &in, out));
}

static int family_of(int64_t who, int64_t org, int64_t person, struct api_member_family *out)
{
	struct api_family_get in = {.org_id = org, .person_id = person};
	*out = (struct api_member_family){0};
	WORLD_DO(who, ADMIT_ADMIN | ADMIT_COADMIN | ADMIT_HEAD, TARGET_ORG, org, family_get(tx, &in, out));
}

static int children_of(int64_t who, int64_t org, struct api_child_list *out)
{
	*out = (struct api_child_list){0};
	WORLD_DO(who, ADMIT_MEMBER & ~(uint32_t)ADMIT_STUDENT, TARGET_ORG, org, my_children(tx, &(struct api_my_children){.org_id = org}, out));
}

static int64_t newcomer(const char *phone, enum role role, int64_t unit)
{
	int64_t id = world_person(phone, "Новый", "Анна");
	assert_int_equal(world_join(A->id, id, role, unit, false), 0);
	return id;
}

static void test_moves_with_the_child(void **state)
{
	(void)state;
	struct api_family f;
	struct api_member m;
	int64_t father = newcomer("+79990000001", ROLE_GUARDIAN, A->class_b);
	assert_int_equal(bind(ADMIN, A->class_a, MOTHER, CHILD, &f), 0);
	assert_int_equal(f.guardians.n, 1);
	assert_int_equal(bind(ADMIN, A->class_a, father, CHILD, &f), 0);
	assert_int_equal(f.guardians.n, 2);
	assert_true(world_in_chat(A->class_a, father, NULL));
	assert_true(world_in_chat(A->class_b, father, NULL)); /* by its link: no bound child is there, so he stays */
	assert_int_equal(store_events(world.s, person_stream((struct person_id){father}), "membership_changed"), 2);
	/* They cannot be taken out past the child. */
	assert_int_equal(do_unit_member_remove(ADMIN, A->class_a, father), API_CONFLICT);
	assert_int_equal(do_unit_member_remove(ADMIN, A->class_a, CHILD), 0);
	assert_false(world_in_chat(A->class_a, MOTHER, NULL)); /* her direct row became the child's */
	assert_false(world_in_chat(A->class_a, father, NULL));
	assert_int_equal(do_unit_member_add(ADMIN, A->class_b, CHILD, -1, &m), 0);
	assert_true(world_in_chat(A->class_b, MOTHER, NULL));
	assert_true(world_in_chat(A->class_b, father, NULL));
	assert_int_equal(do_unit_member_remove(ADMIN, A->class_b, CHILD), 0);
	assert_false(world_in_chat(A->class_b, father, NULL));
}

static void test_several_children(void **state)
{
	(void)state;
	struct api_family f;
	struct api_child_list mine;
	struct api_member_family fam;
	int64_t second = newcomer("+79990000001", ROLE_STUDENT, A->class_a);
	assert_int_equal(bind(ADMIN, A->class_a, MOTHER, CHILD, &f), 0);
	assert_int_equal(bind(ADMIN, A->class_a, MOTHER, second, &f), 0);
	assert_int_equal(bind(ADMIN, A->class_a, MOTHER, second, &f), 0); /* already so */
	assert_int_equal(children_of(MOTHER, A->id, &mine), 0);
	assert_int_equal(mine.children.n, 2);
	assert_true(str_eq(mine.children.items[0].units.items[0].name, STR("7А")));
	assert_int_equal(family_of(ADMIN, A->id, MOTHER, &fam), 0);
	assert_int_equal(fam.children.n, 2);
	assert_int_equal(do_unit_member_remove(ADMIN, A->class_a, CHILD), 0);
	assert_true(world_in_chat(A->class_a, MOTHER, NULL)); /* for the other's sake */
	assert_int_equal(unbind(ADMIN, A->class_a, MOTHER, second), 0);
	assert_false(world_in_chat(A->class_a, MOTHER, NULL));
	assert_int_equal(unbind(ADMIN, A->class_a, MOTHER, second), API_NOT_FOUND);
}

static void test_staff_guards_too(void **state)
{
	(void)state;
	struct api_family f;
	struct school_place place;
	struct api_member m;
	int64_t teacher = newcomer("+79990000001", ROLE_TEACHER, 0);
	assert_int_equal(bind(ADMIN, A->class_a, teacher, CHILD, &f), 0);
	assert_int_equal(f.guardians.items[0].role, API_ROLE_TEACHER);
	assert_false(world_in_chat(A->class_a, teacher, NULL)); /* no row: he is a teacher here */
	assert_int_equal(do_unit_member_remove(ADMIN, A->class_a, CHILD), 0);
	assert_int_equal(do_unit_member_add(ADMIN, A->class_b, CHILD, -1, &m), 0);
	struct tx *tx = store_begin(world.s, store_actor(0));
	assert_int_equal(school_place(tx, (struct org_id){A->id}, (struct person_id){teacher}, &place), ERR_OK);
	assert_int_equal(place.guarded_n, 1);
	assert_int_equal(place.guarded[0].v, A->class_b);
	store_end(world.s, ERR_OK);
}

static void test_ends_with_membership(void **state)
{
	(void)state;
	struct api_family f;
	assert_int_equal(bind(ADMIN, A->class_a, MOTHER, CHILD, &f), 0);
	assert_int_equal(do_member_remove(ADMIN, A->id, CHILD), 0);
	assert_false(world_in_chat(A->class_a, MOTHER, NULL));
	assert_int_equal(store_int(world.s, "SELECT COUNT(*) FROM guardianship WHERE ended_at IS NULL"), 0);
	assert_int_equal(world_join(A->id, CHILD, ROLE_STUDENT, A->class_a, false), 0);
	assert_int_equal(bind(ADMIN, A->class_a, MOTHER, CHILD, &f), 0);
	assert_int_equal(do_member_remove(ADMIN, A->id, MOTHER), 0);
	assert_false(world_in_chat(A->class_a, MOTHER, NULL));
	assert_int_equal(store_int(world.s, "SELECT COUNT(*) FROM guardianship WHERE ended_at IS NULL"), 0);
}

static void test_refusals(void **state)
{
	(void)state;
	struct api_family f;
	struct api_family_list all;
	struct api_member_family fam;
	struct api_child_list mine;
	int64_t other = newcomer("+79990000001", ROLE_GUARDIAN, A->class_b), teacher = newcomer("+79990000002", ROLE_TEACHER, A->class_a);
	assert_int_equal(list(LEAD, A->class_a, 0, &all), 0);
	assert_int_equal(all.unbound.n, 1);
	assert_int_equal(bind(LEAD, A->class_a, MOTHER, CHILD, &f), 0);
	assert_int_equal(list(LEAD, A->class_a, 0, &all), 0);
	assert_int_equal(all.unbound.n, 0);
	assert_int_equal(bind(LEAD, A->class_a, other, CHILD, &f), API_NOT_FOUND);   /* not before his eyes */
	assert_int_equal(bind(LEAD, A->class_a, teacher, CHILD, &f), API_NOT_FOUND); /* an administrator's to do */
	assert_int_equal(bind(LEAD, A->class_b, MOTHER, CHILD, &f), API_FORBIDDEN);
	assert_int_equal(bind(ADMIN, A->class_b, MOTHER, CHILD, &f), API_NOT_FOUND); /* the child is elsewhere */
	assert_int_equal(bind(ADMIN, A->class_a, CHILD, CHILD, &f), API_CONFLICT);
	assert_int_equal(bind(ADMIN, A->class_a, MOTHER, LEAD, &f), API_CONFLICT);
	assert_int_equal(bind(MOTHER, A->class_a, MOTHER, CHILD, &f), API_FORBIDDEN);
	assert_int_equal(list(MOTHER, A->class_a, 0, &all), API_FORBIDDEN);
	assert_int_equal(list(teacher, A->class_a, 0, &all), API_FORBIDDEN);
	assert_int_equal(list(LEAD, A->class_a, CHILD, &all), 0);
	assert_int_equal(all.families.n, 1);
	assert_int_equal(list(LEAD, A->class_a, MOTHER, &all), API_NOT_FOUND);
	assert_int_equal(family_of(LEAD, A->id, CHILD, &fam), API_FORBIDDEN);
	/* Of another organisation. */
	assert_int_equal(bind(ADMIN, A->class_a, B->person[ROLE_GUARDIAN], CHILD, &f), API_NOT_FOUND);
	assert_int_equal(bind(ADMIN, A->class_a, MOTHER, B->person[ROLE_STUDENT], &f), API_NOT_FOUND);
	assert_int_equal(unbind(B->person[ROLE_ADMIN], A->class_a, MOTHER, CHILD), API_NOT_FOUND);
	assert_int_equal(unbind(B->person[ROLE_ADMIN], B->class_a, MOTHER, CHILD), API_NOT_FOUND);
	assert_int_equal(list(B->person[ROLE_ADMIN], A->class_a, 0, &all), API_NOT_FOUND);
	assert_int_equal(family_of(B->person[ROLE_ADMIN], B->id, CHILD, &fam), API_NOT_FOUND);
	assert_int_equal(family_of(B->person[ROLE_ADMIN], A->id, CHILD, &fam), API_NOT_FOUND);
	assert_int_equal(children_of(B->person[ROLE_GUARDIAN], A->id, &mine), API_NOT_FOUND);
}

static void test_limits(void **state)
{
	(void)state;
	struct api_family f;
	for (int i = 0; i <= 10; i++) {
		char phone[16];
		snprintf(phone, sizeof phone, "+7999000%04d", i);
		int64_t g = newcomer(phone, ROLE_GUARDIAN, A->class_a);
		assert_int_equal(bind(ADMIN, A->class_a, g, CHILD, &f), i < 10 ? 0 : API_CONFLICT);
	}
	for (int i = 0; i <= 20; i++) {
		char phone[16];
		snprintf(phone, sizeof phone, "+7999001%04d", i);
		int64_t child = newcomer(phone, ROLE_STUDENT, A->class_a);
		assert_int_equal(bind(ADMIN, A->class_a, MOTHER, child, &f), i < 20 ? 0 : API_CONFLICT);
	}
}

/* --- a random walk, against a model that knows nothing of the store */

enum { KIDS = 4, GROWN = 4, UNITS = 4 };
static struct {
	int64_t kid[KIDS], grown[GROWN], unit[UNITS];
	bool in[UNITS][KIDS], bound[GROWN][KIDS], direct[UNITS][GROWN];
} walk;

static bool has_child(int u, int g)
{
	for (int k = 0; k < KIDS; k++)
		if (walk.bound[g][k] && walk.in[u][k])
			return true;
	return false;
}

/* The model's rule: where a bound child is, the row is his and no longer the guardian's own. */
static void model_settle(void)
{
	for (int u = 0; u < UNITS; u++)
		for (int g = 0; g < GROWN; g++)
			if (has_child(u, g))
				walk.direct[u][g] = false;
}

static void compare(unsigned step)
{
	for (int u = 0; u < UNITS; u++) {
		for (int g = 0; g < GROWN; g++)
			if (world_in_chat(walk.unit[u], walk.grown[g], NULL) != (has_child(u, g) || walk.direct[u][g]))
				fail_msg("step %u: guardian %d in unit %d", step, g, u);
		for (int k = 0; k < KIDS; k++)
			if (world_in_chat(walk.unit[u], walk.kid[k], NULL) != walk.in[u][k])
				fail_msg("step %u: child %d in unit %d", step, k, u);
	}
	/* What the fake chat was told is what stands in the store. */
	int64_t rows = 0;
	for (size_t i = 0; i < world.roster_n; i++)
		rows += world.roster[i].org == A->id;
	bool found;
	int64_t stored;
	assert_int_equal(db_int(world.s->db, &found, &stored, "SELECT COUNT(*) FROM unit_member WHERE org_id = ?1 AND ended_at IS NULL", "i", A->id), ERR_OK);
	assert_int_equal(rows, stored);
}

static void step_of(unsigned r)
{
	struct api_family f;
	struct api_member m;
	int k = (int)(r >> 4) % KIDS, g = (int)(r >> 8) % GROWN, u = (int)(r >> 12) % UNITS, home = -1;
	for (int i = UNITS; i-- > 0;)
		if (walk.in[i][k])
			home = i;
	switch (r % 8) {
	case 0:
	case 1:
		if (home >= 0 && bind(ADMIN, walk.unit[home], walk.grown[g], walk.kid[k], &f) == 0)
			walk.bound[g][k] = true;
		break;
	case 2:
		if (home >= 0 && unbind(ADMIN, walk.unit[home], walk.grown[g], walk.kid[k]) == 0)
			walk.bound[g][k] = false;
		break;
	case 3:
	case 4:
		if (do_unit_member_add(ADMIN, walk.unit[u], walk.kid[k], -1, &m) == 0)
			walk.in[u][k] = true;
		break;
	case 5:
		if (do_unit_member_remove(ADMIN, walk.unit[u], walk.kid[k]) == 0)
			walk.in[u][k] = false;
		break;
	case 6:
		if (do_unit_member_add(ADMIN, walk.unit[u], walk.grown[g], -1, &m) == 0)
			walk.direct[u][g] = true;
		break;
	case 7:
		if (r & 0x10000) {
			if (do_unit_member_remove(ADMIN, walk.unit[u], walk.grown[g]) == 0)
				walk.direct[u][g] = false;
		} else if (r & 0x20000) { /* out of the organisation and back */
			assert_int_equal(do_member_remove(ADMIN, A->id, walk.kid[k]), 0);
			for (int i = 0; i < UNITS; i++)
				walk.in[i][k] = i == u;
			for (int i = 0; i < GROWN; i++)
				walk.bound[i][k] = false;
			assert_int_equal(world_join(A->id, walk.kid[k], ROLE_STUDENT, walk.unit[u], false), 0);
		}
		break;
	}
}

static void test_random_walk(void **state)
{
	(void)state;
	struct api_unit circle;
	memset(&walk, 0, sizeof walk);
	walk.unit[0] = A->class_a;
	walk.unit[1] = A->class_b;
	for (int i = 2; i < UNITS; i++) {
		assert_int_equal(do_unit_create(ADMIN, A->id, API_UNIT_KIND_CIRCLE, i == 2 ? "Шахматы" : "Хор", &circle), 0);
		walk.unit[i] = circle.id;
	}
	for (int i = 0; i < KIDS; i++) {
		char phone[16];
		snprintf(phone, sizeof phone, "+7999000%04d", i);
		walk.kid[i] = newcomer(phone, ROLE_STUDENT, A->class_a);
		walk.in[0][i] = true;
	}
	for (int i = 0; i < GROWN; i++) {
		char phone[16];
		snprintf(phone, sizeof phone, "+7999001%04d", i);
		walk.grown[i] = newcomer(phone, ROLE_GUARDIAN, A->class_b);
		walk.direct[1][i] = true;
	}
	const char *given = getenv("SEED");
	unsigned seed = given ? (unsigned)strtoul(given, NULL, 10) : 20240901u;
	for (unsigned i = 0; i < 1500; i++) {
		seed = seed * 1664525u + 1013904223u;
		step_of(seed >> 8);
		model_settle();
		compare(i);
	}
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, world_setup, world_teardown)
	const struct CMUnitTest tests[] = {
		T(test_moves_with_the_child),
		T(test_several_children),
		T(test_staff_guards_too),
		T(test_ends_with_membership),
		T(test_refusals),
		T(test_limits),
		T(test_random_walk),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
