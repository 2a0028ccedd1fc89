/* SPDX-License-Identifier: Apache-2.0
 *
 * The roster as a file that the import reads back without a change. A reader's thread, one snapshot.
 */
#include "base/map.h"
#include "base/vec.h"
#include "school/guardian.h"
#include "school/import_sql.h"
#include "school/roster.h"
#include "school/roster_file.h"
#include "school/structure.h"

#include <time.h>

#define FILE_MAX (32u << 20)

struct out_person {
	struct person_id id;
	enum role role;
	struct str number, phone;     /* number: of the school's system, or PLAN_OWN_ID and ours */
	struct api_person names;
	struct api_unit_membership_array units;
};

struct source {
	/* borrowed */
	struct tx *tx;
	struct org_id org;
	/* owned, in the arena but for the map */
	enum api_org_type type;
	struct out_person *people;
	size_t n;
	struct api_unit *units;
	size_t unit_n;
	struct teaching_row *teachings;
	size_t teaching_n;
	struct map *by_id;            /* index + 1 */
};

static enum err read_person(struct source *s, struct person_id id, enum role role, struct out_person *out)
{
	struct import_candidate c;
	*out = (struct out_person){.id = id, .role = role};
	enum err e = import_sql_by_person(s->tx, s->org, id, &c);
	if (!e)
		e = account_person_get(s->tx, id, &out->names);
	if (!e)
		e = account_phone_get(s->tx, id, &out->phone);
	if (!e)
		e = roster_sql_of_person(s->tx, s->org, id, &out->units);
	if (e)
		return e;
	char *own = c.external.n ? NULL : arena_printf(s->tx->arena, PLAN_OWN_ID "%lld", (long long)id.v);
	out->number = own ? str_of(own) : c.external;
	return ERR_OK;
}

static enum err read_source(struct source *s)
{
	struct api_org org;
	struct person_id *ids[ROLE_GUARDIAN + 1];
	size_t n[ROLE_GUARDIAN + 1], total = 0;
	enum err e = org_sql_get(s->tx, s->org, &org);
	s->type = org.type;
	for (int r = ROLE_ADMIN; !e && r <= ROLE_GUARDIAN; r++) {
		e = import_sql_members(s->tx, s->org, (struct unit_id){0}, (enum role)r, &ids[r], &n[r]);
		total += e ? 0 : n[r];
	}
	if (e)
		return e;
	s->people = arena_array(s->tx->arena, total + 1, sizeof *s->people);
	s->units = arena_array(s->tx->arena, PLAN_UNITS_MAX, sizeof *s->units);
	if (!s->people || !s->units)
		return ERR_NOMEM;
	for (int r = ROLE_ADMIN; !e && r <= ROLE_GUARDIAN; r++)
		for (size_t i = 0; !e && i < n[r]; i++) {
			e = read_person(s, ids[r][i], (enum role)r, &s->people[s->n]);
			map_put(s->by_id, (uint64_t)ids[r][i].v, (void *)(uintptr_t)++s->n);
		}
	if (!e)
		e = unit_sql_list(s->tx, s->org, 0, s->units, PLAN_UNITS_MAX, &s->unit_n);
	return e ? e : teaching_sql_list(s->tx, s->org, &(struct teaching_filter){.unit = {0}}, &s->teachings, &s->teaching_n);
}

static const struct api_unit *unit_of(const struct source *s, int64_t id)
{
	for (size_t i = 0; i < s->unit_n; i++)
		if (s->units[i].id == id)
			return &s->units[i];
	return NULL;
}

static struct str patronymic(const struct out_person *p)
{
	return p->names.has_patronymic ? p->names.patronymic : STR("");
}

/* "8 900 123-45-67"; of another country as it is. */
static struct str phone_text(struct source *s, struct str phone)
{
	if (phone.n != 12 || phone.p[1] != '7')
		return phone;
	const char *p = phone.p;
	char *z = arena_printf(s->tx->arena, "8 %.3s %.3s-%.2s-%.2s", p + 2, p + 5, p + 8, p + 10);
	return z ? str_of(z) : STR("");
}

/* --- one table */

enum { C_ROLE, C_FAMILY, C_GIVEN, C_PATRONYMIC, C_UNIT, C_GROUP, C_CIRCLES, C_LEAD, C_SUBJECTS, C_PHONE, C_CHILDREN, C_NUMBER, C_COUNT };

struct joined { struct buf text; size_t n; };

static void join(struct joined *j, struct str s)
{
	if (j->n++)
		buf_add_str(&j->text, STR("; "));
	buf_add_str(&j->text, s);
}

