/* SPDX-License-Identifier: Apache-2.0
 *
 * Workbooks of Office Open XML (ECMA-376 part 1, section 18): the texts of the visible sheets. Numbers are given as they are written,
 * without an exponent when they are whole (phones are often numbers there); a date is its serial number. One thread of the decoder.
 */
#include "base/vec.h"
#include "decoder/tables.h"

#include <expat.h>
#include <stdio.h>
#include <stdlib.h>

#define CELLS_MAX 1024        /* columns looked at; texts further right are too many cells */
#define SHARED_MAX 400000
#define PIECE (1 << 20)

static bool ends_with(struct str s, struct str end)
{
	return s.n >= end.n && str_eq(str_n(s.p + s.n - end.n, end.n), end);
}

bool xlsx_wants(struct str name)
{
	if (str_eq(name, STR("xl/workbook.xml")) || str_eq(name, STR("xl/_rels/workbook.xml.rels")) || str_eq(name, STR("xl/sharedStrings.xml")))
		return true;
	return str_starts(name, STR("xl/worksheets/")) && ends_with(name, STR(".xml"));
}

/* --- XML in general */

struct xml {
	XML_Parser parser;
	enum sheets_problem problem;
	void *user;
	void (*start)(struct xml *x, struct str name, const char **attributes);
	void (*end)(struct xml *x, struct str name);
	void (*text)(struct xml *x, struct str text);
};

static void stop(struct xml *x, enum sheets_problem p)
{
	if (x->problem == SHEETS_FINE)
		x->problem = p;
	XML_StopParser(x->parser, XML_FALSE);
}

/* The name without its prefix; nobody gives these elements a prefix that means something else. */
static struct str local(const char *name)
{
	const char *colon = strrchr(name, ':');
	return str_of(colon ? colon + 1 : name);
}

static void on_start(void *user, const char *name, const char **attributes)
{
	struct xml *x = user;
	x->start(x, local(name), attributes);
}

static void on_end(void *user, const char *name)
{
	struct xml *x = user;
	x->end(x, local(name));
}

static void on_text(void *user, const char *p, int n)
{
	struct xml *x = user;
	if (x->text)
		x->text(x, str_n(p, (size_t)n));
}

/* A workbook has no document type: whoever writes one wants entities to grow. */
static void on_doctype(void *user, const char *name, const char *system, const char *public, int internal)
{
	(void)name;
	(void)system;
	(void)public;
	(void)internal;
	stop(user, SHEETS_BROKEN);
}

static enum sheets_problem parse(struct xml *x, struct str bytes)
{
	x->parser = XML_ParserCreate(NULL);
	if (!x->parser)
		return SHEETS_BROKEN;
	XML_SetUserData(x->parser, x);
	XML_SetElementHandler(x->parser, on_start, on_end);
	XML_SetCharacterDataHandler(x->parser, on_text);
	XML_SetStartDoctypeDeclHandler(x->parser, on_doctype);
	bool last = false;
	while (x->problem == SHEETS_FINE && !last) {
		size_t n = bytes.n < PIECE ? bytes.n : PIECE;
		last = n == bytes.n;
		if (XML_Parse(x->parser, bytes.p, (int)n, last) != XML_STATUS_OK && x->problem == SHEETS_FINE)
			x->problem = SHEETS_BROKEN;
		bytes = str_n(bytes.p + n, bytes.n - n);
	}
	XML_ParserFree(x->parser);
	return x->problem;
}

static struct str attribute(const char **attributes, const char *name)
{
	for (; *attributes; attributes += 2)
		if (str_eq(local(attributes[0]), str_of(name)))
			return str_of(attributes[1]);
	return (struct str){0};
}

/* --- the workbook: names of its sheets, which are visible, and where they lie */

struct place { struct str name, id, path; };
struct book {
	struct arena *arena;
	struct place places[SHEETS_MAX];
	size_t n;
};

static void book_start(struct xml *x, struct str name, const char **attributes)
{
	struct book *b = x->user;
	if (!str_eq(name, STR("sheet")) || attribute(attributes, "state").n > sizeof "visible" - 1 ||
		str_eq(attribute(attributes, "state"), STR("hidden")))
		return;
	if (b->n == SHEETS_MAX) {
		stop(x, SHEETS_TOO_MANY_TABLES);
		return;
	}
	/* "r:id": the last attribute called id, behind sheetId */
	b->places[b->n++] = (struct place){.name = arena_str(b->arena, attribute(attributes, "name")),
		.id = arena_str(b->arena, attribute(attributes, "id"))};
}

static void nothing_ends(struct xml *x, struct str name)
{
	(void)x;
	(void)name;
}

