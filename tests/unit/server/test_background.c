/* SPDX-License-Identifier: Apache-2.0
 *
 * Work is done once, in order of posting by few threads; what waits is finished at the stop, nothing is taken afterwards.
 */
#include "server/background.h"

#include "base/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <unistd.h>
#include <cmocka.h>

struct counted { struct work work; _Atomic int *total; bool slow; };

static _Atomic int begun;     /* slow ones that run */
static _Atomic bool let_go;   /* they end when it says so */

static void count(struct work *w)
{
	struct counted *c = (struct counted *)w;
	if (c->slow) {
		atomic_fetch_add(&begun, 1);
		while (!let_go)
			usleep(1000);
	}
	atomic_fetch_add(c->total, 1);
	mem_free(c);
}

static struct work *counted(_Atomic int *total, bool slow)
{
	struct counted *c = mem_alloc(sizeof *c);
	*c = (struct counted){.work.run = count, .total = total, .slow = slow};
	return &c->work;
}

static void test_all_done_at_stop(void **state)
{
	(void)state;
	_Atomic int total = 0;
	struct background *b = background_start();
	let_go = false;
	for (int i = 0; i < 1000; i++)
		assert_int_equal(background_post(b, counted(&total, i < 2)), ERR_OK);
	let_go = true;
	background_stop(b);
	assert_int_equal(total, 1000);
	struct work *late = counted(&total, false);
	assert_int_equal(background_post(b, late), ERR_BUSY);
	mem_free(late);
	background_free(&b);
	assert_int_equal(total, 1000);
	assert_null(b);
}

static void test_bounded(void **state)
{
	(void)state;
	_Atomic int total = 0;
	int taken = 0;
	struct background *b = background_start();
	let_go = false;
	begun = 0;
	for (int i = 0; i < BACKGROUND_THREADS; i++) /* nobody is free */
		assert_int_equal(background_post(b, counted(&total, true)), ERR_OK);
	while (begun < BACKGROUND_THREADS)
		usleep(1000);
	for (int i = 0; i < BACKGROUND_QUEUE_MAX + 10; i++) {
		struct work *w = counted(&total, false);
		if (background_post(b, w))
			mem_free(w);
		else
			taken++;
	}
	let_go = true;
	assert_int_equal(taken, BACKGROUND_QUEUE_MAX);
	background_free(&b);
	assert_int_equal(total, BACKGROUND_QUEUE_MAX + BACKGROUND_THREADS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all_done_at_stop),
		cmocka_unit_test(test_bounded),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
