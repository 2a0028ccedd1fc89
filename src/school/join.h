/* SPDX-License-Identifier: Apache-2.0
 *
 * Coming in: links, requests, people expected on a roster, settings of it; private to the room. On a worker's thread, inside a
 * transaction. SQL of it is in join_sql.c and invite_sql.c.
 */
#ifndef SCHOOL_JOIN_H
#define SCHOOL_JOIN_H

#include "school/roster.h"

#define INVITE_CODE_LETTERS 8
#define INVITE_CODE_WRONG_ADDRESS 60 /* wrong short codes an hour from an address */
#define INVITE_CODE_WRONG 2000       /* of the installation; against 30^8 codes */
#define REQUESTS_OF_PERSON 3         /* open ones of a person, in all organisations */
#define REQUESTS_OF_ORG 500          /* open ones of an organisation */
#define ARRIVALS_MAX 500
#define CANDIDATES_MAX 20
#define FLAGS_MAX 200
#define USES_MAX 1000
#define MINE_MAX 200

/* --- short codes: letters and digits that are not taken for one another */
void short_code_make(char *out, size_t letters); /* and a NUL */
/* What somebody typed, as it is stored: upper case, Cyrillic letters of the same shape as Latin ones, no spaces and hyphens. false: it
 * has not that many letters, or others. */
bool short_code_read(struct str typed, size_t letters, char *out);

/* --- links (invite_api.c) */
struct link_promise { /* what a link will do */
	enum role role;
	struct unit_id unit;    /* 0: none */
	struct person_id child; /* 0: none */
	bool lead, approval;
	struct str note;        /* empty: none */
	int64_t hours, max_uses;
};
enum err link_make(struct tx *tx, const struct link_promise *p, struct api_invite *out) MUST_CHECK;
enum err link_get(struct tx *tx, struct org_id org, struct invite_id id, struct api_invite *out) MUST_CHECK; /* ERR_NOT_FOUND */
enum err link_tell(struct tx *tx, struct org_id org, struct invite_id id) MUST_CHECK;

/* --- who comes in */
struct newcomer {
	bool has_phone, has_code, has_given_name, has_family_name, has_patronymic;
	struct str phone, code, given_name, family_name, patronymic;
};
/* Whoever is signed in; or whoever proves to hold the number: known, expected (0: nowhere) under this name, or new. */
enum err newcomer_who(struct tx *tx, const struct newcomer *in, struct org_id org, struct unit_id unit, enum role role,
	struct person_id *out) MUST_CHECK;
/* His place, the child that he is a guardian of (0: none), and the check of his name against those expected (R39). */
enum err newcomer_join(struct tx *tx, struct org_id org, struct person_id person, const struct link_promise *p, bool *changed_out) MUST_CHECK;

/* --- people expected on a roster (expect.c) */
/* The only one expected in the unit and role under this name; *out 0: none, or several. */
enum err expect_match(struct tx *tx, struct org_id org, struct unit_id unit, enum role role, const struct api_person *names,
	struct person_id *out) MUST_CHECK;
/* Notes that his name is not among those expected, if any are. */
enum err expect_check(struct tx *tx, struct org_id org, struct unit_id unit, enum role role, struct person_id person) MUST_CHECK;

/* --- requests (request_api.c) */
struct request_row {
	struct api_join_request api; /* all but the names of organisation, unit and person */
	struct person_id person, child;
	struct invite_id invite;
};
/* A new one, or the one that waits already; *made_out tells. */
enum err request_make(struct tx *tx, struct org_id org, struct person_id person, struct invite_id invite, const struct link_promise *p,
	bool *made_out) MUST_CHECK;

/* --- requests for another name (name_api.c, name_sql.c) */
struct name_change { /* api: all but the organisation's name, person and role */
	struct api_name_change api;
	struct person_id person;
};
enum err name_sql_add(struct tx *tx, struct org_id org, struct person_id person, const struct api_name_change *c, int64_t *id_out) MUST_CHECK;
enum err name_sql_get(struct tx *tx, struct org_id org, int64_t id, struct name_change *out) MUST_CHECK; /* ERR_NOT_FOUND */
enum err name_sql_decide(struct tx *tx, struct org_id org, int64_t id, bool accept, struct person_id by, struct str answer,
	bool *decided_out) MUST_CHECK;
