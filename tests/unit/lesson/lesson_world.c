/* SPDX-License-Identifier: Apache-2.0
 *
 * The world of the tests of calls.
 */
#include "lesson_world.h"

#include "account/account.h"
#include "file/file.h"
#include "server/media_port.h"
#include "server/presence.h"
#include "server/stream.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <cmocka.h>

static char told[65536];

static void hear(void *user, int64_t room, struct str json)
{
	(void)user;
	size_t n = strlen(told);
	snprintf(told + n, sizeof told - n, "%lld %.*s\n", (long long)room, (int)json.n, json.p);
}

const char *lesson_told(void)
{
	return told;
}

/* As the publisher does behind the commit. */
static void commit_said(struct world *w)
{
	effects_run_after(&w->s->effects);
}

int lesson_setup(void **state)
{
	struct migration list[256];
	CHECK(file_migration_count + lesson_migration_count <= sizeof list / sizeof *list);
	memcpy(list, file_migrations, file_migration_count * sizeof *list);
	memcpy(list + file_migration_count, lesson_migrations, lesson_migration_count * sizeof *list);
	const struct store_room room = {list, file_migration_count + lesson_migration_count};
	file_ports_set(&file_port_functions);
	int failed = world_setup_with(state, &room);
	struct world *w = *state;
	stream_register(STREAM_CALL, &lesson_call_stream);
	stream_set_lister(lesson_list_streams);
	policy_register(TARGET_CALL, lesson_relation_call);
	policy_register(TARGET_STREAM, lesson_stream_relation);
	policy_set_confirmed(school_confirmed);
	chat_set_hooks(&lesson_chat_hooks);
	account_set_hooks(&(struct account_hooks){.session_ended = lesson_session_ended});
	media_port_set(&(struct media_port){.send = hear, .processes = 1});
	w->watch = commit_said;
	return failed;
}

static struct tx *begin(struct world *w, int64_t person, int64_t session)
{
	struct actor actor = store_actor(person);
	if (session)
		actor.session.v = session;
	told[0] = 0;
	return store_begin(w->s, actor);
}

struct tx *lesson_begin(struct world *w, int64_t person)
{
	return begin(w, person, 0);
}

/* Reads answer from their own transaction, which ends before the test looks: what they give lives in the arena till the next. */
static struct tx *on_call(struct world *w, int64_t person, int64_t session, uint32_t admit, int64_t call, enum err *e)
{
	struct tx *tx = begin(w, person, session);
	*e = policy_check(tx, admit, TARGET_CALL, call);
	return tx;
}

int do_start(struct world *w, int64_t person, int64_t chat, struct api_call *out)
{
	struct api_call_start in = {.chat_id = chat, .kind = API_CALL_KIND_VIDEO};
	struct tx *tx = begin(w, person, 0);
	enum err e = policy_check(tx, ADMIT_CHAT_WRITER, TARGET_CHAT, chat);
	*out = (struct api_call){0};
	return world_done(w, e ? e : call_start(tx, &in, out));
}

int do_join(struct world *w, int64_t person, int64_t session, int64_t call, struct api_call_entry *out)
{
	enum err e;
	struct tx *tx = on_call(w, person, session, ADMIT_CALL_MEMBER, call, &e);
	*out = (struct api_call_entry){0};
	return world_done(w, e ? e : call_join(tx, &(struct api_call_join){.call_id = call}, out));
}

int do_leave(struct world *w, int64_t person, int64_t call)
{
	enum err e;
	struct tx *tx = on_call(w, person, 0, ADMIT_CALL_MEMBER, call, &e);
	return world_done(w, e ? e : call_leave(tx, &(struct api_call_ref){.call_id = call}, &(struct api_empty){0}));
}

int do_end(struct world *w, int64_t person, int64_t call)
{
	enum err e;
	struct tx *tx = on_call(w, person, 0, ADMIT_CALL_HOST, call, &e);
	return world_done(w, e ? e : call_end(tx, &(struct api_call_end){.call_id = call}, &(struct api_empty){0}));
}

int do_classroom(struct world *w, int64_t person, int64_t call, const char *name)
{
	enum err e;
	struct tx *tx = on_call(w, person, 0, ADMIT_CALL_HOST, call, &e);
	struct api_call_classroom in = {.call_id = call, .has_name = name != NULL, .name = str_of(name ? name : "")};
	return world_done(w, e ? e : call_classroom(tx, &in, &(struct api_empty){0}));
}

int do_in_room(struct world *w, int64_t person, int64_t call, int64_t who, bool here)
{
	enum err e;
	struct tx *tx = on_call(w, person, 0, ADMIT_CALL_HOST, call, &e);
	struct api_call_in_room in = {.call_id = call, .here = here, .person_ids = {.items = &who, .n = 1}};
	return world_done(w, e ? e : call_in_room(tx, &in, &(struct api_call_roster){0}));
}

int do_mute(struct world *w, int64_t person, int64_t call, int64_t participant)
{
	enum err e;
	struct tx *tx = on_call(w, person, 0, ADMIT_CALL_HOST, call, &e);
	return world_done(w, e ? e : call_mute(tx, &(struct api_call_mute){.call_id = call, .participant_id = participant}, &(struct api_empty){0}));
}

int do_remove(struct world *w, int64_t person, int64_t call, int64_t participant)
{
	enum err e;
	struct tx *tx = on_call(w, person, 0, ADMIT_CALL_HOST, call, &e);
	return world_done(w, e ? e : call_remove(tx, &(struct api_call_pick){.call_id = call, .participant_id = participant}, &(struct api_empty){0}));
}

int do_attendance(struct world *w, int64_t person, int64_t call, struct api_call_attendance *out)
{
	enum err e;
	struct tx *tx = on_call(w, person, 0, ADMIT_CALL_HOST, call, &e);
	*out = (struct api_call_attendance){0};
	return store_code(w->s, e ? e : call_attendance(tx, &(struct api_call_ref){.call_id = call}, out));
}

int do_get(struct world *w, int64_t person, int64_t call, struct api_call_snapshot *out)
{
	enum err e;
	struct tx *tx = on_call(w, person, 0, ADMIT_CALL_MEMBER, call, &e);
	*out = (struct api_call_snapshot){0};
	return store_code(w->s, e ? e : call_get(tx, &(struct api_call_ref){.call_id = call}, out));
}

void lesson_media_says(struct world *w, int64_t call, int64_t participant, bool connected)
{
	struct tx *tx = begin(w, 0, 0);
	assert_int_equal(world_done(w, lesson_connected(tx, call, participant, connected)), 0);
}

void lesson_time_goes_on(struct world *w, int64_t ms)
{
	for (int64_t left = ms; left > 0; left -= LESSON_UPKEEP_MS) {
		bool more;
		w->s->now_ms += left < LESSON_UPKEEP_MS ? left : LESSON_UPKEEP_MS;
		struct tx *tx = begin(w, 0, 0);
		assert_int_equal(world_done(w, lesson_upkeep(tx, &more)), 0);
		assert_false(more);
	}
}

bool do_spend(struct world *w, const char *ticket, int64_t session)
{
	struct call_pass pass;
	struct tx *tx = begin(w, 0, 0);
	enum err e = lesson_ticket_spend(tx, str_of(ticket), (struct session_id){session}, 77, &pass);
	assert_int_equal(world_done(w, e == ERR_NOT_FOUND ? ERR_OK : e), 0);
	return e == ERR_OK;
}
