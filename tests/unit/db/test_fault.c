/* SPDX-License-Identifier: Apache-2.0
 *
 * The store's files and memory fail at the N-th call, for every N. A failed fsync, and an I/O error in COMMIT, end the process
 * before anybody is told "done"; after any failure what was told as done is there and what was told as failed is not.
 */
#include "scratch.h"

#include "base/log.h"
#include "db/worker.h"

#include <pthread.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>

/* --- a files layer that is the real one, but for its N-th fsync or write */

enum fault { FAULT_NONE, FAULT_SYNC, FAULT_WRITE, FAULT_SPACE };

#define ROUNDS 4
#define EACH 6
#define ITEMS (ROUNDS * EACH)

/* Between the child that fails and the test that looks on. */
struct shared {
	_Atomic int told[ITEMS]; /* 0: nothing, 1: done, 2: failed */
	_Atomic int struck;      /* the fault has happened */
	_Atomic int done_after;  /* done(ERR_OK) after a failed fsync */
	_Atomic int finished;
};
static struct shared *shared;

static enum fault fault;
static atomic_int countdown;
static sqlite3_vfs layer;
static int (*real_open)(sqlite3_vfs *, const char *, sqlite3_file *, int, int *);
static const sqlite3_io_methods *real_methods[4];
static sqlite3_io_methods own_methods[4];

static const sqlite3_io_methods *real_of(sqlite3_file *f)
{
	return real_methods[f->pMethods - own_methods];
}

static bool strikes(enum fault kind)
{
	bool now = (fault == kind) && atomic_fetch_sub(&countdown, 1) == 1;
	if (now)
		atomic_store(&shared->struck, 1);
	return now;
}

static int own_sync(sqlite3_file *f, int flags)
{
	return strikes(FAULT_SYNC) ? SQLITE_IOERR_FSYNC : real_of(f)->xSync(f, flags);
}

static int own_write(sqlite3_file *f, const void *p, int n, sqlite3_int64 at)
{
	if (strikes(FAULT_WRITE))
		return SQLITE_IOERR_WRITE;
	return strikes(FAULT_SPACE) ? SQLITE_FULL : real_of(f)->xWrite(f, p, n, at);
}

static pthread_mutex_t opening = PTHREAD_MUTEX_INITIALIZER;
static int own_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *f, int flags, int *out)
{
	(void)vfs;
	int rc = real_open(sqlite3_vfs_find("unix"), name, f, flags, out);
	pthread_mutex_lock(&opening);
	for (size_t i = 0; rc == SQLITE_OK && f->pMethods && i < 4; i++) {
		if (real_methods[i] && real_methods[i] != f->pMethods)
			continue;
		if (!real_methods[i]) {
			own_methods[i] = *f->pMethods;
			own_methods[i].xSync = own_sync;
			own_methods[i].xWrite = own_write;
			real_methods[i] = f->pMethods;
		}
		f->pMethods = &own_methods[i];
		break;
	}
	pthread_mutex_unlock(&opening);
	return rc;
}

static void layer_install(void)
{
	layer = *sqlite3_vfs_find("unix");
	real_open = layer.xOpen;
	layer.zName = "failing";
	layer.xOpen = own_open;
	layer.pNext = NULL;
	sqlite3_vfs_register(&layer, 1);
}

/* --- what the child does */

struct item {
	struct job job;
	int n;
};

static enum err insert(struct job *j, struct db *db, int64_t now_ms)
{
	(void)now_ms;
	return db_run(db, "INSERT INTO t(id, body) VALUES(?1, zeroblob(3000))", "i", (int64_t)((struct item *)j)->n);
}

static void tell(struct job *j, enum err result)
{
	if (!result && fault == FAULT_SYNC && atomic_load(&shared->struck))
		atomic_store(&shared->done_after, 1);
	atomic_store(&shared->told[((struct item *)j)->n], result ? 2 : 1);
	atomic_fetch_add(&shared->finished, 1);
}

static void swallow(enum log_level level, struct str line)
{
	(void)level, (void)line;
}

static _Noreturn void child(const char *url, enum fault kind, int at)
{
	fault = kind;
	layer_install();
	const struct workers_config c = {.url = url, .readers = 1};
	struct workers *w;
	if (workers_start(&w, &c) != ERR_OK)
		_exit(3);
	atomic_store(&countdown, at); /* counted from here on */
	static struct item items[ITEMS];
	for (int r = 0; r < ROUNDS; r++) {
		for (int i = r * EACH; i < (r + 1) * EACH; i++) {
			items[i] = (struct item){.job = {.run = insert, .done = tell}, .n = i};
			if (workers_write(w, &items[i].job) != ERR_OK)
				_exit(4);
		}
		while (atomic_load(&shared->finished) < (r + 1) * EACH)
			usleep(100);
	}
	workers_stop(&w);
	_exit(0);
}

/* Lets one child run into the at-th failure. Returns whether there was one; *status_out as waitpid gives it. */
static bool strike(struct scratch *s, enum fault kind, int at, int *status_out)
{
	struct db *db;
	OK(db_open(&db, s->url, DB_WRITER));
	OK(db_run(db, "DROP TABLE IF EXISTS t", ""));
	OK(db_run(db, "CREATE TABLE t(id INTEGER PRIMARY KEY, body BLOB)", ""));
	db_close(&db);
	memset((void *)shared, 0, sizeof *shared);
	pid_t pid = fork();
	if (pid == 0)
		child(s->url, kind, at);
	assert_int_equal(waitpid(pid, status_out, 0), pid);

	OK(db_open(&db, s->url, DB_WRITER)); /* the next start, and what it finds */
	for (int i = 0; i < ITEMS; i++) {
		bool found;
		int64_t there;
		OK(db_int(db, &found, &there, "SELECT count(*) FROM t WHERE id = ?1", "i", (int64_t)i));
		int told = atomic_load(&shared->told[i]);
		if (told)
			assert_int_equal(there, told == 1);
	}
	db_close(&db);
	assert_int_equal(atomic_load(&shared->done_after), 0);
	return atomic_load(&shared->struck);
}

