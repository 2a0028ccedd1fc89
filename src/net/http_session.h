/* SPDX-License-Identifier: Apache-2.0
 *
 * Private to http_server*.c and ws_conn.c: HTTP on one connection. Belongs to the connection's loop.
 */
#ifndef NET_HTTP_SESSION_H
#define NET_HTTP_SESSION_H

#include "net/http_server.h"

enum http_phase {
	HTTP_IDLE,   /* no byte of a request yet */
	HTTP_HEAD,   /* some bytes of a head */
	HTTP_BODY,
	HTTP_READY,  /* whole, not yet handed over */
	HTTP_ANSWER, /* with the app */
	HTTP_STREAM, /* its answer is leaving piece by piece */
	HTTP_LAST    /* a last, long answer is leaving; closed when it has left */
};

struct http_session {
	/* owned */
	struct http_exchange *now; /* the request being read or answered; an idle connection has none */
	struct buf waiting;        /* bytes behind the request that is being answered */
	/* borrowed */
	struct conn *conn;
	const struct http_app *app;
	/* state */
	struct timer timer;
	int64_t deadline_ms;       /* of the phase; HTTP_NO_DEADLINE while the app thinks */
	int64_t armed_ms;          /* when the timer fires; 0: it does not run */
	size_t looked;             /* bytes of an unfinished head without news in them */
	size_t queued_before;      /* at the last look, to tell a slow reader from one that stands still */
	unsigned requests;
	enum http_phase phase;
	bool busy;                 /* in the loop that feeds; answers only note themselves */
	bool gone;                 /* handed over to WebSocket; freed when no longer busy */
	bool closing, eof, paused;
};

#define HTTP_NO_DEADLINE INT64_MAX

struct http_exchange {
	struct http_request r; /* first: the app's pointer is ours */
	/* owned */
	struct buf body;
	/* borrowed */
	struct http_session *session;
	/* state */
	struct http_head head;
	struct http_chunked chunked;
	int large;               /* place of a large body + 1; 0: none */
	bool keep;               /* the connection, after a streamed answer */
	bool asked;              /* for the next piece of it */
	uint64_t stream_left;
	void (*want)(struct http_request *r);
	char bytes[]; /* of the head, which borrows them */
};

/* The answer has been queued: goes on with the connection, or ends it. Frees the exchange. */
void http_session_answered(struct http_exchange *x, bool keep);
/* Pieces of an answer: its head was queued. */
void http_session_stream(struct http_exchange *x, bool keep);
/* A place for a large body; any thread. False: there is none now. */
bool http_large_take(const struct conn_address *whose, int *place_out);
void http_large_give(int place);
/* The answer to a request that never reached the app. One reference. */
struct bytes *http_session_refusal(const struct http_app *app, int status);
/* The request became something else: frees the exchange and the session. The caller has set another handler. */
void http_session_leave(struct http_exchange *x);

#endif
