/* SPDX-License-Identifier: Apache-2.0
 *
 * People as a chat shows them. Owned by room chat; on a worker's thread.
 */
#include "chat/chat_people.h"

#include "account/account.h"

void chat_ids_add(struct chat_ids *ids, int64_t id)
{
	for (size_t i = 0; i < ids->n; i++)
		if (ids->items[i] == id)
			return;
	if (ids->n < sizeof ids->items / sizeof *ids->items)
		ids->items[ids->n++] = id;
}

enum err chat_person(struct tx *tx, const struct chat_member *m, struct api_chat_member *out)
{
	*out = (struct api_chat_member){
		.role = (enum api_role)m->role, .lead = m->lead, .left = m->left, .has_confirmed = true, .confirmed = m->confirmed && !m->left};
	return account_person_get(tx, (struct person_id){m->person_id}, &out->person);
}

enum err chat_people(struct tx *tx, int64_t org, int64_t chat, const struct chat_ids *ids, struct api_chat_member **items_out, size_t *n_out)
{
	struct api_chat_member *items = arena_array(tx->arena, ids->n + 1, sizeof *items);
	if (!items)
		return ERR_NOMEM;
	size_t n = 0;
	for (size_t i = 0; i < ids->n; i++) {
		struct chat_member m;
		bool found;
		enum err e = chat_sql_member(tx, org, chat, ids->items[i], &m, &found);
		if (!e && found && (!m.left || m.posted))
			e = chat_person(tx, &m, &items[n++]);
		if (e)
			return e;
	}
	*items_out = items;
	*n_out = n;
	return ERR_OK;
}

enum err chat_authors(struct tx *tx, int64_t org, int64_t chat, const struct chat_page *page, struct api_chat_member **items_out, size_t *n_out)
{
	struct chat_ids ids = {.n = 0};
	for (size_t i = 0; i < page->n; i++)
		chat_ids_add(&ids, page->items[i].sender_id);
	return chat_people(tx, org, chat, &ids, items_out, n_out);
}
