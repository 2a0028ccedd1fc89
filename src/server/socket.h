/* SPDX-License-Identifier: Apache-2.0
 *
 * One client's WebSocket: who it is, commands in, answers, events and signals out. Belongs to its loop.
 */
#ifndef SERVER_SOCKET_H
#define SERVER_SOCKET_H

#include "net/http_server.h"
#include "server/dispatch.h"

#define SOCKET_CALLS_MAX 64 /* commands under way for one socket; beyond it reading pauses */

struct socket_server {
	/* borrowed */
	struct dispatcher *dispatcher;
	struct delivery *const *deliveries; /* by loop index */
	const char *version;
	bool deflate;
};

/* Takes a GET of /api/v1/socket whose origin has been checked: finds the session of `token`, upgrades, says welcome. Without a
 * living session the socket is opened and closed with 4401, which a browser can read, unlike a status. */
void socket_start(const struct socket_server *s, struct http_request *r, struct str token, bool english);
void socket_abort(void *pending); /* http_app's on_abort for a request that waits for its session; pending: its r->user */
/* Tells every socket of the loop 1001 and closes it. On that loop's thread. */
void socket_close_all(struct delivery *d);
void socket_on_session_ended(struct receiver *r); /* delivery's callback */
uint64_t socket_count(void); /* open in the process; any thread */

#endif
