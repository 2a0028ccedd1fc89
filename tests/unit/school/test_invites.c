/* SPDX-License-Identifier: Apache-2.0
 *
 * Invitation links: what they may promise, every state, and coming in by them.
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
#define HOUR 3600000LL

static int create(int64_t who, struct api_invite_create in, struct api_invite *out)
{
	in.org_id = A->id;
	return do_invite_create(who, &in, out);
}

static int accept_as(int64_t who, const char *token)
{
	struct api_signed_in out;
	return do_invite_accept(who, &(struct api_invite_accept){.token = str_of(token)}, &out);
}

static int64_t uses_of(const char *token)
{
	bool found;
	int64_t n = 0;
	assert_int_equal(db_int(world.s->db, &found, &n, "SELECT uses FROM invite WHERE token = ?1", "s", str_of(token)), ERR_OK);
	return n;
}

static void test_promises(void **state)
{
	(void)state;
	struct api_invite i;
	assert_int_equal(create(ADMIN, (struct api_invite_create){.role = API_INVITE_CREATE_ROLE_COADMIN}, &i), 0);
	assert_int_equal(i.role, API_ROLE_COADMIN);
	assert_int_equal(i.max_uses, 1);
	assert_int_equal(i.expires_at - i.created_at, 720 * HOUR);
	assert_int_equal(i.state, API_INVITE_STATE_OPEN);
	assert_int_equal(create(COADMIN, (struct api_invite_create){.role = API_INVITE_CREATE_ROLE_COADMIN}, &i), API_FORBIDDEN);
	assert_int_equal(create(COADMIN, (struct api_invite_create){.role = API_INVITE_CREATE_ROLE_HEAD}, &i), 0);
	assert_int_equal(create(A->person[ROLE_HEAD], (struct api_invite_create){.role = API_INVITE_CREATE_ROLE_TEACHER}, &i), API_FORBIDDEN);
	assert_int_equal(create(A->person[ROLE_TEACHER], (struct api_invite_create){.role = API_INVITE_CREATE_ROLE_TEACHER}, &i), API_FORBIDDEN);
	/* Pupils and parents come into a unit. */
	assert_int_equal(create(ADMIN, (struct api_invite_create){.role = API_INVITE_CREATE_ROLE_STUDENT}, &i), API_INVALID_FIELD);
	assert_string_equal(world.s->tx.refusal.field, "unit_id");
	assert_int_equal(create(ADMIN, (struct api_invite_create){.role = API_INVITE_CREATE_ROLE_GUARDIAN}, &i), API_INVALID_FIELD);
	assert_int_equal(create(ADMIN, (struct api_invite_create){.role = API_INVITE_CREATE_ROLE_STUDENT, .has_unit_id = true, .unit_id = A->staff}, &i), API_INVALID_FIELD);
	assert_int_equal(create(ADMIN, (struct api_invite_create){.role = API_INVITE_CREATE_ROLE_STUDENT, .has_unit_id = true, .unit_id = 9999}, &i), API_NOT_FOUND);
	/* Only teachers lead, and only a unit. */
	assert_int_equal(create(ADMIN, (struct api_invite_create){.role = API_INVITE_CREATE_ROLE_GUARDIAN, .has_unit_id = true, .unit_id = A->class_a, .has_lead = true, .lead = true}, &i), API_INVALID_FIELD);
	assert_int_equal(create(ADMIN, (struct api_invite_create){.role = API_INVITE_CREATE_ROLE_TEACHER, .has_lead = true, .lead = true}, &i), API_INVALID_FIELD);
	assert_int_equal(create(ADMIN, (struct api_invite_create){.role = API_INVITE_CREATE_ROLE_TEACHER, .has_unit_id = true, .unit_id = A->class_a, .has_lead = true, .lead = true}, &i), 0);
	assert_true(i.lead);
	assert_int_equal(store_events(world.s, org_stream(ORG), "invite_changed"), 3);
	assert_int_equal(store_int(world.s, "SELECT COUNT(DISTINCT token) FROM invite"), 3);
}

