/* SPDX-License-Identifier: Apache-2.0
 *
 * Calls: rows, rules and telling. Private to room lesson; on a worker's thread, inside a transaction. Every query names the organisation,
 * but for those that find it: call_sql_get_any, and those by a person or a session.
 */
#ifndef LESSON_CALL_H
#define LESSON_CALL_H

#include "lesson/lesson.h"

struct rights { bool audio, video, screen; };
/* Content that somebody shows, as it is in the table of now. id 0: none. */
struct showing { int64_t id, participant_id, verified_at; enum api_content_kind kind; struct str title, source, url, list; };
struct call_row {
	int64_t id, org_id, chat_id;
	enum api_call_kind kind;
	struct str title;
	int64_t host_id, started_at;
	int64_t ended_at, empty_at; /* 0: it goes on; somebody is in it */
	int64_t head, hands, card_seq, lesson_id;
	bool locked, waiting_room;
	struct rights rights;
	int64_t recording_id, recording_at, recording_by, recording_days; /* recording_id 0: it is not recorded */
	int64_t recording_problem; /* enum api_recording_problem; -1: none */
	bool broadcast;
	int64_t viewers, viewer_hands, viewers_at; /* as was told last, and when */
	struct showing showing; /* changed by content_sql_show only */
};
struct participant {
	int64_t id, org_id, call_id, person_id; /* person_id 0: a guest */
	struct str guest_name;
	enum api_call_role role;
	enum role member_role;
	enum api_call_state state;
	int64_t session_id;
	bool admitted, invited, came, connected;
	struct rights rights;
	int64_t hand, hand_at; /* 0: not raised */
	int64_t away_at;       /* 0: not away */
	int64_t joined_at;
	bool left_stage;       /* not stored: he has just become a viewer, which the others are told */
	struct str classroom;  /* "": his device stands for himself */
	bool in_room;          /* marked as in the classroom: its visits are his */
};

/* --- call_sql.c */
enum err call_sql_insert(struct tx *tx, const struct call_row *c, int64_t *id_out) MUST_CHECK;
enum err call_sql_put(struct tx *tx, const struct call_row *c) MUST_CHECK; /* all but head and showing */
enum err call_sql_get(struct tx *tx, int64_t org, int64_t id, struct call_row *out, bool *found_out) MUST_CHECK;
enum err call_sql_get_any(struct tx *tx, int64_t id, struct call_row *out, bool *found_out) MUST_CHECK;
enum err call_sql_running(struct tx *tx, int64_t org, int64_t chat, struct call_row *out, bool *found_out) MUST_CHECK;
/* Running calls, of all organisations, by id above `after`: for upkeep. items has room for max. */
enum err call_sql_each_running(struct tx *tx, int64_t after, struct call_row *items, size_t max, size_t *n_out) MUST_CHECK;

enum err call_sql_person_insert(struct tx *tx, const struct participant *p, int64_t *id_out) MUST_CHECK;
enum err call_sql_person_put(struct tx *tx, const struct participant *p) MUST_CHECK;
enum err call_sql_person(struct tx *tx, int64_t org, int64_t call, int64_t id, struct participant *out, bool *found_out) MUST_CHECK;
enum err call_sql_person_of(struct tx *tx, int64_t org, int64_t call, int64_t person, struct participant *out, bool *found_out) MUST_CHECK;
enum err call_sql_people(struct tx *tx, int64_t org, int64_t call, enum api_call_state state, struct participant **items_out, size_t *n_out) MUST_CHECK;
enum err call_sql_came(struct tx *tx, int64_t org, int64_t call, struct participant **items_out, size_t *n_out) MUST_CHECK;
enum err call_sql_count(struct tx *tx, int64_t org, int64_t call, enum api_call_state state, int64_t *out) MUST_CHECK;
/* Of a broadcast, without those who only watch; but `self`, a person, in any case. By id. */
enum err call_sql_stage(struct tx *tx, int64_t org, int64_t call, int64_t self, struct participant **items_out, size_t *n_out) MUST_CHECK;
enum err call_sql_viewers(struct tx *tx, int64_t org, int64_t call, int64_t *count_out, int64_t *hands_out) MUST_CHECK;
enum err call_sql_viewer_hands(struct tx *tx, int64_t org, int64_t call, struct participant **items_out, size_t *n_out) MUST_CHECK; /* by hand, at most 100 */
enum err call_sql_of_session(struct tx *tx, int64_t person, int64_t session, struct participant **items_out, size_t *n_out) MUST_CHECK;
enum err call_sql_heads(struct tx *tx, int64_t person, void (*add)(void *user, struct stream_id s, int64_t head), void *user) MUST_CHECK;
enum err call_sql_starters(struct tx *tx, int64_t org, int64_t chat, bool *found_out, enum api_call_starters *out) MUST_CHECK;
enum err call_sql_starters_put(struct tx *tx, int64_t org, int64_t chat, enum api_call_starters starters) MUST_CHECK;

