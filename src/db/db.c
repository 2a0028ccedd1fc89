/* SPDX-License-Identifier: Apache-2.0
 *
 * The store-neutral half of a connection: binding by varargs, the row cursor, the cache of prepared statements, transactions.
 * A struct db belongs to whoever opened it and to one thread at a time.
 */
#include "db/db_private.h"

#include "base/log.h"
#include "base/mem.h"

#include <stdlib.h>

static const struct db_driver *driver_of(const char *url)
{
	return str_starts(str_of(url), STR("postgres://")) ? NULL : &db_sqlite;
}

enum err db_open(struct db **out, const char *url, enum db_mode mode)
{
	*out = NULL;
	const struct db_driver *driver = driver_of(url);
	if (!driver) {
		LOG(LOG_LEVEL_ERROR, "db.no_driver", LOG_FZ("url", "postgres://"));
		return ERR_IO;
	}
	void *conn = NULL;
	enum err e = driver->open(&conn, url, mode);
	if (e)
		return e;
	struct db *db = mem_alloc(sizeof *db);
	db->driver = driver;
	db->conn = conn;
	db->mode = mode;
	db->url = mem_dup(url, strlen(url));
	*out = db;
	return ERR_OK;
}

static void statement_free(struct db *db, struct statement *s)
{
	db->driver->finalize(db->conn, s->prepared.handle);
	mem_free(s->text);
	mem_free(s);
}

/* Takes a statement that nobody gave back out of its half-read result. Its struct rows is gone or useless by now. */
static void statement_close(struct db *db, struct statement *s)
{
	db->driver->reset(s->prepared.handle);
	if (s->prev)
		s->prev->next = s->next;
	else
		db->open = s->next;
	if (s->next)
		s->next->prev = s->prev;
	s->prev = s->next = NULL;
	s->open = false;
	if (!s->cached)
		statement_free(db, s);
}

/* A handler that returned between db_query and rows_close must not hold the snapshot, or half a statement, for ever. */
static void close_left_open(struct db *db)
{
	while (db->open) {
		LOG(LOG_LEVEL_ERROR, "db.rows_left_open", LOG_FZ("sql", db->open->sql));
		statement_close(db, db->open);
	}
}

void db_close(struct db **db)
{
	struct db *d = *db;
	if (!d)
		return;
	*db = NULL;
	if (db_in_transaction(d))
		db_rollback(d);
	close_left_open(d);
	for (size_t i = 0; i < DB_SLOTS; i++)
		if (d->slots[i])
			statement_free(d, d->slots[i]);
	d->driver->close(d->conn);
	mem_free(d->url);
	mem_free(d);
}

_Noreturn void db_fatal(const char *what, int code, const char *detail)
{
	LOG(LOG_LEVEL_ERROR, "db.fatal", LOG_FZ("what", what), LOG_FI("code", code), LOG_FZ("detail", detail));
	abort();
}

/* --- the cache of statements */

static size_t slot_of(const char *sql)
{
	uint64_t h = (uint64_t)(uintptr_t)sql * 0x9e3779b97f4a7c15u;
	return (size_t)(h >> 32) & (DB_SLOTS - 1);
}

/* Where sql is, or the empty slot where it belongs. There always is one: the table is twice as large as the cache. */
static size_t slot_find(const struct db *db, const char *sql)
{
	size_t i = slot_of(sql);
	while (db->slots[i] && db->slots[i]->sql != sql)
		i = (i + 1) & (DB_SLOTS - 1);
	return i;
}

/* Empties a slot and moves up whatever would no longer be found past the hole. */
static void slot_clear(struct db *db, size_t hole)
{
	db->slots[hole] = NULL;
	db->cached--;
	for (size_t i = (hole + 1) & (DB_SLOTS - 1); db->slots[i]; i = (i + 1) & (DB_SLOTS - 1)) {
		size_t home = slot_of(db->slots[i]->sql);
		if (((i - home) & (DB_SLOTS - 1)) < ((i - hole) & (DB_SLOTS - 1)))
			continue;
		db->slots[hole] = db->slots[i];
		db->slots[i] = NULL;
		hole = i;
	}
}

/* Drops the statement that was not used for the longest time; false when all are open. */
static bool evict_one(struct db *db)
{
	size_t oldest = DB_SLOTS;
	for (size_t i = 0; i < DB_SLOTS; i++) {
		struct statement *s = db->slots[i];
		if (s && !s->open && (oldest == DB_SLOTS || s->used < db->slots[oldest]->used))
			oldest = i;
	}
	if (oldest == DB_SLOTS)
		return false;
	struct statement *s = db->slots[oldest];
	slot_clear(db, oldest);
	statement_free(db, s);
	return true;
}

static enum err statement_new(struct db *db, const char *sql, bool cached, struct statement **out)
{
	struct db_prepared prepared = {0};
	enum err e = db->driver->prepare(db->conn, sql, cached, &prepared);
	if (e)
		return e;
	struct statement *s = mem_alloc(sizeof *s);
	s->prepared = prepared;
	s->sql = sql;
	s->text = mem_dup(sql, strlen(sql));
	s->cached = cached;
	*out = s;
	return ERR_OK;
}

