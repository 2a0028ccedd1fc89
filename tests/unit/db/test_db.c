/* SPDX-License-Identifier: Apache-2.0
 *
 * One connection: binding, rows, the cache of statements, transactions, savepoints, a full disk, the lock, backups.
 */
#include "scratch.h"

#include "base/log.h"
#include "base/mem.h"
#include "db/db_private.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>

static struct db *open_writer(void **state)
{
	struct scratch *s = *state;
	struct db *db;
	OK(db_open(&db, s->url, DB_WRITER));
	OK(db_run(db, "CREATE TABLE t(id INTEGER PRIMARY KEY, a BIGINT, b TEXT UNIQUE, c BLOB)", ""));
	return db;
}

static void binds_every_type(void **state)
{
	struct db *db = open_writer(state);
	struct arena *a = arena_new(1 << 20);
	OK(db_run(db, "INSERT INTO t VALUES(?1, ?2, ?3, ?4)", "iisb", INT64_C(1), INT64_MIN, STR("звонок"), str_n("\0\1\2", 3)));
	assert_int_equal(db_changes(db), 1);
	OK(db_run(
		db, "INSERT INTO t VALUES(?1, ?2, ?3, ?4)", "ISnB", true, INT64_C(2), false, STR("unseen"), false, STR("unseen")));
	OK(db_run(db, "INSERT INTO t VALUES(?1, ?2, ?3, ?4)", "iISB", INT64_C(3), false, INT64_C(9), true, STR(""), true,
		str_n(NULL, 0)));

	struct rows r;
	db_query(db, &r, "SELECT a, b, c, typeof(b), typeof(c) FROM t ORDER BY id", "");
	assert_true(rows_next(&r));
	assert_int_equal(rows_int(&r, 0), INT64_MIN);
	struct str b = rows_str(&r, 1, a), c = rows_str(&r, 2, a);
	assert_true(rows_next(&r)); /* the copies outlive the row */
	assert_true(str_eq(b, STR("звонок")));
	assert_int_equal(c.n, 3);
	assert_memory_equal(c.p, "\0\1\2", 3);
	assert_true(rows_null(&r, 1));
	assert_int_equal(rows_str(&r, 1, NULL).n, 0);
	assert_true(rows_null(&r, 2));
	assert_true(rows_next(&r));
	assert_true(rows_null(&r, 0));
	assert_int_equal(rows_int(&r, 0), 0);
	assert_false(rows_null(&r, 1)); /* empty is not NULL */
	assert_true(str_eq(rows_str(&r, 3, NULL), STR("text")));
	assert_true(str_eq(rows_str(&r, 4, NULL), STR("blob")));
	assert_false(rows_next(&r));
	OK(rows_close(&r));
	OK(rows_close(&r));

	bool found;
	int64_t v;
	OK(db_int(db, &found, &v, "SELECT a FROM t WHERE id = ?1", "i", INT64_C(3)));
	assert_false(found);
	OK(db_int(db, &found, &v, "SELECT a FROM t WHERE id = ?1", "i", INT64_C(99)));
	assert_false(found);
	OK(db_int(db, &found, &v, "UPDATE t SET a = 41 WHERE id = ?1 RETURNING a + 1", "i", INT64_C(3)));
	assert_true(found);
	assert_int_equal(v, 42);
	assert_int_equal(number_of(db, "SELECT a FROM t WHERE id = 3"), 41);
	arena_free(&a);
	db_close(&db);
}

