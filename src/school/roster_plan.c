/* SPDX-License-Identifier: Apache-2.0
 *
 * Gathering a plan: names, numbers and titles are checked, people and units that are named twice become one. See roster_plan.h.
 */
#include "school/roster_plan.h"

#include "base/utf8.h"
#include "school/level.h"
#include "server/format.h"

#include <stdio.h>

#define LINKS_MAX 60000 /* places, bonds, lines of teaching: of each */

static size_t index_of(const struct strmap *m, struct str key)
{
	return (size_t)(uintptr_t)strmap_find(m, key);
}

static void put(struct strmap *m, struct str key, size_t index)
{
	strmap_put(m, key, (void *)(uintptr_t)index);
}

static struct str shown(struct roster_plan *p, struct str s)
{
	while (s.n > PLAN_SHOWN_MAX)
		s.n = PLAN_SHOWN_MAX;
	while (s.n && s.n == PLAN_SHOWN_MAX && ((unsigned char)s.p[s.n - 1] & 0xc0) == 0x80)
		s.n--;
	if (s.n == PLAN_SHOWN_MAX || !utf8_valid(s)) /* the first byte of a sign that was cut */
		while (s.n && !utf8_valid(s))
			s.n--;
	return arena_str(p->arena, s);
}

void plan_problem(struct roster_plan *p, enum api_roster_severity severity, enum api_roster_problem_key key, const struct plan_at *at,
	uint32_t other_line)
{
	p->errors += severity == API_ROSTER_SEVERITY_ERROR;
	p->warnings += severity == API_ROSTER_SEVERITY_WARNING;
	p->questions += severity == API_ROSTER_SEVERITY_QUESTION;
	if (p->problems.n >= PLAN_PROBLEMS_MAX)
		return;
	struct plan_problem one = {.severity = severity, .key = key, .at = *at, .other_line = other_line};
	one.at.value = shown(p, at->value);
	one.at.column_name = shown(p, at->column_name);
	VEC_PUSH(&p->problems, one);
}

static void bad(struct roster_plan *p, enum api_roster_problem_key key, const struct plan_at *at)
{
	plan_problem(p, API_ROSTER_SEVERITY_ERROR, key, at, 0);
}

struct str plan_fold(struct roster_plan *p, struct str s)
{
	char *out = arena_alloc(p->arena, s.n + 1);
	if (!out)
		return STR("");
	struct str f = {out, utf8_fold_name(s, out)};
	size_t n = 0;
	bool gap = false;
	for (size_t i = 0; i < f.n; i++) {
		bool space = (unsigned char)f.p[i] <= ' ';
		if (space && (gap || !n))
			continue;
		out[n++] = space ? ' ' : f.p[i];
		gap = space;
	}
	return str_n(out, n && out[n - 1] == ' ' ? n - 1 : n);
}

static bool is_formula(struct str s)
{
	return s.n && (s.p[0] == '=' || s.p[0] == '+' || s.p[0] == '-' || s.p[0] == '@' || s.p[0] == '|');
}

static bool is_title(struct str s)
{
	size_t at = 0;
	for (int32_t c; (c = utf8_next(s, &at)) >= 0;)
		if (c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x200e || c == 0x200f || (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069))
			return false;
	return s.n && utf8_count(s) <= PLAN_TITLE_MAX;
}

/* --- units and subjects */

static struct str unit_key(struct roster_plan *p, enum api_unit_kind kind, struct str fold)
{
	char *z = arena_printf(p->arena, "%d|%.*s", (int)kind, (int)fold.n, fold.p);
	return z ? str_of(z) : STR("");
}

