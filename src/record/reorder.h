/* SPDX-License-Identifier: Apache-2.0
 *
 * Packets of one stream in their order: what is missing is waited for, at most REORDER_WAIT_US. One thread.
 */
#ifndef RECORD_REORDER_H
#define RECORD_REORDER_H

#include "media/tape_format.h"

enum { REORDER_SLOTS = 512, REORDER_WAIT_US = 500000 }; /* slots: a power of two */

struct reorder_packet { uint32_t seq, ts; bool marker; int64_t at_us; uint16_t n; uint8_t payload[]; };

struct reorder {
	/* owned */
	struct reorder_packet *slots[REORDER_SLOTS];
	/* state */
	bool started, lost; /* lost: something before the next packet never came */
	uint32_t next;
	unsigned held;
};

void reorder_release(struct reorder *r); /* drops all; usable again */
void reorder_put(struct reorder *r, const struct tape_message *m); /* copies */
/* The next one, the caller's (mem_free); NULL: none yet. lost_out: packets before it are missing for good. force: wait no longer. */
struct reorder_packet *reorder_take(struct reorder *r, int64_t now_us, bool force, bool *lost_out);

#endif
