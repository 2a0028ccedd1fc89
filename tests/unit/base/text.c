/* SPDX-License-Identifier: Apache-2.0
 *
 * str, buf, utf8, json, log, err, clock, random and the hash.
 */
#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "base/siphash.h"
#include "base/utf8.h"
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

static void str_helpers(void **state)
{
	(void)state;
	assert_true(str_eq((struct str){0}, STR("")));
	assert_true(str_ieq_ascii(STR("Content-Type"), STR("content-TYPE")));
	assert_false(str_ieq_ascii(STR("[@"), STR("{`")));
	assert_true(str_starts(STR("abc"), STR("")) && str_starts(STR("abc"), STR("abc")) && !str_starts(STR("ab"), STR("abc")));
	assert_true(str_cmp(STR("a"), STR("b")) < 0 && str_cmp(STR("ab"), STR("a")) > 0 && str_cmp(STR("a"), STR("a")) == 0);
	assert_true(str_eq(str_trim_ascii(STR(" \t x y\r\n")), STR("x y")));
	assert_true(str_eq(str_trim_ascii(STR("  ")), STR("")));
	struct str rest = STR("a,,b");
	assert_true(str_eq(str_cut(&rest, ','), STR("a")));
	assert_true(str_eq(str_cut(&rest, ','), STR("")));
	assert_true(str_eq(str_cut(&rest, ','), STR("b")));
	assert_int_equal(rest.n, 0);
	assert_true(str_eq_secret(STR("token"), STR("token")));
	assert_false(str_eq_secret(STR("token"), STR("tokeN")));
	assert_false(str_eq_secret(STR("token"), STR("toke")));
}

static void numbers(void **state)
{
	(void)state;
	static const struct { struct str in; enum err err; int64_t v; } cases[] = {
		{STR("0"), ERR_OK, 0}, {STR("-1"), ERR_OK, -1}, {STR("0012"), ERR_OK, 12},
		{STR("9223372036854775807"), ERR_OK, INT64_MAX}, {STR("-9223372036854775808"), ERR_OK, INT64_MIN},
		{STR("9223372036854775808"), ERR_TOO_LARGE, 0}, {STR("-9223372036854775809"), ERR_TOO_LARGE, 0},
		{STR("99999999999999999999"), ERR_TOO_LARGE, 0}, {STR("99999999999999999999x"), ERR_MALFORMED, 0},
		{STR(""), ERR_MALFORMED, 0}, {STR("-"), ERR_MALFORMED, 0}, {STR("+1"), ERR_MALFORMED, 0}, {STR(" 1"), ERR_MALFORMED, 0},
		{STR("1a"), ERR_MALFORMED, 0},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		int64_t v = 0;
		assert_int_equal(str_to_i64(cases[i].in, &v), cases[i].err);
		assert_int_equal(v, cases[i].v);
	}
	struct buf b;
	buf_init(&b, 100);
	buf_add_i64(&b, INT64_MIN);
	buf_add_c(&b, ' ');
	buf_add_i64(&b, 0);
	assert_true(str_eq(buf_str(&b), STR("-9223372036854775808 0")));
	buf_release(&b);
}

static void buf_keeps_its_limit(void **state)
{
	(void)state;
	struct buf b;
	buf_init(&b, 300);
	for (int i = 0; i < 300; i++)
		buf_add_c(&b, 'x');
	assert_int_equal(b.err, ERR_OK);
	buf_add_c(&b, 'y');
	assert_int_equal(b.err, ERR_TOO_LARGE);
	assert_int_equal(b.n, 300);
	buf_clear(&b);
	buf_addf(&b, "%0300d", 7); /* exactly the limit, longer than the inner buffer */
	assert_int_equal(b.err, ERR_OK);
	assert_int_equal(b.n, 300);
	assert_int_equal(b.p[299], '7');
	buf_drop_front(&b, 299);
	assert_true(str_eq(buf_str(&b), STR("7")));
	assert_int_equal(buf_reserve(&b, SIZE_MAX), ERR_TOO_LARGE);
	buf_add_c(&b, 'z');
	assert_true(str_eq(buf_str(&b), STR("7")));
	buf_release(&b);
}

