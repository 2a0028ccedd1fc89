/* SPDX-License-Identifier: Apache-2.0
 *
 * The only SQL on the tables call, call_person and call_rule (visits and tickets: call_visits_sql.c). Private to room lesson; on a worker's
 * thread, inside a transaction.
 */
#include "base/vec.h"
#include "lesson/call.h"
#include "server/sql_list.h"

/* These numbers lie in stores, and in the indexes of the migrations. */
_Static_assert(API_CALL_STATE_WAITING == 0 && API_CALL_STATE_IN == 1 && API_CALL_STATE_LEFT == 2 && API_CALL_STATE_REMOVED == 3 &&
	API_CALL_STATE_REFUSED == 4, "CallState of api/lesson.yaml");
_Static_assert(API_CALL_ROLE_HOST == 0 && API_CALL_ROLE_COHOST == 1 && API_CALL_ROLE_MEMBER == 2 && API_CALL_ROLE_GUEST == 3 &&
	API_CALL_ROLE_VIEWER == 4, "CallRole");
_Static_assert(API_CALL_STARTERS_STAFF == 0 && API_CALL_STARTERS_GROWN_UPS == 1 && API_CALL_STARTERS_EVERYBODY == 2, "CallStarters");

#define CALL_COLUMNS \
	"c.id, c.org_id, c.chat_id, c.kind, c.title, c.host_id, c.started_at, c.ended_at, c.empty_at, c.head, c.hands, c.card_seq, c.lesson_id," \
	" c.locked, c.waiting_room, c.audio, c.video, c.screen, c.recording_id, c.recording_at, c.recording_by, c.recording_days," \
	" c.recording_problem, c.broadcast, c.viewers, c.viewer_hands, c.viewers_at," \
	" c.showing_id, c.showing_by, k.kind, k.title, k.source, k.url, k.verified_list, k.verified_at"
#define CALLS "call c LEFT JOIN content k ON k.id = c.showing_id AND k.org_id = c.org_id"

static int64_t int_or_zero(const struct rows *r, int column)
{
	return rows_null(r, column) ? 0 : rows_int(r, column);
}

static struct call_row read_call(struct rows *r, struct arena *a)
{
	struct call_row c = {
		.id = rows_int(r, 0),
		.org_id = rows_int(r, 1),
		.chat_id = rows_int(r, 2),
		.title = rows_str(r, 4, a),
		.host_id = rows_int(r, 5),
		.started_at = rows_int(r, 6),
		.ended_at = int_or_zero(r, 7),
		.empty_at = int_or_zero(r, 8),
		.head = rows_int(r, 9),
		.hands = rows_int(r, 10),
		.card_seq = rows_int(r, 11),
		.lesson_id = rows_int(r, 12),
		.locked = rows_int(r, 13) != 0,
		.waiting_room = rows_int(r, 14) != 0,
		.rights = {rows_int(r, 15) != 0, rows_int(r, 16) != 0, rows_int(r, 17) != 0},
		.recording_id = rows_int(r, 18),
		.recording_at = rows_int(r, 19),
		.recording_by = rows_int(r, 20),
		.recording_days = rows_int(r, 21),
		.recording_problem = rows_int(r, 22),
		.broadcast = rows_int(r, 23) != 0,
		.viewers = rows_int(r, 24),
		.viewer_hands = rows_int(r, 25),
		.viewers_at = rows_int(r, 26),
	};
	if (!rows_null(r, 29))
		c.showing = (struct showing){.id = rows_int(r, 27), .participant_id = rows_int(r, 28), .kind = (enum api_content_kind)rows_int(r, 29), .title = rows_str(r, 30, a),
			.source = rows_str(r, 31, a), .url = rows_str(r, 32, a), .list = rows_str(r, 33, a), .verified_at = int_or_zero(r, 34)};
	if (!api_call_kind_from(rows_str(r, 3, NULL), &c.kind))
		BUG("kind of call %lld", (long long)c.id);
	return c;
}

static enum err one_call(struct tx *tx, struct rows *r, struct call_row *out, bool *found_out)
{
	*found_out = rows_next(r);
	if (*found_out)
		*out = read_call(r, tx->arena);
	return rows_close(r);
}

