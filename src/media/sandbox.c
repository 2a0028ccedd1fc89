/* SPDX-License-Identifier: Apache-2.0
 *
 * See sandbox.h.
 */
#include "media/sandbox.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>

bool media_sandbox_limit(void)
{
	return setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0}) == 0 && prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0;
}

#if defined(__x86_64__)
#define THIS_MACHINE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define THIS_MACHINE AUDIT_ARCH_AARCH64
#else
#error "name this machine's AUDIT_ARCH"
#endif

#define ALLOW(call) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_##call, 0, 1), BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)

/* As if there were no files at all: the C library looks for some (time zones) and goes on without. */
#define NO_SUCH(call) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_##call, 0, 1), BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOENT)

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
#define WITH_SANITIZER
#endif
#elif defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define WITH_SANITIZER
#endif
#ifdef WITH_SANITIZER
#define OTHERWISE (SECCOMP_RET_ERRNO | EPERM) /* it has to say what it found */
#else
#define OTHERWISE SECCOMP_RET_KILL_PROCESS
#endif

bool media_sandbox_enter(void)
{
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, THIS_MACHINE, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		/* the hot ones first */
		ALLOW(sendmsg),
		ALLOW(recvmmsg),
		ALLOW(epoll_pwait),
#ifdef SYS_epoll_wait
		ALLOW(epoll_wait),
#endif
		ALLOW(clock_gettime),
		ALLOW(recvfrom),
		ALLOW(recvmsg),
		ALLOW(sendto),
		ALLOW(epoll_ctl),
		ALLOW(read),
		ALLOW(write),
		ALLOW(writev),
		ALLOW(close),
		ALLOW(getsockname),
		ALLOW(getpeername),
		ALLOW(setsockopt),
		ALLOW(getsockopt),
		ALLOW(brk),
		ALLOW(mmap),
		ALLOW(munmap),
		ALLOW(mremap),
		ALLOW(mprotect), /* malloc, for its heaps */
		ALLOW(madvise),
		ALLOW(futex),
		ALLOW(getrandom),
		ALLOW(getpid),
		ALLOW(gettid),
		ALLOW(sched_yield),
		ALLOW(sigaltstack),
		ALLOW(rt_sigprocmask),
		ALLOW(rt_sigaction),
		ALLOW(rt_sigreturn),
		ALLOW(restart_syscall),
		ALLOW(tgkill), /* abort() */
		ALLOW(exit),
		ALLOW(exit_group),
		NO_SUCH(ioctl), /* isatty() */
		NO_SUCH(openat),
		NO_SUCH(newfstatat),
		NO_SUCH(readlinkat),
#ifdef SYS_readlink
		NO_SUCH(readlink), /* a sanitizer, when it has something to say */
#endif
		BPF_STMT(BPF_RET | BPF_K, OTHERWISE),
	};
	struct sock_fprog program = {.len = sizeof filter / sizeof *filter, .filter = filter};
	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}
