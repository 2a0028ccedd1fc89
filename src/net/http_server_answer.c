/* SPDX-License-Identifier: Apache-2.0
 *
 * Writing the answer to a request. Belongs to the connection's loop; the cached date is each thread's own.
 */
#include "net/http_session.h"
#include "base/clock.h"
#include <stdio.h>
#include <time.h>

#define JOIN_MAX 4096 /* a shared body up to this size is copied behind its head: one piece to write instead of two */

/* RFC 9110 5.6.7; made once a second. */
static struct str date_field(void)
{
	static const char days[] = "SunMonTueWedThuFriSat", months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	static _Thread_local char text[48];
	static _Thread_local int64_t text_second = -1;
	static _Thread_local size_t n;
	int64_t second = clock_wall_ms() / 1000;
	if (second != text_second) {
		struct tm t = {0};
		time_t when = (time_t)second;
		gmtime_r(&when, &t);
		int made = snprintf(text, sizeof text, "Date: %.3s, %02d %.3s %04d %02d:%02d:%02d GMT\r\n", days + 3 * t.tm_wday, t.tm_mday,
			months + 3 * t.tm_mon, t.tm_year + 1900, t.tm_hour, t.tm_min, t.tm_sec);
		n = made > 0 && (size_t)made < sizeof text ? (size_t)made : 0;
		text_second = second;
	}
	return str_n(text, n);
}

static struct str printed(const char *text, int made, size_t cap)
{
	return str_n(text, made > 0 && (size_t)made < cap ? (size_t)made : 0);
}

/* The head, and behind it `body` when it is to go along. length: what Content-Length says. connection: a field or none. */
static struct bytes *make_answer(
	int status, struct str content_type, struct str connection, struct str extra, size_t length, struct str body)
{
	char line[64], size[48];
	struct str no = {0};
	bool has_length = status >= 200 && status != 204 && status != 304;
	struct str parts[] = {
		printed(line, snprintf(line, sizeof line, "HTTP/1.1 %d %s\r\n", status, http_reason(status)), sizeof line),
		date_field(),
		content_type.n > 0 ? STR("Content-Type: ") : no,
		content_type,
		content_type.n > 0 ? STR("\r\n") : no,
		has_length ? printed(size, snprintf(size, sizeof size, "Content-Length: %zu\r\n", length), sizeof size) : no,
		connection,
		extra,
		STR("\r\n"),
		body,
	};
	size_t total = 0;
	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
		total += parts[i].n;
	struct bytes *b = bytes_alloc(total);
	size_t at = 0;
	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
		if (parts[i].n > 0)
			memcpy(b->p + at, parts[i].p, parts[i].n);
		at += parts[i].n;
	}
	return b;
}

struct bytes *http_session_refusal(const struct http_app *app, int status)
{
	struct http_refusal r = {0};
	if (app->refusal)
		r = app->refusal(app->user, status);
	return make_answer(status, r.content_type, STR("Connection: close\r\n"), r.extra, r.body.n, r.body);
}

static bool may_keep(const struct http_exchange *x)
{
	const struct http_session *s = x->session;
	return x->head.keep_alive && s->requests < HTTP_REQUESTS_PER_CONN && !(s->eof && s->waiting.n == 0);
}

static struct str connection_field(const struct http_exchange *x, bool keep)
{
	return !keep ? STR("Connection: close\r\n") : x->head.minor == 0 ? STR("Connection: keep-alive\r\n") : STR("");
}

static void answer(struct http_request *r, int status, struct str content_type, struct str extra, struct str copied, struct bytes *shared)
{
	struct http_exchange *x = (struct http_exchange *)r;
	struct http_session *s = x->session;
	if (s->closing) { /* cut meanwhile: nobody listens */
		http_session_answered(x, false);
		return;
	}
	struct str body = shared ? bytes_str(shared) : copied;
	size_t length = body.n;
	bool keep = may_keep(x);
	bool bare = status < 200 || status == 204 || status == 304 || str_eq(x->head.method, STR("HEAD"));
	if (bare)
		body = str_n(NULL, 0);
	bool apart = shared && body.n > JOIN_MAX;
	struct bytes *b = make_answer(status, content_type, connection_field(x, keep), extra, length, apart ? STR("") : body);
	conn_send(s->conn, b);
	bytes_unref(&b);
	if (apart)
		conn_send(s->conn, shared);
	http_session_answered(x, keep);
}

void http_respond(struct http_request *r, int status, struct str content_type, struct str extra, struct str body)
{
	answer(r, status, content_type, extra, body, NULL);
}

void http_respond_bytes(struct http_request *r, int status, struct str content_type, struct str extra, struct bytes *body)
{
	answer(r, status, content_type, extra, str_n(NULL, 0), body);
}

void http_stream(struct http_request *r, int status, struct str content_type, struct str extra, uint64_t length,
	void (*want)(struct http_request *r))
{
	struct http_exchange *x = (struct http_exchange *)r;
	bool keep = may_keep(x);
	CHECK(length > 0 && length <= SIZE_MAX);
	struct bytes *b = make_answer(status, content_type, connection_field(x, keep), extra, (size_t)length, STR(""));
	conn_send(x->session->conn, b);
	bytes_unref(&b);
	x->stream_left = length;
	x->want = want;
	http_session_stream(x, keep);
}
