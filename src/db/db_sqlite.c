/* SPDX-License-Identifier: Apache-2.0
 *
 * The SQLite driver (3.40 and later, WAL). One writer connection in the world holds "<file>.lock", writes and checkpoints; all
 * others only read: with two connections that write or checkpoint, versions before 3.51.3 may reset the log under each other.
 *
 * Checkpoints are called from here and never by SQLite's own automatic one, because that one throws its result away: a failed fsync
 * of the database file would go unseen.
 */
#include "db/db_private.h"

#include "base/log.h"
#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define CHECKPOINT_PAGES 4000       /* 16 MiB of log, then it is folded in */
#define CHECKPOINT_WAIT_PAGES 64000 /* 256 MiB: readers kept the log from starting over, so wait for them a little */
#define CHECKPOINT_WAIT_MS 200
#define BUSY_MS 5000
#define VALUE_MAX (64 << 20)
#define SUBJOURNAL_SPILL (32 << 10) /* bytes of a savepoint's journal kept in memory before a temporary file takes it */

struct sqlite_conn {
	/* owned */
	sqlite3 *db;
	sqlite3_stmt *control[DB_CONTROLS];
	int lock_fd;
	/* state */
	enum db_mode mode;
	int wal_pages;  /* in the log after the last commit */
	int wal_folded; /* wal_pages at the last checkpoint of this log */
};

static const char *const control_sql[2][DB_CONTROLS] = {
	[DB_WRITER] = {"BEGIN IMMEDIATE", "COMMIT", "ROLLBACK", "SAVEPOINT z", "RELEASE z", "ROLLBACK TO z"},
	[DB_READER] = {"BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT z", "RELEASE z", "ROLLBACK TO z"},
};

/* --- errors */

static void log_sqlite(void *unused, int code, const char *message)
{
	(void)unused;
	int primary = code & 0xff;
	/* Violated constraints, full disks and busy locks are told to the caller; what nobody would explain otherwise is logged. */
	if (primary == SQLITE_IOERR || primary == SQLITE_CORRUPT || primary == SQLITE_NOTADB || primary == SQLITE_CANTOPEN ||
		primary == SQLITE_WARNING)
		LOG(LOG_LEVEL_WARN, "db.sqlite", LOG_FI("code", code), LOG_FZ("message", message));
	else if (primary == SQLITE_NOTICE)
		LOG(LOG_LEVEL_INFO, "db.sqlite", LOG_FI("code", code), LOG_FZ("message", message));
}

static pthread_once_t once = PTHREAD_ONCE_INIT;
static void configure(void)
{
	/* Refused with SQLITE_MISUSE when somebody used SQLite before (a test that brings its own files layer): then the defaults
	 * stay. */
	(void)sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0); /* its counters are one lock for all threads */
	(void)sqlite3_config(SQLITE_CONFIG_LOG, log_sqlite, NULL);
	(void)sqlite3_config(SQLITE_CONFIG_STMTJRNL_SPILL, SUBJOURNAL_SPILL);
}

static bool is_failed_sync(int rc)
{
	return rc == SQLITE_IOERR_FSYNC || rc == SQLITE_IOERR_DIR_FSYNC || rc == SQLITE_IOERR_DATA || rc == SQLITE_IOERR_CORRUPTFS;
}

/* The kernel reports a failed write-back once and forgets the page: whoever asks again is told all is well. */
static enum err classify(struct sqlite_conn *c, int rc, const char *what)
{
	switch (rc & 0xff) {
	case SQLITE_OK:
	case SQLITE_ROW:
	case SQLITE_DONE:
		return ERR_OK;
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
		db_fatal(what, rc, sqlite3_errmsg(c->db));
	case SQLITE_IOERR:
		if (is_failed_sync(rc))
			db_fatal(what, rc, sqlite3_errmsg(c->db));
		return rc == SQLITE_IOERR_NOMEM ? ERR_NOMEM : ERR_IO;
	case SQLITE_READONLY:
		if (rc == SQLITE_READONLY_DBMOVED)
			db_fatal(what, rc, "the file of the store was moved or deleted while it is open");
		if (rc != SQLITE_READONLY)
			return ERR_IO;
		BUG("a write on a reader: %s", what);
	case SQLITE_FULL:
		return ERR_FULL;
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
	case SQLITE_PROTOCOL:
		return ERR_BUSY;
	case SQLITE_NOMEM:
		return ERR_NOMEM;
	case SQLITE_TOOBIG:
		return ERR_TOO_LARGE;
	case SQLITE_CANTOPEN:
	case SQLITE_PERM:
		return ERR_IO;
	case SQLITE_ABORT:
	case SQLITE_INTERRUPT:
		return ERR_CLOSED; /* the transaction was rolled back under an open statement */
	default:                   /* the SQL is wrong, or a constraint that nobody asked about is violated */
		BUG("SQLite %d (%s) in: %s", rc, sqlite3_errmsg(c->db), what);
	}
}