static struct str joined_end(struct source *s, struct joined *j)
{
	size_t at;
	if (j->n == 1 && str_find(buf_str(&j->text), ',', &at)) /* else its comma would divide it */
		buf_add_c(&j->text, ';');
	struct str out = arena_str(s->tx->arena, buf_str(&j->text));
	buf_release(&j->text);
	return out;
}

static struct joined joined_begin(void)
{
	struct joined j = {.n = 0};
	buf_init(&j.text, 65536);
	return j;
}

static void put_units(struct source *s, const struct out_person *p, struct str *row)
{
	struct joined circles = joined_begin(), led = joined_begin();
	bool staff = school_is_staff(p->role), center = s->type == API_ORG_TYPE_CENTER;
	for (size_t i = 0; i < p->units.n; i++) {
		const struct api_unit *u = unit_of(s, p->units.items[i].unit_id);
		bool lead = p->units.items[i].lead;
		if (!u || u->kind == API_UNIT_KIND_STAFF || p->role == ROLE_GUARDIAN || (staff && !lead))
			continue;
		if (u->kind == API_UNIT_KIND_CIRCLE && !(staff && center))
			join(&circles, u->name);
		else if (staff)
			join(&led, u->name);
		else
			row[u->kind == API_UNIT_KIND_GROUP && s->type == API_ORG_TYPE_SCHOOL ? C_GROUP : C_UNIT] = u->name;
	}
	row[C_LEAD] = joined_end(s, &led);
	row[center ? C_UNIT : C_CIRCLES] = joined_end(s, &circles);
}

/* "Алгебра: 7А, 7Б; Физика: 8А" */
static struct str subjects_of(struct source *s, struct person_id teacher)
{
	struct joined all = joined_begin();
	for (size_t i = 0; i < s->teaching_n; i++) {
		const struct teaching_row *t = &s->teachings[i];
		bool first = t->teacher.v == teacher.v;
		for (size_t k = 0; first && k < i; k++)
			first = s->teachings[k].teacher.v != teacher.v || s->teachings[k].subject.v != t->subject.v;
		if (!first)
			continue;
		join(&all, t->subject_name);
		const char *gap = ": ";
		for (size_t k = i; k < s->teaching_n; k++)
			if (s->teachings[k].teacher.v == teacher.v && s->teachings[k].subject.v == t->subject.v) {
				buf_add_str(&all.text, str_of(gap));
				buf_add_str(&all.text, s->teachings[k].unit_name);
				gap = ", ";
			}
	}
	all.n = 0; /* its commas are meant */
	return joined_end(s, &all);
}

static enum err put_children(struct source *s, const struct out_person *p, struct str *out)
{
	struct person_id *children;
	size_t n;
	enum err e = p->role == ROLE_STUDENT ? ERR_OK : school_children_of(s->tx, s->org, p->id, &children, &n);
	if (e || p->role == ROLE_STUDENT)
		return e;
	struct joined all = joined_begin();
	for (size_t i = 0; i < n; i++) {
		size_t at = (size_t)(uintptr_t)map_find(s->by_id, (uint64_t)children[i].v);
		if (at)
			join(&all, s->people[at - 1].number);
	}
	*out = joined_end(s, &all);
	return ERR_OK;
}

static struct str role_word(const struct source *s, enum role role)
{
	static const char *const words[3][6] = {
		{"Администратор", "Второй администратор", "Заместитель директора", "Учитель", "Ученик", "Родитель"},
		{"Администратор", "Второй администратор", "Заместитель директора", "Преподаватель", "Студент", "Родитель"},
		{"Администратор", "Второй администратор", "Заместитель директора", "Педагог", "Воспитанник", "Родитель"}};
	return str_of(words[s->type][role - ROLE_ADMIN]);
}

static void put_titles(enum api_org_type type, struct str *row)
{
	static const char *const units[3] = {"Класс", "Группа", "Объединение"}, *const leads[3] = {"Классный руководитель в", "Куратор в", "Руководит"};
	static const char *const titles[C_COUNT] = {"Роль", "Фамилия", "Имя", "Отчество", NULL, "Группа", "Кружки", NULL, "Предметы", "Телефон", "Дети", "Личный номер"};
	for (size_t i = 0; i < C_COUNT; i++)
		row[i] = str_of(titles[i]);
	row[C_UNIT] = str_of(units[type]);
	row[C_LEAD] = str_of(leads[type]);
	if (type != API_ORG_TYPE_SCHOOL)
		row[C_GROUP] = STR("");
	if (type == API_ORG_TYPE_CENTER)
		row[C_CIRCLES] = STR("");
}

