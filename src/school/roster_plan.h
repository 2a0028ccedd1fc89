/* SPDX-License-Identifier: Apache-2.0
 *
 * What a file of people wants: units, people, their places, guardians and what is taught, and everything that is wrong in it with its line
 * and cell. Pure: out of tables (base/sheets.h), without the store. Owned by whoever made it; one thread at a time.
 */
#ifndef SCHOOL_ROSTER_PLAN_H
#define SCHOOL_ROSTER_PLAN_H

#include "api.gen.h"
#include "base/map.h"
#include "base/sheets.h"
#include "base/vec.h"

#define PLAN_ARENA_MAX (256u << 20)
#define PLAN_PROBLEMS_MAX 1000 /* kept; all are counted */
#define PLAN_UNITS_MAX 500
#define PLAN_SUBJECTS_MAX 300
#define PLAN_EXTERNAL_MAX 100 /* bytes of a personal number */
#define PLAN_TITLE_MAX 100    /* code points of a unit's or subject's name */
#define PLAN_SHOWN_MAX 200    /* bytes of a cell that a problem shows */
#define PLAN_OWN_ID "zv-"     /* personal number of somebody who has none of the school's: what an export writes */

/* Where something stands in the file. */
struct plan_at {
	uint32_t sheet;         /* index */
	uint32_t line, column;  /* from 1; column 0: the whole row */
	struct str column_name, value;
};

struct plan_unit { enum api_unit_kind kind; struct str name, fold; int64_t id; /* of a unit that there is; 0: new */ bool made; /* by the slice under way */ };
struct plan_person {
	struct str family, given, patronymic; /* patronymic may be empty */
	struct str fold;                      /* folded family name, space, given name */
	struct str phone, external;           /* may be empty */
	enum api_role role;                   /* teacher, student or guardian */
	size_t unit;                          /* of a student: index + 1 of his class or group; 0: none */
	bool leaves;                          /* the file itself says that he goes */
	struct plan_at at;
};
struct plan_place { size_t person, unit; bool lead; };       /* circles, units of teachers */
struct plan_bond { size_t guardian, child; };
struct plan_teaching { size_t teacher, unit, subject; };
/* A child that a guardian's row names, to be looked for among all rows and then in the organisation. */
struct plan_child { size_t guardian; struct str name; struct plan_at at; };
struct plan_problem {
	enum api_roster_severity severity;
	enum api_roster_problem_key key;
	struct plan_at at;
	uint32_t other_line;
	struct str name, was, became; /* may be empty */
	int64_t person;               /* of a question: who in the organisation is meant */
	size_t plan_person;           /* of a question: index of the person */
};

/* What is there already: names of units are matched with these. */
struct plan_known_unit { int64_t id; enum api_unit_kind kind; struct str name; };

struct roster_plan {
	/* owned */
	struct arena *arena;
	VEC(struct plan_unit) units;
	VEC(struct str) subjects;
	VEC(struct plan_person) people;
	VEC(struct plan_place) places;
	VEC(struct plan_bond) bonds;
	VEC(struct plan_teaching) teachings;
	VEC(struct plan_child) children;
	VEC(struct plan_problem) problems;
	struct strmap *unit_by_name, *subject_by_name, *by_external, *by_phone, *by_name, *pairs;
	/* state */
	enum api_org_type type;
	struct str *sheet_names;
	size_t sheet_n, errors, warnings, questions;
	bool one_roster;
};

/* The tables are copied as far as the plan needs them. ERR_NOMEM. */
enum err roster_plan_make(struct roster_plan *out, const struct sheets *tables, enum api_org_type type, const struct plan_known_unit *known,
	size_t known_n) MUST_CHECK;
void roster_plan_release(struct roster_plan *p);

/* --- private to roster_plan.c, roster_table.c, roster_oneroster.c and roster_diff.c */

void plan_problem(struct roster_plan *p, enum api_roster_severity severity, enum api_roster_problem_key key, const struct plan_at *at,
	uint32_t other_line);
struct str plan_fold(struct roster_plan *p, struct str s); /* for comparing names, white space folded */
/* Index + 1; 0: it cannot be (a problem was added). */
size_t plan_unit_named(struct roster_plan *p, enum api_unit_kind kind, struct str name, const struct plan_at *at);
size_t plan_subject_named(struct roster_plan *p, struct str name, const struct plan_at *at);
struct plan_want {
	struct str full, family, given, patronymic; /* full, or the others */
	struct str phone, external;
	enum api_role role;
	size_t unit;
	struct plan_at at, at_name, at_phone, at_external;
	size_t child;                               /* of a guardian: index + 1 */
};
size_t plan_person_wanted(struct roster_plan *p, const struct plan_want *w); /* index + 1 */
void plan_place(struct roster_plan *p, size_t person, size_t unit, bool lead);
void plan_bond(struct roster_plan *p, size_t guardian, size_t child);
void plan_teaching(struct roster_plan *p, size_t teacher, size_t unit, size_t subject);

enum err roster_table_read(struct roster_plan *p, const struct sheets *tables) MUST_CHECK;
bool roster_is_oneroster(const struct sheets *tables);
enum err roster_oneroster_read(struct roster_plan *p, const struct sheets *tables) MUST_CHECK;

/* --- words (roster_words.c) */
enum roster_column {
	COLUMN_NONE, COLUMN_FULL, COLUMN_FAMILY, COLUMN_GIVEN, COLUMN_PATRONYMIC, COLUMN_UNIT, COLUMN_GROUP, COLUMN_CIRCLE, COLUMN_ROLE, COLUMN_PHONE,
	COLUMN_PARENT1, COLUMN_PARENT1_PHONE, COLUMN_PARENT2, COLUMN_PARENT2_PHONE, COLUMN_SUBJECT, COLUMN_LEAD, COLUMN_EXTERNAL, COLUMN_CHILD, COLUMNS
};
enum roster_column roster_column_of(struct arena *a, struct str title);
bool roster_role_of(struct arena *a, struct str word, enum api_role *out);
bool roster_is_yes(struct arena *a, struct str word);
/* "5 а", "5-А", "5A" (Latin) as "5А"; what is no name of a class stays as it is. */
struct str roster_class_name(struct arena *a, struct str name);

#endif
