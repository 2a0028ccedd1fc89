/* SPDX-License-Identifier: Apache-2.0
 *
 * Commands on what an organisation tells of itself: its card with the history of edits (R8) and its documents (R1); api/org.yaml.
 */
#include "policy/audit.h"
#include "school/org.h"
#include "school/org_sql.h"
#include "school/region.h"
#include "school/roster.h"
#include "school/title.h"
#include "server/file_port.h"
#include "server/format.h"

/* --- the card */

enum err org_card_get(struct tx *tx, const struct api_org_card_get *in, struct api_org_card *out)
{
	(void)in;
	return org_sql_card(tx, tx_org(tx), out);
}

/* One text of the card: what is empty was taken away. */
static enum err clean(struct tx *tx, struct str in, enum api_org_card_edit_field field, const char *name, struct str *out)
{
	*out = str_trim_ascii(in);
	bool needed = field == API_ORG_CARD_EDIT_FIELD_NAME || field == API_ORG_CARD_EDIT_FIELD_SHORT_NAME;
	if (!out->n && !needed)
		return ERR_OK;
	enum err e = title_clean(tx, in, name, out);
	if (e)
		return e;
	if (field == API_ORG_CARD_EDIT_FIELD_REGION && !region_known(*out))
		return tx_refuse(tx, API_INVALID_FIELD, name, "invalid_field.region");
	if (field == API_ORG_CARD_EDIT_FIELD_INN && !inn_valid(*out))
		return tx_refuse(tx, API_INVALID_FIELD, name, "invalid_field.inn");
	if (field == API_ORG_CARD_EDIT_FIELD_EMAIL && format_email(tx->arena, *out, out))
		return tx_refuse(tx, API_INVALID_FIELD, name, "invalid_field.email");
	return ERR_OK;
}

struct change { bool given; struct str in; enum api_org_card_edit_field field; const char *name; struct str *at; };

static enum err change(struct tx *tx, const struct change *c, size_t *n)
{
	struct str now;
	enum err e = c->given ? clean(tx, c->in, c->field, c->name, &now) : ERR_OK;
	if (e || !c->given || str_eq(now, *c->at))
		return e;
	e = org_sql_edit_add(tx, tx_org(tx), c->field, *c->at, now);
	*c->at = now;
	++*n;
	return e;
}

enum err org_tell(struct tx *tx, struct org_id org, enum api_org_changed_event_what what)
{
	return event_org_changed(tx, org_stream(org), &(struct api_org_changed_event){.what = what});
}

enum err org_tell_members(struct tx *tx, struct org_id org)
{
	int64_t *ids;
	size_t n;
	enum err e = org_sql_member_ids(tx, org, &ids, &n);
	for (size_t i = 0; !e && i < n; i++) {
		struct api_membership_changed_event changed;
		e = roster_membership(tx, org, (struct person_id){ids[i]}, &changed.membership);
		if (!e)
			e = event_membership_changed(tx, person_stream((struct person_id){ids[i]}), &changed);
	}
	return e;
}

static struct str type_word(enum api_org_type type)
{
	return str_of(api_org_type_name(type));
}

