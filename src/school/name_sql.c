/* SPDX-License-Identifier: Apache-2.0
 *
 * SQL of requests for another name. A row that waits has no end; one that another took the place of has an end and no answer. A
 * worker's thread.
 */
#include "school/join.h"

#define COLUMNS "id, org_id, person_id, given_name, family_name, patronymic, reason, created_at, ended_at, accepted, answer"

static void read_row(struct tx *tx, struct rows *r, struct name_change *out)
{
	bool decided = !rows_null(r, 9);
	*out = (struct name_change){.person.v = rows_int(r, 2),
		.api = {.id = rows_int(r, 0),
			.org_id = rows_int(r, 1),
			.given_name = rows_str(r, 3, tx->arena),
			.family_name = rows_str(r, 4, tx->arena),
			.has_patronymic = !rows_null(r, 5),
			.patronymic = rows_str(r, 5, tx->arena),
			.has_reason = !rows_null(r, 6),
			.reason = rows_str(r, 6, tx->arena),
			.created_at = rows_int(r, 7),
			.has_decided_at = decided,
			.decided_at = rows_int(r, 8),
			.state = !decided ? API_NAME_CHANGE_STATE_WAITING
				: rows_int(r, 9) ? API_NAME_CHANGE_STATE_ACCEPTED
						 : API_NAME_CHANGE_STATE_DECLINED,
			.has_answer = !rows_null(r, 10),
			.answer = rows_str(r, 10, tx->arena)}};
}

static enum err read_rows(struct tx *tx, struct rows *r, struct name_change *rows, size_t max, size_t *n_out)
{
	size_t n = 0;
	while (n < max && rows_next(r))
		read_row(tx, r, &rows[n++]);
	*n_out = n;
	enum err e = rows_close(r);
	return e ? e : arena_failed(tx->arena) ? ERR_NOMEM : ERR_OK;
}

enum err name_sql_end(struct tx *tx, struct org_id org, struct person_id person)
{
	return db_run(tx->db, "UPDATE name_change SET ended_at = ?3 WHERE org_id = ?1 AND person_id = ?2 AND ended_at IS NULL", "iii", org.v,
		person.v, tx->now_ms);
}

enum err name_sql_forget(struct tx *tx, struct person_id person)
{
	return db_run(tx->db,
		"UPDATE name_change SET given_name = '', family_name = '', patronymic = NULL, reason = NULL, answer = NULL"
		" WHERE person_id = ?1 AND org_id > 0",
		"i", person.v);
}

enum err name_sql_add(struct tx *tx, struct org_id org, struct person_id person, const struct api_name_change *c, int64_t *id_out)
{
	bool found;
	return db_int(tx->db, &found, id_out,
		"INSERT INTO name_change (org_id, person_id, given_name, family_name, patronymic, reason, created_at)"
		" VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) RETURNING id",
		"iissSSi", org.v, person.v, c->given_name, c->family_name, (int)c->has_patronymic, c->patronymic, (int)c->has_reason, c->reason,
		tx->now_ms);
}

enum err name_sql_get(struct tx *tx, struct org_id org, int64_t id, struct name_change *out)
{
	struct rows r;
	size_t n;
	db_query(tx->db, &r,
		"SELECT " COLUMNS " FROM name_change WHERE id = ?2 AND org_id = ?1 AND (ended_at IS NULL OR accepted IS NOT NULL)", "ii", org.v, id);
	enum err e = read_rows(tx, &r, out, 1, &n);
	return e ? e : n ? ERR_OK : ERR_NOT_FOUND;
}

enum err name_sql_decide(struct tx *tx, struct org_id org, int64_t id, bool accept, struct person_id by, struct str answer, bool *decided_out)
{
	enum err e = db_run(tx->db,
		"UPDATE name_change SET ended_at = ?3, decider_id = ?4, accepted = ?5, answer = ?6 WHERE id = ?2 AND org_id = ?1 AND ended_at IS NULL",
		"iiiiiS", org.v, id, tx->now_ms, by.v, (int64_t)accept, (int)(answer.n > 0), answer);
	*decided_out = !e && db_changes(tx->db) == 1;
	return e;
}

enum err name_sql_list(struct tx *tx, struct org_id org, int64_t after, struct name_change *rows, size_t max, size_t *n_out)
{
	struct rows r;
	db_query(tx->db, &r, "SELECT " COLUMNS " FROM name_change WHERE org_id = ?1 AND ended_at IS NULL AND id > ?2 ORDER BY id LIMIT ?3", "iii",
		org.v, after, (int64_t)max);
	return read_rows(tx, &r, rows, max, n_out);
}

enum err name_sql_waiting(struct tx *tx, struct org_id org, int64_t *out)
{
	bool found;
	return db_int(tx->db, &found, out, "SELECT COUNT(*) FROM name_change WHERE org_id = ?1 AND ended_at IS NULL", "i", org.v);
}

enum err name_sql_of_person(struct tx *tx, struct person_id person, struct name_change *rows, size_t max, size_t *n_out)
{
	struct rows r;
	db_query(tx->db, &r,
		"SELECT " COLUMNS " FROM name_change WHERE person_id = ?1 AND org_id > 0 AND (ended_at IS NULL OR accepted IS NOT NULL)"
		" ORDER BY id DESC LIMIT ?2",
		"ii", person.v, (int64_t)max);
	return read_rows(tx, &r, rows, max, n_out);
}
