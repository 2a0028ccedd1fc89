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
enum err file_sql_hold(struct tx *tx, int64_t id, enum file_holder holder, int64_t holder_id) MUST_CHECK;
enum err file_sql_release(struct tx *tx, int64_t id, enum file_holder holder, int64_t holder_id) MUST_CHECK;

#endif
