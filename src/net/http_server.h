/* SPDX-License-Identifier: Apache-2.0
 *
 * HTTP on a connection: reads requests one at a time, hands each whole request over, writes the answer, keeps alive or
 * upgrades. Limits (api/LIMITS below) are enforced here; whoever breaks one is answered, counted and cut.
 */
#ifndef NET_HTTP_SERVER_H
#define NET_HTTP_SERVER_H

#include "net/conn.h"
#include "net/http.h"

#define HTTP_HEAD_TIMEOUT_MS 10000      /* from the first byte of a head to its end */
#define HTTP_BODY_TIMEOUT_MS 30000      /* whole body */
#define HTTP_BODY_LARGE 65536           /* bytes; a longer body tells its length beforehand and needs a place of those below, else 503 */
#define HTTP_LARGE_BODIES 64            /* read at once by the process */
#define HTTP_LARGE_BODIES_ADDRESS 16    /* read at once from one address: a school sits behind one */
#define HTTP_LARGE_BODY_TIMEOUT_MS 120000
#define HTTP_KEEPALIVE_MS 60000         /* idle between requests */
#define HTTP_REQUESTS_PER_CONN 10000
#define HTTP_PIPELINE_MAX 65536         /* bytes of further requests kept while one is being answered */

struct http_request { /* valid until answered or aborted; belongs to the connection's loop */
	/* borrowed */
	struct conn *conn;
	const struct http_head *head;
	struct str body;
	/* state */
	void *user;   /* the app's, see on_abort */
};

/* What goes with an answer to a request that never reached the app (400, 408, 413, 414, 417, 431, 501, 505). Constant texts. */
struct http_refusal { struct str content_type, extra, body; };

struct http_app { /* one for the program, borrowed by every connection */
	void *user;
	/* How large a body this head may carry, bytes; 0: none. Called before a byte of the body is read. */
	size_t (*body_limit)(void *user, const struct http_head *h);
	/* Answer now or later (same loop) by http_respond*, exactly once. */
	void (*on_request)(void *user, struct http_request *r);
	/* The connection died before the end of the answer: forget r. Not called afterwards. */
	void (*on_abort)(void *user, struct http_request *r);
	struct http_refusal (*refusal)(void *user, int status); /* NULL: a bare status */
};

void http_serve(struct conn *c, const struct http_app *app); /* from listener's on_accept */

/* extra: whole field lines, each ending in CRLF, or empty. Content-Length, Date, Connection are set here. HEAD gets no body. */
void http_respond(struct http_request *r, int status, struct str content_type, struct str extra, struct str body);
void http_respond_bytes(struct http_request *r, int status, struct str content_type, struct str extra, struct bytes *body);

/* The body becomes the caller's, who may need it longer than the connection lives; r->body is empty then. */
struct buf http_take_body(struct http_request *r);

/* --- a long answer in pieces: the head with Content-Length now, then pieces by http_stream_piece, the first one unasked, each further
 * one when want() is called on the loop: everything before has left. The piece that completes `length` (> 0) ends the request. Until then
 * on_abort may come. http_stream_cut: the rest cannot be had; the connection is closed and r is gone. GET only. */
void http_stream(struct http_request *r, int status, struct str content_type, struct str extra, uint64_t length,
	void (*want)(struct http_request *r));
void http_stream_piece(struct http_request *r, struct bytes *piece);
void http_stream_cut(struct http_request *r);

/* --- WebSocket: answers 101 and hands the connection over; ERR_MALFORMED: it was no proper upgrade (answered 400 or 426).
 * ERR_NOMEM (answered 503) and ERR_CLOSED (it is going away) too end the request: r is gone after any result. */
struct ws_conn;
struct ws_handler {
	void (*on_text)(struct ws_conn *w, struct str text);  /* valid UTF-8, whole message */
	void (*on_pong)(struct ws_conn *w);                   /* may be NULL */
	void (*on_overflow)(struct ws_conn *w);               /* may be NULL; the queue was dropped, close frame 1013 follows by itself */
	void (*on_close)(struct ws_conn *w);                  /* the last call */
};
#define WS_MESSAGE_MAX 65536            /* bytes of one message from a client, also after inflating */
#define WS_QUEUE_MAX (1u << 20)         /* bytes waiting for one client */
#define WS_PING_AFTER_MS 40000          /* nothing heard: ping */
#define WS_DEAD_AFTER_MS 75000          /* still nothing: closed */
/* Pings are answered here. Frames of other than text and control close with 1003. */
enum err ws_upgrade(struct http_request *r, const struct ws_handler *h, void *user, bool allow_deflate, struct ws_conn **out) MUST_CHECK;
/* A socket for nobody, which lives only to say why: a browser can read a close code, unlike a status. */
void ws_refuse(struct http_request *r, uint16_t code, struct str why);
void *ws_user(const struct ws_conn *w);
struct conn *ws_conn_of(const struct ws_conn *w);
bool ws_deflates(const struct ws_conn *w);
void ws_send(struct ws_conn *w, struct bytes *frame);       /* an encoded frame; takes its own reference */
void ws_send_text(struct ws_conn *w, struct str text);      /* frames it; compresses from 1 KiB when negotiated */
void ws_shut(struct ws_conn *w, uint16_t code, struct str reason); /* close frame, then the connection */

#endif
