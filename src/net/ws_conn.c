/* SPDX-License-Identifier: Apache-2.0
 *
 * WebSocket on a connection: the upgrade, messages, pings, the end. Belongs to the connection's loop. Thousands of these
 * are idle at a time, so a ws_conn is small, holds no buffer between messages, and hearing something writes down the
 * time but touches no timer: the timer looks at it when it fires.
 */
#include "net/http_session.h"
#include "net/http_private.h"
#include "net/ws.h"
#include "base/mem.h"

#define DEFLATE_FROM 1024

struct ws_conn {
	/* owned */
	struct ws_reader reader;
	/* borrowed */
	struct conn *conn;
	const struct ws_handler *handler;
	void *user;
	/* state */
	struct timer timer;
	int64_t heard_ms;     /* the last byte from the client */
	int64_t partial_ms;   /* since when a message is unfinished; 0: none is */
	bool pinged, closing;
};

void *ws_user(const struct ws_conn *w) { return w->user; }
struct conn *ws_conn_of(const struct ws_conn *w) { return w->conn; }
bool ws_deflates(const struct ws_conn *w) { return w->reader.deflate_allowed; }

void ws_send(struct ws_conn *w, struct bytes *frame)
{
	if (!w->closing)
		conn_send(w->conn, frame);
}

void ws_send_text(struct ws_conn *w, struct str text)
{
	if (w->closing)
		return;
	struct bytes *frame = NULL;
	if (ws_deflates(w) && text.n >= DEFLATE_FROM)
		frame = ws_frame_deflated(WS_TEXT, text);
	if (!frame)
		frame = ws_frame(WS_TEXT, text);
	conn_send(w->conn, frame);
	bytes_unref(&frame);
}

void ws_shut(struct ws_conn *w, uint16_t code, struct str reason)
{
	if (w->closing)
		return;
	struct bytes *frame = ws_close_frame(code, reason);
	w->closing = true;
	conn_send(w->conn, frame);
	bytes_unref(&frame);
	timer_stop(conn_loop(w->conn), &w->timer);
	conn_close(w->conn, CONN_CLOSE_FLUSH);
}

/* --- reading */

static void on_broken(struct ws_conn *w, enum err e)
{
	switch (e) {
	case ERR_TOO_LARGE:
		net_count_cut(NET_CUT_LARGE);
		ws_shut(w, 1009, STR("message too large"));
		break;
	case ERR_REFUSED:
		net_count_cut(NET_CUT_MALFORMED);
		ws_shut(w, 1007, STR("text is not UTF-8"));
		break;
	case ERR_MALFORMED:
		net_count_cut(NET_CUT_MALFORMED);
		ws_shut(w, 1002, STR("protocol error"));
		break;
	default:
		ws_shut(w, 1011, STR("out of memory"));
	}
}

static void on_event(struct ws_conn *w, const struct ws_event *event)
{
	struct bytes *frame;
	switch (event->op) {
	case WS_TEXT:
		w->handler->on_text(w, event->payload);
		break;
	case WS_PING:
		frame = ws_frame(WS_PONG, event->payload);
		ws_send(w, frame);
		bytes_unref(&frame);
		break;
	case WS_PONG:
		if (w->handler->on_pong)
			w->handler->on_pong(w);
		break;
	case WS_CLOSE:
		ws_shut(w, event->close_code, str_n(NULL, 0)); /* RFC 6455 5.5.1: the code comes back */
		break;
	default:
		ws_shut(w, 1003, STR("text only"));
	}
}

static size_t on_data(struct conn *c, const unsigned char *p, size_t n)
{
	struct ws_conn *w = conn_user(c);
	unsigned char *bytes = (unsigned char *)p; /* the loop's buffer, given to us alone: unmasked where it lies */
	size_t at = 0;
	w->heard_ms = loop_now_ms(conn_loop(c));
	w->pinged = false;
	while (at < n && !w->closing) {
		struct ws_event event;
		size_t used;
		enum err e = ws_read(&w->reader, bytes + at, n - at, &used, &event);
		at += used;
		if (e == ERR_OK) {
			if (event.op < WS_CLOSE)
				w->partial_ms = 0;
			on_event(w, &event);
		} else if (e != ERR_AGAIN) {
			on_broken(w, e);
		} else if (used == 0) {
			break; /* the connection keeps the beginning of a frame */
		}
	}
	if (w->closing)
		return n;
	if (w->reader.opcode == 0)
		ws_reader_release(&w->reader); /* between messages no buffer is held */
	if (at == n && w->reader.opcode == 0)
		w->partial_ms = 0;
	else if (w->partial_ms == 0)
		w->partial_ms = w->heard_ms;
	return at;
}

static void on_overflow(struct conn *c)
{
	struct ws_conn *w = conn_user(c);
	conn_drop_queue(c);
	net_count_cut(NET_CUT_OVERFLOW);
	if (!w->closing && w->handler->on_overflow)
		w->handler->on_overflow(w);
	ws_shut(w, 1013, STR("too slow"));
}

