/* SPDX-License-Identifier: Apache-2.0
 *
 * See roster_runner.h. There is one job, one work and one set of state, and one step at a time has them; `wanted` is what other threads may
 * touch.
 */
#include "app/roster_runner.h"

#include "app/decoder_run.h"
#include "base/log.h"
#include "base/mem.h"
#include "school/roster_import.h"

#include <stdatomic.h>
#include <unistd.h>

#define ARENA_MAX (256u << 20)
#define SLICE_ARENA_MAX (64u << 20)
#define TRIES 5 /* of a step that the environment refused */

struct roster_runner {
	struct job job;    /* first */
	struct work work;
	/* borrowed */
	struct workers *workers;
	struct background *background;
	struct publisher *publisher;
	const struct installation *inst;
	/* owned */
	struct arena *arena;          /* of the task: as long as one import is under way */
	struct arena *scratch;        /* of one step */
	struct effects effects;
	struct buf wire;
	struct roster_plan plan;
	struct roster_diff diff;
	/* state */
	struct roster_task task;
	bool planned, compared, more;
	size_t slice_from;
	enum api_roster_file_problem problem;
	uint32_t problem_line;
	int failures;
	bool giving_up;
	_Atomic int wanted;           /* 0: asleep; 1: at work; 2: at work, and there may be more */
	_Atomic bool stopping;
};

static struct roster_runner *only; /* set before the first thread that could wake it, cleared after the last */

static void look(struct roster_runner *r);
static void submit(struct roster_runner *r, bool write, enum err (*run)(struct job *j, struct db *db, int64_t now_ms), void (*done)(struct job *j, enum err result));
static enum err run_fail(struct job *j, struct db *db, int64_t now_ms);
static void done_last(struct job *j, enum err result);

static struct tx tx_of(struct roster_runner *r, struct db *db, int64_t now_ms, bool writable)
{
	arena_reset(r->scratch);
	return (struct tx){.db = db, .arena = r->scratch, .effects = &r->effects, .inst = r->inst, .now_ms = now_ms, .rel.role = ROLE_NONE, .writable = writable};
}

/* --- the end of one import, or of a try */

static void put_away(struct roster_runner *r)
{
	if (r->task.fd >= 0)
		close(r->task.fd);
	if (r->compared)
		roster_diff_release(&r->diff);
	if (r->planned)
		roster_plan_release(&r->plan);
	r->planned = r->compared = false;
	r->task = (struct roster_task){.fd = -1};
	buf_clear(&r->wire);
	arena_reset(r->arena);
}

static void sleep_or_look(struct roster_runner *r, bool found)
{
	put_away(r);
	if (atomic_load(&r->stopping))
		return;
	int one = 1;
	if (found || !atomic_compare_exchange_strong(&r->wanted, &one, 0)) {
		atomic_store(&r->wanted, 1);
		look(r);
	}
}

static void failed(struct roster_runner *r, const char *step, enum err e)
{
	LOG(LOG_LEVEL_ERROR, "roster.failed", LOG_FZ("step", step), LOG_FZ("error", err_name(e)));
	effects_clear(&r->effects);
	if (++r->failures < TRIES) {
		sleep_or_look(r, true);
	} else if (r->task.id && !r->giving_up) { /* it is the import: say so and go on with the next */
		r->giving_up = true;
		r->problem = API_ROSTER_FILE_PROBLEM_NO_PLACE;
		r->problem_line = 0;
		submit(r, true, run_fail, done_last);
	} else { /* it is the store: the next command or the next start tries again */
		put_away(r);
		r->failures = 0;
		r->giving_up = false;
		atomic_store(&r->wanted, 0);
	}
}

/* --- changing, or keeping the preview: on the writer */

static enum err run_fail(struct job *j, struct db *db, int64_t now_ms)
{
	struct roster_runner *r = (struct roster_runner *)j;
	struct tx tx = tx_of(r, db, now_ms, true);
	return roster_import_fail(&tx, &r->task, r->problem, r->problem_line);
}

