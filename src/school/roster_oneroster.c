/* SPDX-License-Identifier: Apache-2.0
 *
 * OneRoster 1.2 CSV (1EdTech; 1.1 is read too) into a plan: users with their roles, classes, enrollments, courses. agentSourcedIds are
 * parents, middleName is the patronymic, status tobedeleted leaves. A class of the type homeroom is a unit; a scheduled one is a subject
 * taught to the homeroom whose title it bears. Pure.
 */
#include "school/level.h"
#include "school/roster_plan.h"

struct one_table {
	/* borrowed */
	const struct sheet *sheet; /* NULL: not in the archive */
	uint32_t index;
};

/* A user or a class of the file: where it is, and what it became. */
struct one_user { size_t row; enum api_role role; bool has_role, leaves; size_t homeroom, person; };
struct one_class { size_t row, unit, subject; bool scheduled; };

struct one {
	/* borrowed */
	struct roster_plan *p;
	struct one_table users, classes, enrollments, roles, courses;
	/* owned */
	struct strmap *user_by_id, *class_by_id, *course_by_id;
	VEC(struct one_user) people;
	VEC(struct one_class) rooms;
};

static struct one_table table_named(const struct sheets *tables, struct str name)
{
	for (size_t i = 0; i < tables->n; i++)
		if (str_ieq_ascii(tables->items[i].name, name) && tables->items[i].n)
			return (struct one_table){&tables->items[i], (uint32_t)i};
	return (struct one_table){.sheet = NULL};
}

static size_t column_named(const struct one_table *t, struct str name)
{
	if (!t->sheet)
		return 0;
	const struct sheet_row *header = &t->sheet->rows[0];
	for (size_t i = 0; i < header->n; i++)
		if (str_ieq_ascii(header->cells[i], name))
			return i + 1;
	return 0;
}

static struct str cell(const struct one_table *t, size_t row, struct str column)
{
	size_t at = column_named(t, column);
	const struct sheet_row *r = &t->sheet->rows[row];
	if (!at || at > r->n)
		return STR("");
	struct str s = r->cells[at - 1];
	return s.n > 1 && s.p[0] == '\'' ? str_n(s.p + 1, s.n - 1) : s;
}

static struct plan_at at_of(const struct one_table *t, size_t row, struct str column)
{
	size_t at = column.n ? column_named(t, column) : 0;
	return (struct plan_at){.sheet = t->index, .line = t->sheet->rows[row].line, .column = (uint32_t)at, .column_name = at ? column : STR(""),
		.value = at ? cell(t, row, column) : STR("")};
}

bool roster_is_oneroster(const struct sheets *tables)
{
	struct one_table users = table_named(tables, STR("users"));
	return users.sheet && column_named(&users, STR("sourcedId"));
}

static size_t found(const struct strmap *m, struct str id)
{
	return (size_t)(uintptr_t)strmap_find(m, id);
}

static bool gone(const struct one_table *t, size_t row)
{
	return str_ieq_ascii(cell(t, row, STR("status")), STR("tobedeleted"));
}

static void broken_link(struct one *o, const struct one_table *t, size_t row, struct str column)
{
	struct plan_at at = at_of(t, row, column);
	plan_problem(o->p, API_ROSTER_SEVERITY_WARNING, API_ROSTER_PROBLEM_KEY_BROKEN_LINK, &at, 0);
}

/* --- roles */

static void give_role(struct one_user *u, enum api_role role)
{
	/* staff stays staff, whatever else it is */
	if (!u->has_role || role == API_ROLE_TEACHER)
		u->role = role;
	u->has_role = true;
}

static void read_roles(struct one *o)
{
	for (size_t r = 1; o->roles.sheet && r < o->roles.sheet->n; r++) {
		enum api_role role;
		size_t user = found(o->user_by_id, cell(&o->roles, r, STR("userSourcedId")));
		if (gone(&o->roles, r))
			continue;
		if (!user)
			broken_link(o, &o->roles, r, STR("userSourcedId"));
		else if (roster_role_of(o->p->arena, cell(&o->roles, r, STR("role")), &role))
			give_role(&o->people.p[user - 1], role);
	}
	/* what the roles do not say, the enrollments do */
	for (size_t r = 1; o->enrollments.sheet && r < o->enrollments.sheet->n; r++) {
		enum api_role role;
		size_t user = found(o->user_by_id, cell(&o->enrollments, r, STR("userSourcedId")));
		if (user && !o->people.p[user - 1].has_role && roster_role_of(o->p->arena, cell(&o->enrollments, r, STR("role")), &role))
			give_role(&o->people.p[user - 1], role);
	}
}

