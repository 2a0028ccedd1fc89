/* SPDX-License-Identifier: Apache-2.0
 *
 * See org_sql.h.
 */
#include "school/org_sql.h"

static enum err text(struct tx *tx, struct rows *r, bool *found_out, struct str *out)
{
	*found_out = rows_next(r);
	if (*found_out)
		*out = rows_str(r, 0, tx->arena);
	enum err e = rows_close(r);
	return e ? e : arena_failed(tx->arena) ? ERR_NOMEM : ERR_OK;
}

enum err audit_sql_object_name(struct tx *tx, struct org_id org, struct str kind, int64_t id, bool *found_out, struct str *out)
{
	struct rows r;
	*found_out = false;
	if (str_eq(kind, STR("unit")))
		db_query(tx->db, &r, "SELECT name FROM unit WHERE org_id = ?1 AND id = ?2", "ii", org.v, id);
	else if (str_eq(kind, STR("org")) && (!org.v || org.v == id))
		db_query(tx->db, &r, "SELECT short_name FROM org WHERE id = ?1 /* org_id */", "i", id);
	else
		return ERR_OK;
	return text(tx, &r, found_out, out);
}