static void a_failed_fsync_ends_the_process(void **state)
{
	int n = 0;
	for (int at = 1;; at++) {
		int status;
		if (!strike(*state, FAULT_SYNC, at, &status)) {
			assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
			break;
		}
		assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
		n++;
	}
	assert_true(n >= ROUNDS + 2); /* every commit, and the log and the file in the last checkpoint */
}

static void a_failed_write_is_told_or_ends_the_process(void **state)
{
	int n = 0, ended = 0;
	for (int at = 1;; at++, n++) {
		int status;
		bool struck = strike(*state, FAULT_WRITE, at, &status);
		bool aborted = WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
		assert_true(aborted || (WIFEXITED(status) && WEXITSTATUS(status) == 0));
		if (!struck)
			break;
		ended += aborted;
	}
	assert_true(n > ITEMS && ended > 0);
}

static void a_disk_that_fills_up_ends_nothing(void **state)
{
	int n = 0;
	for (int at = 1;; at++, n++) {
		int status;
		bool struck = strike(*state, FAULT_SPACE, at, &status);
		assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
		if (!struck)
			break;
	}
	assert_true(n > ITEMS);
}

/* --- memory: SQLite's N-th allocation fails, once */

static sqlite3_mem_methods real_memory;
static uint64_t allocations, fail_at;
static void *failing_malloc(int n)
{
	return ++allocations == fail_at ? NULL : real_memory.xMalloc(n);
}
static void *failing_realloc(void *p, int n)
{
	return ++allocations == fail_at ? NULL : real_memory.xRealloc(p, n);
}

static enum err use_once(const char *url, int64_t *id)
{
	struct db *db;
	enum err e = db_open(&db, url, DB_WRITER);
	if (e)
		return e;
	e = db_begin(db);
	for (int i = 0; i < 3 && !e; i++) {
		if ((e = db_savepoint(db)))
			break;
		bool inserted = false, found;
		int64_t v;
		e = db_run_unique(db, &inserted, "INSERT INTO t(id, body) VALUES(?1, ?2)", "is", ++*id, STR("text"));
		if (!e)
			e = db_int(db, &found, &v, "UPDATE t SET body = body || 'x' WHERE id = ?1 RETURNING id", "i", *id);
		if (e)
			db_savepoint_rollback(db);
		else
			e = db_savepoint_release(db);
	}
	if (!e)
		e = db_commit(db);
	else
		db_rollback(db);
	struct rows r;
	for (db_query(db, &r, "SELECT body FROM t WHERE body LIKE ?1 ORDER BY body DESC LIMIT 50", "s", STR("te%")); rows_next(&r);)
		(void)rows_str(&r, 0, NULL);
	enum err read = rows_close(&r);
	db_close(&db);
	return e ? e : read;
}

static _Noreturn void memory_child(const char *url)
{
	sqlite3_config(SQLITE_CONFIG_GETMALLOC, &real_memory);
	sqlite3_mem_methods own = real_memory;
	own.xMalloc = failing_malloc;
	own.xRealloc = failing_realloc;
	sqlite3_config(SQLITE_CONFIG_MALLOC, &own);
	int64_t id = 0;
	if (use_once(url, &id) != ERR_OK) /* what is made once a process */
		_exit(2);
	int failed = 0;
	for (uint64_t n = 1;; n++) {
		allocations = 0;
		fail_at = n;
		enum err e = use_once(url, &id);
		bool struck = allocations >= n;
		fail_at = 0;
		if (e && e != ERR_NOMEM)
			_exit(10 + -e);
		failed += e == ERR_NOMEM;
		if (n % 16 == 0 && use_once(url, &id) != ERR_OK)
			_exit(3); /* and it works again */
		if (!struck)
			_exit(failed > 100 ? 0 : 4);
	}
}

static void every_allocation_of_the_store_may_fail(void **state)
{
	struct scratch *s = *state;
	pid_t pid = fork();
	if (pid == 0)
		memory_child(s->url);
	int status;
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
	struct db *db;
	OK(db_open(&db, s->url, DB_WRITER));
	assert_int_equal(number_of(db, "SELECT count(*) FROM t WHERE body <> 'textx'"), 0); /* none is half done */
	assert_int_equal(number_of(db, "SELECT count(*) % 3 FROM t"), 0);
	db_close(&db);
}

/* A process of its own makes the store: this one must not have used SQLite when memory_child sets its memory. */
static int store_setup(void **state)
{
	if (scratch_setup(state) != 0)
		return -1;
	struct scratch *s = *state;
	pid_t pid = fork();
	if (pid == 0) {
		struct db *db;
		if (db_open(&db, s->url, DB_WRITER) != ERR_OK)
			_exit(1);
		enum err e = db_run(db, "CREATE TABLE t(id INTEGER PRIMARY KEY, body TEXT)", "");
		db_close(&db);
		_exit(e ? 1 : 0);
	}
	int status;
	return waitpid(pid, &status, 0) == pid && status == 0 ? 0 : -1;
}

int main(void)
{
	shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED)
		return 1;
	log_set_sink(swallow);
#define T(f) cmocka_unit_test_setup_teardown(f, scratch_setup, scratch_teardown)
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(every_allocation_of_the_store_may_fail, store_setup, scratch_teardown),
		T(a_failed_fsync_ends_the_process),
		T(a_failed_write_is_told_or_ends_the_process),
		T(a_disk_that_fills_up_ends_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
