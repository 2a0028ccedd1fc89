/* SPDX-License-Identifier: Apache-2.0
 *
 * The catalogue of subjects and who teaches them (api/structure.yaml, R18, R22). The rights were checked before.
 */
#include "policy/audit.h"
#include "school/roster.h"
#include "school/structure.h"
#include "school/title.h"

#define NO_UNIT ((struct unit_id){0})

enum err subject_list(struct tx *tx, const struct api_subject_list *in, struct api_subjects *out)
{
	(void)in;
	out->subjects.items = arena_array(tx->arena, SUBJECTS_MAX, sizeof *out->subjects.items);
	return out->subjects.items ? subject_sql_list(tx, tx_org(tx), out->subjects.items, SUBJECTS_MAX, &out->subjects.n) : ERR_NOMEM;
}

static enum err check_count(struct tx *tx, struct org_id org)
{
	size_t n;
	struct api_subject *all = arena_array(tx->arena, SUBJECTS_MAX + 1, sizeof *all);
	if (!all)
		return ERR_NOMEM;
	enum err e = subject_sql_list(tx, org, all, SUBJECTS_MAX + 1, &n);
	return !e && n > SUBJECTS_MAX ? tx_refuse(tx, API_CONFLICT, "names", "conflict.too_many_subjects") : e;
}

enum err subject_create(struct tx *tx, const struct api_subject_create *in, struct api_subjects_created *out)
{
	struct org_id org = tx_org(tx);
	bool extra = in->has_extracurricular && in->extracurricular;
	enum err e = ERR_OK;
	out->subjects.items = arena_array(tx->arena, in->names.n, sizeof *out->subjects.items);
	if (!out->subjects.items)
		return ERR_NOMEM;
	for (size_t i = 0; !e && i < in->names.n; i++) {
		struct api_subject *s = &out->subjects.items[out->subjects.n];
		struct str fold;
		bool added = false;
		*s = (struct api_subject){.extracurricular = extra};
		e = title_clean(tx, in->names.items[i], "names", &s->name);
		if (!e)
			e = title_fold(tx, s->name, &fold);
		if (!e)
			e = subject_sql_add(tx, org, s->name, fold, extra, &added, &s->id);
		if (!e && added)
			e = audit_add(tx, org, "subject_create", "subject", s->id, STR(""));
		out->subjects.n += added;
		out->skipped += !added;
	}
	if (!e && out->subjects.n)
		e = check_count(tx, org);
	return e || !out->subjects.n ? e : structure_tell(tx, org, API_STRUCTURE_CHANGED_EVENT_WHAT_SUBJECTS, NO_UNIT);
}

/* The chats of a subject bear its name, or end with it. */
static enum err subject_moved(struct tx *tx, struct org_id org, struct subject_id subject, const struct teaching_row *list, size_t n)
{
	enum err e = ERR_OK;
	for (size_t i = 0; !e && i < n; i++)
		if (school_hooks()->teaching_changed && (i == 0 || list[i].unit.v != list[i - 1].unit.v))
			e = school_hooks()->teaching_changed(tx, org, list[i].unit, subject);
	for (size_t i = 0; !e && i < n; i++)
		e = school_hooks()->person_placed(tx, org, list[i].teacher);
	return e ? e : structure_tell(tx, org, API_STRUCTURE_CHANGED_EVENT_WHAT_SUBJECTS, NO_UNIT);
}

static enum err find(struct tx *tx, struct org_id org, struct subject_id subject, struct api_subject *out)
{
	enum err e = subject_sql_get(tx, org, subject, out);
	return e == ERR_NOT_FOUND ? tx_refuse(tx, API_NOT_FOUND, "subject_id", NULL) : e;
}

