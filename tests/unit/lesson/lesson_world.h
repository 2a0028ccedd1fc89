/* SPDX-License-Identifier: Apache-2.0
 *
 * The world of the chat tests with calls in it, and a media process that only writes down what it is told. One thread.
 */
#ifndef TESTS_UNIT_LESSON_LESSON_WORLD_H
#define TESTS_UNIT_LESSON_LESSON_WORLD_H

#include "chat_world.h"
#include "lesson/lesson.h"

int lesson_setup(void **state); /* *state: struct world *; world_teardown ends it */
/* What the media process was told since the last command began, one message a line: "12 {...}\n". */
const char *lesson_told(void);

/* Each gives the code of the refusal, 0 for success. session 0: the person's own one. */
int do_start(struct world *w, int64_t person, int64_t chat, struct api_call *out);
int do_join(struct world *w, int64_t person, int64_t session, int64_t call, struct api_call_entry *out);
int do_leave(struct world *w, int64_t person, int64_t call);
int do_end(struct world *w, int64_t person, int64_t call);
int do_mute(struct world *w, int64_t person, int64_t call, int64_t participant);
int do_remove(struct world *w, int64_t person, int64_t call, int64_t participant);
int do_attendance(struct world *w, int64_t person, int64_t call, struct api_call_attendance *out);
int do_classroom(struct world *w, int64_t person, int64_t call, const char *name);
int do_in_room(struct world *w, int64_t person, int64_t call, int64_t who, bool here);
int do_get(struct world *w, int64_t person, int64_t call, struct api_call_snapshot *out);
/* Any other command: begins; the test checks the right, calls the handler and world_done. */
struct tx *lesson_begin(struct world *w, int64_t person);
/* What happens without a command. */
void lesson_media_says(struct world *w, int64_t call, int64_t participant, bool connected);
void lesson_time_goes_on(struct world *w, int64_t ms); /* and the work of it is done */
bool do_spend(struct world *w, const char *ticket, int64_t session);

#endif
