/* SPDX-License-Identifier: Apache-2.0
 *
 * The head parser against a table: what must be taken, and every known way to make two parsers disagree, which must be
 * refused. Each case is also given as every one of its beginnings.
 */
#include "codec_split.h"
#include "net/http.h"
#include <stdio.h>

#define H "Host: a\r\n"
#define GET "GET / HTTP/1.1\r\n"

struct head_case { const char *name; const char *text; size_t n; int status; /* 0: taken */ };
#define CASE(name, status, text) {name, text, sizeof(text) - 1, status}

static const struct head_case cases[] = {
	CASE("plain", 0, GET H "\r\n"),
	CASE("empty line before", 0, "\r\n" GET H "\r\n"),
	CASE("two empty lines before", 400, "\r\n\r\n" GET H "\r\n"),
	CASE("1.0 without host", 0, "GET / HTTP/1.0\r\n\r\n"),
	CASE("1.0 with host", 0, "GET / HTTP/1.0\r\n" H "\r\n"),
	CASE("no host", 400, GET "\r\n"),
	CASE("empty host", 400, GET "Host:\r\n\r\n"),
	CASE("empty host with space", 400, GET "Host: \t \r\n\r\n"),
	CASE("repeated host", 400, GET H H "\r\n"),
	CASE("two hosts", 400, GET "Host: a, b\r\n\r\n"),
	CASE("host with user", 400, GET "Host: u@a\r\n\r\n"),
	CASE("host with path", 400, GET "Host: a/b\r\n\r\n"),
	CASE("host with port", 0, GET "Host: a:65535\r\n\r\n"),
	CASE("host with large port", 400, GET "Host: a:65536\r\n\r\n"),
	CASE("host with empty port", 400, GET "Host: a:\r\n\r\n"),
	CASE("host with signed port", 400, GET "Host: a:+1\r\n\r\n"),
	CASE("host v6", 0, GET "Host: [::1]:80\r\n\r\n"),
	CASE("host v6 open", 400, GET "Host: [::1\r\n\r\n"),
	CASE("host v6 empty", 400, GET "Host: []\r\n\r\n"),
	CASE("host v6 rest", 400, GET "Host: [::1]a\r\n\r\n"),
	CASE("host of high bytes", 400, GET "Host: \xd1\x88\r\n\r\n"),
	CASE("absolute", 0, "GET http://a/x HTTP/1.1\r\n" H "\r\n"),
	CASE("absolute upper case", 0, "GET HTTPS://A HTTP/1.1\r\n" H "\r\n"),
	CASE("absolute mismatch", 400, "GET http://b/ HTTP/1.1\r\n" H "\r\n"),
	CASE("absolute port mismatch", 400, "GET http://a:80/ HTTP/1.1\r\n" H "\r\n"),
	CASE("absolute without host field", 400, "GET http://a/ HTTP/1.1\r\n\r\n"),
	CASE("absolute empty host", 400, "GET http:/// HTTP/1.1\r\n" H "\r\n"),
	CASE("absolute other scheme", 400, "GET ftp://a/ HTTP/1.1\r\n" H "\r\n"),
	CASE("absolute user", 400, "GET http://u@a/ HTTP/1.1\r\n" H "\r\n"),
	CASE("target without slash", 400, "GET x HTTP/1.1\r\n" H "\r\n"),
	CASE("fragment", 400, "GET /#x HTTP/1.1\r\n" H "\r\n"),
	CASE("backslash", 400, "GET /\\x HTTP/1.1\r\n" H "\r\n"),
	CASE("quote", 400, "GET /\" HTTP/1.1\r\n" H "\r\n"),
	CASE("high byte in target", 400, "GET /\xff HTTP/1.1\r\n" H "\r\n"),
	CASE("asterisk", 0, "OPTIONS * HTTP/1.1\r\n" H "\r\n"),
	CASE("asterisk of GET", 400, "GET * HTTP/1.1\r\n" H "\r\n"),
	CASE("connect", 400, "CONNECT a:443 HTTP/1.1\r\n" H "\r\n"),
	CASE("connect origin", 400, "CONNECT / HTTP/1.1\r\n" H "\r\n"),
	CASE("no method", 400, " / HTTP/1.1\r\n" H "\r\n"),
	CASE("method not a token", 400, "G@T / HTTP/1.1\r\n" H "\r\n"),
	CASE("method of 32", 0, "ABCDEFGHIJKLMNOPQRSTUVWXYZABCDEF / HTTP/1.1\r\n" H "\r\n"),
	CASE("method of 33", 400, "ABCDEFGHIJKLMNOPQRSTUVWXYZABCDEFG / HTTP/1.1\r\n" H "\r\n"),
	CASE("two spaces", 400, "GET  / HTTP/1.1\r\n" H "\r\n"),
	CASE("two spaces behind", 400, "GET /  HTTP/1.1\r\n" H "\r\n"),
	CASE("tab for space", 400, "GET\t/ HTTP/1.1\r\n" H "\r\n"),
	CASE("space at the end", 400, "GET / HTTP/1.1 \r\n" H "\r\n"),
	CASE("0.9", 400, "GET /\r\n\r\n"),
	CASE("2.0", 505, "GET / HTTP/2.0\r\n" H "\r\n"),
	CASE("1.2", 505, "GET / HTTP/1.2\r\n" H "\r\n"),
	CASE("0.9 said", 505, "GET / HTTP/0.9\r\n" H "\r\n"),
	CASE("1.10", 400, "GET / HTTP/1.10\r\n" H "\r\n"),
	CASE("small http", 400, "GET / http/1.1\r\n" H "\r\n"),
	CASE("no version", 400, "GET / HTTP/x.1\r\n" H "\r\n"),
	CASE("bare LF", 400, "GET / HTTP/1.1\nHost: a\n\n"),
	CASE("bare LF in fields", 400, GET "Host: a\n\r\n"),
	CASE("bare LF at the end", 400, GET H "\n"),
	CASE("bare CR in field", 400, GET "Host: a\rb\r\n\r\n"),
	CASE("bare CR in line", 400, "GET /\r HTTP/1.1\r\n" H "\r\n"),
	CASE("CR CR LF", 400, GET H "\r\r\n"),
	CASE("NUL in field", 400, GET H "X: a\0b\r\n\r\n"),
	CASE("NUL in target", 400, "GET /\0 HTTP/1.1\r\n" H "\r\n"),
	CASE("control byte in field", 400, GET H "X: \x01\r\n\r\n"),
	CASE("DEL in field", 400, GET H "X: \x7f\r\n\r\n"),
	CASE("tab in field", 0, GET H "X: a\tb\r\n\r\n"),
	CASE("high bytes in field", 0, GET H "X: \xd1\x88\r\n\r\n"),
	CASE("obs-fold", 400, GET H "X: a\r\n b\r\n\r\n"),
	CASE("obs-fold with tab", 400, GET H "X: a\r\n\tb\r\n\r\n"),
	CASE("space before first field", 400, GET " " H "\r\n"),
	CASE("space before colon", 400, GET H "Content-Length : 5\r\n\r\n"),
	CASE("tab before colon", 400, GET H "Content-Length\t: 5\r\n\r\n"),
	CASE("no colon", 400, GET H "X\r\n\r\n"),
	CASE("no name", 400, GET H ": x\r\n\r\n"),
	CASE("name not a token", 400, GET H "X[]: x\r\n\r\n"),
	CASE("high byte in name", 400, GET H "X\xe9: x\r\n\r\n"),
	CASE("empty value", 0, GET H "X:\r\n\r\n"),
	CASE("length", 0, "POST / HTTP/1.1\r\n" H "Content-Length: 5\r\n\r\n"),
	CASE("length 0", 0, "POST / HTTP/1.1\r\n" H "Content-Length: 0\r\n\r\n"),
	CASE("length of 18 digits", 0, "POST / HTTP/1.1\r\n" H "Content-Length: 999999999999999999\r\n\r\n"),
	CASE("length of 19 digits", 400, "POST / HTTP/1.1\r\n" H "Content-Length: 9999999999999999999\r\n\r\n"),
	CASE("length empty", 400, "POST / HTTP/1.1\r\n" H "Content-Length:\r\n\r\n"),
	CASE("length plus", 400, "POST / HTTP/1.1\r\n" H "Content-Length: +5\r\n\r\n"),
	CASE("length minus", 400, "POST / HTTP/1.1\r\n" H "Content-Length: -5\r\n\r\n"),
	CASE("length hex", 400, "POST / HTTP/1.1\r\n" H "Content-Length: 0x5\r\n\r\n"),
	CASE("length octal", 400, "POST / HTTP/1.1\r\n" H "Content-Length: 010\r\n\r\n"),
	CASE("length with space inside", 400, "POST / HTTP/1.1\r\n" H "Content-Length: 5 5\r\n\r\n"),
	CASE("length list", 400, "POST / HTTP/1.1\r\n" H "Content-Length: 5, 5\r\n\r\n"),
	CASE("length repeated", 400, "POST / HTTP/1.1\r\n" H "Content-Length: 5\r\nContent-Length: 5\r\n\r\n"),
	CASE("length different", 400, "POST / HTTP/1.1\r\n" H "Content-Length: 5\r\ncontent-length: 6\r\n\r\n"),
	CASE("chunked", 0, "POST / HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n\r\n"),
	CASE("chunked upper case", 0, "POST / HTTP/1.1\r\n" H "TRANSFER-ENCODING: CHUNKED\r\n\r\n"),
	CASE("CL then TE", 400, "POST / HTTP/1.1\r\n" H "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n"),
	CASE("TE then CL", 400, "POST / HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n"),
	CASE("TE twice", 400, "POST / HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n"),
	CASE("TE list", 501, "POST / HTTP/1.1\r\n" H "Transfer-Encoding: gzip, chunked\r\n\r\n"),
	CASE("TE chunked twice in a list", 501, "POST / HTTP/1.1\r\n" H "Transfer-Encoding: chunked, chunked\r\n\r\n"),
	CASE("TE identity", 501, "POST / HTTP/1.1\r\n" H "Transfer-Encoding: identity\r\n\r\n"),
	CASE("TE xchunked", 501, "POST / HTTP/1.1\r\n" H "Transfer-Encoding: xchunked\r\n\r\n"),
	CASE("TE with VT", 400, "POST / HTTP/1.1\r\n" H "Transfer-Encoding: \x0b" "chunked\r\n\r\n"),
	CASE("TE quoted", 501, "POST / HTTP/1.1\r\n" H "Transfer-Encoding: \"chunked\"\r\n\r\n"),
	CASE("TE with parameter", 501, "POST / HTTP/1.1\r\n" H "Transfer-Encoding: chunked;q=1\r\n\r\n"),
	CASE("TE empty", 501, "POST / HTTP/1.1\r\n" H "Transfer-Encoding:\r\n\r\n"),
	CASE("TE in 1.0", 400, "POST / HTTP/1.0\r\n" H "Transfer-Encoding: chunked\r\n\r\n"),
	CASE("TE folded, which is empty first", 501, "POST / HTTP/1.1\r\n" H "Transfer-Encoding:\r\n chunked\r\n\r\n"),
	CASE("expect", 0, "POST / HTTP/1.1\r\n" H "Expect: 100-Continue\r\n\r\n"),
	CASE("expect other", 417, "POST / HTTP/1.1\r\n" H "Expect: 200-ok\r\n\r\n"),
};