/* Waiting ones with id > after, oldest first. */
enum err name_sql_list(struct tx *tx, struct org_id org, int64_t after, struct name_change *rows, size_t max, size_t *n_out) MUST_CHECK;
enum err name_sql_waiting(struct tx *tx, struct org_id org, int64_t *out) MUST_CHECK;
/* A person's own, in all organisations: newest first, without those that another one replaced. */
enum err name_sql_of_person(struct tx *tx, struct person_id person, struct name_change *rows, size_t max, size_t *n_out) MUST_CHECK;

/* --- settings */
enum err join_settings(struct tx *tx, struct org_id org, struct api_join_settings *out) MUST_CHECK;

/* --- join_sql.c */
enum err join_sql_settings(struct tx *tx, struct org_id org, struct api_join_settings *out, bool *found_out) MUST_CHECK;
enum err join_sql_set_settings(struct tx *tx, struct org_id org, const struct api_join_settings *s) MUST_CHECK;
enum err request_sql_add(struct tx *tx, struct org_id org, const struct request_row *r, bool *added_out) MUST_CHECK;
enum err request_sql_get(struct tx *tx, struct org_id org, int64_t id, struct request_row *out) MUST_CHECK; /* ERR_NOT_FOUND */
enum err request_sql_open(struct tx *tx, struct org_id org, struct person_id person, int64_t *id_out) MUST_CHECK; /* 0: none */
enum err request_sql_decide(struct tx *tx, struct org_id org, int64_t id, bool accept, struct person_id by, struct str reason,
	bool *decided_out) MUST_CHECK;
/* unit 0: any; with a unit, pupils and parents only. decided: newest first, and `after` is below. */
enum err request_sql_list(struct tx *tx, struct org_id org, struct unit_id unit, bool decided, int64_t after, struct request_row *rows,
	size_t max, size_t *n_out) MUST_CHECK;
enum err request_sql_waiting(struct tx *tx, struct org_id org, int64_t *out) MUST_CHECK;
/* A person's own, in all organisations: newest first. */
enum err request_sql_of_person(struct tx *tx, struct person_id person, struct request_row *rows, size_t max, size_t *n_out) MUST_CHECK;
enum err request_sql_open_of_person(struct tx *tx, struct person_id person, int64_t *out) MUST_CHECK;
/* Members of a unit in a role who have not come in, by name. name_fold empty: any name. */
enum err expect_sql_list(struct tx *tx, struct org_id org, struct unit_id unit, enum role role, struct str name_fold,
	struct person_id *people, size_t max, size_t *n_out) MUST_CHECK;
enum err flag_sql_add(struct tx *tx, struct org_id org, struct person_id person, struct unit_id unit, enum role role) MUST_CHECK;
enum err flag_sql_end(struct tx *tx, struct org_id org, struct person_id person, bool *ended_out) MUST_CHECK;
struct flag_row { struct person_id person; struct unit_id unit; enum role role; int64_t at; };
enum err flag_sql_list(struct tx *tx, struct org_id org, struct flag_row *rows, size_t max, size_t *n_out) MUST_CHECK;
enum err flag_sql_get(struct tx *tx, struct org_id org, struct person_id person, struct flag_row *out) MUST_CHECK; /* ERR_NOT_FOUND */
/* Pupils and parents of a unit by name, whether they came in. */
struct arrival_row { struct person_id person; enum role role; bool came_in; };
enum err arrival_sql_list(struct tx *tx, struct org_id org, struct unit_id unit, struct arrival_row *rows, size_t max, size_t *n_out) MUST_CHECK;
enum err arrival_sql_counts(struct tx *tx, struct org_id org, struct api_arrival_count *items, size_t max, size_t *n_out) MUST_CHECK;
/* staff, staff_joined, unconfirmed and name_flags. */
enum err arrival_sql_staff(struct tx *tx, struct org_id org, struct api_arrival_counts *out) MUST_CHECK;

#endif
