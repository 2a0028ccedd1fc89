/* SPDX-License-Identifier: Apache-2.0
 *
 * See account_world.h.
 */
#include "account_world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>
#include <liboath/oath.h>

struct account_world aw;
static char app_secret[64];

static struct person_id person(struct str phone, struct str name)
{
	struct person_id id;
	struct tx *tx = store_begin(aw.s, store_actor(0));
	assert_int_equal(store_end(aw.s, account_person_new(tx, phone, name, STR("Тестова"), STR(""), &id)), ERR_OK);
	return id;
}

static enum err places(struct tx *tx, struct person_id p, struct account_place **out, size_t *n_out)
{
	*n_out = p.v == aw.anna.v ? aw.places_n : 0;
	*out = arena_array(tx->arena, *n_out + 1, sizeof **out);
	for (size_t i = 0; *out && i < *n_out; i++)
		(*out)[i] = aw.places[i];
	return *out ? ERR_OK : ERR_NOMEM;
}

static enum err may_leave(struct tx *tx, struct person_id p)
{
	return p.v == aw.anna.v && aw.last_admin ? tx_refuse(tx, API_CONFLICT, NULL, "conflict.last_admin_leaves") : ERR_OK;
}

static enum err leave(struct tx *tx, struct person_id p, const struct api_person *nameless)
{
	(void)tx;
	assert_true(p.v == nameless->id && !nameless->has_patronymic);
	aw.left++;
	return ERR_OK;
}

static enum err members(struct tx *tx, struct org_id org, struct person_id after, struct person_id *ids, size_t max, size_t *n_out)
{
	(void)tx;
	*n_out = 0;
	for (int64_t id = after.v + 1; org.v == 1 && id <= aw.boris.v && *n_out < max; id++)
		ids[(*n_out)++] = (struct person_id){id};
	return ERR_OK;
}

static enum err children(struct tx *tx, struct person_id p, struct person_id **out, size_t *n_out)
{
	(void)tx;
	*out = aw.children;
	*n_out = p.v == aw.anna.v ? aw.children_n : 0;
	return ERR_OK;
}

int world_setup(void **state)
{
	(void)state;
	/* Streams of organisations are the school's; here a table with heads stands for them. */
	static const struct migration orgs[] = {{200, "orgs",
		"CREATE TABLE org (id INTEGER PRIMARY KEY, head BIGINT NOT NULL DEFAULT 0); INSERT INTO org (id) VALUES (1), (2);"}};
	static const struct stream_ops org_stream_ops = {
		.bump_sql = "UPDATE org SET head = head + 1 WHERE id = ?1 RETURNING head", .head_sql = "SELECT head FROM org WHERE id = ?1"};
	const struct store_room rooms[] = {{account_migrations, account_migration_count}, {orgs, 1}};
	aw = (struct account_world){.s = store_open(rooms, 2)};
	account_set_newcomer_hook(NULL);
	account_set_hooks(&(struct account_hooks){.places = places, .may_leave = may_leave, .leave = leave, .members = members, .children = children});
	stream_register(STREAM_PERSON, &account_person_stream);
	stream_register(STREAM_ORG, &org_stream_ops);
	aw.anna = person(STR(ANNA_PHONE), STR("Анна"));
	aw.boris = person(STR(BORIS_PHONE), STR("Борис"));
	return 0;
}

int world_teardown(void **state)
{
	(void)state;
	store_close(&aw.s);
	return 0;
}

int64_t sent_code(const char *phone)
{
	struct api_code_requested out;
	aw.s->now_ms += ACCOUNT_CODE_PAUSE_MS;
	assert_int_equal(AS(store_actor(0), code_request(tx, &(struct api_code_request){.phone = str_of(phone)}, &out)), 0);
	return strtol(aw.s->sent_code, NULL, 10);
}

struct actor enter(const char *device_key)
{
	struct actor who = store_actor(0);
	struct api_sign_in_done out = {0};
	char token[64];
	sent_code(ANNA_PHONE);
	struct api_sign_in in = {.phone = STR(ANNA_PHONE), .code = str_of(aw.s->sent_code), .has_device = true, .device = STR("Firefox, Linux"),
		.has_device_key = *device_key != 0, .device_key = str_of(device_key)};
	assert_int_equal(AS(store_actor(0), sign_in(tx, &in, &out)), 0);
	assert_true(out.has_person && !out.has_second_factor);
	snprintf(token, sizeof token, "%.*s", (int)aw.s->tx.set_session_token.n, aw.s->tx.set_session_token.p);
	struct tx *tx = store_begin(aw.s, who);
	assert_int_equal(store_end(aw.s, account_session_find(tx, str_of(token), &who)), ERR_OK);
	/* the effects of signing in are what tests look at */
	return who;
}

bool alive(struct session_id session)
{
	struct tx *tx = store_begin(aw.s, store_actor(0));
	enum err e = account_session_alive(tx, session);
	store_end(aw.s, e);
	return !e;
}

void app_on(struct actor who, char recovery[16])
{
	struct api_totp_begun begun = {0};
	struct api_recovery_codes codes = {0};
	char code[8];
	assert_int_equal(AS(who, totp_begin(tx, &(struct api_empty){0}, &begun)), 0);
	snprintf(app_secret, sizeof app_secret, "%.*s", (int)begun.secret.n, begun.secret.p);
	assert_int_equal(AS(who, totp_confirm(tx, &(struct api_totp_confirm){.code = str_of(app_code(0, code))}, &codes)), 0);
	assert_int_equal(codes.codes.n, 10);
	if (recovery)
		snprintf(recovery, 16, "%.*s", (int)codes.codes.items[0].n, codes.codes.items[0].p);
}

const char *app_code(int steps, char out[8])
{
	char *raw;
	size_t n;
	assert_int_equal(oath_base32_decode(app_secret, strlen(app_secret), &raw, &n), OATH_OK);
	assert_int_equal(n, 20);
	assert_int_equal(oath_totp_generate(raw, n, (time_t)(aw.s->now_ms / 1000 + steps * 30), 30, 0, 6, out), OATH_OK);
	free(raw);
	return out;
}
