/* SPDX-License-Identifier: Apache-2.0
 *
 * Recordings of calls (R79): rows and rules. Private to room lesson; on a worker's thread, inside a transaction. Every query names the organisation, but for those that find it
 * by a recording's id for app, and upkeep's.
 */
#ifndef LESSON_RECORD_H
#define LESSON_RECORD_H

#include "lesson/call.h"
#include "policy/audit.h"

#define RECORD_LIST_MAX 100
#define RECORD_OF_CALL_MAX 10                          /* published ones on the card of a call */
#define RECORD_VIEW_MS (12 * 60 * 60 * 1000LL)         /* so long an opened recording can be fetched */
#define RECORD_ROOM_MIN (64LL << 20)                   /* with less room left none is begun */
#define RECORD_DAY_MS (24 * 60 * 60 * 1000LL)

struct record_row {
	int64_t id, org_id, call_id, chat_id, lesson_id, starter_id;
	struct str title;
	enum api_recording_state state;
	int64_t started_at, expires_at; /* expires_at 0: not yet */
	int64_t duration_ms, size;
	bool published, has_problem;
	enum api_recording_problem problem;
	struct str speakers;            /* JSON: [[ms, participant], ...] */
};
struct record_track {
	int64_t file_id, participant_id;
	enum api_track_source source;
	int64_t start_ms, duration_ms, size;
	struct str media_type;
};

/* --- record_sql.c */
enum err record_sql_insert(struct tx *tx, const struct record_row *r, int64_t *id_out) MUST_CHECK;
enum err record_sql_put(struct tx *tx, const struct record_row *r) MUST_CHECK;
enum err record_sql_get(struct tx *tx, int64_t org, int64_t id, struct record_row *out, bool *found_out) MUST_CHECK;
enum err record_sql_get_any(struct tx *tx, int64_t id, struct record_row *out, bool *found_out) MUST_CHECK;
/* lesson 0: of any call of the chat */
enum err record_sql_of_chat(struct tx *tx, int64_t org, int64_t chat, int64_t lesson, struct record_row **items_out, size_t *n_out) MUST_CHECK;
enum err record_sql_published(struct tx *tx, int64_t org, int64_t call, int64_t *ids, size_t max, size_t *n_out) MUST_CHECK;
enum err record_sql_delete(struct tx *tx, const struct record_row *r) MUST_CHECK; /* with its tracks and views; not the files */
enum err record_sql_expired(struct tx *tx, struct record_row *out, bool *found_out) MUST_CHECK;
enum err record_sql_unfinished(struct tx *tx, int64_t *ids, size_t max, size_t *n_out) MUST_CHECK;
enum err record_sql_track_add(struct tx *tx, const struct record_row *r, const struct record_track *t) MUST_CHECK;
enum err record_sql_tracks(struct tx *tx, const struct record_row *r, struct record_track **items_out, size_t *n_out) MUST_CHECK;
enum err record_sql_view(struct tx *tx, const struct record_row *r) MUST_CHECK; /* by the actor, now */
enum err record_sql_viewed(struct tx *tx, int64_t org, int64_t id, bool *out) MUST_CHECK; /* by the actor in this session, within RECORD_VIEW_MS */
enum err record_sql_views_sweep(struct tx *tx) MUST_CHECK;
enum err record_sql_tell_all(struct tx *tx, const struct call_row *c) MUST_CHECK; /* everybody who is in the call has heard of its recording */
enum err record_sql_told(struct tx *tx, const struct call_row *c, int64_t participant, bool *out) MUST_CHECK;
enum err record_sql_tell(struct tx *tx, const struct call_row *c, int64_t participant) MUST_CHECK;
enum err record_sql_pupils(struct tx *tx, int64_t org, int64_t call, bool *out) MUST_CHECK; /* pupils, or guests, were in it */

/* --- record.c */
/* A recorded call that somebody comes into: he has heard of it, or accepts it now. Refuses conflict, field accept_recording. */
enum err record_accepted(struct tx *tx, const struct call_row *c, int64_t participant, bool accepts) MUST_CHECK;
/* The call's recording ends with this; the caller puts and tells the call. */
enum err record_end(struct tx *tx, struct call_row *c) MUST_CHECK;
bool record_may_manage(const struct relation *rel, int64_t actor, const struct record_row *r);
bool record_may_see(const struct relation *rel, int64_t actor, const struct record_row *r);
enum err record_forget(struct tx *tx, const struct record_row *r) MUST_CHECK; /* its files go; the card of its call too shows it no longer */
enum err record_card(struct tx *tx, const struct record_row *r) MUST_CHECK;   /* the card of its call, when that has ended */
enum err record_upkeep(struct tx *tx, bool *more_out) MUST_CHECK;

#endif
