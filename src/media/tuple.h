/* SPDX-License-Identifier: Apache-2.0
 *
 * What a transport sends through, and what names a path: UDP and TCP in the process (media.c), a recorder in tests. One thread.
 */
#ifndef MEDIA_TUPLE_H
#define MEDIA_TUPLE_H

#include "base/err.h"
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* A path between one of our addresses and a browser. Compared whole, so every byte counts: make it by {0}. */
struct tuple {
	uint8_t local[16], remote[16]; /* IPv6; IPv4 as ::ffff:a.b.c.d */
	uint16_t port;                 /* remote, host order */
	uint16_t zero;
	uint32_t tcp;                  /* 0: UDP; else the number of the connection, never used twice */
};
_Static_assert(sizeof(struct tuple) == 40, "no padding");

static inline bool tuple_eq(const struct tuple *a, const struct tuple *b) { return memcmp(a, b, sizeof *a) == 0; }

#define WIRE_SEGMENTS_MAX 32 /* of one send */

struct wire {
	void *user;
	/* n bytes as datagrams (frames) of `segment` bytes each, the last may be shorter; at most WIRE_SEGMENTS_MAX. Never waits: what the kernel
	 * does not take is dropped whole and counted by the wire. */
	void (*send)(void *user, const struct tuple *to, const uint8_t *p, size_t n, size_t segment);
	bool (*has_room)(void *user, const struct tuple *to, size_t n); /* TCP only: n more bytes fit into the queue */
	void (*drop)(void *user, const struct tuple *t);                /* TCP only: close the connection */
};

#endif
