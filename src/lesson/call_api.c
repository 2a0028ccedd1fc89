/* SPDX-License-Identifier: Apache-2.0
 *
 * The commands of everybody on calls: started, joined, left, looked at, hands (api/lesson.yaml). Rights are checked before; tx->rel says
 * which call's or chat's. On a worker's thread.
 */
#include "lesson/broadcast.h"
#include "lesson/record.h"

#include "server/media_port.h"
#include "server/stream.h"

/* --- start */

enum err call_start(struct tx *tx, const struct api_call_start *in, struct api_call *out)
{
	struct chat_face face;
	struct call_row c;
	enum api_call_starters starters;
	bool may, found;
	enum err e = chat_face_get(tx, tx_org(tx), (struct chat_id){in->chat_id}, &face);
	if (!e)
		e = call_may_start(tx, &tx->rel, &face, &starters, &may);
	if (!e && !may)
		e = tx_refuse(tx, API_FORBIDDEN, NULL, "forbidden.call_starters");
	if (!e && media_port()->off)
		e = tx_refuse(tx, API_FORBIDDEN, NULL, "forbidden.calls_off");
	if (!e)
		e = call_sql_running(tx, tx_org(tx).v, in->chat_id, &c, &found);
	if (!e && !found) {
		c = (struct call_row){.org_id = tx_org(tx).v, .chat_id = in->chat_id, .kind = in->kind, .title = face.title, .host_id = tx->actor.person.v,
			.waiting_room = in->has_waiting_room && in->waiting_room};
		e = call_begin(tx, &face, &c);
	}
	if (!e)
		call_to_api(&c, out);
	return e;
}

/* --- join */

static enum err role_at_first(struct tx *tx, const struct call_row *c, const struct participant *p, enum api_call_role *out)
{
	bool speaks = !c->broadcast || (p->id && p->role == API_CALL_ROLE_MEMBER); /* brought on the stage before */
	enum err e = speaks ? ERR_OK : plan_sql_is_invited(tx, c->org_id, c->lesson_id, tx->actor.person.v, &speaks);
	*out = c->host_id == tx->actor.person.v ? API_CALL_ROLE_HOST : tx->rel.call_host ? API_CALL_ROLE_COHOST : speaks ? API_CALL_ROLE_MEMBER :
		API_CALL_ROLE_VIEWER;
	return e;
}

/* *waits: to the waiting room. */
static enum err may_enter(struct tx *tx, const struct call_row *c, const struct participant *p, bool *waits)
{
	int64_t count, viewers = 0, hands;
	bool runs = call_runs(p->role), again = p->came || p->admitted, watches = p->role == API_CALL_ROLE_VIEWER;
	*waits = false;
	if (p->state == API_CALL_STATE_IN)
		return ERR_OK;
	if (p->state == API_CALL_STATE_REMOVED)
		return tx_refuse(tx, API_FORBIDDEN, NULL, "forbidden.call_removed");
	if (c->locked && !runs && !again)
		return tx_refuse(tx, API_CONFLICT, NULL, "conflict.call_locked");
	*waits = c->waiting_room && !runs && !again && !school_is_staff(p->member_role) && !watches;
	enum err e = call_sql_count(tx, c->org_id, c->id, *waits ? API_CALL_STATE_WAITING : API_CALL_STATE_IN, &count);
	if (!e && c->broadcast)
		e = call_sql_viewers(tx, c->org_id, c->id, &viewers, &hands);
	count = watches ? viewers : *waits ? count : count - viewers;
	if (!e && count >= (watches ? LESSON_VIEWERS_MAX : *waits ? LESSON_WAITING_MAX : LESSON_IN_MAX))
		e = tx_refuse(tx, API_CONFLICT, NULL, "conflict.call_full");
	return e;
}

static enum err enter(struct tx *tx, struct call_row *c, struct participant *p, enum api_call_role was, bool waits)
{
	bool was_in = p->state == API_CALL_STATE_IN && p->id;
	struct participant before = *p;
	p->state = waits ? API_CALL_STATE_WAITING : API_CALL_STATE_IN;
	p->session_id = tx->actor.session.v;
	p->came |= !waits;
	if (!waits && !p->connected)
		p->away_at = tx->now_ms;
	if (call_runs(p->role))
		p->rights = (struct rights){true, true, true};
	else if (p->role == API_CALL_ROLE_VIEWER)
		p->rights = (struct rights){false, false, false};
	else if (was == API_CALL_ROLE_VIEWER)
		p->rights = c->rights;
	enum err e = ERR_OK;
	if (!p->id)
		e = call_sql_person_insert(tx, p, &p->id);
	bool same = before.id && before.state == p->state && was == p->role && before.session_id == p->session_id;
	if (!e)
		e = same ? call_sql_person_put(tx, p) : call_person_set(tx, p, false);
	if (e || same)
		return e;
	if (!waits && !was_in)
		tx_follow(tx, tx->actor.person, call_stream((struct call_id){c->id}));
	if (!waits && c->empty_at) {
		c->empty_at = 0;
		e = call_sql_put(tx, c);
	}
	return e ? e : call_place_tell(tx, c, p, p->state);
}

