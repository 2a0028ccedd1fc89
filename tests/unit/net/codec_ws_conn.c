/* SPDX-License-Identifier: Apache-2.0
 *
 * WebSocket on a connection, without a socket: the upgrade, messages in every split, pings and silence, limits, the end.
 */
#include "codec_split.h"
#include "fake_conn.h"
#include "net/http_server.h"
#include "net/ws.h"
#include "base/mem.h"
#include <malloc.h>
#include <stdio.h>

#define KEY "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
#define UPGRADE "Connection: Upgrade\r\nUpgrade: websocket\r\n"
#define GET "GET /ws HTTP/1.1\r\nHost: a\r\n"

struct side { /* the server's application and the client, both ends of one connection */
	struct http_app http;
	struct loop *loop;
	struct conn *c;
	struct ws_conn *w;
	struct http_request *pending;
	enum err result;
	size_t texts, pongs, overflows, closes;
	bool deflate, later, shut_on_text, echo;
	struct buf log;
};

static struct side *side_of(struct ws_conn *w) { return ws_user(w); }

static void on_text(struct ws_conn *w, struct str text)
{
	struct side *s = side_of(w);
	s->texts++;
	buf_add_str(&s->log, text);
	buf_add_c(&s->log, '|');
	if (s->echo)
		ws_send_text(w, text);
	if (s->shut_on_text)
		ws_shut(w, 4001, STR("enough"));
}

static void on_pong(struct ws_conn *w) { side_of(w)->pongs++; }
static void on_overflow(struct ws_conn *w) { side_of(w)->overflows++; }

static void on_close(struct ws_conn *w)
{
	side_of(w)->closes++;
	side_of(w)->w = NULL;
}

static const struct ws_handler handler = {.on_text = on_text, .on_pong = on_pong, .on_overflow = on_overflow, .on_close = on_close};

static size_t body_limit(void *user, const struct http_head *h)
{
	(void)user;
	(void)h;
	return 0;
}

static void on_request(void *user, struct http_request *r)
{
	struct side *s = user;
	if (s->later)
		s->pending = r;
	else
		s->result = ws_upgrade(r, &handler, s, s->deflate, &s->w);
}

static void on_abort(void *user, struct http_request *r)
{
	(void)r;
	((struct side *)user)->pending = NULL;
}

static void side_begin(struct side *s)
{
	*s = (struct side){.result = ERR_AGAIN};
	s->http = (struct http_app){.user = s, .body_limit = body_limit, .on_request = on_request, .on_abort = on_abort};
	s->loop = fake_loop_new();
	s->c = fake_conn_new(s->loop);
	buf_init(&s->log, 1 << 20);
	http_serve(s->c, &s->http);
}

static void side_end(struct side *s)
{
	bool open = s->w != NULL;
	size_t closes = s->closes;
	fake_conn_free(s->c);
	assert_int_equal(s->closes, closes + (open ? 1 : 0));
	fake_loop_free(s->loop);
	buf_release(&s->log);
}

static void give(struct side *s, const char *text) { fake_conn_give(s->c, text, strlen(text)); }

static void side_open(struct side *s)
{
	side_begin(s);
	give(s, GET UPGRADE KEY "Sec-WebSocket-Version: 13\r\n\r\n");
	assert_non_null(s->w);
	fake_conn_forget(s->c);
}

static void add_frame(struct buf *b, unsigned first, const void *payload, size_t n)
{
	unsigned char head[10];
	size_t size = ws_put_head(head, 0, n, false);
	head[0] = (unsigned char)first;
	head[1] |= 0x80;
	buf_add(b, head, size);
	buf_add(b, "mask", 4);
	for (size_t i = 0; i < n; i++)
		buf_add_c(b, (char)(((const char *)payload)[i] ^ "mask"[i & 3]));
}

static void give_frame(struct side *s, unsigned first, const char *text)
{
	struct buf b;
	buf_init(&b, 1 << 20);
	add_frame(&b, first, text, strlen(text));
	fake_conn_give(s->c, b.p, b.n);
	buf_release(&b);
}

static uint64_t cut_count(enum net_cut why)
{
	struct net_stats s;
	net_stats_read(&s);
	const uint64_t counts[] = {s.cut_slow, s.cut_large, s.cut_malformed, s.cut_overflow, s.cut_idle};
	return counts[why];
}

