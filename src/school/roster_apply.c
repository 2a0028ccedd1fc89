/* SPDX-License-Identifier: Apache-2.0
 *
 * Changing the roster as a plan says, a slice at a time; and what is kept of an import between its steps. The writer's thread, inside a
 * transaction.
 */
#include "policy/audit.h"
#include "school/import_sql.h"
#include "school/movement.h"
#include "school/structure.h"
#include "school/title.h"
#include "server/file_port.h"

enum err roster_import_next(struct tx *tx, struct roster_task *out)
{
	struct import_row row;
	struct api_org org;
	struct file_info info;
	*out = (struct roster_task){.fd = -1};
	enum err e = import_sql_next(tx, &row);
	if (e)
		return e == ERR_NOT_FOUND ? ERR_OK : e;
	*out = (struct roster_task){.id = row.api.id, .org = row.org, .person = row.person, .applying = row.api.state == API_ROSTER_IMPORT_STATE_APPLYING,
		.leave_absent = row.api.leave_absent, .fd = -1};
	tx->actor.person = row.person;
	e = org_sql_get(tx, row.org, &org);
	out->type = org.type;
	struct api_unit *units = arena_array(tx->arena, PLAN_UNITS_MAX, sizeof *units);
	out->units = arena_array(tx->arena, PLAN_UNITS_MAX, sizeof *out->units);
	if (!units || !out->units)
		return ERR_NOMEM;
	if (!e)
		e = unit_sql_list(tx, row.org, 0, units, PLAN_UNITS_MAX, &out->unit_n);
	for (size_t i = 0; !e && i < out->unit_n; i++)
		out->units[i] = (struct plan_known_unit){units[i].id, units[i].kind, units[i].name};
	if (!e)
		e = import_sql_tables(tx, row.org, row.api.id, &out->tables);
	if (e || out->tables.n)
		return e;
	struct file_claim claim = {.file_id = row.file_id, .purpose = FILE_FOR_ROSTER, .org = row.org};
	e = file_ports()->open(tx, &claim, &info, &out->fd);
	out->file_gone = e != ERR_OK;
	return e == ERR_REFUSED || e == ERR_IO || e == ERR_NOT_FOUND ? ERR_OK : e;
}

enum api_roster_file_problem roster_file_problem(enum sheets_problem p)
{
	static const enum api_roster_file_problem all[] = {
		[SHEETS_FINE] = API_ROSTER_FILE_PROBLEM_BROKEN,
		[SHEETS_EMPTY] = API_ROSTER_FILE_PROBLEM_EMPTY,
		[SHEETS_FILE_TOO_LARGE] = API_ROSTER_FILE_PROBLEM_FILE_TOO_LARGE,
		[SHEETS_TOO_MANY_ROWS] = API_ROSTER_FILE_PROBLEM_TOO_MANY_ROWS,
		[SHEETS_TOO_MANY_CELLS] = API_ROSTER_FILE_PROBLEM_TOO_MANY_CELLS,
		[SHEETS_CELL_TOO_LONG] = API_ROSTER_FILE_PROBLEM_CELL_TOO_LONG,
		[SHEETS_TOO_MANY_TABLES] = API_ROSTER_FILE_PROBLEM_TOO_MANY_TABLES,
		[SHEETS_UNKNOWN] = API_ROSTER_FILE_PROBLEM_UNKNOWN,
		[SHEETS_OLD_EXCEL] = API_ROSTER_FILE_PROBLEM_OLD_EXCEL,
		[SHEETS_BROKEN] = API_ROSTER_FILE_PROBLEM_BROKEN,
		[SHEETS_BOMB] = API_ROSTER_FILE_PROBLEM_BOMB,
		[SHEETS_BROKEN_QUOTES] = API_ROSTER_FILE_PROBLEM_BROKEN_QUOTES,
		[SHEETS_BAD_ENCODING] = API_ROSTER_FILE_PROBLEM_BAD_ENCODING,
	};
	CHECK((int)p >= 0 && p < SHEETS_PROBLEMS);
	return all[p];
}

enum err roster_import_fail(struct tx *tx, const struct roster_task *t, enum api_roster_file_problem problem, uint32_t line)
{
	return import_sql_fail(tx, t->org, t->id, problem, line);
}

/* --- the preview */

static struct str sheet_of(const struct roster_plan *plan, const struct plan_at *at)
{
	/* the name of the only table says nothing */
	return plan->sheet_n > 1 && at->sheet < plan->sheet_n && at->line ? plan->sheet_names[at->sheet] : STR("");
}

