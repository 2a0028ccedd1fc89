/* SPDX-License-Identifier: Apache-2.0
 *
 * Prometheus text format (0.0.4) on a listener of its own, away from the public one. Runs on a loop.
 */
#ifndef SERVER_METRICS_H
#define SERVER_METRICS_H

#include "net/http_server.h"
#include "server/dispatch.h"

struct metrics {
	/* borrowed */
	struct dispatcher *dispatcher;
	struct workers *workers;
	const char *version;
	int64_t started_ms; /* wall clock */
};

struct http_app metrics_app(struct metrics *m);
void metrics_write(const struct metrics *m, struct buf *out); /* any thread */

#endif
