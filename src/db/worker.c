/* SPDX-License-Identifier: Apache-2.0
 *
 * The store workers: the writer's thread with group commit and the readers' threads. workers_start and workers_stop belong to one
 * thread, workers_write, workers_read and workers_stats to any.
 *
 * A submitter takes the lock once to append, the writer once to take the whole list; a signal is sent only to who sleeps.
 */
#include "db/worker.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "db/db_private.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <time.h>

#define READERS_MAX 16
#define IDLE_MS 500 /* without work for so long the writer folds the log in */

struct job_list {
	struct job *first, **end;
	size_t n;
};

struct queue {
	pthread_mutex_t lock;
	pthread_cond_t wake;
	/* state, under the lock */
	struct job_list jobs;
	size_t held; /* taken off the list by the writer and not yet begun: they count as waiting */
	int sleepers;
	bool stopping;
};

struct reader {
	/* owned */
	struct db *db;
	pthread_t thread;
	/* borrowed */
	struct workers *w;
};

struct workers {
	/* owned */
	struct db *writer;
	struct reader readers[READERS_MAX];
	pthread_t thread;
	struct queue write, read;
	/* borrowed */
	void (*batch_end)(void *user);
	void *user;
	/* state */
	int reader_count;       /* opened */
	int reader_threads;     /* started */
	bool writer_thread;     /* started */
	_Atomic int64_t now_ms; /* of the latest batch or read */
	_Atomic uint64_t batches, jobs, reads, commit_ns, largest_batch;
};

/* --- queues */

static void list_init(struct job_list *l)
{
	l->first = NULL;
	l->end = &l->first;
	l->n = 0;
}

static void list_push(struct job_list *l, struct job *j)
{
	j->next = NULL;
	*l->end = j;
	l->end = &j->next;
	l->n++;
}

static struct job *list_pop(struct job_list *l)
{
	struct job *j = l->first;
	l->first = j->next;
	if (--l->n == 0)
		l->end = &l->first;
	return j;
}

static void queue_init(struct queue *q)
{
	pthread_condattr_t a;
	pthread_condattr_init(&a);
	pthread_condattr_setclock(&a, CLOCK_MONOTONIC);
	pthread_cond_init(&q->wake, &a);
	pthread_condattr_destroy(&a);
	pthread_mutex_init(&q->lock, NULL);
	list_init(&q->jobs);
}

static void queue_release(struct queue *q)
{
	pthread_cond_destroy(&q->wake);
	pthread_mutex_destroy(&q->lock);
}

static enum err queue_submit(struct queue *q, struct job *j)
{
	enum err e = ERR_OK;
	pthread_mutex_lock(&q->lock);
	if (q->stopping || q->jobs.n + q->held >= DB_QUEUE_MAX)
		e = ERR_BUSY;
	else
		list_push(&q->jobs, j);
	bool wake = !e && q->sleepers > 0;
	pthread_mutex_unlock(&q->lock);
	if (wake)
		pthread_cond_signal(&q->wake);
	return e;
}

static void queue_stop(struct queue *q)
{
	pthread_mutex_lock(&q->lock);
	q->stopping = true;
	pthread_cond_broadcast(&q->wake);
	pthread_mutex_unlock(&q->lock);
}

/* Sleeps with the lock held by the caller; wait_ms < 0: until woken. False when the time is over. */
static bool queue_sleep(struct queue *q, int wait_ms)
{
	int rc;
	q->sleepers++;
	if (wait_ms < 0) {
		rc = pthread_cond_wait(&q->wake, &q->lock);
	} else {
		struct timespec until;
		clock_gettime(CLOCK_MONOTONIC, &until);
		int64_t ns = until.tv_nsec + (int64_t)wait_ms * 1000000;
		until.tv_sec += (time_t)(ns / 1000000000);
		until.tv_nsec = (long)(ns % 1000000000);
		rc = pthread_cond_timedwait(&q->wake, &q->lock, &until);
	}
	q->sleepers--;
	return rc != ETIMEDOUT;
}

