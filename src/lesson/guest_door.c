/* SPDX-License-Identifier: Apache-2.0
 *
 * What a guest sees before the door, and his hand and reactions once he is in (api/planning.yaml). On a worker's thread, inside a transaction.
 */
#include "lesson/plan.h"

static enum err door_of(struct tx *tx, const struct plan *p, const struct link *k, enum api_guest_door_state *out)
{
	struct call_row c;
	bool running;
	enum err e = call_sql_running(tx, p->org_id, p->chat_id, &c, &running);
	if (e)
		return e;
	if (p->cancelled)
		*out = API_GUEST_DOOR_STATE_CANCELLED;
	else if (k->used)
		*out = API_GUEST_DOOR_STATE_USED;
	else if (k->expires_at <= tx->now_ms)
		*out = API_GUEST_DOOR_STATE_EXPIRED;
	else if (running && c.lesson_id == p->id)
		*out = API_GUEST_DOOR_STATE_OPEN;
	else
		*out = p->call_id ? API_GUEST_DOOR_STATE_OVER : API_GUEST_DOOR_STATE_EARLY;
	return ERR_OK;
}

enum err guest_look(struct tx *tx, const struct api_guest_look *in, struct api_guest_door *out)
{
	struct secret link = secret_of(in->token);
	struct link k;
	struct plan p;
	bool found;
	enum err e = plan_sql_link_look(tx, &link, &k, &p, &found);
	if (!e && !found)
		e = tx_refuse(tx, API_LINK_UNUSABLE, NULL, NULL);
	if (e)
		return e;
	*out = (struct api_guest_door){.title = p.title, .kind = p.kind, .starts_at = p.starts_at, .minutes = p.minutes, .has_name = k.name.n != 0, .name = k.name};
	e = door_of(tx, &p, &k, &out->state);
	return e ? e : school_org_name(tx, (struct org_id){p.org_id}, &out->org_name, &out->org_type);
}

/* Who stands behind a key and is in a call that goes on. */
static enum err guest_inside(struct tx *tx, struct str text, struct call_row *c, struct participant *p)
{
	struct secret key = secret_of(text);
	bool found;
	enum err e = plan_sql_guest_find(tx, &key, c, p, &found);
	if (!e && !found)
		e = tx_refuse(tx, API_NOT_FOUND, "key", NULL);
	return !e && (c->ended_at || p->state != API_CALL_STATE_IN) ? tx_refuse(tx, API_CONFLICT, NULL, "conflict.call_not_in") : e;
}

enum err guest_hand(struct tx *tx, const struct api_guest_hand *in, struct api_empty *out)
{
	(void)out;
	struct call_row c;
	struct participant p;
	enum err e = guest_inside(tx, in->key, &c, &p);
	return e ? e : call_hand_set(tx, &c, &p, in->raised);
}

enum err guest_reaction(struct tx *tx, const struct api_guest_reaction *in, struct api_empty *out)
{
	(void)out;
	struct call_row c;
	struct participant p;
	enum err e = guest_inside(tx, in->key, &c, &p);
	if (e)
		return e;
	struct api_call_reaction_signal signal = {.call_id = c.id, .participant_id = p.id, .reaction = in->reaction};
	return signal_call_reaction(tx, call_stream((struct call_id){c.id}), &signal, (struct person_id){0});
}