static enum err parse(const void *p, size_t n, int *status, size_t *used)
{
	unsigned char *exact = split_exact(p, n);
	struct http_head h;
	enum err e = http_parse_head(str_n(exact, n), &h, used);
	*status = e == ERR_AGAIN ? -1 : h.status;
	free(exact);
	return e;
}

static void expect(const char *name, const char *text, size_t n, int status)
{
	int got;
	size_t used;
	enum err e = parse(text, n, &got, &used);
	if (got != status)
		fail_msg("%s: status %d, not %d (%s)", name, got, status, err_name(e));
	if (status == 0 && used != n)
		fail_msg("%s: %zu bytes used, not %zu", name, used, n);
	bool decided = false;
	for (size_t i = 0; i < n; i++) { /* a beginning says nothing, or already the same */
		enum err early = parse(text, i, &got, &used);
		if (early == ERR_AGAIN ? decided : got != status || status == 0)
			fail_msg("%s: the first %zu bytes give %s, status %d", name, i, err_name(early), got);
		decided = early != ERR_AGAIN;
	}
}

static void test_table(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		expect(cases[i].name, cases[i].text, cases[i].n, cases[i].status);
}

/* Every byte at every kind of place: only what the grammar names may pass. */
static void test_every_byte(void **state)
{
	(void)state;
	for (int c = 0; c < 256; c++) {
		char text[64];
		int status;
		size_t used;
		bool alnum = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
		bool token = alnum || (c != 0 && strchr("!#$%&'*+-.^_`|~", c));
		int n = snprintf(text, sizeof text, "GET / HTTP/1.1\r\nHost: a\r\nX_: v\r\n\r\n");
		memset(strchr(text, '_'), c, 1);
		assert_int_equal(parse(text, (size_t)n, &status, &used) == ERR_OK, token || c == ':'); /* "X:: v" is name X */
		n = snprintf(text, sizeof text, "GET / HTTP/1.1\r\nHost: a\r\nX: v_v\r\n\r\n");
		memset(strchr(text, '_'), c, 1);
		assert_int_equal(parse(text, (size_t)n, &status, &used) == ERR_OK, c == '\t' || (c >= 0x20 && c != 0x7f));
		n = snprintf(text, sizeof text, "GET /_x HTTP/1.1\r\nHost: a\r\n\r\n");
		memset(strchr(text, '_'), c, 1);
		bool target = c > 0x20 && c < 0x7f && !strchr("#\"<>\\", c);
		assert_int_equal(parse(text, (size_t)n, &status, &used) == ERR_OK, target);
	}
}

