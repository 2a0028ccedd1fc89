/* SPDX-License-Identifier: Apache-2.0
 *
 * What the account room asks of organisations: a person's places, his guardianship, and that he leaves them all at the end of his
 * account. The way across organisations is the person himself. On a worker's thread, inside a transaction.
 */
#include "base/vec.h"
#include "school/guardian.h"
#include "school/org.h"
#include "school/school_sql.h"
#include "school/title.h"

enum err school_member_ids(struct tx *tx, struct org_id org, struct person_id after, struct person_id *ids, size_t max, size_t *n_out)
{
	return member_sql_ids(tx, org, after, ids, max, n_out);
}

enum err school_all_children(struct tx *tx, struct person_id guardian, struct person_id **out, size_t *n_out)
{
	struct person_org *orgs;
	size_t n;
	VEC(struct person_id) all = VEC_INIT;
	enum err e = member_sql_of_person(tx, guardian, &orgs, &n);
	for (size_t i = 0; !e && i < n; i++) {
		struct person_id *children;
		size_t count;
		e = school_children_of(tx, orgs[i].org, guardian, &children, &count);
		for (size_t k = 0; !e && k < count; k++) {
			bool known = false; /* the same child in two organisations */
			for (size_t j = 0; j < all.n; j++)
				known |= all.p[j].v == children[k].v;
			if (!known)
				VEC_PUSH(&all, children[k]);
		}
	}
	*n_out = all.n;
	*out = arena_array(tx->arena, all.n + 1, sizeof **out);
	if (*out && all.n)
		memcpy(*out, all.p, all.n * sizeof *all.p);
	VEC_RELEASE(&all);
	return e ? e : *out ? ERR_OK : ERR_NOMEM;
}

enum err school_may_leave_all(struct tx *tx, struct person_id person)
{
	struct person_org *orgs;
	size_t n;
	enum err e = member_sql_of_person(tx, person, &orgs, &n);
	for (size_t i = 0; !e && i < n; i++) {
		int64_t admins = 0;
		if (orgs[i].role == ROLE_ADMIN)
			e = member_sql_count(tx, orgs[i].org, ROLE_ADMIN, &admins);
		if (!e && orgs[i].role == ROLE_ADMIN && admins <= 1)
			e = tx_refuse(tx, API_CONFLICT, NULL, "conflict.last_admin_leaves");
	}
	return e;
}

enum err school_leave_all(struct tx *tx, struct person_id person, const struct api_person *nameless)
{
	struct person_org *orgs;
	struct str name_fold, given_fold;
	size_t n;
	enum err e = member_sql_of_person(tx, person, &orgs, &n);
	for (size_t i = 0; !e && i < n; i++)
		e = school_leave(tx, orgs[i].org, person);
	if (!e)
		e = curator_forget(tx, person);
	if (!e)
		e = title_of_person(tx, nameless, &name_fold, &given_fold);
	if (!e)
		e = name_sql_forget(tx, person);
	return e ? e : member_sql_forget_name(tx, person, name_fold, given_fold);
}
