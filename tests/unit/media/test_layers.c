/* SPDX-License-Identifier: Apache-2.0
 *
 * One continuous stream out of several: switching, layers in time, loss and reordering before us. And who speaks, and who gets how much.
 */
#include "media/bandwidth.h"
#include "media/layers.h"
#include "media/speaker.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

/* --- a sender of three streams, L1T3 each, that gives key frames when asked */

enum { STREAMS = 3, OUT_MAX = 200000 };

struct sender {
	struct { uint32_t seq, ts0; uint16_t pid; uint8_t tl0; unsigned phase; bool key; } s[STREAMS];
	uint32_t frame;
};

static uint32_t dice;

static uint32_t roll(uint32_t sides)
{
	dice = dice * 1664525u + 1013904223u;
	return (dice >> 8) % sides;
}

static void sender_init(struct sender *x)
{
	memset(x, 0, sizeof *x);
	for (unsigned i = 0; i < STREAMS; i++) {
		x->s[i].seq = 0x10000u + 65500u + i * 100; /* wraps soon */
		x->s[i].ts0 = 0xfffff000u + i * 1000000u;
		x->s[i].pid = (uint16_t)(32760 - i * 3);
		x->s[i].tl0 = (uint8_t)(250 + i);
		x->s[i].key = true;
	}
}

/* The packets of the next picture of one stream; returns how many. */
static unsigned sender_picture(struct sender *x, unsigned i, struct layers_in out[8])
{
	static const uint8_t tids[4] = {0, 2, 1, 2};
	unsigned packets = 1 + i + roll(3), phase = x->s[i].key ? 0 : x->s[i].phase;
	bool key = x->s[i].key;
	uint8_t tid = tids[phase];
	x->s[i].key = false;
	x->s[i].phase = (phase + 1) % 4;
	x->s[i].pid = (x->s[i].pid + 1) & 0x7fff;
	if (tid == 0)
		x->s[i].tl0++;
	for (unsigned p = 0; p < packets; p++)
		out[p] = (struct layers_in){.stream = (int)i, .seq = x->s[i].seq++, .ts = x->s[i].ts0 + x->frame * 3000, .marker = p == packets - 1,
			.key = key && p == 0, .vp8 = true, .has_pid = true, .has_tl0 = true, .has_tid = true, .pid15 = true, .sync = phase == 1 || phase == 2,
			.pid = x->s[i].pid, .tl0 = x->s[i].tl0, .tid = tid};
	return packets;
}

/* --- what a receiver sees */

struct got { struct layers_out out; struct layers_in in; };
static struct got *gots;
static size_t gots_n;
static bool numbers[65536 * 8];

struct receiver { struct layers l; unsigned switches, keys_again; };

static void take(struct receiver *r, struct sender *x, const struct layers_in *in)
{
	struct layers_out out;
	uint32_t aligned = in->ts - x->s[in->stream].ts0 + 777; /* the frame's time: what sender reports would give */
	if (r->l.current >= 0)
		aligned = in->ts - x->s[in->stream].ts0 + x->s[r->l.current].ts0 - r->l.ts_delta;
	enum layers_verdict v = layers_take(&r->l, in, aligned, &out);
	if (v == LAYERS_KEY_AGAIN) {
		r->keys_again++;
		x->s[in->stream].key = true;
	}
	if (v == LAYERS_SWITCHED)
		r->switches++;
	if (v != LAYERS_SEND && v != LAYERS_SWITCHED)
		return;
	assert_true(gots_n < OUT_MAX);
	gots[gots_n++] = (struct got){.out = out, .in = *in};
}

static void begin(struct receiver *r, struct sender *x)
{
	gots = calloc(OUT_MAX, sizeof *gots);
	gots_n = 0;
	dice = 7;
	memset(r, 0, sizeof *r);
	layers_init(&r->l, 100);
	sender_init(x);
}

/* Without loss: sequence numbers without a gap but for a broken picture, ids of pictures and TL0PICIDX going on by one, time never back. */
static void check_continuous(void)
{
	for (size_t i = 1; i < gots_n; i++) {
		const struct got *a = &gots[i - 1], *b = &gots[i];
		uint16_t step = (uint16_t)(b->out.seq - a->out.seq);
		bool switched = a->in.stream != b->in.stream;
		if (switched)
			assert_true(b->in.key && step == (a->in.marker ? 1 : 2));
		else
			assert_int_equal(step, 1);
		bool same = !switched && a->in.pid == b->in.pid;
		assert_int_equal((b->out.pid - a->out.pid) & 0x7fff, same ? 0 : 1);
		assert_int_equal((uint8_t)(b->out.tl0 - a->out.tl0), !same && b->in.tid == 0 ? 1 : 0);
		assert_true(same ? b->out.ts == a->out.ts : (int32_t)(b->out.ts - a->out.ts) > 0);
	}
}

