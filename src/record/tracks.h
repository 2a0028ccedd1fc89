/* SPDX-License-Identifier: Apache-2.0
 *
 * A recording in the making: messages of a tape in, files of tracks and their index out. It knows no sockets and no clock but that of the messages; so a test can feed half an hour in a second. One thread.
 *
 * A file has the times of its own track, from 0; the index (index.json) says when it begins. Sound is without holes: where nothing was sent there is silence, because players
 * run through holes in sound; its clock is kept in step with the pictures' by a frame more or less when it is off by RECORD_SOUND_OFF_MS.
 */
#ifndef RECORD_TRACKS_H
#define RECORD_TRACKS_H

#include "record/muxer.h"

enum {
	RECORD_TRACKS_MAX = 2000,      /* files of one recording */
	RECORD_OPEN_MAX = 1024,        /* producers at once */
	RECORD_SPEAKERS_MAX = 20000,   /* changes of who speaks that are kept */
	RECORD_SOUND_OFF_MS = 30,
	RECORD_CAMERA_GAP_MS = 10000   /* a camera that rested so long goes on in another file */
};

struct recording;

/* ask: a key frame is wanted of that layer. */
struct recording *recording_new(struct shelf *shelf, void (*ask)(void *user, uint32_t track, uint8_t layer), void *user);
/* Ends all files, writes the index, frees. */
void recording_end(struct recording **r);
void recording_hear(struct recording *r, const struct tape_message *m);
/* Time has gone on to now_us (the clock of the messages): what waits too long is given up, quiet files go to the disk. */
void recording_turn(struct recording *r, int64_t now_us);
int64_t recording_now(const struct recording *r); /* of the newest message */

/* A folder whose recorder did not come to its end: mends the files, completes the index. ERR_NOT_FOUND: no index, nothing was recorded. */
enum err recording_mend(struct shelf *shelf) MUST_CHECK;

#endif
