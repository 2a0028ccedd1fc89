/* SPDX-License-Identifier: Apache-2.0
 *
 * Who was at a lesson or meeting: the people of its chat against the visits of its calls. On a worker's thread.
 */
#include "account/account.h"
#include "base/vec.h"
#include "lesson/plan.h"

struct report {
	VEC(struct api_lesson_visitor) rows;
	const int64_t *calls;
	size_t call_n;
	int64_t starts_at, ends_at; /* ends_at: of its last call; 0: it goes on, or never began */
};

static void add_presence(struct api_lesson_visitor *v, const struct presence *was, int64_t *ms)
{
	if (!was->first_at)
		return;
	*ms += was->ms;
	v->has_first_at = v->has_last_at = true;
	if (!v->first_at || was->first_at < v->first_at)
		v->first_at = was->first_at;
	if (was->last_at > v->last_at)
		v->last_at = was->last_at;
}

static void judge(const struct report *r, struct api_lesson_visitor *v, int64_t ms)
{
	v->present = ms > 0;
	v->minutes = call_minutes(ms);
	v->late = v->present && v->first_at > r->starts_at + PLAN_LATE_MS;
	v->left_early = v->present && r->ends_at && v->last_at < r->ends_at - PLAN_LATE_MS;
}

static enum err add_person(struct tx *tx, struct report *r, int64_t org, int64_t person, enum role role)
{
	struct api_lesson_visitor v = {.has_person = true, .has_member_role = true, .member_role = (enum api_role)role};
	int64_t ms = 0;
	enum err e = account_person_get(tx, (struct person_id){person}, &v.person);
	for (size_t i = 0; !e && i < r->call_n; i++) {
		struct participant p;
		struct presence was;
		bool is;
		e = call_sql_person_of(tx, org, r->calls[i], person, &p, &is);
		if (e || !is)
			continue;
		e = call_presence(tx, org, r->calls[i], p.id, &was);
		if (!e)
			add_presence(&v, &was, &ms);
	}
	judge(r, &v, ms);
	VEC_PUSH(&r->rows, v);
	return e;
}

static enum err add_guests(struct tx *tx, struct report *r, int64_t org)
{
	enum err e = ERR_OK;
	for (size_t i = 0; !e && i < r->call_n; i++) {
		struct participant *came;
		size_t n = 0;
		e = call_sql_came(tx, org, r->calls[i], &came, &n);
		for (size_t k = 0; !e && k < n; k++) {
			struct api_lesson_visitor v = {.has_guest_name = true, .guest_name = came[k].guest_name};
			struct presence was;
			int64_t ms = 0;
			if (came[k].person_id)
				continue;
			e = call_presence(tx, org, r->calls[i], came[k].id, &was);
			if (e)
				break;
			add_presence(&v, &was, &ms);
			judge(r, &v, ms);
			VEC_PUSH(&r->rows, v);
		}
	}
	return e;
}

static enum err find_end(struct tx *tx, struct report *r, int64_t org)
{
	struct call_row c;
	bool found;
	if (!r->call_n)
		return ERR_OK;
	enum err e = call_sql_get(tx, org, r->calls[r->call_n - 1], &c, &found);
	r->ends_at = !e && found ? c.ended_at : 0;
	return e;
}

/* --- the command */

/* By name, as a register is. */
static int by_name(const void *a, const void *b)
{
	const struct api_person *x = &((const struct api_lesson_visitor *)a)->person, *y = &((const struct api_lesson_visitor *)b)->person;
	int family = str_cmp(x->family_name, y->family_name);
	return family ? family : str_cmp(x->given_name, y->given_name);
}


static enum err fill(struct tx *tx, struct report *r, const struct plan *p)
{
	struct chat_person_in *people;
	size_t n;
	int64_t *invited;
	bool with_staff = p->kind == API_LESSON_KIND_MEETING || p->kind == API_LESSON_KIND_PARENTS_MEETING;
	enum err e = chat_people_in(tx, (struct org_id){p->org_id}, (struct chat_id){p->chat_id}, &people, &n);
	for (size_t i = 0; !e && i < n; i++)
		if (with_staff || !school_is_staff(people[i].role))
			e = add_person(tx, r, p->org_id, people[i].person.v, people[i].role);
	if (!e && r->rows.n > 1)
		qsort(r->rows.p, r->rows.n, sizeof *r->rows.p, by_name);
	if (!e)
		e = plan_sql_invited(tx, p->org_id, p->id, &invited, &n);
	for (size_t i = 0; !e && i < n; i++) {
		enum role role;
		bool living;
		e = school_member_last_role(tx, (struct org_id){p->org_id}, (struct person_id){invited[i]}, &role, &living);
		if (!e)
			e = add_person(tx, r, p->org_id, invited[i], role);
	}
	return e ? e : add_guests(tx, r, p->org_id);
}

enum err lesson_attendance(struct tx *tx, const struct api_lesson_get *in, struct api_lesson_attendance *out)
{
	struct plan p;
	struct report r = {.rows = VEC_INIT};
	bool found;
	int64_t *calls;
	enum err e = plan_sql_get(tx, tx_org(tx).v, in->lesson_id, &p, &found);
	if (!e && (!found || p.chat_id != in->chat_id))
		e = tx_refuse(tx, API_NOT_FOUND, "lesson_id", NULL);
	if (!e)
		e = plan_to_api(tx, &p, &out->lesson);
	if (!e)
		e = plan_sql_calls(tx, p.org_id, p.id, &calls, &r.call_n);
	if (e)
		return e;
	r.calls = calls;
	r.starts_at = p.starts_at;
	e = find_end(tx, &r, p.org_id);
	if (!e)
		e = fill(tx, &r, &p);
	out->visitors.items = arena_array(tx->arena, r.rows.n + 1, sizeof *out->visitors.items);
	if (!e && !out->visitors.items)
		e = ERR_NOMEM;
	if (!e && r.rows.n)
		memcpy(out->visitors.items, r.rows.p, r.rows.n * sizeof *r.rows.p);
	out->visitors.n = e ? 0 : r.rows.n;
	VEC_RELEASE(&r.rows);
	return e ? e : plan_table_csv(tx, out, &out->csv);
}
