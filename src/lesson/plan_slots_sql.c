/* SPDX-License-Identifier: Apache-2.0
 *
 * The only SQL on the table lesson_slot. Private to room lesson; on a worker's thread, inside a transaction.
 */
#include "lesson/plan.h"

enum err plan_sql_slots(struct tx *tx, const struct plan *p, struct slot items[PLAN_SLOTS_MAX], size_t *n_out)
{
	struct rows r;
	*n_out = 0;
	db_query(tx->db, &r, "SELECT slot, person_id FROM lesson_slot WHERE lesson_id = ?1 AND org_id = ?2 ORDER BY slot", "ii", p->id, p->org_id);
	while (*n_out < PLAN_SLOTS_MAX && rows_next(&r))
		items[(*n_out)++] = (struct slot){rows_int(&r, 0), rows_int(&r, 1)};
	return rows_close(&r);
}

enum err plan_slots_taken(struct tx *tx, const struct plan *p, int64_t **slots_out, size_t *n_out)
{
	struct slot all[PLAN_SLOTS_MAX];
	enum err e = plan_sql_slots(tx, p, all, n_out);
	*slots_out = arena_array(tx->arena, *n_out + 1, sizeof **slots_out);
	if (e || !*slots_out)
		return e ? e : ERR_NOMEM;
	for (size_t i = 0; i < *n_out; i++)
		(*slots_out)[i] = all[i].slot;
	return ERR_OK;
}

enum err plan_slot_of(struct tx *tx, const struct plan *p, int64_t person, int64_t *out)
{
	bool found;
	enum err e = db_int(tx->db, &found, out, "SELECT slot FROM lesson_slot WHERE lesson_id = ?1 AND person_id = ?2 AND org_id = ?3", "iii", p->id, person,
		p->org_id);
	if (!e && !found)
		*out = -1;
	return e;
}

enum err plan_sql_slot_give_up(struct tx *tx, const struct plan *p, int64_t person)
{
	return db_run(tx->db, "DELETE FROM lesson_slot WHERE lesson_id = ?1 AND person_id = ?2 AND org_id = ?3", "iii", p->id, person, p->org_id);
}

enum err plan_sql_slot_take(struct tx *tx, const struct plan *p, int64_t slot, int64_t person, bool *free_out)
{
	return db_run_unique(tx->db, free_out, "INSERT INTO lesson_slot (org_id, lesson_id, slot, person_id) VALUES (?1, ?2, ?3, ?4)", "iiii", p->org_id, p->id,
		slot, person);
}

enum err plan_sql_slot_free(struct tx *tx, const struct plan *p, int64_t slot)
{
	return db_run(tx->db, "DELETE FROM lesson_slot WHERE lesson_id = ?1 AND slot = ?2 AND org_id = ?3", "iii", p->id, slot, p->org_id);
}
