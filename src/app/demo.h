/* SPDX-License-Identifier: Apache-2.0
 *
 * The demonstration: the five organisations of the regulations with people of every role and weeks of conversation, made
 * through the rooms' own functions. One thread, at start, before any worker.
 */
#ifndef APP_DEMO_H
#define APP_DEMO_H

#include "db/db.h"
#include "server/installation.h"
#include <stdio.h>

/* Fills an empty store (one that has no organisation; otherwise does nothing), in its own write transactions on db.
 * now_ms: the conversations end shortly before it. */
enum err demo_fill(struct db *db, const struct installation *inst, int64_t now_ms) MUST_CHECK;
/* How to sign in as each: organisation, role, name, phone; the code is 000000. From the same tables, whatever is in the store. */
void demo_print_people(FILE *out);

#endif
