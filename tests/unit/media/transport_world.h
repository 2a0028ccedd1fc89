/* SPDX-License-Identifier: Apache-2.0
 *
 * All transports of a process and browsers' ends, in memory: what one sends waits in a list until world_run carries it, so that nothing calls back from inside.
 */
#ifndef UNIT_MEDIA_TRANSPORT_WORLD_H
#define UNIT_MEDIA_TRANSPORT_WORLD_H

#include "media/transport.h"
#include "media/tuple.h"
#include "../../../bench/media_client.h"

#define WORLD_PEERS 16

struct world;
struct peer { /* a transport and the browser's end of it */
	struct world *world;
	struct transport *t;
	struct media_client *client;
	struct tuple path;           /* on which the client sends now */
	unsigned rtp_in, rtcp_in, connected, closed;
	char why[32], ufrag[64], password[64];
	uint8_t last[PACKET_MAX];    /* the last clear RTP that the transport gave */
	size_t last_n;
	unsigned client_rtp, client_rtcp;
	uint8_t client_last[PACKET_MAX];
	size_t client_last_n;
	bool free_in_rtp, free_in_closed; /* transport_free from inside the callback */
};

struct world {
	struct packets *packets;
	struct transports *all;
	struct media_client_context *context;
	struct wire wire;
	struct peer peers[WORLD_PEERS];
	unsigned count;
	int64_t now_us;
	bool full;           /* has_room says no */
	unsigned lose, lose_dtls; /* so many of the next datagrams (of DTLS) from the server are lost */
	unsigned sends, datagrams, drops, largest_run;
	size_t last_segment, last_n; /* of the last send */
};

struct world *world_new(const char *profiles);
void world_free(struct world **w);
struct peer *world_peer(struct world *w, unsigned mtu);      /* not connected */
struct peer *world_connected(struct world *w);
struct tuple world_path(unsigned n);                         /* the n-th client's address */
void world_path_of_client(struct peer *p, unsigned n);       /* it moves there */
void world_run(struct world *w);                             /* until nothing is under way; turns of the server between */
void world_pass(struct world *w, int64_t us);                /* time passes, in sweeps of 50 ms; clients do not tick */
void world_datagram(struct world *w, const struct tuple *from, const uint8_t *p, size_t n); /* straight in */
bool world_client_sends(struct peer *p, struct srtp_stream *s, uint16_t seq, size_t payload_n);
enum err world_server_sends(struct peer *p, struct srtp_stream *s, uint16_t seq, size_t payload_n);

#endif
