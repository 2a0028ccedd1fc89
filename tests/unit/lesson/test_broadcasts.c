/* SPDX-License-Identifier: Apache-2.0
 *
 * Broadcasts on a store: who comes as what, whom nobody is told of, the count and how often it is told, the stage, further chats, the limits at their
 * edges, ids of another organisation.
 */
#include "lesson_world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <cmocka.h>

/* A broadcast of the class's teacher; the people of another class, which he teaches too, watch by a further chat. */
struct scene { struct world *w; int64_t teacher, parent, pupil, other, chat, further, lesson, call; };

static int do_plan(struct world *w, int64_t person, struct api_lesson_create in, int64_t *lesson_out)
{
	struct api_lesson_list made = {0};
	struct tx *tx = lesson_begin(w, person);
	in.title = STR("Последний звонок");
	in.starts_at = w->s->now_ms + 60000;
	in.minutes = 45;
	enum err e = policy_check(tx, ADMIT_ADMIN | ADMIT_TEACHER, TARGET_CHAT, in.chat_id);
	if (!e)
		e = lesson_create(tx, &in, &made);
	if (!e && lesson_out)
		*lesson_out = made.lessons.items[0].id;
	return world_done(w, e);
}

static int do_open(struct world *w, int64_t person, int64_t chat, int64_t lesson, struct api_call *out)
{
	struct tx *tx = lesson_begin(w, person);
	enum err e = policy_check(tx, ADMIT_CHAT_WRITER, TARGET_CHAT, chat);
	*out = (struct api_call){0};
	return world_done(w, e ? e : lesson_open(tx, &(struct api_lesson_ref){.chat_id = chat, .lesson_id = lesson}, out));
}

static int do_invite(struct world *w, int64_t person, int64_t chat, int64_t lesson, int64_t whom)
{
	struct tx *tx = lesson_begin(w, person);
	enum err e = policy_check(tx, ADMIT_TEACHER, TARGET_CHAT, chat);
	struct api_lesson_invite in = {.chat_id = chat, .lesson_id = lesson, .person_id = whom};
	return world_done(w, e ? e : lesson_invite(tx, &in, &(struct api_empty){0}));
}

static int do_hand(struct world *w, int64_t person, int64_t call, bool raised)
{
	struct tx *tx = lesson_begin(w, person);
	enum err e = policy_check(tx, ADMIT_CALL_MEMBER, TARGET_CALL, call);
	return world_done(w, e ? e : call_hand(tx, &(struct api_call_hand){.call_id = call, .raised = raised}, &(struct api_empty){0}));
}

static int do_hands(struct world *w, int64_t person, int64_t call, struct api_broadcast_hands *out)
{
	struct tx *tx = lesson_begin(w, person);
	enum err e = policy_check(tx, ADMIT_CALL_HOST, TARGET_CALL, call);
	*out = (struct api_broadcast_hands){0};
	return world_done(w, e ? e : broadcast_hands(tx, &(struct api_call_ref){.call_id = call}, out));
}

static int do_stage(struct world *w, int64_t person, int64_t call, int64_t participant, bool speaks)
{
	struct tx *tx = lesson_begin(w, person);
	enum err e = policy_check(tx, ADMIT_CALL_HOST, TARGET_CALL, call);
	struct api_broadcast_stage in = {.call_id = call, .participant_id = participant, .speaks = speaks};
	return world_done(w, e ? e : broadcast_stage(tx, &in, &(struct api_empty){0}));
}

static void second_goes_by(struct world *w)
{
	bool more;
	w->s->now_ms += LESSON_COUNT_MS;
	struct tx *tx = lesson_begin(w, 0);
	assert_int_equal(world_done(w, lesson_broadcasts(tx, &more)), 0);
	assert_false(more);
}

