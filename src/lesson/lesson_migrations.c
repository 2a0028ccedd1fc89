/* SPDX-License-Identifier: Apache-2.0
 *
 * The tables of calls and lessons. Owned by room lesson; run by db_migrate at start, numbers 500-599.
 */
#include "lesson/lesson.h"

const struct migration lesson_migrations[] = {
	{500, "calls",
		/* audio, video, screen: what whoever comes and is no host may send. empty_at: since when nobody is in it. hands: hands raised so
		 * far. card_seq: the message in the chat that stands for it. */
		"CREATE TABLE call ("
		" id INTEGER PRIMARY KEY,"
		" org_id BIGINT NOT NULL,"
		" chat_id BIGINT NOT NULL,"
		" kind TEXT NOT NULL,"
		" title TEXT NOT NULL,"
		" host_id BIGINT NOT NULL,"
		" started_at BIGINT NOT NULL,"
		" ended_at BIGINT,"
		" empty_at BIGINT,"
		" head BIGINT NOT NULL DEFAULT 0,"
		" locked BIGINT NOT NULL DEFAULT 0,"
		" waiting_room BIGINT NOT NULL DEFAULT 0,"
		" audio BIGINT NOT NULL DEFAULT 1,"
		" video BIGINT NOT NULL DEFAULT 1,"
		" screen BIGINT NOT NULL DEFAULT 1,"
		" hands BIGINT NOT NULL DEFAULT 0,"
		" card_seq BIGINT NOT NULL DEFAULT 0,"
		" lesson_id BIGINT NOT NULL DEFAULT 0);"
		"CREATE UNIQUE INDEX call_running ON call (chat_id) WHERE ended_at IS NULL;"
		/* person_id 0: a guest. admitted: the waiting room is behind him. invited: may come although he is not in the chat. came: was in
		 * it. away_at: since when he is in it without a connection. */
		"CREATE TABLE call_person ("
		" id INTEGER PRIMARY KEY,"
		" org_id BIGINT NOT NULL,"
		" call_id BIGINT NOT NULL,"
		" person_id BIGINT NOT NULL,"
		" guest_name TEXT NOT NULL DEFAULT '',"
		" role BIGINT NOT NULL,"
		" member_role BIGINT NOT NULL,"
		" state BIGINT NOT NULL,"
		" session_id BIGINT NOT NULL,"
		" admitted BIGINT NOT NULL DEFAULT 0,"
		" invited BIGINT NOT NULL DEFAULT 0,"
		" came BIGINT NOT NULL DEFAULT 0,"
		" audio BIGINT NOT NULL DEFAULT 1,"
		" video BIGINT NOT NULL DEFAULT 1,"
		" screen BIGINT NOT NULL DEFAULT 1,"
		" hand BIGINT NOT NULL DEFAULT 0,"
		" hand_at BIGINT NOT NULL DEFAULT 0,"
		" connected BIGINT NOT NULL DEFAULT 0,"
		" away_at BIGINT,"
		" joined_at BIGINT NOT NULL);"
		"CREATE UNIQUE INDEX call_person_key ON call_person (call_id, person_id) WHERE person_id > 0;"
		"CREATE INDEX call_person_of_call ON call_person (call_id, state);"
		"CREATE INDEX call_person_in ON call_person (person_id) WHERE state = 1;" /* API_CALL_STATE_IN */
		"CREATE INDEX call_person_session ON call_person (session_id) WHERE state <= 1;"
		/* Stretches in which his sound and picture were there. seen_at: as far as it is known, once a minute; to_at NULL: it goes on. */
		"CREATE TABLE call_visit ("
		" org_id BIGINT NOT NULL,"
		" call_id BIGINT NOT NULL,"
		" participant_id BIGINT NOT NULL,"
		" from_at BIGINT NOT NULL,"
		" seen_at BIGINT NOT NULL,"
		" to_at BIGINT);"
		"CREATE INDEX call_visit_of_call ON call_visit (call_id, participant_id, from_at);"
		"CREATE INDEX call_visit_open ON call_visit (participant_id) WHERE to_at IS NULL;"
		"CREATE TABLE call_ticket ("
		" hash BYTEA PRIMARY KEY,"
		" org_id BIGINT NOT NULL,"
		" call_id BIGINT NOT NULL,"
		" participant_id BIGINT NOT NULL,"
		" session_id BIGINT NOT NULL,"
		" expires_at BIGINT NOT NULL);"
		"CREATE TABLE call_rule ("
		" org_id BIGINT NOT NULL,"
		" chat_id BIGINT NOT NULL,"
		" starters BIGINT NOT NULL);" /* enum api_call_starters */
		"CREATE UNIQUE INDEX call_rule_key ON call_rule (chat_id);"},
};
const size_t lesson_migration_count = sizeof lesson_migrations / sizeof lesson_migrations[0];