static void rels_start(struct xml *x, struct str name, const char **attributes)
{
	struct book *b = x->user;
	if (!str_eq(name, STR("Relationship")))
		return;
	struct str id = attribute(attributes, "Id"), target = attribute(attributes, "Target");
	for (size_t i = 0; i < b->n; i++) {
		if (!id.n || !str_eq(b->places[i].id, id))
			continue;
		char *path = target.n && target.p[0] == '/' ? arena_printf(b->arena, "%s", target.p + 1) : arena_printf(b->arena, "xl/%s", target.p);
		b->places[i].path = str_of(path);
	}
}

/* --- shared strings */

struct shared {
	struct arena *arena;
	VEC(struct str) list;
	struct buf text;
	int phonetic;       /* inside <rPh>: how it is read aloud, not what stands there */
	bool in_text;
};

static void shared_start(struct xml *x, struct str name, const char **attributes)
{
	struct shared *s = x->user;
	(void)attributes;
	if (str_eq(name, STR("si")))
		buf_clear(&s->text);
	else if (str_eq(name, STR("rPh")))
		s->phonetic++;
	else if (str_eq(name, STR("t")))
		s->in_text = s->phonetic == 0;
}

static void shared_end(struct xml *x, struct str name)
{
	struct shared *s = x->user;
	if (str_eq(name, STR("t"))) {
		s->in_text = false;
	} else if (str_eq(name, STR("rPh"))) {
		s->phonetic--;
	} else if (str_eq(name, STR("si"))) {
		if (s->text.err)
			stop(x, SHEETS_CELL_TOO_LONG);
		else if (s->list.n == SHARED_MAX)
			stop(x, SHEETS_TOO_MANY_ROWS);
		else
			VEC_PUSH(&s->list, s->text.n ? arena_str(s->arena, buf_str(&s->text)) : STR(""));
	}
}

static void add_text(struct buf *to, struct str text)
{
	for (size_t i = 0; i < text.n; i++)
		buf_add_c(to, (unsigned char)text.p[i] < 0x20 ? ' ' : text.p[i]);
}

static void shared_text(struct xml *x, struct str text)
{
	struct shared *s = x->user;
	if (s->in_text)
		add_text(&s->text, text);
}

/* --- a sheet */

struct cell_text { size_t from, n; };
struct sheet_reader {
	struct table_out *out;
	const struct shared *shared;
	struct buf text;                    /* of the row's cells, one behind the other */
	struct cell_text cells[CELLS_MAX];
	size_t n;                           /* cells of the row so far */
	size_t column;                      /* of the cell under way */
	size_t from;                        /* where its text begins */
	uint32_t line;
	char type;                          /* 's' shared, 'n' number, else text */
	int phonetic;
	bool in_value;
};

/* "AB12" -> 27; the cell behind the last one when it is not said. */
static size_t column_of(const struct sheet_reader *s, struct str place)
{
	size_t v = 0, i = 0;
	for (; i < place.n && place.p[i] >= 'A' && place.p[i] <= 'Z' && i < 4; i++)
		v = v * 26 + (size_t)(place.p[i] - 'A' + 1);
	return v ? v - 1 : s->n;
}

static void cell_start(struct xml *x, const char **attributes)
{
	struct sheet_reader *s = x->user;
	struct str type = attribute(attributes, "t");
	s->column = column_of(s, attribute(attributes, "r"));
	s->type = str_eq(type, STR("s")) ? 's' : !type.n || str_eq(type, STR("n")) ? 'n' : 't';
	s->from = s->text.n;
}

static void sheet_start(struct xml *x, struct str name, const char **attributes)
{
	struct sheet_reader *s = x->user;
	if (str_eq(name, STR("row"))) {
		int64_t line;
		s->line = !str_to_i64(attribute(attributes, "r"), &line) && line > 0 && line < 100000000 ? (uint32_t)line : s->line + 1;
		s->n = 0;
		buf_clear(&s->text);
	} else if (str_eq(name, STR("c"))) {
		cell_start(x, attributes);
	} else if (str_eq(name, STR("rPh"))) {
		s->phonetic++;
	} else if (str_eq(name, STR("v")) || str_eq(name, STR("t"))) {
		s->in_value = s->phonetic == 0;
	}
}

/* 7.9001234567E10 -> 79001234567 */
static void whole_number(struct buf *text, size_t from)
{
	char raw[64], whole[64], *end;
	size_t n = text->n - from;
	if (!n || n >= sizeof raw)
		return;
	memcpy(raw, text->p + from, n);
	raw[n] = 0;
	double v = strtod(raw, &end);
	if (*end || !(v > -1e15 && v < 1e15) || v != (double)(int64_t)v)
		return;
	text->n = from;
	buf_add(text, whole, (size_t)snprintf(whole, sizeof whole, "%lld", (long long)v));
}

