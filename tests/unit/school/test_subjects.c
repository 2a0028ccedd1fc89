/* SPDX-License-Identifier: Apache-2.0
 *
 * The catalogue of subjects and who teaches them.
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
#define TEACHER (A->person[ROLE_TEACHER])
#define ADMINS (ADMIT_ADMIN | ADMIT_COADMIN)
#define STAFF (ADMINS | ADMIT_HEAD | ADMIT_TEACHER)

static int list(int64_t who, int64_t org, struct api_subjects *out)
{
	*out = (struct api_subjects){0};
	WORLD_DO(who, STAFF, TARGET_ORG, org, subject_list(tx, &(struct api_subject_list){.org_id = org}, out));
}

static int create(int64_t who, int64_t org, struct str *names, size_t n, bool extra, struct api_subjects_created *out)
{
	struct api_subject_create in = {.org_id = org, .names = {names, n}, .has_extracurricular = extra, .extracurricular = extra};
	*out = (struct api_subjects_created){0};
	WORLD_DO(who, ADMINS, TARGET_ORG, org, subject_create(tx, &in, out));
}

static int rename_to(int64_t who, int64_t org, int64_t subject, const char *name, struct api_subject *out)
{
	struct api_subject_rename in = {.org_id = org, .subject_id = subject, .name = str_of(name)};
	WORLD_DO(who, ADMINS, TARGET_ORG, org, subject_rename(tx, &in, out));
}

static int end(int64_t who, int64_t org, int64_t subject)
{
	struct api_subject_end in = {.org_id = org, .subject_id = subject};
	WORLD_DO(who, ADMINS, TARGET_ORG, org, subject_end(tx, &in, &(struct api_empty){0}));
}

static int teach(int64_t who, int64_t unit, int64_t subject, int64_t teacher, struct api_teaching *out)
{
	struct api_teaching_set in = {.unit_id = unit, .subject_id = subject, .teacher_id = teacher};
	WORLD_DO(who, ADMINS, TARGET_UNIT, unit, teaching_set(tx, &in, out));
}

static int teach_end(int64_t who, int64_t unit, int64_t subject, int64_t teacher)
{
	struct api_teaching_set in = {.unit_id = unit, .subject_id = subject, .teacher_id = teacher};
	WORLD_DO(who, ADMINS, TARGET_UNIT, unit, teaching_end(tx, &in, &(struct api_empty){0}));
}

static int of_unit(int64_t who, int64_t unit, struct api_teachings *out)
{
	*out = (struct api_teachings){0};
	WORLD_DO(who, STAFF, TARGET_UNIT, unit, teaching_list(tx, &(struct api_teaching_list){.unit_id = unit}, out));
}

static int of_person(int64_t who, int64_t org, int64_t person, struct api_teachings *out)
{
	struct api_teaching_of in = {.org_id = org, .has_person_id = person != 0, .person_id = person};
	*out = (struct api_teachings){0};
	WORLD_DO(who, STAFF, TARGET_ORG, org, teaching_of(tx, &in, out));
}

static int arrivals(int64_t who, int64_t unit, struct api_arrival_page *out)
{
	*out = (struct api_arrival_page){0};
	WORLD_DO(who, ADMINS | ADMIT_HEAD | ADMIT_UNIT_LEAD | ADMIT_UNIT_TEACHER, TARGET_UNIT, unit, arrival_list(tx, &(struct api_arrival_list){.unit_id = unit}, out));
}

static int links(int64_t who, int64_t unit, struct api_unit_links *out)
{
	*out = (struct api_unit_links){0};
	WORLD_DO(who, ADMINS | ADMIT_UNIT_LEAD | ADMIT_UNIT_TEACHER | REQUIRE_CONFIRMED, TARGET_UNIT, unit,
		unit_link_list(tx, &(struct api_unit_link_list){.unit_id = unit}, out));
}

static int delegate(int64_t who, int64_t unit, bool send, struct api_unit_links *out)
{
	struct api_unit_link_delegate in = {.unit_id = unit, .teachers_send = send};
	*out = (struct api_unit_links){0};
	WORLD_DO(who, ADMINS | ADMIT_UNIT_LEAD | REQUIRE_CONFIRMED, TARGET_UNIT, unit, unit_link_delegate(tx, &in, out));
}

static int only_admins_link(int64_t who, int64_t org, bool only)
{
	struct api_join_settings_set in = {.org_id = org, .has_student_invites = true,
		.student_invites = only ? API_STUDENT_INVITES_ADMINS : API_STUDENT_INVITES_ADMINS_AND_LEADS};
	WORLD_DO(who, ADMINS, TARGET_ORG, org, join_settings_set(tx, &in, &(struct api_join_settings){0}));
}

static int64_t subject_of(int64_t org, int64_t admin, const char *name)
{
	struct api_subjects_created made;
	struct str names[] = {str_of(name)};
	assert_int_equal(create(admin, org, names, 1, false, &made), 0);
	assert_int_equal(made.subjects.n, 1);
	return made.subjects.items[0].id;
}

static void test_catalogue(void **state)
{
	(void)state;
	struct api_subjects_created made;
	struct api_subjects all;
	struct api_subject s;
	struct str names[] = {STR("Физика"), STR("Алгебра"), STR(" физика ")};
	assert_int_equal(create(ADMIN, A->id, names, 3, false, &made), 0);
	assert_int_equal(made.subjects.n, 2);
	assert_int_equal(made.skipped, 1);
	int64_t physics = made.subjects.items[0].id;
	struct str club[] = {STR("Робототехника")};
	assert_int_equal(create(ADMIN, A->id, club, 1, true, &made), 0);
	assert_int_equal(list(TEACHER, A->id, &all), 0);
	assert_int_equal(all.subjects.n, 3);
	assert_true(str_eq(all.subjects.items[0].name, STR("Алгебра")));
	assert_true(all.subjects.items[1].extracurricular);
	assert_int_equal(list(A->person[ROLE_STUDENT], A->id, &all), API_FORBIDDEN);
	assert_int_equal(rename_to(ADMIN, A->id, physics, "алгебра", &s), API_CONFLICT);
	assert_int_equal(rename_to(ADMIN, A->id, physics, "Астрономия", &s), 0);
	assert_int_equal(rename_to(ADMIN, A->id, physics, " ", &s), API_INVALID_FIELD);
	assert_int_equal(end(ADMIN, A->id, physics), 0);
	assert_int_equal(end(ADMIN, A->id, physics), API_NOT_FOUND);
	/* Of another organisation. */
	int64_t theirs = subject_of(B->id, B->person[ROLE_ADMIN], "Физика");
	assert_int_equal(rename_to(ADMIN, A->id, theirs, "Наша", &s), API_NOT_FOUND);
	assert_int_equal(end(ADMIN, A->id, theirs), API_NOT_FOUND);
	assert_int_equal(list(ADMIN, B->id, &all), API_NOT_FOUND);
	assert_int_equal(create(ADMIN, B->id, names, 1, false, &made), API_NOT_FOUND);
}

