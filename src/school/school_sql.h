/* SPDX-License-Identifier: Apache-2.0
 *
 * The SQL of organisations, units and members (school_sql.c, member_sql.c) and of links and appointments (invite_sql.c); private to
 * the room. No rule lives here. "Living" rows are those that have not ended. A worker's thread.
 */
#ifndef SCHOOL_SCHOOL_SQL_H
#define SCHOOL_SCHOOL_SQL_H

#include "school/school.h"
#include "server/sql_list.h"

/* --- organisations */
enum err org_sql_add(struct tx *tx, struct str name, struct str short_name, enum api_org_type type, struct org_id *out) MUST_CHECK;
enum err org_sql_set_staff_unit(struct tx *tx, struct org_id org, struct unit_id unit) MUST_CHECK;
enum err org_sql_staff_unit(struct tx *tx, struct org_id org, struct unit_id *out) MUST_CHECK;
enum err org_sql_get(struct tx *tx, struct org_id org, struct api_org *out) MUST_CHECK; /* ERR_NOT_FOUND */
enum err org_sql_list(struct tx *tx, int64_t after, struct api_org *items, size_t max, size_t *n_out) MUST_CHECK;
enum err org_sql_streams(struct tx *tx, struct person_id person, void (*add)(void *user, struct stream_id s, int64_t head),
	void *user) MUST_CHECK;

/* --- units */
/* *added_out false: the name is taken among the living of this kind. */
enum err unit_sql_add(struct tx *tx, struct org_id org, enum api_unit_kind kind, struct str name, struct str name_fold, bool *added_out,
	struct unit_id *out) MUST_CHECK;
enum err unit_sql_set_chat(struct tx *tx, struct org_id org, struct unit_id unit, struct chat_id chat) MUST_CHECK;
enum err unit_sql_rename(struct tx *tx, struct org_id org, struct unit_id unit, struct str name, struct str name_fold,
	bool *renamed_out) MUST_CHECK;
enum err unit_sql_get(struct tx *tx, struct org_id org, struct unit_id unit, struct api_unit *out) MUST_CHECK; /* ERR_NOT_FOUND */
enum err unit_sql_list(struct tx *tx, struct org_id org, int64_t after, struct api_unit *items, size_t max, size_t *n_out) MUST_CHECK;

/* --- relations: out->known says whether there is one */
enum err school_sql_relation_org(struct tx *tx, int64_t org, struct relation *out) MUST_CHECK;
enum err school_sql_relation_unit(struct tx *tx, int64_t unit, struct relation *out) MUST_CHECK;
enum err school_sql_relation_invite(struct tx *tx, int64_t invite, struct relation *out) MUST_CHECK;

/* --- members */
struct member_row {
	struct person_id person;
	enum role role;
	int64_t joined_at;
	struct str name_fold;
	enum api_verification verification;
	struct person_id verified_by; /* 0: nobody in particular */
	int64_t verified_at;
	struct str verification_reason; /* empty: none */
	bool came_in;
};
enum err member_sql_get(struct tx *tx, struct org_id org, struct person_id person, struct member_row *out) MUST_CHECK; /* ERR_NOT_FOUND */
enum err member_sql_last(struct tx *tx, struct org_id org, struct person_id person, enum role *out, bool *living_out) MUST_CHECK;
enum err member_sql_add(struct tx *tx, struct org_id org, struct person_id person, enum role role, enum api_verification verification,
	struct str name_fold, struct str given_fold, bool came_in, bool *added_out) MUST_CHECK;
