/* SPDX-License-Identifier: Apache-2.0
 *
 * See org_sql.h. Administrators are in admin_sql.c.
 */
#include "base/vec.h"
#include "school/org_sql.h"

static enum err done(struct tx *tx, struct rows *r)
{
	enum err e = rows_close(r);
	return e ? e : arena_failed(tx->arena) ? ERR_NOMEM : ERR_OK;
}

/* --- the card */

enum err org_sql_card(struct tx *tx, struct org_id org, struct api_org_card *out)
{
	struct rows r;
	enum err e = org_sql_get(tx, org, &out->org);
	if (e)
		return e;
	db_query(tx->db, &r, "SELECT region, address, inn, director, email, phone, site FROM org WHERE id = ?1 /* org_id */", "i", org.v);
	struct str *texts[] = {&out->region, &out->address, &out->inn, &out->director, &out->email, &out->phone, &out->site};
	if (rows_next(&r))
		for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
			*texts[i] = rows_str(&r, (int)i, tx->arena);
	return done(tx, &r);
}

enum err org_sql_set_card(struct tx *tx, struct org_id org, const struct api_org_card *c)
{
	return db_run(tx->db,
		"UPDATE org SET name = ?2, short_name = ?3, type = ?4, region = ?5, address = ?6, inn = ?7, director = ?8, email = ?9,"
		" phone = ?10, site = ?11 WHERE id = ?1 /* org_id */",
		"ississsssss", org.v, c->org.name, c->org.short_name, (int64_t)c->org.type, c->region, c->address, c->inn, c->director, c->email,
		c->phone, c->site);
}

enum err org_sql_set_logo(struct tx *tx, struct org_id org, int64_t file_or_zero)
{
	return db_run(tx->db, "UPDATE org SET logo_id = ?2 WHERE id = ?1 /* org_id */", "iI", org.v, (int)(file_or_zero > 0), file_or_zero);
}

enum err org_sql_set_state(struct tx *tx, struct org_id org, enum api_org_state state)
{
	return db_run(tx->db, "UPDATE org SET state = ?2 WHERE id = ?1 /* org_id */", "ii", org.v, (int64_t)state);
}

enum err org_sql_edit_add(struct tx *tx, struct org_id org, enum api_org_card_edit_field field, struct str was, struct str became)
{
	return db_run(tx->db, "INSERT INTO org_edit (org_id, at, person_id, field, was, became) VALUES (?1, ?2, ?3, ?4, ?5, ?6)", "iiiiss",
		org.v, tx->now_ms, tx->actor.person.v, (int64_t)field, was, became);
}

enum err org_sql_edits(struct tx *tx, struct org_id org, int64_t before, struct api_org_card_edit *items, size_t max, size_t *n_out)
{
	struct rows r;
	size_t n = 0;
	db_query(tx->db, &r,
		"SELECT id, at, person_id, field, was, became FROM org_edit WHERE org_id = ?1 AND (?2 = 0 OR id < ?2) ORDER BY id DESC LIMIT ?3",
		"iii", org.v, before, (int64_t)max);
	for (; n < max && rows_next(&r); n++)
		items[n] = (struct api_org_card_edit){.id = rows_int(&r, 0),
			.at = rows_int(&r, 1),
			.person.id = rows_int(&r, 2),
			.field = (enum api_org_card_edit_field)rows_int(&r, 3),
			.was = rows_str(&r, 4, tx->arena),
			.became = rows_str(&r, 5, tx->arena)};
	*n_out = n;
	return done(tx, &r);
}

enum err org_sql_member_ids(struct tx *tx, struct org_id org, int64_t **ids_out, size_t *n_out)
{
	struct rows r;
	db_query(tx->db, &r, "SELECT person_id FROM member WHERE org_id = ?1 AND ended_at IS NULL ORDER BY person_id", "i", org.v);
	return sql_ids(tx, &r, ids_out, n_out);
}

/* --- documents */

enum err org_sql_document_add(struct tx *tx, struct org_id org, const struct api_org_document *d, int64_t *id_out)
{
	bool found;
	enum err e = db_int(tx->db, &found, id_out,
		"INSERT INTO org_document (org_id, document, version, kind, title, number, date, file_id, person_id, at)"
		" VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10) RETURNING id",
		"iiiisssiii", org.v, d->document, d->version, (int64_t)d->kind, d->title, d->number, d->date, d->file.id, d->person.id, d->at);
	return e ? e : found ? ERR_OK : ERR_IO;
}