static enum err answer_entry(struct tx *tx, const struct call_row *c, const struct participant *p, struct api_call_entry *out)
{
	call_to_api(c, &out->call);
	out->has_runs = true;
	out->runs = tx->rel.call_host || call_runs(p->role);
	out->head = stream_head_or_zero(tx, call_stream((struct call_id){c->id}));
	enum err e = call_person_to_api(tx, p, &out->participant);
	if (e)
		return e;
	if (p->state == API_CALL_STATE_WAITING) {
		out->participants.items = &out->participant;
		out->participants.n = 1;
		return ERR_OK;
	}
	e = call_snapshot_people(tx, c, &out->participants.items, &out->participants.n);
	if (!e)
		e = call_ticket_add(tx, p, &out->ticket);
	out->has_ticket = out->has_media = true;
	out->media = STR(LESSON_MEDIA_PATH);
	return e;
}

enum err call_join(struct tx *tx, const struct api_call_join *in, struct api_call_entry *out)
{
	struct call_row c;
	struct participant p;
	bool found, waits;
	enum err e = call_running(tx, in->call_id, &c);
	if (!e)
		e = call_sql_person_of(tx, c.org_id, c.id, tx->actor.person.v, &p, &found);
	if (e)
		return e;
	if (!found)
		p = (struct participant){.org_id = c.org_id, .call_id = c.id, .person_id = tx->actor.person.v, .guest_name = STR(""),
			.role = API_CALL_ROLE_MEMBER, .state = API_CALL_STATE_LEFT, .rights = c.rights, .joined_at = tx->now_ms};
	p.member_role = tx->rel.role;
	p.invited = !tx->rel.chat_member;
	enum api_call_role was = p.role;
	if (was == API_CALL_ROLE_MEMBER || was == API_CALL_ROLE_VIEWER)
		e = role_at_first(tx, &c, &p, &p.role);
	if (!p.came)
		p.rights = c.rights; /* as they are now, not when he knocked or was marked as in the classroom */
	if (!e)
		e = may_enter(tx, &c, &p, &waits);
	if (!e)
		e = record_accepted(tx, &c, p.id, in->has_accept_recording && in->accept_recording);
	if (!e)
		e = enter(tx, &c, &p, was, waits);
	if (!e && c.recording_id)
		e = record_sql_tell(tx, &c, p.id);
	if (!e)
		e = broadcast_count(tx, &c);
	return e ? e : answer_entry(tx, &c, &p, out);
}

/* --- leave */

/* Hanging up between two is the end of it. */
static enum err hang_up(struct tx *tx, struct call_row *c)
{
	struct chat_face face;
	enum err e = chat_face_get(tx, (struct org_id){c->org_id}, (struct chat_id){c->chat_id}, &face);
	return e || c->broadcast || face.channel || face.member_count != 2 ? e : call_finish(tx, c);
}

enum err call_leave(struct tx *tx, const struct api_call_ref *in, struct api_empty *out)
{
	(void)out;
	struct call_row c;
	struct participant p;
	bool found, is;
	enum err e = call_sql_get(tx, tx_org(tx).v, in->call_id, &c, &found);
	if (e || c.ended_at)
		return e;
	e = call_sql_person_of(tx, c.org_id, c.id, tx->actor.person.v, &p, &is);
	if (e || !is || (p.state != API_CALL_STATE_IN && p.state != API_CALL_STATE_WAITING))
		return e;
	e = call_person_out(tx, &c, &p, API_CALL_STATE_LEFT);
	return e ? e : hang_up(tx, &c);
}

enum err call_decline(struct tx *tx, const struct api_call_ref *in, struct api_empty *out)
{
	(void)out;
	struct call_row c;
	bool found;
	enum err e = call_sql_get(tx, tx_org(tx).v, in->call_id, &c, &found);
	return e || c.ended_at ? e : hang_up(tx, &c);
}

