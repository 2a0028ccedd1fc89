/* SPDX-License-Identifier: Apache-2.0
 *
 * The way to the recorders (`zvonok recorder`, src/app/recorders.h), for room lesson: app fills it in, tests put a fake there. Set before the first thread, constant afterwards; what
 * becomes of a recording app tells by lesson_recording_over and lesson_recording_keep (lesson/lesson.h).
 */
#ifndef SERVER_RECORD_PORT_H
#define SERVER_RECORD_PORT_H

#include <stdbool.h>
#include <stdint.h>

struct record_port {
	/* Any thread; never waits. The room (a call) is recorded, its first byte is written RECORD_NOTICE_MS from now at the earliest; most: bytes. */
	void (*start)(void *user, int64_t recording, int64_t room, int64_t most);
	void (*stop)(void *user, int64_t recording, int64_t room);
	void *user;
};
#define RECORD_NOTICE_MS 1000
void record_port_set(const struct record_port *port); /* copied; NULL: none */
const struct record_port *record_port(void);          /* never NULL; without start this installation cannot record */

#endif
