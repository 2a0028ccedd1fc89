/* SPDX-License-Identifier: Apache-2.0
 *
 * RTCP: what is written is read back, what is broken is refused, what wraps wraps; transport-wide feedback against arrivals drawn at random.
 */
#include "bytes.h"
#include "media/rtcp.h"

static uint64_t seed = 0x2545f4914f6cdd1du;

/* The only packet of the compound. */
static struct rtcp_packet only(const struct rtcp_writer *w)
{
	struct rtcp_reader r = rtcp_read(w->p, w->n);
	struct rtcp_packet k, none;
	assert_int_equal(w->n % 4, 0);
	assert_true(rtcp_next(&r, &k));
	assert_false(rtcp_next(&r, &none));
	assert_int_equal(r.err, ERR_OK);
	return k;
}

static void reports(void **state)
{
	(void)state;
	uint8_t p[RTCP_COMPOUND_MAX];
	struct rtcp_writer w = rtcp_writer_of(p, sizeof p);
	const struct rtcp_sr sr = {.ssrc = 7, .ntp = 0x123456789abcdef0, .ts = 90000, .packets = 12, .octets = 13000};
	const struct rtcp_report reports[2] = {
		{.ssrc = 1, .fraction_lost = 128, .lost = -5, .highest = 0x10005, .jitter = 44, .last_sr = 0x56789abc, .delay = 65536}, {.ssrc = 2, .lost = 0x1000000}};
	struct rtcp_sr sr_out;
	struct rtcp_report out;
	uint32_t ssrc;
	assert_true(rtcp_write_sr(&w, &sr, reports, 2));
	struct rtcp_packet k = only(&w);
	assert_true(k.type == RTCP_SR && k.count == 2);
	assert_int_equal(rtcp_sr(&k, &sr_out), ERR_OK);
	assert_true(sr_out.ssrc == 7 && sr_out.ntp == sr.ntp && sr_out.ts == 90000 && sr_out.packets == 12 && sr_out.octets == 13000);
	assert_int_equal(rtcp_report(&k, 0, &out), ERR_OK);
	assert_true(out.ssrc == 1 && out.fraction_lost == 128 && out.lost == -5 && out.highest == 0x10005 && out.jitter == 44 && out.last_sr == 0x56789abc && out.delay == 65536);
	assert_int_equal(rtcp_report(&k, 1, &out), ERR_OK);
	assert_true(out.ssrc == 2 && out.lost == 0x7fffff);
	assert_int_equal(rtcp_report(&k, 2, &out), ERR_MALFORMED);
	w.n = 0;
	assert_true(rtcp_write_rr(&w, 9, reports, 1));
	k = only(&w);
	assert_int_equal(rtcp_rr(&k, &ssrc), ERR_OK);
	assert_int_equal(ssrc, 9);
	assert_int_equal(rtcp_report(&k, 0, &out), ERR_OK);
	assert_int_equal(out.lost, -5);
	k.n -= 1;
	assert_int_equal(rtcp_report(&k, 0, &out), ERR_MALFORMED);
	k.n = 3;
	assert_int_equal(rtcp_rr(&k, &ssrc), ERR_MALFORMED);
	assert_int_equal(rtcp_sr(&k, &sr_out), ERR_MALFORMED);
	assert_int_equal(ntp_of_us(0) >> 32, 2208988800u);
	assert_int_equal(ntp_middle(ntp_of_us(500000)), (2208988800u & 0xffff) << 16 | 0x8000);
}

