/* SPDX-License-Identifier: Apache-2.0
 *
 * The only SQL on the tables chat, chat_member and message. Private to room chat; on a worker's thread, inside a transaction.
 * Everything names the organisation, but for the two questions that find it: chat_sql_relation and chat_sql_stream_messages.
 */
#ifndef CHAT_CHAT_SQL_H
#define CHAT_CHAT_SQL_H

#include "chat/chat.h"
#include "chat/chat_presets.h"
#include "chat/readers.h"

/* CHAT_CLOSED: what it was for is over (a subject is taught no more), or by hand. CHAT_UNIT_ENDED: its unit is in the archive, and so are all
 * of its chats; the people who were in them then read on. These numbers lie in stores. */
enum chat_archived { CHAT_LIVING, CHAT_CLOSED, CHAT_UNIT_ENDED };
struct chat {
	int64_t id, org_id;
	enum api_chat_kind kind;
	int64_t unit_id, subject_id, set_id; /* 0: none */
	bool has_unit_kind;
	enum api_unit_kind unit_kind;
	struct str title;
	bool channel, open;
	enum chat_archived archived;
	unsigned audience;   /* of a free chat: bits of 1 << enum api_audience */
	int64_t maker_id;    /* of a free chat */
	int64_t head, message_count, member_count, created_at;
	struct first_readers readers;
	struct str call;     /* card of the call that goes on here; empty: none */
};
struct chat_member {
	int64_t person_id;
	enum role role;
	bool lead, left;
	bool confirmed;      /* staff whose status was confirmed (R38) */
	bool writer, keeper; /* by hand: posts in a channel, looks after a free chat */
	enum api_chat_why why;
	int64_t added_by;    /* 0: nobody */
	int64_t read_seq, read_count, posted;
	int64_t visible_after, visible_count; /* the head and the count of messages up to which nothing is for him; 0: all is */
	int64_t left_at, left_seq;            /* when and at which head he left */
	bool removed;                         /* put out by hand: comes back only when somebody adds him */
};
struct chat_page { struct api_message *items; size_t n; bool more; }; /* ascending; items in the arena */
enum chat_direction { CHAT_BEFORE, CHAT_AFTER };

/* --- chats */
enum err chat_sql_insert(struct tx *tx, const struct chat *c, int64_t *id_out) MUST_CHECK;
enum err chat_sql_find(struct tx *tx, int64_t org, int64_t chat, struct chat *out, bool *found_out) MUST_CHECK;
/* *found_out false: nobody needed it yet */
enum err chat_sql_of_preset(struct tx *tx, int64_t org, const struct chat_preset *p, struct chat *out, bool *found_out) MUST_CHECK;
/* All chats that are of the unit, its own first; in the arena. */
enum err chat_sql_of_unit(struct tx *tx, int64_t org, int64_t unit, struct chat **items_out, size_t *n_out) MUST_CHECK;
/* Presets whose titles have words of the organisation's type or name: its channel, the teachers of its units. */
enum err chat_sql_worded(struct tx *tx, int64_t org, struct chat **items_out, size_t *n_out) MUST_CHECK;
enum err chat_sql_set_archived(struct tx *tx, int64_t org, int64_t chat, enum chat_archived archived) MUST_CHECK;
enum err chat_sql_rename(struct tx *tx, int64_t org, int64_t chat, struct str title) MUST_CHECK;
enum err chat_sql_add_members(struct tx *tx, int64_t org, int64_t chat, int64_t more, int64_t *count_out) MUST_CHECK;
enum err chat_sql_set_readers(struct tx *tx, int64_t org, int64_t chat, const struct first_readers *f) MUST_CHECK;
/* head + 1, message_count + 1, and person is the first of the first readers. */
enum err chat_sql_bump_for_message(struct tx *tx, int64_t org, int64_t chat, int64_t person, int64_t *seq_out, int64_t *number_out) MUST_CHECK;

/* The organisation of a chat; 0: no such chat. For the relation only. */
enum err chat_sql_org_of(struct tx *tx, int64_t chat, int64_t *org_out) MUST_CHECK;
/* The unit that a free chat was made for; 0: none, or no free chat. For the relation only. */
enum err chat_sql_free_unit(struct tx *tx, int64_t org, int64_t chat, int64_t *unit_out) MUST_CHECK;

