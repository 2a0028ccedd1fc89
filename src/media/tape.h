/* SPDX-License-Identifier: Apache-2.0
 *
 * The recording of a room: what its producers send goes, decrypted, to a recorder process. Of a simulcast the highest stream that is alive, changed on a key frame. Packets lie in a
 * ring of fixed size until the recorder takes them: when it is slow they are dropped and counted, and the call goes on as ever. No allocation a packet. The process's thread;
 * owned by its room.
 */
#ifndef MEDIA_TAPE_H
#define MEDIA_TAPE_H

#include "media/producer.h"
#include "media/tape_format.h"

struct room;
struct tape;

#define TAPE_RING (8u << 20) /* bytes */
#define TAPE_AT_ONCE 256     /* requests of key frames that are read in a turn */

struct tape *tape_new(struct room *room, int fd); /* fd is the callee's; a stream socket */
void tape_free(struct tape **t);                  /* what the socket takes at once still leaves */

void tape_packet(struct tape *t, struct stream *s, const struct part *part);
void tape_report(struct tape *t, const struct stream *s); /* a sender report came */
void tape_end(struct tape *t, struct producer *p);        /* it is about to go */
void tape_speaker(struct tape *t, int64_t participant);
/* Every 5 ms or so. False: the recorder is gone. */
bool tape_turn(struct tape *t, int64_t now_us);
uint64_t tape_dropped(const struct tape *t);

#endif
