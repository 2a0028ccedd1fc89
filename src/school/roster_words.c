/* SPDX-License-Identifier: Apache-2.0
 *
 * The words that schools write above their columns and into them. Pure.
 */
#include "base/utf8.h"
#include "school/level.h"
#include "school/roster_plan.h"

#define WORDS_MAX 12

struct words { struct str w[WORDS_MAX]; size_t n; };

static bool is_gap(int32_t c)
{
	return c <= ' ' || c == 0xa0 || c == ':' || c == '_' || c == '-' || c == 0x2013 || c == 0x2014 || c == '(' || c == ')' || c == '/' || c == ',' ||
	       c == 0x2116 || c == '#' || c == '*' || c == '"' || c == 0xab || c == 0xbb || c == ';';
}

/* Folded words; dots are dropped: "Ф.И.О." is "фио". */
static struct words words_of(struct arena *a, struct str text)
{
	struct words out = {.n = 0};
	char *folded = arena_alloc(a, text.n + 1);
	if (!folded)
		return out;
	struct str s = {folded, utf8_fold_name(text, folded)};
	char *word = arena_alloc(a, s.n + 1);
	size_t at = 0, len = 0, from = 0;
	while (word && at <= s.n && out.n < WORDS_MAX) {
		size_t start = at;
		int32_t c = utf8_next(s, &at);
		if (c == '.')
			continue;
		if (c >= 0 && !is_gap(c)) {
			memcpy(word + len, s.p + start, at - start);
			len += at - start;
			continue;
		}
		if (len > from)
			out.w[out.n++] = str_n(word + from, len - from);
		from = len;
		if (c < 0)
			break;
	}
	return out;
}

static bool begins(const struct words *w, const char *const *stems)
{
	for (size_t i = 0; i < w->n; i++)
		for (const char *const *s = stems; *s; s++)
			if (str_starts(w->w[i], str_of(*s)))
				return true;
	return false;
}

static bool is(const struct words *w, const char *const *names)
{
	for (size_t i = 0; i < w->n; i++)
		for (const char *const *s = names; *s; s++)
			if (str_eq(w->w[i], str_of(*s)))
				return true;
	return false;
}

#define LIST(...) ((const char *const[]){__VA_ARGS__, NULL})

static enum roster_column parent_column(const struct words *w)
{
	bool second = is(w, LIST("2", "второй", "второго")) || begins(w, LIST("отец", "отц", "пап", "father"));
	if (begins(w, LIST("тел", "моб", "phone", "сотов")))
		return second ? COLUMN_PARENT2_PHONE : COLUMN_PARENT1_PHONE;
	if (begins(w, LIST("почт", "email", "mail", "адрес", "паспорт", "работ")))
		return COLUMN_NONE;
	return second ? COLUMN_PARENT2 : COLUMN_PARENT1;
}

static enum roster_column name_column(const struct words *w)
{
	bool family = is(w, LIST("фамилия", "surname")) || (is(w, LIST("last", "family")) && is(w, LIST("name")));
	bool given = is(w, LIST("имя", "first", "given", "firstname"));
	if (is(w, LIST("фио", "fullname")) || (family && given))
		return COLUMN_FULL;
	if (is(w, LIST("отчество", "patronymic", "middle")))
		return COLUMN_PATRONYMIC;
	if (family || is(w, LIST("lastname", "familyname")))
		return COLUMN_FAMILY;
	if (given || is(w, LIST("givenname")))
		return COLUMN_GIVEN;
	if (is(w, LIST("name", "ученик", "учащийся", "обучающийся", "студент", "воспитанник", "учитель", "педагог", "преподаватель", "сотрудник")))
		return COLUMN_FULL;
	return COLUMN_NONE;
}

