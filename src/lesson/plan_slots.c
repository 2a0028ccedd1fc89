/* SPDX-License-Identifier: Apache-2.0
 *
 * Consultations by appointment (R76): the slots, who took which. Private to room lesson, the only SQL on lesson_slot; on a worker's thread,
 * inside a transaction.
 */
#include "account/account.h"
#include "base/vec.h"
#include "lesson/plan.h"

struct slot { int64_t slot, person_id; };

static enum err slots(struct tx *tx, const struct plan *p, struct slot items[PLAN_SLOTS_MAX], size_t *n_out)
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
	enum err e = slots(tx, p, all, n_out);
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

static enum err check_open(struct tx *tx, const struct plan *p, int64_t slot)
{
	if (school_is_staff(tx->rel.role))
		return tx_refuse(tx, API_FORBIDDEN, NULL, "forbidden.slot_staff");
	if (slot >= plan_slots(p))
		return tx_refuse(tx, API_NOT_FOUND, "slot", NULL);
	if (p->cancelled)
		return tx_refuse(tx, API_CONFLICT, NULL, "conflict.lesson_cancelled");
	if (p->starts_at + (slot + 1) * p->slot_minutes * 60000 <= tx->now_ms)
		return tx_refuse(tx, API_CONFLICT, "slot", "conflict.slot_past");
	return ERR_OK;
}

enum err lesson_slot_take(struct tx *tx, const struct api_lesson_slot_take *in, struct api_lesson *out)
{
	struct plan p;
	bool free = true;
	enum err e = plan_find(tx, in->chat_id, in->lesson_id, &p);
	if (!e)
		e = check_open(tx, &p, in->slot);
	if (!e)
		e = db_run(tx->db, "DELETE FROM lesson_slot WHERE lesson_id = ?1 AND person_id = ?2 AND org_id = ?3", "iii", p.id, tx->actor.person.v, p.org_id);
	if (!e)
		e = db_run_unique(tx->db, &free, "INSERT INTO lesson_slot (org_id, lesson_id, slot, person_id) VALUES (?1, ?2, ?3, ?4)", "iiii", p.org_id, p.id,
			in->slot, tx->actor.person.v);
	if (!e && !free)
		e = tx_refuse(tx, API_CONFLICT, "slot", "conflict.slot_taken");
	if (!e)
		e = plan_tell(tx, &p);
	return e ? e : plan_answer(tx, &p, out);
}

enum err lesson_slot_free(struct tx *tx, const struct api_lesson_slot_free *in, struct api_lesson *out)
{
	struct plan p;
	int64_t mine;
	enum err e = plan_find(tx, in->chat_id, in->lesson_id, &p);
	if (!e)
		e = plan_slot_of(tx, &p, tx->actor.person.v, &mine);
	int64_t slot = !e && in->has_slot ? in->slot : e ? -1 : mine;
	if (!e && slot != mine && !(school_is_staff(tx->rel.role) && plan_is_mine(tx, &p)))
		e = tx_refuse(tx, API_FORBIDDEN, NULL, "forbidden.lesson_others");
	if (!e)
		e = db_run(tx->db, "DELETE FROM lesson_slot WHERE lesson_id = ?1 AND slot = ?2 AND org_id = ?3", "iii", p.id, slot, p.org_id);
	if (!e)
		e = plan_tell(tx, &p);
	return e ? e : plan_answer(tx, &p, out);
}

enum err lesson_slots(struct tx *tx, const struct api_lesson_get *in, struct api_lesson_slots *out)
{
	struct plan p;
	struct slot all[PLAN_SLOTS_MAX];
	size_t n = 0;
	enum err e = plan_find(tx, in->chat_id, in->lesson_id, &p);
	if (!e)
		e = slots(tx, &p, all, &n);
	out->slots.items = arena_array(tx->arena, n + 1, sizeof *out->slots.items);
	if (e || !out->slots.items)
		return e ? e : ERR_NOMEM;
	for (size_t i = 0; !e && i < n; i++) {
		struct api_lesson_slot *to = &out->slots.items[out->slots.n++];
		to->slot = all[i].slot;
		e = account_person_get(tx, (struct person_id){all[i].person_id}, &to->person);
	}
	return e;
}
