/* SPDX-License-Identifier: Apache-2.0
 *
 * One chat of the demonstration and its weeks of conversation. Private to demo*.c. One thread, inside demo_fill's transaction.
 */
#ifndef APP_DEMO_CHAT_H
#define APP_DEMO_CHAT_H

#include "app/demo_data.h"
#include "server/tx.h"

#define DEMO_TEACHERS_MAX 8
#define DEMO_STUDENTS_MAX 48
#define DEMO_ROOM_MAX 40

struct demo {
	struct tx tx;
	int64_t now_ms;
	uint64_t random;
	/* of the organisation that is being filled */
	const struct demo_org *org;
	int org_index, guardian_count;
	struct org_id org_id;
	struct person_id last_person; /* whom the demonstration made last; the ids follow one another */
	struct person_id admin, head, coadmin, teachers[DEMO_TEACHERS_MAX], students[DEMO_STUDENTS_MAX];
};

struct demo_room {
	enum demo_talk talk;
	const struct demo_unit *unit; /* NULL: the staff's */
	struct chat_id chat;
	struct person_id members[DEMO_ROOM_MAX], guardians[DEMO_ROOM_MAX];
	int member_count, guardian_count;
	int lead, other_teachers[DEMO_TEACHERS_MAX], other_teacher_count;
	bool has_head, has_admin;
};

/* At least 40 messages over the four weeks before demo.now_ms, at hours when people write, and marks of those who have read. */
enum err demo_fill_chat(struct demo *d, const struct demo_room *room) MUST_CHECK;

#endif
