/* SPDX-License-Identifier: Apache-2.0
 *
 * One-time codes: caps at their edges, brute force, replay, and that a stranger learns nothing (reliability.md rows 1-3).
 */
#include "account/account.h"

#include "store_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#define MINUTE 60000LL
#define HOUR (60 * MINUTE)
#define KNOWN STR("+79990000001")

static int setup(void **state)
{
	const struct store_room rooms[] = {{account_migrations, account_migration_count}};
	struct store *s = store_open(rooms, 1);
	account_set_newcomer_hook(NULL);
	stream_register(STREAM_PERSON, &account_person_stream);
	struct person_id id;
	struct tx *tx = store_begin(s, store_actor(0));
	assert_int_equal(store_end(s, account_person_new(tx, KNOWN, STR("Анна"), STR("Ёлкина"), STR(""), &id)), ERR_OK);
	*state = s;
	return 0;
}

static int teardown(void **state)
{
	struct store *s = *state;
	store_close(&s);
	return 0;
}

static int request_from(struct store *s, struct str phone, struct str address)
{
	struct actor a = store_actor(0);
	a.address = address;
	struct api_code_request in = {.phone = phone};
	struct api_code_requested out;
	struct tx *tx = store_begin(s, a);
	int code = store_code(s, code_request(tx, &in, &out));
	if (!code)
		assert_int_equal(out.digits, 6);
	return code;
}

static int request(struct store *s, struct str phone)
{
	return request_from(s, phone, STR("192.0.2.1"));
}

static int enter_from(struct store *s, struct str phone, const char *digits, struct str address)
{
	struct actor a = store_actor(0);
	a.address = address;
	struct api_sign_in in = {.phone = phone, .code = str_of(digits)};
	struct api_sign_in_done out = {0};
	struct tx *tx = store_begin(s, a);
	return store_code(s, sign_in(tx, &in, &out));
}

static int enter(struct store *s, struct str phone, const char *digits)
{
	return enter_from(s, phone, digits, STR("192.0.2.1"));
}

/* Another code than the one sent. */
static const char *other(const struct store *s, int i, char out[8])
{
	snprintf(out, 8, "%06d", ((int)strtol(s->sent_code, NULL, 10) + 1 + i) % 1000000);
	return out;
}

static struct str number(int i, char out[16])
{
	snprintf(out, 16, "+7999%07d", i);
	return str_of(out);
}

static struct str address(int i, char out[24])
{
	snprintf(out, 24, "10.%d.%d.%d", i >> 16 & 255, i >> 8 & 255, i & 255);
	return str_of(out);
}

static void test_code_works_once(void **state)
{
	struct store *s = *state;
	char wrong[8];
	assert_int_equal(request(s, KNOWN), 0);
	assert_int_equal(s->sent, 1);
	assert_int_equal(strlen(s->sent_code), 6);
	assert_string_equal(s->sent_phone, "+79990000001");
	assert_int_equal(enter(s, KNOWN, other(s, 0, wrong)), API_CODE_WRONG);
	assert_int_equal(enter(s, KNOWN, s->sent_code), 0);
	assert_int_equal(s->tx.set_session_token.n, ACCOUNT_TOKEN_TEXT - 1);
	assert_int_equal(enter(s, KNOWN, s->sent_code), API_CODE_EXPIRED);
	/* Neither number nor code lies in the clear. */
	assert_int_equal(store_int(s, "SELECT COUNT(*) FROM sign_in_code WHERE length(phone_hash) = 32 AND length(code_hash) = 32"), 1);
}

static void test_code_is_bound_to_its_number(void **state)
{
	struct store *s = *state;
	assert_int_equal(request(s, STR("+79990000002")), 0);
	char first[16];
	snprintf(first, sizeof first, "%s", s->sent_code);
	assert_int_equal(request(s, KNOWN), 0);
	if (strcmp(first, s->sent_code) != 0)
		assert_int_equal(enter(s, KNOWN, first), API_CODE_WRONG);
	assert_int_equal(enter(s, STR("+79990000002"), first), API_NO_ACCOUNT);
	/* no_account spends it as well */
	assert_int_equal(enter(s, STR("+79990000002"), first), API_CODE_EXPIRED);
}

