/* SPDX-License-Identifier: Apache-2.0
 *
 * The commands on content and on showing it (api/content.yaml). What a call says of it comes from the table, never from whoever shows it. On a worker's thread.
 */
#include "lesson/content.h"

#include "account/account.h"
#include "policy/audit.h"
#include "school/title.h"
#include "server/file_port.h"

static enum err find(struct tx *tx, int64_t id, struct content *out)
{
	bool found;
	enum err e = content_sql_get(tx, tx_org(tx).v, id, out, &found);
	return e || found ? e : tx_refuse(tx, API_NOT_FOUND, "content_id", NULL);
}

static enum err to_api(struct tx *tx, const struct content *k, struct api_content *out)
{
	struct file_info file;
	*out = (struct api_content){
		.id = k->id, .org_id = k->org_id, .kind = k->kind, .title = k->title, .created_at = k->created_at,
		.has_subject = k->subject.n != 0, .subject = k->subject, .has_grade = k->grade.n != 0, .grade = k->grade,
		.has_source = k->source.n != 0, .source = k->source, .has_url = k->url.n != 0, .url = k->url,
		.has_verified = k->verified_at != 0, .verified = {.at = k->verified_at, .list = k->verified_list},
	};
	enum err e = k->verified_at ? account_person_get(tx, (struct person_id){k->verified_by}, &out->verified.by) : ERR_OK;
	if (e || !k->file_id)
		return e;
	e = file_ports()->held(tx, FILE_HELD_BY_CONTENT, k->id, k->file_id, &file);
	if (e)
		return e == ERR_NOT_FOUND ? ERR_OK : e;
	out->has_file_id = out->has_media_type = out->has_size = true;
	out->file_id = k->file_id;
	out->media_type = file.media_type;
	out->size = file.size;
	return ERR_OK;
}

enum err content_list(struct tx *tx, const struct api_content_ask *in, struct api_content_list *out)
{
	struct content *list;
	size_t n;
	(void)in;
	enum err e = content_sql_list(tx, tx_org(tx).v, &list, &n);
	if (e)
		return e;
	out->content.items = arena_array(tx->arena, n + 1, sizeof *out->content.items);
	if (!out->content.items)
		return ERR_NOMEM;
	for (size_t i = 0; !e && i < n; i++)
		e = to_api(tx, &list[i], &out->content.items[out->content.n++]);
	return e;
}

/* --- kept by administrators */

static bool is_https(struct str url)
{
	for (size_t i = 0; i < url.n; i++)
		if ((unsigned char)url.p[i] <= ' ' || url.p[i] == '"' || url.p[i] == '<' || url.p[i] == '>' || url.p[i] == '\\' || (unsigned char)url.p[i] == 0x7f)
			return false;
	return str_starts(url, STR("https://")) && url.n > 8 && url.p[8] != '/';
}

static enum err read_texts(struct tx *tx, const struct api_content_put *in, struct content *k)
{
	const struct { bool has; struct str in; const char *field; struct str *out; } texts[] = {{true, in->title, "title", &k->title},
		{in->has_subject, in->subject, "subject", &k->subject}, {in->has_grade, in->grade, "grade", &k->grade}, {in->has_source, in->source, "source", &k->source}};
	enum err e = ERR_OK;
	for (size_t i = 0; !e && i < sizeof texts / sizeof *texts; i++) {
		*texts[i].out = STR("");
		if (texts[i].has)
			e = title_clean(tx, texts[i].in, texts[i].field, texts[i].out);
	}
	bool file = in->kind == API_CONTENT_KIND_FILE;
	if (!e && file != in->has_file_id)
		e = tx_refuse(tx, API_INVALID_FIELD, "file_id", NULL);
	if (!e && (file == in->has_url || (in->has_url && !is_https(in->url))))
		e = tx_refuse(tx, API_INVALID_FIELD, "url", NULL);
	k->kind = in->kind;
	k->url = file ? STR("") : in->url;
	return e;
}

static enum err tell_calls(struct tx *tx, const struct content *k, bool gone)
{
	int64_t *calls;
	size_t n;
	enum err e = content_sql_calls(tx, k->org_id, k->id, &calls, &n);
	for (size_t i = 0; !e && i < n; i++) {
		struct call_row c;
		bool found;
		if (gone)
			e = content_sql_show(tx, k->org_id, calls[i], 0, 0);
		if (!e)
			e = call_sql_get(tx, k->org_id, calls[i], &c, &found);
		if (!e && found)
			e = call_tell(tx, &c);
	}
	return e;
}

static enum err take_file(struct tx *tx, struct content *k, int64_t file)
{
	const struct file_claim claim = {.file_id = file, .purpose = FILE_FOR_CONTENT, .org = tx_org(tx), .holder = FILE_HELD_BY_CONTENT, .holder_id = k->id, .field = "file_id"};
	int64_t former = k->file_id;
	if (former == file)
		return ERR_OK;
	k->file_id = file;
	enum err e = file ? file_ports()->take(tx, &claim, NULL) : ERR_OK;
	return e || !former ? e : file_ports()->release(tx, FILE_HELD_BY_CONTENT, k->id, former);
}

static enum err add(struct tx *tx, struct content *k)
{
	int64_t n;
	enum err e = content_sql_count(tx, k->org_id, &n);
	if (!e && n >= CONTENT_MAX)
		e = tx_refuse(tx, API_CONFLICT, NULL, "conflict.content_many");
	return e ? e : content_sql_insert(tx, k, &k->id);
}