static void keeps_large_values_and_refuses_huge_ones(void **state)
{
	struct db *db = open_writer(state);
	size_t n = 5000000;
	char *p = mem_alloc(n);
	for (size_t i = 0; i < n; i++)
		p[i] = (char)('a' + i % 23);
	OK(db_run(db, "INSERT INTO t(id, b, c) VALUES(1, ?1, ?2)", "sb", str_n(p, n), str_n(p, n)));
	struct rows r;
	db_query(db, &r, "SELECT b, c FROM t", "");
	assert_true(rows_next(&r));
	assert_true(str_eq(rows_str(&r, 0, NULL), str_n(p, n)));
	assert_true(str_eq(rows_str(&r, 1, NULL), str_n(p, n)));
	OK(rows_close(&r));

	struct arena *small = arena_new(1000); /* a row that does not fit is an error, not a cut text */
	db_query(db, &r, "SELECT b, c FROM t", "");
	assert_true(rows_next(&r));
	assert_int_equal(rows_str(&r, 0, small).n, 0);
	assert_false(rows_next(&r));
	assert_int_equal(rows_close(&r), ERR_NOMEM);
	arena_free(&small);
	mem_free(p);

	p = mem_alloc(65u << 20);
	memset(p, 'x', 65u << 20);
	assert_int_equal(db_run(db, "INSERT INTO t(id, b) VALUES(2, ?1)", "s", str_n(p, 65u << 20)), ERR_TOO_LARGE);
	OK(db_run(db, "INSERT INTO t(id, b) VALUES(2, ?1)", "s", STR("fits")));
	mem_free(p);
	db_close(&db);
}

static int64_t depth_sum(struct db *db, int64_t parent)
{
	int64_t sum = 0;
	struct rows r;
	for (db_query(db, &r, "SELECT id FROM t WHERE a = ?1 ORDER BY id", "i", parent); rows_next(&r);)
		sum += rows_int(&r, 0) + depth_sum(db, rows_int(&r, 0)); /* the same literal while it is open */
	OK(rows_close(&r));
	return sum;
}

static void the_same_statement_nests(void **state)
{
	struct db *db = open_writer(state);
	for (int64_t i = 1; i <= 31; i++)
		OK(db_run(db, "INSERT INTO t(id, a) VALUES(?1, ?2)", "ii", i, i / 2));
	assert_int_equal(depth_sum(db, 0), 31 * 32 / 2);
	assert_int_equal(depth_sum(db, 0), 31 * 32 / 2);
	assert_null(db->open);
	db_close(&db);
}

static void query_copies_its_parameters(void **state)
{
	struct db *db = open_writer(state);
	OK(db_run(db, "INSERT INTO t(id, b) VALUES(1, 'x1'), (2, 'x2')", ""));
	char text[] = "x";
	struct rows r;
	db_query(db, &r, "SELECT id FROM t WHERE b LIKE ?1 || '%' ORDER BY id", "s", str_n(text, 1));
	text[0] = '?';
	assert_true(rows_next(&r));
	assert_true(rows_next(&r));
	assert_false(rows_next(&r));
	OK(rows_close(&r));
	db_close(&db);
}

static void the_cache_is_bounded(void **state)
{
	struct db *db = open_writer(state);
	enum { N = DB_STATEMENTS_MAX * 3 };
	static char sql[N][48];
	struct rows held; /* an open statement is not evicted under its rows */
	OK(db_run(db, "INSERT INTO t(id, a) VALUES(1, 7), (2, 8)", ""));
	db_query(db, &held, "SELECT a FROM t ORDER BY id", "");
	assert_true(rows_next(&held));
	for (int round = 0; round < 2; round++)
		for (int i = 0; i < N; i++) {
			(void)snprintf(sql[i], sizeof sql[i], "SELECT %d + a FROM t WHERE id = 1", i);
			assert_int_equal(number_of(db, sql[i]), i + 7);
			assert_true(db->cached <= DB_STATEMENTS_MAX);
		}
	assert_int_equal(db->cached, DB_STATEMENTS_MAX);
	size_t found = 0;
	for (size_t i = 0; i < DB_SLOTS; i++)
		found += db->slots[i] != NULL;
	assert_int_equal(found, DB_STATEMENTS_MAX);
	assert_true(rows_next(&held));
	assert_int_equal(rows_int(&held, 0), 8);
	OK(rows_close(&held));
	/* The latest half is still there: no statement is prepared for it again. */
	struct statement *kept[DB_STATEMENTS_MAX / 2];
	size_t n = 0;
	for (int i = N - DB_STATEMENTS_MAX / 2; i < N; i++)
		for (size_t k = 0; k < DB_SLOTS; k++)
			if (db->slots[k] && db->slots[k]->sql == sql[i])
				kept[n++] = db->slots[k];
	assert_int_equal(n, DB_STATEMENTS_MAX / 2);
	for (int i = N - DB_STATEMENTS_MAX / 2; i < N; i++)
		assert_int_equal(number_of(db, sql[i]), i + 7);
	size_t same = 0;
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < DB_SLOTS; k++)
			same += db->slots[k] == kept[i];
	assert_int_equal(same, n);
	db_close(&db);
}

