/* SPDX-License-Identifier: Apache-2.0
 *
 * The media process itself, as the program starts it, with its walls up: two browsers' ends in a room, sound from one to the other over UDP and over ICE-TCP, junk
 * beside it, rights taken away, a change of network, the end. The first argument is the program.
 */
#include "../../../bench/media_room.h"

#include "base/clock.h"
#include "base/mem.h"
#include "media/wire.h"
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static const char *program;

struct heard { unsigned n, wrong; uint16_t last; uint32_t ssrc; uint8_t pt; };

static void on_rtp(void *user, uint8_t *p, size_t n)
{
	struct heard *h = user;
	h->n++;
	h->pt = p[1] & 0x7f;
	h->ssrc = get_u32(p + 8);
	h->last = get_u16(p + 2);
	/* our payload is at the end whatever extensions stand before it */
	h->wrong += n < 12 + 100 || p[n - 1] != 0x5a || p[n - 100] != 0x5a;
}

static bool speak(struct person *p, struct srtp_stream *s, uint16_t seq, uint32_t ssrc)
{
	uint8_t head[12] = {0x80, MEDIA_ROOM_OPUS}, payload[100];
	memset(payload, 0x5a, sizeof payload);
	set_u16(head + 2, seq);
	set_u32(head + 4, 960u * seq);
	set_u32(head + 8, ssrc);
	return media_client_send_rtp(p->send, s, head, sizeof head, payload, sizeof payload);
}

struct call {
	struct media_room room;
	struct person *a, *b;
	struct heard heard;
	struct srtp_stream stream;
	char send_id[64], recv_id[64], producer[64], consumer[64];
	uint16_t seq;
};

/* Numbers of the wire's JSON are integers, its sample of media 100 bytes of 0x5a. */
static void call_open(struct call *c, bool tcp)
{
	struct media_client_config speaker = {.user = NULL}, listener = {.user = &c->heard, .rtp = on_rtp};
	const char *code;
	memset(c, 0, sizeof *c);
	assert_true(media_room_start(&c->room, program));
	c->a = media_room_admit(&c->room, "7", 1, true, false, false);
	c->b = media_room_admit(&c->room, "7", 2, false, false, false);
	assert_non_null(c->b->router_caps);
	assert_true(media_room_open(&c->room, c->a, true, tcp, &speaker, c->send_id));
	assert_true(media_room_open(&c->room, c->b, false, tcp, &listener, c->recv_id));
	assert_true(media_room_produce(&c->room, c->a, c->send_id, "mic", false, media_room_parameters("0", false, false, 1111), c->producer));
	json_decref(media_room_ask(&c->room, c->b, "capabilities", json_pack("{s:O}", "rtpCapabilities", c->b->router_caps), &code));
	assert_string_equal(code, "");
	json_t *made = media_room_ask(&c->room, c->b, "consume", json_pack("{s:s,s:[s]}", "transportId", c->recv_id, "producerIds", c->producer), &code);
	assert_string_equal(code, "");
	json_t *consumer = json_array_get(json_object_get(made, "consumers"), 0);
	snprintf(c->consumer, sizeof c->consumer, "%s", json_string_value(json_object_get(consumer, "id")));
	json_decref(made);
	json_decref(media_room_ask(&c->room, c->b, "resume_consumers", json_pack("{s:[s]}", "consumerIds", c->consumer), &code));
	assert_string_equal(code, "");
}

static void until_heard(struct call *c, unsigned n)
{
	for (int i = 0; i < 300 && c->heard.n < n; i++)
		media_room_pump(&c->room, 10);
	assert_int_equal(c->heard.n, n);
}

static void talk(struct call *c, unsigned packets)
{
	for (unsigned i = 0; i < packets; i++) {
		assert_true(speak(c->a, &c->stream, ++c->seq, 1111));
		media_room_pump(&c->room, 2);
	}
	media_room_pump(&c->room, 100);
}

static void sound_goes_across(bool tcp)
{
	struct call *c = mem_alloc(sizeof *c);
	call_open(c, tcp);
	assert_true(media_room_walled(c->room.pid));
	talk(c, 200);
	until_heard(c, 200);
	assert_int_equal(c->heard.wrong, 0);
	assert_int_equal(c->heard.pt, 100);
	assert_true(c->room.connected >= 1);
	/* the right to speak is taken away: not a packet more */
	media_room_say(&c->room, json_pack("{s:s,s:s,s:i,s:{s:b,s:b,s:b}}", "m", "rights", "room", "7", "participant", 1, "rights", "audio", 0, "video", 0,
		"screen", 0));
	json_t *rights = media_room_event(&c->room, c->a, "rights");
	assert_non_null(rights);
	json_decref(rights);
	media_room_pump(&c->room, 20);
	unsigned before = c->heard.n;
	talk(c, 50);
	assert_int_equal(c->heard.n, before);
	assert_int_equal(media_room_stop(&c->room), 0);
	mem_free(c);
}

