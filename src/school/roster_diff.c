/* SPDX-License-Identifier: Apache-2.0
 *
 * What a plan would change in an organisation: what is not so yet, and who is not in the file. Reads only; a reader's thread, one snapshot.
 */
#include "school/roster_look.h"

static void change(struct look *l, enum api_roster_change_kind kind, struct str name, enum role role, const struct plan_at *at, struct str was, struct str became)
{
	if (l->diff->changes.n < ROSTER_CHANGES_MAX)
		VEC_PUSH(&l->diff->changes, ((struct roster_change){kind, name, was, became, role, *at}));
}

/* --- what is not so yet? */

static enum err compare_name(struct look *l, const struct plan_person *want, struct roster_person *is)
{
	struct api_person names;
	enum err e = account_person_get(l->tx, is->person, &names);
	if (e)
		return e;
	struct str patronymic = names.has_patronymic ? names.patronymic : STR("");
	bool same = str_eq(look_fold(l, names.family_name), look_fold(l, want->family)) && str_eq(look_fold(l, names.given_name), look_fold(l, want->given)) &&
		    (!want->patronymic.n || str_eq(look_fold(l, patronymic), look_fold(l, want->patronymic)));
	if (same)
		return ERR_OK;
	if (!is->came_in) {
		is->rename = true;
		change(l, API_ROSTER_CHANGE_KIND_RENAMED, look_plan_name(l, want), is->role, &want->at, look_person_name(l, &names), look_plan_name(l, want));
	} else if (patronymic.n || str_eq(look_fold(l, names.family_name), look_fold(l, want->family)) == false || !str_eq(look_fold(l, names.given_name), look_fold(l, want->given))) {
		look_problem(l, API_ROSTER_SEVERITY_WARNING, API_ROSTER_PROBLEM_KEY_NAME_KEPT, &want->at, look_person_name(l, &names), look_person_name(l, &names),
			look_plan_name(l, want));
	}
	return ERR_OK;
}

static enum err compare_numbers(struct look *l, const struct plan_person *want, struct roster_person *is)
{
	struct import_candidate c;
	struct person_id holder = {0};
	bool known;
	enum err e = import_sql_by_person(l->tx, l->task->org, is->person, &c);
	if (!e && want->external.n && !str_eq(c.external, want->external)) {
		is->set_external = true;
		change(l, API_ROSTER_CHANGE_KIND_EXTERNAL_ID, look_plan_name(l, want), is->role, &want->at, arena_str(l->plan->arena, c.external), want->external);
	}
	if (!e && want->phone.n)
		e = account_person_by_phone(l->tx, want->phone, &holder);
	if (e || !want->phone.n || holder.v == is->person.v)
		return e;
	e = account_phone_known(l->tx, is->person, &known);
	if (!e && (known || holder.v)) {
		look_problem(l, API_ROSTER_SEVERITY_WARNING, API_ROSTER_PROBLEM_KEY_PHONE_KEPT, &want->at, look_plan_name(l, want), STR(""), want->phone);
	} else if (!e) {
		is->give_phone = true;
		change(l, API_ROSTER_CHANGE_KIND_PHONE, look_plan_name(l, want), is->role, &want->at, STR(""), want->phone);
	}
	return e;
}

static enum err compare_class(struct look *l, const struct plan_person *want, struct roster_person *is)
{
	struct unit_id now;
	struct str from;
	if (want->role != API_ROLE_STUDENT || !want->unit)
		return ERR_OK;
	const struct plan_unit *unit = &l->plan->units.p[want->unit - 1];
	enum err e = roster_sql_only_one(l->tx, l->task->org, is->person, &now);
	if (e || (unit->id && now.v == unit->id))
		return e;
	e = look_unit_name(l, now, &from);
	is->transfer = now.v > 0;
	is->join_unit = !now.v;
	is->from = now;
	change(l, is->transfer ? API_ROSTER_CHANGE_KIND_TRANSFER : API_ROSTER_CHANGE_KIND_JOINS, look_plan_name(l, want), is->role, &want->at, from, unit->name);
	l->diff->counts.transfers += is->transfer;
	return e;
}

