/* SPDX-License-Identifier: Apache-2.0
 *
 * First readers against a model that keeps everybody's mark and sorts (docs/decisions/0006-first-readers.md).
 */
#include "chat/readers.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#define PEOPLE 6

struct person_mark { int64_t person, seq, reached; }; /* reached: when, for ties */

static int further(const void *a, const void *b)
{
	const struct person_mark *x = a, *y = b;
	if (x->seq != y->seq)
		return x->seq > y->seq ? -1 : 1;
	return x->reached < y->reached ? -1 : x->reached > y->reached;
}

static void agrees_with_sorting(void **state)
{
	(void)state;
	for (unsigned seed = 1; seed <= 400; seed++) {
		srand(seed);
		struct person_mark all[PEOPLE] = {0};
		struct first_readers f = {0};
		int64_t head = 0;
		for (int64_t step = 1; step <= 200; step++) {
			size_t who = (size_t)(rand() % PEOPLE);
			int64_t seq = rand() % 3 == 0 ? ++head : head ? 1 + rand() % head : 0; /* a post, or a mark somewhere */
			struct first_readers before = f;
			bool changed = false;
			if (seq > all[who].seq) { /* marks only grow: the room calls it then only */
				all[who] = (struct person_mark){(int64_t)who + 1, seq, step};
				changed = first_readers_advance(&f, (int64_t)who + 1, seq);
			}
			assert_int_equal(changed, memcmp(&before, &f, sizeof f) != 0);
			struct person_mark sorted[PEOPLE];
			memcpy(sorted, all, sizeof all);
			qsort(sorted, PEOPLE, sizeof *sorted, further);
			for (size_t i = 0; i < 2; i++) {
				assert_int_equal(f.at[i].seq, sorted[i].seq);
				if (sorted[i].seq)
					assert_int_equal(f.at[i].person, sorted[i].person);
			}
			/* What it is for: the furthest mark of anybody but a sender is among the two. */
			for (int64_t sender = 1; sender <= PEOPLE; sender++) {
				int64_t want = 0, got = 0;
				for (size_t i = 0; i < PEOPLE; i++)
					if (all[i].person != sender && all[i].seq > want)
						want = all[i].seq;
				for (size_t i = 0; i < 2; i++)
					if (f.at[i].person != sender && f.at[i].seq > got)
						got = f.at[i].seq;
				assert_int_equal(got, want);
			}
		}
	}
}

static void equal_marks_keep_the_order(void **state)
{
	(void)state;
	struct first_readers f = {0};
	assert_true(first_readers_advance(&f, 1, 5));
	assert_true(first_readers_advance(&f, 2, 5));
	assert_false(first_readers_advance(&f, 3, 5));
	assert_int_equal(f.at[0].person, 1);
	assert_int_equal(f.at[1].person, 2);
	assert_true(first_readers_advance(&f, 2, 6));
	assert_int_equal(f.at[0].person, 2);
	assert_true(first_readers_advance(&f, 1, 6));
	assert_int_equal(f.at[0].person, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(agrees_with_sorting),
		cmocka_unit_test(equal_marks_keep_the_order),
	};
	return cmocka_run_group_tests_name("chat_readers", tests, NULL, NULL);
}
