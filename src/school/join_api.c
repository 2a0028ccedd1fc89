/* SPDX-License-Identifier: Apache-2.0
 *
 * Coming in by a link, and the settings of it (api/school.yaml, api/join.yaml): the commands of whoever holds a link.
 */
#include "policy/audit.h"
#include "school/join.h"
#include "school/title.h"

/* A link that somebody holds. The token cannot be guessed, so that whoever has it may know what became of it (R29). */
static enum err open_link(struct tx *tx, struct str token, struct api_invite *out)
{
	struct org_id org;
	struct invite_id id;
	enum err e = invite_sql_by_token(tx, token, &org, &id);
	if (!e)
		e = link_get(tx, org, id, out);
	if (e == ERR_NOT_FOUND)
		return tx_refuse(tx, API_LINK_UNUSABLE, "token", NULL);
	if (e)
		return e;
	switch (out->state) {
	case API_INVITE_STATE_OPEN:
		return ERR_OK;
	case API_INVITE_STATE_USED:
		return tx_refuse(tx, API_LINK_UNUSABLE, "token", "link_unusable.used");
	case API_INVITE_STATE_EXPIRED:
		return tx_refuse(tx, API_LINK_UNUSABLE, "token", "link_unusable.expired");
	case API_INVITE_STATE_ANNULLED:
		return tx_refuse(tx, API_LINK_UNUSABLE, "token", "link_unusable.annulled");
	}
	BUG("state of a link %d", (int)out->state);
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
		.lead = invite.lead, .has_approval = true, .approval = invite.approval, .has_for_child = true, .for_child = invite.has_child,
		.has_org_logo_id = org.has_logo_id, .org_logo_id = org.logo_id};
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

enum err invite_by_code(struct tx *tx, const struct api_invite_by_code *in, struct api_invite_token *out)
{
	char code[INVITE_CODE_LETTERS + 1];
	struct org_id org;
	struct invite_id id = {0};
	struct api_invite invite;
	enum err e = account_guess_check(tx, ACCOUNT_GUESS_LINK, INVITE_CODE_WRONG_ADDRESS, INVITE_CODE_WRONG);
	if (e)
		return e;
	if (short_code_read(in->code, INVITE_CODE_LETTERS, code)) {
		e = invite_sql_by_code(tx, str_of(code), &org, &id);
		if (!e)
			e = link_get(tx, org, id, &invite);
		if (e && e != ERR_NOT_FOUND)
			return e;
	}
	if (!id.v || e || invite.state != API_INVITE_STATE_OPEN)
		return account_guess_wrong(tx, ACCOUNT_GUESS_LINK, API_LINK_UNUSABLE, "code", "link_unusable.code");
	out->token = invite.token;
	return ERR_OK;
}

enum err newcomer_who(struct tx *tx, const struct newcomer *in, struct org_id org, struct unit_id unit, enum role role,
	struct person_id *out)
{
	*out = tx->actor.person;
	if (out->v)
		return ERR_OK;
	const char *missing = !in->has_phone ? "phone" : !in->has_code ? "code" : !in->has_given_name ? "given_name"
		: !in->has_family_name ? "family_name" : NULL;
	if (missing)
		return tx_refuse(tx, API_INVALID_FIELD, missing, "invalid_field.missing");
	struct str patronymic = in->has_patronymic ? in->patronymic : STR("");
	enum err e = account_code_spend(tx, in->phone, in->code);
	if (!e)
		e = account_person_by_phone(tx, in->phone, out);
	if (e || out->v)
		return e;
	/* Somebody who is expected there under this name, and whom no number is known of: it is he. */
	bool given = false;
	if (org.v && unit.v) {
		struct api_person names = {.given_name = in->given_name, .family_name = in->family_name, .has_patronymic = patronymic.n > 0,
			.patronymic = patronymic};
		e = expect_match(tx, org, unit, role, &names, out);
		if (!e && out->v)
			e = account_phone_give(tx, *out, in->phone, &given);
	}
	if (!e && !given)
		e = account_person_new(tx, in->phone, in->given_name, in->family_name, patronymic, out);
	return e;
}

enum err newcomer_join(struct tx *tx, struct org_id org, struct person_id person, const struct link_promise *p, bool *changed_out)
{
	bool bound = false;
	struct unit_id unit = p->child.v ? (struct unit_id){0} : p->unit; /* a guardian's units follow his child */
	enum err e = school_join(tx, org, person, p->role, unit, p->lead, changed_out);
	if (!e && p->child.v)
		e = school_guardian_bind(tx, org, person, p->child, &bound);
	if (!e && *changed_out && p->unit.v && !p->child.v && !school_is_staff(p->role))
		e = expect_check(tx, org, p->unit, p->role, person);
	*changed_out |= bound;
	return e;
}

/* One who is expected changes nothing of the roster by coming in, but the link has been used. */
static enum err use_link(struct tx *tx, const struct api_invite *invite, struct person_id person)
{
	struct org_id org = {invite->org_id};
	struct invite_id id = {invite->id};
	bool used;
	enum err e = invite_sql_use(tx, org, id, person, &used);
	if (!e && !used)
		e = tx_refuse(tx, API_LINK_UNUSABLE, "token", "link_unusable.used");
	return e ? e : link_tell(tx, org, id);
}