enum err org_sql_document_start(struct tx *tx, struct org_id org, int64_t id)
{
	return db_run(tx->db, "UPDATE org_document SET document = id WHERE org_id = ?1 AND id = ?2", "ii", org.v, id);
}

enum err org_sql_document_last(struct tx *tx, struct org_id org, int64_t document, int64_t *version_out, enum api_org_document_kind *kind_out)
{
	struct rows r;
	bool found = false;
	db_query(tx->db, &r, "SELECT version, kind FROM org_document WHERE org_id = ?1 AND document = ?2 ORDER BY version DESC LIMIT 1", "ii",
		org.v, document);
	if (rows_next(&r)) {
		found = true;
		*version_out = rows_int(&r, 0);
		*kind_out = (enum api_org_document_kind)rows_int(&r, 1);
	}
	enum err e = rows_close(&r);
	return e ? e : found ? ERR_OK : ERR_NOT_FOUND;
}

enum err org_sql_document_count(struct tx *tx, struct org_id org, int64_t *out)
{
	bool found;
	return db_int(tx->db, &found, out, "SELECT COUNT(*) FROM org_document WHERE org_id = ?1", "i", org.v);
}

enum err org_sql_documents(struct tx *tx, struct org_id org, struct api_org_document *items, size_t max, size_t *n_out)
{
	struct rows r;
	size_t n = 0;
	db_query(tx->db, &r,
		"SELECT id, document, version, kind, title, number, date, file_id, person_id, at FROM org_document"
		" WHERE org_id = ?1 ORDER BY document, version DESC LIMIT ?2",
		"ii", org.v, (int64_t)max);
	for (; n < max && rows_next(&r); n++)
		items[n] = (struct api_org_document){.id = rows_int(&r, 0),
			.document = rows_int(&r, 1),
			.version = rows_int(&r, 2),
			.kind = (enum api_org_document_kind)rows_int(&r, 3),
			.title = rows_str(&r, 4, tx->arena),
			.number = rows_str(&r, 5, tx->arena),
			.date = rows_str(&r, 6, tx->arena),
			.file.id = rows_int(&r, 7),
			.person.id = rows_int(&r, 8),
			.at = rows_int(&r, 9)};
	*n_out = n;
	return done(tx, &r);
}

/* --- setting up */

enum err org_sql_duties(struct tx *tx, struct org_id org, struct duty *items, size_t max, size_t *n_out)
{
	struct rows r;
	size_t n = 0;
	/* Whoever has left answers for nothing any more. */
	db_query(tx->db, &r,
		"SELECT d.step, d.person_id FROM org_duty d JOIN member m ON m.org_id = d.org_id AND m.person_id = d.person_id"
		" WHERE d.org_id = ?1 AND m.ended_at IS NULL ORDER BY d.step LIMIT ?2",
		"ii", org.v, (int64_t)max);
	for (; n < max && rows_next(&r); n++)
		items[n] = (struct duty){.step = (enum api_guide_step_name)rows_int(&r, 0), .person.v = rows_int(&r, 1)};
	*n_out = n;
	return done(tx, &r);
}

enum err org_sql_duty_set(struct tx *tx, struct org_id org, enum api_guide_step_name step, struct person_id person)
{
	if (!person.v)
		return db_run(tx->db, "DELETE FROM org_duty WHERE org_id = ?1 AND step = ?2", "ii", org.v, (int64_t)step);
	return db_run(tx->db,
		"INSERT INTO org_duty (org_id, step, person_id) VALUES (?1, ?2, ?3)"
		" ON CONFLICT (org_id, step) DO UPDATE SET person_id = excluded.person_id",
		"iii", org.v, (int64_t)step, person.v);
}

