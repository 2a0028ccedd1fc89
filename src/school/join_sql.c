/* SPDX-License-Identifier: Apache-2.0
 *
 * SQL of coming in: settings, requests, people expected, names that are not on the roster. A worker's thread.
 */
#include "base/vec.h"
#include "school/join.h"

static enum err done(struct tx *tx, struct rows *r, bool found)
{
	enum err e = rows_close(r);
	return e ? e : arena_failed(tx->arena) ? ERR_NOMEM : found ? ERR_OK : ERR_NOT_FOUND;
}

/* --- settings */

enum err join_sql_settings(struct tx *tx, struct org_id org, struct api_join_settings *out, bool *found_out)
{
	struct rows r;
	*found_out = false;
	db_query(tx->db, &r, "SELECT student_invites, requests_open, published, contact FROM join_setting WHERE org_id = ?1", "i", org.v);
	if (rows_next(&r)) {
		*found_out = true;
		*out = (struct api_join_settings){.student_invites = (enum api_student_invites)rows_int(&r, 0),
			.requests_open = rows_int(&r, 1) != 0,
			.published = rows_int(&r, 2) != 0,
			.contact = rows_str(&r, 3, tx->arena)};
	}
	return done(tx, &r, true);
}

enum err join_sql_set_settings(struct tx *tx, struct org_id org, const struct api_join_settings *s)
{
	return db_run(tx->db,
		"INSERT INTO join_setting (org_id, student_invites, requests_open, published, contact) VALUES (?1, ?2, ?3, ?4, ?5)"
		" ON CONFLICT (org_id) DO UPDATE SET student_invites = ?2, requests_open = ?3, published = ?4, contact = ?5",
		"iiiis", org.v, (int64_t)s->student_invites, (int64_t)s->requests_open, (int64_t)s->published, s->contact);
}

/* --- requests */

#define REQUEST_COLUMNS \
	"id, org_id, person_id, invite_id, unit_id, COALESCE(child_id, 0), role, lead, created_at, decided_at, COALESCE(accepted, 0), reason"

static void read_request(struct tx *tx, struct rows *r, struct request_row *out)
{
	bool decided = !rows_null(r, 9);
	*out = (struct request_row){.person.v = rows_int(r, 2),
		.child.v = rows_int(r, 5),
		.invite.v = rows_null(r, 3) ? 0 : rows_int(r, 3),
		.api = {.id = rows_int(r, 0),
			.org_id = rows_int(r, 1),
			.own_accord = rows_null(r, 3),
			.has_unit_id = !rows_null(r, 4),
			.unit_id = rows_int(r, 4),
			.role = (enum api_role)rows_int(r, 6),
			.lead = rows_int(r, 7) != 0,
			.created_at = rows_int(r, 8),
			.has_decided_at = decided,
			.decided_at = rows_int(r, 9),
			.state = !decided ? API_JOIN_REQUEST_STATE_WAITING
				: rows_int(r, 10) ? API_JOIN_REQUEST_STATE_ACCEPTED
						  : API_JOIN_REQUEST_STATE_DECLINED,
			.has_reason = !rows_null(r, 11),
			.reason = rows_str(r, 11, tx->arena)}};
}

static enum err read_requests(struct tx *tx, struct rows *r, struct request_row *rows, size_t max, size_t *n_out)
{
	size_t n = 0;
	while (n < max && rows_next(r))
		read_request(tx, r, &rows[n++]);
	*n_out = n;
	return done(tx, r, true);
}

enum err request_sql_add(struct tx *tx, struct org_id org, const struct request_row *q, bool *added_out)
{
	return db_run_unique(tx->db, added_out,
		"INSERT INTO join_request (org_id, person_id, invite_id, unit_id, child_id, role, lead, created_at)"
		" VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
		"iiIIIiii", org.v, q->person.v, (int)(q->invite.v > 0), q->invite.v, (int)q->api.has_unit_id, q->api.unit_id,
		(int)(q->child.v > 0), q->child.v, (int64_t)q->api.role, (int64_t)q->api.lead, tx->now_ms);
}

enum err request_sql_get(struct tx *tx, struct org_id org, int64_t id, struct request_row *out)
{
	struct rows r;
	bool found = false;
	db_query(tx->db, &r, "SELECT " REQUEST_COLUMNS " FROM join_request WHERE id = ?2 AND org_id = ?1", "ii", org.v, id);
	if (rows_next(&r)) {
		found = true;
		read_request(tx, &r, out);
	}
	return done(tx, &r, found);
}

enum err request_sql_open(struct tx *tx, struct org_id org, struct person_id person, int64_t *id_out)
{
	bool found;
	enum err e = db_int(tx->db, &found, id_out, "SELECT id FROM join_request WHERE org_id = ?1 AND person_id = ?2 AND decided_at IS NULL",
		"ii", org.v, person.v);
	if (!e && !found)
		*id_out = 0;
	return e;
}