static void test_catalogue_is_limited(void **state)
{
	(void)state;
	static char text[100][32];
	struct str names[100];
	struct api_subjects_created made;
	for (int round = 0; round < 4; round++) {
		for (int i = 0; i < 100; i++) {
			snprintf(text[i], sizeof text[i], "Предмет %d", round * 100 + i);
			names[i] = str_of(text[i]);
		}
		assert_int_equal(create(ADMIN, A->id, names, round == 3 ? 1 : 100, false, &made), round == 3 ? API_CONFLICT : 0);
	}
	assert_int_equal(store_int(world.s, "SELECT COUNT(*) FROM subject"), 300);
}

static void test_teaching(void **state)
{
	(void)state;
	struct api_teaching one;
	struct api_teachings all;
	struct school_place place;
	int64_t physics = subject_of(A->id, ADMIN, "Физика"), algebra = subject_of(A->id, ADMIN, "Алгебра");
	assert_int_equal(teach(ADMIN, A->class_b, physics, TEACHER, &one), 0);
	assert_int_equal(world.taught, 1);
	assert_true(str_eq(one.unit.name, STR("7Б")));
	assert_int_equal(teach(ADMIN, A->class_b, physics, TEACHER, &one), 0); /* already so */
	assert_int_equal(world.taught, 1);
	assert_int_equal(teach(ADMIN, A->class_b, physics, A->person[ROLE_COADMIN], &one), 0); /* two of them */
	assert_int_equal(teach(ADMIN, A->class_a, algebra, TEACHER, &one), 0);
	assert_int_equal(of_unit(TEACHER, A->class_b, &all), 0);
	assert_int_equal(all.teachings.n, 2);
	assert_int_equal(of_person(TEACHER, A->id, 0, &all), 0);
	assert_int_equal(all.teachings.n, 2);
	assert_int_equal(of_person(TEACHER, A->id, A->person[ROLE_COADMIN], &all), API_FORBIDDEN);
	assert_int_equal(of_person(ADMIN, A->id, TEACHER, &all), 0);
	struct tx *tx = store_begin(world.s, store_actor(0));
	assert_int_equal(school_place(tx, (struct org_id){A->id}, (struct person_id){TEACHER}, &place), ERR_OK);
	assert_int_equal(place.teaching_n, 2);
	store_end(world.s, ERR_OK);
	assert_int_equal(teach_end(ADMIN, A->class_b, physics, TEACHER), 0);
	assert_int_equal(teach_end(ADMIN, A->class_b, physics, TEACHER), API_NOT_FOUND);
	/* With the subject and with the membership it ends. */
	assert_int_equal(end(ADMIN, A->id, physics), 0);
	assert_int_equal(of_unit(TEACHER, A->class_b, &all), 0);
	assert_int_equal(all.teachings.n, 0);
	assert_int_equal(do_member_remove(ADMIN, A->id, TEACHER), 0);
	assert_int_equal(store_int(world.s, "SELECT COUNT(*) FROM teaching WHERE ended_at IS NULL"), 0);
}

