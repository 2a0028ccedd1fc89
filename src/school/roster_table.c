/* SPDX-License-Identifier: Apache-2.0
 *
 * Tables as schools have them, row by row, into a plan: titles in any order, a table for a role or for a class. Pure.
 */
#include "base/utf8.h"
#include "school/level.h"
#include "school/roster_plan.h"

#define HEADER_ROWS 15 /* the titles stand in one of the first so many rows */
#define LIST_MAX 40    /* classes, children, subjects of one cell */

struct table {
	/* borrowed */
	struct roster_plan *p;
	const struct sheet *sheet;
	/* state */
	uint32_t index;
	struct str titles[SHEETS_CELLS_MAX];
	size_t column[COLUMNS];   /* index + 1 of its cell; 0: not there */
	size_t header;            /* index of its row */
	enum api_role role;       /* of the whole table */
	bool has_role;
	size_t unit;              /* of the whole table: index + 1 */
};

static struct str cell_at(const struct sheet_row *row, size_t column)
{
	if (!column || column > row->n)
		return STR("");
	struct str s = row->cells[column - 1];
	/* what an export puts before a sign that a spreadsheet would calculate with */
	return s.n > 1 && s.p[0] == '\'' ? str_n(s.p + 1, s.n - 1) : s;
}

static struct plan_at at_of(const struct table *t, const struct sheet_row *row, enum roster_column c)
{
	size_t column = c == COLUMN_NONE ? 0 : t->column[c];
	return (struct plan_at){.sheet = t->index, .line = row->line, .column = (uint32_t)column,
		.column_name = column ? t->titles[column - 1] : STR(""), .value = cell_at(row, column)};
}

static bool read_header(struct table *t, size_t r)
{
	const struct sheet_row *row = &t->sheet->rows[r];
	memset(t->column, 0, sizeof t->column);
	for (size_t i = 0; i < row->n && i < SHEETS_CELLS_MAX; i++) {
		enum roster_column c = roster_column_of(t->p->arena, row->cells[i]);
		if (c == COLUMN_PARENT1 && t->column[c])
			c = COLUMN_PARENT2; /* the same title twice */
		if (c == COLUMN_PARENT1_PHONE && t->column[c])
			c = COLUMN_PARENT2_PHONE;
		t->titles[i] = arena_str(t->p->arena, row->cells[i]);
		if (c != COLUMN_NONE && !t->column[c])
			t->column[c] = i + 1;
	}
	size_t known = 0;
	for (size_t c = 1; c < COLUMNS; c++)
		known += t->column[c] > 0;
	if (!t->column[COLUMN_FULL] && t->column[COLUMN_FAMILY] && !t->column[COLUMN_GIVEN]) {
		t->column[COLUMN_FULL] = t->column[COLUMN_FAMILY];
		t->column[COLUMN_FAMILY] = 0;
	}
	t->header = r;
	return known >= 2 && (t->column[COLUMN_FULL] || t->column[COLUMN_FAMILY]);
}

static bool find_header(struct table *t)
{
	for (size_t r = 0; r < t->sheet->n && r < HEADER_ROWS; r++)
		if (read_header(t, r))
			return true;
	return false;
}

/* What the parts of a cell are divided by: a semicolon if there is one, else a comma. */
static char divider(struct str s)
{
	size_t at;
	return str_find(s, ';', &at) ? ';' : ',';
}

static enum api_unit_kind usual_kind(enum api_org_type type)
{
	return type == API_ORG_TYPE_SCHOOL ? API_UNIT_KIND_CLASS : type == API_ORG_TYPE_COLLEGE ? API_UNIT_KIND_GROUP : API_UNIT_KIND_CIRCLE;
}

/* One column is the class or the group; in a centre both are circles. */
static enum roster_column unit_column(const struct table *t, const struct sheet_row *row)
{
	return cell_at(row, t->column[COLUMN_UNIT]).n || !cell_at(row, t->column[COLUMN_GROUP]).n ? COLUMN_UNIT : COLUMN_GROUP;
}