enum err content_put(struct tx *tx, const struct api_content_put *in, struct api_content *out)
{
	struct content k = {.org_id = tx_org(tx).v, .created_at = tx->now_ms, .verified_list = STR("")};
	enum err e = in->has_content_id ? find(tx, in->content_id, &k) : ERR_OK;
	if (!e)
		e = read_texts(tx, in, &k);
	if (!e && !in->has_content_id)
		e = add(tx, &k);
	if (!e)
		e = take_file(tx, &k, in->has_file_id ? in->file_id : 0);
	k.verified_by = k.verified_at = 0; /* what was verified was the former */
	k.verified_list = STR("");
	if (!e)
		e = content_sql_put(tx, &k);
	if (!e)
		e = tell_calls(tx, &k, false);
	return e ? e : to_api(tx, &k, out);
}

enum err content_remove(struct tx *tx, const struct api_content_remove *in, struct api_empty *out)
{
	(void)out;
	struct content k;
	enum err e = find(tx, in->content_id, &k);
	if (!e)
		e = take_file(tx, &k, 0);
	if (!e)
		e = tell_calls(tx, &k, true);
	return e ? e : content_sql_delete(tx, &k);
}

enum err content_verify(struct tx *tx, const struct api_content_verify *in, struct api_content *out)
{
	struct content k;
	enum err e = find(tx, in->content_id, &k);
	k.verified_list = STR("");
	if (!e && in->has_list)
		e = title_clean(tx, in->list, "list", &k.verified_list);
	if (e)
		return e;
	k.verified_by = in->has_list ? tx->actor.person.v : 0;
	k.verified_at = in->has_list ? tx->now_ms : 0;
	e = content_sql_put(tx, &k);
	if (!e)
		e = audit_add(tx, tx_org(tx), in->has_list ? "content_verify" : "content_unverify", "content", k.id, audit_detail(tx, "s", "title", k.title));
	if (!e)
		e = tell_calls(tx, &k, false);
	return e ? e : to_api(tx, &k, out);
}

/* Of its file. */
enum err lesson_content_seen(struct tx *tx, struct org_id org, int64_t id, bool *out)
{
	enum role role;
	(void)id;
	enum err e = school_member_role(tx, org, tx->actor.person, &role);
	*out = !e && school_is_staff(role);
	return e == ERR_NOT_FOUND ? ERR_OK : e;
}

/* --- shown in a call */

enum err content_shown_end(struct tx *tx, const struct participant *p)
{
	struct call_row c;
	bool found;
	enum err e = call_sql_get(tx, p->org_id, p->call_id, &c, &found);
	if (e || !found || c.ended_at || !c.showing.id || c.showing.participant_id != p->id)
		return e;
	e = content_sql_show(tx, c.org_id, c.id, 0, 0);
	return e ? e : call_tell(tx, &c);
}

static void field(struct json_writer *w, const char *name, struct str value)
{
	if (!value.n)
		return;
	json_key(w, name);
	json_str(w, value);
}

/* A link stands in the chat too, so that it is found afterwards. */
static enum err offer_link(struct tx *tx, const struct call_row *c, const struct content *k)
{
	struct relation rel;
	struct buf json;
	struct json_writer w;
	int64_t seq;
	enum err e = chat_member_relation(tx, (struct chat_id){c->chat_id}, tx->actor.person, &rel);
	if (e || k->kind != API_CONTENT_KIND_LINK || !rel.chat_writer)
		return e;
	buf_init(&json, 8192);
	json_writer_init(&w, &json);
	json_open_object(&w);
	field(&w, "type", STR("content"));
	field(&w, "title", k->title);
	field(&w, "url", k->url);
	field(&w, "source", k->source);
	field(&w, "verified_list", k->verified_list);
	json_close_object(&w);
	e = json.err ? json.err : chat_card(tx, (struct org_id){c->org_id}, (struct chat_id){c->chat_id}, buf_str(&json), &seq);
	buf_release(&json);
	return e;
}

static enum err show(struct tx *tx, const struct call_row *c, const struct participant *p, int64_t id)
{
	struct content k;
	if (!school_is_staff(tx->rel.role) || p->state != API_CALL_STATE_IN || p->role == API_CALL_ROLE_VIEWER || !p->rights.screen)
		return tx_refuse(tx, API_FORBIDDEN, NULL, "forbidden.call_show");
	enum err e = find(tx, id, &k);
	if (!e && c->showing.id && c->showing.participant_id != p->id)
		e = tx_refuse(tx, API_CONFLICT, NULL, "conflict.call_shown");
	if (e || c->showing.id == id)
		return e;
	e = content_sql_show(tx, c->org_id, c->id, id, p->id);
	if (!e)
		e = offer_link(tx, c, &k);
	return e ? e : call_tell(tx, c);
}

enum err call_show(struct tx *tx, const struct api_call_show *in, struct api_empty *out)
{
	(void)out;
	struct call_row c;
	struct participant p;
	bool is;
	enum err e = call_running(tx, in->call_id, &c);
	if (!e)
		e = call_sql_person_of(tx, c.org_id, c.id, tx->actor.person.v, &p, &is);
	if (e)
		return e;
	if (!is)
		p = (struct participant){.state = API_CALL_STATE_LEFT};
	if (in->has_content_id)
		return show(tx, &c, &p, in->content_id);
	if (!c.showing.id)
		return ERR_OK;
	if (c.showing.participant_id != p.id && !tx->rel.call_host && !call_runs(p.role))
		return tx_refuse(tx, API_FORBIDDEN, NULL, "forbidden.call_show");
	e = content_sql_show(tx, c.org_id, c.id, 0, 0);
	return e ? e : call_tell(tx, &c);
}
