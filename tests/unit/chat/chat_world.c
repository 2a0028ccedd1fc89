/* SPDX-License-Identifier: Apache-2.0
 *
 * The world of the chat tests.
 */
#include "chat_world.h"

#include "account/account.h"
#include "base/log.h"
#include "school/roster.h"
#include "server/stream.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <cmocka.h>

static void wire(void)
{
	stream_register(STREAM_CHAT, &chat_stream_ops);
	stream_register(STREAM_PERSON, &account_person_stream);
	stream_register(STREAM_ORG, &school_org_stream);
	stream_set_lister(chat_list_streams);
	policy_register(TARGET_CHAT, chat_relation);
	policy_register(TARGET_STREAM, chat_stream_relation);
	school_set_hooks(&chat_school_hooks);
}

struct tx *world_begin(struct world *w, int64_t person, int64_t chat, enum err *e_out)
{
	w->s->now_ms += 7;
	struct tx *tx = store_begin(w->s, store_actor(person));
	*e_out = policy_check(tx, ADMIT_CHAT_MEMBER, TARGET_CHAT, chat);
	return tx;
}

int world_done(struct world *w, enum err e)
{
	int code = store_code(w->s, e);
	if (!code && w->watch)
		w->watch(w);
	return code;
}

static struct tx *begin_by_school(struct world *w)
{
	w->s->now_ms += 7;
	return store_begin(w->s, store_actor(0));
}

int64_t world_newcomer(struct world *w)
{
	struct person_id p = {0};
	struct tx *tx = begin_by_school(w);
	assert_int_equal(world_done(w, account_person_new(tx, (struct str){NULL, 0}, STR("Анна"), STR("Иванова"), STR("Петровна"), &p)), 0);
	return p.v;
}

int world_join(struct world *w, int64_t org, int64_t unit, int64_t person, enum role role, bool lead)
{
	bool changed;
	struct tx *tx = begin_by_school(w);
	return world_done(w, school_join(tx, (struct org_id){org}, (struct person_id){person}, role, (struct unit_id){unit}, lead, &changed));
}

int world_leave(struct world *w, int64_t org, int64_t unit, int64_t person)
{
	bool ended;
	struct tx *tx = begin_by_school(w);
	return world_done(w, roster_leave(tx, (struct org_id){org}, (struct unit_id){unit}, (struct person_id){person}, &ended));
}

int world_back(struct world *w, int64_t org, int64_t unit, int64_t person, enum role role)
{
	bool changed;
	enum role has; /* whoever is a member comes back as what he is */
	struct tx *tx = begin_by_school(w);
	enum err e = school_member_role(tx, (struct org_id){org}, (struct person_id){person}, &has);
	if (e == ERR_OK || e == ERR_NOT_FOUND)
		e = school_join(tx, (struct org_id){org}, (struct person_id){person}, e ? role : has, (struct unit_id){unit}, false, &changed);
	return world_done(w, e);
}

int world_rename(struct world *w, int64_t org, int64_t unit, const char *title)
{
	struct tx *tx = begin_by_school(w);
	return world_done(w, chat_school_hooks.unit_renamed(tx, (struct org_id){org}, (struct unit_id){unit}, str_of(title)));
}

int world_post(struct world *w, int64_t person, int64_t chat, uint64_t client, const char *text, struct api_message_posted *out)
{
	char id[33];
	snprintf(id, sizeof id, "%032llx", (unsigned long long)client);
	struct api_message_post in = {.chat_id = chat, .client_id = str_of(id), .text = str_of(text)};
	enum err e;
	w->s->now_ms += 7;
	struct tx *tx = store_begin(w->s, store_actor(person));
	e = policy_check(tx, ADMIT_CHAT_WRITER, TARGET_CHAT, chat);
	struct api_message_posted ignored;
	return world_done(w, e ? e : message_post(tx, &in, out ? out : &ignored));
}

int world_read(struct world *w, int64_t person, int64_t chat, int64_t seq, struct api_chat_read_done *out)
{
	struct api_chat_read in = {.chat_id = chat, .seq = seq};
	enum err e;
	struct tx *tx = world_begin(w, person, chat, &e);
	struct api_chat_read_done ignored;
	return world_done(w, e ? e : chat_read(tx, &in, out ? out : &ignored));
}