static enum err run_store(struct job *j, struct db *db, int64_t now_ms)
{
	struct roster_runner *r = (struct roster_runner *)j;
	struct tx tx = tx_of(r, db, now_ms, true);
	return roster_import_store(&tx, &r->task, &r->plan, &r->diff, buf_str(&r->wire));
}

static void done_last(struct job *j, enum err result)
{
	struct roster_runner *r = (struct roster_runner *)j;
	if (result) {
		failed(r, "store", result);
		return;
	}
	r->failures = 0;
	r->giving_up = false;
	sleep_or_look(r, true);
}

static void submit(struct roster_runner *r, bool write, enum err (*run)(struct job *j, struct db *db, int64_t now_ms), void (*done)(struct job *j, enum err result))
{
	r->job = (struct job){.run = run, .done = done};
	enum err e = atomic_load(&r->stopping) ? ERR_BUSY : write ? workers_write(r->workers, &r->job) : workers_read(r->workers, &r->job);
	if (e && !atomic_load(&r->stopping))
		failed(r, "queue", e);
}

static enum err run_slice(struct job *j, struct db *db, int64_t now_ms)
{
	struct roster_runner *r = (struct roster_runner *)j;
	struct tx tx = tx_of(r, db, now_ms, true);
	r->slice_from = r->diff.cursor;
	enum err e = roster_import_slice(&tx, &r->task, &r->plan, &r->diff, &r->more);
	if (e) {
		effects_clear(&r->effects);
		roster_import_undone(&r->plan, &r->diff, r->slice_from, e == ERR_REFUSED);
	}
	return e;
}

static void done_slice(struct job *j, enum err result)
{
	struct roster_runner *r = (struct roster_runner *)j;
	if (result && result != ERR_REFUSED) { /* what is on the disk stays; the import begins again and does the rest */
		failed(r, "apply", result);
		return;
	}
	if (!result) {
		roster_import_kept(&r->plan, &r->diff);
		publisher_effects(r->publisher, &r->effects);
		r->failures = 0;
	}
	if (result || r->more)
		submit(r, true, run_slice, done_slice);
	else
		sleep_or_look(r, true);
}

/* --- comparing: on a reader */

static enum err run_compare(struct job *j, struct db *db, int64_t now_ms)
{
	struct roster_runner *r = (struct roster_runner *)j;
	struct tx tx = tx_of(r, db, now_ms, false);
	tx.actor.person = r->task.person;
	r->compared = true;
	return roster_diff_make(&tx, &r->task, &r->plan, &r->diff);
}

static void done_compare(struct job *j, enum err result)
{
	struct roster_runner *r = (struct roster_runner *)j;
	if (result)
		failed(r, "compare", result);
	else if (r->task.applying && !r->plan.errors && !r->plan.questions)
		submit(r, true, run_slice, done_slice);
	else /* the organisation may have changed since the preview: then it is shown anew */
		submit(r, true, run_store, done_last);
}

/* --- decoding and planning: on a background thread */

static bool decode(struct roster_runner *r)
{
	if (r->task.tables.n) {
		buf_add_str(&r->wire, r->task.tables);
		return true;
	}
	r->problem = API_ROSTER_FILE_PROBLEM_FILE_GONE;
	if (r->task.file_gone)
		return false;
	enum err e = decoder_run(r->task.fd, &r->wire);
	if (e)
		LOG(LOG_LEVEL_WARN, "roster.decoder", LOG_FZ("error", err_name(e)));
	r->problem = e == ERR_NOMEM || e == ERR_IO ? API_ROSTER_FILE_PROBLEM_NO_PLACE : API_ROSTER_FILE_PROBLEM_BROKEN;
	return !e;
}

