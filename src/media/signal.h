/* SPDX-License-Identifier: Apache-2.0
 *
 * Browsers' requests (docs/media.md): one JSON text each way. Everything in them is hostile. The process's thread.
 */
#ifndef MEDIA_SIGNAL_H
#define MEDIA_SIGNAL_H

#include "media/room.h"

/* A frame of p's session. May end in p being freed (`leave`). */
void signal_text(struct participant *p, struct str text);
void signal_welcome(struct participant *p); /* what a new session is told first */
json_t *signal_producer(const struct producer *p); /* {id, kind, source, paused}; the caller's */

#endif
