/* SPDX-License-Identifier: Apache-2.0
 *
 * Rooms through the front's messages and the browsers' texts, packets out of the fake transport: who hears whom, and who does not.
 */
#include "media_world.h"
#include "media/wire.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <cmocka.h>

static struct browser anna, boris, vera; /* vera is in another room */

static int start(void **state)
{
	(void)state;
	world_start(2048);
	browser_join(&anna, "call-1", 11, 1);
	browser_join(&boris, "call-1", 12, 2);
	browser_join(&vera, "call-2", 13, 3);
	return 0;
}

static int stop(void **state)
{
	(void)state;
	world_stop();
	return 0;
}

static void say(struct browser *b, uint32_t ssrc, uint16_t seq, uint32_t ts, int level)
{
	static const uint8_t sound[60] = {0x78, 1, 2, 3};
	uint8_t p[PACKET_MAX];
	size_t n = rtp_make(p, &(struct rtp_make){.pt = 111, .seq = seq, .ts = ts, .ssrc = ssrc, .mid = "0", .level = level, .twcc = -1, .payload = sound,
		.n = sizeof sound});
	assert_true(fake_rtp(b->send, p, n));
}

static void show(struct browser *b, uint32_t ssrc, uint16_t seq, uint32_t ts, bool key, uint16_t pid)
{
	uint8_t p[PACKET_MAX], vp8[1000];
	size_t n = vp8_make(vp8, true, key, pid, (uint8_t)pid, 0, false, 500);
	n = rtp_make(p, &(struct rtp_make){.pt = 96, .marker = true, .seq = seq, .ts = ts, .ssrc = ssrc, .mid = "1", .level = -1, .twcc = seq, .payload = vp8,
		.n = n});
	assert_true(fake_rtp(b->send, p, n));
}

static void welcome_tells_who_is_there(void **state)
{
	(void)state;
	char id[32];
	struct browser later;
	browser_produce(&anna, "mic", opus_parameters(1000, "0"), id);
	const json_t *added = world_event(12, "producer_added");
	assert_int_equal(json_integer_value(json_object_get(added, "participant")), 1);
	assert_string_equal(json_string_value(json_object_get(json_object_get(added, "producer"), "id")), id);
	assert_null(world_event(13, "producer_added"));
	assert_null(world_event(11, "producer_added"));
	browser_join(&later, "call-1", 14, 4);
	const json_t *welcome = world_event(14, "welcome"), *peers = json_object_get(welcome, "peers");
	assert_int_equal(json_array_size(peers), 2);
	for (size_t i = 0; i < 2; i++) {
		const json_t *peer = json_array_get(peers, i), *list = json_object_get(peer, "producers");
		bool is_anna = json_integer_value(json_object_get(peer, "participant")) == 1;
		assert_int_equal(json_array_size(list), is_anna ? 1 : 0);
		if (is_anna)
			assert_string_equal(json_string_value(json_object_get(json_array_get(list, 0), "source")), "mic");
	}
	assert_int_equal(json_integer_value(json_object_get(world_event(11, "peer_joined"), "participant")), 4);
	assert_true(world_events(13, "peer_joined") == 0);
}

static void sound_goes_to_the_room_only(void **state)
{
	(void)state;
	char id[32], consumer[32];
	uint32_t ssrc;
	browser_produce(&anna, "mic", opus_parameters(1000, "0"), id);
	browser_consume(&boris, id, consumer, &ssrc, NULL);
	assert_string_equal(json_string_value(json_object_get(json_array_get(json_object_get(world_ok(13, "consume", json_pack("{s:s,s:[s]}", "transportId",
		vera.recv_id, "producerIds", id)), "refused"), 0), "code")), "not_found");
	for (uint16_t i = 0; i < 20; i++)
		say(&anna, 1000, (uint16_t)(65530 + i), 960u * i, 30);
	assert_int_equal(sent_rtp(boris.recv, ssrc), 20);
	assert_int_equal(sent_rtp(anna.recv, 0) + sent_rtp(anna.send, 0) + sent_rtp(vera.recv, 0), 0);
	uint16_t seq = 0;
	bool first = true;
	for (size_t i = 0; i < fake.n; i++) {
		const struct fake_sent *s = &fake.sent[i];
		struct str level;
		assert_int_equal(s->rtp.pt, PT_OPUS);
		assert_true(first || s->rtp.seq == (uint16_t)(seq + 1));
		assert_true(rtp_ext_find(s->data, &s->rtp, EXT_LEVEL, &level) && level.n == 1 && level.p[0] == 30);
		assert_true(rtp_ext_find(s->data, &s->rtp, EXT_SEND_TIME, &level) && level.n == 3);
		assert_false(rtp_ext_find(s->data, &s->rtp, EXT_MID, &level));
		assert_int_equal(s->rtp.payload_n, 60);
		seq = s->rtp.seq;
		first = false;
	}
}

