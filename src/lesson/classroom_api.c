/* SPDX-License-Identifier: Apache-2.0
 *
 * Hybrid lessons: one device stands for the classroom, and who is in it is marked (api/classroom.yaml). Rights are checked before. On a
 * worker's thread, inside a transaction.
 */
#include "account/account.h"
#include "lesson/call.h"
#include "school/title.h"

enum err call_classroom(struct tx *tx, const struct api_call_classroom *in, struct api_empty *out)
{
	(void)out;
	struct call_row c;
	struct participant p;
	struct str name = STR("");
	bool is;
	enum err e = call_running(tx, in->call_id, &c);
	if (!e && in->has_name)
		e = title_clean(tx, in->name, "name", &name);
	if (!e)
		e = call_sql_person_of(tx, c.org_id, c.id, tx->actor.person.v, &p, &is);
	if (!e && (!is || p.state != API_CALL_STATE_IN))
		e = tx_refuse(tx, API_CONFLICT, NULL, "conflict.call_not_in");
	if (e || str_eq(p.classroom, name))
		return e;
	p.classroom = name;
	return call_person_set(tx, &p, false);
}

/* --- who is in it */

static int by_name(const void *a, const void *b)
{
	const struct api_person *x = &((const struct api_call_roster_entry *)a)->person, *y = &((const struct api_call_roster_entry *)b)->person;
	int order = str_cmp(x->family_name, y->family_name);
	if (!order)
		order = str_cmp(x->given_name, y->given_name);
	return order ? order : (x->id > y->id) - (x->id < y->id);
}

static enum err add_entry(struct tx *tx, const struct call_row *c, struct person_id person, struct api_call_roster *out)
{
	struct api_call_roster_entry *entry = &out->people.items[out->people.n];
	struct participant p;
	bool is;
	*entry = (struct api_call_roster_entry){0};
	enum err e = account_person_get(tx, person, &entry->person);
	if (!e)
		e = call_sql_person_of(tx, c->org_id, c->id, person.v, &p, &is);
	if (e)
		return e;
	entry->in_room = is && p.in_room;
	entry->in_call = is && p.state == API_CALL_STATE_IN;
	out->people.n++;
	return ERR_OK;
}

static enum err answer(struct tx *tx, const struct call_row *c, const struct chat_person_in *people, size_t n, struct api_call_roster *out)
{
	enum err e = ERR_OK;
	out->people.items = arena_array(tx->arena, n + 1, sizeof *out->people.items);
	if (!out->people.items)
		return ERR_NOMEM;
	for (size_t i = 0; !e && i < n; i++)
		if (!school_is_staff(people[i].role))
			e = add_entry(tx, c, people[i].person, out);
	if (!e && out->people.n)
		qsort(out->people.items, out->people.n, sizeof *out->people.items, by_name);
	return e;
}

enum err call_roster(struct tx *tx, const struct api_call_ref *in, struct api_call_roster *out)
{
	struct call_row c;
	struct chat_person_in *people;
	size_t n = 0;
	bool found;
	enum err e = call_sql_get(tx, tx_org(tx).v, in->call_id, &c, &found);
	if (!e)
		e = chat_people_in(tx, (struct org_id){c.org_id}, (struct chat_id){c.chat_id}, &people, &n);
	return e ? e : answer(tx, &c, people, n, out);
}

static enum err mark(struct tx *tx, const struct call_row *c, const struct chat_person_in *who, bool here)
{
	struct participant p;
	bool is;
	enum err e = call_sql_person_of(tx, c->org_id, c->id, who->person.v, &p, &is);
	if (e || (is ? p.in_room : false) == here)
		return e;
	if (!is) {
		p = (struct participant){.org_id = c->org_id, .call_id = c->id, .person_id = who->person.v, .guest_name = STR(""), .role = API_CALL_ROLE_MEMBER,
			.member_role = who->role, .state = API_CALL_STATE_LEFT, .rights = c->rights, .joined_at = tx->now_ms};
		e = call_sql_person_insert(tx, &p, &p.id);
	}
	p.in_room = here;
	return e ? e : call_sql_person_put(tx, &p);
}

enum err call_in_room(struct tx *tx, const struct api_call_in_room *in, struct api_call_roster *out)
{
	struct call_row c;
	struct chat_person_in *people;
	size_t n = 0;
	enum err e = call_running(tx, in->call_id, &c);
	if (!e)
		e = chat_people_in(tx, (struct org_id){c.org_id}, (struct chat_id){c.chat_id}, &people, &n);
	for (size_t i = 0; !e && i < in->person_ids.n; i++) {
		const struct chat_person_in *who = NULL;
		for (size_t k = 0; k < n && !who; k++)
			if (people[k].person.v == in->person_ids.items[i] && !school_is_staff(people[k].role))
				who = &people[k];
		e = who ? mark(tx, &c, who, in->here) : tx_refuse(tx, API_NOT_FOUND, "person_ids", NULL);
	}
	return e ? e : answer(tx, &c, people, n, out);
}