/* --- opening and closing */

static enum err sync_dir_of(const char *path)
{
	const char *slash = strrchr(path, '/');
	char *dir = !slash ? mem_dup(".", 1) : mem_dup(path, slash == path ? 1 : (size_t)(slash - path));
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	mem_free(dir);
	if (fd < 0)
		return ERR_IO;
	int rc = fsync(fd);
	int saved = errno;
	close(fd);
	errno = saved;
	return rc ? ERR_IO : ERR_OK;
}

static char *with_suffix(const char *path, const char *suffix)
{
	size_t n = strlen(path), m = strlen(suffix);
	char *s = mem_alloc(n + m + 1);
	memcpy(s, path, n);
	memcpy(s + n, suffix, m + 1);
	return s;
}

static enum err lock_store(const char *path, int *fd_out)
{
	char *name = with_suffix(path, ".lock");
	int fd = open(name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	enum err e = fd < 0 ? ERR_IO : ERR_OK;
	if (!e && flock(fd, LOCK_EX | LOCK_NB) != 0)
		e = errno == EWOULDBLOCK ? ERR_BUSY : ERR_IO;
	if (e == ERR_BUSY)
		LOG(LOG_LEVEL_ERROR, "db.locked", LOG_FZ("file", name), LOG_FZ("hint", "another server works on this data"));
	else if (e)
		LOG(LOG_LEVEL_ERROR, "db.open_failed", LOG_FZ("file", name), LOG_FI("errno", errno));
	mem_free(name);
	if (e && fd >= 0)
		close(fd);
	else
		*fd_out = fd;
	return e;
}

/* So that the store, and the log and index that SQLite makes after its image, are the owner's alone whatever the umask. */
static enum err create_private(const char *path)
{
	int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0 && errno == EEXIST)
		return ERR_OK;
	if (fd < 0)
		return ERR_IO;
	close(fd);
	return sync_dir_of(path);
}

static int on_wal(void *user, sqlite3 *db, const char *name, int pages)
{
	(void)db, (void)name;
	struct sqlite_conn *c = user;
	if (pages < c->wal_pages)
		c->wal_folded = 0; /* the log began anew */
	c->wal_pages = pages;
	return SQLITE_OK;
}

static int pragma_is(struct sqlite_conn *c, const char *sql, const char *want)
{
	sqlite3_stmt *s = NULL;
	int rc = sqlite3_prepare_v2(c->db, sql, -1, &s, NULL);
	if (rc == SQLITE_OK)
		rc = sqlite3_step(s);
	if (rc == SQLITE_ROW)
		rc = strcmp((const char *)sqlite3_column_text(s, 0), want) == 0 ? SQLITE_OK : SQLITE_CANTOPEN;
	sqlite3_finalize(s);
	return rc;
}

static int settle(struct sqlite_conn *c, bool in_memory)
{
	sqlite3 *db = c->db;
	sqlite3_busy_timeout(db, BUSY_MS);
	sqlite3_limit(db, SQLITE_LIMIT_LENGTH, VALUE_MAX);
	sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_FKEY, 1, NULL);
	sqlite3_db_config(db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
	sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	sqlite3_db_config(db, SQLITE_DBCONFIG_DQS_DML, 0, NULL); /* "x" is a name, as in PostgreSQL */
	sqlite3_db_config(db, SQLITE_DBCONFIG_DQS_DDL, 0, NULL);
	sqlite3_db_config(db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL); /* see sqlite_close */
	sqlite3_wal_autocheckpoint(db, 0);
	int rc = sqlite3_exec(db, "PRAGMA mmap_size=0; PRAGMA synchronous=FULL", NULL, NULL, NULL);
	if (rc != SQLITE_OK)
		return rc;
	if (c->mode == DB_READER)
		return sqlite3_exec(
			db, "PRAGMA cache_size=-2048; PRAGMA query_only=ON; SELECT count(*) FROM sqlite_schema", NULL, NULL, NULL);
	sqlite3_wal_hook(db, on_wal, c);
	/* 64 MiB for the writer, whose pages are spread over all chats. What a savepoint would have to undo stays in memory: spilled to
	 * a file it cost a dozen writes a command. The log is cut to 64 MiB when it begins anew. */
	rc = sqlite3_exec(db, "PRAGMA cache_size=-65536; PRAGMA temp_store=MEMORY; PRAGMA journal_size_limit=67108864", NULL, NULL, NULL);
	if (rc == SQLITE_OK)
		rc = pragma_is(c, "PRAGMA journal_mode=WAL", in_memory ? "memory" : "wal");
	if (rc != SQLITE_OK || in_memory)
		return rc;
	/* What a killed server left in the log. On a full disk it stays there: the store must open so that somebody can make room.
	 */
	rc = sqlite3_wal_checkpoint_v2(db, NULL, SQLITE_CHECKPOINT_PASSIVE, &c->wal_pages, &c->wal_folded);
	return rc == SQLITE_BUSY || rc == SQLITE_FULL ? SQLITE_OK : rc;
}

