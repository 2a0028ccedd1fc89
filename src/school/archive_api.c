/* SPDX-License-Identifier: Apache-2.0
 *
 * Many units at once, years of classes, and the archive (api/structure.yaml). The rights were checked before.
 */
#include "base/utf8.h"
#include "policy/audit.h"
#include "school/roster.h"
#include "school/structure.h"
#include "school/title.h"
#include "server/messages.h"

enum err structure_tell(struct tx *tx, struct org_id org, enum api_structure_changed_event_what what, struct unit_id unit)
{
	struct api_structure_changed_event event = {.what = what, .has_unit_id = unit.v != 0, .unit_id = unit.v};
	return event_structure_changed(tx, org_stream(org), &event);
}

/* The sentence names the first names that are taken, so it is made here and not by a key. */
static enum err refuse_taken(struct tx *tx, const struct api_str_array *taken)
{
	struct str sentence = message_text(API_CONFLICT, "conflict.unit_names_taken", tx->actor.lang_en);
	char *text = arena_printf(tx->arena, "%.*s: ", (int)sentence.n, sentence.p);
	for (size_t i = 0; text && i < taken->n && i < 5; i++)
		text = arena_printf(tx->arena, "%s%s%.*s", text, i ? ", " : "", (int)taken->items[i].n, taken->items[i].p);
	return text ? tx_refuse(tx, API_CONFLICT, "names", text) : ERR_NOMEM;
}

enum err unit_create_many(struct tx *tx, const struct api_unit_create_many *in, struct api_units_created *out)
{
	struct org_id org = tx_org(tx);
	enum err e = ERR_OK;
	out->units.items = arena_array(tx->arena, in->names.n, sizeof *out->units.items);
	out->skipped.items = arena_array(tx->arena, in->names.n, sizeof *out->skipped.items);
	if (!out->units.items || !out->skipped.items)
		return ERR_NOMEM;
	for (size_t i = 0; !e && i < in->names.n; i++) {
		struct str name, fold;
		struct unit_id unit;
		bool found;
		e = title_clean(tx, in->names.items[i], "names", &name);
		if (!e)
			e = title_fold(tx, name, &fold);
		if (!e)
			e = unit_sql_by_name(tx, org, in->kind, fold, &found);
		if (!e && found) {
			out->skipped.items[out->skipped.n++] = name;
			continue;
		}
		if (!e)
			e = school_unit_new(tx, org, in->kind, name, &unit);
		if (!e)
			e = audit_add(tx, org, "unit_create", "unit", unit.v, STR(""));
		if (!e)
			e = unit_sql_get(tx, org, unit, &out->units.items[out->units.n++]);
	}
	if (!e && out->skipped.n && !(in->has_skip_existing && in->skip_existing))
		return refuse_taken(tx, &out->skipped);
	return e;
}

enum err unit_level_set(struct tx *tx, const struct api_unit_level_set *in, struct api_unit *out)
{
	struct org_id org = tx_org(tx);
	struct unit_id unit = {in->unit_id};
	struct str letter = STR("");
	enum err e = unit_sql_get(tx, org, unit, out);
	if (!e && out->kind != API_UNIT_KIND_CLASS)
		return tx_refuse(tx, API_CONFLICT, "unit_id", "conflict.level_of_class");
	if (!e && in->has_letter)
		e = title_clean(tx, in->letter, "letter", &letter);
	if (!e && out->level == (in->has_level ? in->level : 0) && str_eq(out->letter, letter))
		return ERR_OK;
	if (!e)
		e = unit_sql_set_level(tx, org, unit, in->has_level ? in->level : 0, letter);
	if (!e)
		e = roster_tell_unit(tx, org, unit);
	if (!e)
		e = audit_add(tx, org, "unit_level_set", "unit", unit.v, audit_detail(tx, "is", "level", in->has_level ? in->level : 0, "letter", letter));
	return e ? e : unit_sql_get(tx, org, unit, out);
}

/* --- the archive */

static enum err place_teachers(struct tx *tx, struct org_id org, struct unit_id unit)
{
	struct teaching_row *list;
	size_t n;
	enum err e = teaching_sql_list(tx, org, &(struct teaching_filter){.unit = unit}, &list, &n);
	for (size_t i = 0; !e && i < n; i++)
		e = school_hooks()->person_placed(tx, org, list[i].teacher);
	return e;
}

enum err archive_annul_links(struct tx *tx, struct org_id org, struct unit_id unit)
{
	struct invite_id *list;
	size_t n;
	enum err e = unit_sql_open_invites(tx, org, unit, &list, &n);
	for (size_t i = 0; !e && i < n; i++) {
		bool annulled;
		e = invite_sql_annul(tx, org, list[i], &annulled);
		if (!e && annulled)
			e = event_invite_changed(tx, org_stream(org), &(struct api_invite_changed_event){.invite_id = list[i].v});
	}
	return e;
}

