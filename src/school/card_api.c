/* SPDX-License-Identifier: Apache-2.0
 *
 * See card.h: the rules and the commands (api/join.yaml).
 */
#include "account/secret_hash.h"
#include "base/clock.h"
#include "base/mem.h"
#include "policy/audit.h"
#include "school/card.h"
#include "school/title.h"

#include <sodium.h>

#define DAY_MS (24 * 60 * 60 * 1000LL)
#define TOKEN_TEXT sodium_base64_ENCODED_LEN(SCHOOL_INVITE_TOKEN_BYTES, sodium_base64_VARIANT_URLSAFE_NO_PADDING)

enum err card_valid(struct tx *tx, struct org_id org, struct person_id person, bool *out)
{
	struct card_row card;
	enum err e = card_sql_of(tx, org, person, &card);
	*out = !e && card.id != 0;
	return e;
}

/* With the installation's secret, because it is short. */
static struct secret_hash hash_short(struct tx *tx, const char *code)
{
	return hash_code(tx->inst, STR("card"), str_of(code));
}

/* The card, and whatever was signed in by it. */
static enum err end_card(struct tx *tx, struct org_id org, struct person_id person)
{
	struct card_row card;
	struct session_id *sessions;
	size_t n;
	enum err e = card_sql_of(tx, org, person, &card);
	if (e || !card.id)
		return e;
	e = card_sql_end(tx, org, card.id);
	if (!e)
		e = card_sql_sessions(tx, org, card.id, &sessions, &n);
	for (size_t i = 0; !e && i < n; i++)
		e = account_session_stop(tx, person, sessions[i]);
	return e;
}

/* A pupil of the unit; in a circle only one whose class or group is not elsewhere: it is his class teacher's to give him a card. */
static enum err check_pupil(struct tx *tx, const struct api_unit *unit, struct person_id person)
{
	enum role role;
	bool lead;
	struct unit_id own;
	enum err e = school_member_role(tx, tx_org(tx), person, &role);
	if (!e)
		e = roster_sql_get(tx, tx_org(tx), (struct unit_id){unit->id}, person, &lead);
	if (e == ERR_NOT_FOUND || (!e && role != ROLE_STUDENT))
		return tx_refuse(tx, API_NOT_FOUND, "person_ids", NULL);
	if (!e && unit->kind == API_UNIT_KIND_CIRCLE) {
		e = roster_sql_only_one(tx, tx_org(tx), person, &own);
		if (!e && own.v)
			e = tx_refuse(tx, API_CONFLICT, "person_ids", "conflict.card_of_class");
	}
	return e;
}

