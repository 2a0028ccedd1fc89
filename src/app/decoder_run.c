/* SPDX-License-Identifier: Apache-2.0
 *
 * See decoder_run.h.
 */
#include "app/decoder_run.h"

#include "base/child.h"
#include "base/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

static enum err read_all(int fd, struct buf *out)
{
	char block[65536];
	int64_t until = clock_mono_ms() + DECODER_RUN_MS;
	for (;;) {
		struct pollfd p = {.fd = fd, .events = POLLIN};
		int64_t left = until - clock_mono_ms();
		int ready = left > 0 ? poll(&p, 1, (int)left) : 0;
		if (ready < 0 && errno == EINTR)
			continue;
		if (ready <= 0)
			return ERR_MALFORMED;
		ssize_t n = read(fd, block, sizeof block);
		if (n == 0)
			return ERR_OK;
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return ERR_IO;
		buf_add(out, block, (size_t)n);
		if (out->err)
			return out->err == ERR_TOO_LARGE ? ERR_MALFORMED : out->err;
	}
}

enum err decoder_run(int fd, struct buf *out)
{
	int ends[2];
	pid_t pid;
	char name[] = "zvonok", word[] = "decode-tables";
	if (lseek(fd, 0, SEEK_SET) < 0 || pipe2(ends, O_CLOEXEC))
		return ERR_IO;
	enum err e = child_start(NULL, (char *[]){name, word, NULL}, (const int[]){fd, ends[1], CHILD_NOTHING}, 3, &pid);
	close(ends[1]);
	if (e) {
		close(ends[0]);
		return e;
	}
	e = read_all(ends[0], out);
	close(ends[0]);
	struct child_end end = e ? child_kill(pid) : child_wait(pid);
	return e ? e : end.code == 0 ? ERR_OK : ERR_MALFORMED;
}
