/* SPDX-License-Identifier: Apache-2.0
 *
 * People of a chat, presence, typing, and what a client loads at its start.
 */
#include "chat_world.h"
#include "server/presence.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static void members_by_pages(void **state)
{
	struct world *w = *state;
	int64_t chat = w->chat[0][0], after = 0;
	size_t seen = 0;
	for (bool more = true; more; seen++) {
		enum err e;
		struct tx *tx = world_begin(w, w->person[0][1], chat, &e);
		struct api_chat_members in = {.chat_id = chat, .has_after = after != 0, .after = after, .has_limit = true, .limit = 1};
		struct api_chat_member_page page = {0};
		assert_int_equal(world_done(w, e ? e : chat_members(tx, &in, &page)), 0);
		assert_int_equal(page.members.n, 1);
		assert_int_equal(page.members.items[0].person.id, w->person[0][seen]);
		more = page.has_next_after;
		after = page.next_after;
	}
	assert_int_equal(seen, WORLD_PEOPLE);
}

static void people_are_members_or_authors_who_left(void **state)
{
	struct world *w = *state;
	int64_t chat = w->chat[0][0];
	assert_int_equal(world_post(w, w->person[0][1], chat, 1, "До свидания", NULL), 0);
	assert_int_equal(world_leave(w, w->org[0], w->unit[0][0], w->person[0][1]), 0);
	assert_int_equal(world_leave(w, w->org[0], w->unit[0][0], w->person[0][2]), 0); /* wrote nothing */
	int64_t ids[] = {w->person[0][0], w->person[0][1], w->person[0][2], w->person[1][0], 424242, w->person[0][0]};
	struct api_people_get in = {.chat_id = chat};
	in.person_ids.items = ids;
	in.person_ids.n = sizeof ids / sizeof *ids;
	struct api_people out = {0};
	enum err e;
	struct tx *tx = world_begin(w, w->person[0][3], chat, &e);
	assert_int_equal(world_done(w, e ? e : people_get(tx, &in, &out)), 0);
	assert_int_equal(out.people.n, 2);
	assert_int_equal(out.people.items[0].person.id, w->person[0][0]);
	assert_false(out.people.items[0].left);
	assert_int_equal(out.people.items[1].person.id, w->person[0][1]);
	assert_true(out.people.items[1].left);
}

static void presence_shows_members_with_sockets(void **state)
{
	struct world *w = *state;
	int64_t chat = w->chat[0][0];
	presence_socket_opened((struct person_id){w->person[0][2]});
	presence_socket_opened((struct person_id){w->person[1][0]});
	enum err e;
	struct api_presence out = {0};
	struct tx *tx = world_begin(w, w->person[0][1], chat, &e);
	assert_int_equal(world_done(w, e ? e : presence_get(tx, &(struct api_presence_get){.chat_id = chat}, &out)), 0);
	assert_int_equal(out.online.n, 1);
	assert_int_equal(out.online.items[0], w->person[0][2]);
	presence_socket_closed((struct person_id){w->person[0][2]});
	presence_socket_closed((struct person_id){w->person[1][0]});
}

static size_t type_in(struct world *w, int64_t chat)
{
	enum err e;
	struct tx *tx = world_begin(w, w->person[0][1], chat, &e);
	struct api_empty out;
	assert_int_equal(world_done(w, e ? e : typing(tx, &(struct api_chat_get){.chat_id = chat}, &out)), 0);
	return store_effects(w->s, EFFECT_SIGNAL, chat_stream((struct chat_id){chat}));
}

static void typing_is_told_to_others_in_small_chats(void **state)
{
	struct world *w = *state;
	int64_t chat = w->chat[0][0];
	assert_int_equal(type_in(w, chat), 1);
	assert_int_equal(w->s->effects.list.p[0].person.v, w->person[0][1]);
	for (int i = WORLD_PEOPLE; i < CHAT_TYPING_MAX; i++)
		assert_int_equal(world_join(w, w->org[0], w->unit[0][0], world_newcomer(w), ROLE_GUARDIAN, false), 0);
	assert_int_equal(type_in(w, chat), 1);
	assert_int_equal(world_join(w, w->org[0], w->unit[0][0], world_newcomer(w), ROLE_GUARDIAN, false), 0);
	assert_int_equal(type_in(w, chat), 0);
}