static void read_users(struct one *o)
{
	for (size_t r = 1; r < o->users.sheet->n; r++) {
		struct str id = cell(&o->users, r, STR("sourcedId"));
		struct one_user u = {.row = r, .leaves = gone(&o->users, r)};
		if (!id.n || found(o->user_by_id, id)) {
			struct plan_at at = at_of(&o->users, r, STR("sourcedId"));
			plan_problem(o->p, API_ROSTER_SEVERITY_ERROR, id.n ? API_ROSTER_PROBLEM_KEY_EXTERNAL_TWICE : API_ROSTER_PROBLEM_KEY_BAD_EXTERNAL, &at,
				id.n ? o->users.sheet->rows[o->people.p[found(o->user_by_id, id) - 1].row].line : 0);
			continue;
		}
		u.has_role = roster_role_of(o->p->arena, cell(&o->users, r, STR("role")), &u.role); /* 1.1 */
		VEC_PUSH(&o->people, u);
		strmap_put(o->user_by_id, id, (void *)(uintptr_t)o->people.n);
	}
	read_roles(o);
}

/* --- classes */

static enum api_unit_kind kind_of(struct one *o, size_t row, struct str title)
{
	struct str kind = cell(&o->classes, row, STR("metadata.zvonok.kind"));
	enum api_org_type type = o->p->type;
	int level;
	struct str letter;
	if (str_eq(kind, STR("class")))
		return API_UNIT_KIND_CLASS;
	if (str_eq(kind, STR("group")))
		return API_UNIT_KIND_GROUP;
	if (str_eq(kind, STR("circle")))
		return API_UNIT_KIND_CIRCLE;
	level_of_name(roster_class_name(o->p->arena, title), &level, &letter);
	if (type == API_ORG_TYPE_SCHOOL)
		return level ? API_UNIT_KIND_CLASS : API_UNIT_KIND_GROUP;
	return type == API_ORG_TYPE_COLLEGE ? API_UNIT_KIND_GROUP : API_UNIT_KIND_CIRCLE;
}

static void read_class(struct one *o, size_t r, bool scheduled)
{
	struct plan_at at = at_of(&o->classes, r, STR("title"));
	struct str id = cell(&o->classes, r, STR("sourcedId")), title = cell(&o->classes, r, STR("title"));
	struct one_class c = {.row = r, .scheduled = scheduled};
	size_t course = found(o->course_by_id, cell(&o->classes, r, STR("courseSourcedId")));
	c.unit = plan_unit_named(o->p, kind_of(o, r, title), title, &at);
	if (scheduled && course) {
		struct plan_at where = at_of(&o->courses, course, STR("title"));
		c.subject = plan_subject_named(o->p, where.value, &where);
	}
	VEC_PUSH(&o->rooms, c);
	strmap_put(o->class_by_id, id, (void *)(uintptr_t)o->rooms.n);
}

static void read_classes(struct one *o)
{
	for (size_t r = 1; o->courses.sheet && r < o->courses.sheet->n; r++)
		strmap_put(o->course_by_id, cell(&o->courses, r, STR("sourcedId")), (void *)(uintptr_t)r);
	for (int turn = 0; turn < 2; turn++) /* the rooms before what is taught in them */
		for (size_t r = 1; o->classes.sheet && r < o->classes.sheet->n; r++) {
			bool scheduled = str_ieq_ascii(cell(&o->classes, r, STR("classType")), STR("scheduled"));
			if (scheduled == (turn == 1) && !gone(&o->classes, r))
				read_class(o, r, scheduled);
		}
}

/* --- enrollments: first the homerooms of pupils, which people are made with; then the rest */

static bool enrollment(struct one *o, size_t r, size_t *user_out, size_t *class_out)
{
	*user_out = found(o->user_by_id, cell(&o->enrollments, r, STR("userSourcedId")));
	*class_out = found(o->class_by_id, cell(&o->enrollments, r, STR("classSourcedId")));
	return *user_out && *class_out && !gone(&o->enrollments, r);
}

static bool exclusive(const struct one *o, size_t room)
{
	size_t unit = o->rooms.p[room - 1].unit;
	return unit && o->p->units.p[unit - 1].kind != API_UNIT_KIND_CIRCLE;
}

static void read_homerooms(struct one *o)
{
	for (size_t r = 1; o->enrollments.sheet && r < o->enrollments.sheet->n; r++) {
		size_t user, room;
		if (!enrollment(o, r, &user, &room))
			continue;
		struct one_user *u = &o->people.p[user - 1];
		size_t unit = o->rooms.p[room - 1].unit;
		if (u->role != API_ROLE_STUDENT || o->rooms.p[room - 1].scheduled || !exclusive(o, room))
			continue;
		if (u->homeroom && u->homeroom != unit) {
			struct plan_at at = at_of(&o->enrollments, r, STR("classSourcedId"));
			plan_problem(o->p, API_ROSTER_SEVERITY_ERROR, API_ROSTER_PROBLEM_KEY_TWO_CLASSES, &at, o->users.sheet->rows[u->row].line);
			continue;
		}
		u->homeroom = unit;
	}
}