static void a_hundred_switches(void **state)
{
	struct receiver r;
	struct sender x;
	struct layers_in packets[8];
	(void)state;
	begin(&r, &x);
	for (; r.switches < 101 && x.frame < 20000; x.frame++) {
		if (x.frame % 10 == 0) {
			layers_target(&r.l, (int)roll(STREAMS), roll(3));
			if (layers_wants_key(&r.l))
				x.s[r.l.target].key = true;
		}
		for (unsigned i = 0; i < STREAMS; i++) {
			unsigned n = sender_picture(&x, i, packets);
			for (unsigned p = 0; p < n; p++)
				take(&r, &x, &packets[p]);
		}
	}
	assert_int_equal(r.switches, 101);
	check_continuous();
	free(gots);
}

static void layers_in_time_are_whole(void **state)
{
	struct receiver r;
	struct sender x;
	struct layers_in packets[8];
	(void)state;
	begin(&r, &x);
	layers_target(&r.l, 0, 2);
	for (; x.frame < 4000; x.frame++) {
		if (x.frame % 37 == 0)
			layers_target(&r.l, 0, roll(3));
		unsigned n = sender_picture(&x, 0, packets);
		for (unsigned p = 0; p < n; p++)
			take(&r, &x, &packets[p]);
	}
	check_continuous();
	assert_int_equal(r.switches, 1);
	size_t per[3] = {0};
	for (size_t i = 0; i < gots_n; i++) {
		per[gots[i].in.tid]++;
		/* a picture of layer 2 after a time without any must need layer 0 only */
		if (i > 0 && gots[i].in.tid > 0 && gots[i - 1].in.pid != gots[i].in.pid && gots[i - 1].in.tid == 0 && gots[i].in.tid == 2)
			assert_true(gots[i].in.sync);
	}
	assert_true(per[0] > 1000 && per[1] > 300 && per[2] > 300);
	free(gots);
}

/* A picture goes out whole or not at all, even when the wish changes in its midst. */
static void a_picture_is_not_broken(void **state)
{
	struct receiver r;
	struct sender x;
	struct layers_in packets[8];
	(void)state;
	begin(&r, &x);
	layers_target(&r.l, 2, 2);
	for (; x.frame < 400; x.frame++) {
		unsigned n = sender_picture(&x, 2, packets);
		size_t before = gots_n;
		for (unsigned p = 0; p < n; p++) {
			layers_target(&r.l, 2, roll(3));
			take(&r, &x, &packets[p]);
		}
		assert_true(gots_n == before || gots_n == before + n);
	}
	free(gots);
}

/* Packets that come late, twice or never: no number is given twice, and what was not lost keeps its order. */
static void loss_and_reordering(void **state)
{
	struct receiver r;
	struct sender x;
	struct layers_in packets[8], late[64];
	unsigned late_n = 0;
	(void)state;
	begin(&r, &x);
	for (; x.frame < 8000; x.frame++) {
		if (x.frame % 50 == 0)
			layers_target(&r.l, (int)roll(STREAMS), roll(3));
		if (layers_wants_key(&r.l) && x.frame % 5 == 0)
			x.s[r.l.target].key = true;
		for (unsigned i = 0; i < STREAMS; i++) {
			unsigned n = sender_picture(&x, i, packets);
			for (unsigned p = 0; p < n; p++) {
				uint32_t fate = roll(100);
				if (fate < 4)
					continue;
				if (fate < 12 && late_n < 64)
					late[late_n++] = packets[p];
				else
					take(&r, &x, &packets[p]);
			}
		}
		while (late_n > 0 && roll(3) > 0)
			take(&r, &x, &late[--late_n]);
	}
	assert_true(gots_n > 5000);
	memset(numbers, 0, sizeof numbers);
	uint32_t extended = 0x10000u + gots[0].out.seq, highest = extended;
	for (size_t i = 0; i < gots_n; i++) {
		extended = highest + (uint32_t)(int16_t)(uint16_t)(gots[i].out.seq - (uint16_t)highest);
		highest = (int32_t)(extended - highest) > 0 ? extended : highest;
		assert_true(extended < sizeof numbers);
		assert_false(numbers[extended]);
		numbers[extended] = true;
	}
	/* in the order of the numbers, the packets of one stream are in the order of theirs */
	static size_t at[sizeof numbers];
	memset(at, 0xff, sizeof at);
	highest = 0x10000u + gots[0].out.seq;
	for (size_t i = 0; i < gots_n; i++) {
		extended = highest + (uint32_t)(int16_t)(uint16_t)(gots[i].out.seq - (uint16_t)highest);
		highest = (int32_t)(extended - highest) > 0 ? extended : highest;
		at[extended] = i;
	}
	const struct got *before = NULL;
	for (size_t n = 0; n < sizeof numbers; n++) {
		const struct got *now = at[n] < gots_n ? &gots[at[n]] : NULL;
		if (now && before && now->in.stream == before->in.stream)
			assert_true((int32_t)(now->in.seq - before->in.seq) > 0);
		/* one id is one picture */
		if (now && before && now->in.stream == before->in.stream && now->in.pid == before->in.pid)
			assert_int_equal(now->out.pid, before->out.pid);
		if (now && before && now->out.pid == before->out.pid)
			assert_int_equal(now->in.pid, before->in.pid);
		before = now ? now : before;
	}
	free(gots);
}