enum err request_sql_decide(struct tx *tx, struct org_id org, int64_t id, bool accept, struct person_id by, struct str reason,
	bool *decided_out)
{
	enum err e = db_run(tx->db,
		"UPDATE join_request SET decided_at = ?3, decider_id = ?4, accepted = ?5, reason = ?6"
		" WHERE id = ?2 AND org_id = ?1 AND decided_at IS NULL",
		"iiiiiS", org.v, id, tx->now_ms, by.v, (int64_t)accept, (int)(reason.n > 0), reason);
	*decided_out = !e && db_changes(tx->db) == 1;
	return e;
}

enum err request_sql_list(struct tx *tx, struct org_id org, struct unit_id unit, bool decided, int64_t after, struct request_row *rows,
	size_t max, size_t *n_out)
{
	struct rows r;
	if (decided)
		db_query(tx->db, &r,
			"SELECT " REQUEST_COLUMNS " FROM join_request WHERE org_id = ?1 AND decided_at IS NOT NULL AND id < ?2 ORDER BY id DESC LIMIT ?3",
			"iii", org.v, after, (int64_t)max);
	else
		db_query(tx->db, &r,
			"SELECT " REQUEST_COLUMNS " FROM join_request WHERE org_id = ?1 AND decided_at IS NULL AND id > ?2"
			" AND (?4 = 0 OR (unit_id = ?4 AND role >= ?5)) ORDER BY id LIMIT ?3",
			"iiiii", org.v, after, (int64_t)max, unit.v, (int64_t)ROLE_STUDENT);
	return read_requests(tx, &r, rows, max, n_out);
}

enum err request_sql_waiting(struct tx *tx, struct org_id org, int64_t *out)
{
	bool found;
	return db_int(tx->db, &found, out, "SELECT COUNT(*) FROM join_request WHERE org_id = ?1 AND decided_at IS NULL", "i", org.v);
}

/* One's own, wherever they were made (org_id is read, not asked for). */
enum err request_sql_of_person(struct tx *tx, struct person_id person, struct request_row *rows, size_t max, size_t *n_out)
{
	struct rows r;
	db_query(tx->db, &r, "SELECT " REQUEST_COLUMNS " FROM join_request WHERE person_id = ?1 AND org_id > 0 ORDER BY id DESC LIMIT ?2", "ii",
		person.v, (int64_t)max);
	return read_requests(tx, &r, rows, max, n_out);
}

enum err request_sql_open_of_person(struct tx *tx, struct person_id person, int64_t *out)
{
	bool found;
	return db_int(tx->db, &found, out, "SELECT COUNT(*) FROM join_request WHERE person_id = ?1 AND org_id > 0 AND decided_at IS NULL", "i",
		person.v);
}

/* --- people expected */

enum err expect_sql_list(struct tx *tx, struct org_id org, struct unit_id unit, enum role role, struct str name_fold,
	struct person_id *people, size_t max, size_t *n_out)
{
	struct rows r;
	size_t n = 0;
	db_query(tx->db, &r,
		"SELECT m.person_id FROM member m JOIN unit_member u ON u.org_id = m.org_id AND u.person_id = m.person_id"
		" WHERE m.org_id = ?1 AND m.role = ?3 AND m.came_in = 0 AND m.ended_at IS NULL AND u.unit_id = ?2 AND u.ended_at IS NULL"
		" AND (?4 = '' OR m.name_fold = ?4) ORDER BY m.name_fold, m.person_id LIMIT ?5",
		"iiisi", org.v, unit.v, (int64_t)role, name_fold, (int64_t)max);
	while (n < max && rows_next(&r))
		people[n++].v = rows_int(&r, 0);
	*n_out = n;
	return done(tx, &r, true);
}

enum err flag_sql_add(struct tx *tx, struct org_id org, struct person_id person, struct unit_id unit, enum role role)
{
	return db_run(tx->db, "INSERT INTO name_flag (org_id, person_id, unit_id, role, at) VALUES (?1, ?2, ?3, ?4, ?5)", "iiiii", org.v,
		person.v, unit.v, (int64_t)role, tx->now_ms);
}

enum err flag_sql_end(struct tx *tx, struct org_id org, struct person_id person, bool *ended_out)
{
	enum err e = db_run(tx->db, "UPDATE name_flag SET ended_at = ?3 WHERE org_id = ?1 AND person_id = ?2 AND ended_at IS NULL", "iii", org.v,
		person.v, tx->now_ms);
	*ended_out = !e && db_changes(tx->db) > 0;
	return e;
}

static void read_flag(struct rows *r, struct flag_row *out)
{
	*out = (struct flag_row){{rows_int(r, 0)}, {rows_int(r, 1)}, (enum role)rows_int(r, 2), rows_int(r, 3)};
}

/* Of those who are members still, in the unit still. */
#define FLAGS \
	"SELECT f.person_id, f.unit_id, f.role, f.at FROM name_flag f" \
	" JOIN unit_member u ON u.org_id = f.org_id AND u.unit_id = f.unit_id AND u.person_id = f.person_id AND u.ended_at IS NULL" \
	" WHERE f.org_id = ?1 AND f.ended_at IS NULL"

