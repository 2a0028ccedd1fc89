/* SPDX-License-Identifier: Apache-2.0
 *
 * The commands on lessons and meetings (api/lesson.yaml). Rights are checked before: staff of the organisation that knows the chat. On a
 * worker's thread.
 */
#include "chat/text.h"
#include "lesson/broadcast.h"
#include "school/title.h"
#include "server/media_port.h"

#define YEAR_MS (366 * PLAN_DAY_MS)

/* --- fields */

static enum err clean_text(struct tx *tx, struct str in, const char *field, struct str *out)
{
	*out = STR("");
	switch (chat_text_clean(tx->arena, in, out)) {
	case CHAT_TEXT_OK:
		return ERR_OK;
	case CHAT_TEXT_EMPTY:
		*out = STR("");
		return ERR_OK;
	case CHAT_TEXT_NOMEM:
		return ERR_NOMEM;
	case CHAT_TEXT_TOO_LONG:
	case CHAT_TEXT_NOT_UTF8:
		break;
	}
	return tx_refuse(tx, API_INVALID_FIELD, field, NULL);
}

static bool is_link(struct str url)
{
	for (size_t i = 0; i < url.n; i++)
		if ((unsigned char)url.p[i] <= ' ' || url.p[i] == '"' || url.p[i] == '<' || url.p[i] == '>')
			return false;
	return str_starts(url, STR("https://")) || str_starts(url, STR("http://"));
}

static enum err write_materials(struct tx *tx, const struct api_lesson_material_array *list, struct str *out)
{
	struct buf json;
	struct json_writer w;
	enum err e = ERR_OK;
	buf_init(&json, 256 * 1024);
	json_writer_init(&w, &json);
	json_open_array(&w);
	for (size_t i = 0; !e && i < list->n; i++) {
		const struct api_lesson_material *m = &list->items[i];
		struct str title;
		e = title_clean(tx, m->title, "materials", &title);
		if (!e && m->has_url && !is_link(m->url))
			e = tx_refuse(tx, API_INVALID_FIELD, "materials", NULL);
		if (e)
			break;
		json_open_object(&w);
		json_key(&w, "title");
		json_str(&w, title);
		if (m->has_url) {
			json_key(&w, "url");
			json_str(&w, m->url);
		}
		json_close_object(&w);
	}
	json_close_array(&w);
	if (!e)
		e = json.err;
	if (!e)
		*out = arena_str(tx->arena, buf_str(&json));
	buf_release(&json);
	return e ? e : out->p ? ERR_OK : ERR_NOMEM;
}

static enum err check_start(struct tx *tx, int64_t at)
{
	bool near = at > tx->now_ms - PLAN_DAY_MS && at < tx->now_ms + 2 * YEAR_MS;
	return near ? ERR_OK : tx_refuse(tx, API_INVALID_FIELD, "starts_at", NULL);
}

static enum err list_of(struct tx *tx, const struct plan *plans, size_t n, struct api_lesson_list *out)
{
	out->lessons.items = arena_array(tx->arena, n + 1, sizeof *out->lessons.items);
	if (!out->lessons.items)
		return ERR_NOMEM;
	enum err e = ERR_OK;
	for (size_t i = 0; !e && i < n; i++)
		e = plan_answer(tx, &plans[i], &out->lessons.items[out->lessons.n++]);
	return e;
}

/* --- made */

static enum err check_subject(struct tx *tx, int64_t subject)
{
	struct str name;
	bool living;
	enum err e = school_subject_name(tx, tx_org(tx), (struct subject_id){subject}, &name, &living);
	return e == ERR_NOT_FOUND || (!e && !living) ? tx_refuse(tx, API_NOT_FOUND, "subject_id", NULL) : e;
}

static enum err check_chat(struct tx *tx, int64_t chat)
{
	struct chat_face face;
	enum err e = chat_face_get(tx, tx_org(tx), (struct chat_id){chat}, &face);
	return !e && face.archived ? tx_refuse(tx, API_CONFLICT, NULL, "forbidden.chat_archived") : e;
}