static void test_code_expires(void **state)
{
	struct store *s = *state;
	assert_int_equal(request(s, KNOWN), 0);
	s->now_ms += ACCOUNT_CODE_TTL_MS;
	assert_int_equal(enter(s, KNOWN, s->sent_code), API_CODE_EXPIRED);
	s->now_ms -= 1;
	assert_int_equal(enter(s, KNOWN, s->sent_code), 0);
}

static void test_only_the_last_code_counts(void **state)
{
	struct store *s = *state;
	char first[16];
	assert_int_equal(request(s, KNOWN), 0);
	snprintf(first, sizeof first, "%s", s->sent_code);
	s->now_ms += ACCOUNT_CODE_PAUSE_MS;
	assert_int_equal(request(s, KNOWN), 0);
	if (strcmp(first, s->sent_code) != 0)
		assert_int_equal(enter(s, KNOWN, first), API_CODE_WRONG);
	assert_int_equal(enter(s, KNOWN, s->sent_code), 0);
}

static void test_five_tries_a_code(void **state)
{
	struct store *s = *state;
	char wrong[8];
	assert_int_equal(request(s, KNOWN), 0);
	for (int i = 0; i < ACCOUNT_CODE_TRIES; i++)
		assert_int_equal(enter(s, KNOWN, other(s, i, wrong)), API_CODE_WRONG);
	assert_int_equal(store_int(s, "SELECT tries FROM sign_in_code"), ACCOUNT_CODE_TRIES);
	/* The right one comes too late. */
	assert_int_equal(enter(s, KNOWN, s->sent_code), API_CODE_EXPIRED);
}

static void test_four_wrong_then_right(void **state)
{
	struct store *s = *state;
	char wrong[8];
	assert_int_equal(request(s, KNOWN), 0);
	for (int i = 0; i < ACCOUNT_CODE_TRIES - 1; i++)
		assert_int_equal(enter(s, KNOWN, other(s, i, wrong)), API_CODE_WRONG);
	assert_int_equal(enter(s, KNOWN, s->sent_code), 0);
}

static void test_pause_between_codes(void **state)
{
	struct store *s = *state;
	assert_int_equal(request(s, KNOWN), 0);
	s->now_ms += ACCOUNT_CODE_PAUSE_MS - 1;
	assert_int_equal(request(s, KNOWN), API_RATE_LIMITED);
	assert_int_equal(s->tx.refusal.retry_after_s, 1);
	assert_int_equal(s->sent, 1);
	s->now_ms += 1;
	assert_int_equal(request(s, KNOWN), 0);
	assert_int_equal(s->sent, 2);
}

static void test_five_codes_in_any_day(void **state)
{
	struct store *s = *state;
	int64_t first = s->now_ms;
	for (int i = 0; i < ACCOUNT_CODES_A_DAY; i++, s->now_ms += HOUR)
		assert_int_equal(request(s, KNOWN), 0);
	assert_int_equal(request(s, KNOWN), API_RATE_LIMITED);
	assert_int_equal(s->tx.refusal.retry_after_s, 19 * 3600);
	/* Another number is not meant. */
	assert_int_equal(request(s, STR("+79990000002")), 0);
	s->now_ms = first + 24 * HOUR - 1;
	assert_int_equal(request(s, KNOWN), API_RATE_LIMITED);
	s->now_ms = first + 24 * HOUR;
	assert_int_equal(request(s, KNOWN), 0);
	/* The window slides: the second of the first day still counts. */
	s->now_ms += ACCOUNT_CODE_PAUSE_MS;
	assert_int_equal(request(s, KNOWN), API_RATE_LIMITED);
}

static void test_codes_from_an_address(void **state)
{
	struct store *s = *state;
	char n[16];
	for (int i = 0; i < ACCOUNT_CODES_AN_HOUR_ADDRESS; i++)
		assert_int_equal(request(s, number(i, n)), 0);
	assert_int_equal(request(s, number(500, n)), API_RATE_LIMITED);
	assert_int_equal(request_from(s, number(500, n), STR("192.0.2.2")), 0);
	s->now_ms += HOUR - 1;
	assert_int_equal(request(s, number(501, n)), API_RATE_LIMITED);
	s->now_ms += 1;
	assert_int_equal(request(s, number(501, n)), 0);
}