static void a_paused_producer_is_silent(void **state)
{
	(void)state;
	char id[32], consumer[32];
	uint32_t ssrc;
	browser_produce(&anna, "mic", opus_parameters(1000, "0"), id);
	browser_consume(&boris, id, consumer, &ssrc, NULL);
	say(&anna, 1000, 1, 960, 30);
	uint16_t seq = sent_last(boris.recv, ssrc)->rtp.seq;
	world_ok(11, "pause_producer", json_pack("{s:s}", "producerId", id));
	assert_non_null(world_event(12, "producer_paused"));
	assert_string_equal(json_string_value(json_object_get(world_event(12, "consumer_paused"), "consumerId")), consumer);
	for (uint16_t i = 2; i < 50; i++) /* it goes on sending all the same */
		say(&anna, 1000, i, 960u * i, 30);
	assert_int_equal(sent_rtp(boris.recv, ssrc), 1);
	world_ok(11, "resume_producer", json_pack("{s:s}", "producerId", id));
	assert_non_null(world_event(12, "consumer_resumed"));
	say(&anna, 1000, 50, 960 * 50, 30);
	const struct fake_sent *s = sent_last(boris.recv, ssrc);
	assert_int_equal(sent_rtp(boris.recv, ssrc), 2);
	/* Opus packets have no marker, so that one number is left out where it was broken off */
	assert_true(s->rtp.seq == (uint16_t)(seq + 1) || s->rtp.seq == (uint16_t)(seq + 2));
	/* after a rest of a quarter of an hour its numbers may be half of all further */
	world_ok(11, "pause_producer", json_pack("{s:s}", "producerId", id));
	say(&anna, 1000, 30000, 960 * 30000, 30);
	say(&anna, 1000, 45000, 960 * 45000, 30);
	world_ok(11, "resume_producer", json_pack("{s:s}", "producerId", id));
	say(&anna, 1000, 45001, 960 * 45001, 30);
	say(&anna, 1000, 45002, 960 * 45002, 30);
	assert_int_equal(sent_rtp(boris.recv, ssrc), 4);
	assert_true((uint16_t)(sent_last(boris.recv, ssrc)->rtp.seq - s->rtp.seq) <= 4);
	world_ok(12, "pause_consumers", json_pack("{s:[s]}", "consumerIds", consumer));
	say(&anna, 1000, 45003, 960 * 45003, 30);
	assert_int_equal(sent_rtp(boris.recv, ssrc), 4);
}

