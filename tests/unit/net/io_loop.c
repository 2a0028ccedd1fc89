/* SPDX-License-Identifier: Apache-2.0
 *
 * The loop: its mailbox from many threads, its timers, its end.
 */
#include "io_server.h"
#include "base/clock.h"
#include "base/mem.h"
#include <time.h>

#define POSTERS 4
#define POSTS 100000

struct numbered {
	struct task task;
	unsigned poster, number;
};

static struct loop *loop;
static unsigned next_of[POSTERS], out_of_order, arrived;

static void run_numbered(struct loop *l, struct task *t)
{
	struct numbered *n = (struct numbered *)t;
	if (n->number != next_of[n->poster]++)
		out_of_order++;
	if (++arrived == POSTERS * POSTS)
		loop_stop(l);
	mem_free(n);
}

static void *post_many(void *arg)
{
	unsigned poster = *(unsigned *)arg;
	for (unsigned i = 0; i < POSTS; i++) {
		struct numbered *n = mem_alloc(sizeof *n);
		n->task.run = run_numbered;
		n->poster = poster;
		n->number = i;
		loop_post(loop, &n->task);
		if (i % 5000 == 0) /* let the loop fall asleep now and then */
			nanosleep(&(struct timespec){.tv_nsec = 2000000}, NULL);
	}
	return NULL;
}

static void mailbox_keeps_each_posters_order(void **state)
{
	(void)state;
	loop = loop_new(3);
	assert_int_equal(loop_index(loop), 3);
	pthread_t t[POSTERS];
	unsigned names[POSTERS];
	for (unsigned i = 0; i < POSTERS; i++) {
		names[i] = i;
		assert_int_equal(pthread_create(&t[i], NULL, post_many, &names[i]), 0);
	}
	loop_run(loop);
	for (unsigned i = 0; i < POSTERS; i++)
		pthread_join(t[i], NULL);
	assert_int_equal(arrived, POSTERS * POSTS);
	assert_int_equal(out_of_order, 0);
	loop_free(&loop);
	assert_null(loop);
}

static unsigned chain;
static void post_again(struct loop *l, struct task *t)
{
	if (++chain < 100)
		loop_post(l, t);
	else
		loop_stop(l);
}

static void a_task_may_post_itself(void **state)
{
	(void)state;
	struct loop *l = loop_new(0);
	struct task t = {.run = post_again};
	loop_post(l, &t);
	loop_run(l);
	assert_int_equal(chain, 100);
	loop_free(&l);
}

static unsigned late_runs;
static void count_late(struct loop *l, struct task *t)
{
	(void)l;
	late_runs++;
	mem_free(t);
}

static void tasks_after_the_end_are_not_lost(void **state)
{
	(void)state;
	struct loop *l = loop_new(0);
	loop_stop(l);
	loop_run(l);
	struct task *t = mem_alloc(sizeof *t);
	t->run = count_late;
	loop_post(l, t);
	loop_free(&l);
	assert_int_equal(late_runs, 1);
}

#define TIMERS 500

struct noted {
	struct timer timer;
	int64_t wanted_ms;
	unsigned fired;
};

static int64_t last_due;
static unsigned fired_in_all, too_early, disordered;

static void note(struct loop *l, struct timer *t)
{
	struct noted *n = (struct noted *)t;
	n->fired++;
	fired_in_all++;
	if (loop_now_ms(l) < n->wanted_ms)
		too_early++;
	if (t->due_ms < last_due)
		disordered++;
	last_due = t->due_ms;
	assert_int_equal(t->slot, 0);
}

static void stop_it(struct loop *l, struct timer *t)
{
	(void)t;
	loop_stop(l);
}

static void timers_fire_in_order_and_restart(void **state)
{
	(void)state;
	struct loop *l = loop_new(0);
	static struct noted n[TIMERS];
	uint64_t seed = 7;
	for (int i = 0; i < TIMERS; i++) {
		seed = seed * 6364136223846793005u + 1442695040888963407u;
		n[i].timer.fire = note;
		timer_start(l, &n[i].timer, (int64_t)(seed >> 33) % 100);
	}
	for (int i = 0; i < TIMERS; i++) {
		seed = seed * 6364136223846793005u + 1442695040888963407u;
		switch (i % 4) {
		case 1: /* later or sooner, several times */
			timer_start(l, &n[i].timer, 200);
			timer_start(l, &n[i].timer, (int64_t)(seed >> 33) % 150);
			timer_start(l, &n[i].timer, (int64_t)(seed >> 40) % 150);
			break;
		case 2:
			timer_stop(l, &n[i].timer);
			timer_stop(l, &n[i].timer);
			break;
		case 3:
			timer_stop(l, &n[i].timer);
			timer_start(l, &n[i].timer, (int64_t)(seed >> 33) % 150);
			break;
		default:
			break;
		}
		n[i].wanted_ms = n[i].timer.due_ms;
	}
	struct timer end = {.fire = stop_it};
	timer_start(l, &end, 250);
	int64_t before = clock_mono_ms();
	loop_run(l);
	assert_in_range(clock_mono_ms() - before, 249, 1500);
	for (int i = 0; i < TIMERS; i++)
		assert_int_equal(n[i].fired, i % 4 == 2 ? 0 : 1);
	assert_int_equal(too_early, 0);
	assert_int_equal(disordered, 0);
	loop_free(&l);
}

static unsigned again;
static void fire_again(struct loop *l, struct timer *t)
{
	if (++again < 50)
		timer_start(l, t, 0);
	else
		loop_stop(l);
}

static unsigned turns;
static void count_turn(struct loop *l, struct task *t)
{
	turns++;
	if (again < 50)
		loop_post(l, t);
}

static void a_timer_without_delay_leaves_room_for_others(void **state)
{
	(void)state;
	struct loop *l = loop_new(0);
	struct timer t = {.fire = fire_again};
	struct task task = {.run = count_turn};
	timer_start(l, &t, 0);
	loop_post(l, &task);
	loop_run(l);
	assert_int_equal(again, 50);
	assert_true(turns >= 49);
	loop_free(&l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(mailbox_keeps_each_posters_order),
		cmocka_unit_test(a_task_may_post_itself),
		cmocka_unit_test(tasks_after_the_end_are_not_lost),
		cmocka_unit_test(timers_fire_in_order_and_restart),
		cmocka_unit_test(a_timer_without_delay_leaves_room_for_others),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
