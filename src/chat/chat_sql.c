/* SPDX-License-Identifier: Apache-2.0
 *
 * SQL of chats and their members (messages are in message_sql.c). Owned by room chat; on a worker's thread.
 */
#include "chat/chat_sql.h"

#include "base/vec.h"
#include "server/sql_list.h"

#define CHAT_COLUMNS \
	"c.id, c.org_id, c.unit_id, c.unit_kind, c.title, c.head, c.message_count, c.member_count, c.created_at," \
	" c.reader1_person, c.reader1_seq, c.reader2_person, c.reader2_seq, c.kind, c.subject_id, c.set_id, c.channel, c.open, c.archived," \
	" c.audience, c.maker_id, c.call"
#define CHAT_COLUMN_COUNT 22

static struct chat read_chat(struct rows *r, struct arena *a)
{
	struct chat c = {
		.id = rows_int(r, 0),
		.org_id = rows_int(r, 1),
		.unit_id = rows_null(r, 2) ? 0 : rows_int(r, 2),
		.title = rows_str(r, 4, a),
		.head = rows_int(r, 5),
		.message_count = rows_int(r, 6),
		.member_count = rows_int(r, 7),
		.created_at = rows_int(r, 8),
		.readers = {{{rows_int(r, 9), rows_int(r, 10)}, {rows_int(r, 11), rows_int(r, 12)}}},
		.subject_id = rows_null(r, 14) ? 0 : rows_int(r, 14),
		.set_id = rows_null(r, 15) ? 0 : rows_int(r, 15),
		.channel = rows_int(r, 16) != 0,
		.open = rows_int(r, 17) != 0,
		.archived = (enum chat_archived)rows_int(r, 18),
		.audience = (unsigned)rows_int(r, 19),
		.maker_id = rows_int(r, 20),
		.call = rows_null(r, 21) ? (struct str){NULL, 0} : rows_str(r, 21, a),
	};
	if (!api_chat_kind_from(rows_str(r, 13, NULL), &c.kind))
		BUG("kind of chat %lld", (long long)c.id);
	c.has_unit_kind = !rows_null(r, 3) && api_unit_kind_from(rows_str(r, 3, a), &c.unit_kind);
	return c;
}

static struct chat_preset preset_of(const struct chat *c)
{
	return (struct chat_preset){.kind = c->kind, .unit = c->unit_id, .subject = c->subject_id, .set = c->set_id};
}

enum err chat_sql_insert(struct tx *tx, const struct chat *c, int64_t *id_out)
{
	bool found;
	char text[CHAT_PRESET_TEXT];
	struct chat_preset preset = preset_of(c);
	struct str key = chat_preset_text(&preset, text);
	return db_int(tx->db, &found, id_out,
		"INSERT INTO chat (org_id, kind, unit_id, unit_kind, title, created_at, preset, subject_id, set_id, channel, open, audience, maker_id)"
		" VALUES (?1, ?2, NULLIF(?3, 0), ?4, ?5, ?6, ?7, NULLIF(?8, 0), NULLIF(?9, 0), ?10, ?11, ?12, ?13) RETURNING id",
		"isiSsiSiiiiii", c->org_id, str_of(api_chat_kind_name(c->kind)), c->unit_id,
		(int)c->has_unit_kind, str_of(c->has_unit_kind ? api_unit_kind_name(c->unit_kind) : ""), c->title, c->created_at,
		(int)(c->kind != API_CHAT_KIND_FREE), key, c->subject_id, c->set_id,
		(int64_t)c->channel, (int64_t)c->open, (int64_t)c->audience, c->maker_id);
}

enum err chat_sql_find(struct tx *tx, int64_t org, int64_t chat, struct chat *out, bool *found_out)
{
	struct rows r;
	db_query(tx->db, &r, "SELECT " CHAT_COLUMNS " FROM chat c WHERE c.id = ?1 AND c.org_id = ?2", "ii", chat, org);
	*found_out = rows_next(&r);
	if (*found_out)
		*out = read_chat(&r, tx->arena);
	return rows_close(&r);
}