static enum err store_problems(struct tx *tx, const struct roster_task *t, const struct roster_plan *plan)
{
	enum err e = ERR_OK;
	for (int s = API_ROSTER_SEVERITY_ERROR; s <= API_ROSTER_SEVERITY_WARNING; s++) /* what must be done first */
		for (size_t i = 0; !e && i < plan->problems.n; i++)
			if ((int)plan->problems.p[i].severity == s)
				e = import_sql_problem_add(tx, t->org, t->id, &plan->problems.p[i], sheet_of(plan, &plan->problems.p[i].at));
	return e;
}

enum err roster_import_store(struct tx *tx, const struct roster_task *t, const struct roster_plan *plan, const struct roster_diff *diff, struct str tables)
{
	bool done;
	enum err e = import_sql_forget(tx, t->org, 0);
	if (!e)
		e = import_sql_ready(tx, t->org, t->id, tables, &diff->counts, &done);
	if (e || !done) /* it was cancelled meanwhile */
		return e;
	e = store_problems(tx, t, plan);
	for (size_t i = 0; !e && i < diff->changes.n; i++)
		e = import_sql_change_add(tx, t->org, t->id, &diff->changes.p[i], sheet_of(plan, &diff->changes.p[i].at));
	return e;
}

/* --- one item */

struct work {
	struct tx *tx;
	const struct roster_task *task;
	struct roster_plan *plan;
	struct roster_diff *diff;
	struct str file_name;
	struct movement movement; /* when moving */
	bool moving;
};

/* What moves people is written down: the import's batch in the journal, begun with the first of them and gone on with by later slices. */
static enum err moving(struct work *w)
{
	int64_t batch;
	if (w->moving)
		return ERR_OK;
	enum err e = import_sql_batch(w->tx, w->task->org, w->task->id, &batch);
	if (e)
		return e;
	w->moving = true;
	if (batch)
		return movement_go_on(&w->movement, w->tx, w->task->org, batch);
	e = movement_begin(&w->movement, w->tx, w->task->org, API_MOVEMENT_KIND_IMPORT);
	if (!e)
		e = movement_write_line(&w->movement, &(struct movement_line){API_MOVEMENT_KIND_IMPORT, 0, 0, 0, STR(""), w->file_name});
	return e ? e : import_sql_set_batch(w->tx, w->task->org, w->task->id, w->movement.batch);
}

static enum err make_unit(struct work *w, size_t i)
{
	struct plan_unit *u = &w->plan->units.p[i];
	struct unit_id id;
	if (u->id)
		return ERR_OK;
	enum err e = moving(w);
	if (!e)
		e = school_unit_new(w->tx, w->task->org, u->kind, u->name, &id);
	if (!e)
		e = movement_unit_was_made(&w->movement, id);
	if (!e) {
		u->id = id.v;
		u->made = true;
	}
	return e;
}

static enum err make_subject(struct work *w, size_t i)
{
	struct str fold, name = w->plan->subjects.p[i];
	struct subject_id id;
	int64_t made;
	bool added;
	enum err e = title_fold(w->tx, name, &fold);
	if (!e)
		e = import_sql_subject(w->tx, w->task->org, fold, &id);
	if (e || id.v)
		return e;
	e = subject_sql_add(w->tx, w->task->org, name, fold, false, &added, &made);
	return e ? e : structure_tell(w->tx, w->task->org, API_STRUCTURE_CHANGED_EVENT_WHAT_SUBJECTS, (struct unit_id){0});
}

/* A pupil into the class or group that the file says, out of the one where he is. */
static enum err place_pupil(struct work *w, struct person_id person, struct unit_id unit)
{
	struct api_unit to;
	bool lead;
	enum err e = unit_sql_get(w->tx, w->task->org, unit, &to);
	if (e)
		return e == ERR_NOT_FOUND ? tx_refuse(w->tx, API_NOT_FOUND, "unit_id", NULL) : e;
	e = roster_sql_get(w->tx, w->task->org, unit, person, &lead);
	if (e != ERR_NOT_FOUND)
		return e; /* by another way meanwhile */
	e = moving(w);
	return e ? e : movement_transfer(&w->movement, person, &to);
}

/* Out of the organisation; nobody goes with him whom the file does not name. */
static enum err leave(struct work *w, struct person_id person)
{
	enum role role;
	enum err e = school_member_role(w->tx, w->task->org, person, &role);
	if (e)
		return e == ERR_NOT_FOUND ? ERR_OK : e;
	e = moving(w);
	return e ? e : movement_leave_alone(&w->movement, person, role);
}

