/* SPDX-License-Identifier: Apache-2.0
 *
 * Texts as Windows programs in Russia write them. Pure.
 */
#include "base/utf8.h"
#include "decoder/tables.h"

/* windows-1251 (RFC 1345, CP1251) from 0x80 on; 0: not used. */
static const uint16_t cp1251[128] = {
	0x0402, 0x0403, 0x201A, 0x0453, 0x201E, 0x2026, 0x2020, 0x2021, 0x20AC, 0x2030, 0x0409, 0x2039, 0x040A, 0x040C, 0x040B, 0x040F,
	0x0452, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014, 0,      0x2122, 0x0459, 0x203A, 0x045A, 0x045C, 0x045B, 0x045F,
	0x00A0, 0x040E, 0x045E, 0x0408, 0x00A4, 0x0490, 0x00A6, 0x00A7, 0x0401, 0x00A9, 0x0404, 0x00AB, 0x00AC, 0x00AD, 0x00AE, 0x0407,
	0x00B0, 0x00B1, 0x0406, 0x0456, 0x0491, 0x00B5, 0x00B6, 0x00B7, 0x0451, 0x2116, 0x0454, 0x00BB, 0x0458, 0x0405, 0x0455, 0x0457,
	0x0410, 0x0411, 0x0412, 0x0413, 0x0414, 0x0415, 0x0416, 0x0417, 0x0418, 0x0419, 0x041A, 0x041B, 0x041C, 0x041D, 0x041E, 0x041F,
	0x0420, 0x0421, 0x0422, 0x0423, 0x0424, 0x0425, 0x0426, 0x0427, 0x0428, 0x0429, 0x042A, 0x042B, 0x042C, 0x042D, 0x042E, 0x042F,
	0x0430, 0x0431, 0x0432, 0x0433, 0x0434, 0x0435, 0x0436, 0x0437, 0x0438, 0x0439, 0x043A, 0x043B, 0x043C, 0x043D, 0x043E, 0x043F,
	0x0440, 0x0441, 0x0442, 0x0443, 0x0444, 0x0445, 0x0446, 0x0447, 0x0448, 0x0449, 0x044A, 0x044B, 0x044C, 0x044D, 0x044E, 0x044F,
};

/* A text has no control characters but those that end lines and cells. */
static bool is_text(struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];
		if (c == 0x7f || (c < 0x20 && c != '\t' && c != '\n' && c != '\r'))
			return false;
	}
	return true;
}

static enum sheets_problem from_1251(struct arena *a, struct str s, struct str *out)
{
	char *to = arena_alloc(a, s.n * 3 + 1);
	size_t n = 0;
	if (!to)
		return SHEETS_BOMB;
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];
		uint32_t cp = c < 0x80 ? c : cp1251[c - 0x80];
		if (!cp)
			return SHEETS_BAD_ENCODING;
		n += utf8_put(cp, to + n);
	}
	*out = str_n(to, n);
	return SHEETS_FINE;
}

static enum sheets_problem from_utf16(struct arena *a, struct str s, bool big, struct str *out)
{
	char *to = arena_alloc(a, s.n * 2 + 4);
	size_t n = 0;
	if (!to)
		return SHEETS_BOMB;
	if (s.n % 2)
		return SHEETS_BAD_ENCODING;
	for (size_t i = 0; i + 1 < s.n; i += 2) {
		const unsigned char *p = (const unsigned char *)s.p + i;
		uint32_t cp = big ? (uint32_t)p[0] << 8 | p[1] : (uint32_t)p[1] << 8 | p[0];
		if (cp >= 0xdc00 && cp < 0xe000)
			return SHEETS_BAD_ENCODING;
		if (cp >= 0xd800 && cp < 0xdc00) {
			if (i + 3 >= s.n)
				return SHEETS_BAD_ENCODING;
			uint32_t low = big ? (uint32_t)p[2] << 8 | p[3] : (uint32_t)p[3] << 8 | p[2];
			if (low < 0xdc00 || low >= 0xe000)
				return SHEETS_BAD_ENCODING;
			cp = 0x10000 + ((cp - 0xd800) << 10) + (low - 0xdc00);
			i += 2;
		}
		n += utf8_put(cp, to + n);
	}
	*out = str_n(to, n);
	return SHEETS_FINE;
}

enum sheets_problem text_to_utf8(struct arena *a, struct str text, struct str *out)
{
	enum sheets_problem p = SHEETS_FINE;
	if (str_starts(text, STR("\xef\xbb\xbf")))
		*out = str_n(text.p + 3, text.n - 3);
	else if (str_starts(text, STR("\xff\xfe")))
		p = from_utf16(a, str_n(text.p + 2, text.n - 2), false, out);
	else if (str_starts(text, STR("\xfe\xff")))
		p = from_utf16(a, str_n(text.p + 2, text.n - 2), true, out);
	else if (utf8_valid(text))
		*out = text;
	else
		p = from_1251(a, text, out);
	if (p != SHEETS_FINE)
		return p;
	return utf8_valid(*out) && is_text(*out) ? SHEETS_FINE : SHEETS_BAD_ENCODING;
}
