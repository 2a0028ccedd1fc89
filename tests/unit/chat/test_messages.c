/* SPDX-License-Identifier: Apache-2.0
 *
 * Posting and reading history: order, repetition, isolation, pages.
 */
#include "chat_world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static int64_t messages_stored(struct world *w)
{
	return store_int(w->s, "SELECT count(*) FROM message");
}

static void seq_and_number_are_dense(void **state)
{
	struct world *w = *state;
	int64_t chat = w->chat[0][0];
	struct api_chat_snapshot before;
	assert_int_equal(world_snapshot(w, w->person[0][0], chat, &before), 0);
	int64_t head = before.chat.head;
	struct api_message_posted m;
	for (uint64_t i = 0; i < 20; i++) {
		assert_int_equal(world_post(w, w->person[0][i % 4], chat, i + 1, "Привет", &m), 0);
		assert_int_equal(m.seq, head + 1 + (int64_t)i);
		assert_int_equal(m.number, 1 + (int64_t)i);
		assert_int_equal(m.created_at, w->s->now_ms);
		assert_int_equal(store_effects(w->s, EFFECT_EVENT, chat_stream((struct chat_id){chat})), 1);
	}
	/* the message's row is the event: no second row stands for it */
	assert_int_equal(store_events(w->s, chat_stream((struct chat_id){chat}), "message_posted"), 0);
	struct api_event_page page;
	assert_int_equal(world_since(w, w->person[0][1], chat_stream((struct chat_id){chat}), 0, 200, &page), 0);
	assert_int_equal(page.head, head + 20);
	assert_int_equal(page.events.n, head + 20);
}

static void repetition_answers_with_the_first_result(void **state)
{
	struct world *w = *state;
	int64_t chat = w->chat[0][0], teacher = w->person[0][0];
	struct api_message_posted first, again, next;
	assert_int_equal(world_post(w, teacher, chat, 77, "  Завтра\u00a0экскурсия ", &first), 0);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(world_post(w, teacher, chat, 77, "Завтра\u00a0экскурсия", &again), 0);
		assert_int_equal(again.seq, first.seq);
		assert_int_equal(again.number, first.number);
		assert_int_equal(again.created_at, first.created_at);
		assert_int_equal(again.client_id.n, 32);
		assert_int_equal(store_effects(w->s, EFFECT_EVENT, (struct stream_id){0}), 0);
	}
	assert_int_equal(messages_stored(w), 1);
	assert_int_equal(world_post(w, teacher, chat, 78, "Ещё", &next), 0);
	assert_int_equal(next.seq, first.seq + 1);
	/* somebody else's id is his own */
	assert_int_equal(world_post(w, w->person[0][1], chat, 77, "Хорошо", &next), 0);
	assert_int_equal(next.seq, first.seq + 2);
}

static void another_use_of_an_id_is_refused(void **state)
{
	struct world *w = *state;
	int64_t guardian = w->person[0][1];
	assert_int_equal(world_post(w, guardian, w->chat[0][0], 5, "Раз", NULL), 0);
	assert_int_equal(world_post(w, guardian, w->chat[0][0], 5, "Два", NULL), API_ID_REUSED);
	assert_int_equal(world_post(w, guardian, w->chat[0][1], 5, "Раз", NULL), API_ID_REUSED);
	assert_int_equal(messages_stored(w), 1);
	/* also when the first use was in another organisation */
	assert_int_equal(world_join(w, w->org[1], w->unit[1][0], guardian, ROLE_GUARDIAN, false), 0);
	assert_int_equal(world_post(w, guardian, w->chat[1][0], 5, "Раз", NULL), API_ID_REUSED);
	struct api_message_posted m;
	assert_int_equal(world_post(w, guardian, w->chat[0][0], 6, "Три", &m), 0);
	assert_int_equal(m.number, 2);
	assert_int_equal(store_int(w->s, "SELECT count(*) FROM chat WHERE message_count <>"
					  " (SELECT count(*) FROM message WHERE chat_id = chat.id)"), 0);
}