static void test_main_story(void **state)
{
	(void)state;
	int64_t teacher, student, guardian;
	bool lead;
	const char *for_teacher = link_of(0, API_INVITE_CREATE_ROLE_TEACHER, A->class_b, true, 1);
	const char *for_student = link_of(0, API_INVITE_CREATE_ROLE_STUDENT, A->class_b, false, 30);
	const char *for_guardian = link_of(0, API_INVITE_CREATE_ROLE_GUARDIAN, A->class_b, false, 60);
	assert_int_equal(come_in(for_teacher, "+79993330001", "Классная", "Нина", &teacher), 0);
	assert_true(world.s->tx.set_session_token.n > 0);
	assert_true(world_in_chat(A->class_b, teacher, &lead) && lead);
	assert_true(world_in_chat(A->staff, teacher, NULL));
	assert_int_equal(come_in(for_student, "+79993330002", "Первый", "Пётр", &student), 0);
	assert_true(world_in_chat(A->class_b, student, &lead) && !lead);
	assert_false(world_in_chat(A->staff, student, NULL));
	assert_int_equal(come_in(for_guardian, "+79993330003", "Первая", "Ольга", &guardian), 0);
	assert_true(world_in_chat(A->class_b, guardian, NULL));
	assert_int_equal(store_events(world.s, person_stream((struct person_id){student}), "membership_changed"), 1);
	struct api_membership *list;
	size_t n;
	struct tx *tx = store_begin(world.s, store_actor(0));
	assert_int_equal(school_memberships_of(tx, (struct person_id){student}, &list, &n), ERR_OK);
	assert_int_equal(n, 1);
	assert_int_equal(list[0].role, API_ROLE_STUDENT);
	assert_int_equal(list[0].units.items[0].unit_id, A->class_b);
	store_end(world.s, ERR_OK);
}

static void test_preview(void **state)
{
	(void)state;
	struct api_invite_previewed p;
	assert_int_equal(do_invite_preview(link_of(0, API_INVITE_CREATE_ROLE_STUDENT, A->class_b, false, 1), &p), 0);
	assert_true(str_eq(p.org_name, STR("Школа № 98")));
	assert_true(p.has_unit_name && str_eq(p.unit_name, STR("7Б")));
	assert_int_equal(p.unit_kind, API_UNIT_KIND_CLASS);
	assert_int_equal(p.role, API_ROLE_STUDENT);
	assert_int_equal(do_invite_preview(link_of(0, API_INVITE_CREATE_ROLE_HEAD, 0, false, 1), &p), 0);
	assert_false(p.has_unit_name || p.has_unit_kind);
	assert_int_equal(do_invite_preview("AAAAAAAAAAAAAAAAAAAAAAAA", &p), API_LINK_UNUSABLE);
}

/* Whatever is wrong with a link, preview and accept say the same. */
static void assert_unusable(const char *token)
{
	struct api_invite_previewed p;
	assert_int_equal(do_invite_preview(token, &p), API_LINK_UNUSABLE);
	assert_int_equal(accept_as(B->person[ROLE_TEACHER], token), API_LINK_UNUSABLE);
	assert_int_equal(come_in(token, "+79993339999", "Поздняя", "Анна", NULL), API_LINK_UNUSABLE);
	/* And no code is spent on it. */
	assert_int_equal(store_int(world.s, "SELECT COUNT(*) FROM sign_in_code WHERE used_at IS NULL"), 1);
	assert_int_equal(store_int(world.s, "SELECT COUNT(*) FROM person WHERE phone = '+79993339999'"), 0);
}

static void test_expired(void **state)
{
	(void)state;
	const char *token = link_of(0, API_INVITE_CREATE_ROLE_HEAD, 0, false, 5);
	struct api_invite_previewed p;
	struct api_invite_page page;
	world.s->now_ms += 720 * HOUR - 1;
	assert_int_equal(do_invite_preview(token, &p), 0);
	world.s->now_ms += 1;
	assert_unusable(token);
	assert_int_equal(do_invite_list(ADMIN, &(struct api_invite_list){.org_id = A->id}, &page), 0);
	assert_int_equal(page.invites.items[0].state, API_INVITE_STATE_EXPIRED);
}

static void test_annulled(void **state)
{
	(void)state;
	const char *token = link_of(0, API_INVITE_CREATE_ROLE_HEAD, 0, false, 5);
	int64_t id = store_int(world.s, "SELECT MAX(id) FROM invite"), inside;
	struct api_invite i;
	assert_int_equal(come_in(token, "+79993330001", "Успевшая", "Анна", &inside), 0);
	assert_int_equal(do_invite_annul(A->person[ROLE_TEACHER], id, &i), API_FORBIDDEN);
	assert_int_equal(do_invite_annul(COADMIN, id, &i), 0);
	assert_int_equal(i.state, API_INVITE_STATE_ANNULLED);
	int64_t events = store_events(world.s, org_stream(ORG), "invite_changed");
	assert_int_equal(do_invite_annul(ADMIN, id, &i), 0); /* again: the same answer, nothing told */
	assert_int_equal(store_events(world.s, org_stream(ORG), "invite_changed"), events);
	assert_int_equal(store_int(world.s, "SELECT COUNT(*) FROM sign_in_code WHERE used_at IS NULL"), 0);
	assert_unusable(token);
	struct api_org org;
	assert_int_equal(do_org_get(inside, A->id, &org), 0); /* who came in stays */
}

