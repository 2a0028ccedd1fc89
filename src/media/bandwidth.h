/* SPDX-License-Identifier: Apache-2.0
 *
 * How much a receiver can take, and what it gets of what it wants. struct downlink estimates by the receiver's REMB and by the loss
 * that it reports: it falls at once and rises slowly. bandwidth_share divides: sound first, then video by priority. Pure; rates are bit/s,
 * times microseconds.
 *
 * A receiver's REMB says little while we send little: browsers estimate at most one and a half times of what arrives. So it is taken
 * as a limit only when it is near or below what is sent; otherwise it only does not stand in the way of rising. And after a step up it is below
 * what is sent for a while, because browsers raise it by 8 % a second at most: while it grows, nothing is wrong; it falls when the queue at the narrow place does.
 * libwebrtc counts no sound in it, so that what is sent of that is added before it is compared.
 */
#ifndef MEDIA_BANDWIDTH_H
#define MEDIA_BANDWIDTH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BANDWIDTH_START 2000000
#define BANDWIDTH_FLOOR 50000
#define BANDWIDTH_CEILING 50000000
#define BANDWIDTH_HOLD_US 4000000   /* after a fall there is no rise for as long */
#define BANDWIDTH_STANDS_US 2500000 /* a REMB below what is sent that did not grow for as long is believed */
#define BANDWIDTH_AUDIO 40000       /* what somebody who speaks takes; room for two is kept */

struct downlink {
	int64_t budget;
	int64_t hold_us;   /* no rise before this */
	int64_t turned_us; /* last rise */
	int64_t remb;      /* the last one, 0: none came */
	int64_t grown_us;  /* when it was last told to be more, and how much it was then */
	int64_t grown;
};

void downlink_init(struct downlink *d, int64_t now_us);
/* sent: what we really send it now */
void downlink_remb(struct downlink *d, uint64_t remb, int64_t sent, int64_t now_us);
/* Of at least DOWNLINK_LOSS_PACKETS packets: of fewer, one that is lost by chance would look like a narrow path. */
#define DOWNLINK_LOSS_PACKETS 100
void downlink_loss(struct downlink *d, uint8_t fraction_of_256, int64_t sent, int64_t now_us);
void downlink_turn(struct downlink *d, int64_t sent, int64_t now_us); /* every 250 ms or so */

#define LAYERS_SPATIAL_MAX 3
#define LAYERS_TEMPORAL_MAX 3

struct bandwidth_want {
	/* what is wanted */
	uint8_t priority;              /* 1..255, the greater first */
	bool audio;
	int8_t spatial_max, temporal_max; /* the best layers that it may have, from 0 */
	uint32_t rate[LAYERS_SPATIAL_MAX][LAYERS_TEMPORAL_MAX]; /* of [s] with all layers in time up to [t]; 0: that spatial layer does not come */
	/* what it gets */
	int8_t spatial, temporal;      /* -1: nothing */
};

/* Reorders wants by priority. Returns the sum of what is given. */
int64_t bandwidth_share(struct bandwidth_want **wants, size_t n, int64_t budget);

#endif