static void text_rules_hold(void **state)
{
	struct world *w = *state;
	int64_t chat = w->chat[0][0], teacher = w->person[0][0];
	assert_int_equal(world_post(w, teacher, chat, 1, " \n\u200b ", NULL), API_INVALID_FIELD);
	assert_int_equal(world_post(w, teacher, chat, 1, "\x01", NULL), API_INVALID_FIELD);
	assert_int_equal(messages_stored(w), 0);
	assert_int_equal(world_post(w, teacher, chat, 1, " и\u0306од\r\nёж\x07 ", NULL), 0);
	struct api_chat_snapshot s;
	assert_int_equal(world_snapshot(w, teacher, chat, &s), 0);
	assert_int_equal(s.messages.n, 1);
	assert_true(str_eq(s.messages.items[0].text, STR("йод\nёж")));
	assert_true(str_eq(s.messages.items[0].client_id, STR("00000000000000000000000000000001")));
	assert_true(str_eq(s.chat.last_message.text, STR("йод\nёж")));
	assert_int_equal(s.people.n, 1);
	assert_int_equal(s.people.items[0].person.id, teacher);
	assert_int_equal(s.people.items[0].role, API_ROLE_TEACHER);
	assert_true(s.people.items[0].lead);
}

static void strangers_find_nothing(void **state)
{
	struct world *w = *state;
	int64_t chat = w->chat[0][0];
	assert_int_equal(world_post(w, w->person[0][0], chat, 1, "Секрет", NULL), 0);
	/* of another organisation, of the same one but another class, nobody's id, no such chat */
	const struct { int64_t person, chat; } strangers[] = {
		{w->person[1][0], chat}, {w->person[0][3], w->chat[0][1]}, {999999, chat}, {w->person[0][0], 999999}, {w->person[0][0], 0},
	};
	for (size_t i = 0; i < sizeof strangers / sizeof *strangers; i++) {
		int64_t p = strangers[i].person, c = strangers[i].chat;
		struct api_chat_snapshot s;
		struct api_message_page page;
		struct api_event_page events;
		assert_int_equal(world_post(w, p, c, 9, "Эй", NULL), API_NOT_FOUND);
		assert_int_equal(world_read(w, p, c, 1, NULL), API_NOT_FOUND);
		assert_int_equal(world_snapshot(w, p, c, &s), API_NOT_FOUND);
		assert_int_equal(world_list(w, p, (struct api_message_list){.chat_id = c}, &page), API_NOT_FOUND);
		assert_int_equal(world_since(w, p, chat_stream((struct chat_id){c}), 0, 10, &events), API_NOT_FOUND);
	}
	struct api_event_page events;
	assert_int_equal(world_since(w, w->person[0][0], person_stream((struct person_id){w->person[0][1]}), 0, 10, &events), API_NOT_FOUND);
	assert_int_equal(world_since(w, w->person[0][0], org_stream((struct org_id){w->org[0]}), 0, 10, &events), API_NOT_FOUND);
	assert_int_equal(world_since(w, w->person[1][0], org_stream((struct org_id){w->org[0]}), 0, 10, &events), API_NOT_FOUND);
	assert_int_equal(world_since(w, w->person[0][0], person_stream((struct person_id){w->person[0][0]}), 0, 200, &events), 0);
	assert_int_equal(messages_stored(w), 1);
}

static void removal_ends_access_at_once(void **state)
{
	struct world *w = *state;
	int64_t chat = w->chat[0][0], guardian = w->person[0][1];
	assert_int_equal(world_post(w, guardian, chat, 1, "Здравствуйте", NULL), 0);
	assert_int_equal(world_leave(w, w->org[0], w->unit[0][0], guardian), 0);
	/* the unfollow stands before everything that the leaving tells the chat */
	assert_int_equal(w->s->effects.list.p[0].kind, EFFECT_UNFOLLOW);
	assert_int_equal(w->s->effects.list.p[0].person.v, guardian);
	struct api_chat_snapshot s;
	assert_int_equal(world_post(w, guardian, chat, 2, "Я ещё тут", NULL), API_NOT_FOUND);
	assert_int_equal(world_read(w, guardian, chat, 1, NULL), API_NOT_FOUND);
	assert_int_equal(world_snapshot(w, guardian, chat, &s), API_NOT_FOUND);
	assert_int_equal(world_snapshot(w, w->person[0][0], chat, &s), 0);
	assert_int_equal(s.chat.member_count, 3);
	assert_int_equal(s.people.n, 1);
	assert_true(s.people.items[0].left);
	/* back again: history, and what came meanwhile is unread */
	assert_int_equal(world_post(w, w->person[0][0], chat, 3, "Пока вас не было", NULL), 0);
	assert_int_equal(world_back(w, w->org[0], w->unit[0][0], guardian, ROLE_GUARDIAN), 0);
	assert_int_equal(store_effects(w->s, EFFECT_FOLLOW, chat_stream((struct chat_id){chat})), 1);
	assert_int_equal(world_snapshot(w, guardian, chat, &s), 0);
	assert_int_equal(s.messages.n, 2);
	assert_int_equal(s.chat.member_count, 4);
	assert_int_equal(s.chat.message_count - s.chat.read_count, 1);
}