static struct scene set_up(void **state)
{
	struct scene s = {.w = *state};
	struct api_call call;
	struct api_call_entry entry;
	s.teacher = s.w->person[0][0];
	s.parent = s.w->person[0][1];
	s.pupil = s.w->person[0][3];
	s.chat = s.w->chat[0][0];
	s.further = s.w->chat[0][1];
	s.other = world_newcomer(s.w);
	assert_int_equal(world_join(s.w, s.w->org[0], s.w->unit[0][1], s.other, ROLE_STUDENT, false), 0);
	assert_int_equal(world_join(s.w, s.w->org[0], s.w->unit[0][1], s.teacher, ROLE_TEACHER, false), 0);
	struct api_lesson_create in = {.chat_id = s.chat, .kind = API_LESSON_KIND_BROADCAST, .has_also_chat_ids = true, .also_chat_ids = {.items = &s.further, .n = 1}};
	assert_int_equal(do_plan(s.w, s.teacher, in, &s.lesson), 0);
	assert_int_equal(do_open(s.w, s.teacher, s.chat, s.lesson, &call), 0);
	assert_true(call.broadcast);
	assert_int_equal(call.lesson_id, s.lesson);
	s.call = call.id;
	assert_int_equal(do_join(s.w, s.teacher, 0, s.call, &entry), 0);
	assert_int_equal(entry.participant.role, API_CALL_ROLE_HOST);
	assert_int_equal(entry.call.viewers, 0);
	return s;
}

static int64_t watch(struct scene *s, int64_t person)
{
	struct api_call_entry entry;
	assert_int_equal(do_join(s->w, person, 0, s->call, &entry), 0);
	assert_int_equal(entry.participant.role, API_CALL_ROLE_VIEWER);
	assert_false(entry.participant.rights.audio || entry.participant.rights.video || entry.participant.rights.screen);
	assert_int_equal(entry.participants.n, 2); /* the host and himself */
	return entry.participant.id;
}

static int64_t told(struct scene *s, const char *type)
{
	return store_events(s->w->s, call_stream((struct call_id){s->call}), type);
}

static void nobody_is_told_who_watches(void **state)
{
	struct scene s = set_up(state);
	struct api_call_snapshot now;
	int64_t before = told(&s, "participant_changed");
	int64_t id = watch(&s, s.pupil);
	watch(&s, s.parent);
	lesson_media_says(s.w, s.call, id, true);
	lesson_media_says(s.w, s.call, id, false);
	assert_int_equal(do_leave(s.w, s.parent, s.call), 0);
	assert_int_equal(told(&s, "participant_changed"), before);
	assert_int_equal(do_get(s.w, s.teacher, s.call, &now), 0);
	assert_int_equal(now.participants.n, 1);
	assert_int_equal(do_get(s.w, s.pupil, s.call, &now), 0);
	assert_int_equal(now.participants.n, 2);
	/* the chat is told how many, and no name */
	assert_int_equal(do_end(s.w, s.teacher, s.call), 0);
	assert_int_equal(store_int(s.w->s, "SELECT count(*) FROM message WHERE card LIKE '%\"broadcast\":true%' AND card LIKE '%\"took_part\":3,\"person_ids\":[]%'"), 2);
}

static void the_count_is_told_at_once_and_at_most_once_a_second(void **state)
{
	struct scene s = set_up(state);
	struct api_call_entry entry;
	second_goes_by(s.w);
	int64_t before = told(&s, "call_changed");
	assert_int_equal(do_join(s.w, s.pupil, 0, s.call, &entry), 0);
	assert_int_equal(entry.call.viewers, 1);
	assert_int_equal(told(&s, "call_changed"), before + 1);
	assert_int_equal(do_join(s.w, s.parent, 0, s.call, &entry), 0);
	assert_int_equal(do_hand(s.w, s.parent, s.call, true), 0);
	assert_int_equal(do_hand(s.w, s.parent, s.call, false), 0);
	assert_int_equal(do_hand(s.w, s.parent, s.call, true), 0);
	assert_int_equal(told(&s, "call_changed"), before + 1);
	second_goes_by(s.w);
	assert_int_equal(told(&s, "call_changed"), before + 2);
	assert_int_equal(store_int(s.w->s, "SELECT viewers * 10 + viewer_hands FROM call WHERE broadcast = 1"), 21);
	second_goes_by(s.w); /* nothing new */
	assert_int_equal(told(&s, "call_changed"), before + 2);
	assert_int_equal(do_leave(s.w, s.parent, s.call), 0);
	assert_int_equal(told(&s, "call_changed"), before + 3);
	assert_int_equal(store_int(s.w->s, "SELECT viewers * 10 + viewer_hands FROM call WHERE broadcast = 1"), 10);
}

