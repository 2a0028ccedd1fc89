/* SPDX-License-Identifier: Apache-2.0
 *
 * The bytes of files in the data folder: uploads/<id> while they come, blobs/aa/<sha256> when they are whole, trash/ on their way out.
 * Every function here may wait for the disk: background threads and start only, but for blob_open, blob_there and the moves to the
 * trash, which are one step of the file system each. Any thread, one at a time for one upload.
 */
#ifndef FILE_BLOB_H
#define FILE_BLOB_H

#include "file/file.h"

#include <sodium.h>

#define BLOB_PATH_MAX 4096

enum err blob_open(struct str sha256, int *fd_out) MUST_CHECK;    /* for reading; ERR_NOT_FOUND, ERR_IO */
bool blob_there(struct str sha256);
enum err blob_read(int fd, int64_t at, void *p, size_t n) MUST_CHECK; /* all of it; ERR_IO */

/* --- an upload */

/* The hash of its first `at` bytes. All zero: of none. Kept in memory between pieces; lost, it is made anew from the bytes. */
struct blob_digest { crypto_hash_sha256_state state; int64_t at; };

/* Writes a piece at `at`; on ERR_OK it is on the disk. What lay behind `at` was never acknowledged and goes. ERR_FULL: no space, the
 * bytes before are untouched; ERR_NOT_FOUND: the bytes before are not there; ERR_IO. */
enum err blob_write(int64_t upload, int64_t at, struct str piece, struct blob_digest *io) MUST_CHECK;
struct blob_ready { unsigned char sha256[FILE_SHA256]; enum file_type type; };
/* All bytes are there: they get their last name too. uploads/<id> stays until blob_forget_upload. */
enum err blob_finish(int64_t upload, int64_t size, const struct blob_digest *d, struct blob_ready *out) MUST_CHECK;
void blob_forget_upload(int64_t upload);
/* A file of this program's own making, anywhere in the data folder, gets its last name too; path stays until the caller removes it. Bytes that no row comes to name are removed at the next start. */
enum err blob_adopt(const char *path, struct blob_ready *out, int64_t *size_out) MUST_CHECK;

/* --- going */
void blob_trash(struct str sha256);
void blob_trash_upload(int64_t upload);
void blob_empty_trash(void);
/* Calls wanted() for every name in uploads/ and blobs/ (sha256 empty: an upload) and removes what it does not want. */
enum err blob_sweep(enum err (*wanted)(void *user, int64_t upload, struct str sha256, bool *out), void *user) MUST_CHECK;

#endif
