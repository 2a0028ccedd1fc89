/* SPDX-License-Identifier: Apache-2.0
 *
 * Requests to be let in (R30): by a link that wants approval, or from the public page. On a worker's thread.
 */
#include "policy/audit.h"
#include "school/join.h"
#include "school/title.h"

/* The row with the names that the wire has. */
static enum err complete(struct tx *tx, const struct request_row *row, struct api_join_request *out)
{
	struct org_id org_id = {row->api.org_id};
	struct api_org org;
	*out = row->api;
	enum err e = account_person_get(tx, row->person, &out->person);
	if (!e)
		e = org_sql_get(tx, org_id, &org);
	if (e)
		return e;
	out->org_short_name = org.short_name;
	out->org_type = org.type;
	if (!out->has_unit_id)
		return ERR_OK;
	struct api_unit unit;
	e = unit_sql_get(tx, org_id, (struct unit_id){out->unit_id}, &unit);
	out->has_unit_name = !e;
	if (!e)
		out->unit_name = unit.name;
	return e == ERR_NOT_FOUND ? ERR_OK : e;
}

static enum err tell(struct tx *tx, struct org_id org, int64_t id, struct api_join_request *out)
{
	struct request_row row;
	struct api_join_queue_changed_event queue;
	enum err e = request_sql_get(tx, org, id, &row);
	if (!e)
		e = complete(tx, &row, out);
	if (!e)
		e = event_join_request_changed(tx, person_stream(row.person), &(struct api_join_request_changed_event){.request = *out});
	if (!e)
		e = request_sql_waiting(tx, org, &queue.waiting);
	return e ? e : event_join_queue_changed(tx, org_stream(org), &queue);
}

/* Whoever is a member already has nothing to ask for but another unit, in the same role. */
static enum err check_member(struct tx *tx, struct org_id org, struct person_id person, const struct link_promise *p, bool *there_out)
{
	enum role has;
	bool lead;
	*there_out = false;
	enum err e = school_member_role(tx, org, person, &has);
	if (e == ERR_NOT_FOUND)
		return ERR_OK;
	if (!e && has != p->role)
		return tx_refuse(tx, API_CONFLICT, NULL, "conflict.other_role");
	if (!e && p->unit.v)
		e = roster_sql_get(tx, org, p->unit, person, &lead);
	*there_out = !e;
	return e == ERR_NOT_FOUND ? ERR_OK : e;
}

enum err request_make(struct tx *tx, struct org_id org, struct person_id person, struct invite_id invite, const struct link_promise *p,
	bool *made_out)
{
	int64_t open = 0, mine = 0, waiting = 0;
	bool there;
	*made_out = false;
	enum err e = check_member(tx, org, person, p, &there);
	if (e || there)
		return e;
	e = request_sql_open(tx, org, person, &open);
	if (e || open)
		return e;
	e = request_sql_open_of_person(tx, person, &mine);
	if (!e)
		e = request_sql_waiting(tx, org, &waiting);
	if (!e && mine >= REQUESTS_OF_PERSON)
		e = tx_refuse(tx, API_CONFLICT, NULL, "conflict.requests_of_person");
	if (!e && waiting >= REQUESTS_OF_ORG)
		e = tx_refuse(tx, API_CONFLICT, NULL, "conflict.requests_of_org");
	struct request_row row = {.api = {.role = (enum api_role)p->role, .lead = p->lead, .has_unit_id = p->unit.v != 0, .unit_id = p->unit.v},
		.person = person, .child = p->child, .invite = invite};
	if (!e)
		e = request_sql_add(tx, org, &row, made_out);
	if (!e)
		e = request_sql_open(tx, org, person, &open);
	struct api_join_request told;
	return e ? e : tell(tx, org, open, &told);
}

enum err join_ask(struct tx *tx, const struct api_join_ask *in, struct api_signed_in *out)
{
	struct org_id org = {in->org_id};
	struct api_join_settings settings;
	struct api_org card;
	struct person_id person;
	bool made;
	struct link_promise p = {.unit.v = in->has_unit_id ? in->unit_id : 0,
		.role = in->role == API_JOIN_ASK_ROLE_STUDENT ? ROLE_STUDENT : in->role == API_JOIN_ASK_ROLE_GUARDIAN ? ROLE_GUARDIAN : ROLE_TEACHER};
	struct newcomer who = {.has_phone = in->has_phone, .phone = in->phone, .has_code = in->has_code, .code = in->code,
		.has_given_name = in->has_given_name, .given_name = in->given_name, .has_family_name = in->has_family_name,
		.family_name = in->family_name, .has_patronymic = in->has_patronymic, .patronymic = in->patronymic};
	enum err e = org_sql_get(tx, org, &card);
	if (!e)
		e = join_settings(tx, org, &settings);
	if (e == ERR_NOT_FOUND || (!e && (!settings.published || !settings.requests_open)))
		return tx_refuse(tx, API_NOT_FOUND, "org_id", "not_found.public");
	if (!e && !p.unit.v && p.role != ROLE_TEACHER)
		return tx_refuse(tx, API_INVALID_FIELD, "unit_id", "invalid_field.unit_needed");
	enum api_unit_kind kind;
	if (!e && p.unit.v)
		e = school_unit_kind(tx, org, p.unit, &kind);
	if (e == ERR_NOT_FOUND || (!e && p.unit.v && kind == API_UNIT_KIND_STAFF))
		return tx_refuse(tx, API_NOT_FOUND, "unit_id", NULL);
	if (!e)
		e = newcomer_who(tx, &who, (struct org_id){0}, p.unit, p.role, &person);
	if (!e)
		e = request_make(tx, org, person, (struct invite_id){0}, &p, &made);
	if (!e && !tx->actor.person.v)
		e = account_session_start_on(tx, person,
			&(struct account_device){.name = in->has_device ? in->device : STR(""), .key = in->has_device_key ? in->device_key : STR("")});
	return e ? e : account_person_get(tx, person, &out->person);
}

