/* SPDX-License-Identifier: Apache-2.0
 *
 * SQL of applications. See application_sql.h.
 */
#include "school/application_sql.h"

static enum err done(struct tx *tx, struct rows *r)
{
	enum err e = rows_close(r);
	return e ? e : arena_failed(tx->arena) ? ERR_NOMEM : ERR_OK;
}

#define OPTIONAL(f, name) (int)(f)->has_##name, (f)->name

enum err application_sql_add(struct tx *tx, struct str token_hash, struct str address_hash, const struct application_row *row, bool *added_out)
{
	const struct api_application_form *f = &row->form;
	return db_run_unique(tx->db, added_out,
		"INSERT INTO application (token_hash, address_hash, state, created_at, changed_at, file_id, type, name, short_name, region, address,"
		" inn, head_name, admin_family_name, admin_given_name, admin_patronymic, admin_email, admin_phone, order_number, order_date,"
		" students, staff, guardians, start_date, duty_move, duty_connect, duty_inform, comment)"
		" VALUES (?1, ?2, ?3, ?4, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23, ?24, ?25, ?26, ?27)",
		"bbiiiissssSsssSssssiiiSsssS", token_hash, address_hash, (int64_t)row->state, tx->now_ms, row->file_id, (int64_t)f->type, f->name,
		f->short_name, f->region, f->address, OPTIONAL(f, inn), f->head_name, f->admin_family_name, f->admin_given_name,
		OPTIONAL(f, admin_patronymic), f->admin_email, f->admin_phone, f->order_number, f->order_date, f->students, f->staff,
		(int64_t)f->guardians, OPTIONAL(f, start_date), f->duty_move, f->duty_connect, f->duty_inform, OPTIONAL(f, comment));
}

enum err application_sql_set_form(struct tx *tx, const struct application_row *row)
{
	const struct api_application_form *f = &row->form;
	return db_run(tx->db,
		"UPDATE application SET file_id = ?2, type = ?3, name = ?4, short_name = ?5, region = ?6, address = ?7, inn = ?8, head_name = ?9,"
		" admin_family_name = ?10, admin_given_name = ?11, admin_patronymic = ?12, admin_email = ?13, admin_phone = ?14, order_number = ?15,"
		" order_date = ?16, students = ?17, staff = ?18, guardians = ?19, start_date = ?20, duty_move = ?21, duty_connect = ?22,"
		" duty_inform = ?23, comment = ?24 WHERE id = ?1",
		"iiissssSsssSssssiiiSsssS", row->id, row->file_id, (int64_t)f->type, f->name, f->short_name, f->region, f->address,
		OPTIONAL(f, inn), f->head_name, f->admin_family_name, f->admin_given_name, OPTIONAL(f, admin_patronymic), f->admin_email,
		f->admin_phone, f->order_number, f->order_date, f->students, f->staff, (int64_t)f->guardians, OPTIONAL(f, start_date), f->duty_move,
		f->duty_connect, f->duty_inform, OPTIONAL(f, comment));
}

static void optional(struct tx *tx, struct rows *r, int column, bool *has, struct str *out)
{
	*has = !rows_null(r, column);
	*out = rows_str(r, column, tx->arena);
}

static enum err read_one(struct tx *tx, struct rows *r, struct application_row *out)
{
	bool found = rows_next(r);
	if (found) {
		struct api_application_form *f = &out->form;
		*out = (struct application_row){.id = rows_int(r, 0),
			.file_id = rows_int(r, 1),
			.org_id = rows_int(r, 2),
			.state = (enum api_application_state)rows_int(r, 3)};
		f->type = (enum api_org_type)rows_int(r, 4);
		struct str *texts[] = {&f->name, &f->short_name, &f->region, &f->address, &f->head_name, &f->admin_family_name, &f->admin_given_name,
			&f->admin_email, &f->admin_phone, &f->order_number, &f->order_date, &f->duty_move, &f->duty_connect, &f->duty_inform};
		for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
			*texts[i] = rows_str(r, 5 + (int)i, tx->arena);
		f->students = rows_int(r, 19);
		f->staff = rows_int(r, 20);
		f->guardians = rows_int(r, 21) != 0;
		f->consent = true;
		optional(tx, r, 22, &f->has_inn, &f->inn);
		optional(tx, r, 23, &f->has_admin_patronymic, &f->admin_patronymic);
		optional(tx, r, 24, &f->has_start_date, &f->start_date);
		optional(tx, r, 25, &f->has_comment, &f->comment);
	}
	enum err e = done(tx, r);
	return e ? e : found ? ERR_OK : ERR_NOT_FOUND;
}

#define COLUMNS \
	"SELECT id, file_id, approved_org_id, state, type, name, short_name, region, address, head_name, admin_family_name, admin_given_name," \
	" admin_email, admin_phone, order_number, order_date, duty_move, duty_connect, duty_inform, students, staff, guardians, inn," \
	" admin_patronymic, start_date, comment FROM application"

