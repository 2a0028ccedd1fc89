/* SPDX-License-Identifier: Apache-2.0
 *
 * Is a request from our own pages? Defence against cross-site request forgery and cross-site WebSocket hijacking. Pure.
 */
#ifndef SERVER_ORIGIN_H
#define SERVER_ORIGIN_H

#include "net/http.h"

/* origin: value of the Origin field. public_url: of this installation, may be empty; then the authority must be the request's Host
 * and the scheme the connection's. "null", a suffix, another port or scheme are refused. */
bool origin_is_ours(struct str origin, struct str host, bool tls, struct str public_url);

#endif