/* What the sender drops into its stream by itself, jumps and restarts, table-driven. */
static void odd_streams(void **state)
{
	static const struct { const char *name; int32_t seq; int pid; bool key, empty; enum layers_verdict v; int step; } steps[] = {
		{"a delta frame before any key frame", 1, 1, false, false, LAYERS_DROP, 0},
		{"the key frame", 1, 1, true, false, LAYERS_SWITCHED, 0},
		{"the next", 1, 1, false, false, LAYERS_SEND, 1},
		{"padding is closed up", 1, 0, false, true, LAYERS_DROP, 0},
		{"the one after padding", 1, 1, false, false, LAYERS_SEND, 1},
		{"a jump leaves one number", 30000, 1, false, false, LAYERS_SEND, 2},
		{"a key frame whose ids begin anew", 1, -300, true, false, LAYERS_SEND, 1},
		{"goes on", 1, 1, false, false, LAYERS_SEND, 1},
		{"three lost", 4, 3, false, false, LAYERS_SEND, 4},
	};
	struct layers l;
	struct layers_in in = {.vp8 = true, .has_pid = true, .pid15 = true, .marker = true, .seq = 70000, .pid = 500};
	uint16_t last = 0, pid = 0;
	(void)state;
	layers_init(&l, 10);
	layers_target(&l, 0, 2);
	for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
		struct layers_out out;
		in.seq += (uint32_t)steps[i].seq;
		in.pid = (uint16_t)(in.pid + steps[i].pid) & 0x7fff;
		in.ts += 3000;
		in.key = steps[i].key;
		in.empty = steps[i].empty;
		enum layers_verdict v = layers_take(&l, &in, in.ts, &out);
		if (v != steps[i].v)
			fail_msg("%s: verdict %d", steps[i].name, v);
		if (v == LAYERS_DROP)
			continue;
		if (v == LAYERS_SEND && ((uint16_t)(out.seq - last) != steps[i].step || out.pid != (uint16_t)(pid + (steps[i].pid < 0 ? 1 : steps[i].pid))))
			fail_msg("%s: step %d, picture %d after %d", steps[i].name, (uint16_t)(out.seq - last), out.pid, pid);
		last = out.seq;
		pid = out.pid;
	}
	/* nothing comes through while it rests, and then a key frame comes first */
	struct layers_out out;
	layers_pause(&l);
	in.seq++;
	in.key = false;
	assert_int_equal(layers_take(&l, &in, 0, &out), LAYERS_DROP);
	in.seq++;
	in.key = true;
	in.ts += 900000;
	assert_int_equal(layers_take(&l, &in, 0, &out), LAYERS_SWITCHED);
	assert_int_equal((uint16_t)(out.seq - last), 1);
	/* the picture of a late packet was not wanted: its number is told as padding */
	layers_target(&l, 0, 0);
	in.key = false;
	in.has_tid = true;
	in.seq += 2;
	in.pid = (in.pid + 2) & 0x7fff;
	assert_int_equal(layers_take(&l, &in, 0, &out), LAYERS_SEND);
	in.seq--;
	in.pid = (in.pid - 1) & 0x7fff;
	in.tid = 2;
	uint16_t newest = out.seq;
	assert_int_equal(layers_take(&l, &in, 0, &out), LAYERS_BLANK);
	assert_int_equal(out.seq, (uint16_t)(newest - 1));
}

