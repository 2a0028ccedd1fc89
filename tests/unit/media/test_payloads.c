/* SPDX-License-Identifier: Apache-2.0
 *
 * What a router reads in payloads: VP8 descriptors, H.264 units; and the filter in front of DTLS.
 */
#include "bytes.h"
#include "media/dtls_front.h"
#include "media/h264.h"
#include "media/limits.h"
#include "media/vp8.h"
#include "media/wire.h"

static enum err vp8(const char *text, struct vp8 *out)
{
	uint8_t p[64];
	size_t n = unhex(text, p);
	uint8_t *q = exact(p, n);
	enum err e = vp8_parse(q, n, out);
	free(q);
	return e;
}

static void vp8_descriptors(void **state)
{
	(void)state;
	struct vp8 d;
	uint8_t out[VP8_DESCRIPTOR_MAX];
	assert_int_equal(vp8("10 00 0000 9d012a 8002 6801", &d), ERR_OK); /* the shortest, before a key frame of 640 x 360 */
	assert_true(d.n == 1 && d.start && d.key_frame && d.width == 640 && d.height == 360 && !d.has_picture_id && !d.has_tid);
	assert_int_equal(vp8("10 01", &d), ERR_OK);
	assert_false(d.key_frame);
	assert_int_equal(vp8("11 00", &d), ERR_OK); /* a later partition */
	assert_true(d.start && d.partition == 1 && !d.key_frame);
	assert_int_equal(vp8("00 00", &d), ERR_OK); /* goes on */
	assert_false(d.start || d.key_frame);
	assert_int_equal(vp8("90 f0 ffff 07 a9 01", &d), ERR_OK); /* all fields, 15 bits */
	assert_true(d.n == 6 && d.long_picture_id && d.picture_id == 0x7fff && d.tl0 == 7 && d.tid == 2 && d.layer_sync && d.key_index == 9);
	assert_int_equal(vp8_write(&d, 5, 255, out), 6);
	assert_memory_equal(out, "\x90\xf0\x80\x05\xff\xa9", 6);
	assert_int_equal(vp8("b0 c0 7f 07 01", &d), ERR_OK); /* 7 bits; nobody needs it */
	assert_true(d.n == 4 && !d.long_picture_id && d.picture_id == 127 && d.non_reference && d.has_tl0 && !d.has_tid);
	assert_int_equal(vp8_write(&d, 0x7abc, 1, out), 5); /* one byte longer */
	assert_memory_equal(out, "\xb0\xc0\xfa\xbc\x01", 5);
	assert_int_equal(vp8("80 20 40", &d), ERR_OK);
	assert_true(d.has_tid && d.tid == 1 && !d.layer_sync && d.n == 3);
	assert_int_equal(vp8("90 00 01", &d), ERR_OK); /* extended by nothing */
	assert_int_equal(vp8_write(&d, 1, 1, out), 1);
	assert_int_equal(out[0], 0x10);
	static const char *const cut[] = {"", "80", "80 80", "80 80 80", "80 c0 01", "80 e0 01 01", "80 10"};
	for (size_t i = 0; i < sizeof cut / sizeof *cut; i++)
		assert_int_equal(vp8(cut[i], &d), ERR_MALFORMED);
}

static enum err h264(const char *text, struct h264 *out)
{
	uint8_t p[64];
	size_t n = unhex(text, p);
	uint8_t *q = exact(p, n);
	enum err e = h264_parse(q, n, out);
	free(q);
	return e;
}

static void h264_units(void **state)
{
	(void)state;
	struct h264 d;
	assert_int_equal(h264("65 88", &d), ERR_OK);
	assert_true(d.key_frame && d.start && d.end && d.reference && d.nal == 5);
	assert_int_equal(h264("01 88", &d), ERR_OK);
	assert_true(!d.key_frame && !d.reference && d.nal == 1);
	assert_int_equal(h264("78 0002 6742 0003 68ce3c 0001 65", &d), ERR_OK);
	assert_true(d.key_frame && d.start && d.end && d.reference && d.nal == 7);
	assert_int_equal(h264("78 0001 06 0001 41", &d), ERR_OK);
	assert_false(d.key_frame);
	assert_int_equal(h264("7c 85 00", &d), ERR_OK); /* first fragment of an IDR */
	assert_true(d.key_frame && d.start && !d.end && d.nal == 5);
	assert_int_equal(h264("7c 05 00", &d), ERR_OK);
	assert_false(d.key_frame || d.start || d.end);
	assert_int_equal(h264("7c 45 00", &d), ERR_OK);
	assert_true(d.end && !d.key_frame);
	static const char *const bad[] = {"", "e5", "60", "79 00", "7a 00", "7b 00", "7d 00", "7e", "7f", "7c", "7c 85", "7c c5 00", "7c 98 00", "78", "78 00", "78 0000", "78 0002 67",
		"78 0001 67 00", "78 0001 78", "78 0001 80"};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_int_equal(h264(bad[i], &d), ERR_MALFORMED);
}

