/* SPDX-License-Identifier: Apache-2.0
 *
 * Short codes that a person types from paper: links and cards. Pure but for the randomness.
 */
#include "base/clock.h"
#include "base/utf8.h"
#include "school/join.h"

/* Without 0 and O, 1, I and L, U and V side by side: 30 signs. */
static const char alphabet[] = "23456789ABCDEFGHJKMNPQRSTVWXYZ";

void short_code_make(char *out, size_t letters)
{
	for (size_t i = 0; i < letters; i++)
		out[i] = alphabet[random_below(sizeof alphabet - 1)];
	out[letters] = 0;
}

/* A phone may have its Cyrillic keyboard open: letters of the same shape mean the Latin ones. 0: not of a code. */
static char latin_of(int32_t c)
{
	static const struct { int32_t cyrillic; char latin; } same[] = {{0x410, 'A'}, {0x412, 'B'}, {0x415, 'E'}, {0x41a, 'K'}, {0x41c, 'M'},
		{0x41d, 'H'}, {0x420, 'P'}, {0x421, 'C'}, {0x422, 'T'}, {0x423, 'Y'}, {0x425, 'X'}, {0x417, '3'}};
	if (c >= 'a' && c <= 'z')
		c -= 'a' - 'A';
	if (c >= 0x430 && c <= 0x44f)
		c -= 0x20;
	for (size_t i = 0; i < sizeof same / sizeof *same; i++)
		if (same[i].cyrillic == c)
			return same[i].latin;
	return c > 0 && c < 0x80 && strchr(alphabet, (int)c) ? (char)c : 0;
}

bool short_code_read(struct str typed, size_t letters, char *out)
{
	size_t at = 0, n = 0;
	out[0] = 0;
	if (!utf8_valid(typed))
		return false;
	for (int32_t c; (c = utf8_next(typed, &at)) >= 0;) {
		if (c == ' ' || c == '-' || c == 0xa0 || c == 0x2010 || c == 0x2011 || c == 0x2013)
			continue;
		char letter = latin_of(c);
		if (!letter || n == letters)
			return false;
		out[n++] = letter;
	}
	out[n] = 0;
	return n == letters;
}
