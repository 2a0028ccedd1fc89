/* SPDX-License-Identifier: Apache-2.0
 *
 * Applications of organisations (R2-R5; api/application.yaml): sent by anybody without signing in, decided by operators. The applicant
 * holds the token that he made himself; the store has its SHA-256 only.
 */
#include "account/secret_hash.h"
#include "policy/audit.h"
#include "school/application_sql.h"
#include "school/org.h"
#include "school/org_sql.h"
#include "school/region.h"
#include "school/title.h"

#define HOUR_MS (60 * 60 * 1000LL)
#define STEPS_MAX 200

/* --- the form */

struct text { const char *field; struct str *at; };

static enum err clean_form(struct tx *tx, const struct api_application_form *in, struct api_application_form *out)
{
	*out = *in;
	const struct text texts[] = {{"form.name", &out->name}, {"form.short_name", &out->short_name}, {"form.address", &out->address},
		{"form.head_name", &out->head_name}, {"form.order_number", &out->order_number}, {"form.duty_move", &out->duty_move},
		{"form.duty_connect", &out->duty_connect}, {"form.duty_inform", &out->duty_inform}};
	if (!in->consent)
		return tx_refuse(tx, API_INVALID_FIELD, "form.consent", "invalid_field.consent");
	if (!region_known(in->region))
		return tx_refuse(tx, API_INVALID_FIELD, "form.region", "invalid_field.region");
	if (in->has_inn && !inn_valid(in->inn))
		return tx_refuse(tx, API_INVALID_FIELD, "form.inn", "invalid_field.inn");
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		enum err e = title_clean(tx, *texts[i].at, texts[i].field, texts[i].at);
		if (e)
			return e;
	}
	return ERR_OK;
}

static enum err take_file(struct tx *tx, int64_t application, int64_t file, struct str token)
{
	const struct file_claim claim = {.file_id = file,
		.purpose = FILE_FOR_APPLICATION,
		.token = token,
		.holder = FILE_HELD_BY_APPLICATION,
		.holder_id = application,
		.field = "file_id"};
	struct file_info info;
	enum err e = file_ports()->take(tx, &claim, &info);
	if (e)
		return e;
	if (info.type != FILE_TYPE_PDF && info.type != FILE_TYPE_JPEG && info.type != FILE_TYPE_PNG)
		return tx_refuse(tx, API_INVALID_FIELD, "file_id", "invalid_field.order_file");
	return ERR_OK;
}

/* --- the applicant */

static enum err status(struct tx *tx, const struct application_row *row, struct api_application_status *out)
{
	struct file_info file;
	*out = (struct api_application_status){.number = row->id, .state = row->state, .short_name = row->form.short_name};
	out->steps.items = arena_array(tx->arena, STEPS_MAX, sizeof *out->steps.items);
	if (!out->steps.items)
		return ERR_NOMEM;
	enum err e = application_sql_steps(tx, row->id, out->steps.items, STEPS_MAX, &out->steps.n);
	if (!e)
		e = file_ports()->held(tx, FILE_HELD_BY_APPLICATION, row->id, row->file_id, &file);
	if (e)
		return e;
	out->file_name = file.name;
	if (out->steps.n && out->steps.items[0].has_reason) {
		out->has_reason = true;
		out->reason = out->steps.items[0].reason;
	}
	/* What is to be corrected; otherwise the link tells as little as it can. */
	out->has_form = row->state == API_APPLICATION_STATE_RETURNED;
	if (out->has_form)
		out->form = row->form;
	return ERR_OK;
}

static enum err by_token(struct tx *tx, struct str token, struct application_row *row)
{
	struct secret_hash hash = hash_token(token);
	enum err e = application_sql_by_token(tx, secret_hash_str(&hash), row);
	return e == ERR_NOT_FOUND ? tx_refuse(tx, API_LINK_UNUSABLE, NULL, "link_unusable.application") : e;
}

static enum err check_caps(struct tx *tx, struct str address_hash)
{
	int64_t here = 0, all = 0;
	enum err e = application_sql_since(tx, address_hash, tx->now_ms - HOUR_MS, &here);
	if (!e)
		e = application_sql_since(tx, STR(""), tx->now_ms - HOUR_MS, &all);
	if (!e && (here >= SCHOOL_APPLICATIONS_AN_HOUR_ADDRESS || all >= SCHOOL_APPLICATIONS_AN_HOUR))
		return tx_refuse(tx, API_RATE_LIMITED, NULL, "rate_limited.applications");
	return e;
}

