/* SPDX-License-Identifier: Apache-2.0
 *
 * Movement of people and units (R16, R19, R21): an operation is a batch of steps in one transaction. Each step does one thing through the
 * room's usual rules and writes down how it is taken back; a journal in words is kept for people. Private to the room; on the writer's
 * thread, inside a transaction.
 */
#ifndef SCHOOL_MOVEMENT_H
#define SCHOOL_MOVEMENT_H

#include "base/map.h"
#include "base/vec.h"
#include "school/roster.h"

#define MOVEMENT_UNDO_MS (24 * 60 * 60 * 1000LL)
#define MOVEMENT_PEOPLE_TOLD 1000 /* people that an answer names */
#define MOVEMENT_CHATS_TOLD 500

/* These numbers lie in stores. */
enum step_what {
	STEP_LEFT_UNIT = 1,   /* person, unit, flag: he led it */
	STEP_JOINED_UNIT = 2, /* person, unit */
	STEP_LEFT_ORG = 3,    /* person */
	STEP_BOND_ENDED = 4,  /* person: the guardian, other: the child */
	STEP_TEACHING_ENDED = 5, /* other: the row */
	STEP_SET_LEFT = 6,    /* other: the row */
	STEP_RENAMED = 7,     /* unit, old_name -> name */
	STEP_UNIT_ENDED = 8,  /* unit */
	STEP_UNIT_MADE = 9,   /* unit, flag: it stays when somebody is in it */
	STEP_CAME_INTO_ORG = 10 /* person, flag: he had an account that was in use */
};
struct step { enum step_what what; int64_t person, unit, other; bool flag; struct str name, old_name; };

/* A line of the journal; 0 and empty: none. */
struct movement_line {
	enum api_movement_kind kind;
	int64_t person, from_unit, to_unit;
	struct str from_name, to_name;
};

struct movement { /* one operation under way */
	/* borrowed */
	struct tx *tx;
	struct arena *arena;       /* of the command; tx->arena is the scratch one while steps run */
	struct str order_no, order_date, reason;
	/* owned */
	struct arena *scratch;
	VEC(struct person_id) people; /* touched, once each */
	VEC(struct unit_id) units;
	VEC(struct api_moved_person) told;
	VEC(struct api_changed_unit) changed;
	VEC(struct api_movement_warning) warnings;
	struct map *seen_people, *seen_units;
	/* state */
	struct org_id org;
	int64_t batch, seq;
};

enum err movement_begin(struct movement *m, struct tx *tx, struct org_id org, enum api_movement_kind kind) MUST_CHECK;
/* One more transaction of a batch that was begun before. Both: also after an error the movement is ended or closed. */
enum err movement_go_on(struct movement *m, struct tx *tx, struct org_id org, int64_t batch) MUST_CHECK;
/* After the steps of a command that answers something else: tells everybody. e: what the steps said. */
enum err movement_close(struct movement *m, enum err e) MUST_CHECK;
/* After the steps: tells everybody, fills the answer; with preview what was written is taken back. e: what the steps said. */
enum err movement_end(struct movement *m, enum err e, bool preview, struct api_movement_done *out) MUST_CHECK;

/* --- steps */
enum err movement_leave_unit(struct movement *m, struct unit_id unit, struct person_id person) MUST_CHECK;
enum err movement_join_unit(struct movement *m, const struct api_unit *unit, struct person_id person, enum role role, const bool *lead) MUST_CHECK;
/* His membership with all that hangs on it; guardians who have no other child here go too. kind: leave or dismiss. */
enum err movement_leave_org(struct movement *m, struct person_id person, enum role role, enum api_movement_kind kind) MUST_CHECK;
enum err movement_leave_alone(struct movement *m, struct person_id person, enum role role) MUST_CHECK; /* nobody goes with him */
enum err movement_rename(struct movement *m, struct unit_id unit, struct str name) MUST_CHECK;
/* A unit ends: first closed, with its people still in it (its chats keep them as readers), then emptied. Between the two people may be
 * moved on. */
enum err movement_close_unit(struct movement *m, struct unit_id unit) MUST_CHECK;
enum err movement_end_unit(struct movement *m, struct unit_id unit) MUST_CHECK;
enum err movement_make_unit(struct movement *m, enum api_unit_kind kind, struct str name, struct unit_id *out) MUST_CHECK;
/* Done already, and noted: a unit that an import made; a person whom it put on the roster, into a unit or NULL. */
enum err movement_unit_was_made(struct movement *m, struct unit_id unit) MUST_CHECK;
enum err movement_came(struct movement *m, struct person_id person, const struct api_unit *unit) MUST_CHECK;
enum err movement_end_teaching(struct movement *m, struct unit_id unit, struct person_id teacher) MUST_CHECK; /* of one or (0) of all */
enum err movement_undo_step(struct movement *m, const struct step *s) MUST_CHECK;
/* From his class or group, when he is in one, into another; or into a circle, which takes him from nowhere. */
enum err movement_transfer(struct movement *m, struct person_id person, const struct api_unit *to) MUST_CHECK;
/* The same in two halves, for a unit that is made in between. */
struct movement_way { struct person_id person; struct unit_id from; struct str from_name; };
enum err movement_set_out(struct movement *m, struct person_id person, struct movement_way *out) MUST_CHECK;
enum err movement_arrive(struct movement *m, const struct movement_way *way, const struct api_unit *to) MUST_CHECK;
/* Somebody of a unit that is merged into another. */
enum err movement_carry(struct movement *m, const struct api_unit *from, const struct api_unit *into, struct person_id person, enum role role) MUST_CHECK;
enum err movement_warn(struct movement *m, enum api_movement_warning_code code, struct str name) MUST_CHECK;
enum err movement_write_line(struct movement *m, const struct movement_line *line) MUST_CHECK;

