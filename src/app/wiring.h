/* SPDX-License-Identifier: Apache-2.0
 *
 * What knows all rooms: their migrations in order, their functions registered with server and policy.
 */
#ifndef APP_WIRING_H
#define APP_WIRING_H

#include "db/db.h"
#include "server/dispatch.h"

void wiring_register(void); /* before the first thread; once */
/* Every room's migrations by number; the array is the caller's to mem_free. */
struct migration *wiring_migrations(size_t *count_out);
/* Fills what comes from the rooms: the command table and the hooks. */
void wiring_dispatcher(struct dispatcher_config *config);

#endif
