/* SPDX-License-Identifier: Apache-2.0
 *
 * Chunked bodies in every split, ranges, entity tags, codings, percent-encoding.
 */
#include "codec_split.h"
#include "net/http.h"
#include "base/str.h"

struct chunk_case { const char *name; const char *text; size_t n; const char *body; /* NULL: refused */ };
#define CHUNKS(name, text, body) {name, text, sizeof(text) - 1, body}

static const struct chunk_case chunk_cases[] = {
	CHUNKS("empty", "0\r\n\r\n", ""),
	CHUNKS("one", "5\r\nhello\r\n0\r\n\r\n", "hello"),
	CHUNKS("two", "5\r\nhello\r\n1\r\n!\r\n0\r\n\r\n", "hello!"),
	CHUNKS("hex", "A\r\n0123456789\r\n0\r\n\r\n", "0123456789"),
	CHUNKS("small hex and zeros", "00a\r\n0123456789\r\n000\r\n\r\n", "0123456789"),
	CHUNKS("extension", "5;a=\"b\"\r\nhello\r\n0;x\r\n\r\n", "hello"),
	CHUNKS("trailers", "1\r\nx\r\n0\r\nA: b\r\nC:\r\n\r\n", "x"),
	CHUNKS("no size", "\r\n", NULL),
	CHUNKS("no size but extension", ";a\r\n", NULL),
	CHUNKS("plus", "+5\r\nhello\r\n", NULL),
	CHUNKS("minus", "-5\r\nhello\r\n", NULL),
	CHUNKS("0x", "0x5\r\nhello\r\n", NULL),
	CHUNKS("space before", " 5\r\nhello\r\n", NULL),
	CHUNKS("space behind", "5 \r\nhello\r\n", NULL),
	CHUNKS("bare LF", "5\nhello\r\n", NULL),
	CHUNKS("bare LF in extension", "5;a\nhello\r\n", NULL),
	CHUNKS("bare CR in extension", "5;a\rb\r\nhello\r\n", NULL),
	CHUNKS("data too long", "5\r\nhello!\r\n", NULL),
	CHUNKS("data too short", "5\r\nhell\r\n0\r\n\r\n", NULL),
	CHUNKS("no CR behind data", "5\r\nhello\n0\r\n\r\n", NULL),
	CHUNKS("15 digits", "000000000000001\r\nx\r\n0\r\n\r\n", "x"),
	CHUNKS("16 digits", "0000000000000001\r\nx\r\n0\r\n\r\n", NULL),
	CHUNKS("huge", "fffffffffffffffff\r\n", NULL),
	CHUNKS("trailer without colon", "0\r\nA\r\n\r\n", NULL),
	CHUNKS("trailer folded", "0\r\nA: b\r\n c\r\n\r\n", NULL),
	CHUNKS("trailer with space before colon", "0\r\nA : b\r\n\r\n", NULL),
	CHUNKS("trailer with NUL", "0\r\nA: \0\r\n\r\n", NULL),
	CHUNKS("trailer LF", "0\r\nA: b\n\r\n", NULL),
	CHUNKS("end without LF", "0\r\n\rX", NULL),
};

/* Reads the text in pieces of this round. ERR_CLOSED, ERR_MALFORMED, or ERR_AGAIN at its end. */
static enum err read_chunks(const char *text, size_t n, unsigned round, struct buf *body, size_t *used_out)
{
	struct http_chunked c;
	uint64_t random = 0x9e3779b97f4a7c15u + round;
	size_t at = 0;
	enum err e = ERR_AGAIN;
	http_chunked_init(&c);
	while (at < n && (e == ERR_AGAIN || e == ERR_OK)) {
		size_t part = split_next(&random, round, n - at), used;
		struct str data;
		unsigned char *exact = split_exact(text + at, part);
		e = http_chunked_feed(&c, str_n(exact, part), &used, &data);
		assert_true(used <= part);
		assert_true(e != ERR_AGAIN || used == part);
		buf_add_str(body, data);
		free(exact);
		at += used;
	}
	assert_int_equal(c.total, body->n);
	*used_out = at;
	return e;
}

static void test_chunked(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof chunk_cases / sizeof *chunk_cases; i++) {
		const struct chunk_case *k = &chunk_cases[i];
		for (unsigned round = 0; round < SPLIT_ROUNDS; round++) {
			struct buf body;
			size_t used;
			buf_init(&body, 1 << 20);
			enum err e = read_chunks(k->text, k->n, round, &body, &used);
			if (e != (k->body ? ERR_CLOSED : ERR_MALFORMED))
				fail_msg("%s: %s in round %u", k->name, err_name(e), round);
			if (k->body && (!str_eq(buf_str(&body), str_of(k->body)) || used != k->n))
				fail_msg("%s: another body, or %zu bytes used", k->name, used);
			buf_release(&body);
		}
	}
}

