/* SPDX-License-Identifier: Apache-2.0
 *
 * The head of an HTTP/1.1 request. A pure function of its bytes, any thread. It goes through the bytes once, from the
 * front, and says an error at the first byte that shows it, so that the answer does not depend on how the bytes were
 * split on their way. Anything that two parsers could read differently (RFC 9112 11.2, request smuggling) is refused.
 */
#include "net/http.h"
#include "net/http_private.h"

#define METHOD_MAX 32
#define HOST_MAX 262 /* a DNS name of 255 and a port */

struct seen { /* what of the fields with a meaning for framing was met so far */
	bool host, length, coding, upgrade, websocket, close, keep_alive;
};

static enum err fail(struct http_head *h, int status)
{
	h->status = status;
	return status == 414 || status == 431 ? ERR_TOO_LARGE : ERR_MALFORMED;
}

/* RFC 9110 5.6.2: one bit a byte. */
bool http_is_token_char(unsigned char c)
{
	static const uint32_t bits[8] = {0, 0x03ff6cfa, 0xc7fffffe, 0x57ffffff};
	return bits[c >> 5] >> (c & 31) & 1;
}

static bool is_token(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!http_is_token_char((unsigned char)s.p[i]))
			return false;
	return s.n > 0;
}

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

/* A host with an optional port, as browsers send it: a name, an IPv4 address or [an IPv6 address]. No user part. */
static bool is_host(struct str s)
{
	size_t i = 0;
	if (s.n == 0 || s.n > HOST_MAX)
		return false;
	if (s.p[0] == '[') {
		for (i = 1; i < s.n && s.p[i] != ']'; i++)
			if (!is_digit(s.p[i]) && !(s.p[i] >= 'a' && s.p[i] <= 'f') && !(s.p[i] >= 'A' && s.p[i] <= 'F') &&
			    s.p[i] != ':' && s.p[i] != '.')
				return false;
		if (i == 1 || i == s.n)
			return false;
		i++;
	} else {
		for (; i < s.n && s.p[i] != ':'; i++) {
			char c = s.p[i];
			bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
			if (!letter && !is_digit(c) && c != '-' && c != '.' && c != '_' && c != '~')
				return false;
		}
		if (i == 0)
			return false;
	}
	if (i == s.n)
		return true;
	if (s.p[i++] != ':' || i == s.n || s.n - i > 5)
		return false;
	unsigned port = 0;
	for (; i < s.n; i++) {
		if (!is_digit(s.p[i]))
			return false;
		port = port * 10 + (unsigned)(s.p[i] - '0');
	}
	return port <= 65535;
}

/* Cuts one line from *rest. ERR_AGAIN: its end has not come. A CR or LF anywhere but in CRLF is refused, as are NUL and
 * the other control bytes; RFC 9112 2.2 lets a server forgive a bare LF, and that is how parsers come to disagree. */
static enum err cut_line(struct str *rest, struct str *line_out)
{
	for (size_t i = 0; i < rest->n; i++) {
		unsigned char c = (unsigned char)rest->p[i];
		if (c >= 0x20 ? c != 0x7f : c == '\t')
			continue;
		if (c != '\r')
			return ERR_MALFORMED;
		if (i + 1 == rest->n)
			return ERR_AGAIN;
		if (rest->p[i + 1] != '\n')
			return ERR_MALFORMED;
		*line_out = str_n(rest->p, i);
		*rest = str_n(rest->p + i + 2, rest->n - i - 2);
		return ERR_OK;
	}
	return ERR_AGAIN;
}

