/* SPDX-License-Identifier: Apache-2.0
 *
 * Violations of the rules of conduct (R88; api/conduct.yaml): whoever has one that is open reads, but writes in no chat of the
 * organisation until he has signed the rules anew. On a worker's thread, inside a transaction; the rights were checked before.
 */
#include "policy/audit.h"
#include "school/conduct.h"
#include "school/guardian.h"
#include "school/roster.h"
#include "school/title.h"

/* --- what the person and his guardians know */

static enum err open_ones(struct tx *tx, struct person_id person, bool children, struct api_open_violation **out, size_t *n_out)
{
	struct person_id whose[VIOLATIONS_OPEN_MAX];
	*n_out = 0;
	*out = arena_array(tx->arena, VIOLATIONS_OPEN_MAX, sizeof **out);
	enum err e = *out ? violation_sql_open(tx, person, children, *out, whose, VIOLATIONS_OPEN_MAX, n_out) : ERR_NOMEM;
	for (size_t i = 0; !e && i < *n_out; i++)
		e = account_person_get(tx, whose[i], &(*out)[i].person);
	return e;
}

enum err school_violations_open(struct tx *tx, struct person_id person, struct api_open_violation **out, size_t *n_out)
{
	return open_ones(tx, person, false, out, n_out);
}

enum err school_violations_of_children(struct tx *tx, struct person_id guardian, struct api_open_violation **out, size_t *n_out)
{
	return open_ones(tx, guardian, true, out, n_out);
}

enum err school_must_sign(struct tx *tx, struct org_id org, struct person_id person, bool *out)
{
	int64_t n = 0;
	enum err e = violation_sql_open_count(tx, org, person, &n);
	*out = !e && n > 0;
	return e;
}

static enum err tell_person(struct tx *tx, struct person_id person)
{
	struct api_violations_changed_event changed = {0};
	enum err e = open_ones(tx, person, false, &changed.own.items, &changed.own.n);
	if (!e)
		e = open_ones(tx, person, true, &changed.children.items, &changed.children.n);
	return e ? e : event_violations_changed(tx, person_stream(person), &changed);
}

static enum err tell(struct tx *tx, struct org_id org, struct person_id person)
{
	struct person_id *guardians;
	size_t n = 0;
	enum err e = tell_person(tx, person);
	if (!e)
		e = guardian_sql_of_child(tx, org, person, &guardians, &n);
	for (size_t i = 0; !e && i < n; i++)
		e = tell_person(tx, guardians[i]);
	return e;
}

/* --- the commands */

static enum err complete(struct tx *tx, const struct violation *v, struct api_violation *out)
{
	*out = v->api;
	enum err e = account_person_get(tx, v->person, &out->person);
	return e ? e : account_person_get(tx, v->by, &out->by);
}

/* Whose violations one may speak of: those of whom one looks after. */
static enum err check_person(struct tx *tx, struct unit_id unit, struct person_id person)
{
	enum role role;
	bool lead, runs = tx->rel.role == ROLE_ADMIN || tx->rel.role == ROLE_COADMIN;
	enum err e = roster_sql_get(tx, tx_org(tx), unit, person, &lead);
	if (!e)
		e = school_member_role(tx, tx_org(tx), person, &role);
	if (e == ERR_NOT_FOUND)
		return tx_refuse(tx, API_NOT_FOUND, "person_id", NULL);
	if (e)
		return e;
	if (person.v == tx->actor.person.v)
		return tx_refuse(tx, API_CONFLICT, "person_id", "conflict.violation_own");
	if (role == ROLE_ADMIN || (tx->rel.role != ROLE_ADMIN && role <= ROLE_HEAD) || (!runs && school_is_staff(role)))
		return tx_refuse(tx, API_FORBIDDEN, "person_id", "forbidden.violation_of");
	return ERR_OK;
}

static enum err check_message(struct tx *tx, const struct api_violation_record *in)
{
	bool there = false;
	if (in->has_chat_id != in->has_seq)
		return tx_refuse(tx, API_INVALID_FIELD, in->has_chat_id ? "seq" : "chat_id", "invalid_field.missing");
	if (!in->has_chat_id)
		return ERR_OK;
	enum err e = school_hooks()->message_of ? school_hooks()->message_of(tx, tx_org(tx), (struct chat_id){in->chat_id}, in->seq,
							   (struct person_id){in->person_id}, &there) : ERR_OK;
	return !e && !there ? tx_refuse(tx, API_NOT_FOUND, "seq", NULL) : e;
}