static void a_switch_never_turns_time_back(void **state)
{
	(void)state;
	for (int32_t behind = 0; behind <= 20000; behind += 500) {
		struct layers l;
		struct layers_out out;
		struct layers_in in = {.key = true, .marker = true, .seq = 70000, .ts = 1000000};
		layers_init(&l, 10);
		layers_target(&l, 0, 0);
		assert_int_equal(layers_take(&l, &in, in.ts, &out), LAYERS_SWITCHED);
		uint32_t before = out.ts;
		in = (struct layers_in){.stream = 1, .key = true, .marker = true, .seq = 5, .ts = 77};
		layers_target(&l, 1, 0);
		enum layers_verdict v = layers_take(&l, &in, before - (uint32_t)behind, &out);
		assert_int_equal(v, behind > LAYERS_STEP_BACK ? LAYERS_KEY_AGAIN : LAYERS_SWITCHED);
		for (int i = 0; v == LAYERS_KEY_AGAIN && i < 10; i++)
			v = layers_take(&l, &in, before - (uint32_t)behind, &out);
		assert_int_equal(v, LAYERS_SWITCHED); /* it does not ask for ever */
		assert_true((int32_t)(out.ts - before) > 0);
	}
}

/* --- bandwidth */

static void shares(void **state)
{
	(void)state;
	struct bandwidth_want w[4] = {
		{.priority = 1, .spatial_max = 2, .temporal_max = 2, .rate = {{60000, 90000, 150000}, {200000, 300000, 500000}, {600000, 900000, 1500000}}},
		{.priority = 200, .spatial_max = 2, .temporal_max = 2, .rate = {{60000, 90000, 150000}, {200000, 300000, 500000}, {600000, 900000, 1500000}}},
		{.priority = 1, .audio = true},
		{.priority = 1, .spatial_max = 0, .temporal_max = 2, .rate = {{60000, 90000, 150000}, {200000, 300000, 500000}, {600000, 900000, 1500000}}},
	};
	static const struct { int64_t budget; int8_t first[2], second[2], last[2]; } cases[] = {
		{0, {-1, -1}, {0, 0}, {-1, -1}},            /* sound, and the most important picture at its smallest */
		{BANDWIDTH_AUDIO + 60000, {-1, -1}, {0, 0}, {-1, -1}},
		{BANDWIDTH_AUDIO + 120000, {0, 0}, {0, 0}, {-1, -1}},
		{BANDWIDTH_AUDIO + 180000, {0, 0}, {0, 0}, {0, 0}},
		{BANDWIDTH_AUDIO + 450000, {0, 2}, {0, 2}, {0, 2}},
		{BANDWIDTH_AUDIO + 800000, {0, 2}, {1, 2}, {0, 2}},
		{BANDWIDTH_AUDIO + 1150000, {1, 2}, {1, 2}, {0, 2}},
		{BANDWIDTH_AUDIO + 3150000, {2, 2}, {2, 2}, {0, 2}},
		{BANDWIDTH_CEILING, {2, 2}, {2, 2}, {0, 2}},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct bandwidth_want *list[4] = {&w[0], &w[1], &w[2], &w[3]};
		int64_t given = bandwidth_share(list, 4, cases[i].budget);
		assert_int_equal(w[2].spatial, 0);
		assert_int_equal(w[0].spatial, cases[i].first[0]);
		assert_int_equal(w[0].temporal, cases[i].first[1]);
		assert_int_equal(w[1].spatial, cases[i].second[0]);
		assert_int_equal(w[1].temporal, cases[i].second[1]);
		assert_int_equal(w[3].spatial, cases[i].last[0]);
		assert_int_equal(w[3].temporal, cases[i].last[1]);
		assert_true(given <= cases[i].budget || i == 0);
	}
	/* where the middle stream does not come, the upper one follows the lower */
	w[1].rate[1][0] = w[1].rate[1][1] = w[1].rate[1][2] = 0;
	struct bandwidth_want *list[1] = {&w[1]};
	bandwidth_share(list, 1, 1500000);
	assert_int_equal(w[1].spatial, 2);
	assert_int_equal(bandwidth_share(NULL, 0, 5), 0);
}

