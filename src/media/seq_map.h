/* SPDX-License-Identifier: Apache-2.0
 *
 * Sequence numbers of one incoming stream, renumbered for one receiver without the packets that are not forwarded: what was dropped
 * leaves no gap, what was lost on the way here leaves one (so that the receiver asks for it), and what comes late gets the number that was kept
 * for it. Both ways over the last SEQ_MAP_WINDOW incoming numbers, in some 140 bytes. Pure, one thread at a time, nothing is allocated.
 *
 * Every incoming packet goes once to seq_map_forward or to seq_map_drop: decide first, then take the number (srtp.h says why). At a switch to another
 * incoming stream the receiver's numbers go on: `struct seq_map now, before`; before = now; seq_map_init(&now, seq_map_next(&before) [+ 1]).
 */
#ifndef MEDIA_SEQ_MAP_H
#define MEDIA_SEQ_MAP_H

#include <stdbool.h>
#include <stdint.h>

enum { SEQ_MAP_WINDOW = 1024 };

struct seq_map {
	/* state */
	uint16_t in_high;   /* newest incoming number */
	uint16_t out_last;  /* outgoing number of the newest incoming one that was not dropped */
	uint16_t behind;    /* incoming numbers up to in_high that the map knows, 0 - SEQ_MAP_WINDOW; 0: none came yet */
	uint64_t dropped[SEQ_MAP_WINDOW / 64]; /* ring of bits, by incoming number */
};

void seq_map_init(struct seq_map *m, uint16_t first_out); /* first_out: the number that the first forwarded packet gets */

/* The number that the next new packet without loss would get. */
uint16_t seq_map_next(const struct seq_map *m);

/* false: too old to be numbered (before the first, or beyond the window), or dropped before; it must not be sent. A step of more than SEQ_MAP_WINDOW
 * ahead is the stream beginning anew: one number is left out, and nothing older is known any more. */
bool seq_map_forward(struct seq_map *m, uint16_t in, uint16_t *out);

/* true: the packet came late and a number was kept for it, which the receiver misses; it should be told by an empty packet (padding only) of that number. */
bool seq_map_drop(struct seq_map *m, uint16_t in, uint16_t *hole_out);

/* For NACK: which incoming packet has this outgoing number? It may have been lost on the way here. false: none in the window. */
bool seq_map_source(const struct seq_map *m, uint16_t out, uint16_t *in_out);

#endif
