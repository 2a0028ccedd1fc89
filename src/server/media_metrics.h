/* SPDX-License-Identifier: Apache-2.0
 *
 * What the media processes last said of themselves (every 5 s), for /metrics. Written by whoever hears them, one thread a process at a time; read by any thread.
 */
#ifndef SERVER_MEDIA_METRICS_H
#define SERVER_MEDIA_METRICS_H

#include "base/str.h"

#define MEDIA_METRICS_PROCESSES 64

void media_metrics_hear(int process, struct str json); /* every message of it; all but "ready" and "stats" are passed over */
void media_metrics_gone(int process);                  /* it ended: its counters begin anew */
void media_metrics_write(struct buf *out, int processes);

#endif
