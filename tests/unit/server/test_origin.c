/* SPDX-License-Identifier: Apache-2.0
 *
 * Which pages may speak to us.
 */
#include "server/origin.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static bool ours(const char *origin, const char *host, bool tls, const char *public_url)
{
	return origin_is_ours(str_of(origin), str_of(host), tls, str_of(public_url));
}

static void the_same_authority_is_ours(void **state)
{
	(void)state;
	assert_true(ours("http://zvonok.local:8080", "zvonok.local:8080", false, ""));
	assert_true(ours("https://zvonok.local", "zvonok.local", true, ""));
	assert_true(ours("http://[::1]:8080", "[::1]:8080", false, ""));
	assert_true(ours("https://Zvonok.LOCAL", "zvonok.local", true, "")); /* names of hosts have no case */
}

static void anything_else_is_not(void **state)
{
	(void)state;
	assert_false(ours("null", "zvonok.local", false, ""));
	assert_false(ours("", "zvonok.local", false, ""));
	assert_false(ours("http://zvonok.local", "", false, ""));
	assert_false(ours("http://", "", false, ""));
	/* a suffix, a prefix, a neighbour */
	assert_false(ours("http://evil-zvonok.local", "zvonok.local", false, ""));
	assert_false(ours("http://evil.zvonok.local", "zvonok.local", false, ""));
	assert_false(ours("http://zvonok.local.evil.example", "zvonok.local", false, ""));
	assert_false(ours("http://zvonok.loca", "zvonok.local", false, ""));
	assert_false(ours("http://zvonok.local/", "zvonok.local", false, ""));
	assert_false(ours("http://a@zvonok.local", "zvonok.local", false, ""));
}

static void port_and_scheme_count(void **state)
{
	(void)state;
	assert_false(ours("http://zvonok.local:8081", "zvonok.local:8080", false, ""));
	assert_false(ours("http://zvonok.local", "zvonok.local:8080", false, ""));
	assert_false(ours("http://zvonok.local:8080", "zvonok.local", false, ""));
	assert_false(ours("http://zvonok.local", "zvonok.local", true, ""));
	assert_false(ours("https://zvonok.local", "zvonok.local", false, ""));
	assert_false(ours("ws://zvonok.local", "zvonok.local", false, ""));
	assert_false(ours("zvonok.local", "zvonok.local", false, ""));
}

static void the_public_url_is_ours_whatever_the_host_is(void **state)
{
	(void)state;
	const char *url = "https://zvonok.school98.ru";
	assert_true(ours("https://zvonok.school98.ru", "127.0.0.1:8080", false, url));
	assert_true(ours("https://zvonok.school98.ru", "", false, url));
	assert_false(ours("http://zvonok.school98.ru", "127.0.0.1:8080", false, url));
	assert_false(ours("https://zvonok.school98.ru.evil.example", "127.0.0.1:8080", false, url));
	assert_false(ours("https://zvonok.school98", "127.0.0.1:8080", false, url));
	assert_false(ours("null", "127.0.0.1:8080", false, url));
	assert_false(ours("", "127.0.0.1:8080", false, url));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_same_authority_is_ours),
		cmocka_unit_test(anything_else_is_not),
		cmocka_unit_test(port_and_scheme_count),
		cmocka_unit_test(the_public_url_is_ours_whatever_the_host_is),
	};
	return cmocka_run_group_tests_name("origin", tests, NULL, NULL);
}
