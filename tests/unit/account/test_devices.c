/* SPDX-License-Identifier: Apache-2.0
 *
 * Devices: what is new is told, what is known is not; ending all others; sessions that grow too old.
 */
#include "account_world.h"

#include "account/session.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <cmocka.h>

#define KEY_A "0123456789abcdef0123456789abcdef"
#define KEY_B "fedcba9876543210fedcba9876543210"

static int64_t told(const char *type)
{
	return store_events(aw.s, person_stream(aw.anna), type);
}

static size_t new_devices(struct actor who)
{
	struct api_me_snapshot me = {0};
	assert_int_equal(AS(who, account_fill_me(tx, &me)), 0);
	return me.new_devices.n;
}

static void test_new_device_is_told(void **state)
{
	(void)state;
	struct api_empty nothing = {0};
	struct actor first = enter(KEY_A);
	assert_int_equal(told("device_signed_in"), 0); /* the first device of all is no news */
	assert_int_equal(AS(first, sign_out(tx, &nothing, &nothing)), 0);
	first = enter(KEY_A);
	assert_int_equal(told("device_signed_in"), 0); /* the same browser again */
	struct actor second = enter(KEY_B);
	assert_int_equal(told("device_signed_in"), 1);
	struct actor third = enter("");
	assert_int_equal(told("device_signed_in"), 2); /* a browser that keeps nothing is always new */
	assert_int_equal(new_devices(first), 2);

	/* A new device does not vouch for itself, nor for another's; an older one does. */
	assert_int_equal(AS(second, session_confirm(tx, &(struct api_session_confirm){.session_id = second.session.v}, &nothing)), API_NOT_FOUND);
	assert_int_equal(AS(store_actor(aw.boris.v), session_confirm(tx, &(struct api_session_confirm){.session_id = second.session.v}, &nothing)), API_NOT_FOUND);
	assert_int_equal(AS(first, session_confirm(tx, &(struct api_session_confirm){.session_id = second.session.v}, &nothing)), 0);
	assert_int_equal(AS(first, session_confirm(tx, &(struct api_session_confirm){.session_id = second.session.v}, &nothing)), API_NOT_FOUND);
	assert_int_equal(new_devices(first), 1);
	assert_int_equal(AS(first, session_end(tx, &(struct api_session_end){.session_id = third.session.v}, &nothing)), 0);
	assert_int_equal(told("device_settled"), 2);
	assert_int_equal(new_devices(first), 0);
	/* The key is not in the store. */
	assert_int_equal(store_int(aw.s, "SELECT COUNT(*) FROM session WHERE device_hash IS NOT NULL AND length(device_hash) <> 32"), 0);
}

static void test_end_others(void **state)
{
	(void)state;
	struct actor one = enter(KEY_A), two = enter(KEY_B), me = enter(KEY_A);
	struct api_sessions_ended out = {0};
	assert_int_equal(AS(store_actor(aw.boris.v), session_end_others(tx, &(struct api_empty){0}, &out)), 0);
	assert_int_equal(out.ended, 0);
	assert_int_equal(AS(me, session_end_others(tx, &(struct api_empty){0}, &out)), 0);
	assert_int_equal(out.ended, 2);
	assert_int_equal(store_effects(aw.s, EFFECT_END_SESSION, (struct stream_id){0}), 2);
	assert_true(alive(me.session) && !alive(one.session) && !alive(two.session));
	/* Many are ended too, all in one command. */
	for (int i = 0; i < 450; i++)
		assert_int_equal(AS(store_actor(0), account_session_start(tx, aw.anna, STR(""))), 0);
	assert_int_equal(AS(me, session_end_others(tx, &(struct api_empty){0}, &out)), 0);
	assert_int_equal(out.ended, 450);
	assert_int_equal(store_int(aw.s, "SELECT COUNT(*) FROM session WHERE ended_at IS NULL"), 1);
}

static void test_upkeep_closes_old_sessions(void **state)
{
	(void)state;
	struct actor old = enter(KEY_A);
	aw.s->now_ms += 50 * DAY;
	struct actor young = enter(KEY_A);
	aw.s->now_ms += 40 * DAY;
	bool more = true;
	assert_int_equal(AS(store_actor(0), account_upkeep(tx, &more)), 0);
	assert_false(more);
	assert_int_equal(store_effects(aw.s, EFFECT_END_SESSION, (struct stream_id){0}), 1);
	assert_true(!alive(old.session) && alive(young.session));
	assert_int_equal(AS(store_actor(0), account_upkeep(tx, &more)), 0);
	assert_int_equal(store_effects(aw.s, EFFECT_END_SESSION, (struct stream_id){0}), 0);
}

static void test_addresses_are_shortened(void **state)
{
	(void)state;
	static const struct { const char *in, *out; } cases[] = {{"192.0.2.77", "192.0.2.*"}, {"::ffff:192.0.2.77", "192.0.2.*"},
		{"2001:db8:85a3:1::7334", "2001:db8:85a3:*"}, {"", ""}, {"unix", ""}, {"1.2.3.4.5", ""}};
	struct arena *a = arena_new(65536);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		assert_true(str_eq(address_short(a, str_of(cases[i].in)), str_of(cases[i].out)));
	arena_free(&a);
	struct actor me = enter(KEY_A);
	struct api_session_list list = {0};
	assert_int_equal(AS(me, session_list(tx, &(struct api_empty){0}, &list)), 0);
	assert_int_equal(store_int(aw.s, "SELECT COUNT(*) FROM session WHERE address = '192.0.2.*'"), 1);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, world_setup, world_teardown)
	const struct CMUnitTest tests[] = {T(test_new_device_is_told), T(test_end_others), T(test_upkeep_closes_old_sessions), T(test_addresses_are_shortened)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
