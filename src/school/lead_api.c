/* SPDX-License-Identifier: Apache-2.0
 *
 * Leads of units by order (api/structure.yaml, R17). The rights were checked before.
 */
#include "policy/audit.h"
#include "school/roster.h"
#include "school/structure.h"
#include "school/title.h"

enum err unit_lead_set(struct tx *tx, const struct api_unit_lead_set *in, struct api_member *out)
{
	struct org_id org = tx_org(tx);
	struct unit_id id = {in->unit_id};
	struct person_id person = {in->person_id};
	struct api_unit unit;
	struct str number = STR("");
	enum role role;
	bool lead = true, changed;
	enum err e = school_member_role(tx, org, person, &role);
	if (e == ERR_NOT_FOUND)
		return tx_refuse(tx, API_NOT_FOUND, "person_id", NULL);
	if (!e && in->has_order_no)
		e = title_clean(tx, in->order_no, "order_no", &number);
	if (!e)
		e = unit_sql_get(tx, org, id, &unit);
	if (!e && unit.kind == API_UNIT_KIND_STAFF)
		return tx_refuse(tx, API_CONFLICT, "unit_id", "conflict.lead_of_staff");
	if (!e)
		e = roster_join(tx, org, &unit, person, role, &lead, &changed);
	if (!e && (in->has_order_no || in->has_order_date))
		e = lead_sql_order(tx, org, id, person, number, in->has_order_date ? in->order_date : 0);
	if (!e && changed)
		e = roster_tell_unit(tx, org, id);
	if (!e && changed)
		e = roster_tell_member(tx, org, person);
	if (!e)
		e = audit_add(tx, org, "unit_lead_set", "unit", id.v, audit_detail(tx, "is", "person_id", person.v, "order_no", number));
	return e ? e : roster_member(tx, org, person, out);
}

enum err unit_lead_unset(struct tx *tx, const struct api_unit_lead_unset *in, struct api_empty *out)
{
	(void)out;
	struct org_id org = tx_org(tx);
	struct unit_id id = {in->unit_id};
	struct person_id person = {in->person_id};
	struct api_unit unit;
	enum role role;
	bool lead = false, changed;
	enum err e = roster_sql_get(tx, org, id, person, &lead);
	if (e == ERR_NOT_FOUND || (!e && !lead))
		return tx_refuse(tx, API_NOT_FOUND, "person_id", NULL);
	lead = false;
	if (!e && in->has_stay && in->stay) {
		e = unit_sql_get(tx, org, id, &unit);
		if (!e)
			e = school_member_role(tx, org, person, &role);
		if (!e)
			e = roster_join(tx, org, &unit, person, role, &lead, &changed);
	} else if (!e) {
		e = roster_leave(tx, org, id, person, &changed);
	}
	if (!e)
		e = roster_tell_unit(tx, org, id);
	if (!e)
		e = roster_tell_member(tx, org, person);
	return e ? e : audit_add(tx, org, "unit_lead_unset", "unit", id.v, audit_detail(tx, "i", "person_id", person.v));
}

enum err unit_lead_list(struct tx *tx, const struct api_unit_lead_list *in, struct api_unit_leads *out)
{
	struct person_id *persons = arena_array(tx->arena, UNIT_LEADS_PAGE, sizeof *persons);
	out->leads.items = arena_array(tx->arena, UNIT_LEADS_PAGE, sizeof *out->leads.items);
	if (!persons || !out->leads.items)
		return ERR_NOMEM;
	enum err e = lead_sql_list(tx, tx_org(tx), (struct unit_id){in->unit_id}, out->leads.items, persons, UNIT_LEADS_PAGE, &out->leads.n);
	for (size_t i = 0; !e && i < out->leads.n; i++)
		e = account_person_get(tx, persons[i], &out->leads.items[i].person);
	return e;
}

enum err unit_leads_now(struct tx *tx, struct org_id org, struct api_unit *io)
{
	struct person_id persons[UNIT_LEADS_SHOWN];
	size_t n;
	enum err e = lead_sql_now(tx, org, (struct unit_id){io->id}, persons, UNIT_LEADS_SHOWN, &n);
	if (e)
		return e;
	io->has_leads = true;
	io->leads.items = arena_array(tx->arena, n + 1, sizeof *io->leads.items);
	if (!io->leads.items)
		return ERR_NOMEM;
	for (size_t i = 0; !e && i < n; i++)
		e = account_person_get(tx, persons[i], &io->leads.items[i]);
	io->leads.n = n;
	return e;
}