static enum err compare_person(struct look *l, size_t i)
{
	const struct plan_person *want = &l->plan->people.p[i];
	struct roster_person *is = &l->diff->people.p[i];
	struct api_roster_counts *c = &l->diff->counts;
	struct str unit = want->unit ? l->plan->units.p[want->unit - 1].name : STR("");
	enum err e;
	if (want->leaves) {
		/* Whoever leads the organisation is not removed by a file. */
		is->leaves = is->person.v && (is->role == ROLE_TEACHER || is->role == ROLE_STUDENT || is->role == ROLE_GUARDIAN);
		c->leaving += is->leaves;
		if (is->leaves)
			change(l, API_ROSTER_CHANGE_KIND_LEAVES, look_plan_name(l, want), is->role, &want->at, STR(""), STR(""));
		return ERR_OK;
	}
	if (is->is_question)
		return ERR_OK;
	if (!is->person.v) {
		is->is_new = true;
		c->students_new += want->role == API_ROLE_STUDENT;
		c->teachers_new += want->role == API_ROLE_TEACHER;
		c->guardians_new += want->role == API_ROLE_GUARDIAN;
		change(l, API_ROSTER_CHANGE_KIND_PERSON_NEW, look_plan_name(l, want), (enum role)want->role, &want->at, STR(""), unit);
		return ERR_OK;
	}
	e = compare_name(l, want, is);
	if (!e)
		e = compare_numbers(l, want, is);
	if (!e)
		e = compare_class(l, want, is);
	bool other = is->rename || is->set_external || is->give_phone || is->transfer || is->join_unit;
	c->changed += other;
	c->unchanged += !other;
	return e;
}

static enum err compare_places(struct look *l)
{
	enum err e = ERR_OK;
	for (size_t i = 0; !e && i < l->plan->places.n; i++) {
		const struct plan_place *p = &l->plan->places.p[i];
		const struct plan_unit *unit = &l->plan->units.p[p->unit];
		const struct plan_person *want = &l->plan->people.p[p->person];
		const struct roster_person *is = &l->diff->people.p[p->person];
		bool lead = false, there = false;
		if (is->person.v && unit->id) {
			e = roster_sql_get(l->tx, l->task->org, (struct unit_id){unit->id}, is->person, &lead);
			there = !e;
			e = e == ERR_NOT_FOUND ? ERR_OK : e;
		}
		if (!e && !(there && (lead || !p->lead)) && !want->leaves)
			change(l, p->lead ? API_ROSTER_CHANGE_KIND_LEAD : API_ROSTER_CHANGE_KIND_JOINS, look_plan_name(l, want), (enum role)want->role, &want->at, STR(""),
				unit->name);
	}
	return e;
}

static struct person_id child_of_bond(struct look *l, const struct plan_bond *b, bool found)
{
	return found ? (struct person_id){(int64_t)b->child} : l->diff->people.p[b->child].person;
}

static enum err compare_bond(struct look *l, const struct plan_bond *b, bool found)
{
	struct person_id guardian = l->diff->people.p[b->guardian].person, child = child_of_bond(l, b, found);
	const struct plan_person *want = &l->plan->people.p[b->guardian];
	struct api_person names;
	bool bound = false;
	enum err e = guardian.v && child.v ? import_sql_bound(l->tx, l->task->org, guardian, child, &bound) : ERR_OK;
	if (e || bound)
		return e;
	l->diff->counts.bonds_new++;
	if (found)
		e = account_person_get(l->tx, child, &names);
	change(l, API_ROSTER_CHANGE_KIND_BOND, look_plan_name(l, want), (enum role)want->role, &want->at, STR(""),
		found ? look_person_name(l, &names) : look_plan_name(l, &l->plan->people.p[b->child]));
	return e;
}

/* Children whom the file's guardians name and who stand only in the organisation. */
static enum err find_children(struct look *l)
{
	enum err e = ERR_OK;
	for (size_t i = 0; !e && i < l->plan->children.n; i++) {
		const struct plan_child *c = &l->plan->children.p[i];
		struct import_candidate all[LOOK_CANDIDATES_MAX], one = {.person = {0}};
		size_t n = 0, fits = 0;
		int64_t own;
		if (str_starts(c->name, STR(PLAN_OWN_ID)) && !str_to_i64(str_n(c->name.p + 3, c->name.n - 3), &own))
			e = import_sql_by_person(l->tx, l->task->org, (struct person_id){own}, &one);
		else
			e = import_sql_by_external(l->tx, l->task->org, c->name, &one);
		e = e == ERR_NOT_FOUND ? ERR_OK : e;
		fits = one.person.v && one.role == ROLE_STUDENT;
		struct str folded = look_fold(l, c->name);
		size_t gap = 0, at = 0;
		for (size_t k = 0; k < folded.n && gap < 2; k++)
			if (folded.p[k] == ' ' && ++gap == 2)
				at = k;
		struct str two = gap == 2 ? str_n(folded.p, at) : folded;
		if (!e && !fits)
			e = import_sql_by_name(l->tx, l->task->org, two, all, LOOK_CANDIDATES_MAX, &n);
		for (size_t k = 0; k < n; k++)
			if (all[k].role == ROLE_STUDENT && fits++ == 0)
				one = all[k];
		if (!e && fits == 1)
			VEC_PUSH(&l->diff->found_children, ((struct plan_bond){c->guardian, (size_t)one.person.v}));
		else if (!e)
			look_problem(l, API_ROSTER_SEVERITY_ERROR, fits ? API_ROSTER_PROBLEM_KEY_CHILD_AMBIGUOUS : API_ROSTER_PROBLEM_KEY_CHILD_UNKNOWN, &c->at, c->name,
				STR(""), STR(""));
	}
	return e;
}

