/* SPDX-License-Identifier: Apache-2.0
 *
 * See format.h.
 */
#include "server/format.h"
#include "base/utf8.h"
#include <stdlib.h>
#include <utf8proc.h>

#define PHONE_IN_MAX 32
#define PHONE_DIGITS_MIN 8
#define PHONE_DIGITS_MAX 15
#define NAME_BYTES_MAX 1024 /* far beyond the 60 code points of api/; keeps the conversion's memory bounded */
#define STREAM_ID_DIGITS_MAX 16
#define STREAM_ID_MAX INT64_C(9007199254740991)

static bool digit(char c) { return c >= '0' && c <= '9'; }

static bool phone_filler(struct str in, size_t *at)
{
	char c = in.p[*at];
	if (c == ' ' || c == '-' || c == '(' || c == ')' || c == '.') {
		*at += 1;
		return true;
	}
	if (in.n - *at >= 2 && memcmp(in.p + *at, "\xc2\xa0", 2) == 0) { /* no-break space, as copied from a page */
		*at += 2;
		return true;
	}
	return false;
}

enum err format_phone(struct arena *a, struct str in, struct str *out)
{
	char digits[PHONE_IN_MAX];
	size_t n = 0;
	bool plus = false;
	in = str_trim_ascii(in);
	for (size_t at = 0; at < in.n;) {
		if (digit(in.p[at])) {
			if (n == sizeof digits)
				return ERR_MALFORMED;
			digits[n++] = in.p[at++];
		} else if (in.p[at] == '+' && n == 0 && !plus) {
			plus = true;
			at++;
		} else if (!phone_filler(in, &at)) {
			return ERR_MALFORMED;
		}
	}
	const char *country = "";
	size_t skip = 0;
	if (!plus && n == 10 && digits[0] == '9') {
		country = "7"; /* 912 345-67-89 */
	} else if (!plus && n == 11 && digits[0] == '8') {
		country = "7"; /* 8 912 345-67-89 */
		skip = 1;
	} else if (!plus && !(n == 11 && digits[0] == '7')) {
		return ERR_MALFORMED; /* of which country? */
	}
	size_t all = strlen(country) + n - skip;
	if (all < PHONE_DIGITS_MIN || all > PHONE_DIGITS_MAX || (country[0] ? country[0] : digits[0]) == '0')
		return ERR_MALFORMED;
	const char *text = arena_printf(a, "+%s%.*s", country, (int)(n - skip), digits + skip);
	if (!text)
		return ERR_NOMEM;
	*out = str_of(text);
	return ERR_OK;
}

enum err format_code(struct arena *a, struct str in, struct str *out)
{
	(void)a;
	if (in.n != 6)
		return ERR_MALFORMED;
	for (size_t i = 0; i < in.n; i++)
		if (!digit(in.p[i]))
			return ERR_MALFORMED;
	*out = in;
	return ERR_OK;
}

static bool base64url(char c)
{
	return digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '_';
}

enum err format_token(struct arena *a, struct str in, struct str *out)
{
	(void)a;
	if (in.n < 22 || in.n > 64)
		return ERR_MALFORMED;
	for (size_t i = 0; i < in.n; i++)
		if (!base64url(in.p[i]))
			return ERR_MALFORMED;
	*out = in;
	return ERR_OK;
}

enum err format_client_id(struct arena *a, struct str in, struct str *out)
{
	(void)a;
	if (in.n != 32)
		return ERR_MALFORMED;
	for (size_t i = 0; i < in.n; i++)
		if (!digit(in.p[i]) && !(in.p[i] >= 'a' && in.p[i] <= 'f'))
			return ERR_MALFORMED;
	*out = in;
	return ERR_OK;
}

static bool name_space(int32_t c)
{
	return c == '\t' || c == '\n' || c == '\r' || utf8proc_category(c) == UTF8PROC_CATEGORY_ZS;
}

static bool name_letter(int32_t c)
{
	switch (utf8proc_category(c)) {
	case UTF8PROC_CATEGORY_LU:
	case UTF8PROC_CATEGORY_LL:
	case UTF8PROC_CATEGORY_LT:
	case UTF8PROC_CATEGORY_LM:
	case UTF8PROC_CATEGORY_LO:
		return true;
	default:
		return false;
	}
}

static bool name_mark(int32_t c)
{
	utf8proc_category_t k = utf8proc_category(c);
	return k == UTF8PROC_CATEGORY_MN || k == UTF8PROC_CATEGORY_MC;
}

/* Hyphens, apostrophes and dots that stand inside names. */
static bool name_sign(int32_t c)
{
	return c == '-' || c == '\'' || c == '.' || c == 0x2010 || c == 0x2011 || c == 0x2019 || c == 0x02bc;
}