static void read_people(struct one *o)
{
	for (size_t i = 0; i < o->people.n; i++) {
		struct one_user *u = &o->people.p[i];
		struct one_table *t = &o->users;
		struct str phone = cell(t, u->row, STR("phone")), sms = cell(t, u->row, STR("sms"));
		struct plan_want w = {.family = cell(t, u->row, STR("familyName")), .given = cell(t, u->row, STR("givenName")),
			.patronymic = cell(t, u->row, STR("middleName")), .phone = sms.n ? sms : phone, .external = cell(t, u->row, STR("sourcedId")),
			.role = u->role, .unit = u->homeroom, .at = at_of(t, u->row, STR("")), .at_name = at_of(t, u->row, STR("familyName")),
			.at_phone = at_of(t, u->row, sms.n ? STR("sms") : STR("phone")), .at_external = at_of(t, u->row, STR("sourcedId"))};
		w.at.value = w.family;
		if (!u->has_role) {
			plan_problem(o->p, API_ROSTER_SEVERITY_ERROR, API_ROSTER_PROBLEM_KEY_UNKNOWN_ROLE, &w.at, 0);
			continue;
		}
		u->person = plan_person_wanted(o->p, &w);
		if (u->person)
			o->p->people.p[u->person - 1].leaves = u->leaves;
	}
}

static void read_places(struct one *o)
{
	for (size_t r = 1; o->enrollments.sheet && r < o->enrollments.sheet->n; r++) {
		size_t user, room;
		if (!enrollment(o, r, &user, &room)) {
			if (!gone(&o->enrollments, r))
				broken_link(o, &o->enrollments, r, user ? STR("classSourcedId") : STR("userSourcedId"));
			continue;
		}
		const struct one_user *u = &o->people.p[user - 1];
		const struct one_class *c = &o->rooms.p[room - 1];
		bool primary = str_ieq_ascii(cell(&o->enrollments, r, STR("primary")), STR("true"));
		if (u->leaves)
			continue;
		if (u->role == API_ROLE_TEACHER && c->scheduled)
			plan_teaching(o->p, u->person, c->unit, c->subject);
		else if (u->role == API_ROLE_TEACHER)
			plan_place(o->p, u->person, c->unit, primary);
		else if (u->role == API_ROLE_STUDENT && !c->scheduled && !exclusive(o, room))
			plan_place(o->p, u->person, c->unit, false);
	}
}

/* Whichever of the two is the child. */
static void read_agents(struct one *o)
{
	for (size_t i = 0; i < o->people.n; i++) {
		const struct one_user *u = &o->people.p[i];
		struct str rest = cell(&o->users, u->row, STR("agentSourcedIds"));
		for (int k = 0; rest.n && k < 40; k++) {
			struct str id = str_trim_ascii(str_cut(&rest, ','));
			size_t other = found(o->user_by_id, id);
			if (id.n && !other)
				broken_link(o, &o->users, u->row, STR("agentSourcedIds"));
			if (!other || u->leaves || o->people.p[other - 1].leaves)
				continue;
			const struct one_user *agent = &o->people.p[other - 1];
			if (u->role == API_ROLE_STUDENT && agent->role != API_ROLE_STUDENT)
				plan_bond(o->p, agent->person, u->person);
			else if (u->role != API_ROLE_STUDENT && agent->role == API_ROLE_STUDENT)
				plan_bond(o->p, u->person, agent->person);
		}
	}
}

enum err roster_oneroster_read(struct roster_plan *p, const struct sheets *tables)
{
	struct one o = {.p = p, .users = table_named(tables, STR("users")), .classes = table_named(tables, STR("classes")),
		.enrollments = table_named(tables, STR("enrollments")), .roles = table_named(tables, STR("roles")),
		.courses = table_named(tables, STR("courses")), .user_by_id = strmap_new(), .class_by_id = strmap_new(), .course_by_id = strmap_new(),
		.people = VEC_INIT, .rooms = VEC_INIT};
	read_users(&o);
	read_classes(&o);
	read_homerooms(&o);
	read_people(&o);
	read_places(&o);
	read_agents(&o);
	strmap_free(&o.user_by_id);
	strmap_free(&o.class_by_id);
	strmap_free(&o.course_by_id);
	VEC_RELEASE(&o.people);
	VEC_RELEASE(&o.rooms);
	return arena_failed(p->arena) ? ERR_NOMEM : ERR_OK;
}
