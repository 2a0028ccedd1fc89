/* SPDX-License-Identifier: Apache-2.0
 *
 * A ring of arrival times from the first number that was not told to the newest. Pure.
 */
#include "media/twcc_log.h"
#include "media/rtp.h"

void twcc_log_init(struct twcc_log *l)
{
	l->started = false;
	l->feedback_count = 0;
	l->base = 0;
	l->count = l->arrived = 0;
}

static int64_t *at(struct twcc_log *l, uint16_t number) { return &l->at_us[number % TWCC_LOG_MAX]; }

static void begin_at(struct twcc_log *l, uint16_t number)
{
	l->started = true;
	l->base = number;
	l->count = l->arrived = 0;
}

void twcc_log_arrived(struct twcc_log *l, uint16_t number, int64_t now_us)
{
	int step = seq_diff(number, l->base);
	if (!l->started || step >= TWCC_LOG_MAX || step <= -TWCC_LOG_MAX) {
		begin_at(l, number);
		step = 0;
	}
	if (step < 0)
		return;
	for (; l->count <= (unsigned)step; l->count++)
		*at(l, (uint16_t)(l->base + l->count)) = RTCP_TWCC_LOST;
	if (*at(l, number) == RTCP_TWCC_LOST) {
		*at(l, number) = now_us;
		l->arrived++;
	}
}

bool twcc_log_write(struct twcc_log *l, struct rtcp_writer *w, uint32_t sender, uint32_t media)
{
	int64_t arrivals[TWCC_LOG_MAX];
	unsigned told = l->count;
	if (l->arrived == 0)
		return false;
	for (unsigned i = 0; i < l->count; i++)
		arrivals[i] = *at(l, (uint16_t)(l->base + i));
	if (!rtcp_write_twcc(w, sender, media, l->feedback_count, l->base, arrivals, &told))
		return false;
	for (unsigned i = 0; i < told; i++)
		l->arrived -= arrivals[i] != RTCP_TWCC_LOST;
	l->base = (uint16_t)(l->base + told);
	l->count -= told;
	l->feedback_count++;
	return true;
}
