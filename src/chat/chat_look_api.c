/* SPDX-License-Identifier: Apache-2.0
 *
 * What staff and the administration see of chats (api/chats.yaml): whom one may add, settings, all chats without their content, and the
 * way into one by duty, which is told to its people and to the journal. On a worker's thread.
 */
#include "base/clock.h"
#include "chat/chat_free.h"
#include "chat/chat_people.h"
#include "policy/audit.h"

enum err chat_candidates(struct tx *tx, const struct api_chat_candidates *in, struct api_chat_candidate_list *out)
{
	(void)in;
	size_t n = 0;
	struct chat none = {.kind = API_CHAT_KIND_FREE};
	struct chat_member *people = arena_array(tx->arena, CHAT_CANDIDATES_MAX, sizeof *people);
	out->people.items = arena_array(tx->arena, CHAT_CANDIDATES_MAX, sizeof *out->people.items);
	if (!people || !out->people.items)
		return ERR_NOMEM;
	enum err e = chat_free_sql_acquaintances(tx, tx_org(tx).v, tx->actor.person.v, people, CHAT_CANDIDATES_MAX, &n);
	for (size_t i = 0; !e && i < n; i++) {
		e = chat_person(tx, &none, &people[i], &out->people.items[i]);
		out->people.items[i].has_why = false;
	}
	out->people.n = n;
	return e;
}

enum err chat_settings_get(struct tx *tx, const struct api_chat_settings_get *in, struct api_chat_settings *out)
{
	(void)in;
	bool found;
	return chat_sql_org(tx, tx_org(tx).v, &found, &out->guardians_in_class);
}

enum err chat_settings_set(struct tx *tx, const struct api_chat_settings_set *in, struct api_chat_settings *out)
{
	bool found, now;
	enum err e = chat_sql_org(tx, tx_org(tx).v, &found, &now);
	out->guardians_in_class = in->guardians_in_class;
	if (e || now == in->guardians_in_class)
		return e;
	e = chat_set_guardians_in_class(tx, tx_org(tx), in->guardians_in_class);
	return e ? e : audit_add(tx, tx_org(tx), "chat_settings_set", "org", tx_org(tx).v, audit_detail(tx, "b", "guardians_in_class", (int)in->guardians_in_class));
}

enum err chat_oversight_list(struct tx *tx, const struct api_chat_oversight *in, struct api_chat_oversight_page *out)
{
	size_t n = 0;
	out->chats.items = arena_array(tx->arena, CHAT_OVERSIGHT_PAGE + 1, sizeof *out->chats.items);
	if (!out->chats.items)
		return ERR_NOMEM;
	enum err e = chat_free_sql_all(tx, tx_org(tx).v, in->has_after ? in->after : 0, out->chats.items, CHAT_OVERSIGHT_PAGE + 1, &n);
	out->chats.n = n > CHAT_OVERSIGHT_PAGE ? CHAT_OVERSIGHT_PAGE : n;
	out->has_next_after = n > CHAT_OVERSIGHT_PAGE;
	if (out->has_next_after)
		out->next_after = out->chats.items[CHAT_OVERSIGHT_PAGE - 1].id;
	return e;
}

/* An ordinary message in his name: it stays where it was said. */
static enum err tell_why(struct tx *tx, int64_t chat, struct str reason)
{
	char id[16];
	struct relation rel = {.role = ROLE_NONE};
	struct api_message_posted posted;
	char *text = arena_printf(tx->arena, "Вхожу в этот чат по должности. Причина: %.*s", (int)reason.n, reason.p);
	if (!text)
		return ERR_NOMEM;
	random_fill(id, sizeof id);
	enum err e = chat_sql_relation(tx, chat, tx->actor.person.v, &rel);
	return e || !rel.chat_writer ? e : chat_post(tx, &rel, str_n(id, sizeof id), str_of(text), &posted);
}

enum err chat_open_by_duty(struct tx *tx, const struct api_chat_open_by_duty *in, struct api_chat *out)
{
	struct chat c;
	struct chat_member m;
	bool found;
	struct str reason = str_trim_ascii(in->reason);
	if (!reason.n)
		return tx_refuse(tx, API_INVALID_FIELD, "reason", "invalid_field.missing");
	if (tx->rel.chat_member)
		return tx_refuse(tx, API_CONFLICT, NULL, "conflict.in_chat");
	enum err e = chat_sql_find(tx, tx_org(tx).v, in->chat_id, &c, &found);
	if (!e)
		e = chat_member_as(tx, tx_org(tx), tx->actor.person, API_CHAT_WHY_DUTY, &m);
	if (!e)
		e = chat_join_now(tx, &c, &m);
	if (!e)
		e = audit_add(tx, tx_org(tx), "chat_open_by_duty", "chat", c.id, audit_detail(tx, "s", "reason", reason));
	if (!e)
		e = tell_why(tx, c.id, reason);
	return e ? e : chat_answer(tx, c.org_id, c.id, out);
}
