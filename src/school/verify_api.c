/* SPDX-License-Identifier: Apache-2.0
 *
 * The status of staff (api/join.yaml, R36-R38): the rules and the commands. A status belongs to a membership in a role and ends with
 * it. On a worker's thread.
 */
#include "policy/audit.h"
#include "school/roster.h"
#include "school/title.h"

/* Every chat shows the badge, and every list the state. */
static enum err tell(struct tx *tx, struct org_id org, struct person_id person)
{
	enum err e = school_hooks()->person_placed(tx, org, person);
	return e ? e : roster_tell_member(tx, org, person);
}

enum err school_verify(struct tx *tx, struct org_id org, struct person_id person, bool confirm, struct person_id by, struct str reason)
{
	enum api_verification state = confirm ? API_VERIFICATION_CONFIRMED : API_VERIFICATION_REFUSED;
	struct str why = confirm ? STR("") : reason;
	struct member_row row;
	enum err e = member_sql_get(tx, org, person, &row);
	if (e)
		return e;
	if (row.verification == state && str_eq(row.verification_reason, why))
		return ERR_OK;
	e = member_sql_set_verification(tx, org, person, state, by, why);
	return e ? e : tell(tx, org, person);
}

enum err school_claim(struct tx *tx, struct org_id org, struct person_id person, const struct api_verification_claim *claim)
{
	enum err e = claim_sql_put(tx, org, person, claim);
	if (!e)
		e = member_sql_set_verification(tx, org, person, API_VERIFICATION_UNDER_REVIEW, (struct person_id){0}, STR(""));
	return e ? e : tell(tx, org, person);
}

/* An optional line; white space alone is none. */
static enum err line(struct tx *tx, bool has, struct str in, const char *field, bool *has_out, struct str *out)
{
	*has_out = has && str_trim_ascii(in).n > 0;
	return *has_out ? title_clean(tx, in, field, out) : ERR_OK;
}

enum err verification_submit(struct tx *tx, const struct api_verification_submit *in, struct api_membership *out)
{
	struct org_id org = tx_org(tx);
	struct member_row row;
	struct api_verification_claim claim = {.submitted_at = tx->now_ms};
	enum err e = member_sql_get(tx, org, tx->actor.person, &row);
	if (e)
		return e;
	if (row.verification == API_VERIFICATION_CONFIRMED)
		return tx_refuse(tx, API_CONFLICT, NULL, "conflict.confirmed_already");
	e = title_clean(tx, in->position, "position", &claim.position);
	if (!e)
		e = line(tx, in->has_subjects, in->subjects, "subjects", &claim.has_subjects, &claim.subjects);
	if (!e)
		e = line(tx, in->has_comment, in->comment, "comment", &claim.has_comment, &claim.comment);
	if (!e)
		e = school_claim(tx, org, tx->actor.person, &claim);
	return e ? e : roster_membership(tx, org, tx->actor.person, out);
}

/* A deputy decides about teachers; about deputies and heads only an administrator does, and about himself nobody. */
static enum err may_decide(struct tx *tx, struct person_id person)
{
	enum role role;
	enum err e = school_member_role(tx, tx_org(tx), person, &role);
	if (e == ERR_NOT_FOUND)
		return tx_refuse(tx, API_NOT_FOUND, "person_ids", NULL);
	if (e)
		return e;
	if (!school_is_staff(role) || role == ROLE_ADMIN)
		return tx_refuse(tx, API_CONFLICT, "person_ids", "conflict.not_staff");
	if (tx->rel.role != ROLE_ADMIN && role != ROLE_TEACHER)
		return tx_refuse(tx, API_FORBIDDEN, "person_ids", "forbidden.admin_only");
	return ERR_OK;
}

enum err verification_decide(struct tx *tx, const struct api_verification_decide *in, struct api_verification_decided *out)
{
	struct org_id org = tx_org(tx);
	struct str reason = STR("");
	bool has_reason;
	enum err e = line(tx, in->has_reason, in->reason, "reason", &has_reason, &reason);
	if (!e && !in->confirm && !has_reason)
		e = tx_refuse(tx, API_INVALID_FIELD, "reason", "invalid_field.reason");
	out->members.n = in->person_ids.n;
	out->members.items = arena_array(tx->arena, in->person_ids.n, sizeof *out->members.items);
	if (!e && !out->members.items)
		e = ERR_NOMEM;
	for (size_t i = 0; !e && i < in->person_ids.n; i++)
		e = may_decide(tx, (struct person_id){in->person_ids.items[i]});
	for (size_t i = 0; !e && i < in->person_ids.n; i++) {
		struct person_id person = {in->person_ids.items[i]};
		e = school_verify(tx, org, person, in->confirm, tx->actor.person, reason);
		if (!e)
			e = audit_add(tx, org, in->confirm ? "verification_confirm" : "verification_refuse", "person", person.v,
				in->confirm ? STR("") : audit_detail(tx, "s", "reason", reason));
		if (!e)
			e = roster_member(tx, org, person, &out->members.items[i]);
	}
	return e;
}

static enum api_verification state_of(const struct api_verification_list *in)
{
	if (!in->has_state)
		return API_VERIFICATION_NONE;
	switch (in->state) {
	case API_VERIFICATION_LIST_STATE_CLAIMED:
		return API_VERIFICATION_CLAIMED;
	case API_VERIFICATION_LIST_STATE_UNDER_REVIEW:
		return API_VERIFICATION_UNDER_REVIEW;
	case API_VERIFICATION_LIST_STATE_CONFIRMED:
		return API_VERIFICATION_CONFIRMED;
	case API_VERIFICATION_LIST_STATE_REFUSED:
		return API_VERIFICATION_REFUSED;
	}
	BUG("state of a status %d", (int)in->state);
}

enum err verification_list(struct tx *tx, const struct api_verification_list *in, struct api_verification_page *out)
{
	size_t limit = in->has_limit ? (size_t)in->limit : SCHOOL_PAGE_DEFAULT, n;
	struct person_id *people = arena_array(tx->arena, limit + 1, sizeof *people);
	struct api_verification_item *items = arena_array(tx->arena, limit, sizeof *items);
	if (!people || !items)
		return ERR_NOMEM;
	enum err e = member_sql_by_verification(tx, tx_org(tx), state_of(in), in->has_after ? in->after : 0, people, limit + 1, &n);
	if (e)
		return e;
	out->items.items = items;
	out->items.n = n < limit ? n : limit;
	for (size_t i = 0; !e && i < out->items.n; i++) {
		items[i] = (struct api_verification_item){0};
		e = roster_member(tx, tx_org(tx), people[i], &items[i].member);
		if (!e)
			e = claim_sql_get(tx, tx_org(tx), people[i], &items[i].claim, &items[i].has_claim);
	}
	out->has_next_after = n > limit;
	if (out->has_next_after)
		out->next_after = people[limit - 1].v;
	return e;
}
