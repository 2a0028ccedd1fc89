/* SPDX-License-Identifier: Apache-2.0
 *
 * Room lesson: calls of chats (R69, R70), lessons and meetings in their calendar, guests (R71-R76). On a worker's thread, inside a transaction, unless said otherwise. Commands (call_start, ...) are
 * declared in api.gen.h and defined in call_api.c, call_host_api.c, plan_api.c, plan_report.c, classroom_api.c and guest_api.c. Sound and picture are carried by the media process; what it is to
 * let through is said to it right after the commit and before the answer (tx_after).
 *
 * What always holds:
 * - A chat has at most one running call. A call ends by its host, or when nobody has been in it for LESSON_EMPTY_MS (of a lesson PLAN_EMPTY_MS); nothing
 *   else ends it. In a chat of two whoever hangs up ends it.
 * - A participant is one person in one call, with one session at a time. In it (state in) is whoever joined; he hears the call's stream.
 * - Whoever is in it may see the chat: leaving the chat, or the end of the session, is leaving the call.
 */
#ifndef LESSON_LESSON_H
#define LESSON_LESSON_H

#include "api.gen.h"
#include "chat/chat.h"
#include "file/blob.h"
#include "server/tx.h"

#define LESSON_IN_MAX 256                 /* people in a call */
#define LESSON_VIEWERS_MAX 2000           /* who watch a broadcast, beside these */
#define LESSON_WAITING_MAX 100            /* in its waiting room */
#define LESSON_EMPTY_MS (5 * 60 * 1000LL) /* an empty call ends after it */
#define LESSON_AWAY_MS (60 * 1000LL)      /* without a connection one is in a call no longer */
#define LESSON_CUT_MS (60 * 1000LL)       /* a shorter cut counts as presence */
#define LESSON_TICKET_MS (30 * 1000LL)
#define LESSON_TICKET_TEXT 32             /* 128 random bits in hexadecimal */
#define LESSON_UPKEEP_MS 10000            /* how often lesson_upkeep is wanted */
#define LESSON_COUNT_MS 1000              /* how often at most the number of viewers is told; how often lesson_broadcasts is wanted */
#define LESSON_CARD_PEOPLE 5
#define LESSON_MEDIA_PATH "/api/v1/media"
#define LESSON_CALENDAR_PATH "/api/v1/calendar"

extern const struct migration lesson_migrations[];
extern const size_t lesson_migration_count;

/* --- for app: what server, policy and the rooms below ask this one */
extern const struct stream_ops lesson_call_stream;                                    /* stream_register(STREAM_CALL, ...) */
enum err lesson_relation_call(struct tx *tx, int64_t call_id, struct relation *out);  /* policy_register(TARGET_CALL, ...) */
/* policy_register(TARGET_STREAM, ...): calls here, everything else by chat. */
enum err lesson_stream_relation(struct tx *tx, int64_t stream, struct relation *out);
/* stream_set_lister: what chat lists, and the calls that he is in. */
enum err lesson_list_streams(struct tx *tx, struct person_id p, void (*add)(void *user, struct stream_id s, int64_t head), void *user);
extern const struct chat_hooks lesson_chat_hooks;
enum err lesson_session_ended(struct tx *tx, struct person_id person, struct session_id session); /* account_hooks.session_ended */

/* At the start, before anybody is connected: nobody has a connection to media. */
enum err lesson_start(struct tx *tx) MUST_CHECK;
/* Every LESSON_UPKEEP_MS, in a job of the writer: empty calls end, whoever is away leaves, old tickets go, lessons begin. *more_out: there is more at once. */
enum err lesson_upkeep(struct tx *tx, bool *more_out) MUST_CHECK;

/* Every LESSON_COUNT_MS, in a job of the writer: tells how many watch each broadcast, where that has changed. */
enum err lesson_broadcasts(struct tx *tx, bool *more_out) MUST_CHECK;

/* --- the relay and what the media process tells, in jobs of the writer */
struct call_pass { int64_t org_id, call_id, participant_id, person_id, session_id; };
/* A ticket counts once. cookie_session: of the browser that brings it. ERR_NOT_FOUND: none of that text, spent, expired, of another
 * session, or he is not in the call any more. The media process is told to admit him as relay session `relay` after the commit. */
enum err lesson_ticket_spend(struct tx *tx, struct str ticket, struct session_id cookie_session, uint64_t relay, struct call_pass *out) MUST_CHECK;
/* His sound and picture have a connection now, or none any more. */
enum err lesson_connected(struct tx *tx, int64_t call_id, int64_t participant_id, bool connected) MUST_CHECK;
/* --- recordings: what app tells of a recorder, in jobs of the writer, and asks */
enum lesson_record_end { LESSON_RECORD_DONE, LESSON_RECORD_FULL, LESSON_RECORD_BROKEN };
struct lesson_record_track {
	int64_t participant_id, start_ms, duration_ms, size;
	unsigned source; /* enum api_track_source */
	bool sound, h264;
	struct blob_ready ready;
};
/* Its recorder has ended: the call is not recorded any more. */
enum err lesson_recording_over(struct tx *tx, int64_t id, enum lesson_record_end end) MUST_CHECK;
/* Its tracks, whose bytes are ready (blob_adopt); none of them: it failed. speakers: JSON. *kept_out false: it is gone, or kept already; nothing was done. */
enum err lesson_recording_keep(struct tx *tx, int64_t id, const struct lesson_record_track *tracks, size_t n, struct str speakers, bool *kept_out) MUST_CHECK;
/* At the start: recordings that were not kept yet; their recorders are gone. */
enum err lesson_recordings_left(struct tx *tx, int64_t *ids, size_t max, size_t *n_out) MUST_CHECK;
enum err lesson_content_seen(struct tx *tx, struct org_id org, int64_t id, bool *out); /* file_rights_register(FILE_HELD_BY_CONTENT, ...) */
enum err lesson_recording_seen(struct tx *tx, struct org_id org, int64_t id, bool *out); /* file_rights_register(FILE_HELD_BY_RECORDING, ...) */
/* The process is gone, and with it every connection of its rooms. */
enum err lesson_media_gone(struct tx *tx, int process, int processes) MUST_CHECK;

#endif
