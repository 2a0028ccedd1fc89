/* SPDX-License-Identifier: Apache-2.0
 *
 * See import_sql.h. Queries without an organisation: what the runner does next, of whichever one.
 */
#include "school/import_sql.h"

#include "school/school_sql.h"

#include <stdio.h>

#define COUNTS 17

static void counts_list(struct api_roster_counts *c, int64_t *list[COUNTS])
{
	int64_t *all[COUNTS] = {&c->people, &c->students_new, &c->teachers_new, &c->guardians_new, &c->changed, &c->unchanged, &c->transfers, &c->leaving,
		&c->units_new, &c->subjects_new, &c->bonds_new, &c->teachings_new, &c->absent, &c->errors, &c->warnings, &c->questions, &c->refused};
	memcpy(list, all, sizeof all);
}

static struct str counts_text(struct tx *tx, const struct api_roster_counts *counts)
{
	struct api_roster_counts c = *counts;
	int64_t *list[COUNTS];
	char *out = arena_alloc(tx->arena, COUNTS * 21);
	size_t n = 0;
	counts_list(&c, list);
	for (size_t i = 0; out && i < COUNTS; i++)
		n += (size_t)snprintf(out + n, 21, "%s%lld", i ? "," : "", (long long)*list[i]);
	return str_n(out, n);
}

static void counts_read(struct str text, struct api_roster_counts *out)
{
	int64_t *list[COUNTS];
	counts_list(out, list);
	for (size_t i = 0; i < COUNTS; i++)
		if (str_to_i64(str_cut(&text, ','), list[i]))
			*list[i] = 0;
}

#define IMPORT_COLUMNS \
	"id, state, file_name, created_at, done, total, leave_absent, COALESCE(file_problem, -1), COALESCE(file_line, 0), COALESCE(counts, ''), file_id," \
	" person_id, org_id"

static enum err read_import(struct tx *tx, struct rows *r, struct import_row *out)
{
	bool found = rows_next(r);
	if (found) {
		*out = (struct import_row){.file_id = rows_int(r, 10), .person.v = rows_int(r, 11), .org.v = rows_int(r, 12)};
		out->api = (struct api_roster_import){.id = rows_int(r, 0), .state = (enum api_roster_import_state)rows_int(r, 1),
			.file_name = rows_str(r, 2, tx->arena), .created_at = rows_int(r, 3), .done = rows_int(r, 4), .total = rows_int(r, 5),
			.has_leave_absent = true, .leave_absent = rows_int(r, 6) != 0};
		if (rows_int(r, 7) >= 0) {
			out->api.has_file_problem = true;
			out->api.file_problem = (enum api_roster_file_problem)rows_int(r, 7);
		}
		out->api.has_file_line = rows_int(r, 8) > 0;
		out->api.file_line = rows_int(r, 8);
		struct str counts = rows_str(r, 9, tx->arena);
		out->api.has_counts = counts.n > 0;
		if (counts.n)
			counts_read(counts, &out->api.counts);
	}
	enum err e = rows_close(r);
	return e ? e : arena_failed(tx->arena) ? ERR_NOMEM : found ? ERR_OK : ERR_NOT_FOUND;
}

enum err import_sql_add(struct tx *tx, struct org_id org, int64_t file_id, struct str file_name, int64_t *id_out)
{
	bool found;
	return db_int(tx->db, &found, id_out,
		"INSERT INTO roster_import (org_id, person_id, file_id, file_name, state, created_at, changed_at) VALUES (?1, ?2, ?3, ?4, 0, ?5, ?5) RETURNING id",
		"iiisi", org.v, tx->actor.person.v, file_id, file_name, tx->now_ms);
}

enum err import_sql_get(struct tx *tx, struct org_id org, int64_t import, struct import_row *out)
{
	struct rows r;
	db_query(tx->db, &r,
		import ? "SELECT " IMPORT_COLUMNS " FROM roster_import WHERE org_id = ?1 AND id = ?2"
		       : "SELECT " IMPORT_COLUMNS " FROM roster_import WHERE org_id = ?1 AND id > ?2 ORDER BY id DESC LIMIT 1",
		"ii", org.v, import);
	return read_import(tx, &r, out);
}

enum err import_sql_next(struct tx *tx, struct import_row *out)
{
	struct rows r;
	db_query(tx->db, &r, "SELECT " IMPORT_COLUMNS " FROM roster_import WHERE org_id > 0 AND state IN (0, 3) ORDER BY id LIMIT 1", "");
	return read_import(tx, &r, out);
}

