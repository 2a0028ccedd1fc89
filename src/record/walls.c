/* SPDX-License-Identifier: Apache-2.0
 *
 * See walls.h.
 */
#include "record/walls.h"

#include "base/seccomp.h"

#include <linux/landlock.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

/* A kernel without it (before 5.13, or switched off) goes on without: then all files of the user are there. */
static void only_files_below(int folder)
{
	struct landlock_ruleset_attr rules = {.handled_access_fs = LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_READ_FILE |
		LANDLOCK_ACCESS_FS_READ_DIR | LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_CHAR |
		LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_MAKE_FIFO |
		LANDLOCK_ACCESS_FS_MAKE_BLOCK | LANDLOCK_ACCESS_FS_MAKE_SYM};
	struct landlock_path_beneath_attr below = {.parent_fd = folder, .allowed_access = LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_READ_FILE |
		LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_REG};
	int fd = (int)syscall(SYS_landlock_create_ruleset, &rules, sizeof rules, 0);
	if (fd < 0)
		return;
	if (syscall(SYS_landlock_add_rule, fd, LANDLOCK_RULE_PATH_BENEATH, &below, 0) == 0)
		(void)syscall(SYS_landlock_restrict_self, fd, 0);
	close(fd);
}

bool record_walls(int folder)
{
	struct sock_filter filter[] = {
		SECCOMP_BEGIN,
		SECCOMP_ALLOW(recvfrom),
		SECCOMP_ALLOW(pwrite64),
		SECCOMP_ALLOW(ppoll),
#ifdef SYS_poll
		SECCOMP_ALLOW(poll),
#endif
		SECCOMP_ALLOW(clock_gettime),
		SECCOMP_ALLOW(sendto),
		SECCOMP_ALLOW(read),
		SECCOMP_ALLOW(write),
		SECCOMP_ALLOW(writev),
		SECCOMP_ALLOW(pread64),
		SECCOMP_ALLOW(lseek),
		SECCOMP_ALLOW(openat),
		SECCOMP_ALLOW(renameat),
		SECCOMP_ALLOW(renameat2),
		SECCOMP_ALLOW(unlinkat),
		SECCOMP_ALLOW(fstat),
		SECCOMP_ALLOW(newfstatat),
		SECCOMP_ALLOW(fcntl),
		SECCOMP_ALLOW(flock),
		SECCOMP_ALLOW(fallocate),
		SECCOMP_ALLOW(ftruncate),
		SECCOMP_ALLOW(fdatasync),
		SECCOMP_ALLOW(close),
		SECCOMP_ALLOW(brk),
		SECCOMP_ALLOW(mmap),
		SECCOMP_ALLOW(munmap),
		SECCOMP_ALLOW(mremap),
		SECCOMP_ALLOW(mprotect), /* malloc, for its heaps */
		SECCOMP_ALLOW(madvise),
		SECCOMP_ALLOW(futex),
		SECCOMP_ALLOW(getrandom),
		SECCOMP_ALLOW(getpid),
		SECCOMP_ALLOW(gettid),
		SECCOMP_ALLOW(sched_yield),
		SECCOMP_ALLOW(sched_getaffinity), /* libav counts the cores */
		SECCOMP_ALLOW(sigaltstack),
		SECCOMP_ALLOW(rt_sigprocmask),
		SECCOMP_ALLOW(rt_sigaction),
		SECCOMP_ALLOW(rt_sigreturn),
		SECCOMP_ALLOW(restart_syscall),
		SECCOMP_ALLOW(tgkill), /* abort() */
		SECCOMP_ALLOW(exit),
		SECCOMP_ALLOW(exit_group),
		SECCOMP_NO_SUCH(ioctl), /* isatty() */
		SECCOMP_NO_SUCH(readlinkat),
#ifdef SYS_readlink
		SECCOMP_NO_SUCH(readlink), /* a sanitizer, when it has something to say */
#endif
		SECCOMP_END_TOLD,
	};
	if (setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0}) || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		return false;
	only_files_below(folder);
	return seccomp_enter(filter, sizeof filter / sizeof *filter);
}