static void a_hand_brings_on_the_stage_and_back(void **state)
{
	struct scene s = set_up(state);
	struct api_broadcast_hands hands;
	struct api_call_entry entry;
	char text[240];
	int64_t id = watch(&s, s.pupil), second = watch(&s, s.parent);
	assert_int_equal(do_hand(s.w, s.parent, s.call, true), 0);
	assert_int_equal(do_hand(s.w, s.pupil, s.call, true), 0);
	assert_int_equal(do_hands(s.w, s.pupil, s.call, &hands), API_FORBIDDEN);
	assert_int_equal(do_stage(s.w, s.pupil, s.call, id, true), API_FORBIDDEN);
	assert_int_equal(do_hands(s.w, s.teacher, s.call, &hands), 0);
	assert_int_equal(hands.participants.n, 2);
	assert_int_equal(hands.participants.items[0].id, second);
	int64_t before = told(&s, "participant_changed");
	assert_int_equal(do_stage(s.w, s.teacher, s.call, id, true), 0);
	snprintf(text, sizeof text, "%lld {\"m\":\"rights\",\"room\":\"%lld\",\"participant\":%lld,\"rights\":{\"audio\":true,\"video\":true,\"screen\":false},\"viewer\":false}\n",
		(long long)s.call, (long long)s.call, (long long)id);
	assert_string_equal(lesson_told(), text);
	assert_int_equal(told(&s, "participant_changed"), before + 1);
	assert_int_equal(do_hands(s.w, s.teacher, s.call, &hands), 0);
	assert_int_equal(hands.participants.n, 1);
	/* he stays a speaker when he comes back */
	assert_int_equal(do_leave(s.w, s.pupil, s.call), 0);
	assert_int_equal(do_join(s.w, s.pupil, 0, s.call, &entry), 0);
	assert_int_equal(entry.participant.role, API_CALL_ROLE_MEMBER);
	before = told(&s, "participant_changed");
	assert_int_equal(do_stage(s.w, s.teacher, s.call, id, false), 0);
	assert_non_null(strstr(lesson_told(), "\"rights\":{\"audio\":false,\"video\":false,\"screen\":false},\"viewer\":true"));
	assert_int_equal(told(&s, "participant_changed"), before + 1); /* that he left the stage is told */
	assert_int_equal(do_stage(s.w, s.teacher, s.call, id, false), 0); /* he is there already */
	assert_int_equal(told(&s, "participant_changed"), before + 1);
	/* who cannot be brought */
	assert_int_equal(do_leave(s.w, s.pupil, s.call), 0);
	assert_int_equal(do_stage(s.w, s.teacher, s.call, id, true), API_CONFLICT);
	assert_int_equal(do_stage(s.w, s.teacher, s.call, id + 1000, true), API_NOT_FOUND);
	assert_int_equal(do_join(s.w, s.teacher, 0, s.call, &entry), 0);
	assert_int_equal(do_stage(s.w, s.teacher, s.call, entry.participant.id, false), API_FORBIDDEN);
	assert_int_equal(do_mute(s.w, s.teacher, s.call, second), API_CONFLICT);
}

