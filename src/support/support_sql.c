/* SPDX-License-Identifier: Apache-2.0
 *
 * SQL of help. Its tables belong to the installation: no query names an organisation. See support.h.
 */
#include "support/support.h"

static enum err done(struct tx *tx, struct rows *r)
{
	enum err e = rows_close(r);
	return e ? e : arena_failed(tx->arena) ? ERR_NOMEM : ERR_OK;
}

static void read_page(struct tx *tx, struct rows *r, struct api_help_page *out)
{
	*out = (struct api_help_page){.id = rows_int(r, 0),
		.region = rows_str(r, 1, tx->arena),
		.category = (enum api_help_category)rows_int(r, 2),
		.title = rows_str(r, 3, tx->arena),
		.text = rows_str(r, 4, tx->arena),
		.place = rows_int(r, 5),
		.changed_at = rows_int(r, 6)};
}

static enum err read_links(struct tx *tx, struct api_help_page *p)
{
	struct rows r;
	p->links.items = arena_array(tx->arena, HELP_LINKS_MAX, sizeof *p->links.items);
	if (!p->links.items)
		return ERR_NOMEM;
	db_query(tx->db, &r, "SELECT label, url FROM help_link WHERE page_id = ?1 ORDER BY place LIMIT ?2 /* org_id: none */", "ii", p->id,
		(int64_t)HELP_LINKS_MAX);
	while (p->links.n < HELP_LINKS_MAX && rows_next(&r))
		p->links.items[p->links.n++] = (struct api_help_link){rows_str(&r, 0, tx->arena), rows_str(&r, 1, tx->arena)};
	return done(tx, &r);
}

enum err help_sql_list(struct tx *tx, bool all, struct str region, struct api_help_page *items, size_t max, size_t *n_out)
{
	struct rows r;
	size_t n = 0;
	db_query(tx->db, &r,
		"SELECT id, region, category, title, text, place, changed_at FROM help_page /* org_id: none */"
		" WHERE ?1 = 1 OR region = '' OR region = ?2 ORDER BY category, place, id LIMIT ?3",
		"isi", (int64_t)all, region, (int64_t)max);
	while (n < max && rows_next(&r))
		read_page(tx, &r, &items[n++]);
	enum err e = done(tx, &r);
	for (size_t i = 0; !e && i < n; i++)
		e = read_links(tx, &items[i]);
	*n_out = n;
	return e;
}

enum err help_sql_get(struct tx *tx, int64_t id, struct api_help_page *out)
{
	struct rows r;
	db_query(tx->db, &r, "SELECT id, region, category, title, text, place, changed_at FROM help_page WHERE id = ?1 /* org_id: none */", "i", id);
	bool found = rows_next(&r);
	if (found)
		read_page(tx, &r, out);
	enum err e = done(tx, &r);
	return e ? e : found ? read_links(tx, out) : ERR_NOT_FOUND;
}

enum err help_sql_count(struct tx *tx, int64_t *out)
{
	bool found;
	return db_int(tx->db, &found, out, "SELECT COUNT(*) FROM help_page /* org_id: none */", "");
}

static enum err put_links(struct tx *tx, const struct api_help_page *p)
{
	enum err e = db_run(tx->db, "DELETE FROM help_link WHERE page_id = ?1 /* org_id: none */", "i", p->id);
	for (size_t i = 0; !e && i < p->links.n; i++)
		e = db_run(tx->db, "INSERT INTO help_link (page_id, place, label, url) VALUES (?1, ?2, ?3, ?4) /* org_id: none */", "iiss", p->id,
			(int64_t)i, p->links.items[i].label, p->links.items[i].url);
	return e;
}

enum err help_sql_add(struct tx *tx, const struct api_help_page *p, int64_t *id_out)
{
	bool found;
	enum err e = db_int(tx->db, &found, id_out,
		"INSERT INTO help_page (region, category, title, text, place, changed_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6) /* org_id: none */ RETURNING id",
		"sissii", p->region, (int64_t)p->category, p->title, p->text, p->place, tx->now_ms);
	if (!e && !found)
		return ERR_IO;
	struct api_help_page made = *p;
	made.id = *id_out;
	return e ? e : put_links(tx, &made);
}

enum err help_sql_set(struct tx *tx, const struct api_help_page *p)
{
	enum err e = db_run(tx->db,
		"UPDATE help_page SET region = ?2, category = ?3, title = ?4, text = ?5, place = ?6, changed_at = ?7 WHERE id = ?1 /* org_id: none */",
		"isissii", p->id, p->region, (int64_t)p->category, p->title, p->text, p->place, tx->now_ms);
	return e ? e : put_links(tx, p);
}

enum err help_sql_remove(struct tx *tx, int64_t id)
{
	enum err e = db_run(tx->db, "DELETE FROM help_link WHERE page_id = ?1 /* org_id: none */", "i", id);
	return e ? e : db_run(tx->db, "DELETE FROM help_page WHERE id = ?1 /* org_id: none */", "i", id);
}

enum err help_sql_contacts(struct tx *tx, struct api_help_contact *items, size_t max, size_t *n_out)
{
	struct rows r;
	size_t n = 0;
	db_query(tx->db, &r, "SELECT region, text FROM help_contact /* org_id: none */ ORDER BY region LIMIT ?1", "i", (int64_t)max);
	for (; n < max && rows_next(&r); n++)
		items[n] = (struct api_help_contact){rows_str(&r, 0, tx->arena), rows_str(&r, 1, tx->arena)};
	*n_out = n;
	return done(tx, &r);
}

enum err help_sql_contact(struct tx *tx, struct str region, struct str *out)
{
	struct rows r;
	*out = STR("");
	/* That of the region comes behind the empty one. */
	db_query(tx->db, &r, "SELECT text FROM help_contact WHERE region = '' OR region = ?1 /* org_id: none */ ORDER BY region DESC LIMIT 1", "s", region);
	if (rows_next(&r))
		*out = rows_str(&r, 0, tx->arena);
	return done(tx, &r);
}

enum err help_sql_contact_set(struct tx *tx, struct str region, struct str text)
{
	enum err e = db_run(tx->db, "DELETE FROM help_contact WHERE region = ?1 /* org_id: none */", "s", region);
	return e || !text.n ? e : db_run(tx->db, "INSERT INTO help_contact (region, text) VALUES (?1, ?2) /* org_id: none */", "ss", region, text);
}
