/* SPDX-License-Identifier: Apache-2.0
 *
 * SQL of the audit journal; private to the room. The end of each journal (its last seq and hash) has a row of its own: adding needs no look
 * at the journal, and an end that was cut off shows. A worker's thread.
 */
#ifndef POLICY_AUDIT_SQL_H
#define POLICY_AUDIT_SQL_H

#include "policy/audit.h"

struct audit_end { int64_t seq; unsigned char hash[AUDIT_HASH_BYTES]; };

enum err audit_sql_end(struct db *db, struct org_id org, struct audit_end *out) MUST_CHECK; /* seq 0: nothing yet */
enum err audit_sql_add(struct db *db, struct org_id org, const struct audit_row *row, const struct audit_end *end) MUST_CHECK;
enum err audit_sql_rows(struct tx *tx, struct org_id org, const struct audit_filter *f, struct audit_row *rows, size_t max,
	size_t *n_out) MUST_CHECK;
/* Every row in order, with its stored hash; text is borrowed until each returns. each answers false to end it. */
enum err audit_sql_walk(struct db *db, struct org_id org, bool (*each)(void *user, const struct audit_row *row, struct str hash),
	void *user) MUST_CHECK;
enum err audit_sql_journals(struct db *db, enum err (*each)(void *user, struct org_id org), void *user) MUST_CHECK;

#endif
