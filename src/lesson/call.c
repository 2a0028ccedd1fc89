/* SPDX-License-Identifier: Apache-2.0
 *
 * The rules of calls: who is told what, how one leaves, how a call ends. Private to room lesson; on a worker's thread, inside a
 * transaction.
 */
#include "lesson/broadcast.h"
#include "lesson/content.h"
#include "lesson/record.h"

#include "account/account.h"

enum err call_running(struct tx *tx, int64_t id, struct call_row *out)
{
	bool found;
	enum err e = call_sql_get(tx, tx_org(tx).v, id, out, &found);
	if (e)
		return e;
	CHECK(found); /* the relation says so */
	return out->ended_at ? tx_refuse(tx, API_CONFLICT, NULL, "conflict.call_ended") : ERR_OK;
}

/* --- as the API shows it */

static struct api_call_rights api_rights(const struct rights *r)
{
	return (struct api_call_rights){.audio = r->audio, .video = r->video, .screen = r->screen};
}

void call_to_api(const struct call_row *c, struct api_call *out)
{
	*out = (struct api_call){
		.id = c->id,
		.org_id = c->org_id,
		.chat_id = c->chat_id,
		.kind = c->kind,
		.title = c->title,
		.host_id = c->host_id,
		.started_at = c->started_at,
		.has_ended_at = c->ended_at != 0,
		.ended_at = c->ended_at,
		.locked = c->locked,
		.waiting_room = c->waiting_room,
		.rights = api_rights(&c->rights),
		.has_lesson_id = c->lesson_id != 0,
		.lesson_id = c->lesson_id,
		.has_recording = c->recording_id != 0,
		.recording = {.id = c->recording_id, .since = c->recording_at, .starter_id = c->recording_by, .keep_days = c->recording_days},
		.has_recording_problem = c->recording_problem >= 0,
		.recording_problem = c->recording_problem > 0 ? API_RECORDING_PROBLEM_FAILED : API_RECORDING_PROBLEM_FULL,
		.has_broadcast = c->broadcast,
		.broadcast = c->broadcast,
		.has_viewers = c->broadcast,
		.viewers = c->viewers,
		.has_hands = c->broadcast,
		.hands = c->viewer_hands,
		.has_showing = c->showing.id != 0 && !c->ended_at,
		.showing = {.content_id = c->showing.id, .participant_id = c->showing.participant_id, .kind = c->showing.kind, .title = c->showing.title,
			.has_source = c->showing.source.n != 0, .source = c->showing.source, .has_url = c->showing.url.n != 0, .url = c->showing.url,
			.has_verified_list = c->showing.verified_at != 0, .verified_list = c->showing.list, .has_verified_at = c->showing.verified_at != 0,
			.verified_at = c->showing.verified_at},
	};
}

enum err call_person_to_api(struct tx *tx, const struct participant *p, struct api_call_participant *out)
{
	*out = (struct api_call_participant){
		.id = p->id,
		.has_person = p->person_id != 0,
		.has_guest_name = p->person_id == 0,
		.guest_name = p->guest_name,
		.has_member_role = p->member_role != ROLE_NONE,
		.member_role = p->member_role == ROLE_NONE ? API_ROLE_ADMIN : (enum api_role)p->member_role,
		.role = p->role,
		.state = p->state,
		.rights = api_rights(&p->rights),
		.has_hand = p->hand != 0,
		.hand = p->hand,
		.has_hand_at = p->hand != 0,
		.hand_at = p->hand_at,
		.connected = p->connected,
		.joined_at = p->joined_at,
		.has_classroom = p->classroom.n != 0,
		.classroom = p->classroom,
	};
	return p->person_id ? account_person_get(tx, (struct person_id){p->person_id}, &out->person) : ERR_OK;
}

enum err call_snapshot_people(struct tx *tx, const struct call_row *c, struct api_call_participant **items_out, size_t *n_out)
{
	struct participant *list;
	size_t n;
	*n_out = 0;
	enum err e = call_sql_stage(tx, c->org_id, c->id, tx->actor.person.v, &list, &n);
	*items_out = e ? NULL : arena_array(tx->arena, n + 1, sizeof **items_out);
	for (size_t i = 0; !e && *items_out && i < n; i++)
		e = call_person_to_api(tx, &list[i], &(*items_out)[(*n_out)++]);
	return e ? e : *items_out ? ERR_OK : ERR_NOMEM;
}

/* --- telling */

enum err call_tell(struct tx *tx, const struct call_row *c)
{
	struct api_call_changed_event event;
	struct call_row now = *c, fresh;
	bool found;
	enum err e = call_sql_get(tx, c->org_id, c->id, &fresh, &found);
	if (e)
		return e;
	now.showing = found ? fresh.showing : (struct showing){0}; /* it may have ended since c was read */
	call_to_api(&now, &event.call);
	return event_call_changed(tx, call_stream((struct call_id){c->id}), &event);
}

