/* SPDX-License-Identifier: Apache-2.0
 *
 * The table of files. Owned by room file; run by db_migrate at start, numbers 400-449.
 */
#include "file/file.h"

const struct migration file_migrations[] = {
	{400, "files",
		/* id: random, so that it is never used twice although rows go. org_id 0 and person_id 0: none. sha256 names the bytes' file,
		 * of a finished upload. received: bytes that are surely on the disk. holder 0: nobody's yet, gone at expires_at. removed_at: nobody sees it any
		 * more, the sweep takes its bytes and the row. */
		"CREATE TABLE file ("
		" id BIGINT PRIMARY KEY,"
		" org_id BIGINT NOT NULL,"
		" purpose BIGINT NOT NULL,"
		" person_id BIGINT NOT NULL,"
		" token_hash BYTEA,"
		" address_hash BYTEA,"
		" name TEXT NOT NULL,"
		" size BIGINT NOT NULL,"
		" received BIGINT NOT NULL DEFAULT 0,"
		" type BIGINT NOT NULL DEFAULT 0,"
		" sha256 BYTEA,"
		" holder BIGINT NOT NULL DEFAULT 0,"
		" holder_id BIGINT NOT NULL DEFAULT 0,"
		" created_at BIGINT NOT NULL,"
		" expires_at BIGINT,"
		" removed_at BIGINT);"
		"CREATE INDEX file_org ON file (org_id);"
		"CREATE INDEX file_person ON file (person_id) WHERE holder = 0;"
		"CREATE INDEX file_holder ON file (holder, holder_id) WHERE holder > 0;"
		"CREATE INDEX file_sha256 ON file (sha256);"
		"CREATE INDEX file_token ON file (token_hash) WHERE token_hash IS NOT NULL;"
		"CREATE INDEX file_address ON file (address_hash, created_at) WHERE address_hash IS NOT NULL;"
		"CREATE INDEX file_expires ON file (expires_at) WHERE expires_at IS NOT NULL;"
		"CREATE INDEX file_removed ON file (removed_at) WHERE removed_at IS NOT NULL;"},
};
const size_t file_migration_count = sizeof file_migrations / sizeof file_migrations[0];
