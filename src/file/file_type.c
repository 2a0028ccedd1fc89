/* SPDX-License-Identifier: Apache-2.0
 *
 * The table of types and their signatures. A type is a label for people and for what an object admits; nothing is ever run or
 * rendered by it but pictures, so that a file which pretends gains nothing.
 */
#include "file/file_type.h"

#include "base/utf8.h"

static const char *const media_types[FILE_TYPES] = {
	[FILE_TYPE_OTHER] = "application/octet-stream",
	[FILE_TYPE_PDF] = "application/pdf",
	[FILE_TYPE_PNG] = "image/png",
	[FILE_TYPE_JPEG] = "image/jpeg",
	[FILE_TYPE_GIF] = "image/gif",
	[FILE_TYPE_WEBP] = "image/webp",
	[FILE_TYPE_DOCX] = "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
	[FILE_TYPE_XLSX] = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
	[FILE_TYPE_PPTX] = "application/vnd.openxmlformats-officedocument.presentationml.presentation",
	[FILE_TYPE_ODT] = "application/vnd.oasis.opendocument.text",
	[FILE_TYPE_ODS] = "application/vnd.oasis.opendocument.spreadsheet",
	[FILE_TYPE_ZIP] = "application/zip",
	[FILE_TYPE_TEXT] = "text/plain; charset=utf-8",
	[FILE_TYPE_TEXT_1251] = "text/plain; charset=windows-1251",
	[FILE_TYPE_WEBM] = "video/webm",
	[FILE_TYPE_MATROSKA] = "video/x-matroska",
	[FILE_TYPE_MP4] = "video/mp4",
	[FILE_TYPE_OLE] = "application/x-ole-storage", /* .doc, .xls, .ppt of before 2007: which of them is not told */
};

struct str file_media_type(enum file_type t)
{
	return str_of(media_types[(unsigned)t < FILE_TYPES ? t : FILE_TYPE_OTHER]);
}

bool file_is_picture(enum file_type t)
{
	return t == FILE_TYPE_PNG || t == FILE_TYPE_JPEG || t == FILE_TYPE_GIF || t == FILE_TYPE_WEBP;
}

/* --- archives: what lies in them says what they are */

static size_t le16(struct str s, size_t at)
{
	return (unsigned char)s.p[at] | (size_t)(unsigned char)s.p[at + 1] << 8;
}

/* OpenDocument keeps its type, not compressed, as the first member. */
static enum file_type sniff_opendocument(struct str head)
{
	if (head.n < 30 || le16(head, 26) != 8)
		return FILE_TYPE_ZIP;
	size_t at = 38 + le16(head, 28);
	if (head.n < at || memcmp(head.p + 30, "mimetype", 8) != 0)
		return FILE_TYPE_ZIP;
	struct str rest = str_n(head.p + at, head.n - at);
	if (str_starts(rest, str_of(media_types[FILE_TYPE_ODS])))
		return FILE_TYPE_ODS;
	return str_starts(rest, str_of(media_types[FILE_TYPE_ODT])) ? FILE_TYPE_ODT : FILE_TYPE_ZIP;
}

/* Office Open XML: by a member that each of them must have. The list of members is at the end. */
static enum file_type sniff_members(struct str tail)
{
	static const struct { const char *member; enum file_type type; } marks[] = {
		{"word/document.xml", FILE_TYPE_DOCX}, {"xl/workbook.xml", FILE_TYPE_XLSX}, {"ppt/presentation.xml", FILE_TYPE_PPTX}};
	const char *end = tail.p + tail.n, *p = tail.p;
	while ((p = memmem(p, (size_t)(end - p), "PK\1\2", 4)) != NULL) {
		struct str entry = str_n(p, (size_t)(end - p));
		if (entry.n < 46)
			break;
		size_t n = le16(entry, 28);
		for (size_t i = 0; i < sizeof marks / sizeof *marks; i++)
			if (entry.n >= 46 + n && str_eq(str_n(p + 46, n), str_of(marks[i].member)))
				return marks[i].type;
		p += 4;
	}
	return FILE_TYPE_ZIP;
}