enum err school_unit_end(struct tx *tx, struct org_id org, struct unit_id unit)
{
	struct api_unit_changed_event changed;
	struct person_id *people;
	struct teaching_row *teachers;
	size_t n, teacher_n;
	enum err e = unit_sql_get(tx, org, unit, &changed.unit);
	if (e == ERR_NOT_FOUND)
		return tx_refuse(tx, API_NOT_FOUND, "unit_id", NULL);
	if (!e && changed.unit.kind == API_UNIT_KIND_STAFF)
		return tx_refuse(tx, API_CONFLICT, "unit_id", "conflict.staff_unit_stays");
	if (!e)
		e = unit_sql_people(tx, org, unit, &people, &n);
	if (!e)
		e = teaching_sql_list(tx, org, &(struct teaching_filter){.unit = unit}, &teachers, &teacher_n);
	if (!e)
		e = unit_sql_end(tx, org, unit);
	/* Before the people leave it: the chats keep those who were in them as readers. */
	if (!e && school_hooks()->unit_ended)
		e = school_hooks()->unit_ended(tx, org, unit);
	if (!e)
		e = archive_annul_links(tx, org, unit);
	for (size_t i = 0; !e && i < n; i++) {
		bool ended;
		e = roster_leave(tx, org, unit, people[i], &ended);
		if (!e)
			e = roster_tell_member(tx, org, people[i]);
	}
	for (size_t i = 0; !e && i < teacher_n; i++)
		e = school_hooks()->person_placed(tx, org, teachers[i].teacher);
	changed.unit.member_count = 0;
	changed.unit.has_ended = changed.unit.ended = true;
	return e ? e : event_unit_changed(tx, org_stream(org), &changed);
}

enum err unit_end(struct tx *tx, const struct api_unit_end *in, struct api_empty *out)
{
	(void)out;
	enum err e = school_unit_end(tx, tx_org(tx), (struct unit_id){in->unit_id});
	return e ? e : audit_add(tx, tx_org(tx), "unit_end", "unit", in->unit_id, STR(""));
}

enum err unit_archive_list(struct tx *tx, const struct api_unit_archive_list *in, struct api_unit_archive *out)
{
	(void)in;
	out->units.items = arena_array(tx->arena, UNIT_ARCHIVE_PAGE, sizeof *out->units.items);
	return out->units.items ? unit_sql_archive(tx, tx_org(tx), out->units.items, UNIT_ARCHIVE_PAGE, &out->units.n) : ERR_NOMEM;
}

/* *back_out false: he has left the organisation, or is in another class by now. */
static enum err bring_back(struct tx *tx, struct org_id org, const struct api_unit *unit, const struct archived_person *who, bool *back_out)
{
	enum role role;
	struct unit_id other = {0};
	enum err e = school_member_role(tx, org, who->person, &role);
	*back_out = false;
	if (e == ERR_NOT_FOUND)
		return ERR_OK;
	if (!e && role == ROLE_STUDENT && unit->kind != API_UNIT_KIND_CIRCLE)
		e = roster_sql_only_one(tx, org, who->person, &other);
	if (e || other.v)
		return e;
	bool lead = who->lead && school_is_staff(role), changed;
	*back_out = true;
	e = roster_join(tx, org, unit, who->person, role, lead ? &lead : NULL, &changed);
	return e || !changed ? e : roster_tell_member(tx, org, who->person);
}

enum err unit_restore(struct tx *tx, const struct api_unit_restore *in, struct api_unit_restored *out)
{
	struct org_id org = tx_org(tx);
	struct unit_id unit = {in->unit_id};
	enum api_unit_kind kind;
	struct str name, fold;
	struct archived_person *people;
	size_t n;
	bool taken;
	enum err e = unit_sql_ended(tx, org, unit, &kind, &name, &fold);
	if (e == ERR_NOT_FOUND)
		return tx_refuse(tx, API_NOT_FOUND, "unit_id", NULL);
	if (!e)
		e = unit_sql_by_name(tx, org, kind, fold, &taken);
	if (!e && taken)
		return tx_refuse(tx, API_CONFLICT, "unit_id", "conflict.unit_name_taken");
	if (!e)
		e = unit_sql_restore(tx, org, unit);
	if (!e && school_hooks()->unit_restored)
		e = school_hooks()->unit_restored(tx, org, unit);
	if (!e)
		e = unit_sql_get(tx, org, unit, &out->unit);
	if (!e)
		e = unit_sql_take_archived(tx, org, unit, &people, &n);
	for (size_t i = 0; !e && i < n; i++) {
		bool back;
		e = bring_back(tx, org, &out->unit, &people[i], &back);
		out->away += !back;
	}
	if (!e)
		e = place_teachers(tx, org, unit);
	if (!e)
		e = roster_tell_unit(tx, org, unit);
	if (!e)
		e = audit_add(tx, org, "unit_restore", "unit", unit.v, STR(""));
	return e ? e : unit_sql_get(tx, org, unit, &out->unit);
}
