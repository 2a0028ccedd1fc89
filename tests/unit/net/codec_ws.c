/* SPDX-License-Identifier: Apache-2.0
 *
 * WebSocket frames: the case groups of the public conformance suite that a reader by itself can show (framing, pings,
 * reserved bits, opcodes, fragments, UTF-8, closing, sizes), each in every kind of split.
 */
#include "codec_split.h"
#include "net/ws.h"
#include "base/mem.h"
#include "base/utf8.h"
#include <stdio.h>

/* --- making what a client sends */

static void add_frame(struct buf *b, unsigned first, const void *payload, size_t n)
{
	static const unsigned char mask[4] = {0x37, 0xfa, 0x21, 0x3d};
	unsigned char head[10];
	size_t size = ws_put_head(head, 0, n, false);
	head[0] = (unsigned char)first;
	head[1] |= 0x80;
	buf_add(b, head, size);
	buf_add(b, mask, 4);
	for (size_t i = 0; i < n; i++)
		buf_add_c(b, (char)(((const unsigned char *)payload)[i] ^ mask[i & 3]));
}

static void add_text(struct buf *b, unsigned first, const char *payload) { add_frame(b, first, payload, strlen(payload)); }

/* --- reading it: events as a line of text, so that rounds can be compared */

static enum err read_all(struct ws_reader *r, const struct buf *in, unsigned round, struct buf *log)
{
	uint64_t random = 0x9e3779b97f4a7c15u + round;
	struct buf kept;
	size_t at = 0;
	enum err e = ERR_AGAIN;
	buf_init(&kept, SIZE_MAX / 2);
	while (at < in->n && e == ERR_AGAIN) {
		size_t part = split_next(&random, round, in->n - at);
		buf_add(&kept, in->p + at, part);
		at += part;
		for (bool more = true; more && kept.n > 0;) {
			struct ws_event event;
			size_t used;
			unsigned char *exact = split_exact(kept.p, kept.n);
			e = ws_read(r, exact, kept.n, &used, &event);
			assert_true(used <= kept.n);
			if (e == ERR_OK) {
				buf_addf(log, "%d:%d:%zu:", event.op, event.op == WS_CLOSE ? event.close_code : 0, event.payload.n);
				buf_add(log, event.payload.p, event.payload.n < 80 ? event.payload.n : 80);
				buf_add_c(log, '\n');
			}
			free(exact);
			buf_drop_front(&kept, used);
			more = e == ERR_OK || (e == ERR_AGAIN && used > 0);
			if (e == ERR_OK)
				e = ERR_AGAIN;
		}
	}
	buf_release(&kept);
	return e;
}

static void expect_limited(const char *name, const struct buf *in, size_t limit, bool deflate, enum err e, const char *events)
{
	for (unsigned round = 0; round < (in->n > 100000 ? 1 : in->n > 5000 ? 4 : SPLIT_ROUNDS); round++) {
		struct ws_reader r;
		struct buf log;
		buf_init(&log, 1 << 20);
		ws_reader_init(&r, limit, deflate);
		enum err got = read_all(&r, in, round, &log);
		if (got != e)
			fail_msg("%s, round %u: %s, not %s", name, round, err_name(got), err_name(e));
		if (events && !str_eq(buf_str(&log), str_of(events)))
			fail_msg("%s, round %u: events %.*s, not %s", name, round, (int)log.n, log.p, events);
		ws_reader_release(&r);
		buf_release(&log);
	}
}

static void expect(const char *name, struct buf *in, enum err e, const char *events)
{
	expect_limited(name, in, WS_HEAD_MAX + 70000, false, e, events);
	buf_clear(in);
}

/* --- group 1: sizes of messages */

