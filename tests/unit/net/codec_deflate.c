/* SPDX-License-Identifier: Apache-2.0
 *
 * permessage-deflate: negotiation, the examples of RFC 7692, sizes, broken data, bombs, and what we compress ourselves
 * read back (the compression groups of the public conformance suite, as far as a reader can show them).
 */
#include "codec_split.h"
#include "net/ws.h"
#include "base/mem.h"
#include <stdio.h>
#include <zlib.h>

static void add_frame(struct buf *b, unsigned first, const void *payload, size_t n)
{
	unsigned char head[10];
	size_t size = ws_put_head(head, 0, n, false);
	head[0] = (unsigned char)first;
	head[1] |= 0x80;
	buf_add(b, head, size);
	buf_add(b, "\0\0\0\0", 4); /* a mask that changes nothing */
	buf_add(b, payload, n);
}

/* One message read; its payload, copied. */
static enum err read_message(struct buf *frames, size_t limit, struct buf *payload)
{
	struct ws_reader r;
	struct ws_event event;
	size_t at = 0, used;
	enum err e = ERR_AGAIN;
	unsigned char *exact = split_exact(frames->p, frames->n);
	ws_reader_init(&r, limit, true);
	while (e == ERR_AGAIN && at < frames->n) {
		e = ws_read(&r, exact + at, frames->n - at, &used, &event);
		assert_true(e != ERR_AGAIN || used > 0);
		at += used;
	}
	buf_clear(payload);
	if (e == ERR_OK)
		buf_add_str(payload, event.payload);
	ws_reader_release(&r);
	free(exact);
	return e;
}

static void test_negotiate(void **state)
{
	(void)state;
#define TAKEN "permessage-deflate; server_no_context_takeover; client_no_context_takeover"
	static const struct { const char *offer, *answer; } cases[] = {
		{"permessage-deflate", TAKEN},
		{"permessage-deflate; client_max_window_bits", TAKEN},
		{"Permessage-Deflate;client_max_window_bits=10", TAKEN},
		{"permessage-deflate; client_max_window_bits=\"15\"; server_no_context_takeover", TAKEN},
		{"permessage-deflate; server_max_window_bits=15", TAKEN "; server_max_window_bits=15"},
		{"permessage-deflate; server_max_window_bits=10", ""},
		{"permessage-deflate; server_max_window_bits=10, permessage-deflate", TAKEN},
		{"x-webkit-deflate-frame, permessage-deflate; client_max_window_bits", TAKEN},
		{"permessage-deflate; server_max_window_bits", ""},
		{"permessage-deflate; server_max_window_bits=", ""},
		{"permessage-deflate; server_max_window_bits=16", ""},
		{"permessage-deflate; client_max_window_bits=7", ""},
		{"permessage-deflate; client_max_window_bits=08", ""},
		{"permessage-deflate; client_max_window_bits=-9", ""},
		{"permessage-deflate; client_max_window_bits=", ""},
		{"permessage-deflate; client_no_context_takeover=1", ""},
		{"permessage-deflate; client_no_context_takeover; client_no_context_takeover", ""},
		{"permessage-deflate; unknown", ""},
		{"permessage-deflate; =", ""},
		{"permessage-deflated", ""},
		{"", ""}, {",", ""}, {";", ""},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		size_t n = strlen(cases[i].offer);
		unsigned char *exact = split_exact(cases[i].offer, n);
		struct str answer = ws_deflate_negotiate(str_n(exact, n));
		if (!str_eq(answer, str_of(cases[i].answer)))
			fail_msg("%s: %.*s", cases[i].offer, (int)answer.n, answer.p);
		free(exact);
	}
}

