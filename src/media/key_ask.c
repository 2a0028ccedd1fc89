/* SPDX-License-Identifier: Apache-2.0
 *
 * See key_ask.h.
 */
#include "media/key_ask.h"

/* From one asking to the next. */
static int64_t patience(const struct key_ask *k, enum key_need need)
{
	int64_t wait = k->tries && need == KEY_SWITCH ? KEY_SWITCH_AGAIN_US : KEY_FRAME_EVERY_US;
	if (k->tries == 0)
		return wait;
	if (wait < 2 * (int64_t)k->took_us)
		wait = 2 * (int64_t)k->took_us;
	wait <<= k->tries > 3 ? 2 : k->tries - 1;
	return wait > KEY_AGAIN_MAX_US ? KEY_AGAIN_MAX_US : wait;
}

bool key_ask_due(const struct key_ask *k, enum key_need need, int64_t now_us)
{
	return need != KEY_NONE && (!k->asked_us || now_us - k->asked_us >= patience(k, need));
}

void key_ask_sent(struct key_ask *k, int64_t now_us)
{
	if (k->tries == 0)
		k->first_us = now_us;
	k->asked_us = now_us;
	k->tries++;
	k->asked++;
}

void key_ask_came(struct key_ask *k, int64_t now_us)
{
	/* of several askings it is not known which one was heard */
	int64_t took = k->tries == 1 ? now_us - k->asked_us : (now_us - k->first_us) / 2;
	k->came++;
	if (k->tries == 0)
		return;
	k->tries = 0;
	if (took > KEY_AGAIN_MAX_US)
		took = KEY_AGAIN_MAX_US;
	if (took > k->took_us)
		k->took_us = (uint32_t)took;
	else
		k->took_us -= (k->took_us - (uint32_t)took) / 8;
}

bool key_ask_waits(const struct key_ask *k, int64_t now_us)
{
	return k->tries > 0 && now_us - k->asked_us < patience(k, KEY_BROKEN);
}