static enum err change_person(struct work *w, const struct plan_person *want, struct roster_person *is, struct unit_id unit)
{
	struct api_person names = {.family_name = want->family, .given_name = want->given, .has_patronymic = want->patronymic.n > 0, .patronymic = want->patronymic};
	bool changed, done = true;
	enum err e = ERR_OK;
	if (is->rename && !names.has_patronymic) { /* what the file leaves out is not taken away */
		struct api_person now;
		e = account_person_get(w->tx, is->person, &now);
		names.has_patronymic = !e && now.has_patronymic;
		names.patronymic = now.patronymic;
	}
	if (!e && is->rename)
		e = school_rename_person(w->tx, is->person, &names);
	if (!e && is->give_phone)
		e = account_phone_give(w->tx, is->person, want->phone, &changed);
	if (!e && is->set_external)
		e = member_sql_set_external(w->tx, w->task->org, is->person, want->external, &done);
	if (!e && !done)
		return tx_refuse(w->tx, API_CONFLICT, "external_id", "conflict.external_id");
	return e || !(is->transfer || is->join_unit) ? e : place_pupil(w, is->person, unit);
}

static enum err add_person(struct work *w, const struct plan_person *want, struct roster_person *is, struct unit_id unit)
{
	struct api_person names = {.family_name = want->family, .given_name = want->given, .has_patronymic = want->patronymic.n > 0, .patronymic = want->patronymic};
	struct api_unit row;
	struct person_id known = {0};
	enum role role;
	bool member = false;
	is->made = true;
	is->role = (enum role)want->role;
	enum err e = want->phone.n ? account_person_by_phone(w->tx, want->phone, &known) : ERR_OK;
	if (!e && known.v) {
		e = school_member_role(w->tx, w->task->org, known, &role);
		member = !e;
		e = e == ERR_NOT_FOUND ? ERR_OK : e;
	}
	if (!e)
		e = school_expect(w->tx, w->task->org, &names, is->role, want->phone, unit, want->external, &is->person);
	if (e || member) /* by another way since the comparing: then the file did not bring him */
		return e;
	e = moving(w);
	if (!e && unit.v)
		e = unit_sql_get(w->tx, w->task->org, unit, &row);
	return e ? e : movement_came(&w->movement, is->person, unit.v ? &row : NULL);
}

static enum err do_person(struct work *w, size_t i)
{
	const struct plan_person *want = &w->plan->people.p[i];
	struct roster_person *is = &w->diff->people.p[i];
	struct unit_id unit = {want->unit ? w->plan->units.p[want->unit - 1].id : 0};
	if (want->leaves)
		return is->leaves ? leave(w, is->person) : ERR_OK;
	return is->person.v ? change_person(w, want, is, unit) : add_person(w, want, is, unit);
}

static enum err join_place(struct work *w, struct person_id person, enum role role, struct unit_id unit, bool lead)
{
	struct api_unit row;
	enum err e = unit_sql_get(w->tx, w->task->org, unit, &row);
	if (e)
		return e == ERR_NOT_FOUND ? tx_refuse(w->tx, API_NOT_FOUND, "unit_id", NULL) : e;
	e = moving(w);
	if (!e)
		e = movement_join_unit(&w->movement, &row, person, role, lead ? &lead : NULL);
	return e ? e
		: movement_write_line(&w->movement, &(struct movement_line){API_MOVEMENT_KIND_UNIT_JOIN, person.v, 0, row.id, STR(""), row.name});
}

static enum err do_place(struct work *w, size_t i)
{
	const struct plan_place *p = &w->plan->places.p[i];
	const struct roster_person *is = &w->diff->people.p[p->person];
	struct unit_id unit = {w->plan->units.p[p->unit].id};
	bool changed, lead = false;
	if (!is->person.v || !unit.v || w->plan->people.p[p->person].leaves)
		return ERR_OK;
	enum err e = roster_sql_get(w->tx, w->task->org, unit, is->person, &lead);
	if (e && e != ERR_NOT_FOUND)
		return e;
	if (!e && (lead || !p->lead))
		return ERR_OK;
	if (!e || is->is_new) /* he is in it, or goes with all he has when his coming is taken back */
		return school_join(w->tx, w->task->org, is->person, is->role, unit, p->lead, &changed);
	return join_place(w, is->person, is->role, unit, p->lead);
}

static enum err do_bond(struct work *w, const struct plan_bond *b, bool found)
{
	struct person_id guardian = w->diff->people.p[b->guardian].person;
	struct person_id child = found ? (struct person_id){(int64_t)b->child} : w->diff->people.p[b->child].person;
	bool changed;
	return guardian.v && child.v ? school_guardian_bind(w->tx, w->task->org, guardian, child, &changed) : ERR_OK;
}

