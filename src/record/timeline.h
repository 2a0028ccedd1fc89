/* SPDX-License-Identifier: Apache-2.0
 *
 * When was what a packet carries? RTP timestamps become microseconds of our clock: by the sender's reports (RFC 3550 6.4.1), which put all tracks of one sender on his own clock, and by
 * an estimate of that clock against ours, which is the same for all of his tracks: so what he sends stays in step, whatever the network does. Before the first report, by
 * when packets come. Pure, any thread.
 */
#ifndef RECORD_TIMELINE_H
#define RECORD_TIMELINE_H

#include <stdbool.h>
#include <stdint.h>

#define TIMELINE_AWAY_US 10000000 /* a time so far from its packet's arrival is not believed */

/* One sender: his clock against ours, without the way here as far as it can be told. */
struct sender_clock { bool known; int64_t offset_us; };

/* One stream of RTP. */
struct track_clock {
	uint32_t rate;       /* ticks a second */
	bool started, by_report;
	uint32_t ts;         /* of the newest packet or report; ticks is the same without wrapping */
	int64_t ticks;
	int64_t offset_us;   /* to the sender's clock, or while !by_report to ours */
};

/* A report says that ts was at ntp; it came at at_us. Returns by how much the sender's clock was set anew (other tracks of his take it off their offset by track_clock_shift). */
int64_t track_clock_report(struct track_clock *t, struct sender_clock *s, uint32_t ts, uint64_t ntp, int64_t at_us);
void track_clock_shift(struct track_clock *t, int64_t us);
/* When ts was, of a packet that came at at_us. */
int64_t track_clock_time(struct track_clock *t, const struct sender_clock *s, uint32_t ts, int64_t at_us);

#endif