static void pages_of_history(void **state)
{
	struct world *w = *state;
	int64_t chat = w->chat[0][0], me = w->person[0][1];
	struct api_message_page page;
	assert_int_equal(world_list(w, me, (struct api_message_list){.chat_id = chat}, &page), 0);
	assert_int_equal(page.messages.n, 0);
	assert_false(page.more);
	int64_t first = 0;
	for (uint64_t i = 1; i <= 60; i++) {
		struct api_message_posted m;
		assert_int_equal(world_post(w, w->person[0][i % 3], chat, i, "Текст", &m), 0);
		first = first ? first : m.seq;
	}
	int64_t last = first + 59;
	const struct { struct api_message_list in; int64_t from, to; bool more; } cases[] = {
		{{.chat_id = chat}, last - 49, last, true},
		{{.chat_id = chat, .has_limit = true, .limit = 60}, first, last, false},
		{{.chat_id = chat, .has_limit = true, .limit = 59}, first + 1, last, true},
		{{.chat_id = chat, .has_limit = true, .limit = 1}, last, last, true},
		{{.chat_id = chat, .has_before = true, .before = first + 10, .has_limit = true, .limit = 10}, first, first + 9, false},
		{{.chat_id = chat, .has_before = true, .before = first + 11, .has_limit = true, .limit = 10}, first + 1, first + 10, true},
		{{.chat_id = chat, .has_before = true, .before = first}, 1, 0, false},
		{{.chat_id = chat, .has_before = true, .before = 0}, 1, 0, false},
		{{.chat_id = chat, .has_before = true, .before = 9007199254740991, .has_limit = true, .limit = 5}, last - 4, last, true},
		{{.chat_id = chat, .has_after = true, .after = 0, .has_limit = true, .limit = 100}, first, last, false},
		{{.chat_id = chat, .has_after = true, .after = last - 5, .has_limit = true, .limit = 5}, last - 4, last, false},
		{{.chat_id = chat, .has_after = true, .after = last - 6, .has_limit = true, .limit = 5}, last - 5, last - 1, true},
		{{.chat_id = chat, .has_after = true, .after = last}, 1, 0, false},
		{{.chat_id = chat, .has_after = true, .after = 9007199254740991}, 1, 0, false},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		assert_int_equal(world_list(w, me, cases[i].in, &page), 0);
		assert_int_equal(page.messages.n, cases[i].to - cases[i].from + 1);
		assert_int_equal(page.more, cases[i].more);
		for (size_t k = 0; k < page.messages.n; k++)
			assert_int_equal(page.messages.items[k].seq, cases[i].from + (int64_t)k);
		assert_int_equal(page.people.n, page.messages.n < 3 ? page.messages.n : 3);
	}
	assert_int_equal(world_list(w, me, (struct api_message_list){.chat_id = chat, .has_before = true, .has_after = true}, &page), API_INVALID_FIELD);
	assert_int_equal(world_list(w, me, (struct api_message_list){.chat_id = chat, .has_limit = true, .limit = 101}, &page), API_INVALID_FIELD);
	assert_int_equal(world_list(w, me, (struct api_message_list){.chat_id = chat, .has_limit = true}, &page), API_INVALID_FIELD);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(seq_and_number_are_dense, world_setup, world_teardown),
		cmocka_unit_test_setup_teardown(repetition_answers_with_the_first_result, world_setup, world_teardown),
		cmocka_unit_test_setup_teardown(another_use_of_an_id_is_refused, world_setup, world_teardown),
		cmocka_unit_test_setup_teardown(text_rules_hold, world_setup, world_teardown),
		cmocka_unit_test_setup_teardown(strangers_find_nothing, world_setup, world_teardown),
		cmocka_unit_test_setup_teardown(removal_ends_access_at_once, world_setup, world_teardown),
		cmocka_unit_test_setup_teardown(pages_of_history, world_setup, world_teardown),
	};
	return cmocka_run_group_tests_name("chat_messages", tests, NULL, NULL);
}
