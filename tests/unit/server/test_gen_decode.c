/* SPDX-License-Identifier: Apache-2.0
 *
 * The generated decoders of the real api/: what the description says is what is checked.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "api.gen.h"
#include "server/json_in.h"

#define CLIENT_ID "0123456789abcdef0123456789abcdef"

static struct {
	struct arena *arena;
	json_t *tree;
	struct refusal refusal;
} t;

static int setup(void **state)
{
	(void)state;
	t.arena = arena_new(1 << 20);
	t.tree = NULL;
	t.refusal = (struct refusal){0};
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	json_decref(t.tree);
	arena_free(&t.arena);
	return 0;
}

static const json_t *parse(const char *text)
{
	json_decref(t.tree);
	t.tree = NULL;
	t.refusal = (struct refusal){0};
	struct refusal r;
	if (json_read(str_of(text), 1 << 20, &t.tree, &r) != ERR_OK)
		fail_msg("the test's own JSON is wrong: %s", text);
	return t.tree;
}

/* The decoder refuses `text` and blames `field`. */
#define REFUSED(kind, text, want) \
	do { \
		struct api_##kind got; \
		const json_t *o = parse(text); \
		if (api_##kind##_decode(t.arena, o, &got, &t.refusal) != ERR_REFUSED) \
			fail_msg("not refused: %s", text); \
		assert_int_equal(t.refusal.code, API_INVALID_FIELD); \
		assert_non_null(t.refusal.field); \
		assert_string_equal(t.refusal.field, want); \
	} while (0)

#define DECODED(kind, text, got) assert_int_equal(api_##kind##_decode(t.arena, parse(text), (got), &t.refusal), ERR_OK)

static void test_message_post(void **state)
{
	(void)state;
	struct api_message_post m;
	DECODED(message_post, "{\"chat_id\":7,\"client_id\":\"" CLIENT_ID "\",\"text\":\"Привет\"}", &m);
	assert_int_equal(m.chat_id, 7);
	assert_true(str_eq(m.client_id, STR(CLIENT_ID)));
	assert_true(str_eq(m.text, STR("Привет")));
	assert_int_equal(t.refusal.code, 0);
}

static void test_missing_unknown_null(void **state)
{
	(void)state;
	REFUSED(message_post, "{}", "chat_id");
	REFUSED(message_post, "{\"chat_id\":7,\"client_id\":\"" CLIENT_ID "\"}", "text");
	REFUSED(message_post, "{\"chat_id\":7,\"client_id\":\"" CLIENT_ID "\",\"text\":null}", "text");
	REFUSED(message_post, "{\"chat_id\":7,\"client_id\":\"" CLIENT_ID "\",\"text\":\"a\",\"Text\":\"a\"}", "Text");
	REFUSED(empty, "{\"a\":1}", "a");
	REFUSED(member_list, "{\"org_id\":1,\"role\":null}", "role");
}

static void test_not_an_object(void **state)
{
	(void)state;
	json_t *list = json_array();
	struct api_empty e;
	assert_int_equal(api_empty_decode(t.arena, list, &e, &t.refusal), ERR_REFUSED);
	assert_int_equal(t.refusal.code, API_INVALID_FIELD);
	assert_null(t.refusal.field);
	json_decref(list);
}

static void test_unknown_name_is_cut_and_copied(void **state)
{
	(void)state;
	struct buf b;
	buf_init(&b, 4096);
	buf_add_str(&b, STR("{\"a"));
	for (int i = 0; i < 200; i++)
		buf_add_str(&b, STR("ы"));
	buf_add_str(&b, STR("\":1}"));
	buf_add_c(&b, '\0');
	struct api_empty e;
	assert_int_equal(api_empty_decode(t.arena, parse(b.p), &e, &t.refusal), ERR_REFUSED);
	json_decref(t.tree);
	t.tree = NULL; /* the name must outlive the JSON */
	assert_int_equal(strlen(t.refusal.field), 63); /* "a" and 31 letters of two bytes: no half of one */
	buf_release(&b);
}

static void test_ids(void **state)
{
	(void)state;
	struct api_chat_get g;
	DECODED(chat_get, "{\"chat_id\":1}", &g);
	DECODED(chat_get, "{\"chat_id\":9007199254740991}", &g);
	assert_int_equal(g.chat_id, INT64_C(9007199254740991));
	static const char *const bad[] = {"0", "-1", "9007199254740992", "9223372036854775807", "1.0", "1e0", "\"1\"", "true", "null", "[]", "{}"};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		char *text = arena_printf(t.arena, "{\"chat_id\":%s}", bad[i]);
		REFUSED(chat_get, text, "chat_id");
	}
}

