/* SPDX-License-Identifier: Apache-2.0
 *
 * A lesson of 25 pupils on a virtual clock: they come late, lose their connection, come back by another device, leave early; the server
 * and the media process start anew in the middle. Who was there for how long is right to the minute, against a model of its own.
 */
#include "lesson_world.h"
#include "server/media_port.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <cmocka.h>

#define PUPILS 25
#define STEP_MS 5000
#define LESSON_MS (45 * 60 * 1000LL)

struct pupil {
	int64_t person, participant;
	bool here;            /* his media is up */
	int64_t there_ms;     /* as the model counts it */
	int64_t gone_at;      /* when the connection went; 0: never had one */
};

static uint32_t seed = 20261122;

static uint32_t chance(uint32_t below)
{
	seed = seed * 1664525u + 1013904223u;
	return (seed >> 8) % below;
}

static void come(struct world *w, int64_t call, struct pupil *p, int64_t session)
{
	struct api_call_entry entry;
	assert_int_equal(do_join(w, p->person, session, call, &entry), 0);
	if (p->participant)
		assert_int_equal(entry.participant.id, p->participant);
	p->participant = entry.participant.id;
	lesson_media_says(w, call, p->participant, true);
	if (p->gone_at && w->s->now_ms - p->gone_at < LESSON_CUT_MS)
		p->there_ms += w->s->now_ms - p->gone_at; /* a cut that counts */
	p->here = true;
}

static void go(struct world *w, int64_t call, struct pupil *p, bool by_himself)
{
	if (by_himself)
		assert_int_equal(do_leave(w, p->person, call), 0);
	lesson_media_says(w, call, p->participant, false);
	p->here = false;
	p->gone_at = w->s->now_ms;
}

static void minutes_are_right(struct world *w, int64_t teacher, int64_t call, const struct pupil *pupils)
{
	struct api_call_attendance told;
	assert_int_equal(do_attendance(w, teacher, call, &told), 0);
	for (size_t i = 0; i < PUPILS; i++) {
		const struct api_call_visitor *v = NULL;
		for (size_t k = 0; k < told.visitors.n; k++)
			if (told.visitors.items[k].participant_id == pupils[i].participant)
				v = &told.visitors.items[k];
		assert_non_null(v);
		if (v->minutes != (pupils[i].there_ms + 30000) / 60000)
			fail_msg("pupil %zu: %lld minutes, not %lld ms", i, (long long)v->minutes, (long long)pupils[i].there_ms);
	}
}

static void a_lesson_of_25_is_right_to_the_minute(void **state)
{
	struct world *w = *state;
	struct pupil pupils[PUPILS] = {{0}};
	struct api_call call;
	struct api_call_entry entry;
	int64_t teacher = w->person[0][0];
	int cuts = 0;
	for (size_t i = 0; i < PUPILS; i++) {
		pupils[i].person = world_newcomer(w);
		assert_int_equal(world_join(w, w->org[0], w->unit[0][0], pupils[i].person, ROLE_STUDENT, false), 0);
	}
	assert_int_equal(do_start(w, teacher, w->chat[0][0], &call), 0);
	assert_int_equal(do_join(w, teacher, 0, call.id, &entry), 0);
	lesson_media_says(w, call.id, entry.participant.id, true);
	for (size_t i = 0; i < PUPILS; i++)
		come(w, call.id, &pupils[i], 0);
	for (int64_t t = 0; t < LESSON_MS; t += STEP_MS) {
		for (size_t i = 0; i < PUPILS; i++) {
			if (pupils[i].here && chance(120) == 0) {
				go(w, call.id, &pupils[i], chance(3) == 0);
				cuts++;
			} else if (!pupils[i].here && chance(12) == 0) {
				come(w, call.id, &pupils[i], chance(2) ? 0 : 9000 + (int64_t)i);
			}
		}
		lesson_time_goes_on(w, STEP_MS);
		for (size_t i = 0; i < PUPILS; i++)
			pupils[i].there_ms += pupils[i].here ? STEP_MS : 0;
	}
	assert_true(cuts > 50);
	minutes_are_right(w, teacher, call.id, pupils);
	assert_int_equal(do_end(w, teacher, call.id), 0);
	w->s->now_ms += 60 * 60 * 1000LL;
	minutes_are_right(w, teacher, call.id, pupils);
}