enum err call_sql_insert(struct tx *tx, const struct call_row *c, int64_t *id_out)
{
	bool found;
	return db_int(tx->db, &found, id_out,
		"INSERT INTO call (org_id, chat_id, kind, title, host_id, started_at, empty_at, waiting_room, lesson_id, broadcast)"
		" VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10) RETURNING id",
		"iissiiiiii", c->org_id, c->chat_id, str_of(api_call_kind_name(c->kind)), c->title, c->host_id, c->started_at, c->empty_at,
		(int64_t)c->waiting_room, c->lesson_id, (int64_t)c->broadcast);
}

enum err call_sql_put(struct tx *tx, const struct call_row *c)
{
	return db_run(tx->db,
		"UPDATE call SET host_id = ?3, ended_at = NULLIF(?4, 0), empty_at = NULLIF(?5, 0), hands = ?6, card_seq = ?7, locked = ?8,"
		" waiting_room = ?9, audio = ?10, video = ?11, screen = ?12, lesson_id = ?13, recording_id = ?14, recording_at = ?15,"
		" recording_by = ?16, recording_days = ?17, recording_problem = ?18, broadcast = ?19, viewers = ?20, viewer_hands = ?21, viewers_at = ?22"
		" WHERE id = ?1 AND org_id = ?2",
		"iiiiiiiiiiiiiiiiiiiiii", c->id, c->org_id, c->host_id, c->ended_at, c->empty_at, c->hands, c->card_seq, (int64_t)c->locked,
		(int64_t)c->waiting_room, (int64_t)c->rights.audio, (int64_t)c->rights.video, (int64_t)c->rights.screen, c->lesson_id, c->recording_id,
		c->recording_at, c->recording_by, c->recording_days, c->recording_problem, (int64_t)c->broadcast, c->viewers, c->viewer_hands, c->viewers_at);
}

enum err call_sql_get(struct tx *tx, int64_t org, int64_t id, struct call_row *out, bool *found_out)
{
	struct rows r;
	db_query(tx->db, &r, "SELECT " CALL_COLUMNS " FROM " CALLS " WHERE c.id = ?1 AND c.org_id = ?2", "ii", id, org);
	return one_call(tx, &r, out, found_out);
}

enum err call_sql_get_any(struct tx *tx, int64_t id, struct call_row *out, bool *found_out)
{
	struct rows r;
	db_query(tx->db, &r, "SELECT " CALL_COLUMNS " FROM " CALLS " WHERE c.id = ?1", "i", id);
	return one_call(tx, &r, out, found_out);
}

enum err call_sql_running(struct tx *tx, int64_t org, int64_t chat, struct call_row *out, bool *found_out)
{
	struct rows r;
	db_query(tx->db, &r, "SELECT " CALL_COLUMNS " FROM " CALLS " WHERE c.chat_id = ?1 AND c.org_id = ?2 AND c.ended_at IS NULL", "ii", chat, org);
	return one_call(tx, &r, out, found_out);
}

enum err call_sql_each_running(struct tx *tx, int64_t after, struct call_row *items, size_t max, size_t *n_out)
{
	struct rows r;
	*n_out = 0;
	for (db_query(tx->db, &r, "SELECT " CALL_COLUMNS " FROM " CALLS " WHERE c.ended_at IS NULL AND c.id > ?1 ORDER BY c.id LIMIT ?2", "ii", after,
		     (int64_t)max);
		rows_next(&r);)
		items[(*n_out)++] = read_call(&r, tx->arena);
	return rows_close(&r);
}

/* --- people */

#define PERSON_COLUMNS \
	"p.id, p.org_id, p.call_id, p.person_id, p.guest_name, p.role, p.member_role, p.state, p.session_id, p.admitted, p.invited, p.came," \
	" p.connected, p.audio, p.video, p.screen, p.hand, p.hand_at, p.away_at, p.joined_at, p.classroom, p.in_room"

static struct participant read_person(struct rows *r, struct arena *a)
{
	return (struct participant){
		.id = rows_int(r, 0),
		.org_id = rows_int(r, 1),
		.call_id = rows_int(r, 2),
		.person_id = rows_int(r, 3),
		.guest_name = rows_str(r, 4, a),
		.role = (enum api_call_role)rows_int(r, 5),
		.member_role = (enum role)rows_int(r, 6),
		.state = (enum api_call_state)rows_int(r, 7),
		.session_id = rows_int(r, 8),
		.admitted = rows_int(r, 9) != 0,
		.invited = rows_int(r, 10) != 0,
		.came = rows_int(r, 11) != 0,
		.connected = rows_int(r, 12) != 0,
		.rights = {rows_int(r, 13) != 0, rows_int(r, 14) != 0, rows_int(r, 15) != 0},
		.hand = rows_int(r, 16),
		.hand_at = rows_int(r, 17),
		.away_at = int_or_zero(r, 18),
		.joined_at = rows_int(r, 19),
		.classroom = rows_str(r, 20, a),
		.in_room = rows_int(r, 21) != 0,
	};
}

