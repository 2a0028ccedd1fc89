/* SPDX-License-Identifier: Apache-2.0
 *
 * A repeated request: the first answer again, or a refusal when it is not the same request.
 */
#include "lib/store_fixture.h"
#include "server/replay.h"
#include "api.gen.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#define ID "00112233445566778899aabbccddeeff"

static const struct command add = {.name = "unit_member_add"}, removal = {.name = "unit_member_remove"};

static int set_up(void **state)
{
	*state = store_open(NULL, 0);
	return 0;
}

static int tear_down(void **state)
{
	struct store *s = *state;
	store_close(&s);
	return 0;
}

static json_t *request(const char *text)
{
	json_t *o = json_loads(text, 0, NULL);
	assert_non_null(o);
	return o;
}

static int keep(struct store *s, int64_t person, const struct command *c, const char *id, const char *json, const char *answer)
{
	json_t *in = request(json);
	struct tx *tx = store_begin(s, store_actor(person));
	int code = store_code(s, replay_keep(tx, c, str_of(id), in, str_of(answer)));
	json_decref(in);
	return code;
}

/* The answer that is found must be this one; NULL: none. Gives the code of the refusal. */
static int find(struct store *s, int64_t person, const struct command *c, const char *id, const char *json, const char *answer)
{
	json_t *in = request(json);
	struct str found = {0};
	struct tx *tx = store_begin(s, store_actor(person));
	enum err e = replay_find(tx, c, str_of(id), in, &found);
	if (answer)
		assert_true(str_eq(found, str_of(answer)));
	else
		assert_int_equal(found.n, 0);
	json_decref(in);
	return store_code(s, e);
}

#define FIRST "{\"client_id\":\"" ID "\",\"unit_id\":5,\"person_id\":7}"
#define TURNED "{\"person_id\":7,\"unit_id\":5,\"client_id\":\"" ID "\"}"

static void the_same_request_finds_the_first_answer(void **state)
{
	struct store *s = *state;
	assert_int_equal(find(s, 1, &add, ID, FIRST, NULL), 0);
	assert_int_equal(keep(s, 1, &add, ID, FIRST, "{\"ok\":1}"), 0);
	for (int i = 0; i < 3; i++)
		assert_int_equal(find(s, 1, &add, ID, FIRST, "{\"ok\":1}"), 0);
}

static void the_order_of_fields_does_not_matter(void **state)
{
	struct store *s = *state;
	assert_int_equal(keep(s, 1, &add, ID, FIRST, "{}"), 0);
	assert_int_equal(find(s, 1, &add, ID, TURNED, "{}"), 0);
}

static void other_fields_are_refused(void **state)
{
	struct store *s = *state;
	assert_int_equal(keep(s, 1, &add, ID, FIRST, "{}"), 0);
	assert_int_equal(find(s, 1, &add, ID, "{\"client_id\":\"" ID "\",\"unit_id\":5,\"person_id\":8}", NULL), API_ID_REUSED);
	assert_int_equal(find(s, 1, &add, ID, "{\"client_id\":\"" ID "\",\"unit_id\":7,\"person_id\":5}", NULL), API_ID_REUSED);
	assert_int_equal(find(s, 1, &add, ID, "{\"client_id\":\"" ID "\",\"unit_id\":5}", NULL), API_ID_REUSED);
	assert_int_equal(find(s, 1, &add, ID, "{\"client_id\":\"" ID "\",\"unit_id\":5,\"person_id\":7,\"lead\":false}", NULL), API_ID_REUSED);
	assert_int_equal(find(s, 1, &add, ID, FIRST, "{}"), 0); /* and nothing of that spoiled the first */
}

static void another_command_is_refused(void **state)
{
	struct store *s = *state;
	assert_int_equal(keep(s, 1, &add, ID, FIRST, "{}"), 0);
	assert_int_equal(find(s, 1, &removal, ID, FIRST, NULL), API_ID_REUSED);
}

static void ids_belong_to_a_person(void **state)
{
	struct store *s = *state;
	assert_int_equal(keep(s, 1, &add, ID, FIRST, "{\"of\":1}"), 0);
	assert_int_equal(find(s, 2, &add, ID, FIRST, NULL), 0);
	assert_int_equal(keep(s, 2, &add, ID, FIRST, "{\"of\":2}"), 0);
	assert_int_equal(find(s, 1, &add, ID, FIRST, "{\"of\":1}"), 0);
	assert_int_equal(find(s, 2, &add, ID, FIRST, "{\"of\":2}"), 0);
	assert_int_equal(find(s, 1, &add, "00112233445566778899aabbccddeefe", FIRST, NULL), 0);
}

static void a_command_that_is_undone_leaves_no_answer(void **state)
{
	struct store *s = *state;
	json_t *in = request(FIRST);
	struct tx *tx = store_begin(s, store_actor(1));
	assert_int_equal(replay_keep(tx, &add, STR(ID), in, STR("{}")), ERR_OK);
	assert_int_equal(store_code(s, tx_refuse(tx, API_CONFLICT, NULL, NULL)), API_CONFLICT);
	json_decref(in);
	assert_int_equal(find(s, 1, &add, ID, FIRST, NULL), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(the_same_request_finds_the_first_answer, set_up, tear_down),
		cmocka_unit_test_setup_teardown(the_order_of_fields_does_not_matter, set_up, tear_down),
		cmocka_unit_test_setup_teardown(other_fields_are_refused, set_up, tear_down),
		cmocka_unit_test_setup_teardown(another_command_is_refused, set_up, tear_down),
		cmocka_unit_test_setup_teardown(ids_belong_to_a_person, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_command_that_is_undone_leaves_no_answer, set_up, tear_down),
	};
	return cmocka_run_group_tests_name("replay", tests, NULL, NULL);
}
