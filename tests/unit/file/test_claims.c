/* SPDX-License-Identifier: Apache-2.0
 *
 * How an object takes an upload over, who may see a file before and after, and that it is gone when let go or too old.
 */
#include "file_world.h"

#include "api_codes.gen.h"
#include "policy/policy.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static int take(int64_t who, struct file_claim c)
{
	struct tx *tx = store_begin(w.s, store_actor(who));
	struct file_info info;
	c.field = "file_id";
	int code = store_code(w.s, file_ports()->take(tx, &c, &info));
	if (!code) {
		assert_int_equal(info.id, c.file_id);
		assert_int_equal(info.size, 100);
		assert_true(str_eq(info.name, STR("план.pdf")));
		assert_true(str_eq(info.media_type, STR("application/pdf")));
	} else {
		assert_string_equal(w.s->tx.refusal.field, "file_id");
	}
	return code;
}

static bool sees(int64_t who, int64_t file)
{
	struct actor a = store_actor(who);
	a.is_operator = who == w.operator;
	struct tx *tx = store_begin(w.s, a);
	int code = store_code(w.s, policy_check(tx, ADMIT_PERSON, TARGET_FILE, file));
	assert_true(code == 0 || code == API_NOT_FOUND || (who == 0 && code == API_NOT_SIGNED_IN));
	return code == 0;
}

static void only_seen_by(int64_t file, const int64_t *who, size_t n)
{
	int64_t everybody[2 * (ROLE_GUARDIAN + 1) + 3] = {0, w.operator, w.stranger};
	size_t count = 3;
	for (int i = 0; i < 2; i++)
		for (int role = 0; role <= ROLE_GUARDIAN; role++)
			everybody[count++] = w.person[i][role];
	for (size_t i = 0; i < count; i++) {
		bool wanted = false;
		for (size_t k = 0; k < n; k++)
			wanted |= everybody[i] == who[k];
		if (sees(everybody[i], file) != wanted)
			fail_msg("person %lld, file %lld: wanted %d", (long long)everybody[i], (long long)file, wanted);
	}
}

#define SEEN_BY(file, ...) only_seen_by(file, (int64_t[]){__VA_ARGS__}, sizeof((int64_t[]){__VA_ARGS__}) / sizeof(int64_t))

static void test_application(void **state)
{
	(void)state;
	struct file_claim c = {.file_id = 11, .purpose = FILE_FOR_APPLICATION, .token = STR(TOKEN_A), .holder = FILE_HELD_BY_APPLICATION, .holder_id = 5};
	file_make(&(struct file_made){.id = 11, .purpose = FILE_FOR_APPLICATION, .token = TOKEN_A});
	only_seen_by(11, NULL, 0); /* the applicant has no session; nobody else has anything to do with it */
	c.token = STR(TOKEN_B);
	assert_int_equal(take(0, c), API_NOT_FOUND);
	c.token = STR("");
	assert_int_equal(take(0, c), API_NOT_FOUND);
	assert_int_equal(take(w.operator, c), API_NOT_FOUND);
	c.token = STR(TOKEN_A);
	c.purpose = FILE_FOR_DOCUMENT;
	assert_int_equal(take(0, c), API_NOT_FOUND);
	c.purpose = FILE_FOR_APPLICATION;
	c.file_id = 12;
	assert_int_equal(take(0, c), API_NOT_FOUND);
	c.file_id = 11;
	assert_int_equal(take(0, c), 0);
	assert_int_equal(take(0, c), 0); /* a repetition by the same application */
	c.holder_id = 6;
	assert_int_equal(take(0, c), API_NOT_FOUND); /* another application, even with the token */
	SEEN_BY(11, w.operator);
	w.s->now_ms += 2 * FILE_UNCLAIMED_MS; /* held: it stays */
	SEEN_BY(11, w.operator);
	w.s->now_ms -= 2 * FILE_UNCLAIMED_MS;

	struct file_info info;
	struct tx *tx = store_begin(w.s, store_actor(0));
	assert_int_equal(store_end(w.s, file_ports()->held(tx, FILE_HELD_BY_APPLICATION, 6, 11, &info)), ERR_NOT_FOUND);
	tx = store_begin(w.s, store_actor(0));
	assert_int_equal(store_end(w.s, file_ports()->held(tx, FILE_HELD_BY_APPLICATION, 5, 11, &info)), ERR_OK);
	tx = store_begin(w.s, store_actor(0));
	assert_int_equal(store_end(w.s, file_ports()->release(tx, FILE_HELD_BY_APPLICATION, 6, 11)), ERR_OK);
	SEEN_BY(11, w.operator); /* let go by somebody who did not have it */
	tx = store_begin(w.s, store_actor(0));
	assert_int_equal(store_end(w.s, file_ports()->release(tx, FILE_HELD_BY_APPLICATION, 5, 11)), ERR_OK);
	only_seen_by(11, NULL, 0);
}