/* Columns that mean nothing here, and nobody has anything in, are left out. */
static void drop_empty(struct file_table *t)
{
	for (size_t c = t->columns; c-- > 0;) {
		bool used = false;
		for (size_t r = 1; r < t->n && !used; r++)
			used = t->rows[r].cells[c].n > 0;
		if (used || (t->rows[0].cells[c].n && c != C_GROUP))
			continue;
		for (size_t r = 0; r < t->n; r++)
			memmove(&t->rows[r].cells[c], &t->rows[r].cells[c + 1], (t->columns - c - 1) * sizeof *t->rows->cells);
		t->columns--;
	}
}

static enum err make_table(struct source *s, struct file_table *out)
{
	enum err e = ERR_OK;
	*out = (struct file_table){.rows = arena_array(s->tx->arena, s->n + 1, sizeof *out->rows), .n = s->n + 1, .columns = C_COUNT};
	if (!out->rows)
		return ERR_NOMEM;
	put_titles(s->type, out->rows[0].cells);
	for (size_t i = 0; !e && i < s->n; i++) {
		const struct out_person *p = &s->people[i];
		struct str *row = out->rows[i + 1].cells;
		row[C_ROLE] = role_word(s, p->role);
		row[C_FAMILY] = p->names.family_name;
		row[C_GIVEN] = p->names.given_name;
		row[C_PATRONYMIC] = patronymic(p);
		row[C_PHONE] = phone_text(s, p->phone);
		row[C_NUMBER] = p->number;
		put_units(s, p, row);
		if (school_is_staff(p->role))
			row[C_SUBJECTS] = subjects_of(s, p->id);
		e = put_children(s, p, &row[C_CHILDREN]);
	}
	drop_empty(out);
	return e ? e : arena_failed(s->tx->arena) ? ERR_NOMEM : ERR_OK;
}

/* --- OneRoster */

enum { T_ORGS, T_SESSIONS, T_USERS, T_ROLES, T_COURSES, T_CLASSES, T_ENROLLMENTS, T_MANIFEST, T_COUNT };

struct one_out { struct source *s; VEC(struct file_row) rows[T_COUNT]; size_t columns[T_COUNT]; };

static void add_row(struct one_out *o, size_t table, const struct str *cells, size_t n)
{
	struct file_row row = {.cells = {{0}}};
	memcpy(row.cells, cells, n * sizeof *cells);
	VEC_PUSH(&o->rows[table], row);
	if (n > o->columns[table])
		o->columns[table] = n;
}

#define ADD(o, table, ...) add_row((o), (table), (const struct str[]){__VA_ARGS__}, sizeof (const struct str[]){__VA_ARGS__} / sizeof (struct str))
#define NONE STR("")

static struct str text_of(struct source *s, const char *prefix, int64_t a, int64_t b)
{
	char *z = b ? arena_printf(s->tx->arena, "%s%lld-%lld", prefix, (long long)a, (long long)b) : arena_printf(s->tx->arena, "%s%lld", prefix, (long long)a);
	return z ? str_of(z) : STR("");
}

static struct str one_role(enum role role)
{
	switch (role) {
	case ROLE_ADMIN:
	case ROLE_COADMIN:
		return STR("siteAdministrator");
	case ROLE_HEAD:
		return STR("principal");
	case ROLE_TEACHER:
		return STR("teacher");
	case ROLE_STUDENT:
		return STR("student");
	default:
		return STR("guardian");
	}
}

static enum err one_person(struct one_out *o, const struct out_person *p, struct str org)
{
	struct source *s = o->s;
	struct person_id *guardians;
	size_t n = 0;
	struct joined agents = joined_begin();
	enum err e = p->role == ROLE_STUDENT ? school_guardians_of(s->tx, s->org, p->id, &guardians, &n) : ERR_OK;
	for (size_t i = 0; !e && i < n; i++) {
		size_t at = (size_t)(uintptr_t)map_find(s->by_id, (uint64_t)guardians[i].v);
		if (at && agents.text.n)
			buf_add_c(&agents.text, ',');
		if (at)
			buf_add_str(&agents.text, s->people[at - 1].number);
	}
	struct str list = joined_end(s, &agents);
	ADD(o, T_USERS, p->number, NONE, NONE, STR("true"), p->number, p->names.given_name, p->names.family_name, patronymic(p), NONE, NONE, phone_text(s, p->phone),
		list, org);
	ADD(o, T_ROLES, text_of(s, "r", p->id.v, 0), NONE, NONE, p->number, STR("primary"), one_role(p->role), org);
	for (size_t i = 0; !e && i < p->units.n; i++) {
		const struct api_unit *u = unit_of(s, p->units.items[i].unit_id);
		if (u && u->kind != API_UNIT_KIND_STAFF && p->role != ROLE_GUARDIAN)
			ADD(o, T_ENROLLMENTS, text_of(s, "e", p->id.v, u->id), NONE, NONE, text_of(s, "u", u->id, 0), org, p->number,
				p->role == ROLE_STUDENT ? STR("student") : STR("teacher"), p->units.items[i].lead ? STR("true") : STR("false"));
	}
	return e;
}