int world_snapshot(struct world *w, int64_t person, int64_t chat, struct api_chat_snapshot *out)
{
	struct api_chat_get in = {.chat_id = chat};
	enum err e;
	struct tx *tx = world_begin(w, person, chat, &e);
	*out = (struct api_chat_snapshot){0};
	return store_code(w->s, e ? e : chat_snapshot(tx, &in, out));
}

int world_list(struct world *w, int64_t person, struct api_message_list in, struct api_message_page *out)
{
	enum err e;
	struct tx *tx = world_begin(w, person, in.chat_id, &e);
	*out = (struct api_message_page){0};
	return store_code(w->s, e ? e : message_list(tx, &in, out));
}

int world_me(struct world *w, int64_t person, struct api_me_snapshot *out)
{
	struct tx *tx = store_begin(w->s, store_actor(person));
	*out = (struct api_me_snapshot){0};
	return store_code(w->s, me_snapshot(tx, &(struct api_empty){0}, out));
}

int world_since(struct world *w, int64_t person, struct stream_id s, int64_t after, int64_t limit, struct api_event_page *out)
{
	char text[24];
	struct api_events_since in = {.stream = stream_text(s, text), .after = after, .has_limit = true, .limit = limit};
	struct tx *tx = store_begin(w->s, store_actor(person));
	*out = (struct api_event_page){0};
	enum err e = policy_check(tx, ADMIT_STREAM_FOLLOWER, TARGET_STREAM, s.v);
	return store_code(w->s, e ? e : events_since(tx, &in, out));
}

static void fill_org(struct world *w, size_t o)
{
	struct org_id org;
	struct tx *tx = begin_by_school(w);
	assert_int_equal(world_done(w, school_org_new(tx, STR("Школа № 98"), STR("Школа"), API_ORG_TYPE_SCHOOL, &org)), 0);
	w->org[o] = org.v;
	for (size_t u = 0; u < WORLD_UNITS; u++) {
		static const char *const names[] = {"7А", "7Б"};
		struct unit_id unit;
		struct chat_id chat;
		tx = begin_by_school(w);
		assert_int_equal(world_done(w, school_unit_new(tx, org, API_UNIT_KIND_CLASS, str_of(names[u]), &unit)), 0);
		tx = begin_by_school(w);
		assert_int_equal(world_done(w, chat_of_unit(tx, org, unit, &chat)), 0);
		w->unit[o][u] = unit.v;
		w->chat[o][u] = chat.v;
	}
	static const enum role roles[WORLD_PEOPLE] = {ROLE_TEACHER, ROLE_GUARDIAN, ROLE_GUARDIAN, ROLE_STUDENT};
	for (size_t p = 0; p < WORLD_PEOPLE; p++) {
		w->person[o][p] = world_newcomer(w);
		assert_int_equal(world_join(w, org.v, w->unit[o][0], w->person[o][p], roles[p], p == 0), 0);
		if (p == 1 || p == 2)
			assert_int_equal(world_join(w, org.v, w->unit[o][1], w->person[o][p], roles[p], false), 0);
	}
}

static void open_world(void **state, const struct store_room *more)
{
	const struct store_room rooms[] = {
		{account_migrations, account_migration_count},
		{school_migrations, school_migration_count},
		{chat_migrations, chat_migration_count},
		more ? *more : (struct store_room){NULL, 0},
	};
	log_set_level(LOG_LEVEL_WARN);
	wire();
	struct world *w = calloc(1, sizeof *w);
	w->s = store_open(rooms, sizeof rooms / sizeof *rooms - (more ? 0 : 1));
	*state = w;
}

int world_setup_empty(void **state)
{
	open_world(state, NULL);
	return 0;
}

int world_setup(void **state)
{
	return world_setup_with(state, NULL);
}

int world_setup_with(void **state, const struct store_room *more)
{
	open_world(state, more);
	for (size_t o = 0; o < WORLD_ORGS; o++)
		fill_org(*state, o);
	return 0;
}

int world_teardown(void **state)
{
	struct world *w = *state;
	store_close(&w->s);
	free(w);
	return 0;
}
