/* SPDX-License-Identifier: Apache-2.0
 *
 * The demonstration's data: complete, plausible in time, filled once.
 */
#include "app/demo.h"
#include "chat_world.h"

#include "base/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

static void fills_an_empty_store_once(void **state)
{
	struct world *w = *state;
	int64_t now = clock_wall_ms(), begun = clock_mono_ms();
	assert_int_equal(demo_fill(w->s->db, &w->s->inst, now), ERR_OK);
	print_message("# demo_fill took %d ms, %d messages\n", (int)(clock_mono_ms() - begun), (int)store_int(w->s, "SELECT count(*) FROM message"));
	assert_int_equal(store_int(w->s, "SELECT count(DISTINCT org_id) FROM chat"), 5);
	int64_t messages = store_int(w->s, "SELECT count(*) FROM message");
	assert_int_equal(demo_fill(w->s->db, &w->s->inst, now), ERR_OK);
	assert_int_equal(store_int(w->s, "SELECT count(*) FROM message"), messages);
}

static void conversations_are_plausible(void **state)
{
	struct world *w = *state;
	int64_t now = clock_wall_ms(), day = 24 * 60 * 60 * 1000;
	assert_int_equal(demo_fill(w->s->db, &w->s->inst, now), ERR_OK);
	assert_true(store_int(w->s, "SELECT min(message_count) FROM chat WHERE kind IN ('unit', 'staff')") >= 40);
	assert_int_equal(store_int(w->s, "SELECT count(*) FROM chat WHERE message_count <> (SELECT count(*) FROM message WHERE chat_id = chat.id)"), 0);
	assert_int_equal(store_int(w->s, "SELECT count(*) FROM message WHERE text LIKE '%{%' OR text LIKE '%}%'"), 0);
	assert_true(store_int(w->s, "SELECT max(created_at) FROM message") < now);
	assert_true(store_int(w->s, "SELECT min(created_at) FROM message") > now - 31 * day);
	/* time and seq go the same way */
	assert_int_equal(store_int(w->s, "SELECT count(*) FROM message a JOIN message b ON b.chat_id = a.chat_id AND b.number = a.number + 1"
					  " WHERE b.created_at < a.created_at"), 0);
	/* nobody writes at night: 8:00 to 23:00 local time, told by the organisation's place in the table */
	assert_int_equal(store_int(w->s, "SELECT count(*) FROM message WHERE (created_at / 3600000"
					  " + CASE (SELECT count(DISTINCT c.org_id) FROM chat c WHERE c.org_id <= message.org_id)"
					  " WHEN 1 THEN 8 WHEN 3 THEN 4 ELSE 3 END) % 24 NOT BETWEEN 8 AND 22"), 0);
	/* some have read everything, some have not */
	assert_true(store_int(w->s, "SELECT count(*) FROM chat_member m JOIN chat c ON c.id = m.chat_id WHERE m.read_count < c.message_count") > 50);
	assert_true(store_int(w->s, "SELECT count(*) FROM chat_member m JOIN chat c ON c.id = m.chat_id WHERE m.read_count = c.message_count") > 20);
	/* people of all six roles in all five */
	assert_int_equal(store_int(w->s, "SELECT count(DISTINCT org_id * 10 + role) FROM chat_member"), 30);
}

static void everybody_who_is_printed_can_be_found(void **state)
{
	struct world *w = *state;
	assert_int_equal(demo_fill(w->s->db, &w->s->inst, clock_wall_ms()), ERR_OK);
	char *text = NULL;
	size_t n = 0;
	FILE *out = open_memstream(&text, &n);
	demo_print_people(out);
	fclose(out);
	struct str rest = str_n(text, n);
	size_t people = 0;
	while (rest.n) {
		struct str line = str_cut(&rest, '\n');
		if (!str_starts(line, STR("  +7 900 000-")))
			continue;
		char phone[13] = "+7900000";
		snprintf(phone + 8, 5, "%.2s%.2s", line.p + 13, line.p + 16);
		struct person_id p;
		struct api_person person;
		struct tx *tx = store_begin(w->s, store_actor(0));
		assert_int_equal(account_person_by_phone(tx, str_of(phone), &p), ERR_OK);
		assert_int_not_equal(p.v, 0);
		assert_int_equal(account_person_get(tx, p, &person), ERR_OK);
		char *name = arena_printf(tx->arena, ": %.*s %.*s", (int)person.family_name.n, person.family_name.p, (int)person.given_name.n, person.given_name.p);
		assert_non_null(memmem(line.p, line.n, name, strlen(name)));
		store_end(w->s, ERR_OK);
		people++;
	}
	assert_true(people > 60);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(fills_an_empty_store_once, world_setup_empty, world_teardown),
		cmocka_unit_test_setup_teardown(conversations_are_plausible, world_setup_empty, world_teardown),
		cmocka_unit_test_setup_teardown(everybody_who_is_printed_can_be_found, world_setup_empty, world_teardown),
	};
	return cmocka_run_group_tests_name("chat_demo", tests, NULL, NULL);
}
