/* SPDX-License-Identifier: Apache-2.0
 *
 * One SQL text over SQLite and PostgreSQL. A struct db is one connection, used by one thread at a time. The driver seam is
 * db_driver.h; CONVENTIONS "SQL" says which SQL is portable (?1 placeholders, RETURNING, ON CONFLICT, BIGINT, TEXT, BYTEA,
 * no AUTOINCREMENT, booleans as 0/1, times as BIGINT milliseconds).
 *
 * SQL texts are string literals: prepared once per connection and cached by address.
 * `types` describes the parameters that follow: i int64_t · s struct str (text) · b struct str (blob) · n (NULL, no argument) ·
 * I/S/B: int64_t / struct str preceded by a bool `present`; false binds NULL.
 *
 * Errors: ERR_REFUSED never comes from here. A violated UNIQUE gives ERR_NOT_FOUND from db_run_unique only; elsewhere a violated
 * constraint is a BUG. ERR_BUSY, ERR_FULL (disk), ERR_IO. A failed fsync or a corrupt page ends the process (db_fatal).
 */
#ifndef DB_DB_H
#define DB_DB_H

#include "base/arena.h"

struct db;

enum db_mode { DB_WRITER, DB_READER };

/* url: path of an SQLite file (later also "postgres://..."). The writer: WAL, synchronous=FULL, the only one that checkpoints.
 * Readers: query_only, wal_autocheckpoint=0. All: mmap_size=0, foreign_keys=ON, trusted_schema=OFF, busy_timeout 5000. */
enum err db_open(struct db **out, const char *url, enum db_mode mode) MUST_CHECK;
void db_close(struct db **db);

enum err db_run(struct db *db, const char *sql, const char *types, ...) MUST_CHECK;      /* no rows wanted */
int64_t db_changes(const struct db *db);                                                 /* rows of the last db_run */
/* Like db_run, for one INSERT that may violate UNIQUE: *inserted_out tells. */
enum err db_run_unique(struct db *db, bool *inserted_out, const char *sql, const char *types, ...) MUST_CHECK;

struct rows { struct db *db; void *stmt; enum err err; bool row; };
/* for (db_query(db, &r, sql, types, ...); rows_next(&r);) { rows_int(&r, 0) ... }  then  e = rows_close(&r);  closing twice is fine */
void db_query(struct db *db, struct rows *r, const char *sql, const char *types, ...);
bool rows_next(struct rows *r);
int64_t rows_int(const struct rows *r, int column);
bool rows_null(const struct rows *r, int column);
struct str rows_str(const struct rows *r, int column, struct arena *a); /* copied into a; a NULL arena borrows until rows_next */
enum err rows_close(struct rows *r) MUST_CHECK;
/* First row's first column as an integer: *found_out false when there is no row (or it is NULL). */
enum err db_int(struct db *db, bool *found_out, int64_t *out, const char *sql, const char *types, ...) MUST_CHECK;

/* --- transactions; savepoints nest inside a write transaction. Used by db/worker.c and tests, not by handlers. */
enum err db_begin(struct db *db) MUST_CHECK;        /* writer: IMMEDIATE; reader: a snapshot from its first read on */
enum err db_commit(struct db *db) MUST_CHECK;       /* on disk when it returns (synchronous=FULL) */
void db_rollback(struct db *db);
enum err db_savepoint(struct db *db) MUST_CHECK;
enum err db_savepoint_release(struct db *db) MUST_CHECK;
void db_savepoint_rollback(struct db *db);

/* --- migrations: numbered SQL texts of all rooms, in order. Before the first pending one is applied to a store that has any data
 * a copy is written to backup_dir/before-NNNN-<time>.sqlite. A store of a newer program is refused (ERR_REFUSED + log). */
struct migration { int number; const char *name; const char *sql; /* several statements */ };
enum err db_migrate(struct db *writer, const struct migration *list, size_t count, const char *backup_dir, int64_t now_ms) MUST_CHECK;
enum err db_backup(const char *url, const char *to_file) MUST_CHECK; /* online; own connection */

#endif
