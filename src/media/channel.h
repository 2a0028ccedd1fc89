/* SPDX-License-Identifier: Apache-2.0
 *
 * Messages between the program and a media process over a pair of stream sockets: u32 length (big-endian, of the payload), u8 type, payload of at most
 * CHANNEL_MESSAGE_MAX bytes. Type 0: one JSON text. Type 1: a TCP connection, whose descriptor comes with that message by SCM_RIGHTS; the payload is the
 * peer's address as text. Type 2: a recorder's socket, in the same way; the payload is the room's name. Both ends use this; each end belongs to one thread. The socket does not block.
 */
#ifndef MEDIA_CHANNEL_H
#define MEDIA_CHANNEL_H

#include "base/str.h"
#include "media/limits.h"

#define CHANNEL_HEAD 5
#define CHANNEL_QUEUE_MAX (8u << 20) /* bytes that wait for the other side; beyond it that side is taken for dead */
#define CHANNEL_DESCRIPTORS_MAX 16   /* that have come and whose message has not */

enum channel_type { CHANNEL_JSON = 0, CHANNEL_TCP = 1, CHANNEL_RECORD = 2 };

/* --- the framing alone, over bytes. ERR_AGAIN: not whole yet. ERR_MALFORMED: an unknown type. ERR_TOO_LARGE. *used_out: bytes of the whole message. */
struct channel_message { enum channel_type type; struct str payload; }; /* borrowed */
enum err channel_parse(struct str in, struct channel_message *out, size_t *used_out) MUST_CHECK;
void channel_write(struct buf *out, enum channel_type type, struct str payload); /* payload within the limit */

/* --- a socket */
struct channel {
	/* borrowed */
	int fd;
	/* owned */
	struct buf in, out;
	int descriptors[CHANNEL_DESCRIPTORS_MAX]; /* in the order of their coming */
	unsigned descriptor_count;
};

void channel_init(struct channel *c, int fd);
void channel_release(struct channel *c); /* closes descriptors that nobody took, not fd */

/* Reads what is there. on_message gets every whole message; descriptor is the callee's for types 1 and 2, else -1. ERR_CLOSED: the other side is gone.
 * ERR_MALFORMED, ERR_TOO_LARGE, ERR_IO: it talks nonsense or the socket is broken; give it up. */
enum err channel_read(struct channel *c, void (*on_message)(void *user, const struct channel_message *m, int descriptor), void *user) MUST_CHECK;
/* Queues; what the socket takes leaves at once. ERR_TOO_LARGE: payload beyond the limit. ERR_BUSY: CHANNEL_QUEUE_MAX, give the other side up. ERR_CLOSED. */
enum err channel_send(struct channel *c, enum channel_type type, struct str payload) MUST_CHECK;
/* descriptor stays the caller's. ERR_BUSY also when bytes wait already and the descriptor cannot go in its order: refuse the connection. */
enum err channel_send_fd(struct channel *c, enum channel_type type, struct str payload, int descriptor) MUST_CHECK;
enum err channel_flush(struct channel *c) MUST_CHECK; /* on EPOLLOUT; ERR_CLOSED */
static inline bool channel_wants_out(const struct channel *c) { return c->out.n > 0; }

#endif
