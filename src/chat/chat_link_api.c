/* SPDX-License-Identifier: Apache-2.0
 *
 * Links into free chats, and the directory (api/chats.yaml). Whoever comes in by any of them is of the chat's audience. On a worker's thread.
 */
#include "base/clock.h"
#include "chat/chat_free.h"

#include <sodium.h>

#define HOUR_MS ((int64_t)60 * 60 * 1000)
#define TOKEN_BYTES 18 /* 144 random bits */
#define TOKEN_TEXT sodium_base64_ENCODED_LEN(TOKEN_BYTES, sodium_base64_VARIANT_URLSAFE_NO_PADDING)

enum err chat_link_create(struct tx *tx, const struct api_chat_link_create *in, struct api_chat_link *out)
{
	struct chat c;
	struct chat_link *links = arena_array(tx->arena, CHAT_LINKS_MAX, sizeof *links);
	size_t n = 0;
	if (!links)
		return ERR_NOMEM;
	enum err e = chat_free_get(tx, in->chat_id, &c);
	if (!e && c.archived)
		e = tx_refuse(tx, API_CONFLICT, NULL, "forbidden.chat_archived");
	if (!e)
		e = chat_link_sql_list(tx, c.org_id, c.id, links, CHAT_LINKS_MAX, &n);
	if (!e && n >= CHAT_LINKS_MAX)
		e = tx_refuse(tx, API_CONFLICT, NULL, "conflict.links_many");
	if (e)
		return e;
	unsigned audience = 0;
	for (size_t i = 0; in->has_audience && i < in->audience.n; i++)
		audience |= 1u << in->audience.items[i];
	if (audience & ~c.audience)
		return tx_refuse(tx, API_CONFLICT, "audience", "conflict.link_audience");
	unsigned char raw[TOKEN_BYTES];
	char token[TOKEN_TEXT];
	random_fill(raw, sizeof raw);
	sodium_bin2base64(token, sizeof token, raw, sizeof raw, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
	struct chat_link link = {.org = c.org_id,
		.audience = audience ? audience : c.audience,
		.api = {.chat_id = c.id,
			.token = arena_str(tx->arena, str_of(token)),
			.max_uses = in->has_max_uses ? in->max_uses : CHAT_LINK_USES,
			.created_at = tx->now_ms,
			.expires_at = tx->now_ms + (in->has_expires_in_h ? in->expires_in_h : CHAT_LINK_HOURS) * HOUR_MS}};
	e = chat_link_sql_add(tx, &link, &link.api.id);
	*out = link.api;
	return e ? e : chat_audience_list(tx, link.audience, &out->audience);
}

enum err chat_link_list(struct tx *tx, const struct api_chat_link_list *in, struct api_chat_links *out)
{
	struct chat_link *links = arena_array(tx->arena, CHAT_LINKS_MAX, sizeof *links);
	out->links.items = arena_array(tx->arena, CHAT_LINKS_MAX, sizeof *out->links.items);
	if (!links || !out->links.items)
		return ERR_NOMEM;
	enum err e = chat_link_sql_list(tx, tx_org(tx).v, in->chat_id, links, CHAT_LINKS_MAX, &out->links.n);
	for (size_t i = 0; !e && i < out->links.n; i++)
		out->links.items[i] = links[i].api;
	return e;
}

enum err chat_link_annul(struct tx *tx, const struct api_chat_link_annul *in, struct api_empty *out)
{
	(void)out;
	bool done;
	enum err e = chat_link_sql_annul(tx, tx_org(tx).v, in->chat_id, in->link_id, &done);
	return e || done ? e : tx_refuse(tx, API_NOT_FOUND, "link_id", NULL);
}

/* What the link is to the caller: his role there, and whether he is in the chat. Useless links all look the same. */
struct way { struct chat_link link; struct chat chat; bool member, right, inside, removed; };

static enum err open_way(struct tx *tx, struct str token, struct way *w)
{
	struct chat_member m;
	enum role role;
	bool found = false, is;
	*w = (struct way){.member = false};
	enum err e = chat_link_sql_find(tx, token, &w->link, &found);
	if (!e && found)
		e = chat_sql_find(tx, w->link.org, w->link.api.chat_id, &w->chat, &found);
	if (!e && (!found || w->chat.archived))
		return tx_refuse(tx, API_LINK_UNUSABLE, "token", NULL);
	if (!e)
		e = school_member_role(tx, (struct org_id){w->link.org}, tx->actor.person, &role);
	if (e == ERR_NOT_FOUND)
		return ERR_OK;
	if (e)
		return e;
	w->member = true;
	w->right = (w->link.audience & w->chat.audience & chat_audience_of(role)) != 0;
	e = chat_sql_member(tx, w->link.org, w->chat.id, tx->actor.person.v, &m, &is);
	w->inside = !e && is && !m.left;
	w->removed = !e && is && m.left && m.removed;
	return e;
}

enum err chat_link_preview(struct tx *tx, const struct api_chat_link_token *in, struct api_chat_link_previewed *out)
{
	struct way w;
	enum api_org_type type;
	enum err e = open_way(tx, in->token, &w);
	if (!e)
		e = school_org_name(tx, (struct org_id){w.link.org}, &out->org_name, &type);
	if (e)
		return e;
	out->state = w.inside ? API_CHAT_LINK_PREVIEWED_STATE_INSIDE : !w.member ? API_CHAT_LINK_PREVIEWED_STATE_OTHER_ORG
		: w.right ? API_CHAT_LINK_PREVIEWED_STATE_MAY_JOIN : API_CHAT_LINK_PREVIEWED_STATE_OTHER_PEOPLE;
	out->has_title = w.inside || w.right;
	out->title = w.chat.title;
	out->has_chat_id = w.inside;
	out->chat_id = w.chat.id;
	return ERR_OK;
}

static enum err come_in(struct tx *tx, struct chat *c, enum api_chat_why why)
{
	struct chat_member m;
	enum err e = chat_member_as(tx, (struct org_id){c->org_id}, tx->actor.person, why, &m);
	return e ? e : chat_join_now(tx, c, &m);
}

enum err chat_link_join(struct tx *tx, const struct api_chat_link_join *in, struct api_chat *out)
{
	struct way w;
	enum err e = open_way(tx, in->token, &w);
	if (!e && !w.member)
		e = tx_refuse(tx, API_FORBIDDEN, NULL, "forbidden.chat_other_org");
	if (!e && !w.inside && !w.right)
		e = tx_refuse(tx, API_FORBIDDEN, NULL, "forbidden.chat_audience");
	if (!e && w.removed)
		e = tx_refuse(tx, API_FORBIDDEN, NULL, "forbidden.chat_removed");
	if (!e && !w.inside) {
		e = come_in(tx, &w.chat, API_CHAT_WHY_LINK);
		if (!e)
			e = chat_link_sql_use(tx, w.link.org, w.link.api.id);
	}
	return e ? e : chat_answer(tx, w.link.org, w.chat.id, out);
}

/* --- the directory */

static enum err open_chats(struct tx *tx, struct chat **items_out, size_t *n_out)
{
	struct school_place place;
	struct chat *items = arena_array(tx->arena, CHAT_DIRECTORY_MAX, sizeof *items);
	size_t n, kept = 0;
	if (!items)
		return ERR_NOMEM;
	enum err e = school_place(tx, tx_org(tx), tx->actor.person, &place);
	if (!e)
		e = chat_free_sql_open(tx, tx_org(tx).v, tx->actor.person.v, chat_audience_of(tx->rel.role), items, CHAT_DIRECTORY_MAX, &n);
	for (size_t i = 0; !e && i < n; i++) {
		bool mine = !items[i].unit_id || school_follows_org(tx->rel.role);
		for (size_t k = 0; k < place.unit_n; k++)
			mine |= place.units[k].unit.v == items[i].unit_id;
		for (size_t k = 0; k < place.guarded_n; k++)
			mine |= place.guarded[k].v == items[i].unit_id;
		for (size_t k = 0; k < place.teaching_n; k++)
			mine |= place.teachings[k].unit.v == items[i].unit_id;
		if (mine)
			items[kept++] = items[i];
	}
	*items_out = items;
	*n_out = kept;
	return e;
}

enum err chat_directory(struct tx *tx, const struct api_chat_directory *in, struct api_chat_directory_list *out)
{
	(void)in;
	struct chat *chats;
	enum err e = open_chats(tx, &chats, &out->chats.n);
	if (e)
		return e;
	out->chats.items = arena_array(tx->arena, out->chats.n + 1, sizeof *out->chats.items);
	if (!out->chats.items)
		return ERR_NOMEM;
	for (size_t i = 0; i < out->chats.n; i++)
		out->chats.items[i] = (struct api_chat_directory_entry){.id = chats[i].id,
			.title = chats[i].title,
			.channel = chats[i].channel,
			.member_count = chats[i].channel ? 0 : chats[i].member_count,
			.has_unit_id = chats[i].unit_id != 0,
			.unit_id = chats[i].unit_id};
	return ERR_OK;
}

enum err chat_join(struct tx *tx, const struct api_chat_join *in, struct api_chat *out)
{
	struct chat *open, c;
	size_t n;
	bool found = false, is;
	enum err e = open_chats(tx, &open, &n);
	for (size_t i = 0; !e && i < n; i++)
		found |= open[i].id == in->chat_id;
	if (!e && !found)
		return tx_refuse(tx, API_NOT_FOUND, "chat_id", NULL);
	if (!e)
		e = chat_sql_find(tx, tx_org(tx).v, in->chat_id, &c, &is);
	if (!e)
		e = come_in(tx, &c, API_CHAT_WHY_JOINED);
	return e ? e : chat_answer(tx, c.org_id, c.id, out);
}
