/* SPDX-License-Identifier: Apache-2.0
 *
 * See reorder.h.
 */
#include "record/reorder.h"

#include "base/mem.h"
#include <string.h>

void reorder_release(struct reorder *r)
{
	for (unsigned i = 0; i < REORDER_SLOTS; i++)
		mem_free(r->slots[i]);
	*r = (struct reorder){.lost = true};
}

void reorder_put(struct reorder *r, const struct tape_message *m)
{
	int32_t ahead = r->started ? (int32_t)(m->seq - r->next) : 0;
	if (ahead >= REORDER_SLOTS || ahead <= -REORDER_SLOTS) { /* numbers that begin anew, or a hole that nothing fills */
		reorder_release(r);
		ahead = 0;
	}
	if (!r->started) {
		r->started = true;
		r->next = m->seq;
	}
	struct reorder_packet **slot = &r->slots[m->seq % REORDER_SLOTS];
	if (ahead < 0 || *slot)
		return; /* too late, or a copy */
	struct reorder_packet *p = mem_alloc(sizeof *p + m->n);
	*p = (struct reorder_packet){.seq = m->seq, .ts = m->ts, .marker = m->marker, .at_us = m->at_us, .n = (uint16_t)m->n};
	memcpy(p->payload, m->payload, m->n);
	*slot = p;
	r->held++;
}

static uint32_t first_held(const struct reorder *r)
{
	uint32_t seq = r->next;
	while (!r->slots[seq % REORDER_SLOTS])
		seq++;
	return seq;
}

struct reorder_packet *reorder_take(struct reorder *r, int64_t now_us, bool force, bool *lost_out)
{
	if (r->held == 0)
		return NULL;
	struct reorder_packet **slot = &r->slots[r->next % REORDER_SLOTS];
	if (!*slot) {
		uint32_t seq = first_held(r);
		slot = &r->slots[seq % REORDER_SLOTS];
		if (!force && now_us - (*slot)->at_us < REORDER_WAIT_US)
			return NULL;
		r->next = seq;
		r->lost = true;
	}
	struct reorder_packet *p = *slot;
	*slot = NULL;
	r->held--;
	r->next++;
	*lost_out = r->lost;
	r->lost = false;
	return p;
}