static void utf8_takes_only_what_is_valid(void **state)
{
	(void)state;
	static const struct { struct str s; bool valid; } cases[] = {
		{STR(""), true}, {STR("hello, мир €"), true}, {STR("\xf0\x9f\x94\x94"), true}, {STR("\xf4\x8f\xbf\xbf"), true},
		{STR("\xed\x9f\xbf\xee\x80\x80"), true}, {STR("\xc0\x80"), false}, {STR("\xc1\xbf"), false}, {STR("\xe0\x9f\xbf"), false},
		{STR("\xf0\x8f\xbf\xbf"), false}, {STR("\xed\xa0\x80"), false}, {STR("\xf4\x90\x80\x80"), false}, {STR("\xf5\x80\x80\x80"), false},
		{STR("\x80"), false}, {STR("\xd0"), false}, {STR("\xe2\x82"), false}, {STR("\xd0\x41"), false}, {STR("\xff"), false},
		{STR("abcdefghijklmno\xd0"), false}, {STR("abcdefgh\xd0\x96ijklmnop"), true},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct str s = cases[i].s;
		assert_int_equal(utf8_valid(s), cases[i].valid);
		uint32_t st = 0; /* byte by byte it is the same */
		for (size_t k = 0; k < s.n; k++)
			st = utf8_feed(st, (const unsigned char *)s.p + k, 1);
		assert_int_equal(st == 0, cases[i].valid);
	}
	assert_int_equal(utf8_feed(UTF8_BAD, (const unsigned char *)"a", 1), UTF8_BAD);
}

static void utf8_round_trip(void **state)
{
	(void)state;
	for (uint32_t c = 1; c <= 0x10ffff; c++) {
		char out[4];
		struct str s = str_n(out, utf8_put(c, out));
		bool surrogate = c >= 0xd800 && c <= 0xdfff;
		if (utf8_valid(s) == surrogate)
			fail_msg("U+%04X", c);
		size_t at = 0;
		if (!surrogate && (utf8_next(s, &at) != (int32_t)c || at != s.n || utf8_count(s) != 1 || utf8_next(s, &at) != -1))
			fail_msg("U+%04X", c);
		char folded[4];
		if (!surrogate) {
			size_t n = utf8_fold_name(s, folded), again;
			if (n > s.n || !utf8_valid(str_n(folded, n)))
				fail_msg("fold of U+%04X", c);
			char twice[4];
			again = utf8_fold_name(str_n(folded, n), twice);
			if (!str_eq(str_n(folded, n), str_n(twice, again)))
				fail_msg("fold of U+%04X is not stable", c);
		}
	}
}

static void names_fold(void **state)
{
	(void)state;
	char out[64];
	struct str s = STR("СЁМИН-Ёлкин Ґ Ә Zoë ÀÉ Ž");
	assert_true(str_eq(str_n(out, utf8_fold_name(s, out)), STR("семин-елкин ґ ә zoë àé ž")));
}

static void json_escapes(void **state)
{
	(void)state;
	struct buf b;
	buf_init(&b, 4096);
	struct json_writer w;
	json_writer_init(&w, &b);
	json_open_object(&w);
	json_key(&w, "a");
	json_open_array(&w);
	json_int(&w, -5);
	json_bool(&w, true);
	json_str(&w, STR("\"\\\b\f\n\r\t\x01\x7f/"));
	json_str(&w, STR("a\xe2\x80\xa8" "b\xe2\x80\xa9\xe2\x82\xac"));
	json_open_object(&w);
	json_close_object(&w);
	json_close_array(&w);
	json_key(&w, "b");
	json_raw(&w, STR("null"));
	json_key(&w, "c");
	json_str(&w, STR(""));
	json_close_object(&w);
	assert_true(str_eq(buf_str(&b),
		STR("{\"a\":[-5,true,\"\\\"\\\\\\b\\f\\n\\r\\t\\u0001\x7f/\",\"a\\u2028b\\u2029\xe2\x82\xac\",{}],\"b\":null,\"c\":\"\"}")));
	buf_release(&b);
}

static char logged[9000];
static size_t logged_n;
static int lines;
static void sink(enum log_level level, struct str line)
{
	(void)level;
	memcpy(logged, line.p, line.n);
	logged_n = line.n;
	lines++;
}

static int64_t fixed_wall(void) { return 1700000000123; }

