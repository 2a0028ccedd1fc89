/* SPDX-License-Identifier: Apache-2.0
 *
 * The commands of help (api/support.yaml). On a worker's thread, inside a transaction; the rights were checked before.
 */
#include "support/support.h"

#include "base/utf8.h"
#include "policy/audit.h"
#include "school/region.h"
#include "school/school.h"
#include "school/title.h"

static enum err region_of(struct tx *tx, bool has, struct str in, struct str *out)
{
	*out = has ? str_trim_ascii(in) : STR("");
	return out->n && !region_known(*out) ? tx_refuse(tx, API_INVALID_FIELD, "region", "invalid_field.region") : ERR_OK;
}

static bool is_control(unsigned char c)
{
	return (c < 0x20 && c != '\n' && c != '\t') || c == 0x7f;
}

/* Lines and ordinary signs, at least one of them. */
static enum err text_of(struct tx *tx, struct str in, struct str *out)
{
	struct str text = str_trim_ascii(in);
	bool bad = !text.n;
	for (size_t i = 0; i < text.n; i++)
		bad |= is_control((unsigned char)text.p[i]);
	*out = text;
	return bad ? tx_refuse(tx, API_INVALID_FIELD, "text", "invalid_field.help_text") : ERR_OK;
}

/* A link leads to another site by https, and to nothing that a browser would run. */
static bool is_url(struct str url)
{
	if (!str_starts(url, STR("https://")) || url.n < sizeof "https://a")
		return false;
	for (size_t i = 0; i < url.n; i++) {
		unsigned char c = (unsigned char)url.p[i];
		if (c <= 0x20 || c == 0x7f || c == '"' || c == '<' || c == '>' || c == '\\' || c == '`')
			return false;
	}
	return true;
}

static enum err links_of(struct tx *tx, const struct api_help_save *in, struct api_help_page *out)
{
	enum err e = ERR_OK;
	out->links.n = in->links.n;
	out->links.items = arena_array(tx->arena, in->links.n + 1, sizeof *out->links.items);
	if (!out->links.items)
		return ERR_NOMEM;
	for (size_t i = 0; !e && i < in->links.n; i++) {
		out->links.items[i].url = str_trim_ascii(in->links.items[i].url);
		e = title_clean(tx, in->links.items[i].label, "links", &out->links.items[i].label);
		if (!e && !is_url(out->links.items[i].url))
			e = tx_refuse(tx, API_INVALID_FIELD, "links", "invalid_field.help_link");
	}
	return e;
}

enum err help_list(struct tx *tx, const struct api_help_list *in, struct api_help_pages *out)
{
	(void)in;
	out->pages.items = arena_array(tx->arena, HELP_PAGES_MAX, sizeof *out->pages.items);
	enum err e = out->pages.items ? school_org_region(tx, tx_org(tx), &out->region) : ERR_NOMEM;
	if (!e)
		e = help_sql_contact(tx, out->region, &out->contact);
	return e ? e : help_sql_list(tx, false, out->region, out->pages.items, HELP_PAGES_MAX, &out->pages.n);
}

enum err help_all(struct tx *tx, const struct api_empty *in, struct api_help_desk *out)
{
	(void)in;
	out->pages.items = arena_array(tx->arena, HELP_PAGES_MAX, sizeof *out->pages.items);
	out->contacts.items = arena_array(tx->arena, HELP_CONTACTS_MAX, sizeof *out->contacts.items);
	if (!out->pages.items || !out->contacts.items)
		return ERR_NOMEM;
	enum err e = help_sql_list(tx, true, STR(""), out->pages.items, HELP_PAGES_MAX, &out->pages.n);
	return e ? e : help_sql_contacts(tx, out->contacts.items, HELP_CONTACTS_MAX, &out->contacts.n);
}

enum err help_save(struct tx *tx, const struct api_help_save *in, struct api_help_page *out)
{
	int64_t n = 0;
	struct api_help_page page = {.category = in->category, .place = in->place};
	enum err e = in->has_page_id ? help_sql_get(tx, in->page_id, out) : help_sql_count(tx, &n);
	if (e == ERR_NOT_FOUND)
		return tx_refuse(tx, API_NOT_FOUND, "page_id", NULL);
	if (!e && n >= HELP_PAGES_MAX)
		return tx_refuse(tx, API_CONFLICT, NULL, "conflict.help_full");
	page.id = in->has_page_id ? in->page_id : 0;
	if (!e)
		e = region_of(tx, in->has_region, in->region, &page.region);
	if (!e)
		e = title_clean(tx, in->title, "title", &page.title);
	if (!e)
		e = text_of(tx, in->text, &page.text);
	if (!e)
		e = links_of(tx, in, &page);
	if (!e)
		e = page.id ? help_sql_set(tx, &page) : help_sql_add(tx, &page, &page.id);
	if (!e)
		e = audit_add(tx, AUDIT_INSTALLATION, "help_save", "help", page.id, audit_detail(tx, "ss", "title", page.title, "region", page.region));
	return e ? e : help_sql_get(tx, page.id, out);
}

enum err help_remove(struct tx *tx, const struct api_help_remove *in, struct api_empty *out)
{
	(void)out;
	struct api_help_page page;
	enum err e = help_sql_get(tx, in->page_id, &page);
	if (e == ERR_NOT_FOUND)
		return tx_refuse(tx, API_NOT_FOUND, "page_id", NULL);
	if (!e)
		e = help_sql_remove(tx, in->page_id);
	return e ? e : audit_add(tx, AUDIT_INSTALLATION, "help_remove", "help", in->page_id, audit_detail(tx, "s", "title", page.title));
}

enum err help_contact_set(struct tx *tx, const struct api_help_contact_set *in, struct api_help_contact *out)
{
	enum err e = region_of(tx, in->has_region, in->region, &out->region);
	out->text = STR("");
	if (!e && str_trim_ascii(in->text).n)
		e = title_clean(tx, in->text, "text", &out->text);
	if (!e)
		e = help_sql_contact_set(tx, out->region, out->text);
	return e ? e : audit_add(tx, AUDIT_INSTALLATION, "help_contact_set", "help", 0, audit_detail(tx, "s", "region", out->region));
}
