/* SPDX-License-Identifier: Apache-2.0
 *
 * Files as a school has them, and as somebody who means harm makes them, through the decoder and back out of its form.
 */
#include "base/mem.h"
#include "decoder/decoder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>
#include <archive.h>
#include <archive_entry.h>

static struct arena *arena;
static struct buf wire;
static struct sheets got;

static int setup(void **state)
{
	(void)state;
	arena = arena_new(256u << 20);
	buf_init(&wire, SHEETS_WIRE_MAX);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	buf_release(&wire);
	arena_free(&arena);
	return 0;
}

static enum sheets_problem decode(struct str file)
{
	buf_clear(&wire);
	decoder_tables(file, &wire);
	assert_int_equal(wire.err, ERR_OK);
	assert_int_equal(sheets_read(arena, buf_str(&wire), &got), ERR_OK);
	return got.problem;
}

static void assert_row(size_t sheet, size_t row, uint32_t line, const char *joined)
{
	char text[4096] = "";
	size_t n = 0;
	assert_true(sheet < got.n && row < got.items[sheet].n);
	const struct sheet_row *r = &got.items[sheet].rows[row];
	for (uint32_t i = 0; i < r->n; i++)
		n += (size_t)snprintf(text + n, sizeof text - n, "%s%.*s", i ? "|" : "", (int)r->cells[i].n, r->cells[i].p);
	assert_string_equal(text, joined);
	assert_int_equal(r->line, line);
}

/* --- CSV */

static void test_csv(void **state)
{
	(void)state;
	assert_int_equal(decode(STR("Фамилия;Имя;Класс\r\n\"Иванов; младший\";\"Пётр \"\"П\"\"\";7А\r\n;;\r\n\r\n Ёлкина ;Анна;;;\n")), SHEETS_FINE);
	assert_int_equal(got.n, 1);
	assert_int_equal(got.items[0].n, 3);
	assert_row(0, 0, 1, "Фамилия|Имя|Класс");
	assert_row(0, 1, 2, "Иванов; младший|Пётр \"П\"|7А");
	assert_row(0, 2, 5, "Ёлкина|Анна");
	assert_int_equal(decode(STR("\xef\xbb\xbf" "a,b,c\n1,\"2\n3\",4\n5,6")), SHEETS_FINE);
	assert_row(0, 1, 2, "1|2 3|4");
	assert_row(0, 2, 4, "5|6");
	assert_int_equal(decode(STR("sep=|\na|b;c\n")), SHEETS_FINE);
	assert_row(0, 0, 2, "a|b;c");
	assert_int_equal(decode(STR("sep=\xd0\x98\n1;2\n")), SHEETS_FINE); /* half a letter separates nothing */
	assert_row(0, 1, 2, "1|2");
	assert_int_equal(decode(STR("a\tb\n")), SHEETS_FINE);
	assert_row(0, 0, 1, "a|b");
	assert_int_equal(decode(STR("=cmd|' /C calc'!A0;@x\n")), SHEETS_FINE); /* a text like any other */
	assert_row(0, 0, 1, "=cmd|' /C calc'!A0|@x");
}

static void test_encodings(void **state)
{
	(void)state;
	assert_int_equal(decode(STR("\xc8\xe2\xe0\xed\xee\xe2;\xb8\xeb\xea\xe0\n")), SHEETS_FINE); /* windows-1251 */
	assert_row(0, 0, 1, "Иванов|ёлка");
	assert_int_equal(decode(STR("\xff\xfe" "\x18\x04;\x00\x3d\xd8\x00\xde\n\x00")), SHEETS_FINE); /* UTF-16 with a pair */
	assert_row(0, 0, 1, "И|😀");
	assert_int_equal(decode(STR("\xfe\xff" "\x04\x18\x00\n")), SHEETS_FINE);
	assert_row(0, 0, 1, "И");
	assert_int_equal(decode(STR("\xff\xfe" "a")), SHEETS_BAD_ENCODING);
	assert_int_equal(decode(STR("\xff\xfe" "\x00\xdc")), SHEETS_BAD_ENCODING);
	assert_int_equal(decode(STR("a\0b")), SHEETS_BAD_ENCODING);
	assert_int_equal(decode(STR("\x98\x98")), SHEETS_BAD_ENCODING);
	assert_int_equal(decode(STR("\x89PNG\r\n\x1a\n")), SHEETS_BAD_ENCODING);
}

static void test_problems(void **state)
{
	(void)state;
	assert_int_equal(decode(STR("")), SHEETS_EMPTY);
	assert_int_equal(decode(STR(" ; ;\n\n")), SHEETS_EMPTY);
	assert_int_equal(decode(STR("a;b\nc;\"d\ne;f\n")), SHEETS_BROKEN_QUOTES);
	assert_int_equal(got.line, 2);
	assert_int_equal(decode(STR("\xd0\xcf\x11\xe0 old excel")), SHEETS_OLD_EXCEL);
	assert_int_equal(decode(STR("PK\3\4 and then nothing")), SHEETS_BROKEN);
	assert_int_equal(got.n, 0);
}

