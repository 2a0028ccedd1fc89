/* SPDX-License-Identifier: Apache-2.0
 *
 * The store workers: one writer thread with group commit, a pool of reader threads. Loop threads never touch SQL; they submit
 * a job. Replaced in tests/sim (see net/loop.h).
 *
 * Group commit: the writer takes everything that waits (at most DB_BATCH_MAX jobs), BEGIN, runs each job in a savepoint,
 * COMMIT (fdatasync), then calls every job's done() and, once, the batch hook. A job that returns an error is rolled
 * back alone. When the COMMIT itself fails with ERR_BUSY or ERR_FULL, every job's done() gets that error and nothing was done.
 * The same when the store gives the transaction up in the middle (ERR_FULL, ERR_NOMEM, ERR_IO): the jobs run so far get the error,
 * those behind them run in a new transaction.
 */
#ifndef DB_WORKER_H
#define DB_WORKER_H

#include "db/db.h"

#define DB_BATCH_MAX 512
#define DB_QUEUE_MAX 20000 /* jobs that may wait in each of the two queues; beyond it, and while stopping, submitting says ERR_BUSY */

struct job {
	/* On a worker's thread, inside a transaction (writer) or a read snapshot (reader). now_ms: wall clock, never less than
	 * in an earlier batch. Jobs are run in the order of submission (writer). */
	enum err (*run)(struct job *j, struct db *db, int64_t now_ms);
	/* On the same thread: writer - after the COMMIT is on disk, in order; reader - after the snapshot is closed.
	 * result: what run() returned, or why the commit failed. */
	void (*done)(struct job *j, enum err result);
	struct job *next; /* private once submitted */
};

struct workers;
struct workers_config {
	const char *url;            /* borrowed */
	int readers;                /* 1 .. 16 */
	/* After all done() of a batch, committed or not, on the writer's thread: publish what they collected. */
	void (*batch_end)(void *user);
	void *user;
};
enum err workers_start(struct workers **out, const struct workers_config *config) MUST_CHECK;
void workers_stop(struct workers **w);                  /* finishes what waits, final checkpoint, joins */
enum err workers_write(struct workers *w, struct job *j) MUST_CHECK; /* any thread; takes j over unless ERR_BUSY */
/* A chain of count jobs by their `next`, in order, with one lock and one signal: what a loop's turn has gathered lands in one
 * commit. All or none. */
enum err workers_write_list(struct workers *w, struct job *first, size_t count) MUST_CHECK;
enum err workers_read(struct workers *w, struct job *j) MUST_CHECK;
struct workers_stats { uint64_t batches, jobs, reads, commit_ns, largest_batch, queue; };
void workers_stats(const struct workers *w, struct workers_stats *out); /* any thread */

#endif