enum err import_sql_tables(struct tx *tx, struct org_id org, int64_t import, struct str *out)
{
	struct rows r;
	*out = STR("");
	db_query(tx->db, &r, "SELECT tables FROM roster_import WHERE org_id = ?1 AND id = ?2 AND tables IS NOT NULL", "ii", org.v, import);
	if (rows_next(&r))
		*out = rows_str(&r, 0, tx->arena);
	enum err e = rows_close(&r);
	return e ? e : arena_failed(tx->arena) ? ERR_NOMEM : ERR_OK;
}

enum err import_sql_set_state(struct tx *tx, struct org_id org, int64_t import, enum api_roster_import_state from,
	enum api_roster_import_state to, bool *done_out)
{
	enum err e = db_run(tx->db, "UPDATE roster_import SET state = ?4, changed_at = ?5 WHERE org_id = ?1 AND id = ?2 AND state = ?3", "iiiii", org.v,
		import, (int64_t)from, (int64_t)to, tx->now_ms);
	*done_out = !e && db_changes(tx->db) == 1;
	return e;
}

enum err import_sql_fail(struct tx *tx, struct org_id org, int64_t import, enum api_roster_file_problem problem, uint32_t line)
{
	return db_run(tx->db,
		"UPDATE roster_import SET state = 2, changed_at = ?5, file_problem = ?3, file_line = ?4, tables = NULL"
		" WHERE org_id = ?1 AND id = ?2 AND state IN (0, 3)",
		"iiiii", org.v, import, (int64_t)problem, (int64_t)line, tx->now_ms);
}

enum err import_sql_ready(struct tx *tx, struct org_id org, int64_t import, struct str tables, const struct api_roster_counts *counts, bool *done_out)
{
	enum err e = db_run(tx->db,
		"UPDATE roster_import SET state = 1, changed_at = ?5, tables = ?3, counts = ?4, done = 0, total = 0 WHERE org_id = ?1 AND id = ?2 AND state IN (0, 3)",
		"iibsi", org.v, import, tables, counts_text(tx, counts), tx->now_ms);
	*done_out = !e && db_changes(tx->db) == 1;
	return e;
}

enum err import_sql_apply(struct tx *tx, struct org_id org, int64_t import, bool leave_absent)
{
	return db_run(tx->db, "UPDATE roster_import SET leave_absent = ?3, done = 0, total = 0, person_id = ?4 WHERE org_id = ?1 AND id = ?2", "iiii", org.v,
		import, (int64_t)leave_absent, tx->actor.person.v);
}

enum err import_sql_progress(struct tx *tx, struct org_id org, int64_t import, size_t done, size_t total)
{
	return db_run(tx->db, "UPDATE roster_import SET done = ?3, total = ?4, changed_at = ?5 WHERE org_id = ?1 AND id = ?2", "iiiii", org.v, import,
		(int64_t)done, (int64_t)total, tx->now_ms);
}

enum err import_sql_batch(struct tx *tx, struct org_id org, int64_t import, int64_t *out)
{
	bool found;
	return db_int(tx->db, &found, out, "SELECT COALESCE(movement_batch_id, 0) FROM roster_import WHERE org_id = ?1 AND id = ?2", "ii", org.v, import);
}

enum err import_sql_set_batch(struct tx *tx, struct org_id org, int64_t import, int64_t batch)
{
	return db_run(tx->db, "UPDATE roster_import SET movement_batch_id = ?3 WHERE org_id = ?1 AND id = ?2", "iii", org.v, import, batch);
}

enum err import_sql_runs(struct tx *tx, struct org_id org, int64_t batch, bool *out)
{
	int64_t id;
	return db_int(tx->db, out, &id, "SELECT id FROM roster_import WHERE org_id = ?1 AND movement_batch_id = ?2 AND state = ?3", "iii", org.v, batch,
		(int64_t)API_ROSTER_IMPORT_STATE_APPLYING);
}

enum err import_sql_count_refused(struct tx *tx, struct org_id org, int64_t import, const struct api_roster_counts *counts)
{
	return db_run(tx->db, "UPDATE roster_import SET counts = ?3 WHERE org_id = ?1 AND id = ?2", "iis", org.v, import, counts_text(tx, counts));
}