enum err chat_sql_of_preset(struct tx *tx, int64_t org, const struct chat_preset *p, struct chat *out, bool *found_out)
{
	struct rows r;
	char text[CHAT_PRESET_TEXT];
	db_query(tx->db, &r, "SELECT " CHAT_COLUMNS " FROM chat c WHERE c.org_id = ?1 AND c.preset = ?2", "is", org, chat_preset_text(p, text));
	*found_out = rows_next(&r);
	if (*found_out)
		*out = read_chat(&r, tx->arena);
	return rows_close(&r);
}

static enum err all_chats(struct tx *tx, struct rows *r, struct chat **items_out, size_t *n_out)
{
	VEC(struct chat) list = VEC_INIT;
	while (rows_next(r))
		VEC_PUSH(&list, read_chat(r, tx->arena));
	enum err e = sql_take(tx, r, list.p, list.n, sizeof *list.p, items_out, n_out);
	VEC_RELEASE(&list);
	return e;
}

enum err chat_sql_of_unit(struct tx *tx, int64_t org, int64_t unit, struct chat **items_out, size_t *n_out)
{
	struct rows r;
	db_query(tx->db, &r, "SELECT " CHAT_COLUMNS " FROM chat c WHERE c.unit_id = ?2 AND c.org_id = ?1 ORDER BY c.id", "ii", org, unit);
	return all_chats(tx, &r, items_out, n_out);
}

enum err chat_sql_worded(struct tx *tx, int64_t org, struct chat **items_out, size_t *n_out)
{
	struct rows r;
	db_query(tx->db, &r, "SELECT " CHAT_COLUMNS " FROM chat c WHERE c.org_id = ?1 AND c.kind IN (?2, ?3) ORDER BY c.id", "iss", org,
		str_of(api_chat_kind_name(API_CHAT_KIND_EVERYBODY)), str_of(api_chat_kind_name(API_CHAT_KIND_TEACHERS)));
	return all_chats(tx, &r, items_out, n_out);
}

enum err chat_sql_set_archived(struct tx *tx, int64_t org, int64_t chat, enum chat_archived archived)
{
	return db_run(tx->db, "UPDATE chat SET archived = ?3 WHERE id = ?1 AND org_id = ?2", "iii", chat, org, (int64_t)archived);
}

enum err chat_sql_rename(struct tx *tx, int64_t org, int64_t chat, struct str title)
{
	return db_run(tx->db, "UPDATE chat SET title = ?3 WHERE id = ?1 AND org_id = ?2", "iis", chat, org, title);
}

enum err chat_sql_set_call(struct tx *tx, int64_t org, int64_t chat, struct str card)
{
	return db_run(tx->db, "UPDATE chat SET call = ?3 WHERE id = ?1 AND org_id = ?2", "iiS", chat, org, (int)(card.n != 0), card);
}

enum err chat_sql_add_members(struct tx *tx, int64_t org, int64_t chat, int64_t more, int64_t *count_out)
{
	bool found;
	return db_int(tx->db, &found, count_out,
		"UPDATE chat SET member_count = member_count + ?3 WHERE id = ?1 AND org_id = ?2 RETURNING member_count", "iii", chat, org, more);
}

enum err chat_sql_set_readers(struct tx *tx, int64_t org, int64_t chat, const struct first_readers *f)
{
	return db_run(tx->db,
		"UPDATE chat SET reader1_person = ?3, reader1_seq = ?4, reader2_person = ?5, reader2_seq = ?6 WHERE id = ?1 AND org_id = ?2",
		"iiiiii", chat, org, f->at[0].person, f->at[0].seq, f->at[1].person, f->at[1].seq);
}

enum err chat_sql_bump_for_message(struct tx *tx, int64_t org, int64_t chat, int64_t person, int64_t *seq_out, int64_t *number_out)
{
	/* first_readers_advance(person, head + 1) in SQL: every right side sees the row as it was. */
	static const char sql[] =
		"UPDATE chat SET head = head + 1, message_count = message_count + 1,"
		" reader2_person = CASE WHEN reader1_person = ?3 THEN reader2_person ELSE reader1_person END,"
		" reader2_seq = CASE WHEN reader1_person = ?3 THEN reader2_seq ELSE reader1_seq END,"
		" reader1_person = ?3, reader1_seq = head + 1"
		" WHERE id = ?1 AND org_id = ?2 RETURNING head, message_count";
	struct rows r;
	db_query(tx->db, &r, sql, "iii", chat, org, person);
	bool found = rows_next(&r);
	if (found) {
		*seq_out = rows_int(&r, 0);
		*number_out = rows_int(&r, 1);
	}
	enum err e = rows_close(&r);
	if (!e)
		CHECK(found); /* the relation was looked up in this transaction */
	return e;
}

