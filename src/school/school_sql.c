/* SPDX-License-Identifier: Apache-2.0
 *
 * SQL of organisations and units, and of the relations that rights are checked against.
 */
#include "school/school_sql.h"

static enum err done(struct tx *tx, struct rows *r, bool found)
{
	enum err e = rows_close(r);
	if (e)
		return e;
	if (arena_failed(tx->arena))
		return ERR_NOMEM;
	return found ? ERR_OK : ERR_NOT_FOUND;
}

/* --- organisations */

enum err org_sql_add(struct tx *tx, struct str name, struct str short_name, enum api_org_type type, struct org_id *out)
{
	bool found;
	enum err e = db_int(tx->db, &found, &out->v, "INSERT INTO org (name, short_name, type, created_at) VALUES (?1, ?2, ?3, ?4) RETURNING id",
		"ssii", name, short_name, (int64_t)type, tx->now_ms);
	return e ? e : found ? ERR_OK : ERR_IO;
}

enum err org_sql_set_staff_unit(struct tx *tx, struct org_id org, struct unit_id unit)
{
	return db_run(tx->db, "UPDATE org SET staff_unit_id = ?2 WHERE id = ?1 /* org_id */", "ii", org.v, unit.v);
}

enum err org_sql_staff_unit(struct tx *tx, struct org_id org, struct unit_id *out)
{
	bool found;
	enum err e = db_int(tx->db, &found, &out->v, "SELECT staff_unit_id FROM org WHERE id = ?1 /* org_id */", "i", org.v);
	return e ? e : found ? ERR_OK : ERR_NOT_FOUND;
}

static void read_org(struct tx *tx, struct rows *r, struct api_org *out)
{
	*out = (struct api_org){.id = rows_int(r, 0),
		.name = rows_str(r, 1, tx->arena),
		.short_name = rows_str(r, 2, tx->arena),
		.type = (enum api_org_type)rows_int(r, 3),
		.created_at = rows_int(r, 4),
		.admin_pending = rows_int(r, 5) != 0,
		.has_state = true, .state = (enum api_org_state)rows_int(r, 6),
		.has_logo_id = !rows_null(r, 7), .logo_id = rows_int(r, 7)};
}

enum err org_sql_get(struct tx *tx, struct org_id org, struct api_org *out)
{
	struct rows r;
	bool found = false;
	db_query(tx->db, &r,
		"SELECT o.id, o.name, o.short_name, o.type, o.created_at,"
		" (SELECT COUNT(*) FROM admin_appointment a WHERE a.org_id = o.id AND a.taken_at IS NULL AND a.cancelled_at IS NULL), o.state, o.logo_id"
		" FROM org o WHERE o.id = ?1 /* org_id */",
		"i", org.v);
	if (rows_next(&r)) {
		found = true;
		read_org(tx, &r, out);
	}
	return done(tx, &r, found);
}

/* Of the installation: for the operator only. */
enum err org_sql_list(struct tx *tx, int64_t after, struct api_org *items, size_t max, size_t *n_out)
{
	struct rows r;
	size_t n = 0;
	db_query(tx->db, &r,
		"SELECT o.id, o.name, o.short_name, o.type, o.created_at,"
		" (SELECT COUNT(*) FROM admin_appointment a WHERE a.org_id = o.id AND a.taken_at IS NULL AND a.cancelled_at IS NULL), o.state, o.logo_id"
		" FROM org o WHERE o.id > ?1 /* org_id */ ORDER BY o.id LIMIT ?2",
		"ii", after, (int64_t)max);
	while (n < max && rows_next(&r))
		read_org(tx, &r, &items[n++]);
	*n_out = n;
	return done(tx, &r, true);
}

enum err org_sql_streams(struct tx *tx, struct person_id person, void (*add)(void *user, struct stream_id s, int64_t head), void *user)
{
	struct rows r;
	db_query(tx->db, &r,
		"SELECT m.org_id, o.head FROM member m JOIN org o ON o.id = m.org_id"
		" WHERE m.person_id = ?1 AND m.ended_at IS NULL AND m.role <= ?2 ORDER BY m.org_id",
		"ii", person.v, (int64_t)ROLE_HEAD);
	while (rows_next(&r))
		add(user, org_stream((struct org_id){rows_int(&r, 0)}), rows_int(&r, 1));
	return rows_close(&r);
}

/* --- units */

enum err unit_sql_add(struct tx *tx, struct org_id org, enum api_unit_kind kind, struct str name, struct str name_fold, bool *added_out,
	struct unit_id *out)
{
	bool found;
	enum err e = db_run_unique(tx->db, added_out, "INSERT INTO unit (org_id, kind, name, name_fold, created_at) VALUES (?1, ?2, ?3, ?4, ?5)",
		"iissi", org.v, (int64_t)kind, name, name_fold, tx->now_ms);
	if (e || !*added_out)
		return e;
	e = db_int(tx->db, &found, &out->v, "SELECT id FROM unit WHERE org_id = ?1 AND kind = ?2 AND name_fold = ?3 AND ended_at IS NULL",
		"iis", org.v, (int64_t)kind, name_fold);
	return e ? e : found ? ERR_OK : ERR_IO;
}

enum err unit_sql_set_chat(struct tx *tx, struct org_id org, struct unit_id unit, struct chat_id chat)
{
	return db_run(tx->db, "UPDATE unit SET chat_id = ?3 WHERE id = ?2 AND org_id = ?1", "iii", org.v, unit.v, chat.v);
}

enum err unit_sql_rename(struct tx *tx, struct org_id org, struct unit_id unit, struct str name, struct str name_fold, bool *renamed_out)
{
	return db_run_unique(tx->db, renamed_out, "UPDATE unit SET name = ?3, name_fold = ?4 WHERE id = ?2 AND org_id = ?1 AND ended_at IS NULL",
		"iiss", org.v, unit.v, name, name_fold);
}

