/* SPDX-License-Identifier: Apache-2.0
 *
 * See words.h.
 */
#include "school/words.h"

#include "base/err.h"
#include "base/str.h"

#define TYPES 3

static size_t row_of(enum api_org_type type)
{
	CHECK((int)type >= 0 && (int)type < TYPES);
	return (size_t)type;
}

struct str school_word(enum api_org_type type, enum school_word word)
{
	static const char *const words[SCHOOL_WORD_COUNT][TYPES] = {
		[SCHOOL_WORD_STAFF_UNIT] = {"Учителя", "Сотрудники", "Педагоги"},
		[SCHOOL_WORD_TEACHERS] = {"Учителя", "Преподаватели", "Педагоги"},
		[SCHOOL_WORD_STUDENTS] = {"Ученики", "Студенты", "Воспитанники"},
		[SCHOOL_WORD_PARENTS] = {"Родители", "Родители", "Родители"},
		[SCHOOL_WORD_ADMINISTRATION] = {"Администрация", "Администрация", "Администрация"},
		[SCHOOL_WORD_STAFF_CHANNEL] = {"Канал учителей", "Канал сотрудников", "Канал педагогов"},
		[SCHOOL_WORD_PARENT_SET] = {"Родительский актив", "Родительский актив", "Родительский актив"},
		[SCHOOL_WORD_STUDENT_SET] = {"Ученический актив", "Студенческий актив", "Детский актив"},
	};
	CHECK((int)word >= 0 && word < SCHOOL_WORD_COUNT);
	return str_of(words[word][row_of(type)]);
}

struct str school_word_lead(enum api_org_type type)
{
	static const char *const words[TYPES] = {"Классный руководитель", "Куратор", "Руководитель кружка"};
	return str_of(words[row_of(type)]);
}

static bool says(struct str name, const char *lower, const char *upper)
{
	struct str l = str_of(lower), u = str_of(upper);
	for (size_t i = 0; i + l.n <= name.n; i++)
		if (memcmp(name.p + i, l.p, l.n) == 0 || memcmp(name.p + i, u.p, u.n) == 0)
			return true;
	return false;
}

struct str school_word_channel(enum api_org_type type, struct str name)
{
	/* The first letter may be either; both spellings have the same length. */
	switch (type) {
	case API_ORG_TYPE_SCHOOL:
		if (says(name, "лице", "Лице"))
			return STR("Общелицейский канал");
		if (says(name, "гимнази", "Гимнази"))
			return STR("Общегимназический канал");
		return STR("Общешкольный канал");
	case API_ORG_TYPE_COLLEGE:
		return says(name, "колледж", "Колледж") ? STR("Общеколледжный канал") : STR("Общетехникумовский канал");
	case API_ORG_TYPE_CENTER:
		return STR("Общеучрежденческий канал");
	}
	BUG("type of organisation %d", (int)type);
}
