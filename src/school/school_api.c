/* SPDX-License-Identifier: Apache-2.0
 *
 * Commands on organisations, units and members (api/school.yaml). The rights were checked before; tx->rel says who asks.
 */
#include "base/utf8.h"
#include "policy/audit.h"
#include "school/movement.h"
#include "school/structure.h"
#include "school/title.h"

/* --- organisations */

enum err org_create(struct tx *tx, const struct api_org_create *in, struct api_org *out)
{
	struct org_id org;
	struct appointment names = {.given_name = in->has_admin_given_name ? in->admin_given_name : STR(""),
		.family_name = in->has_admin_family_name ? in->admin_family_name : STR(""),
		.patronymic = in->has_admin_patronymic ? in->admin_patronymic : STR("")};
	enum err e = school_org_new(tx, in->name, in->short_name, in->type, &org);
	if (!e)
		e = appointment_sql_add(tx, org, in->admin_phone, &names);
	if (!e)
		e = audit_add(tx, AUDIT_INSTALLATION, "org_create", "org", org.v, STR(""));
	if (!e)
		e = audit_add(tx, org, "org_create", "org", org.v, STR(""));
	return e ? e : org_sql_get(tx, org, out);
}

enum err org_list(struct tx *tx, const struct api_page *in, struct api_org_list *out)
{
	size_t limit = in->has_limit ? (size_t)in->limit : SCHOOL_PAGE_DEFAULT, n;
	struct api_org *items = arena_array(tx->arena, limit + 1, sizeof *items);
	if (!items)
		return ERR_NOMEM;
	enum err e = org_sql_list(tx, in->has_after ? in->after : 0, items, limit + 1, &n);
	if (e)
		return e;
	out->orgs.items = items;
	out->orgs.n = n < limit ? n : limit;
	out->has_next_after = n > limit;
	if (out->has_next_after)
		out->next_after = items[limit - 1].id;
	return ERR_OK;
}

enum err org_get(struct tx *tx, const struct api_org_get *in, struct api_org *out)
{
	(void)in;
	return org_sql_get(tx, tx_org(tx), out);
}

/* --- units */

enum err unit_create(struct tx *tx, const struct api_unit_create *in, struct api_unit *out)
{
	struct unit_id unit;
	enum err e = school_unit_new(tx, tx_org(tx), in->kind, in->name, &unit);
	if (!e)
		e = audit_add(tx, tx_org(tx), "unit_create", "unit", unit.v, STR(""));
	return e ? e : unit_sql_get(tx, tx_org(tx), unit, out);
}

enum err unit_rename(struct tx *tx, const struct api_unit_rename *in, struct api_unit *out)
{
	struct org_id org = tx_org(tx);
	struct unit_id unit = {in->unit_id};
	struct str name, fold, was = STR("");
	bool renamed;
	enum err e = title_clean(tx, in->name, "name", &name);
	if (!e)
		e = title_fold(tx, name, &fold);
	if (!e)
		e = unit_sql_get(tx, org, unit, out);
	if (!e && str_eq(out->name, name))
		return ERR_OK;
	if (!e)
		was = out->name;
	if (!e)
		e = unit_sql_rename(tx, org, unit, name, fold, &renamed);
	if (!e && !renamed)
		e = tx_refuse(tx, API_CONFLICT, "name", "conflict.unit_name_taken");
	if (!e && out->kind == API_UNIT_KIND_CLASS)
		e = unit_level_from_name(tx, org, unit, name);
	if (!e)
		e = school_hooks()->unit_renamed(tx, org, unit, name);
	if (!e)
		e = roster_tell_unit(tx, org, unit);
	if (!e)
		e = audit_add(tx, org, "unit_rename", "unit", unit.v, audit_detail(tx, "ss", "was", was, "became", name));
	return e ? e : unit_sql_get(tx, org, unit, out);
}