static enum api_unit_kind unit_kind(const struct table *t, enum roster_column c)
{
	enum api_org_type type = t->p->type;
	return c == COLUMN_GROUP && type == API_ORG_TYPE_SCHOOL ? API_UNIT_KIND_GROUP : usual_kind(type);
}

static size_t each_unit(struct table *t, const struct sheet_row *row, enum roster_column c, enum api_unit_kind kind, size_t units[LIST_MAX])
{
	struct plan_at at = at_of(t, row, c);
	struct str rest = at.value;
	size_t n = 0;
	char by = divider(rest);
	while (rest.n && n < LIST_MAX) {
		struct str name = str_trim_ascii(str_cut(&rest, by));
		size_t unit = name.n ? plan_unit_named(t->p, kind, name, &at) : 0;
		if (unit)
			units[n++] = unit;
	}
	return n;
}

/* --- rows of pupils */

static void read_parent(struct table *t, const struct sheet_row *row, enum roster_column name, enum roster_column phone, size_t child)
{
	struct str who = cell_at(row, t->column[name]), number = cell_at(row, t->column[phone]);
	if (!who.n && number.n) {
		struct plan_at at = at_of(t, row, phone);
		plan_problem(t->p, API_ROSTER_SEVERITY_WARNING, API_ROSTER_PROBLEM_KEY_PARENT_WITHOUT_NAME, &at, 0);
	}
	if (!who.n)
		return;
	struct plan_want w = {.full = who, .phone = number, .role = API_ROLE_GUARDIAN, .at = at_of(t, row, COLUMN_NONE), .at_name = at_of(t, row, name),
		.at_phone = at_of(t, row, phone), .child = child};
	w.at.value = who;
	plan_bond(t->p, plan_person_wanted(t->p, &w), child);
}

static void read_student(struct table *t, const struct sheet_row *row, struct plan_want *w)
{
	size_t circles[LIST_MAX];
	enum roster_column c = unit_column(t, row);
	struct plan_at at = at_of(t, row, c);
	enum api_unit_kind kind = unit_kind(t, c);
	if (kind == API_UNIT_KIND_CIRCLE) {
		w->unit = 0; /* a child may be in several */
	} else if (at.value.n) {
		w->unit = plan_unit_named(t->p, kind, at.value, &at);
	} else {
		w->unit = t->unit;
		if (!w->unit)
			plan_problem(t->p, API_ROSTER_SEVERITY_WARNING, API_ROSTER_PROBLEM_KEY_MISSING_CLASS, &w->at, 0);
	}
	size_t child = plan_person_wanted(t->p, w);
	size_t n = kind == API_UNIT_KIND_CIRCLE ? each_unit(t, row, c, kind, circles) : 0;
	for (size_t i = 0; i < n; i++)
		plan_place(t->p, child, circles[i], false);
	if (kind == API_UNIT_KIND_CIRCLE && !n)
		plan_place(t->p, child, t->unit, false);
	n = each_unit(t, row, COLUMN_CIRCLE, API_UNIT_KIND_CIRCLE, circles);
	for (size_t i = 0; i < n; i++)
		plan_place(t->p, child, circles[i], false);
	read_parent(t, row, COLUMN_PARENT1, COLUMN_PARENT1_PHONE, child);
	read_parent(t, row, COLUMN_PARENT2, COLUMN_PARENT2_PHONE, child);
}

/* --- rows of parents */

static void read_children(struct table *t, const struct sheet_row *row, size_t guardian)
{
	struct plan_at at = at_of(t, row, COLUMN_CHILD);
	struct str rest = at.value;
	char by = divider(rest);
	for (size_t k = 0; guardian && rest.n && k < LIST_MAX; k++) {
		struct str name = str_trim_ascii(str_cut(&rest, by));
		if (name.n)
			VEC_PUSH(&t->p->children, ((struct plan_child){.guardian = guardian - 1, .name = arena_str(t->p->arena, name), .at = at}));
	}
}

static void read_guardian(struct table *t, const struct sheet_row *row, const struct plan_want *w)
{
	size_t guardian = plan_person_wanted(t->p, w);
	if (!cell_at(row, t->column[COLUMN_CHILD]).n)
		plan_problem(t->p, API_ROSTER_SEVERITY_WARNING, API_ROSTER_PROBLEM_KEY_MISSING_CHILD, &w->at, 0);
	read_children(t, row, guardian);
}

