/* SPDX-License-Identifier: Apache-2.0
 *
 * GET /api/v1/calendar/<secret>.ics: a person's lessons for other programs (RFC 5545). The secret alone opens it; it is no session and opens
 * nothing else. On the loops, reading on a worker.
 */
#ifndef LESSON_CALENDAR_HTTP_H
#define LESSON_CALENDAR_HTTP_H

#include "server/http_app.h"

#define CALENDAR_COST 10 /* tokens of the address's rate limit */

struct calendar_server { const struct site *site; struct workers *workers; };
struct route calendar_route(struct calendar_server *s); /* borrows it */

#endif