enum err org_card_set(struct tx *tx, const struct api_org_card_set *in, struct api_org_card *out)
{
	struct org_id org = tx_org(tx);
	size_t n = 0, named = 0;
	enum err e = org_sql_card(tx, org, out);
	if (e)
		return e;
	const struct change names[] = {
		{in->has_name, in->name, API_ORG_CARD_EDIT_FIELD_NAME, "name", &out->org.name},
		{in->has_short_name, in->short_name, API_ORG_CARD_EDIT_FIELD_SHORT_NAME, "short_name", &out->org.short_name},
	};
	const struct change others[] = {
		{in->has_region, in->region, API_ORG_CARD_EDIT_FIELD_REGION, "region", &out->region},
		{in->has_address, in->address, API_ORG_CARD_EDIT_FIELD_ADDRESS, "address", &out->address},
		{in->has_inn, in->inn, API_ORG_CARD_EDIT_FIELD_INN, "inn", &out->inn},
		{in->has_director, in->director, API_ORG_CARD_EDIT_FIELD_DIRECTOR, "director", &out->director},
		{in->has_email, in->email, API_ORG_CARD_EDIT_FIELD_EMAIL, "email", &out->email},
		{in->has_phone, in->phone, API_ORG_CARD_EDIT_FIELD_PHONE, "phone", &out->phone},
		{in->has_site, in->site, API_ORG_CARD_EDIT_FIELD_SITE, "site", &out->site},
	};
	for (size_t i = 0; !e && i < sizeof names / sizeof *names; i++)
		e = change(tx, &names[i], &named);
	if (!e && in->has_type && in->type != out->org.type) {
		e = org_sql_edit_add(tx, org, API_ORG_CARD_EDIT_FIELD_TYPE, type_word(out->org.type), type_word(in->type));
		out->org.type = in->type;
		named++;
	}
	for (size_t i = 0; !e && i < sizeof others / sizeof *others; i++)
		e = change(tx, &others[i], &n);
	if (e || n + named == 0)
		return e;
	e = org_sql_set_card(tx, org, out);
	if (!e)
		e = audit_add(tx, org, "card_edit", "org", org.v, audit_detail(tx, "i", "fields", (int64_t)(n + named)));
	if (!e && named)
		e = org_tell_members(tx, org);
	if (!e && named && school_hooks()->curators_changed)
		e = school_hooks()->curators_changed(tx, org);
	if (!e && named && school_hooks()->org_renamed)
		e = school_hooks()->org_renamed(tx, org);
	if (!e)
		e = org_tell(tx, org, API_ORG_CHANGED_EVENT_WHAT_CARD);
	return e ? e : org_sql_card(tx, org, out);
}

/* The name of the logo's file, for the history; empty without one. */
static enum err logo_name(struct tx *tx, struct org_id org, const struct api_org *of, struct str *out)
{
	struct file_info info;
	*out = STR("");
	enum err e = of->has_logo_id ? file_ports()->held(tx, FILE_HELD_BY_LOGO, org.v, of->logo_id, &info) : ERR_NOT_FOUND;
	if (!e)
		*out = info.name;
	return e == ERR_NOT_FOUND ? ERR_OK : e;
}

enum err org_logo_set(struct tx *tx, const struct api_org_logo_set *in, struct api_org_card *out)
{
	struct org_id org = tx_org(tx);
	struct file_info info = {.name = STR("")};
	struct str was;
	const struct file_claim claim = {.file_id = in->file_id, .purpose = FILE_FOR_LOGO, .org = org, .holder = FILE_HELD_BY_LOGO,
		.holder_id = org.v, .field = "file_id"};
	enum err e = org_sql_card(tx, org, out);
	bool same = !e && (in->has_file_id ? out->org.has_logo_id && out->org.logo_id == in->file_id : !out->org.has_logo_id);
	if (e || same)
		return e;
	e = logo_name(tx, org, &out->org, &was);
	if (!e && in->has_file_id)
		e = file_ports()->take(tx, &claim, &info);
	if (!e && out->org.has_logo_id)
		e = file_ports()->release(tx, FILE_HELD_BY_LOGO, org.v, out->org.logo_id);
	if (!e)
		e = org_sql_set_logo(tx, org, in->has_file_id ? in->file_id : 0);
	if (!e)
		e = org_sql_edit_add(tx, org, API_ORG_CARD_EDIT_FIELD_LOGO, was, info.name);
	if (!e)
		e = audit_add(tx, org, in->has_file_id ? "logo_set" : "logo_remove", "org", org.v, STR(""));
	if (!e)
		e = org_tell_members(tx, org);
	if (!e)
		e = org_tell(tx, org, API_ORG_CHANGED_EVENT_WHAT_CARD);
	return e ? e : org_sql_card(tx, org, out);
}

enum err org_card_history(struct tx *tx, const struct api_org_card_history *in, struct api_org_card_edit_page *out)
{
	size_t limit = in->has_limit ? (size_t)in->limit : SCHOOL_PAGE_DEFAULT, n;
	struct api_org_card_edit *items = arena_array(tx->arena, limit + 1, sizeof *items);
	if (!items)
		return ERR_NOMEM;
	enum err e = org_sql_edits(tx, tx_org(tx), in->has_before ? in->before : 0, items, limit + 1, &n);
	out->edits.items = items;
	out->edits.n = n < limit ? n : limit;
	for (size_t i = 0; !e && i < out->edits.n; i++)
		e = account_person_get(tx, (struct person_id){items[i].person.id}, &items[i].person);
	out->has_next_before = n > limit;
	if (n > limit)
		out->next_before = items[limit - 1].id;
	return e;
}

