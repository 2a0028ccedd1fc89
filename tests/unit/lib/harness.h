/* SPDX-License-Identifier: Apache-2.0
 *
 * The "out of memory" mode of a unit test: a body is run again and again with its 1st, 2nd, 3rd ... allocation failing,
 * once alone and once with all later ones too, until it gets through without meeting the failure. One thread.
 *
 * A body returns true when it did its work and checked it, false when it met a failure that its contract names
 * (ERR_NOMEM, NULL) and released what it held. mem_* end the run by the panic hook, which jumps back; what the body
 * held then is lost, so run_oom frees it (all that was allocated in the run and not freed). A body that neither
 * panics nor reports failure and leaves something allocated fails the test.
 */
#ifndef TESTS_UNIT_HARNESS_H
#define TESTS_UNIT_HARNESS_H

#include <stdbool.h>

struct oom_result {
	unsigned runs, succeeded, refused, panicked;
};

/* Fails the cmocka test on a leak, and when the body does not succeed at last. */
struct oom_result run_oom(bool (*body)(void *state), void *state);

#endif
