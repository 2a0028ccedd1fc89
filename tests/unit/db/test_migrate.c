/* SPDX-License-Identifier: Apache-2.0
 *
 * Migrations: fresh, upgrade with its backup, killed in the middle, failing, and every kind of mismatch refused with nothing
 * changed.
 */
#include "scratch.h"

#include <signal.h>
#include <sqlite3.h>
#include <sys/wait.h>

static const struct migration list[] = {
	{1, "school", "CREATE TABLE school(id INTEGER PRIMARY KEY, name TEXT NOT NULL); CREATE INDEX school_name ON school(name);"},
	{2, "pupil",
		"CREATE TABLE pupil(id INTEGER PRIMARY KEY, school_id BIGINT NOT NULL REFERENCES school(id)); "
		"INSERT INTO school(id, name) VALUES(98, 'школа № 98');"},
	{5, "class", "ALTER TABLE pupil ADD COLUMN class TEXT; UPDATE pupil SET class = '7А';"},
};
#define NOW INT64_C(1757000000000) /* 2025-09-04 15:33:20 UTC */

static struct db *writer(struct scratch *s)
{
	struct db *db;
	OK(db_open(&db, s->url, DB_WRITER));
	return db;
}

static void fresh(void **state)
{
	struct scratch *s = *state;
	struct db *db = writer(s);
	OK(db_migrate(db, list, 3, s->backups, NOW));
	assert_int_equal(number_of(db, "SELECT count(*) FROM migration WHERE applied_at = 1757000000000"), 3);
	assert_int_equal(number_of(db, "SELECT id FROM school"), 98);
	OK(db_migrate(db, list, 3, s->backups, NOW + 5)); /* nothing to do */
	assert_int_equal(number_of(db, "SELECT count(*) FROM migration WHERE applied_at = 1757000000000"), 3);
	char path[512];
	assert_int_equal(scratch_only_file(s->backups, path, sizeof path), 0); /* an empty store needs no copy */
	db_close(&db);
}

static void upgrade_is_backed_up(void **state)
{
	struct scratch *s = *state;
	struct db *db = writer(s);
	OK(db_migrate(db, list, 2, s->backups, NOW));
	OK(db_run(db, "INSERT INTO pupil(id, school_id) VALUES(7, 98)", ""));
	OK(db_migrate(db, list, 3, s->backups, NOW));
	assert_int_equal(number_of(db, "SELECT count(*) FROM pupil WHERE class = '7А'"), 1);
	db_close(&db);

	char path[512];
	assert_int_equal(scratch_only_file(s->backups, path, sizeof path), 1);
	assert_non_null(strstr(path, "/before-0005-20250904T153320Z.sqlite"));
	OK(db_open(&db, path, DB_READER));
	assert_int_equal(number_of(db, "SELECT max(number) FROM migration"), 2);
	assert_int_equal(number_of(db, "SELECT id FROM pupil"), 7);
	assert_int_equal(number_of(db, "SELECT count(*) FROM pragma_table_info('pupil') WHERE name = 'class'"), 0);
	db_close(&db);
}

static void no_backup_no_migration(void **state)
{
	struct scratch *s = *state;
	struct db *db = writer(s);
	OK(db_migrate(db, list, 2, s->backups, NOW));
	assert_int_equal(db_migrate(db, list, 3, "/nonexistent/folder", NOW), ERR_IO);
	assert_int_equal(number_of(db, "SELECT max(number) FROM migration"), 2);
	db_close(&db);
}

static void one_that_fails_is_undone(void **state)
{
	struct scratch *s = *state;
	struct db *db = writer(s);
	struct migration bad[3] = {list[0], list[1], list[2]};
	bad[1].sql = "CREATE TABLE pupil(id INTEGER PRIMARY KEY); INSERT INTO school(id) VALUES(NULL);"; /* name is NOT NULL */
	assert_int_equal(db_migrate(db, bad, 3, s->backups, NOW), ERR_REFUSED);
	assert_int_equal(number_of(db, "SELECT count(*) FROM migration"), 1);
	assert_int_equal(number_of(db, "SELECT count(*) FROM sqlite_schema WHERE name = 'pupil'"), 0);
	bad[1].sql = "CREATE TABEL pupil(id)";
	assert_int_equal(db_migrate(db, bad, 3, s->backups, NOW), ERR_REFUSED);
	OK(db_migrate(db, list, 3, s->backups, NOW + 1000));
	assert_int_equal(number_of(db, "SELECT count(*) FROM migration"), 3);
	db_close(&db);
}

static void kill_now(sqlite3_context *context, int n, sqlite3_value **values)
{
	(void)context, (void)n, (void)values;
	raise(SIGKILL);
}

static int register_kill(sqlite3 *db, char **why, const void *api)
{
	(void)why, (void)api;
	return sqlite3_create_function(db, "kill_now", 0, SQLITE_UTF8, NULL, kill_now, NULL, NULL);
}