static void unique_is_told_and_the_statement_lives_on(void **state)
{
	struct db *db = open_writer(state);
	bool inserted;
	OK(db_run_unique(db, &inserted, "INSERT INTO t(id, b) VALUES(?1, ?2)", "is", INT64_C(1), STR("a")));
	assert_true(inserted);
	OK(db_begin(db));
	OK(db_run_unique(db, &inserted, "INSERT INTO t(id, b) VALUES(?1, ?2)", "is", INT64_C(2), STR("a")));
	assert_false(inserted);
	OK(db_run_unique(db, &inserted, "INSERT INTO t(id, b) VALUES(?1, ?2)", "is", INT64_C(1), STR("b")));
	assert_false(inserted);
	OK(db_run_unique(db, &inserted, "INSERT INTO t(id, b) VALUES(?1, ?2)", "is", INT64_C(2), STR("b")));
	assert_true(inserted);
	OK(db_commit(db));
	assert_int_equal(number_of(db, "SELECT count(*) FROM t"), 2);
	db_close(&db);
}

static void transactions_and_savepoints(void **state)
{
	struct db *db = open_writer(state);
	OK(db_begin(db));
	OK(db_run(db, "INSERT INTO t(id) VALUES(1)", ""));
	db_rollback(db);
	assert_int_equal(number_of(db, "SELECT count(*) FROM t"), 0);

	OK(db_begin(db));
	OK(db_run(db, "INSERT INTO t(id) VALUES(?1)", "i", INT64_C(1)));
	OK(db_savepoint(db));
	OK(db_run(db, "INSERT INTO t(id) VALUES(?1)", "i", INT64_C(2)));
	OK(db_savepoint(db));
	OK(db_run(db, "INSERT INTO t(id) VALUES(?1)", "i", INT64_C(4)));
	OK(db_savepoint_release(db));
	db_savepoint_rollback(db); /* takes what the inner one released with it */
	OK(db_savepoint(db));
	OK(db_run(db, "INSERT INTO t(id) VALUES(?1)", "i", INT64_C(8)));
	OK(db_savepoint(db));
	OK(db_run(db, "INSERT INTO t(id) VALUES(?1)", "i", INT64_C(16)));
	db_savepoint_rollback(db);
	OK(db_savepoint_release(db));
	OK(db_commit(db));
	assert_int_equal(number_of(db, "SELECT sum(id) FROM t"), 9);
	db_close(&db);
}

static int left_open_logged;
static void count_left_open(enum log_level level, struct str line)
{
	(void)level;
	left_open_logged += memmem(line.p, line.n, "rows_left_open", 14) != NULL;
}

static void rows_left_open_end_with_the_savepoint(void **state)
{
	struct db *db = open_writer(state);
	OK(db_run(db, "INSERT INTO t(id) VALUES(1), (2)", ""));
	log_set_sink(count_left_open);
	left_open_logged = 0;
	struct rows r;
	OK(db_begin(db));
	OK(db_savepoint(db));
	db_query(db, &r, "SELECT id FROM t", "");
	assert_true(rows_next(&r));
	db_savepoint_rollback(db);
	assert_null(db->open);
	OK(db_commit(db));
	log_set_sink(NULL);
	assert_int_equal(left_open_logged, 1);
	assert_int_equal(number_of(db, "SELECT count(*) FROM t"), 2);
	db_close(&db);
}

