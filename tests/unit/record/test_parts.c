/* SPDX-License-Identifier: Apache-2.0
 *
 * The parts of a recorder one by one: the tape's messages, order, times, pictures, Opus.
 */
#include "base/mem.h"
#include "media/wire.h"
#include "record/opus.h"
#include "record/pictures.h"
#include "record/reorder.h"
#include "record/timeline.h"
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

/* --- the tape */

static void tape_messages(void **state)
{
	(void)state;
	uint8_t bytes[TAPE_MESSAGE_MAX + 1], payload[PACKET_MAX];
	struct tape_message m = {.type = TAPE_PACKET, .track = 7, .participant = INT64_C(1) << 40, .source = TAPE_CAMERA, .codec = TAPE_VP8, .layer = 2, .marker = true,
		.seq = 0xfffffffe, .ts = 0x80000001, .at_us = INT64_C(1) << 50, .ntp = UINT64_MAX, .n = PACKET_MAX}, got;
	size_t used;
	memset(payload, 0xa5, sizeof payload);
	tape_write(&m, bytes);
	memcpy(bytes + TAPE_HEAD + TAPE_FIXED, payload, PACKET_MAX);
	for (size_t n = 0; n < TAPE_MESSAGE_MAX; n += 97)
		assert_int_equal(tape_read(bytes, n, &got, &used), ERR_AGAIN);
	assert_int_equal(tape_read(bytes, TAPE_MESSAGE_MAX, &got, &used), ERR_OK);
	assert_int_equal(used, TAPE_MESSAGE_MAX);
	assert_true(got.track == 7 && got.participant == m.participant && got.layer == 2 && got.marker && got.seq == m.seq && got.ts == m.ts && got.at_us == m.at_us &&
		    got.ntp == m.ntp && got.n == PACKET_MAX && got.payload[PACKET_MAX - 1] == 0xa5);
	set_u32(bytes, TAPE_FIXED + PACKET_MAX + 1);
	assert_int_equal(tape_read(bytes, sizeof bytes, &got, &used), ERR_MALFORMED);
	set_u32(bytes, TAPE_FIXED - 1);
	assert_int_equal(tape_read(bytes, sizeof bytes, &got, &used), ERR_MALFORMED);
	set_u32(bytes, TAPE_FIXED);
	assert_int_equal(tape_read(bytes, sizeof bytes, &got, &used), ERR_OK);
	static const struct { size_t at; uint8_t value; } wrong[] = {{4, 0}, {4, TAPE_TYPES}, {17, TAPE_SOURCES}, {18, TAPE_CODECS}, {18, TAPE_OPUS}, {19, 3}, {9, 0x80}, {29, 0x80}};
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		uint8_t kept = bytes[wrong[i].at];
		bytes[wrong[i].at] = wrong[i].value;
		assert_int_equal(tape_read(bytes, sizeof bytes, &got, &used), ERR_MALFORMED);
		bytes[wrong[i].at] = kept;
	}
}

/* --- order */

static void put(struct reorder *r, uint32_t seq, int64_t at_us)
{
	uint8_t byte = (uint8_t)seq;
	reorder_put(r, &(struct tape_message){.type = TAPE_PACKET, .seq = seq, .at_us = at_us, .payload = &byte, .n = 1});
}

static void expect(struct reorder *r, int64_t now_us, int64_t seq, bool lost)
{
	bool gone = false;
	struct reorder_packet *p = reorder_take(r, now_us, false, &gone);
	assert_true((p != NULL) == (seq >= 0));
	if (!p)
		return;
	assert_int_equal(p->seq, (uint32_t)seq);
	assert_int_equal(gone, lost);
	mem_free(p);
}

static void order(void **state)
{
	(void)state;
	struct reorder r = {0};
	reorder_release(&r);
	put(&r, 0xfffffffe, 0); /* over the wrap */
	put(&r, 1, 1000);
	put(&r, 0, 1000);
	put(&r, 0, 2000); /* a copy */
	expect(&r, 2000, 0xfffffffe, true);
	expect(&r, 2000, -1, false);
	put(&r, 0xffffffff, 3000);
	expect(&r, 3000, 0xffffffff, false);
	expect(&r, 3000, 0, false);
	expect(&r, 3000, 1, false);
	put(&r, 0, 3000); /* too late */
	expect(&r, 900000, -1, false);
	put(&r, 3, 10000);
	put(&r, 4, 20000);
	expect(&r, 10000 + REORDER_WAIT_US - 1, -1, false);
	expect(&r, 10000 + REORDER_WAIT_US, 3, true);
	expect(&r, 10000 + REORDER_WAIT_US, 4, false);
	put(&r, 5 + REORDER_SLOTS, 30000); /* what is so far ahead begins anew */
	expect(&r, 30000, 5 + REORDER_SLOTS, true);
	put(&r, 6, 30000);
	expect(&r, 30000, 6, true);
	put(&r, 8, 30000);
	reorder_release(&r);
}

