/* SPDX-License-Identifier: Apache-2.0
 *
 * Tables as files that schools open: CSV for Excel (UTF-8 with its mark, semicolons), XLSX, a ZIP of CSV. A cell that a spreadsheet would
 * calculate with gets an apostrophe before it. Pure but for memory; any thread.
 */
#ifndef SCHOOL_ROSTER_FILE_H
#define SCHOOL_ROSTER_FILE_H

#include "base/err.h"
#include "base/str.h"

#define FILE_COLUMNS 16

struct file_row { struct str cells[FILE_COLUMNS]; };
struct file_table { struct file_row *rows; size_t n, columns; }; /* the first row are the titles */

void roster_csv(const struct file_table *t, char separator, bool mark, struct buf *out);
enum err roster_xlsx(const struct file_table *t, const char *sheet, struct buf *out) MUST_CHECK; /* ERR_IO, ERR_NOMEM, ERR_TOO_LARGE */
struct file_entry { const char *name; struct str bytes; };
enum err roster_zip(const struct file_entry *entries, size_t n, int64_t now_ms, struct buf *out) MUST_CHECK;

#endif
