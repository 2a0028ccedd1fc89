/* SPDX-License-Identifier: Apache-2.0
 *
 * Whole servers on a virtual clock and network, by seeds. SIM_SEED=n runs one seed of every scenario, SIM_SEEDS=from-to many,
 * SIM_ONLY=name one scenario.
 */
#include "base/log.h"
#include "base/mem.h"
#include "app/wiring.h"
#include "world.h"

#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <cmocka.h>

static char folder[200];
static uint64_t seed_running;
static const char *name_running = "first";
static struct school schools[2]; /* of 8 people and of 24 */

static void run_seeds(const struct scenario *s, uint64_t first, uint64_t count)
{
	const char *one = getenv("SIM_SEED"), *many = getenv("SIM_SEEDS"), *only = getenv("SIM_ONLY");
	struct school *school = &schools[s->people > 8];
	if (only && strcmp(only, s->name) != 0)
		return;
	uint64_t last = first + count - 1;
	if (one) {
		first = last = strtoull(one, NULL, 10);
	} else if (many) {
		char *end;
		first = strtoull(many, &end, 10);
		last = *end == '-' ? strtoull(end + 1, NULL, 10) : first;
	}
	school_make(school, folder, s->people);
	for (uint64_t seed = first; seed <= last; seed++) {
		int64_t live = mem_live();
		seed_running = seed;
		name_running = s->name;
		world_run(s, school, folder, seed);
		if (mem_live() != live)
			fail_msg("SIM_SEED=%llu %s: %lld allocations are left", (unsigned long long)seed, s->name, (long long)(mem_live() - live));
	}
}

static void a_class_talks_over_bad_lines(void **state)
{
	(void)state;
	run_seeds(&(struct scenario){.name = "talk", .people = 8, .clients = 8, .active_ms = 4000, .tick_ms = 120, .cut = 25, .slow = 100, .repeat = 30,
		.text = 60}, 1, 25);
}

static void commits_that_fail_lose_nothing(void **state)
{
	(void)state;
	run_seeds(&(struct scenario){.name = "fail", .people = 8, .clients = 8, .active_ms = 4000, .tick_ms = 150, .cut = 25, .slow = 100, .repeat = 30,
		.roster = 200, .fail = 60, .text = 60}, 101, 15);
}

static void people_come_and_go_under_load(void **state)
{
	(void)state;
	run_seeds(&(struct scenario){.name = "roster", .people = 8, .clients = 12, .active_ms = 4000, .tick_ms = 120, .cut = 25, .slow = 100, .repeat = 30,
		.roster = 800, .stall = 10, .text = 60}, 201, 40);
}

static void two_hundred_sockets_reconnect(void **state)
{
	(void)state;
	run_seeds(&(struct scenario){.name = "storm", .people = 24, .clients = 200, .active_ms = 4000, .tick_ms = 8000, .storm = true,
		.roster = 900, .text = 60}, 301, 2);
}

static void slow_readers_are_cut_and_catch_up(void **state)
{
	(void)state;
	run_seeds(&(struct scenario){.name = "slow", .people = 8, .clients = 10, .active_ms = 6000, .tick_ms = 40, .cut = 3, .stall = 30,
		.text = 3900}, 401, 3);
}

static void who_missed_too_much_takes_a_snapshot(void **state)
{
	(void)state;
	run_seeds(&(struct scenario){.name = "away", .people = 8, .clients = 4, .active_ms = 500, .tick_ms = 100, .cut = 10, .away = true,
		.text = 20}, 501, 2);
}

static void sessions_end_under_load(void **state)
{
	(void)state;
	run_seeds(&(struct scenario){.name = "sessions", .people = 8, .clients = 16, .active_ms = 4000, .tick_ms = 120, .cut = 20, .leave = 20, .slow = 400,
		.repeat = 20, .roster = 200, .text = 60}, 601, 15);
}

static void the_wall_clock_jumps(void **state)
{
	(void)state;
	run_seeds(&(struct scenario){.name = "clock", .people = 8, .clients = 8, .active_ms = 4000, .tick_ms = 120, .cut = 20, .jump = 30, .slow = 100,
		.repeat = 20, .roster = 200, .text = 60}, 701, 8);
}

static void a_jump_beyond_the_life_of_sessions(void **state)
{
	(void)state;
	run_seeds(&(struct scenario){.name = "future", .people = 8, .clients = 8, .active_ms = 4000, .tick_ms = 120, .cut = 20, .jump = 30, .slow = 100,
		.repeat = 20, .text = 60, .far_future = true}, 801, 4);
}

/* Wherever it breaks, in the program or in the test: the seed that shows it again. */
static void say_seed(int signal_number)
{
	char text[120];
	int n = snprintf(text, sizeof text, "\nSIM_SEED=%llu SIM_ONLY=%s shows it again\n", (unsigned long long)seed_running, name_running);
	if (n > 0 && write(STDERR_FILENO, text, (size_t)n) < 0)
		_exit(1);
	signal(signal_number, SIG_DFL);
	raise(signal_number);
}

static int set_up(void **state)
{
	(void)state;
	signal(SIGABRT, say_seed);
	signal(SIGSEGV, say_seed);
	const char *base = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
	snprintf(folder, sizeof folder, "%s/zvonok-sim-XXXXXX", base);
	if (!mkdtemp(folder))
		return 1;
	log_set_level(getenv("SIM_LOG") ? LOG_LEVEL_DEBUG : (enum log_level)(LOG_LEVEL_ERROR + 1));
	wiring_register();
	/* what lives as long as the process is made before leaks are counted */
	world_run(&(struct scenario){.name = "first", .people = 8, .clients = 8, .active_ms = 2000, .tick_ms = 100, .cut = 20}, &schools[0], folder, 0);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	for (size_t i = 0; i < 2; i++)
		school_remove(&schools[i]);
	return rmdir(folder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_class_talks_over_bad_lines),
		cmocka_unit_test(commits_that_fail_lose_nothing),
		cmocka_unit_test(people_come_and_go_under_load),
		cmocka_unit_test(two_hundred_sockets_reconnect),
		cmocka_unit_test(slow_readers_are_cut_and_catch_up),
		cmocka_unit_test(who_missed_too_much_takes_a_snapshot),
		cmocka_unit_test(sessions_end_under_load),
		cmocka_unit_test(the_wall_clock_jumps),
		cmocka_unit_test(a_jump_beyond_the_life_of_sessions),
	};
	return cmocka_run_group_tests_name("sim", tests, set_up, tear_down);
}