enum err import_sql_forget_changes(struct tx *tx, struct org_id org, int64_t import)
{
	enum err e = db_run(tx->db, "DELETE FROM roster_import_change WHERE org_id = ?1 AND import_id = ?2", "ii", org.v, import);
	return e ? e : db_run(tx->db, "UPDATE roster_import SET tables = NULL WHERE org_id = ?1 AND id = ?2", "ii", org.v, import);
}

enum err import_sql_forget(struct tx *tx, struct org_id org, int64_t but)
{
	enum err e = db_run(tx->db, "DELETE FROM roster_import_change WHERE org_id = ?1 AND import_id <> ?2", "ii", org.v, but);
	if (!e)
		e = db_run(tx->db, "DELETE FROM roster_import_problem WHERE org_id = ?1 AND import_id <> ?2", "ii", org.v, but);
	return e ? e : db_run(tx->db, "UPDATE roster_import SET tables = NULL WHERE org_id = ?1 AND id <> ?2 AND tables IS NOT NULL", "ii", org.v, but);
}

/* --- what is shown */

enum err import_sql_problem_add(struct tx *tx, struct org_id org, int64_t import, const struct plan_problem *p, struct str sheet)
{
	return db_run(tx->db,
		"INSERT INTO roster_import_problem (org_id, import_id, severity, problem, sheet_no, sheet, line, cell, column_name, value, other_line, name, was,"
		" became) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)",
		"iiiiisiississs", org.v, import, (int64_t)p->severity, (int64_t)p->key, (int64_t)p->at.sheet, sheet, (int64_t)p->at.line,
		(int64_t)p->at.column, p->at.column_name, p->at.value, (int64_t)p->other_line, p->name, p->was, p->became);
}

enum err import_sql_change_add(struct tx *tx, struct org_id org, int64_t import, const struct roster_change *c, struct str sheet)
{
	return db_run(tx->db,
		"INSERT INTO roster_import_change (org_id, import_id, kind, name, role, sheet, line, was, became) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
		"iiisisiss", org.v, import, (int64_t)c->kind, c->name, (int64_t)c->role, sheet, (int64_t)c->at.line, c->was, c->became);
}

enum err import_sql_problems(struct tx *tx, struct org_id org, int64_t import, int64_t after, struct api_roster_problem *items, size_t max, size_t *n_out)
{
	struct rows r;
	size_t n = 0;
	db_query(tx->db, &r,
		"SELECT id, severity, problem, sheet, line, cell, column_name, value, other_line, name, was, became, COALESCE(same, -1)"
		" FROM roster_import_problem WHERE org_id = ?1 AND import_id = ?2 AND id > ?3 ORDER BY id LIMIT ?4",
		"iiii", org.v, import, after, (int64_t)max);
	while (n < max && rows_next(&r)) {
		struct api_roster_problem *p = &items[n++];
		*p = (struct api_roster_problem){.id = rows_int(&r, 0), .severity = (enum api_roster_severity)rows_int(&r, 1),
			.key = (enum api_roster_problem_key)rows_int(&r, 2), .sheet = rows_str(&r, 3, tx->arena), .line = rows_int(&r, 4),
			.column = rows_int(&r, 5), .column_name = rows_str(&r, 6, tx->arena), .value = rows_str(&r, 7, tx->arena), .other_line = rows_int(&r, 8),
			.name = rows_str(&r, 9, tx->arena), .was = rows_str(&r, 10, tx->arena), .became = rows_str(&r, 11, tx->arena)};
		p->has_sheet = p->sheet.n > 0;
		p->has_column = p->column > 0;
		p->has_column_name = p->column_name.n > 0;
		p->has_value = p->value.n > 0;
		p->has_other_line = p->other_line > 0;
		p->has_name = p->name.n > 0;
		p->has_was = p->was.n > 0;
		p->has_became = p->became.n > 0;
		p->has_same = rows_int(&r, 12) >= 0;
		p->same = rows_int(&r, 12) == 1;
	}
	*n_out = n;
	enum err e = rows_close(&r);
	return e ? e : arena_failed(tx->arena) ? ERR_NOMEM : ERR_OK;
}