/* A media process that dies takes the connections with it; a server that dies knows them up to half a minute. */
static void what_was_open_ends_with_what_carried_it(void **state)
{
	struct world *w = *state;
	struct api_call call;
	struct api_call_entry entry;
	struct api_call_attendance told;
	int64_t teacher = w->person[0][0];
	assert_int_equal(do_start(w, teacher, w->chat[0][0], &call), 0);
	assert_int_equal(do_join(w, teacher, 0, call.id, &entry), 0);
	lesson_media_says(w, call.id, entry.participant.id, true);
	lesson_time_goes_on(w, 10 * 60 * 1000LL);
	struct tx *tx = store_begin(w->s, store_actor(0));
	assert_int_equal(world_done(w, lesson_media_gone(tx, 1 - media_process_of(call.id, 2), 2)), 0); /* another one */
	tx = store_begin(w->s, store_actor(0));
	assert_int_equal(world_done(w, lesson_media_gone(tx, 0, 1)), 0);
	w->s->now_ms += 3000;
	assert_int_equal(do_join(w, teacher, 0, call.id, &entry), 0);
	lesson_media_says(w, call.id, entry.participant.id, true);
	lesson_time_goes_on(w, 10 * 60 * 1000LL);
	assert_int_equal(do_attendance(w, teacher, call.id, &told), 0);
	assert_int_equal(told.visitors.items[0].minutes, 20);
	w->s->now_ms += 2 * 60 * 60 * 1000LL; /* the server was away for hours */
	tx = store_begin(w->s, store_actor(0));
	assert_int_equal(world_done(w, lesson_start(tx)), 0);
	assert_int_equal(do_attendance(w, teacher, call.id, &told), 0);
	assert_int_equal(told.visitors.items[0].minutes, 20);
}

static int64_t minutes_of(struct world *w, int64_t teacher, int64_t call, int64_t person)
{
	struct api_call_attendance told;
	assert_int_equal(do_attendance(w, teacher, call, &told), 0);
	for (size_t i = 0; i < told.visitors.n; i++)
		if (told.visitors.items[i].has_person && told.visitors.items[i].person.id == person)
			return told.visitors.items[i].minutes;
	return -1;
}

/* Half of the class sits before one device. What a pupil was there by himself before and meanwhile is counted once. */
static void the_classroom_is_there_for_those_in_it(void **state)
{
	struct world *w = *state;
	struct api_call call;
	struct api_call_entry entry, own;
	int64_t teacher = w->person[0][0], at_home = world_newcomer(w), in_room = world_newcomer(w), both = world_newcomer(w);
	int64_t pupils[] = {at_home, in_room, both};
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(world_join(w, w->org[0], w->unit[0][0], pupils[i], ROLE_STUDENT, false), 0);
	assert_int_equal(do_start(w, teacher, w->chat[0][0], &call), 0);
	assert_int_equal(do_join(w, both, 0, call.id, &own), 0);
	lesson_media_says(w, call.id, own.participant.id, true);
	lesson_time_goes_on(w, 10 * 60 * 1000LL);
	assert_int_equal(do_join(w, teacher, 0, call.id, &entry), 0);
	lesson_media_says(w, call.id, entry.participant.id, true);
	assert_int_equal(do_classroom(w, teacher, call.id, "7A"), 0);
	lesson_time_goes_on(w, 5 * 60 * 1000LL);
	lesson_media_says(w, call.id, own.participant.id, false); /* five minutes of his are the classroom's too */
	assert_int_equal(do_leave(w, both, call.id), 0);
	lesson_time_goes_on(w, 15 * 60 * 1000LL);
	assert_int_equal(do_in_room(w, teacher, call.id, in_room, true), 0);
	assert_int_equal(do_in_room(w, teacher, call.id, both, true), 0);
	assert_int_equal(do_in_room(w, teacher, call.id, w->person[1][3], true), API_NOT_FOUND);
	assert_int_equal(do_in_room(w, w->person[1][0], call.id, w->person[1][3], true), API_NOT_FOUND);
	assert_int_equal(minutes_of(w, teacher, call.id, in_room), 20);
	assert_int_equal(minutes_of(w, teacher, call.id, both), 30);
	assert_int_equal(minutes_of(w, teacher, call.id, at_home), -1);
	assert_int_equal(do_in_room(w, teacher, call.id, both, false), 0);
	assert_int_equal(minutes_of(w, teacher, call.id, both), 15);
	assert_int_equal(do_classroom(w, teacher, call.id, NULL), 0); /* it never was one */
	assert_int_equal(minutes_of(w, teacher, call.id, in_room), 0);
	assert_int_equal(do_end(w, teacher, call.id), 0);
}

/* --- the register of a lesson: late, left early, absent */

#define MINUTE (60 * 1000LL)

static struct tx *as_teacher(struct world *w, int64_t teacher, enum err *e)
{
	struct tx *tx = store_begin(w->s, store_actor(teacher));
	*e = policy_check(tx, ADMIT_TEACHER | ADMIT_ADMIN | ADMIT_HEAD, TARGET_CHAT, w->chat[0][0]);
	return tx;
}

