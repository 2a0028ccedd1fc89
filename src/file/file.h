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
#define FILE_CHUNK_MAX (1 << 20)                  /* bytes of one PATCH, which lies whole in memory */
#define FILE_APPLICATION_MAX (10 << 20)           /* bytes of one file, by purpose */
#define FILE_DOCUMENT_MAX (25 << 20)
#define FILE_ROSTER_MAX (10 << 20)
#define FILE_LOGO_MAX (1 << 20)
#define FILE_CONTENT_MAX (200 << 20)
#define FILE_PERSON_UNCLAIMED 20                  /* uploads of a person that nothing holds yet */
#define FILE_APPLICATION_FILES 3                  /* of one upload token */
#define FILE_APPLICATION_ADDRESS_HOUR 30          /* begun from one address within 60 minutes */
#define FILE_APPLICATION_UNCLAIMED (1LL << 30)    /* bytes of all applications' uploads that nothing holds yet */

extern const struct migration file_migrations[]; /* numbers 400-449 */
extern const size_t file_migration_count;

extern const struct file_ports file_port_functions; /* for file_ports_set */

/* Sets the data folder (copied) whose uploads/ and blobs/ hold the bytes; makes both. By app, before the first thread. */
enum err file_folder_set(const char *data) MUST_CHECK;

/* --- uploads: of the actor when he is signed in, else of who knows the token (32 characters, see FILE_TOKEN_TEXT) */
struct file_new { struct str name, token; int64_t size, org_id; enum file_purpose purpose; };
/* A row for an upload that begins. Refuses: invalid_field (size, token), too_large, not_signed_in, forbidden and not_found (the
 * organisation), conflict (its quota, the person's unfinished ones), rate_limited (applications). */
enum err file_create(struct tx *tx, const struct file_new *in, int64_t *id_out) MUST_CHECK;
/* The same with its bytes at once, finished; it waits for the disk: for app at start (the demonstration's data). size: that of bytes. */
enum err file_put(struct tx *tx, const struct file_new *in, struct str bytes, int64_t *id_out) MUST_CHECK;
struct blob_ready;
/* A file of this program's own making (purpose document) becomes one of the organisation's, held from the beginning. Its bytes are ready: blob_adopt of file/blob.h. */
struct file_adoption { struct str name; int64_t size; struct org_id org; enum file_holder holder; int64_t holder_id; };
enum err file_adopt(struct tx *tx, const struct file_adoption *a, const struct blob_ready *ready, int64_t *id_out) MUST_CHECK;
enum err file_room_left(struct tx *tx, struct org_id org, int64_t *bytes_out) MUST_CHECK; /* for more files of the organisation; at least 0 */
struct file_row;
enum err file_own(struct tx *tx, int64_t id, struct str token, struct file_row *out) MUST_CHECK; /* refuses not_found; held ones too */
enum err file_purpose_still(struct tx *tx, const struct file_row *f) MUST_CHECK; /* may the caller still bring files of its purpose there? */
enum err file_remove_own(struct tx *tx, int64_t id, struct str token) MUST_CHECK; /* refuses not_found */
bool file_purpose_admits(enum file_purpose purpose, enum file_type type);
int64_t file_purpose_max(enum file_purpose purpose); /* bytes */
struct blob_ready;
/* Are these finished bytes what the purpose wants? It may read them: background threads and start only. */
enum err file_fits(enum file_purpose purpose, int64_t size, const struct blob_ready *ready, bool *out) MUST_CHECK;

/* Before the first thread: bytes without a row go. The rest of the sweep runs with the server (file_http.h). */
enum err file_sweep_orphans(struct db *db) MUST_CHECK;

/* What a person is to a file: for policy_register(TARGET_FILE, ...). known for the uploader of one that nobody holds yet, and for whom
 * the holder's rights admit. */
enum err file_relation(struct tx *tx, int64_t file, struct relation *out) MUST_CHECK;

/* For file_rights_register: the operator of the platform; admin, coadmin and head of the file's organisation. */
enum err file_seen_by_operator(struct tx *tx, struct org_id org, int64_t holder_id, bool *out) MUST_CHECK;
enum err file_seen_by_administration(struct tx *tx, struct org_id org, int64_t holder_id, bool *out) MUST_CHECK;

#endif