static void whoever_was_invited_speaks(void **state)
{
	struct scene s = set_up(state);
	struct api_call_entry entry;
	assert_int_equal(do_invite(s.w, s.teacher, s.chat, s.lesson, s.parent), 0);
	assert_int_equal(do_join(s.w, s.parent, 0, s.call, &entry), 0);
	assert_int_equal(entry.participant.role, API_CALL_ROLE_MEMBER);
	assert_true(entry.participant.rights.audio);
	/* whoever watches already, at his next coming */
	assert_int_equal(do_join(s.w, s.pupil, 0, s.call, &entry), 0);
	assert_int_equal(entry.participant.role, API_CALL_ROLE_VIEWER);
	assert_int_equal(entry.participants.n, 3);
	assert_int_equal(do_invite(s.w, s.teacher, s.chat, s.lesson, s.pupil), 0);
	assert_int_equal(do_leave(s.w, s.pupil, s.call), 0);
	assert_int_equal(do_join(s.w, s.pupil, 0, s.call, &entry), 0);
	assert_int_equal(entry.participant.role, API_CALL_ROLE_MEMBER);
	assert_true(entry.participant.rights.video);
}

static void further_chats_watch_and_whoever_leaves_them_is_out(void **state)
{
	struct scene s = set_up(state);
	struct api_call_snapshot now;
	assert_int_equal(store_int(s.w->s, "SELECT count(*) FROM chat WHERE call LIKE '%\"broadcast\":true%'"), 2);
	watch(&s, s.other);
	/* who runs the broadcast may leave a further chat and stays */
	assert_int_equal(world_leave(s.w, s.w->org[0], s.w->unit[0][1], s.teacher), 0);
	assert_int_equal(store_int(s.w->s, "SELECT count(*) FROM call_person WHERE state = 1"), 2);
	assert_int_equal(world_leave(s.w, s.w->org[0], s.w->unit[0][1], s.other), 0);
	assert_non_null(strstr(lesson_told(), "\"m\":\"remove\""));
	assert_int_equal(store_int(s.w->s, "SELECT count(*) FROM call_person WHERE state = 1"), 1);
	assert_int_equal(do_get(s.w, s.other, s.call, &now), API_NOT_FOUND);
	assert_int_equal(do_end(s.w, s.teacher, s.call), 0);
	assert_int_equal(store_int(s.w->s, "SELECT count(*) FROM chat WHERE call IS NOT NULL"), 0);
	assert_int_equal(store_int(s.w->s, "SELECT count(*) FROM broadcast_chat WHERE card_seq <> 0"), 0);
}

static void a_call_of_a_further_chat_goes_on_beside_it(void **state)
{
	struct scene s = set_up(state);
	struct api_call own, call;
	int64_t lesson;
	assert_int_equal(do_start(s.w, s.teacher, s.further, &own), 0);
	assert_int_equal(do_end(s.w, s.teacher, s.call), 0);
	assert_int_equal(store_int(s.w->s, "SELECT count(*) FROM chat WHERE call IS NOT NULL"), 1);
	/* a broadcast does not take a call over that has begun */
	assert_int_equal(do_plan(s.w, s.teacher, (struct api_lesson_create){.chat_id = s.further, .kind = API_LESSON_KIND_BROADCAST}, &lesson), 0);
	assert_int_equal(do_open(s.w, s.teacher, s.further, lesson, &call), API_CONFLICT);
	assert_int_equal(do_end(s.w, s.teacher, own.id), 0);
	assert_int_equal(do_open(s.w, s.teacher, s.further, lesson, &call), 0);
	assert_true(call.broadcast);
}

