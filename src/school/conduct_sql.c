/* SPDX-License-Identifier: Apache-2.0
 *
 * SQL of violations of the rules of conduct. See conduct.h.
 */
#include "school/conduct.h"

#define COLUMNS \
	"v.id, v.org_id, v.unit_id, v.person_id, v.by_id, v.at, v.reason, v.chat_id, v.seq, v.signed_at, v.withdrawn_at, v.withdrawn_reason"
#define OPEN "v.signed_at IS NULL AND v.withdrawn_at IS NULL"

static enum err done(struct tx *tx, struct rows *r)
{
	enum err e = rows_close(r);
	return e ? e : arena_failed(tx->arena) ? ERR_NOMEM : ERR_OK;
}

enum err violation_sql_add(struct tx *tx, const struct violation *v, int64_t *id_out)
{
	bool found;
	const struct api_violation *a = &v->api;
	enum err e = db_int(tx->db, &found, id_out,
		"INSERT INTO violation (org_id, unit_id, person_id, by_id, at, reason, chat_id, seq) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) RETURNING id",
		"iiiiisII", a->org_id, a->unit_id, v->person.v, v->by.v, a->at, a->reason, (int)a->has_chat_id, a->chat_id, (int)a->has_seq, a->seq);
	return e ? e : found ? ERR_OK : ERR_IO;
}

static void read_row(struct tx *tx, struct rows *r, struct violation *out)
{
	bool is_signed = !rows_null(r, 9), withdrawn = !rows_null(r, 10);
	*out = (struct violation){.person.v = rows_int(r, 3), .by.v = rows_int(r, 4),
		.api = {.id = rows_int(r, 0), .org_id = rows_int(r, 1), .unit_id = rows_int(r, 2), .at = rows_int(r, 5),
			.reason = rows_str(r, 6, tx->arena),
			.has_chat_id = !rows_null(r, 7), .chat_id = rows_int(r, 7),
			.has_seq = !rows_null(r, 8), .seq = rows_int(r, 8),
			.state = withdrawn ? API_VIOLATION_STATE_WITHDRAWN : is_signed ? API_VIOLATION_STATE_SIGNED : API_VIOLATION_STATE_OPEN,
			.has_signed_at = is_signed, .signed_at = rows_int(r, 9),
			.has_withdrawn_at = withdrawn, .withdrawn_at = rows_int(r, 10),
			.has_withdrawn_reason = withdrawn, .withdrawn_reason = rows_str(r, 11, tx->arena)}};
}

enum err violation_sql_get(struct tx *tx, struct org_id org, struct unit_id unit, int64_t id, struct violation *out)
{
	struct rows r;
	db_query(tx->db, &r, "SELECT " COLUMNS " FROM violation v WHERE v.org_id = ?1 AND v.unit_id = ?2 AND v.id = ?3", "iii", org.v, unit.v, id);
	bool found = rows_next(&r);
	if (found)
		read_row(tx, &r, out);
	enum err e = done(tx, &r);
	return e ? e : found ? ERR_OK : ERR_NOT_FOUND;
}

enum err violation_sql_list(struct tx *tx, struct org_id org, struct unit_id unit, struct person_id person, struct violation *items, size_t max,
	size_t *n_out)
{
	struct rows r;
	size_t n = 0;
	db_query(tx->db, &r,
		"SELECT " COLUMNS " FROM violation v WHERE v.org_id = ?1 AND v.unit_id = ?2 AND (?3 = 0 OR v.person_id = ?3) ORDER BY v.id DESC LIMIT ?4",
		"iiii", org.v, unit.v, person.v, (int64_t)max);
	while (n < max && rows_next(&r))
		read_row(tx, &r, &items[n++]);
	*n_out = n;
	return done(tx, &r);
}

enum err violation_sql_withdraw(struct tx *tx, struct org_id org, int64_t id, struct person_id by, struct str reason)
{
	return db_run(tx->db, "UPDATE violation SET withdrawn_at = ?3, withdrawn_by = ?4, withdrawn_reason = ?5 WHERE org_id = ?1 AND id = ?2", "iiiis",
		org.v, id, tx->now_ms, by.v, reason);
}

enum err violation_sql_sign(struct tx *tx, struct person_id person, int64_t version)
{
	return db_run(tx->db,
		"UPDATE violation SET signed_at = ?2, signed_version = ?3 WHERE person_id = ?1 AND signed_at IS NULL AND withdrawn_at IS NULL /* org_id: any */",
		"iii", person.v, tx->now_ms, version);
}

enum err violation_sql_open_count(struct tx *tx, struct org_id org, struct person_id person, int64_t *out)
{
	bool found;
	return db_int(tx->db, &found, out,
		"SELECT COUNT(*) FROM violation v WHERE v.org_id = ?1 AND v.person_id = ?2 AND " OPEN, "ii", org.v, person.v);
}

enum err violation_sql_open(struct tx *tx, struct person_id person, bool children, struct api_open_violation *items, struct person_id *whose,
	size_t max, size_t *n_out)
{
	struct rows r;
	size_t n = 0;
	if (children)
		db_query(tx->db, &r,
			"SELECT v.id, v.org_id, v.person_id, v.at, v.reason FROM guardianship g"
			" JOIN member m ON m.org_id = g.org_id AND m.person_id = g.guardian_id AND m.ended_at IS NULL"
			" JOIN violation v ON v.org_id = g.org_id AND v.person_id = g.child_id AND " OPEN
			" WHERE g.guardian_id = ?1 AND g.ended_at IS NULL ORDER BY v.id LIMIT ?2",
			"ii", person.v, (int64_t)max);
	else
		db_query(tx->db, &r,
			"SELECT v.id, v.org_id, v.person_id, v.at, v.reason FROM violation v"
			" JOIN member m ON m.org_id = v.org_id AND m.person_id = v.person_id AND m.ended_at IS NULL"
			" WHERE v.person_id = ?1 AND " OPEN " ORDER BY v.id LIMIT ?2",
			"ii", person.v, (int64_t)max);
	for (; n < max && rows_next(&r); n++) {
		items[n] = (struct api_open_violation){.id = rows_int(&r, 0), .org_id = rows_int(&r, 1), .at = rows_int(&r, 3), .reason = rows_str(&r, 4, tx->arena)};
		whose[n].v = rows_int(&r, 2);
	}
	*n_out = n;
	return done(tx, &r);
}

enum err violation_sql_open_orgs(struct tx *tx, struct person_id person, struct org_id *orgs, size_t max, size_t *n_out)
{
	struct rows r;
	size_t n = 0;
	db_query(tx->db, &r, "SELECT DISTINCT v.org_id FROM violation v WHERE v.person_id = ?1 AND " OPEN " ORDER BY v.org_id LIMIT ?2", "ii", person.v,
		(int64_t)max);
	while (n < max && rows_next(&r))
		orgs[n++].v = rows_int(&r, 0);
	*n_out = n;
	return done(tx, &r);
}
