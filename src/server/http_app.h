/* SPDX-License-Identifier: Apache-2.0
 *
 * The program's HTTP: commands, the WebSocket, health, the client's files. Every answer carries the security fields; nothing
 * under /api/ may be stored by anybody. Runs on the loops.
 */
#ifndef SERVER_HTTP_APP_H
#define SERVER_HTTP_APP_H

#include "net/static_files.h"
#include "server/dispatch.h"
#include "server/socket.h"

struct site { /* constant while the program runs */
	/* borrowed */
	struct dispatcher *dispatcher;
	const struct static_files *files; /* NULL: a server without its client */
	struct socket_server sockets;
	struct str public_url;            /* may be empty */
	bool behind_https;                /* public_url is https: the cookie is Secure although the connection is plain */
};

struct http_app site_app(struct site *s);

#endif
