/* SPDX-License-Identifier: Apache-2.0
 *
 * What server, policy and the rooms below ask room lesson about calls. On a worker's thread, inside a transaction.
 */
#include "lesson/broadcast.h"
#include "lesson/record.h"

#include "server/media_port.h"
#include "server/presence.h"

const struct stream_ops lesson_call_stream = {
	.bump_sql = "UPDATE call SET head = head + 1 WHERE id = ?1 RETURNING head",
	.head_sql = "SELECT head FROM call WHERE id = ?1",
};

/* Somebody of the organisation who was invited to the call of a chat that he is not in. */
static enum err relation_invited(struct tx *tx, const struct call_row *c, struct relation *out)
{
	enum role role;
	bool invited = false;
	enum err e = c->lesson_id ? plan_sql_is_invited(tx, c->org_id, c->lesson_id, tx->actor.person.v, &invited) : ERR_OK;
	if (e || !invited)
		return e;
	e = school_member_role(tx, (struct org_id){c->org_id}, tx->actor.person, &role);
	if (!e)
		*out = (struct relation){.known = true, .org_id = c->org_id, .role = role, .call_member = true, .chat_id = c->chat_id};
	return e == ERR_NOT_FOUND ? ERR_OK : e;
}

static enum err relation_of(struct tx *tx, const struct call_row *c, struct relation *out)
{
	struct participant p;
	bool is;
	enum err e = call_sql_person_of(tx, c->org_id, c->id, tx->actor.person.v, &p, &is);
	if (!e)
		e = chat_relation(tx, c->chat_id, out);
	if (e)
		return e;
	if (!out->chat_member) { /* whoever runs the organisation knows of chats that he is not in, but not of their calls */
		*out = (struct relation){.role = ROLE_NONE};
		e = relation_invited(tx, c, out);
		return e || out->known || !c->broadcast ? e : broadcast_relation(tx, c, out);
	}
	out->call_member = true;
	out->call_host = c->host_id == tx->actor.person.v || (is && call_runs(p.role)) ||
		(school_is_staff(out->role) && (out->unit_lead || out->chat_keeper));
	return ERR_OK;
}

enum err lesson_relation_call(struct tx *tx, int64_t call_id, struct relation *out)
{
	struct call_row c;
	bool found;
	enum err e = call_sql_get_any(tx, call_id, &c, &found);
	return e || !found ? e : relation_of(tx, &c, out);
}

enum err lesson_stream_relation(struct tx *tx, int64_t stream, struct relation *out)
{
	struct stream_id s = {stream};
	if (stream_kind_of(s) != STREAM_CALL)
		return chat_stream_relation(tx, stream, out);
	struct call_row c;
	struct participant p;
	bool found, is;
	enum err e = call_sql_get_any(tx, stream_object(s), &c, &found);
	if (e || !found || c.ended_at)
		return e;
	e = call_sql_person_of(tx, c.org_id, c.id, tx->actor.person.v, &p, &is);
	if (e || !is || p.state != API_CALL_STATE_IN)
		return e;
	e = relation_of(tx, &c, out);
	out->seen_after = 0;
	out->stream_follower = out->known;
	return e;
}

enum err lesson_list_streams(struct tx *tx, struct person_id p, void (*add)(void *user, struct stream_id s, int64_t head), void *user)
{
	enum err e = chat_list_streams(tx, p, add, user);
	return e ? e : call_sql_heads(tx, p.v, add, user);
}

/* --- who loses the right to be there leaves at once */

static enum err put_out(struct tx *tx, struct participant *p, enum api_call_state as)
{
	struct call_row c;
	bool found;
	enum err e = call_sql_get(tx, p->org_id, p->call_id, &c, &found);
	return e || !found || c.ended_at ? e : call_person_out(tx, &c, p, as);
}

static enum err member_left(struct tx *tx, struct org_id org, struct chat_id chat, struct person_id person)
{
	struct call_row c;
	struct participant p;
	bool found, is = false;
	enum err e = broadcast_chat_left(tx, org, chat, person);
	if (!e)
		e = call_sql_running(tx, org.v, chat.v, &c, &found);
	if (!e && found)
		e = call_sql_person_of(tx, org.v, c.id, person.v, &p, &is);
	if (e || !is || p.invited || (p.state != API_CALL_STATE_IN && p.state != API_CALL_STATE_WAITING))
		return e;
	return call_person_out(tx, &c, &p, API_CALL_STATE_LEFT);
}

const struct chat_hooks lesson_chat_hooks = {.member_left = member_left};

enum err lesson_session_ended(struct tx *tx, struct person_id person, struct session_id session)
{
	struct participant *list;
	size_t n;
	enum err e = call_sql_of_session(tx, person.v, session.v, &list, &n);
	for (size_t i = 0; !e && i < n; i++)
		e = put_out(tx, &list[i], API_CALL_STATE_LEFT);
	return e;
}

/* --- the media process */

