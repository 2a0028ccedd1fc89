/* SPDX-License-Identifier: Apache-2.0
 *
 * Private to the decoder: what turns a file into rows. Everything returns the problem and keeps no state between files.
 */
#ifndef DECODER_TABLES_H
#define DECODER_TABLES_H

#include "base/sheets.h"

/* Where rows go: counts and checks them against the limits of sheets.h. */
struct table_out {
	/* borrowed */
	struct buf *out;
	/* state */
	size_t rows, sheets;
	uint32_t line;               /* of the problem */
};
enum sheets_problem table_sheet(struct table_out *t, struct str name);
/* Trims the cells, drops empty ones behind and rows that are empty; n may be any number. */
enum sheets_problem table_row(struct table_out *t, uint32_t line, struct str *cells, size_t n);

/* UTF-8, UTF-16 with its mark, else windows-1251. *out is in a, or text itself; its mark is dropped. */
enum sheets_problem text_to_utf8(struct arena *a, struct str text, struct str *out);

/* RFC 4180 with any of ; , and tabulator between the cells (whichever the beginning uses most). */
enum sheets_problem csv_read(struct table_out *t, struct str name, struct str text);

/* An archive in memory: each entry whose name `wants` is read whole. */
struct packed_file { struct str name, bytes; };
enum sheets_problem archive_unpack(struct arena *a, struct str file, bool (*wants)(struct str name), struct packed_file *files, size_t max,
	size_t *n_out);

/* The visible sheets of an Office Open XML workbook (ECMA-376 part 1, section 18). */
bool xlsx_wants(struct str name);
enum sheets_problem xlsx_read(struct table_out *t, struct arena *a, const struct packed_file *files, size_t n);

#endif
