/* SPDX-License-Identifier: Apache-2.0
 *
 * See store_fixture.h.
 */
#include "store_fixture.h"

#include "base/log.h"
#include "base/mem.h"
#include "policy/audit.h"
#include "server/server_migrations.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <cmocka.h>

#define ARENA_LIMIT (16u << 20)

static void keep_code(void *user, struct str phone, struct str code, bool english)
{
	struct store *s = user;
	(void)english;
	assert_true(phone.n < sizeof s->sent_phone && code.n < sizeof s->sent_code);
	snprintf(s->sent_phone, sizeof s->sent_phone, "%.*s", (int)phone.n, phone.p);
	snprintf(s->sent_code, sizeof s->sent_code, "%.*s", (int)code.n, code.p);
	s->sent++;
}

struct store *store_open(const struct store_room *rooms, size_t count)
{
	struct store *s = mem_alloc(sizeof *s);
	struct migration all[64];
	size_t n = 0;
	log_set_level(LOG_LEVEL_WARN);
	snprintf(s->path, sizeof s->path, "/tmp/zvonok-test-XXXXXX");
	assert_non_null(mkdtemp(s->path));
	char file[80];
	snprintf(file, sizeof file, "%s/store.sqlite", s->path);
	assert_int_equal(db_open(&s->db, file, DB_WRITER), ERR_OK);
	for (size_t i = 0; i < server_migration_count; i++)
		all[n++] = server_migrations[i];
	for (size_t i = 0; i < policy_migration_count; i++)
		all[n++] = policy_migrations[i];
	for (size_t k = 0; k < count; k++) {
		for (size_t i = 0; i < rooms[k].count; i++) {
			assert_true(n < sizeof all / sizeof *all);
			all[n++] = rooms[k].list[i];
		}
	}
	s->now_ms = 1760000000000;
	assert_int_equal(db_migrate(s->db, all, n, s->path, s->now_ms), ERR_OK);
	s->arena = arena_new(ARENA_LIMIT);
	effects_init(&s->effects);
	s->inst = (struct installation){.public_url = STR("http://127.0.0.1:8080"),
		.secret = STR("0123456789abcdef0123456789abcdef"),
		.session_days = 90,
		.org_files_max = 1 << 30,
		.send_code = keep_code,
		.send_code_user = s};
	return s;
}

void store_close(struct store **at)
{
	struct store *s = *at;
	char file[96];
	static const char *const parts[] = {"store.sqlite", "store.sqlite-wal", "store.sqlite-shm", "store.sqlite.lock"};
	db_close(&s->db);
	effects_release(&s->effects);
	arena_free(&s->arena);
	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
		snprintf(file, sizeof file, "%s/%s", s->path, parts[i]);
		unlink(file);
	}
	rmdir(s->path);
	mem_free(s);
	*at = NULL;
}

struct actor store_actor(int64_t person)
{
	return (struct actor){.person.v = person, .address = STR("192.0.2.1")};
}

struct tx *store_begin(struct store *s, struct actor actor)
{
	effects_clear(&s->effects);
	arena_reset(s->arena);
	assert_int_equal(db_begin(s->db), ERR_OK);
	assert_int_equal(db_savepoint(s->db), ERR_OK);
	s->tx = (struct tx){.db = s->db,
		.arena = s->arena,
		.effects = &s->effects,
		.inst = &s->inst,
		.now_ms = s->now_ms,
		.actor = actor,
		.rel.role = ROLE_NONE,
		.writable = true};
	return &s->tx;
}

enum err store_end(struct store *s, enum err e)
{
	bool keeps = e == ERR_OK ? !s->tx.undo : e == ERR_REFUSED && s->tx.keep_on_refusal; /* as server/dispatch.c */
	if (keeps) {
		assert_int_equal(db_savepoint_release(s->db), ERR_OK);
	} else {
		db_savepoint_rollback(s->db);
		effects_clear(&s->effects);
	}
	assert_int_equal(db_commit(s->db), ERR_OK);
	return e;
}

int store_code(struct store *s, enum err e)
{
	store_end(s, e);
	if (e != ERR_OK && e != ERR_REFUSED)
		fail_msg("%s", err_name(e));
	return e ? s->tx.refusal.code : 0;
}

int64_t store_int(struct store *s, const char *sql)
{
	bool found;
	int64_t v = 0;
	assert_int_equal(db_int(s->db, &found, &v, sql, ""), ERR_OK);
	return found ? v : -1;
}

size_t store_effects(const struct store *s, int kind, struct stream_id stream)
{
	size_t n = 0;
	for (size_t i = 0; i < s->effects.list.n; i++) {
		const struct effect *f = &s->effects.list.p[i];
		n += (int)f->kind == kind && (!stream.v || f->stream.v == stream.v);
	}
	return n;
}

int64_t store_events(struct store *s, struct stream_id stream, const char *type)
{
	bool found;
	int64_t n;
	assert_int_equal(db_int(s->db, &found, &n, "SELECT COUNT(*) FROM event WHERE stream = ?1 AND type = ?2", "is", stream.v, str_of(type)), ERR_OK);
	return n;
}
