/* SPDX-License-Identifier: Apache-2.0
 *
 * Received packets in a slab of fixed size: taken from the network, decrypted in place, then read by everybody who forwards or keeps
 * them, by count of references. No allocation after packets_new. The thread of the process owns all of it.
 * And the first look at a datagram: what is it (RFC 7983, RFC 5761).
 */
#ifndef MEDIA_PACKET_H
#define MEDIA_PACKET_H

#include "media/limits.h"
#include "media/rtp.h"

struct packet {
	/* state */
	unsigned refs;
	uint16_t n;             /* bytes in data */
	uint32_t slot;          /* its place in the slab, 0 .. count-1 */
	int64_t received_us;    /* monotonic clock */
	struct rtp rtp;         /* as rtp_parse gave it, once it was decrypted */
	struct packet *next;    /* while it is free */
	uint8_t data[PACKET_MAX];
};

struct packets; /* the slab */

struct packets *packets_new(size_t count);         /* aborts without memory; count > 0 */
void packets_free(struct packets **all);           /* every packet must be back */
struct packet *packet_take(struct packets *all);   /* one reference, n = 0; NULL: none left, drop what comes */
void packet_ref(struct packet *p);
void packet_unref(struct packets *all, struct packet *p); /* the last one puts it back */
size_t packets_left(const struct packets *all);    /* free ones */
struct packet *packet_at(struct packets *all, uint32_t slot); /* by its place, whether free or not */

enum datagram { DATAGRAM_JUNK, DATAGRAM_STUN, DATAGRAM_DTLS, DATAGRAM_RTP, DATAGRAM_RTCP };

/* By the first byte, and for RTP and RTCP by the second; everything else of it is unproven. TURN channels are junk here. */
enum datagram datagram_kind(const uint8_t *p, size_t n);

#endif
