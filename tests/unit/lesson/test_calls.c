/* SPDX-License-Identifier: Apache-2.0
 *
 * Calls on a store: what the media process is told and when, tickets, whoever loses the right, and what only time brings about. The
 * commands' own refusals are in tests/api/call.test.mjs.
 */
#include "lesson_world.h"

#include "account/account.h"
#include "server/effects.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <cmocka.h>

struct scene { struct world *w; int64_t teacher, parent, pupil, chat, call; char ticket[LESSON_TICKET_TEXT + 1]; int64_t id; };

/* The teacher's call in the class; the parent is in it, with a ticket that was not used yet. */
static struct scene set_up(void **state)
{
	struct scene s = {.w = *state};
	struct api_call call;
	struct api_call_entry entry;
	s.teacher = s.w->person[0][0];
	s.parent = s.w->person[0][1];
	s.pupil = s.w->person[0][3];
	s.chat = s.w->chat[0][0];
	assert_int_equal(do_start(s.w, s.teacher, s.chat, &call), 0);
	s.call = call.id;
	assert_int_equal(do_join(s.w, s.teacher, 0, s.call, &entry), 0);
	assert_int_equal(entry.participant.role, API_CALL_ROLE_HOST);
	assert_int_equal(do_join(s.w, s.parent, 500, s.call, &entry), 0);
	s.id = entry.participant.id;
	assert_int_equal(entry.ticket.n, LESSON_TICKET_TEXT);
	memcpy(s.ticket, entry.ticket.p, LESSON_TICKET_TEXT);
	return s;
}

static void told_is(const char *wanted)
{
	if (strcmp(lesson_told(), wanted))
		fail_msg("the media process was told\n%s\nnot\n%s", lesson_told(), wanted);
}

static void a_ticket_counts_once_for_its_session_and_a_while(void **state)
{
	struct scene s = set_up(state);
	struct api_call_entry again;
	char text[200];
	assert_int_equal(store_int(s.w->s, "SELECT count(*) FROM call_ticket WHERE length(hash) = 32"), 2);
	assert_false(do_spend(s.w, "", 500));
	assert_false(do_spend(s.w, "0123456789abcdef0123456789abcdef", 500));
	assert_true(do_spend(s.w, s.ticket, 500));
	snprintf(text, sizeof text, "%lld {\"m\":\"admit\",\"room\":\"%lld\",\"session\":77,\"participant\":%lld,\"rights\":{\"audio\":true,\"video\":true,\"screen\":true}}\n",
		(long long)s.call, (long long)s.call, (long long)s.id);
	told_is(text);
	assert_false(do_spend(s.w, s.ticket, 500));
	told_is("");
	/* of another session, it is spent all the same */
	assert_int_equal(do_join(s.w, s.parent, 500, s.call, &again), 0);
	memcpy(s.ticket, again.ticket.p, LESSON_TICKET_TEXT);
	assert_false(do_spend(s.w, s.ticket, 501));
	assert_false(do_spend(s.w, s.ticket, 500));
	/* too late */
	assert_int_equal(do_join(s.w, s.parent, 500, s.call, &again), 0);
	memcpy(s.ticket, again.ticket.p, LESSON_TICKET_TEXT);
	s.w->s->now_ms += LESSON_TICKET_MS;
	assert_false(do_spend(s.w, s.ticket, 500));
	/* a newer one is the only one */
	assert_int_equal(do_join(s.w, s.parent, 500, s.call, &again), 0);
	memcpy(s.ticket, again.ticket.p, LESSON_TICKET_TEXT);
	assert_int_equal(do_join(s.w, s.parent, 500, s.call, &again), 0);
	assert_false(do_spend(s.w, s.ticket, 500));
}

static void whoever_was_removed_is_not_admitted_behind_it(void **state)
{
	struct scene s = set_up(state);
	char text[200];
	assert_int_equal(do_remove(s.w, s.teacher, s.call, s.id), 0);
	snprintf(text, sizeof text, "%lld {\"m\":\"remove\",\"room\":\"%lld\",\"participant\":%lld,\"reason\":\"removed\"}\n", (long long)s.call,
		(long long)s.call, (long long)s.id);
	told_is(text);
	assert_false(do_spend(s.w, s.ticket, 500));
	told_is("");
}

