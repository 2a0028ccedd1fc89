/* SPDX-License-Identifier: Apache-2.0
 *
 * Invitation links: the rules and the commands (api/school.yaml). The role comes from the link (R27).
 */
#include "base/clock.h"
#include "school/roster.h"

#include <sodium.h>

#define HOUR_MS (60 * 60 * 1000LL)
#define TOKEN_TEXT sodium_base64_ENCODED_LEN(SCHOOL_INVITE_TOKEN_BYTES, sodium_base64_VARIANT_URLSAFE_NO_PADDING)

static enum api_invite_state state_of(const struct tx *tx, const struct invite_row *row)
{
	if (row->annulled_at)
		return API_INVITE_STATE_ANNULLED;
	if (row->api.uses >= row->api.max_uses)
		return API_INVITE_STATE_USED;
	return row->api.expires_at <= tx->now_ms ? API_INVITE_STATE_EXPIRED : API_INVITE_STATE_OPEN;
}

static enum err get(struct tx *tx, struct org_id org, struct invite_id id, struct api_invite *out)
{
	struct invite_row row;
	enum err e = invite_sql_get(tx, org, id, &row);
	if (e)
		return e;
	*out = row.api;
	out->state = state_of(tx, &row);
	return ERR_OK;
}

static enum err tell(struct tx *tx, struct org_id org, struct invite_id id)
{
	return event_invite_changed(tx, org_stream(org), &(struct api_invite_changed_event){.invite_id = id.v});
}

static enum role role_of(enum api_invite_create_role role)
{
	switch (role) {
	case API_INVITE_CREATE_ROLE_COADMIN:
		return ROLE_COADMIN;
	case API_INVITE_CREATE_ROLE_HEAD:
		return ROLE_HEAD;
	case API_INVITE_CREATE_ROLE_TEACHER:
		return ROLE_TEACHER;
	case API_INVITE_CREATE_ROLE_STUDENT:
		return ROLE_STUDENT;
	case API_INVITE_CREATE_ROLE_GUARDIAN:
		return ROLE_GUARDIAN;
	}
	BUG("role of a link %d", (int)role);
}

/* What a link may promise. */
static enum err check_promise(struct tx *tx, const struct api_invite_create *in, enum role role)
{
	bool lead = in->has_lead && in->lead;
	if (role == ROLE_COADMIN && tx->rel.role != ROLE_ADMIN)
		return tx_refuse(tx, API_FORBIDDEN, "role", "forbidden.admin_only");
	if (!school_is_staff(role) && !in->has_unit_id)
		return tx_refuse(tx, API_INVALID_FIELD, "unit_id", "invalid_field.unit_needed");
	if (lead && (role != ROLE_TEACHER || !in->has_unit_id))
		return tx_refuse(tx, API_INVALID_FIELD, "lead", "conflict.lead_teacher_only");
	if (!in->has_unit_id)
		return ERR_OK;
	enum api_unit_kind kind;
	enum err e = school_unit_kind(tx, tx_org(tx), (struct unit_id){in->unit_id}, &kind);
	if (e == ERR_NOT_FOUND)
		return tx_refuse(tx, API_NOT_FOUND, "unit_id", NULL);
	if (!e && kind == API_UNIT_KIND_STAFF && !school_is_staff(role))
		return tx_refuse(tx, API_INVALID_FIELD, "unit_id", "conflict.staff_only");
	return e;
}