static void test_sizes(void **state)
{
	(void)state;
	struct buf b;
	static const size_t sizes[] = {0, 1, 124, 125, 126, 127, 128, 65535, 65536};
	static char data[65536];
	memset(data, '*', sizeof data);
	buf_init(&b, 1 << 20);
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
		for (unsigned op = WS_TEXT; op <= WS_BINARY; op++) {
			char line[128];
			snprintf(line, sizeof line, "%u:0:%zu:%.*s\n", op, sizes[i], (int)(sizes[i] < 80 ? sizes[i] : 80), data);
			add_frame(&b, 0x80 | op, data, sizes[i]);
			expect("size", &b, ERR_AGAIN, line);
		}
	buf_release(&b);
}

/* --- groups 2 to 4: pings, reserved bits, reserved opcodes */

static void test_control_and_reserved(void **state)
{
	(void)state;
	struct buf b;
	char long_ping[126];
	memset(long_ping, 'p', sizeof long_ping);
	buf_init(&b, 1 << 20);
	add_text(&b, 0x89, "");
	expect("empty ping", &b, ERR_AGAIN, "9:0:0:\n");
	add_frame(&b, 0x89, "\0\xff\xfe", 3);
	for (unsigned i = 0; i < 10; i++)
		add_text(&b, 0x8a, "x");
	expect("binary ping and pongs", &b, ERR_AGAIN, NULL);
	add_frame(&b, 0x89, long_ping, 125);
	expect("ping of 125", &b, ERR_AGAIN, NULL);
	add_frame(&b, 0x89, long_ping, 126);
	expect("ping of 126", &b, ERR_MALFORMED, "");
	add_text(&b, 0x09, "x");
	expect("ping in fragments", &b, ERR_MALFORMED, "");
	for (unsigned rsv = 1; rsv < 8; rsv++)
		for (unsigned op = 0; op < 16; op++) {
			add_text(&b, 0x81, "before");
			add_text(&b, 0x80 | rsv << 4 | op, "x");
			expect("reserved bit", &b, ERR_MALFORMED, "1:0:6:before\n");
		}
	static const unsigned reserved[] = {3, 4, 5, 6, 7, 11, 12, 13, 14, 15};
	for (size_t i = 0; i < sizeof reserved / sizeof *reserved; i++)
		for (unsigned fin = 0; fin < 2; fin++) {
			add_text(&b, fin << 7 | reserved[i], "");
			add_text(&b, 0x81, "never");
			expect("reserved opcode", &b, ERR_MALFORMED, "");
		}
	/* RSV1 where compression was agreed: on the first frame of a message only */
	add_text(&b, 0x01, "a");
	add_text(&b, 0xc0, "b");
	expect_limited("RSV1 on a continuation", &b, 1000, true, ERR_MALFORMED, "");
	buf_clear(&b);
	add_text(&b, 0xc9, "b");
	expect_limited("RSV1 on a ping", &b, 1000, true, ERR_MALFORMED, "");
	buf_release(&b);
}

/* --- group 5: fragments */

static void test_fragments(void **state)
{
	(void)state;
	struct buf b;
	buf_init(&b, 1 << 20);
	add_text(&b, 0x01, "a"), add_text(&b, 0x80, "b");
	expect("two", &b, ERR_AGAIN, "1:0:2:ab\n");
	add_text(&b, 0x02, "a"), add_text(&b, 0x00, ""), add_text(&b, 0x00, "b"), add_text(&b, 0x80, "");
	expect("four with empty ones", &b, ERR_AGAIN, "2:0:2:ab\n");
	add_text(&b, 0x01, ""), add_text(&b, 0x80, "");
	expect("empty ones only", &b, ERR_AGAIN, "1:0:0:\n");
	add_text(&b, 0x01, "a"), add_text(&b, 0x89, "p"), add_text(&b, 0x80, "b"), add_text(&b, 0x81, "c");
	expect("a ping between", &b, ERR_AGAIN, "9:0:1:p\n1:0:2:ab\n1:0:1:c\n");
	add_text(&b, 0x80, "x");
	expect("continues nothing", &b, ERR_MALFORMED, "");
	add_text(&b, 0x00, "x");
	expect("continues nothing, not last", &b, ERR_MALFORMED, "");
	add_text(&b, 0x81, "a"), add_text(&b, 0x80, "b");
	expect("continues what has ended", &b, ERR_MALFORMED, "1:0:1:a\n");
	add_text(&b, 0x01, "a"), add_text(&b, 0x81, "b");
	expect("text in text", &b, ERR_MALFORMED, "");
	add_text(&b, 0x01, "a"), add_text(&b, 0x02, "b");
	expect("binary in text", &b, ERR_MALFORMED, "");
	add_text(&b, 0x01, "a"), add_text(&b, 0x88, "");
	expect("close in text", &b, ERR_AGAIN, "8:1005:0:\n");
	buf_release(&b);
}

