/* SPDX-License-Identifier: Apache-2.0
 *
 * See chat_free.h. On a worker's thread, inside a transaction.
 */
#include "chat/chat_free.h"

enum err chat_audience_list(struct tx *tx, unsigned audience, struct api_audience_array *out)
{
	out->n = 0;
	out->items = arena_array(tx->arena, CHAT_AUDIENCES, sizeof *out->items);
	for (unsigned i = 0; out->items && i < CHAT_AUDIENCES; i++)
		if (audience & 1u << i)
			out->items[out->n++] = (enum api_audience)i;
	return out->items ? ERR_OK : ERR_NOMEM;
}

enum err chat_free_sql_count(struct tx *tx, int64_t org, int64_t *out)
{
	bool found;
	return db_int(tx->db, &found, out, "SELECT count(*) FROM chat WHERE org_id = ?1 AND preset IS NULL AND archived = 0", "i", org);
}

enum err chat_free_sql_set(struct tx *tx, const struct chat *c)
{
	return db_run(tx->db, "UPDATE chat SET open = ?3, archived = ?4 WHERE id = ?1 AND org_id = ?2", "iiii", c->id, c->org_id, (int64_t)c->open,
		(int64_t)c->archived);
}

#define SHARED \
	" FROM chat_member m JOIN chat c ON c.id = m.chat_id AND c.org_id = m.org_id AND c.channel = 0 AND c.kind <> 'curator'" \
	" JOIN chat_member o ON o.chat_id = m.chat_id AND o.org_id = m.org_id AND o.left_at IS NULL" \
	" WHERE m.org_id = ?1 AND m.person_id = ?2 AND m.left_at IS NULL"

enum err chat_free_sql_acquainted(struct tx *tx, int64_t org, int64_t person, int64_t other, bool *out)
{
	int64_t n;
	return db_int(tx->db, out, &n, "SELECT 1" SHARED " AND o.person_id = ?3 LIMIT 1", "iii", org, person, other);
}

enum err chat_free_sql_acquaintances(struct tx *tx, int64_t org, int64_t person, struct chat_member *items, size_t max, size_t *n_out)
{
	struct rows r;
	size_t n = 0;
	for (db_query(tx->db, &r,
		     "SELECT o.person_id, min(o.role), max(o.confirmed)" SHARED " AND o.person_id <> ?2 GROUP BY o.person_id ORDER BY o.person_id LIMIT ?3",
		     "iii", org, person, (int64_t)max);
		rows_next(&r);)
		items[n++] = (struct chat_member){.person_id = rows_int(&r, 0), .role = (enum role)rows_int(&r, 1), .confirmed = rows_int(&r, 2) != 0};
	*n_out = n;
	return rows_close(&r);
}

enum err chat_free_sql_open(struct tx *tx, int64_t org, int64_t person, unsigned audience, struct chat *items, size_t max, size_t *n_out)
{
	struct rows r;
	size_t n = 0;
	for (db_query(tx->db, &r,
		     "SELECT c.id, c.title, c.channel, c.member_count, COALESCE(c.unit_id, 0) FROM chat c"
		     " WHERE c.org_id = ?1 AND c.preset IS NULL AND c.open = 1 AND c.archived = 0 AND (c.audience & ?3) <> 0 AND NOT EXISTS"
		     " (SELECT 1 FROM chat_member m WHERE m.chat_id = c.id AND m.org_id = c.org_id AND m.person_id = ?2"
		     " AND (m.left_at IS NULL OR m.removed = 1)) ORDER BY c.id DESC LIMIT ?4",
		     "iiii", org, person, (int64_t)audience, (int64_t)max);
		rows_next(&r);)
		items[n++] = (struct chat){.id = rows_int(&r, 0),
			.org_id = org,
			.title = rows_str(&r, 1, tx->arena),
			.channel = rows_int(&r, 2) != 0,
			.member_count = rows_int(&r, 3),
			.unit_id = rows_int(&r, 4)};
	*n_out = n;
	return rows_close(&r);
}