enum err lesson_ticket_spend(struct tx *tx, struct str ticket, struct session_id cookie_session, uint64_t relay, struct call_pass *out)
{
	struct call_row c;
	struct participant p;
	bool found;
	if (ticket.n != LESSON_TICKET_TEXT)
		return ERR_NOT_FOUND;
	enum err e = call_ticket_take(tx, ticket, out, &found);
	if (e || !found)
		return e ? e : ERR_NOT_FOUND;
	e = call_sql_get(tx, out->org_id, out->call_id, &c, &found);
	if (e || !found || c.ended_at)
		return e ? e : ERR_NOT_FOUND;
	e = call_sql_person(tx, out->org_id, out->call_id, out->participant_id, &p, &found);
	if (e || !found || p.state != API_CALL_STATE_IN || p.session_id != out->session_id)
		return e ? e : ERR_NOT_FOUND;
	/* A guest has no account; his ticket alone stands for him. */
	if (p.person_id && cookie_session.v != out->session_id)
		return ERR_NOT_FOUND;
	out->person_id = p.person_id;
	call_media_admit(tx, &p, relay);
	return ERR_OK;
}

enum err lesson_connected(struct tx *tx, int64_t call_id, int64_t participant_id, bool connected)
{
	struct call_row c;
	struct participant p;
	bool found, is;
	enum err e = call_sql_get_any(tx, call_id, &c, &found);
	if (e || !found || c.ended_at)
		return e;
	e = call_sql_person(tx, c.org_id, c.id, participant_id, &p, &is);
	if (e || !is || p.connected == connected || (connected && p.state != API_CALL_STATE_IN))
		return e;
	p.connected = connected;
	p.away_at = connected || p.state != API_CALL_STATE_IN ? 0 : tx->now_ms;
	e = connected ? call_visit_begin(tx, &p) : call_visit_end(tx, &p, tx->now_ms);
	return e ? e : call_person_set(tx, &p, false);
}

enum err lesson_media_gone(struct tx *tx, int process, int processes)
{
	struct call_row calls[64];
	size_t n = 64;
	enum err e = ERR_OK;
	for (int64_t after = 0; !e && n == 64; after = n ? calls[n - 1].id : 0) {
		e = call_sql_each_running(tx, after, calls, 64, &n);
		for (size_t i = 0; !e && i < n; i++) {
			struct participant *list;
			size_t in = 0;
			if (media_process_of(calls[i].id, processes) == process)
				e = call_sql_people(tx, calls[i].org_id, calls[i].id, API_CALL_STATE_IN, &list, &in);
			for (size_t k = 0; !e && k < in; k++)
				e = lesson_connected(tx, calls[i].id, list[k].id, false);
		}
	}
	return e;
}

/* --- upkeep */

/* Nobody waits without a page that is open. A guest asks again by himself. */
static enum err leave_those_gone(struct tx *tx, struct call_row *c)
{
	struct participant *list;
	size_t n;
	enum err e = call_sql_people(tx, c->org_id, c->id, API_CALL_STATE_WAITING, &list, &n);
	for (size_t i = 0; !e && i < n; i++)
		if (list[i].person_id && !presence_online((struct person_id){list[i].person_id}))
			e = call_person_out(tx, c, &list[i], API_CALL_STATE_LEFT);
	return e;
}

static enum err leave_those_away(struct tx *tx, struct call_row *c)
{
	struct participant *list;
	size_t n;
	enum err e = call_sql_people(tx, c->org_id, c->id, API_CALL_STATE_IN, &list, &n);
	for (size_t i = 0; !e && i < n && !c->ended_at; i++)
		if (!list[i].connected && list[i].away_at && tx->now_ms - list[i].away_at >= LESSON_AWAY_MS)
			e = call_person_out(tx, c, &list[i], API_CALL_STATE_LEFT);
	return e;
}

enum err lesson_upkeep(struct tx *tx, bool *more_out)
{
	struct call_row calls[64];
	size_t n = 64;
	enum err e = call_tickets_sweep(tx);
	*more_out = false;
	if (!e)
		e = plan_upkeep(tx);
	if (!e)
		e = record_upkeep(tx, more_out);
	if (!e)
		e = call_visits_seen(tx);
	for (int64_t after = 0; !e && n == 64; after = n ? calls[n - 1].id : 0) {
		e = call_sql_each_running(tx, after, calls, 64, &n);
		for (size_t i = 0; !e && i < n; i++) {
			e = leave_those_away(tx, &calls[i]);
			if (!e)
				e = leave_those_gone(tx, &calls[i]);
			if (!e && !calls[i].ended_at && calls[i].empty_at && tx->now_ms - calls[i].empty_at >= (calls[i].lesson_id ? PLAN_EMPTY_MS : LESSON_EMPTY_MS))
				e = call_finish(tx, &calls[i]);
		}
	}
	return e;
}

enum err lesson_start(struct tx *tx)
{
	return call_visits_close_all(tx);
}