/* Splits the target (RFC 9112 3.2): origin-form, absolute-form, or the asterisk of OPTIONS. */
static bool split_target(struct http_head *h)
{
	struct str t = h->target;
	for (size_t i = 0; i < t.n; i++) {
		unsigned char c = (unsigned char)t.p[i];
		if (c <= 0x20 || c >= 0x7f || c == '#' || c == '"' || c == '<' || c == '>')
			return false;
	}
	if (str_eq(t, STR("*"))) {
		h->path = t;
		return str_eq(h->method, STR("OPTIONS"));
	}
	if (t.p[0] != '/') {
		size_t scheme = t.n >= 7 && str_ieq_ascii(str_n(t.p, 7), STR("http://"))    ? 7
				: t.n >= 8 && str_ieq_ascii(str_n(t.p, 8), STR("https://")) ? 8
											   : 0;
		if (scheme == 0)
			return false;
		size_t end = scheme;
		while (end < t.n && t.p[end] != '/' && t.p[end] != '?')
			end++;
		h->host = str_n(t.p + scheme, end - scheme);
		if (!is_host(h->host))
			return false;
		t = str_n(t.p + end, t.n - end);
	}
	h->path = str_cut(&t, '?');
	h->query = t;
	if (h->path.n == 0)
		h->path = STR("/"); /* http://host and http://host?query */
	size_t at;
	return !str_find(h->path, '\\', &at); /* some servers read it as a slash */
}

static enum err parse_request_line(struct str line, struct http_head *h)
{
	h->method = str_cut(&line, ' ');
	if (h->method.n > METHOD_MAX || !is_token(h->method))
		return fail(h, 400);
	h->target = str_cut(&line, ' ');
	if (h->target.n > HTTP_TARGET_MAX)
		return fail(h, 414);
	if (h->target.n == 0 || line.n != 8 || memcmp(line.p, "HTTP/", 5) != 0 || !is_digit(line.p[5]) || line.p[6] != '.' ||
	    !is_digit(line.p[7]))
		return fail(h, 400);
	if (line.p[5] != '1' || line.p[7] > '1')
		return fail(h, 505);
	h->minor = line.p[7] - '0';
	if (str_eq(h->method, STR("CONNECT")) || !split_target(h))
		return fail(h, 400);
	return ERR_OK;
}

static bool parse_length(struct str v, uint64_t *out)
{
	if (v.n == 0 || v.n > 18 || (v.n > 1 && v.p[0] == '0')) /* 18 digits always fit; a leading zero is octal to some */
		return false;
	uint64_t n = 0;
	for (size_t i = 0; i < v.n; i++) {
		if (!is_digit(v.p[i]))
			return false;
		n = n * 10 + (uint64_t)(v.p[i] - '0');
	}
	*out = n;
	return true;
}

bool http_list_has(struct str list, struct str token)
{
	while (list.n > 0)
		if (str_ieq_ascii(str_trim_ascii(str_cut(&list, ',')), token))
			return true;
	return false;
}

static enum err take_host(struct http_head *h, struct str value, struct seen *seen)
{
	if (seen->host || !is_host(value))
		return fail(h, 400);
	if (h->host.n > 0 && !str_ieq_ascii(h->host, value)) /* of an absolute-form target */
		return fail(h, 400);
	seen->host = true;
	h->host = value;
	return ERR_OK;
}

/* The fields that decide where the request ends, or what happens to the connection. */
static enum err take_field(struct http_head *h, struct str name, struct str value, struct seen *seen)
{
	if (str_ieq_ascii(name, STR("Host")))
		return take_host(h, value, seen);
	if (str_ieq_ascii(name, STR("Content-Length"))) {
		if (seen->length || seen->coding || !parse_length(value, &h->content_length))
			return fail(h, 400);
		seen->length = true;
		h->body = HTTP_BODY_LENGTH;
	} else if (str_ieq_ascii(name, STR("Transfer-Encoding"))) {
		if (seen->length || seen->coding || h->minor == 0)
			return fail(h, 400);
		if (!str_ieq_ascii(value, STR("chunked")))
			return fail(h, 501);
		seen->coding = true;
		h->body = HTTP_BODY_CHUNKED;
	} else if (str_ieq_ascii(name, STR("Connection"))) {
		seen->close = seen->close || http_list_has(value, STR("close"));
		seen->keep_alive = seen->keep_alive || http_list_has(value, STR("keep-alive"));
		seen->upgrade = seen->upgrade || http_list_has(value, STR("upgrade"));
	} else if (str_ieq_ascii(name, STR("Upgrade"))) {
		seen->websocket = seen->websocket || http_list_has(value, STR("websocket"));
	} else if (str_ieq_ascii(name, STR("Expect"))) {
		if (!str_ieq_ascii(value, STR("100-continue")))
			return fail(h, 417);
		h->expect_continue = h->minor == 1; /* RFC 9110 10.1.1: a 1.0 client does not wait for it */
	}
	return ERR_OK;
}