enum err application_send(struct tx *tx, const struct api_application_send *in, struct api_application_status *out)
{
	struct secret_hash token = hash_token(in->token), address = hash_address(tx->inst, tx->actor.address);
	struct application_row row = {.state = API_APPLICATION_STATE_SENT, .file_id = in->file_id};
	bool added;
	enum err e = application_sql_by_token(tx, secret_hash_str(&token), &row);
	if (e != ERR_NOT_FOUND) /* sent already: the answer was lost on its way */
		return e ? e : status(tx, &row, out);
	e = clean_form(tx, &in->form, &row.form);
	if (!e)
		e = check_caps(tx, secret_hash_str(&address));
	if (!e)
		e = application_sql_add(tx, secret_hash_str(&token), secret_hash_str(&address), &row, &added);
	if (!e)
		e = application_sql_by_token(tx, secret_hash_str(&token), &row);
	if (!e)
		e = take_file(tx, row.id, in->file_id, in->file_token);
	if (!e)
		e = application_sql_step(tx, row.id, row.state, STR(""), 0);
	if (!e)
		e = audit_add(tx, AUDIT_INSTALLATION, "application_send", "application", row.id, STR(""));
	return e ? e : status(tx, &row, out);
}

enum err application_status(struct tx *tx, const struct api_application_status_get *in, struct api_application_status *out)
{
	struct application_row row;
	enum err e = by_token(tx, in->token, &row);
	return e ? e : status(tx, &row, out);
}

enum err application_resend(struct tx *tx, const struct api_application_resend *in, struct api_application_status *out)
{
	struct application_row row;
	enum err e = by_token(tx, in->token, &row);
	if (!e && row.state != API_APPLICATION_STATE_RETURNED)
		return tx_refuse(tx, API_CONFLICT, NULL, "conflict.application_not_returned");
	if (!e)
		e = clean_form(tx, &in->form, &row.form);
	if (!e && in->has_file_id && in->file_id != row.file_id) {
		e = file_ports()->release(tx, FILE_HELD_BY_APPLICATION, row.id, row.file_id);
		if (!e)
			e = take_file(tx, row.id, in->file_id, in->has_file_token ? in->file_token : STR(""));
		row.file_id = in->file_id;
	}
	row.state = API_APPLICATION_STATE_SENT;
	if (!e)
		e = application_sql_set_form(tx, &row);
	if (!e)
		e = application_sql_step(tx, row.id, row.state, STR(""), 0);
	if (!e)
		e = audit_add(tx, AUDIT_INSTALLATION, "application_resend", "application", row.id, STR(""));
	return e ? e : status(tx, &row, out);
}

/* --- the operator */

enum err application_list(struct tx *tx, const struct api_application_list *in, struct api_application_page *out)
{
	size_t limit = in->has_limit ? (size_t)in->limit : SCHOOL_PAGE_DEFAULT, n = 0;
	int64_t counts[4];
	struct api_application_summary *items = arena_array(tx->arena, limit + 1, sizeof *items);
	if (!items)
		return ERR_NOMEM;
	enum err e = application_sql_list(tx, in->state, in->has_after ? in->after : 0, items, limit + 1, &n);
	if (!e)
		e = application_sql_counts(tx, counts);
	if (e)
		return e;
	out->applications.items = items;
	out->applications.n = n < limit ? n : limit;
	out->has_next_after = n > limit;
	if (n > limit)
		out->next_after = items[limit - 1].id;
	out->sent = counts[API_APPLICATION_STATE_SENT];
	out->returned = counts[API_APPLICATION_STATE_RETURNED];
	out->approved = counts[API_APPLICATION_STATE_APPROVED];
	out->rejected = counts[API_APPLICATION_STATE_REJECTED];
	return ERR_OK;
}

static enum err get(struct tx *tx, int64_t id, struct application_row *row)
{
	enum err e = application_sql_get(tx, id, row);
	return e == ERR_NOT_FOUND ? tx_refuse(tx, API_NOT_FOUND, "application_id", NULL) : e;
}