static enum err insert(struct tx *tx, struct plan *p, size_t weeks, const struct api_lesson_create *in, struct api_lesson_list *out)
{
	struct plan *all = arena_array(tx->arena, weeks, sizeof *all);
	if (!all)
		return ERR_NOMEM;
	int64_t first = p->starts_at;
	enum err e = ERR_OK;
	for (size_t i = 0; !e && i < weeks; i++) {
		p->starts_at = first + (int64_t)i * 7 * PLAN_DAY_MS;
		e = plan_sql_insert(tx, p, &p->id);
		for (size_t k = 0; !e && k < in->also_chat_ids.n; k++)
			e = broadcast_sql_chat_add(tx, p, in->also_chat_ids.items[k]);
		if (!e && i == 0 && weeks > 1) {
			p->series_id = p->id;
			e = plan_sql_put(tx, p);
		}
		all[i] = *p;
		if (!e)
			e = plan_tell(tx, p);
	}
	if (!e)
		e = plan_card(tx, all, weeks, PLAN_PLANNED);
	return e ? e : list_of(tx, all, weeks, out);
}

enum err lesson_create(struct tx *tx, const struct api_lesson_create *in, struct api_lesson_list *out)
{
	struct plan p = {.org_id = tx_org(tx).v, .chat_id = in->chat_id, .kind = in->kind, .subject_id = in->has_subject_id ? in->subject_id : 0,
		.starts_at = in->starts_at, .minutes = in->minutes, .creator_id = tx->actor.person.v,
		.waiting_room = in->has_waiting_room && in->waiting_room, .silent = in->has_silent && in->silent,
		.slot_minutes = in->has_slot_minutes ? in->slot_minutes : 0, .agenda = STR(""), .protocol = STR("")};
	int64_t ahead, weeks = 1;
	enum err e = title_clean(tx, in->title, "title", &p.title);
	if (!e)
		e = check_start(tx, in->starts_at);
	if (!e && p.slot_minutes && (p.kind != API_LESSON_KIND_CONSULTATION || plan_slots(&p) < 1 || plan_slots(&p) > PLAN_SLOTS_MAX))
		e = tx_refuse(tx, API_INVALID_FIELD, "slot_minutes", NULL);
	if (!e && in->has_repeat_until) {
		weeks += (in->repeat_until - in->starts_at) / (7 * PLAN_DAY_MS);
		if (in->repeat_until < in->starts_at || weeks > PLAN_WEEKS_MAX)
			e = tx_refuse(tx, API_INVALID_FIELD, "repeat_until", NULL);
	}
	if (!e)
		e = write_materials(tx, &in->materials, &p.materials);
	if (!e && in->has_agenda)
		e = clean_text(tx, in->agenda, "agenda", &p.agenda);
	if (!e && p.subject_id)
		e = check_subject(tx, p.subject_id);
	if (!e)
		e = check_chat(tx, in->chat_id);
	if (!e)
		e = plan_sql_ahead(tx, p.org_id, p.chat_id, &ahead);
	if (!e && ahead + weeks > PLAN_AHEAD_MAX)
		e = tx_refuse(tx, API_CONFLICT, NULL, "conflict.lessons_many");
	if (!e && in->has_also_chat_ids)
		e = broadcast_check_chats(tx, in);
	return e ? e : insert(tx, &p, (size_t)weeks, in, out);
}

/* --- changed */

/* The lesson and, when asked for, those behind it in its series. */
static enum err find_all(struct tx *tx, const struct plan *p, bool following, struct plan **all_out, size_t *n_out)
{
	struct plan *behind = NULL;
	size_t n = 0;
	enum err e = following ? plan_sql_following(tx, p, &behind, &n) : ERR_OK;
	*all_out = e ? NULL : arena_array(tx->arena, n + 1, sizeof *behind);
	if (e || !*all_out)
		return e ? e : ERR_NOMEM;
	(*all_out)[0] = *p;
	if (n)
		memcpy(*all_out + 1, behind, n * sizeof *behind);
	*n_out = n + 1;
	return ERR_OK;
}

static enum err put_all(struct tx *tx, struct plan *all, size_t n, struct api_lesson_list *out)
{
	enum err e = ERR_OK;
	for (size_t i = 0; !e && i < n; i++) {
		e = plan_sql_put(tx, &all[i]);
		if (!e)
			e = plan_tell(tx, &all[i]);
	}
	return e ? e : list_of(tx, all, n, out);
}