/* At each edge: the last that fits, and one more. */
static void test_limits(void **state)
{
	(void)state;
	struct buf b;
	buf_init(&b, 64u << 20);
	for (int more = 0; more < 2; more++) {
		buf_clear(&b);
		for (int i = 0; i < SHEETS_ROWS_MAX + more; i++)
			buf_addf(&b, "%d;x\n", i);
		assert_int_equal(decode(buf_str(&b)), more ? SHEETS_TOO_MANY_ROWS : SHEETS_FINE);
		assert_int_equal(got.line, more ? SHEETS_ROWS_MAX + 1 : 0);
		buf_clear(&b);
		for (int i = 0; i < SHEETS_CELLS_MAX + more; i++)
			buf_add_str(&b, STR("x;"));
		assert_int_equal(decode(buf_str(&b)), more ? SHEETS_TOO_MANY_CELLS : SHEETS_FINE);
		buf_clear(&b);
		for (int i = 0; i < SHEETS_CELL_MAX + more; i++)
			buf_add_c(&b, 'x');
		assert_int_equal(decode(buf_str(&b)), more ? SHEETS_CELL_TOO_LONG : SHEETS_FINE);
		buf_clear(&b);
		for (size_t i = 0; i < SHEETS_FILE_MAX + (size_t)more; i++)
			buf_add_c(&b, '\n');
		assert_int_equal(decode(buf_str(&b)), more ? SHEETS_FILE_TOO_LARGE : SHEETS_EMPTY);
	}
	buf_release(&b);
}

/* --- archives */

struct part { const char *name; struct str bytes; };
static char packed[16u << 20];

static struct str pack(const struct part *parts, size_t n)
{
	size_t used = 0;
	struct archive *z = archive_write_new();
	archive_write_set_format_zip(z);
	archive_write_set_bytes_per_block(z, 0);
	assert_int_equal(archive_write_open_memory(z, packed, sizeof packed, &used), ARCHIVE_OK);
	for (size_t i = 0; i < n; i++) {
		struct archive_entry *e = archive_entry_new();
		archive_entry_set_pathname(e, parts[i].name);
		archive_entry_set_size(e, (la_int64_t)parts[i].bytes.n);
		archive_entry_set_filetype(e, AE_IFREG);
		assert_int_equal(archive_write_header(z, e), ARCHIVE_OK);
		if (parts[i].bytes.n)
			assert_true(archive_write_data(z, parts[i].bytes.p, parts[i].bytes.n) == (la_ssize_t)parts[i].bytes.n);
		archive_entry_free(e);
	}
	assert_int_equal(archive_write_close(z), ARCHIVE_OK);
	archive_write_free(z);
	return str_n(packed, used);
}

#define BOOK \
	"<workbook xmlns:r='r'><sheets><sheet name='Ученики' sheetId='1' r:id='rId1'/><sheet name='Тайный' sheetId='2' state='hidden' r:id='rId2'/>" \
	"</sheets></workbook>"
#define RELS \
	"<Relationships><Relationship Id='rId2' Target='worksheets/sheet2.xml'/><Relationship Id='rId1' Target='/xl/worksheets/sheet1.xml'/>" \
	"</Relationships>"

static enum sheets_problem decode_book(const char *shared, const char *sheet)
{
	const struct part parts[] = {{"[Content_Types].xml", STR("<Types/>")}, {"xl/worksheets/sheet1.xml", str_of(sheet)},
		{"xl/worksheets/sheet2.xml", STR("<worksheet><row><c t='str'><v>secret</v></c></row></worksheet>")}, {"xl/workbook.xml", STR(BOOK)},
		{"xl/_rels/workbook.xml.rels", STR(RELS)}, {"xl/sharedStrings.xml", str_of(shared)}};
	return decode(pack(parts, 6));
}

static void test_xlsx(void **state)
{
	(void)state;
	assert_int_equal(decode_book("<sst><si><t>Фамилия</t></si><si><r><t>Ива</t></r><r><t>нов</t></r><rPh><t>iva</t></rPh></si></sst>",
		"<worksheet><sheetData><row r='1'><c r='A1' t='s'><v>0</v></c><c r='C1' t='inlineStr'><is><t>Телефон</t></is></c></row>"
		"<row r='4'><c r='A4' t='s'><v>1</v></c><c r='B4'><f>1+1</f><v>2</v></c><c r='C4'><v>7.9001234567E10</v></c><c r='D4'><v>1.5</v></c></row>"
		"<row><c t='str'><v>a&#10;b &lt;</v></c></row></sheetData></worksheet>"), SHEETS_FINE);
	assert_int_equal(got.n, 1); /* hidden sheets are not read */
	assert_true(str_eq(got.items[0].name, STR("Ученики")));
	assert_row(0, 0, 1, "Фамилия||Телефон");
	assert_row(0, 1, 4, "Иванов|2|79001234567|1.5");
	assert_row(0, 2, 5, "a b <");
}

