/* SPDX-License-Identifier: Apache-2.0
 *
 * Children: what they have of ours, and how they end. The child is this program again, with a word behind its name.
 */
#include "base/child.h"

#include <dirent.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <unistd.h>

extern char **environ;

static enum err start(const char *word, const int *fds, int n, pid_t *pid)
{
	char name[] = "child", mode[16];
	snprintf(mode, sizeof mode, "%s", word);
	return child_start(NULL, (char *[]){name, mode, NULL}, fds, n, pid);
}

/* --- the child */

static int look(void)
{
	sigset_t blocked;
	struct sigaction of_pipe;
	int words = 0, open = 0, signals = 0;
	while (environ[words])
		words++;
	DIR *folder = opendir("/proc/self/fd");
	for (struct dirent *d; folder && (d = readdir(folder));)
		open += d->d_name[0] != '.' && strtol(d->d_name, NULL, 10) != dirfd(folder);
	sigprocmask(SIG_BLOCK, NULL, &blocked);
	for (int i = 1; i < 32; i++)
		signals += sigismember(&blocked, i);
	sigaction(SIGPIPE, NULL, &of_pipe);
	dprintf(3, "%d words, %d descriptors, %d blocked, group %s, SIGPIPE %s, input %s", words, open, signals, getpgrp() == getpid() ? "own" : "ours",
		of_pipe.sa_handler == SIG_DFL ? "default" : "ignored", read(0, &words, 1) == 0 ? "empty" : "there");
	return 7;
}

static int names(void)
{
	dprintf(3, "three");
	dprintf(4, "four");
	return 0;
}

/* --- the tests */

struct ends { int read, write; };

static struct ends pipe_new(int flags)
{
	int ends[2];
	assert_int_equal(pipe2(ends, flags), 0);
	return (struct ends){ends[0], ends[1]};
}

/* Until the last writer has gone. */
static void assert_said(struct ends *p, const char *what)
{
	char text[256] = "";
	size_t n = 0;
	close(p->write);
	for (ssize_t got; (got = read(p->read, text + n, sizeof text - 1 - n)) > 0;)
		n += (size_t)got;
	close(p->read);
	assert_string_equal(text, what);
}

static void has_what_it_is_given(void **state)
{
	(void)state;
	struct ends told = pipe_new(O_CLOEXEC), stray = pipe_new(0);
	sigset_t term;
	pid_t pid;
	sigemptyset(&term);
	sigaddset(&term, SIGTERM);
	sigprocmask(SIG_BLOCK, &term, NULL);
	signal(SIGPIPE, SIG_IGN);
	setenv("SECRET", "of ours", 1);
	assert_int_equal(start("look", (const int[]){CHILD_NOTHING, CHILD_NOTHING, CHILD_OURS, told.write}, 4, &pid), ERR_OK);
	sigprocmask(SIG_UNBLOCK, &term, NULL);
	signal(SIGPIPE, SIG_DFL);
	assert_said(&told, "1 words, 4 descriptors, 0 blocked, group own, SIGPIPE default, input empty");
	struct child_end end = child_wait(pid);
	assert_int_equal(end.code, 7);
	assert_int_equal(end.signal, 0);
	close(stray.read);
	close(stray.write);
}

/* Where our numbers are those that the child shall have, the other way round and with O_CLOEXEC on them. */
static void crossed_descriptors(void **state)
{
	(void)state;
	int kept[2] = {fcntl(3, F_DUPFD_CLOEXEC, 20), fcntl(4, F_DUPFD_CLOEXEC, 20)}, far[4];
	struct ends a = pipe_new(O_CLOEXEC), b = pipe_new(O_CLOEXEC);
	pid_t pid;
	far[0] = fcntl(a.read, F_DUPFD_CLOEXEC, 20);
	far[1] = fcntl(a.write, F_DUPFD_CLOEXEC, 20);
	far[2] = fcntl(b.read, F_DUPFD_CLOEXEC, 20);
	far[3] = fcntl(b.write, F_DUPFD_CLOEXEC, 20);
	close(a.read);
	close(a.write);
	close(b.read);
	close(b.write);
	assert_int_equal(dup3(far[1], 4, O_CLOEXEC), 4);
	assert_int_equal(dup3(far[3], 3, O_CLOEXEC), 3);
	assert_int_equal(start("names", (const int[]){CHILD_OURS, CHILD_OURS, CHILD_OURS, 4, 3}, 5, &pid), ERR_OK);
	assert_int_equal(child_wait(pid).code, 0);
	for (int i = 0; i < 2; i++) {
		close(3 + i);
		if (kept[i] >= 0) {
			dup2(kept[i], 3 + i);
			close(kept[i]);
		}
	}
	assert_said(&(struct ends){far[0], far[1]}, "three");
	assert_said(&(struct ends){far[2], far[3]}, "four");
}

static void ends(void **state)
{
	(void)state;
	const int fds[] = {CHILD_NOTHING, CHILD_NOTHING, CHILD_OURS};
	char name[] = "child", *argv[] = {name, NULL};
	pid_t pid;
	assert_int_equal(start("wait", fds, 3, &pid), ERR_OK);
	struct child_end end = child_kill(pid);
	assert_int_equal(end.code, -1);
	assert_int_equal(end.signal, SIGKILL);
	assert_int_equal(child_wait(pid).code, -1); /* nobody's child any more */
	assert_int_equal(child_start("/nonexistent", argv, fds, 3, &pid), ERR_IO);
	assert_int_equal(child_start("/bin/true", argv, fds, 3, &pid), ERR_OK);
	assert_int_equal(child_wait(pid).code, 0);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(has_what_it_is_given), cmocka_unit_test(crossed_descriptors), cmocka_unit_test(ends)};
	if (argc > 1 && strcmp(argv[1], "look") == 0)
		_exit(look());
	if (argc > 1 && strcmp(argv[1], "names") == 0)
		_exit(names());
	if (argc > 1)
		pause();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