enum roster_column roster_column_of(struct arena *a, struct str title)
{
	struct words words = words_of(a, title), *w = &words;
	if (!w->n)
		return COLUMN_NONE;
	if (begins(w, LIST("руковод", "куратор", "homeroom")) || (is(w, LIST("кл")) && begins(w, LIST("рук"))))
		return COLUMN_LEAD;
	bool child = begins(w, LIST("ребен", "дети", "детей", "child"));
	if (begins(w, LIST("класс", "class", "grade")))
		return COLUMN_UNIT;
	if (begins(w, LIST("группа", "группы", "group")))
		return COLUMN_GROUP;
	if (begins(w, LIST("объединени", "кружок", "кружк", "секци", "студия", "circle", "club")))
		return COLUMN_CIRCLE;
	if (child)
		return COLUMN_CHILD;
	if (begins(w, LIST("родител", "представит", "опекун", "матер", "мама", "мамы", "папа", "папы", "отец", "отца", "parent", "guardian", "mother", "father")) ||
		is(w, LIST("мать")))
		return parent_column(w);
	if (begins(w, LIST("тел", "моб", "phone", "сотов")))
		return COLUMN_PHONE;
	if (begins(w, LIST("роль", "role", "должност", "position", "статус")))
		return COLUMN_ROLE;
	if (begins(w, LIST("предмет", "subject", "дисциплин", "преподает", "ведет")))
		return COLUMN_SUBJECT;
	if (is(w, LIST("id", "ид", "external", "externalid", "код")) || begins(w, LIST("личн", "табельн")))
		return COLUMN_EXTERNAL;
	return name_column(w);
}

bool roster_role_of(struct arena *a, struct str word, enum api_role *out)
{
	struct words words = words_of(a, word), *w = &words;
	if (begins(w, LIST("родител", "мать", "мама", "отец", "папа", "опекун", "представит", "parent", "guardian", "relative")))
		*out = API_ROLE_GUARDIAN;
	else if (begins(w, LIST("учит", "педаг", "препод", "сотруд", "воспитател", "тренер", "концерт", "мастер", "завуч", "завед", "замест", "зам", "директ", "админ",
			       "психол", "социал", "логоп", "дефект", "библио", "секрет", "метод", "вожат", "тьютор", "рук", "куратор", "teacher", "staff", "aide",
			       "proctor", "principal", "head", "admin", "siteadmin", "systemadmin", "districtadmin", "counselor")))
		*out = API_ROLE_TEACHER;
	else if (begins(w, LIST("учен", "учащ", "обуч", "студент", "воспитан", "слушат", "pupil", "student", "learner", "дети", "ребен", "детей")))
		*out = API_ROLE_STUDENT;
	else
		return false;
	return true;
}

bool roster_is_yes(struct arena *a, struct str word)
{
	struct words words = words_of(a, word), *w = &words;
	return is(w, LIST("да", "yes", "true", "1", "+", "v", "х", "x"));
}

/* Latin letters that look like Cyrillic ones: a school never means them. */
static uint32_t to_cyrillic(int32_t c)
{
	static const char latin[] = "ABCEHKMOPTXYabcehkmoptxy";
	static const uint16_t cyrillic[] = {0x410, 0x412, 0x421, 0x415, 0x41d, 0x41a, 0x41c, 0x41e, 0x420, 0x422, 0x425, 0x423, 0x410, 0x412, 0x421, 0x415,
		0x41d, 0x41a, 0x41c, 0x41e, 0x420, 0x422, 0x425, 0x423};
	for (size_t i = 0; latin[i]; i++)
		if (c == latin[i])
			return cyrillic[i];
	return (uint32_t)c;
}

static uint32_t upper(int32_t c)
{
	if (c == 0x451)
		return 0x401;
	if (c >= 0x430 && c <= 0x44f)
		return (uint32_t)c - 0x20;
	return c >= 'a' && c <= 'z' ? (uint32_t)c - 0x20 : (uint32_t)c;
}

struct str roster_class_name(struct arena *a, struct str name)
{
	int level;
	struct str letters;
	/* "5А класс" */
	struct str words[2] = {STR(" класс"), STR(" кл")};
	for (size_t i = 0; i < 2; i++)
		if (name.n > words[i].n && str_eq(str_n(name.p + name.n - words[i].n, words[i].n), words[i]))
			name.n -= words[i].n;
	level_of_name(name, &level, &letters);
	size_t at = 0, n = 0;
	char *p = level ? arena_alloc(a, 4 + letters.n * 2 + 4) : NULL;
	if (!p || (!letters.n && name.n > 2))
		return name;
	if (level >= 10)
		p[n++] = (char)('0' + level / 10);
	p[n++] = (char)('0' + level % 10);
	bool one = utf8_count(letters) == 1;
	for (int32_t c; (c = utf8_next(letters, &at)) >= 0;)
		n += utf8_put(one ? upper((int32_t)to_cyrillic(c)) : upper(c), p + n);
	return str_n(p, n);
}
