/* SPDX-License-Identifier: Apache-2.0
 *
 * A scratch folder for the store of one test, and what all tests of db/ repeat. One thread. Included first: it brings cmocka.
 */
#ifndef TESTS_DB_SCRATCH_H
#define TESTS_DB_SCRATCH_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "db/db.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define OK(call) assert_int_equal((call), ERR_OK)

struct scratch {
	char dir[64];
	char url[96];     /* dir/store.sqlite */
	char backups[96]; /* dir/backups */
};

static inline int scratch_setup(void **state)
{
	struct scratch *s = calloc(1, sizeof *s);
	(void)snprintf(s->dir, sizeof s->dir, "%s", "/tmp/zvonok-db-XXXXXX");
	if (!mkdtemp(s->dir))
		return -1;
	(void)snprintf(s->url, sizeof s->url, "%s/store.sqlite", s->dir);
	(void)snprintf(s->backups, sizeof s->backups, "%s/backups", s->dir);
	*state = s;
	return 0;
}

static inline void scratch_empty(const char *dir)
{
	DIR *d = opendir(dir);
	for (struct dirent *e; d && (e = readdir(d));) {
		char path[512];
		(void)snprintf(path, sizeof path, "%s/%s", dir, e->d_name);
		if (e->d_name[0] != '.')
			(void)unlink(path);
	}
	if (d)
		closedir(d);
	(void)rmdir(dir);
}

static inline int scratch_teardown(void **state)
{
	struct scratch *s = *state;
	scratch_empty(s->backups);
	scratch_empty(s->dir);
	free(s);
	return 0;
}

/* The one file in the folder; its path in out. Returns how many files there are. */
static inline int scratch_only_file(const char *dir, char *out, size_t size)
{
	int n = 0;
	DIR *d = opendir(dir);
	for (struct dirent *e; d && (e = readdir(d));) {
		if (e->d_name[0] == '.')
			continue;
		n++;
		(void)snprintf(out, size, "%s/%s", dir, e->d_name);
	}
	if (d)
		closedir(d);
	return n;
}

static inline int64_t number_of(struct db *db, const char *sql)
{
	bool found;
	int64_t v;
	OK(db_int(db, &found, &v, sql, ""));
	assert_true(found);
	return v;
}

/* Lets a statement fail for want of space from now on: the store may not grow. */
static inline void forbid_growth(struct db *db)
{
	struct rows r;
	/* SQLite raises the 1 to the present size */
	for (db_query(db, &r, "PRAGMA max_page_count = 1", ""); rows_next(&r);)
		continue;
	OK(rows_close(&r));
}

static inline void allow_growth(struct db *db)
{
	struct rows r;
	for (db_query(db, &r, "PRAGMA max_page_count = 1000000", ""); rows_next(&r);)
		continue;
	OK(rows_close(&r));
}

#endif