/* In all organisations: he has signed in for the first time. */
enum err member_sql_set_came_in(struct tx *tx, struct person_id person) MUST_CHECK;
enum err member_sql_set_name(struct tx *tx, struct org_id org, struct person_id person, struct str name_fold, struct str given_fold) MUST_CHECK;
enum err member_sql_external(struct tx *tx, struct org_id org, struct person_id person, struct str *out) MUST_CHECK; /* empty: none */
/* *set_out false: somebody else has it. */
enum err member_sql_set_external(struct tx *tx, struct org_id org, struct person_id person, struct str external_id, bool *set_out) MUST_CHECK;
/* A status ends with its role: it begins anew. */
enum err member_sql_set_role(struct tx *tx, struct org_id org, struct person_id person, enum role role) MUST_CHECK;
/* by 0: nobody in particular. reason empty: none. */
enum err member_sql_set_verification(struct tx *tx, struct org_id org, struct person_id person, enum api_verification v,
	struct person_id by, struct str reason) MUST_CHECK;
enum err member_sql_end(struct tx *tx, struct org_id org, struct person_id person) MUST_CHECK;
enum err member_sql_count(struct tx *tx, struct org_id org, enum role role, int64_t *out) MUST_CHECK;
struct member_filter {
	struct unit_id unit;      /* 0: any */
	enum role role;           /* ROLE_NONE: any */
	struct str prefix;        /* folded; empty: any */
	struct str after_name;    /* the last row of the page before; with after_person 0: from the beginning */
	struct person_id after_person;
};
enum err member_sql_list(struct tx *tx, struct org_id org, const struct member_filter *f, struct member_row *rows, size_t max,
	size_t *n_out) MUST_CHECK;
/* state NONE: those who wait for a decision. By person. */
enum err member_sql_by_verification(struct tx *tx, struct org_id org, enum api_verification state, int64_t after, struct person_id *people,
	size_t max, size_t *n_out) MUST_CHECK;
struct person_org { struct org_id org; enum role role; };
/* Ids of living members above `after`, ascending. */
enum err member_sql_ids(struct tx *tx, struct org_id org, struct person_id after, struct person_id *ids, size_t max, size_t *n_out) MUST_CHECK;
/* Requests for another name (name_sql.c): the one that waits ends; what was ever asked for is blank. */
enum err name_sql_end(struct tx *tx, struct org_id org, struct person_id person) MUST_CHECK;
enum err name_sql_forget(struct tx *tx, struct person_id person) MUST_CHECK;
/* In every row of the person, ended ones too. */
enum err member_sql_forget_name(struct tx *tx, struct person_id person, struct str name_fold, struct str given_fold) MUST_CHECK;
enum err member_sql_of_person(struct tx *tx, struct person_id person, struct person_org **items_out, size_t *n_out) MUST_CHECK;

/* --- rosters */
/* ERR_NOT_FOUND when he is not in it. */
enum err roster_sql_get(struct tx *tx, struct org_id org, struct unit_id unit, struct person_id person, bool *lead_out) MUST_CHECK;
/* *added_out false: he is there already, or only_one and in another class or group. */
enum err roster_sql_add(struct tx *tx, struct org_id org, struct unit_id unit, struct person_id person, bool lead, bool only_one,
	bool *added_out) MUST_CHECK;
enum err roster_sql_set_lead(struct tx *tx, struct org_id org, struct unit_id unit, struct person_id person, bool lead) MUST_CHECK;
enum err roster_sql_end(struct tx *tx, struct org_id org, struct unit_id unit, struct person_id person, bool *ended_out) MUST_CHECK;
/* The class or group that holds the student; *out is 0 when none does. */
enum err roster_sql_only_one(struct tx *tx, struct org_id org, struct person_id person, struct unit_id *out) MUST_CHECK;
enum err roster_sql_of_person(struct tx *tx, struct org_id org, struct person_id person, struct api_unit_membership_array *out) MUST_CHECK;

/* --- what staff says of itself when it asks to be confirmed */
enum err claim_sql_put(struct tx *tx, struct org_id org, struct person_id person, const struct api_verification_claim *c) MUST_CHECK;
enum err claim_sql_end(struct tx *tx, struct org_id org, struct person_id person) MUST_CHECK;
enum err claim_sql_get(struct tx *tx, struct org_id org, struct person_id person, struct api_verification_claim *out, bool *found_out) MUST_CHECK;

