/* SPDX-License-Identifier: Apache-2.0
 *
 * The demonstration's tables: organisations and people (demo_orgs.c), what they say (demo_talk.c, demo_talk_preset.c). Constant. Private
 * to demo*.c.
 *
 * The organisations are those of the regulations, with their real names; every person in them is invented.
 * Phones: +7 900 000-XX-XX, numbers that belong to nobody here; XXXX = 1000 * (number of the organisation) +
 *   0 administrator · 1 head · 2 additional administrator · 10.. teachers · 100.. pupils · 500.. parents · 900 who asks to be let in.
 *   0000 is the operator of the installation, 0001 a municipal curator.
 */
#ifndef APP_DEMO_DATA_H
#define APP_DEMO_DATA_H

#include "api.gen.h"

#define DEMO_ADMIN 0
#define DEMO_HEAD 1
#define DEMO_COADMIN 2
#define DEMO_TEACHERS 10
#define DEMO_STUDENTS 100
#define DEMO_GUARDIANS 500
#define DEMO_REQUEST 900
#define DEMO_OPERATOR_PHONE 0
#define DEMO_CURATOR_PHONE 1

enum demo_talk {
	DEMO_TALK_CLASS, DEMO_TALK_GROUP, DEMO_TALK_CIRCLE, DEMO_TALK_STAFF, /* demo_talks */
	DEMO_TALK_ADMINISTRATION, DEMO_TALK_EVERYBODY, DEMO_TALK_EMPLOYEES, DEMO_TALK_PARENTS, DEMO_TALK_TEACHERS, DEMO_TALK_SUBJECT,
	DEMO_TALK_PARENT_SET, DEMO_TALK_PUPIL_SET, /* demo_preset_talks */
	DEMO_TALK_COUNT
};
enum demo_ages { DEMO_ALL_AGES, DEMO_YOUNGER, DEMO_OLDER };

struct demo_name { const char *family, *given, *patronymic; };
struct demo_family { const char *man, *woman; };
struct demo_subject {
	const char *title, *name, *dative; /* "Английский язык", "английский", "английскому" */
	int teacher;                       /* who teaches it, in each of his units */
	enum demo_ages ages;
};
struct demo_card { const char *region, *address, *email, *phone, *site; };
struct demo_unit {
	const char *name;
	int lead;           /* which teacher */
	int first, count;   /* students: those with these numbers, so that circles may share some */
	int guardians;      /* of the first so many of them */
	bool younger;       /* classes 5 and 6 */
};
struct demo_org {
	const char *name, *short_name;
	enum api_org_type type;
	enum api_unit_kind kind; /* of its units */
	enum demo_talk talk;
	int utc_hours;           /* local time, for plausible hours */
	struct demo_card card;
	const char *pupil_set; /* what the set of active pupils is called */
	bool curated;          /* by the demonstration's municipal curator */
	struct demo_name admin, head, coadmin;
	const struct demo_name *teachers;
	const struct demo_unit *units;
	const struct demo_family *families;
	const char *const *boys, *const *girls;
	const struct demo_name *parents;  /* given name and patronymic; [0], [2].. women, [1], [3].. men */
	const struct demo_subject *subjects;
	int teacher_count, unit_count, student_count, family_count, boy_count, girl_count, parent_count, subject_count;
};
extern const struct demo_org demo_orgs[];
extern const int demo_org_count;
const char *demo_given_name(const struct demo_org *o, int student);

/* A thread: lines said one after another. The first letter says who: L the unit's lead, T another teacher, S a pupil, Z another pupil,
 * G a parent, P another parent, H the head, A the administrator, C his deputy. In the text: {u} unit · {s} subject · {sd} its dative · {n} exercise ·
 * {p} paragraph · {r} room · {d} a date soon · {w} its weekday · {t} a time · {l} name of the lead · {z} given name of Z. */
#define DEMO_LINES 7
struct demo_thread { const char *lines[DEMO_LINES]; };
struct demo_threads { const struct demo_thread *list; int count; };
extern const struct demo_threads demo_talks[DEMO_TALK_COUNT], demo_preset_talks[DEMO_TALK_COUNT]; /* the other's places are empty */

#endif
