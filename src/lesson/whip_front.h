/* SPDX-License-Identifier: Apache-2.0
 *
 * WHIP (RFC 9725) and WHEP: programs that stream into a call or play it. POST /api/v1/whip/<call> with an offer in SDP and a Bearer key is answered by 201,
 * the answer in SDP and Location, the session's address; DELETE of that ends it. No trickle ICE and no restart of it, so PATCH is 405. The same under
 * /api/v1/whep for watching. No cookie is looked at, so pages of any origin may ask (CORS). The offer is stored in a job of the
 * writer, then given to the media process, whose answer ends the request.
 */
#ifndef LESSON_WHIP_FRONT_H
#define LESSON_WHIP_FRONT_H

#include "lesson/media_front.h"

#define WHIP_PATH "/api/v1/whip"
#define WHEP_PATH "/api/v1/whep"
#define WHIP_OFFER_MAX (32u << 10) /* bytes */
#define WHIP_COST 20               /* tokens of the address's rate limit */
#define WHIP_ANSWER_MS 5000        /* within it the media process answers */

struct whip_front;
/* Borrows all; media_front tells it what it hears. Before the first thread. */
struct whip_front *whip_front_new(struct media_front *media_front, const struct site *site, struct workers *workers, struct publisher *publisher);
struct route whip_front_route(struct whip_front *f, bool watch);
void whip_front_free(struct whip_front **f); /* when media_front may be freed too */
/* Any thread: the media process's word on the offer of this session: 201 with the answer, or another status with a sentence. */
void whip_front_heard(struct whip_front *f, uint64_t session, int status, struct str text);

#endif
