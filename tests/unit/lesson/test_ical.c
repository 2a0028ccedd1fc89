/* SPDX-License-Identifier: Apache-2.0
 *
 * The calendar for other programs: escaped, folded between characters, in UTC.
 */
#include "lesson/ical.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <cmocka.h>

static void an_event_is_as_the_standard_wants_it(void **state)
{
	(void)state;
	struct buf b;
	buf_init(&b, 65536);
	ical_begin(&b);
	ical_event(&b, &(struct ical_event){7, 1793700000000, 45, 1793690000000, STR("a;b,c\\d\nx\x01y"), true});
	ical_end(&b);
	buf_add_c(&b, 0);
	assert_string_equal(b.p,
		"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Zvonok//Zvonok//RU\r\nCALSCALE:GREGORIAN\r\nX-WR-CALNAME:Звонок\r\n"
		"BEGIN:VEVENT\r\nUID:lesson-7@zvonok\r\nDTSTAMP:20261103T071320Z\r\nDTSTART:20261103T100000Z\r\nDURATION:PT45M\r\n"
		"SUMMARY:a\\;b\\,c\\\\d\\nxy\r\nSTATUS:CANCELLED\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n");
	buf_release(&b);
}

static void long_lines_are_folded_between_characters(void **state)
{
	(void)state;
	for (size_t n = 1; n < 200; n++) {
		char title[512];
		struct buf b;
		size_t at = 0;
		for (size_t i = 0; i < n; i++) {
			memcpy(title + at, i % 3 ? "щ" : "x", i % 3 ? 2 : 1);
			at += i % 3 ? 2 : 1;
		}
		buf_init(&b, 65536);
		ical_event(&b, &(struct ical_event){.minutes = 5, .title = str_n(title, at)});
		char whole[2048] = "";
		size_t w = 0, line = 0;
		for (size_t i = 0; i < b.n; i++) {
			if (b.p[i] == '\r' && b.n - i > 2 && b.p[i + 2] == ' ') {
				assert_true(line <= 75);
				assert_true(((unsigned char)b.p[i + 3] & 0xc0) != 0x80);
				i += 2;
				line = 1;
				continue;
			}
			line = b.p[i] == '\n' ? 0 : line + 1;
			assert_true(line <= 76); /* with the CR */
			whole[w++] = b.p[i];
		}
		char wanted[600];
		snprintf(wanted, sizeof wanted, "SUMMARY:%.*s\r\n", (int)at, title);
		assert_non_null(strstr(whole, wanted));
		buf_release(&b);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_event_is_as_the_standard_wants_it),
		cmocka_unit_test(long_lines_are_folded_between_characters),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