/* --- group 6: UTF-8 */

static void test_utf8(void **state)
{
	(void)state;
	static const struct { const char *text; bool valid; } cases[] = {
		{"Hello-\xc2\xb5@\xc3\x9f\xc3\xb6\xc3\xa4\xc3\xbc\xc3\xa0\xc3\xa1-UTF-8!!", true},
		{"\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce\xb5", true}, {"\xf4\x8f\xbf\xbf", true}, {"\xef\xbf\xbf", true}, {"\xee\x80\x80", true},
		{"\xed\x9f\xbf", true}, {"\xf0\x90\x80\x80", true}, {"\xc2\x80", true}, {"\xe0\xa0\x80", true}, {"\x7f", true},
		{"\xf4\x90\x80\x80", false}, {"\xf8\x88\x80\x80\x80", false}, {"\xfc\x84\x80\x80\x80\x80", false}, {"\x80", false}, {"\xbf", false},
		{"\xc2", false}, {"\xe1\xbd", false}, {"\xf0\x90\x80", false}, {"\xc0\x80", false}, {"\xc0\xaf", false}, {"\xc1\xbf", false},
		{"\xe0\x80\xaf", false}, {"\xe0\x9f\xbf", false}, {"\xf0\x8f\xbf\xbf", false}, {"\xed\xa0\x80", false}, {"\xed\xbf\xbf", false},
		{"\xfe", false}, {"\xff", false}, {"a\xc2" "b", false}, {"\xed\xa0\x80\xed\xb0\x80", false}, {"\xf5\x80\x80\x80", false}};
	struct buf b;
	buf_init(&b, 1 << 20);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		enum err e = cases[i].valid ? ERR_AGAIN : ERR_REFUSED;
		size_t n = strlen(cases[i].text);
		add_text(&b, 0x81, cases[i].text);
		expect(cases[i].text, &b, e, NULL);
		for (size_t k = 0; k <= n; k++) { /* cut anywhere by fragments, also within a character */
			add_frame(&b, 0x01, cases[i].text, k);
			add_text(&b, 0x89, "between");
			add_frame(&b, 0x80, cases[i].text + k, n - k);
			expect(cases[i].text, &b, e, NULL);
		}
		add_text(&b, 0x82, cases[i].text);
		expect("binary may be anything", &b, ERR_AGAIN, NULL);
	}
	/* fail fast: the bad fragment is enough, the last one has not come */
	add_text(&b, 0x01, "\xce\xba"), add_text(&b, 0x00, "\xf4\x90");
	expect("bad in the middle", &b, ERR_REFUSED, "");
	add_text(&b, 0x01, "\xce\xba"), add_text(&b, 0x00, "\xf4");
	expect("not yet bad", &b, ERR_AGAIN, "");
	buf_release(&b);
}

/* --- group 7: closing */