/* The second one makes its table, fills it beyond any cache, and the process dies before the third statement. */
static void killed_in_the_middle(void **state)
{
	struct scratch *s = *state;
	struct migration deadly[3] = {list[0], list[1], list[2]};
	deadly[1].sql = "CREATE TABLE pupil(id INTEGER PRIMARY KEY, x BLOB); WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + "
			"1 FROM c LIMIT 400) "
			"INSERT INTO pupil SELECT n, zeroblob(250000) FROM c; SELECT kill_now();";
	pid_t child = fork();
	if (child == 0) {
		sqlite3_auto_extension((void (*)(void))register_kill);
		struct db *db = NULL;
		if (db_open(&db, s->url, DB_WRITER) == ERR_OK)
			(void)!db_migrate(db, deadly, 3, s->backups, NOW);
		_exit(0);
	}
	int status;
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);

	struct db *db = writer(s); /* its lock died with it */
	assert_int_equal(number_of(db, "SELECT max(number) FROM migration"), 1);
	assert_int_equal(number_of(db, "SELECT count(*) FROM sqlite_schema WHERE name = 'pupil'"), 0);
	OK(db_migrate(db, list, 3, s->backups, NOW));
	assert_int_equal(number_of(db, "SELECT count(*) FROM migration"), 3);
	db_close(&db);
}

static void expect_refused(struct db *db, struct scratch *s, const struct migration *l, size_t n)
{
	char path[512];
	assert_int_equal(db_migrate(db, l, n, s->backups, NOW), ERR_REFUSED);
	assert_int_equal(number_of(db, "SELECT sum(number) FROM migration"), 8);
	assert_int_equal(scratch_only_file(s->backups, path, sizeof path), 0);
}

static void mismatches_are_refused(void **state)
{
	struct scratch *s = *state;
	struct db *db = writer(s);
	OK(db_migrate(db, list, 3, s->backups, NOW));
	struct migration l[4] = {list[0], list[1], list[2], {6, "next", "CREATE TABLE next(id INTEGER PRIMARY KEY)"}};
	expect_refused(db, s, l, 2); /* the store is newer */
	expect_refused(db, s, l, 0);
	l[1].name = "pupils"; /* renamed */
	expect_refused(db, s, l, 4);
	l[1] = list[1];
	l[0].sql = "CREATE TABLE school(id INTEGER PRIMARY KEY)"; /* edited */
	expect_refused(db, s, l, 4);
	l[0] = list[0];
	struct migration with_hole[] = {list[0], list[1], {4, "late", "CREATE TABLE late(id INTEGER PRIMARY KEY)"}, list[2]};
	expect_refused(db, s, with_hole, 4); /* below an applied one */
	struct migration unknown[] = {list[0], list[2]};
	expect_refused(db, s, unknown, 2);
	OK(db_migrate(db, l, 4, s->backups, NOW));
	db_close(&db);
}

/* A room's later migration comes after those of rooms with higher numbers that the store already has. */
static void rooms_grow_independently(void **state)
{
	struct scratch *s = *state;
	struct db *db = writer(s);
	const struct migration old[] = {
		{100, "a", "CREATE TABLE a(id INTEGER PRIMARY KEY)"}, {200, "b", "CREATE TABLE b(id INTEGER PRIMARY KEY)"}};
	const struct migration now[] = {
		old[0], {101, "a2", "ALTER TABLE a ADD COLUMN x BIGINT"}, old[1], {201, "b2", "ALTER TABLE b ADD COLUMN x BIGINT"}};
	const struct migration late[] = {
		old[0], {101, "a2", "ALTER TABLE a ADD COLUMN x BIGINT"}, {199, "a3", "SELECT 1"}, {200, "b", old[1].sql}};
	OK(db_migrate(db, old, 2, s->backups, NOW));
	OK(db_migrate(db, now, 4, s->backups, NOW));
	OK(db_migrate(db, now, 4, s->backups, NOW + 1000));
	assert_int_equal(number_of(db, "SELECT sum(number) FROM migration"), 602);
	assert_int_equal(number_of(db, "SELECT count(*) FROM pragma_table_info('a') WHERE name = 'x'"), 1);
	char path[512];
	assert_int_equal(scratch_only_file(s->backups, path, sizeof path), 1);
	assert_non_null(strstr(path, "/before-0101-"));
	assert_int_equal(db_migrate(db, late, 4, s->backups, NOW), ERR_REFUSED); /* 201 is unknown to it */
	assert_int_equal(number_of(db, "SELECT sum(number) FROM migration"), 602);
	db_close(&db);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, scratch_setup, scratch_teardown)
	const struct CMUnitTest tests[] = {
		T(fresh),
		T(upgrade_is_backed_up),
		T(no_backup_no_migration),
		T(one_that_fails_is_undone),
		T(killed_in_the_middle),
		T(mismatches_are_refused),
		T(rooms_grow_independently),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