enum err call_sql_person_insert(struct tx *tx, const struct participant *p, int64_t *id_out)
{
	bool found;
	return db_int(tx->db, &found, id_out,
		"INSERT INTO call_person (org_id, call_id, person_id, guest_name, role, member_role, state, session_id, admitted, invited, came, audio,"
		" video, screen, away_at, joined_at)"
		" VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, NULLIF(?15, 0), ?16) RETURNING id",
		"iiisiiiiiiiiiiii", p->org_id, p->call_id, p->person_id, p->guest_name, (int64_t)p->role, (int64_t)p->member_role, (int64_t)p->state,
		p->session_id, (int64_t)p->admitted, (int64_t)p->invited, (int64_t)p->came, (int64_t)p->rights.audio, (int64_t)p->rights.video,
		(int64_t)p->rights.screen, p->away_at, p->joined_at);
}

enum err call_sql_person_put(struct tx *tx, const struct participant *p)
{
	return db_run(tx->db,
		"UPDATE call_person SET role = ?3, member_role = ?4, state = ?5, session_id = ?6, admitted = ?7, invited = ?8, came = ?9, audio = ?10,"
		" video = ?11, screen = ?12, hand = ?13, hand_at = ?14, connected = ?15, away_at = NULLIF(?16, 0), classroom = ?17, in_room = ?18 WHERE id = ?1 AND org_id = ?2",
		"iiiiiiiiiiiiiiiisi", p->id, p->org_id, (int64_t)p->role, (int64_t)p->member_role, (int64_t)p->state, p->session_id,
		(int64_t)p->admitted, (int64_t)p->invited, (int64_t)p->came, (int64_t)p->rights.audio, (int64_t)p->rights.video,
		(int64_t)p->rights.screen, p->hand, p->hand_at, (int64_t)p->connected, p->away_at,
		p->classroom.p ? p->classroom : STR(""), (int64_t)p->in_room);
}

static enum err one_person(struct tx *tx, struct rows *r, struct participant *out, bool *found_out)
{
	*found_out = rows_next(r);
	if (*found_out)
		*out = read_person(r, tx->arena);
	return rows_close(r);
}

enum err call_sql_person(struct tx *tx, int64_t org, int64_t call, int64_t id, struct participant *out, bool *found_out)
{
	struct rows r;
	db_query(tx->db, &r, "SELECT " PERSON_COLUMNS " FROM call_person p WHERE p.id = ?1 AND p.org_id = ?2 AND p.call_id = ?3", "iii", id, org, call);
	return one_person(tx, &r, out, found_out);
}

enum err call_sql_person_of(struct tx *tx, int64_t org, int64_t call, int64_t person, struct participant *out, bool *found_out)
{
	struct rows r;
	db_query(tx->db, &r, "SELECT " PERSON_COLUMNS " FROM call_person p WHERE p.call_id = ?1 AND p.person_id = ?2 AND p.person_id > 0 AND p.org_id = ?3", "iii",
		call, person, org);
	return one_person(tx, &r, out, found_out);
}

static enum err people(struct tx *tx, struct rows *r, struct participant **items_out, size_t *n_out)
{
	VEC(struct participant) list = VEC_INIT;
	while (rows_next(r))
		VEC_PUSH(&list, read_person(r, tx->arena));
	enum err e = sql_take(tx, r, list.p, list.n, sizeof *list.p, items_out, n_out);
	VEC_RELEASE(&list);
	return e;
}

enum err call_sql_people(struct tx *tx, int64_t org, int64_t call, enum api_call_state state, struct participant **items_out, size_t *n_out)
{
	struct rows r;
	db_query(tx->db, &r, "SELECT " PERSON_COLUMNS " FROM call_person p WHERE p.call_id = ?1 AND p.state = ?2 AND p.org_id = ?3 ORDER BY p.id", "iii", call,
		(int64_t)state, org);
	return people(tx, &r, items_out, n_out);
}