enum err import_sql_changes(struct tx *tx, struct org_id org, int64_t import, int64_t after, struct api_roster_change *items, size_t max, size_t *n_out)
{
	struct rows r;
	size_t n = 0;
	db_query(tx->db, &r,
		"SELECT id, kind, name, role, sheet, line, was, became FROM roster_import_change"
		" WHERE org_id = ?1 AND import_id = ?2 AND id > ?3 ORDER BY id LIMIT ?4",
		"iiii", org.v, import, after, (int64_t)max);
	while (n < max && rows_next(&r)) {
		struct api_roster_change *c = &items[n++];
		*c = (struct api_roster_change){.id = rows_int(&r, 0), .kind = (enum api_roster_change_kind)rows_int(&r, 1), .name = rows_str(&r, 2, tx->arena),
			.has_role = rows_int(&r, 3) >= 0, .role = (enum api_role)rows_int(&r, 3), .sheet = rows_str(&r, 4, tx->arena), .line = rows_int(&r, 5),
			.was = rows_str(&r, 6, tx->arena), .became = rows_str(&r, 7, tx->arena)};
		c->has_sheet = c->sheet.n > 0;
		c->has_line = c->line > 0;
		c->has_was = c->was.n > 0;
		c->has_became = c->became.n > 0;
	}
	*n_out = n;
	enum err e = rows_close(&r);
	return e ? e : arena_failed(tx->arena) ? ERR_NOMEM : ERR_OK;
}

enum err import_sql_answer(struct tx *tx, struct org_id org, int64_t import, int64_t problem, bool same, bool *done_out)
{
	enum err e = db_run(tx->db, "UPDATE roster_import_problem SET same = ?4 WHERE org_id = ?1 AND import_id = ?2 AND id = ?3 AND severity = 1", "iiii", org.v,
		import, problem, (int64_t)same);
	*done_out = !e && db_changes(tx->db) == 1;
	return e;
}

enum err import_sql_unanswered(struct tx *tx, struct org_id org, int64_t import, int64_t *out)
{
	bool found;
	return db_int(tx->db, &found, out,
		"SELECT COUNT(*) FROM roster_import_problem WHERE org_id = ?1 AND import_id = ?2 AND severity = 1 AND same IS NULL", "ii", org.v, import);
}

enum err import_sql_answers(struct tx *tx, struct org_id org, int64_t import, struct roster_answer *items, size_t max, size_t *n_out)
{
	struct rows r;
	size_t n = 0;
	db_query(tx->db, &r,
		"SELECT id, sheet_no, line, same FROM roster_import_problem WHERE org_id = ?1 AND import_id = ?2 AND severity = 1 AND same IS NOT NULL ORDER BY id LIMIT ?3",
		"iii", org.v, import, (int64_t)max);
	while (n < max && rows_next(&r))
		items[n++] = (struct roster_answer){rows_int(&r, 0), (uint32_t)rows_int(&r, 1), (uint32_t)rows_int(&r, 2), rows_int(&r, 3) == 1};
	*n_out = n;
	return rows_close(&r);
}

/* --- looking people up */

#define CANDIDATE_COLUMNS "person_id, role, came_in, COALESCE(external_id, '')"

static struct import_candidate read_candidate(struct tx *tx, struct rows *r)
{
	return (struct import_candidate){{rows_int(r, 0)}, (enum role)rows_int(r, 1), rows_int(r, 2) != 0, rows_str(r, 3, tx->arena)};
}

static enum err read_one(struct tx *tx, struct rows *r, struct import_candidate *out)
{
	bool found = rows_next(r);
	if (found)
		*out = read_candidate(tx, r);
	enum err e = rows_close(r);
	return e ? e : arena_failed(tx->arena) ? ERR_NOMEM : found ? ERR_OK : ERR_NOT_FOUND;
}

enum err import_sql_by_name(struct tx *tx, struct org_id org, struct str name_fold, struct import_candidate *items, size_t max, size_t *n_out)
{
	struct rows r;
	*n_out = 0;
	db_query(tx->db, &r,
		"SELECT " CANDIDATE_COLUMNS " FROM member WHERE org_id = ?1 AND name_fold = ?2 AND ended_at IS NULL ORDER BY person_id LIMIT ?3", "isi",
		org.v, name_fold, (int64_t)max);
	while (*n_out < max && rows_next(&r))
		items[(*n_out)++] = read_candidate(tx, &r);
	enum err e = rows_close(&r);
	return e ? e : arena_failed(tx->arena) ? ERR_NOMEM : ERR_OK;
}

enum err import_sql_by_external(struct tx *tx, struct org_id org, struct str external, struct import_candidate *out)
{
	struct rows r;
	db_query(tx->db, &r, "SELECT " CANDIDATE_COLUMNS " FROM member WHERE org_id = ?1 AND external_id = ?2 AND ended_at IS NULL", "is", org.v, external);
	return read_one(tx, &r, out);
}

