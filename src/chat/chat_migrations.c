/* SPDX-License-Identifier: Apache-2.0
 *
 * The tables of chats. Owned by room chat; run by db_migrate at start, numbers 300-399.
 */
#include "chat/chat.h"

const struct migration chat_migrations[] = {
	{300, "chats",
		/* head: the last seq of the chat's stream. readerN_*: docs/decisions/0006. unit_kind is copied: it never changes. */
		"CREATE TABLE chat ("
		" id INTEGER PRIMARY KEY,"
		" org_id BIGINT NOT NULL,"
		" kind TEXT NOT NULL,"
		" unit_id BIGINT,"
		" unit_kind TEXT,"
		" title TEXT NOT NULL,"
		" head BIGINT NOT NULL DEFAULT 0,"
		" message_count BIGINT NOT NULL DEFAULT 0,"
		" member_count BIGINT NOT NULL DEFAULT 0,"
		" reader1_person BIGINT NOT NULL DEFAULT 0,"
		" reader1_seq BIGINT NOT NULL DEFAULT 0,"
		" reader2_person BIGINT NOT NULL DEFAULT 0,"
		" reader2_seq BIGINT NOT NULL DEFAULT 0,"
		" created_at BIGINT NOT NULL);"
		"CREATE UNIQUE INDEX chat_unit ON chat (unit_id);"
		/* One row for a person in a chat, kept when he leaves: his messages, marks and name stay. posted: messages he wrote here. */
		"CREATE TABLE chat_member ("
		" org_id BIGINT NOT NULL,"
		" chat_id BIGINT NOT NULL,"
		" person_id BIGINT NOT NULL,"
		" role BIGINT NOT NULL,"
		" lead BIGINT NOT NULL,"
		" joined_at BIGINT NOT NULL,"
		" left_at BIGINT,"
		" read_seq BIGINT NOT NULL,"
		" read_count BIGINT NOT NULL,"
		" posted BIGINT NOT NULL DEFAULT 0);"
		"CREATE UNIQUE INDEX chat_member_key ON chat_member (chat_id, person_id);"
		"CREATE INDEX chat_member_person ON chat_member (person_id);"
		/* A message's row is its event: seq in the chat's stream. number: dense count of messages from 1. */
		"CREATE TABLE message ("
		" org_id BIGINT NOT NULL,"
		" chat_id BIGINT NOT NULL,"
		" seq BIGINT NOT NULL,"
		" number BIGINT NOT NULL,"
		" sender_id BIGINT NOT NULL,"
		" client_id BYTEA NOT NULL,"
		" created_at BIGINT NOT NULL,"
		" text TEXT NOT NULL);"
		"CREATE UNIQUE INDEX message_key ON message (chat_id, seq);"
		"CREATE UNIQUE INDEX message_client ON message (sender_id, client_id);"},
	{301, "the badge of confirmed staff", "ALTER TABLE chat_member ADD COLUMN confirmed BIGINT NOT NULL DEFAULT 0;"},
};
const size_t chat_migration_count = sizeof chat_migrations / sizeof chat_migrations[0];
