/* SPDX-License-Identifier: Apache-2.0
 *
 * Percent-encoding of paths and queries (RFC 3986 2.1, and '+' of HTML forms in queries). Pure, any thread.
 */
#include "net/http.h"
#include "base/utf8.h"

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)(c | 0x20);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The byte at *at, which moves behind it; -1: bad hexadecimal or NUL. */
static int next_byte(struct str in, size_t *at, bool plus_is_space)
{
	char c = in.p[(*at)++];
	if (c == '+' && plus_is_space)
		return ' ';
	if (c != '%')
		return c == 0 ? -1 : (unsigned char)c;
	if (in.n - *at < 2)
		return -1;
	int high = hex_digit(in.p[*at]), low = hex_digit(in.p[*at + 1]);
	*at += 2;
	if (high < 0 || low < 0 || high + low == 0)
		return -1;
	return high << 4 | low;
}

static enum err unescape(struct str in, bool plus_is_space, char *out, size_t cap, size_t *n_out)
{
	size_t n = 0;
	for (size_t i = 0; i < in.n;) {
		int c = next_byte(in, &i, plus_is_space);
		if (c < 0)
			return ERR_MALFORMED;
		if (n == cap)
			return ERR_TOO_LARGE;
		out[n++] = (char)c;
	}
	if (!utf8_valid(str_n(out, n)))
		return ERR_MALFORMED;
	*n_out = n;
	return ERR_OK;
}

enum err http_unescape(struct str in, char *out, size_t *n_out)
{
	return unescape(in, false, out, in.n, n_out);
}

static bool same_key(struct str escaped, struct str key)
{
	size_t n = 0;
	for (size_t i = 0; i < escaped.n; n++) {
		int c = next_byte(escaped, &i, true);
		if (c < 0 || n == key.n || (unsigned char)key.p[n] != c)
			return false;
	}
	return n == key.n;
}

enum err http_query_get(struct str query, struct str key, char *out, size_t cap, size_t *n_out)
{
	while (query.n > 0) {
		struct str value = str_cut(&query, '&');
		struct str name = str_cut(&value, '=');
		if (same_key(name, key))
			return unescape(value, true, out, cap, n_out);
	}
	return ERR_NOT_FOUND;
}
