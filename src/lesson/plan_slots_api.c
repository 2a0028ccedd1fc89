/* SPDX-License-Identifier: Apache-2.0
 *
 * The commands on consultations by appointment (R76; api/planning.yaml). Rights are checked before. On a worker's thread, inside a
 * transaction.
 */
#include "account/account.h"
#include "lesson/plan.h"

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
		e = plan_sql_slot_give_up(tx, &p, tx->actor.person.v);
	if (!e)
		e = plan_sql_slot_take(tx, &p, in->slot, tx->actor.person.v, &free);
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
		e = plan_sql_slot_free(tx, &p, slot);
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
		e = plan_sql_slots(tx, &p, all, &n);
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
