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
	{310, "chats that follow the whole roster, free chats",
		/* preset: what a chat that follows the roster is for, as one text (chat_presets.h); NULL: a free chat. */
		"ALTER TABLE chat ADD COLUMN preset TEXT;"
		"ALTER TABLE chat ADD COLUMN subject_id BIGINT;"
		"ALTER TABLE chat ADD COLUMN set_id BIGINT;"
		"ALTER TABLE chat ADD COLUMN channel BIGINT NOT NULL DEFAULT 0;"
		"ALTER TABLE chat ADD COLUMN archived BIGINT NOT NULL DEFAULT 0;" /* enum chat_archived */
		"ALTER TABLE chat ADD COLUMN open BIGINT NOT NULL DEFAULT 0;"
		"ALTER TABLE chat ADD COLUMN audience BIGINT NOT NULL DEFAULT 0;" /* bits of enum api_audience */
		"ALTER TABLE chat ADD COLUMN maker_id BIGINT NOT NULL DEFAULT 0;"
		"UPDATE chat SET preset = 'unit/' || unit_id, kind = CASE unit_kind WHEN 'staff' THEN 'staff' ELSE 'unit' END;"
		"DROP INDEX chat_unit;"
		"CREATE UNIQUE INDEX chat_preset ON chat (org_id, preset);"
		"CREATE INDEX chat_of_unit ON chat (unit_id);"
		/* visible_*: the head and the number of messages when he came, if nothing before that is for him. left_seq: the head when he left. */
		"ALTER TABLE chat_member ADD COLUMN why BIGINT NOT NULL DEFAULT 0;" /* enum api_chat_why */
		"ALTER TABLE chat_member ADD COLUMN writer BIGINT NOT NULL DEFAULT 0;"
		"ALTER TABLE chat_member ADD COLUMN keeper BIGINT NOT NULL DEFAULT 0;"
		"ALTER TABLE chat_member ADD COLUMN added_by BIGINT NOT NULL DEFAULT 0;"
		"ALTER TABLE chat_member ADD COLUMN visible_after BIGINT NOT NULL DEFAULT 0;"
		"ALTER TABLE chat_member ADD COLUMN visible_count BIGINT NOT NULL DEFAULT 0;"
		"ALTER TABLE chat_member ADD COLUMN left_seq BIGINT NOT NULL DEFAULT 0;"
		"UPDATE chat_member SET why = CASE WHEN chat_id IN (SELECT id FROM chat WHERE kind = 'staff') THEN 5 WHEN lead <> 0 THEN 1 WHEN role = 5"
		" THEN 2 ELSE 0 END;"
		/* One row an organisation, made with its chats; an organisation without is of an older store and gets them at the start. */
		"CREATE TABLE chat_org ("
		" org_id BIGINT PRIMARY KEY,"
		" guardians_in_class BIGINT NOT NULL DEFAULT 1);"},
	{311, "links into chats",
		"CREATE TABLE chat_link ("
		" id INTEGER PRIMARY KEY,"
		" org_id BIGINT NOT NULL,"
		" chat_id BIGINT NOT NULL,"
		" token TEXT NOT NULL UNIQUE,"
		" audience BIGINT NOT NULL,"
		" uses BIGINT NOT NULL DEFAULT 0,"
		" max_uses BIGINT NOT NULL,"
		" maker_id BIGINT NOT NULL,"
		" created_at BIGINT NOT NULL,"
		" expires_at BIGINT NOT NULL,"
		" annulled_at BIGINT);"
		"CREATE INDEX chat_link_of_chat ON chat_link (chat_id, id);"},
	{320, "cards of calls in chats",
		/* JSON of MessageCard: of the message that stands for a call; of the call that goes on in a chat. */
		"ALTER TABLE message ADD COLUMN card TEXT;"
		"ALTER TABLE chat ADD COLUMN call TEXT;"},
	{328, "whoever was put out of a chat", "ALTER TABLE chat_member ADD COLUMN removed BIGINT NOT NULL DEFAULT 0;"},
};
const size_t chat_migration_count = sizeof chat_migrations / sizeof chat_migrations[0];
