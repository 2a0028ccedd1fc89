/* SPDX-License-Identifier: Apache-2.0
 *
 * The commands of those who run a call: who may speak, who comes in, who runs it (api/lesson.yaml). Rights are checked before. What is
 * refused somebody is told to the media process after the commit and before the answer. On a worker's thread.
 */
#include "lesson/call.h"

/* Which of the hosts the caller is: who leads the unit of the chat is as good as a co-host. */
static bool is_host(const struct tx *tx, const struct call_row *c)
{
	return c->host_id == tx->actor.person.v;
}

/* The host stands above co-hosts, staff above a guardian or pupil who has called. */
static enum err check_above(struct tx *tx, const struct call_row *c, const struct participant *p)
{
	if (p->role == API_CALL_ROLE_HOST || (p->role == API_CALL_ROLE_COHOST && !is_host(tx, c)))
		return tx_refuse(tx, API_FORBIDDEN, "participant_id", "forbidden.call_host");
	if (!school_is_staff(tx->rel.role) && school_is_staff(p->member_role))
		return tx_refuse(tx, API_FORBIDDEN, "participant_id", "forbidden.call_staff");
	return ERR_OK;
}

static enum err find(struct tx *tx, const struct call_row *c, int64_t id, struct participant *p)
{
	bool is;
	enum err e = call_sql_person(tx, c->org_id, c->id, id, p, &is);
	return e || is ? e : tx_refuse(tx, API_NOT_FOUND, "participant_id", NULL);
}

static enum err find_in(struct tx *tx, const struct call_row *c, int64_t id, struct participant *p)
{
	enum err e = find(tx, c, id, p);
	if (!e && p->role == API_CALL_ROLE_VIEWER)
		return tx_refuse(tx, API_CONFLICT, "participant_id", "conflict.call_viewer");
	return e || p->state == API_CALL_STATE_IN ? e : tx_refuse(tx, API_CONFLICT, "participant_id", "conflict.call_not_there");
}

/* Somebody who is in the running call, and over whom the caller stands. */
static enum err find_below(struct tx *tx, int64_t call, int64_t id, struct call_row *c, struct participant *p)
{
	enum err e = call_running(tx, call, c);
	if (!e)
		e = find_in(tx, c, id, p);
	return e ? e : check_above(tx, c, p);
}

static bool same_rights(const struct rights *a, const struct rights *b)
{
	return a->audio == b->audio && a->video == b->video && a->screen == b->screen;
}

static enum err put_rights(struct tx *tx, struct participant *p, const struct rights *r)
{
	if (same_rights(&p->rights, r))
		return ERR_OK;
	p->rights = *r;
	return call_person_set(tx, p, true);
}

/* --- speaking */

enum err call_mute(struct tx *tx, const struct api_call_mute *in, struct api_empty *out)
{
	(void)out;
	struct call_row c;
	struct participant p;
	enum err e = find_below(tx, in->call_id, in->participant_id, &c, &p);
	if (e)
		return e;
	struct rights r = p.rights;
	r.audio = false;
	return put_rights(tx, &p, &r);
}

enum err call_ask_unmute(struct tx *tx, const struct api_call_mute *in, struct api_empty *out)
{
	(void)out;
	struct call_row c;
	struct participant p;
	enum err e = call_running(tx, in->call_id, &c);
	if (!e)
		e = find_in(tx, &c, in->participant_id, &p);
	if (e)
		return e;
	struct rights r = p.rights;
	r.audio = true;
	e = put_rights(tx, &p, &r);
	struct api_call_asked_signal signal = {.call_id = c.id, .participant_id = p.id};
	return e ? e : signal_call_asked(tx, call_stream((struct call_id){c.id}), &signal, (struct person_id){0});
}

/* Without holding them they may speak again at once: the first message closes what they send, the second opens the way. */
static enum err mute_one(struct tx *tx, struct participant *p, bool hold)
{
	struct rights r = p->rights;
	if (!r.audio)
		return ERR_OK;
	r.audio = false;
	if (hold)
		return put_rights(tx, p, &r);
	struct participant silent = *p;
	silent.rights = r;
	call_media_rights(tx, &silent);
	call_media_rights(tx, p);
	return ERR_OK;
}