enum err subject_rename(struct tx *tx, const struct api_subject_rename *in, struct api_subject *out)
{
	struct org_id org = tx_org(tx);
	struct subject_id subject = {in->subject_id};
	struct teaching_row *list;
	struct str name, fold;
	size_t n;
	bool done;
	enum err e = find(tx, org, subject, out);
	if (!e)
		e = title_clean(tx, in->name, "name", &name);
	if (e)
		return e;
	bool extra = in->has_extracurricular ? in->extracurricular : out->extracurricular;
	if (str_eq(out->name, name) && extra == out->extracurricular)
		return ERR_OK;
	e = title_fold(tx, name, &fold);
	if (!e)
		e = subject_sql_set(tx, org, subject, name, fold, extra, &done);
	if (!e && !done)
		return tx_refuse(tx, API_CONFLICT, "name", "conflict.subject_name_taken");
	if (!e)
		e = teaching_sql_list(tx, org, &(struct teaching_filter){.subject = subject}, &list, &n);
	if (!e)
		e = subject_moved(tx, org, subject, list, n);
	if (!e)
		e = audit_add(tx, org, "subject_rename", "subject", subject.v, audit_detail(tx, "s", "from", out->name));
	return e ? e : subject_sql_get(tx, org, subject, out);
}

enum err subject_end(struct tx *tx, const struct api_subject_end *in, struct api_empty *out)
{
	(void)out;
	struct org_id org = tx_org(tx);
	struct subject_id subject = {in->subject_id};
	struct api_subject known;
	struct teaching_row *list;
	size_t n;
	enum err e = find(tx, org, subject, &known);
	if (!e)
		e = teaching_sql_list(tx, org, &(struct teaching_filter){.subject = subject}, &list, &n);
	for (size_t i = 0; !e && i < n; i++) {
		bool ended;
		e = teaching_sql_end(tx, org, list[i].unit, subject, list[i].teacher, &ended);
	}
	if (!e)
		e = subject_sql_end(tx, org, subject);
	if (!e)
		e = audit_add(tx, org, "subject_end", "subject", subject.v, STR(""));
	return e ? e : subject_moved(tx, org, subject, list, n);
}

/* --- teaching */

static enum err taught(struct tx *tx, struct org_id org, struct unit_id unit, struct subject_id subject, struct person_id teacher)
{
	enum err e = school_hooks()->teaching_changed ? school_hooks()->teaching_changed(tx, org, unit, subject) : ERR_OK;
	if (!e)
		e = school_hooks()->person_placed(tx, org, teacher);
	return e ? e : structure_tell(tx, org, API_STRUCTURE_CHANGED_EVENT_WHAT_TEACHING, unit);
}

static enum err wire(struct tx *tx, const struct teaching_row *row, struct api_teaching *out)
{
	*out = (struct api_teaching){.unit = {.id = row->unit.v, .kind = row->kind, .name = row->unit_name},
		.subject_id = row->subject.v,
		.subject_name = row->subject_name};
	return account_person_get(tx, row->teacher, &out->teacher);
}

enum err school_teaching_set(struct tx *tx, struct org_id org, struct unit_id unit, struct subject_id subject, struct person_id teacher, bool *changed_out)
{
	struct api_unit there;
	struct api_subject known;
	enum role role;
	*changed_out = false;
	enum err e = unit_sql_get(tx, org, unit, &there);
	if (e == ERR_NOT_FOUND)
		return tx_refuse(tx, API_NOT_FOUND, "unit_id", NULL);
	if (!e && there.kind == API_UNIT_KIND_STAFF)
		return tx_refuse(tx, API_CONFLICT, "unit_id", "conflict.teaching_of_staff");
	if (!e)
		e = find(tx, org, subject, &known);
	if (!e)
		e = school_member_role(tx, org, teacher, &role);
	if (e == ERR_NOT_FOUND)
		return tx_refuse(tx, API_NOT_FOUND, "teacher_id", NULL);
	if (!e && !school_is_staff(role))
		return tx_refuse(tx, API_CONFLICT, "teacher_id", "conflict.teacher_is_staff");
	if (!e)
		e = teaching_sql_add(tx, org, unit, subject, teacher, changed_out);
	return e || !*changed_out ? e : taught(tx, org, unit, subject, teacher);
}

