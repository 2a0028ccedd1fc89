/* SPDX-License-Identifier: Apache-2.0
 *
 * Migrations: what was applied is compared with what the program has, then the rest is applied, each in its own transaction, after
 * a copy of the store was made. Called once at start, on the writer, before anybody else uses the store.
 */
#include "db/db_private.h"

#include "base/log.h"
#include "base/mem.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>

#define CHECKSUM_TEXT 17

/* FNV-1a, 64 bits: tells an edited text from the applied one; nobody forges it. */
static struct str checksum(const char *sql, char out[CHECKSUM_TEXT])
{
	uint64_t h = 0xcbf29ce484222325u;
	for (const char *p = sql; *p; p++)
		h = (h ^ (unsigned char)*p) * 0x100000001b3u;
	(void)snprintf(out, CHECKSUM_TEXT, "%016llx", (unsigned long long)h);
	return str_n(out, CHECKSUM_TEXT - 1);
}

static enum err refused(const char *why, int64_t number, struct str name)
{
	LOG(LOG_LEVEL_ERROR, "db.migration_refused", LOG_FZ("why", why), LOG_FI("number", number), LOG_FS("name", name));
	return ERR_REFUSED;
}

static enum err compare_one(const struct migration *m, struct rows *r)
{
	char sum[CHECKSUM_TEXT];
	if (!str_eq(rows_str(r, 1, NULL), str_of(m->name)))
		return refused("an applied migration has another name now", m->number, rows_str(r, 1, NULL));
	if (!str_eq(rows_str(r, 2, NULL), checksum(m->sql, sum)))
		return refused("the text of an applied migration was changed", m->number, str_of(m->name));
	return ERR_OK;
}

/* Walks the applied rows and the list side by side, both ascending; marks in pending[] what is not applied. */
static enum err compare(struct db *db, const struct migration *list, size_t count, bool *pending)
{
	size_t i = 0;
	enum err verdict = ERR_OK;
	struct rows r;
	for (db_query(db, &r, "SELECT number, name, checksum FROM migration ORDER BY number", ""); !verdict && rows_next(&r);) {
		int64_t number = rows_int(&r, 0);
		for (; !verdict && i < count && list[i].number < number; i++) {
			pending[i] = true;
			if (list[i].number / DB_MIGRATIONS_PER_ROOM == number / DB_MIGRATIONS_PER_ROOM)
				verdict = refused(
					"a migration below an applied one of its room", list[i].number, str_of(list[i].name));
		}
		if (verdict)
			break;
		if (i == count || list[i].number != number)
			verdict = refused("the store was used by a newer program", number, rows_str(&r, 1, NULL));
		else
			verdict = compare_one(&list[i++], &r);
	}
	enum err e = rows_close(&r);
	for (; i < count; i++)
		pending[i] = true;
	return e ? e : verdict;
}

static enum err back_up(struct db *db, int number, const char *dir, int64_t now_ms)
{
	if (mkdir(dir, 0700) != 0 && errno != EEXIST) {
		LOG(LOG_LEVEL_ERROR, "db.backup_failed", LOG_FZ("file", dir), LOG_FI("errno", errno));
		return ERR_IO;
	}
	time_t seconds = (time_t)(now_ms / 1000);
	struct tm tm;
	char stamp[32];
	gmtime_r(&seconds, &tm);
	(void)strftime(stamp, sizeof stamp, "%Y%m%dT%H%M%SZ", &tm);
	size_t n = strlen(dir) + sizeof "/before-0000000000-.sqlite" + sizeof stamp;
	char *path = mem_alloc(n);
	(void)snprintf(path, n, "%s/before-%04d-%s.sqlite", dir, number, stamp);
	enum err e = db_backup(db->url, path);
	if (!e)
		LOG(LOG_LEVEL_INFO, "db.backup", LOG_FZ("file", path));
	mem_free(path);
	return e;
}

static enum err apply(struct db *db, const struct migration *m, int64_t now_ms)
{
	enum err e = db_begin(db);
	if (e)
		return e;
	char *why = NULL;
	char sum[CHECKSUM_TEXT];
	e = db->driver->script(db->conn, m->sql, &why);
	if (!e && !db_in_transaction(db))
		BUG("migration %d ends its transaction", m->number);
	if (!e)
		e = db_run(db, "INSERT INTO migration(number, name, checksum, applied_at) VALUES(?1, ?2, ?3, ?4)", "issi",
			(int64_t)m->number, str_of(m->name), checksum(m->sql, sum), now_ms);
	if (e)
		db_rollback(db);
	else
		e = db_commit(db);
	if (e)
		LOG(LOG_LEVEL_ERROR, "db.migration_failed", LOG_FI("number", m->number), LOG_FZ("name", m->name),
			LOG_FZ("err", err_name(e)), LOG_FZ("message", why ? why : ""));
	else
		LOG(LOG_LEVEL_INFO, "db.migrated", LOG_FI("number", m->number), LOG_FZ("name", m->name));
	mem_free(why);
	return e;
}

enum err db_migrate(struct db *db, const struct migration *list, size_t count, const char *backup_dir, int64_t now_ms)
{
	CHECK(db->mode == DB_WRITER);
	for (size_t i = 0; i < count; i++)
		CHECK(list[i].number > (i ? list[i - 1].number : 0));
	bool has_data = false;
	enum err e = db->driver->has_tables(db->conn, &has_data);
	if (!e)
		e = db_run(db,
			"CREATE TABLE IF NOT EXISTS migration(number BIGINT PRIMARY KEY, name TEXT NOT NULL, checksum TEXT NOT "
			"NULL, "
			"applied_at BIGINT NOT NULL)",
			"");
	bool *pending = mem_alloc(count + 1);
	if (!e)
		e = compare(db, list, count, pending);
	for (size_t i = 0; i < count && !e; i++) {
		if (!pending[i])
			continue;
		if (has_data) {
			e = back_up(db, list[i].number, backup_dir, now_ms);
			has_data = false; /* one copy, before the first */
		}
		if (!e)
			e = apply(db, &list[i], now_ms);
	}
	mem_free(pending);
	return e;
}
