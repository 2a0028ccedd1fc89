/* SPDX-License-Identifier: Apache-2.0
 *
 * A unit's chat follows its roster: made, renamed, joined and left with the unit. Owned by room chat; called by room school inside
 * its own commands, on a worker's thread.
 */
#include "chat/chat.h"

#include "chat/chat_people.h"

static enum err unit_created(struct tx *tx, struct org_id org, struct unit_id unit, enum api_unit_kind kind, struct str name, struct chat_id *out)
{
	struct chat c = {
		.org_id = org.v,
		.unit_id = unit.v,
		.has_unit_kind = true,
		.unit_kind = kind,
		.title = name,
		.created_at = tx->now_ms,
	};
	return chat_sql_insert(tx, &c, &out->v);
}

static enum err unit_chat(struct tx *tx, struct org_id org, struct unit_id unit, struct chat *out)
{
	int64_t chat;
	bool found = false;
	enum err e = chat_sql_of_unit(tx, org.v, unit.v, &chat);
	if (!e && chat)
		e = chat_sql_find(tx, org.v, chat, out, &found);
	if (!e)
		CHECK(found); /* made with the unit */
	return e;
}

static enum err unit_renamed(struct tx *tx, struct org_id org, struct unit_id unit, struct str name)
{
	struct chat c;
	enum err e = unit_chat(tx, org, unit, &c);
	if (!e)
		e = chat_sql_rename(tx, org.v, c.id, name);
	struct api_chat_renamed_event event = {.title = name};
	return e ? e : event_chat_renamed(tx, chat_stream((struct chat_id){c.id}), &event);
}

/* The chat with its last message, as the person who has just come in finds it. */
static enum err tell_newcomer(struct tx *tx, const struct chat *c, const struct chat_member *m)
{
	struct api_chat_joined_event event;
	struct chat_page last;
	enum err e = chat_to_api(tx, c, m, &event.chat);
	if (!e)
		e = chat_sql_messages(tx, c->org_id, c->id, CHAT_BEFORE, INT64_MAX, 1, &last);
	if (e)
		return e;
	event.chat.has_last_message = last.n != 0;
	if (last.n)
		event.chat.last_message = last.items[0];
	return event_chat_joined(tx, person_stream((struct person_id){m->person_id}), &event);
}

/* Adds the row, or brings the one of somebody who comes back, or whose place changes, up to date. */
static enum err put_member(struct tx *tx, const struct chat *c, const struct chat_member *now, struct chat_member *m, bool *came_out, bool *same_out)
{
	bool found;
	enum err e = chat_sql_member(tx, c->org_id, c->id, now->person_id, m, &found);
	*came_out = !found || m->left;
	*same_out = found && !m->left && m->role == now->role && m->lead == now->lead && m->confirmed == now->confirmed;
	if (e || *same_out)
		return e;
	if (found) {
		m->role = now->role;
		m->lead = now->lead;
		m->confirmed = now->confirmed;
		m->left = false;
		return chat_sql_member_set(tx, c->org_id, c->id, m);
	}
	*m = *now;
	e = chat_sql_message_at(tx, c->org_id, c->id, INT64_MAX, &m->read_seq, &m->read_count);
	return e ? e : chat_sql_member_insert(tx, c->org_id, c->id, m);
}

static enum err join(struct tx *tx, struct org_id org, struct unit_id unit, const struct chat_member *now)
{
	struct chat c;
	struct chat_member m;
	bool came, same;
	enum err e = unit_chat(tx, org, unit, &c);
	if (!e)
		e = put_member(tx, &c, now, &m, &came, &same);
	if (e || same)
		return e;
	struct stream_id stream = chat_stream((struct chat_id){c.id});
	struct api_chat_member_joined_event event = {0};
	e = chat_sql_add_members(tx, org.v, c.id, came ? 1 : 0, &event.member_count);
	if (!e)
		e = chat_person(tx, &m, &event.member);
	if (!e)
		e = event_chat_member_joined(tx, stream, &event);
	if (e || !came)
		return e;
	tx_follow(tx, (struct person_id){now->person_id}, stream);
	e = unit_chat(tx, org, unit, &c); /* with the head after the event */
	return e ? e : tell_newcomer(tx, &c, &m);
}

static enum err leave(struct tx *tx, struct org_id org, int64_t chat, struct person_id p)
{
	struct chat_member m;
	bool found;
	enum err e = chat_sql_member(tx, org.v, chat, p.v, &m, &found);
	if (e || !found || m.left)
		return e;
	struct stream_id stream = chat_stream((struct chat_id){chat});
	tx_unfollow(tx, p, stream); /* first, so that not even his own leaving reaches him there */
	m.left = true;
	struct api_chat_member_left_event event = {.person_id = p.v};
	e = chat_sql_member_set(tx, org.v, chat, &m);
	if (!e)
		e = chat_sql_add_members(tx, org.v, chat, -1, &event.member_count);
	if (!e)
		e = event_chat_member_left(tx, stream, &event);
	struct api_chat_left_event own = {.chat_id = chat};
	return e ? e : event_chat_left(tx, person_stream(p), &own);
}

static bool is_in(const struct school_place *place, int64_t unit)
{
	for (size_t i = 0; i < place->unit_n; i++)
		if (place->units[i].unit.v == unit)
			return true;
	return false;
}

/* Brings the chats that somebody is in to what his place says now: first what ends, then what begins. */
static enum err person_placed(struct tx *tx, struct org_id org, struct person_id p)
{
	struct school_place place;
	struct chat_unit *now;
	size_t n;
	enum err e = school_place(tx, org, p, &place);
	if (!e)
		e = chat_sql_unit_chats_of(tx, org.v, p.v, &now, &n);
	for (size_t i = 0; !e && i < n; i++)
		if (!is_in(&place, now[i].unit))
			e = leave(tx, org, now[i].chat, p);
	for (size_t i = 0; !e && i < place.unit_n; i++) {
		struct chat_member m = {.person_id = p.v,
			.role = place.role,
			.lead = place.units[i].lead,
			.confirmed = school_is_staff(place.role) && place.verification == API_VERIFICATION_CONFIRMED};
		e = join(tx, org, place.units[i].unit, &m);
	}
	return e;
}

static enum err activity(struct tx *tx, struct org_id org, struct school_activity *out)
{
	return chat_sql_activity(tx, org.v, out);
}

const struct school_hooks chat_school_hooks = {
	.activity = activity,
	.unit_created = unit_created,
	.unit_renamed = unit_renamed,
	.person_placed = person_placed,
};