/* --- times */

#define NTP_OF_US(us) ((uint64_t)((us) / 1000000) << 32 | (((uint64_t)((us) % 1000000) << 32) / 1000000))

static void times(void **state)
{
	(void)state;
	struct sender_clock s = {0};
	struct track_clock t = {.rate = 48000};
	/* by arrival, the quickest counts; over the wrap of ts */
	uint32_t ts = 0xffffffff - 480;
	assert_int_equal(track_clock_time(&t, &s, ts, 1000000), 1000000);
	assert_int_equal(track_clock_time(&t, &s, ts + 960, 1050000), 1020000);
	assert_int_equal(track_clock_time(&t, &s, ts + 1920, 1030000), 1030000);
	assert_int_equal(track_clock_time(&t, &s, ts + 960, 1050000), 1010000);
	/* a report: the sender's clock is an hour ahead, the way 5 ms */
	int64_t ahead = INT64_C(3600) * 1000000;
	assert_int_equal(track_clock_report(&t, &s, ts + 48000, NTP_OF_US(2000000 + ahead), 2005000), 0);
	assert_in_range(track_clock_time(&t, &s, ts + 48000 + 960, 2060000), 2024998, 2025002);
	/* another track of his is in step with it at once, whatever its way was */
	struct track_clock v = {.rate = 90000};
	track_clock_report(&v, &s, 0x7fffff00u, NTP_OF_US(2000000 + ahead), 2305000);
	assert_in_range(track_clock_time(&v, &s, 0x7fffff00u + 1800, 2400000), 2024998, 2025200);
	/* a quicker way moves both */
	for (int i = 1; i <= 60; i++)
		track_clock_report(&v, &s, 0x7fffff00u + (uint32_t)i * 90000, NTP_OF_US(2000000 + ahead + i * 1000000), 2001000 + i * 1000000);
	int64_t a = track_clock_time(&t, &s, ts + 48000 * 61, 62001000), b = track_clock_time(&v, &s, 0x7fffff00u + 60 * 90000, 62001000);
	assert_in_range(a - b + 100, 98, 102);
	assert_in_range(b, 62000500, 62001600);
	/* his clock is set by an hour: nothing moves */
	int64_t set = track_clock_report(&v, &s, 0x7fffff00u + 61 * 90000, NTP_OF_US(63000000), 63001000);
	assert_true(set > 0);
	track_clock_shift(&t, set);
	assert_in_range(track_clock_time(&t, &s, ts + 48000 * 62, 63001000) - track_clock_time(&v, &s, 0x7fffff00u + 61 * 90000, 63001000) + 10000, 9000, 11000);
	/* numbers that begin anew are taken as they come */
	assert_int_equal(track_clock_time(&t, &s, ts + 0x50000000, 64000000), 64000000);
}

/* --- pictures */

static size_t vp8_key(uint8_t *p, uint16_t w, uint16_t h)
{
	static const uint8_t head[] = {0x10, 0x10, 0x02, 0x00, 0x9d, 0x01, 0x2a};
	memcpy(p, head, sizeof head);
	p[7] = (uint8_t)w;
	p[8] = (uint8_t)(w >> 8);
	p[9] = (uint8_t)h;
	p[10] = (uint8_t)(h >> 8);
	memset(p + 11, 0x33, 40);
	return 51;
}

static void pictures_vp8(void **state)
{
	(void)state;
	struct pictures p;
	uint8_t key[64], delta[] = {0x10, 0x11, 1, 2, 3}, rest[] = {0x00, 9, 9};
	pictures_init(&p, TAPE_VP8);
	size_t n = vp8_key(key, 1280, 720);
	assert_false(pictures_packet(&p, delta, sizeof delta, 1, true, true)); /* nothing before a key frame */
	assert_true(p.wants_key);
	assert_false(pictures_packet(&p, key, n, 2, false, false));
	assert_true(pictures_packet(&p, rest, sizeof rest, 2, true, false));
	assert_true(p.key && p.width == 1280 && p.height == 720 && p.data.n == n - 1 + 2 && !p.wants_key && p.ts == 2);
	assert_true(pictures_packet(&p, delta, sizeof delta, 3, true, false));
	assert_false(p.key);
	assert_false(pictures_packet(&p, rest, sizeof rest, 4, true, true)); /* a hole: wait for a key frame */
	assert_true(p.wants_key);
	assert_false(pictures_packet(&p, delta, sizeof delta, 5, true, false));
	assert_true(pictures_packet(&p, key, n, 6, true, false));
	/* without its end it is none, and the next one waits for a key frame */
	assert_false(pictures_packet(&p, delta, sizeof delta, 7, false, false));
	assert_false(pictures_packet(&p, delta, sizeof delta, 8, true, false));
	assert_true(p.wants_key);
	/* one that grows beyond the limit is dropped */
	assert_false(pictures_packet(&p, key, n, 9, false, false));
	uint8_t large[1200] = {0};
	for (unsigned i = 0; i <= PICTURE_MAX / (sizeof large - 1); i++)
		assert_false(pictures_packet(&p, large, sizeof large, 9, false, false));
	assert_false(pictures_packet(&p, rest, sizeof rest, 9, true, false));
	assert_true(p.wants_key);
	assert_true(pictures_packet(&p, key, n, 10, true, false));
	pictures_release(&p);
}