static enum err compare_links(struct look *l)
{
	enum err e = compare_places(l);
	for (size_t i = 0; !e && i < l->plan->bonds.n; i++)
		e = compare_bond(l, &l->plan->bonds.p[i], false);
	for (size_t i = 0; !e && i < l->diff->found_children.n; i++)
		e = compare_bond(l, &l->diff->found_children.p[i], true);
	for (size_t i = 0; !e && i < l->plan->teachings.n; i++) {
		const struct plan_teaching *t = &l->plan->teachings.p[i];
		const struct plan_person *want = &l->plan->people.p[t->teacher];
		struct person_id teacher = l->diff->people.p[t->teacher].person;
		int64_t unit = l->plan->units.p[t->unit].id;
		struct str subject = l->plan->subjects.p[t->subject];
		bool taught = false;
		if (teacher.v && unit)
			e = import_sql_taught(l->tx, l->task->org, (struct unit_id){unit}, teacher, look_fold(l, subject), &taught);
		if (!e && !taught) {
			l->diff->counts.teachings_new++;
			change(l, API_ROSTER_CHANGE_KIND_TEACHING, look_plan_name(l, want), ROLE_TEACHER, &want->at, subject, l->plan->units.p[t->unit].name);
		}
	}
	return e;
}

static enum err new_things(struct look *l)
{
	struct plan_at nowhere = {.column_name = STR(""), .value = STR("")};
	enum err e = ERR_OK;
	for (size_t i = 0; i < l->plan->units.n; i++)
		if (!l->plan->units.p[i].id) {
			l->diff->counts.units_new++;
			change(l, API_ROSTER_CHANGE_KIND_UNIT_NEW, l->plan->units.p[i].name, ROLE_NONE, &nowhere, STR(""), STR(""));
		}
	for (size_t i = 0; !e && i < l->plan->subjects.n; i++) {
		struct subject_id id;
		e = import_sql_subject(l->tx, l->task->org, look_fold(l, l->plan->subjects.p[i]), &id);
		if (!e && !id.v) {
			l->diff->counts.subjects_new++;
			change(l, API_ROSTER_CHANGE_KIND_SUBJECT_NEW, l->plan->subjects.p[i], ROLE_NONE, &nowhere, STR(""), STR(""));
		}
	}
	return e;
}

/* --- who is not in the file */

static enum err absent_one(struct look *l, struct person_id person, enum role role)
{
	struct plan_at nowhere = {.column_name = STR(""), .value = STR("")};
	struct api_person names;
	if (map_find(l->diff->claimed, (uint64_t)person.v))
		return ERR_OK;
	enum err e = account_person_get(l->tx, person, &names);
	if (e)
		return e;
	map_put(l->diff->claimed, (uint64_t)person.v, l);
	VEC_PUSH(&l->diff->absent, person);
	change(l, API_ROSTER_CHANGE_KIND_ABSENT, look_person_name(l, &names), role, &nowhere, STR(""), STR(""));
	return ERR_OK;
}

/* All of his children are gone with it. */
static enum err guardian_without(struct look *l, struct person_id guardian, const struct map *gone, bool *out)
{
	struct person_id *children;
	size_t n;
	enum err e = school_children_of(l->tx, l->task->org, guardian, &children, &n);
	*out = n > 0;
	for (size_t i = 0; !e && i < n; i++)
		*out = *out && map_find(gone, (uint64_t)children[i].v);
	return e;
}