static void compounds(void **state)
{
	(void)state;
	uint8_t p[RTCP_COMPOUND_MAX];
	struct rtcp_writer w = rtcp_writer_of(p, sizeof p);
	struct rtcp_packet k;
	const uint32_t gone[2] = {3, 4};
	size_t it = 0;
	uint32_t ssrc;
	struct str name;
	assert_true(rtcp_write_rr(&w, 1, NULL, 0) && rtcp_write_cname(&w, 1, STR("abcde")) && rtcp_write_bye(&w, gone, 2));
	struct rtcp_reader r = rtcp_read(p, w.n);
	assert_true(rtcp_next(&r, &k) && k.type == RTCP_RR && rtcp_next(&r, &k) && k.type == RTCP_SDES);
	assert_true(rtcp_cname(&k, &it, &ssrc, &name) && ssrc == 1 && str_eq(name, STR("abcde")));
	assert_false(rtcp_cname(&k, &it, &ssrc, &name));
	assert_true(rtcp_next(&r, &k) && k.type == RTCP_BYE && k.count == 2);
	assert_int_equal(rtcp_bye(&k, 1, &ssrc), ERR_OK);
	assert_int_equal(ssrc, 4);
	assert_int_equal(rtcp_bye(&k, 2, &ssrc), ERR_MALFORMED);
	assert_false(rtcp_next(&r, &k));
	assert_int_equal(r.err, ERR_OK);
	for (size_t cut = 1; cut < w.n; cut++) {
		uint8_t *q = exact(p, cut);
		r = rtcp_read(q, cut);
		while (rtcp_next(&r, &k))
			;
		assert_int_equal(r.err, cut == 8 || cut == 24 ? ERR_OK : ERR_MALFORMED); /* where packets end */
		free(q);
	}
	for (size_t n = 1; n <= 255; n += 127) { /* the text's end meets the padding in each way */
		for (size_t more = 0; more < 4 && n + more <= 255; more++) {
			static const char text[256] = "";
			w.n = it = 0;
			assert_true(rtcp_write_cname(&w, 5, str_n(text, n + more)));
			k = only(&w);
			assert_true(rtcp_cname(&k, &it, &ssrc, &name) && name.n == n + more);
		}
	}
	/* two chunks, the first without a CNAME; then one that is cut */
	uint8_t q[64];
	size_t n = unhex("82ca0007 00000001 02014100 00000002 010242 43 02014400 00000003 0105", q);
	set_u16(q + 2, (uint16_t)(28 / 4));
	memset(q + n, 0x41, sizeof q - n);
	r = rtcp_read(q, 32);
	it = 0;
	assert_true(rtcp_next(&r, &k) && rtcp_cname(&k, &it, &ssrc, &name) && ssrc == 2 && str_eq(name, STR("BC")));
	assert_false(rtcp_cname(&k, &it, &ssrc, &name));
}

static void broken(void **state)
{
	(void)state;
	static const struct { const char *text; enum err err; unsigned good; } cases[] = {
		{"", ERR_OK, 0}, {"80c90001 00000001", ERR_OK, 1}, {"40c90001 00000001", ERR_MALFORMED, 0}, {"80bf0001 00000001", ERR_MALFORMED, 0},
		{"80e00001 00000001", ERR_MALFORMED, 0}, {"80c90002 00000001", ERR_MALFORMED, 0}, {"80c9", ERR_MALFORMED, 0}, {"a0c90001 00000004", ERR_OK, 1},
		{"a0c90001 00000000", ERR_MALFORMED, 0}, {"a0c90001 00000003", ERR_MALFORMED, 0}, {"a0c90001 00000008", ERR_MALFORMED, 0}, {"a0c90000", ERR_MALFORMED, 0},
		{"80c90001 00000001 80c90001", ERR_MALFORMED, 1}, {"80cb0000", ERR_OK, 1},
	};
	uint8_t p[RTCP_PACKETS_MAX * 4 + 4];
	struct rtcp_packet k;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		size_t n = unhex(cases[i].text, p);
		unsigned good = 0;
		struct rtcp_reader r = rtcp_read(p, n);
		while (rtcp_next(&r, &k))
			good++;
		assert_int_equal(r.err, cases[i].err);
		assert_int_equal(good, cases[i].good);
	}
	for (size_t i = 0; i < sizeof p; i += 4)
		memcpy(p + i, "\x80\xcb\0\0", 4);
	for (size_t extra = 0; extra < 2; extra++) {
		struct rtcp_reader r = rtcp_read(p, sizeof p - 4 + 4 * extra);
		while (rtcp_next(&r, &k))
			;
		assert_int_equal(r.err, extra ? ERR_TOO_LARGE : ERR_OK);
	}
}

static void nacks(void **state)
{
	(void)state;
	uint8_t p[256];
	struct rtcp_writer w = rtcp_writer_of(p, sizeof p);
	static const uint16_t seqs[] = {65530, 65531, 65535, 0, 10, 11, 28, 500};
	unsigned got = 0;
	uint32_t sender, media;
	uint16_t seq;
	size_t it = 0;
	assert_false(rtcp_write_nack(&w, 1, 2, seqs, 0));
	assert_true(rtcp_write_nack(&w, 1, 2, seqs, 8));
	struct rtcp_packet k = only(&w);
	assert_true(k.type == RTCP_RTPFB && k.count == RTCP_NACK);
	assert_int_equal(k.n, 8 + 4 * 4); /* 65530 with 10 behind it, 11, 28, 500 */
	assert_int_equal(rtcp_feedback(&k, &sender, &media), ERR_OK);
	assert_true(sender == 1 && media == 2);
	while (rtcp_nack(&k, &it, &seq))
		assert_int_equal(seq, seqs[got++]);
	assert_int_equal(got, 8);
	k.n = 7;
	it = 0;
	assert_false(rtcp_nack(&k, &it, &seq));
	assert_int_equal(rtcp_feedback(&k, &sender, &media), ERR_MALFORMED);
}

