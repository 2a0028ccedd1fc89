/* SPDX-License-Identifier: Apache-2.0
 *
 * Sizes of pictures by their headers: what is whole, what is cut at every byte, what lies.
 */
#include "file/picture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#define BYTES(s) str_n((s), sizeof(s) - 1)

static const char png[] = "\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\x01\x02\0\0\x03\x04\x08\2\0\0\0....";
static const char jpeg[] = "\xff\xd8\xff\xe0\0\4..\xff\xff\xc4\0\2\xff\xc2\0\x11\x08\3\4\1\2\3\1\x22\0\2\x11\1\3\x11\1";
static const char lossy[] = "RIFF\x16\0\0\0WEBPVP8 \x0a\0\0\0\0\0\0\x9d\1\x2a\x02\x41\x04\xc3";
static const char lossless[] = "RIFF\x16\0\0\0WEBPVP8L\x0a\0\0\0\x2f\x01\xc1\xc0\x00.....";
static const char extended[] = "RIFF\x16\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0\x01\1\0\3\3\0";

static void measures(struct str bytes, enum file_type type, size_t needed, uint32_t width, uint32_t height)
{
	struct picture_size s;
	assert_true(picture_measure(bytes, type, &s));
	assert_int_equal(s.width, width);
	assert_int_equal(s.height, height);
	for (size_t n = 0; n < bytes.n; n++)
		assert_int_equal(picture_measure(str_n(bytes.p, n), type, &s), n >= needed);
	assert_true(picture_is_logo(bytes, type));
}

static void test_sizes(void **state)
{
	(void)state;
	measures(BYTES(png), FILE_TYPE_PNG, 33, 0x102, 0x304);
	measures(BYTES(jpeg), FILE_TYPE_JPEG, sizeof jpeg - 1, 0x102, 0x304);
	measures(BYTES(lossy), FILE_TYPE_WEBP, 30, 0x102, 0x304);
	measures(BYTES(lossless), FILE_TYPE_WEBP, 30, 0x102, 0x304);
	measures(BYTES(extended), FILE_TYPE_WEBP, 30, 0x102, 0x304);
}

static void test_lies(void **state)
{
	(void)state;
	struct picture_size s;
	assert_false(picture_measure(BYTES(png), FILE_TYPE_JPEG, &s));
	assert_false(picture_measure(BYTES(png), FILE_TYPE_GIF, &s));
	assert_false(picture_measure(BYTES("\x89PNG\r\n\x1a\n\0\0\0\x0ctEXt............................"), FILE_TYPE_PNG, &s)); /* IHDR is not first */
	assert_false(picture_measure(BYTES("\xff\xd8\xff\xe0\xff\xff................"), FILE_TYPE_JPEG, &s));  /* longer than all */
	assert_false(picture_measure(BYTES("\xff\xd8\xff\xe0\0\1................"), FILE_TYPE_JPEG, &s));      /* shorter than itself */
	assert_false(picture_measure(BYTES("\xff\xd8\xff\xda\0\2\xff\xc0\0\x11\x08\3\4\1\2......"), FILE_TYPE_JPEG, &s)); /* behind the scan */
	assert_false(picture_measure(BYTES("\xff\xd8\xff\xc0\0\7\x08\3\4\1\2......"), FILE_TYPE_JPEG, &s)); /* a frame too short for a size */
	assert_false(picture_measure(BYTES("\xff\xd8\xff\xff\xff\xff\xff\xff\xff\xff"), FILE_TYPE_JPEG, &s));
	assert_false(picture_measure(BYTES("RIFF\x16\0\0\0WEBPVP8 \x0a\0\0\0\0\0\0\x9d\1\x2b\x02\x41\x04\xc3"), FILE_TYPE_WEBP, &s));
	assert_false(picture_measure(BYTES("RIFF\x16\0\0\0WEBPALPH.................."), FILE_TYPE_WEBP, &s));
}

static void test_edges(void **state)
{
	(void)state;
	static const struct { unsigned width, height; bool fits; } cases[] = {{64, 64, true}, {63, 64, false}, {64, 63, false}, {4096, 4096, true},
		{4097, 64, false}, {64, 4097, false}, {0, 0, false}, {0xffffffff, 64, false}};
	char one[sizeof png];
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		memcpy(one, png, sizeof png);
		for (int b = 0; b < 4; b++) {
			one[16 + b] = (char)(cases[i].width >> (24 - 8 * b));
			one[20 + b] = (char)(cases[i].height >> (24 - 8 * b));
		}
		assert_int_equal(picture_is_logo(str_n(one, sizeof one - 1), FILE_TYPE_PNG), cases[i].fits);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_sizes), cmocka_unit_test(test_lies), cmocka_unit_test(test_edges)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
