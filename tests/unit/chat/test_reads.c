/* SPDX-License-Identifier: Apache-2.0
 *
 * Read marks, unread counters and first readers, by hand and against a model of marks in memory.
 */
#include "chat_world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static int64_t unread(struct world *w, int64_t person, int64_t chat)
{
	struct api_chat_snapshot s;
	assert_int_equal(world_snapshot(w, person, chat, &s), 0);
	return s.chat.message_count - s.chat.read_count;
}

static size_t read_advanced(struct world *w, int64_t chat)
{
	return (size_t)store_events(w->s, chat_stream((struct chat_id){chat}), "read_advanced");
}

static void unread_counts_messages_only(void **state)
{
	struct world *w = *state;
	int64_t chat = w->chat[0][0], teacher = w->person[0][0], guardian = w->person[0][1];
	struct api_message_posted m[4];
	assert_int_equal(unread(w, guardian, chat), 0);
	for (uint64_t i = 0; i < 4; i++)
		assert_int_equal(world_post(w, teacher, chat, i + 1, "Собрание в 18:00", &m[i]), 0);
	assert_int_equal(unread(w, guardian, chat), 4);
	assert_int_equal(unread(w, teacher, chat), 0);
	struct api_chat_read_done done;
	assert_int_equal(world_read(w, guardian, chat, m[1].seq, &done), 0);
	assert_int_equal(done.read_seq, m[1].seq);
	assert_int_equal(done.read_count, 2);
	/* his own devices hear of it, and the chat hears of a new first reader */
	assert_int_equal(store_effects(w->s, EFFECT_EVENT, person_stream((struct person_id){guardian})), 1);
	assert_int_equal(store_effects(w->s, EFFECT_EVENT, chat_stream((struct chat_id){chat})), 1);
	assert_int_equal(unread(w, guardian, chat), 2);
	assert_int_equal(world_rename(w, w->org[0], w->unit[0][0], "7А класс"), 0);
	assert_int_equal(unread(w, guardian, chat), 2);
}

static void marks_only_grow_and_stand_at_messages(void **state)
{
	struct world *w = *state;
	int64_t chat = w->chat[0][0], guardian = w->person[0][1];
	struct api_message_posted a, b;
	struct api_chat_read_done done;
	assert_int_equal(world_post(w, w->person[0][0], chat, 1, "Раз", &a), 0);
	assert_int_equal(world_read(w, guardian, chat, a.seq, &done), 0);
	size_t told = read_advanced(w, chat);
	/* the head is the read_advanced now: reading up to it is nothing new, or two clients would answer one another for ever */
	assert_int_equal(world_read(w, guardian, chat, a.seq + 1, &done), 0);
	assert_int_equal(done.read_seq, a.seq);
	assert_int_equal(w->s->effects.list.n, 0);
	assert_int_equal(world_read(w, w->person[0][2], chat, a.seq + 1, &done), 0);
	assert_int_equal(done.read_seq, a.seq);
	assert_int_equal(world_post(w, w->person[0][0], chat, 2, "Два", &b), 0);
	assert_int_equal(world_read(w, guardian, chat, 9007199254740991, &done), 0);
	assert_int_equal(done.read_seq, b.seq);
	assert_int_equal(done.read_count, 2);
	assert_int_equal(world_read(w, guardian, chat, a.seq, &done), 0);
	assert_int_equal(done.read_seq, b.seq);
	assert_int_equal(world_read(w, guardian, chat, 0, &done), 0);
	assert_int_equal(done.read_count, 2);
	assert_int_equal(w->s->effects.list.n, 0);
	assert_int_equal(read_advanced(w, chat), told + 1);
}

static void one_read_advanced_for_a_message(void **state)
{
	struct world *w = *state;
	int64_t chat = w->chat[0][0];
	struct api_message_posted m;
	assert_int_equal(world_post(w, w->person[0][0], chat, 1, "Все прочтите", &m), 0);
	for (size_t i = 1; i < WORLD_PEOPLE; i++)
		assert_int_equal(world_read(w, w->person[0][i], chat, m.seq, NULL), 0);
	assert_int_equal(read_advanced(w, chat), 1);
	struct api_chat_snapshot s;
	assert_int_equal(world_snapshot(w, w->person[0][3], chat, &s), 0);
	assert_int_equal(s.chat.first_readers.n, 2);
	assert_int_equal(s.chat.first_readers.items[0].person_id, w->person[0][0]);
	assert_int_equal(s.chat.first_readers.items[1].person_id, w->person[0][1]);
	assert_int_equal(s.chat.first_readers.items[1].seq, m.seq);
}