/* --- rows of staff */

/* "Алгебра: 7А, 7Б; Физика (8А)", or names alone, for the classes of the row. */
static void read_subject(struct table *t, struct str part, const struct plan_at *at, size_t teacher, const size_t *units, size_t n)
{
	size_t from, end;
	bool colon = str_find(part, ':', &from), listed = colon || str_find(part, '(', &from);
	size_t subject = plan_subject_named(t->p, listed ? str_n(part.p, from) : part, at);
	if (!listed) {
		for (size_t i = 0; i < n; i++)
			plan_teaching(t->p, teacher, units[i], subject);
		if (!n)
			plan_problem(t->p, API_ROSTER_SEVERITY_WARNING, API_ROSTER_PROBLEM_KEY_SUBJECT_WITHOUT_CLASS, at, 0);
		return;
	}
	struct str rest = str_n(part.p + from + 1, part.n - from - 1);
	if (!colon && str_find(rest, ')', &end))
		rest.n = end;
	for (size_t k = 0; rest.n && k < LIST_MAX; k++) {
		struct str name = str_trim_ascii(str_cut(&rest, ','));
		if (name.n)
			plan_teaching(t->p, teacher, plan_unit_named(t->p, usual_kind(t->p->type), name, at), subject);
	}
}

static void read_teacher(struct table *t, const struct sheet_row *row, const struct plan_want *w)
{
	size_t units[LIST_MAX], circles[LIST_MAX], led[LIST_MAX], n, circle_n;
	enum roster_column c = unit_column(t, row);
	size_t teacher = plan_person_wanted(t->p, w);
	struct plan_at subjects = at_of(t, row, COLUMN_SUBJECT), lead = at_of(t, row, COLUMN_LEAD);
	n = each_unit(t, row, c, unit_kind(t, c), units);
	if (!n && t->unit)
		units[n++] = t->unit;
	circle_n = each_unit(t, row, COLUMN_CIRCLE, API_UNIT_KIND_CIRCLE, circles);
	for (size_t i = 0; i < circle_n; i++)
		plan_place(t->p, teacher, circles[i], true); /* a circle's teacher is its head */
	if (roster_is_yes(t->p->arena, lead.value)) {
		for (size_t i = 0; i < n; i++)
			plan_place(t->p, teacher, units[i], true);
	} else if (!str_eq(plan_fold(t->p, lead.value), STR("нет")) && !str_eq(lead.value, STR("-"))) {
		size_t led_n = each_unit(t, row, COLUMN_LEAD, usual_kind(t->p->type), led);
		for (size_t i = 0; i < led_n; i++)
			plan_place(t->p, teacher, led[i], true);
	}
	struct str rest = subjects.value;
	size_t at;
	char by = str_find(rest, ';', &at) || str_find(rest, ':', &at) || str_find(rest, '(', &at) ? ';' : ',';
	for (size_t k = 0; rest.n && k < LIST_MAX; k++) {
		struct str part = str_trim_ascii(str_cut(&rest, by));
		if (part.n)
			read_subject(t, part, &subjects, teacher, units, n);
	}
	read_children(t, row, teacher); /* staff may be parents too */
	if (!subjects.value.n && !lead.value.n)
		for (size_t i = 0; i < n; i++)
			plan_place(t->p, teacher, units[i], false);
}

/* --- */

