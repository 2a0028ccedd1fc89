/* SPDX-License-Identifier: Apache-2.0
 *
 * See chat_roster.h.
 */
#include "chat/chat_roster.h"

#include "chat/chat_call.h"
#include "chat/chat_people.h"
#include "server/stream.h"

/* Who comes back within it finds what he had: a mistake that was put right is not felt. Later he begins anew. */
#define CHAT_RETURN_MS ((int64_t)24 * 60 * 60 * 1000)

/* The chat with its last message, as the person who has just come in finds it. */
static enum err tell_newcomer(struct tx *tx, const struct chat *c, const struct chat_member *m)
{
	struct api_chat_joined_event event = {0};
	struct chat_page last;
	enum err e = chat_to_api(tx, c, m, &event.chat);
	if (!e)
		e = chat_sql_messages(tx, c->org_id, c->id, m->visible_after, CHAT_BEFORE, INT64_MAX, 1, &last);
	if (e)
		return e;
	event.chat.has_last_message = last.n != 0;
	if (last.n)
		event.chat.last_message = last.items[0];
	return event_chat_joined(tx, person_stream((struct person_id){m->person_id}), &event);
}

/* Nobody inherits what others said before he came (docs/decisions/0012); staff takes over with the whole history, and announcements are
 * for everybody. */
static bool sees_all(const struct chat *c, const struct chat_member *m)
{
	return c->channel || (school_is_staff(m->role) && m->why != API_CHAT_WHY_GUARDIAN);
}

/* Where a new stay begins: nothing is unread, and of a pupil or a guardian nothing is open that was there before. */
static enum err begin_stay(struct tx *tx, const struct chat *c, struct chat_member *m)
{
	bool hidden = !sees_all(c, m) && c->message_count > 0;
	m->visible_after = hidden ? c->head : 0;
	m->visible_count = hidden ? c->message_count : 0;
	return chat_sql_message_at(tx, c->org_id, c->id, INT64_MAX, &m->read_seq, &m->read_count);
}

static void take_place(struct chat_member *m, const struct chat_member *now)
{
	m->role = now->role;
	m->lead = now->lead;
	m->confirmed = now->confirmed;
	m->why = now->why;
	m->added_by = now->added_by;
}

static bool same_place(const struct chat_member *m, const struct chat_member *now)
{
	return m->role == now->role && m->lead == now->lead && m->confirmed == now->confirmed && m->why == now->why && m->added_by == now->added_by;
}

static enum err come_back(struct tx *tx, const struct chat *c, const struct chat_member *now, struct chat_member *m)
{
	/* as a guardian he does not find what he had as a teacher */
	bool late = tx->now_ms - m->left_at > CHAT_RETURN_MS || (sees_all(c, m) && !sees_all(c, now));
	m->left = m->removed = false;
	m->writer = now->writer;
	m->keeper = now->keeper;
	take_place(m, now);
	enum err e = late ? begin_stay(tx, c, m) : ERR_OK;
	if (!e && late)
		e = chat_sql_mark(tx, c->org_id, c->id, m->person_id, m->read_seq, m->read_count);
	return e ? e : chat_sql_member_set(tx, c->org_id, c->id, m);
}

/* Adds the row, or brings the one of somebody who comes back, or whose place changes, up to date. */
static enum err put_member(struct tx *tx, const struct chat *c, const struct chat_member *now, struct chat_member *m, bool *came_out, bool *same_out)
{
	bool found;
	enum err e = chat_sql_member(tx, c->org_id, c->id, now->person_id, m, &found);
	*came_out = !found || m->left;
	*same_out = found && !m->left && same_place(m, now);
	if (e || *same_out)
		return e;
	if (found && m->left)
		return come_back(tx, c, now, m);
	if (found) {
		take_place(m, now);
		return chat_sql_member_set(tx, c->org_id, c->id, m);
	}
	*m = *now;
	e = begin_stay(tx, c, m);
	return e ? e : chat_sql_member_insert(tx, c->org_id, c->id, m);
}

