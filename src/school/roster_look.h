/* SPDX-License-Identifier: Apache-2.0
 *
 * Private to roster_match.c and roster_diff.c: looking at an organisation with a plan in the hand. A reader's thread.
 */
#ifndef SCHOOL_ROSTER_LOOK_H
#define SCHOOL_ROSTER_LOOK_H

#include "school/import_sql.h"
#include "school/roster.h"

#define LOOK_CANDIDATES_MAX 20

struct look {
	/* borrowed */
	struct tx *tx;
	const struct roster_task *task;
	struct roster_plan *plan;
	struct roster_diff *diff;
	/* state */
	struct roster_answer answers[ROSTER_ANSWERS_MAX];
	size_t answer_n;
	size_t *child_of; /* of a guardian: a child's index + 1 */
};

struct str look_plan_name(struct look *l, const struct plan_person *p);
struct str look_person_name(struct look *l, const struct api_person *p);
void look_problem(struct look *l, enum api_roster_severity severity, enum api_roster_problem_key key, const struct plan_at *at, struct str name,
	struct str was, struct str became);
struct str look_fold(struct look *l, struct str s);
enum err look_unit_name(struct look *l, struct unit_id unit, struct str *out);

/* Who of the file is whom: fills person, role, came_in and is_question of the diff. */
enum err look_find_people(struct look *l) MUST_CHECK;

#endif