static void pictures_h264(void **state)
{
	(void)state;
	static const uint8_t sps[] = {0x67, 0x42, 0xc0, 0x1f, 0xda, 0x01, 0x40, 0x16, 0xec, 0x04, 0x40, 0x00, 0x00, 0x03, 0x00, 0x40, 0x00, 0x00, 0x0f, 0x03, 0xc6, 0x0c, 0xa8};
	static const uint8_t stap[] = {0x78, 0, 2, 0x67, 0x42, 0, 2, 0x68, 0xce}, begin[] = {0x7c, 0x85, 1, 2}, middle[] = {0x7c, 0x05, 3}, end[] = {0x7c, 0x45, 4}, delta[] = {0x41, 7};
	struct pictures p;
	uint16_t w = 0, h = 0;
	assert_true(h264_size(sps, sizeof sps, &w, &h));
	assert_int_equal(w, 1280);
	assert_int_equal(h, 720);
	for (size_t n = 0; n < 9; n++)
		assert_false(h264_size(sps, n, &w, &h));
	pictures_init(&p, TAPE_H264);
	assert_false(pictures_packet(&p, begin, sizeof begin, 1, false, true));
	assert_false(pictures_packet(&p, end, sizeof end, 1, true, false)); /* a key frame without its parameters is none yet */
	assert_false(pictures_packet(&p, stap, sizeof stap, 2, false, false));
	assert_false(pictures_packet(&p, begin, sizeof begin, 2, false, false));
	assert_false(pictures_packet(&p, middle, sizeof middle, 2, false, false));
	assert_true(pictures_packet(&p, end, sizeof end, 2, true, false));
	static const uint8_t whole[] = {0, 0, 0, 1, 0x67, 0x42, 0, 0, 0, 1, 0x68, 0xce, 0, 0, 0, 1, 0x65, 1, 2, 3, 4};
	assert_true(p.key);
	assert_int_equal(p.data.n, sizeof whole);
	assert_memory_equal(p.data.p, whole, sizeof whole);
	assert_true(pictures_packet(&p, delta, sizeof delta, 3, true, false));
	assert_false(p.key);
	assert_false(pictures_packet(&p, delta, sizeof delta, 4, false, false));
	assert_false(pictures_packet(&p, delta, sizeof delta, 5, true, false)); /* another time without a marker between */
	assert_true(p.wants_key);
	pictures_release(&p);
}

/* --- Opus */

static void opus(void **state)
{
	(void)state;
	static const struct { uint8_t toc, count; unsigned samples; } of[] = {{0xf8, 0, 960}, {0x08, 0, 960}, {0x18, 0, 2880}, {0x79, 0, 1920}, {0xe0, 0, 120},
		{0xfb, 6, 5760}, {0xfb, 7, 0}, {0x1b, 2, 5760}, {0x1b, 3, 0}, {0xfb, 0, 0}};
	for (size_t i = 0; i < sizeof of / sizeof *of; i++)
		assert_int_equal(opus_samples((uint8_t[]){of[i].toc, of[i].count}, 2), of[i].samples);
	assert_int_equal(opus_samples((uint8_t[]){0xfb}, 1), 0);
	assert_int_equal(opus_samples(NULL, 0), 0);
	for (unsigned i = 1; i <= 6; i++) {
		uint8_t p[OPUS_SILENCE_MAX];
		size_t n = opus_silence(i, p);
		assert_true(n <= sizeof p);
		assert_int_equal(opus_samples(p, n), i * OPUS_FRAME);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(tape_messages), cmocka_unit_test(order), cmocka_unit_test(times), cmocka_unit_test(pictures_vp8),
		cmocka_unit_test(pictures_h264), cmocka_unit_test(opus)};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
