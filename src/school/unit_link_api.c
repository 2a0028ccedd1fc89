/* SPDX-License-Identifier: Apache-2.0
 *
 * Links of a unit that are sent again to whoever has not come in (R61): by its lead, and by its subject teachers when the lead lets
 * them. On a worker's thread, inside a transaction; the rights were checked before.
 */
#include "policy/audit.h"
#include "school/join.h"

#define UNIT_LINKS_MAX 20

/* Its lead, or whoever runs the organisation; not somebody who only teaches there. */
static bool manages(const struct tx *tx)
{
	return tx->rel.unit_lead || tx->rel.role == ROLE_ADMIN || tx->rel.role == ROLE_COADMIN;
}

static enum err fill(struct tx *tx, struct unit_id unit, struct api_unit_links *out)
{
	struct org_id org = tx_org(tx);
	struct api_join_settings settings;
	struct invite_row rows[UNIT_LINKS_MAX];
	size_t n = 0;
	*out = (struct api_unit_links){.teachers_send = false};
	enum err e = invite_sql_teachers_send(tx, org, unit, &out->teachers_send);
	if (!e)
		e = join_settings(tx, org, &settings);
	if (!e && (manages(tx) || (out->teachers_send && settings.student_invites != API_STUDENT_INVITES_ADMINS)))
		e = invite_sql_open_of_unit(tx, org, unit, rows, UNIT_LINKS_MAX, &n);
	out->links.items = arena_array(tx->arena, UNIT_LINKS_MAX, sizeof *out->links.items);
	if (!e && !out->links.items)
		return ERR_NOMEM;
	out->links.n = n;
	for (size_t i = 0; !e && i < n; i++)
		out->links.items[i] = (struct api_unit_link){.id = rows[i].api.id, .role = rows[i].api.role, .token = rows[i].api.token,
			.code = rows[i].api.code, .approval = rows[i].api.approval, .expires_at = rows[i].api.expires_at};
	return e;
}

enum err unit_link_list(struct tx *tx, const struct api_unit_link_list *in, struct api_unit_links *out)
{
	return fill(tx, (struct unit_id){in->unit_id}, out);
}

enum err unit_link_delegate(struct tx *tx, const struct api_unit_link_delegate *in, struct api_unit_links *out)
{
	struct org_id org = tx_org(tx);
	struct unit_id unit = {in->unit_id};
	struct api_join_settings settings;
	bool was;
	enum err e = join_settings(tx, org, &settings);
	if (!e && in->teachers_send && settings.student_invites == API_STUDENT_INVITES_ADMINS && tx->rel.role != ROLE_ADMIN &&
		tx->rel.role != ROLE_COADMIN)
		e = tx_refuse(tx, API_FORBIDDEN, NULL, "forbidden.links_by_admins");
	if (!e)
		e = invite_sql_teachers_send(tx, org, unit, &was);
	if (!e && was != in->teachers_send) {
		e = invite_sql_set_teachers_send(tx, org, unit, in->teachers_send);
		if (!e)
			e = audit_add(tx, org, "unit_link_delegate", "unit", unit.v, audit_detail(tx, "b", "teachers_send", (int)in->teachers_send));
	}
	return e ? e : fill(tx, unit, out);
}
