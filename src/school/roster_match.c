/* SPDX-License-Identifier: Apache-2.0
 *
 * Who of the file is whom in the organisation. Reads only; a reader's thread, one snapshot.
 *
 * Somebody is the same person by his personal number, else by his phone under the same given name, else by his name: staff in the whole
 * organisation, a pupil in his class, a guardian among those of his child. A pupil of that name in another class is a question.
 */
#include "school/roster_look.h"
#include "school/title.h"

static struct str full_name(struct arena *a, struct str family, struct str given, struct str patronymic)
{
	char *z = arena_printf(a, "%.*s %.*s%s%.*s", (int)family.n, family.p, (int)given.n, given.p, patronymic.n ? " " : "", (int)patronymic.n, patronymic.p);
	return z ? str_of(z) : STR("");
}

struct str look_plan_name(struct look *l, const struct plan_person *p)
{
	return full_name(l->plan->arena, p->family, p->given, p->patronymic);
}

struct str look_person_name(struct look *l, const struct api_person *p)
{
	return full_name(l->plan->arena, p->family_name, p->given_name, p->has_patronymic ? p->patronymic : STR(""));
}

void look_problem(struct look *l, enum api_roster_severity severity, enum api_roster_problem_key key, const struct plan_at *at, struct str name,
	struct str was, struct str became)
{
	size_t n = l->plan->problems.n;
	plan_problem(l->plan, severity, key, at, 0);
	if (l->plan->problems.n == n)
		return;
	struct plan_problem *p = &l->plan->problems.p[n];
	p->name = name;
	p->was = was;
	p->became = became;
}

struct str look_fold(struct look *l, struct str s)
{
	return plan_fold(l->plan, s);
}

static bool differ_external(struct str has, struct str wants)
{
	return has.n && wants.n && !str_eq(has, wants);
}

/* --- who is it? */

static bool claim(struct look *l, size_t i, const struct import_candidate *c)
{
	if (map_find(l->diff->claimed, (uint64_t)c->person.v))
		return false;
	map_put(l->diff->claimed, (uint64_t)c->person.v, (void *)(uintptr_t)(i + 1));
	struct roster_person *p = &l->diff->people.p[i];
	p->person = c->person;
	p->role = c->role;
	p->came_in = c->came_in;
	return true;
}

/* Staff stays what it is, and may be a parent too. */
static bool role_fits(enum role has, enum api_role wanted)
{
	if ((enum role)wanted == has)
		return true;
	return school_is_staff(has) && (wanted == API_ROLE_TEACHER || wanted == API_ROLE_GUARDIAN);
}

static enum err patronymic_fits(struct look *l, const struct plan_person *want, struct person_id person, bool *out)
{
	struct api_person is;
	enum err e = account_person_get(l->tx, person, &is);
	*out = !e && (!want->patronymic.n || !is.has_patronymic || str_eq(look_fold(l, want->patronymic), look_fold(l, is.patronymic)));
	return e;
}

static void role_conflict(struct look *l, const struct plan_person *want, struct person_id person)
{
	struct api_person is;
	if (!account_person_get(l->tx, person, &is))
		look_problem(l, API_ROSTER_SEVERITY_ERROR, API_ROSTER_PROBLEM_KEY_ROLE_CONFLICT, &want->at, look_person_name(l, &is), STR(""), STR(""));
}

static enum err by_external(struct look *l, size_t i)
{
	struct plan_person *want = &l->plan->people.p[i];
	struct import_candidate c;
	int64_t own;
	enum err e;
	if (!want->external.n)
		return ERR_OK;
	if (str_starts(want->external, STR(PLAN_OWN_ID))) {
		struct str digits = str_n(want->external.p + sizeof PLAN_OWN_ID - 1, want->external.n - (sizeof PLAN_OWN_ID - 1));
		want->external = STR(""); /* it is nobody's number but ours */
		if (str_to_i64(digits, &own))
			return ERR_OK;
		e = import_sql_by_person(l->tx, l->task->org, (struct person_id){own}, &c);
	} else {
		e = import_sql_by_external(l->tx, l->task->org, want->external, &c);
	}
	if (e)
		return e == ERR_NOT_FOUND ? ERR_OK : e;
	if (role_fits(c.role, want->role))
		claim(l, i, &c);
	else
		role_conflict(l, want, c.person);
	return ERR_OK;
}