static void test_text_counts_code_points(void **state)
{
	(void)state;
	struct api_message_post m;
	struct buf b;
	buf_init(&b, 1 << 17);
	for (int extra = 0; extra <= 1; extra++) {
		buf_clear(&b);
		buf_add_str(&b, STR("{\"chat_id\":7,\"client_id\":\"" CLIENT_ID "\",\"text\":\""));
		for (int i = 0; i < 4000 + extra; i++)
			buf_add_str(&b, STR("\xf0\x9f\x98\x80"));
		buf_add_str(&b, STR("\"}"));
		buf_add_c(&b, '\0');
		if (extra == 0) {
			DECODED(message_post, b.p, &m);
			assert_int_equal(m.text.n, 16000);
		} else {
			REFUSED(message_post, b.p, "text");
		}
	}
	buf_release(&b);
	REFUSED(message_post, "{\"chat_id\":7,\"client_id\":\"" CLIENT_ID "\",\"text\":\"\"}", "text");
}

static void test_formats_reach_their_fields(void **state)
{
	(void)state;
	struct api_sign_in s;
	DECODED(sign_in, "{\"phone\":\"8 (912) 345-67-89\",\"code\":\"123456\"}", &s);
	assert_true(str_eq(s.phone, STR("+79123456789")));
	assert_false(s.has_device);
	REFUSED(sign_in, "{\"phone\":\"12345\",\"code\":\"123456\"}", "phone");
	REFUSED(sign_in, "{\"phone\":\"8912\",\"code\":\"123456\"}", "phone");
	REFUSED(sign_in, "{\"phone\":\"89123456789\",\"code\":\"12345x\"}", "code");
	REFUSED(events_since, "{\"stream\":\"x1\",\"after\":0}", "stream");
	REFUSED(message_post, "{\"chat_id\":7,\"client_id\":\"0123456789ABCDEF0123456789abcdef\",\"text\":\"a\"}", "client_id");
	REFUSED(invite_preview, "{\"token\":\"abcdefghijklmnopqrst==\"}", "token");
	struct api_org_create c;
	DECODED(org_create,
		"{\"name\":\"Школа № 98\",\"short_name\":\"98\",\"type\":\"school\",\"admin_phone\":\"9123456789\",\"admin_given_name\":\"  Анна  Мария \"}",
		&c);
	assert_true(c.has_admin_given_name && str_eq(c.admin_given_name, STR("Анна Мария")));
	assert_int_equal(c.type, API_ORG_TYPE_SCHOOL);
	assert_false(c.has_client_id);
}

static void test_enums(void **state)
{
	(void)state;
	struct api_invite_create c;
	DECODED(invite_create, "{\"org_id\":1,\"role\":\"guardian\"}", &c);
	assert_int_equal(c.role, API_INVITE_CREATE_ROLE_GUARDIAN);
	assert_string_equal(api_invite_create_role_name(c.role), "guardian");
	REFUSED(invite_create, "{\"org_id\":1,\"role\":\"admin\"}", "role");
	REFUSED(invite_create, "{\"org_id\":1,\"role\":\"Guardian\"}", "role");
	REFUSED(invite_create, "{\"org_id\":1,\"role\":\"\"}", "role");
	REFUSED(invite_create, "{\"org_id\":1,\"role\":4}", "role");
	enum api_role r = API_ROLE_ADMIN;
	assert_true(api_role_from(STR("student"), &r));
	assert_int_equal(r, API_ROLE_STUDENT);
	assert_false(api_role_from(STR("students"), &r));
	assert_false(api_role_from(STR("studen"), &r));
}