static void read_unit(struct tx *tx, struct rows *r, struct api_unit *out)
{
	*out = (struct api_unit){.id = rows_int(r, 0),
		.org_id = rows_int(r, 1),
		.kind = (enum api_unit_kind)rows_int(r, 2),
		.name = rows_str(r, 3, tx->arena),
		.chat_id = rows_int(r, 4),
		.created_at = rows_int(r, 5),
		.member_count = rows_int(r, 6),
		.level = rows_int(r, 7),
		.letter = rows_str(r, 8, tx->arena)};
	out->has_level = out->level > 0;
	out->has_letter = out->letter.n > 0;
}

enum err unit_sql_get(struct tx *tx, struct org_id org, struct unit_id unit, struct api_unit *out)
{
	struct rows r;
	bool found = false;
	db_query(tx->db, &r,
		"SELECT u.id, u.org_id, u.kind, u.name, COALESCE(u.chat_id, 0), u.created_at,"
		" (SELECT COUNT(*) FROM unit_member m WHERE m.org_id = u.org_id AND m.unit_id = u.id AND m.ended_at IS NULL), u.level, u.letter"
		" FROM unit u WHERE u.id = ?2 AND u.org_id = ?1 AND u.ended_at IS NULL",
		"ii", org.v, unit.v);
	if (rows_next(&r)) {
		found = true;
		read_unit(tx, &r, out);
	}
	return done(tx, &r, found);
}

enum err unit_sql_list(struct tx *tx, struct org_id org, int64_t after, struct api_unit *items, size_t max, size_t *n_out)
{
	struct rows r;
	size_t n = 0;
	db_query(tx->db, &r,
		"SELECT u.id, u.org_id, u.kind, u.name, COALESCE(u.chat_id, 0), u.created_at,"
		" (SELECT COUNT(*) FROM unit_member m WHERE m.org_id = u.org_id AND m.unit_id = u.id AND m.ended_at IS NULL), u.level, u.letter"
		" FROM unit u WHERE u.org_id = ?1 AND u.id > ?2 AND u.ended_at IS NULL ORDER BY u.id LIMIT ?3",
		"iii", org.v, after, (int64_t)max);
	while (n < max && rows_next(&r))
		read_unit(tx, &r, &items[n++]);
	*n_out = n;
	return done(tx, &r, true);
}

/* --- relations */

enum err school_sql_relation_org(struct tx *tx, int64_t org, struct relation *out)
{
	struct rows r;
	db_query(tx->db, &r,
		"SELECT (SELECT role FROM member WHERE org_id = ?1 AND person_id = ?2 AND ended_at IS NULL),"
		" (SELECT COUNT(*) FROM curator c JOIN curator_org o ON o.curator_id = c.id"
		"  WHERE o.org_id = ?1 AND c.person_id = ?2 AND c.ended_at IS NULL)",
		"ii", org, tx->actor.person.v);
	if (rows_next(&r)) {
		bool member = !rows_null(&r, 0), curator = rows_int(&r, 1) != 0;
		if (member || curator)
			*out = (struct relation){.known = true, .org_id = org, .role = member ? (enum role)rows_int(&r, 0) : ROLE_NONE, .curator = curator};
	}
	return rows_close(&r);
}

enum err school_sql_relation_unit(struct tx *tx, int64_t unit, struct relation *out)
{
	struct rows r;
	db_query(tx->db, &r,
		"SELECT u.org_id, m.role, COALESCE(u.chat_id, 0), COALESCE(um.lead, 0), EXISTS (SELECT 1 FROM teaching t"
		"  WHERE t.org_id = u.org_id AND t.unit_id = u.id AND t.teacher_id = m.person_id AND t.ended_at IS NULL)"
		" FROM unit u JOIN member m ON m.org_id = u.org_id"
		" LEFT JOIN unit_member um ON um.org_id = u.org_id AND um.unit_id = u.id AND um.person_id = m.person_id AND um.ended_at IS NULL"
		" WHERE u.id = ?1 AND u.ended_at IS NULL AND m.org_id = u.org_id AND m.person_id = ?2 AND m.ended_at IS NULL",
		"ii", unit, tx->actor.person.v);
	if (rows_next(&r))
		*out = (struct relation){.known = true,
			.org_id = rows_int(&r, 0),
			.role = (enum role)rows_int(&r, 1),
			.chat_id = rows_int(&r, 2),
			.unit_lead = rows_int(&r, 3) != 0,
			.unit_teacher = rows_int(&r, 4) != 0,
			.unit_id = unit};
	return rows_close(&r);
}

enum err school_sql_relation_invite(struct tx *tx, int64_t invite, struct relation *out)
{
	struct rows r;
	db_query(tx->db, &r,
		"SELECT i.org_id, m.role, COALESCE(i.unit_id, 0), i.role >= ?3 AND COALESCE(u.lead, 0) = 1"
		" FROM invite i JOIN member m ON m.org_id = i.org_id"
		" LEFT JOIN unit_member u ON u.org_id = i.org_id AND u.unit_id = i.unit_id AND u.person_id = m.person_id AND u.ended_at IS NULL"
		" WHERE i.id = ?1 AND m.org_id = i.org_id AND m.person_id = ?2 AND m.ended_at IS NULL",
		"iii", invite, tx->actor.person.v, (int64_t)ROLE_STUDENT);
	if (rows_next(&r))
		*out = (struct relation){.known = true, .org_id = rows_int(&r, 0), .role = (enum role)rows_int(&r, 1), .unit_id = rows_int(&r, 2),
			.unit_lead = rows_int(&r, 3) != 0};
	return rows_close(&r);
}