size_t plan_unit_named(struct roster_plan *p, enum api_unit_kind kind, struct str name, const struct plan_at *at)
{
	int level = 1;
	struct str letter;
	struct str plain = str_trim_ascii(name), key = unit_key(p, kind, plan_fold(p, plain));
	size_t known = index_of(p->unit_by_name, key);
	if (known)
		return known;
	if (is_formula(plain)) {
		bad(p, API_ROSTER_PROBLEM_KEY_FORMULA, at);
		return 0;
	}
	if (kind == API_UNIT_KIND_CLASS) {
		plain = roster_class_name(p->arena, plain);
		level_of_name(plain, &level, &letter);
	}
	struct str fold = plan_fold(p, plain);
	key = unit_key(p, kind, fold);
	known = index_of(p->unit_by_name, key);
	if (known)
		return known;
	if (!level || !is_title(plain)) {
		bad(p, kind == API_UNIT_KIND_CLASS ? API_ROSTER_PROBLEM_KEY_UNKNOWN_CLASS : API_ROSTER_PROBLEM_KEY_BAD_TITLE, at);
		return 0;
	}
	if (p->units.n >= PLAN_UNITS_MAX * 2) { /* those that are there and those that are wanted */
		bad(p, API_ROSTER_PROBLEM_KEY_TOO_MANY_UNITS, at);
		return 0;
	}
	VEC_PUSH(&p->units, ((struct plan_unit){.kind = kind, .name = arena_str(p->arena, plain), .fold = fold}));
	put(p->unit_by_name, key, p->units.n);
	return p->units.n;
}

static void add_known(struct roster_plan *p, const struct plan_known_unit *known, size_t n)
{
	for (size_t i = 0; i < n && p->units.n < PLAN_UNITS_MAX; i++) {
		struct str name = arena_str(p->arena, known[i].name), fold = plan_fold(p, name);
		VEC_PUSH(&p->units, ((struct plan_unit){.kind = known[i].kind, .name = name, .fold = fold, .id = known[i].id}));
		put(p->unit_by_name, unit_key(p, known[i].kind, fold), p->units.n);
		if (known[i].kind == API_UNIT_KIND_CLASS) {
			struct str key = unit_key(p, known[i].kind, plan_fold(p, roster_class_name(p->arena, name)));
			if (!index_of(p->unit_by_name, key))
				put(p->unit_by_name, key, p->units.n);
		}
	}
}

size_t plan_subject_named(struct roster_plan *p, struct str name, const struct plan_at *at)
{
	struct str plain = str_trim_ascii(name), fold = plan_fold(p, plain);
	size_t known = index_of(p->subject_by_name, fold);
	if (known)
		return known;
	if (is_formula(plain) || !is_title(plain) || p->subjects.n >= PLAN_SUBJECTS_MAX) {
		bad(p, is_formula(plain) ? API_ROSTER_PROBLEM_KEY_FORMULA : API_ROSTER_PROBLEM_KEY_BAD_TITLE, at);
		return 0;
	}
	VEC_PUSH(&p->subjects, arena_str(p->arena, plain));
	put(p->subject_by_name, fold, p->subjects.n);
	return p->subjects.n;
}

/* --- links */

static bool first_time(struct roster_plan *p, char what, size_t a, size_t b, size_t c)
{
	char key[80];
	int n = snprintf(key, sizeof key, "%c%zu.%zu.%zu", what, a, b, c);
	if (n < 0 || strmap_count(p->pairs) >= LINKS_MAX * 3 || index_of(p->pairs, str_n(key, (size_t)n)))
		return false;
	put(p->pairs, str_n(key, (size_t)n), 1);
	return true;
}

void plan_place(struct roster_plan *p, size_t person, size_t unit, bool lead)
{
	if (person && unit && p->places.n < LINKS_MAX && first_time(p, lead ? 'l' : 'p', person, unit, 0))
		VEC_PUSH(&p->places, ((struct plan_place){person - 1, unit - 1, lead}));
}

void plan_bond(struct roster_plan *p, size_t guardian, size_t child)
{
	if (guardian && child && guardian != child && p->bonds.n < LINKS_MAX && first_time(p, 'b', guardian, child, 0))
		VEC_PUSH(&p->bonds, ((struct plan_bond){guardian - 1, child - 1}));
}

void plan_teaching(struct roster_plan *p, size_t teacher, size_t unit, size_t subject)
{
	if (teacher && unit && subject && p->teachings.n < LINKS_MAX && first_time(p, 't', teacher, unit, subject))
		VEC_PUSH(&p->teachings, ((struct plan_teaching){teacher - 1, unit - 1, subject - 1}));
}

/* --- people */

static struct str next_word(struct str *rest)
{
	struct str s = str_trim_ascii(*rest);
	size_t i = 0;
	while (i < s.n && (unsigned char)s.p[i] > ' ' && !(i + 1 < s.n && (unsigned char)s.p[i] == 0xc2 && (unsigned char)s.p[i + 1] == 0xa0))
		i++;
	struct str word = str_n(s.p, i);
	size_t skip = i < s.n && (unsigned char)s.p[i] == 0xc2 ? 2 : 0;
	*rest = str_trim_ascii(str_n(s.p + i + skip, s.n - i - skip));
	return word;
}

