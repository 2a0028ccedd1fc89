/* SPDX-License-Identifier: Apache-2.0
 *
 * SQL of what staff says of itself when it asks to be confirmed. The state is a column of member (member_sql.c). A worker's thread.
 */
#include "school/school_sql.h"

enum err claim_sql_end(struct tx *tx, struct org_id org, struct person_id person)
{
	return db_run(tx->db, "UPDATE verification_claim SET ended_at = ?3 WHERE org_id = ?1 AND person_id = ?2 AND ended_at IS NULL", "iii",
		org.v, person.v, tx->now_ms);
}

enum err claim_sql_put(struct tx *tx, struct org_id org, struct person_id person, const struct api_verification_claim *c)
{
	enum err e = claim_sql_end(tx, org, person);
	return e ? e
		: db_run(tx->db,
			"INSERT INTO verification_claim (org_id, person_id, position, subjects, comment, submitted_at)"
			" VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
			"iisSSi", org.v, person.v, c->position, (int)c->has_subjects, c->subjects, (int)c->has_comment, c->comment, tx->now_ms);
}

enum err claim_sql_get(struct tx *tx, struct org_id org, struct person_id person, struct api_verification_claim *out, bool *found_out)
{
	struct rows r;
	*found_out = false;
	db_query(tx->db, &r,
		"SELECT position, subjects, comment, submitted_at FROM verification_claim"
		" WHERE org_id = ?1 AND person_id = ?2 AND ended_at IS NULL",
		"ii", org.v, person.v);
	if (rows_next(&r)) {
		*found_out = true;
		*out = (struct api_verification_claim){.position = rows_str(&r, 0, tx->arena),
			.has_subjects = !rows_null(&r, 1),
			.subjects = rows_str(&r, 1, tx->arena),
			.has_comment = !rows_null(&r, 2),
			.comment = rows_str(&r, 2, tx->arena),
			.submitted_at = rows_int(&r, 3)};
	}
	enum err e = rows_close(&r);
	return e ? e : arena_failed(tx->arena) ? ERR_NOMEM : ERR_OK;
}
