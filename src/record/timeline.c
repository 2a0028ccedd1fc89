/* SPDX-License-Identifier: Apache-2.0
 *
 * See timeline.h.
 */
#include "record/timeline.h"

#define REPORT_JUMP_US 500000   /* a report that is so far from the former ones: the clock was set */
#define DRIFT_A_REPORT_US 100   /* how far a later way, or a slower clock, moves the estimate */

static int64_t ticks_us(const struct track_clock *t, int64_t ticks)
{
	int64_t whole = ticks / t->rate;
	return whole * 1000000 + (ticks - whole * t->rate) * 1000000 / t->rate;
}

static int64_t ticks_of(const struct track_clock *t, uint32_t ts)
{
	return t->started ? t->ticks + (int32_t)(ts - t->ts) : (int64_t)ts;
}

static int64_t note(struct track_clock *t, uint32_t ts)
{
	int64_t ticks = ticks_of(t, ts);
	if (!t->started || ticks > t->ticks) {
		t->ticks = ticks;
		t->ts = ts;
	}
	t->started = true;
	return ticks;
}

static int64_t distance(int64_t a, int64_t b) { return a < b ? b - a : a - b; }

static int64_t sender_heard(struct sender_clock *s, int64_t ntp_us, int64_t at_us)
{
	int64_t offset = at_us - ntp_us, before = s->offset_us;
	if (!s->known) {
		s->known = true;
		s->offset_us = offset;
		return 0;
	}
	if (distance(offset, before) > TIMELINE_AWAY_US) {
		s->offset_us = offset;
		return offset - before;
	}
	/* the quickest way is the truest */
	s->offset_us += offset < before ? (offset - before) / 4 : offset - before < DRIFT_A_REPORT_US ? offset - before : DRIFT_A_REPORT_US;
	return 0;
}

int64_t track_clock_report(struct track_clock *t, struct sender_clock *s, uint32_t ts, uint64_t ntp, int64_t at_us)
{
	int64_t ntp_us = (int64_t)(ntp >> 32) * 1000000 + (int64_t)(((ntp & 0xffffffffu) * 1000000) >> 32);
	int64_t set = sender_heard(s, ntp_us, at_us);
	int64_t ticks = t->started ? ticks_of(t, ts) : note(t, ts), offset = ntp_us - ticks_us(t, ticks);
	if (!t->by_report || distance(offset, t->offset_us) > REPORT_JUMP_US)
		t->offset_us = offset;
	else
		t->offset_us += (offset - t->offset_us) / 8;
	t->by_report = true;
	return set;
}

void track_clock_shift(struct track_clock *t, int64_t us)
{
	if (t->by_report)
		t->offset_us -= us;
}

int64_t track_clock_time(struct track_clock *t, const struct sender_clock *s, uint32_t ts, int64_t at_us)
{
	int64_t bare = ticks_us(t, ticks_of(t, ts)), base = t->by_report ? s->offset_us : 0;
	if (!t->started || distance(bare + t->offset_us + base, at_us) > TIMELINE_AWAY_US) {
		t->started = false; /* numbers that begin anew, or lie */
		bare = ticks_us(t, note(t, ts));
		t->by_report = false;
		t->offset_us = at_us - bare;
		return at_us;
	}
	note(t, ts);
	if (!t->by_report && at_us - bare < t->offset_us)
		t->offset_us = at_us - bare;
	return bare + t->offset_us + base;
}