static void test_chunked_limits(void **state)
{
	(void)state;
	struct { size_t extension, trailer; bool taken; } cases[] = {
		{255, 0, true}, {256, 0, true}, {257, 0, false}, {0, 1024, true}, {0, 1025, false}};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct buf text, body;
		size_t used;
		buf_init(&text, 1 << 20);
		buf_init(&body, 1 << 20);
		buf_add_str(&text, STR("0"));
		if (cases[i].extension > 0)
			buf_add_c(&text, ';');
		for (size_t k = 0; k < cases[i].extension; k++)
			buf_add_c(&text, 'e');
		buf_add_str(&text, STR("\r\n"));
		for (size_t k = 0; k < cases[i].trailer; k++) /* "t:ttt" and its CR count */
			buf_add_c(&text, k == 1 ? ':' : k == cases[i].trailer - 1 ? '\r' : 't');
		buf_add_str(&text, cases[i].trailer ? STR("\n\r\n") : STR("\r\n"));
		for (unsigned round = 0; round < 3; round++)
			assert_int_equal(read_chunks(text.p, text.n, round, &body, &used), cases[i].taken ? ERR_CLOSED : ERR_MALFORMED);
		buf_release(&text);
		buf_release(&body);
	}
}

static void test_range(void **state)
{
	(void)state;
	struct { const char *text; uint64_t size; enum err e; uint64_t first, last; } cases[] = {
		{"bytes=0-0", 10, ERR_OK, 0, 0},
		{"bytes=0-", 10, ERR_OK, 0, 9},
		{"bytes=9-", 10, ERR_OK, 9, 9},
		{"bytes=10-", 10, ERR_TOO_LARGE, 0, 0},
		{"bytes=3-99", 10, ERR_OK, 3, 9},
		{"bytes=3-99999999999999999999999999", 10, ERR_OK, 3, 9},
		{"bytes=99999999999999999999999999-", 10, ERR_TOO_LARGE, 0, 0},
		{"bytes=-1", 10, ERR_OK, 9, 9},
		{"bytes=-10", 10, ERR_OK, 0, 9},
		{"bytes=-11", 10, ERR_OK, 0, 9},
		{"bytes=-0", 10, ERR_TOO_LARGE, 0, 0},
		{"bytes=-5", 0, ERR_TOO_LARGE, 0, 0},
		{"bytes=0-", 0, ERR_TOO_LARGE, 0, 0},
		{"BYTES = 1-2 ", 10, ERR_OK, 1, 2},
		{"bytes=0-1,3-4", 10, ERR_NOT_FOUND, 0, 0},
		{"lines=0-1", 10, ERR_NOT_FOUND, 0, 0},
		{"bytes=5-4", 10, ERR_MALFORMED, 0, 0},
		{"bytes=-", 10, ERR_MALFORMED, 0, 0},
		{"bytes=", 10, ERR_MALFORMED, 0, 0},
		{"bytes", 10, ERR_MALFORMED, 0, 0},
		{"", 10, ERR_MALFORMED, 0, 0},
		{"bytes=a-b", 10, ERR_MALFORMED, 0, 0},
		{"bytes=1-2-3", 10, ERR_MALFORMED, 0, 0},
		{"bytes=+1-2", 10, ERR_MALFORMED, 0, 0},
		{"bytes=1 -2", 10, ERR_MALFORMED, 0, 0},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		uint64_t first = 77, last = 77;
		size_t n = strlen(cases[i].text);
		unsigned char *exact = split_exact(cases[i].text, n);
		enum err e = http_parse_range(str_n(exact, n), cases[i].size, &first, &last);
		free(exact);
		if (e != cases[i].e || (e == ERR_OK && (first != cases[i].first || last != cases[i].last)))
			fail_msg("%s of %llu: %s", cases[i].text, (unsigned long long)cases[i].size, err_name(e));
	}
}

static void test_etag(void **state)
{
	(void)state;
	struct { const char *list; bool matches; } cases[] = {
		{"\"a\"", true}, {"W/\"a\"", true}, {"\"b\", \"a\"", true}, {"\"b\" ,W/\"a\"", true}, {"*", true}, {" * ", true},
		{"\"x,\", \"a\"", true}, {"\"b\",,\"a\"", true}, {"", false}, {"a", false}, {"\"b\"", false}, {"\"a", false},
		{"\"ab\"", false}, {"\"b\" \"a\"", false}, {"w/\"a\"", false}, {"*,\"b\"", false}, {"W/", false}};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		size_t n = strlen(cases[i].list);
		unsigned char *exact = split_exact(cases[i].list, n);
		if (http_etag_matches(str_n(exact, n), STR("\"a\"")) != cases[i].matches)
			fail_msg("If-None-Match: %s", cases[i].list);
		free(exact);
	}
	assert_true(http_etag_matches(STR("\"a\""), STR("W/\"a\"")));
}

