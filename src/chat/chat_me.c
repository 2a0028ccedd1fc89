/* SPDX-License-Identifier: Apache-2.0
 *
 * me_snapshot: everything that a client needs at its start, from one read transaction and a number of queries that does not grow
 * with the number of chats, but for the names of the last messages' authors. Owned by room chat; on a worker's thread.
 */
#include "chat/chat.h"

#include "account/account.h"
#include "base/vec.h"
#include "chat/chat_sql.h"

struct heads { VEC(struct api_stream_head) list; struct arena *arena; };

static void add_head(void *user, struct stream_id s, int64_t head)
{
	struct heads *h = user;
	char text[24];
	VEC_PUSH(&h->list, ((struct api_stream_head){.stream = arena_str(h->arena, stream_text(s, text)), .head = head}));
}

static enum err fill_heads(struct tx *tx, struct api_me_snapshot *out)
{
	struct heads h = {.list = VEC_INIT, .arena = tx->arena};
	enum err e = chat_list_streams(tx, tx->actor.person, add_head, &h);
	if (!e) {
		out->heads.items = arena_array(tx->arena, h.list.n + 1, sizeof *out->heads.items);
		if (!out->heads.items)
			e = ERR_NOMEM;
		else if (h.list.n)
			memcpy(out->heads.items, h.list.p, h.list.n * sizeof *h.list.p);
		out->heads.n = h.list.n;
	}
	VEC_RELEASE(&h.list);
	return e;
}

static int by_id(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
	return x < y ? -1 : x > y;
}

static enum err fill_people(struct tx *tx, struct api_me_snapshot *out)
{
	int64_t *ids = arena_array(tx->arena, out->chats.n + 1, sizeof *ids);
	out->people.items = arena_array(tx->arena, out->chats.n + 1, sizeof *out->people.items);
	if (!ids || !out->people.items)
		return ERR_NOMEM;
	size_t n = 0;
	for (size_t i = 0; i < out->chats.n; i++)
		if (out->chats.items[i].has_last_message)
			ids[n++] = out->chats.items[i].last_message.sender_id;
	qsort(ids, n, sizeof *ids, by_id);
	for (size_t i = 0; i < n; i++) {
		if (i && ids[i] == ids[i - 1])
			continue;
		enum err e = account_person_get(tx, (struct person_id){ids[i]}, &out->people.items[out->people.n++]);
		if (e)
			return e;
	}
	return ERR_OK;
}

enum err me_snapshot(struct tx *tx, const struct api_empty *in, struct api_me_snapshot *out)
{
	(void)in;
	struct person_id me = tx->actor.person;
	out->operator = tx->actor.is_operator;
	enum err e = account_person_get(tx, me, &out->person);
	if (!e)
		e = school_memberships_of(tx, me, &out->memberships.items, &out->memberships.n);
	if (!e)
		e = school_is_curator(tx, me, &out->curator);
	out->has_curator = out->curator;
	if (!e)
		e = chat_sql_chats_of(tx, me.v, &out->chats.items, &out->chats.n);
	if (!e)
		e = fill_people(tx, out);
	if (!e)
		e = school_violations_open(tx, me, &out->violations.items, &out->violations.n);
	if (!e)
		e = school_violations_of_children(tx, me, &out->child_violations.items, &out->child_violations.n);
	out->has_violations = out->violations.n > 0;
	out->has_child_violations = out->child_violations.n > 0;
	if (!e)
		e = fill_heads(tx, out);
	if (!e)
		e = account_fill_me(tx, out);
	return !e && arena_failed(tx->arena) ? ERR_NOMEM : e;
}
