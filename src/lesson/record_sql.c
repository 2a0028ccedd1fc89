/* SPDX-License-Identifier: Apache-2.0
 *
 * The only SQL on the tables recording, recording_track, recording_view and recording_told. Private to room lesson; on a worker's thread, inside a transaction.
 */
#include "base/vec.h"
#include "lesson/record.h"
#include "server/sql_list.h"

/* These numbers lie in stores. */
_Static_assert(API_RECORDING_STATE_RECORDING == 0 && API_RECORDING_STATE_SAVING == 1 && API_RECORDING_STATE_READY == 2 && API_RECORDING_STATE_FAILED == 3, "RecordingState");
_Static_assert(API_RECORDING_PROBLEM_FULL == 0 && API_RECORDING_PROBLEM_FAILED == 1, "RecordingProblem");
_Static_assert(API_TRACK_SOURCE_MIC == 0 && API_TRACK_SOURCE_CAMERA == 1 && API_TRACK_SOURCE_SCREEN == 2 && API_TRACK_SOURCE_SCREEN_AUDIO == 3, "TrackSource");

#define COLUMNS \
	"r.id, r.org_id, r.call_id, r.chat_id, r.lesson_id, r.starter_id, r.title, r.state, r.started_at, r.expires_at, r.duration_ms, r.size, r.published, r.problem," \
	" r.speakers"

static struct record_row read_row(struct rows *r, struct arena *a)
{
	return (struct record_row){
		.id = rows_int(r, 0),
		.org_id = rows_int(r, 1),
		.call_id = rows_int(r, 2),
		.chat_id = rows_int(r, 3),
		.lesson_id = rows_int(r, 4),
		.starter_id = rows_int(r, 5),
		.title = rows_str(r, 6, a),
		.state = (enum api_recording_state)rows_int(r, 7),
		.started_at = rows_int(r, 8),
		.expires_at = rows_int(r, 9),
		.duration_ms = rows_int(r, 10),
		.size = rows_int(r, 11),
		.published = rows_int(r, 12) != 0,
		.has_problem = rows_int(r, 13) >= 0,
		.problem = rows_int(r, 13) > 0 ? API_RECORDING_PROBLEM_FAILED : API_RECORDING_PROBLEM_FULL,
		.speakers = rows_str(r, 14, a),
	};
}

static enum err one(struct tx *tx, struct rows *r, struct record_row *out, bool *found_out)
{
	*found_out = rows_next(r);
	if (*found_out)
		*out = read_row(r, tx->arena);
	return rows_close(r);
}

enum err record_sql_insert(struct tx *tx, const struct record_row *r, int64_t *id_out)
{
	bool found;
	return db_int(tx->db, &found, id_out,
		"INSERT INTO recording (org_id, call_id, chat_id, lesson_id, starter_id, title, state, started_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) RETURNING id", "iiiiisii",
		r->org_id, r->call_id, r->chat_id, r->lesson_id, r->starter_id, r->title, (int64_t)r->state, r->started_at);
}

enum err record_sql_put(struct tx *tx, const struct record_row *r)
{
	return db_run(tx->db,
		"UPDATE recording SET state = ?3, expires_at = ?4, duration_ms = ?5, size = ?6, published = ?7, problem = ?8, speakers = ?9 WHERE id = ?1 AND org_id = ?2", "iiiiiiiis",
		r->id, r->org_id, (int64_t)r->state, r->expires_at, r->duration_ms, r->size, (int64_t)r->published, r->has_problem ? (int64_t)r->problem : (int64_t)-1, r->speakers);
}

enum err record_sql_get(struct tx *tx, int64_t org, int64_t id, struct record_row *out, bool *found_out)
{
	struct rows r;
	db_query(tx->db, &r, "SELECT " COLUMNS " FROM recording r WHERE r.id = ?1 AND r.org_id = ?2", "ii", id, org);
	return one(tx, &r, out, found_out);
}

enum err record_sql_get_any(struct tx *tx, int64_t id, struct record_row *out, bool *found_out)
{
	struct rows r;
	db_query(tx->db, &r, "SELECT " COLUMNS " FROM recording r WHERE r.id = ?1", "i", id);
	return one(tx, &r, out, found_out);
}

enum err record_sql_expired(struct tx *tx, struct record_row *out, bool *found_out)
{
	struct rows r;
	db_query(tx->db, &r, "SELECT " COLUMNS " FROM recording r WHERE r.expires_at > 0 AND r.expires_at <= ?1 AND r.state >= 2 ORDER BY r.expires_at LIMIT 1", "i", tx->now_ms);
	return one(tx, &r, out, found_out);
}

enum err record_sql_of_chat(struct tx *tx, int64_t org, int64_t chat, int64_t lesson, struct record_row **items_out, size_t *n_out)
{
	struct rows r;
	*n_out = 0;
	*items_out = arena_array(tx->arena, RECORD_LIST_MAX, sizeof **items_out);
	if (!*items_out)
		return ERR_NOMEM;
	for (db_query(tx->db, &r, "SELECT " COLUMNS " FROM recording r WHERE r.chat_id = ?1 AND r.org_id = ?2 AND (?3 = 0 OR r.lesson_id = ?3) ORDER BY r.id DESC LIMIT ?4", "iiii", chat,
		     org, lesson, (int64_t)RECORD_LIST_MAX);
		rows_next(&r);)
		(*items_out)[(*n_out)++] = read_row(&r, tx->arena);
	return rows_close(&r);
}

