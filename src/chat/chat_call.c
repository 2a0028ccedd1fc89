/* SPDX-License-Identifier: Apache-2.0
 *
 * A call in its chat: what room lesson asks, the card that stands for it. Owned by room chat; on a worker's thread, inside a transaction.
 */
#include "chat/chat_call.h"

#include "base/clock.h"
#include "base/vec.h"
#include "chat/chat_sql.h"

static struct chat_hooks hooks; /* set by app before the first thread, constant afterwards */

void chat_set_hooks(const struct chat_hooks *given)
{
	hooks = given ? *given : (struct chat_hooks){0};
}

enum err chat_call_member_left(struct tx *tx, int64_t org, int64_t chat, struct person_id p)
{
	return hooks.member_left ? hooks.member_left(tx, (struct org_id){org}, (struct chat_id){chat}, p) : ERR_OK;
}

enum err chat_face_get(struct tx *tx, struct org_id org, struct chat_id chat, struct chat_face *out)
{
	struct chat c;
	bool found;
	enum err e = chat_sql_find(tx, org.v, chat.v, &c, &found);
	if (e || !found)
		return e ? e : ERR_NOT_FOUND;
	*out = (struct chat_face){.kind = c.kind, .title = c.title, .channel = c.channel, .archived = c.archived != CHAT_LIVING, .unit_id = c.unit_id,
		.member_count = c.member_count};
	return ERR_OK;
}

enum err chat_people_in(struct tx *tx, struct org_id org, struct chat_id chat, struct chat_person_in **items_out, size_t *n_out)
{
	enum { AT_ONCE = 200 };
	VEC(struct chat_person_in) list = VEC_INIT;
	struct chat_member members[AT_ONCE];
	int64_t after = 0;
	enum err e = ERR_OK;
	for (size_t n = AT_ONCE; !e && n == AT_ONCE;) {
		e = chat_sql_members(tx, org.v, chat.v, after, AT_ONCE, members, &n);
		for (size_t i = 0; !e && i < n; i++) {
			after = members[i].person_id;
			VEC_PUSH(&list, ((struct chat_person_in){{after}, members[i].role}));
		}
	}
	*items_out = arena_array(tx->arena, list.n + 1, sizeof **items_out);
	*n_out = list.n;
	if (*items_out && list.n)
		memcpy(*items_out, list.p, list.n * sizeof *list.p);
	VEC_RELEASE(&list);
	return e ? e : *items_out ? ERR_OK : ERR_NOMEM;
}

enum err chat_member_relation(struct tx *tx, struct chat_id chat, struct person_id person, struct relation *out)
{
	*out = (struct relation){.role = ROLE_NONE};
	return chat_sql_relation(tx, chat.v, person.v, out);
}

enum err chat_card(struct tx *tx, struct org_id org, struct chat_id chat, struct str card, int64_t *seq_out)
{
	unsigned char id[16];
	struct relation rel = {.known = true, .org_id = org.v, .chat_id = chat.v};
	struct api_message_posted posted;
	random_fill(id, sizeof id);
	enum err e = chat_post_card(tx, &rel, str_n(id, sizeof id), card, &posted);
	if (!e)
		*seq_out = posted.seq;
	return e;
}

enum err chat_call_begin(struct tx *tx, struct org_id org, struct chat_id chat, struct str card, int64_t *seq_out)
{
	enum err e = chat_card(tx, org, chat, card, seq_out);
	if (!e)
		e = chat_sql_set_call(tx, org.v, chat.v, card);
	return e ? e : event_call_started(tx, chat_stream(chat), &(struct api_call_started_event){.card = card});
}

enum err chat_call_finish(struct tx *tx, struct org_id org, struct chat_id chat, int64_t seq, struct str card)
{
	enum err e = chat_sql_set_card(tx, org.v, chat.v, seq, card);
	if (!e)
		e = chat_sql_set_call(tx, org.v, chat.v, (struct str){NULL, 0});
	return e ? e : event_call_ended(tx, chat_stream(chat), &(struct api_call_ended_event){.seq = seq, .card = card});
}

enum err chat_call_card(struct tx *tx, struct org_id org, struct chat_id chat, int64_t seq, struct str card)
{
	enum err e = chat_sql_set_card(tx, org.v, chat.v, seq, card);
	return e ? e : event_call_ended(tx, chat_stream(chat), &(struct api_call_ended_event){.seq = seq, .card = card});
}
