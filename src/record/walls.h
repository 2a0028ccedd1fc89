/* SPDX-License-Identifier: Apache-2.0
 *
 * Walls around a recorder, whose bytes come from strangers. Linux. Its one thread.
 */
#ifndef RECORD_WALLS_H
#define RECORD_WALLS_H

#include <stdbool.h>

/* From here on (seccomp(2)) it may use the descriptors that it has, and files; it makes no socket, no process and no connection; anything that is not listed kills it. Files are those below `folder` alone where the
 * kernel has Landlock. */
bool record_walls(int folder);

#endif
