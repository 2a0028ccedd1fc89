/* SPDX-License-Identifier: Apache-2.0
 *
 * HTTP on a connection, without a socket: requests in every split, pipelines, late answers, limits of size and time,
 * back-pressure, and the memory failing at each place.
 */
#include "codec_split.h"
#include "fake_conn.h"
#include "net/http_server.h"
#include "base/mem.h"
#include "base/clock.h"
#include <stdio.h>

#define H "Host: a\r\n"

struct app { /* answers with what it got, at once or when told */
	struct http_app http;
	struct loop *loop;
	struct conn *c;
	struct http_request *pending[8];
	size_t pending_n, requests, aborted, limit;
	bool later;
	struct bytes *big; /* the answer to /big */
	struct buf log;
};

static void app_answer(struct app *a, struct http_request *r)
{
	struct buf b;
	buf_init(&b, 1 << 20);
	buf_addf(&b, "%.*s %.*s [", (int)r->head->method.n, r->head->method.p, (int)r->head->path.n, r->head->path.p);
	buf_add_str(&b, r->body);
	buf_add_c(&b, ']');
	buf_add_str(&a->log, buf_str(&b));
	if (str_eq(r->head->path, STR("/big")))
		http_respond_bytes(r, 200, STR("x/y"), STR(""), a->big);
	else if (str_eq(r->head->path, STR("/none")))
		http_respond(r, 204, STR(""), STR("X: y\r\n"), STR(""));
	else
		http_respond(r, 200, STR("text/plain"), STR("X: y\r\n"), buf_str(&b));
	buf_release(&b);
}

static size_t app_body_limit(void *user, const struct http_head *h)
{
	(void)h;
	return ((struct app *)user)->limit;
}

static void app_on_request(void *user, struct http_request *r)
{
	struct app *a = user;
	a->requests++;
	if (a->later)
		a->pending[a->pending_n++] = r;
	else
		app_answer(a, r);
}

static void app_on_abort(void *user, struct http_request *r)
{
	struct app *a = user;
	assert_true(a->pending_n > 0 && a->pending[a->pending_n - 1] == r);
	a->pending_n--;
	a->aborted++;
}

static void app_begin(struct app *a)
{
	*a = (struct app){.limit = 1000};
	a->http = (struct http_app){.user = a, .body_limit = app_body_limit, .on_request = app_on_request, .on_abort = app_on_abort};
	a->loop = fake_loop_new();
	a->c = fake_conn_new(a->loop);
	buf_init(&a->log, 1 << 20);
	http_serve(a->c, &a->http);
}

static void app_end(struct app *a)
{
	fake_conn_free(a->c);
	fake_loop_free(a->loop);
	buf_release(&a->log);
	bytes_unref(&a->big);
}

static void give(struct app *a, const char *text) { fake_conn_give(a->c, text, strlen(text)); }

static void answer_first(struct app *a)
{
	struct http_request *r = a->pending[0];
	assert_true(a->pending_n > 0);
	memmove(a->pending, a->pending + 1, --a->pending_n * sizeof *a->pending);
	app_answer(a, r);
	fake_conn_turn(a->c);
}

static void expect_status(struct app *a, int status)
{
	char start[32];
	snprintf(start, sizeof start, "HTTP/1.1 %d ", status);
	struct str sent = fake_conn_sent(a->c);
	if (!str_starts(sent, str_of(start)))
		fail_msg("expected %d, sent: %.*s", status, (int)sent.n, sent.p);
}

static uint64_t cut_count(enum net_cut why)
{
	struct net_stats s;
	net_stats_read(&s);
	const uint64_t counts[] = {s.cut_slow, s.cut_large, s.cut_malformed, s.cut_overflow, s.cut_idle};
	return counts[why];
}

static bool contains(struct str s, const char *part) { return memmem(s.p, s.n, part, strlen(part)) != NULL; }