enum err violation_record(struct tx *tx, const struct api_violation_record *in, struct api_violation *out)
{
	struct org_id org = tx_org(tx);
	struct unit_id unit = {in->unit_id};
	int64_t n = 0;
	struct violation v = {.person.v = in->person_id, .by = tx->actor.person,
		.api = {.org_id = org.v, .unit_id = unit.v, .at = tx->now_ms, .has_chat_id = in->has_chat_id, .chat_id = in->chat_id,
			.has_seq = in->has_seq, .seq = in->seq, .state = API_VIOLATION_STATE_OPEN}};
	enum err e = check_person(tx, unit, v.person);
	if (!e)
		e = title_clean(tx, in->reason, "reason", &v.api.reason);
	if (!e)
		e = check_message(tx, in);
	if (!e)
		e = violation_sql_open_count(tx, org, v.person, &n);
	if (!e && n >= VIOLATIONS_OPEN_MAX)
		return tx_refuse(tx, API_CONFLICT, "person_id", "conflict.violations_many");
	if (!e)
		e = violation_sql_add(tx, &v, &v.api.id);
	if (!e)
		e = audit_add(tx, org, "violation_record", "person", v.person.v, audit_detail(tx, "is", "violation", v.api.id, "reason", v.api.reason));
	if (!e)
		e = tell(tx, org, v.person);
	return e ? e : complete(tx, &v, out);
}

enum err violation_list(struct tx *tx, const struct api_violation_list *in, struct api_violations *out)
{
	size_t n = 0;
	struct violation *rows = arena_array(tx->arena, VIOLATIONS_MAX, sizeof *rows);
	out->violations.items = arena_array(tx->arena, VIOLATIONS_MAX, sizeof *out->violations.items);
	if (!rows || !out->violations.items)
		return ERR_NOMEM;
	enum err e = violation_sql_list(tx, tx_org(tx), (struct unit_id){in->unit_id}, (struct person_id){in->has_person_id ? in->person_id : 0}, rows,
		VIOLATIONS_MAX, &n);
	for (size_t i = 0; !e && i < n; i++)
		e = complete(tx, &rows[i], &out->violations.items[i]);
	out->violations.n = n;
	return e;
}

enum err violation_withdraw(struct tx *tx, const struct api_violation_withdraw *in, struct api_violation *out)
{
	struct org_id org = tx_org(tx);
	struct unit_id unit = {in->unit_id};
	struct violation v;
	struct str reason;
	enum err e = violation_sql_get(tx, org, unit, in->violation_id, &v);
	if (e == ERR_NOT_FOUND)
		return tx_refuse(tx, API_NOT_FOUND, "violation_id", NULL);
	if (!e && v.person.v == tx->actor.person.v)
		return tx_refuse(tx, API_CONFLICT, "violation_id", "conflict.violation_own");
	if (!e && v.api.state == API_VIOLATION_STATE_WITHDRAWN)
		return tx_refuse(tx, API_CONFLICT, "violation_id", "conflict.violation_withdrawn");
	if (!e)
		e = title_clean(tx, in->reason, "reason", &reason);
	if (!e)
		e = violation_sql_withdraw(tx, org, v.api.id, tx->actor.person, reason);
	if (!e)
		e = audit_add(tx, org, "violation_withdraw", "person", v.person.v, audit_detail(tx, "is", "violation", v.api.id, "reason", reason));
	if (!e)
		e = tell(tx, org, v.person);
	if (!e)
		e = violation_sql_get(tx, org, unit, v.api.id, &v);
	return e ? e : complete(tx, &v, out);
}

enum err school_rules_signed(struct tx *tx, struct person_id person, int64_t version)
{
	struct org_id orgs[VIOLATIONS_OPEN_MAX];
	size_t n = 0;
	enum err e = violation_sql_open_orgs(tx, person, orgs, VIOLATIONS_OPEN_MAX, &n);
	if (!e && n)
		e = violation_sql_sign(tx, person, version);
	for (size_t i = 0; !e && i < n; i++) {
		e = audit_add(tx, orgs[i], "violation_sign", "person", person.v, audit_detail(tx, "i", "version", version));
		if (!e)
			e = tell(tx, orgs[i], person);
	}
	return e;
}