enum err chat_free_sql_all(struct tx *tx, int64_t org, int64_t after, struct api_chat_seen *items, size_t max, size_t *n_out)
{
	struct rows r;
	size_t n = 0;
	for (db_query(tx->db, &r,
		     "SELECT c.id, c.kind, c.title, COALESCE(c.unit_id, 0), c.channel, c.archived, c.member_count, c.message_count,"
		     " (SELECT x.created_at FROM message x WHERE x.org_id = c.org_id AND x.chat_id = c.id ORDER BY x.seq DESC LIMIT 1)"
		     " FROM chat c WHERE c.org_id = ?1 AND c.id > ?2 ORDER BY c.id LIMIT ?3",
		     "iii", org, after, (int64_t)max);
		rows_next(&r);) {
		struct api_chat_seen *s = &items[n++];
		*s = (struct api_chat_seen){.id = rows_int(&r, 0),
			.title = rows_str(&r, 2, tx->arena),
			.has_unit_id = rows_int(&r, 3) != 0,
			.unit_id = rows_int(&r, 3),
			.channel = rows_int(&r, 4) != 0,
			.archived = rows_int(&r, 5) != 0,
			.member_count = rows_int(&r, 6),
			.message_count = rows_int(&r, 7),
			.has_last_at = !rows_null(&r, 8),
			.last_at = rows_null(&r, 8) ? 0 : rows_int(&r, 8)};
		if (!api_chat_kind_from(rows_str(&r, 1, NULL), &s->kind))
			BUG("kind of chat %lld", (long long)s->id);
	}
	*n_out = n;
	return rows_close(&r);
}

#define LINK_COLUMNS "l.id, l.chat_id, l.token, l.audience, l.uses, l.max_uses, l.created_at, l.expires_at, l.org_id"
#define USABLE " l.annulled_at IS NULL AND l.uses < l.max_uses AND l.expires_at > "

static enum err read_link(struct tx *tx, struct rows *r, struct chat_link *out)
{
	*out = (struct chat_link){.api = {.id = rows_int(r, 0),
					  .chat_id = rows_int(r, 1),
					  .token = rows_str(r, 2, tx->arena),
					  .uses = rows_int(r, 4),
					  .max_uses = rows_int(r, 5),
					  .created_at = rows_int(r, 6),
					  .expires_at = rows_int(r, 7)},
		.org = rows_int(r, 8),
		.audience = (unsigned)rows_int(r, 3)};
	return chat_audience_list(tx, out->audience, &out->api.audience);
}

enum err chat_link_sql_add(struct tx *tx, const struct chat_link *link, int64_t *id_out)
{
	bool found;
	const struct api_chat_link *a = &link->api;
	return db_int(tx->db, &found, id_out,
		"INSERT INTO chat_link (org_id, chat_id, token, audience, max_uses, maker_id, created_at, expires_at)"
		" VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) RETURNING id",
		"iisiiiii", link->org, a->chat_id, a->token, (int64_t)link->audience, a->max_uses, tx->actor.person.v, a->created_at, a->expires_at);
}

enum err chat_link_sql_list(struct tx *tx, int64_t org, int64_t chat, struct chat_link *items, size_t max, size_t *n_out)
{
	struct rows r;
	size_t n = 0;
	enum err e = ERR_OK;
	for (db_query(tx->db, &r,
		     "SELECT " LINK_COLUMNS " FROM chat_link l WHERE l.chat_id = ?1 AND l.org_id = ?2 AND" USABLE "?3 ORDER BY l.id DESC LIMIT ?4", "iiii",
		     chat, org, tx->now_ms, (int64_t)max);
		!e && rows_next(&r);)
		e = read_link(tx, &r, &items[n++]);
	enum err closed = rows_close(&r);
	*n_out = n;
	return e ? e : closed;
}

enum err chat_link_sql_annul(struct tx *tx, int64_t org, int64_t chat, int64_t id, bool *done_out)
{
	enum err e = db_run(tx->db, "UPDATE chat_link SET annulled_at = ?4 WHERE id = ?1 AND chat_id = ?2 AND org_id = ?3 AND annulled_at IS NULL", "iiii",
		id, chat, org, tx->now_ms);
	*done_out = !e && db_changes(tx->db) == 1;
	return e;
}

enum err chat_link_sql_find(struct tx *tx, struct str token, struct chat_link *out, bool *found_out)
{
	struct rows r;
	enum err e = ERR_OK;
	db_query(tx->db, &r, "SELECT " LINK_COLUMNS " FROM chat_link l WHERE l.token = ?1 AND" USABLE "?2 /* org_id comes of it */", "si", token,
		tx->now_ms);
	*found_out = rows_next(&r);
	if (*found_out)
		e = read_link(tx, &r, out);
	enum err closed = rows_close(&r);
	return e ? e : closed;
}

enum err chat_link_sql_use(struct tx *tx, int64_t org, int64_t id)
{
	return db_run(tx->db, "UPDATE chat_link SET uses = uses + 1 WHERE id = ?1 AND org_id = ?2", "ii", id, org);
}
