/* SPDX-License-Identifier: Apache-2.0
 *
 * What nobody wants any more: rows that were removed or are too old, then their bytes; at start bytes without a row.
 */
#include "file/file_sql.h"

#include "file/blob.h"
#include "file/sweep.h"

/* --- at start */

static enum err wanted(void *user, int64_t upload, struct str sha256, bool *out)
{
	return sha256.n ? file_sql_blob_used(user, sha256, out) : file_sql_upload_wanted(user, upload, out);
}

enum err file_sweep_orphans(struct db *db)
{
	blob_empty_trash();
	return blob_sweep(wanted, db);
}

/* --- while running */

/* The move to the trash happens here, on the writer's thread, because only here it is certain that no other upload of the same bytes
 * becomes finished between the look and the move (blob_there in upload.c is the other half). When the commit fails after the move, the
 * row is removed or too old all the same, and nobody is shown its bytes. */
enum err file_sweep(struct tx *tx, size_t *n_out)
{
	struct file_dead dead[FILE_SWEEP_BATCH];
	enum err e = file_sql_expire(tx);
	if (!e)
		e = file_sql_dead(tx, dead, FILE_SWEEP_BATCH, n_out);
	for (size_t i = 0; !e && i < *n_out; i++) {
		bool used = true;
		e = file_sql_delete(tx, dead[i].id);
		blob_trash_upload(dead[i].id);
		if (!e && dead[i].sha256.n)
			e = file_sql_blob_used(tx->db, dead[i].sha256, &used);
		if (!e && !used)
			blob_trash(dead[i].sha256);
	}
	return e;
}