static void sqlite_close(void *conn);

static enum err sqlite_open(void **conn_out, const char *url, enum db_mode mode)
{
	pthread_once(&once, configure);
	bool in_memory = strcmp(url, ":memory:") == 0;
	struct sqlite_conn *c = mem_alloc(sizeof *c);
	c->mode = mode;
	c->lock_fd = -1;
	enum err e = ERR_OK;
	if (mode == DB_WRITER && !in_memory) {
		e = lock_store(url, &c->lock_fd);
		if (!e && (e = create_private(url)))
			LOG(LOG_LEVEL_ERROR, "db.open_failed", LOG_FZ("file", url), LOG_FI("errno", errno));
	}
	if (!e) {
		int rc = sqlite3_open_v2(url, &c->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, NULL);
		if (rc == SQLITE_OK)
			rc = settle(c, in_memory);
		if (rc != SQLITE_OK) {
			LOG(LOG_LEVEL_ERROR, "db.open_failed", LOG_FZ("file", url), LOG_FI("code", rc),
				LOG_FZ("message", c->db ? sqlite3_errmsg(c->db) : "no memory"));
			/* Nothing is open yet: a file that is no store, or not ours to write, is a wrong name and not lost data. */
			int primary = rc & 0xff;
			bool wrong_file = primary == SQLITE_NOTADB || primary == SQLITE_READONLY || primary == SQLITE_ERROR;
			e = wrong_file ? ERR_IO : classify(c, rc, url);
		}
	}
	if (e) {
		int saved = errno;
		sqlite_close(c);
		errno = saved;
		return e;
	}
	*conn_out = c;
	return ERR_OK;
}

