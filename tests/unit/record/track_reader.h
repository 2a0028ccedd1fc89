/* SPDX-License-Identifier: Apache-2.0
 *
 * Reads a track's file back by libav, packet by packet.
 */
#ifndef TRACK_READER_H
#define TRACK_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct track_look {
	unsigned packets, keys, marks;
	int64_t first_ms, last_ms, last_mark_ms, marks_ms[4096]; /* a mark: bytes with which `is_mark` is pleased */
	int64_t duration_ms; /* that the file says of itself; 0: it does not */
	bool video, h264, backwards;
	int width, height;
};

/* False: no such file, or nothing that libav reads. */
bool track_read(const char *path, bool (*is_mark)(const uint8_t *p, size_t n), struct track_look *out);

#endif