static enum err do_teaching(struct work *w, size_t i)
{
	const struct plan_teaching *t = &w->plan->teachings.p[i];
	struct person_id teacher = w->diff->people.p[t->teacher].person;
	struct unit_id unit = {w->plan->units.p[t->unit].id};
	struct subject_id subject;
	struct str fold;
	bool changed;
	enum err e = title_fold(w->tx, w->plan->subjects.p[t->subject], &fold);
	if (!e)
		e = import_sql_subject(w->tx, w->task->org, fold, &subject);
	if (e || !teacher.v || !unit.v || !subject.v)
		return e;
	return school_teaching_set(w->tx, w->task->org, unit, subject, teacher, &changed);
}

/* --- all of them in a row */

/* Staff and what it teaches before the pupils: a chat of a subject that begins asks about everybody who is in the class already. */
enum phase { UNITS, SUBJECTS, STAFF, STAFF_PLACES, TEACHINGS, PEOPLE, PLACES, BONDS, FOUND, ABSENT, PHASES };

static void sizes_of(const struct roster_task *t, const struct roster_plan *plan, const struct roster_diff *diff, size_t sizes[PHASES])
{
	sizes[UNITS] = plan->units.n;
	sizes[SUBJECTS] = plan->subjects.n;
	sizes[STAFF] = sizes[PEOPLE] = plan->people.n;
	sizes[STAFF_PLACES] = sizes[PLACES] = plan->places.n;
	sizes[BONDS] = plan->bonds.n;
	sizes[FOUND] = diff->found_children.n;
	sizes[TEACHINGS] = plan->teachings.n;
	sizes[ABSENT] = t->leave_absent ? diff->absent.n : 0;
}

static enum err do_item(struct work *w, enum phase phase, size_t i)
{
	switch (phase) {
	case UNITS:
		return make_unit(w, i);
	case SUBJECTS:
		return make_subject(w, i);
	case STAFF:
	case PEOPLE:
		return do_person(w, i);
	case STAFF_PLACES:
	case PLACES:
		return do_place(w, i);
	case BONDS:
		return do_bond(w, &w->plan->bonds.p[i], false);
	case FOUND:
		return do_bond(w, &w->diff->found_children.p[i], true);
	case TEACHINGS:
		return do_teaching(w, i);
	case ABSENT:
		return leave(w, w->diff->absent.p[i]);
	case PHASES:
		break;
	}
	BUG("phase %d", (int)phase);
}

/* Whether the item belongs to the phase: of people and places each half is left to the other one. */
static bool belongs(const struct roster_plan *plan, enum phase phase, size_t i)
{
	if (phase != STAFF && phase != PEOPLE && phase != STAFF_PLACES && phase != PLACES)
		return true;
	size_t who = phase == STAFF || phase == PEOPLE ? i : plan->places.p[i].person;
	return (plan->people.p[who].role == API_ROLE_TEACHER) == (phase == STAFF || phase == STAFF_PLACES);
}

static size_t person_of(const struct roster_plan *plan, const struct roster_diff *diff, enum phase phase, size_t i)
{
	return phase == PEOPLE || phase == STAFF ? i : phase == PLACES || phase == STAFF_PLACES ? plan->places.p[i].person : phase == BONDS ? plan->bonds.p[i].guardian :
		phase == FOUND ? diff->found_children.p[i].guardian : phase == TEACHINGS ? plan->teachings.p[i].teacher : SIZE_MAX;
}

/* Why the item could not be done is one more problem of its row. */
static enum err note_refused(struct work *w, enum phase phase, size_t i)
{
	struct plan_problem p = {.severity = API_ROSTER_SEVERITY_WARNING, .key = API_ROSTER_PROBLEM_KEY_REFUSED,
		.at = {.column_name = STR(""), .value = STR("")}, .name = STR(""), .was = STR(""), .became = STR("")};
	size_t who = person_of(w->plan, w->diff, phase, i);
	if (who != SIZE_MAX) {
		const struct plan_person *want = &w->plan->people.p[who];
		p.at = want->at;
		char *name = arena_printf(w->tx->arena, "%.*s %.*s", (int)want->family.n, want->family.p, (int)want->given.n, want->given.p);
		p.name = name ? str_of(name) : STR("");
	} else if (phase == UNITS) {
		p.name = w->plan->units.p[i].name;
	}
	w->diff->counts.refused++;
	return import_sql_problem_add(w->tx, w->task->org, w->task->id, &p, sheet_of(w->plan, &p.at));
}

