/* SPDX-License-Identifier: Apache-2.0
 *
 * HTTP on a connection: from bytes to whole requests, within limits of size and time. Belongs to the connection's loop.
 *
 * Requests are taken one at a time. What a client sends while one is being answered waits here, bounded, and the
 * connection is not read meanwhile. The timer is lazy: a deadline is a number, and the timer of the loop is only moved
 * when it would fire too late, so that a connection in steady use costs one timer operation a minute.
 */
#include "net/http_session.h"
#include "base/mem.h"

#define ANSWERS_QUEUED_MAX 262144 /* with more unsent the next request waits; also bounds what pipelining can pile up */

static const struct conn_handler http_handler;

/* --- deadlines */

static void set_deadline(struct http_session *s, int64_t after_ms)
{
	int64_t now = loop_now_ms(conn_loop(s->conn));
	s->deadline_ms = now + after_ms;
	if (s->armed_ms != 0 && s->armed_ms <= s->deadline_ms)
		return; /* it fires in time and looks again */
	timer_start(conn_loop(s->conn), &s->timer, after_ms);
	s->armed_ms = s->deadline_ms;
}

static void exchange_free(struct http_session *s)
{
	if (!s->now)
		return;
	buf_release(&s->now->body);
	if (s->now->large)
		http_large_give(s->now->large - 1);
	mem_free(s->now);
	s->now = NULL;
}

static void session_close(struct http_session *s, enum conn_close_how how)
{
	s->closing = true;
	buf_release(&s->waiting);
	conn_close(s->conn, how);
}

/* Answers a request that never reached the app, and ends the connection: its bytes can no longer be told apart. */
static void session_refuse(struct http_session *s, int status)
{
	switch (status) {
	case 408: net_count_cut(NET_CUT_SLOW); break;
	case 413: case 414: case 431: net_count_cut(NET_CUT_LARGE); break;
	case 503: break; /* our fault */
	default: net_count_cut(NET_CUT_MALFORMED);
	}
	exchange_free(s);
	struct bytes *b = http_session_refusal(s->app, status);
	conn_send(s->conn, b);
	bytes_unref(&b);
	session_close(s, CONN_CLOSE_FLUSH);
}

static void on_deadline(struct http_session *s)
{
	size_t queued = conn_queued(s->conn);
	if (s->phase == HTTP_HEAD || s->phase == HTTP_BODY) {
		session_refuse(s, 408);
	} else if (queued > 0 ? queued < s->queued_before : s->phase == HTTP_STREAM) {
		s->queued_before = queued; /* slow, but it reads; or the next piece is not there yet */
		set_deadline(s, HTTP_KEEPALIVE_MS);
	} else {
		net_count_cut(queued > 0 ? NET_CUT_SLOW : NET_CUT_IDLE);
		session_close(s, CONN_CLOSE_NOW);
	}
}

static void on_timer(struct loop *l, struct timer *t)
{
	struct http_session *s = (struct http_session *)((char *)t - offsetof(struct http_session, timer));
	s->armed_ms = 0;
	if (s->closing || s->deadline_ms == HTTP_NO_DEADLINE)
		return;
	int64_t left = s->deadline_ms - loop_now_ms(l);
	if (left > 0)
		set_deadline(s, left);
	else
		on_deadline(s);
}

/* --- reading one request: each returns how many bytes it used; none: more must come first */

static void begin_body(struct http_session *s)
{
	struct http_exchange *x = s->now;
	struct http_head *h = &x->head;
	size_t limit = s->app->body_limit(s->app->user, h);
	buf_init(&x->body, limit);
	if (h->body == HTTP_BODY_NONE || (h->body == HTTP_BODY_LENGTH && h->content_length == 0)) {
		s->phase = HTTP_READY;
		return;
	}
	if (h->body == HTTP_BODY_LENGTH && h->content_length > limit) {
		session_refuse(s, 413);
		return;
	}
	if (h->body == HTTP_BODY_CHUNKED && limit > HTTP_BODY_LARGE)
		x->body.limit = HTTP_BODY_LARGE;
	bool large = h->body == HTTP_BODY_LENGTH && h->content_length > HTTP_BODY_LARGE;
	int place = -1;
	if (large && !http_large_take(conn_peer(s->conn), &place)) {
		session_refuse(s, 503);
		return;
	}
	x->large = place + 1;
	http_chunked_init(&x->chunked);
	s->phase = HTTP_BODY;
	set_deadline(s, large ? HTTP_LARGE_BODY_TIMEOUT_MS : HTTP_BODY_TIMEOUT_MS);
	if (h->expect_continue)
		conn_send_copy(s->conn, "HTTP/1.1 100 Continue\r\n\r\n", 25);
}

