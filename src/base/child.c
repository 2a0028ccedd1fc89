/* SPDX-License-Identifier: Apache-2.0
 *
 * See child.h.
 */
#include "base/child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

static int give(posix_spawn_file_actions_t *actions, int fd, int as)
{
	if (fd == CHILD_OURS)
		return 0;
	if (fd == CHILD_NOTHING)
		return posix_spawn_file_actions_addopen(actions, as, "/dev/null", as == STDIN_FILENO ? O_RDONLY : as > STDERR_FILENO ? O_RDWR : O_WRONLY, 0);
	return posix_spawn_file_actions_adddup2(actions, fd, as);
}

static enum err spawn(const char *program, char *const argv[], const int *fds, int n, pid_t *pid)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	sigset_t none, all;
	char path[] = "PATH=/usr/local/bin:/usr/bin:/bin", *env[] = {path, NULL};
	int failed = 0;
	sigemptyset(&none);
	sigfillset(&all);
	if (posix_spawn_file_actions_init(&actions))
		return ERR_NOMEM;
	if (posix_spawnattr_init(&attributes)) {
		posix_spawn_file_actions_destroy(&actions);
		return ERR_NOMEM;
	}
	for (int i = 0; i < n && !failed; i++)
		failed = give(&actions, fds[i], i);
	failed = failed || posix_spawn_file_actions_addclosefrom_np(&actions, n) || posix_spawnattr_setsigmask(&attributes, &none) || posix_spawnattr_setsigdefault(&attributes, &all) ||
		 posix_spawnattr_setpgroup(&attributes, 0) ||
		 posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP) ||
		 posix_spawn(pid, program ? program : "/proc/self/exe", &actions, &attributes, argv, env);
	posix_spawn_file_actions_destroy(&actions);
	posix_spawnattr_destroy(&attributes);
	return failed ? ERR_IO : ERR_OK;
}

enum err child_start(const char *program, char *const argv[], const int *fds, int n, pid_t *pid_out)
{
	int theirs[CHILD_FDS_MAX], moved[CHILD_FDS_MAX];
	enum err e = ERR_OK;
	CHECK(n > 0 && n <= CHILD_FDS_MAX);
	/* A number below n could be overwritten before its turn, and dup2 to the same number leaves O_CLOEXEC on it. */
	for (int i = 0; i < n; i++) {
		moved[i] = !e && fds[i] >= 0 && fds[i] < n ? fcntl(fds[i], F_DUPFD_CLOEXEC, n) : -1;
		theirs[i] = moved[i] >= 0 ? moved[i] : fds[i];
		if (theirs[i] >= 0 && theirs[i] < n)
			e = ERR_IO;
	}
	if (!e)
		e = spawn(program, argv, theirs, n, pid_out);
	for (int i = 0; i < n; i++)
		if (moved[i] >= 0)
			close(moved[i]);
	return e;
}

struct child_end child_wait(pid_t pid)
{
	int status;
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return (struct child_end){-1, 0};
	return (struct child_end){WIFEXITED(status) ? WEXITSTATUS(status) : -1, WIFSIGNALED(status) ? WTERMSIG(status) : 0};
}

struct child_end child_kill(pid_t pid)
{
	kill(pid, SIGKILL);
	return child_wait(pid);
}