static void sound_over_udp(void **state)
{
	(void)state;
	sound_goes_across(false);
}

static void sound_over_tcp(void **state)
{
	(void)state;
	sound_goes_across(true);
}

static void sound_beside_a_flood(void **state)
{
	(void)state;
	struct call *c = mem_alloc(sizeof *c);
	call_open(c, false);
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(c->room.udp_port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	assert_int_equal(connect(fd, (struct sockaddr *)&a, sizeof a), 0);
	uint8_t junk[1200], answer[2048];
	random_fill(junk, sizeof junk);
	static const uint8_t firsts[] = {0x80, 0x00, 22, 0x90, 0x01, 200, 64, 23};
	unsigned answered = 0;
	for (unsigned i = 0; i < 200; i++) {
		for (unsigned k = 0; k < 100; k++) { /* 20,000 in some half a second */
			junk[0] = firsts[(i + k) % sizeof firsts];
			junk[1] = (uint8_t)(i + k);
			send(fd, junk, 20 + (i * 7 + k * 13) % 1180, 0);
		}
		assert_true(speak(c->a, &c->stream, ++c->seq, 1111));
		media_room_pump(&c->room, 2);
		while (recv(fd, answer, sizeof answer, 0) > 0)
			answered++;
	}
	for (int i = 0; i < 300 && c->heard.n < 200; i++)
		media_room_pump(&c->room, 10);
	assert_int_equal(answered, 0);
	assert_true(c->heard.n >= 198); /* a kernel's buffer may be small here: 1 % */
	assert_int_equal(c->heard.wrong, 0);
	close(fd);
	assert_int_equal(media_room_stop(&c->room), 0);
	mem_free(c);
}

static void another_network(void **state)
{
	(void)state;
	struct call *c = mem_alloc(sizeof *c);
	const char *code;
	call_open(c, false);
	talk(c, 20);
	until_heard(c, 20);
	json_t *fresh = media_room_ask(&c->room, c->b, "restart_ice", json_pack("{s:s}", "transportId", c->recv_id), &code), *ice = json_object_get(fresh, "iceParameters");
	assert_string_equal(code, "");
	/* the listener's address changes; the new name, from there */
	assert_true(media_client_move(c->b->recv));
	media_client_credentials(c->b->recv, json_string_value(json_object_get(ice, "usernameFragment")), json_string_value(json_object_get(ice, "password")));
	json_decref(fresh);
	struct media_client_counts before = *media_client_counts(c->b->recv);
	int64_t until = clock_mono_ns() + 5 * INT64_C(1000000000);
	while (media_client_counts(c->b->recv)->checks_answered == before.checks_answered && clock_mono_ns() < until) {
		media_client_tick(c->b->recv, clock_mono_ns() / 1000);
		usleep(5000);
		media_client_ready(c->b->recv);
	}
	assert_true(media_client_counts(c->b->recv)->checks_answered > before.checks_answered);
	for (unsigned i = 0; i < 50; i++) {
		assert_true(speak(c->a, &c->stream, ++c->seq, 1111));
		media_room_pump(&c->room, 2);
		media_client_ready(c->b->recv);
	}
	for (int i = 0; i < 300 && c->heard.n < 70; i++) {
		usleep(10000);
		media_client_ready(c->b->recv);
	}
	assert_int_equal(c->heard.n, 70);
	assert_int_equal(media_room_stop(&c->room), 0);
	mem_free(c);
}

static void the_channel_is_its_life(void **state)
{
	(void)state;
	struct media_room *r = mem_alloc(sizeof *r);
	assert_true(media_room_start(r, program));
	media_room_say(r, json_pack("{s:s,s:i}", "m", "ping", "n", 7));
	media_room_pump(r, 50);
	/* nonsense inside a message is told in the log and passed over; nonsense around messages ends it */
	assert_int_equal(channel_send(&r->channel, CHANNEL_JSON, STR("{")), ERR_OK);
	media_room_pump(r, 50);
	assert_false(r->ended);
	assert_int_equal(write(r->channel.fd, "\xff\xff\xff\xff\0", 5), 5);
	for (int i = 0; i < 100 && !r->ended; i++)
		media_room_pump(r, 20);
	assert_true(r->ended);
	assert_int_equal(media_room_stop(r), 5);
	mem_free(r);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sound_over_udp),
		cmocka_unit_test(sound_over_tcp),
		cmocka_unit_test(sound_beside_a_flood),
		cmocka_unit_test(another_network),
		cmocka_unit_test(the_channel_is_its_life),
	};
	if (argc < 2)
		return 2;
	program = argv[1];
	return cmocka_run_group_tests(tests, NULL, NULL);
}
