/* SPDX-License-Identifier: Apache-2.0
 *
 * What an administrator fills in when his school has no list of its own: titles and a few made-up people of each kind, who are shorter to
 * look at than any explanation. Pure.
 */
#include "school/roster_file.h"
#include "school/roster_import.h"

#define COLUMNS_OF_TEMPLATE 14

static const char *const titles[3][COLUMNS_OF_TEMPLATE] = {
	{"Роль", "Фамилия", "Имя", "Отчество", "Класс", "Кружки", "Телефон", "Родитель 1", "Телефон родителя 1", "Родитель 2", "Телефон родителя 2",
		"Классный руководитель в", "Предметы", "Личный номер"},
	{"Роль", "Фамилия", "Имя", "Отчество", "Группа", "Кружки", "Телефон", "Родитель 1", "Телефон родителя 1", "Родитель 2", "Телефон родителя 2", "Куратор в",
		"Предметы", "Личный номер"},
	{"Роль", "Фамилия", "Имя", "Отчество", "Объединение", NULL, "Телефон", "Родитель 1", "Телефон родителя 1", "Родитель 2", "Телефон родителя 2", "Руководит",
		"Предметы", "Личный номер"},
};

/* NULL: the words of the organisation */
static const char *const rows[4][COLUMNS_OF_TEMPLATE] = {
	{"student", "Пример", "Анна", "Сергеевна", "unit", "Шахматы", "", "Пример Ольга Петровна", "8 900 000-00-01", "Пример Сергей Иванович", "8 900 000-00-02", "", "",
		"1001"},
	{"student", "Образцов", "Пётр", "Ильич", "unit", "", "8 900 000-00-03", "Образцова Мария Львовна", "", "", "", "", "", "1002"},
	{"teacher", "Учительская", "Нина", "Павловна", "", "", "8 900 000-00-04", "", "", "", "", "unit", "taught", "2001"},
	{"teacher", "Предметов", "Олег", "Юрьевич", "", "", "", "", "", "", "", "", "taught2", "2002"},
};

static struct str word(enum api_org_type type, const char *cell)
{
	static const char *const students[3] = {"Ученик", "Студент", "Воспитанник"}, *const teachers[3] = {"Учитель", "Преподаватель", "Педагог"},
				       *const units[3] = {"5А", "ИС-21", "Робототехника"}, *const taught[3] = {"Алгебра: 5А; Геометрия: 5А", "Физика: ИС-21", ""},
				       *const taught2[3] = {"История: 5А", "История: ИС-21", ""};
	struct str s = str_of(cell);
	if (str_eq(s, STR("student")))
		return str_of(students[type]);
	if (str_eq(s, STR("teacher")))
		return str_of(teachers[type]);
	if (str_eq(s, STR("unit")))
		return str_of(units[type]);
	if (str_eq(s, STR("taught")))
		return str_of(taught[type]);
	return str_eq(s, STR("taught2")) ? str_of(taught2[type]) : s;
}

enum err roster_template_write(enum api_org_type type, enum roster_format format, struct buf *out)
{
	struct file_row table[5] = {0};
	size_t columns = 0;
	for (size_t c = 0; c < COLUMNS_OF_TEMPLATE; c++) {
		if (!titles[type][c])
			continue;
		table[0].cells[columns] = str_of(titles[type][c]);
		for (size_t r = 0; r < 4; r++)
			table[r + 1].cells[columns] = word(type, rows[r][c]);
		columns++;
	}
	struct file_table t = {.rows = table, .n = 5, .columns = columns};
	if (format == ROSTER_XLSX)
		return roster_xlsx(&t, "Список", out);
	roster_csv(&t, ';', true, out);
	return out->err;
}