static enum err finish(struct work *w)
{
	const struct api_roster_counts *c = &w->diff->counts;
	bool done;
	enum err e = import_sql_set_state(w->tx, w->task->org, w->task->id, API_ROSTER_IMPORT_STATE_APPLYING, API_ROSTER_IMPORT_STATE_DONE, &done);
	if (!e)
		e = import_sql_forget_changes(w->tx, w->task->org, w->task->id);
	return e ? e
		 : audit_add(w->tx, w->task->org, "roster_import_done", "roster_import", w->task->id,
			   audit_detail(w->tx, "iiii", "new", c->students_new + c->teachers_new + c->guardians_new, "changed", c->changed, "refused", c->refused,
				   "left", c->leaving + (w->task->leave_absent ? c->absent : 0)));
}

/* Whoever began it must still be allowed to. */
static enum err still_wanted(struct work *w, bool *out)
{
	struct import_row row;
	enum role role;
	bool confirmed = false, done;
	enum err e = import_sql_get(w->tx, w->task->org, w->task->id, &row);
	*out = !e && row.api.state == API_ROSTER_IMPORT_STATE_APPLYING;
	w->file_name = row.api.file_name;
	if (e || !*out)
		return e;
	w->tx->actor.person = w->task->person;
	if (w->diff->cursor == 0 && w->diff->counts.refused == 0) /* the counts were of the preview */
		w->diff->counts = row.api.counts;
	e = school_member_role(w->tx, w->task->org, w->task->person, &role);
	if (!e && role <= ROLE_COADMIN)
		e = school_confirmed(w->tx, w->task->org, w->task->person, &confirmed);
	e = e == ERR_NOT_FOUND ? ERR_OK : e;
	*out = confirmed;
	if (e || confirmed)
		return e;
	return import_sql_set_state(w->tx, w->task->org, w->task->id, API_ROSTER_IMPORT_STATE_APPLYING, API_ROSTER_IMPORT_STATE_CANCELLED, &done);
}

enum err roster_import_slice(struct tx *tx, const struct roster_task *t, struct roster_plan *plan, struct roster_diff *diff, bool *more_out)
{
	struct work w = {.tx = tx, .task = t, .plan = plan, .diff = diff};
	size_t sizes[PHASES], total = 0, at = 0, done = 0;
	enum err e = still_wanted(&w, more_out);
	if (e || !*more_out)
		return e;
	sizes_of(t, plan, diff, sizes);
	for (size_t p = 0; p < PHASES; p++)
		total += sizes[p];
	size_t first = diff->cursor;
	for (size_t p = 0; !e && p < PHASES; at += sizes[p++])
		for (size_t i = diff->cursor > at ? diff->cursor - at : 0; !e && i < sizes[p] && done < ROSTER_SLICE; i++) {
			bool mine = belongs(plan, (enum phase)p, i);
			diff->cursor = at + i;
			done += mine;
			if (!mine) {
				/* left to the other half */
			} else if (diff->skip == at + i + 1) {
				if (first == at + i) /* it stands first: everything before it is on the disk */
					e = note_refused(&w, (enum phase)p, i);
				else
					goto end;
				diff->skip = 0;
			} else {
				e = do_item(&w, (enum phase)p, i);
			}
			if (!e)
				diff->cursor = at + i + 1;
		}
end:
	if (w.moving)
		e = movement_close(&w.movement, e);
	if (!e)
		e = import_sql_progress(tx, t->org, t->id, diff->cursor, total);
	if (!e && diff->counts.refused)
		e = import_sql_count_refused(tx, t->org, t->id, &diff->counts);
	*more_out = diff->cursor < total;
	return e || *more_out ? e : finish(&w);
}

void roster_import_kept(struct roster_plan *plan, struct roster_diff *diff)
{
	for (size_t i = 0; i < diff->people.n; i++)
		diff->people.p[i].made = false;
	for (size_t i = 0; i < plan->units.n; i++)
		plan->units.p[i].made = false;
}

void roster_import_undone(struct roster_plan *plan, struct roster_diff *diff, size_t from, bool refused)
{
	for (size_t i = 0; i < diff->people.n; i++)
		if (diff->people.p[i].made)
			diff->people.p[i].person.v = 0;
	for (size_t i = 0; i < plan->units.n; i++)
		if (plan->units.p[i].made)
			plan->units.p[i].id = 0;
	roster_import_kept(plan, diff);
	if (refused)
		diff->skip = diff->cursor + 1;
	diff->cursor = from;
}