static void test_accepts(void **state)
{
	(void)state;
	struct { const char *list; bool gzip; } cases[] = {
		{"gzip", true}, {"GZIP", true}, {"br, gzip", true}, {"gzip;q=0.5", true}, {"gzip ; q=0.001", true}, {"gzip;Q=1", true},
		{"*", true}, {"br, *;q=0.1", true}, {"gzip;q=0", false}, {"gzip;q=0.000", false}, {"gzip;q=0, *", false}, {"br", false},
		{"", false}, {"*;q=0", false}, {"xgzip", false}, {"gzip;q=", false}, {"gzip;q=a", false}, {"gzip;x=1", false}};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		size_t n = strlen(cases[i].list);
		unsigned char *exact = split_exact(cases[i].list, n);
		if (http_accepts_encoding(str_n(exact, n), STR("gzip")) != cases[i].gzip)
			fail_msg("Accept-Encoding: %s", cases[i].list);
		free(exact);
	}
}

static void test_unescape(void **state)
{
	(void)state;
	struct { const char *in; const char *out; } cases[] = {
		{"", ""}, {"abc", "abc"}, {"a+b", "a+b"}, {"%41%6a%4A", "AjJ"}, {"%d1%88", "\xd1\x88"}, {"\xd1\x88", "\xd1\x88"},
		{"%", NULL}, {"%4", NULL}, {"a%", NULL}, {"%g0", NULL}, {"%0g", NULL}, {"%00", NULL}, {"%ff", NULL}, {"%d1", NULL},
		{"%c0%af", NULL}, {"%25", "%"}, {"%2500", "%00"}, {"%ed%a0%80", NULL}};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		size_t n = strlen(cases[i].in), got = 0;
		unsigned char *exact = split_exact(cases[i].in, n);
		char *out = (char *)split_exact(cases[i].in, n);
		enum err e = http_unescape(str_n(exact, n), out, &got);
		if (cases[i].out ? e || !str_eq(str_n(out, got), str_of(cases[i].out)) : e != ERR_MALFORMED)
			fail_msg("%s: %s", cases[i].in, err_name(e));
		free(out);
		free(exact);
	}
}

static void test_query(void **state)
{
	(void)state;
	struct { const char *query, *key; enum err e; const char *value; } cases[] = {
		{"a=1&b=2", "b", ERR_OK, "2"}, {"a=1&a=2", "a", ERR_OK, "1"}, {"a", "a", ERR_OK, ""}, {"a=", "a", ERR_OK, ""},
		{"%61=x%20y+z", "a", ERR_OK, "x y z"}, {"a+b=1", "a b", ERR_OK, "1"}, {"a=b=c", "a", ERR_OK, "b=c"},
		{"&&a=1", "a", ERR_OK, "1"}, {"", "a", ERR_NOT_FOUND, NULL}, {"ab=1", "a", ERR_NOT_FOUND, NULL},
		{"A=1", "a", ERR_NOT_FOUND, NULL}, {"a=%zz", "a", ERR_MALFORMED, NULL}, {"a=%ff", "a", ERR_MALFORMED, NULL},
		{"a=%0", "a", ERR_MALFORMED, NULL}, {"%zz=1&a=2", "a", ERR_OK, "2"}, {"a=12345678", "a", ERR_OK, "12345678"},
		{"a=123456789", "a", ERR_TOO_LARGE, NULL}};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char out[8];
		size_t n = strlen(cases[i].query), got = 0;
		unsigned char *exact = split_exact(cases[i].query, n);
		enum err e = http_query_get(str_n(exact, n), str_of(cases[i].key), out, sizeof out, &got);
		free(exact);
		if (e != cases[i].e || (!e && !str_eq(str_n(out, got), str_of(cases[i].value))))
			fail_msg("%s of %s: %s", cases[i].key, cases[i].query, err_name(e));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_chunked),
		cmocka_unit_test(test_chunked_limits),
		cmocka_unit_test(test_range),
		cmocka_unit_test(test_etag),
		cmocka_unit_test(test_accepts),
		cmocka_unit_test(test_unescape),
		cmocka_unit_test(test_query),
	};
	return cmocka_run_group_tests_name("codec_fields", tests, NULL, NULL);
}