static void me_has_all_of_one_s_own_and_nothing_else(void **state)
{
	struct world *w = *state;
	int64_t guardian = w->person[0][1];
	assert_int_equal(world_post(w, w->person[0][0], w->chat[0][0], 1, "Раз", NULL), 0);
	assert_int_equal(world_post(w, w->person[0][0], w->chat[0][0], 2, "Два", NULL), 0);
	assert_int_equal(world_post(w, w->person[1][0], w->chat[1][0], 1, "Чужое", NULL), 0);
	struct api_me_snapshot me;
	assert_int_equal(world_me(w, guardian, &me), 0);
	assert_int_equal(me.person.id, guardian);
	assert_false(me.operator);
	assert_int_equal(me.memberships.n, 1);
	assert_int_equal(me.chats.n, 5); /* two classes, the parents of each, the channel */
	assert_int_equal(me.chats.items[0].id, w->chat[0][0]);
	assert_int_equal(me.chats.items[0].message_count - me.chats.items[0].read_count, 2);
	assert_true(me.chats.items[0].has_last_message);
	assert_true(str_eq(me.chats.items[0].last_message.text, STR("Два")));
	assert_true(str_eq(me.chats.items[0].title, STR("7А")));
	assert_true(me.chats.items[0].has_unit_kind && me.chats.items[0].unit_kind == API_UNIT_KIND_CLASS);
	assert_int_equal(me.chats.items[0].unit_id, w->unit[0][0]);
	assert_false(me.chats.items[1].has_last_message);
	assert_int_equal(me.chats.items[0].why, API_CHAT_WHY_GUARDIAN);
	assert_int_equal(me.people.n, 1);
	assert_int_equal(me.people.items[0].id, w->person[0][0]);
	assert_int_equal(me.heads.n, 6); /* his own stream and his chats */
	for (size_t i = 0; i < 5; i++)
		for (size_t k = 0; k < me.heads.n; k++) {
			struct stream_id s;
			assert_true(stream_parse(me.heads.items[k].stream, &s));
			if (s.v == chat_stream((struct chat_id){me.chats.items[i].id}).v)
				assert_int_equal(me.heads.items[k].head, me.chats.items[i].head);
		}
}

static void heads_of_the_organisation_for_those_who_run_it(void **state)
{
	struct world *w = *state;
	int64_t head = world_newcomer(w);
	assert_int_equal(world_join(w, w->org[0], 0, head, ROLE_HEAD, false), 0);
	struct api_me_snapshot me;
	assert_int_equal(world_me(w, head, &me), 0);
	size_t org_streams = 0;
	for (size_t i = 0; i < me.heads.n; i++)
		org_streams += me.heads.items[i].stream.p[0] == 'o';
	assert_int_equal(org_streams, 1);
	struct api_event_page page;
	assert_int_equal(world_since(w, head, org_stream((struct org_id){w->org[0]}), 0, 200, &page), 0);
	assert_int_equal(world_since(w, head, org_stream((struct org_id){w->org[1]}), 0, 200, &page), API_NOT_FOUND);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(members_by_pages, world_setup, world_teardown),
		cmocka_unit_test_setup_teardown(people_are_members_or_authors_who_left, world_setup, world_teardown),
		cmocka_unit_test_setup_teardown(presence_shows_members_with_sockets, world_setup, world_teardown),
		cmocka_unit_test_setup_teardown(typing_is_told_to_others_in_small_chats, world_setup, world_teardown),
		cmocka_unit_test_setup_teardown(me_has_all_of_one_s_own_and_nothing_else, world_setup, world_teardown),
		cmocka_unit_test_setup_teardown(heads_of_the_organisation_for_those_who_run_it, world_setup, world_teardown),
	};
	return cmocka_run_group_tests_name("chat_people", tests, NULL, NULL);
}
