/* SPDX-License-Identifier: Apache-2.0
 *
 * The links for guests of a lesson, listed and annulled (api/planning.yaml); how one is made: plan_api.c. On a worker's thread, inside a transaction.
 */
#include "account/account.h"
#include "lesson/plan.h"

static bool may_annul(const struct tx *tx, const struct plan *p, const struct link_row *k)
{
	return k->maker_id == tx->actor.person.v || plan_is_mine(tx, p);
}

enum err lesson_guest_links(struct tx *tx, const struct api_lesson_get *in, struct api_lesson_guest_links *out)
{
	struct plan p;
	size_t n = 0;
	struct link_row *list = NULL;
	enum err e = plan_find(tx, in->chat_id, in->lesson_id, &p);
	if (!e)
		e = plan_sql_links(tx, &p, &list, &n);
	out->links.items = arena_array(tx->arena, n + 1, sizeof *out->links.items);
	if (e || !out->links.items)
		return e ? e : ERR_NOMEM;
	for (size_t i = 0; !e && i < n; i++) {
		const struct link_row *k = &list[i];
		struct api_lesson_guest_link_row *row = &out->links.items[out->links.n++];
		*row = (struct api_lesson_guest_link_row){.id = k->id, .has_name = k->name.n != 0, .name = k->name, .has_made_at = k->made_at != 0, .made_at = k->made_at,
			.expires_at = k->expires_at, .has_used_at = k->used, .used_at = k->used_at, .has_used_name = k->used_name.n != 0, .used_name = k->used_name,
			.may_annul = !k->used && may_annul(tx, &p, k)};
		e = account_person_get(tx, (struct person_id){k->maker_id}, &row->maker);
	}
	return e;
}

enum err lesson_guest_link_annul(struct tx *tx, const struct api_lesson_guest_link_annul *in, struct api_empty *out)
{
	(void)out;
	struct plan p;
	struct link_row k = {0};
	bool found = false;
	enum err e = plan_find(tx, in->chat_id, in->lesson_id, &p);
	if (!e)
		e = plan_sql_link_get(tx, &p, in->link_id, &k, &found);
	if (!e && !found)
		e = tx_refuse(tx, API_NOT_FOUND, "link_id", NULL);
	if (!e && !may_annul(tx, &p, &k))
		e = tx_refuse(tx, API_FORBIDDEN, NULL, "forbidden.guest_link_others");
	if (!e && k.used)
		e = tx_refuse(tx, API_CONFLICT, NULL, "conflict.guest_link_used");
	return e ? e : plan_sql_link_delete(tx, &p, k.id);
}