/* The head, `n` bytes, is whole: keep a copy, because the app may answer long after these bytes are gone. */
static void take_head(struct http_session *s, const unsigned char *p, size_t n)
{
	struct http_exchange *x = mem_try_alloc(sizeof *x + n);
	if (!x) {
		session_refuse(s, 503);
		return;
	}
	memcpy(x->bytes, p, n);
	x->session = s;
	x->r = (struct http_request){.conn = s->conn, .head = &x->head};
	s->now = x;
	size_t used;
	if (http_parse_head(str_n(x->bytes, n), &x->head, &used) != ERR_OK) {
		session_refuse(s, x->head.status);
		return;
	}
	s->requests++;
	begin_body(s);
}

/* Is it worth a look? Only a line's end, or too many bytes, can decide anything. */
static bool head_news(const struct http_session *s, const unsigned char *p, size_t n)
{
	return n >= HTTP_HEAD_MAX || (n > s->looked && memchr(p + s->looked, '\n', n - s->looked));
}

static size_t read_head(struct http_session *s, const unsigned char *p, size_t n)
{
	if (s->phase == HTTP_IDLE) {
		s->phase = HTTP_HEAD;
		s->looked = 0;
	}
	if (head_news(s, p, n)) {
		size_t from = s->looked < 3 ? 0 : s->looked - 3;
		const unsigned char *end = memmem(p + from, n - from, "\r\n\r\n", 4);
		size_t size = end ? (size_t)(end - p) + 4 : 0;
		if (end && size <= HTTP_HEAD_MAX) {
			take_head(s, p, size);
			return size;
		}
		struct http_head head;
		size_t used;
		enum err e = http_parse_head(str_n(p, n), &head, &used);
		if (e != ERR_AGAIN) {
			session_refuse(s, head.status);
			return n;
		}
	}
	if (s->looked == 0)
		set_deadline(s, HTTP_HEAD_TIMEOUT_MS);
	s->looked = n;
	return 0;
}

static size_t read_chunks(struct http_session *s, const unsigned char *p, size_t n)
{
	struct http_exchange *x = s->now;
	size_t at = 0;
	for (;;) {
		size_t used;
		struct str data;
		enum err e = http_chunked_feed(&x->chunked, str_n(p + at, n - at), &used, &data);
		at += used;
		if (e == ERR_MALFORMED) {
			session_refuse(s, 400);
			return n;
		}
		if (x->body.n + data.n > x->body.limit || x->chunked.left > x->body.limit) {
			session_refuse(s, 413);
			return n;
		}
		buf_add_str(&x->body, data);
		if (x->body.err) {
			session_refuse(s, 503);
			return n;
		}
		if (e == ERR_CLOSED)
			s->phase = HTTP_READY;
		if (e != ERR_OK)
			return at;
	}
}

static size_t read_body(struct http_session *s, const unsigned char *p, size_t n)
{
	struct http_exchange *x = s->now;
	if (x->head.body == HTTP_BODY_CHUNKED)
		return read_chunks(s, p, n);
	size_t left = (size_t)x->head.content_length - x->body.n;
	size_t part = n < left ? n : left;
	buf_add(&x->body, p, part);
	if (x->body.err)
		session_refuse(s, 503);
	else if (part == left)
		s->phase = HTTP_READY;
	return part;
}

static void hand_over(struct http_session *s)
{
	s->phase = HTTP_ANSWER;
	s->deadline_ms = HTTP_NO_DEADLINE;
	s->now->r.body = buf_str(&s->now->body);
	s->app->on_request(s->app->user, &s->now->r);
}

/* --- the flow of bytes */

static bool stopped(const struct http_session *s) { return s->closing || s->gone; }

static bool can_read(const struct http_session *s)
{
	return s->phase <= HTTP_BODY && !stopped(s) && conn_queued(s->conn) <= ANSWERS_QUEUED_MAX;
}

static size_t feed(struct http_session *s, const unsigned char *p, size_t n)
{
	return s->phase == HTTP_BODY ? read_body(s, p, n) : read_head(s, p, n);
}

static void feed_waiting(struct http_session *s)
{
	while (s->waiting.n > 0 && can_read(s)) {
		size_t used = feed(s, (const unsigned char *)s->waiting.p, s->waiting.n);
		if (s->closing || used == 0)
			return;
		buf_drop_front(&s->waiting, used);
		if (s->phase == HTTP_READY)
			hand_over(s);
	}
	if (s->waiting.n == 0)
		buf_release(&s->waiting);
}

/* The end of every way in: reading goes on or stops, the peer's end is met, a session that left is freed. */
static void settle(struct http_session *s)
{
	s->busy = false;
	if (s->gone) {
		buf_release(&s->waiting);
		mem_free(s);
		return;
	}
	if (s->closing)
		return;
	bool pause = !can_read(s) && s->waiting.n > 0;
	if (pause != s->paused)
		conn_pause(s->conn, s->paused = pause);
	if (s->eof && can_read(s))
		session_close(s, CONN_CLOSE_FLUSH); /* nothing whole is left, and no more will come */
}