/* --- invitation links (state is worked out by the rules) */
struct invite_row {
	struct api_invite api; /* all but state, child and holder */
	int64_t annulled_at;   /* 0: not */
	struct person_id child, holder; /* 0: none */
};
/* *added_out false: the short code is taken. */
enum err invite_sql_add(struct tx *tx, const struct invite_row *row, struct person_id maker, bool *added_out, struct invite_id *out) MUST_CHECK;
enum err invite_sql_get(struct tx *tx, struct org_id org, struct invite_id id, struct invite_row *out) MUST_CHECK; /* ERR_NOT_FOUND */
/* The token is the way across organisations: it says which one. ERR_NOT_FOUND. */
enum err invite_sql_by_token(struct tx *tx, struct str token, struct org_id *org_out, struct invite_id *id_out) MUST_CHECK;
enum err invite_sql_by_code(struct tx *tx, struct str code, struct org_id *org_out, struct invite_id *id_out) MUST_CHECK;
/* An open link that does the same; 0: none. */
enum err invite_sql_open_like(struct tx *tx, struct org_id org, struct unit_id unit, enum role role, bool lead, bool approval,
	struct invite_id *out) MUST_CHECK;
/* For his cabinet: handed to him, or for pupils and parents of the units that he leads. */
enum err invite_sql_mine(struct tx *tx, struct org_id org, struct person_id person, struct invite_row *rows, size_t max, size_t *n_out) MUST_CHECK;
/* Open links for pupils and for parents of a unit, but those for one child: newest first. */
enum err invite_sql_open_of_unit(struct tx *tx, struct org_id org, struct unit_id unit, struct invite_row *rows, size_t max, size_t *n_out) MUST_CHECK;
enum err invite_sql_teachers_send(struct tx *tx, struct org_id org, struct unit_id unit, bool *out) MUST_CHECK; /* may subject teachers send them? */
enum err invite_sql_set_teachers_send(struct tx *tx, struct org_id org, struct unit_id unit, bool send) MUST_CHECK;
enum err invite_sql_set_holder(struct tx *tx, struct org_id org, struct invite_id id, struct person_id holder) MUST_CHECK;
/* Open ones made at or before the moment, that nobody has used. */
enum err invite_sql_unused(struct tx *tx, struct org_id org, int64_t made_before, struct invite_id **out, size_t *n_out) MUST_CHECK;
enum err invite_sql_uses(struct tx *tx, struct org_id org, struct invite_id id, size_t max, struct person_id **people_out, int64_t **at_out,
	size_t *n_out) MUST_CHECK;
enum err invite_sql_list(struct tx *tx, struct org_id org, int64_t before, struct invite_row *rows, size_t max, size_t *n_out) MUST_CHECK;
enum err invite_sql_annul(struct tx *tx, struct org_id org, struct invite_id id, bool *annulled_out) MUST_CHECK;
/* Takes one use of a link that is open; *used_out false: it is not. */
enum err invite_sql_use(struct tx *tx, struct org_id org, struct invite_id id, struct person_id person, bool *used_out) MUST_CHECK;
/* Gives the person's use back. */
enum err invite_sql_unuse(struct tx *tx, struct org_id org, struct invite_id id, struct person_id person) MUST_CHECK;

/* --- appointments of administrators by phone */
struct appointment {
	int64_t id;
	struct org_id org;
	struct str given_name, family_name, patronymic; /* empty: not said */
	enum api_appointment_how how;
	struct str order_number, order_date;            /* the same */
	int64_t file_id;                                /* of the order; 0: none */
};
enum err appointment_sql_add(struct tx *tx, struct org_id org, struct str phone, const struct appointment *names) MUST_CHECK;
enum err appointment_sql_open(struct tx *tx, struct str phone, struct appointment **items_out, size_t *n_out) MUST_CHECK;
enum err appointment_sql_take(struct tx *tx, struct org_id org, int64_t id, struct person_id person) MUST_CHECK;

#endif
