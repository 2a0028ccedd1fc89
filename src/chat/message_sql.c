/* SPDX-License-Identifier: Apache-2.0
 *
 * SQL of messages. Owned by room chat; on a worker's thread.
 */
#include "chat/chat_sql.h"

enum err chat_sql_read_message(struct tx *tx, struct rows *r, int at, struct api_message *out)
{
	static const char hex[] = "0123456789abcdef";
	struct str id = rows_str(r, at + 4, NULL);
	char *text = arena_alloc(tx->arena, id.n * 2 + 1);
	if (!text)
		return ERR_NOMEM;
	for (size_t i = 0; i < id.n; i++) {
		text[2 * i] = hex[(unsigned char)id.p[i] >> 4];
		text[2 * i + 1] = hex[(unsigned char)id.p[i] & 15];
	}
	*out = (struct api_message){
		.chat_id = rows_int(r, at),
		.seq = rows_int(r, at + 1),
		.number = rows_int(r, at + 2),
		.sender_id = rows_int(r, at + 3),
		.client_id = str_n(text, id.n * 2),
		.created_at = rows_int(r, at + 5),
		.text = rows_str(r, at + 6, tx->arena),
		.has_card = !rows_null(r, at + 7),
	};
	if (out->has_card)
		out->card = rows_str(r, at + 7, tx->arena);
	return arena_failed(tx->arena) ? ERR_NOMEM : ERR_OK;
}

enum err chat_sql_set_card(struct tx *tx, int64_t org, int64_t chat, int64_t seq, struct str card)
{
	return db_run(tx->db, "UPDATE message SET card = ?4 WHERE chat_id = ?1 AND seq = ?2 AND org_id = ?3", "iiis", chat, seq, org, card);
}

enum err chat_sql_message_insert(struct tx *tx, int64_t org, const struct api_message *m, struct str client_id, bool *inserted_out)
{
	return db_run_unique(tx->db, inserted_out,
		"INSERT INTO message (org_id, chat_id, seq, number, sender_id, client_id, created_at, text, card)"
		" VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
		"iiiiibisS", org, m->chat_id, m->seq, m->number, m->sender_id, client_id, m->created_at, m->text, (int)m->has_card, m->card);
}

enum err chat_sql_message_of_client(struct tx *tx, int64_t sender, struct str client_id, struct api_message *out, bool *found_out)
{
	struct rows r;
	db_query(tx->db, &r, "SELECT " MESSAGE_COLUMNS("m") " FROM message m WHERE m.sender_id = ?1 AND m.client_id = ?2", "ib", sender, client_id);
	enum err e = ERR_OK;
	*found_out = rows_next(&r);
	if (*found_out)
		e = chat_sql_read_message(tx, &r, 0, out);
	enum err closed = rows_close(&r);
	return e ? e : closed;
}

enum err chat_sql_messages(struct tx *tx, int64_t org, int64_t chat, int64_t seen_after, enum chat_direction d, int64_t seq, int64_t limit,
	struct chat_page *out)
{
	static const char before[] = "SELECT " MESSAGE_COLUMNS(
		"m") " FROM message m WHERE m.chat_id = ?1 AND m.org_id = ?2 AND m.seq < ?3 AND m.seq > ?5 ORDER BY m.seq DESC LIMIT ?4";
	static const char after[] = "SELECT " MESSAGE_COLUMNS(
		"m") " FROM message m WHERE m.chat_id = ?1 AND m.org_id = ?2 AND m.seq > ?3 AND m.seq > ?5 ORDER BY m.seq LIMIT ?4";
	struct api_message *items = arena_array(tx->arena, (size_t)limit + 1, sizeof *items);
	if (!items)
		return ERR_NOMEM;
	enum err e = ERR_OK;
	struct rows r;
	size_t n = 0;
	for (db_query(tx->db, &r, d == CHAT_BEFORE ? before : after, "iiiii", chat, org, seq, limit + 1, seen_after); !e && rows_next(&r);)
		e = chat_sql_read_message(tx, &r, 0, &items[n++]);
	enum err closed = rows_close(&r);
	out->more = n > (size_t)limit;
	out->n = out->more ? (size_t)limit : n;
	out->items = items;
	if (d == CHAT_BEFORE)
		for (size_t i = 0, j = out->n; i + 1 < j; i++) {
			struct api_message m = items[i];
			items[i] = items[--j];
			items[j] = m;
		}
	return e ? e : closed;
}

enum err chat_sql_message_at(struct tx *tx, int64_t org, int64_t chat, int64_t seq, int64_t *seq_out, int64_t *number_out)
{
	struct rows r;
	db_query(tx->db, &r, "SELECT seq, number FROM message WHERE chat_id = ?1 AND org_id = ?2 AND seq <= ?3 ORDER BY seq DESC LIMIT 1", "iii",
		chat, org, seq);
	bool found = rows_next(&r);
	*seq_out = found ? rows_int(&r, 0) : 0;
	*number_out = found ? rows_int(&r, 1) : 0;
	return rows_close(&r);
}

enum err chat_sql_stream_messages(struct tx *tx, int64_t chat, int64_t after, int64_t upto,
	enum err (*each)(void *user, const struct api_message *m), void *user)
{
	enum err e = ERR_OK;
	struct rows r;
	for (db_query(tx->db, &r,
		     "SELECT " MESSAGE_COLUMNS("m") " FROM chat c JOIN message m ON m.chat_id = c.id AND m.org_id = c.org_id"
		     " WHERE c.id = ?1 AND m.seq > ?2 AND m.seq <= ?3 ORDER BY m.seq",
		     "iii", chat, after, upto);
		!e && rows_next(&r);) {
		struct api_message m;
		e = chat_sql_read_message(tx, &r, 0, &m);
		if (!e)
			e = each(user, &m);
	}
	enum err closed = rows_close(&r);
	return e ? e : closed;
}