/* Pupils of the units that the file names, staff when it names staff, and the guardians of those pupils. */
static enum err find_absent(struct look *l)
{
	bool roles[3] = {false, false, false};
	struct person_id *people;
	size_t n = 0;
	enum err e = ERR_OK;
	struct map *gone = map_new(), *named = map_new();
	for (size_t i = 0; i < l->plan->people.n; i++) {
		const struct plan_person *p = &l->plan->people.p[i];
		roles[p->role == API_ROLE_TEACHER ? 0 : p->role == API_ROLE_STUDENT ? 1 : 2] = true;
		if (p->unit && l->plan->units.p[p->unit - 1].id)
			map_put(named, (uint64_t)l->plan->units.p[p->unit - 1].id, l);
	}
	for (size_t u = 0; !e && roles[1] && u < l->plan->units.n; u++) {
		if (!l->plan->units.p[u].id || !map_find(named, (uint64_t)l->plan->units.p[u].id))
			continue;
		e = import_sql_members(l->tx, l->task->org, (struct unit_id){l->plan->units.p[u].id}, ROLE_STUDENT, &people, &n);
		for (size_t i = 0; !e && i < n; i++) {
			if (!map_find(l->diff->claimed, (uint64_t)people[i].v))
				map_put(gone, (uint64_t)people[i].v, l);
			e = absent_one(l, people[i], ROLE_STUDENT);
		}
	}
	if (!e && roles[0])
		e = import_sql_members(l->tx, l->task->org, (struct unit_id){0}, ROLE_TEACHER, &people, &n);
	for (size_t i = 0; !e && roles[0] && i < n; i++)
		e = absent_one(l, people[i], ROLE_TEACHER);
	if (!e && roles[2] && map_count(gone))
		e = import_sql_members(l->tx, l->task->org, (struct unit_id){0}, ROLE_GUARDIAN, &people, &n);
	for (size_t i = 0; !e && roles[2] && map_count(gone) && i < n; i++) {
		bool goes;
		e = guardian_without(l, people[i], gone, &goes);
		if (!e && goes)
			e = absent_one(l, people[i], ROLE_GUARDIAN);
	}
	map_free(&gone);
	map_free(&named);
	l->diff->counts.absent = (int64_t)l->diff->absent.n;
	return e;
}

/* --- */

static enum err check_org(struct look *l)
{
	bool others = false;
	struct plan_at nowhere = {.column_name = STR(""), .value = STR("")};
	for (size_t i = 0; i < l->plan->people.n; i++)
		others |= l->plan->people.p[i].role != API_ROLE_TEACHER;
	enum err e = others ? school_check_active(l->tx, l->task->org) : ERR_OK;
	if (e != ERR_REFUSED)
		return e;
	look_problem(l, API_ROSTER_SEVERITY_ERROR, API_ROSTER_PROBLEM_KEY_ORG_DRAFT, &nowhere, STR(""), STR(""), STR(""));
	return ERR_OK;
}

enum err roster_diff_make(struct tx *tx, const struct roster_task *t, struct roster_plan *plan, struct roster_diff *out)
{
	struct look l = {.tx = tx, .task = t, .plan = plan, .diff = out};
	*out = (struct roster_diff){.claimed = map_new()};
	l.child_of = arena_array(plan->arena, plan->people.n + 1, sizeof *l.child_of);
	if (!l.child_of)
		return ERR_NOMEM;
	for (size_t i = 0; i < plan->people.n; i++)
		VEC_PUSH(&out->people, ((struct roster_person){.role = ROLE_NONE}));
	enum err e = import_sql_answers(tx, t->org, t->id, l.answers, ROSTER_ANSWERS_MAX, &l.answer_n);
	if (!e)
		e = check_org(&l);
	if (!e)
		e = new_things(&l);
	if (!e)
		e = look_find_people(&l);
	if (!e)
		e = find_children(&l);
	for (size_t i = 0; !e && i < plan->people.n; i++)
		e = compare_person(&l, i);
	if (!e)
		e = compare_links(&l);
	if (!e)
		e = find_absent(&l);
	out->counts.people = (int64_t)plan->people.n;
	out->counts.errors = (int64_t)plan->errors;
	out->counts.warnings = (int64_t)plan->warnings;
	out->counts.questions = (int64_t)plan->questions;
	return e ? e : arena_failed(plan->arena) ? ERR_NOMEM : ERR_OK;
}

void roster_diff_release(struct roster_diff *d)
{
	VEC_RELEASE(&d->people);
	VEC_RELEASE(&d->changes);
	VEC_RELEASE(&d->absent);
	VEC_RELEASE(&d->found_children);
	map_free(&d->claimed);
}
