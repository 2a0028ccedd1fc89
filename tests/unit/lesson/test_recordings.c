/* SPDX-License-Identifier: Apache-2.0
 *
 * Recordings on a virtual clock: kept to the last moment of their days, then gone with their files, from the card of their call too; the recorder is a fake that only counts.
 */
#include "lesson_world.h"
#include "file/blob.h"
#include "server/record_port.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <cmocka.h>

#define DAY_MS (24 * 60 * 60 * 1000LL)
#define DAYS 30

static struct { int64_t recording, room; int started, stopped; } recorder;

static void on_start(void *user, int64_t recording, int64_t room, int64_t most)
{
	(void)user;
	assert_true(most > 0);
	recorder.recording = recording;
	recorder.room = room;
	recorder.started++;
}

static void on_stop(void *user, int64_t recording, int64_t room)
{
	(void)user;
	assert_int_equal(recording, recorder.recording);
	assert_int_equal(room, recorder.room);
	recorder.stopped++;
}

static int setup(void **state)
{
	int failed = lesson_setup(state);
	struct world *w = *state;
	memset(&recorder, 0, sizeof recorder);
	record_port_set(&(struct record_port){.start = on_start, .stop = on_stop});
	w->s->inst.recording_days = DAYS;
	return failed;
}

static struct tx *begin_on(struct world *w, int64_t person, uint32_t admit, enum target target, int64_t id, enum err *e)
{
	struct tx *tx = store_begin(w->s, store_actor(person));
	*e = policy_check(tx, admit, target, id);
	return tx;
}

static int list(struct world *w, int64_t person, int64_t chat, struct api_recording_list *out)
{
	enum err e;
	struct tx *tx = begin_on(w, person, ADMIT_CHAT_MEMBER, TARGET_CHAT, chat, &e);
	*out = (struct api_recording_list){0};
	return store_code(w->s, e ? e : recording_list(tx, &(struct api_recording_list_get){.chat_id = chat}, out));
}

static int publish(struct world *w, int64_t person, int64_t chat, int64_t recording)
{
	enum err e;
	struct tx *tx = begin_on(w, person, ADMIT_CHAT_MEMBER, TARGET_CHAT, chat, &e);
	struct api_recording_publish in = {.chat_id = chat, .recording_id = recording, .published = true};
	return world_done(w, e ? e : recording_publish(tx, &in, &(struct api_recording){0}));
}

/* A call of the teacher that was recorded: two tracks, whose bytes are said to be there. *call_out: the call, which has ended. */
static int64_t recorded(struct world *w, int org, int64_t *call_out)
{
	struct api_call call;
	struct api_call_entry entry;
	struct lesson_record_track tracks[2] = {{.duration_ms = 5000, .size = 700, .sound = true}, {.start_ms = 1000, .duration_ms = 6000, .size = 9000, .source = 1, .h264 = true}};
	int64_t teacher = w->person[org][0];
	enum err e;
	bool kept;
	assert_int_equal(do_start(w, teacher, w->chat[org][0], &call), 0);
	assert_int_equal(do_join(w, teacher, 0, call.id, &entry), 0);
	int before = recorder.started;
	struct tx *tx = begin_on(w, teacher, ADMIT_CALL_HOST, TARGET_CALL, call.id, &e);
	assert_int_equal(world_done(w, e ? e : call_record_start(tx, &(struct api_call_ref){.call_id = call.id}, &call)), 0);
	assert_int_equal(recorder.started, before + 1);
	assert_int_equal(recorder.room, call.id);
	int64_t id = recorder.recording;
	assert_int_equal(do_end(w, teacher, call.id), 0);
	assert_int_equal(recorder.stopped, before + 1);
	tx = store_begin(w->s, store_actor(0));
	assert_int_equal(world_done(w, lesson_recording_over(tx, id, LESSON_RECORD_DONE)), 0);
	for (size_t i = 0; i < 2; i++) {
		tracks[i].participant_id = entry.participant.id;
		tracks[i].ready.type = i ? FILE_TYPE_MATROSKA : FILE_TYPE_WEBM;
		memset(tracks[i].ready.sha256, (int)(id * 2) + (int)i, sizeof tracks[i].ready.sha256);
	}
	tx = store_begin(w->s, store_actor(0));
	assert_int_equal(world_done(w, lesson_recording_keep(tx, id, tracks, 2, STR("[]"), &kept)), 0);
	assert_true(kept);
	*call_out = call.id;
	return id;
}

/* As app does it: again as long as there is more. */
static int upkeep(struct world *w)
{
	int times = 0;
	for (bool more = true; more; times++) {
		struct tx *tx = store_begin(w->s, store_actor(0));
		assert_int_equal(world_done(w, lesson_upkeep(tx, &more)), 0);
		assert_true(times < 100);
	}
	return times;
}

