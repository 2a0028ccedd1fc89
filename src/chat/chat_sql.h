/* SPDX-License-Identifier: Apache-2.0
 *
 * The only SQL on the tables chat, chat_member and message. Private to room chat; on a worker's thread, inside a transaction.
 * Everything names the organisation, but for the two questions that find it: chat_sql_relation and chat_sql_stream_messages.
 */
#ifndef CHAT_CHAT_SQL_H
#define CHAT_CHAT_SQL_H

#include "chat/chat.h"
#include "chat/readers.h"

struct chat {
	int64_t id, org_id, unit_id; /* unit_id 0: none */
	bool has_unit_kind;
	enum api_unit_kind unit_kind;
	struct str title;
	int64_t head, message_count, member_count, created_at;
	struct first_readers readers;
};
struct chat_member {
	int64_t person_id;
	enum role role;
	bool lead, left;
	bool confirmed;      /* staff whose status was confirmed (R38) */
	int64_t read_seq, read_count, posted;
};
struct chat_page { struct api_message *items; size_t n; bool more; }; /* ascending; items in the arena */
enum chat_direction { CHAT_BEFORE, CHAT_AFTER };

/* --- chats */
enum err chat_sql_insert(struct tx *tx, const struct chat *c, int64_t *id_out) MUST_CHECK;
enum err chat_sql_find(struct tx *tx, int64_t org, int64_t chat, struct chat *out, bool *found_out) MUST_CHECK;
enum err chat_sql_of_unit(struct tx *tx, int64_t org, int64_t unit, int64_t *chat_out) MUST_CHECK; /* 0: none */
enum err chat_sql_rename(struct tx *tx, int64_t org, int64_t chat, struct str title) MUST_CHECK;
enum err chat_sql_add_members(struct tx *tx, int64_t org, int64_t chat, int64_t more, int64_t *count_out) MUST_CHECK;
enum err chat_sql_set_readers(struct tx *tx, int64_t org, int64_t chat, const struct first_readers *f) MUST_CHECK;
/* head + 1, message_count + 1, and person is the first of the first readers. */
enum err chat_sql_bump_for_message(struct tx *tx, int64_t org, int64_t chat, int64_t person, int64_t *seq_out, int64_t *number_out) MUST_CHECK;

/* --- members */
enum err chat_sql_relation(struct tx *tx, int64_t chat, int64_t person, struct relation *out) MUST_CHECK;
enum err chat_sql_member(struct tx *tx, int64_t org, int64_t chat, int64_t person, struct chat_member *out, bool *found_out) MUST_CHECK;
enum err chat_sql_member_insert(struct tx *tx, int64_t org, int64_t chat, const struct chat_member *m) MUST_CHECK;
enum err chat_sql_member_set(struct tx *tx, int64_t org, int64_t chat, const struct chat_member *m) MUST_CHECK; /* role, lead, confirmed, left */
enum err chat_sql_mark(struct tx *tx, int64_t org, int64_t chat, int64_t person, int64_t seq, int64_t count) MUST_CHECK;
enum err chat_sql_mark_posted(struct tx *tx, int64_t org, int64_t chat, int64_t person, int64_t seq, int64_t count) MUST_CHECK;
/* The units of the organisation whose chats the person is in; in the arena. */
struct chat_unit { int64_t chat, unit; };
enum err chat_sql_unit_chats_of(struct tx *tx, int64_t org, int64_t person, struct chat_unit **items_out, size_t *n_out) MUST_CHECK;
/* Present members with person_id > after; items (room for limit) is the caller's. */
enum err chat_sql_members(struct tx *tx, int64_t org, int64_t chat, int64_t after, int64_t limit, struct chat_member *items, size_t *n_out) MUST_CHECK;

/* --- messages; columns of the message table by the alias t, in the order that chat_sql_read_message reads from column `at` on */
#define MESSAGE_COLUMNS(t) t ".chat_id, " t ".seq, " t ".number, " t ".sender_id, " t ".client_id, " t ".created_at, " t ".text"
enum err chat_sql_read_message(struct tx *tx, struct rows *r, int at, struct api_message *out) MUST_CHECK;
/* *inserted_out false: the sender has used this client_id before. */
enum err chat_sql_message_insert(struct tx *tx, int64_t org, const struct api_message *m, struct str client_id, bool *inserted_out) MUST_CHECK;
/* By what makes a message unique for its sender, in any chat of his; its organisation is not known here, so the caller compares chat_id. */
enum err chat_sql_message_of_client(struct tx *tx, int64_t sender, struct str client_id, struct api_message *out, bool *found_out) MUST_CHECK;
enum err chat_sql_messages(struct tx *tx, int64_t org, int64_t chat, enum chat_direction d, int64_t seq, int64_t limit, struct chat_page *out) MUST_CHECK;
/* The last message at or before seq; 0 and 0 when there is none. */
enum err chat_sql_message_at(struct tx *tx, int64_t org, int64_t chat, int64_t seq, int64_t *seq_out, int64_t *number_out) MUST_CHECK;
enum err chat_sql_stream_messages(struct tx *tx, int64_t chat, int64_t after, int64_t upto,
	enum err (*each)(void *user, const struct api_message *m), void *user) MUST_CHECK;

/* --- all chats of a person, by id, with his marks and their last messages, in one query */
enum err chat_sql_chats_of(struct tx *tx, int64_t person, struct api_chat **items_out, size_t *n_out) MUST_CHECK;
enum err chat_sql_heads_of(struct tx *tx, int64_t person, void (*add)(void *user, struct stream_id s, int64_t head), void *user) MUST_CHECK;

/* How much is said in the chats of an organisation. Looks back as far as the messages of 30 days reach, no further. */
enum err chat_sql_activity(struct tx *tx, int64_t org, struct school_activity *out) MUST_CHECK;

/* The chat as m sees it, without the last message. */
enum err chat_to_api(struct tx *tx, const struct chat *c, const struct chat_member *m, struct api_chat *out) MUST_CHECK;

#endif
