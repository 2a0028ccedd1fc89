/* SPDX-License-Identifier: Apache-2.0
 *
 * The status of staff: asking for it, confirming, refusing, and where it ends.
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
#define ORG ((struct org_id){A->id})

static int64_t newcomer(enum role role, const char *phone)
{
	int64_t p = world_person(phone, "Новенькая", "Нина");
	assert_int_equal(world_join(A->id, p, role, 0, false), 0);
	return p;
}

static int submit(int64_t who, const char *position, struct api_membership *out)
{
	struct api_verification_submit in = {.org_id = A->id, .position = str_of(position)};
	return do_verification_submit(who, &in, out);
}

static int decide(int64_t who, int64_t *people, size_t n, bool confirm, const char *reason)
{
	static struct api_verification_decided out;
	struct api_verification_decide in = {.org_id = A->id, .person_ids = {people, n}, .confirm = confirm, .has_reason = reason != NULL, .reason = str_of(reason ? reason : "")};
	return do_verification_decide(who, &in, &out);
}

static int decide_one(int64_t who, int64_t person, bool confirm, const char *reason)
{
	return decide(who, &person, 1, confirm, reason);
}

static enum api_verification state_of(int64_t person)
{
	struct school_place place;
	struct tx *tx = store_begin(world.s, store_actor(0));
	assert_int_equal(store_end(world.s, school_place(tx, ORG, (struct person_id){person}, &place)), ERR_OK);
	return place.verification;
}

static void test_the_way(void **state)
{
	(void)state;
	struct api_membership mine;
	int64_t t = newcomer(ROLE_TEACHER, "+79160000001");
	assert_int_equal(state_of(t), API_VERIFICATION_CLAIMED);
	assert_int_equal(submit(t, "  ", &mine), API_INVALID_FIELD);
	assert_string_equal(world.s->tx.refusal.field, "position");
	size_t told = store_events(world.s, org_stream(ORG), "member_changed"), told_him = store_events(world.s, person_stream((struct person_id){t}), "membership_changed");
	assert_int_equal(submit(t, " учитель физики ", &mine), 0);
	assert_int_equal(mine.verification, API_VERIFICATION_UNDER_REVIEW);
	assert_int_equal(store_events(world.s, org_stream(ORG), "member_changed"), told + 1);
	assert_int_equal(store_events(world.s, person_stream((struct person_id){t}), "membership_changed"), told_him + 1);
	/* Said anew: the last one counts. */
	assert_int_equal(submit(t, "учитель химии", &mine), 0);
	struct api_verification_page page;
	assert_int_equal(do_verification_list(ADMIN, &(struct api_verification_list){.org_id = A->id}, &page), 0);
	assert_int_equal(page.items.n, 1);
	assert_true(page.items.items[0].has_claim && str_eq(page.items.items[0].claim.position, STR("учитель химии")));
	/* A refusal needs its reason, which he sees; then he may ask again. */
	assert_int_equal(decide_one(ADMIN, t, false, NULL), API_INVALID_FIELD);
	assert_string_equal(world.s->tx.refusal.field, "reason");
	assert_int_equal(decide_one(ADMIN, t, false, "   "), API_INVALID_FIELD);
	assert_int_equal(decide_one(ADMIN, t, false, "Нет в приказе"), 0);
	assert_int_equal(state_of(t), API_VERIFICATION_REFUSED);
	assert_int_equal(submit(t, "учитель химии", &mine), 0);
	assert_false(mine.has_verification_reason);
	assert_int_equal(decide_one(COADMIN, t, true, NULL), 0);
	assert_int_equal(state_of(t), API_VERIFICATION_CONFIRMED);
	assert_int_equal(submit(t, "учитель химии", &mine), API_CONFLICT);
	/* Taken back. */
	assert_int_equal(decide_one(ADMIN, t, false, "Уволился"), 0);
	assert_int_equal(state_of(t), API_VERIFICATION_REFUSED);
}

