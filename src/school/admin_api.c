/* SPDX-License-Identifier: Apache-2.0
 *
 * Commands on who administers an organisation: deputies (R7), the hand-over in two steps and the record of appointments (R6), another
 * administrator by the operator; api/org.yaml.
 */
#include "policy/audit.h"
#include "school/org.h"
#include "school/org_sql.h"
#include "school/roster.h"
#include "school/title.h"

#define ADMINS_MAX 100

/* A living member by a second id of a command; not_found with its field. */
static enum err member_of(struct tx *tx, int64_t person, struct member_row *out)
{
	enum err e = member_sql_get(tx, tx_org(tx), (struct person_id){person}, out);
	return e == ERR_NOT_FOUND ? tx_refuse(tx, API_NOT_FOUND, "person_id", NULL) : e;
}

/* --- deputies */

static enum err check_confirmed(struct tx *tx, const struct member_row *row)
{
	bool came_in;
	if (!school_is_staff(row->role))
		return tx_refuse(tx, API_CONFLICT, "person_id", "conflict.not_staff");
	if (row->verification != API_VERIFICATION_CONFIRMED)
		return tx_refuse(tx, API_CONFLICT, "person_id", "conflict.not_confirmed");
	enum err e = account_came_in(tx, row->person, &came_in);
	return !e && !came_in ? tx_refuse(tx, API_CONFLICT, "person_id", "conflict.not_come_in") : e;
}

enum err coadmin_grant(struct tx *tx, const struct api_coadmin_grant *in, struct api_member *out)
{
	struct org_id org = tx_org(tx);
	struct member_row row;
	enum err e = member_of(tx, in->person_id, &row);
	if (!e && row.role == ROLE_ADMIN)
		return tx_refuse(tx, API_CONFLICT, "person_id", "conflict.is_admin");
	if (!e && row.role != ROLE_COADMIN) {
		e = check_confirmed(tx, &row);
		if (!e)
			e = roster_set_role(tx, org, row.person, row.role, ROLE_COADMIN);
		if (!e)
			e = audit_add(tx, org, "coadmin_grant", "person", row.person.v, STR(""));
	}
	return e ? e : roster_member(tx, org, row.person, out);
}

enum err coadmin_revoke(struct tx *tx, const struct api_coadmin_revoke *in, struct api_member *out)
{
	struct org_id org = tx_org(tx);
	struct member_row row;
	enum role to = in->has_role && in->role == API_COADMIN_REVOKE_ROLE_HEAD ? ROLE_HEAD : ROLE_TEACHER;
	enum err e = member_of(tx, in->person_id, &row);
	if (!e && row.role != ROLE_COADMIN)
		return tx_refuse(tx, API_CONFLICT, "person_id", "conflict.not_coadmin");
	if (!e)
		e = roster_set_role(tx, org, row.person, row.role, to);
	if (!e)
		e = audit_add(tx, org, "coadmin_revoke", "person", row.person.v, STR(""));
	return e ? e : roster_member(tx, org, row.person, out);
}

/* --- the hand-over */

static enum err read_handover(struct tx *tx, struct org_id org, bool *found_out, struct handover_row *row, struct api_handover *out)
{
	enum err e = org_sql_handover(tx, org, row);
	*found_out = !e;
	if (e)
		return e == ERR_NOT_FOUND ? ERR_OK : e;
	*out = (struct api_handover){.order_number = row->order_number,
		.order_date = row->order_date,
		.stay_as = (enum api_role)row->stay_as,
		.at = row->at};
	e = account_person_get(tx, row->from, &out->from);
	return e ? e : account_person_get(tx, row->to, &out->to);
}

/* To both of them as their membership, to the cabinet as org_changed. */
static enum err tell_handover(struct tx *tx, struct org_id org, struct person_id successor)
{
	enum err e = roster_tell_member(tx, org, successor);
	return e ? e : org_tell(tx, org, API_ORG_CHANGED_EVENT_WHAT_HANDOVER);
}