enum err call_mute_all(struct tx *tx, const struct api_call_mute_all *in, struct api_empty *out)
{
	(void)out;
	struct call_row c;
	struct participant *list;
	size_t n = 0;
	enum err e = call_running(tx, in->call_id, &c);
	if (!e && in->hold && c.rights.audio) {
		c.rights.audio = false;
		e = call_sql_put(tx, &c);
		if (!e)
			e = call_tell(tx, &c);
	}
	if (!e)
		e = call_sql_people(tx, c.org_id, c.id, API_CALL_STATE_IN, &list, &n);
	for (size_t i = 0; !e && i < n; i++)
		if (!call_runs(list[i].role) && list[i].role != API_CALL_ROLE_VIEWER)
			e = mute_one(tx, &list[i], in->hold);
	return e;
}

static struct rights changed_rights(const struct rights *was, const struct api_call_rights_set *in)
{
	return (struct rights){in->has_audio ? in->audio : was->audio, in->has_video ? in->video : was->video,
		in->has_screen ? in->screen : was->screen};
}

static enum err rights_of_all(struct tx *tx, struct call_row *c, const struct api_call_rights_set *in)
{
	struct participant *list;
	size_t n;
	struct rights r = changed_rights(&c->rights, in);
	enum err e = ERR_OK;
	if (!same_rights(&r, &c->rights)) {
		c->rights = r;
		e = call_sql_put(tx, c);
		if (!e)
			e = call_tell(tx, c);
	}
	if (!e)
		e = call_sql_people(tx, c->org_id, c->id, API_CALL_STATE_IN, &list, &n);
	for (size_t i = 0; !e && i < n; i++) {
		r = changed_rights(&list[i].rights, in);
		if (!call_runs(list[i].role) && list[i].role != API_CALL_ROLE_VIEWER)
			e = put_rights(tx, &list[i], &r);
	}
	return e;
}

enum err call_rights(struct tx *tx, const struct api_call_rights_set *in, struct api_empty *out)
{
	(void)out;
	struct call_row c;
	struct participant p;
	enum err e = call_running(tx, in->call_id, &c);
	if (e)
		return e;
	if (!in->has_participant_id)
		return rights_of_all(tx, &c, in);
	e = find_in(tx, &c, in->participant_id, &p);
	if (!e)
		e = check_above(tx, &c, &p);
	if (e)
		return e;
	struct rights r = changed_rights(&p.rights, in);
	return put_rights(tx, &p, &r);
}

/* --- coming in */

enum err call_remove(struct tx *tx, const struct api_call_pick *in, struct api_empty *out)
{
	(void)out;
	struct call_row c;
	struct participant p;
	enum err e = call_running(tx, in->call_id, &c);
	if (!e)
		e = find(tx, &c, in->participant_id, &p);
	if (!e)
		e = check_above(tx, &c, &p);
	if (e || p.state == API_CALL_STATE_REMOVED)
		return e;
	p.admitted = false;
	return call_person_out(tx, &c, &p, API_CALL_STATE_REMOVED);
}

static enum err admit(struct tx *tx, struct call_row *c, struct participant *p)
{
	if (p->state != API_CALL_STATE_WAITING && p->state != API_CALL_STATE_REMOVED && p->state != API_CALL_STATE_REFUSED)
		return ERR_OK;
	/* he comes in by himself, with a ticket of his own: until then he is nowhere */
	p->admitted = true;
	p->state = API_CALL_STATE_LEFT;
	enum err e = call_person_set(tx, p, false);
	return e ? e : call_place_tell(tx, c, p, API_CALL_STATE_IN);
}

enum err call_admit(struct tx *tx, const struct api_call_admit *in, struct api_empty *out)
{
	(void)out;
	struct call_row c;
	struct participant p, *list;
	size_t n = 0;
	enum err e = call_running(tx, in->call_id, &c);
	if (!e && !in->has_participant_ids)
		e = call_sql_people(tx, c.org_id, c.id, API_CALL_STATE_WAITING, &list, &n);
	for (size_t i = 0; !e && i < n; i++)
		e = admit(tx, &c, &list[i]);
	for (size_t i = 0; !e && i < in->participant_ids.n; i++) {
		bool is;
		e = call_sql_person(tx, c.org_id, c.id, in->participant_ids.items[i], &p, &is);
		if (!e)
			e = is ? admit(tx, &c, &p) : tx_refuse(tx, API_NOT_FOUND, "participant_ids", NULL);
	}
	return e;
}

enum err call_refuse(struct tx *tx, const struct api_call_pick *in, struct api_empty *out)
{
	(void)out;
	struct call_row c;
	struct participant p;
	enum err e = call_running(tx, in->call_id, &c);
	if (!e)
		e = find(tx, &c, in->participant_id, &p);
	return e || p.state != API_CALL_STATE_WAITING ? e : call_person_out(tx, &c, &p, API_CALL_STATE_REFUSED);
}