static void expect_close_frame(struct side *s, unsigned code)
{
	struct str sent = fake_conn_sent(s->c);
	if (sent.n < 4 || (unsigned char)sent.p[0] != 0x88 || ((unsigned char)sent.p[2] << 8 | (unsigned char)sent.p[3]) != (int)code)
		fail_msg("expected a close frame %u, sent %zu bytes", code, sent.n);
	assert_true(fake_conn_closed(s->c));
	assert_int_equal(s->closes, 1);
}

static void test_upgrade(void **state)
{
	(void)state;
	static const struct { const char *text; int status; } cases[] = {
		{GET UPGRADE KEY "Sec-WebSocket-Version: 13\r\n\r\n", 101},
		{GET UPGRADE KEY "Sec-WebSocket-Version: 8\r\n\r\n", 426},
		{GET UPGRADE KEY "\r\n", 426},
		{GET UPGRADE KEY "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Version: 13\r\n\r\n", 426},
		{GET UPGRADE "Sec-WebSocket-Version: 13\r\n\r\n", 400},
		{GET UPGRADE KEY KEY "Sec-WebSocket-Version: 13\r\n\r\n", 400},
		{GET UPGRADE "Sec-WebSocket-Key: short\r\nSec-WebSocket-Version: 13\r\n\r\n", 400},
		{GET KEY "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\r\n", 400},
		{GET KEY "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n\r\n", 400},
		{"POST /ws HTTP/1.1\r\nHost: a\r\n" UPGRADE KEY "Sec-WebSocket-Version: 13\r\n\r\n", 400},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		for (int later = 0; later < 2; later++) {
			struct side s;
			char start[32];
			side_begin(&s);
			s.later = later;
			give(&s, cases[i].text);
			if (later) {
				s.result = ws_upgrade(s.pending, &handler, &s, false, &s.w);
				fake_conn_turn(s.c);
			}
			snprintf(start, sizeof start, "HTTP/1.1 %d ", cases[i].status);
			struct str sent = fake_conn_sent(s.c);
			if (!str_starts(sent, str_of(start)))
				fail_msg("case %zu: %.*s", i, (int)sent.n, sent.p);
			assert_int_equal(s.result, cases[i].status == 101 ? ERR_OK : ERR_MALFORMED);
			if (cases[i].status == 101) {
				assert_non_null(memmem(sent.p, sent.n, "\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n", 54));
				assert_null(memmem(sent.p, sent.n, "Extensions", 10));
				give_frame(&s, 0x81, "first");
				assert_int_equal(s.texts, 1);
			}
			side_end(&s);
		}
	struct side s; /* bytes behind the request, before the 101: a client may not */
	side_begin(&s);
	s.later = true;
	give(&s, GET UPGRADE KEY "Sec-WebSocket-Version: 13\r\n\r\nxx");
	assert_int_equal(ws_upgrade(s.pending, &handler, &s, false, &s.w), ERR_MALFORMED);
	fake_conn_turn(s.c);
	side_end(&s);
	side_begin(&s); /* no memory */
	s.later = true;
	give(&s, GET UPGRADE KEY "Sec-WebSocket-Version: 13\r\n\r\n");
	mem_fail_at(1, false);
	assert_int_equal(ws_upgrade(s.pending, &handler, &s, false, &s.w), ERR_NOMEM);
	mem_fail_at(0, false);
	side_end(&s);
}

static void test_deflate(void **state)
{
	(void)state;
	struct side s;
	side_begin(&s);
	s.deflate = s.echo = true;
	give(&s, GET UPGRADE KEY "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Extensions: x\r\n"
		"Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n\r\n");
	struct str sent = fake_conn_sent(s.c);
	assert_non_null(memmem(sent.p, sent.n, "Sec-WebSocket-Extensions: permessage-deflate; server_no", 55));
	assert_true(ws_deflates(s.w));
	fake_conn_forget(s.c);
	struct buf b;
	buf_init(&b, 1 << 20);
	add_frame(&b, 0xc1, "\xf2\x48\xcd\xc9\xc9\x07\x00", 7);
	fake_conn_give(s.c, b.p, b.n);
	assert_true(str_eq(buf_str(&s.log), STR("Hello|")));
	assert_true(str_eq(fake_conn_sent(s.c), STR("\x81\x05Hello"))); /* too short to compress */
	fake_conn_forget(s.c);
	char text[1024];
	memset(text, 't', sizeof text);
	ws_send_text(s.w, str_n(text, sizeof text));
	fake_conn_turn(s.c);
	assert_int_equal((unsigned char)fake_conn_sent(s.c).p[0], 0xc1);
	assert_true(fake_conn_sent(s.c).n < 100);
	buf_release(&b);
	side_end(&s);
}

static void test_splits(void **state)
{
	(void)state;
	struct buf b;
	static char big[WS_MESSAGE_MAX];
	memset(big, 'B', sizeof big);
	buf_init(&b, 1 << 20);
	add_frame(&b, 0x81, "one", 3);
	add_frame(&b, 0x01, "tw", 2);
	add_frame(&b, 0x89, "ping", 4);
	add_frame(&b, 0x80, "o", 1);
	add_frame(&b, 0x8a, "", 0);
	add_frame(&b, 0x81, big, sizeof big);
	add_frame(&b, 0x81, "three", 5);
	for (unsigned round = 0; round < SPLIT_ROUNDS; round++) {
		struct side s;
		uint64_t random = 0x9e3779b97f4a7c15u + round;
		if (round == 1)
			continue; /* a byte at a time over 64 KiB shows nothing more than the other rounds */
		side_open(&s);
		for (size_t at = 0; at < b.n;) {
			size_t n = split_next(&random, round, b.n - at);
			fake_conn_give(s.c, b.p + at, n);
			at += n;
		}
		assert_int_equal(s.texts, 4);
		assert_int_equal(s.pongs, 1);
		assert_int_equal(s.log.n, 4 + 4 + sizeof big + 1 + 6);
		assert_true(str_eq(fake_conn_sent(s.c), STR("\x8a\x04ping")));
		assert_int_equal(fake_conn_kept(s.c), 0);
		side_end(&s);
	}
	buf_release(&b);
}

static void test_broken(void **state)
{
	(void)state;
	static const struct { const char *bytes; size_t n; unsigned code; enum net_cut why; } cases[] = {
		{"\x81\x01x", 3, 1002, NET_CUT_MALFORMED},
		{"\xc1\x80mask", 6, 1002, NET_CUT_MALFORMED},
		{"\x81\xff\x00\x00\x00\x00\x00\x01\x00\x01", 10, 1009, NET_CUT_LARGE},
		{"\x81\xff\x7f\xff\xff\xff\xff\xff\xff\xff", 10, 1009, NET_CUT_LARGE},
		{"\x81\x81\0\0\0\0\xff", 7, 1007, NET_CUT_MALFORMED},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct side s;
		uint64_t before = cut_count(cases[i].why);
		side_open(&s);
		fake_conn_give(s.c, cases[i].bytes, cases[i].n);
		expect_close_frame(&s, cases[i].code);
		assert_int_equal(cut_count(cases[i].why), before + 1);
		side_end(&s);
	}
	struct side s;
	side_open(&s);
	give_frame(&s, 0x82, "binary");
	expect_close_frame(&s, 1003);
	side_end(&s);
	side_open(&s); /* the client's close comes back, what is behind it is not heard */
	struct buf b;
	buf_init(&b, 1000);
	add_frame(&b, 0x88, "\x03\xe9" "bye", 5);
	add_frame(&b, 0x81, "behind", 6);
	fake_conn_give(s.c, b.p, b.n);
	expect_close_frame(&s, 1001);
	assert_int_equal(s.texts, 0);
	buf_release(&b);
	side_end(&s);
	side_open(&s); /* the handler shuts within a message */
	s.shut_on_text = true;
	buf_init(&b, 1000);
	add_frame(&b, 0x81, "a", 1);
	add_frame(&b, 0x81, "b", 1);
	fake_conn_give(s.c, b.p, b.n);
	expect_close_frame(&s, 4001);
	assert_int_equal(s.texts, 1);
	buf_release(&b);
	side_end(&s);
	side_open(&s);
	fake_conn_eof(s.c);
	assert_int_equal(s.closes, 1);
	side_end(&s);
}

static void test_silence(void **state)
{
	(void)state;
	struct side s;
	uint64_t idle = cut_count(NET_CUT_IDLE), slow = cut_count(NET_CUT_SLOW);
	side_open(&s);
	fake_loop_advance(s.loop, WS_PING_AFTER_MS - 1);
	assert_int_equal(fake_conn_sent(s.c).n, 0);
	fake_loop_advance(s.loop, 1);
	assert_true(str_eq(fake_conn_sent(s.c), STR("\x89\x00")));
	fake_conn_turn(s.c);
	fake_conn_forget(s.c);
	give_frame(&s, 0x8a, "");
	assert_int_equal(s.pongs, 1);
	fake_loop_advance(s.loop, WS_PING_AFTER_MS);
	assert_true(str_eq(fake_conn_sent(s.c), STR("\x89\x00")));
	fake_loop_advance(s.loop, WS_DEAD_AFTER_MS - WS_PING_AFTER_MS - 1);
	assert_false(fake_conn_closing(s.c));
	assert_int_equal(fake_conn_sent(s.c).n, 2); /* one ping is enough */
	fake_loop_advance(s.loop, 1);
	assert_true(fake_conn_closing(s.c));
	assert_int_equal(cut_count(NET_CUT_IDLE), idle + 1);
	side_end(&s);

	side_open(&s); /* a message a byte at a time does not last for ever */
	struct buf b;
	buf_init(&b, 1000);
	add_frame(&b, 0x81, "slowly, very slowly", 19);
	for (size_t i = 0; i < b.n - 1 && !fake_conn_closing(s.c); i++) {
		fake_conn_give(s.c, b.p + i, 1);
		fake_loop_advance(s.loop, 20000);
	}
	fake_conn_turn(s.c);
	expect_close_frame(&s, 1008);
	assert_int_equal(cut_count(NET_CUT_SLOW), slow + 1);
	buf_release(&b);
	side_end(&s);

	side_open(&s); /* a client that pings each 25 s: some timer work each 40 s, and no ping of ours */
	size_t starts = fake_loop_timer_starts(s.loop);
	for (int i = 0; i < 144; i++) {
		fake_loop_advance(s.loop, 25000);
		give_frame(&s, 0x89, "");
		assert_true(str_eq(fake_conn_sent(s.c), STR("\x8a\x00")));
		fake_conn_forget(s.c);
	}
	assert_true(fake_loop_timer_starts(s.loop) - starts <= 144);
	starts = fake_loop_timer_starts(s.loop);
	for (int i = 0; i < 10000; i++)
		give_frame(&s, 0x81, "busy");
	assert_int_equal(fake_loop_timer_starts(s.loop), starts);
	side_end(&s);
}

static void test_overflow(void **state)
{
	(void)state;
	struct side s;
	uint64_t before = cut_count(NET_CUT_OVERFLOW);
	static char text[60000];
	memset(text, 't', sizeof text);
	side_open(&s);
	fake_conn_hold(s.c, true);
	for (int i = 0; i < 20 && s.overflows == 0; i++) {
		ws_send_text(s.w, str_n(text, sizeof text));
		fake_conn_turn(s.c);
		assert_true(fake_conn_sent(s.c).n <= WS_QUEUE_MAX + sizeof text + 10);
	}
	assert_int_equal(s.overflows, 1);
	assert_int_equal(cut_count(NET_CUT_OVERFLOW), before + 1);
	fake_conn_hold(s.c, false);
	expect_close_frame(&s, 1013);
	side_end(&s);
}

/* An idle socket owns one small block and nothing else. */
static void test_idle_memory(void **state)
{
	(void)state;
	struct side s;
	side_begin(&s);
	s.later = true;
	give(&s, GET UPGRADE KEY "Sec-WebSocket-Version: 13\r\n\r\n");
	assert_int_equal(ws_upgrade(s.pending, &handler, &s, false, &s.w), ERR_OK);
	fake_conn_turn(s.c);
	give_frame(&s, 0x01, "a fragment of a message");
	give_frame(&s, 0x80, "and its end");
	assert_true(malloc_usable_size(s.w) <= 300);
	side_end(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_upgrade),
		cmocka_unit_test(test_deflate),
		cmocka_unit_test(test_splits),
		cmocka_unit_test(test_broken),
		cmocka_unit_test(test_silence),
		cmocka_unit_test(test_overflow),
		cmocka_unit_test(test_idle_memory),
	};
	return cmocka_run_group_tests_name("codec_ws_conn", tests, NULL, NULL);
}
