/* SPDX-License-Identifier: Apache-2.0
 *
 * A receiver's link of 3 Mbit/s that narrows to 1 and widens again, in the test's time: what is sent is below it within 3 seconds, and the best picture is back
 * within 20 of its widening. The link keeps 300 ms and drops the rest; the receiver estimates as browsers do (REMB: 85 % of what came when the queue grows, else 8 % more a
 * second, at most half more than what came) and tells of its loss each second.
 */
#include "media_world.h"
#include "media/rtcp.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <cmocka.h>

#define TICK_US 33000
#define NOTICED_US 60000 /* a queue of as much is overuse */
#define QUEUE_US 300000
#define WINDOW 15        /* ticks: half a second */

static struct browser anna, boris;
static char camera[32], consumer[32];
static uint32_t out_ssrc, out_rtx;

/* 0.2, 0.6 and 2.4 Mbit/s */
enum { STREAMS = 3, SSRC = 3000 };
static struct { unsigned packets; size_t size; uint16_t seq, pid; uint8_t tl0; uint32_t ts; bool key; } cam[STREAMS];

static struct {
	int64_t rate, queued;      /* bit/s, bits */
	int64_t came[WINDOW], sent[WINDOW]; /* bits of the last ticks */
	unsigned tick;
	int64_t estimate, fell_us, told_us;
	unsigned packets, lost;    /* since the last report */
} path;

static int64_t sum(const int64_t p[WINDOW])
{
	int64_t s = 0;
	for (int i = 0; i < WINDOW; i++)
		s += p[i];
	return s * 1000000 / (WINDOW * (int64_t)TICK_US);
}

static void picture(unsigned i)
{
	static const char *const rids[STREAMS] = {"r0", "r1", "r2"};
	uint8_t p[PACKET_MAX], vp8[1200];
	bool key = cam[i].key;
	cam[i].key = false;
	cam[i].pid = (cam[i].pid + 1) & 0x7fff;
	cam[i].ts += 3000;
	cam[i].tl0++;
	for (unsigned k = 0; k < cam[i].packets; k++) {
		size_t n = vp8_make(vp8, k == 0, key, cam[i].pid, cam[i].tl0, 0, false, cam[i].size);
		n = rtp_make(p, &(struct rtp_make){.pt = 96, .marker = k + 1 == cam[i].packets, .seq = cam[i].seq++, .ts = cam[i].ts, .ssrc = SSRC + i, .mid = "1",
			.rid = rids[i], .level = -1, .twcc = -1, .payload = vp8, .n = n});
		assert_true(fake_rtp(anna.send, p, n));
	}
}

static void tell(int64_t now, bool reports)
{
	uint8_t bytes[128];
	struct rtcp_writer w = rtcp_writer_of(bytes, sizeof bytes);
	struct rtcp_report r = {.ssrc = out_ssrc, .fraction_lost = (uint8_t)(path.packets ? path.lost * 255 / path.packets : 0)};
	assert_true(rtcp_write_rr(&w, 1, &r, reports ? 1 : 0) && rtcp_write_remb(&w, 1, (uint64_t)path.estimate, &out_ssrc, 1));
	fake_rtcp(boris.recv, bytes, w.n, now);
	if (reports) {
		path.told_us = now;
		path.packets = path.lost = 0;
	}
}

/* What the router gave since the last tick goes through the link; the receiver looks at what comes. */
static void carry(void)
{
	int64_t now = world_now(), took, *sent = &path.sent[path.tick % WINDOW], *came = &path.came[path.tick % WINDOW];
	*sent = 0;
	for (size_t i = 0; i < fake.n; i++) {
		const struct fake_sent *s = &fake.sent[i];
		int64_t bits = ((int64_t)s->n + 16 + 28) * 8; /* tag, UDP and IP */
		if (s->transport != boris.recv || s->rtcp)
			continue;
		*sent += bits;
		path.packets++;
		if (path.queued + bits > path.rate * QUEUE_US / 1000000)
			path.lost++;
		else
			path.queued += bits;
	}
	took = path.rate * TICK_US / 1000000;
	*came = path.queued < took ? path.queued : took;
	path.queued -= *came;
	path.tick++;
	int64_t incoming = sum(path.came);
	if (path.queued * 1000000 / path.rate > NOTICED_US && now - path.fell_us > 300000) {
		path.fell_us = now;
		path.estimate = incoming * 85 / 100;
		tell(now, false); /* a fall is told at once */
	} else if (now - path.told_us >= 1000000) {
		int64_t more = path.estimate + path.estimate * 8 / 100, most = incoming * 3 / 2 + 10000;
		path.estimate = more < most ? more : path.estimate > most ? path.estimate : most; /* it does not fall because little is sent */
		tell(now, true);
	}
}

