/* SPDX-License-Identifier: Apache-2.0
 *
 * See deletion.h. Also the commands of it and of the number (api/own.yaml); their rights were checked before.
 */
#include "account/deletion.h"

#include "account/account_sql.h"
#include "account/factor.h"
#include "account/passkey.h"
#include "account/session.h"
#include "policy/audit.h"
#include "server/stream.h"

#define ERASED_AT_ONCE 20
#define POSTPONED_MS (24 * 60 * 60 * 1000LL)

/* --- the end */

static enum err may_go(struct tx *tx, struct person_id person)
{
	bool is_operator;
	int64_t operators = 0;
	enum err e = account_sql_is_operator(tx, person, &is_operator);
	if (!e && is_operator)
		e = deletion_sql_operators(tx, &operators);
	if (!e && is_operator && operators <= 1)
		e = tx_refuse(tx, API_CONFLICT, NULL, "conflict.last_operator");
	if (e || !account_hooks()->may_leave)
		return e;
	return account_hooks()->may_leave(tx, person);
}

/* The journal of every organisation that he leaves says that the account ended, and why. */
static enum err note(struct tx *tx, struct person_id person, struct str reason)
{
	struct account_place *places;
	size_t n;
	enum err e = places_of(tx, person, &places, &n);
	for (size_t i = 0; !e && i < n; i++)
		e = audit_add(tx, places[i].org, "account_deleted", "person", person.v, (struct str){0});
	return e ? e : audit_add(tx, AUDIT_INSTALLATION, "account_deleted", "person", person.v, audit_detail(tx, "s", "reason", reason));
}

static struct str person_json(struct tx *tx, const struct api_person *p)
{
	struct buf json;
	struct json_writer w;
	buf_init(&json, 4096);
	json_writer_init(&w, &json);
	api_person_encode(&w, p);
	struct str copy = arena_str(tx->arena, buf_str(&json));
	buf_release(&json);
	return copy;
}

static enum err erase(struct tx *tx, struct person_id person, struct str reason)
{
	struct api_person was;
	const struct api_person nameless = {.id = person.v, .given_name = STR("участник"), .family_name = STR("Удалённый")};
	int64_t ended;
	enum err e = may_go(tx, person);
	if (!e)
		e = account_person_get(tx, person, &was);
	if (!e)
		e = note(tx, person, reason);
	if (!e && account_hooks()->leave)
		e = account_hooks()->leave(tx, person, &nameless);
	if (!e)
		e = account_sessions_end(tx, person, (struct session_id){0}, &ended);
	if (!e)
		e = factor_remove(tx, person);
	if (!e)
		e = passkeys_remove(tx, person);
	if (!e)
		e = deletion_sql_erase(tx, person, &nameless);
	/* Events are sent again as they were written: the name goes out of them too. */
	if (!e)
		e = stream_replace_text(tx, person_json(tx, &was), person_json(tx, &nameless));
	return !e && arena_failed(tx->arena) ? ERR_NOMEM : e;
}

enum err deletion_upkeep(struct tx *tx, bool *more_out)
{
	struct person_id ids[ERASED_AT_ONCE];
	size_t n = 0;
	enum err e = deletion_sql_due(tx, ids, ERASED_AT_ONCE, &n);
	*more_out |= n == ERASED_AT_ONCE;
	for (size_t i = 0; !e && i < n; i++) {
		e = erase(tx, ids[i], STR("own wish"));
		if (e == ERR_REFUSED) /* he has become the last administrator meanwhile; nothing was written before that was seen */
			e = deletion_sql_set(tx, ids[i], tx->now_ms + POSTPONED_MS);
	}
	return e;
}

/* --- commands */

static enum err tell(struct tx *tx, int64_t at)
{
	return event_deletion_changed(tx, person_stream(tx->actor.person), &(struct api_deletion_changed_event){.has_delete_at = at != 0, .delete_at = at});
}

enum err account_delete_request(struct tx *tx, const struct api_account_delete_request *in, struct api_deletion_pending *out)
{
	int64_t at;
	enum err e = deletion_sql_at(tx, tx->actor.person, &at);
	out->delete_at = at;
	if (e || at)
		return e;
	e = may_go(tx, tx->actor.person);
	if (!e)
		e = factor_demand(tx, in->has_second_code, in->second_code);
	out->delete_at = tx->now_ms + ACCOUNT_DELETE_AFTER_MS;
	if (!e)
		e = deletion_sql_set(tx, tx->actor.person, out->delete_at);
	return e ? e : tell(tx, out->delete_at);
}

enum err account_delete_cancel(struct tx *tx, const struct api_empty *in, struct api_empty *out)
{
	(void)in;
	(void)out;
	int64_t at;
	enum err e = deletion_sql_at(tx, tx->actor.person, &at);
	if (e || !at)
		return e;
	e = deletion_sql_set(tx, tx->actor.person, 0);
	return e ? e : tell(tx, 0);
}

enum err person_delete(struct tx *tx, const struct api_support_phone *in, struct api_empty *out)
{
	(void)out;
	struct person_id person;
	enum err e = account_sql_by_phone(tx, in->phone, &person);
	if (!e && !person.v)
		return tx_refuse(tx, API_NOT_FOUND, "phone", NULL);
	return e ? e : erase(tx, person, in->reason);
}

enum err phone_change(struct tx *tx, const struct api_phone_change *in, struct api_phone_changed *out)
{
	struct person_id holder;
	enum err e = factor_demand(tx, in->has_second_code, in->second_code);
	if (!e)
		e = account_code_spend(tx, in->phone, in->code);
	if (!e)
		e = account_sql_by_phone(tx, in->phone, &holder);
	if (!e && holder.v && holder.v != tx->actor.person.v) {
		tx->keep_on_refusal = true; /* the code is spent all the same */
		return tx_refuse(tx, API_CONFLICT, "phone", "conflict.phone_taken");
	}
	out->phone = phone_masked(tx, in->phone);
	if (e || holder.v)
		return e;
	e = deletion_sql_set_phone(tx, tx->actor.person, in->phone);
	if (!e)
		e = audit_add(tx, AUDIT_INSTALLATION, "phone_changed", "person", tx->actor.person.v, (struct str){0});
	return e ? e : security_tell(tx, tx->actor.person, API_SECURITY_CHANGED_EVENT_WHAT_PHONE_CHANGED);
}
