/* SPDX-License-Identifier: Apache-2.0
 *
 * See title.h.
 */
#include "school/title.h"

#include "base/utf8.h"

/* Control characters, and those that turn the direction of what stands beside them. */
static bool forbidden(int32_t c)
{
	return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x200e || c == 0x200f || (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
}

static struct str trim(struct str s)
{
	for (;;) {
		struct str t = str_trim_ascii(s);
		if (str_starts(t, STR("\u00a0")))
			t = str_n(t.p + 2, t.n - 2);
		else if (t.n >= 2 && memcmp(t.p + t.n - 2, "\u00a0", 2) == 0)
			t.n -= 2;
		if (t.n == s.n)
			return t;
		s = t;
	}
}

enum err title_clean(struct tx *tx, struct str in, const char *field, struct str *out)
{
	struct str s = trim(in);
	bool bad = s.n == 0;
	size_t at = 0;
	for (int32_t c; !bad && (c = utf8_next(s, &at)) >= 0;)
		bad = forbidden(c);
	if (bad)
		return tx_refuse(tx, API_INVALID_FIELD, field, "invalid_field.title");
	*out = s;
	return ERR_OK;
}

enum err title_fold(struct tx *tx, struct str in, struct str *out)
{
	char *p = arena_alloc(tx->arena, in.n + 1);
	if (!p)
		return ERR_NOMEM;
	*out = str_n(p, utf8_fold_name(in, p));
	return ERR_OK;
}

enum err title_of_person(struct tx *tx, const struct api_person *p, struct str *name_fold_out, struct str *given_fold_out)
{
	char *full = arena_printf(tx->arena, "%.*s %.*s", (int)p->family_name.n, p->family_name.p, (int)p->given_name.n, p->given_name.p);
	if (!full)
		return ERR_NOMEM;
	enum err e = title_fold(tx, str_of(full), name_fold_out);
	return e ? e : title_fold(tx, p->given_name, given_fold_out);
}
