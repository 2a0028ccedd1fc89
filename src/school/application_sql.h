/* SPDX-License-Identifier: Apache-2.0
 *
 * SQL of applications and of municipal curators; private to the room. Both belong to the installation, not to an organisation. A
 * worker's thread.
 */
#ifndef SCHOOL_APPLICATION_SQL_H
#define SCHOOL_APPLICATION_SQL_H

#include "school/school_sql.h"

struct application_row {
	int64_t id, file_id, org_id; /* org_id 0: not approved */
	enum api_application_state state;
	struct api_application_form form;
};

/* *added_out false: the token is known. */
enum err application_sql_add(struct tx *tx, struct str token_hash, struct str address_hash, const struct application_row *row,
	bool *added_out) MUST_CHECK;
enum err application_sql_get(struct tx *tx, int64_t id, struct application_row *out) MUST_CHECK; /* ERR_NOT_FOUND */
enum err application_sql_by_token(struct tx *tx, struct str token_hash, struct application_row *out) MUST_CHECK; /* ERR_NOT_FOUND */
enum err application_sql_set_form(struct tx *tx, const struct application_row *row) MUST_CHECK; /* form and file */
/* Sets the state and adds the step. person 0: the applicant. org_id 0: as it was. */
enum err application_sql_step(struct tx *tx, int64_t id, enum api_application_state state, struct str reason, int64_t org_id) MUST_CHECK;
enum err application_sql_steps(struct tx *tx, int64_t id, struct api_application_step *items, size_t max, size_t *n_out) MUST_CHECK;
enum err application_sql_list(struct tx *tx, enum api_application_state state, int64_t after, struct api_application_summary *items,
	size_t max, size_t *n_out) MUST_CHECK;
enum err application_sql_counts(struct tx *tx, int64_t counts[4]) MUST_CHECK; /* by state */
enum err application_sql_since(struct tx *tx, struct str address_hash_or_empty, int64_t since, int64_t *out) MUST_CHECK;
/* The state of the application that an organisation was made of. ERR_NOT_FOUND. */
enum err application_sql_state_of_org(struct tx *tx, struct org_id org, enum api_application_state *out) MUST_CHECK;

/* --- curators */
struct curator_row { int64_t id; struct person_id person; struct str phone, given_name, family_name, patronymic, area; int64_t at; };
enum err curator_sql_add(struct tx *tx, const struct curator_row *row, int64_t *id_out) MUST_CHECK;
enum err curator_sql_update(struct tx *tx, const struct curator_row *row) MUST_CHECK; /* names, area and person */
enum err curator_sql_get(struct tx *tx, int64_t id, struct curator_row *out) MUST_CHECK;          /* living; ERR_NOT_FOUND */
enum err curator_sql_by_phone(struct tx *tx, struct str phone, struct curator_row *out) MUST_CHECK; /* living; ERR_NOT_FOUND */
enum err curator_sql_list(struct tx *tx, struct curator_row *items, size_t max, size_t *n_out) MUST_CHECK;
enum err curator_sql_end(struct tx *tx, int64_t id) MUST_CHECK;
enum err curator_sql_set_orgs(struct tx *tx, int64_t id, const int64_t *orgs, size_t n) MUST_CHECK;
enum err curator_sql_orgs(struct tx *tx, int64_t id, int64_t *ids, size_t max, size_t *n_out) MUST_CHECK;
enum err curator_sql_end_of_person(struct tx *tx, struct person_id person) MUST_CHECK;
enum err curator_sql_orgs_of_person(struct tx *tx, struct person_id person, int64_t *ids, size_t max, size_t *n_out) MUST_CHECK;

#endif
