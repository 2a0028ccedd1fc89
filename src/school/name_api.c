/* SPDX-License-Identifier: Apache-2.0
 *
 * Another name for somebody who is here (R39): he asks, an administrator agrees, everybody sees it. On a worker's thread, inside a
 * transaction.
 */
#include "policy/audit.h"
#include "school/join.h"
#include "school/title.h"

#define MINE_SHOWN 20

static bool same_names(const struct api_person *a, const struct api_person *b)
{
	return str_eq(a->given_name, b->given_name) && str_eq(a->family_name, b->family_name) && a->has_patronymic == b->has_patronymic &&
		(!a->has_patronymic || str_eq(a->patronymic, b->patronymic));
}

/* Lists of people, those of units that show their leads, and chats. */
static enum err tell_org(struct tx *tx, struct org_id org, struct person_id person, bool renamed)
{
	struct api_unit_membership_array units;
	enum err e = roster_tell_member(tx, org, person);
	if (e || !renamed)
		return e;
	e = roster_sql_of_person(tx, org, person, &units);
	for (size_t i = 0; !e && i < units.n; i++)
		if (units.items[i].lead)
			e = roster_tell_unit(tx, org, (struct unit_id){units.items[i].unit_id});
	return e || !school_hooks()->person_renamed ? e : school_hooks()->person_renamed(tx, org, person);
}

/* In every organisation the list and the search have the name folded. */
enum err school_rename_person(struct tx *tx, struct person_id person, const struct api_person *names)
{
	struct api_person_renamed_event own;
	struct api_person was;
	struct person_org *orgs;
	struct str fold, given;
	size_t n;
	enum err e = account_person_get(tx, person, &was);
	bool renamed = !e && !same_names(&was, names);
	if (!e)
		e = account_rename(tx, person, names->given_name, names->family_name, names->has_patronymic ? names->patronymic : STR(""));
	if (!e)
		e = title_of_person(tx, names, &fold, &given);
	if (!e)
		e = member_sql_of_person(tx, person, &orgs, &n);
	for (size_t i = 0; !e && i < n; i++) {
		e = member_sql_set_name(tx, orgs[i].org, person, fold, given);
		if (!e)
			e = tell_org(tx, orgs[i].org, person, renamed);
	}
	if (!e && renamed)
		e = account_person_get(tx, person, &own.person);
	return e || !renamed ? e : event_person_renamed(tx, person_stream(person), &own);
}

static enum err complete(struct tx *tx, const struct name_change *row, struct api_name_change *out)
{
	struct org_id org_id = {row->api.org_id};
	struct api_org org;
	enum role role = ROLE_NONE;
	bool living;
	*out = row->api;
	enum err e = account_person_get(tx, row->person, &out->person);
	if (!e)
		e = org_sql_get(tx, org_id, &org);
	if (!e)
		e = member_sql_last(tx, org_id, row->person, &role, &living);
	if (!e)
		out->org_short_name = org.short_name;
	out->role = (enum api_role)role;
	return e;
}

static enum err complete_all(struct tx *tx, const struct name_change *rows, size_t n, struct api_name_change_array *out)
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

static enum err tell(struct tx *tx, struct org_id org, int64_t id, struct api_name_change *out)
{
	struct name_change row;
	struct api_name_queue_changed_event queue;
	enum err e = name_sql_get(tx, org, id, &row);
	if (!e)
		e = complete(tx, &row, out);
	if (!e)
		e = event_name_change_changed(tx, person_stream(row.person), &(struct api_name_change_changed_event){.change = *out});
	if (!e)
		e = name_sql_waiting(tx, org, &queue.waiting);
	return e ? e : event_name_queue_changed(tx, org_stream(org), &queue);
}