static void test_teaching_refusals(void **state)
{
	(void)state;
	struct api_teaching one;
	struct api_teachings all;
	int64_t physics = subject_of(A->id, ADMIN, "Физика"), theirs = subject_of(B->id, B->person[ROLE_ADMIN], "Физика");
	assert_int_equal(teach(ADMIN, A->staff, physics, TEACHER, &one), API_CONFLICT);
	assert_int_equal(teach(ADMIN, A->class_a, physics, A->person[ROLE_STUDENT], &one), API_CONFLICT);
	assert_int_equal(teach(TEACHER, A->class_a, physics, TEACHER, &one), API_FORBIDDEN);
	assert_int_equal(teach(ADMIN, A->class_a, theirs, TEACHER, &one), API_NOT_FOUND);
	assert_int_equal(teach(ADMIN, A->class_a, physics, B->person[ROLE_TEACHER], &one), API_NOT_FOUND);
	assert_int_equal(teach(B->person[ROLE_ADMIN], A->class_a, physics, TEACHER, &one), API_NOT_FOUND);
	assert_int_equal(teach(B->person[ROLE_ADMIN], B->class_a, physics, TEACHER, &one), API_NOT_FOUND);
	assert_int_equal(of_unit(B->person[ROLE_ADMIN], A->class_a, &all), API_NOT_FOUND);
	assert_int_equal(of_person(ADMIN, A->id, B->person[ROLE_TEACHER], &all), API_NOT_FOUND);
	assert_int_equal(store_int(world.s, "SELECT COUNT(*) FROM teaching"), 0);
}

