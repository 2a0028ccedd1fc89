/* SPDX-License-Identifier: Apache-2.0
 *
 * Codes of regions and taxpayer numbers: all that there are, and nothing beside them.
 */
#include "school/region.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

static void test_regions(void **state)
{
	(void)state;
	int known = 0;
	for (int n = 0; n < 100; n++) {
		char code[16];
		snprintf(code, sizeof code, "%02d", n);
		known += region_known(str_of(code));
	}
	assert_int_equal(known, 89);
	assert_true(region_known(STR("01")) && region_known(STR("79")) && region_known(STR("83")) && region_known(STR("95")));
	assert_false(region_known(STR("00")) || region_known(STR("80")) || region_known(STR("88")) || region_known(STR("96")));
	assert_false(region_known(STR("")) || region_known(STR("7")) || region_known(STR("077")) || region_known(STR("7a")) || region_known(STR("-1")));
}

static void test_inn(void **state)
{
	(void)state;
	assert_true(inn_valid(STR("7707083893")));
	assert_true(inn_valid(STR("7830002293")));
	assert_false(inn_valid(STR("7707083894")));
	assert_false(inn_valid(STR("7707038893"))); /* two digits changed places */
	assert_false(inn_valid(STR("770708389")) || inn_valid(STR("77070838930")) || inn_valid(STR("")) || inn_valid(STR("770708389a")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_regions),
		cmocka_unit_test(test_inn),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