enum err invite_create(struct tx *tx, const struct api_invite_create *in, struct api_invite *out)
{
	enum role role = role_of(in->role);
	enum err e = check_promise(tx, in, role);
	if (!e && !school_is_staff(role))
		e = school_check_active(tx, tx_org(tx));
	if (e)
		return e;
	unsigned char raw[SCHOOL_INVITE_TOKEN_BYTES];
	char token[TOKEN_TEXT];
	random_fill(raw, sizeof raw);
	sodium_bin2base64(token, sizeof token, raw, sizeof raw, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
	struct api_invite made = {.org_id = tx_org(tx).v,
		.has_unit_id = in->has_unit_id,
		.unit_id = in->unit_id,
		.role = (enum api_role)role,
		.lead = in->has_lead && in->lead,
		.token = str_of(token),
		.max_uses = in->has_max_uses ? in->max_uses : 1,
		.created_at = tx->now_ms,
		.expires_at = tx->now_ms + (in->has_expires_in_h ? in->expires_in_h : SCHOOL_INVITE_HOURS) * HOUR_MS};
	struct invite_id id;
	e = invite_sql_add(tx, &made, tx->actor.person, &id);
	if (!e)
		e = tell(tx, tx_org(tx), id);
	return e ? e : get(tx, tx_org(tx), id, out);
}

enum err invite_list(struct tx *tx, const struct api_invite_list *in, struct api_invite_page *out)
{
	size_t limit = in->has_limit ? (size_t)in->limit : SCHOOL_PAGE_DEFAULT, n;
	struct invite_row *rows = arena_array(tx->arena, limit + 1, sizeof *rows);
	struct api_invite *items = arena_array(tx->arena, limit, sizeof *items);
	if (!rows || !items)
		return ERR_NOMEM;
	enum err e = invite_sql_list(tx, tx_org(tx), in->has_before ? in->before : INT64_MAX, rows, limit + 1, &n);
	if (e)
		return e;
	out->invites.items = items;
	out->invites.n = n < limit ? n : limit;
	for (size_t i = 0; i < out->invites.n; i++) {
		items[i] = rows[i].api;
		items[i].state = state_of(tx, &rows[i]);
	}
	out->has_next_before = n > limit;
	if (out->has_next_before)
		out->next_before = items[limit - 1].id;
	return ERR_OK;
}

enum err invite_annul(struct tx *tx, const struct api_invite_annul *in, struct api_invite *out)
{
	struct invite_id id = {in->invite_id};
	bool annulled;
	enum err e = invite_sql_annul(tx, tx_org(tx), id, &annulled);
	if (!e && annulled)
		e = tell(tx, tx_org(tx), id);
	return e ? e : get(tx, tx_org(tx), id, out);
}

/* A link that somebody holds. Whatever is wrong with it, and whether it ever was one, the answer is the same. */
static enum err open_link(struct tx *tx, struct str token, struct api_invite *out)
{
	struct org_id org;
	struct invite_id id;
	enum err e = invite_sql_by_token(tx, token, &org, &id);
	if (!e)
		e = get(tx, org, id, out);
	if (e && e != ERR_NOT_FOUND)
		return e;
	if (e == ERR_NOT_FOUND || out->state != API_INVITE_STATE_OPEN)
		return tx_refuse(tx, API_LINK_UNUSABLE, "token", NULL);
	return ERR_OK;
}

enum err invite_preview(struct tx *tx, const struct api_invite_preview *in, struct api_invite_previewed *out)
{
	struct api_invite invite = {0};
	struct api_org org;
	enum err e = open_link(tx, in->token, &invite);
	if (!e)
		e = org_sql_get(tx, (struct org_id){invite.org_id}, &org);
	if (e)
		return e;
	*out = (struct api_invite_previewed){
		.org_name = org.name, .org_short_name = org.short_name, .org_type = org.type, .role = invite.role,
		.lead = invite.lead};
	if (!invite.has_unit_id)
		return ERR_OK;
	struct api_unit unit;
	e = unit_sql_get(tx, (struct org_id){invite.org_id}, (struct unit_id){invite.unit_id}, &unit);
	if (e == ERR_NOT_FOUND)
		return tx_refuse(tx, API_LINK_UNUSABLE, "token", NULL);
	out->has_unit_kind = out->has_unit_name = true;
	out->unit_kind = unit.kind;
	out->unit_name = unit.name;
	return e;
}

/* Who comes in: whoever is signed in, or whoever proves to hold the number, known or new. */
static enum err who(struct tx *tx, const struct api_invite_accept *in, struct person_id *out)
{
	*out = tx->actor.person;
	if (out->v)
		return ERR_OK;
	const char *missing = !in->has_phone ? "phone" : !in->has_code ? "code" : !in->has_given_name ? "given_name"
		: !in->has_family_name ? "family_name" : NULL;
	if (missing)
		return tx_refuse(tx, API_INVALID_FIELD, missing, "invalid_field.missing");
	enum err e = account_code_spend(tx, in->phone, in->code);
	if (!e)
		e = account_person_by_phone(tx, in->phone, out);
	if (!e && !out->v)
		e = account_person_new(tx, in->phone, in->given_name, in->family_name, in->has_patronymic ? in->patronymic : STR(""), out);
	return e;
}

enum err invite_accept(struct tx *tx, const struct api_invite_accept *in, struct api_signed_in *out)
{
	struct api_invite invite = {0};
	struct person_id person;
	bool changed, used = false;
	enum err e = open_link(tx, in->token, &invite);
	if (!e)
		e = who(tx, in, &person);
	if (e)
		return e;
	struct org_id org = {invite.org_id};
	struct unit_id unit = {invite.has_unit_id ? invite.unit_id : 0};
	e = school_join(tx, org, person, (enum role)invite.role, unit, invite.lead, &changed);
	if (!e && changed) { /* whoever was there already takes no use away from others */
		e = invite_sql_use(tx, org, (struct invite_id){invite.id}, &used);
		if (!e && !used)
			e = tx_refuse(tx, API_LINK_UNUSABLE, "token", NULL);
		if (!e)
			e = tell(tx, org, (struct invite_id){invite.id});
	}
	if (!e && !tx->actor.person.v)
		e = account_session_start_on(tx, person,
			&(struct account_device){.name = in->has_device ? in->device : STR(""), .key = in->has_device_key ? in->device_key : STR("")});
	return e ? e : account_person_get(tx, person, &out->person);
}