enum err handover_offer(struct tx *tx, const struct api_handover_offer *in, struct api_handover *out)
{
	struct org_id org = tx_org(tx);
	struct member_row to;
	bool added, found;
	struct handover_row row = {.from = tx->actor.person,
		.to.v = in->person_id,
		.order_date = in->order_date,
		.file_id = in->has_file_id ? in->file_id : 0,
		.stay_as = in->stay_as == API_HANDOVER_OFFER_STAY_AS_HEAD ? ROLE_HEAD : ROLE_TEACHER};
	enum err e = title_clean(tx, in->order_number, "order_number", &row.order_number);
	if (!e)
		e = member_of(tx, in->person_id, &to);
	if (!e && to.role == ROLE_ADMIN)
		return tx_refuse(tx, API_CONFLICT, "person_id", "conflict.is_admin");
	if (!e)
		e = check_confirmed(tx, &to);
	if (!e && in->has_file_id) {
		const struct file_claim claim = {.file_id = in->file_id,
			.purpose = FILE_FOR_DOCUMENT,
			.org = org,
			.holder = FILE_HELD_BY_ORG,
			.holder_id = org.v,
			.field = "file_id"};
		e = file_ports()->take(tx, &claim, NULL);
	}
	if (!e)
		e = org_sql_handover_add(tx, org, &row, &added);
	if (!e && !added)
		return tx_refuse(tx, API_CONFLICT, NULL, "conflict.handover_open");
	if (!e)
		e = audit_add(tx, org, "handover_offer", "person", row.to.v, audit_detail(tx, "ss", "order", row.order_number, "date", row.order_date));
	if (!e)
		e = tell_handover(tx, org, row.to);
	return e ? e : read_handover(tx, org, &found, &row, out);
}

enum err handover_get(struct tx *tx, const struct api_handover_get *in, struct api_handover_state *out)
{
	(void)in;
	struct handover_row row;
	enum err e = read_handover(tx, tx_org(tx), &out->has_handover, &row, &out->handover);
	/* Whoever is neither party nor of the administration need not know of it. */
	if (!e && out->has_handover && !school_follows_org(tx->rel.role) && row.to.v != tx->actor.person.v)
		out->has_handover = false;
	return e;
}

static enum err accept(struct tx *tx, struct org_id org, const struct handover_row *row)
{
	struct member_row from, to;
	enum err e = member_sql_get(tx, org, row->to, &to);
	if (!e)
		e = org_sql_handover_record(tx, org, row);
	if (!e)
		e = roster_set_role(tx, org, row->to, to.role, ROLE_ADMIN);
	if (!e)
		e = member_sql_get(tx, org, row->from, &from);
	if (e == ERR_NOT_FOUND) /* left meanwhile */
		return ERR_OK;
	return e || from.role != ROLE_ADMIN ? e : roster_set_role(tx, org, row->from, ROLE_ADMIN, row->stay_as);
}

enum err handover_answer(struct tx *tx, const struct api_handover_answer *in, struct api_handover_state *out)
{
	static const char *const actions[] = {"handover_accept", "handover_decline", "handover_take_back"};
	struct org_id org = tx_org(tx);
	struct handover_row row;
	bool back = in->answer == API_HANDOVER_ANSWER_ANSWER_TAKE_BACK;
	*out = (struct api_handover_state){0};
	enum err e = org_sql_handover(tx, org, &row);
	if (e == ERR_NOT_FOUND)
		return tx_refuse(tx, API_CONFLICT, NULL, "conflict.no_handover");
	if (!e && (back ? tx->rel.role != ROLE_ADMIN : row.to.v != tx->actor.person.v))
		return tx_refuse(tx, API_FORBIDDEN, NULL, "forbidden.handover");
	if (!e)
		e = org_sql_handover_end(tx, org);
	if (!e && in->answer == API_HANDOVER_ANSWER_ANSWER_ACCEPT)
		e = accept(tx, org, &row);
	if (!e)
		e = audit_add(tx, org, actions[in->answer], "person", row.to.v, audit_detail(tx, "i", "person_id", row.from.v));
	return e ? e : tell_handover(tx, org, row.to);
}