static void test_close(void **state)
{
	(void)state;
	struct buf b;
	char reason[126] = {0x03, (char)0xe8};
	memset(reason + 2, 'r', sizeof reason - 2);
	buf_init(&b, 1 << 20);
	add_text(&b, 0x88, "");
	add_text(&b, 0x81, "behind"), add_text(&b, 0x0f, "behind, and wrong");
	expect("empty", &b, ERR_AGAIN, "8:1005:0:\n");
	add_frame(&b, 0x88, "\x03", 1);
	expect("half a code", &b, ERR_MALFORMED, "");
	add_frame(&b, 0x88, "\x03\xe8", 2);
	expect("code", &b, ERR_AGAIN, "8:1000:0:\n");
	add_frame(&b, 0x88, "\x03\xe8hello", 7);
	expect("reason", &b, ERR_AGAIN, "8:1000:5:hello\n");
	add_frame(&b, 0x88, reason, 125);
	expect("longest reason", &b, ERR_AGAIN, NULL);
	add_frame(&b, 0x88, reason, 126);
	expect("too long", &b, ERR_MALFORMED, "");
	add_frame(&b, 0x88, "\x03\xe8\xce\xba\xed\xa0\x80", 7);
	expect("reason not UTF-8", &b, ERR_REFUSED, "");
	for (unsigned code = 0; code < 65536; code += code < 5100 ? 1 : 577) {
		unsigned char two[2] = {(unsigned char)(code >> 8), (unsigned char)code};
		bool valid = (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) || (code >= 3000 && code <= 4999);
		struct ws_reader r;
		struct ws_event event;
		size_t used;
		ws_reader_init(&r, 100, false);
		add_frame(&b, 0x88, two, 2);
		assert_int_equal(ws_read(&r, (unsigned char *)b.p, b.n, &used, &event), valid ? ERR_OK : ERR_MALFORMED);
		ws_reader_release(&r);
		buf_clear(&b);
	}
	buf_release(&b);
}

/* --- group 9 and RFC 6455 5.1, 5.2: masks, lengths, limits */

static void test_lengths(void **state)
{
	(void)state;
	struct buf b;
	buf_init(&b, 1 << 20);
	buf_add(&b, "\x81\x05hello", 7);
	expect("unmasked", &b, ERR_MALFORMED, "");
	buf_add(&b, "\x81\xfe\x00\x7d", 4);
	expect("125 in two bytes", &b, ERR_MALFORMED, "");
	buf_add(&b, "\x81\xff\x00\x00\x00\x00\x00\x00\xff\xff", 10);
	expect("65535 in eight bytes", &b, ERR_MALFORMED, "");
	buf_add(&b, "\x81\xff\x80\x00\x00\x00\x00\x00\x00\x00", 10);
	expect("highest bit", &b, ERR_MALFORMED, "");
	buf_add(&b, "\x81\xff\x7f\xff\xff\xff\xff\xff\xff\xff", 10);
	expect("huge frame, head only", &b, ERR_TOO_LARGE, "");
	buf_add(&b, "\x81\xff\x00\x00\x00\x00\x00\x10\x00\x00", 10);
	expect("a megabyte, head only", &b, ERR_TOO_LARGE, "");
	buf_add(&b, "\x88\xfe\x00\x7e", 4);
	expect("long close, head only", &b, ERR_MALFORMED, "");

	static char big[4 << 20];
	struct buf large;
	memset(big, 'b', sizeof big);
	buf_init(&large, 8 << 20);
	for (size_t n = 65536; n <= sizeof big; n *= 4) {
		add_frame(&large, 0x81, big, n);
		expect_limited("large", &large, sizeof big, false, ERR_AGAIN, NULL);
		buf_clear(&large);
	}
	for (size_t i = 0; i < 64; i++)
		add_frame(&large, i == 0 ? 0x01 : i == 63 ? 0x80 : 0x00, big, 1024);
	expect_limited("exactly the limit, in fragments", &large, 65536, false, ERR_AGAIN, NULL);
	expect_limited("one byte beyond the limit", &large, 65535, false, ERR_TOO_LARGE, "");
	buf_release(&large);
	buf_release(&b);
}

