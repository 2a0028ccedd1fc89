/* SPDX-License-Identifier: Apache-2.0
 *
 * Fields of uploads, names of files, signatures of bytes: all that strangers write.
 */
#include "file/file_type.h"
#include "file/tus.h"

#include "base/mem.h"
#include "base/utf8.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

static void clean(const char *in, const char *want)
{
	char out[FILE_NAME_MAX];
	size_t n = file_name_clean(str_of(in), out);
	if (!str_eq(str_n(out, n), str_of(want)))
		fail_msg("%s -> %.*s, not %s", in, (int)n, out, want);
}

static void test_names(void **state)
{
	(void)state;
	clean("Приказ № 5.pdf", "Приказ № 5.pdf");
	clean("../../etc/passwd", "passwd");
	clean("C:\\Users\\Анна\\приказ.docx", "приказ.docx");
	clean("a/", "file");
	clean("..", "file");
	clean("", "file");
	clean(" .htaccess. ", "htaccess");
	clean("a\r\nSet-Cookie: b=c\x01.txt", "aSet-Cookie: b=c.txt");
	clean("приказ\u202efdp.exe", "приказfdp.exe");
	clean("\u2066a\u2069\ufeff\u200b\u2028b\xc2\x85.png", "ab.png");
	clean("\xff\xfe.png", "file");
	char longer[1200], out[FILE_NAME_MAX];
	for (size_t i = 0; i + 2 <= 1000; i += 2)
		memcpy(longer + i, "ж", 2);
	memcpy(longer + 1000, ".xlsx", 5);
	size_t n = file_name_clean(str_n(longer, 1005), out);
	assert_true(n > FILE_NAME_MAX - 4 && n <= FILE_NAME_MAX && utf8_valid(str_n(out, n)));
	assert_memory_equal(out + n - 5, ".xlsx", 5);
	for (size_t k = 195; k < 206; k++) /* the edge */
		assert_int_equal(file_name_clean(str_n(longer, k & ~(size_t)1), out), (k & ~(size_t)1) < FILE_NAME_MAX ? (k & ~(size_t)1) : FILE_NAME_MAX);

	memset(longer, 'a', 300);
	memcpy(longer + 190, " . . . . . ", 11); /* the cut leaves no dots at the end */
	assert_int_equal(file_name_clean(str_n(longer, 300), out), 190);
	struct buf b;
	buf_init(&b, 4096);
	file_name_disposition(&b, false, STR("ж \"a\";\r\n.p"));
	assert_true(str_eq(buf_str(&b), STR("Content-Disposition: attachment; filename*=UTF-8''%D0%B6%20%22a%22%3B%0D%0A.p\r\n")));
	buf_clear(&b);
	file_name_disposition(&b, true, STR("a~_-.png"));
	assert_true(str_eq(buf_str(&b), STR("Content-Disposition: inline; filename*=UTF-8''a~_-.png\r\n")));
	buf_release(&b);
}

static void metadata(const char *text, const char *wrong, const char *name, int purpose, int64_t org)
{
	struct tus_metadata m;
	const char *named = NULL;
	enum err e = tus_metadata_parse(str_of(text), &m, &named);
	if (wrong) {
		assert_int_equal(e, ERR_MALFORMED);
		assert_string_equal(named, wrong);
		return;
	}
	assert_int_equal(e, ERR_OK);
	assert_true(str_eq(str_n(m.name, m.name_n), str_of(name)));
	assert_int_equal(m.purpose, purpose);
	assert_int_equal(m.org_id, org);
}

