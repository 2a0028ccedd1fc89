/* SPDX-License-Identifier: Apache-2.0
 *
 * The process: reads its input to the end, shuts itself off, decodes, writes. See decoder.h.
 */
#include "decoder/decoder.h"

#include "decoder/sandbox.h"
#include <errno.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static bool read_all(int fd, struct buf *in)
{
	char block[65536];
	for (;;) {
		ssize_t n = read(fd, block, sizeof block);
		if (n == 0)
			return true;
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return false;
		buf_add(in, block, (size_t)n);
		if (in->err)
			return in->err == ERR_TOO_LARGE; /* said to the other side as a problem of the file */
	}
}

static bool write_all(int fd, struct str s)
{
	while (s.n) {
		ssize_t n = write(fd, s.p, s.n);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		s = str_n(s.p + n, s.n - (size_t)n);
	}
	return true;
}

void decoder_tables_main(void)
{
	struct buf in, out;
	buf_init(&in, SHEETS_FILE_MAX);
	buf_init(&out, SHEETS_WIRE_MAX);
	if (!sandbox_limit())
		_exit(3);
	if (!read_all(STDIN_FILENO, &in))
		_exit(4);
	/* libarchive asks for the local time of entries: let it need no file for that */
	setenv("TZ", "UTC0", 1);
	tzset();
	if (!sandbox_enter())
		_exit(3);
	if (in.err)
		sheets_write_end(&out, SHEETS_FILE_TOO_LARGE, 0);
	else
		decoder_tables(buf_str(&in), &out);
	/* at once: what an orderly end does (a sanitizer's look for leaks) is behind the wall */
	_exit(write_all(STDOUT_FILENO, buf_str(&out)) ? 0 : 5);
}
