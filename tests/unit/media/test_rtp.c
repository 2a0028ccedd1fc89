/* SPDX-License-Identifier: Apache-2.0
 *
 * RTP headers and extensions, the slab of packets, the first look at a datagram, frames on TCP.
 */
#include "bytes.h"
#include "media/packet.h"
#include "media/rfc4571.h"
#include "media/wire.h"

static void headers(void **state)
{
	(void)state;
	uint8_t p[64];
	struct rtp h;
	struct str data;
	/* one CSRC, two extensions in the one-byte form with padding between them, 3 bytes of payload, 2 of padding */
	size_t n = unhex("b1 e0 1234 00000064 deadbeef 00000007 bede0002 11aabb00 30cc0000 010203 0002", p);
	assert_int_equal(rtp_parse(p, n, &h), ERR_OK);
	assert_true(h.marker && h.padding);
	assert_int_equal(h.pt, 96);
	assert_int_equal(h.csrc_count, 1);
	assert_int_equal(h.seq, 0x1234);
	assert_int_equal(h.ts, 100);
	assert_int_equal(h.ssrc, 0xdeadbeef);
	assert_int_equal(h.header_n, 28);
	assert_int_equal(h.ext_at, 20);
	assert_int_equal(h.ext_n, 8);
	assert_int_equal(h.payload_n, 3);
	assert_int_equal(h.padding_n, 2);
	assert_true(rtp_ext_find(p, &h, 1, &data) && str_eq(data, STR("\xaa\xbb")));
	assert_true(rtp_ext_find(p, &h, 3, &data) && str_eq(data, STR("\xcc")));
	assert_false(rtp_ext_find(p, &h, 2, &data));
	assert_int_equal(rtp_parse_header(p, n, &h), ERR_OK);
	assert_int_equal(h.payload_n, 5);
	for (size_t cut = 0; cut < 28; cut++) {
		uint8_t *q = exact(p, cut);
		assert_int_equal(rtp_parse(q, cut, &h), ERR_MALFORMED);
		free(q);
	}
	p[n - 1] = 6; /* more padding than payload */
	assert_int_equal(rtp_parse(p, n, &h), ERR_MALFORMED);
	p[n - 1] = 0;
	assert_int_equal(rtp_parse(p, n, &h), ERR_MALFORMED);
	p[n - 1] = 5; /* a probe: padding only */
	assert_int_equal(rtp_parse(p, n, &h), ERR_OK);
	assert_int_equal(h.payload_n, 0);
	p[0] = 0x71;
	assert_int_equal(rtp_parse(p, n, &h), ERR_MALFORMED);
}

static unsigned count_exts(const char *block, unsigned profile, struct str *last)
{
	uint8_t p[128] = {0x90, 0};
	size_t n = unhex(block, p + 16), it = 0;
	int id;
	unsigned found = 0;
	struct rtp h;
	assert_int_equal(n % 4, 0);
	set_u16(p + 12, (uint16_t)profile);
	set_u16(p + 14, (uint16_t)(n / 4));
	uint8_t *q = exact(p, 16 + n);
	assert_int_equal(rtp_parse(q, 16 + n, &h), ERR_OK);
	while (rtp_ext_next(q, &h, &it, &id, last))
		found++;
	assert_false(rtp_ext_next(q, &h, &it, &id, last));
	free(q);
	return found;
}

static void broken_extensions(void **state)
{
	(void)state;
	struct str d;
	assert_int_equal(count_exts("", 0xbede, &d), 0);
	assert_int_equal(count_exts("10aa20bb", 0xbede, &d), 2);
	assert_int_equal(count_exts("10aa2fbb", 0xbede, &d), 1); /* the second is longer than the block */
	assert_int_equal(count_exts("10aaf0bb 10aa0000", 0xbede, &d), 1); /* id 15 ends it */
	assert_int_equal(count_exts("10aa01bb", 0xbede, &d), 1); /* id 0 with a length ends it */
	assert_int_equal(count_exts("0102aabb 00ff0000", 0x1000, &d), 2);
	assert_int_equal(count_exts("0102aabb 00ff0300", 0x1000, &d), 1);
	assert_int_equal(count_exts("0102aabb 000000ff", 0x1005, &d), 1); /* the length of the last is missing */
	assert_int_equal(count_exts("10aa20bb", 0x1234, &d), 0);
}