/* A slot that somebody has taken does not vanish. */
static enum err check_slots(struct tx *tx, const struct plan *p)
{
	int64_t *taken;
	size_t n = 0;
	enum err e = p->slot_minutes ? plan_slots_taken(tx, p, &taken, &n) : ERR_OK;
	if (e || !p->slot_minutes)
		return e;
	if (plan_slots(p) < 1 || plan_slots(p) > PLAN_SLOTS_MAX)
		return tx_refuse(tx, API_INVALID_FIELD, "minutes", NULL);
	return n && taken[n - 1] >= plan_slots(p) ? tx_refuse(tx, API_CONFLICT, "minutes", "conflict.slots_taken") : ERR_OK;
}

/* Whether the chat has to know, and not only whoever looks. */
static bool is_news(const struct plan *p, const struct api_lesson_update *in, struct str title)
{
	return (in->has_title && !str_eq(title, p->title)) || (in->has_starts_at && in->starts_at != p->starts_at) || (in->has_minutes && in->minutes != p->minutes);
}

enum err lesson_update(struct tx *tx, const struct api_lesson_update *in, struct api_lesson_list *out)
{
	struct plan p, *all;
	struct str title = {0}, materials = {0}, agenda = {0}, protocol = {0};
	size_t n = 0;
	enum err e = plan_find_mine(tx, in->chat_id, in->lesson_id, &p);
	if (!e && p.cancelled)
		e = tx_refuse(tx, API_CONFLICT, NULL, "conflict.lesson_cancelled");
	if (!e && in->has_title)
		e = title_clean(tx, in->title, "title", &title);
	if (!e && in->has_starts_at)
		e = check_start(tx, in->starts_at);
	if (!e && in->has_materials)
		e = write_materials(tx, &in->materials, &materials);
	if (!e && in->has_agenda)
		e = clean_text(tx, in->agenda, "agenda", &agenda);
	if (!e && in->has_protocol)
		e = clean_text(tx, in->protocol, "protocol", &protocol);
	if (!e)
		e = find_all(tx, &p, in->has_following && in->following, &all, &n);
	int64_t shift = !e && in->has_starts_at ? in->starts_at - p.starts_at : 0;
	for (size_t i = 0; !e && i < n; i++) {
		struct plan *one = &all[i];
		one->title = in->has_title ? title : one->title;
		one->starts_at += shift;
		one->minutes = in->has_minutes ? in->minutes : one->minutes;
		one->waiting_room = in->has_waiting_room ? in->waiting_room : one->waiting_room;
		one->materials = in->has_materials ? materials : one->materials;
		one->agenda = in->has_agenda ? agenda : one->agenda;
		one->protocol = in->has_protocol && i == 0 ? protocol : one->protocol;
		one->silent = in->has_silent ? in->silent : one->silent;
		if (in->has_minutes)
			e = check_slots(tx, one);
		if (shift && one->starts_at > tx->now_ms)
			one->told = false;
	}
	if (!e)
		e = put_all(tx, all, n, out);
	return e || !is_news(&p, in, title) ? e : plan_card(tx, all, n, PLAN_CHANGED);
}

enum err lesson_cancel(struct tx *tx, const struct api_lesson_cancel *in, struct api_lesson_list *out)
{
	struct plan p, *all;
	size_t n = 0;
	enum err e = plan_find_mine(tx, in->chat_id, in->lesson_id, &p);
	if (!e)
		e = find_all(tx, &p, in->has_following && in->following, &all, &n);
	for (size_t i = 0; !e && i < n; i++)
		all[i].cancelled = true;
	if (!e)
		e = put_all(tx, all, n, out);
	return e || p.cancelled ? e : plan_card(tx, all, n, PLAN_CANCELLED);
}

/* --- its call, its people */

enum err lesson_open(struct tx *tx, const struct api_lesson_ref *in, struct api_call *out)
{
	struct plan p;
	struct call_row c;
	struct chat_face face;
	enum api_call_starters starters;
	bool may = false;
	enum err e = plan_find(tx, in->chat_id, in->lesson_id, &p);
	if (!e && p.cancelled)
		e = tx_refuse(tx, API_CONFLICT, NULL, "conflict.lesson_cancelled");
	if (!e)
		e = chat_face_get(tx, tx_org(tx), (struct chat_id){in->chat_id}, &face);
	if (!e)
		e = call_may_start(tx, &tx->rel, &face, &starters, &may);
	if (!e && !may)
		e = tx_refuse(tx, API_FORBIDDEN, NULL, "forbidden.call_starters");
	if (!e && media_port()->off)
		e = tx_refuse(tx, API_FORBIDDEN, NULL, "forbidden.calls_off");
	if (!e)
		e = plan_open(tx, &p, tx->actor.person, &c);
	if (!e && p.kind == API_LESSON_KIND_BROADCAST && c.lesson_id != p.id)
		e = tx_refuse(tx, API_CONFLICT, NULL, "conflict.call_goes_on");
	if (!e)
		call_to_api(&c, out);
	return e;
}