static void test_who_decides(void **state)
{
	(void)state;
	int64_t teacher = newcomer(ROLE_TEACHER, "+79160000001"), head = newcomer(ROLE_HEAD, "+79160000002"),
		deputy = newcomer(ROLE_COADMIN, "+79160000003");
	const int64_t no[] = {teacher, head, A->person[ROLE_TEACHER], A->person[ROLE_HEAD], A->person[ROLE_STUDENT], A->person[ROLE_GUARDIAN], deputy};
	for (size_t i = 0; i < sizeof no / sizeof *no; i++)
		assert_int_equal(decide_one(no[i], teacher, true, NULL), API_FORBIDDEN);
	assert_int_equal(decide_one(B->person[ROLE_ADMIN], teacher, true, NULL), API_NOT_FOUND);
	/* A deputy decides about teachers only, and not about himself. */
	assert_int_equal(decide_one(COADMIN, head, true, NULL), API_FORBIDDEN);
	assert_int_equal(decide_one(COADMIN, COADMIN, true, NULL), API_FORBIDDEN);
	assert_int_equal(decide_one(ADMIN, deputy, true, NULL), 0);
	/* Whoever has no such status; people of others. */
	assert_int_equal(decide_one(ADMIN, A->person[ROLE_STUDENT], true, NULL), API_CONFLICT);
	assert_int_equal(decide_one(ADMIN, ADMIN, false, "x"), API_CONFLICT);
	assert_int_equal(decide_one(ADMIN, B->person[ROLE_TEACHER], true, NULL), API_NOT_FOUND);
	/* All or nothing. */
	int64_t many[] = {teacher, B->person[ROLE_TEACHER]};
	assert_int_equal(decide(ADMIN, many, 2, true, NULL), API_NOT_FOUND);
	assert_int_equal(state_of(teacher), API_VERIFICATION_CLAIMED);
	int64_t both[] = {teacher, head};
	assert_int_equal(decide(ADMIN, both, 2, true, NULL), 0);
	assert_int_equal(state_of(teacher), API_VERIFICATION_CONFIRMED);
	assert_int_equal(state_of(head), API_VERIFICATION_CONFIRMED);
}

static void test_list(void **state)
{
	(void)state;
	struct api_verification_page page;
	int64_t one = newcomer(ROLE_TEACHER, "+79160000001"), two = newcomer(ROLE_HEAD, "+79160000002");
	assert_int_equal(do_verification_list(A->person[ROLE_HEAD], &(struct api_verification_list){.org_id = A->id}, &page), API_FORBIDDEN);
	assert_int_equal(do_verification_list(B->person[ROLE_ADMIN], &(struct api_verification_list){.org_id = A->id}, &page), API_NOT_FOUND);
	struct api_verification_list in = {.org_id = A->id, .has_limit = true, .limit = 1};
	assert_int_equal(do_verification_list(ADMIN, &in, &page), 0);
	assert_true(page.items.n == 1 && page.has_next_after && page.items.items[0].member.person.id == one);
	in.has_after = true;
	in.after = page.next_after;
	assert_int_equal(do_verification_list(ADMIN, &in, &page), 0);
	assert_true(page.items.n == 1 && !page.has_next_after && page.items.items[0].member.person.id == two);
	in = (struct api_verification_list){.org_id = A->id, .has_state = true, .state = API_VERIFICATION_LIST_STATE_CONFIRMED};
	assert_int_equal(do_verification_list(ADMIN, &in, &page), 0);
	assert_int_equal(page.items.n, 4);
	in.state = API_VERIFICATION_LIST_STATE_REFUSED;
	assert_int_equal(do_verification_list(ADMIN, &in, &page), 0);
	assert_int_equal(page.items.n, 0);
}

static void test_its_end(void **state)
{
	(void)state;
	struct api_membership mine;
	int64_t t = newcomer(ROLE_TEACHER, "+79160000001");
	assert_int_equal(submit(t, "учитель", &mine), 0);
	assert_int_equal(decide_one(ADMIN, t, true, NULL), 0);
	/* Dismissed; whoever comes back begins anew. */
	assert_int_equal(do_member_remove(ADMIN, A->id, t), 0);
	assert_int_equal(state_of(t), API_VERIFICATION_NONE);
	assert_int_equal(world_join(A->id, t, ROLE_TEACHER, 0, false), 0);
	assert_int_equal(state_of(t), API_VERIFICATION_CLAIMED);
	struct api_verification_page page;
	assert_int_equal(do_verification_list(ADMIN, &(struct api_verification_list){.org_id = A->id}, &page), 0);
	assert_true(page.items.n == 1 && !page.items.items[0].has_claim);
	/* The unconfirmed issue no links, whatever their role admits. */
	int64_t deputy = newcomer(ROLE_COADMIN, "+79160000002");
	struct api_invite_create link = {.org_id = A->id, .role = API_INVITE_CREATE_ROLE_TEACHER};
	struct api_invite made;
	assert_int_equal(do_invite_create(deputy, &link, &made), API_FORBIDDEN);
	assert_string_equal(world.s->tx.refusal.message, "forbidden.unconfirmed");
	assert_int_equal(decide_one(ADMIN, deputy, true, NULL), 0);
	assert_int_equal(do_invite_create(deputy, &link, &made), 0);
	assert_int_equal(decide_one(ADMIN, deputy, false, "Передумали"), 0);
	assert_int_equal(do_invite_create(deputy, &link, &made), API_FORBIDDEN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_the_way, world_setup, world_teardown),
		cmocka_unit_test_setup_teardown(test_who_decides, world_setup, world_teardown),
		cmocka_unit_test_setup_teardown(test_list, world_setup, world_teardown),
		cmocka_unit_test_setup_teardown(test_its_end, world_setup, world_teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
