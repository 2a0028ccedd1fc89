/* SPDX-License-Identifier: Apache-2.0 */
#include "server/effects.h"

#include "base/map.h"

void effects_init(struct effects *e)
{
	*e = (struct effects){0};
}

void effects_clear(struct effects *e)
{
	for (size_t i = 0; i < e->list.n; i++)
		bytes_unref(&e->list.p[i].frame);
	VEC_CLEAR(&e->list);
	e->revokes = false;
}

void effects_release(struct effects *e)
{
	effects_clear(e);
	VEC_RELEASE(&e->list);
}

void effects_add(struct effects *e, const struct effect *one)
{
	VEC_PUSH(&e->list, *one);
	if (one->kind == EFFECT_UNFOLLOW || one->kind == EFFECT_END_SESSION)
		e->revokes = true;
}

void effects_move(struct effects *to, struct effects *from)
{
	VEC_RESERVE(&to->list, to->list.n + from->list.n);
	if (from->list.n)
		memcpy(to->list.p + to->list.n, from->list.p, from->list.n * sizeof *from->list.p);
	to->list.n += from->list.n;
	to->revokes |= from->revokes;
	VEC_CLEAR(&from->list);
	from->revokes = false;
}

void effects_run_after(struct effects *e)
{
	size_t kept = 0;
	for (size_t i = 0; i < e->list.n; i++) {
		struct effect *f = &e->list.p[i];
		if (f->kind != EFFECT_AFTER) {
			e->list.p[kept++] = *f;
			continue;
		}
		f->after(bytes_str(f->frame));
		bytes_unref(&f->frame);
	}
	e->list.n = kept;
}

/* A run is a stretch of events and signals without a change of followers. Within it the frames of each stream are gathered
 * under the stream's first effect; the later ones become empty and are dropped. */
struct gather {
	size_t first;             /* index of the effect that stays */
	int64_t last_seq;
	VEC(struct bytes *) parts; /* borrowed from the effects */
};

static void join_run(struct effects *e, size_t from, size_t to)
{
	struct map *by_stream = map_new();
	VEC(struct gather *) order = VEC_INIT;
	for (size_t i = from; i < to; i++) {
		struct effect *f = &e->list.p[i];
		if (f->kind != EFFECT_EVENT)
			continue;
		struct gather *g = map_find(by_stream, (uint64_t)f->stream.v);
		if (!g) {
			g = mem_alloc(sizeof *g);
			g->first = i;
			map_put(by_stream, (uint64_t)f->stream.v, g);
			VEC_PUSH(&order, g);
		}
		g->last_seq = f->seq;
		VEC_PUSH(&g->parts, f->frame);
	}
	for (size_t k = 0; k < order.n; k++) {
		struct gather *g = order.p[k];
		if (g->parts.n > 1) {
			struct bytes *joined = bytes_join(g->parts.p, g->parts.n);
			for (size_t i = from; i < to; i++) {
				struct effect *f = &e->list.p[i];
				if (f->kind == EFFECT_EVENT && f->stream.v == e->list.p[g->first].stream.v)
					bytes_unref(&f->frame);
			}
			e->list.p[g->first].frame = joined;
			e->list.p[g->first].seq = g->last_seq;
		}
		VEC_RELEASE(&g->parts);
		mem_free(g);
	}
	VEC_RELEASE(&order);
	map_free(&by_stream);
}

static bool changes_followers(const struct effect *f)
{
	return f->kind == EFFECT_FOLLOW || f->kind == EFFECT_UNFOLLOW || f->kind == EFFECT_END_SESSION;
}

void effects_join_frames(struct effects *e)
{
	size_t from = 0;
	for (size_t i = 0; i <= e->list.n; i++) {
		if (i < e->list.n && !changes_followers(&e->list.p[i]))
			continue;
		if (i - from > 1)
			join_run(e, from, i);
		from = i + 1;
	}
	size_t kept = 0;
	for (size_t i = 0; i < e->list.n; i++) {
		const struct effect *f = &e->list.p[i];
		if (f->kind == EFFECT_EVENT && !f->frame)
			continue;
		e->list.p[kept++] = *f;
	}
	e->list.n = kept;
}