static enum err issue(struct tx *tx, struct person_id person, struct api_card *out)
{
	struct org_id org = tx_org(tx);
	unsigned char raw[SCHOOL_INVITE_TOKEN_BYTES];
	char token[TOKEN_TEXT], code[CARD_CODE_LETTERS + 1];
	bool added = false;
	enum err e = end_card(tx, org, person);
	for (int i = 0; !e && !added && i < 4; i++) {
		random_fill(raw, sizeof raw);
		sodium_bin2base64(token, sizeof token, raw, sizeof raw, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
		short_code_make(code, CARD_CODE_LETTERS);
		struct secret_hash token_hash = hash_token(str_of(token)), code_hash = hash_short(tx, code);
		e = card_sql_add(tx, org, person, secret_hash_str(&token_hash), secret_hash_str(&code_hash), &added);
	}
	if (!e && !added)
		e = ERR_IO;
	if (!e)
		e = account_person_get(tx, person, &out->person);
	out->token = arena_str(tx->arena, str_of(token));
	out->code = arena_str(tx->arena, str_of(code));
	mem_wipe(token, sizeof token);
	mem_wipe(code, sizeof code);
	return e ? e : arena_failed(tx->arena) ? ERR_NOMEM : ERR_OK;
}

enum err card_issue(struct tx *tx, const struct api_card_issue *in, struct api_cards *out)
{
	struct api_unit unit;
	enum err e = unit_sql_get(tx, tx_org(tx), (struct unit_id){in->unit_id}, &unit);
	out->cards.n = in->person_ids.n;
	out->cards.items = arena_array(tx->arena, in->person_ids.n, sizeof *out->cards.items);
	if (!out->cards.items)
		return ERR_NOMEM;
	for (size_t i = 0; !e && i < in->person_ids.n; i++)
		e = check_pupil(tx, &unit, (struct person_id){in->person_ids.items[i]});
	for (size_t i = 0; !e && i < in->person_ids.n; i++) {
		struct person_id person = {in->person_ids.items[i]};
		e = issue(tx, person, &out->cards.items[i]);
		if (!e)
			e = audit_add(tx, tx_org(tx), "card_issue", "person", person.v, audit_detail(tx, "i", "unit_id", unit.id));
	}
	return e;
}

static enum err states(struct tx *tx, struct unit_id unit, struct api_card_states *out)
{
	size_t n;
	struct arrival_row *rows = arena_array(tx->arena, ARRIVALS_MAX, sizeof *rows);
	out->pupils.items = arena_array(tx->arena, ARRIVALS_MAX, sizeof *out->pupils.items);
	if (!rows || !out->pupils.items)
		return ERR_NOMEM;
	enum err e = arrival_sql_list(tx, tx_org(tx), unit, rows, ARRIVALS_MAX, &n);
	for (size_t i = 0; !e && i < n; i++) {
		struct card_row card;
		if (rows[i].role != ROLE_STUDENT)
			continue;
		struct api_card_state *s = &out->pupils.items[out->pupils.n++];
		e = card_sql_of(tx, tx_org(tx), rows[i].person, &card);
		*s = (struct api_card_state){.came_in = rows[i].came_in, .has_issued_at = card.id != 0, .issued_at = card.issued_at,
			.has_last_used_at = card.last_used_at > 0, .last_used_at = card.last_used_at};
		if (!e)
			e = account_person_get(tx, rows[i].person, &s->person);
	}
	return e;
}

enum err card_list(struct tx *tx, const struct api_card_list *in, struct api_card_states *out)
{
	return states(tx, (struct unit_id){in->unit_id}, out);
}

enum err card_revoke(struct tx *tx, const struct api_card_revoke *in, struct api_card_states *out)
{
	struct unit_id unit = {in->unit_id};
	enum err e = ERR_OK;
	struct api_unit row;
	e = unit_sql_get(tx, tx_org(tx), unit, &row);
	for (size_t i = 0; !e && i < in->person_ids.n; i++)
		e = check_pupil(tx, &row, (struct person_id){in->person_ids.items[i]});
	for (size_t i = 0; !e && i < in->person_ids.n; i++) {
		struct person_id person = {in->person_ids.items[i]};
		e = end_card(tx, tx_org(tx), person);
		if (!e)
			e = audit_add(tx, tx_org(tx), "card_revoke", "person", person.v, audit_detail(tx, "i", "unit_id", unit.v));
	}
	return e ? e : states(tx, unit, out);
}

/* By its short code the card counts with the family name only: a code that was hit by chance opens nothing. */
static enum err find(struct tx *tx, const struct api_sign_in_card *in, struct card_row *out)
{
	char code[CARD_CODE_LETTERS + 1];
	*out = (struct card_row){.id = 0};
	if (in->has_token) {
		struct secret_hash hash = hash_token(in->token);
		return card_sql_by_token(tx, secret_hash_str(&hash), out);
	}
	if (!short_code_read(in->code, CARD_CODE_LETTERS, code))
		return ERR_OK;
	struct secret_hash hash = hash_short(tx, code);
	struct api_person person;
	struct str named, typed;
	enum err e = card_sql_by_code(tx, secret_hash_str(&hash), out);
	if (e || !out->id)
		return e;
	e = account_person_get(tx, out->person, &person);
	if (!e)
		e = title_fold(tx, person.family_name, &named);
	if (!e)
		e = title_fold(tx, in->family_name, &typed);
	if (!e && !str_eq(named, typed))
		out->id = 0;
	return e;
}

static enum err check_day(struct tx *tx, const struct card_row *card)
{
	int64_t at;
	enum err e = card_sql_sessions_since(tx, card, tx->now_ms - DAY_MS, CARD_SESSIONS_A_DAY, &at);
	if (e || !at)
		return e;
	e = tx_refuse(tx, API_RATE_LIMITED, NULL, "rate_limited.card_day");
	tx->refusal.retry_after_s = (at + DAY_MS - tx->now_ms + 999) / 1000;
	return e;
}

enum err sign_in_card(struct tx *tx, const struct api_sign_in_card *in, struct api_signed_in *out)
{
	struct card_row card;
	struct session_id session;
	enum role role = ROLE_NONE;
	const char *missing = in->has_token ? NULL : !in->has_code ? "code" : !in->has_family_name ? "family_name" : NULL;
	if (missing)
		return tx_refuse(tx, API_INVALID_FIELD, missing, "invalid_field.missing");
	enum err e = account_guess_check(tx, ACCOUNT_GUESS_CARD, CARD_WRONG_ADDRESS, CARD_WRONG);
	if (!e)
		e = find(tx, in, &card);
	if (!e && card.id)
		e = school_member_role(tx, card.org, card.person, &role);
	if (e && e != ERR_NOT_FOUND)
		return e;
	/* A pupil who left has a card still, but no place. */
	if (!card.id || role != ROLE_STUDENT)
		return account_guess_wrong(tx, ACCOUNT_GUESS_CARD, API_LINK_UNUSABLE, in->has_token ? "token" : "code", "link_unusable.card");
	e = check_day(tx, &card);
	if (!e)
		e = account_session_start_on(tx, card.person,
			&(struct account_device){.name = in->has_device ? in->device : STR(""), .key = in->has_device_key ? in->device_key : STR("")});
	if (e == ERR_REFUSED && tx->refusal.code == API_CONFLICT) /* he has a second factor: a card is not enough */
		return tx_refuse(tx, API_LINK_UNUSABLE, NULL, "link_unusable.card");
	if (!e)
		e = account_session_newest(tx, card.person, &session);
	if (!e)
		e = card_sql_used(tx, &card, session);
	return e ? e : account_person_get(tx, card.person, &out->person);
}
