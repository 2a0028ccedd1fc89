/* SPDX-License-Identifier: Apache-2.0
 *
 * Who has come in and who has not (R61, R102), people typed onto a roster, and names that are not on it (R39): the commands.
 */
#include "policy/audit.h"
#include "school/card.h"

static enum err arrivals(struct tx *tx, struct unit_id unit, struct api_arrival_page *out)
{
	struct org_id org = tx_org(tx);
	size_t n;
	struct arrival_row *rows = arena_array(tx->arena, ARRIVALS_MAX, sizeof *rows);
	out->people.items = arena_array(tx->arena, ARRIVALS_MAX, sizeof *out->people.items);
	if (!rows || !out->people.items)
		return ERR_NOMEM;
	enum err e = arrival_sql_list(tx, org, unit, rows, ARRIVALS_MAX, &n);
	if (e)
		return e;
	out->people.n = n;
	for (size_t i = 0; !e && i < n; i++) {
		struct api_arrival *a = &out->people.items[i];
		*a = (struct api_arrival){.role = (enum api_role)rows[i].role, .has_phone_known = true, .has_card = true};
		e = account_person_get(tx, rows[i].person, &a->person);
		if (!e)
			e = account_phone_known(tx, rows[i].person, &a->phone_known);
		if (!e)
			e = card_valid(tx, org, rows[i].person, &a->card);
		a->state = rows[i].came_in ? API_ARRIVAL_STATE_JOINED
			: a->card || a->phone_known ? API_ARRIVAL_STATE_INVITED
						    : API_ARRIVAL_STATE_EXPECTED;
	}
	return e;
}

enum err arrival_list(struct tx *tx, const struct api_arrival_list *in, struct api_arrival_page *out)
{
	return arrivals(tx, (struct unit_id){in->unit_id}, out);
}

enum err arrival_counts(struct tx *tx, const struct api_arrival_counts_get *in, struct api_arrival_counts *out)
{
	(void)in;
	out->units.items = arena_array(tx->arena, SCHOOL_UNIT_PAGE, sizeof *out->units.items);
	if (!out->units.items)
		return ERR_NOMEM;
	enum err e = arrival_sql_counts(tx, tx_org(tx), out->units.items, SCHOOL_UNIT_PAGE, &out->units.n);
	if (!e)
		e = arrival_sql_staff(tx, tx_org(tx), out);
	return e ? e : request_sql_waiting(tx, tx_org(tx), &out->waiting_requests);
}

enum err member_expect_many(struct tx *tx, const struct api_member_expect_many *in, struct api_arrival_page *out)
{
	enum role role = in->role == API_MEMBER_EXPECT_MANY_ROLE_STUDENT ? ROLE_STUDENT : ROLE_GUARDIAN;
	struct unit_id unit = {in->unit_id};
	enum err e = ERR_OK;
	for (size_t i = 0; !e && i < in->people.n; i++) {
		const struct api_expected_name *n = &in->people.items[i];
		struct person_id person;
		struct api_person names = {.given_name = n->given_name, .family_name = n->family_name, .has_patronymic = n->has_patronymic,
			.patronymic = n->patronymic};
		e = school_expect(tx, tx_org(tx), &names, role, STR(""), unit, STR(""), &person);
	}
	if (!e)
		e = audit_add(tx, tx_org(tx), "member_expect", "unit", unit.v, audit_detail(tx, "i", "count", (int64_t)in->people.n));
	return e ? e : arrivals(tx, unit, out);
}

/* --- names that are not on the roster */

/* First those of the same family name, then the rest. */
static enum err candidates(struct tx *tx, const struct flag_row *flag, struct str family, struct api_person_array *out)
{
	struct person_id people[CANDIDATES_MAX];
	size_t n, at = 0;
	struct api_person all[CANDIDATES_MAX];
	enum err e = expect_sql_list(tx, tx_org(tx), flag->unit, flag->role, STR(""), people, CANDIDATES_MAX, &n);
	out->items = arena_array(tx->arena, CANDIDATES_MAX, sizeof *out->items);
	if (!e && !out->items)
		return ERR_NOMEM;
	for (size_t i = 0; !e && i < n; i++)
		e = account_person_get(tx, people[i], &all[i]);
	for (int round = 0; !e && round < 2; round++)
		for (size_t i = 0; i < n; i++)
			if (str_eq(all[i].family_name, family) == (round == 0))
				out->items[at++] = all[i];
	out->n = at;
	return e;
}

enum err name_flag_list(struct tx *tx, const struct api_name_flag_list *in, struct api_name_flags *out)
{
	(void)in;
	size_t n;
	struct flag_row *rows = arena_array(tx->arena, FLAGS_MAX, sizeof *rows);
	out->flags.items = arena_array(tx->arena, FLAGS_MAX, sizeof *out->flags.items);
	if (!rows || !out->flags.items)
		return ERR_NOMEM;
	enum err e = flag_sql_list(tx, tx_org(tx), rows, FLAGS_MAX, &n);
	if (e)
		return e;
	out->flags.n = n;
	for (size_t i = 0; !e && i < n; i++) {
		struct api_name_flag *f = &out->flags.items[i];
		*f = (struct api_name_flag){.unit_id = rows[i].unit.v, .at = rows[i].at};
		e = roster_member(tx, tx_org(tx), rows[i].person, &f->member);
		if (!e)
			e = candidates(tx, &rows[i], f->member.person.family_name, &f->candidates);
	}
	return e;
}

static enum err check_expected(struct tx *tx, const struct flag_row *flag, struct person_id expected)
{
	struct member_row row;
	bool lead;
	enum err e = member_sql_get(tx, tx_org(tx), expected, &row);
	if (!e)
		e = roster_sql_get(tx, tx_org(tx), flag->unit, expected, &lead);
	if (e == ERR_NOT_FOUND)
		return tx_refuse(tx, API_NOT_FOUND, "expected_id", NULL);
	return !e && (row.came_in || row.role != flag->role) ? tx_refuse(tx, API_CONFLICT, "expected_id", "conflict.not_expected") : e;
}

enum err name_flag_resolve(struct tx *tx, const struct api_name_flag_resolve *in, struct api_member *out)
{
	struct org_id org = tx_org(tx);
	struct person_id person = {in->person_id}, expected = {in->has_expected_id ? in->expected_id : 0};
	struct flag_row flag;
	bool ended;
	enum err e = flag_sql_get(tx, org, person, &flag);
	if (e == ERR_NOT_FOUND)
		return tx_refuse(tx, API_NOT_FOUND, "person_id", NULL);
	if (!e && expected.v)
		e = check_expected(tx, &flag, expected);
	if (!e)
		e = expected.v ? school_expected_merge(tx, org, expected, person) : flag_sql_end(tx, org, person, &ended);
	if (!e)
		e = audit_add(tx, org, "name_flag_resolve", "person", person.v, STR(""));
	return e ? e : roster_member(tx, org, person, out);
}
