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
	{102, "wrong guesses of short codes",
		"CREATE TABLE wrong_guess ("
		"  id INTEGER PRIMARY KEY,"
		"  kind INTEGER NOT NULL,"             /* enum account_guess */
		"  address_hash BYTEA NOT NULL,"
		"  at BIGINT NOT NULL);"
		"CREATE INDEX wrong_guess_by_address ON wrong_guess (kind, address_hash, at);"
		"CREATE INDEX wrong_guess_by_time ON wrong_guess (kind, at);"},
	{110, "devices of sessions",
		"ALTER TABLE session ADD COLUMN address TEXT NOT NULL DEFAULT '';" /* shortened */
		"ALTER TABLE session ADD COLUMN device_hash BYTEA;"
		"ALTER TABLE session ADD COLUMN is_new INTEGER NOT NULL DEFAULT 0;"
		"CREATE INDEX session_by_device ON session (person_id, device_hash);"
		"CREATE INDEX session_by_visit ON session (seen_at) WHERE ended_at IS NULL;"},
	{111, "second factor",
		"CREATE TABLE totp ("
		"  id INTEGER PRIMARY KEY,"
		"  person_id BIGINT NOT NULL UNIQUE REFERENCES person (id),"
		"  secret BYTEA NOT NULL,"             /* sealed with a key of the installation's secret */
		"  begun_at BIGINT NOT NULL,"
		"  confirmed_at BIGINT,"               /* NULL: begun, not in force */
		"  last_step BIGINT NOT NULL DEFAULT 0);"
		"CREATE TABLE recovery_code ("
		"  id INTEGER PRIMARY KEY,"
		"  person_id BIGINT NOT NULL REFERENCES person (id),"
		"  code_hash BYTEA NOT NULL,"
		"  made_at BIGINT NOT NULL,"
		"  used_at BIGINT);"
		"CREATE UNIQUE INDEX recovery_once ON recovery_code (person_id, code_hash);"
		/* Wrong second codes of the last hour, whichever command they came by. */
		"CREATE TABLE factor_wrong ("
		"  id INTEGER PRIMARY KEY,"
		"  person_id BIGINT NOT NULL,"
		"  at BIGINT NOT NULL);"
		"CREATE INDEX factor_wrong_of ON factor_wrong (person_id, at);"
		/* Between the proved phone and the second factor there is this row, and no session. */
		"CREATE TABLE second_step ("
		"  id INTEGER PRIMARY KEY,"
		"  token_hash BYTEA NOT NULL UNIQUE,"
		"  person_id BIGINT NOT NULL REFERENCES person (id),"
		"  device TEXT NOT NULL,"
		"  device_key TEXT NOT NULL,"
		"  expires_at BIGINT NOT NULL,"
		"  tries INTEGER NOT NULL DEFAULT 0,"
		"  used_at BIGINT);"
		"CREATE INDEX second_step_by_time ON second_step (expires_at);"},
	{112, "passkeys",
		"CREATE TABLE passkey ("
		"  id INTEGER PRIMARY KEY,"
		"  person_id BIGINT NOT NULL REFERENCES person (id),"
		"  credential_id BYTEA NOT NULL UNIQUE,"
		"  algorithm INTEGER NOT NULL,"        /* of COSE */
		"  public_key BYTEA NOT NULL,"
		"  sign_count BIGINT NOT NULL,"
		"  name TEXT NOT NULL,"
		"  created_at BIGINT NOT NULL,"
		"  used_at BIGINT);"
		"CREATE INDEX passkey_of ON passkey (person_id, id);"
		"CREATE TABLE passkey_challenge ("
		"  id INTEGER PRIMARY KEY,"
		"  challenge_hash BYTEA NOT NULL UNIQUE,"
		"  person_id BIGINT NOT NULL,"         /* who registers a key; 0: a sign-in */
		"  expires_at BIGINT NOT NULL,"
		"  used_at BIGINT);"
		"CREATE INDEX challenge_by_time ON passkey_challenge (expires_at);"},
	{113, "reports of taken accounts",
		/* One row for each who is told: an organisation, or (0) the operator. */
		"CREATE TABLE security_report ("
		"  id INTEGER PRIMARY KEY,"
		"  org_id BIGINT NOT NULL,"
		"  person_id BIGINT NOT NULL REFERENCES person (id),"
		"  ended INTEGER NOT NULL,"
		"  revoked INTEGER NOT NULL,"
		"  by_phone INTEGER NOT NULL,"
		"  at BIGINT NOT NULL,"
		"  closed_at BIGINT,"
		"  closed_by BIGINT);"
		"CREATE INDEX report_of_org ON security_report (org_id, id);"},
	{114, "deletion of accounts",
		"ALTER TABLE person ADD COLUMN delete_at BIGINT;"   /* the end of the days of grace */
		"ALTER TABLE person ADD COLUMN deleted_at BIGINT;"  /* the row stays for what he wrote, without name and number */
		"CREATE INDEX person_to_delete ON person (delete_at) WHERE delete_at IS NOT NULL;"},
	{115, "documents and who agreed to them",
		"CREATE TABLE document ("
		"  id INTEGER PRIMARY KEY,"
		"  kind INTEGER NOT NULL,"             /* enum api_document_kind */
		"  version INTEGER NOT NULL,"
		"  title_ru TEXT NOT NULL,"
		"  text_ru TEXT NOT NULL,"
		"  title_en TEXT NOT NULL,"
		"  text_en TEXT NOT NULL,"
		"  published_at BIGINT NOT NULL);"
		"CREATE UNIQUE INDEX document_version ON document (kind, version);"
		"CREATE TABLE acceptance ("
		"  id INTEGER PRIMARY KEY,"
		"  kind INTEGER NOT NULL,"
		"  version INTEGER NOT NULL,"
		"  person_id BIGINT NOT NULL REFERENCES person (id),"    /* whose agreement it is */
		"  by_person_id BIGINT NOT NULL REFERENCES person (id)," /* himself, or his guardian */
		"  at BIGINT NOT NULL);"
		"CREATE UNIQUE INDEX acceptance_once ON acceptance (person_id, kind, version, by_person_id);"},
};
const size_t account_migration_count = sizeof account_migrations / sizeof *account_migrations;
