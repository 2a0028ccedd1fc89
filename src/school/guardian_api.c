/* SPDX-License-Identifier: Apache-2.0
 *
 * Commands on guardians and children (api/structure.yaml). The rights were checked before; tx->rel says who asks.
 */
#include "policy/audit.h"
#include "school/guardian.h"
#include "school/roster.h"

static enum err family(struct tx *tx, struct org_id org, struct person_id child, struct api_family *out)
{
	struct person_id *list;
	size_t n;
	enum err e = account_person_get(tx, child, &out->child);
	if (!e)
		e = guardian_sql_of_child(tx, org, child, &list, &n);
	if (e)
		return e;
	out->guardians.n = n;
	out->guardians.items = arena_array(tx->arena, n + 1, sizeof *out->guardians.items);
	if (!out->guardians.items)
		return ERR_NOMEM;
	for (size_t i = 0; !e && i < n; i++) {
		e = account_person_get(tx, list[i], &out->guardians.items[i].person);
		if (e)
			break;
		enum role role;
		e = school_member_role(tx, org, list[i], &role);
		if (!e)
			out->guardians.items[i].role = (enum api_role)role;
	}
	return e;
}

/* The unit is the child's; a lead has only the parents of his unit before him. */
static enum err check_unit(struct tx *tx, const struct api_guardian_bind *in)
{
	struct org_id org = tx_org(tx);
	struct unit_id unit = {in->unit_id};
	enum role role;
	bool lead;
	enum err e = roster_sql_get(tx, org, unit, (struct person_id){in->child_id}, &lead);
	if (e == ERR_NOT_FOUND)
		return tx_refuse(tx, API_NOT_FOUND, "child_id", NULL);
	if (e || tx->rel.role <= ROLE_COADMIN)
		return e;
	e = roster_sql_get(tx, org, unit, (struct person_id){in->guardian_id}, &lead);
	if (!e)
		e = school_member_role(tx, org, (struct person_id){in->guardian_id}, &role);
	return e == ERR_NOT_FOUND || (!e && role != ROLE_GUARDIAN) ? tx_refuse(tx, API_NOT_FOUND, "guardian_id", NULL) : e;
}

enum err guardian_bind(struct tx *tx, const struct api_guardian_bind *in, struct api_family *out)
{
	struct org_id org = tx_org(tx);
	struct person_id child = {in->child_id};
	bool changed;
	enum err e = check_unit(tx, in);
	if (!e)
		e = school_guardian_bind(tx, org, (struct person_id){in->guardian_id}, child, &changed);
	if (!e && changed)
		e = audit_add(tx, org, "guardian_bind", "person", child.v, audit_detail(tx, "i", "person_id", in->guardian_id));
	return e ? e : family(tx, org, child, out);
}

enum err guardian_unbind(struct tx *tx, const struct api_guardian_bind *in, struct api_family *out)
{
	struct org_id org = tx_org(tx);
	struct person_id child = {in->child_id};
	bool ended;
	enum err e = check_unit(tx, in);
	if (!e)
		e = school_guardian_unbind(tx, org, (struct person_id){in->guardian_id}, child, &ended);
	if (!e && !ended)
		return tx_refuse(tx, API_NOT_FOUND, "guardian_id", NULL);
	if (!e)
		e = audit_add(tx, org, "guardian_unbind", "person", child.v, audit_detail(tx, "i", "person_id", in->guardian_id));
	return e ? e : family(tx, org, child, out);
}

enum err guardian_list(struct tx *tx, const struct api_guardian_list *in, struct api_family_list *out)
{
	struct org_id org = tx_org(tx);
	struct person_id *list;
	size_t n, kept = 0;
	enum err e = guardian_sql_students(tx, org, (struct unit_id){in->unit_id}, &list, &n);
	if (e)
		return e;
	out->families.items = arena_array(tx->arena, n + 1, sizeof *out->families.items);
	if (!out->families.items)
		return ERR_NOMEM;
	for (size_t i = 0; !e && i < n; i++)
		if (!in->has_child_id || in->child_id == list[i].v)
			e = family(tx, org, list[i], &out->families.items[kept++]);
	out->families.n = kept;
	if (!e)
		e = guardian_sql_unbound(tx, org, (struct unit_id){in->unit_id}, &list, &n);
	if (e)
		return e;
	out->unbound.items = arena_array(tx->arena, n + 1, sizeof *out->unbound.items);
	if (!out->unbound.items)
		return ERR_NOMEM;
	for (size_t i = 0; !e && i < n; i++)
		e = account_person_get(tx, list[i], &out->unbound.items[i]);
	out->unbound.n = n;
	return !e && in->has_child_id && !kept ? tx_refuse(tx, API_NOT_FOUND, "child_id", NULL) : e;
}

static enum err child_units(struct tx *tx, struct org_id org, struct person_id child, struct api_unit_name_array *out)
{
	struct api_unit_membership_array units;
	enum err e = roster_sql_of_person(tx, org, child, &units);
	if (e)
		return e;
	out->items = arena_array(tx->arena, units.n + 1, sizeof *out->items);
	if (!out->items)
		return ERR_NOMEM;
	for (size_t i = 0; !e && i < units.n; i++) {
		struct api_unit unit;
		e = unit_sql_get(tx, org, (struct unit_id){units.items[i].unit_id}, &unit);
		if (!e)
			out->items[out->n++] = (struct api_unit_name){.id = unit.id, .kind = unit.kind, .name = unit.name};
		else if (e == ERR_NOT_FOUND)
			e = ERR_OK;
	}
	return e;
}

static enum err children(struct tx *tx, struct org_id org, struct person_id guardian, struct api_child_array *out)
{
	struct person_id *list;
	size_t n;
	*out = (struct api_child_array){0};
	enum err e = guardian_sql_children(tx, org, guardian, &list, &n);
	if (e)
		return e;
	out->items = arena_array(tx->arena, n + 1, sizeof *out->items);
	if (!out->items)
		return ERR_NOMEM;
	for (size_t i = 0; !e && i < n; i++) {
		struct api_child *child = &out->items[i];
		*child = (struct api_child){0};
		e = account_person_get(tx, list[i], &child->person);
		if (!e)
			e = child_units(tx, org, list[i], &child->units);
	}
	out->n = n;
	return e;
}

enum err family_get(struct tx *tx, const struct api_family_get *in, struct api_member_family *out)
{
	struct org_id org = tx_org(tx);
	struct person_id person = {in->person_id};
	struct api_family own;
	enum role role;
	enum err e = school_member_role(tx, org, person, &role);
	if (e == ERR_NOT_FOUND)
		return tx_refuse(tx, API_NOT_FOUND, "person_id", NULL);
	if (!e)
		e = family(tx, org, person, &own);
	out->guardians = own.guardians;
	return e ? e : children(tx, org, person, &out->children);
}

enum err my_children(struct tx *tx, const struct api_my_children *in, struct api_child_list *out)
{
	(void)in;
	return children(tx, tx_org(tx), tx->actor.person, &out->children);
}