enum err call_lock(struct tx *tx, const struct api_call_lock *in, struct api_empty *out)
{
	(void)out;
	struct call_row c;
	enum err e = call_running(tx, in->call_id, &c);
	if (e)
		return e;
	bool locked = in->has_locked ? in->locked : c.locked, waiting = in->has_waiting_room ? in->waiting_room : c.waiting_room;
	if (locked == c.locked && waiting == c.waiting_room)
		return ERR_OK;
	c.locked = locked;
	c.waiting_room = waiting;
	e = call_sql_put(tx, &c);
	return e ? e : call_tell(tx, &c);
}

/* --- who runs it */

/* Staff runs calls; in a chat that people made, guardians may too. */
static enum err may_run(struct tx *tx, const struct call_row *c, const struct participant *p)
{
	struct chat_face face;
	enum err e = chat_face_get(tx, tx_org(tx), (struct chat_id){c->chat_id}, &face);
	bool may = p->person_id && (school_is_staff(p->member_role) || (p->member_role == ROLE_GUARDIAN && !e && face.kind == API_CHAT_KIND_FREE));
	return e || may ? e : tx_refuse(tx, API_CONFLICT, "participant_id", "conflict.call_host_staff");
}

static enum err set_role(struct tx *tx, struct participant *p, enum api_call_role role)
{
	p->role = role;
	bool more = call_runs(role) && !(p->rights.audio && p->rights.video && p->rights.screen);
	if (more)
		p->rights = (struct rights){true, true, true};
	return call_person_set(tx, p, more);
}

enum err call_cohost(struct tx *tx, const struct api_call_cohost *in, struct api_empty *out)
{
	(void)out;
	struct call_row c;
	struct participant p;
	enum err e = find_below(tx, in->call_id, in->participant_id, &c, &p);
	if (!e && in->cohost)
		e = may_run(tx, &c, &p);
	if (e)
		return e;
	enum api_call_role role = in->cohost ? API_CALL_ROLE_COHOST : p.person_id ? API_CALL_ROLE_MEMBER : API_CALL_ROLE_GUEST;
	return p.role == role ? ERR_OK : set_role(tx, &p, role);
}

enum err call_hand_over(struct tx *tx, const struct api_call_pick *in, struct api_empty *out)
{
	(void)out;
	struct call_row c;
	struct participant p, old;
	bool is;
	enum err e = call_running(tx, in->call_id, &c);
	if (!e)
		e = find_in(tx, &c, in->participant_id, &p);
	if (!e)
		e = may_run(tx, &c, &p);
	if (e || p.role == API_CALL_ROLE_HOST)
		return e;
	e = call_sql_person_of(tx, c.org_id, c.id, c.host_id, &old, &is);
	if (!e && is)
		e = set_role(tx, &old, API_CALL_ROLE_COHOST);
	c.host_id = p.person_id;
	if (!e)
		e = call_sql_put(tx, &c);
	if (!e)
		e = call_tell(tx, &c);
	return e ? e : set_role(tx, &p, API_CALL_ROLE_HOST);
}

/* --- who was there */

enum err call_attendance(struct tx *tx, const struct api_call_ref *in, struct api_call_attendance *out)
{
	struct call_row c;
	struct participant *list;
	size_t n;
	bool found;
	enum err e = call_sql_get(tx, tx_org(tx).v, in->call_id, &c, &found);
	if (!e)
		e = call_sql_came(tx, c.org_id, c.id, &list, &n);
	if (e)
		return e;
	call_to_api(&c, &out->call);
	out->visitors.items = arena_array(tx->arena, n + 1, sizeof *out->visitors.items);
	if (!out->visitors.items)
		return ERR_NOMEM;
	for (size_t i = 0; !e && i < n; i++) {
		struct api_call_visitor *v = &out->visitors.items[out->visitors.n++];
		struct api_call_participant shown;
		struct presence was;
		e = call_person_to_api(tx, &list[i], &shown);
		if (!e)
			e = call_presence(tx, c.org_id, c.id, list[i].id, &was);
		if (e)
			break;
		*v = (struct api_call_visitor){.participant_id = shown.id, .has_person = shown.has_person, .person = shown.person,
			.has_guest_name = shown.has_guest_name, .guest_name = shown.guest_name, .has_member_role = shown.has_member_role,
			.member_role = shown.member_role, .role = shown.role, .has_in_room = true, .in_room = list[i].in_room,
			.has_classroom = shown.has_classroom, .classroom = shown.classroom, .minutes = call_minutes(was.ms),
			.first_at = was.first_at ? was.first_at : shown.joined_at, .last_at = was.last_at ? was.last_at : shown.joined_at};
	}
	return e;
}
