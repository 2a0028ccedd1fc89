/* SPDX-License-Identifier: Apache-2.0
 *
 * HTTP and WebSocket on a whole connection, without a socket. The first byte seeds the splits and says whether answers
 * come at once or later; the rest is what a client sends. What the application sees does not depend on the splits, every
 * request is answered once or aborted once, and nothing is left behind.
 */
#include "fuzz.h"
#include "../unit/net/fake_conn.h"
#include "net/http_server.h"
#include "base/clock.h"

struct app {
	struct http_app http;
	struct conn *c;
	struct http_request *pending;
	struct ws_conn *w;
	unsigned taken, ended;
	bool later;
	struct buf log;
};

static void on_text(struct ws_conn *w, struct str text)
{
	struct app *a = ws_user(w);
	buf_addf(&a->log, "text %zu ", text.n);
	buf_add_str(&a->log, text);
	ws_send_text(w, text);
}

static void on_overflow(struct ws_conn *w) { (void)w; }

static void on_ws_close(struct ws_conn *w)
{
	struct app *a = ws_user(w);
	MUST(a->w == w);
	a->w = NULL;
	buf_add_str(&a->log, STR("closed"));
}

static const struct ws_handler ws = {.on_text = on_text, .on_overflow = on_overflow, .on_close = on_ws_close};

static size_t body_limit(void *user, const struct http_head *h)
{
	(void)user;
	return str_eq(h->method, STR("POST")) ? 300 : 0;
}

static void answer(struct app *a, struct http_request *r)
{
	buf_addf(&a->log, "%.*s %.*s %zu ", (int)r->head->method.n, r->head->method.p, (int)r->head->target.n, r->head->target.p, r->body.n);
	buf_add_str(&a->log, r->body);
	a->ended++;
	if (!r->head->upgrade_websocket)
		http_respond(r, 200, STR("text/plain"), STR(""), r->body);
	else if (ws_upgrade(r, &ws, a, true, &a->w) == ERR_OK)
		buf_add_str(&a->log, STR("upgraded"));
}

static void on_request(void *user, struct http_request *r)
{
	struct app *a = user;
	MUST(!a->pending);
	a->taken++;
	if (a->later)
		a->pending = r;
	else
		answer(a, r);
}

static void on_abort(void *user, struct http_request *r)
{
	struct app *a = user;
	MUST(a->pending == r);
	a->pending = NULL;
	a->ended++;
}

static void answer_pending(struct app *a)
{
	while (a->pending) {
		struct http_request *r = a->pending;
		a->pending = NULL;
		answer(a, r);
		fake_conn_turn(a->c);
	}
}

static void run(const uint8_t *data, size_t size, uint32_t seed, bool split, bool later, struct buf *log_out)
{
	struct app a = {.later = later};
	struct loop *l = fake_loop_new();
	a.http = (struct http_app){.user = &a, .body_limit = body_limit, .on_request = on_request, .on_abort = on_abort};
	a.c = fake_conn_new(l);
	buf_init(&a.log, 1 << 26);
	http_serve(a.c, &a.http);
	for (size_t at = 0; at < size;) {
		size_t n = split ? fuzz_piece(&seed, size - at) : size - at;
		fake_conn_give(a.c, data + at, n);
		answer_pending(&a);
		at += n;
	}
	fake_conn_eof(a.c);
	answer_pending(&a);
	fake_loop_advance(l, 1000000);
	fake_conn_free(a.c);
	fake_loop_free(l);
	MUST(a.taken == a.ended && !a.pending && !a.w && !a.log.err);
	*log_out = a.log;
}

static int64_t no_time(void) { return 0; }

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf whole, split;
	if (size < 1)
		return 0;
	clock_set_source(&(struct clock_source){.wall_ms = no_time});
	bool later = data[0] & 1;
	run(data + 1, size - 1, 0, false, later, &whole);
	run(data + 1, size - 1, data[0], true, later, &split);
	/* Answering later, a client that sends before the 101 is refused, and that depends on the arrival. */
	MUST(later || str_eq(buf_str(&whole), buf_str(&split)));
	buf_release(&whole);
	buf_release(&split);
	return 0;
}
