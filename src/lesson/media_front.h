/* SPDX-License-Identifier: Apache-2.0
 *
 * The relay between browsers and the media process: GET /api/v1/media?ticket=... becomes a WebSocket whose text frames go both ways as
 * they are. And the ears of the room: what the media process tells of connections goes into the store.
 *
 * A ticket is spent in a job of the writer. That job tells the media process to admit the participant, after its commit, in one order with
 * everything that takes rights away: whoever was removed before is not admitted behind it.
 *
 * A relay belongs to its loop; the register of relays is anybody's, under a lock. Close codes: 4401 the ticket does not count, 4503 the
 * media process is not there (a fresh ticket by call_join, then again), 1009 a frame above MEDIA_TEXT_MAX, 1008 too many frames, 1013 too slow
 * a reader; others are the media process's own (docs/calls.md).
 */
#ifndef LESSON_MEDIA_FRONT_H
#define LESSON_MEDIA_FRONT_H

#include "server/http_app.h"

#define MEDIA_FRAMES_PER_S 50
#define MEDIA_FRAMES_BURST 100
#define MEDIA_QUEUE_MAX (256u << 10) /* bytes waiting for one browser */
#define MEDIA_FIRST_MS 5000          /* within it the media process greets whoever was admitted */
#define MEDIA_COST 2                 /* tokens of the address's rate limit */

struct media_front;
/* Borrows all. Becomes the ears (media_ears_set): before the first thread. */
struct media_front *media_front_new(const struct site *site, struct workers *workers, struct publisher *publisher);
uint64_t media_front_session(struct media_front *f); /* a number for a session of the media process, never given twice; any thread */
struct route media_front_route(struct media_front *f);
/* Says 1001 to those of the loop; on its thread. */
void media_front_close_all(struct media_front *f, struct loop *l);
/* After the workers, the loops and whoever calls the ears have stopped. */
void media_front_free(struct media_front **f);

#endif
