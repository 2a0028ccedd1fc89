/* SPDX-License-Identifier: Apache-2.0
 *
 * A picture over a bad network: lost packets are asked for on both sides of the media process and come, what is late or doubled does no harm, and a hundred switches of
 * size go on without a break in the numbers and with at most one request for a key frame each. The program is the first argument; MEDIA_SECONDS: of each run
 * (60 for the figures of docs/TESTING.md, where the switches under loss are 100 too).
 */
#include "../../../bench/media_path.h"
#include "../../../bench/media_video.h"

#include "base/clock.h"
#include "base/mem.h"
#include <arpa/inet.h>
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

enum { FRAMES_S = 25, PACKETS = 3 };

static const char *program;
static int seconds = 5;

/* Its camera goes over one path, its screen over another. */
struct world {
	struct media_room room;
	struct media_path *up, *down;
	struct camera camera;
	struct screen screen;
};

static struct media_path *path_to(const struct media_room *r, uint64_t seed)
{
	struct media_path_config config = {.seed = seed, .server = {.sin6_family = AF_INET6, .sin6_port = htons(r->udp_port)}};
	assert_int_equal(inet_pton(AF_INET6, "::ffff:127.0.0.1", &config.server.sin6_addr), 1);
	struct media_path *p = media_path_start(&config);
	assert_non_null(p);
	return p;
}

static struct world *world_open(unsigned sizes)
{
	struct world *w = mem_alloc(sizeof *w);
	assert_true(media_room_start(&w->room, program));
	w->up = path_to(&w->room, 1);
	w->down = path_to(&w->room, 2);
	w->room.via_port = media_path_port(w->up);
	assert_true(camera_open(&w->camera, &w->room, "7", 1, sizes, PACKETS));
	w->room.via_port = media_path_port(w->down);
	assert_true(screen_open(&w->screen, &w->room, "7", 2, w->camera.producer));
	return w;
}

static void world_close(struct world *w)
{
	assert_int_equal(media_room_stop(&w->room), 0);
	media_path_stop(&w->up);
	media_path_stop(&w->down);
	mem_free(w);
}

static void both_ways(struct media_path *p, const char *rules)
{
	struct media_path_rules r;
	assert_true(media_path_parse(rules, &r));
	media_path_rules(p, true, &r);
	media_path_rules(p, false, &r);
}

/* The last holes are given the time to be filled. */
static void run(struct world *w, int ms)
{
	video_run(&w->room, &w->camera, &w->screen, ms, FRAMES_S);
	both_ways(w->up, "delay=20");
	both_ways(w->down, "delay=20");
	video_run(&w->room, &w->camera, &w->screen, 1500, FRAMES_S);
	media_room_pump(&w->room, 300); /* what is under way */
}

static uint64_t missing(const struct world *w)
{
	uint64_t sent = w->camera.streams[0].packets, come = w->screen.counts.packets;
	return sent > come ? sent - come : 0;
}

static void until_it_flows(struct world *w)
{
	video_run(&w->room, &w->camera, &w->screen, 500, FRAMES_S);
	media_room_pump(&w->room, 300);
	assert_true(w->screen.counts.frames > 0);
	w->screen.shown_us = 0; /* that rest is none of the path's */
}

static void loss(const char *name, const char *up, const char *down)
{
	struct world *w = world_open(1);
	both_ways(w->up, "delay=20");
	both_ways(w->down, "delay=20");
	until_it_flows(w);
	uint64_t before = missing(w), lost_before = media_path_lost_of(w->up, true, w->camera.streams[0].ssrc);
	unsigned keys = w->camera.streams[0].key_requests;
	both_ways(w->up, up);
	both_ways(w->down, down);
	run(w, seconds * 1000);
	const struct screen_counts *c = &w->screen.counts;
	uint64_t lost = media_path_lost_of(w->up, true, w->camera.streams[0].ssrc) - lost_before + media_path_lost_of(w->down, false, w->screen.ssrc);
	uint64_t gone = missing(w) > before ? missing(w) - before : 0;
	double repaired = lost ? 100.0 - 100.0 * (double)gone / (double)lost : 100;
	print_message("%s: %" PRIu64 " packets, %" PRIu64 " lost, %.1f %% of them repaired, %u freezes in %d s, %u key frames asked for\n", name,
		w->camera.streams[0].packets, lost, repaired, c->freezes, seconds, w->camera.streams[0].key_requests - keys);
	assert_true(lost > (uint64_t)seconds * 1);
	assert_true(repaired >= 95);
	assert_true(c->freezes <= (unsigned)(seconds + 59) / 60);
	assert_int_equal(c->wrong, 0);
	assert_int_equal(c->broken, 0);
	world_close(w);
}