static void one_teaching(struct one_out *o, const struct teaching_row *t, size_t i, struct str org, struct str session)
{
	struct source *s = o->s;
	size_t at = (size_t)(uintptr_t)map_find(s->by_id, (uint64_t)t->teacher.v);
	bool course = false, room = false;
	for (size_t k = 0; k < i; k++) {
		course |= s->teachings[k].subject.v == t->subject.v;
		room |= s->teachings[k].subject.v == t->subject.v && s->teachings[k].unit.v == t->unit.v;
	}
	struct str course_id = text_of(s, "s", t->subject.v, 0), room_id = text_of(s, "t", t->unit.v, t->subject.v);
	if (!course)
		ADD(o, T_COURSES, course_id, NONE, NONE, t->subject_name, org);
	if (!room)
		ADD(o, T_CLASSES, room_id, NONE, NONE, t->unit_name, course_id, STR("scheduled"), org, session, str_of(api_unit_kind_name(t->kind)));
	if (at) {
		char *id = arena_printf(s->tx->arena, "x%lld-%lld-%lld", (long long)t->teacher.v, (long long)t->unit.v, (long long)t->subject.v);
		ADD(o, T_ENROLLMENTS, id ? str_of(id) : NONE, NONE, NONE, room_id, org, s->people[at - 1].number, STR("teacher"), STR("false"));
	}
}

static enum err one_rows(struct one_out *o)
{
	struct source *s = o->s;
	struct api_org org;
	struct str id = text_of(s, "o", s->org.v, 0), session, course = STR("homeroom");
	time_t now = (time_t)(s->tx->now_ms / 1000);
	struct tm day;
	gmtime_r(&now, &day);
	int year = day.tm_year + 1900 - (day.tm_mon < 7); /* a school year begins in September, and is planned in August */
	session = text_of(s, "ay", year, 0);
	enum err e = org_sql_get(s->tx, s->org, &org);
	if (e)
		return e;
	ADD(o, T_ORGS, STR("sourcedId"), STR("status"), STR("dateLastModified"), STR("name"), STR("type"), STR("identifier"), STR("parentSourcedId"));
	ADD(o, T_ORGS, id, NONE, NONE, org.name, STR("school"), NONE, NONE);
	char *title = arena_printf(s->tx->arena, "%d/%d", year, year + 1), *from = arena_printf(s->tx->arena, "%d-09-01", year),
	     *to = arena_printf(s->tx->arena, "%d-08-31", year + 1), *ends = arena_printf(s->tx->arena, "%d", year + 1);
	ADD(o, T_SESSIONS, STR("sourcedId"), STR("status"), STR("dateLastModified"), STR("title"), STR("type"), STR("startDate"), STR("endDate"), STR("parentSourcedId"),
		STR("schoolYear"));
	ADD(o, T_SESSIONS, session, NONE, NONE, str_of(title), STR("schoolYear"), str_of(from), str_of(to), NONE, str_of(ends));
	ADD(o, T_USERS, STR("sourcedId"), STR("status"), STR("dateLastModified"), STR("enabledUser"), STR("username"), STR("givenName"), STR("familyName"),
		STR("middleName"), STR("identifier"), STR("email"), STR("phone"), STR("agentSourcedIds"), STR("primaryOrgSourcedId"));
	ADD(o, T_ROLES, STR("sourcedId"), STR("status"), STR("dateLastModified"), STR("userSourcedId"), STR("roleType"), STR("role"), STR("orgSourcedId"));
	ADD(o, T_COURSES, STR("sourcedId"), STR("status"), STR("dateLastModified"), STR("title"), STR("orgSourcedId"));
	ADD(o, T_COURSES, course, NONE, NONE, STR("Класс"), id);
	ADD(o, T_CLASSES, STR("sourcedId"), STR("status"), STR("dateLastModified"), STR("title"), STR("courseSourcedId"), STR("classType"), STR("schoolSourcedId"),
		STR("termSourcedIds"), STR("metadata.zvonok.kind"));
	ADD(o, T_ENROLLMENTS, STR("sourcedId"), STR("status"), STR("dateLastModified"), STR("classSourcedId"), STR("schoolSourcedId"), STR("userSourcedId"), STR("role"),
		STR("primary"));
	for (size_t i = 0; i < s->unit_n; i++)
		if (s->units[i].kind != API_UNIT_KIND_STAFF)
			ADD(o, T_CLASSES, text_of(s, "u", s->units[i].id, 0), NONE, NONE, s->units[i].name, course, STR("homeroom"), id, session,
				str_of(api_unit_kind_name(s->units[i].kind)));
	for (size_t i = 0; !e && i < s->n; i++)
		e = one_person(o, &s->people[i], id);
	for (size_t i = 0; i < s->teaching_n; i++)
		one_teaching(o, &s->teachings[i], i, id, session);
	return e;
}

