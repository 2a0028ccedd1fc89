/* SPDX-License-Identifier: Apache-2.0
 *
 * SQL of passkeys.
 */
#include "account/passkey.h"

enum err passkeys_of(struct tx *tx, struct person_id person, struct api_passkey **items_out, size_t *n_out)
{
	struct rows r;
	struct api_passkey *items = arena_array(tx->arena, PASSKEYS_MAX, sizeof *items);
	if (!items)
		return ERR_NOMEM;
	*items_out = items;
	*n_out = 0;
	db_query(tx->db, &r, "SELECT id, name, created_at, used_at FROM passkey WHERE person_id = ?1 ORDER BY id LIMIT ?2", "ii", person.v,
		(int64_t)PASSKEYS_MAX);
	while (*n_out < PASSKEYS_MAX && rows_next(&r)) {
		items[*n_out] = (struct api_passkey){.id = rows_int(&r, 0), .name = rows_str(&r, 1, tx->arena), .created_at = rows_int(&r, 2)};
		items[*n_out].has_used_at = !rows_null(&r, 3);
		if (items[*n_out].has_used_at)
			items[*n_out].used_at = rows_int(&r, 3);
		++*n_out;
	}
	enum err e = rows_close(&r);
	return e ? e : arena_failed(tx->arena) ? ERR_NOMEM : ERR_OK;
}

enum err passkeys_remove(struct tx *tx, struct person_id person)
{
	return db_run(tx->db, "DELETE FROM passkey WHERE person_id = ?1", "i", person.v);
}