/* The wall clock, but never less than anybody got before. */
static int64_t next_now(struct workers *w)
{
	int64_t now = clock_wall_ms(), last = atomic_load(&w->now_ms);
	while (now > last && !atomic_compare_exchange_weak(&w->now_ms, &last, now))
		continue;
	return now > last ? now : last;
}

/* --- the writer */

struct batch {
	struct job *jobs[DB_BATCH_MAX];
	enum err results[DB_BATCH_MAX];
	size_t n;
};

static enum err run_one(struct db *db, struct job *j, int64_t now_ms)
{
	enum err e = db_savepoint(db);
	if (e)
		return e;
	e = j->run(j, db, now_ms);
	if (e)
		db_savepoint_rollback(db);
	else
		e = db_savepoint_release(db);
	return e;
}

/* Runs the batch in one transaction. Returns how many of its jobs are settled: all, or those up to and including the one at which
 * the store itself rolled the transaction back (no space, no memory): nothing of them was done, the others have not begun. */
static size_t run_batch(struct workers *w, struct batch *b)
{
	struct db *db = w->writer;
	int64_t now_ms = next_now(w);
	enum err e = db_begin(db);
	size_t n = 0;
	if (e)
		n = b->n;
	while (n < b->n && !e) {
		b->results[n] = run_one(db, b->jobs[n], now_ms);
		n++;
		e = db_lost(db);
	}
	if (!e) {
		int64_t from = clock_mono_ns();
		e = db_commit(db);
		atomic_fetch_add(&w->commit_ns, (uint64_t)(clock_mono_ns() - from));
	} else {
		db_rollback(db);
	}
	if (e) {
		LOG(LOG_LEVEL_ERROR, "db.batch_failed", LOG_FZ("err", err_name(e)), LOG_FI("jobs", n));
		for (size_t i = 0; i < n; i++)
			b->results[i] = e;
	}
	return n;
}

static void finish_batch(struct workers *w, struct batch *b, size_t n)
{
	atomic_fetch_add(&w->batches, 1);
	atomic_fetch_add(&w->jobs, n);
	if (n > atomic_load(&w->largest_batch)) /* only this thread writes it */
		atomic_store(&w->largest_batch, n);
	for (size_t i = 0; i < n; i++)
		b->jobs[i]->done(b->jobs[i], b->results[i]);
	if (w->batch_end)
		w->batch_end(w->user);
	b->n -= n;
	memmove(b->jobs, b->jobs + n, b->n * sizeof(struct job *));
}

/* Appends what waits to `mine`. Sleeps when there is nothing; false when there is nothing and it is time to stop. */
static bool take_waiting(struct workers *w, struct job_list *mine)
{
	struct queue *q = &w->write;
	pthread_mutex_lock(&q->lock);
	while (!mine->n && !q->jobs.n && !q->stopping) {
		bool fold = db_upkeep_due(w->writer, DB_UPKEEP_IDLE);
		if (queue_sleep(q, fold ? IDLE_MS : -1) || !fold || q->jobs.n)
			continue;
		pthread_mutex_unlock(&q->lock);
		db_upkeep(w->writer, DB_UPKEEP_IDLE);
		pthread_mutex_lock(&q->lock);
	}
	if (q->jobs.n) {
		*mine->end = q->jobs.first;
		mine->end = q->jobs.end;
		mine->n += q->jobs.n;
		list_init(&q->jobs);
	}
	q->held = mine->n;
	pthread_mutex_unlock(&q->lock);
	return mine->n > 0;
}

static void *writer_main(void *arg)
{
	struct workers *w = arg;
	pthread_setname_np(pthread_self(), "store writer");
	struct batch *b = mem_alloc(sizeof *b);
	struct job_list mine;
	list_init(&mine);
	while (take_waiting(w, &mine)) {
		while (b->n < DB_BATCH_MAX && mine.n)
			b->jobs[b->n++] = list_pop(&mine);
		while (b->n) {
			size_t n = run_batch(w, b);
			finish_batch(w, b, n);
		}
	}
	mem_free(b);
	return NULL;
}

/* --- the readers */

static enum err read_one(struct workers *w, struct db *db, struct job *j)
{
	enum err e = db_begin(db);
	if (e)
		return e;
	e = j->run(j, db, next_now(w));
	enum err end = db_commit(db);
	return e ? e : end;
}

