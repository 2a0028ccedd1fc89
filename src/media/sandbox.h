/* SPDX-License-Identifier: Apache-2.0
 *
 * Walls around the media process: it reads what strangers send. Linux. Its one thread.
 */
#ifndef MEDIA_SANDBOX_H
#define MEDIA_SANDBOX_H

#include <stdbool.h>

/* No core file (it would hold keys), no other process of the same user may look inside. */
bool media_sandbox_limit(void);
/* From here on (seccomp(2)) it may use the sockets that it has or is given, take and give back memory, tell the time, and end. It opens no file and no
 * socket, starts no process, connects nowhere; anything that is not listed kills it. */
bool media_sandbox_enter(void);

#endif
