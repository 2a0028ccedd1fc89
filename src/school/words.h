/* SPDX-License-Identifier: Apache-2.0
 *
 * The Russian words that a kind of organisation uses in the names that the server makes: units, chats, channels (R11). The client has the
 * same ones and the rest in web/src/i18n/words.ts. A lyceum and a gymnasium are schools, a technical and a medical college
 * colleges, a centre or house of extra education a centre. Pure, any thread.
 */
#ifndef SCHOOL_WORDS_H
#define SCHOOL_WORDS_H

#include "api.gen.h"

enum school_word {
	SCHOOL_WORD_STAFF_UNIT,     /* Учителя, Сотрудники, Педагоги: the unit (R14) */
	SCHOOL_WORD_TEACHERS,       /* Учителя, Преподаватели, Педагоги */
	SCHOOL_WORD_STUDENTS,       /* Ученики, Студенты, Воспитанники */
	SCHOOL_WORD_PARENTS,        /* Родители */
	SCHOOL_WORD_ADMINISTRATION, /* Администрация */
	SCHOOL_WORD_STAFF_CHANNEL,  /* Канал учителей, сотрудников, педагогов */
	SCHOOL_WORD_PARENT_SET,     /* Родительский актив (R24) */
	SCHOOL_WORD_STUDENT_SET,    /* Ученический, Студенческий, Детский актив */
	SCHOOL_WORD_COUNT
};

struct str school_word(enum api_org_type type, enum school_word word);

/* Общешкольный, Общелицейский, Общегимназический; Общетехникумовский, Общеколледжный; Общеучрежденческий канал: by the type, and by what
 * the organisation's full or short name says it is. */
struct str school_word_channel(enum api_org_type type, struct str name);

/* What is said of somebody who leads a unit: классный руководитель, куратор, руководитель кружка. */
struct str school_word_lead(enum api_org_type type);

#endif
