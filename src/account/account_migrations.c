/* SPDX-License-Identifier: Apache-2.0
 *
 * Tables of the account room. Persons belong to no organisation (one person may be in several); their places do.
 */
#include "account/account.h"

const struct migration account_migrations[] = {
	{100, "persons, sessions, one-time codes",
		"CREATE TABLE person ("
		"  id INTEGER PRIMARY KEY,"
		"  phone TEXT UNIQUE,"                 /* E.164; NULL: signs in by no number */
		"  given_name TEXT NOT NULL,"
		"  family_name TEXT NOT NULL,"
		"  patronymic TEXT,"
		"  is_operator INTEGER NOT NULL DEFAULT 0,"
		"  head BIGINT NOT NULL DEFAULT 0,"    /* of the person's stream */
		"  created_at BIGINT NOT NULL);"
		/* Never deleted: an id that came back would open a dead socket's session to somebody else. */
		"CREATE TABLE session ("
		"  id INTEGER PRIMARY KEY,"
		"  person_id BIGINT NOT NULL REFERENCES person (id),"
		"  token_hash BYTEA NOT NULL UNIQUE,"  /* SHA-256 */
		"  device TEXT NOT NULL,"
		"  created_at BIGINT NOT NULL,"
		"  seen_at BIGINT NOT NULL,"
		"  ended_at BIGINT);"
		"CREATE INDEX session_of_person ON session (person_id, id) WHERE ended_at IS NULL;"
		/* Codes sent; rows of the last 24 hours are also what the caps are counted on. */
		"CREATE TABLE sign_in_code ("
		"  id INTEGER PRIMARY KEY,"
		"  phone_hash BYTEA NOT NULL,"         /* keyed with the installation's secret, like the other two */
		"  address_hash BYTEA NOT NULL,"
		"  code_hash BYTEA NOT NULL,"
		"  created_at BIGINT NOT NULL,"
		"  expires_at BIGINT NOT NULL,"
		"  tries INTEGER NOT NULL DEFAULT 0,"
		"  used_at BIGINT);"
		"CREATE INDEX code_by_phone ON sign_in_code (phone_hash, id);"
		"CREATE INDEX code_by_address ON sign_in_code (address_hash, created_at);"
		"CREATE INDEX code_by_time ON sign_in_code (created_at);"
		/* Wrong codes of the last hour. live: there was a code that could have been hit. */
		"CREATE TABLE wrong_code ("
		"  id INTEGER PRIMARY KEY,"
		"  address_hash BYTEA NOT NULL,"
		"  live INTEGER NOT NULL,"
		"  at BIGINT NOT NULL);"
		"CREATE INDEX wrong_by_address ON wrong_code (address_hash, at);"
		"CREATE INDEX wrong_by_time ON wrong_code (at);"
		"CREATE TABLE operator_link ("
		"  id INTEGER PRIMARY KEY,"
		"  token_hash BYTEA NOT NULL UNIQUE,"
		"  created_at BIGINT NOT NULL,"
		"  used_at BIGINT);"},
	{101, "when somebody first came in",
		/* NULL: put on a roster, but has not signed in yet (R61). */
		"ALTER TABLE person ADD COLUMN came_in_at BIGINT;"
		"UPDATE person SET came_in_at = created_at;"},
};
const size_t account_migration_count = sizeof account_migrations / sizeof *account_migrations;