static void what_may_be_a_further_chat(void **state)
{
	struct scene s = set_up(state);
	struct { int64_t chat; int code; } cases[] = {{s.w->chat[1][0], API_NOT_FOUND}, {s.chat, API_NOT_FOUND}, {999983, API_NOT_FOUND}, {s.further, 0}};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct api_lesson_create in = {.chat_id = s.chat, .kind = API_LESSON_KIND_BROADCAST, .has_also_chat_ids = true, .also_chat_ids = {.items = &cases[i].chat, .n = 1}};
		assert_int_equal(do_plan(s.w, s.teacher, in, NULL), cases[i].code);
		in.kind = API_LESSON_KIND_LESSON;
		assert_int_equal(do_plan(s.w, s.teacher, in, NULL), API_INVALID_FIELD);
	}
	/* no card where he does not write */
	struct api_lesson_create in = {.chat_id = s.chat, .kind = API_LESSON_KIND_BROADCAST, .has_also_chat_ids = true, .also_chat_ids = {.items = &s.further, .n = 1}};
	struct tx *tx = lesson_begin(s.w, 0);
	assert_int_equal(world_done(s.w, db_run(tx->db, "UPDATE chat SET channel = 1 WHERE id = ?1", "i", s.further)), 0);
	assert_int_equal(do_plan(s.w, s.teacher, in, NULL), API_FORBIDDEN);
	tx = lesson_begin(s.w, 0);
	assert_int_equal(world_done(s.w, db_run(tx->db, "UPDATE chat SET channel = 0 WHERE id = ?1", "i", s.further)), 0);
	assert_int_equal(world_leave(s.w, s.w->org[0], s.w->unit[0][1], s.teacher), 0);
	assert_int_equal(do_plan(s.w, s.teacher, in, NULL), API_NOT_FOUND);
}

static void of_another_school_nobody_comes_by_any_id(void **state)
{
	struct scene s = set_up(state);
	struct api_call_entry entry;
	struct api_call_snapshot now;
	struct api_broadcast_hands hands;
	struct api_call call;
	int64_t id = watch(&s, s.pupil), lesson;
	for (size_t i = 0; i < WORLD_PEOPLE; i++) {
		int64_t alien = s.w->person[1][i];
		assert_int_equal(do_join(s.w, alien, 0, s.call, &entry), API_NOT_FOUND);
		assert_int_equal(do_get(s.w, alien, s.call, &now), API_NOT_FOUND);
		assert_int_equal(do_hand(s.w, alien, s.call, true), API_NOT_FOUND);
		assert_int_equal(do_hands(s.w, alien, s.call, &hands), API_NOT_FOUND);
		assert_int_equal(do_stage(s.w, alien, s.call, id, true), API_NOT_FOUND);
	}
	/* a host of another school's broadcast with the ids of this one */
	int64_t head = s.w->person[1][0];
	assert_int_equal(do_plan(s.w, head, (struct api_lesson_create){.chat_id = s.w->chat[1][0], .kind = API_LESSON_KIND_BROADCAST}, &lesson), 0);
	assert_int_equal(do_open(s.w, head, s.w->chat[1][0], s.lesson, &call), API_NOT_FOUND);
	assert_int_equal(do_open(s.w, head, s.w->chat[1][0], lesson, &call), 0);
	assert_int_equal(do_stage(s.w, head, call.id, id, true), API_NOT_FOUND);
	assert_int_equal(do_invite(s.w, head, s.w->chat[1][0], lesson, s.pupil), API_NOT_FOUND);
	/* what is no broadcast has no stage */
	assert_int_equal(do_end(s.w, head, call.id), 0);
	assert_int_equal(do_start(s.w, head, s.w->chat[1][0], &call), 0);
	assert_int_equal(do_hands(s.w, head, call.id, &hands), API_CONFLICT);
	assert_int_equal(do_stage(s.w, head, call.id, 1, true), API_CONFLICT);
}