enum err chat_sql_org_of(struct tx *tx, int64_t chat, int64_t *org_out)
{
	bool found;
	enum err e = db_int(tx->db, &found, org_out, "SELECT org_id FROM chat WHERE id = ?1", "i", chat);
	if (!e && !found)
		*org_out = 0;
	return e;
}

enum err chat_sql_free_unit(struct tx *tx, int64_t org, int64_t chat, int64_t *unit_out)
{
	bool found;
	enum err e = db_int(tx->db, &found, unit_out, "SELECT unit_id FROM chat WHERE id = ?1 AND org_id = ?2 AND kind = 'free' AND unit_id IS NOT NULL",
		"ii", chat, org);
	if (!e && !found)
		*unit_out = 0;
	return e;
}

enum err chat_sql_relation(struct tx *tx, int64_t chat, int64_t person, struct relation *out)
{
	struct rows r;
	db_query(tx->db, &r,
		"SELECT m.org_id, m.role, m.lead, c.unit_id, c.archived, c.channel, m.writer, m.keeper, m.visible_after FROM chat_member m JOIN chat c ON c.id = m.chat_id AND c.org_id = m.org_id"
		" WHERE m.chat_id = ?1 AND m.person_id = ?2 AND m.left_at IS NULL",
		"ii", chat, person);
	if (rows_next(&r)) {
		enum role role = (enum role)rows_int(&r, 1);
		bool archived = rows_int(&r, 4) != 0, writes = rows_int(&r, 5) == 0 || rows_int(&r, 6) != 0 || chat_writes_channels(role);
		*out = (struct relation){
			.known = true,
			.org_id = rows_int(&r, 0),
			.role = role,
			.unit_lead = rows_int(&r, 2) != 0,
			.chat_member = true,
			.chat_writer = writes && !archived,
			.chat_keeper = rows_int(&r, 7) != 0,
			.chat_archived = archived,
			.seen_after = rows_int(&r, 8),
			.unit_id = rows_null(&r, 3) ? 0 : rows_int(&r, 3),
			.chat_id = chat,
		};
	}
	return rows_close(&r);
}

#define MEMBER_COLUMNS \
	"m.person_id, m.role, m.lead, m.left_at, m.read_seq, m.read_count, m.posted, m.confirmed, m.why, m.writer, m.keeper, m.added_by," \
	" m.visible_after, m.visible_count, m.left_seq, m.removed"
#define MEMBER_COLUMN_COUNT 16

static struct chat_member read_member(struct rows *r, int at)
{
	return (struct chat_member){
		.person_id = rows_int(r, at),
		.role = (enum role)rows_int(r, at + 1),
		.lead = rows_int(r, at + 2) != 0,
		.left = !rows_null(r, at + 3),
		.left_at = rows_null(r, at + 3) ? 0 : rows_int(r, at + 3),
		.read_seq = rows_int(r, at + 4),
		.read_count = rows_int(r, at + 5),
		.posted = rows_int(r, at + 6),
		.confirmed = rows_int(r, at + 7) != 0,
		.why = (enum api_chat_why)rows_int(r, at + 8),
		.writer = rows_int(r, at + 9) != 0,
		.keeper = rows_int(r, at + 10) != 0,
		.added_by = rows_int(r, at + 11),
		.visible_after = rows_int(r, at + 12),
		.visible_count = rows_int(r, at + 13),
		.left_seq = rows_int(r, at + 14),
		.removed = rows_int(r, at + 15) != 0,
	};
}

enum err chat_sql_member(struct tx *tx, int64_t org, int64_t chat, int64_t person, struct chat_member *out, bool *found_out)
{
	struct rows r;
	db_query(tx->db, &r, "SELECT " MEMBER_COLUMNS " FROM chat_member m WHERE m.chat_id = ?1 AND m.person_id = ?2 AND m.org_id = ?3", "iii", chat,
		person, org);
	*found_out = rows_next(&r);
	if (*found_out)
		*out = read_member(&r, 0);
	return rows_close(&r);
}

