/* SPDX-License-Identifier: Apache-2.0
 *
 * The commands on one chat. Rights are checked before (policy); tx->rel says which chat and organisation. Owned by room chat; on a
 * worker's thread, inside a transaction.
 */
#include "chat/chat.h"

#include "chat/chat_people.h"
#include "server/presence.h"

static enum err finish(const struct tx *tx, enum err e)
{
	return !e && arena_failed(tx->arena) ? ERR_NOMEM : e;
}

enum err message_post(struct tx *tx, const struct api_message_post *in, struct api_message_posted *out)
{
	char id[16];
	if (in->client_id.n != 2 * sizeof id)
		return tx_refuse(tx, API_INVALID_FIELD, "client_id", NULL);
	for (size_t i = 0; i < 2 * sizeof id; i++) {
		char c = in->client_id.p[i];
		int digit = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
		if (digit < 0)
			return tx_refuse(tx, API_INVALID_FIELD, "client_id", NULL);
		id[i / 2] = (char)(i % 2 ? id[i / 2] | digit : digit << 4);
	}
	bool must = false;
	enum err e = school_must_sign(tx, tx_org(tx), tx->actor.person, &must);
	if (e || must)
		return e ? e : tx_refuse(tx, API_FORBIDDEN, NULL, "forbidden.rules_again");
	return finish(tx, chat_post(tx, &tx->rel, str_n(id, sizeof id), in->text, out));
}

enum err chat_read(struct tx *tx, const struct api_chat_read *in, struct api_chat_read_done *out)
{
	return finish(tx, chat_mark_read(tx, &tx->rel, in->seq, out));
}

enum err chat_snapshot(struct tx *tx, const struct api_chat_get *in, struct api_chat_snapshot *out)
{
	int64_t org = tx->rel.org_id;
	struct chat c;
	struct chat_member m;
	struct chat_page page;
	bool found, member;
	enum err e = chat_sql_find(tx, org, in->chat_id, &c, &found);
	if (!e)
		e = chat_sql_member(tx, org, in->chat_id, tx->actor.person.v, &m, &member);
	if (e)
		return e;
	CHECK(found && member);
	e = chat_to_api(tx, &c, &m, &out->chat);
	if (!e)
		e = chat_sql_messages(tx, org, c.id, m.visible_after, CHAT_BEFORE, INT64_MAX, CHAT_PAGE_DEFAULT, &page);
	if (e)
		return e;
	out->chat.has_last_message = page.n != 0;
	if (page.n)
		out->chat.last_message = page.items[page.n - 1];
	out->messages.items = page.items;
	out->messages.n = page.n;
	return finish(tx, chat_authors(tx, org, c.id, &page, &out->people.items, &out->people.n));
}

enum err message_list(struct tx *tx, const struct api_message_list *in, struct api_message_page *out)
{
	if (in->has_before && in->has_after)
		return tx_refuse(tx, API_INVALID_FIELD, "after", NULL);
	int64_t org = tx->rel.org_id, seen = tx->rel.seen_after, limit = in->has_limit ? in->limit : CHAT_PAGE_DEFAULT;
	if (limit < 1 || limit > CHAT_PAGE_MAX)
		return tx_refuse(tx, API_INVALID_FIELD, "limit", NULL);
	struct chat_page page;
	enum err e = in->has_after ? chat_sql_messages(tx, org, in->chat_id, seen, CHAT_AFTER, in->after, limit, &page)
				   : chat_sql_messages(tx, org, in->chat_id, seen, CHAT_BEFORE, in->has_before ? in->before : INT64_MAX, limit, &page);
	if (e)
		return e;
	out->messages.items = page.items;
	out->messages.n = page.n;
	out->more = page.more;
	return finish(tx, chat_authors(tx, org, in->chat_id, &page, &out->people.items, &out->people.n));
}

enum err chat_members(struct tx *tx, const struct api_chat_members *in, struct api_chat_member_page *out)
{
	int64_t limit = in->has_limit ? in->limit : 200;
	if (limit < 1 || limit > 200)
		return tx_refuse(tx, API_INVALID_FIELD, "limit", NULL);
	struct chat_member *found = arena_array(tx->arena, (size_t)limit + 1, sizeof *found);
	out->members.items = arena_array(tx->arena, (size_t)limit, sizeof *out->members.items);
	if (!found || !out->members.items)
		return ERR_NOMEM;
	size_t n = 0;
	struct chat c;
	bool is;
	enum err e = chat_sql_find(tx, tx->rel.org_id, in->chat_id, &c, &is);
	if (!e)
		e = (c.channel ? chat_sql_writers : chat_sql_members)(tx, c.org_id, c.id, in->has_after ? in->after : 0, limit + 1, found, &n);
	if (e)
		return e;
	out->has_next_after = n > (size_t)limit;
	if (out->has_next_after) {
		n = (size_t)limit;
		out->next_after = found[n - 1].person_id;
	}
	for (size_t i = 0; !e && i < n; i++)
		e = chat_person_with_subjects(tx, &c, &found[i], &out->members.items[i]);
	out->members.n = n;
	return finish(tx, e);
}

enum err people_get(struct tx *tx, const struct api_people_get *in, struct api_people *out)
{
	struct chat_ids ids = {.n = 0};
	for (size_t i = 0; i < in->person_ids.n; i++)
		chat_ids_add(&ids, in->person_ids.items[i]);
	return finish(tx, chat_people(tx, tx->rel.org_id, in->chat_id, &ids, &out->people.items, &out->people.n));
}

enum err presence_get(struct tx *tx, const struct api_presence_get *in, struct api_presence *out)
{
	struct chat_member *members = arena_array(tx->arena, CHAT_PRESENCE_SCAN, sizeof *members);
	out->online.items = arena_array(tx->arena, CHAT_PRESENCE_MAX, sizeof *out->online.items);
	if (!members || !out->online.items)
		return ERR_NOMEM;
	size_t n = 0;
	struct chat c;
	bool is;
	enum err e = chat_sql_find(tx, tx->rel.org_id, in->chat_id, &c, &is);
	if (!e)
		e = (c.channel ? chat_sql_writers : chat_sql_members)(tx, c.org_id, c.id, 0, CHAT_PRESENCE_SCAN, members, &n);
	for (size_t i = 0; i < n && out->online.n < CHAT_PRESENCE_MAX; i++)
		if (presence_online((struct person_id){members[i].person_id}))
			out->online.items[out->online.n++] = members[i].person_id;
	return e;
}

enum err typing(struct tx *tx, const struct api_chat_get *in, struct api_empty *out)
{
	(void)out;
	struct chat c;
	bool found;
	enum err e = chat_sql_find(tx, tx->rel.org_id, in->chat_id, &c, &found);
	if (e || !found || c.channel || c.archived || c.member_count > CHAT_TYPING_MAX)
		return e;
	struct api_typing_signal signal = {.chat_id = c.id, .person_id = tx->actor.person.v};
	return signal_typing(tx, chat_stream((struct chat_id){c.id}), &signal, tx->actor.person);
}