static int64_t held(struct world *w)
{
	return store_int(w->s, "SELECT count(*) FROM file WHERE holder = 4 AND removed_at IS NULL");
}

static bool card_names(struct world *w, int64_t person, int64_t chat, int64_t call)
{
	struct api_message_page page;
	char ours[40];
	snprintf(ours, sizeof ours, "\"call_id\":%lld,", (long long)call);
	assert_int_equal(world_list(w, person, (struct api_message_list){.chat_id = chat}, &page), 0);
	for (size_t i = 0; i < page.messages.n; i++)
		if (page.messages.items[i].has_card && memmem(page.messages.items[i].card.p, page.messages.items[i].card.n, ours, strlen(ours)))
			return memmem(page.messages.items[i].card.p, page.messages.items[i].card.n, "recording_ids", 13) != NULL;
	fail_msg("the call has no card");
	return false;
}

static void gone_after_its_days(void **state)
{
	struct world *w = *state;
	struct api_recording_list all;
	int64_t call, other_call, teacher = w->person[0][0], chat = w->chat[0][0];
	int64_t id = recorded(w, 0, &call), kept_at = w->s->now_ms;
	assert_int_equal(publish(w, teacher, chat, id), 0);
	assert_true(card_names(w, w->person[0][3], chat, call));
	w->s->now_ms += 10 * DAY_MS; /* of another organisation, and later */
	recorded(w, 1, &other_call);
	assert_int_equal(held(w), 4);
	w->s->now_ms = kept_at + DAYS * DAY_MS - 1;
	assert_int_equal(upkeep(w), 1);
	assert_int_equal(list(w, teacher, chat, &all), 0);
	assert_int_equal(all.recordings.n, 1);
	assert_int_equal(all.recordings.items[0].expires_at, kept_at + DAYS * DAY_MS);
	assert_int_equal(all.recordings.items[0].duration_ms, 7000);
	w->s->now_ms++;
	assert_int_equal(upkeep(w), 2);
	assert_int_equal(list(w, teacher, chat, &all), 0);
	assert_int_equal(all.recordings.n, 0);
	assert_int_equal(held(w), 2);
	assert_int_equal(store_int(w->s, "SELECT count(*) FROM recording_track"), 2);
	assert_int_equal(store_int(w->s, "SELECT count(*) FROM audit WHERE action = 'recording_expired'"), 1);
	assert_false(card_names(w, w->person[0][3], chat, call));
	w->s->now_ms += 10 * DAY_MS;
	upkeep(w);
	assert_int_equal(list(w, w->person[1][0], w->chat[1][0], &all), 0);
	assert_int_equal(all.recordings.n, 0);
	assert_int_equal(held(w), 0);
	assert_int_equal(store_int(w->s, "SELECT count(*) FROM recording"), 0);
}

/* What is still being recorded, or put away, has no days yet, however long that takes. */
static void not_before_it_is_kept(void **state)
{
	struct world *w = *state;
	struct api_recording_list all;
	struct api_call call;
	struct api_call_entry entry;
	int64_t teacher = w->person[0][0];
	enum err e;
	bool kept;
	assert_int_equal(do_start(w, teacher, w->chat[0][0], &call), 0);
	assert_int_equal(do_join(w, teacher, 0, call.id, &entry), 0);
	struct tx *tx = begin_on(w, teacher, ADMIT_CALL_HOST, TARGET_CALL, call.id, &e);
	assert_int_equal(world_done(w, e ? e : call_record_start(tx, &(struct api_call_ref){.call_id = call.id}, &call)), 0);
	assert_int_equal(do_end(w, teacher, call.id), 0);
	w->s->now_ms += 2 * DAYS * DAY_MS;
	upkeep(w);
	assert_int_equal(list(w, teacher, w->chat[0][0], &all), 0);
	assert_int_equal(all.recordings.n, 1);
	assert_int_equal(all.recordings.items[0].state, API_RECORDING_STATE_SAVING);
	assert_false(all.recordings.items[0].has_expires_at);
	tx = store_begin(w->s, store_actor(0));
	assert_int_equal(world_done(w, lesson_recording_over(tx, recorder.recording, LESSON_RECORD_FULL)), 0);
	tx = store_begin(w->s, store_actor(0));
	assert_int_equal(world_done(w, lesson_recording_keep(tx, recorder.recording, NULL, 0, STR("[]"), &kept)), 0);
	assert_int_equal(list(w, teacher, w->chat[0][0], &all), 0);
	assert_int_equal(all.recordings.items[0].state, API_RECORDING_STATE_FAILED);
	assert_int_equal(all.recordings.items[0].problem, API_RECORDING_PROBLEM_FULL);
	assert_int_equal(all.recordings.items[0].expires_at, w->s->now_ms + DAYS * DAY_MS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test_setup_teardown(gone_after_its_days, setup, world_teardown),
		cmocka_unit_test_setup_teardown(not_before_it_is_kept, setup, world_teardown)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
