/* SPDX-License-Identifier: Apache-2.0
 *
 * The chats of an organisation follow what it becomes: made, renamed, closed and filled with it. Owned by room chat; called by room
 * school inside its own commands, on a worker's thread.
 */
#include "chat/chat.h"

#include "chat/chat_roster.h"

static enum err unit_created(struct tx *tx, struct org_id org, struct unit_id unit, enum api_unit_kind kind, struct str name, struct chat_id *out)
{
	struct chat c = {
		.org_id = org.v,
		.kind = kind == API_UNIT_KIND_STAFF ? API_CHAT_KIND_STAFF : API_CHAT_KIND_UNIT,
		.unit_id = unit.v,
		.has_unit_kind = true,
		.unit_kind = kind,
		.title = name,
		.created_at = tx->now_ms,
	};
	return chat_sql_insert(tx, &c, &out->v);
}

static struct chat_preset preset_of(const struct chat *c)
{
	return (struct chat_preset){.kind = c->kind, .unit = c->unit_id, .subject = c->subject_id, .set = c->set_id};
}

static enum err name_again(struct tx *tx, struct org_id org, struct chat *c)
{
	struct chat_preset preset = preset_of(c);
	struct str title;
	enum err e = chat_preset_title(tx, org, &preset, &title);
	return e ? e : chat_rename_to(tx, c, title);
}

static enum err archive(struct tx *tx, struct chat *c, enum chat_archived archived)
{
	if (c->archived == archived)
		return ERR_OK;
	bool told = (c->archived != CHAT_LIVING) != (archived != CHAT_LIVING);
	c->archived = archived;
	enum err e = chat_sql_set_archived(tx, c->org_id, c->id, archived);
	return e || !told ? e : chat_tell_changed(tx, c);
}

static enum err unit_renamed(struct tx *tx, struct org_id org, struct unit_id unit, struct str name)
{
	(void)name; /* the school has it by now */
	struct chat *chats;
	size_t n;
	enum err e = chat_sql_of_unit(tx, org.v, unit.v, &chats, &n);
	for (size_t i = 0; !e && i < n; i++)
		if (chats[i].kind != API_CHAT_KIND_FREE)
			e = name_again(tx, org, &chats[i]);
	return e;
}

/* Whether somebody teaches the subject to the unit. */
static enum err is_taught(struct tx *tx, struct org_id org, int64_t unit, int64_t subject, bool *out)
{
	int64_t *subjects;
	size_t n;
	enum err e = school_taught(tx, org, (struct unit_id){unit}, &subjects, &n);
	*out = false;
	for (size_t i = 0; !e && i < n; i++)
		*out |= subjects[i] == subject;
	return e;
}

static enum err place_people_of(struct tx *tx, const struct chat *c)
{
	enum { AT_ONCE = 200 };
	int64_t after = 0;
	for (size_t n = AT_ONCE; n == AT_ONCE;) {
		struct chat_member members[AT_ONCE];
		int64_t ids[AT_ONCE];
		enum err e = chat_sql_members(tx, c->org_id, c->id, after, AT_ONCE, members, &n);
		for (size_t i = 0; i < n; i++)
			after = ids[i] = members[i].person_id;
		if (!e)
			e = chat_place_all(tx, (struct org_id){c->org_id}, ids, n);
		if (e)
			return e;
	}
	return ERR_OK;
}

static enum err place_teachers(struct tx *tx, struct org_id org, struct unit_id unit)
{
	int64_t *subjects, *people;
	size_t n, people_n;
	enum err e = school_taught(tx, org, unit, &subjects, &n);
	for (size_t i = 0; !e && i < n; i++) {
		e = school_teachers_of(tx, org, unit, (struct subject_id){subjects[i]}, &people, &people_n);
		if (!e)
			e = chat_place_all(tx, org, people, people_n);
	}
	return e;
}

