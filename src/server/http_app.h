/* SPDX-License-Identifier: Apache-2.0
 *
 * The program's HTTP: commands, the WebSocket, health, the client's files, and what rooms register as routes. Every answer carries
 * the security fields; nothing under /api/ may be stored by anybody. Runs on the loops.
 */
#ifndef SERVER_HTTP_APP_H
#define SERVER_HTTP_APP_H

#include "net/static_files.h"
#include "server/dispatch.h"
#include "server/socket.h"

struct site;

/* What is no command and has a path of its own: `path` itself and everything below it. Such a room does for its requests what commands
 * are spared by dispatch: origin, limits, session, rights. Constant while the program runs. */
struct route {
	struct str path; /* "/api/v1/files" */
	size_t (*body_limit)(const struct http_head *h);
	void (*on_request)(void *user, struct http_request *r); /* on a loop; sets r->user when it answers later */
	void (*on_abort)(void *user, struct http_request *r);   /* r->user is not NULL */
	void *user;
};

struct site { /* constant while the program runs */
	/* borrowed */
	struct dispatcher *dispatcher;
	const struct static_files *files; /* NULL: a server without its client */
	struct socket_server sockets;
	struct str public_url;            /* may be empty */
	bool behind_https;                /* public_url is https: the cookie is Secure although the connection is plain */
	const struct route *routes;
	size_t route_count;
};

struct http_app site_app(struct site *s);

/* --- for routes */

/* A script of our own page: it sends a field X-Zvonok, and an Origin, when there is one, is ours. */
bool site_is_our_page(const struct site *s, const struct http_request *r);
/* A WebSocket that a page of ours opens: its Origin is there and ours. Such a route upgrades by ws_upgrade. */
bool site_is_our_socket(const struct site *s, const struct http_request *r);
struct str site_session_token(const struct site *s, const struct http_request *r); /* of the cookie; empty: none */
bool site_wants_english(const struct http_request *r);
/* Fields of every answer, without Cache-Control. */
void site_add_fields(const struct site *s, const struct http_request *r, struct buf *fields);
/* more: whole field lines. Nothing is stored by anybody. */
void site_respond(const struct site *s, struct http_request *r, int status, struct str type, const char *more, struct str body);
void site_refuse(const struct site *s, struct http_request *r, const struct refusal *why, const char *more);

#endif
