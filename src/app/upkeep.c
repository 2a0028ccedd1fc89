/* SPDX-License-Identifier: Apache-2.0
 *
 * See upkeep.h. One job exists; it is handed over again only after it came back.
 */
#include "app/upkeep.h"

#include "base/log.h"
#include "base/mem.h"

#define FIRST_MS 3000
#define MORE_MS 500        /* when a turn has not done all */
#define ARENA_MAX (8u << 20)

struct upkeep {
	struct job job;        /* first */
	struct timer timer;
	struct task back;
	/* borrowed */
	struct loop *loop;
	struct workers *workers;
	struct publisher *publisher;
	const struct installation *inst;
	/* owned */
	struct arena *arena;
	struct effects effects;
	/* state */
	struct upkeep_work work;
	bool more;
};

static enum err run(struct job *j, struct db *db, int64_t now_ms)
{
	struct upkeep *u = (struct upkeep *)j;
	arena_reset(u->arena);
	u->more = false;
	struct tx tx = {.db = db, .arena = u->arena, .effects = &u->effects, .inst = u->inst, .now_ms = now_ms, .rel.role = ROLE_NONE, .writable = true};
	enum err e = u->work.run(&tx, &u->more);
	if (e)
		effects_clear(&u->effects);
	return e;
}

static void done(struct job *j, enum err result)
{
	struct upkeep *u = (struct upkeep *)j;
	if (result) {
		LOG(LOG_LEVEL_ERROR, "upkeep.failed", LOG_FZ("work", u->work.name), LOG_FZ("error", err_name(result)));
		effects_clear(&u->effects);
		u->more = false;
	}
	publisher_effects(u->publisher, &u->effects);
	loop_post(u->loop, &u->back);
}

static void back(struct loop *l, struct task *t)
{
	struct upkeep *u = (struct upkeep *)((char *)t - offsetof(struct upkeep, back));
	timer_start(l, &u->timer, u->more ? MORE_MS : u->work.every_ms);
}

static void due(struct loop *l, struct timer *t)
{
	struct upkeep *u = (struct upkeep *)((char *)t - offsetof(struct upkeep, timer));
	if (workers_write(u->workers, &u->job))
		timer_start(l, t, u->work.every_ms / 60); /* too busy: later */
}

struct upkeep *upkeep_new(const struct upkeep_work *work, struct loop *loop, struct workers *workers, struct publisher *publisher,
	const struct installation *inst)
{
	struct upkeep *u = mem_alloc(sizeof *u);
	*u = (struct upkeep){.job = {.run = run, .done = done}, .timer.fire = due, .back.run = back, .loop = loop, .workers = workers,
		.publisher = publisher, .inst = inst, .work = *work, .arena = arena_new(ARENA_MAX)};
	effects_init(&u->effects);
	timer_start(loop, &u->timer, FIRST_MS);
	return u;
}

void upkeep_free(struct upkeep **at)
{
	struct upkeep *u = *at;
	if (!u)
		return;
	effects_release(&u->effects);
	arena_free(&u->arena);
	mem_free(u);
	*at = NULL;
}
