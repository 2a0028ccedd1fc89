/* SPDX-License-Identifier: Apache-2.0
 *
 * Content shown in calls, on a store: ids of another school, the limit at its edge, what ends a showing. Files of it, and what HTTP says: tests/api/content.test.mjs.
 */
#include "lesson_world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <cmocka.h>

struct scene { struct world *w; int64_t teacher, pupil, chat, call, id, content; };

static struct api_content_put a_link(int64_t org)
{
	return (struct api_content_put){.org_id = org, .kind = API_CONTENT_KIND_LINK, .title = STR("Атлас"), .has_url = true, .url = STR("https://atlas.example/")};
}

/* As the organisation's administrator: the right is the row's, which the dispatcher looks at. */
static int do_put(struct world *w, int64_t org, struct api_content_put in, int64_t *id_out)
{
	struct tx *tx = lesson_begin(w, w->person[org != w->org[0]][0]);
	struct api_content made = {0};
	enum err e = policy_check(tx, ADMIT_TEACHER, TARGET_ORG, org);
	if (!e)
		e = content_put(tx, &in, &made);
	if (id_out)
		*id_out = made.id;
	return world_done(w, e);
}

static int do_show(struct world *w, int64_t person, int64_t call, int64_t content)
{
	struct tx *tx = lesson_begin(w, person);
	enum err e = policy_check(tx, ADMIT_CALL_MEMBER, TARGET_CALL, call);
	struct api_call_show in = {.call_id = call, .has_content_id = content != 0, .content_id = content};
	return world_done(w, e ? e : call_show(tx, &in, &(struct api_empty){0}));
}

static int64_t shown(struct scene *s)
{
	struct api_call_snapshot now;
	assert_int_equal(do_get(s->w, s->pupil, s->call, &now), 0);
	return now.call.has_showing ? now.call.showing.content_id : 0;
}

static struct scene set_up(void **state)
{
	struct scene s = {.w = *state};
	struct api_call call;
	struct api_call_entry entry;
	policy_register(TARGET_ORG, school_relation_org);
	s.teacher = s.w->person[0][0];
	s.pupil = s.w->person[0][3];
	s.chat = s.w->chat[0][0];
	assert_int_equal(do_put(s.w, s.w->org[0], a_link(s.w->org[0]), &s.content), 0);
	assert_int_equal(do_start(s.w, s.teacher, s.chat, &call), 0);
	s.call = call.id;
	assert_int_equal(do_show(s.w, s.teacher, s.call, s.content), API_FORBIDDEN); /* not in it yet */
	assert_int_equal(do_join(s.w, s.pupil, 0, s.call, &entry), 0);
	assert_int_equal(do_join(s.w, s.teacher, 0, s.call, &entry), 0);
	s.id = entry.participant.id;
	return s;
}

static void what_is_shown_ends_with_whoever_shows_it(void **state)
{
	struct scene s = set_up(state);
	assert_int_equal(do_show(s.w, s.pupil, s.call, s.content), API_FORBIDDEN);
	assert_int_equal(do_show(s.w, s.teacher, s.call, s.content), 0);
	assert_int_equal(shown(&s), s.content);
	assert_int_equal(store_int(s.w->s, "SELECT count(*) FROM message WHERE card LIKE '%\"type\":\"content\"%'"), 1);
	int64_t told = store_events(s.w->s, call_stream((struct call_id){s.call}), "call_changed");
	assert_int_equal(do_show(s.w, s.teacher, s.call, s.content), 0); /* again: nothing new */
	assert_int_equal(store_events(s.w->s, call_stream((struct call_id){s.call}), "call_changed"), told);
	assert_int_equal(do_show(s.w, s.pupil, s.call, 0), API_FORBIDDEN);
	assert_int_equal(do_leave(s.w, s.teacher, s.call), 0);
	assert_int_equal(shown(&s), 0);
	assert_int_equal(store_events(s.w->s, call_stream((struct call_id){s.call}), "call_changed"), told + 1);
}

static void ids_of_another_school_show_nothing(void **state)
{
	struct scene s = set_up(state);
	int64_t theirs, mine = s.content;
	assert_int_equal(do_put(s.w, s.w->org[1], a_link(s.w->org[1]), &theirs), 0);
	assert_int_equal(do_show(s.w, s.teacher, s.call, theirs), API_NOT_FOUND);
	assert_int_equal(do_show(s.w, s.w->person[1][0], s.call, theirs), API_NOT_FOUND);
	struct api_content_put in = a_link(s.w->org[1]);
	in.has_content_id = true;
	in.content_id = mine;
	assert_int_equal(do_put(s.w, s.w->org[1], in, NULL), API_NOT_FOUND);
	struct tx *tx = lesson_begin(s.w, s.w->person[1][0]);
	enum err e = policy_check(tx, ADMIT_TEACHER, TARGET_ORG, s.w->org[1]);
	assert_int_equal(world_done(s.w, e ? e : content_remove(tx, &(struct api_content_remove){.content_id = mine}, &(struct api_empty){0})), API_NOT_FOUND);
	tx = lesson_begin(s.w, s.w->person[1][0]);
	e = policy_check(tx, ADMIT_TEACHER, TARGET_ORG, s.w->org[1]);
	struct api_content_verify v = {.content_id = mine, .has_list = true, .list = STR("Перечень")};
	assert_int_equal(world_done(s.w, e ? e : content_verify(tx, &v, &(struct api_content){0})), API_NOT_FOUND);
}

static void five_hundred_and_no_more(void **state)
{
	struct scene s = set_up(state);
	struct tx *tx = lesson_begin(s.w, 0);
	assert_int_equal(world_done(s.w, db_run(tx->db,
		"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 498)"
		" INSERT INTO content (org_id, kind, title, subject, grade, source, url, file_id, created_at) SELECT ?1, 1, 'x', '', '', '', 'https://a.example', 0, 1 FROM n",
		"i", s.w->org[0])), 0);
	assert_int_equal(do_put(s.w, s.w->org[0], a_link(s.w->org[0]), NULL), 0);
	assert_int_equal(do_put(s.w, s.w->org[0], a_link(s.w->org[0]), NULL), API_CONFLICT);
	struct api_content_put in = a_link(s.w->org[0]); /* what is there may be changed */
	in.has_content_id = true;
	in.content_id = s.content;
	assert_int_equal(do_put(s.w, s.w->org[0], in, NULL), 0);
	assert_int_equal(do_put(s.w, s.w->org[1], a_link(s.w->org[1]), NULL), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(what_is_shown_ends_with_whoever_shows_it, lesson_setup, world_teardown),
		cmocka_unit_test_setup_teardown(ids_of_another_school_show_nothing, lesson_setup, world_teardown),
		cmocka_unit_test_setup_teardown(five_hundred_and_no_more, lesson_setup, world_teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
