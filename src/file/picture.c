/* SPDX-License-Identifier: Apache-2.0
 *
 * Headers of pictures. Every read is checked against the end; a length that leads beyond it ends the search.
 */
#include "file/picture.h"

static uint32_t be(struct str s, size_t at, size_t n)
{
	uint32_t v = 0;
	for (size_t i = 0; i < n; i++)
		v = v << 8 | (unsigned char)s.p[at + i];
	return v;
}

static uint32_t le(struct str s, size_t at, size_t n)
{
	uint32_t v = 0;
	for (size_t i = n; i-- > 0;)
		v = v << 8 | (unsigned char)s.p[at + i];
	return v;
}

static bool is(struct str s, size_t at, const char *mark, size_t n)
{
	return s.n >= at + n && memcmp(s.p + at, mark, n) == 0;
}

/* Signature, then IHDR, which must be first. */
static bool png(struct str s, struct picture_size *out)
{
	if (s.n < 33 || !is(s, 0, "\x89PNG\r\n\x1a\n", 8) || be(s, 8, 4) != 13 || !is(s, 12, "IHDR", 4))
		return false;
	*out = (struct picture_size){be(s, 16, 4), be(s, 20, 4)};
	return true;
}

/* Segments up to the first frame header; the scan begins behind it. */
static bool jpeg(struct str s, struct picture_size *out)
{
	size_t at = 2;
	if (!is(s, 0, "\xff\xd8", 2))
		return false;
	while (at + 4 <= s.n) {
		unsigned char mark = (unsigned char)s.p[at + 1];
		if ((unsigned char)s.p[at] != 0xff)
			return false;
		if (mark == 0xff) { /* filling */
			at++;
			continue;
		}
		if (mark == 0x01 || (mark >= 0xd0 && mark <= 0xd7)) { /* alone, without a length */
			at += 2;
			continue;
		}
		if (mark == 0xd8 || mark == 0xd9 || mark == 0xda || mark == 0)
			return false;
		size_t n = be(s, at + 2, 2);
		if (n < 2 || n > s.n - at - 2)
			return false;
		if (mark >= 0xc0 && mark <= 0xcf && mark != 0xc4 && mark != 0xc8 && mark != 0xcc) {
			if (n < 8)
				return false;
			*out = (struct picture_size){be(s, at + 7, 2), be(s, at + 5, 2)};
			return true;
		}
		at += 2 + n;
	}
	return false;
}

static bool webp(struct str s, struct picture_size *out)
{
	if (s.n < 30 || !is(s, 0, "RIFF", 4) || !is(s, 8, "WEBP", 4))
		return false;
	if (is(s, 12, "VP8X", 4)) {
		*out = (struct picture_size){le(s, 24, 3) + 1, le(s, 27, 3) + 1};
		return true;
	}
	if (is(s, 12, "VP8L", 4) && is(s, 20, "\x2f", 1)) {
		uint32_t bits = le(s, 21, 4);
		*out = (struct picture_size){(bits & 0x3fff) + 1, (bits >> 14 & 0x3fff) + 1};
		return true;
	}
	if (is(s, 12, "VP8 ", 4) && is(s, 23, "\x9d\x01\x2a", 3)) {
		*out = (struct picture_size){le(s, 26, 2) & 0x3fff, le(s, 28, 2) & 0x3fff};
		return true;
	}
	return false;
}

bool picture_measure(struct str bytes, enum file_type type, struct picture_size *out)
{
	switch (type) {
	case FILE_TYPE_PNG:
		return png(bytes, out);
	case FILE_TYPE_JPEG:
		return jpeg(bytes, out);
	case FILE_TYPE_WEBP:
		return webp(bytes, out);
	default:
		return false;
	}
}

bool picture_is_logo(struct str bytes, enum file_type type)
{
	struct picture_size s;
	return picture_measure(bytes, type, &s) && s.width >= PICTURE_LOGO_MIN && s.height >= PICTURE_LOGO_MIN && s.width <= PICTURE_LOGO_MAX &&
		s.height <= PICTURE_LOGO_MAX;
}