/* n people who watch, or guests who speak, put into the store: they never joined by a command. */
static void crowd(struct scene *s, int n, int role)
{
	struct tx *tx = lesson_begin(s->w, 0);
	assert_int_equal(world_done(s->w, db_run(tx->db,
		"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?1)"
		" INSERT INTO call_person (org_id, call_id, person_id, guest_name, role, member_role, state, session_id, admitted, invited, came, audio, video, screen, joined_at)"
		" SELECT ?2, ?3, CASE ?4 WHEN 3 THEN 0 ELSE 100000 + i END, '', ?4, 5, 1, 1, 0, 0, 1, 0, 0, 0, 1 FROM n",
		"iiii", (int64_t)n, s->w->org[0], s->call, (int64_t)role)), 0);
}

static void two_thousand_watch_and_no_more(void **state)
{
	struct scene s = set_up(state);
	struct api_call_entry entry;
	crowd(&s, LESSON_VIEWERS_MAX - 1, API_CALL_ROLE_VIEWER);
	int64_t id = watch(&s, s.pupil); /* the last one */
	assert_int_equal(do_join(s.w, s.parent, 0, s.call, &entry), API_CONFLICT);
	second_goes_by(s.w);
	assert_int_equal(store_int(s.w->s, "SELECT viewers FROM call WHERE broadcast = 1"), LESSON_VIEWERS_MAX);
	/* they take no place from those who speak */
	assert_int_equal(do_invite(s.w, s.teacher, s.chat, s.lesson, s.parent), 0);
	assert_int_equal(do_join(s.w, s.parent, 0, s.call, &entry), 0);
	assert_int_equal(entry.participant.role, API_CALL_ROLE_MEMBER);
	/* on the stage there is room for LESSON_IN_MAX: two are there */
	crowd(&s, LESSON_IN_MAX - 3, API_CALL_ROLE_GUEST);
	assert_int_equal(do_stage(s.w, s.teacher, s.call, id, true), 0);
	assert_int_equal(do_join(s.w, s.other, 0, s.call, &entry), 0); /* his place among the viewers is free */
	assert_int_equal(entry.participant.role, API_CALL_ROLE_VIEWER);
	assert_int_equal(do_stage(s.w, s.teacher, s.call, entry.participant.id, true), API_CONFLICT);
}

static void two_in_a_chat_may_go_and_it_goes_on(void **state)
{
	struct scene s = set_up(state);
	watch(&s, s.other);
	struct tx *tx = lesson_begin(s.w, 0);
	assert_int_equal(world_done(s.w, db_run(tx->db, "UPDATE chat SET member_count = 2 WHERE id = ?1", "i", s.chat)), 0);
	assert_int_equal(do_leave(s.w, s.other, s.call), 0);
	assert_int_equal(store_int(s.w->s, "SELECT count(*) FROM call WHERE ended_at IS NULL"), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(nobody_is_told_who_watches, lesson_setup, world_teardown),
		cmocka_unit_test_setup_teardown(the_count_is_told_at_once_and_at_most_once_a_second, lesson_setup, world_teardown),
		cmocka_unit_test_setup_teardown(a_hand_brings_on_the_stage_and_back, lesson_setup, world_teardown),
		cmocka_unit_test_setup_teardown(whoever_was_invited_speaks, lesson_setup, world_teardown),
		cmocka_unit_test_setup_teardown(further_chats_watch_and_whoever_leaves_them_is_out, lesson_setup, world_teardown),
		cmocka_unit_test_setup_teardown(a_call_of_a_further_chat_goes_on_beside_it, lesson_setup, world_teardown),
		cmocka_unit_test_setup_teardown(what_may_be_a_further_chat, lesson_setup, world_teardown),
		cmocka_unit_test_setup_teardown(of_another_school_nobody_comes_by_any_id, lesson_setup, world_teardown),
		cmocka_unit_test_setup_teardown(two_thousand_watch_and_no_more, lesson_setup, world_teardown),
		cmocka_unit_test_setup_teardown(two_in_a_chat_may_go_and_it_goes_on, lesson_setup, world_teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
