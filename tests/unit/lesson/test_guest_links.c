/* SPDX-License-Identifier: Apache-2.0
 *
 * Links for guests on a store: who sees which, who annuls which, and that an annulled one opens nothing. One thread.
 */
#include "lesson_world.h"

#include "lesson/plan.h"
#include "server/effects.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <cmocka.h>

struct scene { struct world *w; int64_t teacher, pupil, chat, lesson; };

static int64_t plan_one(struct world *w, int64_t person, int64_t chat)
{
	enum err e;
	struct api_lesson_list made = {0};
	struct tx *tx = world_begin(w, person, chat, &e);
	struct api_lesson_create in = {.chat_id = chat, .kind = API_LESSON_KIND_MEETING, .title = STR("Собрание"), .starts_at = tx->now_ms + PLAN_DAY_MS, .minutes = 40};
	e = e ? e : lesson_create(tx, &in, &made);
	int64_t id = made.lessons.n ? made.lessons.items[0].id : 0;
	assert_int_equal(world_done(w, e), 0);
	assert_int_not_equal(id, 0);
	return id;
}

static struct scene set_up(void **state)
{
	struct scene s = {.w = *state};
	s.teacher = s.w->person[0][0];
	s.pupil = s.w->person[0][3];
	s.chat = s.w->chat[0][0];
	s.lesson = plan_one(s.w, s.teacher, s.chat);
	return s;
}

/* The text of the link, for as long as the caller keeps it. */
static int do_link(struct scene *s, int64_t person, const char *name, char token[PLAN_SECRET_TEXT + 1])
{
	enum err e;
	struct api_lesson_guest_link out = {0};
	struct tx *tx = world_begin(s->w, person, s->chat, &e);
	struct api_lesson_guest_link_make in = {.chat_id = s->chat, .lesson_id = s->lesson, .has_name = name != NULL, .name = str_of(name ? name : "")};
	e = e ? e : lesson_guest_link(tx, &in, &out);
	snprintf(token, PLAN_SECRET_TEXT + 1, "%.*s", (int)out.token.n, out.token.p ? out.token.p : "");
	return world_done(s->w, e);
}

static int do_links(struct scene *s, int64_t person, int64_t chat, int64_t lesson, struct api_lesson_guest_links *out)
{
	enum err e;
	*out = (struct api_lesson_guest_links){0};
	struct tx *tx = world_begin(s->w, person, chat, &e);
	return store_code(s->w->s, e ? e : lesson_guest_links(tx, &(struct api_lesson_get){.chat_id = chat, .lesson_id = lesson}, out));
}

static int do_annul(struct scene *s, int64_t person, int64_t chat, int64_t lesson, int64_t link)
{
	enum err e;
	struct tx *tx = world_begin(s->w, person, chat, &e);
	struct api_lesson_guest_link_annul in = {.chat_id = chat, .lesson_id = lesson, .link_id = link};
	return world_done(s->w, e ? e : lesson_guest_link_annul(tx, &in, &(struct api_empty){0}));
}

static int do_look(struct scene *s, const char *token)
{
	struct tx *tx = store_begin(s->w->s, store_actor(0));
	return store_code(s->w->s, guest_look(tx, &(struct api_guest_look){.token = str_of(token)}, &(struct api_guest_door){0}));
}

