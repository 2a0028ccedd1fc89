/* SPDX-License-Identifier: Apache-2.0
 *
 * First readers: the two people who have read a chat furthest (docs/decisions/0006-first-readers.md). Pure; any thread.
 */
#ifndef CHAT_READERS_H
#define CHAT_READERS_H

#include <stdbool.h>
#include <stdint.h>

struct reader { int64_t person, seq; };      /* person 0: nobody yet */
struct first_readers { struct reader at[2]; }; /* [0] has read furthest; of equals the one who got there first */

/* person's mark is now at seq (it never falls). True when that changed the two. */
bool first_readers_advance(struct first_readers *f, int64_t person, int64_t seq);

#endif