static void one_manifest(struct one_out *o)
{
	static const char *const there[] = {"file.academicSessions", "file.classes", "file.courses", "file.enrollments", "file.orgs", "file.roles", "file.users"};
	static const char *const absent[] = {"file.categories", "file.classResources", "file.courseResources", "file.demographics", "file.lineItemLearningObjectiveIds",
		"file.lineItems", "file.lineItemScoreScales", "file.resources", "file.resultLearningObjectiveIds", "file.results", "file.resultScoreScales",
		"file.scoreScales", "file.userProfiles", "file.userResources"};
	ADD(o, T_MANIFEST, STR("propertyName"), STR("value"));
	ADD(o, T_MANIFEST, STR("manifest.version"), STR("1.0"));
	ADD(o, T_MANIFEST, STR("oneroster.version"), STR("1.2"));
	for (size_t i = 0; i < sizeof there / sizeof *there; i++)
		ADD(o, T_MANIFEST, str_of(there[i]), STR("bulk"));
	for (size_t i = 0; i < sizeof absent / sizeof *absent; i++)
		ADD(o, T_MANIFEST, str_of(absent[i]), STR("absent"));
	ADD(o, T_MANIFEST, STR("source.systemName"), STR("Zvonok"));
	ADD(o, T_MANIFEST, STR("source.systemCode"), STR("zvonok"));
}

static enum err write_oneroster(struct source *s, struct buf *out)
{
	static const char *const names[T_COUNT] = {"orgs.csv", "academicSessions.csv", "users.csv", "roles.csv", "courses.csv", "classes.csv", "enrollments.csv",
		"manifest.csv"};
	struct one_out o = {.s = s};
	struct buf csv[T_COUNT];
	struct file_entry entries[T_COUNT];
	enum err e = one_rows(&o);
	one_manifest(&o);
	for (size_t i = 0; i < T_COUNT; i++) {
		struct file_table t = {.rows = o.rows[i].p, .n = o.rows[i].n, .columns = o.columns[i]};
		buf_init(&csv[i], FILE_MAX);
		roster_csv(&t, ',', false, &csv[i]);
		entries[i] = (struct file_entry){names[i], buf_str(&csv[i])};
		e = e ? e : csv[i].err;
	}
	if (!e)
		e = roster_zip(entries, T_COUNT, s->tx->now_ms, out);
	for (size_t i = 0; i < T_COUNT; i++) {
		buf_release(&csv[i]);
		VEC_RELEASE(&o.rows[i]);
	}
	return e;
}

/* --- */

enum err roster_export_write(struct tx *tx, struct org_id org, enum roster_format format, struct buf *out)
{
	struct source s = {.tx = tx, .org = org, .by_id = map_new()};
	struct file_table table;
	enum err e = read_source(&s);
	if (!e && format == ROSTER_ONEROSTER)
		e = write_oneroster(&s, out);
	else if (!e)
		e = make_table(&s, &table);
	if (!e && format == ROSTER_CSV)
		roster_csv(&table, ';', true, out);
	if (!e && format == ROSTER_XLSX)
		e = roster_xlsx(&table, "Список", out);
	map_free(&s.by_id);
	return e ? e : out->err;
}

struct str roster_export_media_type(enum roster_format f)
{
	return f == ROSTER_CSV ? STR("text/csv; charset=utf-8") : f == ROSTER_XLSX ?
		STR("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet") : STR("application/zip");
}

struct str roster_export_file_name(enum roster_format f)
{
	return f == ROSTER_CSV ? STR("roster.csv") : f == ROSTER_XLSX ? STR("roster.xlsx") : STR("roster-oneroster.zip");
}
