/* SPDX-License-Identifier: Apache-2.0
 *
 * See file_world.h.
 */
#include "file_world.h"

#include "account/secret_hash.h"
#include "app/wiring.h"
#include "chat/chat.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

struct file_world w;

static int64_t person_new(const char *phone)
{
	struct person_id id;
	struct tx *tx = store_begin(w.s, store_actor(0));
	assert_int_equal(store_end(w.s, account_person_new(tx, str_of(phone), STR("Анна"), STR("Иванова"), STR(""), &id)), ERR_OK);
	return id.v;
}

static void org_new(int i)
{
	struct org_id org;
	struct unit_id unit;
	bool changed;
	struct tx *tx = store_begin(w.s, store_actor(0));
	enum err e = school_org_new(tx, STR("Школа № 98"), STR("Школа 98"), API_ORG_TYPE_SCHOOL, &org);
	if (!e)
		e = school_unit_new(tx, org, API_UNIT_KIND_CLASS, STR("7А"), &unit);
	assert_int_equal(store_end(w.s, e), ERR_OK);
	w.org[i] = org.v;
	for (int role = ROLE_ADMIN; role <= ROLE_GUARDIAN; role++) {
		char phone[16];
		snprintf(phone, sizeof phone, "+7999%d00000%d", i, role);
		w.person[i][role] = person_new(phone);
		bool pupil = role == ROLE_STUDENT || role == ROLE_GUARDIAN;
		tx = store_begin(w.s, store_actor(0));
		assert_int_equal(store_end(w.s, school_join(tx, org, (struct person_id){w.person[i][role]}, (enum role)role,
			(struct unit_id){pupil ? unit.v : 0}, false, &changed)), ERR_OK);
	}
}

int file_world_setup(void **state)
{
	(void)state;
	const struct store_room rooms[] = {{account_migrations, account_migration_count}, {school_migrations, school_migration_count},
		{chat_migrations, chat_migration_count}, {file_migrations, file_migration_count}};
	wiring_register();
	w = (struct file_world){.s = store_open(rooms, sizeof rooms / sizeof *rooms)};
	assert_int_equal(file_folder_set(w.s->path), ERR_OK);
	org_new(0);
	org_new(1);
	w.operator = person_new("+79999999999");
	w.stranger = person_new("+79999999998");
	struct tx *tx = store_begin(w.s, store_actor(0));
	assert_int_equal(store_end(w.s, account_operator_make(tx, (struct person_id){w.operator})), ERR_OK);
	return 0;
}

int file_world_teardown(void **state)
{
	(void)state;
	char command[300];
	snprintf(command, sizeof command, "rm -rf %s/uploads %s/blobs %s/trash", w.s->path, w.s->path, w.s->path);
	assert_int_equal(system(command), 0);
	store_close(&w.s);
	return 0;
}

void file_make(const struct file_made *f)
{
	struct secret_hash token = hash_token(str_of(f->token ? f->token : ""));
	struct str sha = STR("0123456789abcdef0123456789abcdef");
	struct tx *tx = store_begin(w.s, store_actor(f->person));
	assert_int_equal(store_end(w.s, db_run(tx->db,
		"INSERT INTO file (id, org_id, purpose, person_id, token_hash, name, size, received, type, sha256, created_at, expires_at)"
		" VALUES (?1, ?2, ?3, ?4, ?5, 'план.pdf', 100, ?6, 1, ?7, ?8, ?9)", "iiiiBiBii", f->id, f->org, (int64_t)f->purpose, f->person,
		f->token != NULL, secret_hash_str(&token), (int64_t)(f->unfinished ? 40 : 100), !f->unfinished, sha, tx->now_ms,
		tx->now_ms + FILE_UNCLAIMED_MS)), ERR_OK);
}