static bool check_name(struct roster_plan *p, struct str in, const struct plan_at *at, struct str *out)
{
	if (is_formula(in)) {
		bad(p, API_ROSTER_PROBLEM_KEY_FORMULA, at);
		return false;
	}
	if (format_person_name(p->arena, in, out) || utf8_count(*out) > 60) {
		bad(p, API_ROSTER_PROBLEM_KEY_BAD_NAME, at);
		return false;
	}
	return true;
}

static bool check_names(struct roster_plan *p, const struct plan_want *w, struct plan_person *out)
{
	struct str family = str_trim_ascii(w->family), given = str_trim_ascii(w->given), patronymic = str_trim_ascii(w->patronymic);
	struct str full = str_trim_ascii(w->full);
	if (is_formula(full)) {
		bad(p, API_ROSTER_PROBLEM_KEY_FORMULA, &w->at_name);
		return false;
	}
	if (full.n) {
		family = next_word(&full);
		given = next_word(&full);
		patronymic = full;
	}
	if (!family.n || !given.n) {
		bad(p, family.n ? API_ROSTER_PROBLEM_KEY_MISSING_GIVEN_NAME : API_ROSTER_PROBLEM_KEY_MISSING_NAME, &w->at_name);
		return false;
	}
	out->patronymic = STR("");
	return check_name(p, family, &w->at_name, &out->family) && check_name(p, given, &w->at_name, &out->given) &&
	       (!patronymic.n || check_name(p, patronymic, &w->at_name, &out->patronymic));
}

static bool check_external(struct str s)
{
	size_t at = 0;
	for (int32_t c; (c = utf8_next(s, &at)) >= 0;)
		if (c < 0x20 || c == 0x7f)
			return false;
	return s.n <= PLAN_EXTERNAL_MAX && !is_formula(s);
}

static bool differ(struct str a, struct str b)
{
	return a.n && b.n && !str_eq(a, b);
}

static struct str name_key(struct roster_plan *p, char what, size_t of, const struct plan_person *who)
{
	struct str patronymic = plan_fold(p, who->patronymic);
	char *z = arena_printf(p->arena, "%c%zu|%.*s|%.*s", what, of, (int)who->fold.n, who->fold.p, (int)patronymic.n, patronymic.p);
	return z ? str_of(z) : STR("");
}

static bool same_names(struct roster_plan *p, const struct plan_person *a, const struct plan_person *b)
{
	return str_eq(a->fold, b->fold) &&
	       (!a->patronymic.n || !b->patronymic.n || str_eq(plan_fold(p, a->patronymic), plan_fold(p, b->patronymic)));
}

/* The same number, personal or of a phone: one person, or a mistake. index + 1 of whom the new one is; 0: a problem was added. */
static size_t same_number(struct roster_plan *p, size_t known, const struct plan_person *now, enum api_roster_problem_key key,
	const struct plan_at *at)
{
	struct plan_person *was = &p->people.p[known - 1];
	bool students = was->role == API_ROLE_STUDENT, student = now->role == API_ROLE_STUDENT;
	if (!same_names(p, was, now) || students != student) {
		plan_problem(p, API_ROSTER_SEVERITY_ERROR, key, at, was->at.line);
		return 0;
	}
	if (student) {
		plan_problem(p, API_ROSTER_SEVERITY_ERROR, API_ROSTER_PROBLEM_KEY_DUPLICATE_PERSON, &now->at, was->at.line);
		return 0;
	}
	return known;
}

/* A student of the same name: the same one twice, or a namesake who can be told from him. */
static bool student_may_be(struct roster_plan *p, const struct plan_person *now)
{
	size_t here = index_of(p->by_name, name_key(p, 's', now->unit, now)), anywhere = index_of(p->by_name, name_key(p, 'S', 0, now));
	size_t known = here ? here : anywhere;
	if (!known)
		return true;
	const struct plan_person *was = &p->people.p[known - 1];
	if (differ(was->external, now->external) || differ(was->phone, now->phone))
		return true;
	bool certain = here || now->patronymic.n;
	plan_problem(p, certain ? API_ROSTER_SEVERITY_ERROR : API_ROSTER_SEVERITY_WARNING,
		here ? API_ROSTER_PROBLEM_KEY_DUPLICATE_PERSON : certain ? API_ROSTER_PROBLEM_KEY_TWO_CLASSES : API_ROSTER_PROBLEM_KEY_NAMESAKES_IN_FILE, &now->at,
		was->at.line);
	return !certain;
}

