/* SPDX-License-Identifier: Apache-2.0
 *
 * What the server does by itself, without anybody's command: a write job at the start and every hour. Owned by serve; its timer and
 * its start belong to one loop, its work runs on the writer's thread.
 */
#ifndef APP_UPKEEP_H
#define APP_UPKEEP_H

#include "server/dispatch.h"

struct upkeep;
/* Before the loop runs. Borrows all. */
struct upkeep *upkeep_new(struct loop *loop, struct workers *workers, struct publisher *publisher, const struct installation *inst);
void upkeep_free(struct upkeep **u); /* after the workers and the loop have stopped */

#endif
