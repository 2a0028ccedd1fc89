/* SPDX-License-Identifier: Apache-2.0
 *
 * When the packets of one transport came, by their transport-wide numbers, until they are told to their sender (every 100 ms). Pure, one
 * thread at a time, nothing is allocated. Times are microseconds of the monotonic clock.
 */
#ifndef MEDIA_TWCC_LOG_H
#define MEDIA_TWCC_LOG_H

#include "media/rtcp.h"

struct twcc_log {
	/* state */
	bool started;
	uint8_t feedback_count;
	uint16_t base;   /* first number that was not told yet */
	unsigned count;  /* numbers from base to the newest, 0 - TWCC_LOG_MAX */
	unsigned arrived; /* of them */
	int64_t at_us[TWCC_LOG_MAX]; /* ring, by number; RTCP_TWCC_LOST */
};

void twcc_log_init(struct twcc_log *l);

/* Notes an arrival; the first one of a number counts, and one that was told of before is not noted. A step of TWCC_LOG_MAX or more begins the log anew. */
void twcc_log_arrived(struct twcc_log *l, uint16_t number, int64_t now_us);

static inline bool twcc_log_waits(const struct twcc_log *l) { return l->arrived > 0; }

/* Writes one feedback and forgets what it tells; call again while it gives true and twcc_log_waits (it did not fit). false: nothing to tell, or no room. */
bool twcc_log_write(struct twcc_log *l, struct rtcp_writer *w, uint32_t sender, uint32_t media);

#endif