enum err application_get(struct tx *tx, const struct api_application_get *in, struct api_application *out)
{
	struct application_row row;
	struct file_info file;
	enum err e = get(tx, in->application_id, &row);
	if (e)
		return e;
	*out = (struct api_application){.id = row.id, .state = row.state, .form = row.form, .has_org_id = row.org_id > 0, .org_id = row.org_id};
	out->steps.items = arena_array(tx->arena, STEPS_MAX, sizeof *out->steps.items);
	if (!out->steps.items)
		return ERR_NOMEM;
	e = application_sql_steps(tx, row.id, out->steps.items, STEPS_MAX, &out->steps.n);
	if (!e)
		e = file_ports()->held(tx, FILE_HELD_BY_APPLICATION, row.id, row.file_id, &file);
	if (!e)
		org_held_file(&file, &out->file);
	return e;
}

/* Only what waits for a decision gets one. */
static enum err get_sent(struct tx *tx, int64_t id, struct application_row *row)
{
	enum err e = get(tx, id, row);
	return !e && row->state != API_APPLICATION_STATE_SENT ? tx_refuse(tx, API_CONFLICT, NULL, "conflict.application_decided") : e;
}

static enum err make_org(struct tx *tx, const struct application_row *row, struct org_id *out)
{
	const struct api_application_form *f = &row->form;
	struct api_org_card card;
	const struct appointment a = {.how = API_APPOINTMENT_HOW_APPLICATION,
		.given_name = f->admin_given_name,
		.family_name = f->admin_family_name,
		.patronymic = f->has_admin_patronymic ? f->admin_patronymic : STR(""),
		.order_number = f->order_number,
		.order_date = f->order_date,
		.file_id = row->file_id};
	enum err e = school_org_new(tx, f->name, f->short_name, f->type, out);
	if (!e)
		e = org_sql_set_state(tx, *out, API_ORG_STATE_DRAFT);
	if (!e)
		e = org_sql_card(tx, *out, &card);
	card.region = f->region;
	card.address = f->address;
	card.director = f->head_name;
	card.inn = f->has_inn ? f->inn : STR("");
	if (!e)
		e = org_sql_set_card(tx, *out, &card);
	return e ? e : appointment_sql_add(tx, *out, f->admin_phone, &a);
}

enum err application_approve(struct tx *tx, const struct api_application_approve *in, struct api_application_decided *out)
{
	struct application_row row;
	struct org_id org = {0};
	enum err e = get_sent(tx, in->application_id, &row);
	if (!e)
		e = make_org(tx, &row, &org);
	if (!e)
		e = application_sql_step(tx, row.id, API_APPLICATION_STATE_APPROVED, STR(""), org.v);
	if (!e)
		e = audit_add(tx, AUDIT_INSTALLATION, "application_approve", "application", row.id, audit_detail(tx, "i", "org_id", org.v));
	if (!e)
		e = audit_add(tx, org, "org_create", "org", org.v, audit_detail(tx, "i", "application_id", row.id));
	*out = (struct api_application_decided){.id = row.id, .state = API_APPLICATION_STATE_APPROVED, .has_org_id = true, .org_id = org.v};
	return e;
}

static enum err refuse_with(struct tx *tx, const struct api_application_refuse *in, enum api_application_state state, const char *action,
	struct api_application_decided *out)
{
	struct application_row row;
	struct str reason = str_trim_ascii(in->reason);
	enum err e = get_sent(tx, in->application_id, &row);
	if (!e && reason.n < 3)
		return tx_refuse(tx, API_INVALID_FIELD, "reason", "invalid_field.missing");
	if (!e)
		e = application_sql_step(tx, row.id, state, reason, 0);
	if (!e)
		e = audit_add(tx, AUDIT_INSTALLATION, action, "application", row.id, STR(""));
	*out = (struct api_application_decided){.id = row.id, .state = state};
	return e;
}

enum err application_return(struct tx *tx, const struct api_application_refuse *in, struct api_application_decided *out)
{
	return refuse_with(tx, in, API_APPLICATION_STATE_RETURNED, "application_return", out);
}

enum err application_reject(struct tx *tx, const struct api_application_refuse *in, struct api_application_decided *out)
{
	return refuse_with(tx, in, API_APPLICATION_STATE_REJECTED, "application_reject", out);
}