static void test_document(void **state)
{
	(void)state;
	int64_t admin = w.person[0][ROLE_ADMIN], coadmin = w.person[0][ROLE_COADMIN], head = w.person[0][ROLE_HEAD];
	struct file_claim c = {.file_id = 21, .purpose = FILE_FOR_DOCUMENT, .org.v = w.org[0], .holder = FILE_HELD_BY_ORG, .holder_id = w.org[0]};
	file_make(&(struct file_made){.id = 21, .purpose = FILE_FOR_DOCUMENT, .org = w.org[0], .person = coadmin});
	SEEN_BY(21, coadmin);
	assert_int_equal(take(admin, c), API_NOT_FOUND); /* whoever uploaded it hands it over */
	c.token = STR(TOKEN_A);
	assert_int_equal(take(0, c), API_NOT_FOUND);
	c.org.v = w.org[1];
	assert_int_equal(take(coadmin, c), API_NOT_FOUND);
	c.org.v = w.org[0];
	assert_int_equal(take(coadmin, c), 0);
	SEEN_BY(21, admin, coadmin, head);

	/* an organisation never shows what another one's file is */
	file_make(&(struct file_made){.id = 22, .purpose = FILE_FOR_DOCUMENT, .org = w.org[1], .person = w.person[1][ROLE_HEAD]});
	c = (struct file_claim){.file_id = 22, .purpose = FILE_FOR_DOCUMENT, .org.v = w.org[1], .holder = FILE_HELD_BY_ORG, .holder_id = w.org[0]};
	assert_int_equal(take(w.person[1][ROLE_HEAD], c), 0);
	only_seen_by(22, NULL, 0);
}

static void test_unfinished_and_old(void **state)
{
	(void)state;
	int64_t admin = w.person[0][ROLE_ADMIN];
	struct file_claim c = {.file_id = 31, .purpose = FILE_FOR_ROSTER, .org.v = w.org[0], .holder = FILE_HELD_BY_ORG, .holder_id = w.org[0]};
	file_make(&(struct file_made){.id = 31, .purpose = FILE_FOR_ROSTER, .org = w.org[0], .person = admin, .unfinished = true});
	assert_int_equal(take(admin, c), API_CONFLICT);
	int fd;
	struct tx *tx = store_begin(w.s, store_actor(admin));
	assert_int_equal(store_code(w.s, file_ports()->open(tx, &c, NULL, &fd)), API_CONFLICT);
	file_make(&(struct file_made){.id = 32, .purpose = FILE_FOR_ROSTER, .org = w.org[0], .person = admin});
	c.file_id = 32;
	SEEN_BY(32, admin);
	w.s->now_ms += FILE_UNCLAIMED_MS - 1;
	SEEN_BY(32, admin);
	w.s->now_ms++;
	only_seen_by(32, NULL, 0);
	assert_int_equal(take(admin, c), API_NOT_FOUND);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_application),
		cmocka_unit_test(test_document),
		cmocka_unit_test(test_unfinished_and_old),
	};
	return cmocka_run_group_tests(tests, file_world_setup, file_world_teardown);
}