static size_t on_data(struct conn *c, const unsigned char *p, size_t n)
{
	struct http_session *s = conn_user(c);
	size_t done = 0;
	if (s->closing || s->phase == HTTP_LAST)
		return n;
	s->busy = true;
	while (done < n && !stopped(s)) {
		if (s->waiting.n == 0 && can_read(s)) {
			size_t used = feed(s, p + done, n - done);
			done += used;
			if (s->phase == HTTP_READY && !s->closing)
				hand_over(s);
			if (used == 0 && !stopped(s))
				break; /* the connection keeps the beginning of a head */
			continue;
		}
		size_t room = HTTP_PIPELINE_MAX - s->waiting.n;
		size_t part = n - done < room ? n - done : room;
		buf_add(&s->waiting, p + done, part);
		if (part == 0 || s->waiting.err) {
			net_count_cut(NET_CUT_LARGE);
			session_close(s, CONN_CLOSE_NOW);
			break;
		}
		done += part;
		feed_waiting(s);
	}
	if (s->closing)
		done = n;
	settle(s);
	return done;
}

static void resume(struct http_session *s)
{
	s->busy = true;
	feed_waiting(s);
	settle(s);
}

static void on_drained(struct conn *c)
{
	struct http_session *s = conn_user(c);
	if (s->closing)
		return;
	if (s->phase == HTTP_LAST) {
		session_close(s, CONN_CLOSE_FLUSH);
	} else if (s->phase != HTTP_STREAM) {
		resume(s);
	} else if (!s->now->asked) {
		s->now->asked = true;
		s->now->want(&s->now->r);
	}
}

static void on_eof(struct conn *c)
{
	struct http_session *s = conn_user(c);
	s->eof = true;
	if (!s->closing)
		resume(s);
}

static void on_close(struct conn *c)
{
	struct http_session *s = conn_user(c);
	timer_stop(conn_loop(c), &s->timer);
	if (s->now && (s->phase == HTTP_ANSWER || s->phase == HTTP_STREAM))
		s->app->on_abort(s->app->user, &s->now->r);
	exchange_free(s);
	buf_release(&s->waiting);
	mem_free(s);
}

static const struct conn_handler http_handler = {
	.on_data = on_data,
	.on_drained = on_drained,
	.on_eof = on_eof,
	.on_close = on_close,
};

void http_serve(struct conn *c, const struct http_app *app)
{
	struct http_session *s = mem_alloc(sizeof *s);
	s->conn = c;
	s->app = app;
	s->timer.fire = on_timer;
	buf_init(&s->waiting, HTTP_PIPELINE_MAX);
	conn_set_handler(c, &http_handler, s);
	/* What is queued is bounded by ANSWERS_QUEUED_MAX and one answer, so no second limit. */
	conn_set_limits(c, HTTP_HEAD_MAX, SIZE_MAX);
	set_deadline(s, HTTP_KEEPALIVE_MS);
}

void http_session_answered(struct http_exchange *x, bool keep)
{
	struct http_session *s = x->session;
	exchange_free(s);
	s->phase = HTTP_IDLE;
	s->queued_before = SIZE_MAX;
	if (s->closing)
		return;
	if (!keep && conn_queued(s->conn) <= ANSWERS_QUEUED_MAX) {
		session_close(s, CONN_CLOSE_FLUSH);
		return;
	}
	if (!keep)
		s->phase = HTTP_LAST; /* too long for the time that a closing connection is given */
	set_deadline(s, HTTP_KEEPALIVE_MS);
	if (!s->busy)
		resume(s);
}

void http_session_stream(struct http_exchange *x, bool keep)
{
	struct http_session *s = x->session;
	x->keep = keep;
	x->asked = true;
	s->phase = HTTP_STREAM;
	s->queued_before = SIZE_MAX;
	set_deadline(s, HTTP_KEEPALIVE_MS);
}

void http_stream_piece(struct http_request *r, struct bytes *piece)
{
	struct http_exchange *x = (struct http_exchange *)r;
	struct http_session *s = x->session;
	CHECK(s->phase == HTTP_STREAM && piece->n > 0 && piece->n <= x->stream_left);
	if (s->closing)
		return; /* nobody listens; on_abort follows */
	conn_send(s->conn, piece);
	x->stream_left -= piece->n;
	x->asked = false;
	s->queued_before = SIZE_MAX;
	if (x->stream_left == 0)
		http_session_answered(x, x->keep);
	else
		set_deadline(s, HTTP_KEEPALIVE_MS);
}

void http_stream_cut(struct http_request *r)
{
	struct http_exchange *x = (struct http_exchange *)r;
	struct http_session *s = x->session;
	exchange_free(s);
	s->phase = HTTP_IDLE;
	if (!s->closing)
		session_close(s, CONN_CLOSE_NOW);
}

struct buf http_take_body(struct http_request *r)
{
	struct http_exchange *x = (struct http_exchange *)r;
	struct buf b = x->body;
	buf_init(&x->body, 0);
	r->body = str_n(NULL, 0);
	return b;
}

void http_session_leave(struct http_exchange *x)
{
	struct http_session *s = x->session;
	timer_stop(conn_loop(s->conn), &s->timer);
	exchange_free(s);
	s->gone = true;
	if (!s->busy)
		settle(s);
}
