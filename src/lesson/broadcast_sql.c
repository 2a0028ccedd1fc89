/* SPDX-License-Identifier: Apache-2.0
 *
 * The tables call_key and broadcast_chat. See broadcast.h.
 */
#include "lesson/broadcast.h"

#include "base/vec.h"
#include "server/sql_list.h"

#define COLUMNS "k.id, k.org_id, k.call_id, k.kind, k.name, k.maker_id, k.created_at, k.used_at, k.participant_id"

static struct call_key read_key(struct rows *r, struct arena *a)
{
	return (struct call_key){
		.id = rows_int(r, 0),
		.org_id = rows_int(r, 1),
		.call_id = rows_int(r, 2),
		.kind = (enum api_call_key_kind)rows_int(r, 3),
		.name = rows_str(r, 4, a),
		.maker_id = rows_int(r, 5),
		.created_at = rows_int(r, 6),
		.used_at = rows_int(r, 7),
		.participant_id = rows_int(r, 8),
	};
}

static enum err one(struct tx *tx, struct rows *r, struct call_key *out, bool *found_out)
{
	*found_out = rows_next(r);
	if (*found_out)
		*out = read_key(r, tx->arena);
	return rows_close(r);
}

enum err key_sql_insert(struct tx *tx, const struct call_key *k, const struct secret *s, int64_t *id_out)
{
	bool found;
	return db_int(tx->db, &found, id_out,
		"INSERT INTO call_key (org_id, call_id, kind, name, hash, maker_id, created_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) RETURNING id", "iiisbii",
		k->org_id, k->call_id, (int64_t)k->kind, k->name, secret_str(s), k->maker_id, k->created_at);
}

enum err key_sql_of_call(struct tx *tx, int64_t org, int64_t call, struct call_key **items_out, size_t *n_out)
{
	struct rows r;
	VEC(struct call_key) list = VEC_INIT;
	for (db_query(tx->db, &r, "SELECT " COLUMNS " FROM call_key k WHERE k.call_id = ?1 AND k.org_id = ?2 ORDER BY k.id", "ii", call, org); rows_next(&r);)
		VEC_PUSH(&list, read_key(&r, tx->arena));
	enum err e = sql_take(tx, &r, list.p, list.n, sizeof *list.p, items_out, n_out);
	VEC_RELEASE(&list);
	return e;
}

enum err key_sql_get(struct tx *tx, int64_t org, int64_t call, int64_t id, struct call_key *out, bool *found_out)
{
	struct rows r;
	db_query(tx->db, &r, "SELECT " COLUMNS " FROM call_key k WHERE k.id = ?1 AND k.call_id = ?2 AND k.org_id = ?3", "iii", id, call, org);
	return one(tx, &r, out, found_out);
}

enum err key_sql_find(struct tx *tx, const struct secret *s, struct call_key *out, bool *found_out)
{
	struct rows r;
	db_query(tx->db, &r, "SELECT " COLUMNS " FROM call_key k WHERE k.hash = ?1", "b", secret_str(s));
	return one(tx, &r, out, found_out);
}

enum err key_sql_has_place(struct tx *tx, const struct call_key *k, const struct secret *place, bool *out)
{
	int64_t v;
	return db_int(tx->db, out, &v, "SELECT 1 FROM call_key WHERE id = ?1 AND org_id = ?2 AND place = ?3", "iib", k->id, k->org_id, secret_str(place));
}

enum err key_sql_use(struct tx *tx, const struct call_key *k, const struct secret *place)
{
	return db_run(tx->db, "UPDATE call_key SET used_at = ?3, participant_id = ?4, place = ?5 WHERE id = ?1 AND org_id = ?2", "iiiib", k->id, k->org_id,
		tx->now_ms, k->participant_id, secret_str(place));
}

enum err key_sql_delete(struct tx *tx, const struct call_key *k)
{
	return db_run(tx->db, "DELETE FROM call_key WHERE id = ?1 AND org_id = ?2", "ii", k->id, k->org_id);
}

/* --- chats of a broadcast */

enum err broadcast_sql_chat_add(struct tx *tx, const struct plan *p, int64_t chat)
{
	return db_run(tx->db, "INSERT INTO broadcast_chat (org_id, lesson_id, chat_id) VALUES (?1, ?2, ?3) ON CONFLICT (lesson_id, chat_id) DO NOTHING", "iii",
		p->org_id, p->id, chat);
}

enum err broadcast_sql_chats(struct tx *tx, int64_t org, int64_t lesson, int64_t **items_out, size_t *n_out)
{
	struct rows r;
	db_query(tx->db, &r, "SELECT chat_id FROM broadcast_chat WHERE lesson_id = ?1 AND org_id = ?2 ORDER BY chat_id", "ii", lesson, org);
	return sql_ids(tx, &r, items_out, n_out);
}

enum err broadcast_sql_card(struct tx *tx, int64_t org, int64_t lesson, int64_t chat, int64_t *seq_out)
{
	bool found;
	*seq_out = 0;
	return db_int(tx->db, &found, seq_out, "SELECT card_seq FROM broadcast_chat WHERE lesson_id = ?1 AND chat_id = ?2 AND org_id = ?3", "iii", lesson, chat, org);
}

enum err broadcast_sql_card_put(struct tx *tx, int64_t org, int64_t lesson, int64_t chat, int64_t seq)
{
	return db_run(tx->db, "UPDATE broadcast_chat SET card_seq = ?4 WHERE lesson_id = ?1 AND chat_id = ?2 AND org_id = ?3", "iiii", lesson, chat, org, seq);
}

enum err broadcast_sql_all(struct tx *tx, int64_t **calls_out, size_t *n_out)
{
	struct rows r;
	db_query(tx->db, &r, "SELECT c.id FROM call c WHERE c.broadcast <> 0 AND c.ended_at IS NULL ORDER BY c.id", "");
	return sql_ids(tx, &r, calls_out, n_out);
}

enum err broadcast_sql_running(struct tx *tx, int64_t org, int64_t chat, int64_t **calls_out, size_t *n_out)
{
	struct rows r;
	db_query(tx->db, &r,
		"SELECT c.id FROM broadcast_chat b JOIN call c ON c.lesson_id = b.lesson_id AND c.org_id = b.org_id"
		" WHERE b.chat_id = ?1 AND b.org_id = ?2 AND c.ended_at IS NULL AND c.broadcast <> 0 ORDER BY c.id",
		"ii", chat, org);
	return sql_ids(tx, &r, calls_out, n_out);
}
