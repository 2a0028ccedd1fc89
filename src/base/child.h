/* SPDX-License-Identifier: Apache-2.0
 *
 * Children: the program again with a word behind its name (the decoder of tables, media processes, recorders), or a program that the installation names. A child has nothing of ours but
 * the descriptors that it is given: no environment but a PATH, no blocked or ignored signal, a group of its own, so that a signal of the terminal does not reach it before we are done.
 * Of any thread.
 */
#ifndef BASE_CHILD_H
#define BASE_CHILD_H

#include "base/err.h"

#include <sys/types.h>

#define CHILD_FDS_MAX 8
enum { CHILD_NOTHING = -1, CHILD_OURS = -2 }; /* /dev/null; our own of that number */

struct child_end { int code, signal; }; /* code -1: a signal ended it, or nobody knows; signal 0: none did */

/* program NULL: this one. argv ends with NULL; its words are not changed. The child's descriptor i is fds[i]: one of ours, which stays ours to close, or one of the above. It has no other. */
enum err child_start(const char *program, char *const argv[], const int *fds, int n, pid_t *pid_out) MUST_CHECK;
/* Waits for its end. */
struct child_end child_wait(pid_t pid);
/* Kills it, if it has not ended, and waits. */
struct child_end child_kill(pid_t pid);

#endif