static void make_plan(struct work *w)
{
	struct roster_runner *r = (struct roster_runner *)((char *)w - offsetof(struct roster_runner, work));
	struct sheets tables = {.n = 0};
	r->problem_line = 0;
	bool fine = decode(r) && sheets_read(r->arena, buf_str(&r->wire), &tables) == ERR_OK;
	if (fine && tables.problem != SHEETS_FINE) {
		r->problem = roster_file_problem(tables.problem);
		r->problem_line = tables.line;
		fine = false;
	}
	if (fine) {
		r->planned = true;
		r->problem = API_ROSTER_FILE_PROBLEM_NO_PLACE;
		fine = roster_plan_make(&r->plan, &tables, r->task.type, r->task.units, r->task.unit_n) == ERR_OK;
	}
	if (fine)
		submit(r, false, run_compare, done_compare);
	else
		submit(r, true, run_fail, done_last);
}

/* --- what is there to do? On a reader */

static enum err run_look(struct job *j, struct db *db, int64_t now_ms)
{
	struct roster_runner *r = (struct roster_runner *)j;
	struct tx tx = tx_of(r, db, now_ms, false);
	tx.arena = r->arena;
	return roster_import_next(&tx, &r->task);
}

static void done_look(struct job *j, enum err result)
{
	struct roster_runner *r = (struct roster_runner *)j;
	if (result) {
		failed(r, "look", result);
		return;
	}
	if (!r->task.id) {
		sleep_or_look(r, false);
		return;
	}
	r->work = (struct work){.run = make_plan};
	if (background_post(r->background, &r->work) && !atomic_load(&r->stopping))
		failed(r, "queue", ERR_BUSY);
}

static void look(struct roster_runner *r)
{
	submit(r, false, run_look, done_look);
}

/* --- waking: a command has been given. It is not on the disk yet: what follows it in the writer's queue is done after it is */

struct knock { struct job job; struct roster_runner *r; };

static enum err run_knock(struct job *j, struct db *db, int64_t now_ms)
{
	(void)j;
	(void)db;
	(void)now_ms;
	return ERR_OK;
}

static void begin(struct roster_runner *r)
{
	int asleep = 0;
	if (atomic_compare_exchange_strong(&r->wanted, &asleep, 1))
		look(r);
	else
		atomic_store(&r->wanted, 2);
}

static void done_knock(struct job *j, enum err result)
{
	(void)result;
	begin(((struct knock *)j)->r);
	mem_free(j);
}

static void wake(void)
{
	if (!only || atomic_load(&only->stopping))
		return;
	struct knock *k = mem_alloc(sizeof *k);
	*k = (struct knock){.job = {.run = run_knock, .done = done_knock}, .r = only};
	if (workers_write(only->workers, &k->job))
		mem_free(k);
}

struct roster_runner *roster_runner_start(struct workers *workers, struct background *background, struct publisher *publisher,
	const struct installation *inst)
{
	struct roster_runner *r = mem_alloc(sizeof *r);
	*r = (struct roster_runner){.workers = workers, .background = background, .publisher = publisher, .inst = inst, .arena = arena_new(ARENA_MAX),
		.scratch = arena_new(SLICE_ARENA_MAX * 4), .task.fd = -1};
	effects_init(&r->effects);
	buf_init(&r->wire, ROSTER_TABLES_MAX);
	only = r;
	roster_import_set_wake(wake);
	begin(r);
	return r;
}

void roster_runner_stop(struct roster_runner *r)
{
	if (r)
		atomic_store(&r->stopping, true);
}

void roster_runner_free(struct roster_runner **at)
{
	struct roster_runner *r = *at;
	if (!r)
		return;
	roster_import_set_wake(NULL);
	only = NULL;
	put_away(r);
	effects_release(&r->effects);
	buf_release(&r->wire);
	arena_free(&r->scratch);
	arena_free(&r->arena);
	mem_free(r);
	*at = NULL;
}