static void written_headers(void **state)
{
	(void)state;
	uint8_t out[600], payload[300];
	uint16_t at[3];
	struct rtp h, want = {.pt = 45, .marker = true, .seq = 65535, .ts = 0xfffffffe, .ssrc = 3};
	struct str d;
	memset(payload, 7, sizeof payload);
	assert_int_equal(rtp_write(out, 11, &want, NULL, 0, NULL), 0);
	assert_int_equal(rtp_write(out, 12, &want, NULL, 0, NULL), 12);
	struct rtp_ext exts[3] = {{.id = 1, .n = 1, .p = payload}, {.id = 14, .n = 16, .p = payload}, {.id = 5, .n = 2}};
	assert_int_equal(rtp_write(out, 12 + 4 + 24 - 1, &want, exts, 3, at), 0);
	size_t n = rtp_write(out, sizeof out, &want, exts, 3, at);
	assert_int_equal(n, 12 + 4 + 24);
	assert_int_equal(rtp_parse(out, n, &h), ERR_OK);
	assert_int_equal(h.ext_profile, RTP_EXT_ONE_BYTE);
	assert_true(h.marker && h.pt == 45 && h.seq == 65535 && h.ts == 0xfffffffe && h.ssrc == 3 && h.payload_n == 0);
	out[at[2]] = 0x55;
	assert_true(rtp_ext_find(out, &h, 5, &d) && str_eq(d, str_n("\x55\0", 2)));
	assert_true(rtp_ext_find(out, &h, 14, &d) && d.n == 16 && d.p[15] == 7);
	exts[1] = (struct rtp_ext){.id = 200, .n = 255, .p = payload};
	exts[2].n = 0;
	n = rtp_write(out, sizeof out, &want, exts, 3, at);
	assert_int_equal(rtp_parse(out, n, &h), ERR_OK);
	assert_int_equal(h.ext_profile, RTP_EXT_TWO_BYTE);
	assert_true(rtp_ext_find(out, &h, 200, &d) && d.n == 255);
	assert_true(rtp_ext_find(out, &h, 5, &d) && d.n == 0);
}

static void numbers(void **state)
{
	(void)state;
	assert_true(seq_newer(0, 65535) && !seq_newer(65535, 0) && !seq_newer(5, 5));
	assert_int_equal(seq_diff(0, 65535), 1);
	assert_int_equal(seq_diff(65535, 0), -1);
	assert_int_equal(ts_diff(1, 0xffffffff), 2);
	assert_int_equal(rtp_abs_send_time(0), 0);
	assert_int_equal(rtp_abs_send_time(1000000), 1 << 18);
	assert_int_equal(rtp_abs_send_time(63999999), 0xffffff);
	assert_int_equal(rtp_abs_send_time(64000000), 0);
	uint8_t p[16] = {0x80, 97, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0xab, 0xcd};
	struct rtp h;
	uint16_t osn;
	assert_int_equal(rtp_parse(p, 14, &h), ERR_OK);
	assert_int_equal(rtp_rtx_osn(p, &h, &osn), ERR_OK);
	assert_int_equal(osn, 0xabcd);
	assert_int_equal(rtp_parse(p, 13, &h), ERR_OK);
	assert_int_equal(rtp_rtx_osn(p, &h, &osn), ERR_MALFORMED);
}