enum err call_person_tell(struct tx *tx, const struct participant *p)
{
	struct api_participant_changed_event event;
	if (p->role == API_CALL_ROLE_VIEWER && !p->left_stage)
		return ERR_OK; /* who watches is nobody's business */
	enum err e = call_person_to_api(tx, p, &event.participant);
	return e ? e : event_participant_changed(tx, call_stream((struct call_id){p->call_id}), &event);
}

enum err call_place_tell(struct tx *tx, const struct call_row *c, const struct participant *p, enum api_call_state as)
{
	if (!p->person_id)
		return ERR_OK;
	struct api_call_place_changed_event event = {.call_id = c->id, .chat_id = c->chat_id, .participant_id = p->id, .state = as,
		.has_session_id = as == API_CALL_STATE_IN && p->session_id != 0, .session_id = p->session_id};
	return event_call_place_changed(tx, person_stream((struct person_id){p->person_id}), &event);
}

enum err call_person_set(struct tx *tx, const struct participant *p, bool rights)
{
	enum err e = call_sql_person_put(tx, p);
	if (!e && rights && p->state == API_CALL_STATE_IN)
		call_media_rights(tx, p);
	if (!e && (p->state != API_CALL_STATE_IN || !p->rights.screen))
		e = content_shown_end(tx, p);
	if (e)
		return e;
	return call_person_tell(tx, p);
}

enum err call_hand_set(struct tx *tx, struct call_row *c, struct participant *p, bool raised)
{
	if ((p->hand != 0) == raised)
		return ERR_OK;
	p->hand = raised ? ++c->hands : 0;
	p->hand_at = raised ? tx->now_ms : 0;
	enum err e = raised ? call_sql_put(tx, c) : ERR_OK;
	return e ? e : call_person_set(tx, p, false);
}

/* --- going */

static enum err disconnect(struct tx *tx, struct participant *p)
{
	p->away_at = 0;
	p->hand = p->hand_at = 0;
	if (!p->connected)
		return ERR_OK;
	p->connected = false;
	return call_visit_end(tx, p, tx->now_ms);
}

static enum err note_empty(struct tx *tx, struct call_row *c)
{
	int64_t in;
	enum err e = call_sql_count(tx, c->org_id, c->id, API_CALL_STATE_IN, &in);
	if (e || in)
		return e;
	c->empty_at = tx->now_ms;
	return call_sql_put(tx, c);
}

enum err call_person_out(struct tx *tx, struct call_row *c, struct participant *p, enum api_call_state as)
{
	bool was_in = p->state == API_CALL_STATE_IN;
	p->state = as;
	enum err e = disconnect(tx, p);
	if (e)
		return e;
	if (was_in) {
		if (p->person_id)
			tx_unfollow(tx, (struct person_id){p->person_id}, call_stream((struct call_id){c->id}));
		call_media_remove(tx, p, as == API_CALL_STATE_REMOVED ? "removed" : "left");
	}
	e = call_person_set(tx, p, false);
	if (!e)
		e = call_place_tell(tx, c, p, as);
	if (!e && was_in)
		e = note_empty(tx, c);
	return e || !was_in ? e : broadcast_count(tx, c);
}

/* --- the end */

static enum err end_of_all(struct tx *tx, const struct call_row *c, enum api_call_state state, struct participant **list_out, size_t *n_out)
{
	enum err e = call_sql_people(tx, c->org_id, c->id, state, list_out, n_out);
	for (size_t i = 0; !e && i < *n_out; i++) {
		struct participant *p = &(*list_out)[i];
		p->state = API_CALL_STATE_LEFT;
		e = disconnect(tx, p);
		if (!e)
			e = call_sql_person_put(tx, p);
		if (!e && state == API_CALL_STATE_WAITING)
			e = call_place_tell(tx, c, p, API_CALL_STATE_LEFT);
	}
	return e;
}

enum err call_finish(struct tx *tx, struct call_row *c)
{
	struct participant *in, *waiting;
	size_t in_n, waiting_n;
	struct chat_face face;
	struct str card;
	if (c->ended_at)
		return ERR_OK;
	c->ended_at = tx->now_ms;
	c->empty_at = 0;
	enum err e = end_of_all(tx, c, API_CALL_STATE_IN, &in, &in_n);
	if (!e)
		e = end_of_all(tx, c, API_CALL_STATE_WAITING, &waiting, &waiting_n);
	if (!e)
		e = record_end(tx, c);
	if (!e)
		e = call_sql_put(tx, c);
	if (!e)
		e = call_tell(tx, c);
	for (size_t i = 0; !e && i < in_n; i++)
		if (in[i].person_id)
			tx_unfollow(tx, (struct person_id){in[i].person_id}, call_stream((struct call_id){c->id}));
	if (e)
		return e;
	call_media_close(tx, c);
	e = chat_face_get(tx, (struct org_id){c->org_id}, (struct chat_id){c->chat_id}, &face);
	if (!e)
		e = call_card(tx, c, &face, &card);
	if (!e)
		e = chat_call_finish(tx, (struct org_id){c->org_id}, (struct chat_id){c->chat_id}, c->card_seq, card);
	return e || !c->broadcast ? e : broadcast_cards_end(tx, c, card);
}