static void test_metadata(void **state)
{
	(void)state;
	metadata("filename YS5wZGY=,purpose cm9zdGVy,org MTI=", NULL, "a.pdf", FILE_FOR_ROSTER, 12);
	metadata("purpose YXBwbGljYXRpb24=, filename YS5wZGY=,filetype dGV4dC9odG1s,is_confidential", NULL, "a.pdf", FILE_FOR_APPLICATION, 0);
	metadata("filename Li4vLi4vZXRjL3Bhc3N3ZA==,purpose ZG9jdW1lbnQ=", NULL, "passwd", FILE_FOR_DOCUMENT, 0);
	metadata("filename ,purpose ZG9jdW1lbnQ=", NULL, "file", FILE_FOR_DOCUMENT, 0);
	metadata("", "filename", NULL, 0, 0);
	metadata("filename YS5wZGY=", "purpose", NULL, 0, 0);
	metadata("purpose ZG9jdW1lbnQ=", "filename", NULL, 0, 0);
	metadata("filename YS5wZGY=,filename YS5wZGY=,purpose ZG9jdW1lbnQ=", "filename", NULL, 0, 0);
	metadata("filename YS5wZGY,purpose ZG9jdW1lbnQ=", "filename", NULL, 0, 0);
	metadata("filename /w==,purpose ZG9jdW1lbnQ=", "filename", NULL, 0, 0); /* no UTF-8 */
	metadata("filename YS5wZGY=,purpose YXZhdGFy", "purpose", NULL, 0, 0);
	metadata("filename YS5wZGY=,purpose ZG9jdW1lbnQ=,org LTE=", "org", NULL, 0, 0);
	metadata("filename YS5wZGY=,purpose ZG9jdW1lbnQ=,org OTk5OTk5OTk5OTk5OTk5OTk5", "org", NULL, 0, 0);
	/* the longest name that is taken, and one byte more */
	struct buf b;
	buf_init(&b, 8192);
	buf_add_str(&b, STR("purpose ZG9jdW1lbnQ=,filename "));
	for (int i = 0; i < TUS_FILENAME_MAX / 3; i++)
		buf_add_str(&b, STR("YWFh"));
	struct tus_metadata m;
	const char *named;
	struct buf more;
	buf_init(&more, 8192);
	buf_add_str(&more, buf_str(&b));
	buf_add_str(&b, STR("YQ=="));
	assert_int_equal(tus_metadata_parse(buf_str(&b), &m, &named), ERR_OK);
	assert_int_equal(m.name_n, FILE_NAME_MAX);
	buf_add_str(&more, STR("YWE="));
	assert_int_equal(tus_metadata_parse(buf_str(&more), &m, &named), ERR_MALFORMED);
	buf_release(&b);
	buf_release(&more);
}

static void test_numbers_and_paths(void **state)
{
	(void)state;
	static const char *const bad[] = {"", "-1", "+1", " 1", "1 ", "1.0", "0x1", "9007199254740992", "99999999999999999999", "1e3"};
	int64_t n;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_int_equal(tus_number(str_of(bad[i]), &n), ERR_MALFORMED);
	assert_int_equal(tus_number(STR("0"), &n), ERR_OK);
	assert_int_equal(n, 0);
	assert_int_equal(tus_number(STR("9007199254740991"), &n), ERR_OK);
	assert_int_equal(tus_path(STR(""), &n), ERR_OK);
	assert_int_equal(n, 0);
	assert_int_equal(tus_path(STR("/"), &n), ERR_OK);
	assert_int_equal(n, 0);
	assert_int_equal(tus_path(STR("/17"), &n), ERR_OK);
	assert_int_equal(n, 17);
	static const char *const lost[] = {"/0", "/01", "/1/", "/1/2", "//1", "/../1", "/-1", "/%31", "/1?"};
	for (size_t i = 0; i < sizeof lost / sizeof *lost; i++)
		assert_int_equal(tus_path(str_of(lost[i]), &n), ERR_MALFORMED);
}

static enum file_type sniff(struct str s) { return file_sniff(s, s, s.n); }

