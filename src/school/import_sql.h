/* SPDX-License-Identifier: Apache-2.0
 *
 * The SQL of imports and of looking people up for them; private to the room. A worker's thread.
 */
#ifndef SCHOOL_IMPORT_SQL_H
#define SCHOOL_IMPORT_SQL_H

#include "school/roster_import.h"

struct import_row {
	struct api_roster_import api;
	int64_t file_id;
	struct person_id person;
	struct org_id org;
};
enum err import_sql_add(struct tx *tx, struct org_id org, int64_t file_id, struct str file_name, int64_t *id_out) MUST_CHECK;
/* import 0: the latest. ERR_NOT_FOUND. */
enum err import_sql_get(struct tx *tx, struct org_id org, int64_t import, struct import_row *out) MUST_CHECK;
/* The oldest that waits for the runner, in any organisation. ERR_NOT_FOUND. */
enum err import_sql_next(struct tx *tx, struct import_row *out) MUST_CHECK;
enum err import_sql_tables(struct tx *tx, struct org_id org, int64_t import, struct str *out) MUST_CHECK;
enum err import_sql_set_state(struct tx *tx, struct org_id org, int64_t import, enum api_roster_import_state from,
	enum api_roster_import_state to, bool *done_out) MUST_CHECK;
enum err import_sql_fail(struct tx *tx, struct org_id org, int64_t import, enum api_roster_file_problem problem, uint32_t line) MUST_CHECK;
enum err import_sql_ready(struct tx *tx, struct org_id org, int64_t import, struct str tables, const struct api_roster_counts *counts,
	bool *done_out) MUST_CHECK;
enum err import_sql_apply(struct tx *tx, struct org_id org, int64_t import, bool leave_absent) MUST_CHECK;
enum err import_sql_progress(struct tx *tx, struct org_id org, int64_t import, size_t done, size_t total) MUST_CHECK;
enum err import_sql_count_refused(struct tx *tx, struct org_id org, int64_t import, const struct api_roster_counts *counts) MUST_CHECK;
/* What is shown of earlier ones goes, and the tables with it. but 0: of all. */
enum err import_sql_forget(struct tx *tx, struct org_id org, int64_t but) MUST_CHECK;
enum err import_sql_forget_changes(struct tx *tx, struct org_id org, int64_t import) MUST_CHECK;
enum err import_sql_problem_add(struct tx *tx, struct org_id org, int64_t import, const struct plan_problem *p, struct str sheet) MUST_CHECK;
enum err import_sql_change_add(struct tx *tx, struct org_id org, int64_t import, const struct roster_change *c, struct str sheet) MUST_CHECK;
enum err import_sql_problems(struct tx *tx, struct org_id org, int64_t import, int64_t after, struct api_roster_problem *items, size_t max,
	size_t *n_out) MUST_CHECK;
enum err import_sql_changes(struct tx *tx, struct org_id org, int64_t import, int64_t after, struct api_roster_change *items, size_t max,
	size_t *n_out) MUST_CHECK;
enum err import_sql_answer(struct tx *tx, struct org_id org, int64_t import, int64_t problem, bool same, bool *done_out) MUST_CHECK;
enum err import_sql_unanswered(struct tx *tx, struct org_id org, int64_t import, int64_t *out) MUST_CHECK;
enum err import_sql_answers(struct tx *tx, struct org_id org, int64_t import, struct roster_answer *items, size_t max, size_t *n_out) MUST_CHECK;
/* Its batch in the journal of movements; 0: none yet. Whether an import under way has the batch. */
enum err import_sql_batch(struct tx *tx, struct org_id org, int64_t import, int64_t *out) MUST_CHECK;
enum err import_sql_set_batch(struct tx *tx, struct org_id org, int64_t import, int64_t batch) MUST_CHECK;
enum err import_sql_runs(struct tx *tx, struct org_id org, int64_t batch, bool *out) MUST_CHECK;

/* --- looking people up */
struct import_candidate { struct person_id person; enum role role; bool came_in; struct str external; };
enum err import_sql_by_name(struct tx *tx, struct org_id org, struct str name_fold, struct import_candidate *items, size_t max, size_t *n_out) MUST_CHECK;
/* ERR_NOT_FOUND: no living member. */
enum err import_sql_by_external(struct tx *tx, struct org_id org, struct str external, struct import_candidate *out) MUST_CHECK;
enum err import_sql_by_person(struct tx *tx, struct org_id org, struct person_id person, struct import_candidate *out) MUST_CHECK;
enum err import_sql_bound(struct tx *tx, struct org_id org, struct person_id guardian, struct person_id child, bool *out) MUST_CHECK;
enum err import_sql_taught(struct tx *tx, struct org_id org, struct unit_id unit, struct person_id teacher, struct str subject_fold, bool *out) MUST_CHECK;
enum err import_sql_subject(struct tx *tx, struct org_id org, struct str fold, struct subject_id *out) MUST_CHECK; /* 0: none */
/* Living members of a unit (0: all of the organisation) in the role, ascending. */
enum err import_sql_members(struct tx *tx, struct org_id org, struct unit_id unit, enum role role, struct person_id **out, size_t *n_out) MUST_CHECK;

/* --- paths of exports */
enum err export_sql_add(struct tx *tx, struct org_id org, struct str token_hash, enum roster_format format, int64_t expires_at) MUST_CHECK;
enum err export_sql_take(struct tx *tx, struct str token_hash, struct org_id *org_out, enum roster_format *format_out, bool *found_out) MUST_CHECK;

#endif
