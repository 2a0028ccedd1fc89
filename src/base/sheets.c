/* SPDX-License-Identifier: Apache-2.0
 *
 * See sheets.h. The form: "S<bytes>:<name>" begins a table, "R<line> <cells>" a row, "<bytes>:<text>," is a cell, "E<problem> <line>"
 * ends it all.
 */
#include "base/sheets.h"

#include "base/utf8.h"
#include "base/vec.h"

static const char *const names[SHEETS_PROBLEMS] = {"fine", "empty", "file_too_large", "too_many_rows", "too_many_cells", "cell_too_long",
	"too_many_tables", "unknown_format", "old_excel", "broken", "bomb", "broken_quotes", "bad_encoding"};

const char *sheets_problem_name(enum sheets_problem p)
{
	CHECK((unsigned)p < SHEETS_PROBLEMS);
	return names[p];
}

void sheets_write_sheet(struct buf *out, struct str name)
{
	buf_addf(out, "S%zu:", name.n);
	buf_add_str(out, name);
}

void sheets_write_row(struct buf *out, uint32_t line, uint32_t cells)
{
	buf_addf(out, "R%u %u:", line, cells);
}

void sheets_write_cell(struct buf *out, struct str cell)
{
	buf_addf(out, "%zu:", cell.n);
	buf_add_str(out, cell);
}

void sheets_write_end(struct buf *out, enum sheets_problem p, uint32_t line)
{
	buf_addf(out, "E%u %u:", (unsigned)p, line);
}

/* A number and the byte behind it. */
static bool number(struct str *in, char end, size_t max, size_t *out)
{
	size_t v = 0, i = 0;
	for (; i < in->n && in->p[i] >= '0' && in->p[i] <= '9' && i < 9; i++)
		v = v * 10 + (size_t)(in->p[i] - '0');
	if (!i || i >= in->n || in->p[i] != end || v > max)
		return false;
	*in = str_n(in->p + i + 1, in->n - i - 1);
	*out = v;
	return true;
}

static bool text(struct str *in, size_t max, struct str *out)
{
	size_t n;
	if (!number(in, ':', max, &n) || n > in->n)
		return false;
	*out = str_n(in->p, n);
	*in = str_n(in->p + n, in->n - n);
	return utf8_valid(*out);
}

struct reader {
	struct arena *arena;
	struct str in;
	VEC(struct sheet) sheets;
	VEC(struct sheet_row) rows; /* of the last sheet */
	size_t rows_in_all;
};

/* The rows of the sheet that ends here go into the arena. */
static enum err close_sheet(struct reader *r)
{
	if (!r->sheets.n)
		return ERR_OK;
	struct sheet *last = &r->sheets.p[r->sheets.n - 1];
	last->rows = arena_array(r->arena, r->rows.n + 1, sizeof *last->rows);
	if (!last->rows)
		return ERR_NOMEM;
	if (r->rows.n)
		memcpy(last->rows, r->rows.p, r->rows.n * sizeof *last->rows);
	last->n = r->rows.n;
	VEC_CLEAR(&r->rows);
	return ERR_OK;
}

static enum err read_row(struct reader *r)
{
	size_t line, n;
	if (!r->sheets.n || ++r->rows_in_all > SHEETS_ROWS_MAX || !number(&r->in, ' ', 999999999, &line) ||
		!number(&r->in, ':', SHEETS_CELLS_MAX, &n))
		return ERR_MALFORMED;
	struct sheet_row row = {.line = (uint32_t)line, .n = (uint32_t)n, .cells = arena_array(r->arena, n + 1, sizeof *row.cells)};
	if (!row.cells)
		return ERR_NOMEM;
	for (size_t i = 0; i < n; i++)
		if (!text(&r->in, SHEETS_CELL_MAX, &row.cells[i]))
			return ERR_MALFORMED;
	VEC_PUSH(&r->rows, row);
	return ERR_OK;
}

static enum err read_sheet(struct reader *r)
{
	struct sheet s = {.n = 0};
	enum err e = close_sheet(r);
	if (e)
		return e;
	if (r->sheets.n == SHEETS_MAX || !text(&r->in, SHEETS_NAME_MAX, &s.name))
		return ERR_MALFORMED;
	VEC_PUSH(&r->sheets, s);
	return ERR_OK;
}

static enum err read_end(struct reader *r, struct sheets *out)
{
	size_t problem, line;
	if (!number(&r->in, ' ', SHEETS_PROBLEMS - 1, &problem) || !number(&r->in, ':', 999999999, &line) || r->in.n)
		return ERR_MALFORMED;
	enum err e = close_sheet(r);
	if (e)
		return e;
	out->problem = (enum sheets_problem)problem;
	out->line = (uint32_t)line;
	if (out->problem != SHEETS_FINE)
		return ERR_OK;
	out->items = arena_array(r->arena, r->sheets.n + 1, sizeof *out->items);
	if (!out->items)
		return ERR_NOMEM;
	if (r->sheets.n)
		memcpy(out->items, r->sheets.p, r->sheets.n * sizeof *out->items);
	out->n = r->sheets.n;
	return ERR_OK;
}

enum err sheets_read(struct arena *a, struct str wire, struct sheets *out)
{
	struct reader r = {.arena = a, .in = wire, .sheets = VEC_INIT, .rows = VEC_INIT};
	enum err e = wire.n > SHEETS_WIRE_MAX ? ERR_MALFORMED : ERR_OK;
	bool ended = false;
	*out = (struct sheets){.n = 0};
	while (!e && !ended) {
		char kind = r.in.n ? r.in.p[0] : 0;
		if (r.in.n)
			r.in = str_n(r.in.p + 1, r.in.n - 1);
		if (kind == 'S')
			e = read_sheet(&r);
		else if (kind == 'R')
			e = read_row(&r);
		else if (kind == 'E') {
			e = read_end(&r, out);
			ended = true;
		} else {
			e = ERR_MALFORMED;
		}
	}
	VEC_RELEASE(&r.rows);
	VEC_RELEASE(&r.sheets);
	return e;
}
