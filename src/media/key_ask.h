/* SPDX-License-Identifier: Apache-2.0
 *
 * When the sender of one stream is asked for a key frame: at once, and again only when the one asked for had its time to come. How long a sender takes for one, its way
 * and its own business together, is learned from those that came. Pure; one a stream, owned by it. Times are microseconds of the monotonic clock.
 */
#ifndef MEDIA_KEY_ASK_H
#define MEDIA_KEY_ASK_H

#include "media/limits.h"
#include <stdbool.h>
#include <stdint.h>

enum {
	KEY_SWITCH_AGAIN_US = 2500000, /* while another picture goes on until the key frame comes */
	KEY_AGAIN_MAX_US = 4000000
};

/* Why one is wanted. */
enum key_need {
	KEY_NONE,
	KEY_SWITCH, /* to change by; until then another picture flows */
	KEY_BROKEN  /* nothing to be seen until it comes */
};

struct key_ask {
	/* state */
	int64_t asked_us;    /* 0: never */
	int64_t first_us;    /* the first asking for the one that is waited for */
	uint32_t took_us;    /* of those that came of late; rises at once, falls slowly */
	unsigned tries;      /* for the one that is waited for; 0: none is */
	uint32_t asked, came; /* so far; came: also those nobody asked for */
};

bool key_ask_due(const struct key_ask *k, enum key_need need, int64_t now_us); /* may it be asked now? */
void key_ask_sent(struct key_ask *k, int64_t now_us);
void key_ask_came(struct key_ask *k, int64_t now_us);
/* One was asked for so shortly ago that it may well be under way. */
bool key_ask_waits(const struct key_ask *k, int64_t now_us);

#endif
