/* SPDX-License-Identifier: Apache-2.0
 *
 * The second factor: RFC 6238, each code once, the two steps of signing in, guessing, recovery codes.
 */
#include "account_world.h"

#include "account/factor.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <cmocka.h>

static struct api_empty nothing;

static void test_rfc6238(void **state)
{
	(void)state;
	struct factor_secret s;
	int64_t step = 0;
	memcpy(s.p, "12345678901234567890", 20);
	/* Appendix B, the last six of its eight digits. */
	static const struct { int64_t at; const char *code; } cases[] = {
		{59, "287082"}, {1111111109, "081804"}, {1111111111, "050471"}, {1234567890, "005924"}, {2000000000, "279037"}, {20000000000, "353130"}};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		assert_true(totp_matches(&s, str_of(cases[i].code), cases[i].at * 1000, 0, &step));
		assert_int_equal(step, cases[i].at / 30);
		/* one step of skew both ways, not two */
		assert_true(totp_matches(&s, str_of(cases[i].code), (cases[i].at + 30) * 1000, 0, &step));
		assert_true(totp_matches(&s, str_of(cases[i].code), (cases[i].at - 30) * 1000, 0, &step));
		assert_false(totp_matches(&s, str_of(cases[i].code), (cases[i].at + 60) * 1000, 0, &step));
		if (i > 0)
			assert_false(totp_matches(&s, str_of(cases[i].code), (cases[i].at - 60) * 1000, 0, &step));
		/* not again */
		assert_false(totp_matches(&s, str_of(cases[i].code), cases[i].at * 1000, cases[i].at / 30, &step));
	}
	assert_false(totp_matches(&s, STR("28708"), 59000, 0, &step));
}

static void test_seal(void **state)
{
	(void)state;
	struct factor_secret s = {"12345678901234567890"}, back;
	struct str sealed;
	struct tx *tx = store_begin(aw.s, store_actor(0));
	factor_seal(tx->inst, aw.anna, &s, tx->arena, &sealed);
	assert_true(factor_unseal(tx->inst, aw.anna, sealed, &back));
	assert_memory_equal(s.p, back.p, sizeof s.p);
	assert_false(factor_unseal(tx->inst, aw.boris, sealed, &back)); /* a row moved to another account */
	((char *)(uintptr_t)sealed.p)[30] ^= 1;
	assert_false(factor_unseal(tx->inst, aw.anna, sealed, &back));
	assert_false(factor_unseal(tx->inst, aw.anna, STR(""), &back));
	store_end(aw.s, ERR_OK);
}

/* The phone's step; token gets the second one's. */
static void first_step(char token[64])
{
	struct api_sign_in_done out = {0};
	sent_code(ANNA_PHONE);
	struct api_sign_in in = {.phone = STR(ANNA_PHONE), .code = str_of(aw.s->sent_code)};
	assert_int_equal(AS(store_actor(0), sign_in(tx, &in, &out)), 0);
	assert_true(out.has_second_factor && !out.has_person);
	assert_true(out.second_factor.totp && !out.second_factor.passkey);
	assert_int_equal(aw.s->tx.set_session_token.n, 0);
	snprintf(token, 64, "%.*s", (int)out.second_factor.token.n, out.second_factor.token.p);
}

static int second_step(const char *token, const char *code)
{
	struct api_signed_in out = {0};
	int refused = AS(store_actor(0), second_factor(tx, &(struct api_second_factor){.token = str_of(token), .code = str_of(code)}, &out));
	assert_int_equal(aw.s->tx.set_session_token.n > 0, refused == 0);
	return refused;
}

static void test_two_steps(void **state)
{
	(void)state;
	char token[64], other[64], code[8];
	struct actor me = enter("");
	app_on(me, NULL);
	int64_t sessions = store_int(aw.s, "SELECT COUNT(*) FROM session");
	first_step(token);
	first_step(other);
	assert_int_equal(store_int(aw.s, "SELECT COUNT(*) FROM session"), sessions);
	assert_int_equal(second_step(token, app_code(5, code)), API_CODE_WRONG);
	assert_int_equal(second_step(token, app_code(0, code)), 0);
	assert_int_equal(second_step(token, app_code(1, code)), API_CODE_EXPIRED); /* the step works once */
	/* The same code does not open another door. */
	assert_int_equal(second_step(other, app_code(0, code)), API_CODE_WRONG);
	assert_int_equal(second_step(other, app_code(1, code)), 0);
	/* What comes too late, or was never begun. */
	first_step(token);
	aw.s->now_ms += FACTOR_STEP_TTL_MS;
	assert_int_equal(second_step(token, app_code(0, code)), API_CODE_EXPIRED);
	assert_int_equal(second_step("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", app_code(0, code)), API_CODE_EXPIRED);
	/* A link of an organisation is no way around. */
	assert_int_equal(AS(store_actor(0), account_session_start(tx, aw.anna, STR(""))), API_CONFLICT);
}