static void five_percent_up(void **state)
{
	(void)state;
	loss("5 % on the sender's way", "delay=20,loss=5%", "delay=20");
}

static void five_percent_down(void **state)
{
	(void)state;
	loss("5 % on the receiver's way", "delay=20", "delay=20,loss=5%");
}

static void five_percent_everywhere(void **state)
{
	(void)state;
	loss("5 % on both", "delay=20,loss=5%", "delay=20,loss=5%");
}

static void late_and_doubled(void **state)
{
	(void)state;
	struct world *w = world_open(1);
	until_it_flows(w);
	uint64_t before = missing(w);
	unsigned keys = w->camera.streams[0].key_requests;
	both_ways(w->up, "delay=20,reorder=5%:15,dup=5%");
	both_ways(w->down, "delay=20,reorder=5%:15,dup=5%");
	run(w, seconds * 1000);
	const struct screen_counts *c = &w->screen.counts;
	print_message("5 %% 15 ms late, 5 %% doubled: %" PRIu64 " packets, %" PRIu64 " not come, %" PRIu64 " copies got through, %u freezes\n", c->packets,
		missing(w) - before, c->copies, c->freezes);
	assert_int_equal(missing(w), before);
	assert_int_equal(c->wrong, 0);
	assert_int_equal(c->broken, 0);
	assert_true(c->freezes <= 1);
	assert_int_equal(w->camera.streams[0].key_requests, keys);
	world_close(w);
}

static unsigned requests(const struct world *w)
{
	unsigned n = 0;
	for (unsigned i = 0; i < w->camera.sizes; i++)
		n += w->camera.streams[i].key_requests;
	return n;
}

static void switches(const char *rules, unsigned times, bool lossless)
{
	struct world *w = world_open(3);
	unsigned most = 0, all = 0;
	int64_t longest = 0;
	both_ways(w->up, "delay=10");
	both_ways(w->down, "delay=10");
	for (int i = 0; i < 100 && w->screen.size != 2; i++)
		video_run(&w->room, &w->camera, &w->screen, 100, FRAMES_S);
	assert_int_equal(w->screen.size, 2);
	both_ways(w->up, rules);
	both_ways(w->down, rules);
	for (unsigned i = 0; i < times; i++) {
		static const int to[4] = {1, 0, 1, 2};
		unsigned before = requests(w), n;
		int64_t began = clock_mono_ns() / 1000000;
		assert_true(screen_size(&w->screen, &w->room, to[i % 4]));
		for (int turn = 0; turn < 200 && w->screen.size != to[i % 4]; turn++)
			video_run(&w->room, &w->camera, &w->screen, 20, FRAMES_S);
		assert_int_equal(w->screen.size, to[i % 4]);
		int64_t took = clock_mono_ns() / 1000000 - began;
		longest = took > longest ? took : longest;
		n = requests(w) - before;
		most = n > most ? n : most;
		all += n;
	}
	video_run(&w->room, &w->camera, &w->screen, 1500, FRAMES_S);
	const struct screen_counts *c = &w->screen.counts;
	print_message("%u switches, %s: %u requests for key frames, at most %u for one; longest %d ms; %" PRIu64 " pictures, %" PRIu64 " broken, %" PRIu64
		" of %" PRIu64 " holes repaired\n", times, rules, all, most, (int)longest, c->frames, c->broken, c->repaired, c->holes);
	assert_true(most <= 1 && all <= times);
	assert_int_equal(c->wrong, 0);
	assert_int_equal(c->broken, 0);
	assert_int_equal(c->given_up, 0);
	if (lossless)
		assert_int_equal(c->holes, 0);
	world_close(w);
}

static void a_hundred_switches(void **state)
{
	(void)state;
	switches("delay=10", 100, true);
}

static void a_hundred_switches_under_loss(void **state)
{
	(void)state;
	switches("delay=10,loss=2%", seconds < 60 ? 30 : 100, false);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(five_percent_up),
		cmocka_unit_test(five_percent_down),
		cmocka_unit_test(five_percent_everywhere),
		cmocka_unit_test(late_and_doubled),
		cmocka_unit_test(a_hundred_switches),
		cmocka_unit_test(a_hundred_switches_under_loss),
	};
	const char *asked = getenv("MEDIA_SECONDS");
	if (argc < 2)
		return 2;
	program = argv[1];
	if (asked && strtol(asked, NULL, 10) > 0)
		seconds = (int)strtol(asked, NULL, 10);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
