/* SPDX-License-Identifier: Apache-2.0
 *
 * Tables of text cells, as a spreadsheet or a CSV file holds them, and their form on a pipe. The decoder process reads a stranger's
 * file and writes this form; the program reads it and trusts none of it. Pure functions; any thread.
 */
#ifndef BASE_SHEETS_H
#define BASE_SHEETS_H

#include "base/arena.h"

#define SHEETS_MAX 16              /* tables of one file */
#define SHEETS_ROWS_MAX 20000      /* of all tables together, without empty ones */
#define SHEETS_CELLS_MAX 64        /* of a row; empty cells behind are not counted */
#define SHEETS_CELL_MAX 1000       /* bytes of UTF-8 */
#define SHEETS_NAME_MAX 100        /* bytes of a table's name */
#define SHEETS_FILE_MAX (16u << 20)      /* bytes of the file */
#define SHEETS_UNPACKED_MAX (128u << 20) /* bytes of everything in its archive */
#define SHEETS_WIRE_MAX (64u << 20)      /* bytes of the form on the pipe */

enum sheets_problem {
	SHEETS_FINE,
	SHEETS_EMPTY,           /* no row with a text in it */
	SHEETS_FILE_TOO_LARGE,
	SHEETS_TOO_MANY_ROWS,
	SHEETS_TOO_MANY_CELLS,  /* in one row */
	SHEETS_CELL_TOO_LONG,
	SHEETS_TOO_MANY_TABLES,
	SHEETS_UNKNOWN,         /* neither CSV nor XLSX nor a ZIP of CSV */
	SHEETS_OLD_EXCEL,       /* .xls, or protected by a password */
	SHEETS_BROKEN,          /* the archive or what is in it cannot be read */
	SHEETS_BOMB,            /* unpacks to more than SHEETS_UNPACKED_MAX */
	SHEETS_BROKEN_QUOTES,   /* a quote that is never closed; line says where it began */
	SHEETS_BAD_ENCODING,    /* neither UTF-8, UTF-16 nor windows-1251 */
	SHEETS_PROBLEMS
};
const char *sheets_problem_name(enum sheets_problem p); /* "too_many_rows"; never NULL */

struct sheet_row { struct str *cells; uint32_t n; uint32_t line; }; /* line: in the file, from 1 */
struct sheet { struct str name; struct sheet_row *rows; size_t n; };
struct sheets {
	struct sheet *items;
	size_t n;
	enum sheets_problem problem; /* other than SHEETS_FINE: there are no items */
	uint32_t line;               /* where, when that is known; else 0 */
};

/* --- writing */
void sheets_write_sheet(struct buf *out, struct str name);
void sheets_write_row(struct buf *out, uint32_t line, uint32_t cells);
void sheets_write_cell(struct buf *out, struct str cell);
void sheets_write_end(struct buf *out, enum sheets_problem p, uint32_t line); /* the last; what was written before a problem is ignored */

/* --- reading: cells point into wire. ERR_MALFORMED: not what sheets_write_* makes, or beyond a limit. ERR_NOMEM. */
enum err sheets_read(struct arena *a, struct str wire, struct sheets *out) MUST_CHECK;

#endif
