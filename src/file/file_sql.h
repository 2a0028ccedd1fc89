/* SPDX-License-Identifier: Apache-2.0
 *
 * The rows of uploaded files. On a store worker, inside a transaction. Removed and expired ones do not exist for any query here but
 * those of the sweep.
 */
#ifndef FILE_FILE_SQL_H
#define FILE_FILE_SQL_H

#include "file/file.h"

struct file_row {
	int64_t id, size, received, created_at, expires_at, holder_id;
	struct org_id org;
	struct person_id person;
	enum file_purpose purpose;
	enum file_holder holder;
	enum file_type type;
	struct str name, token_hash, sha256; /* in the arena; sha256 is empty until finished */
};

static inline bool file_is_finished(const struct file_row *f) { return f->sha256.n == FILE_SHA256; }

enum err file_sql_get(struct tx *tx, int64_t id, struct file_row *out) MUST_CHECK; /* ERR_NOT_FOUND */
enum err file_sql_add(struct tx *tx, const struct file_row *f, struct str address_hash, bool *added_out) MUST_CHECK; /* token_hash and address_hash: empty is none */
enum err file_sql_received(struct tx *tx, int64_t id, int64_t from, int64_t to, bool *done_out) MUST_CHECK;
enum err file_sql_finish(struct tx *tx, int64_t id, int64_t from, struct str sha256, enum file_type type, bool *done_out) MUST_CHECK;
enum err file_sql_remove(struct tx *tx, int64_t id) MUST_CHECK;
/* bytes and number of files: of an organisation; of a person, not held; of a token, not held; begun from an address since; of all
 * applications, not held */
enum err file_sql_org_bytes(struct tx *tx, struct org_id org, int64_t *out) MUST_CHECK;
enum err file_sql_person_unclaimed(struct tx *tx, struct person_id person, int64_t *out) MUST_CHECK;
enum err file_sql_token_files(struct tx *tx, struct str token_hash, int64_t *out) MUST_CHECK;
enum err file_sql_address_since(struct tx *tx, struct str address_hash, int64_t since, int64_t *out) MUST_CHECK;
enum err file_sql_application_bytes(struct tx *tx, int64_t *out) MUST_CHECK;

/* --- the sweep: rows of any state */
struct file_dead { int64_t id; struct str sha256; };
enum err file_sql_expire(struct tx *tx) MUST_CHECK;                       /* what is too old counts as removed */
enum err file_sql_dead(struct tx *tx, struct file_dead *list, size_t max, size_t *n_out) MUST_CHECK;
enum err file_sql_delete(struct tx *tx, int64_t id) MUST_CHECK;
enum err file_sql_blob_used(struct db *db, struct str sha256, bool *out) MUST_CHECK;
enum err file_sql_upload_wanted(struct db *db, int64_t id, bool *out) MUST_CHECK; /* an unfinished one */
enum err file_sql_hold(struct tx *tx, int64_t id, enum file_holder holder, int64_t holder_id) MUST_CHECK;
enum err file_sql_release(struct tx *tx, int64_t id, enum file_holder holder, int64_t holder_id) MUST_CHECK;

#endif
