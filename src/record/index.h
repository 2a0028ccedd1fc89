/* SPDX-License-Identifier: Apache-2.0
 *
 * index.json of a recording's folder: which file holds whose what, and when. Replaced as a whole whenever it changes. One thread.
 */
#ifndef RECORD_INDEX_H
#define RECORD_INDEX_H

#include "base/vec.h"
#include "record/muxer.h"

#define INDEX_NAME "index.json"
#define INDEX_FILE_NAME 16
#define INDEX_BYTES_MAX (4 << 20)

struct index_track {
	char file[INDEX_FILE_NAME];
	int64_t participant, start_us, duration_ms, bytes; /* start: since the recording's zero; duration -1: not ended */
	enum tape_source source;
	enum tape_codec codec;
};
struct index_speaker { int64_t at_us, participant; };

struct index {
	VEC(struct index_track) tracks;
	VEC(struct index_speaker) speakers;
};

void index_release(struct index *x);
enum err index_write(const struct index *x, struct shelf *shelf) MUST_CHECK;
enum err index_read(struct index *x, int folder) MUST_CHECK; /* ERR_NOT_FOUND, ERR_MALFORMED, ERR_IO */

#endif
