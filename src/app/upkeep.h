/* SPDX-License-Identifier: Apache-2.0
 *
 * What the server does by itself, without anybody's command: a write job soon after the start and then again and again. Owned by serve;
 * its timer and its start belong to one loop, its work runs on the writer's thread.
 */
#ifndef APP_UPKEEP_H
#define APP_UPKEEP_H

#include "server/dispatch.h"

struct upkeep;
struct upkeep_work {
	const char *name; /* for logs */
	enum err (*run)(struct tx *tx, bool *more_out); /* *more_out: there is more to do at once */
	int64_t every_ms;
};
#define UPKEEP_HOUR_MS (60 * 60 * 1000LL)
/* Before the loop runs. Borrows all but work. */
struct upkeep *upkeep_new(const struct upkeep_work *work, struct loop *loop, struct workers *workers, struct publisher *publisher,
	const struct installation *inst);
void upkeep_free(struct upkeep **u); /* after the workers and the loop have stopped */

#endif
