/* SPDX-License-Identifier: Apache-2.0
 *
 * The SQL on the tables lesson, lesson_invite, guest_link (but for its lists: guest_links_sql.c), call_guest and calendar. Private to room lesson; on a worker's thread.
 */
#include "base/clock.h"
#include "base/vec.h"
#include "lesson/plan.h"
#include "server/sql_list.h"

#include <sodium.h>

#define COLUMNS \
	"l.id, l.org_id, l.chat_id, l.kind, l.title, l.subject_id, l.starts_at, l.minutes, l.creator_id, l.series_id, l.call_id, l.cancelled," \
	" l.waiting_room, l.told, l.materials, l.agenda, l.protocol, l.silent, l.slot_minutes"

static struct plan read_plan(struct rows *r, struct arena *a)
{
	struct plan p = {
		.id = rows_int(r, 0),
		.org_id = rows_int(r, 1),
		.chat_id = rows_int(r, 2),
		.title = rows_str(r, 4, a),
		.subject_id = rows_int(r, 5),
		.starts_at = rows_int(r, 6),
		.minutes = rows_int(r, 7),
		.creator_id = rows_int(r, 8),
		.series_id = rows_int(r, 9),
		.call_id = rows_int(r, 10),
		.cancelled = rows_int(r, 11) != 0,
		.waiting_room = rows_int(r, 12) != 0,
		.told = rows_int(r, 13) != 0,
		.materials = rows_str(r, 14, a),
		.agenda = rows_str(r, 15, a),
		.protocol = rows_str(r, 16, a),
		.silent = rows_int(r, 17) != 0,
		.slot_minutes = rows_int(r, 18),
	};
	if (!api_lesson_kind_from(rows_str(r, 3, NULL), &p.kind))
		BUG("kind of lesson %lld", (long long)p.id);
	return p;
}

static enum err plans(struct tx *tx, struct rows *r, struct plan **items_out, size_t *n_out)
{
	VEC(struct plan) list = VEC_INIT;
	while (rows_next(r))
		VEC_PUSH(&list, read_plan(r, tx->arena));
	enum err e = sql_take(tx, r, list.p, list.n, sizeof *list.p, items_out, n_out);
	VEC_RELEASE(&list);
	return e;
}

enum err plan_sql_insert(struct tx *tx, const struct plan *p, int64_t *id_out)
{
	bool found;
	return db_int(tx->db, &found, id_out,
		"INSERT INTO lesson (org_id, chat_id, kind, title, subject_id, starts_at, minutes, creator_id, series_id, waiting_room, materials, agenda, silent,"
		" slot_minutes)"
		" VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14) RETURNING id",
		"iissiiiiiissii", p->org_id, p->chat_id, str_of(api_lesson_kind_name(p->kind)), p->title, p->subject_id, p->starts_at, p->minutes,
		p->creator_id, p->series_id, (int64_t)p->waiting_room, p->materials, p->agenda, (int64_t)p->silent, p->slot_minutes);
}

enum err plan_sql_put(struct tx *tx, const struct plan *p)
{
	return db_run(tx->db,
		"UPDATE lesson SET title = ?3, starts_at = ?4, minutes = ?5, series_id = ?6, call_id = ?7, cancelled = ?8, waiting_room = ?9, told = ?10,"
		" materials = ?11, agenda = ?12, protocol = ?13, silent = ?14 WHERE id = ?1 AND org_id = ?2",
		"iisiiiiiiisssi", p->id, p->org_id, p->title, p->starts_at, p->minutes, p->series_id, p->call_id, (int64_t)p->cancelled,
		(int64_t)p->waiting_room, (int64_t)p->told, p->materials, p->agenda, p->protocol, (int64_t)p->silent);
}

enum err plan_sql_get(struct tx *tx, int64_t org, int64_t id, struct plan *out, bool *found_out)
{
	struct rows r;
	db_query(tx->db, &r, "SELECT " COLUMNS " FROM lesson l WHERE l.id = ?1 AND l.org_id = ?2", "ii", id, org);
	*found_out = rows_next(&r);
	if (*found_out)
		*out = read_plan(&r, tx->arena);
	return rows_close(&r);
}

enum err plan_sql_get_any(struct tx *tx, int64_t id, struct plan *out, bool *found_out)
{
	struct rows r;
	db_query(tx->db, &r, "SELECT " COLUMNS " FROM lesson l WHERE l.id = ?1", "i", id);
	*found_out = rows_next(&r);
	if (*found_out)
		*out = read_plan(&r, tx->arena);
	return rows_close(&r);
}

