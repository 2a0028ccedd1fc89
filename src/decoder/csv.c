/* SPDX-License-Identifier: Apache-2.0
 *
 * CSV as RFC 4180 describes it and as Excel in Russia writes it: a semicolon between the cells, a first line "sep=;" now and then. Pure.
 */
#include "base/vec.h"
#include "decoder/tables.h"

#define SNIFF_BYTES 8192
#define ROW_CELLS_MAX 4096

static char separator_of(struct str text)
{
	static const char candidates[] = {';', ',', '\t'};
	size_t count[3] = {0};
	bool quoted = false;
	for (size_t i = 0; i < text.n && i < SNIFF_BYTES; i++) {
		if (text.p[i] == '"')
			quoted = !quoted;
		for (size_t k = 0; !quoted && k < 3; k++)
			count[k] += text.p[i] == candidates[k];
	}
	size_t best = 0;
	for (size_t k = 1; k < 3; k++)
		if (count[k] > count[best])
			best = k;
	return candidates[best];
}

struct csv {
	struct str text;
	size_t at;
	uint32_t line;
	char separator;
	struct buf unquoted;     /* texts of quoted cells of the row, one behind the other */
};

struct cell { size_t from, n; bool is_quoted; };

/* A quoted cell: its text goes to unquoted. false: it is never closed. */
static bool read_quoted(struct csv *c, struct cell *out)
{
	*out = (struct cell){.from = c->unquoted.n, .is_quoted = true};
	for (c->at++; c->at < c->text.n; c->at++) {
		char ch = c->text.p[c->at];
		if (ch == '"' && c->at + 1 < c->text.n && c->text.p[c->at + 1] == '"') {
			c->at++;
		} else if (ch == '"') {
			c->at++;
			out->n = c->unquoted.n - out->from;
			return true;
		}
		c->line += ch == '\n';
		buf_add_c(&c->unquoted, ch == '\n' || ch == '\r' || ch == '\t' ? ' ' : ch);
	}
	return false;
}

static bool at_end_of_cell(const struct csv *c)
{
	return c->at >= c->text.n || c->text.p[c->at] == c->separator || c->text.p[c->at] == '\n' || c->text.p[c->at] == '\r';
}

static bool read_cell(struct csv *c, struct cell *out)
{
	while (c->at < c->text.n && c->text.p[c->at] == ' ')
		c->at++;
	if (c->at < c->text.n && c->text.p[c->at] == '"') {
		if (!read_quoted(c, out))
			return false;
		while (!at_end_of_cell(c)) /* what stands behind the closing quote belongs to nobody */
			c->at++;
		return true;
	}
	*out = (struct cell){.from = c->at};
	while (!at_end_of_cell(c))
		c->at++;
	out->n = c->at - out->from;
	return true;
}

static void end_line(struct csv *c)
{
	if (c->at < c->text.n && c->text.p[c->at] == '\r')
		c->at++;
	if (c->at < c->text.n && c->text.p[c->at] == '\n')
		c->at++;
	c->line++;
}

enum sheets_problem csv_read(struct table_out *t, struct str name, struct str text)
{
	struct csv c = {.text = text, .line = 1};
	VEC(struct cell) cells = VEC_INIT;
	VEC(struct str) row = VEC_INIT;
	if (str_starts(text, STR("sep=")) && text.n > 5 && text.p[4] > ' ' && text.p[4] < 0x7f && text.p[4] != '"') {
		c.separator = text.p[4];
		c.at = 5;
		end_line(&c);
	} else {
		c.separator = separator_of(text);
	}
	buf_init(&c.unquoted, SHEETS_FILE_MAX * 3);
	enum sheets_problem p = table_sheet(t, name);
	while (p == SHEETS_FINE && c.at < c.text.n) {
		uint32_t line = c.line;
		VEC_CLEAR(&cells);
		buf_clear(&c.unquoted);
		for (bool more = true; p == SHEETS_FINE && more;) {
			struct cell one;
			if (cells.n == ROW_CELLS_MAX)
				p = SHEETS_TOO_MANY_CELLS;
			else if (!read_cell(&c, &one))
				p = SHEETS_BROKEN_QUOTES;
			else
				VEC_PUSH(&cells, one);
			more = c.at < c.text.n && c.text.p[c.at] == c.separator;
			c.at += more;
		}
		t->line = line;
		VEC_CLEAR(&row); /* now that unquoted moves no more */
		for (size_t i = 0; i < cells.n; i++)
			VEC_PUSH(&row, !cells.p[i].n ? STR("") : str_n((cells.p[i].is_quoted ? c.unquoted.p : c.text.p) + cells.p[i].from, cells.p[i].n));
		if (p == SHEETS_FINE)
			p = c.unquoted.err ? SHEETS_FILE_TOO_LARGE : table_row(t, line, row.p, row.n);
		end_line(&c);
	}
	buf_release(&c.unquoted);
	VEC_RELEASE(&cells);
	VEC_RELEASE(&row);
	return p;
}