enum err name_change_request(struct tx *tx, const struct api_name_change_request *in, struct api_name_change *out)
{
	struct org_id org = tx_org(tx);
	struct api_person is;
	int64_t id;
	struct api_name_change c = {.given_name = in->given_name, .family_name = in->family_name, .has_patronymic = in->has_patronymic,
		.patronymic = in->patronymic, .has_reason = in->has_reason && str_trim_ascii(in->reason).n > 0};
	enum err e = c.has_reason ? title_clean(tx, in->reason, "reason", &c.reason) : ERR_OK;
	if (!e)
		e = account_person_get(tx, tx->actor.person, &is);
	if (!e && same_names(&is, &(struct api_person){.given_name = c.given_name, .family_name = c.family_name,
				.has_patronymic = c.has_patronymic, .patronymic = c.patronymic}))
		return tx_refuse(tx, API_CONFLICT, NULL, "conflict.same_name");
	if (!e)
		e = name_sql_end(tx, org, tx->actor.person);
	if (!e)
		e = name_sql_add(tx, org, tx->actor.person, &c, &id);
	return e ? e : tell(tx, org, id, out);
}

enum err name_change_mine(struct tx *tx, const struct api_empty *in, struct api_name_changes *out)
{
	(void)in;
	struct name_change rows[MINE_SHOWN];
	size_t n;
	enum err e = name_sql_of_person(tx, tx->actor.person, rows, MINE_SHOWN, &n);
	return e ? e : complete_all(tx, rows, n, &out->changes);
}

enum err name_change_list(struct tx *tx, const struct api_name_change_list *in, struct api_name_change_page *out)
{
	size_t limit = in->has_limit ? (size_t)in->limit : SCHOOL_PAGE_DEFAULT, n;
	struct name_change *rows = arena_array(tx->arena, limit + 1, sizeof *rows);
	if (!rows)
		return ERR_NOMEM;
	enum err e = name_sql_list(tx, tx_org(tx), in->has_after ? in->after : 0, rows, limit + 1, &n);
	if (!e)
		e = complete_all(tx, rows, n < limit ? n : limit, &out->changes);
	out->has_next_after = !e && n > limit;
	if (out->has_next_after)
		out->next_after = rows[limit - 1].api.id;
	return e;
}

/* Nobody approves his own name but an administrator, who may be the only one; and a deputy does not rename administrators. */
static enum err may_decide(struct tx *tx, struct person_id person)
{
	enum role role;
	if (tx->rel.role == ROLE_ADMIN)
		return ERR_OK;
	if (person.v == tx->actor.person.v)
		return tx_refuse(tx, API_FORBIDDEN, NULL, "forbidden.name_of_self");
	enum err e = school_member_role(tx, tx_org(tx), person, &role);
	return !e && role == ROLE_ADMIN ? tx_refuse(tx, API_FORBIDDEN, NULL, "forbidden.admin_only") : e;
}

enum err name_change_decide(struct tx *tx, const struct api_name_change_decide *in, struct api_name_change *out)
{
	struct org_id org = tx_org(tx);
	struct name_change row;
	struct str answer = STR("");
	bool decided;
	enum err e = in->has_reason && str_trim_ascii(in->reason).n ? title_clean(tx, in->reason, "reason", &answer) : ERR_OK;
	if (!e && !in->accept && !answer.n)
		return tx_refuse(tx, API_INVALID_FIELD, "reason", "invalid_field.reason");
	if (!e)
		e = name_sql_get(tx, org, in->request_id, &row);
	if (e == ERR_NOT_FOUND)
		return tx_refuse(tx, API_NOT_FOUND, "request_id", NULL);
	if (!e)
		e = may_decide(tx, row.person);
	if (!e)
		e = name_sql_decide(tx, org, in->request_id, in->accept, tx->actor.person, answer, &decided);
	if (!e && !decided)
		return tx_refuse(tx, API_CONFLICT, NULL, "conflict.request_decided");
	if (!e && in->accept)
		e = school_rename_person(tx, row.person, &(struct api_person){.given_name = row.api.given_name, .family_name = row.api.family_name,
							.has_patronymic = row.api.has_patronymic, .patronymic = row.api.patronymic});
	if (!e)
		e = audit_add(tx, org, in->accept ? "name_change_accept" : "name_change_decline", "person", row.person.v,
			audit_detail(tx, "i", "request_id", in->request_id));
	return e ? e : tell(tx, org, in->request_id, out);
}
