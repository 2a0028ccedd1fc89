/* SPDX-License-Identifier: Apache-2.0
 *
 * Tables of the policy room: the audit journal.
 */
#include "policy/audit.h"

#include "db/db.h"

const struct migration policy_migrations[] = {
	{60, "the audit journal",
		"CREATE TABLE audit ("
		"  id INTEGER PRIMARY KEY,"
		"  org_id BIGINT NOT NULL,"              /* 0: of the installation */
		"  seq BIGINT NOT NULL,"
		"  at BIGINT NOT NULL,"
		"  actor_id BIGINT NOT NULL,"
		"  session_id BIGINT NOT NULL,"
		"  address TEXT NOT NULL,"
		"  action TEXT NOT NULL,"
		"  object_kind TEXT NOT NULL,"
		"  object_id BIGINT NOT NULL,"
		"  detail TEXT NOT NULL,"
		"  hash BYTEA NOT NULL);"
		"CREATE UNIQUE INDEX audit_seq ON audit (org_id, seq);"
		"CREATE INDEX audit_by_action ON audit (org_id, action, seq);"
		"CREATE TABLE audit_end ("
		"  org_id BIGINT PRIMARY KEY,"
		"  seq BIGINT NOT NULL,"
		"  hash BYTEA NOT NULL);"
		/* A trigger is written otherwise for PostgreSQL (a function that raises); its driver will have to bring these two. */
		"CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'the audit journal is only added to'); END;"
		"CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'the audit journal is only added to'); END;"},
};
const size_t policy_migration_count = sizeof policy_migrations / sizeof *policy_migrations;