static void requests_and_rates(void **state)
{
	(void)state;
	uint8_t p[256], number;
	struct rtcp_writer w = rtcp_writer_of(p, sizeof p);
	uint32_t sender, media;
	uint64_t rate;
	static const uint32_t ssrcs[2] = {5, 6};
	assert_true(rtcp_write_pli(&w, 1, 2));
	struct rtcp_packet k = only(&w);
	assert_true(k.type == RTCP_PSFB && k.count == RTCP_PLI && !rtcp_feedback(&k, &sender, &media) && media == 2);
	w.n = 0;
	assert_true(rtcp_write_fir(&w, 1, 2, 200));
	k = only(&w);
	assert_true(k.count == RTCP_FIR && rtcp_fir(&k, 0, &media, &number) && media == 2 && number == 200 && !rtcp_fir(&k, 1, &media, &number));
	static const uint64_t rates[] = {0, 1, 0x3ffff, 0x40000, 1000000, 2500000, (uint64_t)1 << 40, UINT64_MAX};
	for (size_t i = 0; i < sizeof rates / sizeof *rates; i++) {
		w.n = 0;
		assert_true(rtcp_write_remb(&w, 1, rates[i], ssrcs, 2));
		k = only(&w);
		assert_int_equal(rtcp_remb(&k, &rate), ERR_OK);
		assert_true(rate <= rates[i] && (rates[i] > INT64_MAX ? rate == INT64_MAX : rates[i] - rate <= rates[i] >> 17));
	}
	k.n -= 4; /* one stream less than it says */
	assert_int_equal(rtcp_remb(&k, &rate), ERR_MALFORMED);
	p[12] = 'r';
	assert_int_equal(rtcp_remb(&k, &rate), ERR_NOT_FOUND);
	w.cap = w.n + 11;
	assert_false(rtcp_write_pli(&w, 1, 2));
	w.cap++;
	assert_true(rtcp_write_pli(&w, 1, 2));
}

static void extended_reports(void **state)
{
	(void)state;
	uint8_t p[128];
	struct rtcp_writer w = rtcp_writer_of(p, sizeof p);
	struct rtcp_xr x;
	size_t it = 0;
	assert_true(rtcp_write_rrtr(&w, 1, 0x1122334455667788));
	struct rtcp_packet k = only(&w);
	assert_true(rtcp_xr(&k, &it, &x) && x.type == RTCP_XR_RRTR && x.ntp == 0x1122334455667788);
	assert_false(rtcp_xr(&k, &it, &x));
	w.n = it = 0;
	assert_true(rtcp_write_dlrr(&w, 1, 2, 3, 4));
	k = only(&w);
	assert_true(rtcp_xr(&k, &it, &x) && x.type == RTCP_XR_DLRR && x.ssrc == 2 && x.last_rr == 3 && x.delay == 4);
	assert_false(rtcp_xr(&k, &it, &x));
	/* an unknown block, a DLRR of two streams, an RRTR */
	size_t n = unhex("80cf000e 00000009 63000001 ffffffff 05000006 00000001 00000002 00000003 00000004 00000005 00000006 04000002 00000000 00000007 05000000", p);
	struct rtcp_reader r = rtcp_read(p, n);
	it = 0;
	assert_true(rtcp_next(&r, &k));
	assert_true(rtcp_xr(&k, &it, &x) && x.ssrc == 1 && rtcp_xr(&k, &it, &x) && x.ssrc == 4 && x.delay == 6);
	assert_true(rtcp_xr(&k, &it, &x) && x.type == RTCP_XR_RRTR && x.ntp == 7);
	assert_false(rtcp_xr(&k, &it, &x));
	k.n = 13; /* cut within a block */
	it = 0;
	assert_false(rtcp_xr(&k, &it, &x));
	assert_false(rtcp_xr(&k, &it, &x));
}

