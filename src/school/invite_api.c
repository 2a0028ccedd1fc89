/* SPDX-License-Identifier: Apache-2.0
 *
 * Invitation links: what they may promise, and the commands of those who make and manage them (api/school.yaml, api/join.yaml). The
 * role comes from the link (R27). Coming in by them is in join_api.c.
 */
#include "base/clock.h"
#include "policy/audit.h"
#include "school/join.h"
#include "school/title.h"

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

/* The row as the wire has it: with its state and the names of the child and of the holder. */
static enum err complete(struct tx *tx, const struct invite_row *row, struct api_invite *out)
{
	enum err e = ERR_OK;
	*out = row->api;
	out->state = state_of(tx, row);
	out->has_child = row->child.v != 0;
	out->has_holder = row->holder.v != 0;
	if (out->has_child)
		e = account_person_get(tx, row->child, &out->child);
	if (!e && out->has_holder)
		e = account_person_get(tx, row->holder, &out->holder);
	return e;
}

static enum err complete_all(struct tx *tx, const struct invite_row *rows, size_t n, struct api_invite_array *out)
{
	enum err e = ERR_OK;
	out->n = n;
	out->items = arena_array(tx->arena, n + 1, sizeof *out->items);
	if (!out->items)
		return ERR_NOMEM;
	for (size_t i = 0; !e && i < n; i++)
		e = complete(tx, &rows[i], &out->items[i]);
	return e;
}

enum err link_get(struct tx *tx, struct org_id org, struct invite_id id, struct api_invite *out)
{
	struct invite_row row;
	enum err e = invite_sql_get(tx, org, id, &row);
	return e ? e : complete(tx, &row, out);
}

enum err link_tell(struct tx *tx, struct org_id org, struct invite_id id)
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

/* R34: a parent's link may be for one child, who has to be a pupil here, and of the unit when there is one. */
static enum err check_child(struct tx *tx, const struct link_promise *p)
{
	enum role role;
	bool lead;
	if (p->role != ROLE_GUARDIAN)
		return tx_refuse(tx, API_INVALID_FIELD, "child_id", "invalid_field.child_guardian");
	enum err e = school_member_role(tx, tx_org(tx), p->child, &role);
	if (e == ERR_NOT_FOUND || (!e && role != ROLE_STUDENT))
		return tx_refuse(tx, API_NOT_FOUND, "child_id", NULL);
	if (!e && p->unit.v)
		e = roster_sql_get(tx, tx_org(tx), p->unit, p->child, &lead);
	return e == ERR_NOT_FOUND ? tx_refuse(tx, API_NOT_FOUND, "child_id", NULL) : e;
}

/* What a link may promise. */
static enum err check_promise(struct tx *tx, const struct link_promise *p)
{
	if (p->role == ROLE_COADMIN && tx->rel.role != ROLE_ADMIN)
		return tx_refuse(tx, API_FORBIDDEN, "role", "forbidden.admin_only");
	if (!school_is_staff(p->role) && !p->unit.v && !p->child.v)
		return tx_refuse(tx, API_INVALID_FIELD, "unit_id", "invalid_field.unit_needed");
	if (p->lead && (p->role != ROLE_TEACHER || !p->unit.v))
		return tx_refuse(tx, API_INVALID_FIELD, "lead", "conflict.lead_teacher_only");
	if (p->unit.v) {
		enum api_unit_kind kind;
		enum err e = school_unit_kind(tx, tx_org(tx), p->unit, &kind);
		if (e == ERR_NOT_FOUND)
			return tx_refuse(tx, API_NOT_FOUND, "unit_id", NULL);
		if (!e && kind == API_UNIT_KIND_STAFF && !school_is_staff(p->role))
			return tx_refuse(tx, API_INVALID_FIELD, "unit_id", "conflict.staff_only");
		if (e)
			return e;
	}
	return p->child.v ? check_child(tx, p) : ERR_OK;
}