enum err chat_sql_member_insert(struct tx *tx, int64_t org, int64_t chat, const struct chat_member *m)
{
	return db_run(tx->db,
		"INSERT INTO chat_member (org_id, chat_id, person_id, role, lead, joined_at, read_seq, read_count, confirmed, why, writer, keeper,"
		" added_by, visible_after, visible_count)"
		" VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)",
		"iiiiiiiiiiiiiii", org, chat, m->person_id, (int64_t)m->role, (int64_t)m->lead, tx->now_ms, m->read_seq, m->read_count,
		(int64_t)m->confirmed, (int64_t)m->why, (int64_t)m->writer, (int64_t)m->keeper, m->added_by, m->visible_after, m->visible_count);
}

enum err chat_sql_member_set(struct tx *tx, int64_t org, int64_t chat, const struct chat_member *m)
{
	return db_run(tx->db,
		"UPDATE chat_member SET role = ?4, lead = ?5, confirmed = ?6, left_at = ?7, why = ?8, writer = ?9, keeper = ?10, added_by = ?11,"
		" visible_after = ?12, visible_count = ?13, left_seq = ?14, removed = ?15 WHERE chat_id = ?1 AND person_id = ?2 AND org_id = ?3",
		"iiiiiiIiiiiiiii", chat, m->person_id, org, (int64_t)m->role, (int64_t)m->lead, (int64_t)m->confirmed, (int)m->left, m->left_at,
		(int64_t)m->why, (int64_t)m->writer, (int64_t)m->keeper, m->added_by, m->visible_after, m->visible_count, m->left_seq,
		(int64_t)m->removed);
}

enum err chat_sql_mark(struct tx *tx, int64_t org, int64_t chat, int64_t person, int64_t seq, int64_t count)
{
	return db_run(tx->db, "UPDATE chat_member SET read_seq = ?4, read_count = ?5 WHERE chat_id = ?1 AND person_id = ?2 AND org_id = ?3", "iiiii",
		chat, person, org, seq, count);
}

enum err chat_sql_mark_posted(struct tx *tx, int64_t org, int64_t chat, int64_t person, int64_t seq, int64_t count)
{
	return db_run(tx->db,
		"UPDATE chat_member SET read_seq = ?4, read_count = ?5, posted = posted + 1"
		" WHERE chat_id = ?1 AND person_id = ?2 AND org_id = ?3",
		"iiiii", chat, person, org, seq, count);
}

enum err chat_sql_stays(struct tx *tx, int64_t org, int64_t person, struct chat_stay **items_out, size_t *n_out)
{
	struct rows r;
	VEC(struct chat_stay) list = VEC_INIT;
	for (db_query(tx->db, &r,
		     "SELECT " CHAT_COLUMNS ", " MEMBER_COLUMNS " FROM chat_member m JOIN chat c ON c.id = m.chat_id AND c.org_id = m.org_id"
		     " WHERE m.org_id = ?1 AND m.person_id = ?2 AND m.left_at IS NULL ORDER BY c.id",
		     "ii", org, person);
		rows_next(&r);) {
		struct chat c = read_chat(&r, tx->arena);
		VEC_PUSH(&list, ((struct chat_stay){.chat = c.id,
			.preset = preset_of(&c),
			.archived = c.archived,
			.audience = c.audience,
			.member = read_member(&r, CHAT_COLUMN_COUNT)}));
	}
	enum err e = sql_take(tx, &r, list.p, list.n, sizeof *list.p, items_out, n_out);
	VEC_RELEASE(&list);
	return e;
}

static enum err members_by(struct tx *tx, const char *sql, int64_t org, int64_t chat, int64_t after, int64_t limit, struct chat_member *items,
	size_t *n_out)
{
	struct rows r;
	size_t n = 0;
	for (db_query(tx->db, &r, sql, "iiii", chat, org, after, limit); rows_next(&r);)
		items[n++] = read_member(&r, 0);
	*n_out = n;
	return rows_close(&r);
}

