/* SPDX-License-Identifier: Apache-2.0
 *
 * The "out of memory" mode of a unit test: a body is run again and again with its 1st, 2nd, 3rd ... allocation failing,
 * first that one alone, then that one and all later ones, until it gets through without meeting the failure. One thread.
 *
 * A body returns true when it did its work and checked it, false when it met a failure that its contract names
 * (ERR_NOMEM, NULL); in both cases it has released everything. mem_* end a run by the panic hook, which jumps back out
 * of it; what was held then is lost, as it would be in a process that ends.
 */
#ifndef TESTS_UNIT_HARNESS_H
#define TESTS_UNIT_HARNESS_H

#include <stdbool.h>

struct oom_result {
	unsigned runs, succeeded, refused, panicked;
};

/* Fails the cmocka test on a leak, or when the body says false although nothing failed. */
struct oom_result run_oom(bool (*body)(void *state), void *state);

#endif
