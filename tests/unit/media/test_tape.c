/* SPDX-License-Identifier: Apache-2.0
 *
 * What a recorder is given of a room, and for how long: from before its first participant until the front or the recorder ends it.
 */
#include "media_world.h"
#include "base/mem.h"
#include "media/room.h"
#include "media/tape_format.h"
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <sys/socket.h>
#include <unistd.h>
#include <cmocka.h>

#define ROOM "call-1"

static int recorder; /* its end of the tape */
static struct { uint8_t p[1 << 16]; size_t n; } got;

static int start(void **state)
{
	(void)state;
	int ends[2];
	world_start(2048);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
	recorder = ends[0];
	got.n = 0;
	room_record(world.router, STR(ROOM), ends[1]);
	return 0;
}

static int stop(void **state)
{
	(void)state;
	world_stop();
	if (recorder >= 0)
		close(recorder);
	return 0;
}

/* Reads what there is. false: the tape has ended. */
static bool hear(void)
{
	for (;;) {
		ssize_t n = recv(recorder, got.p + got.n, sizeof got.p - got.n, MSG_DONTWAIT);
		if (n < 0)
			assert_int_equal(errno, EAGAIN);
		if (n <= 0)
			return n < 0;
		got.n += (size_t)n;
	}
}

static size_t messages(enum tape_type type, int64_t participant)
{
	struct tape_message m;
	size_t found = 0, used;
	for (size_t at = 0; at < got.n; at += used) {
		assert_int_equal(tape_read(got.p + at, got.n - at, &m, &used), ERR_OK);
		found += m.type == type && m.participant == participant;
	}
	return found;
}

static int64_t rooms(void)
{
	world_forget();
	world_wait(CONTROL_STATS_US);
	return json_integer_value(json_object_get(world_told("stats"), "rooms"));
}

static void speak(struct browser *b, uint16_t first)
{
	static const uint8_t sound[60] = {0x78, 1, 2, 3};
	uint8_t p[PACKET_MAX];
	for (uint16_t seq = first; seq < first + 5; seq++) {
		size_t n = rtp_make(p, &(struct rtp_make){.pt = 111, .seq = seq, .ts = seq * 960u, .ssrc = 1000, .mid = "0", .level = 30, .twcc = -1, .payload = sound, .n = sizeof sound});
		assert_true(fake_rtp(b->send, p, n));
	}
	world_wait(5000);
}

static void begins_before_anybody_is_there(void **state)
{
	(void)state;
	struct browser anna;
	char id[32];
	world_wait(2 * CONTROL_STATS_US);
	assert_true(hear());
	assert_int_equal(messages(TAPE_BEGIN, 0), 1);
	browser_join(&anna, ROOM, 11, 1);
	browser_produce(&anna, "mic", opus_parameters(1000, "0"), id);
	speak(&anna, 1);
	assert_true(hear());
	assert_int_equal(messages(TAPE_PACKET, 1), 5);
}

static void goes_on_when_all_have_left(void **state)
{
	(void)state;
	struct browser anna;
	char id[32];
	browser_join(&anna, ROOM, 11, 1);
	browser_produce(&anna, "mic", opus_parameters(1000, "0"), id);
	speak(&anna, 1);
	world_front("{\"m\":\"remove\",\"room\":\"" ROOM "\",\"participant\":1,\"reason\":\"left\"}");
	assert_int_equal(rooms(), 1);
	browser_join(&anna, ROOM, 12, 1);
	browser_produce(&anna, "mic", opus_parameters(1000, "0"), id);
	speak(&anna, 1);
	assert_true(hear());
	assert_int_equal(messages(TAPE_END, 1), 1);
	assert_int_equal(messages(TAPE_PACKET, 1), 10);
}

static void the_front_ends_it(void **state)
{
	(void)state;
	world_front("{\"m\":\"record_end\",\"room\":\"" ROOM "\"}");
	assert_false(hear());
	assert_int_equal(rooms(), 0);
}

static void the_end_of_the_call_ends_it(void **state)
{
	(void)state;
	struct browser anna;
	browser_join(&anna, ROOM, 11, 1);
	world_front("{\"m\":\"close\",\"room\":\"" ROOM "\",\"reason\":\"ended\"}");
	assert_false(hear());
	assert_int_equal(rooms(), 0);
}

static void a_recorder_that_dies_keeps_no_room(void **state)
{
	(void)state;
	struct browser anna;
	close(recorder);
	recorder = -1;
	assert_int_equal(rooms(), 0);
	browser_join(&anna, ROOM, 11, 1);
	assert_int_equal(rooms(), 1);
}

static void the_next_recorder_takes_the_place_of_the_former(void **state)
{
	(void)state;
	int ends[2];
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
	room_record(world.router, STR(ROOM), ends[1]);
	assert_false(hear());
	close(recorder);
	recorder = ends[0];
	got.n = 0;
	world_wait(5000);
	assert_true(hear());
	assert_int_equal(messages(TAPE_BEGIN, 0), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(begins_before_anybody_is_there, start, stop),
		cmocka_unit_test_setup_teardown(goes_on_when_all_have_left, start, stop),
		cmocka_unit_test_setup_teardown(the_front_ends_it, start, stop),
		cmocka_unit_test_setup_teardown(the_end_of_the_call_ends_it, start, stop),
		cmocka_unit_test_setup_teardown(a_recorder_that_dies_keeps_no_room, start, stop),
		cmocka_unit_test_setup_teardown(the_next_recorder_takes_the_place_of_the_former, start, stop),
	};
	return cmocka_run_group_tests_name("tape", tests, NULL, NULL);
}