static void falls_at_once_rises_slowly(void **state)
{
	struct downlink d;
	int64_t now = 1000000;
	(void)state;
	downlink_init(&d, now);
	assert_int_equal(d.budget, BANDWIDTH_START);
	downlink_remb(&d, 300000, 100000, now); /* little is sent: it says nothing */
	assert_int_equal(d.budget, BANDWIDTH_START);
	downlink_remb(&d, 1700000, 1500000, now);
	downlink_remb(&d, 800000, 1500000, now);
	assert_int_equal(d.budget, 760000);
	for (int64_t t = 0; t < BANDWIDTH_HOLD_US - 250000; t += 250000) {
		now += 250000;
		downlink_turn(&d, 700000, now);
		assert_int_equal(d.budget, 760000);
	}
	for (int i = 0; i < 12; i++) {
		now += 250000;
		downlink_turn(&d, 700000, now);
	}
	assert_true(d.budget > 900000 && d.budget < 1100000); /* some 8 % and 40 kbit/s a second */
	for (int i = 0; i < 1000; i++) {
		now += 250000;
		downlink_turn(&d, 700000, now);
	}
	assert_int_equal(d.budget, 5 * 700000 + 500000); /* nothing proves that more would arrive */
	downlink_loss(&d, 128, 700000, now);
	assert_int_equal(d.budget, 700000 * 384 / 512);
	downlink_loss(&d, 255, 0, now);
	assert_int_equal(d.budget, BANDWIDTH_FLOOR);
	downlink_loss(&d, 20, 0, now); /* 8 %: held, not lowered */
	assert_int_equal(d.budget, BANDWIDTH_FLOOR);
	downlink_remb(&d, UINT64_MAX, 100000, now);
	assert_int_equal(d.budget, BANDWIDTH_FLOOR);
}

/* Browsers raise a REMB slowly: after a step up it is below what is sent, and grows. */
static void a_remb_that_grows_is_no_limit(void **state)
{
	struct downlink d;
	int64_t now = 1000000;
	(void)state;
	downlink_init(&d, now);
	downlink_remb(&d, 1000000, 600000, now);
	assert_int_equal(d.budget, BANDWIDTH_START);
	for (int64_t rate = 1080000; rate < 1500000; rate += rate / 12) {
		now += 1000000;
		downlink_remb(&d, (uint64_t)rate, 2500000, now);
		assert_int_equal(d.budget, BANDWIDTH_START);
	}
	downlink_remb(&d, 1200000, 2500000, now); /* it falls: the queue does not drain */
	assert_int_equal(d.budget, 1140000);
	downlink_remb(&d, 1190000, 1300000, now + 1000000); /* stands still: once more a second later is believed */
	downlink_remb(&d, 1195000, 1300000, now + 2000000);
	assert_int_equal(d.budget, 1140000);
	downlink_remb(&d, 1000000 + 190000, 1300000, now + 3000000);
	assert_int_equal(d.budget, 1190000 - 1190000 / 20);
}

/* --- voices */

static bool turn(struct speaker *s, struct voice *v, const int *levels, int n, int64_t *now)
{
	speaker_begin(s);
	for (int i = 0; i < n; i++) {
		for (int p = 0; p < 5 && levels[i] >= 0; p++)
			voice_packet(&v[i], (uint8_t)levels[i]);
		speaker_hear(s, i + 1, voice_turn(&v[i]));
	}
	*now += SPEAKER_TURN_US;
	return speaker_end(s, *now);
}

static void voices(void **state)
{
	static const struct { int levels[3]; int turns; int64_t speaker; } steps[] = {
		{{127, 127, 127}, 10, 0}, {{25, 60, -1}, 2, 1}, {{25, 22, -1}, 20, 1}, /* not clearly louder */
		{{127, 25, -1}, 12, 2}, {{-1, 127, 127}, 20, 2}, /* a pause for breath */
		{{-1, -1, 30}, 4, 3}, {{127, 127, 127}, 70, 0},
	};
	struct speaker s = {0};
	struct voice v[3] = {0};
	int64_t now = 0;
	(void)state;
	for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
		for (int t = 0; t < steps[i].turns; t++)
			turn(&s, v, steps[i].levels, 3, &now);
		if (s.current != steps[i].speaker)
			fail_msg("step %zu: %lld speaks", i, (long long)s.current);
	}
	/* a knock on the table is no speech */
	static const int talk[3] = {30, 127, 127}, knock[3] = {30, 5, 127};
	for (int t = 0; t < 10; t++)
		turn(&s, v, talk, 3, &now);
	assert_int_equal(s.current, 1);
	turn(&s, v, knock, 3, &now);
	for (int t = 0; t < 2; t++)
		turn(&s, v, talk, 3, &now);
	assert_int_equal(s.current, 1);
	assert_true(speaker_gone(&s, 1));
	assert_false(speaker_gone(&s, 1));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_hundred_switches),
		cmocka_unit_test(layers_in_time_are_whole),
		cmocka_unit_test(a_picture_is_not_broken),
		cmocka_unit_test(loss_and_reordering),
		cmocka_unit_test(odd_streams),
		cmocka_unit_test(a_switch_never_turns_time_back),
		cmocka_unit_test(shares),
		cmocka_unit_test(falls_at_once_rises_slowly), cmocka_unit_test(a_remb_that_grows_is_no_limit),
		cmocka_unit_test(voices),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
