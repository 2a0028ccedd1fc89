/* SPDX-License-Identifier: Apache-2.0
 *
 * One file with one track, by libavformat: WebM for VP8 and Opus, Matroska for H264. Clusters are at most two seconds long and leave for the disk at once when they are full, so that a process that is
 * killed leaves a file that can be read up to there. The library is loaded when it is first needed (docs/decisions/0016). One thread.
 */
#ifndef RECORD_MUXER_H
#define RECORD_MUXER_H

#include "media/tape_format.h"

#define MUXER_CLUSTER_MS 2000

/* Where files go, and how much there may be of them altogether. */
struct shelf {
	int folder;      /* descriptor of the folder */
	int64_t bytes;
	bool reserve;    /* SHELF_RESERVE lies there: room for the ends of all files when the disk is full */
	bool full;       /* the reserve is being used: come to an end */
	enum err failed; /* ERR_FULL, ERR_IO: nothing more can be written */
};
#define SHELF_RESERVE "reserve"
bool shelf_relieve(struct shelf *s); /* the disk is full: gives the reserve away; false: it is gone already */

struct muxer;
struct muxer_track { enum tape_codec codec; uint16_t width, height; const uint8_t *extra; size_t extra_n; };

/* False: libavformat is not installed (or another version than the program was built for). */
bool muxer_there(void);
enum err muxer_open(struct muxer **out, struct shelf *shelf, const char *name, const struct muxer_track *track) MUST_CHECK; /* ERR_FULL, ERR_IO */
void muxer_write(struct muxer *m, int64_t pts_ms, int64_t duration_ms, const uint8_t *p, size_t n, bool key); /* shelf->failed says how it went */
void muxer_flush(struct muxer *m);   /* what waits goes to the disk */
void muxer_close(struct muxer **m);  /* with its index */
int64_t muxer_bytes(const struct muxer *m);

/* Makes a whole file of one that was cut off: from -> to, in the shelf's folder. ERR_MALFORMED: nothing in it. */
enum err muxer_mend(struct shelf *shelf, const char *from, const char *to, int64_t *duration_ms_out, int64_t *bytes_out) MUST_CHECK;

#endif