static void test_array_items_are_named(void **state)
{
	(void)state;
	struct api_people_get p;
	DECODED(people_get, "{\"chat_id\":1,\"person_ids\":[3,5,9]}", &p);
	assert_int_equal(p.person_ids.n, 3);
	assert_int_equal(p.person_ids.items[2], 9);
	REFUSED(people_get, "{\"chat_id\":1,\"person_ids\":[1,2,3,0]}", "person_ids[3]");
	REFUSED(people_get, "{\"chat_id\":1,\"person_ids\":[\"1\"]}", "person_ids[0]");
	REFUSED(people_get, "{\"chat_id\":1,\"person_ids\":[]}", "person_ids");
	REFUSED(people_get, "{\"chat_id\":1,\"person_ids\":{}}", "person_ids");
	struct buf b;
	buf_init(&b, 4096);
	for (int n = 100; n <= 101; n++) {
		buf_clear(&b);
		buf_add_str(&b, STR("{\"chat_id\":1,\"person_ids\":[1"));
		for (int i = 1; i < n; i++)
			buf_add_str(&b, STR(",1"));
		buf_add_str(&b, STR("]}"));
		buf_add_c(&b, '\0');
		if (n == 100)
			DECODED(people_get, b.p, &p);
		else
			REFUSED(people_get, b.p, "person_ids");
	}
	buf_release(&b);
}

/* Lists are limited at their edge; a broadcast goes to 20 further chats at most. */
static void test_further_chats_of_a_broadcast(void **state)
{
	(void)state;
	struct api_lesson_create c;
	struct buf b;
	buf_init(&b, 4096);
	for (int n = 20; n <= 21; n++) {
		buf_clear(&b);
		buf_add_str(&b, STR("{\"chat_id\":1,\"kind\":\"broadcast\",\"title\":\"a\",\"starts_at\":1,\"minutes\":45,\"also_chat_ids\":[2"));
		for (int i = 1; i < n; i++)
			buf_add_str(&b, STR(",3"));
		buf_add_str(&b, STR("]}"));
		buf_add_c(&b, '\0');
		if (n == 20) {
			DECODED(lesson_create, b.p, &c);
			assert_int_equal(c.also_chat_ids.n, 20);
		} else {
			REFUSED(lesson_create, b.p, "also_chat_ids");
		}
	}
	buf_release(&b);
	struct api_broadcast_stage g;
	DECODED(broadcast_stage, "{\"call_id\":1,\"participant_id\":2,\"speaks\":false}", &g);
	assert_false(g.speaks);
	REFUSED(broadcast_stage, "{\"call_id\":1,\"participant_id\":2,\"speaks\":0}", "speaks");
	REFUSED(broadcast_stage, "{\"call_id\":1,\"participant_id\":0,\"speaks\":true}", "participant_id");
}

static void test_no_memory(void **state)
{
	(void)state;
	struct arena *small = arena_new(1);
	struct api_people_get p;
	struct refusal r = {0};
	assert_int_equal(api_people_get_decode(small, parse("{\"chat_id\":1,\"person_ids\":[3,5,9]}"), &p, &r), ERR_NOMEM);
	assert_int_equal(r.code, 0);
	arena_free(&small);
}

static void test_error_codes(void **state)
{
	(void)state;
	assert_int_equal(API_BAD_REQUEST, 1);
	assert_int_equal(api_error_status(API_BAD_REQUEST), 400);
	assert_int_equal(api_error_status(API_NOT_SIGNED_IN), 401);
	assert_int_equal(api_error_status(API_RATE_LIMITED), 429);
	assert_int_equal(api_error_status(API_UNCERTAIN), 503);
	assert_int_equal(api_error_status(0), 500);
	assert_int_equal(api_error_status(API_ERROR_CODE_COUNT + 1), 500);
	assert_string_equal(api_error_name(API_ID_REUSED), "id_reused");
	enum api_error_code c = API_BAD_REQUEST;
	assert_true(api_error_code_from(STR("uncertain"), &c));
	assert_int_equal(c, API_UNCERTAIN);
	assert_false(api_error_code_from(STR("ok"), &c));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_message_post),
		TEST(test_missing_unknown_null),
		TEST(test_not_an_object),
		TEST(test_unknown_name_is_cut_and_copied),
		TEST(test_ids),
		TEST(test_text_counts_code_points),
		TEST(test_formats_reach_their_fields),
		TEST(test_enums),
		TEST(test_array_items_are_named),
		TEST(test_further_chats_of_a_broadcast),
		TEST(test_no_memory),
		TEST(test_error_codes),
	};
	return cmocka_run_group_tests_name("server_gen_decode", tests, NULL, NULL);
}