enum err plan_sql_following(struct tx *tx, const struct plan *from, struct plan **items_out, size_t *n_out)
{
	struct rows r;
	db_query(tx->db, &r,
		"SELECT " COLUMNS " FROM lesson l WHERE l.series_id = ?1 AND l.org_id = ?2 AND l.starts_at > ?3 AND l.series_id > 0 ORDER BY l.starts_at", "iii",
		from->series_id, from->org_id, from->starts_at);
	return plans(tx, &r, items_out, n_out);
}

enum err plan_sql_of_chat(struct tx *tx, int64_t chat, int64_t from, int64_t to, struct plan **items_out, size_t *n_out)
{
	struct rows r;
	db_query(tx->db, &r, "SELECT " COLUMNS " FROM lesson l WHERE (l.chat_id = ?1 OR l.id IN (SELECT b.lesson_id FROM broadcast_chat b WHERE b.chat_id = ?1))"
		" AND l.starts_at >= ?2 AND l.starts_at < ?3 ORDER BY l.starts_at LIMIT 500", "iii",
		chat, from, to);
	return plans(tx, &r, items_out, n_out);
}

enum err plan_sql_invited_to(struct tx *tx, int64_t person, int64_t from, int64_t to, struct plan **items_out, size_t *n_out)
{
	struct rows r;
	db_query(tx->db, &r,
		"SELECT " COLUMNS " FROM lesson_invite i JOIN lesson l ON l.id = i.lesson_id AND l.org_id = i.org_id"
		" WHERE i.person_id = ?1 AND l.starts_at >= ?2 AND l.starts_at < ?3 ORDER BY l.starts_at LIMIT 500",
		"iii", person, from, to);
	return plans(tx, &r, items_out, n_out);
}

enum err plan_sql_ahead(struct tx *tx, int64_t org, int64_t chat, int64_t *out)
{
	bool found;
	return db_int(tx->db, &found, out, "SELECT count(*) FROM lesson WHERE chat_id = ?1 AND org_id = ?2 AND starts_at > ?3", "iii", chat, org, tx->now_ms);
}

enum err plan_sql_due(struct tx *tx, struct plan **items_out, size_t *n_out)
{
	struct rows r;
	db_query(tx->db, &r, "SELECT " COLUMNS " FROM lesson l WHERE l.told = 0 AND l.cancelled = 0 AND l.starts_at <= ?1 ORDER BY l.starts_at LIMIT 64", "i",
		tx->now_ms);
	return plans(tx, &r, items_out, n_out);
}

/* --- invited people */

enum err plan_sql_invite(struct tx *tx, const struct plan *p, int64_t person, bool *new_out)
{
	return db_run_unique(tx->db, new_out, "INSERT INTO lesson_invite (org_id, lesson_id, person_id) VALUES (?1, ?2, ?3)", "iii", p->org_id, p->id, person);
}

enum err plan_sql_invited(struct tx *tx, int64_t org, int64_t lesson, int64_t **persons_out, size_t *n_out)
{
	struct rows r;
	db_query(tx->db, &r, "SELECT person_id FROM lesson_invite WHERE lesson_id = ?1 AND org_id = ?2 ORDER BY person_id", "ii", lesson, org);
	return sql_ids(tx, &r, persons_out, n_out);
}

enum err plan_sql_is_invited(struct tx *tx, int64_t org, int64_t lesson, int64_t person, bool *out)
{
	int64_t one;
	return db_int(tx->db, out, &one, "SELECT 1 FROM lesson_invite WHERE lesson_id = ?1 AND person_id = ?2 AND org_id = ?3", "iii", lesson, person, org);
}

enum err plan_sql_calls(struct tx *tx, int64_t org, int64_t lesson, int64_t **calls_out, size_t *n_out)
{
	struct rows r;
	db_query(tx->db, &r, "SELECT id FROM call WHERE lesson_id = ?1 AND org_id = ?2 ORDER BY id", "ii", lesson, org);
	return sql_ids(tx, &r, calls_out, n_out);
}

/* --- secrets: the store has their hashes only */

struct secret secret_of(struct str text)
{
	struct secret s = {.text = {0}};
	crypto_hash_sha256(s.hash, (const unsigned char *)text.p, text.n);
	return s;
}

struct secret secret_new(void)
{
	unsigned char raw[PLAN_SECRET_TEXT / 2];
	char text[PLAN_SECRET_TEXT + 1];
	random_fill(raw, sizeof raw);
	sodium_bin2hex(text, sizeof text, raw, sizeof raw);
	struct secret s = secret_of(str_of(text));
	memcpy(s.text, text, sizeof text);
	return s;
}

