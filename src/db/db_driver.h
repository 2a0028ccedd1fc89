/* SPDX-License-Identifier: Apache-2.0
 *
 * The seam between the store-neutral half (db.c, db_migrate.c, worker.c) and a store. Private to src/db. A connection and its
 * statements belong to one thread at a time. A driver classifies its store's errors itself: it ends the process where the data
 * can no longer be trusted (db_fatal), aborts where the program is wrong (BUG: bad SQL, a violated constraint that nobody
 * asked about, a write on a reader) and returns an enum err for everything else.
 *
 * What the PostgreSQL driver will do behind the same table, so that nothing above it changes:
 *   placeholders  prepare() rewrites ?1 to $1 outside quotes and comments, once, when a text is first seen on a connection;
 *   statements    prepare() numbers them per connection and names them "z1", "z2", ... for PQprepare; finalize() sends DEALLOCATE.
 *                 A text that is asked for while its statement is in use gets a name of its own, like here;
 *   binding       bind_*() collects values and lengths (int64 as 8 bytes in network order, OID 20; text OID 25; bytea OID 17, binary
 *                 format); the first step() sends PQexecPrepared, further ones walk the result, reset() clears it;
 *   unique        an error spoils a PostgreSQL transaction up to the last savepoint, so step() with unique_out wraps the statement
 *                 in a savepoint of its own. SQLite undoes the one statement by itself;
 *   control       the same words; BEGIN of a writer is READ COMMITTED with the row locks of the UPDATEs, of a reader REPEATABLE READ READ ONLY;
 *   in_tx         PQtransactionStatus; a lost connection gives ERR_UNCERTAIN for COMMIT and ERR_IO elsewhere;
 *   maintain      nothing to do; backup is pg_dump's task, so the function says ERR_REFUSED.
 */
#ifndef DB_DB_DRIVER_H
#define DB_DB_DRIVER_H

#include "db/db.h"

enum db_control { DB_BEGIN, DB_COMMIT, DB_ROLLBACK, DB_SAVEPOINT, DB_RELEASE, DB_ROLLBACK_TO, DB_CONTROLS };

/* What a writer does for its files between transactions. */
enum db_upkeep {
	DB_UPKEEP_DUE,  /* only when enough has gathered */
	DB_UPKEEP_IDLE, /* nothing else to do: everything that has gathered */
};

struct db_prepared {
	/* owned by the driver */
	void *handle;
	/* state */
	int params, columns;
	bool reads_only; /* may be left in the middle without losing a change */
};

struct db_driver {
	enum err (*open)(void **conn_out, const char *url, enum db_mode mode);
	void (*close)(void *conn);

	/* keep: the statement stays in the cache for long */
	enum err (*prepare)(void *conn, const char *sql, bool keep, struct db_prepared *out);
	void (*finalize)(void *conn, void *stmt);
	/* at: from 1 on. copy: v may change before reset(); otherwise it is borrowed until then. */
	enum err (*bind_int)(void *stmt, int at, int64_t v);
	enum err (*bind_null)(void *stmt, int at);
	enum err (*bind_bytes)(void *stmt, int at, struct str v, bool text, bool copy);
	/* unique_out NULL: a violated UNIQUE is a bug; otherwise it is set true, the statement undone and ERR_OK returned. */
	enum err (*step)(void *conn, void *stmt, bool *row_out, bool *unique_out);
	void (*reset)(void *stmt);
	int64_t (*column_int)(void *stmt, int column);
	bool (*column_null)(void *stmt, int column);
	struct str (*column_bytes)(void *stmt, int column); /* borrowed until the next step or reset */
	int64_t (*changes)(void *conn);

	enum err (*control)(void *conn, enum db_control what);
	bool (*in_tx)(void *conn); /* false also after the store itself rolled everything back */
	/* Several statements without parameters. A failure of the SQL itself is ERR_REFUSED with its text in *why_out (mem_free). */
	enum err (*script)(void *conn, const char *sql, char **why_out);
	enum err (*has_tables)(void *conn, bool *out); /* any but `migration` */
	bool (*upkeep_due)(void *conn, enum db_upkeep kind);
	enum err (*upkeep)(void *conn, enum db_upkeep kind);
	enum err (*backup)(const char *url, const char *to_file);
};

extern const struct db_driver db_sqlite;

#endif