static enum err ids_of(struct rows *r, int64_t *ids, size_t max, size_t *n_out)
{
	*n_out = 0;
	while (*n_out < max && rows_next(r))
		ids[(*n_out)++] = rows_int(r, 0);
	return rows_close(r);
}

enum err record_sql_published(struct tx *tx, int64_t org, int64_t call, int64_t *ids, size_t max, size_t *n_out)
{
	struct rows r;
	db_query(tx->db, &r, "SELECT id FROM recording WHERE call_id = ?1 AND org_id = ?2 AND published <> 0 AND state = 2 ORDER BY id", "ii", call, org);
	return ids_of(&r, ids, max, n_out);
}

enum err record_sql_unfinished(struct tx *tx, int64_t *ids, size_t max, size_t *n_out)
{
	struct rows r;
	db_query(tx->db, &r, "SELECT id FROM recording WHERE state < 2 ORDER BY id", "");
	return ids_of(&r, ids, max, n_out);
}

enum err record_sql_delete(struct tx *tx, const struct record_row *r)
{
	static const char *const each[] = {"DELETE FROM recording_track WHERE recording_id = ?1 AND org_id = ?2", "DELETE FROM recording_view WHERE recording_id = ?1 AND org_id = ?2",
		"DELETE FROM recording_told WHERE recording_id = ?1 AND org_id = ?2", "DELETE FROM recording WHERE id = ?1 AND org_id = ?2"};
	enum err e = ERR_OK;
	for (size_t i = 0; !e && i < sizeof each / sizeof *each; i++)
		e = db_run(tx->db, each[i], "ii", r->id, r->org_id);
	return e;
}

/* --- tracks */

enum err record_sql_track_add(struct tx *tx, const struct record_row *r, const struct record_track *t)
{
	return db_run(tx->db,
		"INSERT INTO recording_track (org_id, recording_id, file_id, participant_id, source, start_ms, duration_ms, size, media_type)"
		" VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
		"iiiiiiiis", r->org_id, r->id, t->file_id, t->participant_id, (int64_t)t->source, t->start_ms, t->duration_ms, t->size, t->media_type);
}

enum err record_sql_tracks(struct tx *tx, const struct record_row *r, struct record_track **items_out, size_t *n_out)
{
	struct rows rows;
	VEC(struct record_track) list = VEC_INIT;
	for (db_query(tx->db, &rows,
		     "SELECT file_id, participant_id, source, start_ms, duration_ms, size, media_type FROM recording_track WHERE recording_id = ?1 AND org_id = ?2 ORDER BY start_ms, file_id",
		     "ii", r->id, r->org_id);
		rows_next(&rows);) {
		struct record_track t = {rows_int(&rows, 0), rows_int(&rows, 1), (enum api_track_source)rows_int(&rows, 2), rows_int(&rows, 3), rows_int(&rows, 4),
			rows_int(&rows, 5), rows_str(&rows, 6, tx->arena)};
		VEC_PUSH(&list, t);
	}
	enum err e = sql_take(tx, &rows, list.p, list.n, sizeof *list.p, items_out, n_out);
	VEC_RELEASE(&list);
	return e;
}

/* --- who watches */

enum err record_sql_view(struct tx *tx, const struct record_row *r)
{
	return db_run(tx->db,
		"INSERT INTO recording_view (org_id, recording_id, person_id, session_id, at) VALUES (?1, ?2, ?3, ?4, ?5)"
		" ON CONFLICT (recording_id, session_id) DO UPDATE SET at = ?5",
		"iiiii", r->org_id, r->id, tx->actor.person.v, tx->actor.session.v, tx->now_ms);
}

enum err record_sql_viewed(struct tx *tx, int64_t org, int64_t id, bool *out)
{
	int64_t at;
	return db_int(tx->db, out, &at, "SELECT at FROM recording_view WHERE recording_id = ?1 AND org_id = ?2 AND session_id = ?3 AND person_id = ?4 AND at > ?5", "iiiii", id, org,
		tx->actor.session.v, tx->actor.person.v, tx->now_ms - RECORD_VIEW_MS);
}

enum err record_sql_views_sweep(struct tx *tx)
{
	return db_run(tx->db, "DELETE FROM recording_view WHERE at <= ?1", "i", tx->now_ms - RECORD_VIEW_MS);
}

/* --- who has heard of it */

enum err record_sql_tell_all(struct tx *tx, const struct call_row *c)
{
	return db_run(tx->db,
		"INSERT INTO recording_told (org_id, recording_id, participant_id) SELECT org_id, ?3, id FROM call_person WHERE call_id = ?1 AND org_id = ?2 AND state = 1", "iii", c->id,
		c->org_id, c->recording_id);
}

enum err record_sql_tell(struct tx *tx, const struct call_row *c, int64_t participant)
{
	return db_run(tx->db, "INSERT INTO recording_told (org_id, recording_id, participant_id) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING", "iii", c->org_id, c->recording_id, participant);
}

enum err record_sql_told(struct tx *tx, const struct call_row *c, int64_t participant, bool *out)
{
	int64_t one_row;
	return db_int(tx->db, out, &one_row, "SELECT 1 FROM recording_told WHERE recording_id = ?1 AND participant_id = ?2 AND org_id = ?3", "iii", c->recording_id, participant, c->org_id);
}

enum err record_sql_pupils(struct tx *tx, int64_t org, int64_t call, bool *out)
{
	int64_t id;
	return db_int(tx->db, out, &id, "SELECT id FROM call_person WHERE call_id = ?1 AND org_id = ?2 AND came <> 0 AND (member_role = ?3 OR person_id = 0) LIMIT 1", "iii", call, org,
		(int64_t)ROLE_STUDENT);
}