static void tick(void)
{
	fake_forget();
	for (unsigned i = 0; i < STREAMS; i++)
		picture(i);
	world_wait(TICK_US);
	for (unsigned i = 0; i < STREAMS; i++)
		cam[i].key |= sent_plis(anna.send, SSRC + i) > 0;
	carry();
}

static void run(int64_t us)
{
	for (int64_t end = world_now() + us; world_now() < end;)
		tick();
}

/* Until what is sent (of half a second) is below or above a rate; how long that took. */
static int64_t until(bool below, int64_t rate, int64_t most_us)
{
	int64_t start = world_now();
	do
		tick();
	while ((below ? sum(path.sent) >= rate : sum(path.sent) <= rate) && world_now() - start < most_us);
	return world_now() - start;
}

static int start(void **state)
{
	(void)state;
	world_start(8192);
	memset(cam, 0, sizeof cam);
	memset(&path, 0, sizeof path);
	cam[0].packets = 1, cam[0].size = 800;
	cam[1].packets = 3, cam[1].size = 850;
	cam[2].packets = 9, cam[2].size = 1100;
	path.rate = path.estimate = 3000000;
	browser_join(&anna, "call-1", 11, 1);
	browser_join(&boris, "call-1", 12, 2);
	browser_produce(&anna, "camera", simulcast_parameters("1"), camera);
	browser_consume(&boris, camera, consumer, &out_ssrc, &out_rtx);
	return 0;
}

static int stop(void **state)
{
	(void)state;
	world_stop();
	return 0;
}

static void the_link_narrows_and_widens(void **state)
{
	(void)state;
	run(30000000);
	assert_true(sum(path.sent) > 2200000 && sum(path.sent) < 2700000); /* all of it fits */
	for (int i = 0; i < 3; i++) {
		path.rate = 1000000;
		int64_t below = until(true, 1000000, 10000000);
		assert_true(below <= 3000000);
		run(500000); /* the queue drains */
		assert_int_equal(path.queued, 0);
		run(3000000);
		assert_true(sum(path.sent) > 500000 && sum(path.sent) < 1000000); /* the middle picture, not the smallest */
		path.rate = 3000000;
		int64_t back = until(false, 2200000, 40000000);
		assert_true(back <= 20000000);
		run(5000000);
		assert_true(sum(path.sent) > 2200000);
		print_message("# below 1 Mbit/s after %lld ms, back after %lld ms\n", (long long)below / 1000, (long long)back / 1000);
	}
}

/* It stays narrow: now and then more is tried, but most of the time what is sent fits, and what does not is told within a second. */
static void a_link_that_stays_narrow(void **state)
{
	(void)state;
	int over = 0, ticks = 0;
	run(30000000);
	assert_true(sum(path.sent) > 2200000);
	path.rate = 1000000;
	until(true, 1000000, 10000000);
	for (int64_t end = world_now() + 120000000; world_now() < end; ticks++) {
		tick();
		over += path.sent[(path.tick - 1) % WINDOW] > TICK_US;
	}
	print_message("# more than 1 Mbit/s in %d of 1000 ticks of two minutes\n", over * 1000 / ticks);
	assert_true(over > 0 && over * 1000 / ticks <= 50);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(the_link_narrows_and_widens, start, stop),
		cmocka_unit_test_setup_teardown(a_link_that_stays_narrow, start, stop),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