enum err teaching_set(struct tx *tx, const struct api_teaching_set *in, struct api_teaching *out)
{
	struct org_id org = tx_org(tx);
	struct unit_id unit = {in->unit_id};
	struct subject_id subject = {in->subject_id};
	struct person_id teacher = {in->teacher_id};
	struct teaching_row *list;
	size_t n = 0;
	bool changed;
	enum err e = school_teaching_set(tx, org, unit, subject, teacher, &changed);
	if (!e && changed)
		e = audit_add(tx, org, "teaching_set", "person", teacher.v, audit_detail(tx, "ii", "unit_id", unit.v, "subject_id", subject.v));
	if (!e)
		e = teaching_sql_list(tx, org, &(struct teaching_filter){.unit = unit}, &list, &n);
	if (!e && n > TEACHINGS_OF_UNIT_MAX)
		return tx_refuse(tx, API_CONFLICT, "unit_id", "conflict.too_many_teachings");
	for (size_t i = 0; !e && i < n; i++)
		if (list[i].subject.v == subject.v && list[i].teacher.v == teacher.v)
			return wire(tx, &list[i], out);
	return e ? e : ERR_IO;
}

enum err teaching_end(struct tx *tx, const struct api_teaching_set *in, struct api_empty *out)
{
	(void)out;
	struct org_id org = tx_org(tx);
	struct unit_id unit = {in->unit_id};
	struct subject_id subject = {in->subject_id};
	bool ended;
	enum err e = teaching_sql_end(tx, org, unit, subject, (struct person_id){in->teacher_id}, &ended);
	if (!e && !ended)
		return tx_refuse(tx, API_NOT_FOUND, "teacher_id", NULL);
	if (!e)
		e = audit_add(tx, org, "teaching_end", "person", in->teacher_id, audit_detail(tx, "ii", "unit_id", unit.v, "subject_id", subject.v));
	return e ? e : taught(tx, org, unit, subject, (struct person_id){in->teacher_id});
}

static enum err list_of(struct tx *tx, const struct teaching_filter *f, struct api_teachings *out)
{
	struct teaching_row *list;
	size_t n;
	enum err e = teaching_sql_list(tx, tx_org(tx), f, &list, &n);
	if (e)
		return e;
	out->teachings.items = arena_array(tx->arena, n + 1, sizeof *out->teachings.items);
	if (!out->teachings.items)
		return ERR_NOMEM;
	for (size_t i = 0; !e && i < n; i++)
		e = wire(tx, &list[i], &out->teachings.items[i]);
	out->teachings.n = n;
	return e;
}

enum err teaching_list(struct tx *tx, const struct api_teaching_list *in, struct api_teachings *out)
{
	return list_of(tx, &(struct teaching_filter){.unit.v = in->unit_id}, out);
}

enum err teaching_of(struct tx *tx, const struct api_teaching_of *in, struct api_teachings *out)
{
	struct person_id person = in->has_person_id ? (struct person_id){in->person_id} : tx->actor.person;
	enum role role;
	if (person.v != tx->actor.person.v && tx->rel.role > ROLE_HEAD)
		return tx_refuse(tx, API_FORBIDDEN, "person_id", NULL);
	enum err e = school_member_role(tx, tx_org(tx), person, &role);
	if (e == ERR_NOT_FOUND)
		return tx_refuse(tx, API_NOT_FOUND, "person_id", NULL);
	return e ? e : list_of(tx, &(struct teaching_filter){.teacher = person}, out);
}

enum err teaching_end_all(struct tx *tx, struct org_id org, struct person_id person)
{
	struct teaching_row *list;
	size_t n;
	enum err e = teaching_sql_list(tx, org, &(struct teaching_filter){.teacher = person}, &list, &n);
	for (size_t i = 0; !e && i < n; i++) {
		bool ended;
		e = teaching_sql_end(tx, org, list[i].unit, list[i].subject, person, &ended);
		if (!e && school_hooks()->teaching_changed)
			e = school_hooks()->teaching_changed(tx, org, list[i].unit, list[i].subject);
		if (!e)
			e = structure_tell(tx, org, API_STRUCTURE_CHANGED_EVENT_WHAT_TEACHING, list[i].unit);
	}
	return e;
}