/* Ended, or brought back: school_unit_name tells. */
static enum err unit_ended(struct tx *tx, struct org_id org, struct unit_id unit)
{
	struct chat *chats;
	struct str name;
	size_t n, people_n;
	int64_t *people;
	bool living;
	enum err e = school_unit_name(tx, org, unit, &name, &living);
	if (!e)
		e = chat_sql_of_unit(tx, org.v, unit.v, &chats, &n);
	for (size_t i = 0; !e && i < n; i++) {
		bool open = living;
		if (chats[i].kind == API_CHAT_KIND_FREE && chats[i].archived == CHAT_CLOSED)
			continue; /* by hand */
		if (living && chats[i].kind == API_CHAT_KIND_SUBJECT)
			e = is_taught(tx, org, unit.v, chats[i].subject_id, &open);
		if (!e)
			e = archive(tx, &chats[i], open ? CHAT_LIVING : living ? CHAT_CLOSED : CHAT_UNIT_ENDED);
		if (!e && living)
			e = place_people_of(tx, &chats[i]);
	}
	if (!e)
		e = school_people(tx, org, unit, &people, &people_n);
	if (!e)
		e = chat_place_all(tx, org, people, people_n);
	return e || !living ? e : place_teachers(tx, org, unit);
}

/* A chat whose reason may have come or gone: closed or opened, named anew, and everybody who was in it looked at. */
static enum err settle(struct tx *tx, struct org_id org, const struct chat_preset *preset, bool living)
{
	struct chat c;
	bool found;
	enum err e = chat_sql_of_preset(tx, org.v, preset, &c, &found);
	if (e || !found)
		return e;
	if (c.archived != CHAT_UNIT_ENDED)
		e = archive(tx, &c, living ? CHAT_LIVING : CHAT_CLOSED);
	if (!e && living)
		e = name_again(tx, org, &c);
	return e ? e : place_people_of(tx, &c);
}

static enum err teaching_changed(struct tx *tx, struct org_id org, struct unit_id unit, struct subject_id subject)
{
	struct chat_preset preset = {.kind = API_CHAT_KIND_SUBJECT, .unit = unit.v, .subject = subject.v};
	int64_t *people;
	size_t n = 0;
	bool taught;
	enum err e = is_taught(tx, org, unit.v, subject.v, &taught);
	if (!e)
		e = settle(tx, org, &preset, taught);
	if (!e && taught)
		e = school_people(tx, org, unit, &people, &n);
	if (!e && taught)
		e = chat_place_all(tx, org, people, n);
	if (!e)
		e = school_teachers_of(tx, org, unit, subject, &people, &n);
	return e ? e : chat_place_all(tx, org, people, n);
}

static enum err set_changed(struct tx *tx, struct org_id org, struct set_id set)
{
	struct chat_preset preset = {.kind = API_CHAT_KIND_SET, .set = set.v};
	struct str name;
	bool living;
	enum err e = school_set_name(tx, org, set, &name, &living);
	if (!e)
		e = settle(tx, org, &preset, living);
	static const enum role runners[] = {ROLE_ADMIN, ROLE_HEAD};
	int64_t *people;
	size_t n;
	for (size_t i = 0; !e && i < sizeof runners / sizeof *runners; i++) {
		e = school_people_in_role(tx, org, runners[i], &people, &n);
		if (!e)
			e = chat_place_all(tx, org, people, n);
	}
	if (!e)
		e = school_people_of_set(tx, org, set, &people, &n);
	return e ? e : chat_place_all(tx, org, people, n);
}

/* The chat with the municipal curators is there while there are any; then its administrators read on. */
static enum err curators_changed(struct tx *tx, struct org_id org)
{
	static const enum role runners[] = {ROLE_ADMIN, ROLE_COADMIN};
	const struct chat_preset preset = {.kind = API_CHAT_KIND_CURATOR};
	int64_t *curators, *people;
	size_t curator_n, n;
	enum err e = school_curators(tx, org, &curators, &curator_n);
	if (!e)
		e = settle(tx, org, &preset, curator_n > 0);
	for (size_t i = 0; !e && i < sizeof runners / sizeof *runners; i++) {
		e = school_people_in_role(tx, org, runners[i], &people, &n);
		if (!e)
			e = chat_place_all(tx, org, people, n);
	}
	return e ? e : chat_place_all(tx, org, curators, curator_n);
}

