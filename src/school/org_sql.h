/* SPDX-License-Identifier: Apache-2.0
 *
 * The SQL around an organisation that is not its roster: card, documents, duties, administrators, counts, names for the journal;
 * private to the room. A worker's thread.
 */
#ifndef SCHOOL_ORG_SQL_H
#define SCHOOL_ORG_SQL_H

#include "school/school_sql.h"

#define ORG_DOCUMENTS_MAX 500 /* versions of all documents */
#define ORG_APPOINTMENTS_MAX 200

/* --- the card */
enum err org_sql_card(struct tx *tx, struct org_id org, struct api_org_card *out) MUST_CHECK; /* ERR_NOT_FOUND */
enum err org_sql_set_card(struct tx *tx, struct org_id org, const struct api_org_card *card) MUST_CHECK; /* all but state */
enum err org_sql_set_logo(struct tx *tx, struct org_id org, int64_t file_or_zero) MUST_CHECK;
enum err org_sql_set_state(struct tx *tx, struct org_id org, enum api_org_state state) MUST_CHECK;
enum err org_sql_edit_add(struct tx *tx, struct org_id org, enum api_org_card_edit_field field, struct str was, struct str became) MUST_CHECK;
/* Newest first; person holds the id only. */
enum err org_sql_edits(struct tx *tx, struct org_id org, int64_t before, struct api_org_card_edit *items, size_t max, size_t *n_out) MUST_CHECK;
/* Every living member's id, in the arena. */
enum err org_sql_member_ids(struct tx *tx, struct org_id org, int64_t **ids_out, size_t *n_out) MUST_CHECK;

/* --- documents; person and file hold their ids only */
enum err org_sql_document_add(struct tx *tx, struct org_id org, const struct api_org_document *d, int64_t *id_out) MUST_CHECK;
enum err org_sql_document_start(struct tx *tx, struct org_id org, int64_t id) MUST_CHECK; /* it is its own first version */
/* Highest version and kind of a document. ERR_NOT_FOUND. */
enum err org_sql_document_last(struct tx *tx, struct org_id org, int64_t document, int64_t *version_out,
	enum api_org_document_kind *kind_out) MUST_CHECK;
enum err org_sql_document_count(struct tx *tx, struct org_id org, int64_t *out) MUST_CHECK;
enum err org_sql_documents(struct tx *tx, struct org_id org, struct api_org_document *items, size_t max, size_t *n_out) MUST_CHECK;

/* --- setting up */
struct duty { enum api_guide_step_name step; struct person_id person; };
enum err org_sql_duties(struct tx *tx, struct org_id org, struct duty *items, size_t max, size_t *n_out) MUST_CHECK;
enum err org_sql_duty_set(struct tx *tx, struct org_id org, enum api_guide_step_name step, struct person_id person_or_zero) MUST_CHECK;
enum err org_sql_guide(struct tx *tx, struct org_id org, struct api_org_guide *out) MUST_CHECK; /* the counts of its rosters */
enum err org_sql_role_figures(struct tx *tx, struct org_id org, struct api_role_figure *items, size_t max, size_t *n_out) MUST_CHECK;

/* --- appointments and hand-over */
struct appointment_record { struct api_appointment api; struct person_id person; int64_t file_id; }; /* ids only in api */
enum err org_sql_appointments(struct tx *tx, struct org_id org, struct appointment_record *items, size_t max, size_t *n_out) MUST_CHECK;
/* The appointments that nobody has taken yet are cancelled. */
enum err org_sql_appointments_cancel(struct tx *tx, struct org_id org) MUST_CHECK;
struct handover_row { int64_t id, at, file_id; struct person_id from, to; struct str order_number, order_date; enum role stay_as; };
/* ERR_NOT_FOUND: none is open. */
enum err org_sql_handover(struct tx *tx, struct org_id org, struct handover_row *out) MUST_CHECK;
enum err org_sql_handover_add(struct tx *tx, struct org_id org, const struct handover_row *row, bool *added_out) MUST_CHECK;
enum err org_sql_handover_end(struct tx *tx, struct org_id org) MUST_CHECK;
enum err org_sql_handover_record(struct tx *tx, struct org_id org, const struct handover_row *row) MUST_CHECK; /* its appointment, taken */
enum err org_sql_admins(struct tx *tx, struct org_id org, struct person_id *ids, size_t max, size_t *n_out) MUST_CHECK;

/* What an object of the journal is called now: units of the organisation; of the installation's journal (org 0) organisations and applications. */
enum err audit_sql_object_name(struct tx *tx, struct org_id org, struct str kind, int64_t id, bool *found_out, struct str *out) MUST_CHECK;

#endif