enum err unit_list(struct tx *tx, const struct api_unit_list *in, struct api_unit_page *out)
{
	size_t n;
	struct api_unit *items = arena_array(tx->arena, SCHOOL_UNIT_PAGE + 1, sizeof *items);
	if (!items)
		return ERR_NOMEM;
	enum err e = unit_sql_list(tx, tx_org(tx), in->has_after ? in->after : 0, items, SCHOOL_UNIT_PAGE + 1, &n);
	if (e)
		return e;
	out->units.items = items;
	out->units.n = n < SCHOOL_UNIT_PAGE ? n : SCHOOL_UNIT_PAGE;
	for (size_t i = 0; i < out->units.n; i++)
		if ((e = unit_leads_now(tx, tx_org(tx), &items[i])))
			return e;
	out->has_next_after = n > SCHOOL_UNIT_PAGE;
	if (out->has_next_after)
		out->next_after = items[SCHOOL_UNIT_PAGE - 1].id;
	return ERR_OK;
}

/* --- members */

/* A cursor is the person and the folded name of the last row: "17.иванов пётр". */
static enum err read_cursor(struct tx *tx, struct str cursor, struct member_filter *f)
{
	size_t dot;
	int64_t person;
	if (!str_find(cursor, '.', &dot) || str_to_i64(str_n(cursor.p, dot), &person) || person < 1)
		return tx_refuse(tx, API_INVALID_FIELD, "cursor", NULL);
	f->after_person.v = person;
	f->after_name = str_n(cursor.p + dot + 1, cursor.n - dot - 1);
	return ERR_OK;
}

static enum err read_filter(struct tx *tx, const struct api_member_list *in, struct member_filter *f)
{
	*f = (struct member_filter){.role = in->has_role ? (enum role)in->role : ROLE_NONE};
	enum err e = ERR_OK;
	if (in->has_unit_id) {
		struct api_unit unit;
		f->unit.v = in->unit_id;
		e = unit_sql_get(tx, tx_org(tx), f->unit, &unit);
		if (e == ERR_NOT_FOUND)
			return tx_refuse(tx, API_NOT_FOUND, "unit_id", NULL);
	}
	if (!e && in->has_query)
		e = title_fold(tx, str_trim_ascii(in->query), &f->prefix);
	if (!e && in->has_cursor)
		e = read_cursor(tx, in->cursor, f);
	return e;
}

enum err member_list(struct tx *tx, const struct api_member_list *in, struct api_member_page *out)
{
	struct member_filter filter;
	size_t limit = in->has_limit ? (size_t)in->limit : SCHOOL_PAGE_DEFAULT, n = 0;
	enum err e = read_filter(tx, in, &filter);
	if (e)
		return e;
	struct member_row *rows = arena_array(tx->arena, limit + 1, sizeof *rows);
	struct api_member *items = arena_array(tx->arena, limit, sizeof *items);
	if (!rows || !items)
		return ERR_NOMEM;
	e = member_sql_list(tx, tx_org(tx), &filter, rows, limit + 1, &n);
	out->members.items = items;
	out->members.n = n < limit ? n : limit;
	for (size_t i = 0; !e && i < out->members.n; i++)
		e = roster_member(tx, tx_org(tx), rows[i].person, &items[i]);
	if (!e && n > limit) {
		struct member_row *last = &rows[limit - 1];
		char *text = arena_printf(tx->arena, "%lld.%.*s", (long long)last->person.v, (int)last->name_fold.n, last->name_fold.p);
		if (!text)
			return ERR_NOMEM;
		out->has_next_cursor = true;
		out->next_cursor = str_of(text);
	}
	return e;
}

/* Into a unit by hand: a line of the journal, unless he is in it and only leads it now or does no longer. */
static enum err put_into(struct tx *tx, const struct api_unit *unit, struct person_id person, enum role role, const bool *lead, bool *changed_out)
{
	struct movement m;
	bool leads;
	enum err e = roster_sql_get(tx, tx_org(tx), (struct unit_id){unit->id}, person, &leads);
	if (!e) {
		e = roster_join(tx, tx_org(tx), unit, person, role, lead, changed_out);
		if (!e && *changed_out)
			e = roster_tell_unit(tx, tx_org(tx), (struct unit_id){unit->id});
		return e || !*changed_out ? e : roster_tell_member(tx, tx_org(tx), person);
	}
	if (e != ERR_NOT_FOUND)
		return e;
	*changed_out = true;
	e = movement_begin(&m, tx, tx_org(tx), API_MOVEMENT_KIND_UNIT_JOIN);
	if (!e)
		e = movement_join_unit(&m, unit, person, role, lead);
	if (!e)
		e = movement_write_line(&m, &(struct movement_line){API_MOVEMENT_KIND_UNIT_JOIN, person.v, 0, unit->id, STR(""), unit->name});
	return movement_close(&m, e);
}