/* At the start: of a store that knew curators before their chats. */
static enum err meet_curators(struct tx *tx, struct org_id org)
{
	int64_t *curators;
	size_t n;
	struct chat c;
	bool found = true;
	enum err e = school_curators(tx, org, &curators, &n);
	if (!e && n)
		e = chat_sql_of_preset(tx, org.v, &(struct chat_preset){.kind = API_CHAT_KIND_CURATOR}, &c, &found);
	return e || found ? e : curators_changed(tx, org);
}

static enum err org_created(struct tx *tx, struct org_id org)
{
	return chat_sql_org_put(tx, org.v, true);
}

/* Its channel bears its name, and the chats of teachers the word of its type. */
static enum err org_renamed(struct tx *tx, struct org_id org)
{
	struct chat *chats;
	size_t n;
	enum err e = chat_sql_worded(tx, org.v, &chats, &n);
	for (size_t i = 0; !e && i < n; i++)
		e = name_again(tx, org, &chats[i]);
	return e;
}

enum err chat_reconcile_org(struct tx *tx, struct org_id org)
{
	int64_t *people;
	size_t n;
	enum err e = school_people(tx, org, (struct unit_id){0}, &people, &n);
	if (!e)
		e = chat_place_all(tx, org, people, n);
	/* and whoever is in a chat without being in the organisation */
	if (!e)
		e = chat_sql_everybody(tx, org.v, &people, &n);
	return e ? e : chat_place_all(tx, org, people, n);
}

enum err chat_set_guardians_in_class(struct tx *tx, struct org_id org, bool on)
{
	int64_t *people;
	size_t n;
	enum err e = chat_sql_org_put(tx, org.v, on);
	if (!e)
		e = school_people(tx, org, (struct unit_id){0}, &people, &n); /* also of staff some are guardians */
	return e ? e : chat_place_all(tx, org, people, n);
}

enum err chat_start(struct tx *tx)
{
	int64_t *orgs;
	size_t n;
	enum err e = school_orgs(tx, &orgs, &n);
	for (size_t i = 0; !e && i < n; i++) {
		bool found, guardians;
		struct org_id org = {orgs[i]};
		e = chat_sql_org(tx, org.v, &found, &guardians);
		if (!e && !found)
			e = chat_reconcile_org(tx, org);
		if (!e && !found)
			e = chat_sql_org_put(tx, org.v, true);
		if (!e)
			e = meet_curators(tx, org);
	}
	return e;
}

/* Whoever has him in a list there hears his name anew. */
static enum err person_renamed(struct tx *tx, struct org_id org, struct person_id person)
{
	struct chat_stay *stays;
	size_t n;
	enum err e = chat_sql_stays(tx, org.v, person.v, &stays, &n);
	for (size_t i = 0; !e && i < n; i++) {
		struct chat c;
		bool found;
		e = chat_sql_find(tx, org.v, stays[i].chat, &c, &found);
		if (!e && found)
			e = chat_member_tell(tx, &c, &stays[i].member, false);
	}
	return e;
}

static enum err activity(struct tx *tx, struct org_id org, struct school_activity *out)
{
	return chat_sql_activity(tx, org.v, out);
}

static enum err chat_title(struct tx *tx, struct org_id org, struct chat_id chat, struct str *out)
{
	struct chat c = {.title = {0}};
	bool found;
	enum err e = chat_sql_find(tx, org.v, chat.v, &c, &found);
	*out = c.title;
	return e;
}

static enum err message_of(struct tx *tx, struct org_id org, struct chat_id chat, int64_t seq, struct person_id person, bool *out)
{
	struct chat_page page = {.n = 0};
	*out = false;
	enum err e = chat_sql_messages(tx, org.v, chat.v, 0, CHAT_AFTER, seq - 1, 1, &page);
	if (!e && page.n)
		*out = page.items[0].seq == seq && page.items[0].sender_id == person.v;
	return e;
}

const struct school_hooks chat_school_hooks = {
	.activity = activity,
	.unit_created = unit_created,
	.unit_renamed = unit_renamed,
	.person_placed = chat_place,
	.person_renamed = person_renamed,
	.org_created = org_created,
	.org_renamed = org_renamed,
	.unit_ended = unit_ended,
	.teaching_changed = teaching_changed,
	.set_changed = set_changed,
	.chat_title = chat_title,
	.message_of = message_of,
	.curators_changed = curators_changed,
};
