/* SPDX-License-Identifier: Apache-2.0 */
#include "app/store.h"

#include "app/demo.h"
#include "app/wiring.h"
#include "base/clock.h"
#include "base/mem.h"
#include "chat/chat.h"
#include "file/file.h"
#include "lesson/lesson.h"
#include "server/effects.h"
#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>

static enum err make_folder(const char *path)
{
	if (!mkdir(path, 0700) || errno == EEXIST)
		return ERR_OK;
	fprintf(stderr, "zvonok: cannot make the folder %s: %s\n", path, strerror(errno));
	return ERR_IO;
}

#define START_ARENA (64u << 20)

/* Nobody is connected yet: what the chats tell stays in the store only. */
static enum err start_chats(struct db *db, struct installation *inst)
{
	struct effects effects;
	effects_init(&effects);
	struct tx tx = {.db = db, .arena = arena_new(START_ARENA), .effects = &effects, .inst = inst, .now_ms = clock_wall_ms(), .writable = true};
	enum err e = db_begin(db);
	if (!e) {
		e = chat_start(&tx);
		if (!e)
			e = lesson_start(&tx);
		if (!e)
			e = db_commit(db);
		else
			db_rollback(db);
	}
	effects_release(&effects);
	arena_free(&tx.arena);
	return e;
}

static enum err settle(struct store *s, struct db *db)
{
	enum err e = db_begin(db);
	if (e)
		return e;
	e = setting_sql_secret(db, s->secret);
	if (!e)
		e = account_operator_link_make(db, clock_wall_ms(), &s->operator_needed, s->operator_token);
	if (!e)
		e = account_documents_seed(db, clock_wall_ms());
	if (!e)
		return db_commit(db);
	db_rollback(db);
	return e;
}

static enum err prepare(struct store *s, const struct config *c, struct installation *inst, struct db *db)
{
	char backups[4096];
	size_t count;
	snprintf(backups, sizeof backups, "%s/backups", c->data.p);
	enum err e = make_folder(backups);
	if (e)
		return e;
	e = file_folder_set(c->data.p);
	if (e)
		return e;
	struct migration *list = wiring_migrations(&count);
	e = db_migrate(db, list, count, backups, clock_wall_ms());
	mem_free(list);
	if (!e)
		e = file_sweep_orphans(db);
	if (!e)
		e = settle(s, db);
	inst->secret = str_n(s->secret, sizeof s->secret);
	if (!e)
		e = start_chats(db, inst);
	if (!e && inst->demo)
		e = demo_fill(db, inst, clock_wall_ms());
	return e;
}

enum err store_prepare(struct store *s, const struct config *c, struct installation *inst)
{
	*s = (struct store){0};
	enum err e = make_folder(c->data.p);
	if (e)
		return e;
	snprintf(s->url, sizeof s->url, "%s/zvonok.sqlite", c->data.p);
	struct db *db;
	e = db_open(&db, s->url, DB_WRITER);
	if (e == ERR_BUSY) {
		fprintf(stderr, "zvonok: another zvonok works on %s\n", c->data.p);
		return e;
	}
	if (!e) {
		e = prepare(s, c, inst, db);
		db_close(&db);
	}
	if (e)
		fprintf(stderr, "zvonok: the store %s cannot be used: %s\n", s->url, err_name(e));
	return e;
}