/* --- what steps and their undoing share */
enum err movement_write_step(struct movement *m, const struct step *s) MUST_CHECK;
void movement_touch_person(struct movement *m, struct person_id person); /* is told at the end */
void movement_touch_unit(struct movement *m, struct unit_id unit);
void movement_changed_unit(struct movement *m, struct unit_id unit, enum api_changed_unit_change change, struct str name, struct str new_name);
enum err movement_tell_of(struct movement *m, struct person_id person, enum role role, struct str from, struct str to, bool leaves,
	bool along) MUST_CHECK;
enum err movement_rename_unit(struct movement *m, struct unit_id unit, struct str clean) MUST_CHECK;
/* Steps and what they allocate come and go; a school of 2,000 fits into no command's arena otherwise. */
struct arena *movement_into_scratch(struct movement *m);
void movement_out_of_scratch(struct movement *m, struct arena *was);

/* --- movement_sql.c */
enum err movement_sql_begin(struct tx *tx, struct org_id org, enum api_movement_kind kind, int64_t *batch_out) MUST_CHECK;
enum err movement_sql_line(struct tx *tx, struct org_id org, int64_t batch, const struct movement_line *line, struct str order_no,
	struct str order_date, struct str reason) MUST_CHECK;
enum err movement_sql_step(struct tx *tx, struct org_id org, int64_t batch, int64_t seq, const struct step *s) MUST_CHECK;
enum err movement_sql_last_step(struct tx *tx, struct org_id org, int64_t batch, int64_t *seq_out) MUST_CHECK; /* 0: none yet */
/* Last first. ERR_NOT_FOUND: no such batch here. */
enum err movement_sql_steps(struct tx *tx, struct org_id org, int64_t batch, struct step **out, size_t *n_out, int64_t *at_out,
	bool *undone_out) MUST_CHECK;
enum err movement_sql_set_undone(struct tx *tx, struct org_id org, int64_t batch) MUST_CHECK;
enum err movement_sql_list(struct tx *tx, struct org_id org, int64_t person, int64_t unit, int64_t before, struct api_movement *items, size_t max,
	size_t *n_out) MUST_CHECK;
/* A batch with whatever steps it has; it has no lines. */
enum err movement_sql_drop(struct tx *tx, struct org_id org, int64_t batch) MUST_CHECK;
/* What hangs on a membership. */
enum err movement_sql_member_revive(struct tx *tx, struct org_id org, struct person_id person, bool *revived_out) MUST_CHECK;
struct living_row { int64_t id, unit, other; struct str name; };
/* Teaching of a teacher (0: of all) in a unit (0: in all); other: the subject; name: "7А · Математика". */
enum err movement_sql_teaching(struct tx *tx, struct org_id org, struct unit_id unit, struct person_id teacher, struct living_row **out,
	size_t *n_out) MUST_CHECK;
enum err movement_sql_teaching_set_ended(struct tx *tx, struct org_id org, int64_t row, bool ended, bool *changed_out) MUST_CHECK;
enum err movement_sql_teaching_of_row(struct tx *tx, struct org_id org, int64_t row, struct unit_id *unit_out, struct subject_id *subject_out,
	struct person_id *teacher_out) MUST_CHECK;
enum err movement_sql_sets(struct tx *tx, struct org_id org, struct person_id person, struct living_row **out, size_t *n_out) MUST_CHECK;
enum err movement_sql_set_row(struct tx *tx, struct org_id org, int64_t row, bool ended, bool *changed_out, struct person_id *person_out) MUST_CHECK;
enum err movement_sql_unit_set_ended(struct tx *tx, struct org_id org, struct unit_id unit, bool ended, bool *changed_out) MUST_CHECK;
enum err movement_sql_name_taken(struct tx *tx, struct org_id org, enum api_unit_kind kind, struct str name_fold, struct unit_id but, bool *out) MUST_CHECK;
enum err movement_sql_people_of(struct tx *tx, struct org_id org, struct unit_id unit, struct person_id **out, enum role **roles_out, size_t *n_out) MUST_CHECK;
/* How many lead the unit, and how many pupils are in it. */
enum err movement_sql_unit_counts(struct tx *tx, struct org_id org, struct unit_id unit, int64_t *leads_out, int64_t *students_out) MUST_CHECK;

#endif