static void on_close(struct conn *c)
{
	struct ws_conn *w = conn_user(c);
	timer_stop(conn_loop(c), &w->timer);
	w->handler->on_close(w);
	ws_reader_release(&w->reader);
	mem_free(w);
}

static const struct conn_handler ws_handler = {
	.on_data = on_data,
	.on_overflow = on_overflow,
	.on_close = on_close,
};

/* --- silence */

static void on_timer(struct loop *l, struct timer *t)
{
	struct ws_conn *w = (struct ws_conn *)((char *)t - offsetof(struct ws_conn, timer));
	int64_t now = loop_now_ms(l), silent = now - w->heard_ms;
	if (w->partial_ms != 0 && now - w->partial_ms >= WS_DEAD_AFTER_MS) {
		net_count_cut(NET_CUT_SLOW);
		ws_shut(w, 1008, STR("message too slow"));
	} else if (silent >= WS_DEAD_AFTER_MS) {
		net_count_cut(NET_CUT_IDLE);
		w->closing = true;
		conn_close(w->conn, CONN_CLOSE_NOW);
	} else if (silent >= WS_PING_AFTER_MS) {
		if (!w->pinged)
			conn_send_copy(w->conn, "\x89", 2); /* an empty ping */
		w->pinged = true;
		timer_start(l, t, WS_DEAD_AFTER_MS - silent);
	} else {
		timer_start(l, t, WS_PING_AFTER_MS - silent);
	}
}

/* --- the upgrade (RFC 6455 4.2) */

static enum err check_upgrade(struct http_request *r, char accept[29])
{
	struct str version, key;
	const struct http_exchange *x = (const struct http_exchange *)r;
	bool ahead = x->session->waiting.n > 0; /* 4.1: a client sends nothing before our 101 */
	if (r->head->upgrade_websocket && !(http_field(r->head, STR("Sec-WebSocket-Version"), &version) && str_eq(version, STR("13")))) {
		http_respond(r, 426, STR(""), STR("Sec-WebSocket-Version: 13\r\n"), STR(""));
		return ERR_MALFORMED;
	}
	if (!r->head->upgrade_websocket || ahead || !http_field(r->head, STR("Sec-WebSocket-Key"), &key) || ws_accept_key(key, accept)) {
		http_respond(r, 400, STR(""), STR(""), STR(""));
		return ERR_MALFORMED;
	}
	return ERR_OK;
}

/* An offer may be spread over several fields (RFC 6455 9.1); the first that we can meet is taken. */
static struct str negotiate(const struct http_head *h)
{
	struct str answer = {0};
	for (size_t i = 0; i < h->field_count && answer.n == 0; i++)
		if (str_ieq_ascii(h->fields[i].name, STR("Sec-WebSocket-Extensions")))
			answer = ws_deflate_negotiate(h->fields[i].value);
	return answer;
}

static void send_switch(struct conn *c, const char *accept, struct str extension)
{
	struct buf b;
	buf_init(&b, 512);
	buf_addf(&b, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: %s\r\n", accept);
	if (extension.n > 0)
		buf_addf(&b, "Sec-WebSocket-Extensions: %.*s\r\n", (int)extension.n, extension.p);
	buf_add_str(&b, STR("\r\n"));
	conn_send_copy(c, b.p, b.n);
	buf_release(&b);
}

enum err ws_upgrade(struct http_request *r, const struct ws_handler *h, void *user, bool allow_deflate, struct ws_conn **out)
{
	struct http_exchange *x = (struct http_exchange *)r;
	struct conn *c = r->conn;
	char accept[29];
	if (x->session->closing) {
		http_session_answered(x, false);
		return ERR_CLOSED;
	}
	enum err e = check_upgrade(r, accept);
	if (e)
		return e;
	struct ws_conn *w = mem_try_alloc(sizeof *w);
	if (!w) {
		http_respond(r, 503, STR(""), STR("Retry-After: 5\r\n"), STR(""));
		return ERR_NOMEM;
	}
	struct str extension = {0};
	if (allow_deflate)
		extension = negotiate(r->head);
	w->conn = c;
	w->handler = h;
	w->user = user;
	w->timer.fire = on_timer;
	w->heard_ms = loop_now_ms(conn_loop(c));
	ws_reader_init(&w->reader, WS_MESSAGE_MAX, extension.n > 0);
	send_switch(c, accept, extension);
	conn_set_handler(c, &ws_handler, w);
	conn_set_limits(c, WS_MESSAGE_MAX + WS_HEAD_MAX, WS_QUEUE_MAX);
	timer_start(conn_loop(c), &w->timer, WS_PING_AFTER_MS);
	http_session_leave(x);
	*out = w;
	return ERR_OK;
}

static void ignore_text(struct ws_conn *w, struct str text)
{
	(void)w;
	(void)text;
}

static void ignore_close(struct ws_conn *w)
{
	(void)w;
}

void ws_refuse(struct http_request *r, uint16_t code, struct str why)
{
	static const struct ws_handler nobody = {.on_text = ignore_text, .on_close = ignore_close};
	struct ws_conn *w;
	if (!ws_upgrade(r, &nobody, NULL, false, &w))
		ws_shut(w, code, why);
}