enum err invite_accept(struct tx *tx, const struct api_invite_accept *in, struct api_signed_in *out)
{
	struct api_invite invite = {0};
	struct person_id person;
	bool changed = false, came_in;
	struct newcomer who = {.has_phone = in->has_phone, .phone = in->phone, .has_code = in->has_code, .code = in->code,
		.has_given_name = in->has_given_name, .given_name = in->given_name, .has_family_name = in->has_family_name,
		.family_name = in->family_name, .has_patronymic = in->has_patronymic, .patronymic = in->patronymic};
	enum err e = open_link(tx, in->token, &invite);
	if (e)
		return e;
	struct org_id org = {invite.org_id};
	struct link_promise p = {.role = (enum role)invite.role, .unit.v = invite.has_unit_id ? invite.unit_id : 0,
		.child.v = invite.has_child ? invite.child.id : 0, .lead = invite.lead};
	bool direct = !invite.approval;
	e = newcomer_who(tx, &who, direct ? org : (struct org_id){0}, p.unit, p.role, &person);
	if (!e)
		e = account_came_in(tx, person, &came_in);
	/* First the session: then he has come in, and is none of those who are expected any more. */
	if (!e && !tx->actor.person.v)
		e = account_session_start_on(tx, person,
			&(struct account_device){.name = in->has_device ? in->device : STR(""), .key = in->has_device_key ? in->device_key : STR("")});
	if (!e && direct)
		e = newcomer_join(tx, org, person, &p, &changed);
	else if (!e)
		e = request_make(tx, org, person, (struct invite_id){invite.id}, &p, &changed);
	/* Whoever was there already takes no use away from others. */
	if (!e && (changed || !came_in))
		e = use_link(tx, &invite, person);
	if (e)
		tx->set_session_token = (struct str){0};
	return e ? e : account_person_get(tx, person, &out->person);
}

/* --- settings and the public page */

enum err join_settings(struct tx *tx, struct org_id org, struct api_join_settings *out)
{
	bool found;
	enum err e = join_sql_settings(tx, org, out, &found);
	if (!e && !found)
		*out = (struct api_join_settings){.student_invites = API_STUDENT_INVITES_ADMINS_AND_LEADS, .contact = STR("")};
	return e;
}

enum err join_settings_get(struct tx *tx, const struct api_join_settings_get *in, struct api_join_settings *out)
{
	(void)in;
	return join_settings(tx, tx_org(tx), out);
}

enum err join_settings_set(struct tx *tx, const struct api_join_settings_set *in, struct api_join_settings *out)
{
	struct org_id org = tx_org(tx);
	enum err e = join_settings(tx, org, out);
	if (e)
		return e;
	if (in->has_student_invites)
		out->student_invites = in->student_invites;
	if (in->has_requests_open)
		out->requests_open = in->requests_open;
	if (in->has_published)
		out->published = in->published;
	if (in->has_contact) {
		out->contact = STR("");
		if (str_trim_ascii(in->contact).n)
			e = title_clean(tx, in->contact, "contact", &out->contact);
	}
	if (!e)
		e = join_sql_set_settings(tx, org, out);
	return e ? e : audit_add(tx, org, "join_settings_set", "org", org.v,
		audit_detail(tx, "bbb", "requests_open", (int)out->requests_open, "published", (int)out->published, "leads_invite",
			(int)(out->student_invites == API_STUDENT_INVITES_ADMINS_AND_LEADS)));
}

enum err org_public(struct tx *tx, const struct api_org_public_get *in, struct api_org_public *out)
{
	struct org_id org = {in->org_id};
	struct api_join_settings settings;
	struct api_org card;
	enum err e = org_sql_get(tx, org, &card);
	if (!e)
		e = join_settings(tx, org, &settings);
	if (e == ERR_NOT_FOUND || (!e && !settings.published))
		return tx_refuse(tx, API_NOT_FOUND, "org_id", "not_found.public");
	if (e)
		return e;
	*out = (struct api_org_public){.id = card.id, .name = card.name, .short_name = card.short_name, .type = card.type,
		.requests_open = settings.requests_open, .contact = settings.contact, .has_logo_id = card.has_logo_id, .logo_id = card.logo_id};
	if (!settings.requests_open)
		return ERR_OK;
	struct api_unit *units = arena_array(tx->arena, SCHOOL_UNIT_PAGE, sizeof *units);
	size_t n;
	out->units.items = arena_array(tx->arena, SCHOOL_UNIT_PAGE, sizeof *out->units.items);
	if (!units || !out->units.items)
		return ERR_NOMEM;
	e = unit_sql_list(tx, org, 0, units, SCHOOL_UNIT_PAGE, &n);
	for (size_t i = 0; !e && i < n; i++)
		if (units[i].kind != API_UNIT_KIND_STAFF)
			out->units.items[out->units.n++] = (struct api_org_public_unit){.id = units[i].id, .kind = units[i].kind, .name = units[i].name};
	return e;
}
