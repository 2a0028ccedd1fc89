/* SPDX-License-Identifier: Apache-2.0
 *
 * Municipal curators (R12; api/curator.yaml): they see cards and figures of the organisations that the operator named, never people
 * or content. The check of rights knows them by the word curator (school_relation_org).
 */
#include "policy/audit.h"
#include "school/application_sql.h"
#include "school/org.h"
#include "school/org_sql.h"
#include "school/roster.h"
#include "school/title.h"

#define CURATORS_MAX 200
#define CURATOR_ORGS_MAX 500 /* as in api/curator.yaml */

enum err school_is_curator(struct tx *tx, struct person_id person, bool *out)
{
	int64_t any[1];
	size_t n;
	enum err e = curator_sql_orgs_of_person(tx, person, any, 1, &n);
	*out = n > 0;
	return e;
}

static enum err tell(struct tx *tx, struct person_id person)
{
	struct api_curator_changed_event changed;
	if (!person.v)
		return ERR_OK;
	enum err e = school_is_curator(tx, person, &changed.curator);
	return e ? e : event_curator_changed(tx, person_stream(person), &changed);
}

/* The chats of the organisations with their curators follow. */
static enum err settle(struct tx *tx, const int64_t *orgs, size_t n)
{
	enum err e = ERR_OK;
	for (size_t i = 0; !e && i < n && school_hooks()->curators_changed; i++)
		e = school_hooks()->curators_changed(tx, (struct org_id){orgs[i]});
	return e;
}

static enum err orgs_of(struct tx *tx, int64_t curator, int64_t **orgs_out, size_t *n_out)
{
	*n_out = 0;
	*orgs_out = arena_array(tx->arena, CURATOR_ORGS_MAX, sizeof **orgs_out);
	return *orgs_out ? curator_sql_orgs(tx, curator, *orgs_out, CURATOR_ORGS_MAX, n_out) : ERR_NOMEM;
}

enum err curator_forget(struct tx *tx, struct person_id person)
{
	size_t n = 0;
	int64_t *orgs = arena_array(tx->arena, CURATOR_ORGS_MAX, sizeof *orgs);
	enum err e = orgs ? curator_sql_orgs_of_person(tx, person, orgs, CURATOR_ORGS_MAX, &n) : ERR_NOMEM;
	if (!e && n)
		e = curator_sql_end_of_person(tx, person);
	return e ? e : settle(tx, orgs, n);
}

enum err curator_arrive(struct tx *tx, struct str phone, struct person_id *io)
{
	struct curator_row row;
	enum err e = curator_sql_by_phone(tx, phone, &row);
	if (e == ERR_NOT_FOUND)
		return ERR_OK;
	if (e || row.person.v)
		return e;
	if (!io->v)
		e = account_person_new(tx, phone, row.given_name, row.family_name, row.patronymic, io);
	row.person = *io;
	if (!e)
		e = curator_sql_update(tx, &row);
	if (!e)
		e = audit_add(tx, AUDIT_INSTALLATION, "curator_arrived", "curator", row.id, audit_detail(tx, "i", "person_id", io->v));
	int64_t *orgs;
	size_t n = 0;
	if (!e)
		e = orgs_of(tx, row.id, &orgs, &n);
	if (!e)
		e = settle(tx, orgs, n);
	return e ? e : tell(tx, *io);
}

static enum err to_api(struct tx *tx, const struct curator_row *row, struct api_curator *out)
{
	*out = (struct api_curator){.id = row->id,
		.given_name = row->given_name,
		.family_name = row->family_name,
		.has_patronymic = row->patronymic.n > 0, .patronymic = row->patronymic,
		.area = row->area,
		.came_in = row->person.v != 0,
		.at = row->at};
	out->org_ids.items = arena_array(tx->arena, CURATOR_ORGS_MAX, sizeof *out->org_ids.items);
	return out->org_ids.items ? curator_sql_orgs(tx, row->id, out->org_ids.items, CURATOR_ORGS_MAX, &out->org_ids.n) : ERR_NOMEM;
}

static enum err check_orgs(struct tx *tx, const struct api_curator_grant *in)
{
	for (size_t i = 0; i < in->org_ids.n; i++) {
		struct api_org org;
		enum err e = org_sql_get(tx, (struct org_id){in->org_ids.items[i]}, &org);
		if (e == ERR_NOT_FOUND)
			return tx_refuse(tx, API_NOT_FOUND, "org_ids", NULL);
		if (e)
			return e;
	}
	return ERR_OK;
}