static void *reader_main(void *arg)
{
	struct reader *r = arg;
	struct queue *q = &r->w->read;
	pthread_setname_np(pthread_self(), "store reader");
	for (;;) {
		pthread_mutex_lock(&q->lock);
		while (!q->jobs.n && !q->stopping)
			(void)queue_sleep(q, -1);
		struct job *j = q->jobs.n ? list_pop(&q->jobs) : NULL;
		pthread_mutex_unlock(&q->lock);
		if (!j)
			return NULL;
		enum err e = read_one(r->w, r->db, j);
		atomic_fetch_add(&r->w->reads, 1);
		j->done(j, e);
	}
}

/* --- lifecycle */

static enum err start_all(struct workers *w, const struct workers_config *config)
{
	enum err e = db_open(&w->writer, config->url, DB_WRITER);
	for (int i = 0; i < config->readers && !e; i++) {
		w->readers[i].w = w;
		e = db_open(&w->readers[i].db, config->url, DB_READER);
		w->reader_count += !e;
	}
	if (e)
		return e;
	if (pthread_create(&w->thread, NULL, writer_main, w) != 0)
		return ERR_NOMEM;
	w->writer_thread = true;
	for (; w->reader_threads < w->reader_count; w->reader_threads++) {
		struct reader *r = &w->readers[w->reader_threads];
		if (pthread_create(&r->thread, NULL, reader_main, r) != 0)
			return ERR_NOMEM;
	}
	return ERR_OK;
}

enum err workers_start(struct workers **out, const struct workers_config *config)
{
	CHECK(config->readers >= 1 && config->readers <= READERS_MAX);
	*out = NULL;
	struct workers *w = mem_alloc(sizeof *w);
	queue_init(&w->write);
	queue_init(&w->read);
	w->batch_end = config->batch_end;
	w->user = config->user;
	enum err e = start_all(w, config);
	if (e)
		workers_stop(&w);
	else
		*out = w;
	return e;
}

/* The writer ends first: its done() may still ask for reads. */
void workers_stop(struct workers **w)
{
	struct workers *x = *w;
	if (!x)
		return;
	*w = NULL;
	queue_stop(&x->write);
	if (x->writer_thread)
		pthread_join(x->thread, NULL);
	queue_stop(&x->read);
	for (int i = 0; i < x->reader_threads; i++)
		pthread_join(x->readers[i].thread, NULL);
	for (int i = 0; i < x->reader_count; i++)
		db_close(&x->readers[i].db);
	db_close(&x->writer); /* the last checkpoint, with nobody in its way */
	queue_release(&x->write);
	queue_release(&x->read);
	mem_free(x);
}

enum err workers_write(struct workers *w, struct job *j)
{
	return queue_submit(&w->write, j);
}

enum err workers_write_list(struct workers *w, struct job *first, size_t count)
{
	struct queue *q = &w->write;
	pthread_mutex_lock(&q->lock);
	bool busy = q->stopping || q->jobs.n + q->held + count > DB_QUEUE_MAX;
	for (struct job *j = first, *next; !busy && j; j = next) {
		next = j->next;
		list_push(&q->jobs, j);
	}
	bool wake = !busy && q->sleepers > 0;
	pthread_mutex_unlock(&q->lock);
	if (wake)
		pthread_cond_signal(&q->wake);
	return busy ? ERR_BUSY : ERR_OK;
}

enum err workers_read(struct workers *w, struct job *j)
{
	return queue_submit(&w->read, j);
}

void workers_stats(const struct workers *w, struct workers_stats *out)
{
	struct queue *q = (struct queue *)&w->write;
	pthread_mutex_lock(&q->lock);
	size_t waiting = q->jobs.n + q->held;
	pthread_mutex_unlock(&q->lock);
	*out = (struct workers_stats){
		.batches = atomic_load(&w->batches),
		.jobs = atomic_load(&w->jobs),
		.reads = atomic_load(&w->reads),
		.commit_ns = atomic_load(&w->commit_ns),
		.largest_batch = atomic_load(&w->largest_batch),
		.queue = waiting,
	};
}