static size_t adult_by_name(struct roster_plan *p, const struct plan_person *now, size_t child)
{
	size_t known = index_of(p->by_name, now->role == API_ROLE_TEACHER ? name_key(p, 't', 0, now) : name_key(p, 'g', child, now));
	if (!known)
		return 0;
	const struct plan_person *was = &p->people.p[known - 1];
	return differ(was->external, now->external) || differ(was->phone, now->phone) ? 0 : known;
}

static void index_person(struct roster_plan *p, size_t i, size_t child)
{
	const struct plan_person *one = &p->people.p[i - 1];
	if (one->external.n)
		put(p->by_external, one->external, i);
	if (one->phone.n)
		put(p->by_phone, one->phone, i);
	if (one->role == API_ROLE_STUDENT) {
		put(p->by_name, name_key(p, 's', one->unit, one), i);
		put(p->by_name, name_key(p, 'S', 0, one), i);
		if (one->patronymic.n) { /* for guardians' rows, which may leave it out */
			struct plan_person bare = *one;
			bare.patronymic = STR("");
			struct str key = name_key(p, 'c', 0, &bare);
			put(p->by_name, key, index_of(p->by_name, key) ? SIZE_MAX >> 1 : i);
		}
	} else {
		put(p->by_name, one->role == API_ROLE_TEACHER ? name_key(p, 't', 0, one) : name_key(p, 'g', child, one), i);
	}
}

static size_t merge(struct roster_plan *p, size_t known, const struct plan_person *now, size_t child)
{
	struct plan_person *was = &p->people.p[known - 1];
	if (!was->phone.n)
		was->phone = now->phone;
	if (!was->external.n)
		was->external = now->external;
	if (!was->patronymic.n)
		was->patronymic = now->patronymic;
	if (now->role == API_ROLE_TEACHER) /* who is staff is a parent as well, not the other way round */
		was->role = API_ROLE_TEACHER;
	index_person(p, known, child);
	return known;
}

size_t plan_person_wanted(struct roster_plan *p, const struct plan_want *w)
{
	struct plan_person now = {.role = w->role, .unit = w->unit, .at = w->at, .external = arena_str(p->arena, str_trim_ascii(w->external)), .phone = STR("")};
	bool fine = check_names(p, w, &now);
	struct str phone = str_trim_ascii(w->phone);
	if (phone.n && format_phone(p->arena, phone, &now.phone)) {
		bad(p, API_ROSTER_PROBLEM_KEY_BAD_PHONE, &w->at_phone);
		fine = false;
	}
	if (now.external.n && !check_external(now.external)) {
		bad(p, API_ROSTER_PROBLEM_KEY_BAD_EXTERNAL, &w->at_external);
		fine = false;
	}
	if (!fine)
		return 0;
	now.phone = arena_str(p->arena, now.phone);
	now.family = arena_str(p->arena, now.family);
	now.given = arena_str(p->arena, now.given);
	now.patronymic = arena_str(p->arena, now.patronymic);
	char *name = arena_printf(p->arena, "%.*s %.*s", (int)now.family.n, now.family.p, (int)now.given.n, now.given.p);
	now.fold = name ? plan_fold(p, str_of(name)) : STR("");
	size_t known = now.external.n ? index_of(p->by_external, now.external) : 0;
	if (known) {
		known = same_number(p, known, &now, API_ROSTER_PROBLEM_KEY_EXTERNAL_TWICE, &w->at_external);
		return known ? merge(p, known, &now, w->child) : 0;
	}
	known = now.phone.n ? index_of(p->by_phone, now.phone) : 0;
	if (known && differ(p->people.p[known - 1].external, now.external)) {
		plan_problem(p, API_ROSTER_SEVERITY_ERROR, API_ROSTER_PROBLEM_KEY_PHONE_TWICE, &w->at_phone, p->people.p[known - 1].at.line);
		return 0;
	}
	if (known) {
		known = same_number(p, known, &now, API_ROSTER_PROBLEM_KEY_PHONE_TWICE, &w->at_phone);
		return known ? merge(p, known, &now, w->child) : 0;
	}
	if (now.role == API_ROLE_STUDENT ? !student_may_be(p, &now) : false)
		return 0;
	known = now.role == API_ROLE_STUDENT ? 0 : adult_by_name(p, &now, w->child);
	if (known)
		return merge(p, known, &now, w->child);
	VEC_PUSH(&p->people, now);
	index_person(p, p->people.n, w->child);
	return p->people.n;
}

