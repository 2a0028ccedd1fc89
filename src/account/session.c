/* SPDX-License-Identifier: Apache-2.0
 *
 * Sessions: beginning and ending, new devices, the work of the hour. On the writer's thread, inside a transaction.
 */
#include "account/session.h"

#include "account/account_sql.h"
#include "account/deletion.h"
#include "account/document.h"
#include "account/factor.h"
#include "account/secret_hash.h"
#include "base/mem.h"

#include <arpa/inet.h>

#define ENDED_AT_ONCE 200     /* a turn of the loops below */
#define NEW_DEVICES_TOLD 20

static struct account_hooks hooks; /* set by app before the first thread, constant afterwards */

void account_set_hooks(const struct account_hooks *given)
{
	hooks = given ? *given : (struct account_hooks){0};
}

const struct account_hooks *account_hooks(void)
{
	return &hooks;
}

enum err places_of(struct tx *tx, struct person_id person, struct account_place **out, size_t *n_out)
{
	*out = NULL;
	*n_out = 0;
	return hooks.places ? hooks.places(tx, person, out, n_out) : ERR_OK;
}

struct str address_short(struct arena *a, struct str address)
{
	char text[INET6_ADDRSTRLEN];
	unsigned char raw[16];
	static const unsigned char mapped[12] = {[10] = 0xff, [11] = 0xff};
	if (!address.n || address.n >= sizeof text)
		return (struct str){0};
	memcpy(text, address.p, address.n);
	text[address.n] = 0;
	char *out = NULL;
	if (inet_pton(AF_INET, text, raw) == 1)
		out = arena_printf(a, "%u.%u.%u.*", raw[0], raw[1], raw[2]);
	else if (inet_pton(AF_INET6, text, raw) == 1 && memcmp(raw, mapped, sizeof mapped) == 0)
		out = arena_printf(a, "%u.%u.%u.*", raw[12], raw[13], raw[14]);
	else if (inet_pton(AF_INET6, text, raw) == 1)
		out = arena_printf(a, "%x:%x:%x:*", raw[0] << 8 | raw[1], raw[2] << 8 | raw[3], raw[4] << 8 | raw[5]);
	return out ? str_of(out) : (struct str){0};
}

/* --- beginning */

static enum err tell_new(struct tx *tx, struct person_id person, struct session_id id, const struct session_new *s)
{
	struct api_device_signed_in_event event = {.device = {.session_id = id.v, .device = s->device, .address = s->address, .at = tx->now_ms}};
	return event_device_signed_in(tx, person_stream(person), &event);
}

enum err session_begin(struct tx *tx, struct person_id person, const struct account_device *device)
{
	char token[ACCOUNT_TOKEN_TEXT];
	token_make(token);
	struct secret_hash hash = hash_token(str_of(token)), device_hash = {{0}};
	struct session_new s = {.token_hash = secret_hash_str(&hash), .device = device->name, .address = address_short(tx->arena, tx->actor.address)};
	struct session_id id;
	bool any, known;
	if (device->key.n) {
		device_hash = hash_token(device->key);
		s.device_hash = secret_hash_str(&device_hash);
	}
	enum err e = account_sql_device_known(tx, person, s.device_hash, &any, &known);
	s.is_new = !e && any && !known;
	if (!e)
		e = account_sql_session_add(tx, person, &s, &id);
	if (!e && s.is_new)
		e = tell_new(tx, person, id, &s);
	if (!e) {
		tx->set_session_token = arena_str(tx->arena, str_of(token));
		if (!tx->set_session_token.p)
			e = ERR_NOMEM;
	}
	mem_wipe(token, sizeof token);
	return e ? e : session_came_in(tx, person);
}

enum err account_session_start_on(struct tx *tx, struct person_id person, const struct account_device *device)
{
	struct factors has;
	enum err e = factors_of(tx, person, &has);
	if (!e && has.totp)
		e = tx_refuse(tx, API_CONFLICT, NULL, "conflict.second_factor_first");
	return e ? e : session_begin(tx, person, device);
}

enum err account_session_start(struct tx *tx, struct person_id person, struct str device)
{
	return account_session_start_on(tx, person, &(struct account_device){.name = device});
}

/* --- ending */

enum err session_finish(struct tx *tx, struct person_id person, struct session_id session, bool *ended_out)
{
	bool was_new;
	enum err e = account_sql_session_end(tx, person, session, ended_out, &was_new);
	if (e || !*ended_out)
		return e;
	tx_end_session(tx, session);
	if (hooks.session_ended)
		e = hooks.session_ended(tx, person, session);
	if (!e && was_new)
		e = event_device_settled(tx, person_stream(person), &(struct api_device_settled_event){.session_id = session.v});
	return e;
}

enum err account_sessions_end(struct tx *tx, struct person_id person, struct session_id but, int64_t *ended_out)
{
	struct session_id ids[ENDED_AT_ONCE];
	size_t n = ENDED_AT_ONCE;
	enum err e = ERR_OK;
	*ended_out = 0;
	while (!e && n == ENDED_AT_ONCE) {
		e = account_sql_session_others(tx, person, but, ids, ENDED_AT_ONCE, &n);
		for (size_t i = 0; !e && i < n; i++) {
			bool ended;
			e = session_finish(tx, person, ids[i], &ended);
			*ended_out += ended;
		}
	}
	return e;
}

static enum err end_stale(struct tx *tx, bool *more_out)
{
	struct session_row rows[ENDED_AT_ONCE];
	size_t n = 0;
	enum err e = account_sql_sessions_stale(tx, session_seen_after(tx), rows, ENDED_AT_ONCE, &n);
	*more_out |= n == ENDED_AT_ONCE;
	for (size_t i = 0; !e && i < n; i++) {
		bool ended;
		e = session_finish(tx, rows[i].person, rows[i].id, &ended);
	}
	return e;
}

enum err account_upkeep(struct tx *tx, bool *more_out)
{
	*more_out = false;
	enum err e = end_stale(tx, more_out);
	return e ? e : deletion_upkeep(tx, more_out);
}

/* --- me_snapshot */

enum err account_fill_me(struct tx *tx, struct api_me_snapshot *out)
{
	struct api_new_device *items = arena_array(tx->arena, NEW_DEVICES_TOLD, sizeof *items);
	if (!items)
		return ERR_NOMEM;
	out->has_new_devices = true;
	out->new_devices.items = items;
	enum err e = account_sql_new_devices(tx, tx->actor.person, items, NEW_DEVICES_TOLD, &out->new_devices.n);
	if (!e)
		e = deletion_sql_at(tx, tx->actor.person, &out->delete_at);
	out->has_delete_at = !e && out->delete_at > 0;
	out->has_documents_due = true;
	return e ? e : documents_due(tx, tx->actor.person, &out->documents_due.items, &out->documents_due.n);
}