enum err curator_grant(struct tx *tx, const struct api_curator_grant *in, struct api_curator *out)
{
	struct curator_row row, asked = {.phone = in->phone,
		.given_name = in->given_name,
		.family_name = in->family_name,
		.patronymic = in->has_patronymic ? in->patronymic : STR("")};
	enum err e = title_clean(tx, in->area, "area", &asked.area);
	if (!e)
		e = check_orgs(tx, in);
	if (!e)
		e = account_person_by_phone(tx, in->phone, &asked.person);
	if (!e)
		e = curator_sql_by_phone(tx, in->phone, &row);
	if (e && e != ERR_NOT_FOUND)
		return e;
	asked.id = e ? 0 : row.id;
	int64_t *before;
	size_t before_n;
	e = orgs_of(tx, asked.id, &before, &before_n);
	if (e)
		return e;
	e = asked.id ? curator_sql_update(tx, &asked) : curator_sql_add(tx, &asked, &asked.id);
	if (!e)
		e = curator_sql_set_orgs(tx, asked.id, in->org_ids.items, in->org_ids.n);
	if (!e)
		e = audit_add(tx, AUDIT_INSTALLATION, "curator_grant", "curator", asked.id,
			audit_detail(tx, "ii", "orgs", (int64_t)in->org_ids.n, "person_id", asked.person.v));
	for (size_t i = 0; !e && i < in->org_ids.n; i++)
		e = audit_add(tx, (struct org_id){in->org_ids.items[i]}, "curator_grant", "curator", asked.id,
			audit_detail(tx, "i", "person_id", asked.person.v));
	if (!e)
		e = settle(tx, before, before_n);
	if (!e)
		e = settle(tx, in->org_ids.items, in->org_ids.n);
	if (!e)
		e = tell(tx, asked.person);
	if (!e)
		e = curator_sql_get(tx, asked.id, &row);
	return e ? e : to_api(tx, &row, out);
}

enum err curator_revoke(struct tx *tx, const struct api_curator_revoke *in, struct api_empty *out)
{
	(void)out;
	struct curator_row row;
	int64_t *orgs = arena_array(tx->arena, CURATOR_ORGS_MAX, sizeof *orgs);
	size_t n = 0;
	enum err e = orgs ? curator_sql_get(tx, in->curator_id, &row) : ERR_NOMEM;
	if (e == ERR_NOT_FOUND)
		return tx_refuse(tx, API_NOT_FOUND, "curator_id", NULL);
	if (!e)
		e = curator_sql_orgs(tx, row.id, orgs, CURATOR_ORGS_MAX, &n);
	if (!e)
		e = curator_sql_end(tx, row.id);
	struct str detail = audit_detail(tx, "i", "person_id", row.person.v);
	if (!e)
		e = audit_add(tx, AUDIT_INSTALLATION, "curator_revoke", "curator", row.id, detail);
	for (size_t i = 0; !e && i < n; i++)
		e = audit_add(tx, (struct org_id){orgs[i]}, "curator_revoke", "curator", row.id, detail);
	if (!e)
		e = settle(tx, orgs, n);
	return e ? e : tell(tx, row.person);
}

enum err curator_list(struct tx *tx, const struct api_empty *in, struct api_curators *out)
{
	(void)in;
	struct curator_row *rows = arena_array(tx->arena, CURATORS_MAX, sizeof *rows);
	struct api_curator *items = arena_array(tx->arena, CURATORS_MAX, sizeof *items);
	size_t n = 0;
	if (!rows || !items)
		return ERR_NOMEM;
	enum err e = curator_sql_list(tx, rows, CURATORS_MAX, &n);
	for (size_t i = 0; !e && i < n; i++)
		e = to_api(tx, &rows[i], &items[i]);
	out->curators.items = items;
	out->curators.n = n;
	return e;
}

enum err curator_orgs(struct tx *tx, const struct api_empty *in, struct api_curator_orgs *out)
{
	(void)in;
	int64_t *ids = arena_array(tx->arena, CURATOR_ORGS_MAX, sizeof *ids);
	struct api_org_card *items = arena_array(tx->arena, CURATOR_ORGS_MAX, sizeof *items);
	size_t n = 0;
	if (!ids || !items)
		return ERR_NOMEM;
	enum err e = curator_sql_orgs_of_person(tx, tx->actor.person, ids, CURATOR_ORGS_MAX, &n);
	for (size_t i = 0; !e && i < n; i++)
		e = org_sql_card(tx, (struct org_id){ids[i]}, &items[i]);
	out->orgs.items = items;
	out->orgs.n = n;
	return e;
}

enum err org_figures(struct tx *tx, const struct api_org_figures_get *in, struct api_org_figures *out)
{
	(void)in;
	struct org_id org = tx_org(tx);
	struct school_activity activity = {0};
	struct api_org_guide counts = {0};
	out->roles.items = arena_array(tx->arena, ROLE_GUARDIAN + 1, sizeof *out->roles.items);
	if (!out->roles.items)
		return ERR_NOMEM;
	enum err e = org_sql_role_figures(tx, org, out->roles.items, ROLE_GUARDIAN + 1, &out->roles.n);
	if (!e)
		e = org_sql_guide(tx, org, &counts);
	if (!e && school_hooks()->activity)
		e = school_hooks()->activity(tx, org, &activity);
	out->units = counts.units;
	out->messages_7 = activity.messages_7;
	out->messages_30 = activity.messages_30;
	if (!e)
		e = application_sql_state_of_org(tx, org, &out->application);
	out->has_application = !e;
	return e == ERR_NOT_FOUND ? ERR_OK : e;
}
