/* SPDX-License-Identifier: Apache-2.0
 *
 * The rules of lessons and meetings: how they are shown and told, how their calls begin. Private to room lesson; on a worker's thread.
 */
#include "lesson/broadcast.h"

#include "base/vec.h"
#include "server/media_port.h"

#include <jansson.h>

static enum err read_materials(struct tx *tx, struct str json, struct api_lesson *out)
{
	json_t *list = json_loadb(json.p, json.n, 0, NULL);
	size_t n = json_array_size(list);
	out->materials.items = arena_array(tx->arena, n + 1, sizeof *out->materials.items);
	for (size_t i = 0; out->materials.items && i < n; i++) {
		const json_t *m = json_array_get(list, i), *url = json_object_get(m, "url");
		struct api_lesson_material *to = &out->materials.items[out->materials.n++];
		to->title = arena_str(tx->arena, str_of(json_string_value(json_object_get(m, "title"))));
		to->has_url = url != NULL;
		if (url)
			to->url = arena_str(tx->arena, str_of(json_string_value(url)));
	}
	json_decref(list);
	return out->materials.items && !arena_failed(tx->arena) ? ERR_OK : ERR_NOMEM;
}

enum err plan_to_api(struct tx *tx, const struct plan *p, struct api_lesson *out)
{
	bool living;
	*out = (struct api_lesson){
		.id = p->id,
		.org_id = p->org_id,
		.chat_id = p->chat_id,
		.kind = p->kind,
		.title = p->title,
		.starts_at = p->starts_at,
		.minutes = p->minutes,
		.creator_id = p->creator_id,
		.cancelled = p->cancelled,
		.has_series_id = p->series_id != 0,
		.series_id = p->series_id,
		.waiting_room = p->waiting_room,
		.has_agenda = p->agenda.n != 0,
		.agenda = p->agenda,
		.has_protocol = p->protocol.n != 0,
		.protocol = p->protocol,
		.has_call_id = p->call_id != 0,
		.call_id = p->call_id,
		.has_silent = p->silent,
		.silent = p->silent,
		.has_slot_minutes = p->slot_minutes != 0,
		.slot_minutes = p->slot_minutes,
		.has_slots_taken = p->slot_minutes != 0,
	};
	enum err e = read_materials(tx, p->materials, out);
	if (!e && p->subject_id) {
		out->has_subject = true;
		e = school_subject_name(tx, (struct org_id){p->org_id}, (struct subject_id){p->subject_id}, &out->subject, &living);
	}
	if (!e)
		e = plan_sql_invited(tx, p->org_id, p->id, &out->invited_ids.items, &out->invited_ids.n);
	out->has_invited_ids = !e && out->invited_ids.n;
	if (!e && p->kind == API_LESSON_KIND_BROADCAST)
		e = broadcast_sql_chats(tx, p->org_id, p->id, &out->also_chat_ids.items, &out->also_chat_ids.n);
	out->has_also_chat_ids = !e && out->also_chat_ids.n;
	return e || !p->slot_minutes ? e : plan_slots_taken(tx, p, &out->slots_taken.items, &out->slots_taken.n);
}

enum err plan_answer(struct tx *tx, const struct plan *p, struct api_lesson *out)
{
	int64_t mine = -1;
	enum err e = plan_to_api(tx, p, out);
	if (!e && p->slot_minutes)
		e = plan_slot_of(tx, p, tx->actor.person.v, &mine);
	out->has_my_slot = mine >= 0;
	out->my_slot = mine;
	return e;
}

/* --- found */

enum err plan_find(struct tx *tx, int64_t chat, int64_t id, struct plan *out)
{
	bool found;
	enum err e = plan_sql_get(tx, tx_org(tx).v, id, out, &found);
	return e || (found && out->chat_id == chat) ? e : tx_refuse(tx, API_NOT_FOUND, "lesson_id", NULL);
}

bool plan_is_mine(const struct tx *tx, const struct plan *p)
{
	return p->creator_id == tx->actor.person.v || tx->rel.unit_lead || tx->rel.chat_keeper || school_follows_org(tx->rel.role);
}

enum err plan_find_mine(struct tx *tx, int64_t chat, int64_t id, struct plan *out)
{
	enum err e = plan_find(tx, chat, id, out);
	return e || plan_is_mine(tx, out) ? e : tx_refuse(tx, API_FORBIDDEN, NULL, "forbidden.lesson_others");
}

