/* SPDX-License-Identifier: Apache-2.0
 *
 * Uploads that this process has to do with: at most one request works on an upload at a time, and the hash of what has come is kept
 * between pieces. Any thread.
 */
#ifndef FILE_UPLOADS_H
#define FILE_UPLOADS_H

#include "file/blob.h"

#define UPLOADS_REMEMBERED 1024 /* hashes; a forgotten one is made anew from the bytes */

struct uploads;
struct uploads *uploads_new(void);
void uploads_free(struct uploads **u);
/* False: another request works on it. Else it is the caller's until uploads_leave; *digest_out is what is remembered (or zero). */
bool uploads_enter(struct uploads *u, int64_t id, struct blob_digest *digest_out);
/* keep: the hash to remember; NULL: forget it. */
void uploads_leave(struct uploads *u, int64_t id, const struct blob_digest *keep);

#endif
