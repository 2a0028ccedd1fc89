/* SPDX-License-Identifier: Apache-2.0
 *
 * See bandwidth.h.
 */
#include "media/bandwidth.h"
#include <stdlib.h>

void downlink_init(struct downlink *d, int64_t now_us)
{
	*d = (struct downlink){.budget = BANDWIDTH_START, .turned_us = now_us};
}

static void fall(struct downlink *d, int64_t to, int64_t now_us)
{
	d->hold_us = now_us + BANDWIDTH_HOLD_US;
	if (to < BANDWIDTH_FLOOR)
		to = BANDWIDTH_FLOOR;
	if (to < d->budget)
		d->budget = to;
}

void downlink_remb(struct downlink *d, uint64_t remb, int64_t sent, int64_t now_us)
{
	int64_t rate = remb > BANDWIDTH_CEILING ? BANDWIDTH_CEILING : (int64_t)remb;
	bool falls = d->remb == 0 || rate < d->remb - d->remb / 32;
	if (falls || rate > d->grown + d->grown / 32) {
		d->grown = rate;
		d->grown_us = now_us;
	}
	d->remb = rate;
	if (rate < sent && (falls || now_us - d->grown_us > BANDWIDTH_STANDS_US))
		fall(d, rate - rate / 20, now_us);
	else if (rate < sent + sent / 10 && d->hold_us < now_us + 1000000)
		d->hold_us = now_us + 1000000; /* as much as it can just take */
}

void downlink_loss(struct downlink *d, uint8_t fraction, int64_t sent, int64_t now_us)
{
	if (fraction > 26) /* 10 %: half of what is lost, as RFC 8836's candidates do */
		fall(d, (sent < d->budget ? sent : d->budget) * (512 - fraction) / 512, now_us);
	else if (fraction > 5 && d->hold_us < now_us + 1000000) /* 2 % */
		d->hold_us = now_us + 1000000;
}

void downlink_turn(struct downlink *d, int64_t sent, int64_t now_us)
{
	int64_t passed = now_us - d->turned_us, top = 5 * sent + 500000; /* the next picture takes up to four times as much */
	d->turned_us = now_us;
	if (now_us < d->hold_us || passed <= 0)
		return;
	if (passed > 1000000)
		passed = 1000000;
	if (top < BANDWIDTH_START)
		top = BANDWIDTH_START; /* not without end while nothing proves that it would arrive */
	if (top > BANDWIDTH_CEILING)
		top = BANDWIDTH_CEILING;
	if (d->budget < top) {
		d->budget += (d->budget * 8 / 100 + 40000) * passed / 1000000; /* a small one would take minutes by shares alone */
		if (d->budget > top)
			d->budget = top;
	}
}

static int by_priority(const void *a, const void *b)
{
	const struct bandwidth_want *x = *(struct bandwidth_want *const *)a, *y = *(struct bandwidth_want *const *)b;
	if (x->audio != y->audio)
		return x->audio ? -1 : 1;
	return (int)y->priority - (int)x->priority;
}

static int64_t rate_of(const struct bandwidth_want *w)
{
	return w->spatial < 0 ? 0 : w->rate[w->spatial][w->temporal];
}

/* The next better step of w: first more frames of the same picture, then the next picture that comes at all. */
static bool step(const struct bandwidth_want *w, int8_t *spatial_out, int8_t *temporal_out)
{
	if (w->spatial >= 0 && w->temporal < w->temporal_max && w->rate[w->spatial][w->temporal + 1] > 0) {
		*spatial_out = w->spatial;
		*temporal_out = (int8_t)(w->temporal + 1);
		return true;
	}
	for (int8_t s = (int8_t)(w->spatial + 1); s <= w->spatial_max; s++)
		if (w->rate[s][0] > 0) {
			*spatial_out = s;
			/* A bigger picture begins with all its frames; the very first one with few, so that everybody gets something. */
			*temporal_out = w->spatial < 0 ? 0 : w->temporal_max;
			while (*temporal_out > 0 && w->rate[s][*temporal_out] == 0)
				(*temporal_out)--;
			return true;
		}
	return false;
}

int64_t bandwidth_share(struct bandwidth_want **wants, size_t n, int64_t budget)
{
	int64_t given = 0, voices = 0, spoken = 0;
	bool more = true, first = true;
	if (n == 0)
		return 0;
	qsort(wants, n, sizeof *wants, by_priority);
	for (size_t i = 0; i < n; i++) {
		struct bandwidth_want *w = wants[i];
		w->spatial = w->temporal = w->audio ? 0 : -1;
		voices += w->audio;
		spoken += w->audio ? w->rate[0][0] : 0;
	}
	/* Whoever is silent costs next to nothing: what is said now, and room for two to speak. */
	given = (voices < 2 ? voices : 2) * BANDWIDTH_AUDIO;
	if (given < spoken)
		given = spoken;
	while (more) {
		more = false;
		for (size_t i = 0; i < n; i++) {
			struct bandwidth_want *w = wants[i];
			int8_t s, t;
			if (w->audio || !step(w, &s, &t))
				continue;
			int64_t cost = (int64_t)w->rate[s][t] - rate_of(w);
			/* the most important video's smallest form goes out whatever the estimate says: a call without any picture teaches nothing about the path */
			if (given + cost > budget && !(first && w->spatial < 0))
				continue;
			first = false;
			given += cost;
			w->spatial = s;
			w->temporal = t;
			more = true;
		}
	}
	return given;
}