static enum err by_phone(struct look *l, size_t i)
{
	struct plan_person *want = &l->plan->people.p[i];
	struct import_candidate c;
	struct person_id holder;
	struct api_person is;
	struct str name, given;
	if (!want->phone.n || l->diff->people.p[i].person.v)
		return ERR_OK;
	enum err e = account_person_by_phone(l->tx, want->phone, &holder);
	if (e || !holder.v)
		return e;
	e = account_person_get(l->tx, holder, &is);
	if (!e)
		e = title_of_person(l->tx, &is, &name, &given);
	if (e)
		return e;
	e = import_sql_by_person(l->tx, l->task->org, holder, &c);
	if (e && e != ERR_NOT_FOUND)
		return e;
	bool same_given = str_eq(given, look_fold(l, want->given)), same = str_eq(name, want->fold);
	/* A stranger's name is not told. */
	if (e == ERR_NOT_FOUND ? !same : !same_given) {
		struct plan_at at = want->at;
		at.value = want->phone;
		look_problem(l, API_ROSTER_SEVERITY_ERROR, API_ROSTER_PROBLEM_KEY_PHONE_OF_OTHER, &at, e ? STR("") : look_person_name(l, &is), STR(""), STR(""));
		return ERR_OK;
	}
	if (e)
		return ERR_OK; /* his account is there already; he joins with it */
	if (!role_fits(c.role, want->role))
		role_conflict(l, want, c.person);
	else if (differ_external(c.external, want->external))
		look_problem(l, API_ROSTER_SEVERITY_ERROR, API_ROSTER_PROBLEM_KEY_PHONE_OF_OTHER, &want->at, look_person_name(l, &is), STR(""), STR(""));
	else
		claim(l, i, &c);
	return ERR_OK;
}

/* Where a person of that name must be for being the same one. */
static enum err place_fits(struct look *l, size_t i, const struct import_candidate *c, bool *out)
{
	const struct plan_person *want = &l->plan->people.p[i];
	*out = true;
	if (want->role == API_ROLE_STUDENT) {
		struct unit_id is;
		enum err e = roster_sql_only_one(l->tx, l->task->org, c->person, &is);
		*out = is.v == (want->unit ? l->plan->units.p[want->unit - 1].id : 0);
		return e;
	}
	if (want->role == API_ROLE_GUARDIAN) {
		size_t child = l->child_of[i];
		struct person_id his = child ? l->diff->people.p[child - 1].person : (struct person_id){0};
		*out = false;
		return his.v ? import_sql_bound(l->tx, l->task->org, c->person, his, out) : ERR_OK;
	}
	return ERR_OK;
}

/* A candidate by name who may be this person; anywhere: wherever he is. */
static enum err by_name(struct look *l, size_t i, bool anywhere, struct import_candidate *out, size_t *n_out)
{
	const struct plan_person *want = &l->plan->people.p[i];
	struct import_candidate all[LOOK_CANDIDATES_MAX];
	size_t n;
	*n_out = 0;
	enum err e = import_sql_by_name(l->tx, l->task->org, want->fold, all, LOOK_CANDIDATES_MAX, &n);
	for (size_t k = 0; !e && k < n; k++) {
		bool fits = role_fits(all[k].role, want->role) && !map_find(l->diff->claimed, (uint64_t)all[k].person.v) &&
			    !differ_external(all[k].external, want->external), there = true;
		if (fits)
			e = patronymic_fits(l, want, all[k].person, &fits);
		if (!e && fits && !anywhere)
			e = place_fits(l, i, &all[k], &there);
		/* A teacher or parent with another number is another person; a pupil of the class has changed it. */
		if (!e && fits && there && want->phone.n && want->role != API_ROLE_STUDENT) {
			bool known;
			e = account_phone_known(l->tx, all[k].person, &known);
			fits = !known || (want->role == API_ROLE_GUARDIAN && !anywhere);
		}
		if (!e && fits && there && (*n_out)++ == 0)
			*out = all[k];
	}
	return e;
}

