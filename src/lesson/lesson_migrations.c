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
	{501, "lessons, guests, calendars",
		/* told: its time has come and its call has begun by itself. materials: JSON, an array of LessonMaterial. */
		"CREATE TABLE lesson ("
		" id INTEGER PRIMARY KEY,"
		" org_id BIGINT NOT NULL,"
		" chat_id BIGINT NOT NULL,"
		" kind TEXT NOT NULL,"
		" title TEXT NOT NULL,"
		" subject_id BIGINT NOT NULL,"
		" starts_at BIGINT NOT NULL,"
		" minutes BIGINT NOT NULL,"
		" creator_id BIGINT NOT NULL,"
		" series_id BIGINT NOT NULL,"
		" call_id BIGINT NOT NULL DEFAULT 0,"
		" cancelled BIGINT NOT NULL DEFAULT 0,"
		" waiting_room BIGINT NOT NULL,"
		" told BIGINT NOT NULL DEFAULT 0,"
		" materials TEXT NOT NULL,"
		" agenda TEXT NOT NULL DEFAULT '',"
		" protocol TEXT NOT NULL DEFAULT '');"
		"CREATE INDEX lesson_of_chat ON lesson (chat_id, starts_at);"
		"CREATE INDEX lesson_due ON lesson (starts_at) WHERE told = 0 AND cancelled = 0;"
		"CREATE INDEX lesson_series ON lesson (series_id) WHERE series_id > 0;"
		"CREATE INDEX call_of_lesson ON call (lesson_id) WHERE lesson_id > 0;"
		"CREATE TABLE lesson_invite ("
		" org_id BIGINT NOT NULL,"
		" lesson_id BIGINT NOT NULL,"
		" person_id BIGINT NOT NULL);"
		"CREATE UNIQUE INDEX lesson_invite_key ON lesson_invite (lesson_id, person_id);"
		"CREATE INDEX lesson_invite_person ON lesson_invite (person_id);"
		/* A link lets one guest knock; a key stands for him afterwards. Hashes of 128 random bits. */
		"CREATE TABLE lesson_link ("
		" hash BYTEA PRIMARY KEY,"
		" org_id BIGINT NOT NULL,"
		" lesson_id BIGINT NOT NULL,"
		" maker_id BIGINT NOT NULL,"
		" expires_at BIGINT NOT NULL,"
		" used_at BIGINT);"
		"CREATE INDEX lesson_link_of_lesson ON lesson_link (lesson_id);"
		"CREATE TABLE call_guest ("
		" hash BYTEA PRIMARY KEY,"
		" org_id BIGINT NOT NULL,"
		" call_id BIGINT NOT NULL,"
		" participant_id BIGINT NOT NULL);"
		"CREATE TABLE calendar ("
		" person_id BIGINT PRIMARY KEY,"
		" hash BYTEA NOT NULL UNIQUE);"},
	{510, "appointments, listeners, names on guests' links",
		/* silent: whoever is no host has to be let speak. slot_minutes: a consultation by appointment; 0: none. */
		"ALTER TABLE lesson ADD COLUMN silent BIGINT NOT NULL DEFAULT 0;"
		"ALTER TABLE lesson ADD COLUMN slot_minutes BIGINT NOT NULL DEFAULT 0;"
		"ALTER TABLE lesson_link ADD COLUMN name TEXT NOT NULL DEFAULT '';"
		"CREATE TABLE lesson_slot ("
		" org_id BIGINT NOT NULL,"
		" lesson_id BIGINT NOT NULL,"
		" slot BIGINT NOT NULL," /* from 0 */
		" person_id BIGINT NOT NULL);"
		"CREATE UNIQUE INDEX lesson_slot_key ON lesson_slot (lesson_id, slot);"
		"CREATE UNIQUE INDEX lesson_slot_person ON lesson_slot (lesson_id, person_id);"},
	{520, "classrooms in calls",
		/* classroom: the name of the room that his device stands for. in_room: marked as in it; such a row may be of somebody who never joined. */
		"ALTER TABLE call_person ADD COLUMN classroom TEXT NOT NULL DEFAULT '';"
		"ALTER TABLE call_person ADD COLUMN in_room BIGINT NOT NULL DEFAULT 0;"},
	{525, "keys for programs in calls",
		/* hash: of the key. place: the hash of what its last session's address ends with. kind: enum api_call_key_kind. */
		"CREATE TABLE call_key ("
		" id INTEGER PRIMARY KEY,"
		" org_id BIGINT NOT NULL,"
		" call_id BIGINT NOT NULL,"
		" kind BIGINT NOT NULL,"
		" name TEXT NOT NULL,"
		" hash BYTEA NOT NULL UNIQUE,"
		" maker_id BIGINT NOT NULL,"
		" created_at BIGINT NOT NULL,"
		" used_at BIGINT NOT NULL DEFAULT 0,"
		" participant_id BIGINT NOT NULL DEFAULT 0,"
		" place BYTEA);"
		"CREATE INDEX call_key_of_call ON call_key (call_id);"},
};
const size_t lesson_migration_count = sizeof lesson_migrations / sizeof lesson_migrations[0];
