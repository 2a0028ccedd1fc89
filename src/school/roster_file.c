/* SPDX-License-Identifier: Apache-2.0
 *
 * See roster_file.h.
 */
#include "school/roster_file.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>
#include <xlsxwriter.h>

#define CELL_MAX 4096

static bool calculates(struct str s)
{
	return s.n && (s.p[0] == '=' || s.p[0] == '+' || s.p[0] == '-' || s.p[0] == '@' || s.p[0] == '\t' || s.p[0] == '\r' || s.p[0] == '|');
}

static void csv_cell(struct str s, char separator, struct buf *out)
{
	bool quoted = false;
	for (size_t i = 0; i < s.n; i++)
		quoted |= s.p[i] == separator || s.p[i] == '"' || s.p[i] == '\n' || s.p[i] == '\r';
	if (quoted)
		buf_add_c(out, '"');
	if (calculates(s))
		buf_add_c(out, '\'');
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '"')
			buf_add_c(out, '"');
		buf_add_c(out, s.p[i]);
	}
	if (quoted)
		buf_add_c(out, '"');
}

void roster_csv(const struct file_table *t, char separator, bool mark, struct buf *out)
{
	if (mark)
		buf_add_str(out, STR("\xef\xbb\xbf"));
	for (size_t r = 0; r < t->n; r++) {
		for (size_t c = 0; c < t->columns; c++) {
			if (c)
				buf_add_c(out, separator);
			csv_cell(t->rows[r].cells[c], separator, out);
		}
		buf_add_str(out, STR("\r\n"));
	}
}

/* --- XLSX: the library writes into a file, so it gets one in memory */

static enum err read_back(int fd, struct buf *out)
{
	char block[65536];
	off_t at = 0;
	for (ssize_t n; (n = pread(fd, block, sizeof block, at)) != 0; at += n) {
		if (n < 0)
			return ERR_IO;
		buf_add(out, block, (size_t)n);
	}
	return out->err;
}

static void xlsx_row(lxw_worksheet *sheet, const struct file_table *t, size_t r, lxw_format *format)
{
	char text[CELL_MAX];
	for (size_t c = 0; c < t->columns; c++) {
		struct str s = t->rows[r].cells[c];
		if (s.n)
			/* written as text, it is never calculated; the apostrophe is for whoever saves it as CSV */
			snprintf(text, sizeof text, "%s%.*s", calculates(s) ? "'" : "", (int)(s.n < sizeof text - 2 ? s.n : sizeof text - 2), s.p);
		if (s.n)
			worksheet_write_string(sheet, (lxw_row_t)r, (lxw_col_t)c, text, format);
	}
}

enum err roster_xlsx(const struct file_table *t, const char *sheet_name, struct buf *out)
{
	char path[40];
	int fd = memfd_create("roster", MFD_CLOEXEC);
	if (fd < 0)
		return ERR_IO;
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	lxw_workbook *book = workbook_new(path);
	lxw_worksheet *sheet = book ? workbook_add_worksheet(book, sheet_name) : NULL;
	enum err e = sheet ? ERR_OK : ERR_NOMEM;
	if (sheet) {
		lxw_format *bold = workbook_add_format(book), *plain = workbook_add_format(book);
		format_set_bold(bold);
		format_set_num_format(plain, "@"); /* a number of a phone stays one */
		worksheet_set_column(sheet, 0, (lxw_col_t)(t->columns - 1), 18, plain);
		worksheet_freeze_panes(sheet, 1, 0);
		for (size_t r = 0; r < t->n; r++)
			xlsx_row(sheet, t, r, r ? plain : bold);
	}
	if (book && workbook_close(book) && !e)
		e = ERR_IO;
	if (!e)
		e = read_back(fd, out);
	close(fd);
	return e;
}

/* --- ZIP */

static la_ssize_t zip_write(struct archive *a, void *user, const void *bytes, size_t n)
{
	struct buf *out = user;
	buf_add(out, bytes, n);
	if (!out->err)
		return (la_ssize_t)n;
	archive_set_error(a, ENOMEM, "full");
	return -1;
}

static bool zip_entry(struct archive *a, const struct file_entry *e, int64_t now_ms)
{
	struct archive_entry *head = archive_entry_new();
	if (!head)
		return false;
	archive_entry_set_pathname(head, e->name);
	archive_entry_set_size(head, (la_int64_t)e->bytes.n);
	archive_entry_set_filetype(head, AE_IFREG);
	archive_entry_set_perm(head, 0644);
	archive_entry_set_mtime(head, (time_t)(now_ms / 1000), 0);
	bool fine = archive_write_header(a, head) == ARCHIVE_OK && archive_write_data(a, e->bytes.p, e->bytes.n) == (la_ssize_t)e->bytes.n;
	archive_entry_free(head);
	return fine;
}

enum err roster_zip(const struct file_entry *entries, size_t n, int64_t now_ms, struct buf *out)
{
	struct archive *a = archive_write_new();
	bool fine = a && archive_write_set_format_zip(a) == ARCHIVE_OK && archive_write_set_bytes_in_last_block(a, 1) == ARCHIVE_OK &&
		    archive_write_open(a, out, NULL, zip_write, NULL) == ARCHIVE_OK;
	for (size_t i = 0; fine && i < n; i++)
		fine = zip_entry(a, &entries[i], now_ms);
	fine = fine && archive_write_close(a) == ARCHIVE_OK;
	if (a)
		archive_write_free(a);
	return fine ? ERR_OK : out->err ? out->err : ERR_IO;
}