static size_t put(char *out, size_t at, const char *text)
{
	size_t n = strlen(text);
	memcpy(out + at, text, n);
	return at + n;
}

static void test_sizes(void **state)
{
	(void)state;
	static char text[3 * HTTP_HEAD_MAX];
	int status;
	size_t used, at;
	for (size_t extra = 0; extra < 2; extra++) { /* target */
		at = put(text, 0, "GET /");
		memset(text + at, 'x', HTTP_TARGET_MAX - 1 + extra);
		at = put(text, at + HTTP_TARGET_MAX - 1 + extra, " HTTP/1.1\r\n" H "\r\n");
		enum err e = parse(text, at, &status, &used);
		assert_int_equal(e, extra ? ERR_TOO_LARGE : ERR_OK);
		assert_int_equal(status, extra ? 414 : 0);
	}
	for (size_t extra = 0; extra < 2; extra++) { /* fields; Host is one of them */
		at = put(text, 0, GET H);
		for (size_t i = 1; i < HTTP_FIELDS_MAX + extra; i++)
			at = put(text, at, "X: y\r\n");
		at = put(text, at, "\r\n");
		enum err e = parse(text, at, &status, &used);
		assert_int_equal(e, extra ? ERR_TOO_LARGE : ERR_OK);
		assert_int_equal(status, extra ? 431 : 0);
	}
	for (size_t extra = 0; extra < 2; extra++) { /* the whole */
		at = put(text, 0, GET H "X: ");
		size_t fill = HTTP_HEAD_MAX - at - 4 + extra;
		memset(text + at, 'y', fill);
		at = put(text, at + fill, "\r\n\r\n");
		assert_int_equal(at, HTTP_HEAD_MAX + extra);
		enum err e = parse(text, at, &status, &used);
		assert_int_equal(e, extra ? ERR_TOO_LARGE : ERR_OK);
		assert_int_equal(status, extra ? 431 : 0);
	}
	memset(text, 'G', sizeof text); /* a request line without end */
	assert_int_equal(parse(text, HTTP_HEAD_MAX - 1, &status, &used), ERR_AGAIN);
	assert_int_equal(parse(text, sizeof text, &status, &used), ERR_TOO_LARGE);
	assert_int_equal(status, 414);
}