static void test_examples(void **state)
{
	(void)state;
	static const struct { const char *name, *bytes; size_t n; enum err e; const char *text; } cases[] = {
		{"7.2.3.1 one block", "\xf2\x48\xcd\xc9\xc9\x07\x00", 7, ERR_OK, "Hello"},
		{"7.2.3.3 no compression", "\x00\x05\x00\xfa\xff\x48\x65\x6c\x6c\x6f\x00", 11, ERR_OK, "Hello"},
		{"7.2.3.4 a last block", "\xf3\x48\xcd\xc9\xc9\x07\x00\x00", 8, ERR_OK, "Hello"},
		{"7.2.3.5 two blocks", "\xf2\x48\x05\x00\x00\x00\xff\xff\xca\xc9\xc9\x07\x00", 13, ERR_OK, "Hello"},
		{"7.2.3.6 empty", "\x00", 1, ERR_OK, ""},
		{"no bytes at all, not even the 00 of 7.2.3.6", "", 0, ERR_MALFORMED, NULL},
		{"a last block and nothing behind", "\xf3\x48\xcd\xc9\xc9\x07\x00", 7, ERR_OK, "Hello"},
		{"cut within a block", "\xf2\x48\xcd", 3, ERR_MALFORMED, NULL},
		{"reserved block type", "\xff", 1, ERR_MALFORMED, NULL},
		{"distance beyond the window", "\x02\x53\x00\x00", 4, ERR_MALFORMED, NULL},
		{"stored length without its complement", "\x00\x05\x00\x05\x00hello", 10, ERR_MALFORMED, NULL},
	};
	struct buf b, payload;
	buf_init(&b, 1 << 20);
	buf_init(&payload, 1 << 20);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		add_frame(&b, 0xc1, cases[i].bytes, cases[i].n);
		enum err e = read_message(&b, 1000, &payload);
		if (e != cases[i].e || (!e && !str_eq(buf_str(&payload), str_of(cases[i].text))))
			fail_msg("%s: %s, %.*s", cases[i].name, err_name(e), (int)payload.n, payload.p);
		buf_clear(&b);
		for (size_t k = 0; k <= cases[i].n; k++) { /* in two fragments, anywhere */
			add_frame(&b, 0x41, cases[i].bytes, k);
			add_frame(&b, 0x80, cases[i].bytes + k, cases[i].n - k);
			assert_int_equal(read_message(&b, 1000, &payload), cases[i].e);
			buf_clear(&b);
		}
	}
	buf_release(&b);
	buf_release(&payload);
}

/* What we compress is what a client would: read it back as if one had sent it. */
static void round_trip(const char *data, size_t n, bool smaller)
{
	struct buf b, payload;
	struct bytes *frame = ws_frame_deflated(WS_TEXT, str_n(data, n));
	if (!frame) {
		assert_false(smaller);
		return;
	}
	struct bytes *plain = ws_frame(WS_TEXT, str_n(data, n));
	assert_true(frame->n <= plain->n);
	buf_init(&b, 8 << 20);
	buf_init(&payload, 8 << 20);
	assert_int_equal(frame->p[0], 0xc1);
	size_t head = (frame->p[1] & 0x7f) < 126 ? 2 : (frame->p[1] & 0x7f) == 126 ? 4 : 10;
	add_frame(&b, 0xc1, frame->p + head, frame->n - head);
	assert_int_equal(read_message(&b, n, &payload), ERR_OK);
	assert_true(str_eq(buf_str(&payload), str_n(data, n)));
	if (n > 0) /* the limit counts what comes out */
		assert_int_equal(read_message(&b, n - 1, &payload), ERR_TOO_LARGE);
	buf_release(&b);
	buf_release(&payload);
	bytes_unref(&plain);
	bytes_unref(&frame);
}

static void test_round_trip(void **state)
{
	(void)state;
	static char data[4 << 20];
	uint64_t random = 88172645463325252u;
	for (size_t i = 0; i < sizeof data; i++)
		data[i] = (char)("{\"text\":1234567890, school}"[split_random(&random) % 26]);
	round_trip("", 0, false);
	round_trip("a", 1, false);
	for (size_t n = 16; n <= sizeof data; n *= 4)
		round_trip(data, n, n >= 1024);
	memset(data, ' ', sizeof data);
	round_trip(data, sizeof data, true);
	for (size_t i = 0; i < 65536; i++)
		data[i] = (char)(split_random(&random) & 0x7f); /* hardly compressible */
	for (size_t n = 1; n < 65536; n = n * 2 + 1)
		round_trip(data, n, false);
	/* incompressible: no frame, and no room overrun */
	for (size_t i = 0; i < 65536; i++)
		data[i] = (char)split_random(&random);
	assert_null(ws_frame_deflated(WS_BINARY, str_n(data, 65536)));
}