static void a_mute_is_told_by_the_commit_and_not_by_a_refusal(void **state)
{
	struct scene s = set_up(state);
	struct api_call_snapshot now;
	char text[200];
	assert_int_equal(do_mute(s.w, s.parent, s.call, s.id), API_FORBIDDEN);
	told_is("");
	assert_int_equal(do_mute(s.w, s.teacher, s.call, s.id), 0);
	snprintf(text, sizeof text, "%lld {\"m\":\"rights\",\"room\":\"%lld\",\"participant\":%lld,\"rights\":{\"audio\":false,\"video\":true,\"screen\":true}}\n",
		(long long)s.call, (long long)s.call, (long long)s.id);
	told_is(text);
	assert_int_equal(do_get(s.w, s.teacher, s.call, &now), 0);
	assert_false(now.participants.items[1].rights.audio);
}

static void whoever_leaves_the_class_leaves_its_call(void **state)
{
	struct scene s = set_up(state);
	struct api_call_snapshot now;
	struct api_call_entry entry;
	assert_int_equal(world_leave(s.w, s.w->org[0], s.w->unit[0][0], s.parent), 0);
	assert_non_null(strstr(lesson_told(), "\"m\":\"remove\""));
	assert_int_equal(do_get(s.w, s.teacher, s.call, &now), 0);
	assert_int_equal(now.participants.n, 1);
	assert_int_equal(do_join(s.w, s.parent, 500, s.call, &entry), API_NOT_FOUND);
	assert_false(do_spend(s.w, s.ticket, 500));
}

static void the_end_of_a_session_is_the_end_of_its_call(void **state)
{
	struct scene s = set_up(state);
	struct tx *tx = store_begin(s.w->s, store_actor(0));
	assert_int_equal(world_done(s.w, lesson_session_ended(tx, (struct person_id){s.parent}, (struct session_id){499})), 0);
	assert_int_equal(store_int(s.w->s, "SELECT count(*) FROM call_person WHERE state = 1"), 2);
	tx = store_begin(s.w->s, store_actor(0));
	assert_int_equal(world_done(s.w, lesson_session_ended(tx, (struct person_id){s.parent}, (struct session_id){500})), 0);
	assert_non_null(strstr(lesson_told(), "\"reason\":\"left\""));
	assert_int_equal(store_int(s.w->s, "SELECT count(*) FROM call_person WHERE state = 1"), 1);
	assert_false(do_spend(s.w, s.ticket, 500));
}

static void people_of_another_class_and_school_come_by_no_id(void **state)
{
	struct scene s = set_up(state);
	struct api_call_entry entry;
	struct api_call_snapshot now;
	struct api_event_page page;
	int64_t outside[] = {world_newcomer(s.w), s.w->person[1][0], s.w->person[1][3]};
	assert_int_equal(world_join(s.w, s.w->org[0], s.w->unit[0][1], outside[0], ROLE_STUDENT, false), 0);
	for (size_t i = 0; i < sizeof outside / sizeof *outside; i++) {
		assert_int_equal(do_join(s.w, outside[i], 0, s.call, &entry), API_NOT_FOUND);
		assert_int_equal(do_get(s.w, outside[i], s.call, &now), API_NOT_FOUND);
		assert_int_equal(do_leave(s.w, outside[i], s.call), API_NOT_FOUND);
		assert_int_equal(do_end(s.w, outside[i], s.call), API_NOT_FOUND);
		assert_int_equal(world_since(s.w, outside[i], call_stream((struct call_id){s.call}), 0, 10, &page), API_NOT_FOUND);
		assert_false(do_spend(s.w, s.ticket, 7000 + (int64_t)i));
	}
	/* a member who is not in it hears nothing of it */
	assert_int_equal(world_since(s.w, s.pupil, call_stream((struct call_id){s.call}), 0, 10, &page), API_NOT_FOUND);
	assert_int_equal(world_since(s.w, s.parent, call_stream((struct call_id){s.call}), 0, 10, &page), 0);
	assert_int_equal(page.events.n, page.head);
}