/* --- text */

static bool has_controls(struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];
		if ((c < 0x20 && c != '\t' && c != '\n' && c != '\r' && c != '\f') || c == 0x7f)
			return true;
	}
	return false;
}

static bool is_utf8(struct str head, struct str tail, bool whole)
{
	uint32_t state = utf8_feed(0, (const unsigned char *)head.p, head.n);
	if (whole || state == UTF8_BAD)
		return state == 0;
	size_t cut = 0; /* the tail may begin within a character */
	while (cut < 3 && cut < tail.n && ((unsigned char)tail.p[cut] & 0xc0) == 0x80)
		cut++;
	return utf8_feed(0, (const unsigned char *)tail.p + cut, tail.n - cut) == 0;
}

static enum file_type sniff_text(struct str head, struct str tail, bool whole)
{
	if (has_controls(head) || has_controls(tail))
		return FILE_TYPE_OTHER;
	if (is_utf8(head, tail, whole))
		return FILE_TYPE_TEXT;
	/* windows-1251 leaves one byte unused. */
	if (memchr(head.p, 0x98, head.n) || memchr(tail.p, 0x98, tail.n))
		return FILE_TYPE_OTHER;
	return FILE_TYPE_TEXT_1251;
}

/* EBML: its kind stands in the first bytes; some programs write a zero behind it. */
static enum file_type sniff_matroska(struct str head)
{
	static const struct str webm = {"\x42\x82\x84webm", 7}, webm_zero = {"\x42\x82\x85webm\0", 8}, matroska = {"\x42\x82\x88matroska", 11};
	for (size_t i = 0; i < head.n; i++) {
		struct str here = str_n(head.p + i, head.n - i);
		if (str_starts(here, webm) || str_starts(here, webm_zero))
			return FILE_TYPE_WEBM;
		if (str_starts(here, matroska))
			return FILE_TYPE_MATROSKA;
	}
	return FILE_TYPE_OTHER;
}

/* ISO base media begin with a box `ftyp`, whose brand says what they are; of the pictures and sounds among them we know none. */
static bool is_mp4(struct str head)
{
	static const char brands[][5] = {"isom", "iso2", "iso4", "iso5", "iso6", "mp41", "mp42", "avc1", "M4V ", "dash", "MSNV"};
	if (head.n < 12 || memcmp(head.p + 4, "ftyp", 4) != 0)
		return false;
	for (size_t i = 0; i < sizeof brands / sizeof *brands; i++)
		if (memcmp(head.p + 8, brands[i], 4) == 0)
			return true;
	return false;
}

enum file_type file_sniff(struct str head, struct str tail, uint64_t size)
{
	static const struct { struct str mark; enum file_type type; } marks[] = {
		{{"%PDF-", 5}, FILE_TYPE_PDF}, {{"\x89PNG\r\n\x1a\n", 8}, FILE_TYPE_PNG}, {{"\xff\xd8\xff", 3}, FILE_TYPE_JPEG},
		{{"GIF87a", 6}, FILE_TYPE_GIF}, {{"GIF89a", 6}, FILE_TYPE_GIF},
		{{"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 8}, FILE_TYPE_OLE}};
	if (!head.n || !tail.n)
		return FILE_TYPE_OTHER;
	for (size_t i = 0; i < sizeof marks / sizeof *marks; i++)
		if (str_starts(head, marks[i].mark))
			return marks[i].type;
	if (head.n >= 12 && memcmp(head.p, "RIFF", 4) == 0 && memcmp(head.p + 8, "WEBP", 4) == 0)
		return FILE_TYPE_WEBP;
	if (is_mp4(head))
		return FILE_TYPE_MP4;
	if (str_starts(head, STR("\x1a\x45\xdf\xa3")))
		return sniff_matroska(str_n(head.p, head.n < 64 ? head.n : 64));
	if (str_starts(head, STR("PK\3\4"))) {
		enum file_type t = sniff_opendocument(head);
		return t == FILE_TYPE_ZIP ? sniff_members(tail) : t;
	}
	return sniff_text(head, tail, head.n == size);
}