static enum err statement_take(struct db *db, const char *sql, struct statement **out)
{
	if (db->begun && !db_in_transaction(db))
		return db_lost(db); /* alone this statement would be a transaction of its own */
	struct statement *s = db->slots[slot_find(db, sql)];
	if (s && strcmp(s->text, sql) != 0)
		BUG("SQL must be a string literal, this address held another text before: %s", sql);
	if (!s || s->open) {
		bool cached = !s && (db->cached < DB_STATEMENTS_MAX || evict_one(db));
		enum err e = statement_new(db, sql, cached, &s);
		if (e)
			return e;
		if (cached) {
			db->slots[slot_find(db, sql)] = s;
			db->cached++;
		}
	}
	s->used = ++db->uses;
	s->open = true;
	s->next = db->open;
	if (s->next)
		s->next->prev = s;
	db->open = s;
	*out = s;
	return ERR_OK;
}

/* Steps, and remembers why the store gave the whole transaction up, so that whatever follows in it gets the same answer. */
static enum err step(struct db *db, struct statement *s, bool *row_out, bool *unique_out)
{
	enum err e = db->driver->step(db->conn, s->prepared.handle, row_out, unique_out);
	if (e && db->begun && !db->lost && !db_in_transaction(db))
		db->lost = e;
	return e;
}

/* --- binding */

static enum err bind_one(struct db *db, void *handle, int at, char type, va_list *ap, bool copy)
{
	bool present = type == 'n' ? false : true;
	if (type == 'I' || type == 'S' || type == 'B')
		present = va_arg(*ap, int) != 0;
	switch (type) {
	case 'n':
		break;
	case 'i':
	case 'I': {
		int64_t v = va_arg(*ap, int64_t);
		if (present)
			return db->driver->bind_int(handle, at, v);
		break;
	}
	case 's':
	case 'S':
	case 'b':
	case 'B': {
		struct str v = va_arg(*ap, struct str);
		if (present)
			return db->driver->bind_bytes(handle, at, v, type == 's' || type == 'S', copy);
		break;
	}
	default:
		BUG("unknown parameter type '%c'", type);
	}
	return db->driver->bind_null(handle, at);
}

/* Takes the statement and binds everything; on failure nothing stays taken. */
static enum err take_bound(struct db *db, const char *sql, const char *types, va_list *ap, bool copy, struct statement **out)
{
	struct statement *s = NULL;
	enum err e = statement_take(db, sql, &s);
	if (e)
		return e;
	int n = 0;
	for (; types[n] && !e; n++) {
		if (n >= s->prepared.params)
			BUG("more types \"%s\" than parameters in: %s", types, sql);
		e = bind_one(db, s->prepared.handle, n + 1, types[n], ap, copy);
	}
	if (e) {
		statement_close(db, s);
		return e;
	}
	if (n != s->prepared.params)
		BUG("fewer types \"%s\" than parameters in: %s", types, sql);
	*out = s;
	return ERR_OK;
}

/* A change is only whole when its statement ran to its end; a reader may stop where it likes. */
static enum err finish(struct db *db, struct statement *s)
{
	enum err e = ERR_OK;
	for (bool row = true; row && !e && !s->prepared.reads_only;)
		e = step(db, s, &row, NULL);
	return e;
}

static enum err run(struct db *db, const char *sql, const char *types, va_list *ap, bool *unique)
{
	struct statement *s = NULL;
	enum err e = take_bound(db, sql, types, ap, false, &s);
	if (e)
		return e;
	bool row = false;
	e = step(db, s, &row, unique);
	if (!e && row)
		e = finish(db, s);
	statement_close(db, s);
	return e;
}

enum err db_run(struct db *db, const char *sql, const char *types, ...)
{
	va_list ap;
	va_start(ap, types);
	enum err e = run(db, sql, types, &ap, NULL);
	va_end(ap);
	return e;
}

enum err db_run_unique(struct db *db, bool *inserted_out, const char *sql, const char *types, ...)
{
	bool unique = false;
	va_list ap;
	va_start(ap, types);
	enum err e = run(db, sql, types, &ap, &unique);
	va_end(ap);
	*inserted_out = !e && !unique;
	return e;
}

int64_t db_changes(const struct db *db)
{
	return db->driver->changes(db->conn);
}

enum err db_int(struct db *db, bool *found_out, int64_t *out, const char *sql, const char *types, ...)
{
	*found_out = false;
	*out = 0;
	struct statement *s = NULL;
	va_list ap;
	va_start(ap, types);
	enum err e = take_bound(db, sql, types, &ap, false, &s);
	va_end(ap);
	if (e)
		return e;
	CHECK(s->prepared.columns > 0);
	void *handle = s->prepared.handle;
	bool row = false;
	e = step(db, s, &row, NULL);
	if (!e && row) {
		bool found = !db->driver->column_null(handle, 0);
		int64_t v = found ? db->driver->column_int(handle, 0) : 0;
		e = finish(db, s);
		if (!e) {
			*found_out = found;
			*out = v;
		}
	}
	statement_close(db, s);
	return e;
}

