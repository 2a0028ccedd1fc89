/* SPDX-License-Identifier: Apache-2.0
 *
 * A session with Janus over its Unix socket, and as much SDP as its VideoRoom wants to hear: one who sends VP8, many who receive it. Its media are clients of
 * media_client.h, pumped by a media_room without a process. For the bench only.
 */
#ifndef BENCH_JANUS_H
#define BENCH_JANUS_H

#include "media_room.h"

#define JANUS_PT 96

struct janus {
	int fd;
	int64_t session, feed;
	unsigned transactions;
};

bool janus_open(struct janus *j, const char *socket_path); /* with a room in it */
void janus_close(struct janus *j);                         /* and the session */
/* Make a client in *slot and connect it; false (said on stderr): it did not work. */
bool janus_publish(struct janus *j, struct media_room *r, struct media_client **slot, uint32_t ssrc, const struct media_client_config *config);
bool janus_subscribe(struct janus *j, struct media_room *r, struct media_client **slot, const struct media_client_config *config);

#endif