/* Arrivals of every kind of density, told in rooms of every size: what is read is what was written, to 250 microseconds. */
static void transport_wide(void **state)
{
	(void)state;
	static int64_t at[TWCC_LOG_MAX];
	uint8_t p[RTCP_COMPOUND_MAX];
	unsigned partial = 0;
	for (unsigned round = 0; round < 4000; round++) {
		unsigned count = 1 + (unsigned)(draw(&seed) % (round % 8 == 0 ? TWCC_LOG_MAX : 60)), loss = (unsigned)(draw(&seed) % 100), step = 1u << draw(&seed) % 18, any = 0;
		int64_t now = (int64_t)(draw(&seed) % ((uint64_t)1 << 41));
		for (unsigned i = 0; i < count; i++) {
			if (draw(&seed) % 20 == 0)
				loss = (unsigned)(draw(&seed) % 101);
			now += (int64_t)(draw(&seed) % (step * 4)) - step / 2;
			at[i] = now < 0 || draw(&seed) % 100 < loss ? RTCP_TWCC_LOST : now;
			any += at[i] != RTCP_TWCC_LOST;
		}
		struct rtcp_writer w = rtcp_writer_of(p, round % 3 ? sizeof p : 20 + draw(&seed) % 200);
		unsigned told = count;
		uint16_t base = (uint16_t)draw(&seed), seq;
		bool wrote = rtcp_write_twcc(&w, 1, 2, (uint8_t)round, base, at, &told), arrived;
		assert_true(wrote || any == 0 || w.cap < 40);
		if (!wrote) {
			assert_int_equal(w.n, 0);
			continue;
		}
		partial += told < count;
		assert_in_range(told, 1, count);
		struct rtcp_packet k = only(&w);
		struct rtcp_twcc t;
		assert_int_equal(rtcp_twcc(&k, &t), ERR_OK);
		assert_true(t.base_seq == base && t.status_count == told && t.feedback_count == (uint8_t)round);
		int64_t us, offset = -1;
		for (unsigned i = 0; i < told; i++) {
			assert_true(rtcp_twcc_next(&t, &seq, &arrived, &us));
			assert_int_equal(seq, (uint16_t)(base + i));
			assert_int_equal(arrived, at[i] != RTCP_TWCC_LOST);
			if (arrived && offset < 0)
				offset = at[i] / 64000 / (1 << 24) * (1 << 24) * 64000; /* 24 bits of reference time */
			if (arrived)
				assert_int_equal(us + offset, at[i] / 250 * 250);
		}
		assert_false(rtcp_twcc_next(&t, &seq, &arrived, &us));
		assert_int_equal(t.err, ERR_OK);
	}
	assert_true(partial > 100);
}

static void broken_transport_wide(void **state)
{
	(void)state;
	static const struct { const char *text; enum err first, then; } cases[] = {
		{"8fcd0005 00000001 00000002 00050001 00000100 20010400", ERR_OK, ERR_OK}, {"8fcd0004 00000001 00000002 00050001 00000100", ERR_MALFORMED, 0},
		{"8fcd0003 00000001 00000002 00050001", ERR_MALFORMED, 0}, {"8fcd0005 00000001 00000002 00050001 00000100 00000000", ERR_MALFORMED, 0}, /* a run of none */
		{"8fcd0005 00000001 00000002 00050001 00000100 60010400", ERR_OK, ERR_MALFORMED}, /* the reserved symbol */
		{"8fcd0005 00000001 00000002 00050003 00000100 20030400", ERR_OK, ERR_MALFORMED}, /* more steps than bytes */
		{"8fcd0005 00000001 00000002 00052001 00000100 1fff1fff", ERR_TOO_LARGE, 0},
		{"8fcd0005 00000001 00000002 00052000 00000100 1fff1fff", ERR_OK, ERR_OK},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		uint8_t p[64];
		size_t n = unhex(cases[i].text, p);
		struct rtcp_reader r = rtcp_read(p, n);
		struct rtcp_packet k;
		struct rtcp_twcc t;
		uint16_t seq;
		bool arrived;
		int64_t us;
		assert_true(rtcp_next(&r, &k));
		assert_int_equal(rtcp_twcc(&k, &t), cases[i].first);
		if (cases[i].first)
			continue;
		while (rtcp_twcc_next(&t, &seq, &arrived, &us))
			;
		assert_int_equal(t.err, cases[i].then);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reports),
		cmocka_unit_test(compounds),
		cmocka_unit_test(broken),
		cmocka_unit_test(nacks),
		cmocka_unit_test(requests_and_rates),
		cmocka_unit_test(extended_reports),
		cmocka_unit_test(transport_wide),
		cmocka_unit_test(broken_transport_wide),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
