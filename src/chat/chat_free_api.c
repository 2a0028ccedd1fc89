/* SPDX-License-Identifier: Apache-2.0
 *
 * Commands on free chats (api/chats.yaml): made, changed, filled, left. Rights are checked before. On a worker's thread.
 */
#include "chat/chat_free.h"
#include "school/title.h"

unsigned chat_audience_of(enum role role)
{
	return 1u << (role == ROLE_STUDENT ? API_AUDIENCE_STUDENT : role == ROLE_GUARDIAN ? API_AUDIENCE_GUARDIAN : API_AUDIENCE_STAFF);
}

enum err chat_member_as(struct tx *tx, struct org_id org, struct person_id p, enum api_chat_why why, struct chat_member *out)
{
	*out = (struct chat_member){.person_id = p.v, .why = why};
	enum err e = school_member_role(tx, org, p, &out->role);
	return e || !school_is_staff(out->role) ? e : school_confirmed(tx, org, p, &out->confirmed);
}

enum err chat_free_get(struct tx *tx, int64_t chat, struct chat *out)
{
	bool found;
	enum err e = chat_sql_find(tx, tx_org(tx).v, chat, out, &found);
	if (e)
		return e;
	CHECK(found); /* the relation says so */
	return out->kind == API_CHAT_KIND_FREE ? ERR_OK : tx_refuse(tx, API_CONFLICT, NULL, "conflict.chat_preset");
}

enum err chat_answer(struct tx *tx, int64_t org, int64_t chat, struct api_chat *out)
{
	struct chat c;
	struct chat_member m;
	struct chat_page last = {.n = 0};
	bool found, is;
	enum err e = chat_sql_find(tx, org, chat, &c, &found);
	if (!e)
		e = chat_sql_member(tx, org, chat, tx->actor.person.v, &m, &is);
	if (!e)
		e = chat_to_api(tx, &c, &m, out);
	if (!e)
		e = chat_sql_messages(tx, org, chat, m.visible_after, CHAT_BEFORE, INT64_MAX, 1, &last);
	out->has_last_message = last.n != 0;
	if (last.n)
		out->last_message = last.items[0];
	return e;
}

static unsigned bits_of(const struct api_audience_array *list)
{
	unsigned bits = 0;
	for (size_t i = 0; i < list->n; i++)
		bits |= 1u << list->items[i];
	return bits;
}

/* A chat of a unit is made by its own people, or by who runs the organisation. */
static enum err check_unit(struct tx *tx, int64_t unit)
{
	struct school_place place;
	struct str name;
	bool living = false;
	enum err e = school_unit_name(tx, tx_org(tx), (struct unit_id){unit}, &name, &living);
	if (e && e != ERR_NOT_FOUND)
		return e;
	if (e || !living)
		return tx_refuse(tx, API_NOT_FOUND, "unit_id", NULL);
	if (school_follows_org(tx->rel.role))
		return ERR_OK;
	e = school_place(tx, tx_org(tx), tx->actor.person, &place);
	for (size_t i = 0; !e && i < place.unit_n; i++)
		if (place.units[i].unit.v == unit)
			return ERR_OK;
	for (size_t i = 0; !e && i < place.teaching_n; i++)
		if (place.teachings[i].unit.v == unit)
			return ERR_OK;
	return e ? e : tx_refuse(tx, API_NOT_FOUND, "unit_id", NULL);
}

enum err chat_create(struct tx *tx, const struct api_chat_create *in, struct api_chat *out)
{
	struct chat c = {.org_id = tx_org(tx).v,
		.kind = API_CHAT_KIND_FREE,
		.unit_id = in->has_unit_id ? in->unit_id : 0,
		.channel = in->has_channel && in->channel,
		.open = in->has_open && in->open,
		/* whoever makes it is in it */
		.audience = bits_of(&in->audience) | 1u << API_AUDIENCE_STAFF,
		.maker_id = tx->actor.person.v,
		.created_at = tx->now_ms};
	struct chat_member me;
	int64_t count;
	enum err e = title_clean(tx, in->title, "title", &c.title);
	if (!e && c.unit_id)
		e = check_unit(tx, c.unit_id);
	if (!e)
		e = chat_free_sql_count(tx, c.org_id, &count);
	if (!e && count >= CHAT_FREE_MAX)
		e = tx_refuse(tx, API_CONFLICT, NULL, "conflict.chats_many");
	if (!e)
		e = chat_member_as(tx, tx_org(tx), tx->actor.person, API_CHAT_WHY_MADE, &me);
	if (!e)
		e = chat_sql_insert(tx, &c, &c.id);
	me.keeper = me.writer = true;
	if (!e)
		e = chat_join_now(tx, &c, &me);
	return e ? e : chat_answer(tx, c.org_id, c.id, out);
}