/* R61: whoever teaches there sees who has not come in; the links too when the lead lets him. */
static void test_teacher_sees_who_is_missing(void **state)
{
	(void)state;
	struct api_teaching t;
	struct api_arrival_page page;
	struct api_unit_links open;
	int64_t colleague = world_person("+79993335001", "Предметников", "Пётр"), subject = subject_of(A->id, ADMIN, "Химия");
	assert_int_equal(world_join(A->id, colleague, ROLE_TEACHER, 0, false), 0);
	link_of(0, API_INVITE_CREATE_ROLE_STUDENT, A->class_a, false, 5);
	link_of(0, API_INVITE_CREATE_ROLE_TEACHER, A->class_a, true, 5); /* not for pupils: never shown */
	link_of(0, API_INVITE_CREATE_ROLE_STUDENT, A->class_b, false, 5);
	assert_int_equal(arrivals(colleague, A->class_a, &page), API_FORBIDDEN);
	assert_int_equal(teach(ADMIN, A->class_a, subject, colleague, &t), 0);
	assert_int_equal(arrivals(colleague, A->class_a, &page), 0);
	assert_int_equal(page.people.n, 2);
	assert_int_equal(arrivals(colleague, A->class_b, &page), API_FORBIDDEN);
	assert_int_equal(arrivals(colleague, B->class_a, &page), API_NOT_FOUND);
	/* Links: confirmed, and let by the lead. */
	assert_int_equal(links(colleague, A->class_a, &open), API_FORBIDDEN);
	world_confirm(A->id, colleague);
	assert_int_equal(links(colleague, A->class_a, &open), 0);
	assert_int_equal(open.links.n, 0);
	assert_int_equal(delegate(colleague, A->class_a, true, &open), API_FORBIDDEN);
	assert_int_equal(delegate(TEACHER, A->class_b, true, &open), API_FORBIDDEN);
	assert_int_equal(delegate(TEACHER, B->class_a, true, &open), API_NOT_FOUND);
	assert_int_equal(delegate(TEACHER, A->class_a, true, &open), 0);
	assert_int_equal(delegate(TEACHER, A->class_a, true, &open), 0);
	assert_int_equal(store_int(world.s, "SELECT COUNT(*) FROM audit WHERE action = 'unit_link_delegate'"), 1);
	assert_int_equal(links(colleague, A->class_a, &open), 0);
	assert_true(open.teachers_send && open.links.n == 1 && open.links.items[0].role == API_ROLE_STUDENT);
	assert_int_equal(links(colleague, A->class_b, &open), API_FORBIDDEN);
	/* The organisation keeps links to its administrators: over the lead's head. */
	assert_int_equal(only_admins_link(ADMIN, A->id, true), 0);
	assert_int_equal(links(colleague, A->class_a, &open), 0);
	assert_int_equal(open.links.n, 0);
	assert_int_equal(delegate(TEACHER, A->class_a, true, &open), API_FORBIDDEN);
	assert_int_equal(delegate(TEACHER, A->class_a, false, &open), 0);
	assert_int_equal(only_admins_link(ADMIN, A->id, false), 0);
	assert_int_equal(links(colleague, A->class_a, &open), 0);
	assert_int_equal(open.links.n, 0);
	/* He teaches here no more. */
	assert_int_equal(teach_end(ADMIN, A->class_a, subject, colleague), 0);
	assert_int_equal(arrivals(colleague, A->class_a, &page), API_FORBIDDEN);
	assert_int_equal(links(colleague, A->class_a, &open), API_FORBIDDEN);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, world_setup, world_teardown)
	const struct CMUnitTest tests[] = {T(test_catalogue), T(test_catalogue_is_limited), T(test_teaching), T(test_teaching_refusals),
		T(test_teacher_sees_who_is_missing)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