static int64_t fixed_wall(void) { return 784111777000; }

static void test_answer(void **state)
{
	(void)state;
	struct app a;
	clock_set_source(&(struct clock_source){.wall_ms = fixed_wall});
	app_begin(&a);
	give(&a, "GET /x HTTP/1.1\r\n" H "\r\n");
	assert_true(str_eq(fake_conn_sent(a.c), STR("HTTP/1.1 200 OK\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\nContent-Type: text/plain\r\n"
		"Content-Length: 9\r\nX: y\r\n\r\nGET /x []")));
	fake_conn_forget(a.c);
	give(&a, "HEAD /x HTTP/1.1\r\n" H "\r\n");
	assert_true(str_eq(fake_conn_sent(a.c), STR("HTTP/1.1 200 OK\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\nContent-Type: text/plain\r\n"
		"Content-Length: 10\r\nX: y\r\n\r\n")));
	fake_conn_forget(a.c);
	give(&a, "GET /none HTTP/1.1\r\n" H "\r\n");
	assert_true(str_eq(fake_conn_sent(a.c), STR("HTTP/1.1 204 No Content\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\nX: y\r\n\r\n")));
	fake_conn_forget(a.c);
	give(&a, "GET /x HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
	assert_true(contains(fake_conn_sent(a.c), "Connection: keep-alive\r\n"));
	assert_false(fake_conn_closed(a.c));
	fake_conn_forget(a.c);
	give(&a, "GET /x HTTP/1.1\r\n" H "Connection: close\r\n\r\n");
	assert_true(contains(fake_conn_sent(a.c), "Connection: close\r\n"));
	assert_true(fake_conn_closed(a.c));
	app_end(&a);
	clock_set_source(NULL);
}

static const char pipeline[] = "GET /1 HTTP/1.1\r\n" H "\r\n"
	"POST /2 HTTP/1.1\r\n" H "Content-Length: 5\r\n\r\nhello"
	"\r\nPOST /3 HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n\r\n3;x\r\nabc\r\n2\r\nde\r\n0\r\nT: u\r\n\r\n"
	"POST /4 HTTP/1.1\r\n" H "Content-Length: 0\r\n\r\n"
	"HEAD /5 HTTP/1.1\r\n" H "Connection: close\r\n\r\nGET /never HTTP/1.1\r\n" H "\r\n";
#define PIPELINE_LOG "GET /1 []POST /2 [hello]POST /3 [abcde]POST /4 []HEAD /5 []"

static void test_splits(void **state)
{
	(void)state;
	for (int later = 0; later < 2; later++)
		for (unsigned round = 0; round < 2 * SPLIT_ROUNDS; round++) {
			struct app a;
			uint64_t random = 0x9e3779b97f4a7c15u + round;
			app_begin(&a);
			a.later = later;
			for (size_t at = 0; at < sizeof pipeline - 1;) {
				size_t n = split_next(&random, round, sizeof pipeline - 1 - at);
				fake_conn_give(a.c, pipeline + at, n);
				at += n;
				if (a.pending_n > 0 && split_random(&random) % 3 == 0)
					answer_first(&a);
			}
			while (a.pending_n > 0)
				answer_first(&a);
			if (!str_eq(buf_str(&a.log), STR(PIPELINE_LOG)))
				fail_msg("later %d round %u: %.*s", later, round, (int)a.log.n, a.log.p);
			assert_true(fake_conn_closed(a.c));
			app_end(&a);
		}
}

/* One wrong request: the status, the cut counted, the connection closed, nothing handed over. */
static void expect_refused(const char *text, size_t n, int status, enum net_cut why)
{
	for (unsigned round = 0; round < 3; round++) {
		struct app a;
		uint64_t random = 99, before = cut_count(why);
		app_begin(&a);
		for (size_t at = 0; at < n;) {
			size_t part = split_next(&random, round, n - at);
			fake_conn_give(a.c, text + at, part);
			at += part;
		}
		expect_status(&a, status);
		assert_true(contains(fake_conn_sent(a.c), "Connection: close\r\n"));
		assert_true(fake_conn_closed(a.c));
		assert_int_equal(a.requests, 0);
		assert_int_equal(cut_count(why), before + 1);
		app_end(&a);
	}
}

static void test_refused(void **state)
{
	(void)state;
	static const struct { const char *text; int status; enum net_cut why; } cases[] = {
		{"GET / HTTP/1.1\r\n\r\n", 400, NET_CUT_MALFORMED},
		{"GET / HTTP/1.1\nHost: a\n", 400, NET_CUT_MALFORMED},
		{"GET / HTTP/3.0\r\n" H "\r\n", 505, NET_CUT_MALFORMED},
		{"POST / HTTP/1.1\r\n" H "Transfer-Encoding: gzip\r\n\r\n", 501, NET_CUT_MALFORMED},
		{"POST / HTTP/1.1\r\n" H "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400, NET_CUT_MALFORMED},
		{"POST / HTTP/1.1\r\n" H "Expect: tea\r\n\r\n", 417, NET_CUT_MALFORMED},
		{"POST / HTTP/1.1\r\n" H "Content-Length: 1001\r\n\r\n", 413, NET_CUT_LARGE},
		{"POST / HTTP/1.1\r\n" H "Content-Length: 1001\r\nExpect: 100-continue\r\n\r\n", 413, NET_CUT_LARGE},
		{"POST / HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n\r\n3e9\r\n", 413, NET_CUT_LARGE},
		{"POST / HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n\r\nfffffffffffffff\r\n", 413, NET_CUT_LARGE},
		{"POST / HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n\r\nxyz\r\n", 400, NET_CUT_MALFORMED},
		{"\x16\x03\x01\x02\n\r\n\r\n", 400, NET_CUT_MALFORMED},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		expect_refused(cases[i].text, strlen(cases[i].text), cases[i].status, cases[i].why);
}

static void test_huge(void **state)
{
	(void)state;
	static char text[10 << 20];
	struct app a;
	memset(text, 'x', sizeof text);
	uint64_t before = cut_count(NET_CUT_LARGE);
	app_begin(&a); /* a head of 10 MB, in the pieces that a loop would read */
	give(&a, "GET / HTTP/1.1\r\n" H "X: ");
	for (size_t at = 0; at < sizeof text; at += 65536) {
		fake_conn_give(a.c, text + at, 65536);
		assert_true(fake_conn_kept(a.c) <= HTTP_HEAD_MAX);
	}
	expect_status(&a, 431);
	assert_true(fake_conn_closed(a.c));
	app_end(&a);
	app_begin(&a);
	fake_conn_give(a.c, text, sizeof text);
	expect_status(&a, 414);
	app_end(&a);
	app_begin(&a); /* chunks without end: within the limit one by one, not together */
	give(&a, "POST / HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n\r\n");
	for (int i = 0; i < 2000 && !fake_conn_closed(a.c); i++)
		give(&a, "1\r\nx\r\n");
	expect_status(&a, 413);
	assert_true(fake_conn_closed(a.c));
	app_end(&a);
	assert_int_equal(cut_count(NET_CUT_LARGE), before + 3);
}

static void test_slow(void **state)
{
	(void)state;
	struct app a;
	uint64_t slow = cut_count(NET_CUT_SLOW), idle = cut_count(NET_CUT_IDLE);
	app_begin(&a); /* slowloris: a byte a second never ends the head */
	static const char head[] = "GET / HTTP/1.1\r\nHost: aaaaaaaaaaaaaa";
	for (size_t i = 0; i < 9; i++) {
		fake_conn_give(a.c, head + i, 1);
		fake_loop_advance(a.loop, 1000);
	}
	assert_false(fake_conn_closing(a.c));
	fake_conn_give(a.c, head + 9, 1);
	fake_loop_advance(a.loop, 1000);
	expect_status(&a, 408);
	fake_conn_turn(a.c);
	assert_true(fake_conn_closed(a.c));
	app_end(&a);
	assert_int_equal(cut_count(NET_CUT_SLOW), slow + 1);

	app_begin(&a); /* slow body */
	give(&a, "POST / HTTP/1.1\r\n" H "Content-Length: 500\r\n\r\n");
	for (int i = 0; i < 29; i++) {
		give(&a, "x");
		fake_loop_advance(a.loop, 1000);
	}
	assert_false(fake_conn_closing(a.c));
	fake_loop_advance(a.loop, 1000);
	expect_status(&a, 408);
	app_end(&a);
	assert_int_equal(cut_count(NET_CUT_SLOW), slow + 2);

	app_begin(&a); /* nothing at all, and nothing after an answer */
	fake_loop_advance(a.loop, HTTP_KEEPALIVE_MS - 1);
	assert_false(fake_conn_closing(a.c));
	give(&a, "GET / HTTP/1.1\r\n" H "\r\n");
	fake_loop_advance(a.loop, HTTP_KEEPALIVE_MS - 1);
	assert_false(fake_conn_closing(a.c));
	fake_loop_advance(a.loop, 1);
	assert_true(fake_conn_closing(a.c));
	app_end(&a);
	assert_int_equal(cut_count(NET_CUT_IDLE), idle + 1);

	app_begin(&a); /* the app may take its time */
	a.later = true;
	give(&a, "GET / HTTP/1.1\r\n" H "\r\n");
	fake_loop_advance(a.loop, 10 * HTTP_KEEPALIVE_MS);
	assert_false(fake_conn_closing(a.c));
	answer_first(&a);
	expect_status(&a, 200);
	assert_false(fake_conn_closing(a.c));
	app_end(&a);
}

static void test_timers_are_lazy(void **state)
{
	(void)state;
	struct app a;
	app_begin(&a);
	size_t before = fake_loop_timer_starts(a.loop);
	for (int i = 0; i < 1000; i++) {
		give(&a, "GET / HTTP/1.1\r\n" H "\r\n");
		fake_conn_forget(a.c);
	}
	assert_int_equal(a.requests, 1000);
	assert_int_equal(fake_loop_timer_starts(a.loop), before);
	app_end(&a);
}

static void test_expect_continue(void **state)
{
	(void)state;
	struct app a;
	app_begin(&a);
	give(&a, "POST / HTTP/1.1\r\n" H "Content-Length: 2\r\nExpect: 100-continue\r\n\r\n");
	assert_true(str_eq(fake_conn_sent(a.c), STR("HTTP/1.1 100 Continue\r\n\r\n")));
	fake_conn_forget(a.c);
	give(&a, "ab");
	expect_status(&a, 200);
	assert_true(str_eq(buf_str(&a.log), STR("POST / [ab]")));
	app_end(&a);
}

static void test_pipeline_bounded(void **state)
{
	(void)state;
	struct app a;
	uint64_t before = cut_count(NET_CUT_LARGE);
	app_begin(&a);
	a.later = true;
	give(&a, "GET /1 HTTP/1.1\r\n" H "\r\nGET /2 HTTP/1.1\r\n" H "\r\n");
	assert_int_equal(a.pending_n, 1);
	assert_true(fake_conn_paused(a.c)); /* back-pressure */
	answer_first(&a);
	assert_int_equal(a.pending_n, 1);
	assert_false(fake_conn_paused(a.c));
	answer_first(&a);
	/* a connection that gives more all the same is cut at the limit */
	give(&a, "GET /3 HTTP/1.1\r\n" H "\r\n");
	static char junk[HTTP_PIPELINE_MAX + 1];
	memset(junk, 'G', sizeof junk);
	fake_conn_give(a.c, junk, sizeof junk);
	assert_true(fake_conn_closed(a.c));
	assert_int_equal(a.aborted, 1);
	assert_int_equal(cut_count(NET_CUT_LARGE), before + 1);
	app_end(&a);
}

static void test_slow_reader(void **state)
{
	(void)state;
	struct app a;
	uint64_t before = cut_count(NET_CUT_SLOW);
	app_begin(&a);
	a.big = bytes_alloc(300000);
	fake_conn_hold(a.c, true);
	give(&a, "GET /big HTTP/1.1\r\n" H "\r\nGET /big HTTP/1.1\r\n" H "\r\n");
	give(&a, "GET /3 HTTP/1.1\r\n" H "\r\n");
	assert_int_equal(a.requests, 1); /* the next ones wait until the first answer has left */
	fake_conn_hold(a.c, false);
	assert_int_equal(a.requests, 3);
	app_end(&a);

	app_begin(&a); /* it never reads */
	fake_conn_hold(a.c, true);
	give(&a, "GET /x HTTP/1.1\r\n" H "\r\n");
	fake_loop_advance(a.loop, 2 * HTTP_KEEPALIVE_MS);
	assert_true(fake_conn_closing(a.c));
	app_end(&a);
	assert_int_equal(cut_count(NET_CUT_SLOW), before + 1);

	app_begin(&a); /* a long last answer leaves whole before the connection closes */
	a.big = bytes_alloc(300000);
	fake_conn_hold(a.c, true);
	give(&a, "GET /big HTTP/1.0\r\n\r\n");
	assert_false(fake_conn_closing(a.c));
	fake_conn_hold(a.c, false);
	assert_true(fake_conn_closed(a.c));
	app_end(&a);
}

/* --- answers in pieces */

static int wanted;
static void on_want(struct http_request *r)
{
	(void)r;
	wanted++;
}

static void test_stream(void **state)
{
	(void)state;
	struct app a;
	app_begin(&a);
	a.later = true;
	wanted = 0;
	give(&a, "GET /1 HTTP/1.1\r\n" H "\r\nGET /2 HTTP/1.1\r\n" H "\r\n");
	struct http_request *r = a.pending[0];
	assert_int_equal(a.pending_n, 1);
	struct bytes *piece = bytes_new("0123456789", 10);
	http_stream(r, 206, STR("x/y"), STR("A: b\r\n"), 30, on_want);
	fake_conn_turn(a.c);
	assert_int_equal(wanted, 0); /* the first piece is on its way already */
	fake_conn_hold(a.c, true);
	http_stream_piece(r, piece);
	fake_conn_turn(a.c);
	assert_int_equal(wanted, 0);
	fake_conn_hold(a.c, false);
	fake_conn_turn(a.c);
	assert_int_equal(wanted, 1);
	fake_conn_turn(a.c);
	assert_int_equal(wanted, 1); /* asked once */
	http_stream_piece(r, piece);
	fake_conn_turn(a.c);
	assert_int_equal(wanted, 2);
	assert_int_equal(a.requests, 1); /* the second waits */
	fake_loop_advance(a.loop, 3 * HTTP_KEEPALIVE_MS); /* the disk is slow: nobody is cut */
	assert_false(fake_conn_closing(a.c));
	http_stream_piece(r, piece);
	fake_conn_turn(a.c);
	assert_int_equal(a.requests, 2);
	struct str sent = fake_conn_sent(a.c);
	assert_true(contains(sent, "HTTP/1.1 206 ") && contains(sent, "Content-Length: 30\r\n") && contains(sent, "A: b\r\n"));
	assert_true(contains(sent, "\r\n\r\n012345678901234567890123456789"));

	/* the peer goes in the middle */
	a.pending_n = 1;
	a.pending[0] = a.pending[1];
	http_stream(a.pending[0], 200, STR("x/y"), STR(""), 30, on_want);
	http_stream_piece(a.pending[0], piece);
	fake_conn_lost(a.c);
	assert_int_equal(a.aborted, 1);
	app_end(&a);

	/* a reader that stands still is cut, and its app told */
	app_begin(&a);
	a.later = true;
	give(&a, "GET /1 HTTP/1.1\r\n" H "\r\n");
	http_stream(a.pending[0], 200, STR("x/y"), STR(""), 30, on_want);
	fake_conn_hold(a.c, true);
	http_stream_piece(a.pending[0], piece);
	fake_conn_turn(a.c);
	fake_loop_advance(a.loop, 2 * HTTP_KEEPALIVE_MS + 10);
	assert_true(fake_conn_closing(a.c));
	app_end(&a);
	assert_int_equal(a.aborted, 1);

	/* the rest cannot be had */
	app_begin(&a);
	a.later = true;
	give(&a, "GET /1 HTTP/1.1\r\n" H "\r\n");
	http_stream(a.pending[0], 200, STR("x/y"), STR(""), 30, on_want);
	http_stream_cut(a.pending[0]);
	assert_true(fake_conn_closing(a.c));
	app_end(&a);
	assert_int_equal(a.aborted, 0);
	bytes_unref(&piece);
}

/* --- large bodies */

static void test_large(void **state)
{
	(void)state;
	enum { N = HTTP_LARGE_BODIES_ADDRESS };
	static struct app a[N + 1];
	const char head[] = "PATCH / HTTP/1.1\r\n" H "Content-Length: 65537\r\n\r\n";
	for (int i = 0; i <= N; i++) {
		app_begin(&a[i]);
		a[i].limit = 1 << 20;
		a[i].later = true;
		give(&a[i], head);
		assert_int_equal(fake_conn_closing(a[i].c), i == N); /* one more than may be read at once from an address */
	}
	expect_status(&a[N], 503);
	char *body = mem_alloc(65537);
	memset(body, 'x', 65537);
	fake_loop_advance(a[0].loop, HTTP_BODY_TIMEOUT_MS + 1); /* has more time than a small one */
	fake_conn_give(a[0].c, body, 65537);
	assert_int_equal(a[0].pending_n, 1);
	struct buf mine = http_take_body(a[0].pending[0]);
	assert_int_equal(mine.n, 65537);
	assert_int_equal(a[0].pending[0]->body.n, 0);
	assert_memory_equal(mine.p, body, 65537);
	app_end(&a[0]); /* the connection dies, the bytes stay */
	assert_memory_equal(mine.p, body, 65537);
	buf_release(&mine);
	mem_free(body);

	app_end(&a[N]);
	app_begin(&a[N]); /* a place is free again */
	a[N].limit = 1 << 20;
	give(&a[N], head);
	assert_false(fake_conn_closing(a[N].c));
	fake_loop_advance(a[N].loop, HTTP_LARGE_BODY_TIMEOUT_MS + 1);
	expect_status(&a[N], 408);
	for (int i = 1; i <= N; i++)
		app_end(&a[i]);

	app_begin(&a[0]); /* what does not say its length is small */
	a[0].limit = 1 << 20;
	give(&a[0], "PATCH / HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n\r\n10001\r\n");
	expect_status(&a[0], 413);
	app_end(&a[0]);
}

static void test_ends(void **state)
{
	(void)state;
	struct app a;
	app_begin(&a); /* half-closed behind a whole request: answered, then closed */
	a.later = true;
	give(&a, "GET /1 HTTP/1.1\r\n" H "\r\n");
	fake_conn_eof(a.c);
	assert_false(fake_conn_closing(a.c));
	answer_first(&a);
	expect_status(&a, 200);
	assert_true(fake_conn_closed(a.c));
	app_end(&a);

	app_begin(&a); /* two requests, then the end */
	a.later = true;
	give(&a, "GET /1 HTTP/1.1\r\n" H "\r\nGET /2 HTTP/1.1\r\n" H "\r\n");
	fake_conn_eof(a.c);
	answer_first(&a);
	assert_false(fake_conn_closing(a.c));
	answer_first(&a);
	assert_true(fake_conn_closed(a.c));
	assert_int_equal(a.requests, 2);
	app_end(&a);

	app_begin(&a); /* the end within a head, and within a body */
	give(&a, "GET /1 HT");
	fake_conn_eof(a.c);
	assert_true(fake_conn_closed(a.c));
	app_end(&a);
	app_begin(&a);
	give(&a, "POST /1 HTTP/1.1\r\n" H "Content-Length: 9\r\n\r\nabc");
	fake_conn_eof(a.c);
	assert_true(fake_conn_closed(a.c));
	assert_int_equal(a.requests, 0);
	app_end(&a);

	app_begin(&a); /* the network breaks before the answer */
	a.later = true;
	give(&a, "GET /1 HTTP/1.1\r\n" H "\r\n");
	fake_conn_lost(a.c);
	assert_int_equal(a.aborted, 1);
	app_end(&a);
}

static void test_requests_per_connection(void **state)
{
	(void)state;
	struct app a;
	app_begin(&a);
	for (int i = 0; i < HTTP_REQUESTS_PER_CONN - 1; i++) {
		give(&a, "GET / HTTP/1.1\r\n" H "\r\n");
		fake_conn_forget(a.c);
		buf_clear(&a.log);
	}
	assert_false(fake_conn_closing(a.c));
	give(&a, "GET / HTTP/1.1\r\n" H "\r\n");
	assert_true(contains(fake_conn_sent(a.c), "Connection: close\r\n"));
	assert_true(fake_conn_closed(a.c));
	app_end(&a);
}

/* Without memory for what a stranger sends: 503, and nothing is lost or used twice. */
static void test_memory(void **state)
{
	(void)state;
	struct app a;
	char body[100];
	memset(body, 'b', sizeof body);
	app_begin(&a);
	fake_conn_fail_delivery(a.c, 1); /* for the request */
	give(&a, "GET / HTTP/1.1\r\n" H "\r\n");
	expect_status(&a, 503);
	assert_true(fake_conn_closed(a.c));
	app_end(&a);
	app_begin(&a);
	give(&a, "POST / HTTP/1.1\r\n" H "Content-Length: 100\r\n\r\n");
	fake_conn_fail_delivery(a.c, 1); /* for its body */
	fake_conn_give(a.c, body, sizeof body);
	expect_status(&a, 503);
	app_end(&a);
	app_begin(&a);
	give(&a, "POST / HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n\r\n");
	fake_conn_fail_delivery(a.c, 1);
	give(&a, "3\r\nabc\r\n");
	expect_status(&a, 503);
	app_end(&a);
	app_begin(&a);
	a.later = true;
	give(&a, "GET /1 HTTP/1.1\r\n" H "\r\n");
	fake_conn_fail_delivery(a.c, 1); /* for what waits behind it */
	give(&a, "GET /2 HTTP/1.1\r\n" H "\r\n");
	assert_true(fake_conn_closed(a.c));
	assert_int_equal(a.aborted, 1);
	app_end(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_answer),
		cmocka_unit_test(test_splits),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_huge),
		cmocka_unit_test(test_slow),
		cmocka_unit_test(test_timers_are_lazy),
		cmocka_unit_test(test_expect_continue),
		cmocka_unit_test(test_pipeline_bounded),
		cmocka_unit_test(test_slow_reader),
		cmocka_unit_test(test_stream),
		cmocka_unit_test(test_large),
		cmocka_unit_test(test_ends),
		cmocka_unit_test(test_requests_per_connection),
		cmocka_unit_test(test_memory),
	};
	return cmocka_run_group_tests_name("codec_http", tests, NULL, NULL);
}