static int64_t planned(struct world *w, int64_t teacher, int64_t starts_at)
{
	enum err e;
	struct api_lesson_list made = {0};
	struct tx *tx = as_teacher(w, teacher, &e);
	struct api_lesson_create in = {.chat_id = w->chat[0][0], .kind = API_LESSON_KIND_LESSON, .title = STR("Алгебра"), .starts_at = starts_at, .minutes = 45};
	if (!e)
		e = lesson_create(tx, &in, &made);
	int64_t id = e ? 0 : made.lessons.items[0].id;
	assert_int_equal(world_done(w, e), 0);
	return id;
}

static int64_t opened(struct world *w, int64_t teacher, int64_t lesson)
{
	enum err e;
	struct api_call call = {0};
	struct tx *tx = as_teacher(w, teacher, &e);
	if (!e)
		e = lesson_open(tx, &(struct api_lesson_ref){.chat_id = w->chat[0][0], .lesson_id = lesson}, &call);
	assert_int_equal(world_done(w, e), 0);
	return call.id;
}

static void in_the_register(struct world *w, int64_t teacher, int64_t lesson, const struct pupil *p, bool late, bool left)
{
	enum err e;
	struct api_lesson_attendance told = {0};
	const struct api_lesson_visitor *v = NULL;
	struct tx *tx = as_teacher(w, teacher, &e);
	if (!e)
		e = lesson_attendance(tx, &(struct api_lesson_get){.chat_id = w->chat[0][0], .lesson_id = lesson}, &told);
	assert_int_equal(store_code(w->s, e), 0);
	for (size_t i = 0; i < told.visitors.n; i++)
		if (told.visitors.items[i].has_person && told.visitors.items[i].person.id == p->person)
			v = &told.visitors.items[i];
	assert_non_null(v);
	assert_int_equal(v->minutes, (p->there_ms + 30000) / MINUTE);
	assert_int_equal(v->present, p->there_ms > 0);
	assert_int_equal(v->late, late);
	assert_int_equal(v->left_early, left);
}

static void the_register_tells_who_was_late_left_or_absent(void **state)
{
	enum { PUNCTUAL, JUST, LATE, EARLY, CUT, ABSENT, ALL };
	static const int64_t comes[ALL] = {0, 5, 6, 0, 0, 99}, goes[ALL] = {99, 99, 99, 39, 99, 99}; /* minutes of 45 */
	struct world *w = *state;
	struct pupil pupils[ALL] = {{0}};
	struct api_call_entry entry;
	int64_t teacher = w->person[0][0];
	for (size_t i = 0; i < ALL; i++) {
		pupils[i].person = world_newcomer(w);
		assert_int_equal(world_join(w, w->org[0], w->unit[0][0], pupils[i].person, ROLE_STUDENT, false), 0);
	}
	int64_t lesson = planned(w, teacher, w->s->now_ms), call = opened(w, teacher, lesson);
	assert_int_equal(do_join(w, teacher, 0, call, &entry), 0);
	lesson_media_says(w, call, entry.participant.id, true);
	for (int64_t minute = 0; minute < 45; minute++) {
		for (size_t i = 0; i < ALL; i++) {
			struct pupil *p = &pupils[i];
			if (!p->here && minute >= comes[i] && minute < goes[i])
				come(w, call, p, 0);
			else if (p->here && (minute >= goes[i] || (i == CUT && minute % 10 == 3)))
				go(w, call, p, i != CUT);
		}
		lesson_time_goes_on(w, MINUTE / 2);
		if (pupils[CUT].participant && !pupils[CUT].here)
			come(w, call, &pupils[CUT], 9000); /* by another device, half a minute later */
		for (size_t i = 0; i < ALL; i++)
			pupils[i].there_ms += pupils[i].here ? MINUTE / (i == CUT && minute % 10 == 3 ? 2 : 1) : 0;
		lesson_time_goes_on(w, MINUTE / 2);
	}
	assert_int_equal(do_end(w, teacher, call), 0);
	assert_int_equal(pupils[CUT].there_ms, 45 * MINUTE);
	for (size_t i = 0; i < ALL; i++)
		in_the_register(w, teacher, lesson, &pupils[i], i == LATE, i == EARLY);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_lesson_of_25_is_right_to_the_minute, lesson_setup, world_teardown),
		cmocka_unit_test_setup_teardown(the_classroom_is_there_for_those_in_it, lesson_setup, world_teardown),
		cmocka_unit_test_setup_teardown(the_register_tells_who_was_late_left_or_absent, lesson_setup, world_teardown),
		cmocka_unit_test_setup_teardown(what_was_open_ends_with_what_carried_it, lesson_setup, world_teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