static void test_guessing(void **state)
{
	(void)state;
	char token[64], code[8];
	app_on(enter(""), NULL);
	first_step(token);
	for (int i = 0; i < FACTOR_STEP_TRIES; i++)
		assert_int_equal(second_step(token, "000000"), API_CODE_WRONG);
	assert_int_equal(second_step(token, app_code(0, code)), API_CODE_EXPIRED); /* five, and the phone again */
	first_step(token);
	for (int i = 0; i < FACTOR_WRONG_AN_HOUR - FACTOR_STEP_TRIES; i++)
		assert_int_equal(second_step(token, i % 2 ? "000000" : "aaaaa-aaaaa"), API_CODE_WRONG);
	first_step(token);
	assert_int_equal(second_step(token, app_code(0, code)), API_RATE_LIMITED);
	assert_true(aw.s->tx.refusal.retry_after_s > 0);
	/* by whichever command, also one that is signed in */
	struct api_recovery_codes codes = {0};
	assert_int_equal(AS(store_actor(aw.anna.v), recovery_codes_renew(tx, &(struct api_factor_code){.code = str_of(app_code(0, code))}, &codes)), API_RATE_LIMITED);
	aw.s->now_ms += HOUR;
	first_step(token);
	assert_int_equal(second_step(token, app_code(0, code)), 0);
}

static void test_recovery_codes(void **state)
{
	(void)state;
	char token[64], recovery[16], shouted[24], code[8];
	struct actor me = enter("");
	app_on(me, recovery);
	assert_int_equal(store_int(aw.s, "SELECT COUNT(*) FROM recovery_code WHERE length(code_hash) = 32"), 10);
	first_step(token);
	snprintf(shouted, sizeof shouted, " %c%s ", recovery[0] >= 'a' ? recovery[0] - 32 : recovery[0], recovery + 1);
	assert_int_equal(second_step(token, shouted), 0); /* case and spaces do not matter */
	first_step(token);
	assert_int_equal(second_step(token, recovery), API_CODE_WRONG); /* once */
	struct api_security sec = {0};
	assert_int_equal(AS(me, security_get(tx, &(struct api_empty){0}, &sec)), 0);
	assert_true(sec.totp && sec.recovery_left == 9 && !sec.recommended);
	assert_int_equal(store_int(aw.s, "SELECT COUNT(*) FROM recovery_code"), 10);
	/* New ones end the old ones, and want a code themselves. */
	struct api_recovery_codes codes = {0};
	assert_int_equal(AS(me, recovery_codes_renew(tx, &(struct api_factor_code){.code = STR("123456")}, &codes)), API_CODE_WRONG);
	assert_int_equal(AS(me, recovery_codes_renew(tx, &(struct api_factor_code){.code = str_of(app_code(0, code))}, &codes)), 0);
	assert_int_equal(store_int(aw.s, "SELECT COUNT(*) FROM recovery_code WHERE used_at IS NULL"), 10);
	/* Boris has none of Anna's codes. */
	snprintf(recovery, sizeof recovery, "%.*s", (int)codes.codes.items[3].n, codes.codes.items[3].p);
	assert_int_equal(AS(store_actor(aw.boris.v), totp_disable(tx, &(struct api_factor_code){.code = str_of(recovery)}, &nothing)), API_CONFLICT);
	assert_int_equal(AS(me, totp_disable(tx, &(struct api_factor_code){.code = str_of(recovery)}, &nothing)), 0);
	assert_int_equal(store_int(aw.s, "SELECT COUNT(*) FROM recovery_code"), 0);
	enter(""); /* one step again */
}

static void test_switching_on(void **state)
{
	(void)state;
	char code[8];
	struct actor me = enter("");
	struct api_totp_begun begun = {0};
	struct api_recovery_codes codes = {0};
	assert_int_equal(AS(me, totp_confirm(tx, &(struct api_totp_confirm){.code = STR("123456")}, &codes)), API_CONFLICT);
	assert_int_equal(AS(me, totp_begin(tx, &(struct api_empty){0}, &begun)), 0);
	assert_true(str_starts(begun.uri, STR("otpauth://totp/")) && begun.secret.n == 32);
	assert_int_equal(AS(me, totp_confirm(tx, &(struct api_totp_confirm){.code = STR("123456")}, &codes)), API_CODE_WRONG);
	enter(""); /* begun is not on */
	app_on(me, NULL);
	assert_int_equal(AS(me, totp_begin(tx, &(struct api_empty){0}, &begun)), API_CONFLICT);
	assert_int_equal(AS(me, totp_confirm(tx, &(struct api_totp_confirm){.code = str_of(app_code(1, code))}, &codes)), API_CONFLICT);
	assert_int_equal(store_events(aw.s, person_stream(aw.anna), "security_changed"), 1);
	assert_int_equal(AS(store_actor(aw.boris.v), recovery_codes_renew(tx, &(struct api_factor_code){.code = STR("123456")}, &codes)), API_CONFLICT);
}

static void test_recommended_to_administrators(void **state)
{
	(void)state;
	struct api_security sec = {0};
	struct actor me = enter("");
	assert_int_equal(AS(me, security_get(tx, &(struct api_empty){0}, &sec)), 0);
	assert_false(sec.recommended);
	assert_true(str_eq(sec.phone, STR("+7 ••• •••-00-01")));
	aw.places[aw.places_n++] = (struct account_place){{1}, ROLE_TEACHER};
	assert_int_equal(AS(me, security_get(tx, &(struct api_empty){0}, &sec)), 0);
	assert_false(sec.recommended);
	aw.places[aw.places_n++] = (struct account_place){{2}, ROLE_COADMIN};
	assert_int_equal(AS(me, security_get(tx, &(struct api_empty){0}, &sec)), 0);
	assert_true(sec.recommended);
	app_on(me, NULL);
	assert_int_equal(AS(me, security_get(tx, &(struct api_empty){0}, &sec)), 0);
	assert_false(sec.recommended);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, world_setup, world_teardown)
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_rfc6238), T(test_seal), T(test_two_steps), T(test_guessing), T(test_recovery_codes),
		T(test_switching_on), T(test_recommended_to_administrators)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