/* --- call_visits_sql.c */
enum err call_visit_begin(struct tx *tx, const struct participant *p) MUST_CHECK;
enum err call_visit_end(struct tx *tx, const struct participant *p, int64_t at) MUST_CHECK;
/* Presence of one participant, of the classroom's device too when he is in it: cuts shorter than LESSON_CUT_MS count; now_ms ends what goes on. */
struct presence { int64_t first_at, last_at, ms; bool there; };
enum err call_presence(struct tx *tx, int64_t org, int64_t call, int64_t participant, struct presence *out) MUST_CHECK;
static inline int64_t call_minutes(int64_t ms) { return (ms + 30000) / 60000; }
/* Open visits are known to go on till now. */
enum err call_visits_seen(struct tx *tx) MUST_CHECK;
/* At the start: what was open ended when it was last seen. */
enum err call_visits_close_all(struct tx *tx) MUST_CHECK;
enum err call_ticket_add(struct tx *tx, const struct participant *p, struct str *ticket_out) MUST_CHECK;
/* It is gone with this; *found_out false also when it has expired. */
enum err call_ticket_take(struct tx *tx, struct str ticket, struct call_pass *out, bool *found_out) MUST_CHECK;
enum err call_tickets_sweep(struct tx *tx) MUST_CHECK;

/* --- call.c: the rules */
/* A call of the command's organisation that the relation has found; refuses one that has ended. */
enum err call_running(struct tx *tx, int64_t id, struct call_row *out) MUST_CHECK;
void call_to_api(const struct call_row *c, struct api_call *out);
enum err call_person_to_api(struct tx *tx, const struct participant *p, struct api_call_participant *out) MUST_CHECK;
enum err call_tell(struct tx *tx, const struct call_row *c) MUST_CHECK;                                      /* call_changed */
enum err call_person_tell(struct tx *tx, const struct participant *p) MUST_CHECK;                            /* participant_changed */
enum err call_place_tell(struct tx *tx, const struct call_row *c, const struct participant *p, enum api_call_state as) MUST_CHECK; /* to himself */
/* Puts the row and tells the call. rights: also the media process. */
enum err call_person_set(struct tx *tx, const struct participant *p, bool rights) MUST_CHECK;
/* His hand goes up, behind those that are up, or down. */
enum err call_hand_set(struct tx *tx, struct call_row *c, struct participant *p, bool raised) MUST_CHECK;
/* Out of it: left, removed or refused. reason: what media is told. The call may end by it (a chat of two) or be empty. */
enum err call_person_out(struct tx *tx, struct call_row *c, struct participant *p, enum api_call_state as) MUST_CHECK;
enum err call_finish(struct tx *tx, struct call_row *c) MUST_CHECK;
/* A new one of c's organisation, chat, kind, title, host, waiting room and lesson, with its card in the chat. The actor is who has called. */
enum err call_begin(struct tx *tx, const struct chat_face *face, struct call_row *c) MUST_CHECK;
/* The card of the call in its chat as JSON, in the arena. */
enum err call_card(struct tx *tx, const struct call_row *c, const struct chat_face *face, struct str *out) MUST_CHECK;
static inline bool call_runs(enum api_call_role r) { return r == API_CALL_ROLE_HOST || r == API_CALL_ROLE_COHOST; }
/* Whether he may start calls in the chat of the relation. */
enum err call_may_start(struct tx *tx, const struct relation *rel, const struct chat_face *face, enum api_call_starters *starters_out, bool *out) MUST_CHECK;
enum err call_snapshot_people(struct tx *tx, const struct call_row *c, struct api_call_participant **items_out, size_t *n_out) MUST_CHECK;

/* --- call_media.c: what the media process is told after the commit */
void call_media_admit(struct tx *tx, const struct participant *p, uint64_t relay);
void call_media_rights(struct tx *tx, const struct participant *p);
void call_media_stage(struct tx *tx, const struct participant *p); /* rights, and whether he watches only */
void call_media_remove(struct tx *tx, const struct participant *p, const char *reason);
/* A program's offer in SDP; the answer comes for `session`. */
void call_media_offer(struct tx *tx, const struct participant *p, uint64_t session, bool watch, struct str sdp);
void call_media_close(struct tx *tx, const struct call_row *c);

#endif