static void test_bomb(void **state)
{
	(void)state;
	static unsigned char bomb[16384];
	static char zeros[65536];
	struct buf b, payload;
	z_stream z = {0};
	assert_int_equal(deflateInit2(&z, 9, Z_DEFLATED, -15, 9, Z_DEFAULT_STRATEGY), Z_OK);
	z.next_out = bomb;
	z.avail_out = sizeof bomb;
	for (int i = 0; i < 160; i++) { /* 10 MB of zeros in some 10 KB */
		z.next_in = (unsigned char *)zeros;
		z.avail_in = sizeof zeros;
		assert_int_equal(deflate(&z, i == 159 ? Z_SYNC_FLUSH : Z_NO_FLUSH), Z_OK);
	}
	size_t n = sizeof bomb - z.avail_out;
	deflateEnd(&z);
	buf_init(&b, 1 << 20);
	buf_init(&payload, 1 << 20);
	add_frame(&b, 0xc1, bomb, n - 4);
	mem_fail_at(0, false);
	uint64_t before = mem_count();
	assert_int_equal(read_message(&b, 65536, &payload), ERR_TOO_LARGE);
	assert_true(mem_count() - before < 20); /* it stopped; memory did not follow the bomb */
	/* a chain of last blocks, each almost nothing: bounded by its own size */
	buf_clear(&b);
	struct buf chain;
	buf_init(&chain, 1 << 20);
	for (int i = 0; i < 16384; i++)
		buf_add(&chain, "\x03\x00", 2);
	add_frame(&b, 0xc2, chain.p, chain.n);
	assert_int_equal(read_message(&b, 65536, &payload), ERR_OK);
	assert_int_equal(payload.n, 0);
	buf_release(&chain);
	buf_release(&b);
	buf_release(&payload);
}

static void test_text_is_utf8(void **state)
{
	(void)state;
	struct buf b, payload;
	buf_init(&b, 1 << 20);
	buf_init(&payload, 1 << 20);
	add_frame(&b, 0xc1, "\x00\x02\x00\xfd\xff\xc3\x28\x00", 8);
	assert_int_equal(read_message(&b, 1000, &payload), ERR_REFUSED);
	buf_clear(&b);
	add_frame(&b, 0xc2, "\x00\x02\x00\xfd\xff\xc3\x28\x00", 8);
	assert_int_equal(read_message(&b, 1000, &payload), ERR_OK);
	buf_release(&b);
	buf_release(&payload);
}

static void test_memory(void **state)
{
	(void)state;
	char text[3000];
	struct buf b, payload;
	buf_init(&b, 1 << 20);
	buf_init(&payload, 1 << 20);
	memset(text, 'm', sizeof text);
	struct bytes *frame = NULL;
	uint64_t n = 0;
	while (!frame) { /* without memory: no compressed frame, and the caller sends the plain one */
		assert_true(++n < 50);
		mem_fail_at(n, true);
		frame = ws_frame_deflated(WS_TEXT, str_n(text, sizeof text));
		mem_fail_at(0, false);
	}
	assert_true(n > 2);
	add_frame(&b, 0xc1, frame->p + 2, frame->n - 2);
	bytes_unref(&frame);
	enum err e = ERR_NOMEM;
	for (n = 1; e == ERR_NOMEM; n++) {
		struct ws_reader r;
		struct ws_event event;
		size_t used;
		unsigned char *p = split_exact(b.p, b.n);
		ws_reader_init(&r, 3000, true);
		mem_fail_at(n, true);
		e = ws_read(&r, p, b.n, &used, &event);
		mem_fail_at(0, false);
		ws_reader_release(&r);
		free(p);
	}
	assert_int_equal(e, ERR_OK);
	buf_release(&b);
	buf_release(&payload);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_memory), /* first: the streams of the thread do not exist yet */
		cmocka_unit_test(test_negotiate),
		cmocka_unit_test(test_examples),
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_bomb),
		cmocka_unit_test(test_text_is_utf8),
	};
	return cmocka_run_group_tests_name("codec_deflate", tests, NULL, NULL);
}