enum err format_person_name(struct arena *a, struct str in, struct str *out)
{
	if (in.n == 0 || in.n > NAME_BYTES_MAX)
		return ERR_MALFORMED;
	utf8proc_uint8_t *nfc = NULL;
	utf8proc_ssize_t size =
		utf8proc_map((const utf8proc_uint8_t *)in.p, (utf8proc_ssize_t)in.n, &nfc, UTF8PROC_STABLE | UTF8PROC_COMPOSE);
	if (size < 0)
		return size == UTF8PROC_ERROR_NOMEM ? ERR_NOMEM : ERR_MALFORMED;
	struct str s = str_n(nfc, (size_t)size);
	char *folded = arena_alloc(a, s.n + 1); /* folding never makes it longer */
	enum err e = folded ? ERR_OK : ERR_NOMEM;
	size_t n = 0, at = 0;
	bool letter = false, gap = false;
	while (e == ERR_OK && at < s.n) {
		size_t from = at;
		int32_t c = utf8_next(s, &at);
		if (name_space(c)) {
			gap = n > 0;
			continue;
		}
		bool is_letter = name_letter(c);
		if (!is_letter && !name_sign(c) && !(name_mark(c) && n > 0 && !gap)) {
			e = ERR_MALFORMED;
			break;
		}
		letter = letter || is_letter;
		if (gap)
			folded[n++] = ' ';
		gap = false;
		memcpy(folded + n, s.p + from, at - from);
		n += at - from;
	}
	free(nfc); /* utf8proc's own allocation */
	if (e == ERR_OK && !letter)
		e = ERR_MALFORMED;
	if (e == ERR_OK)
		*out = str_n(folded, n);
	return e;
}

static int two_digits(const char *p)
{
	return digit(p[0]) && digit(p[1]) ? (p[0] - '0') * 10 + (p[1] - '0') : -1;
}

enum err format_date(struct arena *a, struct str in, struct str *out)
{
	static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	(void)a;
	if (in.n != 10 || in.p[4] != '-' || in.p[7] != '-')
		return ERR_MALFORMED;
	int century = two_digits(in.p), of_it = two_digits(in.p + 2), month = two_digits(in.p + 5), day = two_digits(in.p + 8);
	if (century < 19 || century > 21 || of_it < 0 || month < 1 || month > 12 || day < 1)
		return ERR_MALFORMED;
	int year = century * 100 + of_it;
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
	if (day > days[month - 1] + (month == 2 && leap))
		return ERR_MALFORMED;
	*out = in;
	return ERR_OK;
}

static bool email_char(char c, bool domain)
{
	if (digit(c) || (c >= 'a' && c <= 'z') || c == '-' || c == '.')
		return true;
	return !domain && c && strchr("!#$%&'*+/=?^_`{|}~", c);
}

/* No dot at an end or beside another. */
static bool email_part(struct str part, bool domain)
{
	if (!part.n || part.p[0] == '.' || part.p[part.n - 1] == '.')
		return false;
	for (size_t i = 0; i < part.n; i++)
		if (!email_char(part.p[i], domain) || (part.p[i] == '.' && part.p[i + 1] == '.'))
			return false;
	return true;
}

enum err format_email(struct arena *a, struct str in, struct str *out)
{
	size_t at, dot;
	struct str s = str_trim_ascii(in);
	char *lower = arena_z(a, s);
	if (!lower)
		return ERR_NOMEM;
	for (size_t i = 0; i < s.n; i++)
		if (lower[i] >= 'A' && lower[i] <= 'Z')
			lower[i] = (char)(lower[i] - 'A' + 'a');
	s = str_n(lower, s.n);
	if (!str_find(s, '@', &at))
		return ERR_MALFORMED;
	struct str domain = str_n(s.p + at + 1, s.n - at - 1);
	if (!email_part(str_n(s.p, at), false) || !email_part(domain, true) || !str_find(domain, '.', &dot))
		return ERR_MALFORMED;
	*out = s;
	return ERR_OK;
}

enum err format_stream(struct arena *a, struct str in, struct str *out)
{
	(void)a;
	if (in.n < 2 || in.n > 1 + STREAM_ID_DIGITS_MAX || (in.p[0] != 'c' && in.p[0] != 'p' && in.p[0] != 'o' && in.p[0] != 'v') || in.p[1] == '0')
		return ERR_MALFORMED;
	int64_t id = 0;
	for (size_t i = 1; i < in.n; i++) {
		if (!digit(in.p[i]))
			return ERR_MALFORMED;
		id = id * 10 + (in.p[i] - '0');
	}
	if (id > STREAM_ID_MAX)
		return ERR_MALFORMED;
	*out = in;
	return ERR_OK;
}
