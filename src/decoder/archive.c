/* SPDX-License-Identifier: Apache-2.0
 *
 * ZIP archives in memory, by libarchive, with a limit on what they unpack to. One thread of the decoder.
 */
#include <archive.h>
#include <archive_entry.h>

#include "decoder/tables.h"

#define BLOCK 65536
#define ENTRIES_SEEN_MAX 2000 /* of an archive; a workbook has a few dozen */

/* One entry whole; *left is what the archive may still unpack to. */
static enum sheets_problem read_entry(struct archive *z, size_t *left, struct buf *out)
{
	char block[BLOCK];
	for (;;) {
		la_ssize_t n = archive_read_data(z, block, sizeof block);
		if (n == 0)
			return out->err ? SHEETS_BOMB : SHEETS_FINE;
		if (n < 0)
			return SHEETS_BROKEN;
		if ((size_t)n > *left)
			return SHEETS_BOMB;
		*left -= (size_t)n;
		buf_add(out, block, (size_t)n);
	}
}

static enum sheets_problem keep_entry(struct archive *z, struct arena *a, struct str name, size_t *left, struct packed_file *to)
{
	struct buf bytes;
	buf_init(&bytes, SHEETS_UNPACKED_MAX);
	enum sheets_problem p = read_entry(z, left, &bytes);
	if (p == SHEETS_FINE) {
		to->name = arena_str(a, name);
		to->bytes = bytes.n ? arena_str(a, buf_str(&bytes)) : STR("");
		if (arena_failed(a))
			p = SHEETS_BOMB;
	}
	buf_release(&bytes);
	return p;
}

static enum sheets_problem read_all(struct archive *z, struct arena *a, bool (*wants)(struct str name), struct packed_file *files, size_t max,
	size_t *n_out)
{
	size_t left = SHEETS_UNPACKED_MAX;
	for (size_t seen = 0;; seen++) {
		struct archive_entry *entry;
		int result = archive_read_next_header(z, &entry);
		if (result == ARCHIVE_EOF)
			return SHEETS_FINE;
		if (result < ARCHIVE_WARN || seen == ENTRIES_SEEN_MAX)
			return SHEETS_BROKEN;
		if (archive_entry_is_encrypted(entry))
			return SHEETS_OLD_EXCEL;
		struct str name = str_of(archive_entry_pathname(entry));
		if (!name.p || !wants(name))
			continue;
		if (*n_out == max)
			return SHEETS_TOO_MANY_TABLES;
		enum sheets_problem p = keep_entry(z, a, name, &left, &files[*n_out]);
		if (p != SHEETS_FINE)
			return p;
		(*n_out)++;
	}
}

enum sheets_problem archive_unpack(struct arena *a, struct str file, bool (*wants)(struct str name), struct packed_file *files, size_t max,
	size_t *n_out)
{
	struct archive *z = archive_read_new();
	*n_out = 0;
	if (!z)
		return SHEETS_BROKEN;
	archive_read_support_format_zip(z);
	enum sheets_problem p = archive_read_open_memory(z, file.p, file.n) == ARCHIVE_OK ? read_all(z, a, wants, files, max, n_out) : SHEETS_BROKEN;
	archive_read_free(z);
	return p;
}
