/* SPDX-License-Identifier: Apache-2.0
 *
 * One SQL text over SQLite and PostgreSQL. A struct db is one connection, used by one thread at a time. The driver seam is
 * db_driver.h; CONVENTIONS "SQL" says which SQL is portable (?1 placeholders, RETURNING, ON CONFLICT, BIGINT, TEXT, BYTEA,
 * no AUTOINCREMENT, booleans as 0/1, times as BIGINT milliseconds).
 *
 * SQL texts are string literals: prepared once per connection and cached by address, at most DB_STATEMENTS_MAX of them. A text that
 * is used again while its rows are open is prepared a second time for that use.
 * `types` describes the parameters that follow: i int64_t · s struct str (text) · b struct str (blob) · n (NULL, no argument) ·
 * I/S/B: int64_t / struct str preceded by a bool `present`; false binds NULL.
 *
 * Errors: ERR_REFUSED never comes from a statement. A violated UNIQUE is told by db_run_unique only; elsewhere a violated
 * constraint is a BUG. ERR_BUSY, ERR_FULL (disk), ERR_IO, ERR_NOMEM, ERR_TOO_LARGE (a value over 64 MiB). After ERR_FULL, ERR_IO and ERR_NOMEM
 * the store may have rolled the whole transaction back; every further statement in it then fails with that error, and so does the commit.
 * A failed fsync, an I/O error in COMMIT or a corrupt page ends the process (db_fatal in db.c): the next start reads what the disk has.
 *
 * Parameters of db_run, db_run_unique and db_int are borrowed for the call, those of db_query are copied.
 */
#ifndef DB_DB_H
#define DB_DB_H

#include "base/arena.h"

struct db;

#define DB_STATEMENTS_MAX 512

enum db_mode { DB_WRITER, DB_READER };

/* url: path of an SQLite file (later also "postgres://..."). The writer creates it (mode 0600) when there is none: WAL, synchronous=FULL,
 * the only one that checkpoints. It holds "<file>.lock": a second writer, of this process or another, gets ERR_BUSY.
 * Readers: query_only, wal_autocheckpoint=0; the file must be there. All: mmap_size=0, foreign_keys=ON, trusted_schema=OFF,
 * busy_timeout 5000. ":memory:" is a private store of one writer, for tests. */
enum err db_open(struct db **out, const char *url, enum db_mode mode) MUST_CHECK;
void db_close(struct db **db);

enum err db_run(struct db *db, const char *sql, const char *types, ...) MUST_CHECK;      /* no rows wanted */
int64_t db_changes(const struct db *db);                                                 /* rows of the last db_run */
/* Like db_run, for one INSERT that may violate UNIQUE or a primary key: then ERR_OK, *inserted_out is false and the statement did nothing. */
enum err db_run_unique(struct db *db, bool *inserted_out, const char *sql, const char *types, ...) MUST_CHECK;

struct rows { struct db *db; void *stmt; enum err err; bool row; };
/* for (db_query(db, &r, sql, types, ...); rows_next(&r);) { rows_int(&r, 0) ... }  then  e = rows_close(&r);  closing twice is fine */
void db_query(struct db *db, struct rows *r, const char *sql, const char *types, ...);
bool rows_next(struct rows *r);
int64_t rows_int(const struct rows *r, int column);
bool rows_null(const struct rows *r, int column);
struct str rows_str(struct rows *r, int column, struct arena *a); /* copied into a (full: rows_close says ERR_NOMEM); NULL borrows until rows_next */
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

/* --- migrations: numbered SQL texts of all rooms, a hundred numbers a room, in one ascending list; each is applied once, in a
 * transaction of its own, and recorded with a checksum of its text in the table `migration`. Before the first pending one is applied to
 * a store that has any tables a copy is written to backup_dir/before-NNNN-<time>.sqlite (backup_dir is made when it is not there).
 * Refused (ERR_REFUSED + log) with nothing changed: a store of a newer program, an applied migration whose name or text is another
 * now, a pending one below an applied one of its room. A migration whose SQL fails is undone and refused too. */
#define DB_MIGRATIONS_PER_ROOM 100
struct migration { int number; const char *name; const char *sql; /* several statements, no BEGIN or COMMIT */ };
enum err db_migrate(struct db *writer, const struct migration *list, size_t count, const char *backup_dir, int64_t now_ms) MUST_CHECK;
/* Online, one snapshot, own connection, any thread. to_file appears whole and on disk (mode 0600), or not at all; an old one is replaced. */
enum err db_backup(const char *url, const char *to_file) MUST_CHECK;

#endif
