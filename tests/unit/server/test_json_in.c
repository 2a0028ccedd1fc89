/* SPDX-License-Identifier: Apache-2.0
 *
 * Strictness of the JSON that strangers send.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "api_codes.gen.h"
#include "server/json_in.h"

static void good(struct str text)
{
	json_t *tree = NULL;
	struct refusal r = {0};
	if (json_read(text, 1 << 16, &tree, &r) != ERR_OK)
		fail_msg("refused: %.*s", (int)text.n, text.p);
	assert_true(json_is_object(tree));
	assert_int_equal(r.code, 0);
	json_decref(tree);
}

static void bad(struct str text)
{
	json_t *tree = NULL;
	struct refusal r = {0};
	if (json_read(text, 1 << 16, &tree, &r) != ERR_REFUSED)
		fail_msg("not refused: %.*s", (int)text.n, text.p);
	assert_null(tree);
	assert_int_equal(r.code, API_BAD_REQUEST);
}

static void test_accepted(void **state)
{
	(void)state;
	good(STR("{}"));
	good(STR(" {\r\n\t} "));
	good(STR("{\"a\":[1,-2.5e3,true,false,null,\"\\u041f\\ud83d\\ude00\\n\"],\"b\":{\"a\":1}}"));
	good(STR("{\"n\":9223372036854775807}"));
	good(STR("{\"\":1}"));
}

static void test_not_json(void **state)
{
	(void)state;
	static const char *const list[] = {"", " ", "{", "}", "{]", "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{a:1}", "{'a':1}", "{\"a\":01}",
		"{\"a\":+1}", "{\"a\":NaN}", "{\"a\":1}x", "{}{}", "{\"a\":\"\t\"}", "{\"a\":\"\\x\"}", "{\"a\":\"\\ud800\"}", "// {}\n{}",
		"\xef\xbb\xbf{}", "{\"a\":9223372036854775808}", "{\"a\":1e999}", "{\"a\":\"", "{\"a\":\"\\"};
	for (size_t i = 0; i < sizeof list / sizeof *list; i++)
		bad(str_of(list[i]));
}

static void test_top_level_is_an_object(void **state)
{
	(void)state;
	bad(STR("[]"));
	bad(STR("[{}]"));
	bad(STR("1"));
	bad(STR("\"a\""));
	bad(STR("null"));
}

static void test_duplicate_keys(void **state)
{
	(void)state;
	bad(STR("{\"a\":1,\"a\":1}"));
	bad(STR("{\"o\":{\"a\":1,\"b\":2,\"a\":3}}"));
	bad(STR("{\"a\":1,\"\\u0061\":1}"));
}

static void test_nul(void **state)
{
	(void)state;
	bad(STR("{\"a\":\"\\u0000\"}"));
	bad(STR("{\"\\u0000\":1}"));
	bad(str_n("{\"a\":\"\0\"}", 9));
	bad(str_n("{}\0", 3));
}

static void test_utf8(void **state)
{
	(void)state;
	good(STR("{\"a\":\"\xf0\x9f\x98\x80\"}"));
	bad(STR("{\"a\":\"\xff\"}"));
	bad(STR("{\"a\":\"\xc0\x80\"}"));
	bad(STR("{\"a\":\"\xed\xa0\x80\"}"));
	bad(STR("{\"a\":\"\xf4\x90\x80\x80\"}"));
	bad(STR("{\"a\":\"\xd0\"}"));
	bad(STR("{\"\xff\":1}"));
}

/* {"a":[[...]]} with `depth` levels in all */
static struct str nested(char *room, size_t depth)
{
	memcpy(room, "{\"a\":", 5);
	memset(room + 5, '[', depth - 1);
	memset(room + 5 + depth - 1, ']', depth - 1);
	room[5 + 2 * (depth - 1)] = '}';
	return str_n(room, 5 + 2 * (depth - 1) + 1);
}

static void test_depth(void **state)
{
	(void)state;
	static char room[65536];
	good(nested(room, JSON_DEPTH_MAX));
	bad(nested(room, JSON_DEPTH_MAX + 1));
	bad(nested(room, 30000));
	memset(room, '[', sizeof room); /* never closed */
	bad(str_n(room, sizeof room));
	/* brackets in strings are text, and a quote behind a backslash ends nothing */
	struct buf b;
	buf_init(&b, 4096);
	buf_add_str(&b, STR("{\"a\":\"\\\""));
	for (int i = 0; i < 100; i++)
		buf_add_str(&b, STR("[{"));
	buf_add_str(&b, STR("\\\\\",\"b\":1}"));
	good(buf_str(&b));
	buf_release(&b);
	/* many side by side are not deep */
	good(STR("{\"a\":[[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[]]}"));
}

static void test_size(void **state)
{
	(void)state;
	json_t *tree = NULL;
	struct refusal r = {0};
	assert_int_equal(json_read(STR("{\"a\":1}"), 7, &tree, &r), ERR_OK);
	json_decref(tree);
	tree = NULL;
	assert_int_equal(json_read(STR("{\"a\":1}"), 6, &tree, &r), ERR_REFUSED);
	assert_int_equal(r.code, API_TOO_LARGE);
	assert_null(tree);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_accepted),
		cmocka_unit_test(test_not_json),
		cmocka_unit_test(test_top_level_is_an_object),
		cmocka_unit_test(test_duplicate_keys),
		cmocka_unit_test(test_nul),
		cmocka_unit_test(test_utf8),
		cmocka_unit_test(test_depth),
		cmocka_unit_test(test_size),
	};
	return cmocka_run_group_tests_name("server_json_in", tests, NULL, NULL);
}
