/* SPDX-License-Identifier: Apache-2.0
 *
 * SQL of municipal curators. See application_sql.h.
 */
#include "school/application_sql.h"

static enum err done(struct tx *tx, struct rows *r)
{
	enum err e = rows_close(r);
	return e ? e : arena_failed(tx->arena) ? ERR_NOMEM : ERR_OK;
}

enum err curator_sql_add(struct tx *tx, const struct curator_row *row, int64_t *id_out)
{
	bool found;
	enum err e = db_int(tx->db, &found, id_out,
		"INSERT INTO curator (phone, person_id, given_name, family_name, patronymic, area, created_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)"
		" RETURNING id",
		"sIssSsi", row->phone, (int)(row->person.v > 0), row->person.v, row->given_name, row->family_name, (int)(row->patronymic.n > 0),
		row->patronymic, row->area, tx->now_ms);
	return e ? e : found ? ERR_OK : ERR_IO;
}

enum err curator_sql_update(struct tx *tx, const struct curator_row *row)
{
	return db_run(tx->db, "UPDATE curator SET given_name = ?2, family_name = ?3, patronymic = ?4, area = ?5, person_id = ?6 WHERE id = ?1", "issSsI",
		row->id, row->given_name, row->family_name, (int)(row->patronymic.n > 0), row->patronymic, row->area, (int)(row->person.v > 0),
		row->person.v);
}

static void read_row(struct tx *tx, struct rows *r, struct curator_row *out)
{
	*out = (struct curator_row){.id = rows_int(r, 0),
		.person.v = rows_int(r, 1),
		.phone = rows_str(r, 2, tx->arena),
		.given_name = rows_str(r, 3, tx->arena),
		.family_name = rows_str(r, 4, tx->arena),
		.patronymic = rows_str(r, 5, tx->arena),
		.area = rows_str(r, 6, tx->arena),
		.at = rows_int(r, 7)};
}

static enum err read_one(struct tx *tx, struct rows *r, struct curator_row *out)
{
	bool found = rows_next(r);
	if (found)
		read_row(tx, r, out);
	enum err e = done(tx, r);
	return e ? e : found ? ERR_OK : ERR_NOT_FOUND;
}

enum err curator_sql_get(struct tx *tx, int64_t id, struct curator_row *out)
{
	struct rows r;
	db_query(tx->db, &r,
		"SELECT id, person_id, phone, given_name, family_name, patronymic, area, created_at FROM curator WHERE id = ?1 AND ended_at IS NULL", "i", id);
	return read_one(tx, &r, out);
}

enum err curator_sql_by_phone(struct tx *tx, struct str phone, struct curator_row *out)
{
	struct rows r;
	db_query(tx->db, &r,
		"SELECT id, person_id, phone, given_name, family_name, patronymic, area, created_at FROM curator"
		" WHERE phone = ?1 AND ended_at IS NULL",
		"s", phone);
	return read_one(tx, &r, out);
}

enum err curator_sql_list(struct tx *tx, struct curator_row *items, size_t max, size_t *n_out)
{
	struct rows r;
	size_t n = 0;
	db_query(tx->db, &r,
		"SELECT id, person_id, phone, given_name, family_name, patronymic, area, created_at FROM curator"
		" WHERE ended_at IS NULL ORDER BY id LIMIT ?1",
		"i", (int64_t)max);
	while (n < max && rows_next(&r))
		read_row(tx, &r, &items[n++]);
	*n_out = n;
	return done(tx, &r);
}

enum err curator_sql_end(struct tx *tx, int64_t id)
{
	return db_run(tx->db, "UPDATE curator SET ended_at = ?2 WHERE id = ?1", "ii", id, tx->now_ms);
}

enum err curator_sql_end_of_person(struct tx *tx, struct person_id person)
{
	return db_run(tx->db, "UPDATE curator SET ended_at = ?2 WHERE person_id = ?1 AND ended_at IS NULL", "ii", person.v, tx->now_ms);
}

enum err curator_sql_set_orgs(struct tx *tx, int64_t id, const int64_t *orgs, size_t n)
{
	enum err e = db_run(tx->db, "DELETE FROM curator_org WHERE curator_id = ?1 /* org_id: any */", "i", id);
	for (size_t i = 0; !e && i < n; i++)
		e = db_run(tx->db, "INSERT INTO curator_org (curator_id, org_id) VALUES (?1, ?2) ON CONFLICT DO NOTHING", "ii", id, orgs[i]);
	return e;
}

enum err curator_sql_orgs(struct tx *tx, int64_t id, int64_t *ids, size_t max, size_t *n_out)
{
	struct rows r;
	size_t n = 0;
	db_query(tx->db, &r, "SELECT org_id FROM curator_org WHERE curator_id = ?1 ORDER BY org_id LIMIT ?2", "ii", id, (int64_t)max);
	while (n < max && rows_next(&r))
		ids[n++] = rows_int(&r, 0);
	*n_out = n;
	return done(tx, &r);
}

enum err curator_sql_orgs_of_person(struct tx *tx, struct person_id person, int64_t *ids, size_t max, size_t *n_out)
{
	struct rows r;
	size_t n = 0;
	db_query(tx->db, &r,
		"SELECT DISTINCT o.org_id FROM curator c JOIN curator_org o ON o.curator_id = c.id"
		" WHERE c.person_id = ?1 AND c.ended_at IS NULL ORDER BY o.org_id LIMIT ?2",
		"ii", person.v, (int64_t)max);
	while (n < max && rows_next(&r))
		ids[n++] = rows_int(&r, 0);
	*n_out = n;
	return done(tx, &r);
}
