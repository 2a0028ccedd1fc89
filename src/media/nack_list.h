/* SPDX-License-Identifier: Apache-2.0
 *
 * The holes of one incoming stream: which packets are missing, when to ask for them, when to give up. A packet that is only out of order is
 * waited for NACK_WAIT_US; then it is asked for every NACK_RETRY_US or round trip, NACK_TRIES_MAX times. Pure, one thread at a time, nothing is allocated.
 * Times are microseconds of the monotonic clock.
 */
#ifndef MEDIA_NACK_LIST_H
#define MEDIA_NACK_LIST_H

#include "media/limits.h"
#include <stdbool.h>
#include <stdint.h>

enum { NACK_WAIT_US = 10000, NACK_RETRY_US = 40000 };

struct nack_hole { uint16_t seq; uint8_t tries; bool filled; int64_t at_us; /* of its discovery, then of the last asking */ };

struct nack_list {
	/* state */
	bool started;
	uint16_t highest;
	unsigned count;
	struct nack_hole holes[NACK_HOLES_MAX]; /* oldest first */
};

enum nack_arrival {
	NACK_NEW,       /* newer than all before */
	NACK_FILLED,    /* a hole that was waited or asked for */
	NACK_OLD,       /* neither: came twice, or was given up */
	NACK_RESTART    /* more holes than NACK_HOLES_MAX, of a burst or of a jump: repair is of no use, the list is empty again, ask for a key frame */
};

void nack_list_init(struct nack_list *l);
enum nack_arrival nack_list_arrived(struct nack_list *l, uint16_t seq, int64_t now_us);

/* Gives up all holes: a key frame came, what is before it is not needed. */
void nack_list_forget(struct nack_list *l);

/* The numbers to be asked for now, oldest first, at most max. They count as asked. *gave_up: at least one hole was asked for in vain for the last time (it is
 * forgotten): the stream needs a key frame. When max is reached, the rest comes with the next call. */
unsigned nack_list_due(struct nack_list *l, int64_t now_us, int64_t rtt_us, uint16_t *out, unsigned max, bool *gave_up);

/* When the next call of nack_list_due has something to do; INT64_MAX without holes. */
int64_t nack_list_next_us(const struct nack_list *l, int64_t rtt_us);

#endif
