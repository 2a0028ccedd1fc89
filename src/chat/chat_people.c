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

enum err chat_person(struct tx *tx, const struct chat *c, const struct chat_member *m, struct api_chat_member *out)
{
	*out = (struct api_chat_member){.has_role = m->role != ROLE_NONE,
		.role = m->role != ROLE_NONE ? (enum api_role)m->role : API_ROLE_GUARDIAN,
		.lead = m->lead,
		.left = m->left,
		.has_confirmed = true,
		.confirmed = m->confirmed && !m->left,
		.has_why = !m->left,
		.why = m->why,
		.has_added_by = m->added_by != 0 && !m->left,
		.added_by = m->added_by,
		.has_writer = !m->left,
		.writer = chat_member_writes(c, m),
		.has_keeper = !m->left,
		.keeper = m->keeper};
	return account_person_get(tx, (struct person_id){m->person_id}, &out->person);
}

enum err chat_person_with_subjects(struct tx *tx, const struct chat *c, const struct chat_member *m, struct api_chat_member *out)
{
	enum err e = chat_person(tx, c, m, out);
	if (e || m->why != API_CHAT_WHY_TEACHES || !c->unit_id)
		return e;
	out->has_subjects = true;
	out->subjects.items = arena_array(tx->arena, CHAT_SUBJECTS_MAX, sizeof *out->subjects.items);
	if (!out->subjects.items)
		return ERR_NOMEM;
	return school_teaches(tx, (struct org_id){c->org_id}, (struct unit_id){c->unit_id}, (struct person_id){m->person_id}, out->subjects.items,
		CHAT_SUBJECTS_MAX, &out->subjects.n);
}

static bool shown(const struct tx *tx, const struct chat *c, const struct chat_member *m)
{
	if (m->left)
		return m->posted && m->left_seq >= tx->rel.seen_after;
	return !c->channel || m->posted || m->keeper || chat_member_writes(c, m);
}

enum err chat_people(struct tx *tx, int64_t org, int64_t chat, const struct chat_ids *ids, struct api_chat_member **items_out, size_t *n_out)
{
	struct api_chat_member *items = arena_array(tx->arena, ids->n + 1, sizeof *items);
	struct chat c;
	bool is;
	if (!items)
		return ERR_NOMEM;
	size_t n = 0;
	enum err e = chat_sql_find(tx, org, chat, &c, &is);
	for (size_t i = 0; !e && i < ids->n; i++) {
		struct chat_member m;
		bool found;
		e = chat_sql_member(tx, org, chat, ids->items[i], &m, &found);
		if (!e && found && shown(tx, &c, &m))
			e = chat_person(tx, &c, &m, &items[n++]);
	}
	*items_out = items;
	*n_out = n;
	return e;
}

enum err chat_authors(struct tx *tx, int64_t org, int64_t chat, const struct chat_page *page, struct api_chat_member **items_out, size_t *n_out)
{
	struct chat_ids ids = {.n = 0};
	for (size_t i = 0; i < page->n; i++)
		chat_ids_add(&ids, page->items[i].sender_id);
	return chat_people(tx, org, chat, &ids, items_out, n_out);
}