/* --- rows */

void db_query(struct db *db, struct rows *r, const char *sql, const char *types, ...)
{
	*r = (struct rows){.db = db};
	struct statement *s = NULL;
	va_list ap;
	va_start(ap, types);
	r->err = take_bound(db, sql, types, &ap, true, &s);
	va_end(ap);
	r->stmt = s;
}

bool rows_next(struct rows *r)
{
	struct statement *s = r->stmt;
	r->row = false;
	if (!s || r->err)
		return false;
	r->err = step(r->db, s, &r->row, NULL);
	if (r->err)
		r->row = false;
	if (!r->row) { /* the snapshot is free at once, also when rows_close comes late */
		statement_close(r->db, s);
		r->stmt = NULL;
	}
	return r->row;
}

static void *cell(const struct rows *r, int column)
{
	struct statement *s = r->stmt;
	CHECK(s && r->row);
	if (column < 0 || column >= s->prepared.columns)
		BUG("column %d of %d in: %s", column, s->prepared.columns, s->sql);
	return s->prepared.handle;
}

int64_t rows_int(const struct rows *r, int column)
{
	return r->db->driver->column_int(cell(r, column), column);
}

bool rows_null(const struct rows *r, int column)
{
	return r->db->driver->column_null(cell(r, column), column);
}

struct str rows_str(struct rows *r, int column, struct arena *a)
{
	struct str v = r->db->driver->column_bytes(cell(r, column), column);
	if (!a || v.n == 0)
		return v.n ? v : STR("");
	struct str copy = arena_str(a, v);
	if (copy.n != v.n)
		r->err = ERR_NOMEM; /* rows_next ends, rows_close tells */
	return copy;
}

enum err rows_close(struct rows *r)
{
	struct statement *s = r->stmt;
	if (s) {
		if (!r->err && r->row)
			r->err = finish(r->db, s);
		statement_close(r->db, s);
	}
	r->stmt = NULL;
	r->row = false;
	return r->err;
}

/* --- transactions */

bool db_in_transaction(const struct db *db)
{
	return db->driver->in_tx(db->conn);
}

enum err db_lost(const struct db *db)
{
	if (!db->begun || db_in_transaction(db))
		return ERR_OK;
	return db->lost ? db->lost : ERR_IO;
}

bool db_upkeep_due(const struct db *db, enum db_upkeep kind)
{
	return db->driver->upkeep_due(db->conn, kind);
}

enum err db_upkeep(struct db *db, enum db_upkeep kind)
{
	return db->driver->upkeep(db->conn, kind);
}

enum err db_begin(struct db *db)
{
	CHECK(db->depth == 0 && !db->open);
	if (db_upkeep_due(db, DB_UPKEEP_DUE)) {
		enum err e = db_upkeep(db, DB_UPKEEP_DUE);
		if (e && e != ERR_FULL) /* without space the log cannot be folded in, but rows may still be deleted or read */
			return e;
	}
	enum err e = db->driver->control(db->conn, DB_BEGIN);
	db->begun = !e;
	db->lost = ERR_OK;
	return e;
}

static void roll_back_all(struct db *db)
{
	close_left_open(db);
	if (!db_in_transaction(db))
		return; /* the store did it, for instance when the disk was full */
	enum err e = db->driver->control(db->conn, DB_ROLLBACK);
	if (db_in_transaction(db))
		db_fatal("ROLLBACK left the transaction open", e, err_name(e));
}

enum err db_commit(struct db *db)
{
	close_left_open(db);
	enum err e = db_lost(db);
	if (!e)
		e = db->driver->control(db->conn, DB_COMMIT);
	if (e)
		roll_back_all(db);
	db->depth = 0;
	db->begun = false;
	return e;
}

void db_rollback(struct db *db)
{
	roll_back_all(db);
	db->depth = 0;
	db->begun = false;
}

enum err db_savepoint(struct db *db)
{
	enum err e = db_lost(db); /* without a transaction SAVEPOINT would begin one */
	if (!e)
		e = db->driver->control(db->conn, DB_SAVEPOINT);
	if (!e)
		db->depth++;
	return e;
}

static void savepoint_end(struct db *db)
{
	CHECK(db->depth > 0);
	if (db->depth-- == 1)
		close_left_open(db);
}

enum err db_savepoint_release(struct db *db)
{
	savepoint_end(db);
	enum err e = db_lost(db);
	return e ? e : db->driver->control(db->conn, DB_RELEASE);
}

void db_savepoint_rollback(struct db *db)
{
	savepoint_end(db);
	if (db_lost(db))
		return;
	enum err e = db->driver->control(db->conn, DB_ROLLBACK_TO);
	if (!e)
		e = db->driver->control(db->conn, DB_RELEASE);
	if (!e)
		return;
	/* Half a command must never be committed with the others: the whole transaction goes, and db_lost says why. */
	roll_back_all(db);
	db->lost = e;
}

enum err db_backup(const char *url, const char *to_file)
{
	const struct db_driver *driver = driver_of(url);
	return driver ? driver->backup(url, to_file) : ERR_REFUSED;
}