enum err call_sql_stage(struct tx *tx, int64_t org, int64_t call, int64_t self, struct participant **items_out, size_t *n_out)
{
	struct rows r;
	db_query(tx->db, &r, "SELECT " PERSON_COLUMNS " FROM call_person p WHERE p.call_id = ?1 AND p.state <= 1 AND p.org_id = ?2"
		" AND (p.role <> 4 OR p.person_id = ?3) ORDER BY p.id", "iii", call, org, self ? self : -1);
	return people(tx, &r, items_out, n_out);
}

enum err call_sql_viewers(struct tx *tx, int64_t org, int64_t call, int64_t *count_out, int64_t *hands_out)
{
	bool found;
	enum err e = db_int(tx->db, &found, count_out, "SELECT count(*) FROM call_person WHERE call_id = ?1 AND org_id = ?2 AND state = 1 AND role = 4", "ii", call,
		org);
	return e ? e : db_int(tx->db, &found, hands_out,
		"SELECT count(*) FROM call_person WHERE call_id = ?1 AND org_id = ?2 AND state = 1 AND role = 4 AND hand > 0", "ii", call, org);
}

enum err call_sql_viewer_hands(struct tx *tx, int64_t org, int64_t call, struct participant **items_out, size_t *n_out)
{
	struct rows r;
	db_query(tx->db, &r, "SELECT " PERSON_COLUMNS " FROM call_person p WHERE p.call_id = ?1 AND p.org_id = ?2 AND p.state = 1 AND p.role = 4 AND p.hand > 0"
		" ORDER BY p.hand LIMIT 100", "ii", call, org);
	return people(tx, &r, items_out, n_out);
}

enum err call_sql_came(struct tx *tx, int64_t org, int64_t call, struct participant **items_out, size_t *n_out)
{
	struct rows r;
	db_query(tx->db, &r, "SELECT " PERSON_COLUMNS " FROM call_person p WHERE p.call_id = ?1 AND p.org_id = ?2 AND (p.came <> 0 OR p.in_room <> 0) ORDER BY p.id", "ii", call, org);
	return people(tx, &r, items_out, n_out);
}

enum err call_sql_count(struct tx *tx, int64_t org, int64_t call, enum api_call_state state, int64_t *out)
{
	bool found;
	return db_int(tx->db, &found, out, "SELECT count(*) FROM call_person WHERE call_id = ?1 AND state = ?2 AND org_id = ?3", "iii", call, (int64_t)state,
		org);
}

enum err call_sql_of_session(struct tx *tx, int64_t person, int64_t session, struct participant **items_out, size_t *n_out)
{
	struct rows r;
	db_query(tx->db, &r, "SELECT " PERSON_COLUMNS " FROM call_person p WHERE p.session_id = ?1 AND p.state <= 1 AND p.person_id = ?2", "ii", session, person);
	return people(tx, &r, items_out, n_out);
}

enum err call_sql_heads(struct tx *tx, int64_t person, void (*add)(void *user, struct stream_id s, int64_t head), void *user)
{
	struct rows r;
	for (db_query(tx->db, &r,
		     "SELECT c.id, c.head FROM call_person p JOIN call c ON c.id = p.call_id AND c.org_id = p.org_id"
		     " WHERE p.person_id = ?1 AND p.state = 1 AND c.ended_at IS NULL ORDER BY c.id",
		     "i", person);
		rows_next(&r);)
		add(user, stream_of(STREAM_CALL, rows_int(&r, 0)), rows_int(&r, 1));
	return rows_close(&r);
}

/* --- who may start */

enum err call_sql_starters(struct tx *tx, int64_t org, int64_t chat, bool *found_out, enum api_call_starters *out)
{
	int64_t v = 0;
	enum err e = db_int(tx->db, found_out, &v, "SELECT starters FROM call_rule WHERE chat_id = ?1 AND org_id = ?2", "ii", chat, org);
	*out = (enum api_call_starters)v;
	return e;
}

enum err call_sql_starters_put(struct tx *tx, int64_t org, int64_t chat, enum api_call_starters starters)
{
	return db_run(tx->db, "INSERT INTO call_rule (org_id, chat_id, starters) VALUES (?1, ?2, ?3) ON CONFLICT (chat_id) DO UPDATE SET starters = ?3", "iii",
		org, chat, (int64_t)starters);
}