/* --- the card in the chat */

static void card_end(struct json_writer *w, const struct call_row *c, const struct chat_face *face, const struct participant *came, size_t n, const int64_t *published,
	size_t published_n)
{
	bool other = false;
	for (size_t i = 0; i < n; i++)
		other |= came[i].person_id != c->host_id;
	json_key(w, "ended_at");
	json_int(w, c->ended_at);
	if (published_n) {
		json_key(w, "recording_ids");
		json_open_array(w);
		for (size_t i = 0; i < published_n; i++)
			json_int(w, published[i]);
		json_close_array(w);
	}
	json_key(w, "took_part");
	json_int(w, (int64_t)n);
	json_key(w, "person_ids");
	json_open_array(w);
	for (size_t i = 0, told = 0; i < n && told < LESSON_CARD_PEOPLE && !face->channel && !c->broadcast; i++)
		if (came[i].person_id) {
			json_int(w, came[i].person_id);
			told++;
		}
	json_close_array(w);
	if (face->member_count == 2 && !face->channel && !c->broadcast && !other) {
		json_key(w, "missed");
		json_bool(w, true);
	}
}

enum err call_card(struct tx *tx, const struct call_row *c, const struct chat_face *face, struct str *out)
{
	struct buf json;
	struct json_writer w;
	struct participant *came = NULL;
	size_t n = 0;
	int64_t published[RECORD_OF_CALL_MAX];
	size_t published_n = 0;
	enum err e = c->ended_at ? call_sql_came(tx, c->org_id, c->id, &came, &n) : ERR_OK;
	if (!e && c->ended_at)
		e = record_sql_published(tx, c->org_id, c->id, published, RECORD_OF_CALL_MAX, &published_n);
	if (e)
		return e;
	buf_init(&json, 16384);
	json_writer_init(&w, &json);
	json_open_object(&w);
	json_key(&w, "type");
	json_str(&w, STR("call"));
	json_key(&w, "call_id");
	json_int(&w, c->id);
	json_key(&w, "kind");
	json_str(&w, str_of(api_call_kind_name(c->kind)));
	json_key(&w, "title");
	json_str(&w, c->title);
	json_key(&w, "host_id");
	json_int(&w, c->host_id);
	json_key(&w, "started_at");
	json_int(&w, c->started_at);
	if (c->lesson_id) {
		json_key(&w, "lesson_id");
		json_int(&w, c->lesson_id);
	}
	if (c->broadcast) {
		json_key(&w, "broadcast");
		json_bool(&w, true);
	}
	if (c->ended_at)
		card_end(&w, c, face, came, n, published, published_n);
	json_close_object(&w);
	e = json.err;
	*out = e ? (struct str){NULL, 0} : arena_str(tx->arena, buf_str(&json));
	buf_release(&json);
	return e ? e : out->p ? ERR_OK : ERR_NOMEM;
}

enum err call_begin(struct tx *tx, const struct chat_face *face, struct call_row *c)
{
	struct str card;
	c->started_at = c->empty_at = tx->now_ms;
	c->rights = (struct rights){true, true, true};
	c->recording_problem = -1;
	enum err e = call_sql_insert(tx, c, &c->id);
	if (!e)
		e = call_card(tx, c, face, &card);
	if (!e)
		e = chat_call_begin(tx, (struct org_id){c->org_id}, (struct chat_id){c->chat_id}, card, &c->card_seq);
	if (!e && c->broadcast)
		e = broadcast_cards_begin(tx, c, card);
	return e ? e : call_sql_put(tx, c);
}

/* --- who may start */

enum err call_may_start(struct tx *tx, const struct relation *rel, const struct chat_face *face, enum api_call_starters *starters_out, bool *out)
{
	bool found;
	enum err e = call_sql_starters(tx, rel->org_id, rel->chat_id, &found, starters_out);
	if (!e && !found)
		*starters_out = face->kind == API_CHAT_KIND_FREE && !face->channel ? API_CALL_STARTERS_GROWN_UPS : API_CALL_STARTERS_STAFF;
	bool allowed = *starters_out == API_CALL_STARTERS_EVERYBODY || (*starters_out == API_CALL_STARTERS_GROWN_UPS && rel->role == ROLE_GUARDIAN);
	*out = rel->chat_writer && (school_is_staff(rel->role) || allowed);
	return e;
}