enum err org_sql_guide(struct tx *tx, struct org_id org, struct api_org_guide *out)
{
	struct rows r;
	db_query(tx->db, &r,
		"SELECT"
		" (SELECT COUNT(*) FROM unit u WHERE u.org_id = ?1 AND u.kind != ?2 AND u.ended_at IS NULL),"
		" (SELECT COUNT(*) FROM unit u WHERE u.org_id = ?1 AND u.kind != ?2 AND u.ended_at IS NULL AND NOT EXISTS"
		"  (SELECT 1 FROM unit_member m WHERE m.org_id = ?1 AND m.unit_id = u.id AND m.lead = 1 AND m.ended_at IS NULL)),"
		" (SELECT COUNT(*) FROM unit u WHERE u.org_id = ?1 AND u.kind != ?2 AND u.ended_at IS NULL AND NOT EXISTS"
		"  (SELECT 1 FROM unit_member m JOIN member p ON p.org_id = m.org_id AND p.person_id = m.person_id AND p.ended_at IS NULL"
		"   WHERE m.org_id = ?1 AND m.unit_id = u.id AND m.ended_at IS NULL AND +p.role = ?3) AND NOT EXISTS"
		"  (SELECT 1 FROM invite i WHERE i.org_id = ?1 AND i.unit_id = u.id AND i.role = ?3 AND i.annulled_at IS NULL AND i.expires_at > ?4"
		"   AND i.uses < i.max_uses)),"
		" (SELECT COUNT(*) FROM invite i WHERE i.org_id = ?1 AND i.annulled_at IS NULL AND i.expires_at > ?4 AND i.uses < i.max_uses),"
		" (SELECT COUNT(*) FROM member m WHERE m.org_id = ?1 AND m.ended_at IS NULL),"
		" (SELECT COUNT(*) FROM member m WHERE m.org_id = ?1 AND m.ended_at IS NULL AND m.role <= ?5 AND m.verification != ?6),"
		" (SELECT COUNT(*) FROM member m WHERE m.org_id = ?1 AND m.ended_at IS NULL AND m.came_in = 0)",
		"iiiiii", org.v, (int64_t)API_UNIT_KIND_STAFF, (int64_t)ROLE_STUDENT, tx->now_ms, (int64_t)ROLE_TEACHER,
		(int64_t)API_VERIFICATION_CONFIRMED);
	int64_t *counts[] = {&out->units, &out->units_without_lead, &out->units_without_people, &out->open_links, &out->members,
		&out->staff_unconfirmed, &out->not_come_in};
	if (rows_next(&r))
		for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
			*counts[i] = rows_int(&r, (int)i);
	return done(tx, &r);
}

enum err org_sql_role_figures(struct tx *tx, struct org_id org, struct api_role_figure *items, size_t max, size_t *n_out)
{
	struct rows r;
	size_t n = 0;
	db_query(tx->db, &r,
		"SELECT m.role, COUNT(*), SUM(m.came_in) FROM member m WHERE m.org_id = ?1 AND m.ended_at IS NULL GROUP BY m.role ORDER BY m.role",
		"i", org.v);
	for (; n < max && rows_next(&r); n++)
		items[n] = (struct api_role_figure){.role = (enum api_role)rows_int(&r, 0), .members = rows_int(&r, 1), .came_in = rows_int(&r, 2)};
	*n_out = n;
	return done(tx, &r);
}

/* --- the journal */

enum err audit_sql_object_name(struct tx *tx, struct org_id org, struct str kind, int64_t id, bool *found_out, struct str *out)
{
	struct rows r;
	*found_out = false;
	if (str_eq(kind, STR("unit")))
		db_query(tx->db, &r, "SELECT name FROM unit WHERE org_id = ?1 AND id = ?2", "ii", org.v, id);
	else if (str_eq(kind, STR("set")))
		db_query(tx->db, &r, "SELECT name FROM member_set WHERE org_id = ?1 AND id = ?2", "ii", org.v, id);
	else if (str_eq(kind, STR("subject")))
		db_query(tx->db, &r, "SELECT name FROM subject WHERE org_id = ?1 AND id = ?2", "ii", org.v, id);
	else if (str_eq(kind, STR("org")) && (!org.v || org.v == id))
		db_query(tx->db, &r, "SELECT short_name FROM org WHERE id = ?1 /* org_id */", "i", id);
	else if (str_eq(kind, STR("document")))
		db_query(tx->db, &r, "SELECT title FROM org_document WHERE org_id = ?1 AND id = ?2", "ii", org.v, id);
	else if (str_eq(kind, STR("application")) && !org.v)
		db_query(tx->db, &r, "SELECT short_name FROM application WHERE id = ?1", "i", id);
	else if (str_eq(kind, STR("curator")) && !org.v)
		db_query(tx->db, &r, "SELECT area FROM curator WHERE id = ?1", "i", id);
	else
		return ERR_OK;
	*found_out = rows_next(&r);
	if (*found_out)
		*out = rows_str(&r, 0, tx->arena);
	return done(tx, &r);
}
