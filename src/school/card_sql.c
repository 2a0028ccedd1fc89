/* SPDX-License-Identifier: Apache-2.0
 *
 * SQL of pupils' cards. A worker's thread.
 */
#include "base/vec.h"
#include "school/card.h"

enum err card_sql_add(struct tx *tx, struct org_id org, struct person_id person, struct str token_hash, struct str code_hash, bool *added_out)
{
	return db_run_unique(tx->db, added_out,
		"INSERT INTO card (org_id, person_id, token_hash, code_hash, issued_at, issuer_id) VALUES (?1, ?2, ?3, ?4, ?5, ?6)", "iibbii", org.v,
		person.v, token_hash, code_hash, tx->now_ms, tx->actor.person.v);
}

enum err card_sql_of(struct tx *tx, struct org_id org, struct person_id person, struct card_row *out)
{
	struct rows r;
	*out = (struct card_row){.id = 0};
	db_query(tx->db, &r,
		"SELECT id, issued_at, COALESCE(last_used_at, 0) FROM card WHERE org_id = ?1 AND person_id = ?2 AND ended_at IS NULL", "ii", org.v,
		person.v);
	if (rows_next(&r))
		*out = (struct card_row){.id = rows_int(&r, 0), .org = org, .person = person, .issued_at = rows_int(&r, 1),
			.last_used_at = rows_int(&r, 2)};
	return rows_close(&r);
}

enum err card_sql_end(struct tx *tx, struct org_id org, int64_t card)
{
	return db_run(tx->db, "UPDATE card SET ended_at = ?3 WHERE org_id = ?1 AND id = ?2 AND ended_at IS NULL", "iii", org.v, card, tx->now_ms);
}

static enum err by_hash(struct rows *r, struct card_row *out)
{
	*out = (struct card_row){.id = 0};
	if (rows_next(r))
		*out = (struct card_row){.id = rows_int(r, 0), .org.v = rows_int(r, 1), .person.v = rows_int(r, 2)};
	return rows_close(r);
}

/* The hash is the way across organisations: it says which one (org_id). */
enum err card_sql_by_token(struct tx *tx, struct str hash, struct card_row *out)
{
	struct rows r;
	db_query(tx->db, &r, "SELECT id, org_id, person_id FROM card WHERE token_hash = ?1 AND ended_at IS NULL", "b", hash);
	return by_hash(&r, out);
}

enum err card_sql_by_code(struct tx *tx, struct str hash, struct card_row *out)
{
	struct rows r;
	db_query(tx->db, &r, "SELECT id, org_id, person_id FROM card WHERE code_hash = ?1 AND ended_at IS NULL", "b", hash);
	return by_hash(&r, out);
}

enum err card_sql_used(struct tx *tx, const struct card_row *card, struct session_id session)
{
	enum err e = db_run(tx->db, "UPDATE card SET last_used_at = ?3 WHERE org_id = ?1 AND id = ?2", "iii", card->org.v, card->id, tx->now_ms);
	return e ? e : db_run(tx->db, "INSERT INTO card_session (org_id, card_id, session_id, at) VALUES (?1, ?2, ?3, ?4)", "iiii", card->org.v,
		card->id, session.v, tx->now_ms);
}

enum err card_sql_sessions_since(struct tx *tx, const struct card_row *card, int64_t since, int64_t n, int64_t *at_out)
{
	bool found;
	enum err e = db_int(tx->db, &found, at_out,
		"SELECT at FROM card_session WHERE org_id = ?1 AND card_id = ?2 AND at > ?3 ORDER BY at DESC LIMIT 1 OFFSET ?4", "iiii", card->org.v,
		card->id, since, n - 1);
	if (!e && !found)
		*at_out = 0;
	return e;
}

enum err card_sql_sessions(struct tx *tx, struct org_id org, int64_t card, struct session_id **out, size_t *n_out)
{
	struct rows r;
	VEC(struct session_id) list = VEC_INIT;
	db_query(tx->db, &r, "SELECT session_id FROM card_session WHERE org_id = ?1 AND card_id = ?2 ORDER BY id", "ii", org.v, card);
	while (rows_next(&r))
		VEC_PUSH(&list, ((struct session_id){rows_int(&r, 0)}));
	enum err e = sql_take(tx, &r, list.p, list.n, sizeof *list.p, out, n_out);
	VEC_RELEASE(&list);
	return e;
}
