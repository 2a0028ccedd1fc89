/* SPDX-License-Identifier: Apache-2.0
 *
 * Runs the decoder (decoder/decoder.h) as a process of its own on one file. Blocks for as long as it takes; a background thread.
 */
#ifndef APP_DECODER_RUN_H
#define APP_DECODER_RUN_H

#include "base/str.h"

#define DECODER_RUN_MS 30000 /* then it is killed */

/* fd: the file, read from its beginning; stays the caller's. What it wrote goes into out, whose limit holds. ERR_MALFORMED: it crashed, was
 * killed, or wrote more than that; ERR_IO: it could not be started. Whether what it wrote makes sense is for sheets_read. */
enum err decoder_run(int fd, struct buf *out) MUST_CHECK;

#endif
