/* SPDX-License-Identifier: Apache-2.0
 *
 * "My account was taken" (R91): ends sessions, and tells the administrators of the person's organisations and the operator. Commands
 * of api/security.yaml. On a worker's thread, inside a transaction.
 */
#include "account/account_sql.h"
#include "account/factor.h"
#include "account/passkey.h"
#include "account/report_sql.h"
#include "account/session.h"
#include "policy/audit.h"

static enum err tell_org(struct tx *tx, struct org_id org, int64_t id)
{
	return event_security_reported(tx, org_stream(org), &(struct api_security_reported_event){.report_id = id});
}

static enum err note(struct tx *tx, struct org_id org, const struct report *r)
{
	return audit_add(tx, org, "account_taken", "person", r->person.v,
		audit_detail(tx, "ibb", "sessions", r->ended, "revoked", (int)r->revoked, "by_phone", (int)r->by_phone));
}

static enum err report(struct tx *tx, const struct report *r)
{
	struct account_place *places;
	size_t n;
	int64_t id;
	enum err e = places_of(tx, r->person, &places, &n);
	for (size_t i = 0; !e && i < n; i++) {
		e = report_sql_put(tx, places[i].org, r, &id);
		if (!e)
			e = tell_org(tx, places[i].org, id);
		if (!e)
			e = note(tx, places[i].org, r);
	}
	if (!e)
		e = report_sql_put(tx, (struct org_id){0}, r, &id);
	if (!e)
		e = note(tx, AUDIT_INSTALLATION, r);
	return e ? e : security_tell(tx, r->person, API_SECURITY_CHANGED_EVENT_WHAT_ACCOUNT_TAKEN);
}

enum err account_taken(struct tx *tx, const struct api_account_taken *in, struct api_sessions_ended *out)
{
	struct report r = {.person = tx->actor.person, .revoked = in->has_revoke && in->revoke};
	enum err e = account_sessions_end(tx, r.person, tx->actor.session, &r.ended);
	if (!e && r.revoked)
		e = factor_remove(tx, r.person);
	if (!e && r.revoked)
		e = passkeys_remove(tx, r.person);
	out->ended = r.ended;
	return e ? e : report(tx, &r);
}

enum err account_taken_by_phone(struct tx *tx, const struct api_account_taken_by_phone *in, struct api_empty *out)
{
	(void)out;
	struct report r = {.by_phone = true};
	enum err e = account_code_spend(tx, in->phone, in->code);
	if (!e)
		e = account_sql_by_phone(tx, in->phone, &r.person);
	if (!e && !r.person.v) {
		tx->keep_on_refusal = true; /* the code is spent all the same */
		return tx_refuse(tx, API_NO_ACCOUNT, NULL, "no_account.taken");
	}
	if (!e)
		e = account_sessions_end(tx, r.person, (struct session_id){0}, &r.ended);
	return e ? e : report(tx, &r);
}

/* --- the lists */

static enum err close_report(struct tx *tx, struct org_id org, int64_t id, struct api_security_report *out)
{
	bool closed;
	enum err e = report_sql_close(tx, org, id, &closed);
	if (!e)
		e = report_sql_get(tx, org, id, out);
	if (e == ERR_NOT_FOUND)
		return tx_refuse(tx, API_NOT_FOUND, "report_id", NULL);
	if (e || !closed)
		return e;
	e = audit_add(tx, org, "security_report_close", "security_report", id, audit_detail(tx, "i", "person_id", out->person.id));
	return !e && org.v ? tell_org(tx, org, id) : e;
}

enum err security_report_list(struct tx *tx, const struct api_security_report_list *in, struct api_security_reports *out)
{
	(void)in;
	return report_sql_list(tx, tx_org(tx), out);
}

enum err security_report_close(struct tx *tx, const struct api_security_report_close *in, struct api_security_report *out)
{
	return close_report(tx, tx_org(tx), in->report_id, out);
}

enum err security_report_queue(struct tx *tx, const struct api_empty *in, struct api_security_reports *out)
{
	(void)in;
	return report_sql_list(tx, (struct org_id){0}, out);
}

enum err security_report_settle(struct tx *tx, const struct api_security_report_settle *in, struct api_security_report *out)
{
	return close_report(tx, (struct org_id){0}, in->report_id, out);
}
