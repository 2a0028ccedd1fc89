/* SPDX-License-Identifier: Apache-2.0
 *
 * People who are on a roster before they come in (R39, R61): putting them there, finding whoever comes among them, and joining the
 * two when the name was written otherwise. On a worker's thread, inside a transaction.
 */
#include "policy/audit.h"
#include "school/join.h"
#include "school/title.h"

static bool same_patronymic(const struct api_person *a, const struct api_person *b)
{
	return !a->has_patronymic || !b->has_patronymic || str_eq(a->patronymic, b->patronymic);
}

/* The patronymic counts when both have one; folded like the rest of the name. */
static enum err patronymic_fits(struct tx *tx, const struct api_person *a, const struct api_person *b, bool *out)
{
	struct api_person x = *a, y = *b;
	enum err e = a->has_patronymic ? title_fold(tx, a->patronymic, &x.patronymic) : ERR_OK;
	if (!e && b->has_patronymic)
		e = title_fold(tx, b->patronymic, &y.patronymic);
	*out = !e && same_patronymic(&x, &y);
	return e;
}

enum err expect_match(struct tx *tx, struct org_id org, struct unit_id unit, enum role role, const struct api_person *names,
	struct person_id *out)
{
	struct str fold, given;
	struct person_id people[CANDIDATES_MAX];
	size_t n, fits = 0;
	out->v = 0;
	enum err e = title_of_person(tx, names, &fold, &given);
	if (!e)
		e = expect_sql_list(tx, org, unit, role, fold, people, CANDIDATES_MAX, &n);
	for (size_t i = 0; !e && i < n; i++) {
		struct api_person expected;
		bool fit, phone = false;
		e = account_person_get(tx, people[i], &expected);
		if (!e)
			e = patronymic_fits(tx, names, &expected, &fit);
		if (!e && fit)
			e = account_phone_known(tx, people[i], &phone);
		if (!e && fit && !phone && fits++ == 0)
			*out = people[i];
	}
	if (fits > 1)
		out->v = 0;
	return e;
}

enum err expect_check(struct tx *tx, struct org_id org, struct unit_id unit, enum role role, struct person_id person)
{
	struct person_id people[2], match;
	struct api_person names;
	size_t n;
	bool ended;
	enum err e = expect_sql_list(tx, org, unit, role, STR(""), people, 2, &n);
	/* He is on the roster himself: it was he who was expected. */
	if (e || n == 0 || people[0].v == person.v || (n > 1 && people[1].v == person.v))
		return e;
	/* An account from before (another organisation) under exactly the expected name takes the place over. */
	e = account_person_get(tx, person, &names);
	if (!e)
		e = expect_match(tx, org, unit, role, &names, &match);
	if (!e && match.v && match.v != person.v)
		return school_expected_merge(tx, org, match, person);
	if (!e)
		e = flag_sql_end(tx, org, person, &ended);
	return e ? e : flag_sql_add(tx, org, person, unit, role);
}

enum err school_expect(struct tx *tx, struct org_id org, const struct api_person *names, enum role role, struct str phone,
	struct unit_id unit, struct str external_id, struct person_id *out)
{
	bool changed, set = true;
	enum err e = ERR_OK;
	out->v = 0;
	if (phone.n)
		e = account_person_by_phone(tx, phone, out);
	if (!e && !out->v)
		e = account_person_new(tx, phone, names->given_name, names->family_name, names->has_patronymic ? names->patronymic : STR(""), out);
	if (!e)
		e = school_join(tx, org, *out, role, unit, false, &changed);
	if (!e && external_id.n)
		e = member_sql_set_external(tx, org, *out, external_id, &set);
	return !e && !set ? tx_refuse(tx, API_CONFLICT, "external_id", "conflict.external_id") : e;
}

/* --- two that are one */

/* What a place has, before it ends. */
struct holding {
	struct api_unit_membership_array units;
	struct person_id *children, *guardians;
	size_t child_n, guardian_n;
	struct str external_id;
};

static enum err holding_of(struct tx *tx, struct org_id org, struct person_id person, struct holding *out)
{
	enum err e = roster_sql_of_person(tx, org, person, &out->units);
	if (!e)
		e = school_children_of(tx, org, person, &out->children, &out->child_n);
	if (!e)
		e = school_guardians_of(tx, org, person, &out->guardians, &out->guardian_n);
	return e ? e : member_sql_external(tx, org, person, &out->external_id);
}

static enum err hand_over(struct tx *tx, struct org_id org, const struct holding *h, enum role role, struct person_id to)
{
	enum err e = ERR_OK;
	bool changed;
	struct unit_id staff;
	e = org_sql_staff_unit(tx, org, &staff);
	for (size_t i = 0; !e && i < h->units.n; i++)
		if (h->units.items[i].unit_id != staff.v)
			e = school_join(tx, org, to, role, (struct unit_id){h->units.items[i].unit_id}, h->units.items[i].lead, &changed);
	for (size_t i = 0; !e && i < h->child_n; i++)
		e = school_guardian_bind(tx, org, to, h->children[i], &changed);
	for (size_t i = 0; !e && i < h->guardian_n; i++)
		e = school_guardian_bind(tx, org, h->guardians[i], to, &changed);
	if (!e && h->external_id.n)
		e = member_sql_set_external(tx, org, to, h->external_id, &changed);
	return e;
}

enum err school_expected_merge(struct tx *tx, struct org_id org, struct person_id expected, struct person_id person)
{
	struct holding h;
	struct member_row row;
	struct api_person names;
	bool changed, ended;
	enum err e = member_sql_get(tx, org, expected, &row);
	if (!e)
		e = account_person_get(tx, expected, &names);
	if (!e)
		e = holding_of(tx, org, expected, &h);
	if (!e)
		e = school_leave(tx, org, expected);
	if (!e)
		e = school_join(tx, org, person, row.role, (struct unit_id){0}, false, &changed);
	if (!e)
		e = hand_over(tx, org, &h, row.role, person);
	if (!e)
		e = flag_sql_end(tx, org, person, &ended);
	if (!e)
		e = school_rename_person(tx, person, &names);
	return e ? e : audit_add(tx, org, "name_merge", "person", person.v, audit_detail(tx, "i", "person_id", expected.v));
}
