/* SPDX-License-Identifier: Apache-2.0
 *
 * Text of messages: normal form C (UAX 15) by utf8proc, white space and control characters. Owned by room chat; pure.
 */
#include "chat/text.h"

#include "base/utf8.h"

#include <stdlib.h>
#include <utf8proc.h>

bool chat_text_plain(int32_t cp)
{
	if (cp < 0x300) /* Latin-1 and Latin Extended, all composed; combining marks begin at U+0300 */
		return true;
	if ((cp >= 0x400 && cp <= 0x481) || (cp >= 0x48a && cp <= 0x52f)) /* Cyrillic without its combining marks */
		return true;
	if ((cp >= 0x2010 && cp <= 0x2027) || (cp >= 0x2030 && cp <= 0x205e)) /* dashes, quotes, ellipsis */
		return true;
	return cp >= 0x1f300 && cp <= 0x1faff; /* emoji */
}

/* White_Space of the Unicode character database. */
static bool is_space(int32_t cp)
{
	if (cp <= 0x20)
		return cp == 0x20 || (cp >= 9 && cp <= 13);
	return cp == 0x85 || cp == 0xa0 || cp == 0x1680 || (cp >= 0x2000 && cp <= 0x200a) || cp == 0x2028 || cp == 0x2029 ||
	       cp == 0x202f || cp == 0x205f || cp == 0x3000;
}

static bool is_visible(int32_t cp)
{
	if (cp > 0x20 && cp < 0x7f)
		return true;
	utf8proc_category_t c = utf8proc_category(cp);
	return c != UTF8PROC_CATEGORY_CF && c != UTF8PROC_CATEGORY_CC && !is_space(cp);
}

/* Line breaks and control characters; out has room for s.n bytes. */
static size_t clean_controls(struct str s, char *out, bool *plain_out)
{
	size_t n = 0, at = 0;
	bool plain = true;
	for (int32_t cp, last = 0; (cp = utf8_next(s, &at)) >= 0; last = cp) {
		plain = plain && chat_text_plain(cp);
		if (cp == '\n' && last == '\r')
			continue;
		if (cp == '\r' || cp == 0x85 || cp == 0x2028 || cp == 0x2029)
			out[n++] = '\n';
		else if (cp == '\t')
			out[n++] = ' ';
		else if (cp == '\n' || (cp >= 0x20 && cp < 0x7f))
			out[n++] = (char)cp;
		else if (cp >= 0xa0)
			n += utf8_put((uint32_t)cp, out + n);
	}
	*plain_out = plain;
	return n;
}

static struct str trim(struct str s, bool *visible_out, size_t *count_out)
{
	size_t first = s.n, end = 0, at = 0, count = 0, count_to_end = 0;
	bool visible = false;
	for (int32_t cp; at < s.n;) {
		size_t start = at;
		cp = utf8_next(s, &at);
		if (first == s.n && is_space(cp))
			continue;
		if (first == s.n)
			first = start;
		count++;
		if (!is_space(cp)) {
			end = at;
			count_to_end = count;
		}
		visible = visible || is_visible(cp);
	}
	*visible_out = visible;
	*count_out = count_to_end;
	return end > first ? str_n(s.p + first, end - first) : (struct str){NULL, 0};
}

enum chat_text_result chat_text_clean(struct arena *a, struct str text, struct str *out)
{
	if (!utf8_valid(text))
		return CHAT_TEXT_NOT_UTF8;
	char *clean = arena_alloc(a, text.n + 1);
	if (!clean)
		return CHAT_TEXT_NOMEM;
	bool plain, visible;
	size_t count;
	struct str s = str_n(clean, clean_controls(text, clean, &plain));
	if (!plain) {
		utf8proc_uint8_t *composed = NULL;
		utf8proc_ssize_t n = utf8proc_map((const utf8proc_uint8_t *)s.p, (utf8proc_ssize_t)s.n, &composed,
			(utf8proc_option_t)(UTF8PROC_STABLE | UTF8PROC_COMPOSE));
		if (n < 0)
			return n == UTF8PROC_ERROR_NOMEM ? CHAT_TEXT_NOMEM : CHAT_TEXT_NOT_UTF8;
		s = arena_str(a, str_n(composed, (size_t)n));
		free(composed);
		if (arena_failed(a))
			return CHAT_TEXT_NOMEM;
	}
	s = trim(s, &visible, &count);
	if (!visible)
		return CHAT_TEXT_EMPTY;
	if (count > CHAT_TEXT_MAX)
		return CHAT_TEXT_TOO_LONG;
	*out = s;
	return CHAT_TEXT_OK;
}