enum err flag_sql_list(struct tx *tx, struct org_id org, struct flag_row *rows, size_t max, size_t *n_out)
{
	struct rows r;
	size_t n = 0;
	db_query(tx->db, &r, FLAGS " ORDER BY f.id LIMIT ?2", "ii", org.v, (int64_t)max);
	while (n < max && rows_next(&r))
		read_flag(&r, &rows[n++]);
	*n_out = n;
	return done(tx, &r, true);
}

enum err flag_sql_get(struct tx *tx, struct org_id org, struct person_id person, struct flag_row *out)
{
	struct rows r;
	bool found;
	db_query(tx->db, &r, FLAGS " AND f.person_id = ?2", "ii", org.v, person.v);
	found = rows_next(&r);
	if (found)
		read_flag(&r, out);
	return done(tx, &r, found);
}

/* --- who has come in */

enum err arrival_sql_list(struct tx *tx, struct org_id org, struct unit_id unit, struct arrival_row *rows, size_t max, size_t *n_out)
{
	struct rows r;
	size_t n = 0;
	db_query(tx->db, &r,
		"SELECT m.person_id, m.role, m.came_in FROM member m JOIN unit_member u ON u.org_id = m.org_id AND u.person_id = m.person_id"
		" WHERE m.org_id = ?1 AND m.role >= ?3 AND m.ended_at IS NULL AND u.unit_id = ?2 AND u.ended_at IS NULL"
		" ORDER BY m.role, m.name_fold, m.person_id LIMIT ?4",
		"iiii", org.v, unit.v, (int64_t)ROLE_STUDENT, (int64_t)max);
	while (n < max && rows_next(&r))
		rows[n++] = (struct arrival_row){{rows_int(&r, 0)}, (enum role)rows_int(&r, 1), rows_int(&r, 2) != 0};
	*n_out = n;
	return done(tx, &r, true);
}

enum err arrival_sql_counts(struct tx *tx, struct org_id org, struct api_arrival_count *items, size_t max, size_t *n_out)
{
	struct rows r;
	size_t n = 0;
	db_query(tx->db, &r,
		"SELECT t.id, COALESCE(SUM(CASE WHEN m.role = ?2 THEN 1 ELSE 0 END), 0),"
		" COALESCE(SUM(CASE WHEN m.role = ?2 AND m.came_in = 1 THEN 1 ELSE 0 END), 0),"
		" COALESCE(SUM(CASE WHEN m.role = ?3 THEN 1 ELSE 0 END), 0),"
		" COALESCE(SUM(CASE WHEN m.role = ?3 AND m.came_in = 1 THEN 1 ELSE 0 END), 0)"
		" FROM unit t LEFT JOIN unit_member u ON u.org_id = t.org_id AND u.unit_id = t.id AND u.ended_at IS NULL"
		" LEFT JOIN member m ON m.org_id = t.org_id AND m.person_id = u.person_id AND m.ended_at IS NULL"
		" WHERE t.org_id = ?1 AND t.ended_at IS NULL AND t.kind <> ?4 GROUP BY t.id ORDER BY t.id LIMIT ?5",
		"iiiii", org.v, (int64_t)ROLE_STUDENT, (int64_t)ROLE_GUARDIAN, (int64_t)API_UNIT_KIND_STAFF, (int64_t)max);
	while (n < max && rows_next(&r))
		items[n++] = (struct api_arrival_count){.unit_id = rows_int(&r, 0),
			.students = rows_int(&r, 1),
			.students_joined = rows_int(&r, 2),
			.guardians = rows_int(&r, 3),
			.guardians_joined = rows_int(&r, 4)};
	*n_out = n;
	return done(tx, &r, true);
}

enum err arrival_sql_staff(struct tx *tx, struct org_id org, struct api_arrival_counts *out)
{
	struct rows r;
	db_query(tx->db, &r,
		"SELECT COUNT(*), COALESCE(SUM(came_in), 0), COALESCE(SUM(CASE WHEN verification IN (1, 2) THEN 1 ELSE 0 END), 0)"
		" FROM member WHERE org_id = ?1 AND role <= ?2 AND ended_at IS NULL",
		"ii", org.v, (int64_t)ROLE_TEACHER);
	if (rows_next(&r)) {
		out->staff = rows_int(&r, 0);
		out->staff_joined = rows_int(&r, 1);
		out->unconfirmed = rows_int(&r, 2);
	}
	enum err e = done(tx, &r, true);
	bool found;
	return e ? e : db_int(tx->db, &found, &out->name_flags,
		"SELECT COUNT(*) FROM name_flag f"
		" JOIN unit_member u ON u.org_id = f.org_id AND u.unit_id = f.unit_id AND u.person_id = f.person_id AND u.ended_at IS NULL"
		" WHERE f.org_id = ?1 AND f.ended_at IS NULL",
		"i", org.v);
}
