/* SPDX-License-Identifier: Apache-2.0
 *
 * The end of an account by its holder and by support, the days of grace, and the change of the number.
 */
#include "account_world.h"

#include "account/deletion.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <cmocka.h>

static struct api_empty nothing;

static int wish(struct actor who, struct api_deletion_pending *out)
{
	return AS(who, account_delete_request(tx, &(struct api_account_delete_request){0}, out));
}

static void upkeep(void)
{
	bool more;
	assert_int_equal(AS(store_actor(0), account_upkeep(tx, &more)), 0);
}

static void test_days_of_grace(void **state)
{
	(void)state;
	struct actor me = enter("");
	struct api_deletion_pending out = {0};
	aw.last_admin = true;
	assert_int_equal(wish(me, &out), API_CONFLICT);
	aw.last_admin = false;
	assert_int_equal(wish(me, &out), 0);
	int64_t at = aw.s->now_ms + 14 * DAY;
	assert_int_equal(out.delete_at, at);
	aw.s->now_ms += DAY;
	assert_int_equal(wish(me, &out), 0);
	assert_int_equal(out.delete_at, at); /* a second wish moves nothing */
	assert_int_equal(store_events(aw.s, person_stream(aw.anna), "deletion_changed"), 1);
	aw.s->now_ms = at - 1;
	upkeep();
	struct api_me_snapshot snapshot = {0};
	assert_int_equal(AS(me, account_fill_me(tx, &snapshot)), 0);
	assert_true(snapshot.has_delete_at && snapshot.delete_at == at);
	enter(""); /* signing in changes nothing by itself */
	assert_int_equal(store_int(aw.s, "SELECT delete_at FROM person WHERE id = 1"), at);
	assert_int_equal(AS(me, account_delete_cancel(tx, &nothing, &nothing)), 0);
	assert_int_equal(AS(me, account_delete_cancel(tx, &nothing, &nothing)), 0);
	assert_int_equal(store_events(aw.s, person_stream(aw.anna), "deletion_changed"), 2);
	aw.s->now_ms = at + DAY;
	upkeep();
	assert_true(alive(me.session));
	assert_int_equal(aw.left, 0);
}

static void gone(void)
{
	struct api_person p;
	struct tx *tx = store_begin(aw.s, store_actor(0));
	assert_int_equal(store_end(aw.s, account_person_get(tx, aw.anna, &p)), ERR_OK);
	assert_true(str_eq(p.family_name, STR("Удалённый")) && str_eq(p.given_name, STR("участник")) && !p.has_patronymic);
	assert_int_equal(store_int(aw.s, "SELECT COUNT(*) FROM person WHERE phone IS NULL AND deleted_at IS NOT NULL"), 1);
	assert_int_equal(store_int(aw.s, "SELECT COUNT(*) FROM session WHERE person_id = 1 AND (ended_at IS NULL OR device <> '' OR address <> '')"), 0);
	assert_int_equal(store_int(aw.s, "SELECT COUNT(*) FROM totp"), 0);
	assert_int_equal(aw.left, 1);
}

static void test_time_is_up(void **state)
{
	(void)state;
	struct api_deletion_pending out = {0};
	struct api_person was = {0};
	struct actor me = enter("");
	app_on(me, NULL);
	/* An event of long ago that carries the name. */
	struct tx *old = store_begin(aw.s, me);
	assert_int_equal(account_person_get(old, aw.anna, &was), ERR_OK);
	assert_int_equal(store_end(aw.s, event_member_changed(old, org_stream((struct org_id){1}), &(struct api_member_changed_event){.member = {.person = was}})), ERR_OK);
	assert_int_equal(store_int(aw.s, "SELECT COUNT(*) FROM event WHERE body LIKE '%Анна%'"), 1);
	assert_int_equal(wish(me, &out), API_CODE_WRONG); /* the second factor is wanted */
	char code[8];
	struct api_account_delete_request in = {.has_second_code = true, .second_code = str_of(app_code(1, code))};
	assert_int_equal(AS(me, account_delete_request(tx, &in, &out)), 0);
	aw.s->now_ms += 14 * DAY;
	aw.last_admin = true; /* meanwhile: it waits, and is tried again */
	upkeep();
	assert_int_equal(aw.left, 0);
	aw.last_admin = false;
	upkeep();
	assert_int_equal(aw.left, 0);
	aw.s->now_ms += DAY;
	upkeep();
	gone();
	assert_int_equal(store_int(aw.s, "SELECT COUNT(*) FROM event WHERE body LIKE '%Анна%'"), 0);
	/* The number is free, and is somebody new. */
	sent_code(ANNA_PHONE);
	struct api_sign_in_done done = {0};
	assert_int_equal(AS(store_actor(0), sign_in(tx, &(struct api_sign_in){.phone = STR(ANNA_PHONE), .code = str_of(aw.s->sent_code)}, &done)), API_NO_ACCOUNT);
	upkeep();
	assert_int_equal(aw.left, 1);
}