static void ambiguous(struct look *l, const struct plan_person *want)
{
	look_problem(l, API_ROSTER_SEVERITY_ERROR, API_ROSTER_PROBLEM_KEY_NAMESAKES_MANY, &want->at, look_plan_name(l, want), STR(""), STR(""));
}

static enum err sure(struct look *l, size_t i)
{
	struct import_candidate c;
	size_t n = 0;
	enum err e = by_external(l, i);
	if (!e)
		e = by_phone(l, i);
	if (!e && !l->diff->people.p[i].person.v)
		e = by_name(l, i, false, &c, &n);
	if (e || !n)
		return e;
	if (n == 1)
		claim(l, i, &c);
	else
		ambiguous(l, &l->plan->people.p[i]);
	return ERR_OK;
}

static const struct roster_answer *answer_to(struct look *l, const struct plan_person *want)
{
	for (size_t k = 0; k < l->answer_n; k++)
		if (l->answers[k].sheet == want->at.sheet && l->answers[k].line == want->at.line)
			return &l->answers[k];
	return NULL;
}

enum err look_unit_name(struct look *l, struct unit_id unit, struct str *out)
{
	bool living;
	*out = STR("");
	enum err e = unit.v ? school_unit_name(l->tx, l->task->org, unit, out, &living) : ERR_OK;
	*out = arena_str(l->plan->arena, *out);
	return e == ERR_NOT_FOUND ? ERR_OK : e;
}

/* Of the name, but in another class: moved, or a namesake? */
static enum err doubtful(struct look *l, size_t i)
{
	struct plan_person *want = &l->plan->people.p[i];
	struct roster_person *is = &l->diff->people.p[i];
	struct import_candidate c;
	struct api_person names;
	struct unit_id unit;
	struct str from;
	size_t n;
	if (is->person.v || want->role != API_ROLE_STUDENT || want->leaves)
		return ERR_OK;
	enum err e = by_name(l, i, true, &c, &n);
	if (e || !n)
		return e;
	const struct roster_answer *answer = answer_to(l, want);
	if (answer && !answer->same)
		return ERR_OK;
	if (n > 1) {
		ambiguous(l, want);
		return ERR_OK;
	}
	if (answer || !want->unit) { /* in no class of the file: he stays where he is */
		claim(l, i, &c);
		return ERR_OK;
	}
	e = roster_sql_only_one(l->tx, l->task->org, c.person, &unit);
	if (!e)
		e = look_unit_name(l, unit, &from);
	if (!e)
		e = account_person_get(l->tx, c.person, &names);
	is->is_question = true;
	if (!e)
		look_problem(l, API_ROSTER_SEVERITY_QUESTION, API_ROSTER_PROBLEM_KEY_NAMESAKE, &want->at, look_person_name(l, &names), from,
			l->plan->units.p[want->unit - 1].name);
	return e;
}

enum err look_find_people(struct look *l)
{
	static const enum api_role order[] = {API_ROLE_STUDENT, API_ROLE_TEACHER, API_ROLE_GUARDIAN};
	enum err e = ERR_OK;
	for (size_t i = 0; i < l->plan->bonds.n; i++)
		l->child_of[l->plan->bonds.p[i].guardian] = l->plan->bonds.p[i].child + 1;
	for (size_t k = 0; k < 3; k++) {
		for (size_t i = 0; !e && i < l->plan->people.n; i++)
			if (l->plan->people.p[i].role == order[k])
				e = sure(l, i);
		for (size_t i = 0; !e && k == 0 && i < l->plan->people.n; i++)
			e = doubtful(l, i);
	}
	return e;
}
