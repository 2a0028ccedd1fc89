/* SPDX-License-Identifier: Apache-2.0
 *
 * The import of a roster (R14-R21, R61), in two steps: what the file would change is worked out and shown; then it is changed in slices, so
 * that nobody else waits. app runs these functions one after the other (app/roster_runner.c); each says on which thread. A slice does what
 * is not so yet and nothing else: after a crash the whole is begun again and nothing is doubled.
 */
#ifndef SCHOOL_ROSTER_IMPORT_H
#define SCHOOL_ROSTER_IMPORT_H

#include "school/roster_plan.h"
#include "server/tx.h"

#define ROSTER_SLICE 40                  /* people, bonds, places of one write transaction, at most */
#define ROSTER_TABLES_MAX (16u << 20)    /* bytes of the decoded tables that are kept while an import lives */
#define ROSTER_CHANGES_MAX 5000          /* shown; all are counted */
#define ROSTER_ANSWERS_MAX 500
#define ROSTER_PAGE 100
#define ROSTER_EXPORT_PATH "/api/v1/roster"

/* Something has been begun: app looks for it. Called in the command's transaction; NULL: nobody looks. By app, before the first thread. */
void roster_import_set_wake(void (*wake)(void));

/* The next import that waits. */
struct roster_task {
	int64_t id;                 /* 0: none */
	struct org_id org;
	struct person_id person;    /* who began it */
	bool applying;
	bool leave_absent;
	int fd;                     /* of the file, when it has yet to be read: the caller's */
	struct str tables;          /* as the decoder wrote them, when they were read before; in the arena */
	enum api_org_type type;
	struct plan_known_unit *units;
	size_t unit_n;
	bool file_gone;
};
enum err roster_import_next(struct tx *tx, struct roster_task *out) MUST_CHECK; /* a reader */

/* A file that cannot be imported at all. */
enum err roster_import_fail(struct tx *tx, const struct roster_task *t, enum api_roster_file_problem problem, uint32_t line) MUST_CHECK; /* the writer */
enum api_roster_file_problem roster_file_problem(enum sheets_problem p); /* not SHEETS_FINE */

/* --- what would change */
struct roster_person {
	struct person_id person;    /* 0: new */
	enum role role;             /* that he has */
	struct unit_id from;        /* the class or group that he leaves */
	bool came_in, is_question, is_new, transfer, join_unit, rename, give_phone, set_external, leaves, made;
};
struct roster_change { enum api_roster_change_kind kind; struct str name, was, became; enum role role; struct plan_at at; };
struct roster_answer { int64_t row; uint32_t sheet, line; bool same; };
struct roster_diff {
	/* owned */
	VEC(struct roster_person) people;  /* as the plan's */
	VEC(struct roster_change) changes;
	VEC(struct person_id) absent;
	VEC(struct plan_bond) found_children; /* guardian: of the plan; child: a member's id */
	struct map *claimed;
	/* state */
	struct api_roster_counts counts;
	size_t cursor, skip;               /* of applying: the next item; an item that was refused + 1 */
};
/* Adds the store's problems to the plan. The texts are in the plan's arena. A reader; ERR_NOMEM, ERR_IO. */
enum err roster_diff_make(struct tx *tx, const struct roster_task *t, struct roster_plan *plan, struct roster_diff *out) MUST_CHECK;
void roster_diff_release(struct roster_diff *d);

/* The preview, and the tables for later. The writer. */
enum err roster_import_store(struct tx *tx, const struct roster_task *t, const struct roster_plan *plan, const struct roster_diff *diff,
	struct str tables) MUST_CHECK;

/* --- changing. One slice; *more_out false: it is done, or was cancelled. ERR_REFUSED: the item diff->cursor is refused: the caller rolls back,
 * says so and begins the slice again, which then stops before that item and notes it in the next. The writer. */
enum err roster_import_slice(struct tx *tx, const struct roster_task *t, struct roster_plan *plan, struct roster_diff *diff, bool *more_out) MUST_CHECK;
void roster_import_kept(struct roster_plan *plan, struct roster_diff *diff); /* the slice is on the disk */
void roster_import_undone(struct roster_plan *plan, struct roster_diff *diff, size_t from, bool refused); /* the slice that began there was rolled back */

/* --- export */
enum roster_format { ROSTER_CSV, ROSTER_XLSX, ROSTER_ONEROSTER };
/* Who asks for the path's file and may have it; spends the path. ERR_NOT_FOUND. The writer. */
enum err roster_export_take(struct tx *tx, struct str token, struct org_id *org_out, enum roster_format *format_out) MUST_CHECK;
/* The file's bytes into `out`. A reader. */
enum err roster_export_write(struct tx *tx, struct org_id org, enum roster_format format, struct buf *out) MUST_CHECK;
/* A table with a few people made up, to be filled in. Any thread. */
enum err roster_template_write(enum api_org_type type, enum roster_format format, struct buf *out) MUST_CHECK;
struct str roster_export_media_type(enum roster_format f);
struct str roster_export_file_name(enum roster_format f);

#endif