static enum dtls_front dtls(const char *text)
{
	uint8_t p[256];
	size_t n = unhex(text, p);
	uint8_t *q = exact(p, n);
	enum dtls_front f = dtls_front(q, n);
	free(q);
	return f;
}

#define EPOCH0 "0000 000000000000"
#define EPOCH1 "0001 000000000005"

static void dtls_records(void **state)
{
	(void)state;
	/* a ClientHello of 4 bytes, whole; then its second fragment */
	assert_int_equal(dtls("16 feff " EPOCH0 "0010 01 000004 0000 000000 000004 aabbccdd"), DTLS_CLIENT_HELLO);
	assert_int_equal(dtls("16 fefd " EPOCH0 "000e 01 000004 0000 000002 000002 ccdd"), DTLS_CLIENT_HELLO);
	assert_int_equal(dtls("16 fefd " EPOCH0 "0010 0b 000004 0001 000000 000004 aabbccdd"), DTLS_MORE);
	assert_int_equal(dtls("16 fefd " EPOCH0 "000c 0e 000000 0001 000000 000000"), DTLS_MORE);
	assert_int_equal(dtls("14 fefd " EPOCH0 "0001 01" "16 fefd " EPOCH1 "0004 aabbccdd"), DTLS_MORE);
	assert_int_equal(dtls("15 fefd " EPOCH0 "0002 0228"), DTLS_MORE);
	assert_int_equal(dtls("15 fefd " EPOCH1 "0005 0228000000"), DTLS_MORE);
	assert_int_equal(dtls("17 fefd " EPOCH1 "0001 aa"), DTLS_MORE);
	static const char *const junk[] = {
		"", "16", "16 feff " EPOCH0, "16 feff " EPOCH0 "0000", "16 feff " EPOCH0 "0001", "16 0303 " EPOCH0 "000c 0e 000000 0001 000000 000000",
		"16 fefc " EPOCH0 "000c 0e 000000 0001 000000 000000", "18 fefd " EPOCH1 "0001 aa", "13 fefd " EPOCH1 "0001 aa", "17 fefd " EPOCH0 "0001 aa",
		"14 fefd " EPOCH0 "0001 02", "14 fefd " EPOCH0 "0002 0101", "14 fefd " EPOCH1 "0001 01", "15 fefd " EPOCH0 "0003 022800", "15 fefd " EPOCH1 "0002 0228",
		"16 fefd " EPOCH0 "000b 0e 000000 0001 000000 0000", "16 fefd " EPOCH0 "0010 01 000004 0000 000001 000004 aabbccdd", /* beyond the message */
		"16 fefd " EPOCH0 "000e 01 000002 0000 000003 000002 aabb", /* begins behind it */
		"16 fefd " EPOCH0 "000e 01 000002 0000 000000 000004 aabb", "16 fefd " EPOCH0 "000c 01 000004 0000 000000 000000", /* an empty fragment */
		"16 fefd " EPOCH0 "000c 19 000000 0000 000000 000000", "16 fefd " EPOCH0 "000e 01 008001 0000 000000 000002 aabb", /* a longer message than there is */
		"16 fefd " EPOCH0 "000c 0e 000000 0001 000000 000000 00", "16 fefd " EPOCH0 "000d 0e 000000 0001 000000 000000 00",
	};
	for (size_t i = 0; i < sizeof junk / sizeof *junk; i++)
		assert_int_equal(dtls(junk[i]), DTLS_JUNK);
	uint8_t p[DTLS_DATAGRAM_MAX + 1] = {23, 0xfe, 0xfd, 0, 1};
	set_u16(p + 11, DTLS_DATAGRAM_MAX - 13);
	assert_int_equal(dtls_front(p, DTLS_DATAGRAM_MAX), DTLS_MORE);
	set_u16(p + 11, DTLS_DATAGRAM_MAX - 12);
	assert_int_equal(dtls_front(p, DTLS_DATAGRAM_MAX + 1), DTLS_JUNK);
	for (unsigned i = 0; i <= DTLS_RECORDS_MAX; i++)
		memcpy(p + 14 * i, "\x17\xfe\xfd\0\1\0\0\0\0\0\0\0\1\xaa", 14);
	assert_int_equal(dtls_front(p, 14 * DTLS_RECORDS_MAX), DTLS_MORE);
	assert_int_equal(dtls_front(p, 14 * DTLS_RECORDS_MAX + 14), DTLS_JUNK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(vp8_descriptors),
		cmocka_unit_test(h264_units),
		cmocka_unit_test(dtls_records),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
