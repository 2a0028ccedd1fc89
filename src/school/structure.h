/* SPDX-License-Identifier: Apache-2.0
 *
 * Archive and years of units, leads, subjects and who teaches them, named sets: the SQL of each, and what the rest of the room calls; private to
 * the room. A worker's thread, inside a transaction.
 */
#ifndef SCHOOL_STRUCTURE_H
#define SCHOOL_STRUCTURE_H

#include "school/school_sql.h"

#define UNIT_ARCHIVE_PAGE 500
#define UNIT_LEADS_PAGE 100
#define UNIT_LEADS_SHOWN 10 /* of a unit in a list */
#define SUBJECTS_MAX 300
#define TEACHINGS_OF_UNIT_MAX 200
#define SETS_MAX 100
#define SET_PEOPLE_MAX 500

/* structure_changed to the organisation's stream. unit 0: of none. */
enum err structure_tell(struct tx *tx, struct org_id org, enum api_structure_changed_event_what what, struct unit_id unit) MUST_CHECK;

/* Year and letter of a class by its name (level.h). */
enum err unit_level_from_name(struct tx *tx, struct org_id org, struct unit_id unit, struct str name) MUST_CHECK;

/* Fills the unit's present leads. */
enum err unit_leads_now(struct tx *tx, struct org_id org, struct api_unit *io) MUST_CHECK;

/* What somebody teaches and the sets that he is in end with his membership. Calls the hooks of subjects and sets, not person_placed. */
enum err teaching_end_all(struct tx *tx, struct org_id org, struct person_id person) MUST_CHECK;
enum err set_end_all(struct tx *tx, struct org_id org, struct person_id person) MUST_CHECK;

/* --- archive_sql.c: years and the archive */
enum err unit_sql_by_name(struct tx *tx, struct org_id org, enum api_unit_kind kind, struct str name_fold, bool *found_out) MUST_CHECK;
enum err unit_sql_set_level(struct tx *tx, struct org_id org, struct unit_id unit, int64_t level, struct str letter) MUST_CHECK;
enum err unit_sql_end(struct tx *tx, struct org_id org, struct unit_id unit) MUST_CHECK; /* marks whom it takes along */
enum err unit_sql_archive(struct tx *tx, struct org_id org, struct api_archived_unit *items, size_t max, size_t *n_out) MUST_CHECK;
enum err unit_sql_ended(struct tx *tx, struct org_id org, struct unit_id unit, enum api_unit_kind *kind_out, struct str *name_out,
	struct str *fold_out) MUST_CHECK; /* ERR_NOT_FOUND */
enum err unit_sql_restore(struct tx *tx, struct org_id org, struct unit_id unit) MUST_CHECK;
/* Who was in it by himself when it ended; the marks go. */
struct archived_person { struct person_id person; bool lead; };
enum err unit_sql_take_archived(struct tx *tx, struct org_id org, struct unit_id unit, struct archived_person **out, size_t *n_out) MUST_CHECK;
/* Living people of a unit, students first. */
enum err unit_sql_people(struct tx *tx, struct org_id org, struct unit_id unit, struct person_id **out, size_t *n_out) MUST_CHECK;
/* Takes back the links into it that are open. */
enum err unit_sql_open_invites(struct tx *tx, struct org_id org, struct unit_id unit, struct invite_id **out, size_t *n_out) MUST_CHECK;

/* --- lead_sql.c: history of leads */
enum err lead_sql_begin(struct tx *tx, struct org_id org, struct unit_id unit, struct person_id person) MUST_CHECK;
enum err lead_sql_end(struct tx *tx, struct org_id org, struct unit_id unit, struct person_id person) MUST_CHECK;
enum err lead_sql_order(struct tx *tx, struct org_id org, struct unit_id unit, struct person_id person, struct str number, int64_t day) MUST_CHECK;
enum err lead_sql_now(struct tx *tx, struct org_id org, struct unit_id unit, struct person_id *out, size_t max, size_t *n_out) MUST_CHECK;
enum err lead_sql_list(struct tx *tx, struct org_id org, struct unit_id unit, struct api_unit_lead *items, struct person_id *persons,
	size_t max, size_t *n_out) MUST_CHECK;

/* --- subject_sql.c */
enum err subject_sql_add(struct tx *tx, struct org_id org, struct str name, struct str fold, bool extracurricular, bool *added_out,
	int64_t *id_out) MUST_CHECK;
enum err subject_sql_get(struct tx *tx, struct org_id org, struct subject_id id, struct api_subject *out) MUST_CHECK; /* ERR_NOT_FOUND */
enum err subject_sql_list(struct tx *tx, struct org_id org, struct api_subject *items, size_t max, size_t *n_out) MUST_CHECK;
enum err subject_sql_set(struct tx *tx, struct org_id org, struct subject_id id, struct str name, struct str fold, bool extracurricular,
	bool *done_out) MUST_CHECK;
enum err subject_sql_end(struct tx *tx, struct org_id org, struct subject_id id) MUST_CHECK;

/* --- teaching_sql.c */
enum err teaching_sql_add(struct tx *tx, struct org_id org, struct unit_id unit, struct subject_id subject, struct person_id teacher,
	bool *added_out) MUST_CHECK;
enum err teaching_sql_end(struct tx *tx, struct org_id org, struct unit_id unit, struct subject_id subject, struct person_id teacher,
	bool *ended_out) MUST_CHECK;
struct teaching_row { struct unit_id unit; struct subject_id subject; struct person_id teacher; enum api_unit_kind kind; struct str unit_name, subject_name; };
struct teaching_filter { struct unit_id unit; struct subject_id subject; struct person_id teacher; }; /* 0: any; archived units are left out */
enum err teaching_sql_list(struct tx *tx, struct org_id org, const struct teaching_filter *f, struct teaching_row **out, size_t *n_out) MUST_CHECK;

/* --- set_sql.c */
enum err set_sql_add(struct tx *tx, struct org_id org, enum api_set_kind kind, struct str name, struct str fold, bool *added_out,
	struct set_id *out) MUST_CHECK;
enum err set_sql_get(struct tx *tx, struct org_id org, struct set_id id, struct api_set *out) MUST_CHECK; /* ERR_NOT_FOUND */
enum err set_sql_list(struct tx *tx, struct org_id org, struct api_set *items, size_t max, size_t *n_out) MUST_CHECK;
enum err set_sql_rename(struct tx *tx, struct org_id org, struct set_id id, struct str name, struct str fold, bool *done_out) MUST_CHECK;
enum err set_sql_end(struct tx *tx, struct org_id org, struct set_id id) MUST_CHECK;
enum err set_sql_person_add(struct tx *tx, struct org_id org, struct set_id id, struct person_id person, bool *added_out) MUST_CHECK;
enum err set_sql_person_end(struct tx *tx, struct org_id org, struct set_id id, struct person_id person, bool *ended_out) MUST_CHECK;
enum err set_sql_people(struct tx *tx, struct org_id org, struct set_id id, struct person_id **out, size_t *n_out) MUST_CHECK;
enum err set_sql_of_person(struct tx *tx, struct org_id org, struct person_id person, struct set_id **out, size_t *n_out) MUST_CHECK;

#endif