static void test_by_support(void **state)
{
	(void)state;
	struct actor me = enter("");
	struct api_support_phone in = {.phone = STR("+79990000009"), .reason = STR("просьба по почте")};
	assert_int_equal(AS(store_actor(aw.boris.v), person_delete(tx, &in, &nothing)), API_NOT_FOUND);
	in.phone = STR(ANNA_PHONE);
	aw.last_admin = true;
	assert_int_equal(AS(store_actor(aw.boris.v), person_delete(tx, &in, &nothing)), API_CONFLICT);
	assert_true(alive(me.session));
	aw.last_admin = false;
	assert_int_equal(AS(store_actor(aw.boris.v), person_delete(tx, &in, &nothing)), 0);
	gone();
	/* The last operator stays. */
	assert_int_equal(AS(store_actor(0), account_operator_make(tx, aw.boris)), 0);
	in.phone = STR(BORIS_PHONE);
	assert_int_equal(AS(store_actor(aw.boris.v), person_delete(tx, &in, &nothing)), API_CONFLICT);
}

static void test_number(void **state)
{
	(void)state;
	struct actor me = enter("");
	struct api_phone_changed out = {0};
	struct api_phone_change in = {.phone = STR("+79990000077"), .code = STR("123456")};
	assert_int_equal(AS(me, phone_change(tx, &in, &out)), API_CODE_EXPIRED);
	sent_code(ANNA_PHONE); /* a code for another number does not do */
	in.code = str_of(aw.s->sent_code);
	assert_int_equal(AS(me, phone_change(tx, &in, &out)), API_CODE_EXPIRED);
	sent_code(BORIS_PHONE);
	in = (struct api_phone_change){.phone = STR(BORIS_PHONE), .code = str_of(aw.s->sent_code)};
	assert_int_equal(AS(me, phone_change(tx, &in, &out)), API_CONFLICT);
	assert_int_equal(AS(me, phone_change(tx, &in, &out)), API_CODE_EXPIRED); /* it was spent */
	app_on(me, NULL);
	sent_code("+79990000077");
	char code[8];
	in = (struct api_phone_change){.phone = STR("+79990000077"), .code = str_of(aw.s->sent_code)};
	assert_int_equal(AS(me, phone_change(tx, &in, &out)), API_CODE_WRONG);
	assert_string_equal(aw.s->tx.refusal.field, "second_code");
	in.has_second_code = true;
	in.second_code = str_of(app_code(0, code));
	assert_int_equal(AS(me, phone_change(tx, &in, &out)), 0);
	assert_true(str_eq(out.phone, STR("+7 ••• •••-00-77")));
	assert_int_equal(store_int(aw.s, "SELECT COUNT(*) FROM person WHERE phone = '+79990000077'"), 1);
	assert_int_equal(store_int(aw.s, "SELECT COUNT(*) FROM person WHERE phone = '" ANNA_PHONE "'"), 0);
	assert_int_equal(store_events(aw.s, person_stream(aw.anna), "security_changed"), 2);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, world_setup, world_teardown)
	const struct CMUnitTest tests[] = {T(test_days_of_grace), T(test_time_is_up), T(test_by_support), T(test_number)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
