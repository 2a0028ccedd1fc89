/* SPDX-License-Identifier: Apache-2.0
 *
 * Guests without an account: by a link for one, through the waiting room, into one call (api/lesson.yaml). The key that they are given stands
 * for them. On a worker's thread.
 */
#include "lesson/plan.h"
#include "lesson/record.h"
#include "school/title.h"

static enum err state_of(struct tx *tx, const struct call_row *c, const struct participant *p, struct api_guest_state *out)
{
	out->state = p->state;
	out->has_admitted = true;
	out->admitted = p->admitted || p->came;
	out->title = c->title;
	out->has_participant_id = true;
	out->participant_id = p->id;
	out->has_org_name = out->has_org_type = true;
	enum err e = school_org_name(tx, (struct org_id){c->org_id}, &out->org_name, &out->org_type);
	if (e)
		return e;
	out->has_call = p->state == API_CALL_STATE_IN || c->ended_at != 0;
	if (out->has_call)
		call_to_api(c, &out->call);
	return p->state == API_CALL_STATE_IN ? call_snapshot_people(tx, c, &out->participants.items, &out->participants.n) : ERR_OK;
}

static enum err find(struct tx *tx, struct str key, struct call_row *c, struct participant *p)
{
	struct secret s = secret_of(key);
	bool found;
	enum err e = plan_sql_guest_find(tx, &s, c, p, &found);
	return e || found ? e : tx_refuse(tx, API_NOT_FOUND, "key", NULL);
}

static enum err check_door(struct tx *tx, const struct plan *p, struct call_row *c)
{
	bool found;
	int64_t waiting;
	enum err e = call_sql_running(tx, p->org_id, p->chat_id, c, &found);
	if (!e && (!found || c->lesson_id != p->id))
		e = tx_refuse(tx, API_CONFLICT, NULL, "conflict.lesson_not_begun");
	if (!e && c->locked)
		e = tx_refuse(tx, API_CONFLICT, NULL, "conflict.call_locked");
	if (!e)
		e = call_sql_count(tx, c->org_id, c->id, API_CALL_STATE_WAITING, &waiting);
	return !e && waiting >= LESSON_WAITING_MAX ? tx_refuse(tx, API_CONFLICT, NULL, "conflict.call_full") : e;
}

enum err guest_enter(struct tx *tx, const struct api_guest_enter *in, struct api_guest_state *out)
{
	struct secret link = secret_of(in->token);
	struct plan plan;
	struct call_row c;
	struct str name;
	bool found;
	enum err e = title_clean(tx, in->name, "name", &name);
	if (!e)
		e = plan_sql_link_find(tx, &link, &plan, &found);
	if (!e && !found)
		e = tx_refuse(tx, API_LINK_UNUSABLE, NULL, NULL);
	if (!e)
		e = check_door(tx, &plan, &c);
	if (e)
		return e;
	struct participant p = {.org_id = c.org_id, .call_id = c.id, .guest_name = name, .role = API_CALL_ROLE_GUEST, .member_role = ROLE_NONE,
		.state = API_CALL_STATE_WAITING, .rights = {c.rights.audio, c.rights.video, false}, .joined_at = tx->now_ms};
	struct secret key = secret_new();
	e = call_sql_person_insert(tx, &p, &p.id);
	if (!e)
		e = plan_sql_guest_add(tx, &p, &key);
	if (!e)
		e = plan_sql_link_use(tx, &link, name);
	if (!e)
		e = call_person_tell(tx, &p);
	if (!e)
		e = state_of(tx, &c, &p, out);
	out->has_key = true;
	out->key = arena_str(tx->arena, str_of(key.text));
	return e ? e : out->key.p ? ERR_OK : ERR_NOMEM;
}

enum err guest_get(struct tx *tx, const struct api_guest_ref *in, struct api_guest_state *out)
{
	struct call_row c;
	struct participant p;
	enum err e = find(tx, in->key, &c, &p);
	return e ? e : state_of(tx, &c, &p, out);
}

static enum err come_in(struct tx *tx, struct call_row *c, struct participant *p)
{
	int64_t in;
	enum err e = call_sql_count(tx, c->org_id, c->id, API_CALL_STATE_IN, &in);
	if (!e && in >= LESSON_IN_MAX)
		e = tx_refuse(tx, API_CONFLICT, NULL, "conflict.call_full");
	if (e)
		return e;
	p->state = API_CALL_STATE_IN;
	p->came = true;
	p->away_at = tx->now_ms;
	e = call_person_set(tx, p, false);
	if (e || !c->empty_at)
		return e;
	c->empty_at = 0;
	return call_sql_put(tx, c);
}

enum err guest_join(struct tx *tx, const struct api_guest_ref *in, struct api_guest_state *out)
{
	struct call_row c;
	struct participant p;
	enum err e = find(tx, in->key, &c, &p);
	if (!e && c.ended_at)
		e = tx_refuse(tx, API_CONFLICT, NULL, "conflict.call_ended");
	if (e)
		return e;
	bool let = p.state == API_CALL_STATE_WAITING || p.state == API_CALL_STATE_IN || (p.state == API_CALL_STATE_LEFT && (p.admitted || p.came));
	if (!let)
		return tx_refuse(tx, API_FORBIDDEN, NULL, "forbidden.call_removed");
	if (p.state != API_CALL_STATE_WAITING)
		e = record_accepted(tx, &c, p.id, in->has_accept_recording && in->accept_recording);
	if (!e && c.recording_id && p.state != API_CALL_STATE_WAITING)
		e = record_sql_tell(tx, &c, p.id);
	if (!e && p.state == API_CALL_STATE_LEFT)
		e = come_in(tx, &c, &p);
	if (!e)
		e = state_of(tx, &c, &p, out);
	if (e || p.state != API_CALL_STATE_IN)
		return e;
	out->has_ticket = out->has_media = true;
	out->media = STR(LESSON_MEDIA_PATH);
	return call_ticket_add(tx, &p, &out->ticket);
}

enum err guest_leave(struct tx *tx, const struct api_guest_ref *in, struct api_empty *out)
{
	(void)out;
	struct call_row c;
	struct participant p;
	enum err e = find(tx, in->key, &c, &p);
	if (e || c.ended_at || (p.state != API_CALL_STATE_IN && p.state != API_CALL_STATE_WAITING))
		return e;
	p.admitted = p.admitted || p.came;
	return call_person_out(tx, &c, &p, p.state == API_CALL_STATE_IN ? API_CALL_STATE_LEFT : API_CALL_STATE_REFUSED);
}