static void test_last_use(void **state)
{
	(void)state;
	const char *token = link_of(0, API_INVITE_CREATE_ROLE_STUDENT, A->class_b, false, 2);
	int64_t first;
	struct api_invite_page page;
	assert_int_equal(come_in(token, "+79993330001", "Первая", "Анна", &first), 0);
	/* Who is inside takes no second use. */
	assert_int_equal(accept_as(first, token), 0);
	assert_int_equal(uses_of(token), 1);
	assert_int_equal(come_in(token, "+79993330002", "Вторая", "Анна", NULL), 0);
	assert_int_equal(uses_of(token), 2);
	assert_unusable(token);
	assert_int_equal(uses_of(token), 2);
	assert_int_equal(do_invite_list(ADMIN, &(struct api_invite_list){.org_id = A->id}, &page), 0);
	assert_int_equal(page.invites.items[0].state, API_INVITE_STATE_USED);
	assert_int_equal(page.invites.items[0].uses, 2);
}

/* The count is taken in the store: a link that ran out between looking and taking admits nobody and leaves nothing behind. */
static void test_use_is_atomic(void **state)
{
	(void)state;
	const char *token = link_of(0, API_INVITE_CREATE_ROLE_STUDENT, A->class_b, false, 1);
	assert_int_equal(db_run(world.s->db, "CREATE TRIGGER late BEFORE INSERT ON member BEGIN UPDATE invite SET uses = max_uses; END", ""), ERR_OK);
	int64_t members = store_int(world.s, "SELECT COUNT(*) FROM member");
	assert_int_equal(come_in(token, "+79993330001", "Опоздавшая", "Анна", NULL), API_LINK_UNUSABLE);
	assert_int_equal(store_int(world.s, "SELECT COUNT(*) FROM member"), members);
	assert_int_equal(store_int(world.s, "SELECT COUNT(*) FROM person WHERE phone = '+79993330001'"), 0);
}

static void test_signed_in(void **state)
{
	(void)state;
	const char *token = link_of(0, API_INVITE_CREATE_ROLE_TEACHER, A->class_b, false, 10);
	int64_t outsider = B->person[ROLE_STUDENT];
	/* Of another organisation: comes in here in the role of the link, and stays what he is there. */
	assert_int_equal(accept_as(outsider, token), 0);
	assert_int_equal(world.s->tx.set_session_token.n, 0);
	struct relation r;
	struct tx *tx = store_begin(world.s, store_actor(outsider));
	assert_int_equal(school_relation_org(tx, A->id, &r), ERR_OK);
	assert_int_equal(r.role, ROLE_TEACHER);
	assert_int_equal(school_relation_org(tx, B->id, &r), ERR_OK);
	assert_int_equal(r.role, ROLE_STUDENT);
	store_end(world.s, ERR_OK);
	/* Here in the same role: just joins the unit. */
	assert_int_equal(accept_as(A->person[ROLE_TEACHER], token), 0);
	assert_true(world_in_chat(A->class_b, A->person[ROLE_TEACHER], NULL));
	assert_int_equal(uses_of(token), 2);
	/* Here in another role: told so, nothing changed. */
	for (int role = ROLE_ADMIN; role <= ROLE_GUARDIAN; role++) {
		if (role == ROLE_TEACHER)
			continue;
		assert_int_equal(accept_as(A->person[role], token), API_CONFLICT);
		assert_string_equal(world.s->tx.refusal.message, "conflict.other_role");
		assert_false(world_in_chat(A->class_b, A->person[role], NULL));
	}
	assert_int_equal(uses_of(token), 2);
	/* A pupil of one class with the link of another. */
	assert_int_equal(accept_as(A->person[ROLE_STUDENT], link_of(0, API_INVITE_CREATE_ROLE_STUDENT, A->class_b, false, 1)), API_CONFLICT);
	assert_non_null(strstr(world.s->tx.refusal.message, "7А"));
}

