/* SPDX-License-Identifier: Apache-2.0
 *
 * "My account was taken": what ends, what stays, who is told, and that an organisation sees its own reports only.
 */
#include "account_world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static struct api_empty nothing;

static struct api_security_reports of(int64_t org)
{
	struct api_security_reports out = {0};
	struct tx *tx = store_begin(aw.s, store_actor(aw.boris.v));
	tx->rel.org_id = org;
	enum err e = org ? security_report_list(tx, &(struct api_security_report_list){.org_id = org}, &out)
		: security_report_queue(tx, &nothing, &out);
	assert_int_equal(store_code(aw.s, e), 0);
	return out;
}

static int close_in(int64_t org, int64_t id, struct api_security_report *out)
{
	struct tx *tx = store_begin(aw.s, store_actor(aw.boris.v));
	tx->rel.org_id = org;
	return store_code(aw.s, org ? security_report_close(tx, &(struct api_security_report_close){.org_id = org, .report_id = id}, out)
		: security_report_settle(tx, &(struct api_security_report_settle){.report_id = id}, out));
}

static void test_taken(void **state)
{
	(void)state;
	aw.places[aw.places_n++] = (struct account_place){{1}, ROLE_TEACHER};
	struct actor thief = enter(""), me = enter("");
	app_on(me, NULL);
	struct api_sessions_ended out = {0};
	assert_int_equal(AS(me, account_taken(tx, &(struct api_account_taken){0}, &out)), 0);
	assert_int_equal(out.ended, 1);
	assert_true(alive(me.session) && !alive(thief.session));
	assert_int_equal(store_int(aw.s, "SELECT COUNT(*) FROM totp"), 1); /* the factor stays unless he says so */
	struct api_security_reports reports = of(1);
	assert_int_equal(reports.reports.n, 1);
	assert_int_equal(reports.reports.items[0].person.id, aw.anna.v);
	assert_false(reports.reports.items[0].revoked || reports.reports.items[0].by_phone || reports.reports.items[0].has_closed_at);
	assert_int_equal(of(2).reports.n, 0);
	assert_int_equal(of(0).reports.n, 1);
	assert_int_equal(store_events(aw.s, org_stream((struct org_id){1}), "security_reported"), 1);
	assert_int_equal(store_events(aw.s, org_stream((struct org_id){2}), "security_reported"), 0);

	assert_int_equal(AS(me, account_taken(tx, &(struct api_account_taken){.has_revoke = true, .revoke = true}, &out)), 0);
	assert_int_equal(store_int(aw.s, "SELECT COUNT(*) FROM totp") + store_int(aw.s, "SELECT COUNT(*) FROM recovery_code"), 0);
	reports = of(1);
	assert_int_equal(reports.reports.n, 1); /* the same open report, brought up to date */
	assert_true(reports.reports.items[0].revoked && reports.reports.items[0].ended == 1);

	struct api_security_report closed = {0};
	int64_t mine = reports.reports.items[0].id, operators = of(0).reports.items[0].id;
	assert_int_equal(close_in(2, mine, &closed), API_NOT_FOUND);
	assert_int_equal(close_in(0, mine, &closed), API_NOT_FOUND);
	assert_int_equal(close_in(1, operators, &closed), API_NOT_FOUND);
	assert_int_equal(close_in(1, mine, &closed), 0);
	assert_true(closed.has_closed_at);
	assert_int_equal(close_in(1, mine, &closed), 0); /* again: nothing more is told */
	assert_int_equal(store_events(aw.s, org_stream((struct org_id){1}), "security_reported"), 3);
	assert_int_equal(close_in(0, operators, &closed), 0);
	assert_int_equal(AS(me, account_taken(tx, &(struct api_account_taken){0}, &out)), 0);
	assert_int_equal(of(1).reports.n, 2); /* a closed one is not opened again */
	assert_false(of(1).reports.items[0].has_closed_at);
}

static void test_by_phone(void **state)
{
	(void)state;
	struct actor thief = enter("");
	app_on(thief, NULL);
	sent_code(ANNA_PHONE);
	struct api_account_taken_by_phone in = {.phone = STR(ANNA_PHONE), .code = STR("x00000")};
	assert_int_equal(AS(store_actor(0), account_taken_by_phone(tx, &in, &nothing)), API_CODE_WRONG);
	assert_true(alive(thief.session));
	in.code = str_of(aw.s->sent_code);
	assert_int_equal(AS(store_actor(0), account_taken_by_phone(tx, &in, &nothing)), 0);
	assert_false(alive(thief.session));
	assert_int_equal(aw.s->tx.set_session_token.n, 0);
	assert_int_equal(store_int(aw.s, "SELECT COUNT(*) FROM totp WHERE confirmed_at IS NOT NULL"), 1); /* a phone is weaker than the factor */
	assert_true(of(0).reports.items[0].by_phone);
	sent_code("+79990000009");
	in.phone = STR("+79990000009");
	in.code = str_of(aw.s->sent_code);
	assert_int_equal(AS(store_actor(0), account_taken_by_phone(tx, &in, &nothing)), API_NO_ACCOUNT);
	assert_int_equal(AS(store_actor(0), account_taken_by_phone(tx, &in, &nothing)), API_CODE_EXPIRED); /* the code was spent */
}

static void test_reset_by_support(void **state)
{
	(void)state;
	struct actor me = enter("");
	app_on(me, NULL);
	struct api_support_phone in = {.phone = STR("+79990000009"), .reason = STR("потерян телефон")};
	assert_int_equal(AS(store_actor(aw.boris.v), second_factor_reset(tx, &in, &nothing)), API_NOT_FOUND);
	in.phone = STR(ANNA_PHONE);
	assert_int_equal(AS(store_actor(aw.boris.v), second_factor_reset(tx, &in, &nothing)), 0);
	assert_false(alive(me.session));
	enter(""); /* one step */
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, world_setup, world_teardown)
	const struct CMUnitTest tests[] = {T(test_taken), T(test_by_phone), T(test_reset_by_support)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
