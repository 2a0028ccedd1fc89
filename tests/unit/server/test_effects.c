/* SPDX-License-Identifier: Apache-2.0
 *
 * Joining the frames of a batch: fewer buffers, and for every follower the same bytes in the same order.
 */
#include "server/effects.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#define STREAMS 4

static struct stream_id stream(int i)
{
	return chat_stream((struct chat_id){i + 1});
}

static void add(struct effects *e, enum effect_kind kind, int at, int64_t seq, const char *text)
{
	effects_add(e, &(struct effect){.kind = kind, .stream = stream(at), .person = {1}, .seq = seq,
		.frame = text ? bytes_new(text, strlen(text)) : NULL});
}

static void is(const struct effects *e, size_t i, enum effect_kind kind, int at, int64_t seq, const char *text)
{
	assert_true(i < e->list.n);
	const struct effect *f = &e->list.p[i];
	assert_int_equal(f->kind, kind);
	assert_int_equal(f->stream.v, stream(at).v);
	assert_int_equal(f->seq, seq);
	assert_true(str_eq(bytes_str(f->frame), str_of(text)));
}

static void frames_of_one_stream_become_one(void **state)
{
	(void)state;
	struct effects e;
	effects_init(&e);
	add(&e, EFFECT_EVENT, 0, 5, "a");
	add(&e, EFFECT_EVENT, 0, 6, "bc");
	add(&e, EFFECT_EVENT, 0, 7, "d");
	effects_join_frames(&e);
	assert_int_equal(e.list.n, 1);
	is(&e, 0, EFFECT_EVENT, 0, 7, "abcd"); /* with the last seq, for heads of those who join */
	effects_release(&e);
}

static void streams_are_not_mixed(void **state)
{
	(void)state;
	struct effects e;
	effects_init(&e);
	add(&e, EFFECT_EVENT, 0, 1, "a");
	add(&e, EFFECT_EVENT, 1, 1, "A");
	add(&e, EFFECT_EVENT, 0, 2, "b");
	add(&e, EFFECT_SIGNAL, 0, 0, "s");
	add(&e, EFFECT_EVENT, 1, 2, "B");
	effects_join_frames(&e);
	assert_int_equal(e.list.n, 3);
	is(&e, 0, EFFECT_EVENT, 0, 2, "ab");
	is(&e, 1, EFFECT_EVENT, 1, 2, "AB");
	is(&e, 2, EFFECT_SIGNAL, 0, 0, "s");
	effects_release(&e);
}

static void nothing_is_joined_across_a_change_of_followers(void **state)
{
	(void)state;
	const enum effect_kind barriers[] = {EFFECT_FOLLOW, EFFECT_UNFOLLOW, EFFECT_END_SESSION};
	for (size_t i = 0; i < 3; i++) {
		struct effects e;
		effects_init(&e);
		add(&e, EFFECT_EVENT, 0, 1, "a");
		add(&e, EFFECT_EVENT, 0, 2, "b");
		add(&e, barriers[i], 1, 0, barriers[i] == EFFECT_END_SESSION ? NULL : "f");
		add(&e, EFFECT_EVENT, 0, 3, "c");
		add(&e, EFFECT_EVENT, 0, 4, "d");
		assert_int_equal(e.revokes, barriers[i] != EFFECT_FOLLOW);
		effects_join_frames(&e);
		assert_int_equal(e.list.n, 3);
		is(&e, 0, EFFECT_EVENT, 0, 2, "ab");
		assert_int_equal(e.list.p[1].kind, barriers[i]);
		is(&e, 2, EFFECT_EVENT, 0, 4, "cd");
		effects_release(&e);
	}
}

static void nothing_and_little_stay_as_they_are(void **state)
{
	(void)state;
	struct effects e;
	effects_init(&e);
	effects_join_frames(&e);
	assert_int_equal(e.list.n, 0);
	add(&e, EFFECT_SIGNAL, 0, 0, "s");
	add(&e, EFFECT_SIGNAL, 0, 0, "t");
	add(&e, EFFECT_EVENT, 2, 9, "a");
	effects_join_frames(&e);
	assert_int_equal(e.list.n, 3);
	is(&e, 0, EFFECT_SIGNAL, 0, 0, "s");
	is(&e, 1, EFFECT_SIGNAL, 0, 0, "t");
	is(&e, 2, EFFECT_EVENT, 2, 9, "a");
	effects_release(&e);
}

static void moving_appends_and_clearing_forgets(void **state)
{
	(void)state;
	struct effects a, b;
	effects_init(&a);
	effects_init(&b);
	add(&a, EFFECT_EVENT, 0, 1, "a");
	add(&b, EFFECT_EVENT, 0, 2, "b");
	add(&b, EFFECT_UNFOLLOW, 0, 0, "u");
	effects_move(&a, &b);
	assert_int_equal(a.list.n, 3);
	assert_int_equal(b.list.n, 0);
	assert_true(a.revokes);
	assert_false(b.revokes);
	is(&a, 1, EFFECT_EVENT, 0, 2, "b");
	effects_clear(&a);
	assert_int_equal(a.list.n, 0);
	assert_false(a.revokes);
	effects_release(&a);
	effects_release(&b);
}

/* Reads a list as one who follows a stream: everything of it, with the barriers between. */
static void hear(const struct effects *e, int at, struct buf *out)
{
	for (size_t i = 0; i < e->list.n; i++) {
		const struct effect *f = &e->list.p[i];
		bool barrier = f->kind == EFFECT_FOLLOW || f->kind == EFFECT_UNFOLLOW;
		if (barrier || (f->stream.v == stream(at).v && f->kind == EFFECT_EVENT))
			buf_add_str(out, bytes_str(f->frame));
	}
}

static void every_follower_hears_the_same(void **state)
{
	(void)state;
	srand(98);
	for (int round = 0; round < 300; round++) {
		struct effects e;
		struct buf before[STREAMS], after;
		int64_t seq[STREAMS] = {0};
		effects_init(&e);
		for (int i = rand() % 40; i > 0; i--) {
			char text[24];
			int at = rand() % STREAMS, kind = rand() % 10;
			snprintf(text, sizeof text, "<%d>", i);
			if (kind < 7)
				add(&e, EFFECT_EVENT, at, ++seq[at], text);
			else
				add(&e, kind == 7 ? EFFECT_SIGNAL : kind == 8 ? EFFECT_FOLLOW : EFFECT_UNFOLLOW, at, 0, text);
		}
		size_t many = e.list.n;
		for (int i = 0; i < STREAMS; i++) {
			buf_init(&before[i], 4096);
			hear(&e, i, &before[i]);
		}
		effects_join_frames(&e);
		assert_true(e.list.n <= many);
		for (int i = 0; i < STREAMS; i++) {
			buf_init(&after, 4096);
			hear(&e, i, &after);
			assert_true(str_eq(buf_str(&before[i]), buf_str(&after)));
			buf_release(&before[i]);
			buf_release(&after);
		}
		effects_release(&e);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(frames_of_one_stream_become_one),
		cmocka_unit_test(streams_are_not_mixed),
		cmocka_unit_test(nothing_is_joined_across_a_change_of_followers),
		cmocka_unit_test(nothing_and_little_stay_as_they_are),
		cmocka_unit_test(moving_appends_and_clearing_forgets),
		cmocka_unit_test(every_follower_hears_the_same),
	};
	return cmocka_run_group_tests_name("effects", tests, NULL, NULL);
}
