/* SPDX-License-Identifier: Apache-2.0
 *
 * Runs test bodies with failing allocations. One thread.
 */
#include "harness.h"
#include "base/err.h"
#include "base/mem.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#if defined(__SANITIZE_ADDRESS__)
#define HAVE_LSAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define HAVE_LSAN 1
#endif
#endif
#ifdef HAVE_LSAN
#include <sanitizer/lsan_interface.h>
#endif

#define OOM_RUNS_MAX 10000

static jmp_buf out_of_body;

static void jump_out(void) { longjmp(out_of_body, 1); }

/* Leaks of a panic are accepted; the others are counted by mem_live, so that the sanitizer may look away. */
static void leaks_may_be(bool yes)
{
#ifdef HAVE_LSAN
	if (yes)
		__lsan_disable();
	else
		__lsan_enable();
#else
	(void)yes;
#endif
}

/* Returns whether the failure was met. */
static bool run_once(bool (*body)(void *state), void *state, uint64_t at, bool forever, struct oom_result *result)
{
	result->runs++;
	int64_t live = mem_live();
	leaks_may_be(true);
	volatile bool panicked = true;
	volatile bool done = false;
	mem_fail_at(at, forever);
	if (setjmp(out_of_body) == 0) {
		done = body(state);
		panicked = false;
	}
	bool met = mem_count() >= at;
	mem_fail_at(0, false);
	leaks_may_be(false);
	if (panicked) {
		assert_true(met);
		result->panicked++;
		return met;
	}
	assert_int_equal(mem_live(), live);
	if (done) {
		result->succeeded++;
	} else {
		assert_true(met);
		result->refused++;
	}
	return met;
}

struct oom_result run_oom(bool (*body)(void *state), void *state)
{
	struct oom_result result = {0};
	mem_set_panic(jump_out);
	for (int forever = 0; forever <= 1; forever++)
		for (uint64_t at = 1; run_once(body, state, at, forever, &result); at++)
			assert_true(at < OOM_RUNS_MAX);
	mem_set_panic(NULL);
	assert_true(result.succeeded > 0);
	return result;
}
