/* SPDX-License-Identifier: Apache-2.0
 *
 * The limit that ingest is measured against: one thread, one SQLite connection, the statements of a posted message on a copy of the
 * same store, GROUP messages a transaction, synchronous=FULL. No rights, no JSON, no sockets, nobody to deliver to.
 *
 *   limit_ingest STORE.sqlite PLACES GROUP SECONDS     PLACES: lines "person chat"
 */
#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define PLACES_MAX 100000

static sqlite3 *db;
static struct { long person, chat; } places[PLACES_MAX];

static double now_s(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void must(int rc)
{
	if (rc == SQLITE_OK || rc == SQLITE_DONE || rc == SQLITE_ROW)
		return;
	fprintf(stderr, "limit_ingest: %s\n", sqlite3_errmsg(db));
	exit(1);
}

static sqlite3_stmt *prepare(const char *sql)
{
	sqlite3_stmt *s;
	must(sqlite3_prepare_v3(db, sql, -1, SQLITE_PREPARE_PERSISTENT, &s, NULL));
	return s;
}

static void run(sqlite3_stmt *s)
{
	must(sqlite3_step(s));
	sqlite3_reset(s);
}

int main(int argc, char **argv)
{
	if (argc != 5)
		return 2;
	size_t count = 0;
	char line[64], text[301];
	FILE *f = fopen(argv[2], "r");
	while (f && count < PLACES_MAX && fgets(line, sizeof line, f)) {
		char *end;
		places[count].person = strtol(line, &end, 10);
		places[count++].chat = strtol(end, NULL, 10);
	}
	long group = strtol(argv[3], NULL, 10), seconds = strtol(argv[4], NULL, 10);
	if (!count || group < 1 || seconds < 1)
		return 2;
	memset(text, 'a', 300);
	must(sqlite3_open(argv[1], &db));
	must(sqlite3_exec(db, "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA wal_autocheckpoint=4000; PRAGMA mmap_size=0; "
		"PRAGMA foreign_keys=ON; PRAGMA cache_size=-65536", NULL, NULL, NULL));
	sqlite3_stmt *begin = prepare("BEGIN IMMEDIATE"), *commit = prepare("COMMIT");
	sqlite3_stmt *bump = prepare("UPDATE chat SET head = head + 1, message_count = message_count + 1,"
		" reader2_person = CASE WHEN reader1_person = ?3 THEN reader2_person ELSE reader1_person END,"
		" reader2_seq = CASE WHEN reader1_person = ?3 THEN reader2_seq ELSE reader1_seq END,"
		" reader1_person = ?3, reader1_seq = head + 1 WHERE id = ?1 AND org_id = ?2 RETURNING head, message_count");
	sqlite3_stmt *insert = prepare("INSERT INTO message (org_id, chat_id, seq, number, sender_id, client_id, created_at, text)"
		" VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)");
	sqlite3_stmt *mark = prepare("UPDATE chat_member SET read_seq = ?4, read_count = ?5, posted = posted + 1"
		" WHERE chat_id = ?1 AND person_id = ?2 AND org_id = ?3");
	uint64_t id[2] = {0, (uint64_t)time(NULL)};
	long done = 0;
	double start = 0, end = now_s() + 1 + (double)seconds;
	bool warm = false;
	for (size_t next = 0; now_s() < end;) {
		if (!warm && now_s() > end - (double)seconds) { /* the first second only warms the cache */
			warm = true;
			start = now_s();
			done = 0;
		}
		run(begin);
		for (long i = 0; i < group; i++, next = (next + 1) % count) {
			long person = places[next].person, chat = places[next].chat;
			sqlite3_bind_int64(bump, 1, chat);
			sqlite3_bind_int64(bump, 2, 1);
			sqlite3_bind_int64(bump, 3, person);
			must(sqlite3_step(bump));
			sqlite3_int64 seq = sqlite3_column_int64(bump, 0), number = sqlite3_column_int64(bump, 1);
			must(sqlite3_step(bump));
			sqlite3_reset(bump);
			id[0] = id[0] * 6364136223846793005u + 1442695040888963407u;
			sqlite3_bind_int64(insert, 1, 1);
			sqlite3_bind_int64(insert, 2, chat);
			sqlite3_bind_int64(insert, 3, seq);
			sqlite3_bind_int64(insert, 4, number);
			sqlite3_bind_int64(insert, 5, person);
			sqlite3_bind_blob(insert, 6, id, 16, SQLITE_STATIC);
			sqlite3_bind_int64(insert, 7, 1760000000000);
			sqlite3_bind_text(insert, 8, text, 300, SQLITE_STATIC);
			run(insert);
			sqlite3_bind_int64(mark, 1, chat);
			sqlite3_bind_int64(mark, 2, person);
			sqlite3_bind_int64(mark, 3, 1);
			sqlite3_bind_int64(mark, 4, seq);
			sqlite3_bind_int64(mark, 5, number);
			run(mark);
		}
		run(commit);
		done += group;
	}
	printf("{\"per_s\":%.0f}\n", (double)done / (now_s() - start));
	return 0;
}
