/* SPDX-License-Identifier: Apache-2.0
 *
 * Limits and walls of a process that reads a stranger's bytes. Linux. The decoder's one thread.
 */
#ifndef DECODER_SANDBOX_H
#define DECODER_SANDBOX_H

#include <stdbool.h>

#define SANDBOX_MEMORY (1024u << 20) /* bytes of address space */
#define SANDBOX_CPU_S 20

/* Memory, CPU time, no core file, no file of its own. */
bool sandbox_limit(void);
/* From here on (seccomp, see seccomp(2)) it may read and write what is open, take and give back memory, and end. Anything else kills it. */
bool sandbox_enter(void);

#endif
