/* SPDX-License-Identifier: Apache-2.0 */
#include "server/server_migrations.h"

const struct migration server_migrations[] = {
	{1, "events, repeated requests, settings",
		"CREATE TABLE event ("
		"  stream BIGINT NOT NULL,"
		"  seq BIGINT NOT NULL,"
		"  type TEXT NOT NULL,"
		"  body TEXT NOT NULL,"
		"  at BIGINT NOT NULL,"
		"  UNIQUE (stream, seq));"
		/* The first answer to a write command with a client_id; kept for ever (reliability.md B-04). */
		"CREATE TABLE replay ("
		"  person_id BIGINT NOT NULL,"
		"  client_id BYTEA NOT NULL,"
		"  command TEXT NOT NULL,"
		"  request_hash BYTEA NOT NULL,"
		"  answer TEXT NOT NULL,"
		"  at BIGINT NOT NULL,"
		"  UNIQUE (person_id, client_id));"
		"CREATE TABLE setting ("
		"  name TEXT NOT NULL UNIQUE,"
		"  value BYTEA NOT NULL);"},
};
const size_t server_migration_count = sizeof server_migrations / sizeof *server_migrations;
