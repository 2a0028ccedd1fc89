/* SPDX-License-Identifier: Apache-2.0
 *
 * See egress.h.
 */
#include "media/egress.h"

#include "base/mem.h"

struct run {
	struct run *next; /* while it is free */
	/* state */
	struct tuple to;
	size_t n, segment;
	unsigned count;
	bool ended; /* by a shorter packet */
	uint8_t data[EGRESS_RUN_BYTES];
};

struct egress {
	/* owned */
	struct run *runs;
	/* borrowed */
	const struct wire *wire;
	/* state */
	struct run *free;
	struct egress_line *first;
	struct egress_stats stats;
};

struct egress *egress_new(const struct wire *wire, size_t runs)
{
	CHECK(runs > 0);
	struct egress *e = mem_alloc(sizeof *e);
	e->wire = wire;
	e->runs = mem_alloc(runs * sizeof *e->runs);
	for (size_t i = runs; i-- > 0;) {
		e->runs[i].next = e->free;
		e->free = &e->runs[i];
	}
	return e;
}

void egress_free(struct egress **egress)
{
	if (!*egress)
		return;
	mem_free((*egress)->runs);
	mem_free(*egress);
	*egress = NULL;
}

static void release(struct egress *e, struct egress_line *l)
{
	l->run->next = e->free;
	e->free = l->run;
	l->run = NULL;
	if (l->prev)
		l->prev->next = l->next;
	else
		e->first = l->next;
	if (l->next)
		l->next->prev = l->prev;
	l->prev = l->next = NULL;
}

static void leave(struct egress *e, struct egress_line *l)
{
	struct run *r = l->run;
	if (r->count > 0) {
		e->stats.sends++;
		e->stats.runs += r->count > 1;
		e->wire->send(e->wire->user, &r->to, r->data, r->n, r->segment);
	}
	release(e, l);
}

static bool fits(const struct run *r, const struct tuple *to, size_t n)
{
	if (r->count == 0)
		return true;
	return !r->ended && n <= r->segment && r->count < WIRE_SEGMENTS_MAX && r->n + n <= sizeof r->data && tuple_eq(&r->to, to);
}

uint8_t *egress_place(struct egress *e, struct egress_line *l, const struct tuple *to, size_t n)
{
	CHECK(n > 0 && n <= PACKET_MAX + 20);
	if (l->run && !fits(l->run, to, n))
		leave(e, l);
	if (!l->run) {
		if (!e->free)
			egress_flush(e);
		struct run *r = e->free;
		e->free = r->next;
		r->n = r->count = 0;
		r->ended = false;
		l->run = r;
		l->next = e->first;
		if (l->next)
			l->next->prev = l;
		e->first = l;
	}
	if (l->run->count == 0)
		l->run->to = *to;
	return l->run->data + l->run->n;
}

void egress_commit(struct egress *e, struct egress_line *l, size_t n)
{
	struct run *r = l->run;
	if (r->count == 0)
		r->segment = n;
	r->ended = n < r->segment;
	r->n += n;
	r->count++;
	e->stats.packets++;
}

size_t egress_waiting(const struct egress_line *l) { return l->run ? l->run->n : 0; }

void egress_drop(struct egress *e, struct egress_line *l)
{
	if (l->run)
		release(e, l);
}

void egress_flush(struct egress *e)
{
	while (e->first)
		leave(e, e->first);
}

void egress_stats(const struct egress *e, struct egress_stats *out) { *out = e->stats; }