static enum err parse_field_line(struct str line, struct http_head *h, struct seen *seen)
{
	size_t colon;
	/* A space before the colon is no token; a line that begins with one is obs-fold, and no token either. */
	if (!str_find(line, ':', &colon) || !is_token(str_n(line.p, colon)))
		return fail(h, 400);
	if (h->field_count == HTTP_FIELDS_MAX)
		return fail(h, 431);
	struct http_field *f = &h->fields[h->field_count++];
	f->name = str_n(line.p, colon);
	f->value = str_trim_ascii(str_n(line.p + colon + 1, line.n - colon - 1));
	return take_field(h, f->name, f->value, seen);
}

static enum err parse_lines(struct str in, struct http_head *h, struct str *rest_out)
{
	struct seen seen = {0};
	struct str rest = in, line;
	enum err e = cut_line(&rest, &line);
	if (!e && line.n == 0)
		e = cut_line(&rest, &line); /* RFC 9112 2.2: one empty line before a request is forgiven */
	if (!e)
		e = parse_request_line(line, h);
	while (!e) {
		e = cut_line(&rest, &line);
		if (e)
			break;
		if (line.n > 0) {
			e = parse_field_line(line, h, &seen);
			continue;
		}
		if (h->minor == 1 && !seen.host)
			return fail(h, 400);
		h->keep_alive = !seen.close && (h->minor == 1 || seen.keep_alive);
		h->upgrade_websocket = seen.upgrade && seen.websocket && h->minor == 1 && h->content_length == 0 &&
				       h->body != HTTP_BODY_CHUNKED && str_eq(h->method, STR("GET"));
		*rest_out = rest;
		return ERR_OK;
	}
	return e;
}

enum err http_parse_head(struct str in, struct http_head *out, size_t *used_out)
{
	/* The fields are written as they come; the two kilobytes of the table need no clearing. */
	out->method = out->target = out->path = out->query = out->host = str_n(NULL, 0);
	out->minor = 0;
	out->field_count = 0;
	out->body = HTTP_BODY_NONE;
	out->content_length = 0;
	out->keep_alive = out->expect_continue = out->upgrade_websocket = false;
	out->status = 400;
	*used_out = 0;

	struct str rest, seen = str_n(in.p, in.n < HTTP_HEAD_MAX ? in.n : HTTP_HEAD_MAX);
	enum err e = parse_lines(seen, out, &rest);
	if (e == ERR_AGAIN && in.n >= HTTP_HEAD_MAX)
		return fail(out, out->method.n == 0 ? 414 : 431); /* no method yet: it was one long request line */
	if (e)
		return e;
	out->status = 0;
	*used_out = (size_t)(rest.p - seen.p);
	return ERR_OK;
}

bool http_field(const struct http_head *h, struct str name, struct str *value_out)
{
	const struct http_field *found = NULL;
	for (size_t i = 0; i < h->field_count; i++) {
		if (!str_ieq_ascii(h->fields[i].name, name))
			continue;
		if (found)
			return false;
		found = &h->fields[i];
	}
	if (found)
		*value_out = found->value;
	return found != NULL;
}

bool http_cookie(const struct http_head *h, struct str name, struct str *value_out)
{
	for (size_t i = 0; i < h->field_count; i++) {
		if (!str_ieq_ascii(h->fields[i].name, STR("Cookie")))
			continue;
		struct str rest = h->fields[i].value;
		while (rest.n > 0) {
			struct str pair = str_trim_ascii(str_cut(&rest, ';'));
			size_t eq;
			if (str_find(pair, '=', &eq) && str_eq(str_n(pair.p, eq), name)) {
				*value_out = str_n(pair.p + eq + 1, pair.n - eq - 1);
				return true; /* the first: browsers send the most specific one first (RFC 6265 5.4) */
			}
		}
	}
	return false;
}
