/* SPDX-License-Identifier: Apache-2.0
 *
 * Token buckets on a clock of the test's own.
 */
#include "server/rate_limit.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <cmocka.h>

struct limits { struct rate_limit *r; int64_t now_ms, retry_s; };

static int set_up(void **state)
{
	static struct limits l;
	l = (struct limits){.r = rate_limit_new(1), .now_ms = 1000};
	*state = &l;
	return 0;
}

static int tear_down(void **state)
{
	struct limits *l = *state;
	rate_limit_free(&l->r);
	assert_null(l->r);
	return 0;
}

static bool person(struct limits *l, int64_t id, unsigned cost)
{
	return rate_limit_take_person(l->r, id, cost, l->now_ms, &l->retry_s);
}

static bool address(struct limits *l, const char *text, unsigned cost)
{
	return rate_limit_take_address(l->r, str_of(text), cost, l->now_ms, &l->retry_s);
}

static void a_burst_and_no_more(void **state)
{
	struct limits *l = *state;
	for (int i = 0; i < RATE_PERSON_BURST; i++)
		assert_true(person(l, 1, 1));
	assert_false(person(l, 1, 1));
	assert_int_equal(l->retry_s, 1);
	assert_true(person(l, 2, 1)); /* another person's bucket is another one */
	for (int i = 0; i < RATE_ADDRESS_BURST / 10; i++)
		assert_true(address(l, "192.0.2.1", 10));
	assert_false(address(l, "192.0.2.1", 1));
	assert_true(address(l, "192.0.2.2", 1));
}

static void it_fills_again(void **state)
{
	struct limits *l = *state;
	assert_true(person(l, 1, RATE_PERSON_BURST));
	l->now_ms += 49; /* 20 a second: one in 50 ms */
	assert_false(person(l, 1, 1));
	l->now_ms += 1;
	assert_true(person(l, 1, 1));
	assert_false(person(l, 1, 1));
	l->now_ms += 3600000; /* not above the burst, however long */
	assert_true(person(l, 1, RATE_PERSON_BURST));
	assert_false(person(l, 1, 1));
	l->now_ms -= 5000; /* a clock that goes back gives nothing and takes nothing */
	assert_false(person(l, 1, 1));
	l->now_ms += 5000 + 50;
	assert_true(person(l, 1, 1));
}

static void a_refusal_takes_nothing_and_says_when(void **state)
{
	struct limits *l = *state;
	assert_true(person(l, 1, RATE_PERSON_BURST - 10));
	assert_false(person(l, 1, 100));
	assert_int_equal(l->retry_s, 5); /* 90 are lacking */
	assert_true(person(l, 1, 10));
	assert_false(person(l, 1, 41));
	assert_int_equal(l->retry_s, 3);
	l->now_ms += 1000 * l->retry_s;
	assert_true(person(l, 1, 41));
}

static void scale_multiplies_and_zero_switches_off(void **state)
{
	(void)state;
	struct limits l = {.r = rate_limit_new(3), .now_ms = 1};
	assert_true(person(&l, 1, 3 * RATE_PERSON_BURST));
	assert_false(person(&l, 1, 1));
	l.now_ms += 1000;
	assert_true(person(&l, 1, 3 * RATE_PERSON_PER_S));
	assert_false(person(&l, 1, 1));
	rate_limit_free(&l.r);
	l.r = rate_limit_new(0);
	for (int i = 0; i < 10; i++) {
		assert_true(person(&l, 1, 1000000));
		assert_true(address(&l, "192.0.2.1", 1000000));
	}
	rate_limit_free(&l.r);
}

static void ipv6_counts_by_its_64(void **state)
{
	struct limits *l = *state;
	assert_true(address(l, "2001:db8:1:2::1", RATE_ADDRESS_BURST));
	assert_false(address(l, "2001:db8:1:2::2", 1));
	assert_false(address(l, "2001:db8:1:2:ffff:ffff:ffff:ffff", 1));
	assert_true(address(l, "2001:db8:1:3::1", 1));
	assert_true(address(l, "2001:db8:1::1", 1));
	/* what is no address is its own text */
	assert_true(address(l, "not:an:address", RATE_ADDRESS_BURST));
	assert_false(address(l, "not:an:address", 1));
	assert_true(address(l, "", RATE_ADDRESS_BURST));
	assert_false(address(l, "", 1));
}

/* The sweep of full buckets leaves those alone that say something. */
static void only_full_buckets_are_forgotten(void **state)
{
	struct limits *l = *state;
	const int64_t room = RATE_ENTRIES_MAX / 2; /* persons have one half, addresses the other */
	for (int64_t i = 0; i < room - 1000; i++)
		assert_true(person(l, 1000 + i, 1));
	assert_true(person(l, 7, RATE_PERSON_BURST));
	l->now_ms += 10000;
	assert_true(person(l, 7, 200)); /* none left */
	l->now_ms += 6000;
	for (int64_t i = 0; i < 3000; i++)
		assert_true(person(l, 10000000 + i, 1));
	assert_false(person(l, 7, 6 * RATE_PERSON_PER_S + 1));
	assert_true(person(l, 7, 6 * RATE_PERSON_PER_S));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_burst_and_no_more, set_up, tear_down),
		cmocka_unit_test_setup_teardown(it_fills_again, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_refusal_takes_nothing_and_says_when, set_up, tear_down),
		cmocka_unit_test(scale_multiplies_and_zero_switches_off),
		cmocka_unit_test_setup_teardown(ipv6_counts_by_its_64, set_up, tear_down),
		cmocka_unit_test_setup_teardown(only_full_buckets_are_forgotten, set_up, tear_down),
	};
	return cmocka_run_group_tests_name("rate_limit", tests, NULL, NULL);
}