static void sqlite_close(void *conn)
{
	struct sqlite_conn *c = conn;
	for (int i = 0; i < DB_CONTROLS; i++)
		sqlite3_finalize(c->control[i]);
	if (c->mode == DB_WRITER && c->wal_pages > 0) {
		/* SQLite would do this itself when the last connection closes, by whichever connection that is, without a word
		 * about errors. */
		sqlite3_busy_timeout(c->db, 0);
		int rc = sqlite3_wal_checkpoint_v2(c->db, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
		if (rc != SQLITE_OK)
			(void)classify(c, rc, "closing checkpoint"); /* else the log stays and the next start reads it */
	}
	int rc = sqlite3_close(c->db);
	if (rc != SQLITE_OK)
		BUG("SQLite %d closing: a statement is still open", rc);
	if (c->lock_fd >= 0)
		close(c->lock_fd);
	mem_free(c);
}

/* --- statements */

static enum err sqlite_prepare(void *conn, const char *sql, bool keep, struct db_prepared *out)
{
	struct sqlite_conn *c = conn;
	sqlite3_stmt *s = NULL;
	const char *tail = "";
	int rc = sqlite3_prepare_v3(c->db, sql, -1, keep ? SQLITE_PREPARE_PERSISTENT : 0, &s, &tail);
	if (rc != SQLITE_OK)
		return classify(c, rc, sql);
	if (!s || *tail)
		BUG("exactly one statement is wanted: %s", sql);
	*out = (struct db_prepared){
		.handle = s,
		.params = sqlite3_bind_parameter_count(s),
		.columns = sqlite3_column_count(s),
		.reads_only = sqlite3_stmt_readonly(s) != 0,
	};
	return ERR_OK;
}

static void sqlite_finalize(void *conn, void *stmt)
{
	(void)conn;
	sqlite3_finalize(stmt);
}

static enum err bound(int rc)
{
	if (rc == SQLITE_OK)
		return ERR_OK;
	if (rc == SQLITE_TOOBIG)
		return ERR_TOO_LARGE;
	if (rc == SQLITE_NOMEM)
		return ERR_NOMEM;
	BUG("SQLite %d binding a parameter", rc);
}

static enum err sqlite_bind_int(void *stmt, int at, int64_t v)
{
	return bound(sqlite3_bind_int64(stmt, at, v));
}

static enum err sqlite_bind_null(void *stmt, int at)
{
	return bound(sqlite3_bind_null(stmt, at));
}

static enum err sqlite_bind_bytes(void *stmt, int at, struct str v, bool text, bool copy)
{
	const char *p = v.n ? v.p : ""; /* a NULL pointer would bind NULL */
	sqlite3_destructor_type life = copy ? SQLITE_TRANSIENT : SQLITE_STATIC;
	return bound(text ? sqlite3_bind_text64(stmt, at, p, v.n, life, SQLITE_UTF8) : sqlite3_bind_blob64(stmt, at, p, v.n, life));
}

static enum err sqlite_step(void *conn, void *stmt, bool *row_out, bool *unique_out)
{
	int rc = sqlite3_step(stmt);
	*row_out = rc == SQLITE_ROW;
	if (rc == SQLITE_ROW || rc == SQLITE_DONE)
		return ERR_OK;
	if (unique_out && (rc == SQLITE_CONSTRAINT_UNIQUE || rc == SQLITE_CONSTRAINT_PRIMARYKEY || rc == SQLITE_CONSTRAINT_ROWID)) {
		*unique_out = true;
		return ERR_OK;
	}
	return classify(conn, rc, sqlite3_sql(stmt));
}

static void sqlite_reset(void *stmt)
{
	(void)sqlite3_reset(stmt); /* repeats what step said */
}

static int64_t sqlite_column_int(void *stmt, int column)
{
	return sqlite3_column_int64(stmt, column);
}

static bool sqlite_column_null(void *stmt, int column)
{
	return sqlite3_column_type(stmt, column) == SQLITE_NULL;
}

static struct str sqlite_column_bytes(void *stmt, int column)
{
	const void *p = sqlite3_column_blob(stmt, column);
	return str_n(p, p ? (size_t)sqlite3_column_bytes(stmt, column) : 0);
}

static int64_t sqlite_changes(void *conn)
{
	struct sqlite_conn *c = conn;
	return sqlite3_changes64(c->db);
}

/* --- transactions and upkeep */

static enum err sqlite_control(void *conn, enum db_control what)
{
	struct sqlite_conn *c = conn;
	const char *sql = control_sql[c->mode][what];
	int rc = SQLITE_OK;
	if (!c->control[what])
		rc = sqlite3_prepare_v3(c->db, sql, -1, SQLITE_PREPARE_PERSISTENT, &c->control[what], NULL);
	if (rc == SQLITE_OK) {
		rc = sqlite3_step(c->control[what]);
		(void)sqlite3_reset(c->control[what]);
	}
	/* Whether the last page of the commit reached the log is unknown now; only a new start, which reads the log, can tell. */
	if (what == DB_COMMIT && c->mode == DB_WRITER && (rc & 0xff) == SQLITE_IOERR && rc != SQLITE_IOERR_NOMEM)
		db_fatal("COMMIT", rc, sqlite3_errmsg(c->db));
	return classify(c, rc, sql);
}

static bool sqlite_in_tx(void *conn)
{
	struct sqlite_conn *c = conn;
	return sqlite3_get_autocommit(c->db) == 0;
}

static enum err sqlite_script(void *conn, const char *sql, char **why_out)
{
	struct sqlite_conn *c = conn;
	char *why = NULL;
	int rc = sqlite3_exec(c->db, sql, NULL, NULL, &why);
	int primary = rc & 0xff;
	bool its_own_fault =
		primary == SQLITE_ERROR || primary == SQLITE_CONSTRAINT || primary == SQLITE_MISMATCH || primary == SQLITE_AUTH;
	if (its_own_fault && why)
		*why_out = mem_dup(why, strlen(why));
	sqlite3_free(why);
	return its_own_fault ? ERR_REFUSED : classify(c, rc, "script");
}

static enum err sqlite_has_tables(void *conn, bool *out)
{
	struct sqlite_conn *c = conn;
	sqlite3_stmt *s = NULL;
	const char *sql =
		"SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name <> 'migration' AND name NOT LIKE 'sqlite%' LIMIT 1";
	int rc = sqlite3_prepare_v2(c->db, sql, -1, &s, NULL);
	if (rc == SQLITE_OK)
		rc = sqlite3_step(s);
	*out = rc == SQLITE_ROW;
	sqlite3_finalize(s);
	return classify(c, rc, sql);
}

static bool sqlite_upkeep_due(void *conn, enum db_upkeep kind)
{
	const struct sqlite_conn *c = conn;
	return c->mode == DB_WRITER && c->wal_pages - c->wal_folded >= (kind == DB_UPKEEP_IDLE ? 1 : CHECKPOINT_PAGES);
}

static enum err sqlite_upkeep(void *conn, enum db_upkeep kind)
{
	struct sqlite_conn *c = conn;
	if (!sqlite_upkeep_due(c, kind))
		return ERR_OK;
	bool wait = c->wal_pages >= CHECKPOINT_WAIT_PAGES;
	if (wait)
		sqlite3_busy_timeout(c->db, CHECKPOINT_WAIT_MS);
	int rc = sqlite3_wal_checkpoint_v2(c->db, NULL, wait ? SQLITE_CHECKPOINT_RESTART : SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
	if (wait)
		sqlite3_busy_timeout(c->db, BUSY_MS);
	c->wal_folded =
		c->wal_pages; /* also after a failure: the next try comes with the next CHECKPOINT_PAGES, not with every commit */
	if (rc == SQLITE_BUSY || rc == SQLITE_LOCKED)
		return ERR_OK; /* a reader is in the way; what could be folded in is */
	enum err e = classify(c, rc, "checkpoint");
	if (e)
		LOG(LOG_LEVEL_WARN, "db.checkpoint_failed", LOG_FZ("err", err_name(e)), LOG_FI("wal_pages", c->wal_pages));
	return e;
}

/* --- backup */

static int copy_pages(sqlite3 *from, const char *to)
{
	sqlite3 *dest = NULL;
	int rc = sqlite3_open_v2(to, &dest, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, NULL);
	/* The copy has no readers and is thrown away on failure: no journal, one fsync at its end. */
	if (rc == SQLITE_OK)
		rc = sqlite3_exec(dest, "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF", NULL, NULL, NULL);
	if (rc == SQLITE_OK) {
		sqlite3_backup *b = sqlite3_backup_init(dest, "main", from, "main");
		/* All pages in one step are one read snapshot: the writer goes on and the copy never starts over. */
		rc = b ? sqlite3_backup_step(b, -1) : sqlite3_errcode(dest);
		int end = sqlite3_backup_finish(b);
		rc = rc == SQLITE_DONE ? end : rc;
	}
	int closed = sqlite3_close(dest);
	return rc == SQLITE_OK ? closed : rc;
}

static enum err sync_file(const char *path)
{
	int fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return ERR_IO;
	int rc = fsync(fd);
	int saved = errno;
	close(fd);
	errno = saved;
	return rc ? ERR_IO : ERR_OK;
}

static enum err sqlite_backup(const char *url, const char *to_file)
{
	void *conn = NULL;
	enum err e = sqlite_open(&conn, url, DB_READER);
	if (e)
		return e;
	struct sqlite_conn *c = conn;
	char *part = with_suffix(to_file, ".part");
	(void)unlink(part);
	e = create_private(part);
	if (!e)
		e = classify(c, copy_pages(c->db, part), "backup");
	if (!e)
		e = sync_file(part);
	if (!e && rename(part, to_file) != 0)
		e = ERR_IO;
	if (!e)
		e = sync_dir_of(to_file);
	if (e) {
		LOG(LOG_LEVEL_ERROR, "db.backup_failed", LOG_FZ("file", to_file), LOG_FZ("err", err_name(e)),
			LOG_FI("errno", errno));
		(void)unlink(part);
	}
	mem_free(part);
	sqlite_close(c);
	return e;
}

const struct db_driver db_sqlite = {
	.open = sqlite_open,
	.close = sqlite_close,
	.prepare = sqlite_prepare,
	.finalize = sqlite_finalize,
	.bind_int = sqlite_bind_int,
	.bind_null = sqlite_bind_null,
	.bind_bytes = sqlite_bind_bytes,
	.step = sqlite_step,
	.reset = sqlite_reset,
	.column_int = sqlite_column_int,
	.column_null = sqlite_column_null,
	.column_bytes = sqlite_column_bytes,
	.changes = sqlite_changes,
	.control = sqlite_control,
	.in_tx = sqlite_in_tx,
	.script = sqlite_script,
	.has_tables = sqlite_has_tables,
	.upkeep_due = sqlite_upkeep_due,
	.upkeep = sqlite_upkeep,
	.backup = sqlite_backup,
};
