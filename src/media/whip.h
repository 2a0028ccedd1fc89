/* SPDX-License-Identifier: Apache-2.0
 *
 * Programs that come by WHIP (they send: RFC 9725) or WHEP (they watch): one offer in SDP, one answer, no socket of signalling. They are participants as any
 * other, made of the same transports, producers and consumers. The process's thread.
 */
#ifndef MEDIA_WHIP_H
#define MEDIA_WHIP_H

#include "media/room.h"

struct whip_offer {
	struct str room, sdp; /* borrowed */
	uint64_t session;
	int64_t participant;
	struct rights rights;
	bool watch;
};

/* Answers the front: {"m":"answer","session","sdp"}, or {"m":"refused","session","status","why"} with HTTP's status 400 (no SDP), 409 (nothing
 * is shown yet), 422 (an offer that cannot be answered), 503 (no place). */
void whip_take(struct router *r, const struct whip_offer *offer);

#endif
