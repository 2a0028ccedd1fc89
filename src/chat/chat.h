/* SPDX-License-Identifier: Apache-2.0
 *
 * Room chat: chats that follow a unit's roster, their messages and read marks. On a worker's thread, inside a transaction, unless
 * said otherwise. Commands (message_post, chat_read, ...) are declared in api.gen.h and defined in chat_api.c and chat_me.c.
 *
 * What always holds:
 * - chat.head is the last seq of the chat's stream; messages take their seq from it, so seq is dense over messages and other events.
 * - A message's row is its event (message_posted); no row of the event table stands for it.
 * - A person's mark (read_seq, read_count) never falls. Posting sets the poster's mark at his message, without an event.
 *   A mark set by chat_read stands at a message: the last one at or before the seq that the client named.
 * - first_readers (docs/decisions/0006-first-readers.md): advance(person, seq) of readers.h, applied when a message is posted
 *   (its sender, its seq; no event) and when chat_read makes a mark larger (event read_advanced, only if the two changed). Joining
 *   and leaving do not touch them.
 */
#ifndef CHAT_CHAT_H
#define CHAT_CHAT_H

#include "api.gen.h"
#include "school/school.h"
#include "server/tx.h"

#define CHAT_PAGE_DEFAULT 50     /* messages of a snapshot and of a page that names no limit */
#define CHAT_PAGE_MAX 100
#define CHAT_TYPING_MAX 100      /* members; larger chats get no typing signals */
#define CHAT_PRESENCE_SCAN 1000  /* members looked at for presence_get */
#define CHAT_SUBJECTS_MAX 50     /* subjects named of one person */
#define CHAT_PRESENCE_MAX 200    /* people told by it */

extern const struct migration chat_migrations[];
extern const size_t chat_migration_count;

/* --- for app: what server and policy ask this room */
extern const struct stream_ops chat_stream_ops;                                      /* stream_register(STREAM_CHAT, ...) */
enum err chat_relation(struct tx *tx, int64_t chat_id, struct relation *out);        /* policy_register(TARGET_CHAT, ...) */
enum err chat_stream_relation(struct tx *tx, int64_t stream, struct relation *out);  /* policy_register(TARGET_STREAM, ...) */
/* stream_set_lister: the person's own stream, his chats, and the organisations that he is admin, coadmin or head of. */
enum err chat_list_streams(struct tx *tx, struct person_id p, void (*add)(void *user, struct stream_id s, int64_t head), void *user);

/* --- what the organisation does to its chats: school_set_hooks(&chat_school_hooks). chat_presets.h says in which chats a place puts somebody;
 * a chat is made when the first one belongs in it. Whoever's role, lead, badge or reason changes joins again.
 * A new member's mark stands at the chat's last message (nothing is unread). Pupils and guardians see what is written from then on, staff all of it,
 * a channel everybody (docs/decisions/0012); who comes back within a day finds his old mark and history. */
extern const struct school_hooks chat_school_hooks;
/* Everybody of the organisation to where his place says: changes nothing when the hooks were called as they should. */
enum err chat_reconcile_org(struct tx *tx, struct org_id org) MUST_CHECK;
/* At the start, before anybody is connected: organisations of an older store get their chats. */
enum err chat_start(struct tx *tx) MUST_CHECK;

/* --- calls: what room lesson asks of the chat that a call belongs to, and what it is told */
struct chat_face { enum api_chat_kind kind; struct str title; bool channel, archived; int64_t unit_id, member_count; };
/* ERR_NOT_FOUND: the organisation has no such chat. */
enum err chat_face_get(struct tx *tx, struct org_id org, struct chat_id chat, struct chat_face *out) MUST_CHECK;
/* The call goes on in the chat from now on, and a message of the caller stands for it. card: MessageCard as JSON. */
enum err chat_call_begin(struct tx *tx, struct org_id org, struct chat_id chat, struct str card, int64_t *seq_out) MUST_CHECK;
/* A message of the caller that a card stands for. */
enum err chat_card(struct tx *tx, struct org_id org, struct chat_id chat, struct str card, int64_t *seq_out) MUST_CHECK;
/* It is over; the message has this card now. */
enum err chat_call_finish(struct tx *tx, struct org_id org, struct chat_id chat, int64_t seq, struct str card) MUST_CHECK;
/* The same for a call that was over before; one that goes on here is not touched. */
enum err chat_call_card(struct tx *tx, struct org_id org, struct chat_id chat, int64_t seq, struct str card) MUST_CHECK;
/* Who may no longer see the chat; told inside the command, after the room's own rows. app registers it before the first thread. */
struct chat_hooks { enum err (*member_left)(struct tx *tx, struct org_id org, struct chat_id chat, struct person_id person); };
void chat_set_hooks(const struct chat_hooks *hooks); /* copied; NULL: none */
/* Who is in it now, by person; in the arena. */
struct chat_person_in { struct person_id person; enum role role; };
enum err chat_people_in(struct tx *tx, struct org_id org, struct chat_id chat, struct chat_person_in **items_out, size_t *n_out) MUST_CHECK;
/* What a person is to a chat that he is a member of; known false: he is none. */
enum err chat_member_relation(struct tx *tx, struct chat_id chat, struct person_id person, struct relation *out) MUST_CHECK;

/* --- for app (the demonstration's data). The command's own text rules hold; client_id: 16 bytes. */
enum err chat_post(struct tx *tx, const struct relation *rel, struct str client_id, struct str text, struct api_message_posted *out) MUST_CHECK;
enum err chat_mark_read(struct tx *tx, const struct relation *rel, int64_t seq, struct api_chat_read_done *out) MUST_CHECK;
/* *out 0: the unit has no chat. */
enum err chat_of_unit(struct tx *tx, struct org_id org, struct unit_id unit, struct chat_id *out) MUST_CHECK;
/* Any preset chat; what does not apply to its kind is 0. *out 0: there is none. */
struct chat_of { enum api_chat_kind kind; struct unit_id unit; struct subject_id subject; struct set_id set; };
enum err chat_find(struct tx *tx, struct org_id org, const struct chat_of *of, struct chat_id *out) MUST_CHECK;

#endif
