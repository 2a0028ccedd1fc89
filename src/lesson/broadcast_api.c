/* SPDX-License-Identifier: Apache-2.0
 *
 * Broadcasts: who may watch, the stage and those before it (api/broadcast.yaml). Viewers are participants whom the others are not told of: the call
 * tells their number only. On a worker's thread.
 */
#include "lesson/broadcast.h"

/* --- chats whose people may watch */

enum err broadcast_check_chats(struct tx *tx, const struct api_lesson_create *in)
{
	if (in->kind != API_LESSON_KIND_BROADCAST)
		return tx_refuse(tx, API_INVALID_FIELD, "also_chat_ids", NULL);
	for (size_t i = 0; i < in->also_chat_ids.n; i++) {
		struct relation rel = {.role = ROLE_NONE};
		enum err e = chat_relation(tx, in->also_chat_ids.items[i], &rel);
		if (e)
			return e;
		if (!rel.known || rel.org_id != tx_org(tx).v || !school_is_staff(rel.role) || rel.chat_archived || in->also_chat_ids.items[i] == in->chat_id)
			return tx_refuse(tx, API_NOT_FOUND, "also_chat_ids", NULL);
		if (!rel.chat_writer && !school_follows_org(rel.role)) /* its card will stand there in his name */
			return tx_refuse(tx, API_FORBIDDEN, "also_chat_ids", "forbidden.broadcast_chat");
	}
	return ERR_OK;
}

enum err broadcast_cards_begin(struct tx *tx, const struct call_row *c, struct str card)
{
	int64_t *chats, seq;
	size_t n;
	enum err e = broadcast_sql_chats(tx, c->org_id, c->lesson_id, &chats, &n);
	for (size_t i = 0; !e && i < n; i++) {
		struct call_row own;
		bool runs;
		e = call_sql_running(tx, c->org_id, chats[i], &own, &runs);
		if (e || runs) /* it has a call of its own, whose card stays */
			continue;
		e = chat_call_begin(tx, (struct org_id){c->org_id}, (struct chat_id){chats[i]}, card, &seq);
		if (!e)
			e = broadcast_sql_card_put(tx, c->org_id, c->lesson_id, chats[i], seq);
	}
	return e;
}

enum err broadcast_cards_end(struct tx *tx, const struct call_row *c, struct str card)
{
	int64_t *chats, seq;
	size_t n;
	enum err e = broadcast_sql_chats(tx, c->org_id, c->lesson_id, &chats, &n);
	for (size_t i = 0; !e && i < n; i++) {
		struct call_row own;
		bool runs = false;
		e = broadcast_sql_card(tx, c->org_id, c->lesson_id, chats[i], &seq);
		if (e || !seq)
			continue;
		e = call_sql_running(tx, c->org_id, chats[i], &own, &runs);
		if (!e) /* a call of its own that has begun since goes on */
			e = runs ? chat_call_card(tx, (struct org_id){c->org_id}, (struct chat_id){chats[i]}, seq, card) :
				chat_call_finish(tx, (struct org_id){c->org_id}, (struct chat_id){chats[i]}, seq, card);
		if (!e)
			e = broadcast_sql_card_put(tx, c->org_id, c->lesson_id, chats[i], 0);
	}
	return e;
}

enum err broadcast_relation(struct tx *tx, const struct call_row *c, struct relation *out)
{
	int64_t *chats;
	size_t n;
	enum err e = broadcast_sql_chats(tx, c->org_id, c->lesson_id, &chats, &n);
	for (size_t i = 0; !e && i < n && !out->known; i++) {
		struct relation rel = {.role = ROLE_NONE};
		e = chat_relation(tx, chats[i], &rel);
		if (!e && rel.chat_member && rel.org_id == c->org_id)
			*out = (struct relation){.known = true, .org_id = rel.org_id, .role = rel.role, .chat_member = true, .call_member = true, .chat_id = chats[i]};
	}
	return e;
}

/* Whether he may be there by the broadcast's chat or one of its further chats. */
static enum err may_stay(struct tx *tx, const struct call_row *c, struct person_id person, bool *out)
{
	struct relation rel;
	int64_t *chats;
	size_t n;
	enum err e = chat_member_relation(tx, (struct chat_id){c->chat_id}, person, &rel);
	*out = !e && rel.chat_member;
	if (!e && !*out)
		e = broadcast_sql_chats(tx, c->org_id, c->lesson_id, &chats, &n);
	for (size_t i = 0; !e && !*out && i < n; i++) {
		e = chat_member_relation(tx, (struct chat_id){chats[i]}, person, &rel);
		*out = !e && rel.chat_member && rel.org_id == c->org_id;
	}
	return e;
}

