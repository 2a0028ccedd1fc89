/* SPDX-License-Identifier: Apache-2.0
 *
 * The event table: (stream, seq) -> type, body, at. Its rows have no org_id of their own: the stream's object has it, and the
 * right to a stream is checked on that object before any row is read.
 */
#ifndef SERVER_STREAM_SQL_H
#define SERVER_STREAM_SQL_H

#include "server/tx.h"

enum err stream_sql_insert(struct db *db, struct stream_id s, int64_t seq, const char *type, struct str body, int64_t at) MUST_CHECK;
/* after < seq <= upto, ascending; stops at the first error of emit. */
enum err stream_sql_each(struct tx *tx, struct stream_id s, int64_t after, int64_t upto,
	enum err (*emit)(void *user, int64_t seq, int64_t at, const char *type, struct str data), void *user) MUST_CHECK;
/* In the bodies of all events; looks at each of them, so it is for the rare end of an account only. */
enum err stream_sql_without(struct db *db, struct stream_id s, const char *type, const char *path, int64_t id, const char *part) MUST_CHECK;
enum err stream_sql_replace(struct db *db, struct str from, struct str to) MUST_CHECK;
enum err stream_sql_ping(struct db *db) MUST_CHECK; /* the store answers */

#endif
