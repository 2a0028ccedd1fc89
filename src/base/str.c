/* SPDX-License-Identifier: Apache-2.0
 *
 * Borrowed text with its length. Pure; any thread.
 */
#include "base/str.h"

bool str_eq(struct str a, struct str b) { return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0); }

static char lower_ascii(char c) { return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c; }

bool str_ieq_ascii(struct str a, struct str b)
{
	if (a.n != b.n)
		return false;
	for (size_t i = 0; i < a.n; i++)
		if (lower_ascii(a.p[i]) != lower_ascii(b.p[i]))
			return false;
	return true;
}

bool str_starts(struct str s, struct str prefix)
{
	return s.n >= prefix.n && str_eq((struct str){s.p, prefix.n}, prefix);
}

int str_cmp(struct str a, struct str b)
{
	size_t n = a.n < b.n ? a.n : b.n;
	int order = n == 0 ? 0 : memcmp(a.p, b.p, n);
	if (order != 0)
		return order;
	return (a.n > b.n) - (a.n < b.n);
}

static bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

struct str str_trim_ascii(struct str s)
{
	while (s.n > 0 && is_blank(s.p[0])) {
		s.p++;
		s.n--;
	}
	while (s.n > 0 && is_blank(s.p[s.n - 1]))
		s.n--;
	return s;
}

bool str_find(struct str s, char c, size_t *at_out)
{
	const char *hit = s.n == 0 ? NULL : memchr(s.p, c, s.n);
	if (!hit)
		return false;
	*at_out = (size_t)(hit - s.p);
	return true;
}

struct str str_cut(struct str *rest, char sep)
{
	struct str before = *rest;
	size_t at;
	if (str_find(*rest, sep, &at)) {
		before.n = at;
		*rest = (struct str){rest->p + at + 1, rest->n - at - 1};
	} else {
		*rest = (struct str){rest->p ? rest->p + rest->n : NULL, 0};
	}
	return before;
}

enum err str_to_i64(struct str s, int64_t *out)
{
	bool negative = s.n > 0 && s.p[0] == '-';
	size_t i = negative ? 1 : 0;
	if (i == s.n)
		return ERR_MALFORMED;
	uint64_t limit = negative ? (uint64_t)INT64_MAX + 1 : (uint64_t)INT64_MAX;
	uint64_t v = 0;
	bool large = false;
	for (; i < s.n; i++) {
		if (s.p[i] < '0' || s.p[i] > '9')
			return ERR_MALFORMED;
		uint64_t digit = (uint64_t)(s.p[i] - '0');
		if (v > (limit - digit) / 10)
			large = true;
		else
			v = v * 10 + digit;
	}
	if (large)
		return ERR_TOO_LARGE;
	*out = negative ? (int64_t)(0 - v) : (int64_t)v;
	return ERR_OK;
}

bool str_eq_secret(struct str a, struct str b)
{
	if (a.n != b.n)
		return false;
	unsigned differs = 0;
	for (size_t i = 0; i < a.n; i++)
		differs |= (unsigned)((unsigned char)a.p[i] ^ (unsigned char)b.p[i]);
	/* volatile: the compiler may not turn the loop into one that ends early */
	volatile unsigned result = differs;
	return result == 0;
}