static void a_full_disk_is_an_error_and_heals(void **state)
{
	struct db *db = open_writer(state);
	struct str big = {.p = mem_alloc(1 << 20), .n = 1 << 20};
	OK(db_run(db, "INSERT INTO t(id) VALUES(1)", ""));
	forbid_growth(db);
	assert_int_equal(db_run(db, "INSERT INTO t(id, c) VALUES(2, ?1)", "b", big), ERR_FULL);
	OK(db_begin(db));
	OK(db_run(db, "UPDATE t SET a = 5 WHERE id = 1", ""));
	assert_int_equal(db_run(db, "INSERT INTO t(id, c) VALUES(2, ?1)", "b", big), ERR_FULL);
	if (!db_in_transaction(db)) /* the store gave it up: nothing may slip through as a transaction of its own */
		assert_int_equal(db_run(db, "UPDATE t SET a = 6 WHERE id = 1", ""), ERR_FULL);
	enum err e = db_commit(db);
	assert_true(e == ERR_FULL || e == ERR_OK);
	bool found;
	int64_t a;
	OK(db_int(db, &found, &a, "SELECT a FROM t WHERE id = 1", ""));
	assert_true(e ? !found : found && a == 5);
	allow_growth(db);
	OK(db_run(db, "INSERT INTO t(id, c) VALUES(2, ?1)", "b", big));
	assert_int_equal(number_of(db, "SELECT count(*) FROM t"), 2);
	mem_free((void *)(uintptr_t)big.p);
	db_close(&db);
}

static void readers_see_commits_only(void **state)
{
	struct scratch *s = *state;
	struct db *reader, *db;
	assert_int_equal(db_open(&reader, s->url, DB_READER), ERR_IO); /* a reader makes no store */
	db = open_writer(state);
	OK(db_open(&reader, s->url, DB_READER));
	OK(db_begin(db));
	OK(db_run(db, "INSERT INTO t(id) VALUES(1)", ""));
	assert_int_equal(number_of(reader, "SELECT count(*) FROM t"), 0);
	OK(db_commit(db));
	OK(db_begin(reader));
	assert_int_equal(number_of(reader, "SELECT count(*) FROM t"), 1);
	OK(db_run(db, "INSERT INTO t(id) VALUES(2)", ""));
	assert_int_equal(number_of(reader, "SELECT count(*) FROM t"), 1); /* its snapshot */
	OK(db_commit(reader));
	assert_int_equal(number_of(reader, "SELECT count(*) FROM t"), 2);
	assert_int_equal(number_of(reader, "PRAGMA query_only"), 1);
	assert_int_equal(number_of(reader, "PRAGMA wal_autocheckpoint"), 0);
	assert_int_equal(number_of(db, "PRAGMA synchronous"), 2);
	assert_int_equal(number_of(db, "PRAGMA foreign_keys"), 1);
	assert_int_equal(number_of(db, "PRAGMA trusted_schema"), 0);
	assert_int_equal(number_of(db, "PRAGMA busy_timeout"), 5000);
	db_close(&reader);
	db_close(&db);
}

static void the_store_is_private_and_locked(void **state)
{
	struct scratch *s = *state;
	mode_t old = umask(0);
	struct db *db = open_writer(state), *second;
	umask(old);
	static const char *const suffix[] = {"", "-wal", "-shm", ".lock"};
	for (size_t i = 0; i < 4; i++) {
		char path[128];
		struct stat st;
		(void)snprintf(path, sizeof path, "%s%s", s->url, suffix[i]);
		assert_int_equal(stat(path, &st), 0);
		assert_int_equal(st.st_mode & 0777, 0600);
	}
	assert_int_equal(db_open(&second, s->url, DB_WRITER), ERR_BUSY);
	assert_null(second);
	pid_t child = fork();
	if (child == 0)
		_exit(db_open(&second, s->url, DB_WRITER) == ERR_BUSY ? 0 : 1);
	int status;
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	db_close(&db);
	OK(db_open(&second, s->url, DB_WRITER));
	db_close(&second);
}

