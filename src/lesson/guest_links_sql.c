/* SPDX-License-Identifier: Apache-2.0
 *
 * Lists of the table guest_link; what is asked by a link itself: plan_sql.c. Private to room lesson; on a worker's thread, inside a transaction.
 */
#include "lesson/plan.h"

#define COLUMNS "k.id, k.maker_id, k.made_at, k.expires_at, k.name, k.used_name, k.used_at"

static struct link_row read_link(struct rows *r, struct arena *a)
{
	return (struct link_row){.id = rows_int(r, 0), .maker_id = rows_int(r, 1), .made_at = rows_int(r, 2), .expires_at = rows_int(r, 3), .name = rows_str(r, 4, a),
		.used_name = rows_str(r, 5, a), .used = !rows_null(r, 6), .used_at = rows_null(r, 6) ? 0 : rows_int(r, 6)};
}

enum err plan_sql_links(struct tx *tx, const struct plan *p, struct link_row **items_out, size_t *n_out)
{
	struct rows r;
	*n_out = 0;
	*items_out = arena_array(tx->arena, PLAN_LINKS_MAX, sizeof **items_out);
	if (!*items_out)
		return ERR_NOMEM;
	db_query(tx->db, &r, "SELECT " COLUMNS " FROM guest_link k WHERE k.lesson_id = ?1 AND k.org_id = ?2 ORDER BY k.id DESC", "ii", p->id, p->org_id);
	while (*n_out < PLAN_LINKS_MAX && rows_next(&r))
		(*items_out)[(*n_out)++] = read_link(&r, tx->arena);
	return rows_close(&r);
}

enum err plan_sql_link_get(struct tx *tx, const struct plan *p, int64_t id, struct link_row *out, bool *found_out)
{
	struct rows r;
	db_query(tx->db, &r, "SELECT " COLUMNS " FROM guest_link k WHERE k.id = ?1 AND k.lesson_id = ?2 AND k.org_id = ?3", "iii", id, p->id, p->org_id);
	*found_out = rows_next(&r);
	if (*found_out)
		*out = read_link(&r, tx->arena);
	return rows_close(&r);
}

enum err plan_sql_link_delete(struct tx *tx, const struct plan *p, int64_t id)
{
	return db_run(tx->db, "DELETE FROM guest_link WHERE id = ?1 AND lesson_id = ?2 AND org_id = ?3", "iii", id, p->id, p->org_id);
}