enum err application_sql_get(struct tx *tx, int64_t id, struct application_row *out)
{
	struct rows r;
	db_query(tx->db, &r, COLUMNS " WHERE id = ?1", "i", id);
	return read_one(tx, &r, out);
}

enum err application_sql_by_token(struct tx *tx, struct str token_hash, struct application_row *out)
{
	struct rows r;
	db_query(tx->db, &r, COLUMNS " WHERE token_hash = ?1", "b", token_hash);
	return read_one(tx, &r, out);
}

enum err application_sql_step(struct tx *tx, int64_t id, enum api_application_state state, struct str reason, int64_t org_id)
{
	enum err e = db_run(tx->db, "UPDATE application SET state = ?2, changed_at = ?3, approved_org_id = COALESCE(?4, approved_org_id) WHERE id = ?1",
		"iiiI", id, (int64_t)state, tx->now_ms, (int)(org_id > 0), org_id);
	if (e)
		return e;
	return db_run(tx->db, "INSERT INTO application_step (application_id, state, at, person_id, reason) VALUES (?1, ?2, ?3, ?4, ?5)", "iiiIS", id,
		(int64_t)state, tx->now_ms, (int)(tx->actor.is_operator && tx->actor.person.v > 0), tx->actor.person.v, (int)(reason.n > 0), reason);
}

enum err application_sql_steps(struct tx *tx, int64_t id, struct api_application_step *items, size_t max, size_t *n_out)
{
	struct rows r;
	size_t n = 0;
	db_query(tx->db, &r, "SELECT state, at, reason FROM application_step WHERE application_id = ?1 ORDER BY id DESC LIMIT ?2", "ii", id, (int64_t)max);
	for (; n < max && rows_next(&r); n++) {
		items[n] = (struct api_application_step){.state = (enum api_application_state)rows_int(&r, 0), .at = rows_int(&r, 1)};
		optional(tx, &r, 2, &items[n].has_reason, &items[n].reason);
	}
	*n_out = n;
	return done(tx, &r);
}

enum err application_sql_list(struct tx *tx, enum api_application_state state, int64_t after, struct api_application_summary *items, size_t max,
	size_t *n_out)
{
	struct rows r;
	size_t n = 0;
	/* Who has waited longest comes first; of the others the latest is wanted. */
	if (state == API_APPLICATION_STATE_SENT)
		db_query(tx->db, &r,
			"SELECT id, state, type, short_name, region, students, staff, changed_at FROM application"
			" WHERE state = ?1 AND id > ?2 ORDER BY id LIMIT ?3",
			"iii", (int64_t)state, after, (int64_t)max);
	else
		db_query(tx->db, &r,
			"SELECT id, state, type, short_name, region, students, staff, changed_at FROM application"
			" WHERE state = ?1 AND (?2 = 0 OR id < ?2) ORDER BY id DESC LIMIT ?3",
			"iii", (int64_t)state, after, (int64_t)max);
	for (; n < max && rows_next(&r); n++)
		items[n] = (struct api_application_summary){.id = rows_int(&r, 0),
			.state = (enum api_application_state)rows_int(&r, 1),
			.type = (enum api_org_type)rows_int(&r, 2),
			.short_name = rows_str(&r, 3, tx->arena),
			.region = rows_str(&r, 4, tx->arena),
			.students = rows_int(&r, 5),
			.staff = rows_int(&r, 6),
			.changed_at = rows_int(&r, 7)};
	*n_out = n;
	return done(tx, &r);
}

enum err application_sql_counts(struct tx *tx, int64_t counts[4])
{
	struct rows r;
	memset(counts, 0, 4 * sizeof *counts);
	db_query(tx->db, &r, "SELECT state, COUNT(*) FROM application GROUP BY state ORDER BY state", "");
	while (rows_next(&r))
		counts[rows_int(&r, 0) & 3] = rows_int(&r, 1);
	return done(tx, &r);
}

enum err application_sql_since(struct tx *tx, struct str address_hash, int64_t since, int64_t *out)
{
	bool found;
	if (!address_hash.n)
		return db_int(tx->db, &found, out, "SELECT COUNT(*) FROM application WHERE created_at > ?1", "i", since);
	return db_int(tx->db, &found, out, "SELECT COUNT(*) FROM application WHERE address_hash = ?1 AND created_at > ?2", "bi", address_hash, since);
}

enum err application_sql_state_of_org(struct tx *tx, struct org_id org, enum api_application_state *out)
{
	bool found;
	int64_t state = 0;
	enum err e = db_int(tx->db, &found, &state, "SELECT state FROM application WHERE approved_org_id = ?1 ORDER BY id LIMIT 1", "i", org.v);
	*out = (enum api_application_state)state;
	return e ? e : found ? ERR_OK : ERR_NOT_FOUND;
}
