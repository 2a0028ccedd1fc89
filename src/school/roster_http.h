/* SPDX-License-Identifier: Apache-2.0
 *
 * The roster over HTTP, below /api/v1/roster: a file that `roster_export` has promised, once; and templates for filling in, for anybody. On
 * the loops; rows on the store workers.
 */
#ifndef SCHOOL_ROSTER_HTTP_H
#define SCHOOL_ROSTER_HTTP_H

#include "server/http_app.h"

struct roster_server { struct site *site; struct workers *workers; }; /* borrowed; constant while the program runs */
struct route roster_route(struct roster_server *s);

#endif