enum err unit_member_add(struct tx *tx, const struct api_unit_member_add *in, struct api_member *out)
{
	struct org_id org = tx_org(tx);
	struct person_id person = {in->person_id};
	struct api_unit unit;
	enum role role;
	bool changed;
	enum err e = school_member_role(tx, org, person, &role);
	if (e == ERR_NOT_FOUND)
		return tx_refuse(tx, API_NOT_FOUND, "person_id", NULL);
	if (!e)
		e = unit_sql_get(tx, org, (struct unit_id){in->unit_id}, &unit);
	if (!e)
		e = put_into(tx, &unit, person, role, in->has_lead ? &in->lead : NULL, &changed);
	if (!e && changed)
		e = audit_add(tx, org, "unit_member_add", "person", person.v, audit_detail(tx, "i", "unit_id", in->unit_id));
	return e ? e : roster_member(tx, org, person, out);
}

enum err unit_member_remove(struct tx *tx, const struct api_unit_member_remove *in, struct api_empty *out)
{
	(void)out;
	struct org_id org = tx_org(tx);
	struct person_id person = {in->person_id};
	struct unit_id unit = {in->unit_id};
	struct movement m;
	struct str name = STR("");
	bool lead, living;
	enum err e = roster_sql_get(tx, org, unit, person, &lead);
	if (e)
		return e == ERR_NOT_FOUND ? tx_refuse(tx, API_NOT_FOUND, "person_id", NULL) : e;
	e = school_unit_name(tx, org, unit, &name, &living); /* which may be in the archive */
	if (!e)
		e = audit_add(tx, org, "unit_member_remove", "person", person.v, audit_detail(tx, "i", "unit_id", in->unit_id));
	if (e)
		return e;
	e = movement_begin(&m, tx, org, API_MOVEMENT_KIND_UNIT_LEAVE);
	if (!e)
		e = movement_leave_unit(&m, unit, person);
	if (!e)
		e = movement_write_line(&m, &(struct movement_line){API_MOVEMENT_KIND_UNIT_LEAVE, person.v, unit.v, 0, name, STR("")});
	return movement_close(&m, e);
}

/* Only an administrator parts with administrators and their deputies; a deputy may go himself. */
enum err school_may_remove(struct tx *tx, struct person_id person, enum role role)
{
	int64_t admins;
	if (tx->rel.role == ROLE_COADMIN && (role == ROLE_ADMIN || role == ROLE_COADMIN) && person.v != tx->actor.person.v)
		return tx_refuse(tx, API_FORBIDDEN, NULL, "forbidden.admin_only");
	if (role != ROLE_ADMIN)
		return ERR_OK;
	enum err e = member_sql_count(tx, tx_org(tx), ROLE_ADMIN, &admins);
	if (!e && admins <= 1)
		e = tx_refuse(tx, API_CONFLICT, NULL, "conflict.last_admin");
	return e;
}

enum err member_remove(struct tx *tx, const struct api_member_remove *in, struct api_empty *out)
{
	(void)out;
	struct org_id org = tx_org(tx);
	struct person_id person = {in->person_id};
	struct movement m;
	enum role role;
	enum err e = school_member_role(tx, org, person, &role);
	if (e == ERR_NOT_FOUND)
		return tx_refuse(tx, API_NOT_FOUND, "person_id", NULL);
	if (!e)
		e = school_may_remove(tx, person, role);
	if (!e)
		e = audit_add(tx, org, "member_remove", "person", person.v, audit_detail(tx, "i", "role", (int64_t)role));
	if (e)
		return e;
	e = movement_begin(&m, tx, org, school_is_staff(role) ? API_MOVEMENT_KIND_DISMISS : API_MOVEMENT_KIND_LEAVE);
	if (!e)
		e = movement_leave_alone(&m, person, role);
	return movement_close(&m, e);
}