static bool resolve(struct sheet_reader *s)
{
	if (s->type == 'n') {
		whole_number(&s->text, s->from);
	} else if (s->type == 's') {
		int64_t i;
		if (str_to_i64(str_n(s->text.p + s->from, s->text.n - s->from), &i) || i < 0 || (size_t)i >= s->shared->list.n)
			return false;
		s->text.n = s->from;
		buf_add_str(&s->text, s->shared->list.p[i]);
	}
	return true;
}

static void cell_end(struct xml *x)
{
	struct sheet_reader *s = x->user;
	if (s->text.n == s->from)
		return;
	if (!resolve(s)) {
		stop(x, SHEETS_BROKEN);
		return;
	}
	if (s->column >= CELLS_MAX) {
		s->out->line = s->line;
		stop(x, SHEETS_TOO_MANY_CELLS);
		return;
	}
	for (; s->n <= s->column; s->n++)
		s->cells[s->n] = (struct cell_text){0};
	s->cells[s->column] = (struct cell_text){s->from, s->text.n - s->from};
}

static void row_end(struct xml *x)
{
	struct sheet_reader *s = x->user;
	struct str row[CELLS_MAX];
	s->out->line = s->line;
	if (s->text.err) {
		stop(x, SHEETS_CELL_TOO_LONG);
		return;
	}
	for (size_t i = 0; i < s->n; i++)
		row[i] = s->cells[i].n ? str_n(s->text.p + s->cells[i].from, s->cells[i].n) : STR("");
	enum sheets_problem p = table_row(s->out, s->line, row, s->n);
	if (p != SHEETS_FINE)
		stop(x, p);
}

static void sheet_end(struct xml *x, struct str name)
{
	struct sheet_reader *s = x->user;
	if (str_eq(name, STR("v")) || str_eq(name, STR("t")))
		s->in_value = false;
	else if (str_eq(name, STR("rPh")))
		s->phonetic--;
	else if (str_eq(name, STR("c")))
		cell_end(x);
	else if (str_eq(name, STR("row")))
		row_end(x);
}

static void sheet_text(struct xml *x, struct str text)
{
	struct sheet_reader *s = x->user;
	if (s->in_value)
		add_text(&s->text, text);
}

/* --- all together */

static struct str find(const struct packed_file *files, size_t n, struct str name)
{
	for (size_t i = 0; i < n; i++)
		if (str_eq(files[i].name, name))
			return files[i].bytes;
	return (struct str){0};
}

static enum sheets_problem read_sheet(struct table_out *t, const struct shared *shared, const struct place *place, struct str bytes)
{
	struct sheet_reader *s = mem_alloc(sizeof *s);
	struct xml x = {.user = s, .start = sheet_start, .end = sheet_end, .text = sheet_text};
	s->out = t;
	s->shared = shared;
	buf_init(&s->text, 4u * SHEETS_CELL_MAX * CELLS_MAX);
	enum sheets_problem p = table_sheet(t, place->name);
	if (p == SHEETS_FINE)
		p = parse(&x, bytes);
	buf_release(&s->text);
	mem_free(s);
	return p;
}

enum sheets_problem xlsx_read(struct table_out *t, struct arena *a, const struct packed_file *files, size_t n)
{
	struct book book = {.arena = a};
	struct shared shared = {.arena = a, .list = VEC_INIT};
	struct str strings = find(files, n, STR("xl/sharedStrings.xml"));
	struct xml of_book = {.user = &book, .start = book_start, .end = nothing_ends};
	struct xml of_rels = {.user = &book, .start = rels_start, .end = nothing_ends};
	struct xml of_shared = {.user = &shared, .start = shared_start, .end = shared_end, .text = shared_text};
	buf_init(&shared.text, 4u * SHEETS_CELL_MAX);
	enum sheets_problem p = parse(&of_book, find(files, n, STR("xl/workbook.xml")));
	if (p == SHEETS_FINE)
		p = parse(&of_rels, find(files, n, STR("xl/_rels/workbook.xml.rels")));
	if (p == SHEETS_FINE && strings.n)
		p = parse(&of_shared, strings);
	for (size_t i = 0; p == SHEETS_FINE && i < book.n; i++)
		p = book.places[i].path.n ? read_sheet(t, &shared, &book.places[i], find(files, n, book.places[i].path)) : SHEETS_BROKEN;
	buf_release(&shared.text);
	VEC_RELEASE(&shared.list);
	return p;
}