/* --- members */
enum err chat_sql_relation(struct tx *tx, int64_t chat, int64_t person, struct relation *out) MUST_CHECK;
enum err chat_sql_member(struct tx *tx, int64_t org, int64_t chat, int64_t person, struct chat_member *out, bool *found_out) MUST_CHECK;
enum err chat_sql_member_insert(struct tx *tx, int64_t org, int64_t chat, const struct chat_member *m) MUST_CHECK;
enum err chat_sql_member_set(struct tx *tx, int64_t org, int64_t chat, const struct chat_member *m) MUST_CHECK; /* all but marks, posted */
enum err chat_sql_mark(struct tx *tx, int64_t org, int64_t chat, int64_t person, int64_t seq, int64_t count) MUST_CHECK;
enum err chat_sql_mark_posted(struct tx *tx, int64_t org, int64_t chat, int64_t person, int64_t seq, int64_t count) MUST_CHECK;
/* The chats of the organisation that the person is in, with what he is there; in the arena. */
struct chat_stay { int64_t chat; struct chat_preset preset; enum chat_archived archived; unsigned audience; struct chat_member member; bool met; };
enum err chat_sql_stays(struct tx *tx, int64_t org, int64_t person, struct chat_stay **items_out, size_t *n_out) MUST_CHECK;
/* Present members with person_id > after; items (room for limit) is the caller's. */
enum err chat_sql_members(struct tx *tx, int64_t org, int64_t chat, int64_t after, int64_t limit, struct chat_member *items, size_t *n_out) MUST_CHECK;
/* The same, but of a channel only who writes there. */
enum err chat_sql_writers(struct tx *tx, int64_t org, int64_t chat, int64_t after, int64_t limit, struct chat_member *items, size_t *n_out) MUST_CHECK;

/* People who are in a chat of the organisation; in the arena. */
enum err chat_sql_everybody(struct tx *tx, int64_t org, int64_t **persons_out, size_t *n_out) MUST_CHECK;

/* --- the organisation's settings of chats; *found_out false: its chats were not made yet */
enum err chat_sql_org(struct tx *tx, int64_t org, bool *found_out, bool *guardians_in_class_out) MUST_CHECK;
enum err chat_sql_org_put(struct tx *tx, int64_t org, bool guardians_in_class) MUST_CHECK;

/* --- messages; columns of the message table by the alias t, in the order that chat_sql_read_message reads from column `at` on */
#define MESSAGE_COLUMNS(t) t ".chat_id, " t ".seq, " t ".number, " t ".sender_id, " t ".client_id, " t ".created_at, " t ".text, " t ".card"
enum err chat_sql_read_message(struct tx *tx, struct rows *r, int at, struct api_message *out) MUST_CHECK;
/* *inserted_out false: the sender has used this client_id before. */
enum err chat_sql_message_insert(struct tx *tx, int64_t org, const struct api_message *m, struct str client_id, bool *inserted_out) MUST_CHECK;
/* By what makes a message unique for its sender, in any chat of his; its organisation is not known here, so the caller compares chat_id. */
enum err chat_sql_message_of_client(struct tx *tx, int64_t sender, struct str client_id, struct api_message *out, bool *found_out) MUST_CHECK;
/* The call that goes on (empty: none); another card of a message. */
enum err chat_sql_set_call(struct tx *tx, int64_t org, int64_t chat, struct str card) MUST_CHECK;
enum err chat_sql_set_card(struct tx *tx, int64_t org, int64_t chat, int64_t seq, struct str card) MUST_CHECK;
/* Of those behind seen_after only. */
enum err chat_sql_messages(struct tx *tx, int64_t org, int64_t chat, int64_t seen_after, enum chat_direction d, int64_t seq, int64_t limit,
	struct chat_page *out) MUST_CHECK;
/* The last message at or before seq; 0 and 0 when there is none. */
enum err chat_sql_message_at(struct tx *tx, int64_t org, int64_t chat, int64_t seq, int64_t *seq_out, int64_t *number_out) MUST_CHECK;
enum err chat_sql_stream_messages(struct tx *tx, int64_t chat, int64_t after, int64_t upto,
	enum err (*each)(void *user, const struct api_message *m), void *user) MUST_CHECK;

/* --- all chats of a person, by id, with his marks and their last messages, in one query */
enum err chat_sql_chats_of(struct tx *tx, int64_t person, struct api_chat **items_out, size_t *n_out) MUST_CHECK;
enum err chat_sql_heads_of(struct tx *tx, int64_t person, void (*add)(void *user, struct stream_id s, int64_t head), void *user) MUST_CHECK;

/* How much is said in the chats of an organisation. Looks back as far as the messages of 30 days reach, no further. */
enum err chat_sql_activity(struct tx *tx, int64_t org, struct school_activity *out) MUST_CHECK;

#define CHAT_AUDIENCES 3 /* values of enum api_audience */
static inline bool chat_member_writes(const struct chat *c, const struct chat_member *m)
{
	return !c->channel || m->writer || chat_writes_channels(m->role);
}
/* The chat as m sees it, without the last message. */
enum err chat_to_api(struct tx *tx, const struct chat *c, const struct chat_member *m, struct api_chat *out) MUST_CHECK;

#endif
