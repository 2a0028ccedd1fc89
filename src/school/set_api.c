/* SPDX-License-Identifier: Apache-2.0
 *
 * Named sets of people: activists of parents and pupils, and others (api/structure.yaml, R24). The rights were checked before.
 */
#include "policy/audit.h"
#include "school/roster.h"
#include "school/structure.h"
#include "school/title.h"

_Static_assert(API_SET_KIND_PARENTS == 0 && API_SET_KIND_STUDENTS == 1 && API_SET_KIND_OTHER == 2, "kinds of sets lie in stores");

static enum err tell(struct tx *tx, struct org_id org, struct set_id set)
{
	enum err e = school_hooks()->set_changed ? school_hooks()->set_changed(tx, org, set) : ERR_OK;
	return e ? e : structure_tell(tx, org, API_STRUCTURE_CHANGED_EVENT_WHAT_SETS, (struct unit_id){0});
}

static enum err find(struct tx *tx, int64_t id, struct api_set *out)
{
	enum err e = set_sql_get(tx, tx_org(tx), (struct set_id){id}, out);
	return e == ERR_NOT_FOUND ? tx_refuse(tx, API_NOT_FOUND, "set_id", NULL) : e;
}

enum err set_list(struct tx *tx, const struct api_set_list *in, struct api_sets *out)
{
	(void)in;
	out->sets.items = arena_array(tx->arena, SETS_MAX, sizeof *out->sets.items);
	return out->sets.items ? set_sql_list(tx, tx_org(tx), out->sets.items, SETS_MAX, &out->sets.n) : ERR_NOMEM;
}

enum err set_create(struct tx *tx, const struct api_set_create *in, struct api_set *out)
{
	struct org_id org = tx_org(tx);
	struct str name, fold;
	struct set_id set = {0};
	bool added;
	size_t n;
	struct api_set *all = arena_array(tx->arena, SETS_MAX + 1, sizeof *all);
	if (!all)
		return ERR_NOMEM;
	enum err e = title_clean(tx, in->name, "name", &name);
	if (!e)
		e = title_fold(tx, name, &fold);
	if (!e)
		e = set_sql_list(tx, org, all, SETS_MAX, &n);
	if (!e && n >= SETS_MAX)
		return tx_refuse(tx, API_CONFLICT, "name", "conflict.too_many_sets");
	if (!e)
		e = set_sql_add(tx, org, in->kind, name, fold, &added, &set);
	if (!e && !added)
		return tx_refuse(tx, API_CONFLICT, "name", "conflict.set_name_taken");
	if (!e)
		e = tell(tx, org, set);
	if (!e)
		e = audit_add(tx, org, "set_create", "set", set.v, STR(""));
	return e ? e : set_sql_get(tx, org, set, out);
}

enum err set_rename(struct tx *tx, const struct api_set_rename *in, struct api_set *out)
{
	struct org_id org = tx_org(tx);
	struct set_id set = {in->set_id};
	struct str name, fold;
	bool done;
	enum err e = find(tx, in->set_id, out);
	if (!e)
		e = title_clean(tx, in->name, "name", &name);
	if (!e && str_eq(name, out->name))
		return ERR_OK;
	if (!e)
		e = title_fold(tx, name, &fold);
	if (!e)
		e = set_sql_rename(tx, org, set, name, fold, &done);
	if (!e && !done)
		return tx_refuse(tx, API_CONFLICT, "name", "conflict.set_name_taken");
	if (!e)
		e = tell(tx, org, set);
	if (!e)
		e = audit_add(tx, org, "set_rename", "set", set.v, audit_detail(tx, "s", "from", out->name));
	return e ? e : set_sql_get(tx, org, set, out);
}

enum err set_end(struct tx *tx, const struct api_set_end *in, struct api_empty *out)
{
	(void)out;
	struct org_id org = tx_org(tx);
	struct set_id set = {in->set_id};
	struct api_set known;
	struct person_id *people;
	size_t n;
	enum err e = find(tx, in->set_id, &known);
	if (!e)
		e = set_sql_people(tx, org, set, &people, &n);
	if (!e)
		e = set_sql_end(tx, org, set);
	if (!e)
		e = tell(tx, org, set);
	for (size_t i = 0; !e && i < n; i++)
		e = school_hooks()->person_placed(tx, org, people[i]);
	if (!e)
		e = audit_add(tx, org, "set_end", "set", set.v, audit_detail(tx, "s", "name", known.name));
	return e;
}