static void test_signatures(void **state)
{
	(void)state;
	assert_int_equal(sniff(STR("%PDF-1.7\n")), FILE_TYPE_PDF);
	assert_int_equal(sniff(STR(" %PDF-1.7\n")), FILE_TYPE_TEXT);
	assert_int_equal(sniff(STR("\x89PNG\r\n\x1a\n....")), FILE_TYPE_PNG);
	assert_int_equal(sniff(STR("\xff\xd8\xff\xe0")), FILE_TYPE_JPEG);
	assert_int_equal(sniff(STR("GIF89a")), FILE_TYPE_GIF);
	assert_int_equal(sniff(STR("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\0\0")), FILE_TYPE_OLE);
	assert_int_equal(sniff(STR("RIFF\1\2\3\4WEBPVP8 ")), FILE_TYPE_WEBP);
	assert_int_equal(sniff(STR("RIFF\1\2\3\4WAVE")), FILE_TYPE_OTHER);
	assert_int_equal(sniff(STR("\0\0\0\x18" "ftypisom\0\0\2\0")), FILE_TYPE_MP4);
	assert_int_equal(sniff(STR("\x1a\x45\xdf\xa3\x01\0\0\0\0\0\0\x10\x42\x82\x85webm\0")), FILE_TYPE_WEBM);
	assert_int_equal(sniff(STR("\0\0\0\x18" "ftypM4V ")), FILE_TYPE_MP4);
	assert_int_equal(sniff(STR("\0\0\0\x18" "ftypiso")), FILE_TYPE_OTHER);
	assert_int_equal(sniff(STR("\0\0\0\x18" "ftypheic\0\0\0\0")), FILE_TYPE_OTHER);
	assert_int_equal(sniff(STR("<!doctype html><script>alert(1)</script>")), FILE_TYPE_TEXT);
	assert_int_equal(sniff(STR("<svg xmlns='http://www.w3.org/2000/svg' onload='x()'/>")), FILE_TYPE_TEXT);
	assert_int_equal(sniff(STR("\xef\xbb\xbf" "Фамилия;Имя\r\n")), FILE_TYPE_TEXT);
	assert_int_equal(sniff(STR("\xd4\xe0\xec\xe8\xeb\xe8\xff;\xc8\xec\xff\r\n")), FILE_TYPE_TEXT_1251);
	assert_int_equal(sniff(STR("\xd4\xe0\x98\xff")), FILE_TYPE_OTHER);
	assert_int_equal(sniff(STR("MZ\x90\0\3\0\0\0")), FILE_TYPE_OTHER);
	assert_int_equal(sniff(STR("\x7f" "ELF\2\1\1")), FILE_TYPE_OTHER);
	assert_int_equal(file_sniff(STR(""), STR(""), 0), FILE_TYPE_OTHER);
	assert_int_equal(sniff(STR("PK\3\4")), FILE_TYPE_ZIP);
	assert_int_equal(sniff(STR("PK\3\4\x14\0\0\0\0\0\0\0!\0\0\0\0\0\0\0\0\0\0\0\0\0\x08\0\0\0mimetypeapplication/vnd.oasis.opendocument.text")), FILE_TYPE_ODT);
	assert_int_equal(sniff(STR("PK\3\4\x14\0\0\0\0\0\0\0!\0\0\0\0\0\0\0\0\0\0\0\0\0\x08\0\0\0mimetypeapplication/vnd.oasis.opendocument.spreadsheet")), FILE_TYPE_ODS);
	assert_int_equal(sniff(STR("PK\3\4\x14\0\0\0\0\0\0\0!\0\0\0\0\0\0\0\0\0\0\0\0\0\x08\0\xff\xffmimetype")), FILE_TYPE_ZIP);

	char entry[46 + 20 + 8] = "PK\1\2";
	static const struct { const char *name; enum file_type type; } members[] = {{"word/document.xml", FILE_TYPE_DOCX},
		{"xl/workbook.xml", FILE_TYPE_XLSX}, {"ppt/presentation.xml", FILE_TYPE_PPTX}, {"word/other.xml", FILE_TYPE_ZIP}};
	for (size_t i = 0; i < sizeof members / sizeof *members; i++) {
		size_t n = strlen(members[i].name);
		entry[28] = (char)n;
		memcpy(entry + 46, members[i].name, n);
		assert_int_equal(file_sniff(STR("PK\3\4...."), str_n(entry, 46 + n), 1000), members[i].type);
		assert_int_equal(file_sniff(STR("PK\3\4...."), str_n(entry, 46 + n - 1), 1000), FILE_TYPE_ZIP);
	}
	/* text longer than is looked at, cut within a character at both sides */
	assert_int_equal(file_sniff(STR("\xd0\xb6\xd0"), STR("\xb6\xd0\xb6"), 100), FILE_TYPE_TEXT);
	assert_int_equal(file_sniff(STR("\xd0\xb6\xd0"), STR("\xb6\xd0\xb6"), 3), FILE_TYPE_TEXT_1251);
	for (int t = 0; t < FILE_TYPES; t++)
		assert_true(file_media_type((enum file_type)t).n > 8);
	assert_true(str_eq(file_media_type((enum file_type)99), STR("application/octet-stream")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_metadata),
		cmocka_unit_test(test_numbers_and_paths),
		cmocka_unit_test(test_signatures),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