enum err plan_tell(struct tx *tx, const struct plan *p)
{
	struct api_lesson_changed_event event;
	enum err e = plan_to_api(tx, p, &event.lesson);
	if (!e)
		e = event_lesson_changed(tx, chat_stream((struct chat_id){p->chat_id}), &event);
	for (size_t i = 0; !e && i < event.lesson.also_chat_ids.n; i++)
		e = event_lesson_changed(tx, chat_stream((struct chat_id){event.lesson.also_chat_ids.items[i]}), &event);
	for (size_t i = 0; !e && i < event.lesson.invited_ids.n; i++)
		e = event_lesson_invited(tx, person_stream((struct person_id){event.lesson.invited_ids.items[i]}),
			&(struct api_lesson_invited_event){.lesson = event.lesson});
	return e;
}

/* --- of a person */

struct chats { VEC(int64_t) ids; };

static void add_chat(void *user, struct stream_id s, int64_t head)
{
	(void)head;
	struct chats *c = user;
	if (stream_kind_of(s) == STREAM_CHAT)
		VEC_PUSH(&c->ids, stream_object(s));
}

static int by_start(const void *a, const void *b)
{
	const struct plan *x = a, *y = b;
	return x->starts_at != y->starts_at ? (x->starts_at < y->starts_at ? -1 : 1) : x->id < y->id ? -1 : x->id > y->id;
}

enum err plan_of_person(struct tx *tx, struct person_id person, int64_t from, int64_t to, struct plan **items_out, size_t *n_out)
{
	struct chats chats = {VEC_INIT};
	VEC(struct plan) all = VEC_INIT;
	struct plan *some;
	size_t n;
	enum err e = chat_list_streams(tx, person, add_chat, &chats);
	for (size_t i = 0; !e && i <= chats.ids.n; i++) {
		bool last = i == chats.ids.n;
		e = last ? plan_sql_invited_to(tx, person.v, from, to, &some, &n) : plan_sql_of_chat(tx, chats.ids.p[i], from, to, &some, &n);
		for (size_t k = 0; !e && k < n; k++)
			VEC_PUSH(&all, some[k]);
	}
	if (all.n)
		qsort(all.p, all.n, sizeof *all.p, by_start);
	*items_out = arena_array(tx->arena, all.n + 1, sizeof **items_out);
	*n_out = 0;
	for (size_t i = 0; *items_out && i < all.n && *n_out < PLAN_LIST_MAX; i++)
		if (!*n_out || (*items_out)[*n_out - 1].id != all.p[i].id) /* in the chat and invited too */
			(*items_out)[(*n_out)++] = all.p[i];
	VEC_RELEASE(&all);
	VEC_RELEASE(&chats.ids);
	return e ? e : *items_out ? ERR_OK : ERR_NOMEM;
}

/* --- its call */

enum err plan_open(struct tx *tx, struct plan *p, struct person_id host, struct call_row *out)
{
	struct chat_face face;
	bool found;
	enum err e = chat_face_get(tx, (struct org_id){p->org_id}, (struct chat_id){p->chat_id}, &face);
	if (!e)
		e = call_sql_running(tx, p->org_id, p->chat_id, out, &found);
	if (!e && !found) {
		*out = (struct call_row){.org_id = p->org_id, .chat_id = p->chat_id, .kind = API_CALL_KIND_VIDEO, .title = p->title, .host_id = host.v,
			.waiting_room = p->waiting_room, .lesson_id = p->id, .broadcast = p->kind == API_LESSON_KIND_BROADCAST};
		e = call_begin(tx, &face, out);
		out->rights.audio = !p->silent;
		if (!e && p->silent)
			e = call_sql_put(tx, out);
	} else if (!e && !out->lesson_id && p->kind != API_LESSON_KIND_BROADCAST) { /* a broadcast needs a call of its own */
		out->lesson_id = p->id;
		e = call_sql_put(tx, out);
		if (!e)
			e = call_tell(tx, out);
	}
	if (e || out->lesson_id != p->id || p->call_id == out->id)
		return e;
	p->call_id = out->id;
	p->told = true;
	e = plan_sql_put(tx, p);
	return e ? e : plan_tell(tx, p);
}

/* In the name of whoever planned it, while he may still speak there. */
static enum err begin_by_itself(struct tx *tx, struct plan *p)
{
	struct relation rel;
	struct call_row c;
	p->told = true;
	enum err e = plan_sql_put(tx, p);
	if (!e)
		e = chat_member_relation(tx, (struct chat_id){p->chat_id}, (struct person_id){p->creator_id}, &rel);
	if (e || !rel.chat_writer || media_port()->off || tx->now_ms - p->starts_at > PLAN_STALE_MS)
		return e;
	struct actor nobody = tx->actor;
	tx->actor.person.v = p->creator_id;
	e = plan_open(tx, p, tx->actor.person, &c);
	tx->actor = nobody;
	return e;
}

enum err plan_upkeep(struct tx *tx)
{
	struct plan *due;
	size_t n;
	enum err e = plan_sql_due(tx, &due, &n);
	for (size_t i = 0; !e && i < n; i++)
		e = begin_by_itself(tx, &due[i]);
	return e;
}