static void log_lines(void **state)
{
	(void)state;
	clock_set_source(&(struct clock_source){.wall_ms = fixed_wall});
	log_set_sink(sink);
	LOG(LOG_LEVEL_DEBUG, "quiet");
	assert_int_equal(lines, 0);
	LOG(LOG_LEVEL_WARN, "some.event", LOG_FS("name", STR("7 \"Б\"")), LOG_FI("n", -3), LOG_FS("bad", STR("x\xff\n")));
	assert_true(str_eq(str_n(logged, logged_n),
		STR("{\"time\":\"2023-11-14T22:13:20.123Z\",\"level\":\"warn\",\"event\":\"some.event\",\"name\":\"7 \\\"Б\\\"\",\"n\":-3,\"bad\":\"x?\\n\"}")));
	LOG(LOG_LEVEL_ERROR, "bare");
	assert_int_equal(lines, 2);
	char long_text[2000];
	for (size_t i = 0; i < sizeof long_text; i += 2)
		memcpy(long_text + i, "ж", 2);
	LOG(LOG_LEVEL_ERROR, "long", LOG_FS("a", str_n(long_text, sizeof long_text)));
	assert_in_range(logged_n, 512, 700);
	assert_true(utf8_valid(str_n(logged, logged_n)));
	memset(long_text, 1, sizeof long_text); /* six bytes each when escaped */
	struct str s = str_n(long_text, sizeof long_text);
	LOG(LOG_LEVEL_ERROR, "longer", LOG_FS("a", s), LOG_FS("b", s), LOG_FS("c", s));
	assert_true(str_eq(str_n(logged + logged_n - 15, 15), STR("\"truncated\":1}")) || logged[logged_n - 1] == '}');
	assert_non_null(memmem(logged, logged_n, "truncated", 9));
	log_set_sink(NULL);
	clock_set_source(NULL);
}

static void errors_and_refusals(void **state)
{
	(void)state;
	for (int e = 0; e >= ERR_UNCERTAIN; e--)
		assert_string_not_equal(err_name((enum err)e), "unknown");
	assert_string_equal(err_name((enum err)-99), "unknown");
	struct refusal r = {.retry_after_s = 9};
	assert_int_equal(refuse(&r, 5, "name", NULL), ERR_REFUSED);
	assert_int_equal(r.code, 5);
	assert_string_equal(r.field, "name");
	assert_int_equal(r.retry_after_s, 0);
}

/* The last one is what CPython 3.11, whose hash of bytes is SipHash-1-3, gives with PYTHONHASHSEED=0 (a key of zeros). */
static void siphash_is_siphash(void **state)
{
	(void)state;
	unsigned char in[64];
	for (unsigned i = 0; i < 64; i++)
		in[i] = (unsigned char)i;
	const uint64_t k0 = 0x0706050403020100u, k1 = 0x0f0e0d0c0b0a0908u;
	assert_int_equal(siphash_1_3(k0, k1, in, 0), 0xabac0158050fc4dcu);
	assert_int_equal(siphash_1_3(k0, k1, in, 1), 0xc9f49bf37d57ca93u);
	assert_int_equal(siphash_1_3(k0, k1, in, 7), 0xd3927d989bb11140u);
	assert_int_equal(siphash_1_3(0, 0, "abcdefghij", 10), 0xf47c264806c40ff1u);
	assert_int_equal(siphash_seeded(in, 9), siphash_seeded(in, 9));
	assert_int_not_equal(siphash_seeded(in, 9), siphash_seeded(in, 10));
}

static uint64_t scripted[] = {3, UINT64_MAX, 5};
static size_t script_at;
static void scripted_fill(void *p, size_t n)
{
	assert_int_equal(n, 8);
	memcpy(p, &scripted[script_at++], 8);
}

static void time_and_randomness(void **state)
{
	(void)state;
	int64_t a = clock_mono_ns(), b = clock_mono_ns();
	assert_true(b >= a && clock_wall_ms() > 1600000000000);
	assert_int_not_equal(random_u64(), random_u64());
	int seen[7] = {0};
	for (int i = 0; i < 7000; i++)
		seen[random_below(7)]++;
	for (int i = 0; i < 7; i++)
		assert_in_range(seen[i], 800, 1200);
	clock_set_source(&(struct clock_source){.fill = scripted_fill});
	/* 2^64 mod 6 is 4: the value 3 is among those that would make small results likelier, and is drawn again */
	assert_int_equal(random_below(6), UINT64_MAX % 6);
	assert_int_equal(script_at, 2);
	clock_set_source(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(str_helpers),
		cmocka_unit_test(numbers),
		cmocka_unit_test(buf_keeps_its_limit),
		cmocka_unit_test(utf8_takes_only_what_is_valid),
		cmocka_unit_test(utf8_round_trip),
		cmocka_unit_test(names_fold),
		cmocka_unit_test(json_escapes),
		cmocka_unit_test(log_lines),
		cmocka_unit_test(errors_and_refusals),
		cmocka_unit_test(siphash_is_siphash),
		cmocka_unit_test(time_and_randomness),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