static void rights_that_are_taken_end_the_producer(void **state)
{
	(void)state;
	char mic[32], camera[32], consumer[32];
	uint32_t sound, picture, rtx;
	browser_produce(&anna, "mic", opus_parameters(1000, "0"), mic);
	browser_produce(&anna, "camera", vp8_parameters(2000, 2001, "1"), camera);
	browser_consume(&boris, mic, consumer, &sound, NULL);
	browser_consume(&boris, camera, consumer, &picture, &rtx);
	world_wait(300000);
	say(&anna, 1000, 1, 960, 30);
	show(&anna, 2000, 1, 3000, true, 1);
	world_wait(300000);
	show(&anna, 2000, 2, 6000, true, 2);
	assert_true(sent_rtp(boris.recv, picture) > 0);
	size_t heard = sent_rtp(boris.recv, sound), seen = sent_rtp(boris.recv, picture);
	world_front("{\"m\":\"rights\",\"room\":\"call-1\",\"participant\":1,\"rights\":{\"audio\":false,\"video\":true,\"screen\":false}}");
	assert_false(json_is_true(json_object_get(world_event(11, "rights"), "audio")));
	assert_string_equal(json_string_value(json_object_get(world_event(12, "producer_closed"), "producerId")), mic);
	assert_string_equal(json_string_value(json_object_get(world_event(11, "producer_closed"), "producerId")), mic);
	for (uint16_t i = 2; i < 30; i++)
		say(&anna, 1000, i, 960u * i, 30);
	show(&anna, 2000, 3, 9000, false, 3);
	assert_int_equal(sent_rtp(boris.recv, sound), heard);
	assert_int_equal(sent_rtp(boris.recv, picture), seen + 1);
	assert_string_equal(world_refused(11, "produce", json_pack("{s:s,s:s,s:o,s:{s:s}}", "transportId", anna.send_id, "kind", "audio", "rtpParameters",
		opus_parameters(1002, "3"), "appData", "source", "mic")), "forbidden");
	assert_string_equal(world_refused(11, "produce", json_pack("{s:s,s:s,s:o,s:{s:s}}", "transportId", anna.send_id, "kind", "video", "rtpParameters",
		vp8_parameters(3000, 3001, "4"), "appData", "source", "screen")), "forbidden");
	/* a resumption of what is closed is no way back */
	assert_string_equal(world_refused(11, "resume_producer", json_pack("{s:s}", "producerId", mic)), "not_found");
}

static void others_things_are_not_found(void **state)
{
	(void)state;
	char id[32], consumer[32];
	uint32_t ssrc;
	browser_produce(&anna, "mic", opus_parameters(1000, "0"), id);
	browser_consume(&boris, id, consumer, &ssrc, NULL);
	assert_string_equal(world_refused(12, "close_producer", json_pack("{s:s}", "producerId", id)), "not_found");
	assert_string_equal(world_refused(12, "pause_producer", json_pack("{s:s}", "producerId", id)), "not_found");
	assert_string_equal(world_refused(11, "set_priority", json_pack("{s:s,s:i}", "consumerId", consumer, "priority", 1)), "not_found");
	assert_string_equal(world_refused(12, "restart_ice", json_pack("{s:s}", "transportId", anna.send_id)), "not_found");
	assert_string_equal(world_refused(12, "produce", json_pack("{s:s,s:s,s:o,s:{s:s}}", "transportId", anna.send_id, "kind", "audio", "rtpParameters",
		opus_parameters(1, "0"), "appData", "source", "mic")), "not_found");
	assert_string_equal(world_refused(12, "consume", json_pack("{s:s,s:[s]}", "transportId", anna.recv_id, "producerIds", id)), "not_found");
	world_ok(11, "close_consumers", json_pack("{s:[s]}", "consumerIds", consumer)); /* not hers: passed over */
	say(&anna, 1000, 1, 960, 30);
	assert_int_equal(sent_rtp(boris.recv, ssrc), 1);
	/* what boris sends by anna's SSRC is nobody's */
	uint8_t p[PACKET_MAX];
	size_t n = rtp_make(p, &(struct rtp_make){.pt = 111, .seq = 9, .ts = 9, .ssrc = 1000, .level = -1, .twcc = -1, .payload = (const uint8_t *)"xxxx", .n = 4});
	assert_true(fake_rtp(boris.send, p, n) && fake_rtp(boris.recv, p, n));
	assert_int_equal(sent_rtp(boris.recv, ssrc), 1);
	/* nor does it consume itself, or anything twice */
	const json_t *answer = world_ok(12, "consume", json_pack("{s:s,s:[s,s]}", "transportId", boris.recv_id, "producerIds", id, "p-nonsense"));
	assert_int_equal(json_array_size(json_object_get(answer, "consumers")), 0);
	assert_string_equal(json_string_value(json_object_get(json_array_get(json_object_get(answer, "refused"), 0), "code")), "conflict");
	assert_string_equal(json_string_value(json_object_get(json_array_get(json_object_get(answer, "refused"), 1), "code")), "not_found");
	answer = world_ok(11, "consume", json_pack("{s:s,s:[s]}", "transportId", anna.recv_id, "producerIds", id));
	assert_string_equal(json_string_value(json_object_get(json_array_get(json_object_get(answer, "refused"), 0), "code")), "not_found");
}

