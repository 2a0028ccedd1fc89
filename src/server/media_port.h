/* SPDX-License-Identifier: Apache-2.0
 *
 * The way to the processes that carry sound and picture of calls (`zvonok media`), and back. Room lesson speaks through it and listens;
 * app fills it in (src/app/media_process.h), tests put a fake there. What is said is one JSON object a message, described in
 * docs/calls.md. A room of media is a call; it lives in one process, chosen by its id.
 *
 * Set before the first thread, constant afterwards; without a port nothing is heard and what is said is lost.
 */
#ifndef SERVER_MEDIA_PORT_H
#define SERVER_MEDIA_PORT_H

#include "base/str.h"

#define MEDIA_TEXT_MAX 16384 /* bytes of one frame of a browser */

struct media_port {
	/* Any thread; never waits. In order by one caller. A message for a process that is not there is dropped: it knows no room then. */
	void (*send)(void *user, int64_t room, struct str json);
	void *user;
	int processes; /* > 0 when send is there */
	bool off;      /* this installation has no calls */
};
void media_port_set(const struct media_port *port); /* copied; NULL: none */
const struct media_port *media_port(void);          /* never NULL */

/* What app calls with what it hears; any thread, one at a time for one process. */
struct media_ears {
	void (*message)(void *user, int process, struct str json);
	void (*gone)(void *user, int process); /* it has ended; its rooms are no more. The next one begins empty. */
	void *user;
};
void media_ears_set(const struct media_ears *ears); /* copied; NULL: nobody listens */
const struct media_ears *media_ears(void);          /* NULL: nobody listens */

static inline int media_process_of(int64_t room, int processes)
{
	return processes > 1 ? (int)(room % processes) : 0;
}

#endif