/* --- the record */

enum err appointment_list(struct tx *tx, const struct api_appointment_list *in, struct api_appointments *out)
{
	(void)in;
	struct org_id org = tx_org(tx);
	size_t n;
	struct appointment_record *rows = arena_array(tx->arena, ORG_APPOINTMENTS_MAX, sizeof *rows);
	struct api_appointment *items = arena_array(tx->arena, ORG_APPOINTMENTS_MAX, sizeof *items);
	if (!rows || !items)
		return ERR_NOMEM;
	enum err e = org_sql_appointments(tx, org, rows, ORG_APPOINTMENTS_MAX, &n);
	for (size_t i = 0; !e && i < n; i++) {
		struct file_info file;
		items[i] = rows[i].api;
		items[i].has_person = rows[i].person.v != 0;
		if (items[i].has_person)
			e = account_person_get(tx, rows[i].person, &items[i].person);
		if (e || !rows[i].file_id)
			continue;
		/* The order of an application is held by the application, and seen by operators. */
		e = file_ports()->held(tx, FILE_HELD_BY_ORG, org.v, rows[i].file_id, &file);
		items[i].has_file = !e;
		if (!e)
			org_held_file(&file, &items[i].file);
		else if (e == ERR_NOT_FOUND)
			e = ERR_OK;
	}
	out->appointments.items = items;
	out->appointments.n = n;
	return e;
}

static enum err end_previous(struct tx *tx, struct org_id org)
{
	struct person_id admins[ADMINS_MAX];
	size_t n;
	enum err e = org_sql_admins(tx, org, admins, ADMINS_MAX, &n);
	for (size_t i = 0; !e && i < n; i++) {
		e = roster_set_role(tx, org, admins[i], ROLE_ADMIN, ROLE_TEACHER);
		if (!e)
			e = audit_add(tx, org, "admin_end", "person", admins[i].v, STR(""));
	}
	return e;
}

enum err org_reappoint(struct tx *tx, const struct api_org_reappoint *in, struct api_org *out)
{
	struct org_id org = {in->org_id};
	struct appointment a = {.how = API_APPOINTMENT_HOW_OPERATOR,
		.given_name = in->has_admin_given_name ? in->admin_given_name : STR(""),
		.family_name = in->has_admin_family_name ? in->admin_family_name : STR(""),
		.patronymic = in->has_admin_patronymic ? in->admin_patronymic : STR(""),
		.order_date = in->has_order_date ? in->order_date : STR("")};
	enum err e = org_sql_get(tx, org, out);
	if (e == ERR_NOT_FOUND)
		return tx_refuse(tx, API_NOT_FOUND, "org_id", NULL);
	if (!e && in->has_order_number && str_trim_ascii(in->order_number).n)
		e = title_clean(tx, in->order_number, "order_number", &a.order_number);
	if (!e)
		e = org_sql_appointments_cancel(tx, org);
	if (!e)
		e = org_sql_handover_end(tx, org);
	if (!e)
		e = appointment_sql_add(tx, org, in->admin_phone, &a);
	if (!e && in->end_previous)
		e = end_previous(tx, org);
	struct str detail = audit_detail(tx, "sb", "order", a.order_number, "end_previous", (int)in->end_previous);
	if (!e)
		e = audit_add(tx, org, "admin_reappoint", "org", org.v, detail);
	if (!e)
		e = audit_add(tx, AUDIT_INSTALLATION, "admin_reappoint", "org", org.v, detail);
	if (!e)
		e = org_tell(tx, org, API_ORG_CHANGED_EVENT_WHAT_HANDOVER);
	return e ? e : org_sql_get(tx, org, out);
}
