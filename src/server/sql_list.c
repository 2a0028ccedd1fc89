/* SPDX-License-Identifier: Apache-2.0
 *
 * See sql_list.h.
 */
#include "server/sql_list.h"

#include "base/vec.h"

enum err sql_keep(struct tx *tx, const void *items, size_t n, size_t size, void *out)
{
	void *kept = arena_array(tx->arena, n + 1, size);
	if (kept && n)
		memcpy(kept, items, n * size);
	memcpy(out, &kept, sizeof kept);
	return arena_failed(tx->arena) ? ERR_NOMEM : ERR_OK;
}

enum err sql_take(struct tx *tx, struct rows *r, const void *items, size_t n, size_t size, void *out, size_t *n_out)
{
	void *none = NULL;
	enum err e = rows_close(r);
	*n_out = n;
	memcpy(out, &none, sizeof none);
	return e ? e : sql_keep(tx, items, n, size, out);
}

enum err sql_ids(struct tx *tx, struct rows *r, int64_t **out, size_t *n_out)
{
	VEC(int64_t) list = VEC_INIT;
	while (rows_next(r))
		VEC_PUSH(&list, rows_int(r, 0));
	enum err e = sql_take(tx, r, list.p, list.n, sizeof *list.p, out, n_out);
	VEC_RELEASE(&list);
	return e;
}
