/* SPDX-License-Identifier: Apache-2.0
 *
 * What the files that fill the demonstration share. Private to demo*.c. One thread, inside demo_fill's transaction.
 */
#ifndef APP_DEMO_MAKE_H
#define APP_DEMO_MAKE_H

#include "app/demo_data.h"
#include "server/tx.h"

#define DEMO_TEACHERS_MAX 8
#define DEMO_STUDENTS_MAX 48
#define DEMO_UNITS_MAX 6
#define DEMO_SUBJECTS_MAX 16
#define DEMO_ROOM_MAX 128
#define DEMO_PEOPLE_MAX 640
#define DEMO_EXPECTED 2 /* pupils of a unit who have not come in yet */

#define DEMO_MINUTE_MS ((int64_t)60 * 1000)
#define DEMO_HOUR_MS (60 * DEMO_MINUTE_MS)
#define DEMO_DAY_MS (24 * DEMO_HOUR_MS)

struct demo_full_name { const char *family, *given, *patronymic; };

/* A chat and who talks in it. Of a unit's chat guardians[i] is the parent of pupils[i]. */
struct demo_room {
	enum demo_talk talk;
	const struct demo_unit *unit;       /* NULL: of the whole organisation */
	const struct demo_subject *subject; /* of a subject's chat; else NULL */
	struct chat_id chat;
	struct person_id members[DEMO_ROOM_MAX], guardians[DEMO_ROOM_MAX], second_guardian;
	int member_count, guardian_count;
	int pupils[DEMO_STUDENTS_MAX], pupil_count;
	int lead, other_teachers[DEMO_TEACHERS_MAX], other_teacher_count;
	bool has_head, has_admin, has_coadmin;
	int threads;                        /* at most so many; 0: all, and again until there is enough */
};

struct demo {
	struct tx tx;
	int64_t now_ms;
	uint64_t random;
	struct person_id operator, people[DEMO_PEOPLE_MAX]; /* people: those who have come in */
	int people_count;
	int64_t curated[8];
	int curated_count;
	/* of the organisation that is being filled */
	const struct demo_org *org;
	int org_index, guardian_count;
	struct org_id org_id;
	struct person_id admin, head, coadmin, teachers[DEMO_TEACHERS_MAX], students[DEMO_STUDENTS_MAX];
	struct unit_id units[DEMO_UNITS_MAX];
	struct demo_room rooms[DEMO_UNITS_MAX]; /* the units' own chats */
	struct person_id awaited;               /* a pupil of the shown unit who has not come in */
	struct subject_id subjects[DEMO_SUBJECTS_MAX];
	struct set_id parent_set, pupil_set;
};

/* --- demo_people.c */
void demo_phone(int number, char out[16]);
static inline int demo_number(int org, int within) { return 1000 * (org + 1) + within; }
struct demo_full_name demo_student_name(const struct demo_org *o, int i);
struct demo_full_name demo_guardian_name(const struct demo_org *o, int k, int i); /* the k-th parent of the organisation, of the student i */
struct demo_full_name demo_staff_name(const struct demo_name *n);
int demo_waiting_teacher(const struct demo_org *o); /* whose status waits to be confirmed; -1: nobody's */
/* Who does what comes next, and when; what the last one left in the arena and told goes. */
void demo_as(struct demo *d, struct person_id person, enum role role, int64_t at);
enum err demo_person(struct demo *d, int number, struct demo_full_name n, struct person_id *out) MUST_CHECK;
enum err demo_staff(struct demo *d) MUST_CHECK;
enum err demo_leads(struct demo *d, int unit) MUST_CHECK; /* and the other teachers of the unit */
enum err demo_roster(struct demo *d, int unit) MUST_CHECK; /* pupils and parents, and those who have not come in */
enum err demo_families(struct demo *d) MUST_CHECK;         /* across units: brothers and sisters, teachers who are parents */

/* --- demo_life.c: card, subjects, sets, links, and what waits for somebody */
int demo_shown_unit(const struct demo_org *o); /* in which there is a little of everything */
/* Whether the subject is taught in the unit, by one of its teachers. */
bool demo_taught(const struct demo_org *o, const struct demo_room *r, const struct demo_subject *s);
enum err demo_subjects(struct demo *d) MUST_CHECK; /* before the pupils come: nobody has to be placed twice */
enum err demo_papers(struct demo *d) MUST_CHECK;   /* card and local act */
enum err demo_life(struct demo *d) MUST_CHECK;     /* after all people are there */
int demo_transfer_from(const struct demo_org *o);  /* the unit in which the one who is moved is at first */
int demo_transfer_to(const struct demo_org *o);

/* --- demo_operator.c: what the operator of the installation and the curator have to do */
enum err demo_operator(struct demo *d) MUST_CHECK;
enum err demo_curator(struct demo *d) MUST_CHECK;
struct demo_full_name demo_operator_name(void);
struct demo_full_name demo_curator_name(void);
/* A page to look at; in the arena. line: ASCII. */
struct str demo_pdf(struct arena *a, const char *line);
void demo_date(int64_t at, char out[11]);

/* --- demo_chat.c */
int demo_pick(struct demo *d, int below);
/* Of a unit or the staff at least 40 messages over the four weeks before demo.now_ms, at hours when people write, and marks of those
 * who have read. */
enum err demo_fill_chat(struct demo *d, const struct demo_room *room) MUST_CHECK;

/* --- demo_rooms.c: every chat of the organisation */
enum err demo_rooms(struct demo *d) MUST_CHECK;

#endif