static void test_addresses_of_a_network_are_one(void **state)
{
	struct store *s = *state;
	char n[16], a[48];
	for (int i = 0; i < ACCOUNT_CODES_AN_HOUR_ADDRESS; i++) {
		snprintf(a, sizeof a, "2001:db8:1:2::%x", i + 1);
		assert_int_equal(request_from(s, number(i, n), str_of(a)), 0);
	}
	assert_int_equal(request_from(s, number(600, n), STR("2001:db8:1:2:ffff::1")), API_RATE_LIMITED);
	assert_int_equal(request_from(s, number(600, n), STR("2001:db8:1:3::1")), 0);
	/* An IPv4 address inside IPv6 is that IPv4 address, not one network with all others. */
	assert_int_equal(request_from(s, number(601, n), STR("::ffff:192.0.2.9")), 0);
	assert_int_equal(store_int(s, "SELECT COUNT(DISTINCT address_hash) FROM sign_in_code"), 3);
	assert_int_equal(request_from(s, number(602, n), STR("192.0.2.9")), 0);
	assert_int_equal(store_int(s, "SELECT COUNT(DISTINCT address_hash) FROM sign_in_code"), 3);
}

static void test_codes_of_the_installation(void **state)
{
	struct store *s = *state;
	char n[16], a[24];
	for (int i = 0; i < ACCOUNT_CODES_AN_HOUR; i++)
		assert_int_equal(request_from(s, number(i, n), address(i, a)), 0);
	assert_int_equal(request_from(s, number(5000, n), STR("192.0.2.77")), API_RATE_LIMITED);
	s->now_ms += HOUR;
	assert_int_equal(request_from(s, number(5000, n), STR("192.0.2.77")), 0);
}

static void test_guessing_from_one_address(void **state)
{
	struct store *s = *state;
	char n[16], wrong[8];
	for (int i = 0; i < ACCOUNT_WRONG_AN_HOUR_ADDRESS; i++) {
		number(100 + i / 5, n);
		if (i % 5 == 0)
			assert_int_equal(request(s, str_of(n)), 0);
		assert_int_equal(enter(s, str_of(n), other(s, i % 5, wrong)), API_CODE_WRONG);
	}
	assert_int_equal(request_from(s, KNOWN, STR("192.0.2.3")), 0);
	/* From here even the right code is not looked at; from elsewhere it is. */
	assert_int_equal(enter(s, KNOWN, s->sent_code), API_RATE_LIMITED);
	assert_int_equal(enter_from(s, KNOWN, s->sent_code, STR("192.0.2.3")), 0);
	s->now_ms += HOUR;
	assert_int_equal(request(s, KNOWN), 0);
	assert_int_equal(enter(s, KNOWN, s->sent_code), 0);
}

static void test_guessing_over_the_installation(void **state)
{
	struct store *s = *state;
	char n[16], a[24], wrong[8];
	for (int i = 0; i < ACCOUNT_WRONG_AN_HOUR; i++) {
		number(10 + i / 5, n);
		address(i / 5, a);
		if (i % 5 == 0)
			assert_int_equal(request_from(s, str_of(n), str_of(a)), 0);
		assert_int_equal(enter_from(s, str_of(n), other(s, i % 5, wrong), str_of(a)), API_CODE_WRONG);
	}
	assert_int_equal(request_from(s, KNOWN, STR("192.0.2.3")), 0);
	assert_int_equal(enter_from(s, KNOWN, s->sent_code, STR("192.0.2.3")), API_RATE_LIMITED);
	assert_true(s->tx.refusal.retry_after_s > 0);
}

/* Codes for numbers that were sent none cannot be hit, so they must not be able to stop everybody else. */
static void test_idle_guesses_stop_nobody(void **state)
{
	struct store *s = *state;
	char n[16], a[24];
	for (int i = 0; i < ACCOUNT_WRONG_AN_HOUR + 10; i++)
		assert_int_equal(enter_from(s, number(10 + i, n), "123456", address(i, a)), API_CODE_EXPIRED);
	assert_int_equal(request(s, KNOWN), 0);
	assert_int_equal(enter(s, KNOWN, s->sent_code), 0);
}