static void a_file_that_is_no_store_is_refused(void **state)
{
	struct scratch *s = *state;
	int fd = open(s->url, O_CREAT | O_WRONLY, 0600);
	for (int i = 0; i < 1000; i++)
		assert_int_equal(write(fd, "this is no store", 16), 16);
	close(fd);
	struct db *db;
	assert_int_equal(db_open(&db, s->url, DB_WRITER), ERR_IO);
	assert_int_equal(db_open(&db, "/nonexistent/folder/store", DB_WRITER), ERR_IO);
	assert_int_equal(db_open(&db, "postgres://host/name", DB_WRITER), ERR_IO);
}

static void backups_are_whole_while_the_writer_works(void **state)
{
	struct scratch *s = *state;
	struct db *db = open_writer(state), *copy;
	for (int64_t i = 0; i < 2000; i++)
		OK(db_run(db, "INSERT INTO t(a, c) VALUES(?1, zeroblob(500))", "i", i));
	OK(db_begin(db));
	OK(db_run(db, "DELETE FROM t WHERE a < 1000", "")); /* not committed: not in the copy */
	char to[128];
	(void)snprintf(to, sizeof to, "%s/copy.sqlite", s->dir);
	OK(db_backup(s->url, to));
	OK(db_commit(db));
	struct stat st;
	assert_int_equal(stat(to, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	OK(db_open(&copy, to, DB_WRITER));
	assert_int_equal(number_of(copy, "SELECT count(*) FROM t"), 2000);
	struct rows r;
	db_query(copy, &r, "PRAGMA integrity_check", "");
	assert_true(rows_next(&r));
	assert_true(str_eq(rows_str(&r, 0, NULL), STR("ok")));
	OK(rows_close(&r));
	db_close(&copy);
	OK(db_backup(s->url, to)); /* replaces it */
	OK(db_open(&copy, to, DB_READER));
	assert_int_equal(number_of(copy, "SELECT count(*) FROM t"), 1000);
	db_close(&copy);
	assert_int_equal(db_backup(s->url, "/nonexistent/folder/copy"), ERR_IO);
	db_close(&db);
}

static void the_log_is_folded_in(void **state)
{
	struct scratch *s = *state;
	struct db *db = open_writer(state);
	struct stat st;
	char wal[128];
	(void)snprintf(wal, sizeof wal, "%s-wal", s->url);
	for (int i = 0; i < 60; i++) { /* 60 times 4 MB */
		OK(db_begin(db));
		OK(db_run(
			db, "INSERT INTO t(id, c) VALUES(1, zeroblob(4000000)) ON CONFLICT(id) DO UPDATE SET c = excluded.c", ""));
		OK(db_commit(db));
	}
	assert_int_equal(stat(wal, &st), 0);
	assert_true(st.st_size < 40000000); /* it began anew again and again */
	assert_true(db_upkeep_due(db, DB_UPKEEP_IDLE));
	OK(db_upkeep(db, DB_UPKEEP_IDLE));
	assert_false(db_upkeep_due(db, DB_UPKEEP_IDLE));
	db_close(&db);
	assert_int_equal(stat(wal, &st), 0);
	assert_int_equal(st.st_size, 0);
}

/* --- what ends the process */

static void discard(enum log_level level, struct str line)
{
	(void)level, (void)line;
}

static void expect_abort(void (*wrong)(const char *url), const char *url)
{
	pid_t child = fork();
	if (child == 0) {
		log_set_sink(discard);
		int fd = open("/dev/null", O_WRONLY);
		dup2(fd, 2);
		wrong(url);
		_exit(0);
	}
	int status;
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
}

static void writes_on_a_reader(const char *url)
{
	struct db *db;
	if (db_open(&db, url, DB_READER) == ERR_OK)
		(void)!db_run(db, "INSERT INTO t(id) VALUES(1)", "");
}

static void too_few_parameters(const char *url)
{
	struct db *db;
	if (db_open(&db, url, DB_READER) == ERR_OK)
		(void)!db_run(db, "SELECT * FROM t WHERE id = ?1 AND a = ?2", "i", INT64_C(1));
}

static void unknown_column(const char *url)
{
	struct db *db;
	struct rows r;
	if (db_open(&db, url, DB_READER) != ERR_OK)
		return;
	db_query(db, &r, "SELECT count(*) FROM t", "");
	if (rows_next(&r))
		(void)rows_int(&r, 1);
}

static void sql_in_a_buffer(const char *url)
{
	struct db *db;
	char sql[64] = "SELECT count(*) FROM t";
	if (db_open(&db, url, DB_READER) != ERR_OK || db_run(db, sql, "") != ERR_OK)
		return;
	(void)snprintf(sql, sizeof sql, "SELECT max(id) FROM t");
	(void)!db_run(db, sql, "");
}

static void unexpected_duplicate(const char *url)
{
	struct db *db;
	if (db_open(&db, url, DB_WRITER) == ERR_OK && db_run(db, "INSERT INTO t(id) VALUES(1)", "") == ERR_OK)
		(void)!db_run(db, "INSERT INTO t(id) VALUES(1)", "");
}

static void reads_everything(const char *url)
{
	struct db *db;
	bool found;
	int64_t v;
	if (db_open(&db, url, DB_READER) == ERR_OK)
		(void)!db_int(db, &found, &v, "SELECT sum(length(c)) FROM t NOT INDEXED", "");
}

static void wrong_use_is_a_bug(void **state)
{
	struct scratch *s = *state;
	struct db *db = open_writer(state);
	db_close(&db);
	expect_abort(writes_on_a_reader, s->url);
	expect_abort(too_few_parameters, s->url);
	expect_abort(unknown_column, s->url);
	expect_abort(sql_in_a_buffer, s->url);
	expect_abort(unexpected_duplicate, s->url);
}

static void a_corrupt_page_ends_the_process(void **state)
{
	struct scratch *s = *state;
	struct db *db = open_writer(state);
	for (int64_t i = 0; i < 300; i++)
		OK(db_run(db, "INSERT INTO t(id, c) VALUES(?1, zeroblob(1000))", "i", i));
	db_close(&db);
	struct stat st;
	assert_int_equal(stat(s->url, &st), 0);
	char page[4096];
	memset(page, 0xa5, sizeof page);
	int fd = open(s->url, O_WRONLY);
	for (off_t at = 3 * 4096; at < st.st_size; at += 4096)
		assert_int_equal(pwrite(fd, page, sizeof page, at), 4096);
	close(fd);
	expect_abort(reads_everything, s->url);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, scratch_setup, scratch_teardown)
	const struct CMUnitTest tests[] = {
		T(binds_every_type),
		T(keeps_large_values_and_refuses_huge_ones),
		T(the_same_statement_nests),
		T(query_copies_its_parameters),
		T(the_cache_is_bounded),
		T(unique_is_told_and_the_statement_lives_on),
		T(transactions_and_savepoints),
		T(rows_left_open_end_with_the_savepoint),
		T(a_full_disk_is_an_error_and_heals),
		T(readers_see_commits_only),
		T(the_store_is_private_and_locked),
		T(a_file_that_is_no_store_is_refused),
		T(backups_are_whole_while_the_writer_works),
		T(the_log_is_folded_in),
		T(wrong_use_is_a_bug),
		T(a_corrupt_page_ends_the_process),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