static void slab(void **state)
{
	(void)state;
	struct packets *all = packets_new(3);
	struct packet *a = packet_take(all), *b = packet_take(all), *c = packet_take(all);
	assert_true(a && b && c && a != b && b != c);
	assert_null(packet_take(all));
	assert_int_equal(packets_left(all), 0);
	packet_ref(b);
	packet_unref(all, b);
	assert_null(packet_take(all));
	packet_unref(all, b);
	assert_ptr_equal(packet_take(all), b);
	assert_ptr_equal(packet_at(all, b->slot), b);
	assert_int_equal(b->refs, 1);
	packet_unref(all, a);
	packet_unref(all, b);
	packet_unref(all, c);
	assert_int_equal(packets_left(all), 3);
	packets_free(&all);
	assert_null(all);
}

static void kinds(void **state)
{
	(void)state;
	static const struct { uint8_t first, second; enum datagram kind; } cases[] = {
		{0, 1, DATAGRAM_STUN}, {3, 0, DATAGRAM_STUN}, {4, 0, DATAGRAM_JUNK}, {19, 0, DATAGRAM_JUNK}, {20, 0xfe, DATAGRAM_DTLS}, {63, 0xfe, DATAGRAM_DTLS},
		{64, 0, DATAGRAM_JUNK}, {79, 0, DATAGRAM_JUNK}, {127, 0, DATAGRAM_JUNK}, {128, 96, DATAGRAM_RTP}, {0x90, 0x80 | 63, DATAGRAM_RTP}, {191, 0, DATAGRAM_RTP},
		{128, 191, DATAGRAM_RTP}, {128, 192, DATAGRAM_RTCP}, {129, 200, DATAGRAM_RTCP}, {128, 223, DATAGRAM_RTCP}, {128, 224, DATAGRAM_RTP}, {192, 200, DATAGRAM_JUNK},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		assert_int_equal(datagram_kind((const uint8_t[]){cases[i].first, cases[i].second}, 2), cases[i].kind);
	assert_int_equal(datagram_kind((const uint8_t[]){0}, 1), DATAGRAM_JUNK);
}

static void frames_on_tcp(void **state)
{
	(void)state;
	static uint8_t p[2 + PACKET_MAX];
	struct str frame;
	size_t used;
	rfc4571_head(p, PACKET_MAX);
	for (size_t n = 0; n < sizeof p; n += 97)
		assert_int_equal(rfc4571_next(p, n, &frame, &used), ERR_AGAIN);
	assert_int_equal(rfc4571_next(p, sizeof p - 1, &frame, &used), ERR_AGAIN);
	assert_int_equal(rfc4571_next(p, sizeof p, &frame, &used), ERR_OK);
	assert_true(frame.n == PACKET_MAX && used == sizeof p && frame.p == (const char *)p + 2);
	rfc4571_head(p, PACKET_MAX + 1);
	assert_int_equal(rfc4571_next(p, 2, &frame, &used), ERR_TOO_LARGE);
	rfc4571_head(p, 0);
	assert_int_equal(rfc4571_next(p, 9, &frame, &used), ERR_OK);
	assert_true(frame.n == 0 && used == 2);
}

static void reader(void **state)
{
	(void)state;
	uint8_t *p = exact("\1\2\3", 3);
	struct reader r = reader_of(p, 3);
	assert_int_equal(read_u16(&r), 0x0102);
	assert_non_null(read_bytes(&r, 0));
	assert_false(r.bad);
	assert_int_equal(read_u16(&r), 0);
	assert_true(r.bad && r.n == 0);
	assert_int_equal(read_u8(&r), 0); /* once beyond the end, it stays there */
	assert_null(read_bytes(&r, 0));
	free(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(headers),
		cmocka_unit_test(reader),
		cmocka_unit_test(broken_extensions),
		cmocka_unit_test(written_headers),
		cmocka_unit_test(numbers),
		cmocka_unit_test(slab),
		cmocka_unit_test(kinds),
		cmocka_unit_test(frames_on_tcp),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
