/* SPDX-License-Identifier: Apache-2.0
 *
 * Who was at a lesson or meeting, as a table for a spreadsheet. Private to room lesson; on a worker's thread.
 */
#include "lesson/plan.h"
#include "school/roster_file.h"

#include <sodium.h>

#define FILE_MAX (4u << 20)

enum { C_NAME, C_ROLE, C_PRESENT, C_LATE, C_LEFT, C_MINUTES, C_COUNT };

static struct str role_word(bool english, enum api_org_type type, const struct api_lesson_visitor *v)
{
	static const char *const ru[3][6] = {
		{"Администратор", "Второй администратор", "Заместитель директора", "Учитель", "Ученик", "Родитель"},
		{"Администратор", "Второй администратор", "Заместитель директора", "Преподаватель", "Студент", "Родитель"},
		{"Администратор", "Второй администратор", "Заместитель директора", "Педагог", "Воспитанник", "Родитель"}};
	static const char *const en[6] = {"Administrator", "Second administrator", "Deputy head", "Teacher", "Student", "Parent"};
	if (!v->has_member_role)
		return english ? STR("Guest") : STR("Гость");
	return str_of(english ? en[v->member_role] : ru[type][v->member_role]);
}

static struct str name_of(struct tx *tx, const struct api_lesson_visitor *v)
{
	const struct api_person *p = &v->person;
	if (!v->has_person)
		return v->guest_name;
	bool middle = p->has_patronymic && p->patronymic.n;
	char *name = arena_printf(tx->arena, "%.*s %.*s%s%.*s", (int)p->family_name.n, p->family_name.p, (int)p->given_name.n, p->given_name.p, middle ? " " : "",
		middle ? (int)p->patronymic.n : 0, middle ? p->patronymic.p : "");
	return name ? str_of(name) : STR("");
}

static struct str yes_or_no(bool english, bool is)
{
	return english ? (is ? STR("yes") : STR("no")) : is ? STR("да") : STR("нет");
}

static void put_titles(bool english, struct str *row)
{
	static const char *const ru[C_COUNT] = {"Имя", "Кто это", "Был", "Опоздал", "Ушёл раньше", "Минут"};
	static const char *const en[C_COUNT] = {"Name", "Who", "Present", "Late", "Left early", "Minutes"};
	for (size_t i = 0; i < C_COUNT; i++)
		row[i] = str_of(english ? en[i] : ru[i]);
}

static enum err make_table(struct tx *tx, const struct api_lesson_attendance *a, struct file_table *out)
{
	bool english = tx->actor.lang_en;
	struct str org;
	enum api_org_type type = API_ORG_TYPE_SCHOOL;
	*out = (struct file_table){.rows = arena_array(tx->arena, a->visitors.n + 1, sizeof *out->rows), .n = a->visitors.n + 1, .columns = C_COUNT};
	enum err e = out->rows ? school_org_name(tx, tx_org(tx), &org, &type) : ERR_NOMEM;
	if (e)
		return e;
	put_titles(english, out->rows[0].cells);
	for (size_t i = 0; i < a->visitors.n; i++) {
		const struct api_lesson_visitor *v = &a->visitors.items[i];
		struct str *row = out->rows[i + 1].cells;
		char *minutes = arena_printf(tx->arena, "%lld", (long long)v->minutes);
		row[C_NAME] = name_of(tx, v);
		row[C_ROLE] = role_word(english, type, v);
		row[C_PRESENT] = yes_or_no(english, v->present);
		row[C_LATE] = yes_or_no(english, v->late);
		row[C_LEFT] = yes_or_no(english, v->left_early);
		row[C_MINUTES] = minutes ? str_of(minutes) : STR("");
	}
	return arena_failed(tx->arena) ? ERR_NOMEM : ERR_OK;
}

enum err plan_table_csv(struct tx *tx, const struct api_lesson_attendance *a, struct str *out)
{
	struct file_table t;
	struct file_row title = {.cells = {a->lesson.title}};
	struct buf csv;
	enum err e = make_table(tx, a, &t);
	if (e)
		return e;
	buf_init(&csv, FILE_MAX);
	roster_csv(&(struct file_table){.rows = &title, .n = 1, .columns = 1}, ';', true, &csv);
	roster_csv(&t, ';', false, &csv);
	e = csv.err;
	*out = e ? (struct str){NULL, 0} : arena_str(tx->arena, buf_str(&csv));
	buf_release(&csv);
	return e ? e : out->p ? ERR_OK : ERR_NOMEM;
}

static enum err in_base64(struct tx *tx, struct str bytes, struct str *out)
{
	size_t n = sodium_base64_encoded_len(bytes.n, sodium_base64_VARIANT_ORIGINAL);
	char *text = arena_array(tx->arena, n, 1);
	if (!text)
		return ERR_NOMEM;
	sodium_bin2base64(text, n, (const unsigned char *)bytes.p, bytes.n, sodium_base64_VARIANT_ORIGINAL);
	*out = str_of(text);
	return ERR_OK;
}

enum err lesson_attendance_file(struct tx *tx, const struct api_lesson_get *in, struct api_lesson_file *out)
{
	struct api_lesson_attendance a = {0};
	struct file_table t;
	struct buf file;
	enum err e = lesson_attendance(tx, in, &a);
	if (!e)
		e = make_table(tx, &a, &t);
	if (e)
		return e;
	buf_init(&file, FILE_MAX);
	e = roster_xlsx(&t, tx->actor.lang_en ? "Attendance" : "Посещаемость", &file);
	if (!e)
		e = in_base64(tx, buf_str(&file), &out->base64);
	buf_release(&file);
	return e;
}