static void limits_hold_at_their_edges(void **state)
{
	(void)state;
	char id[32];
	assert_string_equal(world_refused(11, "create_transport", json_pack("{s:s}", "direction", "send")), "limit");
	assert_string_equal(world_refused(11, "create_transport", json_pack("{s:s}", "direction", "both")), "bad_request");
	browser_produce(&anna, "mic", opus_parameters(1000, "0"), id);
	assert_string_equal(world_refused(11, "produce", json_pack("{s:s,s:s,s:o,s:{s:s}}", "transportId", anna.send_id, "kind", "audio", "rtpParameters",
		opus_parameters(1002, "5"), "appData", "source", "mic")), "limit");
	assert_string_equal(world_refused(11, "produce", json_pack("{s:s,s:s,s:o,s:{s:s}}", "transportId", anna.send_id, "kind", "audio", "rtpParameters",
		opus_parameters(1000, "5"), "appData", "source", "screen_audio")), "conflict");
	assert_string_equal(world_refused(11, "produce", json_pack("{s:s,s:s,s:o,s:{s:s}}", "transportId", anna.send_id, "kind", "audio", "rtpParameters",
		opus_parameters(1005, "0"), "appData", "source", "screen_audio")), "conflict");
	assert_string_equal(world_refused(11, "produce", json_pack("{s:s,s:s,s:o,s:{s:s}}", "transportId", anna.send_id, "kind", "video", "rtpParameters",
		opus_parameters(1005, "7"), "appData", "source", "screen_audio")), "bad_request");
	assert_string_equal(world_refused(11, "produce", json_pack("{s:s,s:s,s:o,s:{s:s}}", "transportId", anna.recv_id, "kind", "audio", "rtpParameters",
		opus_parameters(1005, "7"), "appData", "source", "screen_audio")), "bad_request");
	/* 64 ids, and one more */
	json_t *ids = json_array();
	for (int i = 0; i < CONSUME_AT_ONCE_MAX; i++)
		json_array_append_new(ids, json_sprintf("p-%d", i));
	const json_t *answer = world_ok(12, "consume", json_pack("{s:s,s:O}", "transportId", boris.recv_id, "producerIds", ids));
	assert_int_equal(json_array_size(json_object_get(answer, "refused")), CONSUME_AT_ONCE_MAX);
	json_array_append_new(ids, json_string("p-65"));
	assert_string_equal(world_refused(12, "consume", json_pack("{s:s,s:o}", "transportId", boris.recv_id, "producerIds", ids)), "limit");
	assert_string_equal(world_refused(12, "consume", json_pack("{s:s,s:[]}", "transportId", boris.recv_id, "producerIds")), "bad_request");
}

static void a_room_has_256_places(void **state)
{
	(void)state;
	for (int i = 3; i <= ROOM_PARTICIPANTS_MAX; i++) {
		world_admit("call-1", (uint64_t)(1000 + i), 1000 + i, true, true, true);
		assert_non_null(world_event((uint64_t)(1000 + i), "welcome"));
		world_forget();
	}
	world_admit("call-1", 5000, 5000, true, true, true);
	assert_null(world_event(5000, "welcome"));
	assert_int_equal(json_integer_value(json_object_get(world_told("kick"), "session")), 5000);
	assert_string_equal(json_string_value(json_object_get(world_told("kick"), "reason")), "full");
	/* whoever has a place comes back into it */
	world_admit("call-1", 5001, 2, true, true, true);
	assert_non_null(world_event(5001, "welcome"));
}