static void test_lead_by_link(void **state)
{
	(void)state;
	bool lead;
	int64_t teacher = A->person[ROLE_TEACHER]; /* leads 7А */
	assert_int_equal(accept_as(teacher, link_of(0, API_INVITE_CREATE_ROLE_TEACHER, A->class_a, false, 1)), 0);
	assert_true(world_in_chat(A->class_a, teacher, &lead) && lead); /* a plain link takes it from nobody */
	assert_int_equal(accept_as(teacher, link_of(0, API_INVITE_CREATE_ROLE_TEACHER, A->class_b, false, 1)), 0);
	assert_true(world_in_chat(A->class_b, teacher, &lead) && !lead);
	assert_int_equal(accept_as(teacher, link_of(0, API_INVITE_CREATE_ROLE_TEACHER, A->class_b, true, 1)), 0);
	assert_true(world_in_chat(A->class_b, teacher, &lead) && lead);
}

static void test_newcomer_must_prove_the_number(void **state)
{
	(void)state;
	const char *token = link_of(0, API_INVITE_CREATE_ROLE_HEAD, 0, false, 5);
	struct api_signed_in out;
	struct api_invite_accept full = {.token = str_of(token),
		.has_phone = true, .phone = STR("+79993330001"),
		.has_code = true, .code = STR("12345x"),
		.has_given_name = true, .given_name = STR("Анна"),
		.has_family_name = true, .family_name = STR("Новая")};
	static const char *const fields[] = {"phone", "code", "given_name", "family_name"};
	for (int i = 0; i < 4; i++) {
		struct api_invite_accept in = full;
		*(bool *[]){&in.has_phone, &in.has_code, &in.has_given_name, &in.has_family_name}[i] = false;
		assert_int_equal(do_invite_accept(0, &in, &out), API_INVALID_FIELD);
		assert_string_equal(world.s->tx.refusal.field, fields[i]);
	}
	assert_int_equal(do_code("+79993330001"), 0);
	assert_int_equal(do_invite_accept(0, &full, &out), API_CODE_WRONG);
	assert_int_equal(store_int(world.s, "SELECT tries FROM sign_in_code ORDER BY id DESC"), 1);
	assert_int_equal(uses_of(token), 0);
	assert_int_equal(store_int(world.s, "SELECT COUNT(*) FROM person WHERE phone = '+79993330001'"), 0);
	full.code = str_of(world.s->sent_code);
	assert_int_equal(do_invite_accept(0, &full, &out), 0);
	assert_int_equal(do_invite_accept(0, &full, &out), API_CODE_EXPIRED); /* replayed */
	assert_int_equal(uses_of(token), 1);
}

/* A number that is known joins as the person that it is; the names given are not taken over. */
static void test_known_number(void **state)
{
	(void)state;
	int64_t id;
	const char *token = link_of(0, API_INVITE_CREATE_ROLE_GUARDIAN, A->class_b, false, 5);
	assert_int_equal(come_in(token, "+79992000005", "Другая", "Другая", &id), 0); /* the parent of the second organisation */
	assert_int_equal(id, B->person[ROLE_GUARDIAN]);
	assert_int_equal(store_int(world.s, "SELECT COUNT(*) FROM person WHERE family_name = 'Другая'"), 0);
	/* And a conflict leaves no session. */
	int64_t sessions = store_int(world.s, "SELECT COUNT(*) FROM session");
	assert_int_equal(come_in(token, "+79991000003", "Учителева", "Анна", NULL), API_CONFLICT);
	assert_int_equal(store_int(world.s, "SELECT COUNT(*) FROM session"), sessions);
}

static void test_list_pages(void **state)
{
	(void)state;
	struct api_invite_page page;
	int64_t before = 0;
	int n = 0;
	for (int i = 0; i < 7; i++)
		link_of(i % 2, API_INVITE_CREATE_ROLE_HEAD, 0, false, 1);
	do {
		struct api_invite_list in = {.org_id = A->id, .has_limit = true, .limit = 2, .has_before = before > 0, .before = before};
		assert_int_equal(do_invite_list(ADMIN, &in, &page), 0);
		for (size_t i = 0; i < page.invites.n; i++) {
			assert_int_equal(page.invites.items[i].org_id, A->id);
			assert_true(!before || page.invites.items[i].id < before);
			before = page.invites.items[i].id;
			n++;
		}
	} while (page.has_next_before);
	assert_int_equal(n, 4);
	assert_int_equal(do_invite_list(A->person[ROLE_HEAD], &(struct api_invite_list){.org_id = A->id}, &page), API_FORBIDDEN);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, world_setup, world_teardown)
	const struct CMUnitTest tests[] = {
		T(test_promises),
		T(test_main_story),
		T(test_preview),
		T(test_expired),
		T(test_annulled),
		T(test_last_use),
		T(test_use_is_atomic),
		T(test_signed_in),
		T(test_lead_by_link),
		T(test_newcomer_must_prove_the_number),
		T(test_known_number),
		T(test_list_pages),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
