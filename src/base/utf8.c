/* SPDX-License-Identifier: Apache-2.0
 *
 * UTF-8 (RFC 3629): checking at once and in pieces, walking, folding of names. Pure; any thread.
 */
#include "base/utf8.h"

/* What is expected next, packed: how many bytes, and between what values the next one lies. 0: the start of a character. */
static uint32_t expect(uint32_t count, uint32_t low, uint32_t high) { return count | low << 8 | high << 16; }

static uint32_t after_lead(unsigned char c)
{
	if (c < 0x80)
		return 0;
	if (c < 0xc2)
		return UTF8_BAD; /* a continuation byte, or an overlong form of ASCII */
	if (c < 0xe0)
		return expect(1, 0x80, 0xbf);
	if (c == 0xe0)
		return expect(2, 0xa0, 0xbf); /* below: overlong */
	if (c == 0xed)
		return expect(2, 0x80, 0x9f); /* above: surrogates */
	if (c < 0xf0)
		return expect(2, 0x80, 0xbf);
	if (c == 0xf0)
		return expect(3, 0x90, 0xbf); /* below: overlong */
	if (c < 0xf4)
		return expect(3, 0x80, 0xbf);
	if (c == 0xf4)
		return expect(3, 0x80, 0x8f); /* above: beyond U+10FFFF */
	return UTF8_BAD;
}

uint32_t utf8_feed(uint32_t state, const unsigned char *p, size_t n)
{
	size_t i = 0;
	while (i < n && state != UTF8_BAD) {
		if (state != 0) {
			uint32_t count = state & 0xff, low = state >> 8 & 0xff, high = state >> 16 & 0xff;
			if (p[i] < low || p[i] > high)
				return UTF8_BAD;
			state = count == 1 ? 0 : expect(count - 1, 0x80, 0xbf);
			i++;
			continue;
		}
		while (n - i >= 8) { /* eight ASCII bytes at a time */
			uint64_t word;
			memcpy(&word, p + i, sizeof word);
			if (word & UINT64_C(0x8080808080808080))
				break;
			i += 8;
		}
		if (i < n)
			state = after_lead(p[i++]);
	}
	return state;
}

bool utf8_valid(struct str s) { return utf8_feed(0, (const unsigned char *)s.p, s.n) == 0; }

size_t utf8_count(struct str s)
{
	size_t count = 0;
	for (size_t i = 0; i < s.n; i++)
		count += ((unsigned char)s.p[i] & 0xc0) != 0x80;
	return count;
}

int32_t utf8_next(struct str s, size_t *at)
{
	if (*at >= s.n)
		return -1;
	const unsigned char *p = (const unsigned char *)s.p + *at;
	size_t left = s.n - *at;
	size_t size = p[0] < 0x80 ? 1 : p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;
	if (size > left) { /* not valid text; end rather than read beyond it */
		*at = s.n;
		return -1;
	}
	*at += size;
	switch (size) {
	case 1:
		return p[0];
	case 2:
		return (p[0] & 0x1f) << 6 | (p[1] & 0x3f);
	case 3:
		return (p[0] & 0x0f) << 12 | (p[1] & 0x3f) << 6 | (p[2] & 0x3f);
	default:
		return (p[0] & 0x07) << 18 | (p[1] & 0x3f) << 12 | (p[2] & 0x3f) << 6 | (p[3] & 0x3f);
	}
}

size_t utf8_put(uint32_t cp, char out[4])
{
	CHECK(cp <= 0x10ffff);
	unsigned char *o = (unsigned char *)out;
	if (cp < 0x80) {
		o[0] = (unsigned char)cp;
		return 1;
	}
	if (cp < 0x800) {
		o[0] = (unsigned char)(0xc0 | cp >> 6);
		o[1] = (unsigned char)(0x80 | (cp & 0x3f));
		return 2;
	}
	if (cp < 0x10000) {
		o[0] = (unsigned char)(0xe0 | cp >> 12);
		o[1] = (unsigned char)(0x80 | (cp >> 6 & 0x3f));
		o[2] = (unsigned char)(0x80 | (cp & 0x3f));
		return 3;
	}
	o[0] = (unsigned char)(0xf0 | cp >> 18);
	o[1] = (unsigned char)(0x80 | (cp >> 12 & 0x3f));
	o[2] = (unsigned char)(0x80 | (cp >> 6 & 0x3f));
	o[3] = (unsigned char)(0x80 | (cp & 0x3f));
	return 4;
}

/* Lower case in the blocks that names of our schools are written in: ASCII, Latin-1, Latin Extended-A, Cyrillic. */
static uint32_t lower(uint32_t c)
{
	if (c < 0x80)
		return c >= 'A' && c <= 'Z' ? c + 32 : c;
	if (c < 0x100)
		return c >= 0xc0 && c <= 0xde && c != 0xd7 ? c + 32 : c;
	if (c < 0x180) {
		if (c == 0x130)
			return 'i';
		if (c == 0x178)
			return 0xff;
		bool odd_is_capital = (c >= 0x139 && c <= 0x148) || (c >= 0x179 && c <= 0x17e);
		if (odd_is_capital)
			return c & 1 ? c + 1 : c;
		bool no_pair = c == 0x131 || c == 0x138 || c == 0x149 || c == 0x17f;
		return no_pair ? c : c | 1;
	}
	if (c < 0x400 || c > 0x52f)
		return c;
	if (c <= 0x40f)
		return c + 80;
	if (c <= 0x42f)
		return c + 32;
	if (c <= 0x45f)
		return c;
	if (c == 0x4c0)
		return 0x4cf;
	if (c >= 0x4c1 && c <= 0x4ce)
		return c & 1 ? c + 1 : c;
	bool pair = c <= 0x481 || (c >= 0x48a && c <= 0x4bf) || c >= 0x4d0;
	return pair ? c | 1 : c;
}

size_t utf8_fold_name(struct str s, char *out)
{
	size_t n = 0, at = 0;
	while (at < s.n) {
		int32_t next = utf8_next(s, &at);
		if (next < 0)
			break;
		uint32_t c = lower((uint32_t)next);
		n += utf8_put(c == 0x451 ? 0x435 : c, out + n);
	}
	return n;
}
