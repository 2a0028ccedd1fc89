/* SPDX-License-Identifier: Apache-2.0
 *
 * See decoder_run.h.
 */
#include "app/decoder_run.h"

#include "base/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

static enum err start(int fd, int out, pid_t *pid)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	sigset_t none;
	char name[] = "zvonok", word[] = "decode-tables", *argv[] = {name, word, NULL}, *env[] = {NULL};
	sigemptyset(&none);
	if (posix_spawn_file_actions_init(&actions))
		return ERR_NOMEM;
	if (posix_spawnattr_init(&attributes)) {
		posix_spawn_file_actions_destroy(&actions);
		return ERR_NOMEM;
	}
	/* everything else of ours is opened with O_CLOEXEC; its own group, so that a signal of the terminal does not reach it */
	int failed = posix_spawn_file_actions_adddup2(&actions, fd, STDIN_FILENO) || posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO) ||
		     posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0) ||
		     posix_spawn_file_actions_addclosefrom_np(&actions, 3) || posix_spawnattr_setsigmask(&attributes, &none) ||
		     posix_spawnattr_setpgroup(&attributes, 0) ||
		     posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP) ||
		     posix_spawn(pid, "/proc/self/exe", &actions, &attributes, argv, env);
	posix_spawn_file_actions_destroy(&actions);
	posix_spawnattr_destroy(&attributes);
	return failed ? ERR_IO : ERR_OK;
}

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
	int ends[2], status = 0;
	pid_t pid;
	if (lseek(fd, 0, SEEK_SET) < 0 || pipe2(ends, O_CLOEXEC))
		return ERR_IO;
	enum err e = start(fd, ends[1], &pid);
	close(ends[1]);
	if (e) {
		close(ends[0]);
		return e;
	}
	e = read_all(ends[0], out);
	close(ends[0]);
	if (e)
		kill(pid, SIGKILL);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return e ? e : WIFEXITED(status) && WEXITSTATUS(status) == 0 ? ERR_OK : ERR_MALFORMED;
}