static void a_call_goes_on_for_hours_and_ends_when_nobody_came_back(void **state)
{
	struct scene s = set_up(state);
	struct api_call_entry entry;
	lesson_media_says(s.w, s.call, s.id, true);
	lesson_time_goes_on(s.w, 9 * 60 * 60 * 1000LL);
	assert_int_equal(store_int(s.w->s, "SELECT count(*) FROM call WHERE ended_at IS NULL"), 1);
	/* the teacher never had a connection: he is in it no longer */
	assert_int_equal(store_int(s.w->s, "SELECT count(*) FROM call_person WHERE state = 1"), 1);
	lesson_media_says(s.w, s.call, s.id, false);
	lesson_time_goes_on(s.w, LESSON_AWAY_MS - 10000);
	assert_int_equal(store_int(s.w->s, "SELECT count(*) FROM call_person WHERE state = 1"), 1);
	lesson_time_goes_on(s.w, 10000);
	assert_int_equal(store_int(s.w->s, "SELECT count(*) FROM call_person WHERE state = 1"), 0);
	lesson_time_goes_on(s.w, LESSON_EMPTY_MS - 20000);
	assert_int_equal(do_join(s.w, s.parent, 500, s.call, &entry), 0);
	assert_int_equal(entry.participant.id, s.id);
	lesson_time_goes_on(s.w, LESSON_AWAY_MS + LESSON_EMPTY_MS - 10000);
	assert_int_equal(store_int(s.w->s, "SELECT count(*) FROM call WHERE ended_at IS NULL"), 1);
	lesson_time_goes_on(s.w, 20000);
	assert_int_equal(store_int(s.w->s, "SELECT count(*) FROM call WHERE ended_at IS NULL"), 0);
	assert_int_equal(store_int(s.w->s, "SELECT count(*) FROM chat WHERE call IS NOT NULL"), 0);
	assert_int_equal(store_events(s.w->s, chat_stream((struct chat_id){s.chat}), "call_ended"), 1);
	assert_int_equal(do_join(s.w, s.parent, 500, s.call, &entry), API_CONFLICT);
}

static void another_device_takes_the_place_over(void **state)
{
	struct scene s = set_up(state);
	struct api_call_entry entry;
	lesson_media_says(s.w, s.call, s.id, true);
	assert_int_equal(do_join(s.w, s.parent, 501, s.call, &entry), 0);
	assert_int_equal(entry.participant.id, s.id);
	memcpy(s.ticket, entry.ticket.p, LESSON_TICKET_TEXT);
	assert_true(do_spend(s.w, s.ticket, 501));
	struct tx *tx = store_begin(s.w->s, store_actor(0)); /* the end of the old session means nothing to it */
	assert_int_equal(world_done(s.w, lesson_session_ended(tx, (struct person_id){s.parent}, (struct session_id){500})), 0);
	assert_int_equal(store_int(s.w->s, "SELECT count(*) FROM call_person WHERE state = 1"), 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_ticket_counts_once_for_its_session_and_a_while, lesson_setup, world_teardown),
		cmocka_unit_test_setup_teardown(whoever_was_removed_is_not_admitted_behind_it, lesson_setup, world_teardown),
		cmocka_unit_test_setup_teardown(a_mute_is_told_by_the_commit_and_not_by_a_refusal, lesson_setup, world_teardown),
		cmocka_unit_test_setup_teardown(whoever_leaves_the_class_leaves_its_call, lesson_setup, world_teardown),
		cmocka_unit_test_setup_teardown(the_end_of_a_session_is_the_end_of_its_call, lesson_setup, world_teardown),
		cmocka_unit_test_setup_teardown(people_of_another_class_and_school_come_by_no_id, lesson_setup, world_teardown),
		cmocka_unit_test_setup_teardown(a_call_goes_on_for_hours_and_ends_when_nobody_came_back, lesson_setup, world_teardown),
		cmocka_unit_test_setup_teardown(another_device_takes_the_place_over, lesson_setup, world_teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