enum err chat_sql_members(struct tx *tx, int64_t org, int64_t chat, int64_t after, int64_t limit, struct chat_member *items, size_t *n_out)
{
	return members_by(tx,
		"SELECT " MEMBER_COLUMNS " FROM chat_member m WHERE m.chat_id = ?1 AND m.org_id = ?2 AND m.person_id > ?3 AND m.left_at IS NULL"
		" ORDER BY m.person_id LIMIT ?4",
		org, chat, after, limit, items, n_out);
}

enum err chat_sql_writers(struct tx *tx, int64_t org, int64_t chat, int64_t after, int64_t limit, struct chat_member *items, size_t *n_out)
{
	/* The roles are those of chat_writes_channels. */
	return members_by(tx,
		"SELECT " MEMBER_COLUMNS " FROM chat_member m WHERE m.chat_id = ?1 AND m.org_id = ?2 AND m.person_id > ?3 AND m.left_at IS NULL"
		" AND (m.writer = 1 OR m.keeper = 1 OR m.role <= 2) ORDER BY m.person_id LIMIT ?4",
		org, chat, after, limit, items, n_out);
}

enum err chat_sql_everybody(struct tx *tx, int64_t org, int64_t **persons_out, size_t *n_out)
{
	struct rows r;
	db_query(tx->db, &r, "SELECT DISTINCT person_id FROM chat_member WHERE org_id = ?1 AND left_at IS NULL", "i", org);
	return sql_ids(tx, &r, persons_out, n_out);
}

enum err chat_sql_org(struct tx *tx, int64_t org, bool *found_out, bool *guardians_in_class_out)
{
	int64_t v = 1;
	enum err e = db_int(tx->db, found_out, &v, "SELECT guardians_in_class FROM chat_org WHERE org_id = ?1", "i", org);
	*guardians_in_class_out = !*found_out || v != 0;
	return e;
}

enum err chat_sql_org_put(struct tx *tx, int64_t org, bool guardians_in_class)
{
	return db_run(tx->db, "INSERT INTO chat_org (org_id, guardians_in_class) VALUES (?1, ?2) ON CONFLICT (org_id) DO UPDATE SET guardians_in_class = ?2",
		"ii", org, (int64_t)guardians_in_class);
}

enum err chat_to_api(struct tx *tx, const struct chat *c, const struct chat_member *m, struct api_chat *out)
{
	struct api_read_mark *marks = arena_array(tx->arena, 2, sizeof *marks);
	if (!marks)
		return ERR_NOMEM;
	*out = (struct api_chat){
		.id = c->id,
		.org_id = c->org_id,
		.kind = c->kind,
		.has_unit_id = c->unit_id != 0,
		.unit_id = c->unit_id,
		.has_unit_kind = c->has_unit_kind,
		.unit_kind = c->unit_kind,
		.title = c->title,
		.member_count = c->channel ? 0 : c->member_count,
		.head = c->head,
		.message_count = c->message_count,
		.read_seq = m->read_seq,
		.read_count = m->read_count,
		.created_at = c->created_at,
		.has_channel = true,
		.channel = c->channel,
		.has_archived = true,
		.archived = c->archived != CHAT_LIVING,
		.has_open = true,
		.open = c->open,
		.has_writer = true,
		.writer = chat_member_writes(c, m),
		.has_keeper = true,
		.keeper = m->keeper,
		.has_why = true,
		.why = m->why,
		.has_first_number = m->visible_count != 0,
		.first_number = m->visible_count + 1,
		.has_call = c->call.n != 0,
		.call = c->call,
	};
	if (c->kind == API_CHAT_KIND_FREE) {
		out->has_audience = true;
		out->audience.items = arena_array(tx->arena, CHAT_AUDIENCES, sizeof *out->audience.items);
		if (!out->audience.items)
			return ERR_NOMEM;
		for (unsigned i = 0; i < CHAT_AUDIENCES; i++)
			if (c->audience & 1u << i)
				out->audience.items[out->audience.n++] = (enum api_audience)i;
	}
	out->first_readers.items = marks;
	for (size_t i = 0; i < 2 && c->readers.at[i].person; i++)
		marks[out->first_readers.n++] = (struct api_read_mark){.person_id = c->readers.at[i].person, .seq = c->readers.at[i].seq};
	return ERR_OK;
}