/* A channel does not tell who reads it. */
static enum err tell_member(struct tx *tx, const struct chat *c, const struct chat_member *m, int64_t count, bool was_writer)
{
	struct api_chat_member_joined_event event = {.member_count = c->channel ? 0 : count};
	if (c->channel && !was_writer && !chat_member_writes(c, m))
		return ERR_OK;
	enum err e = chat_person(tx, c, m, &event.member);
	return e ? e : event_chat_member_joined(tx, chat_stream((struct chat_id){c->id}), &event);
}

enum err chat_member_tell(struct tx *tx, const struct chat *c, const struct chat_member *m, bool was_writer)
{
	return tell_member(tx, c, m, c->member_count, was_writer);
}

/* Whose place does not show him all any more leaves, before he comes again as what he is now. */
static enum err leave_as_was(struct tx *tx, struct chat *c, const struct chat_member *now)
{
	struct chat_member was;
	bool found;
	enum err e = chat_sql_member(tx, c->org_id, c->id, now->person_id, &was, &found);
	if (e || !found || was.left || !sees_all(c, &was) || sees_all(c, now))
		return e;
	e = chat_leave_now(tx, c->org_id, c->id, (struct person_id){now->person_id});
	return e ? e : chat_sql_find(tx, c->org_id, c->id, c, &found);
}

enum err chat_join_now(struct tx *tx, struct chat *c, const struct chat_member *now)
{
	struct chat_member m;
	bool came, same, found;
	int64_t count;
	enum err e = leave_as_was(tx, c, now);
	if (!e)
		e = put_member(tx, c, now, &m, &came, &same);
	if (e || same)
		return e;
	e = chat_sql_add_members(tx, c->org_id, c->id, came ? 1 : 0, &count);
	if (!e)
		e = tell_member(tx, c, &m, count, !came);
	if (e || !came)
		return e;
	tx_follow(tx, (struct person_id){m.person_id}, chat_stream((struct chat_id){c->id}));
	struct chat after; /* with the head after the event */
	e = chat_sql_find(tx, c->org_id, c->id, &after, &found);
	return e ? e : tell_newcomer(tx, &after, &m);
}

enum err chat_leave_now(struct tx *tx, int64_t org, int64_t chat, struct person_id p)
{
	struct chat c;
	struct chat_member m;
	bool found, is;
	enum err e = chat_sql_member(tx, org, chat, p.v, &m, &found);
	if (e || !found || m.left)
		return e;
	e = chat_sql_find(tx, org, chat, &c, &is);
	if (e)
		return e;
	struct stream_id stream = chat_stream((struct chat_id){chat});
	tx_unfollow(tx, p, stream); /* first, so that not even his own leaving reaches him there */
	bool told = !c.channel || chat_member_writes(&c, &m);
	m.left = true;
	m.left_at = tx->now_ms;
	m.left_seq = c.head;
	struct api_chat_member_left_event event = {.person_id = p.v};
	e = chat_sql_member_set(tx, org, chat, &m);
	if (!e)
		e = chat_sql_add_members(tx, org, chat, -1, &event.member_count);
	if (c.channel)
		event.member_count = 0;
	if (!e && told)
		e = event_chat_member_left(tx, stream, &event);
	struct api_chat_left_event own = {.chat_id = chat};
	if (!e) /* what was said in it is not told again by his own stream */
		e = stream_event_without(tx, person_stream(p), "chat_joined", "$.chat.id", chat, "$.chat.last_message");
	if (!e)
		e = event_chat_left(tx, person_stream(p), &own);
	return e ? e : chat_call_member_left(tx, org, chat, p);
}

enum err chat_tell_changed(struct tx *tx, const struct chat *c)
{
	struct api_chat_changed_event event = {.archived = c->archived != CHAT_LIVING, .open = c->open};
	return event_chat_changed(tx, chat_stream((struct chat_id){c->id}), &event);
}

enum err chat_rename_to(struct tx *tx, struct chat *c, struct str title)
{
	if (str_eq(c->title, title))
		return ERR_OK;
	struct api_chat_renamed_event event = {.title = title};
	c->title = title;
	enum err e = chat_sql_rename(tx, c->org_id, c->id, title);
	return e ? e : event_chat_renamed(tx, chat_stream((struct chat_id){c->id}), &event);
}