static void newcomers_have_nothing_unread_and_read_nothing(void **state)
{
	struct world *w = *state;
	int64_t chat = w->chat[0][0];
	struct api_message_posted m;
	for (uint64_t i = 1; i <= 3; i++)
		assert_int_equal(world_post(w, w->person[0][0], chat, i, "До вас", &m), 0);
	int64_t late = world_newcomer(w);
	assert_int_equal(world_join(w, w->org[0], w->unit[0][0], late, ROLE_GUARDIAN, false), 0);
	assert_int_equal(unread(w, late, chat), 0);
	struct api_chat_snapshot s;
	assert_int_equal(world_snapshot(w, late, chat, &s), 0);
	assert_int_equal(s.chat.read_seq, m.seq);
	assert_int_equal(s.chat.first_readers.n, 1);
	assert_int_equal(s.chat.first_readers.items[0].person_id, w->person[0][0]);
	/* reading what he was spared is nothing */
	assert_int_equal(world_read(w, late, chat, m.seq, NULL), 0);
	assert_int_equal(read_advanced(w, chat), 0);
}

/* --- random sequences against marks in memory */

struct memory { int64_t seqs[400]; size_t n; int64_t mark[WORLD_PEOPLE], reached[WORLD_PEOPLE]; };

static int64_t message_at(const struct memory *m, int64_t seq, int64_t *count_out)
{
	int64_t found = 0;
	*count_out = 0;
	for (size_t i = 0; i < m->n && m->seqs[i] <= seq; i++) {
		found = m->seqs[i];
		*count_out = (int64_t)i + 1;
	}
	return found;
}

static void compare(struct world *w, const struct memory *m, size_t who)
{
	struct api_chat_snapshot s;
	int64_t count;
	assert_int_equal(world_snapshot(w, w->person[0][who], w->chat[0][0], &s), 0);
	message_at(m, m->mark[who], &count);
	assert_int_equal(s.chat.read_seq, m->mark[who]);
	assert_int_equal(s.chat.read_count, count);
	assert_int_equal(s.chat.message_count, m->n);
	size_t order[WORLD_PEOPLE], n = 0;
	for (size_t i = 0; i < WORLD_PEOPLE; i++) {
		if (!m->mark[i])
			continue;
		size_t at = n++;
		for (; at > 0; at--) {
			size_t other = order[at - 1];
			if (m->mark[other] > m->mark[i] || (m->mark[other] == m->mark[i] && m->reached[other] < m->reached[i]))
				break;
			order[at] = other;
		}
		order[at] = i;
	}
	assert_int_equal(s.chat.first_readers.n, n < 2 ? n : 2);
	for (size_t i = 0; i < s.chat.first_readers.n; i++) {
		assert_int_equal(s.chat.first_readers.items[i].person_id, w->person[0][order[i]]);
		assert_int_equal(s.chat.first_readers.items[i].seq, m->mark[order[i]]);
	}
}

static void random_marks_agree_with_a_model(void **state)
{
	struct world *w = *state;
	struct memory m = {.n = 0};
	srand(98);
	for (int step = 1; step <= 400; step++) {
		size_t who = (size_t)(rand() % WORLD_PEOPLE);
		int64_t mark, count;
		if (rand() % 3 == 0) {
			struct api_message_posted posted;
			assert_int_equal(world_post(w, w->person[0][who], w->chat[0][0], (uint64_t)step, "Ответ", &posted), 0);
			m.seqs[m.n++] = mark = posted.seq;
		} else {
			int64_t upto = m.n ? rand() % (m.seqs[m.n - 1] + 4) : 3;
			assert_int_equal(world_read(w, w->person[0][who], w->chat[0][0], upto, NULL), 0);
			mark = message_at(&m, upto, &count);
		}
		if (mark > m.mark[who]) {
			m.mark[who] = mark;
			m.reached[who] = step;
		}
		compare(w, &m, (size_t)(rand() % WORLD_PEOPLE));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(unread_counts_messages_only, world_setup, world_teardown),
		cmocka_unit_test_setup_teardown(marks_only_grow_and_stand_at_messages, world_setup, world_teardown),
		cmocka_unit_test_setup_teardown(one_read_advanced_for_a_message, world_setup, world_teardown),
		cmocka_unit_test_setup_teardown(newcomers_have_nothing_unread_and_read_nothing, world_setup, world_teardown),
		cmocka_unit_test_setup_teardown(random_marks_agree_with_a_model, world_setup, world_teardown),
	};
	return cmocka_run_group_tests_name("chat_reads", tests, NULL, NULL);
}