/* 600 streams at once, and one more. */
static void a_participant_receives_600(void **state)
{
	static const char *const sources[4] = {"mic", "camera", "screen", "screen_audio"};
	size_t made = 0;
	(void)state;
	for (int i = 0; i < 151; i++) {
		struct browser b;
		char id[32];
		browser_join(&b, "call-1", (uint64_t)(1000 + i), 1000 + i);
		json_t *ids = json_array();
		for (uint32_t s = 0; s < 4; s++) {
			bool sound = s == 0 || s == 3;
			char mid[2] = {(char)('0' + s), 0};
			browser_produce(&b, sources[s], sound ? opus_parameters(1 + s, mid) : vp8_parameters(10 + s, 20 + s, mid), id);
			json_array_append_new(ids, json_string(id));
		}
		const json_t *answer = world_ok(12, "consume", json_pack("{s:s,s:o}", "transportId", boris.recv_id, "producerIds", ids));
		made += json_array_size(json_object_get(answer, "consumers"));
		const json_t *refused = json_object_get(answer, "refused");
		assert_int_equal(json_array_size(refused), i == 150 ? 4 : 0);
		for (size_t r = 0; r < json_array_size(refused); r++)
			assert_string_equal(json_string_value(json_object_get(json_array_get(refused, r), "code")), "limit");
		world_forget();
	}
	assert_int_equal(made, PARTICIPANT_CONSUMERS_MAX);
}

static size_t answers(uint64_t session)
{
	size_t n = 0;
	for (size_t i = 0; i < world.texts_n; i++)
		n += world.texts[i].session == session && json_object_get(world.texts[i].json, "ok");
	return n;
}

static void requests_are_limited(void **state)
{
	(void)state;
	world_wait(2000000);
	world_forget();
	for (int i = 0; i < 200; i++)
		world_front("{\"m\":\"text\",\"session\":11,\"text\":\"{\\\"id\\\":%d,\\\"method\\\":\\\"stats\\\"}\"}", i);
	size_t good = 0;
	for (size_t i = 0; i < world.texts_n; i++)
		good += json_is_true(json_object_get(world.texts[i].json, "ok"));
	assert_int_equal(good, SIGNAL_REQUESTS_S);
	assert_int_equal(answers(11), 2 * SIGNAL_REQUESTS_S); /* as many refusals, then silence */
	world_wait(1000000);
	world_forget();
	world_ok(11, "stats", NULL);
	world_ok(12, "stats", NULL);
}

static void frames_have_16_kib(void **state)
{
	(void)state;
	char frame[SIGNAL_FRAME_MAX + 64];
	for (int more = 0; more <= 1; more++) {
		static const char start[] = "{\\\"id\\\":1,\\\"method\\\":\\\"stats\\\"}"; /* 25 characters inside */
		size_t inside = 25, n = (size_t)snprintf(frame, sizeof frame, "%s", start);
		for (; inside < SIGNAL_FRAME_MAX + (size_t)more; inside++)
			frame[n++] = ' ';
		frame[n] = '\0';
		world_forget();
		world_front("{\"m\":\"text\",\"session\":11,\"text\":\"%s\"}", frame);
		assert_int_equal(answers(11), 1);
		assert_int_equal(json_is_true(json_object_get(world.texts[world.texts_n - 1].json, "ok")), !more);
	}
}

static void nonsense_is_answered_and_does_nothing(void **state)
{
	static const char *const texts[] = {"", "nonsense", "[]", "{}", "1", "{\\\"id\\\":\\\"1\\\",\\\"method\\\":\\\"stats\\\"}", "{\\\"id\\\":1}",
		"{\\\"id\\\":1,\\\"method\\\":3}", "{\\\"id\\\":1,\\\"method\\\":\\\"nothing\\\"}", "{\\\"id\\\":1,\\\"method\\\":\\\"stats\\\",\\\"data\\\":[]}",
		"{\\\"id\\\":1,\\\"id\\\":2,\\\"method\\\":\\\"stats\\\"}", "{\\\"id\\\":1,\\\"method\\\":\\\"stats\\\\u0000\\\"}"};
	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		world_forget();
		world_front("{\"m\":\"text\",\"session\":11,\"text\":\"%s\"}", texts[i]);
		assert_int_equal(answers(11), 1);
		assert_string_equal(json_string_value(json_object_get(json_object_get(world.texts[world.texts_n - 1].json, "error"), "code")), "bad_request");
	}
	world_front("{\"m\":\"text\",\"session\":99,\"text\":\"{}\"}");
	assert_int_equal(json_integer_value(json_object_get(world_told("kick"), "code")), 4401);
}