/* A registered number and a stranger's: the same answers to everything but the proved code. */
static void test_answers_do_not_tell_who_is_registered(void **state)
{
	struct store *s = *state;
	char wrong[8];
	const struct str numbers[] = {KNOWN, STR("+79990000009")};
	int answers[2][4], sent[2];
	for (int i = 0; i < 2; i++) {
		int before = s->sent;
		answers[i][0] = request(s, numbers[i]);
		sent[i] = s->sent - before;
		answers[i][1] = request(s, numbers[i]);
		answers[i][2] = enter(s, numbers[i], other(s, 0, wrong));
		s->now_ms += ACCOUNT_CODE_TTL_MS;
		answers[i][3] = enter(s, numbers[i], s->sent_code);
	}
	assert_memory_equal(answers[0], answers[1], sizeof answers[0]);
	assert_int_equal(sent[0], 1);
	assert_int_equal(sent[1], 1);
}

static void test_demo(void **state)
{
	struct store *s = *state;
	s->inst.demo = true;
	for (int i = 0; i < 50; i++) {
		assert_int_equal(request(s, KNOWN), 0);
		assert_string_equal(s->sent_code, ACCOUNT_DEMO_CODE);
		assert_int_equal(enter(s, KNOWN, "000000"), 0);
		assert_int_equal(enter(s, KNOWN, "000001"), API_CODE_WRONG);
	}
}

static void test_old_rows_go(void **state)
{
	struct store *s = *state;
	assert_int_equal(request(s, KNOWN), 0);
	assert_int_equal(enter(s, STR("+79990000009"), "123456"), API_CODE_EXPIRED);
	s->now_ms += 25 * HOUR;
	assert_int_equal(request(s, KNOWN), 0);
	assert_int_equal(store_int(s, "SELECT COUNT(*) FROM sign_in_code"), 1);
	assert_int_equal(store_int(s, "SELECT COUNT(*) FROM wrong_code"), 0);
}

static struct person_id hooked;
static struct person_id hooked_known;

static enum err hook(struct tx *tx, struct str phone, struct person_id existing, struct person_id *out)
{
	hooked_known = existing;
	*out = existing;
	if (str_eq(phone, STR("+79990000050")) && !existing.v) {
		enum err e = account_person_new(tx, phone, STR("Ирина"), STR("Новая"), STR(""), out);
		hooked = *out;
		return e;
	}
	return ERR_OK;
}

static void test_newcomer_hook(void **state)
{
	struct store *s = *state;
	account_set_newcomer_hook(hook);
	assert_int_equal(request(s, STR("+79990000050")), 0);
	assert_int_equal(enter(s, STR("+79990000050"), s->sent_code), 0);
	assert_true(hooked.v > 0);
	assert_int_equal(store_int(s, "SELECT COUNT(*) FROM session"), 1);
	/* It runs for those who are known, too. */
	assert_int_equal(request(s, KNOWN), 0);
	assert_int_equal(enter(s, KNOWN, s->sent_code), 0);
	assert_int_equal(hooked_known.v, store_int(s, "SELECT id FROM person WHERE phone = '+79990000001'"));
	/* And leaves the others outside. */
	assert_int_equal(request(s, STR("+79990000051")), 0);
	assert_int_equal(enter(s, STR("+79990000051"), s->sent_code), API_NO_ACCOUNT);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(test_code_works_once),
		T(test_code_is_bound_to_its_number),
		T(test_code_expires),
		T(test_only_the_last_code_counts),
		T(test_five_tries_a_code),
		T(test_four_wrong_then_right),
		T(test_pause_between_codes),
		T(test_five_codes_in_any_day),
		T(test_codes_from_an_address),
		T(test_addresses_of_a_network_are_one),
		T(test_codes_of_the_installation),
		T(test_guessing_from_one_address),
		T(test_guessing_over_the_installation),
		T(test_idle_guesses_stop_nobody),
		T(test_answers_do_not_tell_who_is_registered),
		T(test_demo),
		T(test_old_rows_go),
		T(test_newcomer_hook),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