enum err broadcast_chat_left(struct tx *tx, struct org_id org, struct chat_id chat, struct person_id person)
{
	int64_t *calls;
	size_t n;
	enum err e = broadcast_sql_running(tx, org.v, chat.v, &calls, &n);
	for (size_t i = 0; !e && i < n; i++) {
		struct call_row c;
		struct participant p;
		bool found, is = false, stays = false;
		e = call_sql_get(tx, org.v, calls[i], &c, &found);
		if (!e && found)
			e = call_sql_person_of(tx, org.v, calls[i], person.v, &p, &is);
		if (!e && is)
			e = may_stay(tx, &c, person, &stays);
		if (!e && is && !stays && p.state == API_CALL_STATE_IN && !p.invited)
			e = call_person_out(tx, &c, &p, API_CALL_STATE_LEFT);
	}
	return e;
}

/* --- the stage */

enum err broadcast_count(struct tx *tx, struct call_row *c)
{
	int64_t viewers, hands;
	if (!c->broadcast || tx->now_ms - c->viewers_at < LESSON_COUNT_MS)
		return ERR_OK;
	enum err e = call_sql_viewers(tx, c->org_id, c->id, &viewers, &hands);
	if (e || (viewers == c->viewers && hands == c->viewer_hands))
		return e;
	c->viewers = viewers;
	c->viewer_hands = hands;
	c->viewers_at = tx->now_ms;
	e = call_sql_put(tx, c);
	return e ? e : call_tell(tx, c);
}

enum err lesson_broadcasts(struct tx *tx, bool *more_out)
{
	int64_t *calls;
	size_t n;
	struct call_row c;
	bool found;
	enum err e = broadcast_sql_all(tx, &calls, &n);
	*more_out = false;
	for (size_t i = 0; !e && i < n; i++) {
		e = call_sql_get_any(tx, calls[i], &c, &found);
		if (!e && found)
			e = broadcast_count(tx, &c);
	}
	return e;
}

static enum err running_broadcast(struct tx *tx, int64_t id, struct call_row *out)
{
	enum err e = call_running(tx, id, out);
	return e || out->broadcast ? e : tx_refuse(tx, API_CONFLICT, NULL, "conflict.call_no_broadcast");
}

enum err broadcast_hands(struct tx *tx, const struct api_call_ref *in, struct api_broadcast_hands *out)
{
	struct call_row c;
	struct participant *list;
	size_t n;
	enum err e = running_broadcast(tx, in->call_id, &c);
	if (!e)
		e = call_sql_viewer_hands(tx, c.org_id, c.id, &list, &n);
	if (e)
		return e;
	out->participants.items = arena_array(tx->arena, n + 1, sizeof *out->participants.items);
	if (!out->participants.items)
		return ERR_NOMEM;
	for (size_t i = 0; !e && i < n; i++)
		e = call_person_to_api(tx, &list[i], &out->participants.items[out->participants.n++]);
	return e;
}

static enum err check_room(struct tx *tx, const struct call_row *c)
{
	int64_t in, viewers, hands;
	enum err e = call_sql_count(tx, c->org_id, c->id, API_CALL_STATE_IN, &in);
	if (!e)
		e = call_sql_viewers(tx, c->org_id, c->id, &viewers, &hands);
	return !e && in - viewers >= LESSON_IN_MAX ? tx_refuse(tx, API_CONFLICT, NULL, "conflict.call_full") : e;
}

enum err broadcast_stage(struct tx *tx, const struct api_broadcast_stage *in, struct api_empty *out)
{
	(void)out;
	struct call_row c;
	struct participant p;
	bool is;
	enum err e = running_broadcast(tx, in->call_id, &c);
	if (!e)
		e = call_sql_person(tx, c.org_id, c.id, in->participant_id, &p, &is);
	if (!e && !(is && p.person_id))
		e = tx_refuse(tx, API_NOT_FOUND, "participant_id", NULL);
	if (!e && p.state != API_CALL_STATE_IN)
		e = tx_refuse(tx, API_CONFLICT, "participant_id", "conflict.call_not_there");
	if (!e && call_runs(p.role))
		e = tx_refuse(tx, API_FORBIDDEN, "participant_id", "forbidden.call_host");
	if (e || in->speaks == (p.role == API_CALL_ROLE_MEMBER))
		return e;
	if (in->speaks)
		e = check_room(tx, &c);
	p.role = in->speaks ? API_CALL_ROLE_MEMBER : API_CALL_ROLE_VIEWER;
	p.rights = in->speaks ? (struct rights){true, true, false} : (struct rights){false, false, false};
	p.hand = p.hand_at = 0;
	p.left_stage = !in->speaks;
	if (!e)
		e = call_person_set(tx, &p, false);
	if (e)
		return e;
	call_media_stage(tx, &p);
	return broadcast_count(tx, &c);
}