static void test_parts(void **state)
{
	(void)state;
	static const char text[] = "GET http://School.example:8443/a%20b?x=1&y HTTP/1.1\r\nhost: school.EXAMPLE:8443\r\n"
				   "Connection: keep-alive, Upgrade\r\nUPGRADE: h2c, WebSocket\r\nX:  a b \t\r\nY: 1\r\ny: 2\r\n"
				   "Cookie: a=1; session=abc=; b\r\nCookie: session=later\r\n\r\nGET";
	struct http_head h;
	struct str v;
	size_t used;
	assert_int_equal(http_parse_head(str_of(text), &h, &used), ERR_OK);
	assert_int_equal(used, sizeof text - 4);
	assert_true(str_eq(h.method, STR("GET")));
	assert_true(str_eq(h.path, STR("/a%20b")));
	assert_true(str_eq(h.query, STR("x=1&y")));
	assert_true(str_eq(h.host, STR("school.EXAMPLE:8443")));
	assert_true(h.keep_alive && h.upgrade_websocket && !h.expect_continue);
	assert_int_equal(h.minor, 1);
	assert_true(http_field(&h, STR("x"), &v) && str_eq(v, STR("a b")));
	assert_false(http_field(&h, STR("Y"), &v));
	assert_false(http_field(&h, STR("Z"), &v));
	assert_true(http_cookie(&h, STR("session"), &v) && str_eq(v, STR("abc=")));
	assert_true(http_cookie(&h, STR("a"), &v) && str_eq(v, STR("1")));
	assert_false(http_cookie(&h, STR("b"), &v));
	assert_false(http_cookie(&h, STR("Session"), &v));

	struct { const char *line; bool keep; } kept[] = {
		{"GET / HTTP/1.1\r\n" H "\r\n", true},
		{"GET / HTTP/1.1\r\n" H "Connection: close\r\n\r\n", false},
		{"GET / HTTP/1.1\r\n" H "Connection: x, CLOSE\r\n\r\n", false},
		{"GET / HTTP/1.1\r\n" H "Connection: keep-alive\r\nConnection: close\r\n\r\n", false},
		{"GET / HTTP/1.0\r\n\r\n", false},
		{"GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n", true},
	};
	for (size_t i = 0; i < sizeof kept / sizeof *kept; i++) {
		assert_int_equal(http_parse_head(str_of(kept[i].line), &h, &used), ERR_OK);
		assert_int_equal(h.keep_alive, kept[i].keep);
	}
	static const char *const no_upgrade[] = {
		"GET / HTTP/1.1\r\n" H "Upgrade: websocket\r\n\r\n",
		"GET / HTTP/1.1\r\n" H "Connection: upgrade\r\n\r\n",
		"GET / HTTP/1.0\r\n" H "Connection: upgrade\r\nUpgrade: websocket\r\n\r\n",
		"POST / HTTP/1.1\r\n" H "Connection: upgrade\r\nUpgrade: websocket\r\n\r\n",
		"GET / HTTP/1.1\r\n" H "Connection: upgrade\r\nUpgrade: websocket\r\nContent-Length: 1\r\n\r\n",
		"GET / HTTP/1.1\r\n" H "Connection: upgrade\r\nUpgrade: websocket\r\nTransfer-Encoding: chunked\r\n\r\n",
	};
	for (size_t i = 0; i < sizeof no_upgrade / sizeof *no_upgrade; i++) {
		assert_int_equal(http_parse_head(str_of(no_upgrade[i]), &h, &used), ERR_OK);
		assert_false(h.upgrade_websocket);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_every_byte),
		cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_parts),
	};
	return cmocka_run_group_tests_name("codec_head", tests, NULL, NULL);
}