static void test_memory(void **state)
{
	(void)state;
	struct buf b;
	buf_init(&b, 1 << 20);
	add_text(&b, 0x01, "fragment"), add_text(&b, 0x80, " and the rest of it, which makes the buffer grow once more, beyond its first size");
	for (uint64_t n = 1;; n++) {
		struct ws_reader r;
		struct ws_event event;
		size_t used, at = 0;
		unsigned char *p = split_exact(b.p, b.n);
		ws_reader_init(&r, 1000, false);
		mem_fail_at(n, true);
		enum err e = ERR_AGAIN;
		while (e == ERR_AGAIN && at < b.n) {
			e = ws_read(&r, p + at, b.n - at, &used, &event);
			at += used;
		}
		mem_fail_at(0, false);
		ws_reader_release(&r);
		free(p);
		if (e == ERR_OK) {
			assert_true(n > 2);
			break;
		}
		assert_int_equal(e, ERR_NOMEM);
	}
	buf_release(&b);
}

/* --- what the server sends */

static void test_writing(void **state)
{
	(void)state;
	char accept[29], z[130];
	struct bytes *b;
	assert_int_equal(ws_accept_key(STR("dGhlIHNhbXBsZSBub25jZQ=="), accept), ERR_OK); /* RFC 6455 1.3 */
	assert_string_equal(accept, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
	static const char *const bad[] = {"", "dGhlIHNhbXBsZSBub25jZQ=", "dGhlIHNhbXBsZSBub25jZQ===", "dGhlIHNhbXBsZSBub25jZR==",
		"dGhlIHNhbXBsZSBub25jZQa=", "dGhlIHNhbXBsZSBub25jZ===", "dGhl HNhbXBsZSBub25jZQ=="};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_int_equal(ws_accept_key(str_of(bad[i]), accept), ERR_MALFORMED);

	static const uint64_t sizes[] = {0, 125, 126, 65535, 65536, 1ull << 40};
	static const size_t heads[] = {2, 2, 4, 4, 10, 10};
	for (size_t i = 0; i < 6; i++) {
		unsigned char head[10];
		assert_int_equal(ws_head_size(sizes[i]), heads[i]);
		assert_int_equal(ws_put_head(head, WS_TEXT, sizes[i], i & 1), heads[i]);
		assert_int_equal(head[0], i & 1 ? 0xc1 : 0x81);
	}
	b = ws_frame(WS_TEXT, STR("Hello")); /* RFC 6455 5.7 */
	assert_true(str_eq(bytes_str(b), STR("\x81\x05Hello")));
	bytes_unref(&b);
	b = ws_close_frame(1001, STR("bye"));
	assert_true(str_eq(bytes_str(b), STR("\x88\x05\x03\xe9" "bye")));
	bytes_unref(&b);
	b = ws_close_frame(1005, STR("never sent"));
	assert_true(str_eq(bytes_str(b), STR("\x88\x00")));
	bytes_unref(&b);
	for (size_t lead = 0; lead < 4; lead++) { /* a long reason is cut between characters */
		memset(z, 'z', lead);
		for (size_t i = lead; i + 3 <= sizeof z; i += 3)
			memcpy(z + i, "\xe2\x82\xac", 3);
		b = ws_close_frame(1000, str_n(z, lead + (sizeof z - lead) / 3 * 3));
		assert_true(b->n <= 127 && b->n > 122);
		assert_true(utf8_valid(str_n(b->p + 4, b->n - 4)));
		bytes_unref(&b);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_control_and_reserved),
		cmocka_unit_test(test_fragments),
		cmocka_unit_test(test_utf8),
		cmocka_unit_test(test_close),
		cmocka_unit_test(test_lengths),
		cmocka_unit_test(test_memory),
		cmocka_unit_test(test_writing),
	};
	return cmocka_run_group_tests_name("codec_ws", tests, NULL, NULL);
}
