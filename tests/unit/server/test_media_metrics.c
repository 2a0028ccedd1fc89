/* SPDX-License-Identifier: Apache-2.0
 *
 * What media processes tell of themselves becomes figures by process; other messages change nothing, and an ended one begins anew.
 */
#include "server/media_metrics.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static struct buf text;

static bool says(const char *line)
{
	buf_release(&text);
	buf_init(&text, 1 << 16);
	media_metrics_write(&text, 2);
	buf_add_c(&text, 0);
	return strstr(text.p, line) != NULL;
}

static void figures_by_process(void **state)
{
	(void)state;
	assert_true(says("\nzvonok_media_up{process=\"0\"} 0\n"));
	media_metrics_hear(0, STR("{\"m\":\"ready\",\"udp_port\":4711}"));
	assert_true(says("\nzvonok_media_up{process=\"0\"} 1\nzvonok_media_up{process=\"1\"} 0\n"));
	media_metrics_hear(1, STR("{\"m\":\"stats\",\"rooms\":2,\"participants\":61,\"packets_out\":5000000000,\"drops\":7,\"paths_lost\":3,\"wire_drops\":-1,\"junk\":\"no\"}"));
	assert_true(says("\nzvonok_media_rooms{process=\"0\"} 0\nzvonok_media_rooms{process=\"1\"} 2\n"));
	assert_true(says("\nzvonok_media_packets_out_total{process=\"1\"} 5000000000\n"));
	assert_true(says("\nzvonok_media_paths_lost_total{process=\"1\"} 3\n"));
	assert_true(says("\nzvonok_media_wire_dropped_total{process=\"1\"} 0\n"));
	assert_true(says("\nzvonok_media_junk_total{process=\"1\"} 0\n"));
	/* a browser's frame that looks like it is carried inside of another message; half a message is none */
	media_metrics_hear(1, STR("{\"m\":\"text\",\"session\":1,\"text\":\"{\\\"m\\\":\\\"stats\\\",\\\"rooms\\\":99}\"}"));
	assert_true(says("\nzvonok_media_rooms{process=\"1\"} 2\n"));
	media_metrics_gone(1);
	assert_true(says("\nzvonok_media_restarts_total{process=\"0\"} 0\nzvonok_media_restarts_total{process=\"1\"} 1\n"));
	assert_true(says("\nzvonok_media_rooms{process=\"1\"} 0\n"));
	assert_true(says("\nzvonok_media_packets_out_total{process=\"1\"} 0\n"));
	media_metrics_hear(1, STR("{\"m\":\"stats\",\"rooms\":"));
	assert_true(says("\nzvonok_media_rooms{process=\"1\"} 0\n"));
}

static void none_without_processes(void **state)
{
	(void)state;
	struct buf b;
	buf_init(&b, 1 << 16);
	media_metrics_write(&b, 0);
	assert_int_equal(b.n, 0);
	buf_release(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(figures_by_process), cmocka_unit_test(none_without_processes)};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	buf_release(&text);
	return failed;
}