enum err link_make(struct tx *tx, const struct link_promise *p, struct api_invite *out)
{
	unsigned char raw[SCHOOL_INVITE_TOKEN_BYTES];
	char token[TOKEN_TEXT], code[INVITE_CODE_LETTERS + 1];
	struct invite_row row = {.child = p->child,
		.api = {.org_id = tx_org(tx).v,
			.has_unit_id = p->unit.v != 0,
			.unit_id = p->unit.v,
			.role = (enum api_role)p->role,
			.lead = p->lead,
			.has_code = true,
			.approval = p->approval,
			.has_note = p->note.n > 0,
			.note = p->note,
			.max_uses = p->max_uses,
			.created_at = tx->now_ms,
			.expires_at = tx->now_ms + p->hours * HOUR_MS}};
	struct invite_id id;
	bool added = false;
	enum err e = check_promise(tx, p);
	if (!e && !school_is_staff(p->role))
		e = school_check_active(tx, tx_org(tx));
	random_fill(raw, sizeof raw);
	sodium_bin2base64(token, sizeof token, raw, sizeof raw, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
	row.api.token = str_of(token);
	for (int i = 0; !e && !added && i < 4; i++) { /* a short code may be taken */
		short_code_make(code, INVITE_CODE_LETTERS);
		row.api.code = str_of(code);
		e = invite_sql_add(tx, &row, tx->actor.person, &added, &id);
	}
	if (!e && !added)
		return ERR_IO;
	if (!e)
		e = link_tell(tx, tx_org(tx), id);
	if (!e)
		e = audit_add(tx, tx_org(tx), "invite_create", "invite", id.v,
			audit_detail(tx, "ii", "role", (int64_t)p->role, "unit_id", p->unit.v));
	return e ? e : link_get(tx, tx_org(tx), id, out);
}

static enum err note_of(struct tx *tx, bool has, struct str in, struct str *out)
{
	*out = STR("");
	return has && str_trim_ascii(in).n ? title_clean(tx, in, "note", out) : ERR_OK;
}

enum err invite_create(struct tx *tx, const struct api_invite_create *in, struct api_invite *out)
{
	struct link_promise p = {.role = role_of(in->role),
		.unit.v = in->has_unit_id ? in->unit_id : 0,
		.child.v = in->has_child_id ? in->child_id : 0,
		.lead = in->has_lead && in->lead,
		.approval = in->has_approval && in->approval,
		.hours = in->has_expires_in_h ? in->expires_in_h : SCHOOL_INVITE_HOURS,
		.max_uses = in->has_max_uses ? in->max_uses : 1};
	enum err e = note_of(tx, in->has_note, in->note, &p.note);
	return e ? e : link_make(tx, &p, out);
}

enum err unit_invite_create(struct tx *tx, const struct api_unit_invite_create *in, struct api_invite *out)
{
	struct api_join_settings settings;
	struct link_promise p = {.role = in->role == API_UNIT_INVITE_CREATE_ROLE_STUDENT ? ROLE_STUDENT : ROLE_GUARDIAN,
		.unit.v = in->unit_id,
		.child.v = in->has_child_id ? in->child_id : 0,
		.approval = in->has_approval && in->approval,
		.hours = in->has_expires_in_h ? in->expires_in_h : SCHOOL_INVITE_HOURS,
		.max_uses = in->has_max_uses ? in->max_uses : 1};
	enum err e = join_settings(tx, tx_org(tx), &settings);
	if (!e && settings.student_invites == API_STUDENT_INVITES_ADMINS && tx->rel.role != ROLE_ADMIN && tx->rel.role != ROLE_COADMIN)
		e = tx_refuse(tx, API_FORBIDDEN, NULL, "forbidden.links_by_admins");
	if (!e)
		e = note_of(tx, in->has_note, in->note, &p.note);
	return e ? e : link_make(tx, &p, out);
}

/* A class of thirty and somebody who comes later, two parents each; one leader. */
static struct link_promise usual(enum api_invite_create_many_roles role)
{
	switch (role) {
	case API_INVITE_CREATE_MANY_ROLES_STUDENT:
		return (struct link_promise){.role = ROLE_STUDENT, .max_uses = 35};
	case API_INVITE_CREATE_MANY_ROLES_GUARDIAN:
		return (struct link_promise){.role = ROLE_GUARDIAN, .max_uses = 70};
	case API_INVITE_CREATE_MANY_ROLES_LEAD:
		return (struct link_promise){.role = ROLE_TEACHER, .lead = true, .max_uses = 1};
	}
	BUG("role of links %d", (int)role);
}

/* The open link that does the same already, or a new one. */
static enum err make_or_find(struct tx *tx, const struct link_promise *p, struct api_invite *out)
{
	struct invite_id known;
	enum err e = invite_sql_open_like(tx, tx_org(tx), p->unit, p->role, p->lead, p->approval, &known);
	if (e)
		return e;
	return known.v ? link_get(tx, tx_org(tx), known, out) : link_make(tx, p, out);
}

enum err invite_create_many(struct tx *tx, const struct api_invite_create_many *in, struct api_invite_many *out)
{
	enum err e = ERR_OK;
	size_t n = 0;
	out->invites.items = arena_array(tx->arena, in->unit_ids.n * in->roles.n, sizeof *out->invites.items);
	if (!out->invites.items)
		return ERR_NOMEM;
	for (size_t u = 0; !e && u < in->unit_ids.n; u++) {
		for (size_t r = 0; !e && r < in->roles.n; r++) {
			struct link_promise p = usual(in->roles.items[r]);
			p.unit.v = in->unit_ids.items[u];
			p.approval = in->has_approval && in->approval;
			p.hours = in->has_expires_in_h ? in->expires_in_h : SCHOOL_INVITE_HOURS;
			e = make_or_find(tx, &p, &out->invites.items[n++]);
		}
	}
	out->invites.n = n;
	return e;
}

enum err invite_list(struct tx *tx, const struct api_invite_list *in, struct api_invite_page *out)
{
	size_t limit = in->has_limit ? (size_t)in->limit : SCHOOL_PAGE_DEFAULT, n;
	struct invite_row *rows = arena_array(tx->arena, limit + 1, sizeof *rows);
	if (!rows)
		return ERR_NOMEM;
	enum err e = invite_sql_list(tx, tx_org(tx), in->has_before ? in->before : INT64_MAX, rows, limit + 1, &n);
	if (!e)
		e = complete_all(tx, rows, n < limit ? n : limit, &out->invites);
	if (e)
		return e;
	out->has_next_before = n > limit;
	if (out->has_next_before)
		out->next_before = rows[limit - 1].api.id;
	return ERR_OK;
}

enum err invite_mine(struct tx *tx, const struct api_invite_mine *in, struct api_invite_many *out)
{
	(void)in;
	size_t n;
	struct invite_row *rows = arena_array(tx->arena, MINE_MAX, sizeof *rows);
	if (!rows)
		return ERR_NOMEM;
	enum err e = invite_sql_mine(tx, tx_org(tx), tx->actor.person, rows, MINE_MAX, &n);
	return e ? e : complete_all(tx, rows, n, &out->invites);
}

enum err invite_hand(struct tx *tx, const struct api_invite_hand *in, struct api_invite *out)
{
	struct org_id org = tx_org(tx);
	struct invite_id id = {in->invite_id};
	struct person_id holder = {in->has_person_id ? in->person_id : 0};
	enum role role;
	enum err e = holder.v ? school_member_role(tx, org, holder, &role) : ERR_OK;
	if (e == ERR_NOT_FOUND)
		return tx_refuse(tx, API_NOT_FOUND, "person_id", NULL);
	if (!e && holder.v && !school_is_staff(role))
		return tx_refuse(tx, API_CONFLICT, "person_id", "conflict.hand_staff_only");
	if (!e)
		e = invite_sql_set_holder(tx, org, id, holder);
	if (!e)
		e = link_tell(tx, org, id);
	if (!e && holder.v)
		e = event_invite_handed(tx, person_stream(holder), &(struct api_invite_handed_event){.org_id = org.v, .invite_id = id.v});
	if (!e)
		e = audit_add(tx, org, "invite_hand", "invite", id.v, audit_detail(tx, "i", "person_id", holder.v));
	return e ? e : link_get(tx, org, id, out);
}

enum err invite_uses(struct tx *tx, const struct api_invite_uses *in, struct api_invite_uses_list *out)
{
	int64_t *at;
	struct person_id *people;
	enum err e = invite_sql_uses(tx, tx_org(tx), (struct invite_id){in->invite_id}, USES_MAX, &people, &at, &out->uses.n);
	if (e)
		return e;
	out->uses.items = arena_array(tx->arena, out->uses.n + 1, sizeof *out->uses.items);
	if (!out->uses.items)
		return ERR_NOMEM;
	for (size_t i = 0; !e && i < out->uses.n; i++) {
		out->uses.items[i].at = at[i];
		e = account_person_get(tx, people[i], &out->uses.items[i].person);
	}
	return e;
}

enum err invite_annul(struct tx *tx, const struct api_invite_annul *in, struct api_invite *out)
{
	struct invite_id id = {in->invite_id};
	bool annulled;
	enum err e = invite_sql_annul(tx, tx_org(tx), id, &annulled);
	if (!e && annulled)
		e = link_tell(tx, tx_org(tx), id);
	if (!e && annulled)
		e = audit_add(tx, tx_org(tx), "invite_annul", "invite", id.v, STR(""));
	return e ? e : link_get(tx, tx_org(tx), id, out);
}

enum err invite_annul_unused(struct tx *tx, const struct api_invite_annul_unused *in, struct api_invite_annulled_unused *out)
{
	struct org_id org = tx_org(tx);
	int64_t before = tx->now_ms - in->days * 24 * HOUR_MS;
	struct invite_id *ids;
	size_t n;
	enum err e = invite_sql_unused(tx, org, before, &ids, &n);
	out->count = (int64_t)n;
	if (e || (in->has_dry_run && in->dry_run))
		return e;
	for (size_t i = 0; !e && i < n; i++) {
		bool annulled;
		e = invite_sql_annul(tx, org, ids[i], &annulled);
		if (!e)
			e = link_tell(tx, org, ids[i]);
	}
	return e || !n ? e : audit_add(tx, org, "invite_annul_unused", "org", org.v, audit_detail(tx, "i", "count", (int64_t)n));
}