static void a_link_is_listed_and_annulled(void **state)
{
	struct scene s = set_up(state);
	struct api_lesson_guest_links list;
	char named[PLAN_SECRET_TEXT + 1], spare[PLAN_SECRET_TEXT + 1];
	assert_int_equal(do_link(&s, s.teacher, "Бабушка Оли", named), 0);
	assert_int_equal(do_link(&s, s.teacher, NULL, spare), 0);
	assert_int_equal(do_links(&s, s.teacher, s.chat, s.lesson, &list), 0);
	assert_int_equal(list.links.n, 2);
	const struct api_lesson_guest_link_row *first = &list.links.items[1];
	assert_false(list.links.items[0].has_name);
	assert_true(first->has_name && first->has_made_at && first->may_annul && !first->has_used_at && !first->has_used_name);
	assert_int_equal(first->maker.id, s.teacher);
	int64_t id = first->id;
	assert_int_equal(do_look(&s, named), 0);
	assert_int_equal(do_annul(&s, s.teacher, s.chat, s.lesson, id), 0);
	assert_int_equal(do_look(&s, named), API_LINK_UNUSABLE);
	assert_int_equal(do_look(&s, spare), 0);
	assert_int_equal(do_annul(&s, s.teacher, s.chat, s.lesson, id), API_NOT_FOUND);
	assert_int_equal(do_links(&s, s.teacher, s.chat, s.lesson, &list), 0);
	assert_int_equal(list.links.n, 1);
}

static void a_used_one_stays(void **state)
{
	struct scene s = set_up(state);
	struct api_lesson_guest_links list;
	char token[PLAN_SECRET_TEXT + 1];
	assert_int_equal(do_link(&s, s.teacher, "Бабушка Оли", token), 0);
	enum err e;
	struct tx *tx = world_begin(s.w, s.teacher, s.chat, &e);
	e = e ? e : lesson_open(tx, &(struct api_lesson_ref){.chat_id = s.chat, .lesson_id = s.lesson}, &(struct api_call){0});
	assert_int_equal(world_done(s.w, e), 0);
	tx = store_begin(s.w->s, store_actor(0));
	e = guest_enter(tx, &(struct api_guest_enter){.token = str_of(token), .name = STR("Нина Павловна")}, &(struct api_guest_state){0});
	assert_int_equal(world_done(s.w, e), 0);
	assert_int_equal(do_links(&s, s.teacher, s.chat, s.lesson, &list), 0);
	const struct api_lesson_guest_link_row *one = &list.links.items[0];
	assert_true(one->has_used_at && str_eq(one->used_name, STR("Нина Павловна")) && !one->may_annul);
	assert_int_equal(do_annul(&s, s.teacher, s.chat, s.lesson, one->id), API_CONFLICT);
}

static void ids_of_others_open_nothing(void **state)
{
	struct scene s = set_up(state);
	struct api_lesson_guest_links list;
	char token[PLAN_SECRET_TEXT + 1];
	int64_t stranger = s.w->person[1][0], his_chat = s.w->chat[1][0], another = plan_one(s.w, s.teacher, s.chat), his = plan_one(s.w, stranger, his_chat);
	assert_int_equal(do_link(&s, s.teacher, NULL, token), 0);
	assert_int_equal(do_links(&s, s.teacher, s.chat, s.lesson, &list), 0);
	int64_t id = list.links.items[0].id;
	assert_int_equal(do_links(&s, stranger, s.chat, s.lesson, &list), API_NOT_FOUND);
	assert_int_equal(do_links(&s, stranger, his_chat, s.lesson, &list), API_NOT_FOUND);
	assert_int_equal(do_annul(&s, stranger, his_chat, his, id), API_NOT_FOUND);
	assert_int_equal(do_annul(&s, s.teacher, s.chat, another, id), API_NOT_FOUND);
	int64_t colleague = world_newcomer(s.w);
	assert_int_equal(world_join(s.w, s.w->org[0], s.w->unit[0][0], colleague, ROLE_TEACHER, false), 0);
	assert_int_equal(do_links(&s, colleague, s.chat, s.lesson, &list), 0);
	assert_false(list.links.items[0].may_annul);
	assert_int_equal(do_annul(&s, colleague, s.chat, s.lesson, id), API_FORBIDDEN);
	assert_int_equal(do_look(&s, token), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_link_is_listed_and_annulled, lesson_setup, world_teardown),
		cmocka_unit_test_setup_teardown(a_used_one_stays, lesson_setup, world_teardown),
		cmocka_unit_test_setup_teardown(ids_of_others_open_nothing, lesson_setup, world_teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
