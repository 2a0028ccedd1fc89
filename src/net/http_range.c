/* SPDX-License-Identifier: Apache-2.0
 *
 * What of a body to send, and in which form: ranges (RFC 9110 14), entity tags (13.1.2), codings (12.5.3).
 * Pure functions, any thread.
 */
#include "net/http.h"
#include "net/http_private.h"

/* Decimal digits; a number too large for the body is as good as the largest. */
static bool parse_position(struct str s, uint64_t *out)
{
	uint64_t n = 0;
	if (s.n == 0)
		return false;
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
		unsigned digit = (unsigned)(s.p[i] - '0');
		n = n > (UINT64_MAX - digit) / 10 ? UINT64_MAX : n * 10 + digit;
	}
	*out = n;
	return true;
}

enum err http_parse_range(struct str value, uint64_t size, uint64_t *first_out, uint64_t *last_out)
{
	struct str spec = value;
	size_t at;
	if (!str_find(value, '=', &at))
		return ERR_MALFORMED;
	if (!str_ieq_ascii(str_trim_ascii(str_cut(&spec, '=')), STR("bytes")) || str_find(spec, ',', &at))
		return ERR_NOT_FOUND;
	spec = str_trim_ascii(spec);
	if (!str_find(spec, '-', &at))
		return ERR_MALFORMED;
	struct str last_text = spec;
	struct str first_text = str_cut(&last_text, '-');
	uint64_t first = 0, last = UINT64_MAX;
	if (first_text.n > 0 && !parse_position(first_text, &first))
		return ERR_MALFORMED;
	if ((last_text.n > 0 || first_text.n == 0) && !parse_position(last_text, &last))
		return ERR_MALFORMED;
	if (first_text.n == 0) { /* the last so many bytes */
		if (last == 0 || size == 0)
			return ERR_TOO_LARGE;
		*first_out = last < size ? size - last : 0;
		*last_out = size - 1;
		return ERR_OK;
	}
	if (last < first)
		return ERR_MALFORMED;
	if (first >= size)
		return ERR_TOO_LARGE;
	*first_out = first;
	*last_out = last < size ? last : size - 1;
	return ERR_OK;
}

static struct str opaque_tag(struct str tag)
{
	return str_starts(tag, STR("W/")) ? str_n(tag.p + 2, tag.n - 2) : tag;
}

/* The weak comparison (RFC 9110 8.8.3.2). A tag may hold a comma, so the list is read by its quotes. */
bool http_etag_matches(struct str if_none_match, struct str etag)
{
	struct str rest = str_trim_ascii(if_none_match), want = opaque_tag(etag);
	if (str_eq(rest, STR("*")))
		return true;
	while (rest.n > 0) {
		struct str tag = opaque_tag(rest);
		size_t end;
		if (tag.n == 0 || tag.p[0] != '"' || !str_find(str_n(tag.p + 1, tag.n - 1), '"', &end))
			return false;
		if (str_eq(str_n(tag.p, end + 2), want))
			return true;
		rest = str_trim_ascii(str_n(tag.p + end + 2, tag.n - end - 2));
		if (rest.n > 0 && rest.p[0] != ',')
			return false;
		while (rest.n > 0 && rest.p[0] == ',')
			rest = str_trim_ascii(str_n(rest.p + 1, rest.n - 1));
	}
	return false;
}

/* Is the weight of these parameters above zero? What cannot be read counts as zero. */
static bool weight_positive(struct str params)
{
	params = str_trim_ascii(params);
	if (params.n == 0)
		return true;
	if (params.n < 3 || (params.p[0] | 0x20) != 'q' || params.p[1] != '=')
		return false;
	bool positive = false;
	for (size_t i = 2; i < params.n; i++) {
		if (params.p[i] >= '1' && params.p[i] <= '9')
			positive = true;
		else if (params.p[i] != '0' && params.p[i] != '.')
			return false;
	}
	return positive;
}

bool http_accepts_encoding(struct str accept_encoding, struct str coding)
{
	bool any = false;
	while (accept_encoding.n > 0) {
		struct str params = str_cut(&accept_encoding, ',');
		struct str name = str_trim_ascii(str_cut(&params, ';'));
		if (str_ieq_ascii(name, coding))
			return weight_positive(params);
		if (str_eq(name, STR("*")))
			any = weight_positive(params);
	}
	return any;
}

const char *http_reason(int status)
{
	switch (status) {
	case 100: return "Continue";
	case 101: return "Switching Protocols";
	case 200: return "OK";
	case 201: return "Created";
	case 202: return "Accepted";
	case 204: return "No Content";
	case 206: return "Partial Content";
	case 301: return "Moved Permanently";
	case 302: return "Found";
	case 303: return "See Other";
	case 304: return "Not Modified";
	case 307: return "Temporary Redirect";
	case 308: return "Permanent Redirect";
	case 400: return "Bad Request";
	case 401: return "Unauthorized";
	case 403: return "Forbidden";
	case 404: return "Not Found";
	case 405: return "Method Not Allowed";
	case 406: return "Not Acceptable";
	case 408: return "Request Timeout";
	case 409: return "Conflict";
	case 410: return "Gone";
	case 411: return "Length Required";
	case 412: return "Precondition Failed";
	case 413: return "Content Too Large";
	case 414: return "URI Too Long";
	case 415: return "Unsupported Media Type";
	case 416: return "Range Not Satisfiable";
	case 417: return "Expectation Failed";
	case 422: return "Unprocessable Content";
	case 423: return "Locked";
	case 426: return "Upgrade Required";
	case 429: return "Too Many Requests";
	case 431: return "Request Header Fields Too Large";
	case 500: return "Internal Server Error";
	case 501: return "Not Implemented";
	case 503: return "Service Unavailable";
	case 505: return "HTTP Version Not Supported";
	case 507: return "Insufficient Storage";
	default: return "Status";
	}
}