enum err plan_sql_link_add(struct tx *tx, const struct plan *p, const struct secret *s, struct str name, int64_t expires_at)
{
	return db_run(tx->db, "INSERT INTO guest_link (hash, org_id, lesson_id, maker_id, expires_at, name, made_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)", "biiiisi",
		secret_str(s), p->org_id, p->id, tx->actor.person.v, expires_at, name, tx->now_ms);
}

enum err plan_sql_link_count(struct tx *tx, const struct plan *p, int64_t *out)
{
	bool found;
	return db_int(tx->db, &found, out, "SELECT count(*) FROM guest_link WHERE lesson_id = ?1 AND org_id = ?2", "ii", p->id, p->org_id);
}

enum err plan_sql_link_find(struct tx *tx, const struct secret *s, struct plan *out, bool *found_out)
{
	struct rows r;
	db_query(tx->db, &r,
		"SELECT " COLUMNS " FROM guest_link k JOIN lesson l ON l.id = k.lesson_id AND l.org_id = k.org_id"
		" WHERE k.hash = ?1 AND k.used_at IS NULL AND k.expires_at > ?2 AND l.cancelled = 0",
		"bi", secret_str(s), tx->now_ms);
	*found_out = rows_next(&r);
	if (*found_out)
		*out = read_plan(&r, tx->arena);
	return rows_close(&r);
}

enum err plan_sql_link_look(struct tx *tx, const struct secret *s, struct link *out, struct plan *plan_out, bool *found_out)
{
	struct rows r;
	db_query(tx->db, &r,
		"SELECT " COLUMNS ", k.used_at, k.expires_at, k.name FROM guest_link k JOIN lesson l ON l.id = k.lesson_id AND l.org_id = k.org_id"
		" WHERE k.hash = ?1",
		"b", secret_str(s));
	*found_out = rows_next(&r);
	if (*found_out) {
		*plan_out = read_plan(&r, tx->arena);
		*out = (struct link){.used = !rows_null(&r, 19), .expires_at = rows_int(&r, 20), .name = rows_str(&r, 21, tx->arena)};
	}
	return rows_close(&r);
}

enum err plan_sql_link_use(struct tx *tx, const struct secret *s, struct str name)
{
	return db_run(tx->db, "UPDATE guest_link SET used_at = ?2, used_name = ?3 WHERE hash = ?1", "bis", secret_str(s), tx->now_ms, name);
}

enum err plan_sql_guest_add(struct tx *tx, const struct participant *p, const struct secret *s)
{
	return db_run(tx->db, "INSERT INTO call_guest (hash, org_id, call_id, participant_id) VALUES (?1, ?2, ?3, ?4)", "biii", secret_str(s), p->org_id,
		p->call_id, p->id);
}

enum err plan_sql_guest_find(struct tx *tx, const struct secret *s, struct call_row *call_out, struct participant *out, bool *found_out)
{
	struct rows r;
	int64_t org = 0, call = 0, participant = 0;
	db_query(tx->db, &r, "SELECT org_id, call_id, participant_id FROM call_guest WHERE hash = ?1", "b", secret_str(s));
	*found_out = rows_next(&r);
	if (*found_out) {
		org = rows_int(&r, 0);
		call = rows_int(&r, 1);
		participant = rows_int(&r, 2);
	}
	enum err e = rows_close(&r);
	if (!e && *found_out)
		e = call_sql_get(tx, org, call, call_out, found_out);
	return e || !*found_out ? e : call_sql_person(tx, org, call, participant, out, found_out);
}

enum err plan_sql_calendar(struct tx *tx, int64_t person, bool *found_out)
{
	int64_t one;
	return db_int(tx->db, found_out, &one, "SELECT 1 FROM calendar WHERE person_id = ?1", "i", person);
}

enum err plan_sql_calendar_put(struct tx *tx, int64_t person, const struct secret *s)
{
	return db_run(tx->db, "INSERT INTO calendar (person_id, hash) VALUES (?1, ?2) ON CONFLICT (person_id) DO UPDATE SET hash = ?2", "ib", person, secret_str(s));
}

enum err plan_sql_calendar_of(struct tx *tx, const struct secret *s, int64_t *person_out)
{
	bool found;
	enum err e = db_int(tx->db, &found, person_out, "SELECT person_id FROM calendar WHERE hash = ?1", "b", secret_str(s));
	if (!e && !found)
		*person_out = 0;
	return e;
}
