/* SPDX-License-Identifier: Apache-2.0
 *
 * Carries imports of rosters through their steps, one import at a time: looked up on a reader, decoded and planned on a background thread,
 * compared on a reader, changed on the writer in slices. Owned by serve.
 */
#ifndef APP_ROSTER_RUNNER_H
#define APP_ROSTER_RUNNER_H

#include "server/background.h"
#include "server/dispatch.h"

struct roster_runner;
/* Borrows all. Goes on with what an earlier process left behind. */
struct roster_runner *roster_runner_start(struct workers *workers, struct background *background, struct publisher *publisher,
	const struct installation *inst);
void roster_runner_stop(struct roster_runner *r);   /* no step begins any more; before background and workers stop */
void roster_runner_free(struct roster_runner **r);  /* after both have stopped */

#endif