enum err call_end(struct tx *tx, const struct api_call_end *in, struct api_empty *out)
{
	(void)out;
	struct call_row c;
	bool found;
	enum err e = call_sql_get(tx, tx_org(tx).v, in->call_id, &c, &found);
	return e ? e : call_finish(tx, &c);
}

/* --- looking */

static enum err sees_people(struct tx *tx, const struct call_row *c, bool *out)
{
	struct chat_face face;
	struct participant p;
	bool is;
	enum err e = chat_face_get(tx, (struct org_id){c->org_id}, (struct chat_id){c->chat_id}, &face);
	if (!e)
		e = call_sql_person_of(tx, c->org_id, c->id, tx->actor.person.v, &p, &is);
	*out = !e && ((!face.channel && tx->rel.chat_member) || (is && p.state == API_CALL_STATE_IN));
	return e;
}

enum err call_get(struct tx *tx, const struct api_call_ref *in, struct api_call_snapshot *out)
{
	struct call_row c;
	bool found, sees = false;
	enum err e = call_sql_get(tx, tx_org(tx).v, in->call_id, &c, &found);
	if (!e)
		e = sees_people(tx, &c, &sees);
	if (e)
		return e;
	call_to_api(&c, &out->call);
	out->head = c.head;
	out->has_runs = true;
	out->runs = tx->rel.call_host;
	return sees ? call_snapshot_people(tx, &c, &out->participants.items, &out->participants.n) : ERR_OK;
}

enum err call_rules(struct tx *tx, const struct api_call_rules_get *in, struct api_call_rules *out)
{
	struct chat_face face;
	struct call_row c;
	bool found;
	enum err e = chat_face_get(tx, tx_org(tx), (struct chat_id){in->chat_id}, &face);
	if (!e)
		e = call_may_start(tx, &tx->rel, &face, &out->starters, &out->may_start);
	if (!e)
		e = call_sql_running(tx, tx_org(tx).v, in->chat_id, &c, &found);
	if (e)
		return e;
	out->may_start &= !media_port()->off;
	out->has_call_id = found;
	out->call_id = found ? c.id : 0;
	return ERR_OK;
}

enum err call_rules_set(struct tx *tx, const struct api_call_rules_set *in, struct api_call_rules *out)
{
	enum err e = call_sql_starters_put(tx, tx_org(tx).v, in->chat_id, in->starters);
	return e ? e : call_rules(tx, &(struct api_call_rules_get){.chat_id = in->chat_id}, out);
}

/* --- hands and reactions */

static enum err myself(struct tx *tx, const struct call_row *c, struct participant *p)
{
	bool is;
	enum err e = call_sql_person_of(tx, c->org_id, c->id, tx->actor.person.v, p, &is);
	return e || (is && p->state == API_CALL_STATE_IN) ? e : tx_refuse(tx, API_CONFLICT, NULL, "conflict.call_not_in");
}

static enum err another(struct tx *tx, const struct call_row *c, const struct api_call_hand *in, struct participant *p)
{
	bool is;
	if (!tx->rel.call_host || in->raised)
		return tx_refuse(tx, API_FORBIDDEN, "participant_id", NULL);
	enum err e = call_sql_person(tx, c->org_id, c->id, in->participant_id, p, &is);
	return e || (is && p->state == API_CALL_STATE_IN) ? e : tx_refuse(tx, API_NOT_FOUND, "participant_id", NULL);
}

enum err call_hand(struct tx *tx, const struct api_call_hand *in, struct api_empty *out)
{
	(void)out;
	struct call_row c;
	struct participant p;
	enum err e = call_running(tx, in->call_id, &c);
	if (!e)
		e = in->has_participant_id ? another(tx, &c, in, &p) : myself(tx, &c, &p);
	bool same = !e && (p.hand != 0) == in->raised;
	if (!e)
		e = call_hand_set(tx, &c, &p, in->raised);
	if (e || same || p.role != API_CALL_ROLE_VIEWER)
		return e;
	if (in->has_participant_id)
		e = call_place_tell(tx, &c, &p, p.state);
	return e ? e : broadcast_count(tx, &c);
}

enum err call_reaction(struct tx *tx, const struct api_call_reaction *in, struct api_empty *out)
{
	(void)out;
	struct call_row c;
	struct participant p;
	enum err e = call_running(tx, in->call_id, &c);
	if (!e)
		e = myself(tx, &c, &p);
	if (e)
		return e;
	struct api_call_reaction_signal signal = {.call_id = c.id, .participant_id = p.id, .reaction = in->reaction};
	return signal_call_reaction(tx, call_stream((struct call_id){c.id}), &signal, tx->actor.person);
}
