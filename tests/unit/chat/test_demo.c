/* SPDX-License-Identifier: Apache-2.0
 *
 * The demonstration's data: complete, plausible in time, filled once.
 */
#include "app/demo.h"
#include "app/wiring.h"

#include "base/clock.h"
#include "base/log.h"
#include "chat/chat.h"
#include "file/file.h"
#include "lesson/lesson.h"
#include "lib/store_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

struct world { struct store *s; };

static int setup(void **state)
{
	static struct world w;
	const struct store_room rooms[] = {{account_migrations, account_migration_count}, {school_migrations, school_migration_count},
		{chat_migrations, chat_migration_count}, {file_migrations, file_migration_count}, {lesson_migrations, lesson_migration_count}};
	log_set_level(LOG_LEVEL_WARN);
	wiring_register();
	w.s = store_open(rooms, sizeof rooms / sizeof *rooms);
	w.s->inst.org_files_max = 1 << 20;
	assert_int_equal(file_folder_set(w.s->path), ERR_OK);
	*state = &w;
	return 0;
}

static int teardown(void **state)
{
	struct world *w = *state;
	store_close(&w->s);
	return 0;
}

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
	assert_int_equal(store_int(w->s, "SELECT count(DISTINCT org_id * 10 + role) FROM chat_member WHERE role >= 0"), 30);
}

/* What somebody who looks at it should see; each is a count of what would be missing. */
static void nothing_is_left_empty(void **state)
{
	struct world *w = *state;
	int64_t now = clock_wall_ms();
	assert_int_equal(demo_fill(w->s->db, &w->s->inst, now), ERR_OK);
	/* every chat in which there is more than one person */
	assert_int_equal(store_int(w->s, "SELECT count(*) FROM chat WHERE message_count = 0 AND"
					  " (SELECT count(*) FROM chat_member m WHERE m.chat_id = chat.id AND m.left_at IS NULL) > 1"), 0);
	assert_int_equal(store_int(w->s, "SELECT count(*) FROM message m JOIN person p ON p.id = m.sender_id WHERE p.came_in_at IS NULL"), 0);
	/* in every unit some who have not come in; in the organisation not more than that */
	assert_int_equal(store_int(w->s, "SELECT count(*) FROM unit u WHERE (SELECT count(*) FROM unit_member m JOIN person p ON p.id = m.person_id"
					  " WHERE m.unit_id = u.id AND m.ended_at IS NULL AND p.came_in_at IS NULL) <> 3"
					  " AND EXISTS (SELECT 1 FROM unit_member m WHERE m.unit_id = u.id AND m.lead = 1)"), 0);
	/* guardians: of each parent a child; children with two; parents with two; staff with one */
	assert_int_equal(store_int(w->s, "SELECT count(*) FROM member m WHERE role = 5 AND ended_at IS NULL AND NOT EXISTS"
					  " (SELECT 1 FROM guardianship g WHERE g.org_id = m.org_id AND g.guardian_id = m.person_id)"), 0);
	assert_true(store_int(w->s, "SELECT count(*) FROM (SELECT 1 FROM guardianship GROUP BY child_id HAVING count(*) = 2)") >= 20);
	assert_int_equal(store_int(w->s, "SELECT count(*) FROM (SELECT 1 FROM guardianship GROUP BY guardian_id HAVING count(*) = 2)"), 5);
	assert_int_equal(store_int(w->s, "SELECT count(*) FROM guardianship g JOIN member m ON m.person_id = g.guardian_id AND m.org_id = g.org_id WHERE m.role = 3"), 5);
	/* one of each that waits for somebody */
	assert_int_equal(store_int(w->s, "SELECT count(*) FROM join_request"), 5);
	assert_int_equal(store_int(w->s, "SELECT count(*) FROM application"), 2);
	assert_int_equal(store_int(w->s, "SELECT count(*) FROM file WHERE holder_id = 0 OR sha256 IS NULL"), 0);
	assert_int_equal(store_int(w->s, "SELECT count(DISTINCT org_id) FROM movement"), 5);
	assert_int_equal(store_int(w->s, "SELECT count(*) FROM card"), 5);
	assert_int_equal(store_int(w->s, "SELECT count(*) FROM invite"), 10);
	assert_int_equal(store_int(w->s, "SELECT count(*) FROM curator_org"), 2);
	/* nothing of it lies in the future or before the beginning */
	int64_t begun = now - 62 * 24 * 60 * 60 * 1000LL;
	assert_in_range(store_int(w->s, "SELECT max(at) FROM event"), begun, now);
	assert_in_range(store_int(w->s, "SELECT min(at) FROM event"), begun, now);
	assert_in_range(store_int(w->s, "SELECT max(at) FROM audit"), begun, now);
	assert_in_range(store_int(w->s, "SELECT min(at) FROM audit"), begun, now);
	assert_in_range(store_int(w->s, "SELECT max(came_in_at) FROM person"), begun, now);
	assert_in_range(store_int(w->s, "SELECT min(came_in_at) FROM person"), begun, now);
	assert_in_range(store_int(w->s, "SELECT max(created_at) FROM invite"), begun, now);
	assert_in_range(store_int(w->s, "SELECT max(at) FROM application_step"), begun, now);
	/* a journal goes one way */
	assert_int_equal(store_int(w->s, "SELECT count(*) FROM audit a JOIN audit b ON b.org_id = a.org_id AND b.seq = a.seq + 1 WHERE b.at < a.at"), 0);
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
		cmocka_unit_test_setup_teardown(fills_an_empty_store_once, setup, teardown),
		cmocka_unit_test_setup_teardown(conversations_are_plausible, setup, teardown),
		cmocka_unit_test_setup_teardown(nothing_is_left_empty, setup, teardown),
		cmocka_unit_test_setup_teardown(everybody_who_is_printed_can_be_found, setup, teardown),
	};
	return cmocka_run_group_tests_name("chat_demo", tests, NULL, NULL);
}
