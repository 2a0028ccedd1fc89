/* SPDX-License-Identifier: Apache-2.0
 *
 * Which kind of file it is, and the rows that come out of it. One thread of the decoder.
 */
#include "decoder/tables.h"

#include "decoder/decoder.h"

#define ENTRIES_MAX (SHEETS_MAX + 8)
#define ARENA_MAX (512u << 20)

enum sheets_problem table_sheet(struct table_out *t, struct str name)
{
	if (t->sheets++ == SHEETS_MAX)
		return SHEETS_TOO_MANY_TABLES;
	while (name.n > SHEETS_NAME_MAX || (name.n && ((unsigned char)name.p[name.n - 1] & 0xc0) == 0x80 && name.n > SHEETS_NAME_MAX - 4))
		name.n--;
	sheets_write_sheet(t->out, name);
	return SHEETS_FINE;
}

enum sheets_problem table_row(struct table_out *t, uint32_t line, struct str *cells, size_t n)
{
	for (size_t i = 0; i < n; i++)
		cells[i] = str_trim_ascii(cells[i]);
	while (n && !cells[n - 1].n)
		n--;
	if (!n)
		return SHEETS_FINE;
	t->line = line;
	if (n > SHEETS_CELLS_MAX)
		return SHEETS_TOO_MANY_CELLS;
	if (++t->rows > SHEETS_ROWS_MAX)
		return SHEETS_TOO_MANY_ROWS;
	sheets_write_row(t->out, line, (uint32_t)n);
	for (size_t i = 0; i < n; i++) {
		if (cells[i].n > SHEETS_CELL_MAX)
			return SHEETS_CELL_TOO_LONG;
		sheets_write_cell(t->out, cells[i]);
	}
	return SHEETS_FINE;
}

static bool is_csv(struct str name)
{
	return name.n > 4 && str_ieq_ascii(str_n(name.p + name.n - 4, 4), STR(".csv"));
}

static bool wants_any(struct str name)
{
	return is_csv(name) || xlsx_wants(name);
}

/* "folder/users.csv" -> "users" */
static struct str bare_name(struct str path)
{
	for (size_t i = path.n; i-- > 0;)
		if (path.p[i] == '/' || path.p[i] == '\\') {
			path = str_n(path.p + i + 1, path.n - i - 1);
			break;
		}
	return is_csv(path) ? str_n(path.p, path.n - 4) : path;
}

static enum sheets_problem read_csv(struct table_out *t, struct arena *a, struct str name, struct str bytes)
{
	struct str text, clean_name;
	enum sheets_problem p = text_to_utf8(a, bytes, &text);
	if (p == SHEETS_FINE)
		p = text_to_utf8(a, name, &clean_name);
	return p == SHEETS_FINE ? csv_read(t, clean_name, text) : p;
}

static enum sheets_problem read_archive(struct table_out *t, struct arena *a, struct str file)
{
	struct packed_file entries[ENTRIES_MAX];
	size_t n, csv = 0;
	enum sheets_problem p = archive_unpack(a, file, wants_any, entries, ENTRIES_MAX, &n);
	if (p != SHEETS_FINE)
		return p;
	for (size_t i = 0; i < n; i++)
		csv += is_csv(entries[i].name);
	if (!csv)
		return n ? xlsx_read(t, a, entries, n) : SHEETS_UNKNOWN;
	for (size_t i = 0; p == SHEETS_FINE && i < n; i++)
		if (is_csv(entries[i].name))
			p = read_csv(t, a, bare_name(entries[i].name), entries[i].bytes);
	return p;
}

static enum sheets_problem read_file(struct table_out *t, struct arena *a, struct str file)
{
	static const char zip[] = {'P', 'K', 3, 4}, ole[] = {(char)0xd0, (char)0xcf, 0x11, (char)0xe0};
	if (file.n > SHEETS_FILE_MAX)
		return SHEETS_FILE_TOO_LARGE;
	if (str_starts(file, str_n(zip, sizeof zip)))
		return read_archive(t, a, file);
	if (str_starts(file, str_n(ole, sizeof ole)))
		return SHEETS_OLD_EXCEL;
	return read_csv(t, a, STR(""), file);
}

void decoder_tables(struct str file, struct buf *out)
{
	struct arena *a = arena_new(ARENA_MAX);
	struct table_out t = {.out = out};
	enum sheets_problem p = read_file(&t, a, file);
	if (p == SHEETS_FINE && !t.rows)
		p = SHEETS_EMPTY;
	if (p == SHEETS_FINE && out->err)
		p = SHEETS_FILE_TOO_LARGE;
	if (p == SHEETS_FINE && arena_failed(a))
		p = SHEETS_BOMB;
	if (p != SHEETS_FINE)
		buf_clear(out);
	bool has_line = p == SHEETS_TOO_MANY_ROWS || p == SHEETS_TOO_MANY_CELLS || p == SHEETS_CELL_TOO_LONG || p == SHEETS_BROKEN_QUOTES;
	sheets_write_end(out, p, has_line ? t.line : 0);
	arena_free(&a);
}