static void test_hostile_xlsx(void **state)
{
	(void)state;
	const char *none = "<sst/>";
	assert_int_equal(decode_book(none, "<worksheet><row><c t='s'><v>5</v></c></row></worksheet>"), SHEETS_BROKEN);
	assert_int_equal(decode_book(none, "<worksheet><row><c t='s'><v>-1</v></c></row></worksheet>"), SHEETS_BROKEN);
	assert_int_equal(decode_book(none, "<worksheet><row>"), SHEETS_BROKEN);
	assert_int_equal(decode_book(none, "<worksheet><row r='9'><c r='ZZZ9' t='str'><v>x</v></c></row></worksheet>"), SHEETS_TOO_MANY_CELLS);
	assert_int_equal(got.line, 9);
	assert_int_equal(decode_book(none, "<worksheet></worksheet>"), SHEETS_EMPTY);
	assert_int_equal(decode_book("<!DOCTYPE sst [<!ENTITY a 'aaaaaaaaaa'><!ENTITY b '&a;&a;&a;'>]><sst><si><t>&b;</t></si></sst>",
		"<worksheet/>"), SHEETS_BROKEN);
	assert_int_equal(decode_book("<!DOCTYPE sst SYSTEM 'file:///etc/passwd'><sst/>", "<worksheet/>"), SHEETS_BROKEN);
	/* The relation leads out of the archive: there is nothing there. */
	const struct part away[] = {{"xl/workbook.xml", STR(BOOK)},
		{"xl/_rels/workbook.xml.rels", STR("<R><Relationship Id='rId1' Target='../../../etc/passwd'/></R>")}};
	assert_int_equal(decode(pack(away, 2)), SHEETS_BROKEN);
}

/* 200 MiB of spaces are 200 KiB packed. */
static void test_bomb(void **state)
{
	(void)state;
	size_t n = SHEETS_UNPACKED_MAX + 1000;
	char *spaces = mem_alloc(n);
	memset(spaces, ' ', n);
	const struct part parts[] = {{"xl/workbook.xml", str_n(spaces, n)}};
	assert_int_equal(decode(pack(parts, 1)), SHEETS_BOMB);
	const struct part unread[] = {{"users.csv", STR("a,b\n")}, {"big.bin", str_n(spaces, n)}};
	assert_int_equal(decode(pack(unread, 2)), SHEETS_FINE); /* what nobody wants is not unpacked */
	mem_free(spaces);
}

/* OneRoster: an archive of CSV files. */
static void test_archive_of_csv(void **state)
{
	(void)state;
	const struct part parts[] = {{"roster/users.csv", STR("sourcedId,givenName\nu1,Anna\n")}, {"manifest.csv", STR("propertyName,value\n")},
		{"readme.txt", STR("x")}};
	assert_int_equal(decode(pack(parts, 3)), SHEETS_FINE);
	assert_int_equal(got.n, 2);
	assert_true(str_eq(got.items[0].name, STR("users")) && str_eq(got.items[1].name, STR("manifest")));
	assert_row(0, 1, 2, "u1|Anna");
	const struct part nothing[] = {{"readme.txt", STR("x")}};
	assert_int_equal(decode(pack(nothing, 1)), SHEETS_UNKNOWN);
	struct part many[SHEETS_MAX + 1];
	char names[SHEETS_MAX + 1][16];
	for (size_t i = 0; i <= SHEETS_MAX; i++) {
		snprintf(names[i], sizeof names[i], "t%zu.csv", i);
		many[i] = (struct part){names[i], STR("a,b\n")};
	}
	assert_int_equal(decode(pack(many, SHEETS_MAX)), SHEETS_FINE);
	assert_int_equal(decode(pack(many, SHEETS_MAX + 1)), SHEETS_TOO_MANY_TABLES);
}

/* --- the form on the pipe, from a decoder that was taken over */

static void test_hostile_wire(void **state)
{
	(void)state;
	static const char *const bad[] = {"", "X", "S", "S1:", "S1:a", "R1 1:1:a", "S1:aR1 1:2:a", "S1:aR1 65:", "S1:aR1 1:1001:", "S1:aE0 0", "E99 0:",
		"E0 0:x", "S1:aR1 1:99999999999:a", "S1:\377E0 0:", "S1:aR1 2:1:aE0 0:", "S101:", "S-1:E0 0:", "S 1:aE0 0:"};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		if (sheets_read(arena, str_of(bad[i]), &got) != ERR_MALFORMED)
			fail_msg("taken: %s", bad[i]);
	assert_int_equal(sheets_read(arena, STR("S1:aR1 1:1:aE3 7:"), &got), ERR_OK);
	assert_true(got.problem == SHEETS_TOO_MANY_ROWS && got.line == 7 && got.n == 0);
	assert_int_equal(sheets_read(arena, STR("E0 0:"), &got), ERR_OK);
	assert_int_equal(got.n, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_csv), cmocka_unit_test(test_encodings), cmocka_unit_test(test_problems), cmocka_unit_test(test_limits),
		cmocka_unit_test(test_xlsx), cmocka_unit_test(test_hostile_xlsx), cmocka_unit_test(test_bomb), cmocka_unit_test(test_archive_of_csv),
		cmocka_unit_test(test_hostile_wire),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