static void a_place_is_kept_for_ten_seconds(void **state)
{
	(void)state;
	char id[32], consumer[32];
	uint32_t ssrc;
	browser_produce(&anna, "mic", opus_parameters(1000, "0"), id);
	browser_consume(&boris, id, consumer, &ssrc, NULL);
	world_front("{\"m\":\"gone\",\"session\":11}");
	world_wait(REJOIN_US - 10000);
	say(&anna, 1000, 1, 960, 30); /* its media go on meanwhile */
	assert_int_equal(sent_rtp(boris.recv, ssrc), 1);
	assert_null(world_event(12, "peer_left"));
	world_wait(20000);
	assert_int_equal(json_integer_value(json_object_get(world_event(12, "peer_left"), "participant")), 1);
	assert_non_null(world_event(12, "consumer_closed"));
	assert_int_equal(json_integer_value(json_object_get(world_told("disconnected"), "participant")), 1);
	assert_int_equal(fake.alive, 4);
}

static void a_new_session_takes_the_place(void **state)
{
	(void)state;
	char id[32], consumer[32];
	uint32_t ssrc;
	struct browser again = {.session = 21, .participant = 1};
	browser_produce(&anna, "mic", opus_parameters(1000, "0"), id);
	browser_consume(&boris, id, consumer, &ssrc, NULL);
	world_forget();
	world_admit("call-1", 21, 1, true, true, true);
	assert_string_equal(json_string_value(json_object_get(world_event(11, "ended"), "reason")), "replaced");
	assert_int_equal(json_integer_value(json_object_get(world_told("kick"), "code")), 4409);
	assert_string_equal(json_string_value(json_object_get(world_event(12, "producer_closed"), "producerId")), id);
	assert_null(world_event(12, "peer_left"));
	assert_null(world_event(12, "peer_joined"));
	assert_non_null(world_event(21, "welcome"));
	browser_media(&again);
	browser_produce(&again, "mic", opus_parameters(1000, "0"), id);
	browser_consume(&boris, id, consumer, &ssrc, NULL);
	say(&again, 1000, 1, 960, 30);
	assert_int_equal(sent_rtp(boris.recv, ssrc), 1);
	assert_int_equal(fake.alive, 6);
}

static void the_front_ends_things(void **state)
{
	(void)state;
	world_front("{\"m\":\"remove\",\"room\":\"call-1\",\"participant\":1,\"reason\":\"removed\"}");
	assert_string_equal(json_string_value(json_object_get(world_event(11, "ended"), "reason")), "removed");
	assert_int_equal(json_integer_value(json_object_get(world_told("kick"), "code")), 4403);
	assert_int_equal(json_integer_value(json_object_get(world_event(12, "peer_left"), "participant")), 1);
	assert_int_equal(fake.alive, 4);
	world_front("{\"m\":\"close\",\"room\":\"call-1\",\"reason\":\"ended\"}");
	assert_int_equal(json_integer_value(json_object_get(world_told("kick"), "code")), 4410);
	assert_int_equal(fake.alive, 2);
	world_ok(13, "leave", NULL);
	assert_int_equal(fake.alive, 0);
	world_front("{\"m\":\"ping\",\"n\":7}");
	assert_int_equal(json_integer_value(json_object_get(world_told("pong"), "n")), 7);
	world_wait(CONTROL_STATS_US);
	assert_int_equal(json_integer_value(json_object_get(world_told("stats"), "participants")), 0);
}