enum err chat_change(struct tx *tx, const struct api_chat_change *in, struct api_empty *out)
{
	(void)out;
	struct chat c;
	struct str title;
	enum err e = chat_free_get(tx, in->chat_id, &c);
	if (!e && in->has_title)
		e = title_clean(tx, in->title, "title", &title);
	if (!e && in->has_title)
		e = chat_rename_to(tx, &c, title);
	bool open = in->has_open ? in->open : c.open;
	enum chat_archived archived = !in->has_archived ? c.archived : in->archived ? CHAT_CLOSED : CHAT_LIVING;
	if (e || (open == c.open && archived == c.archived))
		return e;
	c.open = open;
	c.archived = archived;
	e = chat_free_sql_set(tx, &c);
	return e ? e : chat_tell_changed(tx, &c);
}

static enum err add_one(struct tx *tx, struct chat *c, int64_t person, int64_t *added)
{
	struct chat_member m, has;
	bool known = true, found;
	enum err e = chat_member_as(tx, tx_org(tx), (struct person_id){person}, API_CHAT_WHY_ADDED, &m);
	if (!e && !school_follows_org(tx->rel.role))
		e = chat_free_sql_acquainted(tx, c->org_id, tx->actor.person.v, person, &known);
	if (e == ERR_NOT_FOUND || (!e && !known))
		return tx_refuse(tx, API_NOT_FOUND, "person_ids", NULL);
	if (!e && !(c->audience & chat_audience_of(m.role)))
		e = tx_refuse(tx, API_CONFLICT, "person_ids", "conflict.chat_audience");
	if (!e)
		e = chat_sql_member(tx, c->org_id, c->id, person, &has, &found);
	if (e || (found && !has.left))
		return e;
	m.added_by = tx->actor.person.v;
	++*added;
	e = chat_join_now(tx, c, &m);
	bool is;
	return e ? e : chat_sql_find(tx, c->org_id, c->id, c, &is); /* with its head of now */
}

enum err chat_member_add(struct tx *tx, const struct api_chat_member_add *in, struct api_chat_members_added *out)
{
	struct chat c;
	enum err e = chat_free_get(tx, in->chat_id, &c);
	if (!e && c.archived)
		e = tx_refuse(tx, API_CONFLICT, NULL, "forbidden.chat_archived");
	for (size_t i = 0; !e && i < in->person_ids.n; i++)
		e = add_one(tx, &c, in->person_ids.items[i], &out->added);
	return e;
}

static enum err member_of(struct tx *tx, const struct chat *c, int64_t person, struct chat_member *out)
{
	bool found;
	enum err e = chat_sql_member(tx, c->org_id, c->id, person, out, &found);
	return e || (found && !out->left) ? e : tx_refuse(tx, API_NOT_FOUND, "person_id", NULL);
}

enum err chat_member_remove(struct tx *tx, const struct api_chat_member_remove *in, struct api_empty *out)
{
	(void)out;
	struct chat c;
	struct chat_member m;
	enum err e = chat_free_get(tx, in->chat_id, &c);
	if (!e)
		e = member_of(tx, &c, in->person_id, &m);
	if (!e)
		e = chat_leave_now(tx, c.org_id, c.id, (struct person_id){in->person_id});
	bool found;
	if (!e)
		e = chat_sql_member(tx, c.org_id, c.id, in->person_id, &m, &found);
	m.removed = true;
	return e ? e : chat_sql_member_set(tx, c.org_id, c.id, &m);
}

enum err chat_member_set(struct tx *tx, const struct api_chat_member_set *in, struct api_empty *out)
{
	(void)out;
	struct chat c;
	struct chat_member m;
	bool found;
	enum err e = chat_sql_find(tx, tx_org(tx).v, in->chat_id, &c, &found);
	if (!e && c.kind != API_CHAT_KIND_FREE && (!c.channel || in->has_keeper))
		e = tx_refuse(tx, API_CONFLICT, NULL, "conflict.chat_preset");
	if (!e)
		e = member_of(tx, &c, in->person_id, &m);
	if (!e && !school_is_staff(m.role) && ((in->has_keeper && in->keeper) || (in->has_writer && in->writer)))
		e = tx_refuse(tx, API_CONFLICT, "person_id", "conflict.keeper_staff");
	if (e)
		return e;
	bool was_writer = chat_member_writes(&c, &m), keeper = in->has_keeper ? in->keeper : m.keeper, writer = in->has_writer ? in->writer : m.writer;
	if (keeper == m.keeper && writer == m.writer)
		return ERR_OK;
	m.keeper = keeper;
	m.writer = writer;
	e = chat_sql_member_set(tx, c.org_id, c.id, &m);
	return e ? e : chat_member_tell(tx, &c, &m, was_writer);
}

enum err chat_leave(struct tx *tx, const struct api_chat_leave *in, struct api_empty *out)
{
	(void)out;
	struct chat c;
	struct chat_member m;
	bool found;
	enum err e = chat_sql_find(tx, tx_org(tx).v, in->chat_id, &c, &found);
	if (!e)
		e = member_of(tx, &c, tx->actor.person.v, &m);
	if (!e && c.kind != API_CHAT_KIND_FREE && m.why != API_CHAT_WHY_DUTY)
		e = tx_refuse(tx, API_CONFLICT, NULL, "conflict.chat_preset");
	return e ? e : chat_leave_now(tx, c.org_id, c.id, tx->actor.person);
}
