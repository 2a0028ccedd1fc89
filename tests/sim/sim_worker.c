/* SPDX-License-Identifier: Apache-2.0
 *
 * db/worker.h without threads, on real connections to a real file. The writer's batch, its commit and its done() are three moments,
 * a read and its done() are two, and whatever the seed wants happens between them.
 */
#include "base/clock.h"
#include "base/mem.h"
#include "sim.h"

#define READERS_MAX 4

struct sim_store sim_store;
uint64_t sim_failed_commits;

struct list { struct job *first, **end; size_t n; };
struct reader { struct workers *w; struct db *db; struct job *job; enum err result; };

struct workers {
	/* owned */
	struct db *writer;
	struct reader readers[READERS_MAX];
	/* borrowed */
	void (*batch_end)(void *user);
	void *user;
	/* state */
	int reader_count;
	struct list write, read;
	struct job *jobs[DB_BATCH_MAX];
	enum err results[DB_BATCH_MAX];
	size_t n;
	bool writing;
	int64_t now_ms;
	struct workers_stats stats;
};

static void push(struct list *l, struct job *j)
{
	j->next = NULL;
	*l->end = j;
	l->end = &j->next;
	l->n++;
}

static struct job *pop(struct list *l)
{
	struct job *j = l->first;
	l->first = j->next;
	if (--l->n == 0)
		l->end = &l->first;
	return j;
}

static int64_t next_now(struct workers *w)
{
	int64_t now = clock_wall_ms();
	if (now > w->now_ms)
		w->now_ms = now;
	return w->now_ms;
}

/* --- the writer */

static void begin_batch(void *arg);

static void kick_writer(struct workers *w)
{
	if (w->writing || !w->write.n)
		return;
	w->writing = true;
	sim_at(sim_range(0, 1500), begin_batch, w);
}

static void finish_batch(void *arg)
{
	struct workers *w = arg;
	for (size_t i = 0; i < w->n; i++)
		w->jobs[i]->done(w->jobs[i], w->results[i]);
	w->batch_end(w->user);
	w->writing = false;
	kick_writer(w);
}

static void commit_batch(void *arg)
{
	struct workers *w = arg;
	if (sim_chance(sim_store.fail_per_mille)) {
		db_rollback(w->writer);
		sim_failed_commits++;
		enum err e = sim_chance(500) ? ERR_BUSY : ERR_FULL;
		for (size_t i = 0; i < w->n; i++)
			w->results[i] = e;
	} else {
		CHECK(!db_commit(w->writer));
	}
	w->stats.batches++;
	w->stats.jobs += w->n;
	sim_at(sim_range(0, 1500), finish_batch, w);
}

static void begin_batch(void *arg)
{
	struct workers *w = arg;
	size_t most = sim_chance(100) ? 1 : DB_BATCH_MAX;
	int64_t now_ms = next_now(w);
	w->n = 0;
	CHECK(!db_begin(w->writer));
	while (w->write.n && w->n < most) {
		struct job *j = pop(&w->write);
		CHECK(!db_savepoint(w->writer));
		enum err e = j->run(j, w->writer, now_ms);
		if (e)
			db_savepoint_rollback(w->writer);
		else
			e = db_savepoint_release(w->writer);
		w->results[w->n] = e;
		w->jobs[w->n++] = j;
	}
	sim_at(sim_range(100, sim_chance(100) ? 20000 : 3000), commit_batch, w);
}

/* --- the readers */

static void kick_readers(struct workers *w);

static void finish_read(void *arg)
{
	struct reader *r = arg;
	struct job *j = r->job;
	r->job = NULL;
	r->w->stats.reads++;
	j->done(j, r->result);
	kick_readers(r->w);
}

static void run_read(void *arg)
{
	struct reader *r = arg;
	CHECK(!db_begin(r->db));
	r->result = r->job->run(r->job, r->db, next_now(r->w));
	enum err e = db_commit(r->db);
	if (!r->result)
		r->result = e;
	sim_at(sim_range(0, sim_chance(sim_store.slow_per_mille) ? 400000 : 3000), finish_read, r);
}

static void kick_readers(struct workers *w)
{
	for (int i = 0; i < w->reader_count && w->read.n; i++)
		if (!w->readers[i].job) {
			w->readers[i].job = pop(&w->read);
			/* A reader may be done with a job before workers_read has returned: whoever posted it touches it no more. */
			if (sim_chance(200))
				run_read(&w->readers[i]);
			else
				sim_at(sim_range(0, 2000), run_read, &w->readers[i]);
		}
}

/* --- worker.h */

enum err workers_start(struct workers **out, const struct workers_config *config)
{
	struct workers *w = mem_alloc(sizeof *w);
	CHECK(config->readers <= READERS_MAX);
	w->batch_end = config->batch_end;
	w->user = config->user;
	w->write.end = &w->write.first;
	w->read.end = &w->read.first;
	CHECK(!db_open(&w->writer, config->url, DB_WRITER));
	for (; w->reader_count < config->readers; w->reader_count++) {
		w->readers[w->reader_count].w = w;
		CHECK(!db_open(&w->readers[w->reader_count].db, config->url, DB_READER));
	}
	*out = w;
	return ERR_OK;
}

void workers_stop(struct workers **w)
{
	struct workers *x = *w;
	if (!x)
		return;
	CHECK(!x->writing && !x->write.n && !x->read.n);
	for (int i = 0; i < x->reader_count; i++)
		db_close(&x->readers[i].db);
	db_close(&x->writer);
	mem_free(x);
	*w = NULL;
}

enum err workers_write(struct workers *w, struct job *j)
{
	return workers_write_list(w, j, 1);
}

enum err workers_write_list(struct workers *w, struct job *first, size_t count)
{
	if (w->write.n + count > DB_QUEUE_MAX)
		return ERR_BUSY;
	for (struct job *j = first, *next; count-- > 0; j = next) {
		next = j->next;
		push(&w->write, j);
	}
	kick_writer(w);
	return ERR_OK;
}

enum err workers_read(struct workers *w, struct job *j)
{
	if (w->read.n >= DB_QUEUE_MAX)
		return ERR_BUSY;
	push(&w->read, j);
	kick_readers(w);
	return ERR_OK;
}

void workers_stats(const struct workers *w, struct workers_stats *out)
{
	*out = w->stats;
	out->queue = w->write.n;
}