enum err lesson_invite(struct tx *tx, const struct api_lesson_invite *in, struct api_empty *out)
{
	(void)out;
	struct plan p;
	enum role role;
	int64_t *invited;
	size_t n;
	bool is_new = false;
	enum err e = plan_find(tx, in->chat_id, in->lesson_id, &p);
	if (e)
		return e;
	e = school_member_role(tx, tx_org(tx), (struct person_id){in->person_id}, &role);
	if (e == ERR_NOT_FOUND)
		return tx_refuse(tx, API_NOT_FOUND, "person_id", NULL);
	if (!e)
		e = plan_sql_invited(tx, p.org_id, p.id, &invited, &n);
	if (!e && n >= PLAN_INVITED_MAX)
		e = tx_refuse(tx, API_FORBIDDEN, NULL, "forbidden.lesson_invited_many");
	if (!e)
		e = plan_sql_invite(tx, &p, in->person_id, &is_new);
	return e || !is_new ? e : plan_tell(tx, &p);
}

enum err lesson_guest_link(struct tx *tx, const struct api_lesson_guest_link_make *in, struct api_lesson_guest_link *out)
{
	struct plan p;
	int64_t count;
	struct str name = STR("");
	enum err e = plan_find(tx, in->chat_id, in->lesson_id, &p);
	if (!e && p.cancelled)
		e = tx_refuse(tx, API_CONFLICT, NULL, "conflict.lesson_cancelled");
	if (!e && in->has_name)
		e = title_clean(tx, in->name, "name", &name);
	if (!e)
		e = plan_sql_link_count(tx, &p, &count);
	if (!e && count >= PLAN_LINKS_MAX)
		e = tx_refuse(tx, API_CONFLICT, NULL, "conflict.lesson_links_many");
	if (e)
		return e;
	struct secret s = secret_new();
	out->expires_at = (p.starts_at > tx->now_ms ? p.starts_at : tx->now_ms) + PLAN_DAY_MS;
	out->token = arena_str(tx->arena, str_of(s.text));
	return out->token.p ? plan_sql_link_add(tx, &p, &s, name, out->expires_at) : ERR_NOMEM;
}

/* --- looking */

enum err lesson_get(struct tx *tx, const struct api_lesson_one *in, struct api_lesson *out)
{
	struct plan p;
	struct relation rel;
	bool found, may = false;
	enum err e = plan_sql_get_any(tx, in->lesson_id, &p, &found);
	if (!e && found)
		e = chat_member_relation(tx, (struct chat_id){p.chat_id}, tx->actor.person, &rel);
	if (!e && found)
		may = rel.chat_member;
	if (!e && found && !may)
		e = plan_sql_is_invited(tx, p.org_id, p.id, tx->actor.person.v, &may);
	if (!e && !may)
		e = tx_refuse(tx, API_NOT_FOUND, "lesson_id", NULL);
	return e ? e : plan_answer(tx, &p, out);
}

enum err lesson_list(struct tx *tx, const struct api_lesson_list_get *in, struct api_lesson_list *out)
{
	struct plan *list;
	size_t n;
	if (in->to < in->from || in->to - in->from > YEAR_MS)
		return tx_refuse(tx, API_INVALID_FIELD, "to", NULL);
	enum err e = plan_of_person(tx, tx->actor.person, in->from, in->to, &list, &n);
	return e ? e : list_of(tx, list, n, out);
}

enum err calendar_link(struct tx *tx, const struct api_calendar_link *in, struct api_calendar_address *out)
{
	bool found;
	enum err e = plan_sql_calendar(tx, tx->actor.person.v, &found);
	if (e || (found && !(in->has_renew && in->renew)))
		return e;
	struct secret s = secret_new();
	char *path = arena_printf(tx->arena, LESSON_CALENDAR_PATH "/%s.ics", s.text);
	*out = (struct api_calendar_address){.made = true, .has_path = true, .path = str_of(path)};
	return path ? plan_sql_calendar_put(tx, tx->actor.person.v, &s) : ERR_NOMEM;
}