/* Columns after those of the chat: those of the member, then those of the last message that he may see. */
static enum err read_chat_of(struct tx *tx, struct rows *r, struct api_chat *out)
{
	struct chat c = read_chat(r, tx->arena);
	int at = CHAT_COLUMN_COUNT + MEMBER_COLUMN_COUNT;
	struct chat_member m = read_member(r, CHAT_COLUMN_COUNT);
	enum err e = chat_to_api(tx, &c, &m, out);
	if (!e && !rows_null(r, at)) {
		out->has_last_message = true;
		e = chat_sql_read_message(tx, r, at, &out->last_message);
	}
	return e;
}

enum err chat_sql_chats_of(struct tx *tx, int64_t person, struct api_chat **items_out, size_t *n_out)
{
	int64_t count;
	bool found;
	enum err e = db_int(tx->db, &found, &count, "SELECT count(*) FROM chat_member WHERE person_id = ?1 AND left_at IS NULL", "i", person);
	if (e)
		return e;
	struct api_chat *items = arena_array(tx->arena, (size_t)count + 1, sizeof *items);
	if (!items)
		return ERR_NOMEM;
	struct rows r;
	size_t n = 0;
	for (db_query(tx->db, &r,
		     "SELECT " CHAT_COLUMNS ", " MEMBER_COLUMNS ", " MESSAGE_COLUMNS("l")
		     " FROM chat_member m JOIN chat c ON c.id = m.chat_id AND c.org_id = m.org_id"
		     " LEFT JOIN message l ON l.org_id = c.org_id AND l.chat_id = c.id AND l.seq > m.visible_after AND l.seq ="
		     " (SELECT x.seq FROM message x WHERE x.org_id = c.org_id AND x.chat_id = c.id ORDER BY x.seq DESC LIMIT 1)"
		     " WHERE m.person_id = ?1 AND m.left_at IS NULL ORDER BY c.id",
		     "i", person);
		!e && n < (size_t)count && rows_next(&r);)
		e = read_chat_of(tx, &r, &items[n++]);
	enum err closed = rows_close(&r);
	*items_out = items;
	*n_out = n;
	return e ? e : closed;
}

enum err chat_sql_heads_of(struct tx *tx, int64_t person, void (*add)(void *user, struct stream_id s, int64_t head), void *user)
{
	struct rows r;
	for (db_query(tx->db, &r,
		     "SELECT c.id, c.head FROM chat_member m JOIN chat c ON c.id = m.chat_id AND c.org_id = m.org_id"
		     " WHERE m.person_id = ?1 AND m.left_at IS NULL ORDER BY c.id",
		     "i", person);
		rows_next(&r);)
		add(user, stream_of(STREAM_CHAT, rows_int(&r, 0)), rows_int(&r, 1));
	return rows_close(&r);
}

enum err chat_sql_activity(struct tx *tx, int64_t org, struct school_activity *out)
{
	const int64_t day = 24 * 60 * 60 * 1000LL;
	struct rows r;
	/* number counts a chat's messages without a gap, so the one before the border says how many lie behind it. */
	db_query(tx->db, &r,
		"SELECT COUNT(*), COALESCE(SUM(CASE WHEN message_count > 0 THEN 1 ELSE 0 END), 0),"
		" COALESCE(SUM(message_count - COALESCE((SELECT m.number FROM message m WHERE m.org_id = c.org_id AND m.chat_id = c.id"
		"  AND m.created_at < ?2 ORDER BY m.seq DESC LIMIT 1), 0)), 0),"
		" COALESCE(SUM(message_count - COALESCE((SELECT m.number FROM message m WHERE m.org_id = c.org_id AND m.chat_id = c.id"
		"  AND m.created_at < ?3 ORDER BY m.seq DESC LIMIT 1), 0)), 0)"
		" FROM chat c WHERE c.org_id = ?1",
		"iii", org, tx->now_ms - 7 * day, tx->now_ms - 30 * day);
	if (rows_next(&r))
		*out = (struct school_activity){.chats = rows_int(&r, 0),
			.chats_spoken = rows_int(&r, 1),
			.messages_7 = rows_int(&r, 2),
			.messages_30 = rows_int(&r, 3)};
	return rows_close(&r);
}
