/* SPDX-License-Identifier: Apache-2.0
 *
 * Content that an organisation shows in its lessons (R78): files that browsers play and links, with the mark "verified", and who shows which in a call.
 * Private to room lesson; on a worker's thread, inside a transaction. Commands (api/content.yaml) are defined in content_api.c.
 */
#ifndef LESSON_CONTENT_H
#define LESSON_CONTENT_H

#include "lesson/call.h"

#define CONTENT_MAX 500 /* of an organisation */

struct content {
	int64_t id, org_id;
	enum api_content_kind kind;
	struct str title, subject, grade, source, url; /* "": none */
	int64_t file_id, created_at;                   /* file_id 0: a link */
	int64_t verified_by, verified_at;              /* verified_at 0: nobody has verified it */
	struct str verified_list;
};

/* --- content_sql.c */
enum err content_sql_insert(struct tx *tx, const struct content *k, int64_t *id_out) MUST_CHECK;
enum err content_sql_put(struct tx *tx, const struct content *k) MUST_CHECK;
enum err content_sql_delete(struct tx *tx, const struct content *k) MUST_CHECK;
enum err content_sql_get(struct tx *tx, int64_t org, int64_t id, struct content *out, bool *found_out) MUST_CHECK;
enum err content_sql_list(struct tx *tx, int64_t org, struct content **items_out, size_t *n_out) MUST_CHECK; /* by title */
enum err content_sql_count(struct tx *tx, int64_t org, int64_t *count_out) MUST_CHECK;
/* Running calls that show it. */
enum err content_sql_calls(struct tx *tx, int64_t org, int64_t id, int64_t **calls_out, size_t *n_out) MUST_CHECK;
enum err content_sql_show(struct tx *tx, int64_t org, int64_t call, int64_t id, int64_t participant) MUST_CHECK; /* id 0: nothing */

/* --- content_api.c */
/* He is in the call no longer, or may show nothing there: what he shows ends, and the call is told. */
enum err content_shown_end(struct tx *tx, const struct participant *p) MUST_CHECK;

#endif