static bool role_of_row(struct table *t, const struct sheet_row *row, enum api_role *out)
{
	struct plan_at at = at_of(t, row, COLUMN_ROLE);
	if (at.value.n) {
		if (roster_role_of(t->p->arena, at.value, out))
			return true;
		plan_problem(t->p, API_ROSTER_SEVERITY_ERROR, API_ROSTER_PROBLEM_KEY_UNKNOWN_ROLE, &at, 0);
		return false;
	}
	*out = t->has_role ? t->role : t->column[COLUMN_CHILD] ? API_ROLE_GUARDIAN : t->column[COLUMN_SUBJECT] || t->column[COLUMN_LEAD] ? API_ROLE_TEACHER : API_ROLE_STUDENT;
	if (t->column[COLUMN_PARENT1] && !t->has_role) /* a list of pupils may say who leads their class */
		*out = API_ROLE_STUDENT;
	if (t->column[COLUMN_ROLE] || (!t->has_role && *out == API_ROLE_STUDENT && !t->column[COLUMN_UNIT] && !t->column[COLUMN_GROUP] &&
		!t->column[COLUMN_CIRCLE] && !t->column[COLUMN_PARENT1] && !t->unit)) {
		at = at.column ? at : at_of(t, row, COLUMN_NONE);
		plan_problem(t->p, API_ROSTER_SEVERITY_ERROR, API_ROSTER_PROBLEM_KEY_UNKNOWN_ROLE, &at, 0);
		return false;
	}
	return true;
}

static void read_row(struct table *t, const struct sheet_row *row)
{
	enum roster_column name = t->column[COLUMN_FULL] ? COLUMN_FULL : COLUMN_FAMILY;
	struct plan_want w = {.full = cell_at(row, t->column[COLUMN_FULL]), .family = cell_at(row, t->column[COLUMN_FAMILY]),
		.given = cell_at(row, t->column[COLUMN_GIVEN]), .patronymic = cell_at(row, t->column[COLUMN_PATRONYMIC]),
		.phone = cell_at(row, t->column[COLUMN_PHONE]), .external = cell_at(row, t->column[COLUMN_EXTERNAL]),
		.at = at_of(t, row, COLUMN_NONE), .at_name = at_of(t, row, name), .at_phone = at_of(t, row, COLUMN_PHONE),
		.at_external = at_of(t, row, COLUMN_EXTERNAL)};
	w.at.value = w.at_name.value;
	if (!t->column[COLUMN_FULL] && w.family.n && !w.given.n)
		w.at_name = at_of(t, row, COLUMN_GIVEN);
	if (!role_of_row(t, row, &w.role))
		return;
	if (w.role == API_ROLE_STUDENT)
		read_student(t, row, &w);
	else if (w.role == API_ROLE_TEACHER)
		read_teacher(t, row, &w);
	else
		read_guardian(t, row, &w);
}

static void read_sheet(struct table *t)
{
	struct roster_plan *p = t->p;
	int level;
	struct str letter, name = roster_class_name(p->arena, str_trim_ascii(t->sheet->name));
	struct plan_at at = {.sheet = t->index, .column_name = STR(""), .value = t->sheet->name};
	t->has_role = roster_role_of(p->arena, t->sheet->name, &t->role);
	level_of_name(name, &level, &letter);
	if (level && letter.n && p->type == API_ORG_TYPE_SCHOOL && !t->column[COLUMN_UNIT] && !t->column[COLUMN_GROUP])
		t->unit = plan_unit_named(p, API_UNIT_KIND_CLASS, name, &at);
	for (size_t r = t->header + 1; r < t->sheet->n; r++)
		read_row(t, &t->sheet->rows[r]);
}

enum err roster_table_read(struct roster_plan *p, const struct sheets *tables)
{
	size_t read = 0;
	for (int turn = 0; turn < 2; turn++)
		for (size_t i = 0; i < tables->n; i++) {
			struct table t = {.p = p, .sheet = &tables->items[i], .index = (uint32_t)i};
			bool found = find_header(&t);
			if (turn == 0 && found) {
				read++;
				read_sheet(&t);
			} else if (turn == 1 && !found && t.sheet->n) {
				struct plan_at at = {.sheet = t.index, .line = read ? 0 : t.sheet->rows[0].line, .column_name = STR(""), .value = t.sheet->rows[0].cells[0]};
				plan_problem(p, read ? API_ROSTER_SEVERITY_WARNING : API_ROSTER_SEVERITY_ERROR,
					read ? API_ROSTER_PROBLEM_KEY_SHEET_SKIPPED : API_ROSTER_PROBLEM_KEY_NO_HEADER, &at, 0);
			}
		}
	return arena_failed(p->arena) ? ERR_NOMEM : ERR_OK;
}
