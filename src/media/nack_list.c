/* SPDX-License-Identifier: Apache-2.0
 *
 * Holes in a short array in their order; a filled one is marked and leaves with the next sweep. Pure.
 */
#include "media/nack_list.h"
#include <string.h>

void nack_list_init(struct nack_list *l)
{
	l->started = false;
	l->highest = 0;
	l->count = 0;
}

void nack_list_forget(struct nack_list *l) { l->count = 0; }

/* Drops the filled ones. */
static void sweep(struct nack_list *l)
{
	unsigned kept = 0;
	for (unsigned i = 0; i < l->count; i++) {
		if (!l->holes[i].filled)
			l->holes[kept++] = l->holes[i];
	}
	l->count = kept;
}

/* However seldom nack_list_due is called: numbers stay comparable. */
static void forget_before(struct nack_list *l, uint16_t seq)
{
	for (unsigned i = 0; i < l->count; i++)
		l->holes[i].filled |= (int16_t)(uint16_t)(l->holes[i].seq - seq) < 0;
	sweep(l);
}

/* Holes are in ascending order, so distances from the highest fall. */
static struct nack_hole *find(struct nack_list *l, uint16_t seq)
{
	unsigned low = 0, high = l->count;
	uint16_t back = (uint16_t)(l->highest - seq);
	while (low < high) {
		unsigned middle = (low + high) / 2;
		uint16_t its = (uint16_t)(l->highest - l->holes[middle].seq);
		if (its == back)
			return &l->holes[middle];
		if (its > back)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

enum nack_arrival nack_list_arrived(struct nack_list *l, uint16_t seq, int64_t now_us)
{
	int step = (int16_t)(uint16_t)(seq - l->highest);
	if (l->started && step <= 0) {
		struct nack_hole *hole = step < 0 ? find(l, seq) : NULL;
		if (!hole || hole->filled)
			return NACK_OLD;
		hole->filled = true;
		if (hole == l->holes + l->count - 1)
			l->count--;
		return NACK_FILLED;
	}
	if (l->count > 0 && (uint16_t)(seq - l->holes[0].seq) > NACK_AGE_MAX)
		forget_before(l, (uint16_t)(seq - NACK_AGE_MAX));
	unsigned missing = l->started ? (unsigned)step - 1 : 0;
	uint16_t first = (uint16_t)(l->highest + 1);
	if (missing > NACK_HOLES_MAX - l->count)
		sweep(l);
	l->started = true;
	l->highest = seq;
	if (missing > NACK_HOLES_MAX - l->count) {
		l->count = 0;
		return NACK_RESTART;
	}
	for (unsigned i = 0; i < missing; i++)
		l->holes[l->count++] = (struct nack_hole){.seq = (uint16_t)(first + i), .at_us = now_us};
	return NACK_NEW;
}

static int64_t due_us(const struct nack_hole *h, int64_t rtt_us)
{
	int64_t retry = rtt_us > NACK_RETRY_US ? rtt_us : NACK_RETRY_US;
	return h->at_us + (h->tries == 0 ? NACK_WAIT_US : retry);
}

unsigned nack_list_due(struct nack_list *l, int64_t now_us, int64_t rtt_us, uint16_t *out, unsigned max, bool *gave_up)
{
	unsigned asked = 0;
	*gave_up = false;
	for (unsigned i = 0; i < l->count; i++) {
		struct nack_hole *h = &l->holes[i];
		if (h->filled || due_us(h, rtt_us) > now_us)
			continue;
		if (h->tries == NACK_TRIES_MAX) {
			h->filled = true;
			*gave_up = true;
			continue;
		}
		if (asked == max)
			continue;
		h->tries++;
		h->at_us = now_us;
		out[asked++] = h->seq;
	}
	sweep(l);
	return asked;
}

int64_t nack_list_next_us(const struct nack_list *l, int64_t rtt_us)
{
	int64_t next = INT64_MAX;
	for (unsigned i = 0; i < l->count; i++) {
		int64_t due = due_us(&l->holes[i], rtt_us);
		if (!l->holes[i].filled && due < next)
			next = due;
	}
	return next;
}