/* --- children that guardians' rows name */

static size_t child_named(struct roster_plan *p, struct str name, bool *ambiguous_out)
{
	struct plan_person who = {.patronymic = STR("")};
	struct str rest = name, family = next_word(&rest), given = next_word(&rest);
	size_t by_number = index_of(p->by_external, str_trim_ascii(name));
	*ambiguous_out = false;
	if (by_number)
		return p->people.p[by_number - 1].role == API_ROLE_STUDENT ? by_number : 0;
	char *full = arena_printf(p->arena, "%.*s %.*s", (int)family.n, family.p, (int)given.n, given.p);
	who.fold = full ? plan_fold(p, str_of(full)) : STR("");
	who.patronymic = rest;
	size_t known = index_of(p->by_name, name_key(p, 'S', 0, &who));
	if (!known && !rest.n)
		known = index_of(p->by_name, name_key(p, 'c', 0, &who));
	*ambiguous_out = known == SIZE_MAX >> 1;
	return *ambiguous_out ? 0 : known;
}

static void resolve_children(struct roster_plan *p)
{
	size_t kept = 0;
	for (size_t i = 0; i < p->children.n; i++) {
		struct plan_child *c = &p->children.p[i];
		bool ambiguous;
		size_t child = child_named(p, c->name, &ambiguous);
		if (ambiguous)
			bad(p, API_ROSTER_PROBLEM_KEY_CHILD_AMBIGUOUS, &c->at);
		else if (child)
			plan_bond(p, c->guardian + 1, child);
		else
			p->children.p[kept++] = *c; /* perhaps the organisation has him */
	}
	p->children.n = kept;
}

/* --- */

enum err roster_plan_make(struct roster_plan *out, const struct sheets *tables, enum api_org_type type, const struct plan_known_unit *known,
	size_t known_n)
{
	*out = (struct roster_plan){.arena = arena_new(PLAN_ARENA_MAX), .type = type, .sheet_n = tables->n};
	struct strmap **maps[] = {&out->unit_by_name, &out->subject_by_name, &out->by_external, &out->by_phone, &out->by_name, &out->pairs};
	for (size_t i = 0; i < sizeof maps / sizeof *maps; i++)
		*maps[i] = strmap_new();
	out->sheet_names = arena_array(out->arena, tables->n + 1, sizeof *out->sheet_names);
	if (!out->sheet_names)
		return ERR_NOMEM;
	for (size_t i = 0; i < tables->n; i++)
		out->sheet_names[i] = arena_str(out->arena, tables->items[i].name);
	add_known(out, known, known_n);
	out->one_roster = roster_is_oneroster(tables);
	enum err e = out->one_roster ? roster_oneroster_read(out, tables) : roster_table_read(out, tables);
	if (!e)
		resolve_children(out);
	struct plan_at nowhere = {.line = 0, .column_name = STR(""), .value = STR("")};
	if (!e && !out->people.n && !out->errors)
		bad(out, API_ROSTER_PROBLEM_KEY_NO_PEOPLE, &nowhere);
	return e ? e : arena_failed(out->arena) ? ERR_NOMEM : ERR_OK;
}

void roster_plan_release(struct roster_plan *p)
{
	VEC_RELEASE(&p->units);
	VEC_RELEASE(&p->subjects);
	VEC_RELEASE(&p->people);
	VEC_RELEASE(&p->places);
	VEC_RELEASE(&p->bonds);
	VEC_RELEASE(&p->teachings);
	VEC_RELEASE(&p->children);
	VEC_RELEASE(&p->problems);
	struct strmap **maps[] = {&p->unit_by_name, &p->subject_by_name, &p->by_external, &p->by_phone, &p->by_name, &p->pairs};
	for (size_t i = 0; i < sizeof maps / sizeof *maps; i++)
		strmap_free(maps[i]);
	arena_free(&p->arena);
}
