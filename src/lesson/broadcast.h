/* SPDX-License-Identifier: Apache-2.0
 *
 * Programs in a call: keys for what streams into it (WHIP) or plays it (WHEP), and what becomes of their offers. Private to room lesson; on a worker's
 * thread, inside a transaction. Every query names the organisation, but the one by a key's hash.
 */
#ifndef LESSON_BROADCAST_H
#define LESSON_BROADCAST_H

#include "lesson/plan.h"

#define BROADCAST_KEYS_MAX 10 /* of a call */

struct call_key {
	int64_t id, org_id, call_id;
	enum api_call_key_kind kind;
	struct str name;
	int64_t maker_id, created_at, used_at, participant_id; /* 0: never used */
};

/* --- broadcast_sql.c */
enum err key_sql_insert(struct tx *tx, const struct call_key *k, const struct secret *s, int64_t *id_out) MUST_CHECK;
enum err key_sql_of_call(struct tx *tx, int64_t org, int64_t call, struct call_key **items_out, size_t *n_out) MUST_CHECK;
enum err key_sql_get(struct tx *tx, int64_t org, int64_t call, int64_t id, struct call_key *out, bool *found_out) MUST_CHECK;
enum err key_sql_find(struct tx *tx, const struct secret *s, struct call_key *out, bool *found_out) MUST_CHECK;
/* By the address of the session that its last offer got. */
enum err key_sql_has_place(struct tx *tx, const struct call_key *k, const struct secret *place, bool *out) MUST_CHECK;
enum err key_sql_use(struct tx *tx, const struct call_key *k, const struct secret *place) MUST_CHECK;
enum err key_sql_delete(struct tx *tx, const struct call_key *k) MUST_CHECK;

/* --- broadcast.c: what programs ask by HTTP */
struct program_offer {
	int64_t call_id;
	struct str key, sdp;   /* sdp: valid UTF-8 */
	bool watch;
	uint64_t session;      /* the number that the media process answers with */
};
/* 201: the media process is asked after the commit, and place is the last part of the session's address. Else the status of the refusal: 401 the key
 * does not count here, 403 the host put it out, 404 the call is over, 503 no place. */
enum err program_offer(struct tx *tx, const struct program_offer *o, struct secret *place_out, int *status_out) MUST_CHECK;
/* 200: it is out; 401, 404. */
enum err program_end(struct tx *tx, int64_t call_id, struct str key, bool watch, struct str place, int *status_out) MUST_CHECK;

/* --- broadcasts: a lesson of that kind, whose call has viewers */
/* broadcast_sql.c */
enum err broadcast_sql_chat_add(struct tx *tx, const struct plan *p, int64_t chat) MUST_CHECK; /* twice is fine */
enum err broadcast_sql_chats(struct tx *tx, int64_t org, int64_t lesson, int64_t **items_out, size_t *n_out) MUST_CHECK;
enum err broadcast_sql_card(struct tx *tx, int64_t org, int64_t lesson, int64_t chat, int64_t *seq_out) MUST_CHECK;
enum err broadcast_sql_card_put(struct tx *tx, int64_t org, int64_t lesson, int64_t chat, int64_t seq) MUST_CHECK;
enum err broadcast_sql_all(struct tx *tx, int64_t **calls_out, size_t *n_out) MUST_CHECK; /* that go on, of all organisations */
enum err broadcast_sql_running(struct tx *tx, int64_t org, int64_t chat, int64_t **calls_out, size_t *n_out) MUST_CHECK; /* that its people may watch */
/* broadcast_api.c */
/* Chats of the organisation that the caller, who is staff, knows of; of broadcasts only. */
enum err broadcast_check_chats(struct tx *tx, const struct api_lesson_create *in) MUST_CHECK;
enum err broadcast_cards_begin(struct tx *tx, const struct call_row *c, struct str card) MUST_CHECK;
enum err broadcast_cards_end(struct tx *tx, const struct call_row *c, struct str card) MUST_CHECK;
enum err broadcast_relation(struct tx *tx, const struct call_row *c, struct relation *out) MUST_CHECK; /* by one of the further chats */
enum err broadcast_chat_left(struct tx *tx, struct org_id org, struct chat_id chat, struct person_id person) MUST_CHECK;
/* Tells how many watch and have a hand up, when that is not what was told and LESSON_COUNT_MS have gone by; otherwise lesson_broadcasts does. */
enum err broadcast_count(struct tx *tx, struct call_row *c) MUST_CHECK;

#endif