enum err set_people(struct tx *tx, const struct api_set_people *in, struct api_set_persons *out)
{
	struct org_id org = tx_org(tx);
	struct api_set known;
	struct person_id *people;
	size_t n;
	enum err e = find(tx, in->set_id, &known);
	if (!e)
		e = set_sql_people(tx, org, (struct set_id){in->set_id}, &people, &n);
	if (e)
		return e;
	out->people.items = arena_array(tx->arena, n + 1, sizeof *out->people.items);
	if (!out->people.items)
		return ERR_NOMEM;
	for (size_t i = 0; !e && i < n; i++) {
		enum role role;
		e = account_person_get(tx, people[i], &out->people.items[i].person);
		if (!e)
			e = school_member_role(tx, org, people[i], &role);
		if (!e)
			out->people.items[i].role = (enum api_role)role;
	}
	out->people.n = n;
	return e;
}

/* Staff may be parents here too: then they have a child here. */
static enum err check_person(struct tx *tx, struct org_id org, enum api_set_kind kind, struct person_id person)
{
	struct school_place place;
	enum err e = school_place(tx, org, person, &place);
	if (e)
		return e;
	if (!place.member)
		return tx_refuse(tx, API_NOT_FOUND, "person_ids", NULL);
	if (kind == API_SET_KIND_STUDENTS && place.role != ROLE_STUDENT)
		return tx_refuse(tx, API_CONFLICT, "person_ids", "conflict.set_of_students");
	if (kind == API_SET_KIND_PARENTS && place.role != ROLE_GUARDIAN && !place.guarded_n)
		return tx_refuse(tx, API_CONFLICT, "person_ids", "conflict.set_of_parents");
	return ERR_OK;
}

enum err set_person_add(struct tx *tx, const struct api_set_person_add *in, struct api_set *out)
{
	struct org_id org = tx_org(tx);
	struct set_id set = {in->set_id};
	bool any = false;
	enum err e = find(tx, in->set_id, out);
	for (size_t i = 0; !e && i < in->person_ids.n; i++) {
		struct person_id person = {in->person_ids.items[i]};
		bool added = false;
		e = check_person(tx, org, out->kind, person);
		if (!e)
			e = set_sql_person_add(tx, org, set, person, &added);
		if (!e && added)
			e = school_hooks()->person_placed(tx, org, person);
		if (!e && added)
			e = audit_add(tx, org, "set_person_add", "person", person.v, audit_detail(tx, "i", "set_id", set.v));
		any |= added;
	}
	if (!e)
		e = set_sql_get(tx, org, set, out);
	if (!e && out->member_count > SET_PEOPLE_MAX)
		return tx_refuse(tx, API_CONFLICT, "person_ids", "conflict.set_full");
	return e || !any ? e : tell(tx, org, set);
}

enum err set_person_remove(struct tx *tx, const struct api_set_person_remove *in, struct api_set *out)
{
	struct org_id org = tx_org(tx);
	struct set_id set = {in->set_id};
	bool ended = false;
	enum err e = find(tx, in->set_id, out);
	if (!e)
		e = set_sql_person_end(tx, org, set, (struct person_id){in->person_id}, &ended);
	if (!e && !ended)
		return tx_refuse(tx, API_NOT_FOUND, "person_id", NULL);
	if (!e)
		e = tell(tx, org, set);
	if (!e)
		e = school_hooks()->person_placed(tx, org, (struct person_id){in->person_id});
	if (!e)
		e = audit_add(tx, org, "set_person_remove", "person", in->person_id, audit_detail(tx, "i", "set_id", set.v));
	return e ? e : set_sql_get(tx, org, set, out);
}

enum err set_end_all(struct tx *tx, struct org_id org, struct person_id person)
{
	struct set_id *list;
	size_t n;
	enum err e = set_sql_of_person(tx, org, person, &list, &n);
	for (size_t i = 0; !e && i < n; i++) {
		bool ended;
		e = set_sql_person_end(tx, org, list[i], person, &ended);
		if (!e)
			e = tell(tx, org, list[i]);
	}
	return e;
}
