/* SPDX-License-Identifier: Apache-2.0
 *
 * The front's messages (docs/media.md): JSON from our own server process, so a malformed one is a fault of ours, logged and dropped.
 * The process's thread.
 */
#ifndef MEDIA_CONTROL_H
#define MEDIA_CONTROL_H

#include "media/room.h"

void control_message(struct router *r, struct str json);
void control_ready(struct router *r, unsigned udp_port);
void control_stats(struct router *r); /* sends {"m":"stats"} */
#define CONTROL_STATS_US 5000000

#endif
