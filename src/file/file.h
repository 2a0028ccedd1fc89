/* SPDX-License-Identifier: Apache-2.0
 *
 * Uploaded files. Rows are in the store; bytes are in two folders of the data folder: uploads/<id>, while they come, and
 * blobs/aa/<sha256 in hexadecimal>, shared by all files with the same bytes. The row is the truth: bytes without a row are garbage that
 * the sweep takes, a row says "finished" only when its bytes are on the disk under their last name.
 *
 * What other rooms call is server/file_port.h. Functions here run on a store worker inside a transaction unless they say otherwise.
 */
#ifndef FILE_FILE_H
#define FILE_FILE_H

#include "db/db.h"
#include "server/file_port.h"

#define FILE_NAME_MAX 200              /* bytes of UTF-8 */
#define FILE_UNCLAIMED_MS (24 * 60 * 60 * 1000LL) /* an upload that no object has taken over lives so long */
#define FILE_SHA256 32

extern const struct migration file_migrations[]; /* numbers 400-449 */
extern const size_t file_migration_count;

extern const struct file_ports file_port_functions; /* for file_ports_set */

/* Sets the data folder (copied) whose uploads/ and blobs/ hold the bytes; makes both. By app, before the first thread. */
enum err file_folder_set(const char *data) MUST_CHECK;

/* What a person is to a file: for policy_register(TARGET_FILE, ...). known for the uploader of one that nobody holds yet, and for whom
 * the holder's rights admit. */
enum err file_relation(struct tx *tx, int64_t file, struct relation *out) MUST_CHECK;

/* For file_rights_register: the operator of the platform; admin, coadmin and head of the file's organisation. */
enum err file_seen_by_operator(struct tx *tx, struct org_id org, int64_t holder_id, bool *out) MUST_CHECK;
enum err file_seen_by_administration(struct tx *tx, struct org_id org, int64_t holder_id, bool *out) MUST_CHECK;

#endif
