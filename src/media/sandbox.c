/* SPDX-License-Identifier: Apache-2.0
 *
 * See sandbox.h.
 */
#include "media/sandbox.h"

#include "base/seccomp.h"

#include <sys/prctl.h>
#include <sys/resource.h>

bool media_sandbox_limit(void)
{
	return setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0}) == 0 && prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0;
}

bool media_sandbox_enter(void)
{
	struct sock_filter filter[] = {
		SECCOMP_BEGIN,
		/* the hot ones first */
		SECCOMP_ALLOW(sendmsg),
		SECCOMP_ALLOW(recvmmsg),
		SECCOMP_ALLOW(epoll_pwait),
#ifdef SYS_epoll_wait
		SECCOMP_ALLOW(epoll_wait),
#endif
		SECCOMP_ALLOW(clock_gettime),
		SECCOMP_ALLOW(recvfrom),
		SECCOMP_ALLOW(recvmsg),
		SECCOMP_ALLOW(sendto),
		SECCOMP_ALLOW(epoll_ctl),
		SECCOMP_ALLOW(read),
		SECCOMP_ALLOW(write),
		SECCOMP_ALLOW(writev),
		SECCOMP_ALLOW(close),
		SECCOMP_ALLOW(getsockname),
		SECCOMP_ALLOW(getpeername),
		SECCOMP_ALLOW(setsockopt),
		SECCOMP_ALLOW(getsockopt),
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
		SECCOMP_ALLOW(sigaltstack),
		SECCOMP_ALLOW(rt_sigprocmask),
		SECCOMP_ALLOW(rt_sigaction),
		SECCOMP_ALLOW(rt_sigreturn),
		SECCOMP_ALLOW(restart_syscall),
		SECCOMP_ALLOW(tgkill), /* abort() */
		SECCOMP_ALLOW(exit),
		SECCOMP_ALLOW(exit_group),
		SECCOMP_NO_SUCH(ioctl), /* isatty() */
		SECCOMP_NO_SUCH(openat),
		SECCOMP_NO_SUCH(newfstatat),
		SECCOMP_NO_SUCH(readlinkat),
#ifdef SYS_readlink
		SECCOMP_NO_SUCH(readlink), /* a sanitizer, when it has something to say */
#endif
		SECCOMP_END_TOLD,
	};
	return seccomp_enter(filter, sizeof filter / sizeof *filter);
}
