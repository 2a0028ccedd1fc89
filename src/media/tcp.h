/* SPDX-License-Identifier: Apache-2.0
 *
 * ICE over TCP, passive (RFC 6544): connections that were accepted elsewhere and whose descriptors are given here. Frames after RFC 4571, each a
 * datagram for the same ears as UDP's. A connection that is nobody's path after TCP_OPENING_US is closed; so is one whose frames make no sense. What the kernel
 * does not take at once waits in a queue of at most TCP_QUEUE_MAX bytes; what does not fit is dropped by whole packets. One thread.
 */
#ifndef MEDIA_TCP_H
#define MEDIA_TCP_H

#include "media/packet.h"
#include "media/reactor.h"
#include "media/tuple.h"

#define TCP_MAX 4096                          /* connections at once; more are closed */
#define TCP_QUEUE_MAX (256u * 1024)
#define TCP_OPENING_US (10 * INT64_C(1000000))

struct tcp;

struct tcp_config {
	struct reactor *reactor; /* borrowed, as packets */
	struct packets *packets;
	void *user;
	void (*input)(void *user, const struct tuple *from, struct packet *p); /* takes the reference over */
	void (*gone)(void *user, const struct tuple *t);                       /* it was closed by its peer, an error, or the queue */
	bool (*known)(void *user, const struct tuple *t);                      /* is it somebody's path? */
};

struct tcp *tcp_new(const struct tcp_config *config);
void tcp_free(struct tcp **t);
/* fd is the callee's, on every way out. */
void tcp_take(struct tcp *t, int fd);
void tcp_send(struct tcp *t, const struct tuple *to, const uint8_t *p, size_t n, size_t segment); /* as struct wire says, as the next two */
bool tcp_has_room(struct tcp *t, const struct tuple *to, size_t n);
void tcp_drop(struct tcp *t, const struct tuple *to);
/* At the end of every turn: those that ended in it are closed, and gone() is called for them. */
void tcp_bury(struct tcp *t);
void tcp_sweep(struct tcp *t, int64_t now_us);

struct tcp_stats {
	uint64_t taken, refused, unknown, broken; /* unknown: closed because they were nobody's path */
	uint64_t frames_in, bytes_in, frames_out, bytes_out;
	uint64_t dropped_in, dropped_out;         /* frames: no packet was free; the queue was full */
	size_t open;
};
void tcp_stats(const struct tcp *t, struct tcp_stats *out);

#endif