/* --- documents */

void org_held_file(const struct file_info *info, struct api_held_file *out)
{
	*out = (struct api_held_file){.id = info->id, .name = info->name, .size = info->size, .media_type = info->media_type};
}

static enum err fill_document(struct tx *tx, struct org_id org, struct api_org_document *d)
{
	struct file_info file;
	enum err e = file_ports()->held(tx, FILE_HELD_BY_ORG, org.v, d->file.id, &file);
	if (!e)
		org_held_file(&file, &d->file);
	return e ? e : account_person_get(tx, (struct person_id){d->person.id}, &d->person);
}

/* The first local act is what a draft waits for (R1). */
static enum err activate(struct tx *tx, struct org_id org)
{
	struct api_org now;
	enum err e = org_sql_get(tx, org, &now);
	if (e || now.state != API_ORG_STATE_DRAFT)
		return e;
	e = org_sql_set_state(tx, org, API_ORG_STATE_ACTIVE);
	if (!e)
		e = audit_add(tx, org, "org_activate", "org", org.v, STR(""));
	return e ? e : org_tell_members(tx, org);
}

enum err org_document_add(struct tx *tx, const struct api_org_document_add *in, struct api_org_document *out)
{
	struct org_id org = tx_org(tx);
	int64_t last = 0;
	enum api_org_document_kind kind = in->kind;
	struct file_info file;
	*out = (struct api_org_document){.kind = in->kind, .date = in->date, .file.id = in->file_id, .person.id = tx->actor.person.v, .at = tx->now_ms};
	enum err e = title_clean(tx, in->title, "title", &out->title);
	if (!e && in->has_number && str_trim_ascii(in->number).n)
		e = title_clean(tx, in->number, "number", &out->number);
	if (!e && in->has_replaces) {
		e = org_sql_document_last(tx, org, in->replaces, &last, &kind);
		if (e == ERR_NOT_FOUND)
			return tx_refuse(tx, API_NOT_FOUND, "replaces", NULL);
		if (!e && kind != in->kind)
			return tx_refuse(tx, API_CONFLICT, "kind", "conflict.document_kind");
	}
	int64_t count = 0;
	if (!e)
		e = org_sql_document_count(tx, org, &count);
	if (!e && count >= ORG_DOCUMENTS_MAX)
		return tx_refuse(tx, API_CONFLICT, NULL, "conflict.documents_full");
	const struct file_claim claim = {.file_id = in->file_id,
		.purpose = FILE_FOR_DOCUMENT,
		.org = org,
		.holder = FILE_HELD_BY_ORG,
		.holder_id = org.v,
		.field = "file_id"};
	if (!e)
		e = file_ports()->take(tx, &claim, &file);
	if (e)
		return e;
	out->version = last + 1;
	out->document = in->has_replaces ? in->replaces : 0;
	e = org_sql_document_add(tx, org, out, &out->id);
	if (!e && !in->has_replaces) {
		out->document = out->id;
		e = org_sql_document_start(tx, org, out->id);
	}
	if (!e)
		e = audit_add(tx, org, "document_add", "document", out->id, audit_detail(tx, "i", "version", out->version));
	if (!e && in->kind == API_ORG_DOCUMENT_KIND_ACT)
		e = activate(tx, org);
	if (!e)
		e = org_tell(tx, org, API_ORG_CHANGED_EVENT_WHAT_DOCUMENTS);
	return e ? e : fill_document(tx, org, out);
}

enum err org_document_list(struct tx *tx, const struct api_org_document_list *in, struct api_org_documents *out)
{
	(void)in;
	struct api_org_document *items = arena_array(tx->arena, ORG_DOCUMENTS_MAX, sizeof *items);
	if (!items)
		return ERR_NOMEM;
	enum err e = org_sql_documents(tx, tx_org(tx), items, ORG_DOCUMENTS_MAX, &out->documents.n);
	out->documents.items = items;
	for (size_t i = 0; !e && i < out->documents.n; i++)
		e = fill_document(tx, tx_org(tx), &items[i]);
	return e;
}