static enum err complete_all(struct tx *tx, const struct request_row *rows, size_t n, struct api_join_request_array *out)
{
	enum err e = ERR_OK;
	out->n = n;
	out->items = arena_array(tx->arena, n + 1, sizeof *out->items);
	if (!out->items)
		return ERR_NOMEM;
	for (size_t i = 0; !e && i < n; i++)
		e = complete(tx, &rows[i], &out->items[i]);
	return e;
}

enum err join_request_mine(struct tx *tx, const struct api_empty *in, struct api_join_requests *out)
{
	(void)in;
	struct request_row rows[20];
	size_t n;
	enum err e = request_sql_of_person(tx, tx->actor.person, rows, 20, &n);
	return e ? e : complete_all(tx, rows, n, &out->requests);
}

static enum err page(struct tx *tx, struct unit_id unit, bool decided, int64_t after, size_t limit, struct api_join_request_page *out)
{
	size_t n;
	struct request_row *rows = arena_array(tx->arena, limit + 1, sizeof *rows);
	if (!rows)
		return ERR_NOMEM;
	enum err e = request_sql_list(tx, tx_org(tx), unit, decided, after, rows, limit + 1, &n);
	if (!e)
		e = complete_all(tx, rows, n < limit ? n : limit, &out->requests);
	out->has_next_after = !e && n > limit;
	if (out->has_next_after)
		out->next_after = rows[limit - 1].api.id;
	return e;
}

enum err join_request_list(struct tx *tx, const struct api_join_request_list *in, struct api_join_request_page *out)
{
	bool decided = in->has_decided && in->decided;
	return page(tx, (struct unit_id){0}, decided, in->has_after ? in->after : decided ? INT64_MAX : 0,
		in->has_limit ? (size_t)in->limit : SCHOOL_PAGE_DEFAULT, out);
}

enum err unit_request_list(struct tx *tx, const struct api_unit_request_list *in, struct api_join_request_page *out)
{
	return page(tx, (struct unit_id){in->unit_id}, false, in->has_after ? in->after : 0, SCHOOL_PAGE_DEFAULT, out);
}

/* The place that was asked for; by a link, its use was taken already, and is given back to others by a refusal. */
static enum err carry_out(struct tx *tx, struct org_id org, const struct request_row *row, bool accept)
{
	struct link_promise p = {.role = (enum role)row->api.role, .unit.v = row->api.has_unit_id ? row->api.unit_id : 0, .child = row->child,
		.lead = row->api.lead};
	bool changed;
	if (accept)
		return newcomer_join(tx, org, row->person, &p, &changed);
	enum err e = row->invite.v ? invite_sql_unuse(tx, org, row->invite, row->person) : ERR_OK;
	return e || !row->invite.v ? e : link_tell(tx, org, row->invite);
}

static enum err decide(struct tx *tx, struct unit_id unit, int64_t id, bool accept, bool has_reason, struct str given,
	struct api_join_request *out)
{
	struct org_id org = tx_org(tx);
	struct request_row row;
	struct str reason = STR("");
	bool decided;
	enum err e = has_reason && str_trim_ascii(given).n ? title_clean(tx, given, "reason", &reason) : ERR_OK;
	if (!e && !accept && !reason.n)
		e = tx_refuse(tx, API_INVALID_FIELD, "reason", "invalid_field.reason");
	if (!e)
		e = request_sql_get(tx, org, id, &row);
	bool of_unit = !e && row.api.has_unit_id && row.api.unit_id == unit.v && !school_is_staff((enum role)row.api.role);
	if (e == ERR_NOT_FOUND || (!e && unit.v && !of_unit))
		return tx_refuse(tx, API_NOT_FOUND, "request_id", NULL);
	/* Whom a deputy may invite, he may let in. */
	if (!e && row.api.role == API_ROLE_COADMIN && tx->rel.role != ROLE_ADMIN)
		e = tx_refuse(tx, API_FORBIDDEN, NULL, "forbidden.admin_only");
	if (!e)
		e = request_sql_decide(tx, org, id, accept, tx->actor.person, reason, &decided);
	if (!e && !decided)
		e = tx_refuse(tx, API_CONFLICT, NULL, "conflict.request_decided");
	if (!e)
		e = carry_out(tx, org, &row, accept);
	if (!e)
		e = audit_add(tx, org, accept ? "join_request_accept" : "join_request_decline", "person", row.person.v,
			audit_detail(tx, "ii", "role", (int64_t)row.api.role, "unit_id", row.api.has_unit_id ? row.api.unit_id : 0));
	return e ? e : tell(tx, org, id, out);
}

enum err join_request_decide(struct tx *tx, const struct api_join_request_decide *in, struct api_join_request *out)
{
	return decide(tx, (struct unit_id){0}, in->request_id, in->accept, in->has_reason, in->reason, out);
}

enum err unit_request_decide(struct tx *tx, const struct api_unit_request_decide *in, struct api_join_request *out)
{
	return decide(tx, (struct unit_id){in->unit_id}, in->request_id, in->accept, in->has_reason, in->reason, out);
}