static void a_closed_transport_takes_its_own_with_it(void **state)
{
	(void)state;
	char id[32], consumer[32];
	uint32_t ssrc;
	browser_produce(&anna, "mic", opus_parameters(1000, "0"), id);
	browser_consume(&boris, id, consumer, &ssrc, NULL);
	fake_close(boris.recv, "consent");
	say(&anna, 1000, 1, 960, 30);
	assert_int_equal(sent_rtp(boris.recv, 0), 0);
	world_wait(5000);
	assert_string_equal(json_string_value(json_object_get(world_event(12, "transport_closed"), "transportId")), boris.recv_id);
	assert_non_null(world_event(12, "consumer_closed"));
	/* the path broke: its browser is sent away to come back, its place is kept */
	assert_int_equal(json_integer_value(json_object_get(world_told("kick"), "code")), 4503);
	assert_null(world_event(11, "peer_left"));
	world_admit("call-1", 22, 2, true, true, true);
	assert_non_null(world_event(22, "welcome"));
	world_forget();
	fake_close(anna.send, "closed"); /* by the browser itself */
	world_wait(5000);
	assert_string_equal(json_string_value(json_object_get(world_event(22, "producer_closed"), "producerId")), id);
	assert_null(world_told("kick"));
	world_ok(11, "create_transport", json_pack("{s:s}", "direction", "send"));
	world_wait(CONTROL_STATS_US);
	assert_int_equal(json_integer_value(json_object_get(world_told("stats"), "paths_lost")), 1); /* a goodbye is none */
}

static void the_loudest_is_the_speaker(void **state)
{
	(void)state;
	char id[32];
	browser_produce(&anna, "mic", opus_parameters(1000, "0"), id);
	browser_produce(&boris, "mic", opus_parameters(1000, "0"), id);
	for (uint16_t i = 0; i < 50; i++) {
		say(&anna, 1000, i, 960u * i, 25);
		say(&boris, 1000, i, 960u * i, 80);
		world_wait(20000);
	}
	assert_int_equal(json_integer_value(json_object_get(world_event(12, "active_speaker"), "participant")), 1);
	assert_int_equal(json_integer_value(json_object_get(world_told("speaking"), "participant")), 1);
	world_forget();
	int64_t switched = world_now();
	for (uint16_t i = 50; i < 100 && !world_event(12, "active_speaker"); i++) {
		say(&anna, 1000, i, 960u * i, 127);
		say(&boris, 1000, i, 960u * i, 25);
		world_wait(20000);
	}
	assert_int_equal(json_integer_value(json_object_get(world_event(12, "active_speaker"), "participant")), 2);
	assert_true(world_now() - switched <= 700000);
	world_forget();
	world_wait(SPEAKER_SILENCE_US + 3000000);
	assert_true(json_is_null(json_object_get(world_event(11, "active_speaker"), "participant")));
	assert_null(world_event(13, "active_speaker"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(welcome_tells_who_is_there, start, stop),
		cmocka_unit_test_setup_teardown(sound_goes_to_the_room_only, start, stop),
		cmocka_unit_test_setup_teardown(a_paused_producer_is_silent, start, stop),
		cmocka_unit_test_setup_teardown(rights_that_are_taken_end_the_producer, start, stop),
		cmocka_unit_test_setup_teardown(others_things_are_not_found, start, stop),
		cmocka_unit_test_setup_teardown(limits_hold_at_their_edges, start, stop),
		cmocka_unit_test_setup_teardown(a_room_has_256_places, start, stop),
		cmocka_unit_test_setup_teardown(a_participant_receives_600, start, stop),
		cmocka_unit_test_setup_teardown(requests_are_limited, start, stop),
		cmocka_unit_test_setup_teardown(frames_have_16_kib, start, stop),
		cmocka_unit_test_setup_teardown(nonsense_is_answered_and_does_nothing, start, stop),
		cmocka_unit_test_setup_teardown(a_place_is_kept_for_ten_seconds, start, stop),
		cmocka_unit_test_setup_teardown(a_new_session_takes_the_place, start, stop),
		cmocka_unit_test_setup_teardown(the_front_ends_things, start, stop),
		cmocka_unit_test_setup_teardown(a_closed_transport_takes_its_own_with_it, start, stop),
		cmocka_unit_test_setup_teardown(the_loudest_is_the_speaker, start, stop),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
