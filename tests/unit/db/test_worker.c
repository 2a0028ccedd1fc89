/* SPDX-License-Identifier: Apache-2.0
 *
 * The workers: order, one job undone alone, nothing told before it is committed, readers, many submitters, a full queue, a full
 * disk.
 */
#include "scratch.h"

#include "db/worker.h"

#include <fcntl.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include <sys/stat.h>

struct bed { /* one store with its workers */
	struct scratch *s;
	struct workers *w;
	sqlite3 *eye; /* a connection beside the workers', that sees what is committed; used on the writer's thread */
	atomic_int batch_ends, finished;
};

struct item {
	struct job job; /* the first member */
	struct bed *b;
	int64_t n;
	enum err answer; /* what run() returns after its INSERT */
	enum err result;
	int64_t now_ms;
	int64_t seen; /* rows that another connection saw when done() was called */
	int order, batch_ends;
};

static int64_t rows_seen(struct bed *b)
{
	sqlite3_stmt *s;
	assert_int_equal(sqlite3_prepare_v2(b->eye, "SELECT count(*) FROM t", -1, &s, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_step(s), SQLITE_ROW);
	int64_t n = sqlite3_column_int64(s, 0);
	sqlite3_finalize(s);
	return n;
}

static enum err insert(struct job *j, struct db *db, int64_t now_ms)
{
	struct item *i = (struct item *)j;
	i->now_ms = now_ms;
	enum err e = db_run(db, "INSERT INTO t(id) VALUES(?1)", "i", i->n);
	return e ? e : i->answer;
}

static void note(struct job *j, enum err result)
{
	struct item *i = (struct item *)j;
	i->result = result;
	if (i->b->eye)
		i->seen = rows_seen(i->b);
	i->batch_ends = atomic_load(&i->b->batch_ends);
	i->order = atomic_load(&i->b->finished); /* only the writer's thread counts */
	atomic_fetch_add(&i->b->finished, 1);
}

static void batch_end(void *user)
{
	struct bed *b = user;
	atomic_fetch_add(&b->batch_ends, 1);
}

static void wait_for(struct bed *b, int finished)
{
	for (int ms = 0; atomic_load(&b->finished) < finished; ms++) {
		assert_true(ms < 60000);
		usleep(1000);
	}
}

static void bed_start(struct bed *b, void **state, int readers, bool eye)
{
	*b = (struct bed){.s = *state};
	struct db *db;
	OK(db_open(&db, b->s->url, DB_WRITER));
	OK(db_run(db, "CREATE TABLE t(id INTEGER PRIMARY KEY, who BIGINT, body BLOB)", ""));
	db_close(&db);
	const struct workers_config c = {.url = b->s->url, .readers = readers, .batch_end = batch_end, .user = b};
	OK(workers_start(&b->w, &c));
	if (eye) {
		assert_int_equal(sqlite3_open_v2(b->s->url, &b->eye, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
		sqlite3_busy_timeout(b->eye, 1000);
	}
}

static void bed_stop(struct bed *b)
{
	workers_stop(&b->w);
	sqlite3_close(b->eye);
}

static int64_t count_in_store(struct bed *b)
{
	struct db *db;
	OK(db_open(&db, b->s->url, DB_READER));
	int64_t n = number_of(db, "SELECT count(*) FROM t");
	db_close(&db);
	return n;
}

/* A job that holds the writer until it is told to go on, so that a known number of jobs waits behind it. */
struct gate {
	struct job job;
	struct bed *b;
	atomic_bool entered, open;
};
static enum err gate_run(struct job *j, struct db *db, int64_t now_ms)
{
	(void)db, (void)now_ms;
	struct gate *g = (struct gate *)j;
	atomic_store(&g->entered, true);
	while (!atomic_load(&g->open))
		usleep(200);
	return ERR_OK;
}
static void gate_done(struct job *j, enum err result)
{
	(void)result;
	atomic_fetch_add(&((struct gate *)j)->b->finished, 1);
}
static void gate_shut(struct gate *g, struct bed *b)
{
	*g = (struct gate){.job = {.run = gate_run, .done = gate_done}, .b = b};
	OK(workers_write(b->w, &g->job));
	while (!atomic_load(&g->entered))
		usleep(200);
}

static void group_commit_in_order_and_one_undone_alone(void **state)
{
	enum { N = DB_BATCH_MAX + 100 };
	struct bed b;
	bed_start(&b, state, 1, true);
	struct gate g;
	gate_shut(&g, &b);
	struct item *items = calloc(N, sizeof *items);
	for (int i = 0; i < N; i++) {
		items[i] = (struct item){
			.job = {.run = insert, .done = note}, .b = &b, .n = i + 1, .answer = i % 10 == 3 ? ERR_REFUSED : ERR_OK};
		OK(workers_write(b.w, &items[i].job));
	}
	struct workers_stats st;
	workers_stats(b.w, &st);
	assert_true(st.queue >= N);
	atomic_store(&g.open, true);
	wait_for(&b, N + 1);
	int kept[2] = {0, 0};
	for (int i = 0; i < N; i++)
		kept[i >= DB_BATCH_MAX] += items[i].answer == ERR_OK;
	for (int i = 0; i < N; i++) {
		bool second = i >= DB_BATCH_MAX;
		assert_int_equal(items[i].order, i + 1);
		assert_int_equal(items[i].result, items[i].answer);
		/* The whole batch is there for others, and no more than it, before the first of it is told; batch_end comes after
		 * its last. */
		assert_int_equal(items[i].seen, second ? kept[0] + kept[1] : kept[0]);
		assert_int_equal(items[i].batch_ends, second ? 2 : 1);
		assert_true(items[i].now_ms >= items[i ? i - 1 : 0].now_ms);
	}
	workers_stats(b.w, &st);
	assert_int_equal(st.jobs, N + 1);
	assert_int_equal(st.batches, 3);
	assert_int_equal(st.largest_batch, DB_BATCH_MAX);
	bed_stop(&b);
	assert_int_equal(atomic_load(&b.batch_ends), 3);
	assert_int_equal(count_in_store(&b), kept[0] + kept[1]);
	free(items);
}

/* A reader that is asked from done() sees what was just committed. */
struct asker {
	struct job job, read;
	struct bed *b;
	int64_t n, seen;
	enum err read_result;
};
static enum err asker_write(struct job *j, struct db *db, int64_t now_ms)
{
	(void)now_ms;
	struct asker *a = (struct asker *)j;
	return db_run(db, "INSERT INTO t(id) VALUES(?1)", "i", a->n);
}
static enum err asker_read(struct job *j, struct db *db, int64_t now_ms)
{
	(void)now_ms;
	struct asker *a = (struct asker *)((char *)j - offsetof(struct asker, read));
	bool found;
	return db_int(db, &found, &a->seen, "SELECT count(*) FROM t WHERE id = ?1", "i", a->n);
}
static void asker_read_done(struct job *j, enum err result)
{
	struct asker *a = (struct asker *)((char *)j - offsetof(struct asker, read));
	a->read_result = result;
	atomic_fetch_add(&a->b->finished, 1);
}
static void asker_written(struct job *j, enum err result)
{
	struct asker *a = (struct asker *)j;
	a->read_result = result;
	if (result || workers_read(a->b->w, &a->read) != ERR_OK)
		atomic_fetch_add(&a->b->finished, 1);
}

static void readers_see_what_done_told(void **state)
{
	enum { N = 2000 };
	struct bed b;
	bed_start(&b, state, 4, false);
	struct asker *all = calloc(N, sizeof *all);
	for (int i = 0; i < N; i++) {
		all[i] = (struct asker){.job = {.run = asker_write, .done = asker_written},
			.read = {.run = asker_read, .done = asker_read_done},
			.b = &b,
			.n = i};
		OK(workers_write(b.w, &all[i].job));
	}
	wait_for(&b, N);
	for (int i = 0; i < N; i++) {
		OK(all[i].read_result);
		assert_int_equal(all[i].seen, 1);
	}
	struct workers_stats st;
	workers_stats(b.w, &st);
	assert_int_equal(st.reads, N);
	bed_stop(&b);
	free(all);
}

enum { THREADS = 4, EACH = 20000 };
struct submitter {
	struct bed *b;
	struct item *items;
	int64_t id;
	uint64_t busy;
};
static atomic_int out_of_order;
static enum err ordered(struct job *j, struct db *db, int64_t now_ms)
{
	(void)now_ms;
	struct item *i = (struct item *)j;
	/* Every submitter's jobs come in its order: each finds its forerunner's number. */
	bool found;
	int64_t last;
	enum err e = db_int(db, &found, &last, "UPDATE t SET who = who + 1 WHERE id = ?1 RETURNING who", "i", i->n / EACH);
	if (!e && last != i->n % EACH + 1)
		atomic_fetch_add(&out_of_order, 1);
	return e;
}
static void *submit_all(void *arg)
{
	struct submitter *s = arg;
	for (int k = 0; k < EACH; k++) {
		s->items[k] = (struct item){.job = {.run = ordered, .done = note}, .b = s->b, .n = s->id * EACH + k};
		while (workers_write(s->b->w, &s->items[k].job) == ERR_BUSY) {
			s->busy++;
			usleep(500);
		}
	}
	return NULL;
}

static void many_submitters(void **state)
{
	struct bed b;
	bed_start(&b, state, 1, false);
	struct item first[THREADS];
	for (int i = 0; i < THREADS; i++) {
		first[i] = (struct item){.job = {.run = insert, .done = note}, .b = &b, .n = i};
		OK(workers_write(b.w, &first[i].job));
	}
	wait_for(&b, THREADS);
	struct db *db;
	workers_stop(&b.w);
	OK(db_open(&db, b.s->url, DB_WRITER));
	OK(db_run(db, "UPDATE t SET who = 0", ""));
	db_close(&db);
	const struct workers_config c = {.url = b.s->url, .readers = 1};
	OK(workers_start(&b.w, &c));
	atomic_store(&b.finished, 0);
	struct submitter s[THREADS];
	pthread_t t[THREADS];
	for (int i = 0; i < THREADS; i++) {
		s[i] = (struct submitter){.b = &b, .items = calloc(EACH, sizeof(struct item)), .id = i};
		assert_int_equal(pthread_create(&t[i], NULL, submit_all, &s[i]), 0);
	}
	for (int i = 0; i < THREADS; i++)
		pthread_join(t[i], NULL);
	wait_for(&b, THREADS * EACH);
	assert_int_equal(atomic_load(&out_of_order), 0);
	bed_stop(&b);
	OK(db_open(&db, b.s->url, DB_READER));
	assert_int_equal(number_of(db, "SELECT count(*) FROM t WHERE who = 20000"), THREADS);
	db_close(&db);
	for (int i = 0; i < THREADS; i++)
		free(s[i].items);
}

static void a_full_queue_says_busy_and_stop_finishes_it(void **state)
{
	struct bed b;
	bed_start(&b, state, 1, false);
	struct gate g;
	gate_shut(&g, &b);
	struct item *items = calloc(DB_QUEUE_MAX + 1, sizeof *items);
	int taken = 0;
	enum err e = ERR_OK;
	for (int i = 0; i <= DB_QUEUE_MAX && !e; i++) {
		items[i] = (struct item){.job = {.run = insert, .done = note}, .b = &b, .n = i};
		e = workers_write(b.w, &items[i].job);
		taken += !e;
	}
	assert_int_equal(e, ERR_BUSY);
	assert_in_range(taken, DB_QUEUE_MAX - 1, DB_QUEUE_MAX);
	atomic_store(&g.open, true);
	bed_stop(&b);
	assert_int_equal(atomic_load(&b.finished), taken + 1);
	for (int i = 0; i < taken; i++)
		OK(items[i].result);
	assert_int_equal(count_in_store(&b), taken);
	char wal[128];
	struct stat st;
	(void)snprintf(wal, sizeof wal, "%s-wal", b.s->url);
	assert_true(stat(wal, &st) != 0 || st.st_size == 0); /* the last checkpoint */
	free(items);
}

static enum err no_growth(struct job *j, struct db *db, int64_t now_ms)
{
	(void)j, (void)now_ms;
	forbid_growth(db);
	return ERR_OK;
}
static enum err growth(struct job *j, struct db *db, int64_t now_ms)
{
	(void)j, (void)now_ms;
	allow_growth(db);
	return ERR_OK;
}
static enum err insert_big(struct job *j, struct db *db, int64_t now_ms)
{
	(void)now_ms;
	return db_run(db, "INSERT INTO t(id, body) VALUES(?1, zeroblob(3000000))", "i", ((struct item *)j)->n);
}
static enum err insert_big_and_hide_it(struct job *j, struct db *db, int64_t now_ms)
{
	(void)insert_big(j, db, now_ms);
	return ERR_OK;
}

/* What was told as done is there, what was told as failed is not, whatever the store itself rolled back with it; then it heals. */
static void a_full_disk_is_told_truly(void **state)
{
	struct bed b;
	bed_start(&b, state, 1, false);
	enum err (*const script[])(struct job *, struct db *, int64_t) = {
		insert, insert, insert_big, insert, insert_big_and_hide_it, insert, insert};
	enum { N = 7 };
	struct item limit = {.job = {.run = no_growth, .done = note}, .b = &b};
	OK(workers_write(b.w, &limit.job));
	wait_for(&b, 1);
	struct gate g;
	gate_shut(&g, &b);
	struct item items[N];
	for (int i = 0; i < N; i++) {
		items[i] = (struct item){.job = {.run = script[i], .done = note}, .b = &b, .n = i + 1};
		OK(workers_write(b.w, &items[i].job));
	}
	atomic_store(&g.open, true);
	wait_for(&b, N + 2);
	struct item heal[2] = {
		{.job = {.run = growth, .done = note}, .b = &b}, {.job = {.run = insert_big, .done = note}, .b = &b, .n = 100}};
	for (int i = 0; i < 2; i++) {
		OK(workers_write(b.w, &heal[i].job));
		wait_for(&b, N + 3 + i);
		OK(heal[i].result);
	}
	bed_stop(&b);
	struct db *db;
	OK(db_open(&db, b.s->url, DB_READER));
	for (int i = 0; i < N; i++) {
		int64_t there;
		bool found;
		OK(db_int(db, &found, &there, "SELECT count(*) FROM t WHERE id = ?1", "i", items[i].n));
		if (script[i] == insert)
			assert_int_equal(there, items[i].result == ERR_OK);
		else
			assert_int_equal(there, 0);
		assert_true(items[i].result == ERR_OK || items[i].result == ERR_FULL);
	}
	assert_int_equal(items[2].result, ERR_FULL);
	assert_int_equal(items[N - 1].result, ERR_OK);
	assert_int_equal(number_of(db, "SELECT count(*) FROM t WHERE id = 100"), 1);
	db_close(&db);
}

/* Another process holds the store's write lock for longer than the writer waits: everybody of the batch is told, nothing was done.
 */
static void a_busy_store_is_told_to_all(void **state)
{
	struct bed b;
	bed_start(&b, state, 1, false);
	sqlite3 *other;
	assert_int_equal(sqlite3_open_v2(b.s->url, &other, SQLITE_OPEN_READWRITE, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
	struct item items[3];
	for (int i = 0; i < 3; i++) {
		items[i] = (struct item){.job = {.run = insert, .done = note}, .b = &b, .n = i};
		OK(workers_write(b.w, &items[i].job));
		if (i == 0)
			usleep(100000);
	}
	wait_for(&b, 1);
	assert_int_equal(items[0].result, ERR_BUSY);
	assert_int_equal(sqlite3_exec(other, "ROLLBACK", NULL, NULL, NULL), SQLITE_OK);
	wait_for(&b, 3);
	OK(items[1].result);
	OK(items[2].result);
	bed_stop(&b);
	sqlite3_close(other);
	assert_int_equal(count_in_store(&b), 2);
}

static void an_idle_writer_folds_the_log_in(void **state)
{
	struct bed b;
	bed_start(&b, state, 1, false);
	struct item one = {.job = {.run = insert_big, .done = note}, .b = &b, .n = 1};
	struct stat before, after;
	OK(workers_write(b.w, &one.job));
	wait_for(&b, 1);
	assert_int_equal(stat(b.s->url, &before), 0);
	assert_true(before.st_size < 3000000);
	for (int ms = 0;; ms += 20) {
		assert_true(ms < 10000);
		assert_int_equal(stat(b.s->url, &after), 0);
		if (after.st_size > 3000000)
			break;
		usleep(20000);
	}
	bed_stop(&b);
}

static void a_missing_store_does_not_start(void **state)
{
	(void)state;
	struct workers *w;
	const struct workers_config c = {.url = "/nonexistent/folder/store", .readers = 2};
	assert_int_equal(workers_start(&w, &c), ERR_IO);
	assert_null(w);
	workers_stop(&w);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, scratch_setup, scratch_teardown)
	const struct CMUnitTest tests[] = {
		T(group_commit_in_order_and_one_undone_alone),
		T(readers_see_what_done_told),
		T(many_submitters),
		T(a_full_queue_says_busy_and_stop_finishes_it),
		T(a_full_disk_is_told_truly),
		T(a_busy_store_is_told_to_all),
		T(an_idle_writer_folds_the_log_in),
		T(a_missing_store_does_not_start),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