enum err import_sql_by_person(struct tx *tx, struct org_id org, struct person_id person, struct import_candidate *out)
{
	struct rows r;
	db_query(tx->db, &r, "SELECT " CANDIDATE_COLUMNS " FROM member WHERE org_id = ?1 AND person_id = ?2 AND ended_at IS NULL", "ii", org.v, person.v);
	return read_one(tx, &r, out);
}

enum err import_sql_bound(struct tx *tx, struct org_id org, struct person_id guardian, struct person_id child, bool *out)
{
	int64_t one;
	return db_int(tx->db, out, &one, "SELECT 1 FROM guardianship WHERE org_id = ?1 AND guardian_id = ?2 AND child_id = ?3 AND ended_at IS NULL", "iii",
		org.v, guardian.v, child.v);
}

enum err import_sql_taught(struct tx *tx, struct org_id org, struct unit_id unit, struct person_id teacher, struct str subject_fold, bool *out)
{
	int64_t one;
	return db_int(tx->db, out, &one,
		"SELECT 1 FROM teaching t JOIN subject s ON s.org_id = t.org_id AND s.id = t.subject_id"
		" WHERE t.org_id = ?1 AND t.unit_id = ?2 AND t.teacher_id = ?3 AND t.ended_at IS NULL AND s.name_fold = ?4 AND s.ended_at IS NULL",
		"iiis", org.v, unit.v, teacher.v, subject_fold);
}

enum err import_sql_subject(struct tx *tx, struct org_id org, struct str fold, struct subject_id *out)
{
	bool found;
	enum err e = db_int(tx->db, &found, &out->v, "SELECT id FROM subject WHERE org_id = ?1 AND name_fold = ?2 AND ended_at IS NULL", "is", org.v, fold);
	if (!e && !found)
		out->v = 0;
	return e;
}

enum err import_sql_members(struct tx *tx, struct org_id org, struct unit_id unit, enum role role, struct person_id **out, size_t *n_out)
{
	struct rows r;
	VEC(struct person_id) list = VEC_INIT;
	if (unit.v)
		db_query(tx->db, &r,
			"SELECT m.person_id FROM unit_member u JOIN member m ON m.org_id = u.org_id AND m.person_id = u.person_id AND m.ended_at IS NULL"
			" WHERE u.org_id = ?1 AND u.unit_id = ?2 AND u.ended_at IS NULL AND m.role = ?3 ORDER BY m.person_id",
			"iii", org.v, unit.v, (int64_t)role);
	else
		db_query(tx->db, &r, "SELECT person_id FROM member WHERE org_id = ?1 AND role = ?2 AND ended_at IS NULL ORDER BY person_id", "ii", org.v,
			(int64_t)role);
	while (rows_next(&r))
		VEC_PUSH(&list, (struct person_id){rows_int(&r, 0)});
	enum err e = sql_take(tx, &r, list.p, list.n, sizeof *list.p, out, n_out);
	VEC_RELEASE(&list);
	return e;
}

/* --- paths of exports: whoever asks is the actor */

enum err export_sql_add(struct tx *tx, struct org_id org, struct str token_hash, enum roster_format format, int64_t expires_at)
{
	enum err e = db_run(tx->db, "DELETE FROM roster_export WHERE org_id = ?1 AND expires_at < ?2", "ii", org.v, tx->now_ms);
	return e ? e
		 : db_run(tx->db, "INSERT INTO roster_export (org_id, person_id, token_hash, format, expires_at) VALUES (?1, ?2, ?3, ?4, ?5)", "iibii", org.v,
			   tx->actor.person.v, token_hash, (int64_t)format, expires_at);
}

enum err export_sql_take(struct tx *tx, struct str token_hash, struct org_id *org_out, enum roster_format *format_out, bool *found_out)
{
	struct rows r;
	db_query(tx->db, &r, "DELETE FROM roster_export WHERE token_hash = ?1 AND org_id > 0 AND person_id = ?2 AND expires_at >= ?3 RETURNING org_id, format", "bii",
		token_hash, tx->actor.person.v, tx->now_ms);
	*found_out = rows_next(&r);
	if (*found_out) {
		org_out->v = rows_int(&r, 0);
		*format_out = (enum roster_format)rows_int(&r, 1);
	}
	return rows_close(&r);
}
