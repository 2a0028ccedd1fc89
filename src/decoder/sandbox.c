/* SPDX-License-Identifier: Apache-2.0
 *
 * See sandbox.h.
 */
#include "decoder/sandbox.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
#define WITH_SANITIZER true
#endif
#elif defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define WITH_SANITIZER true
#endif
#ifndef WITH_SANITIZER
#define WITH_SANITIZER false
#endif

static bool limit(__rlimit_resource_t what, rlim_t value)
{
	return setrlimit(what, &(struct rlimit){value, value}) == 0;
}

bool sandbox_limit(void)
{
	bool limited = limit(RLIMIT_CPU, SANDBOX_CPU_S) && limit(RLIMIT_CORE, 0) && limit(RLIMIT_FSIZE, 0);
	/* a sanitizer's shadow alone is larger */
	return limited && (WITH_SANITIZER || limit(RLIMIT_AS, SANDBOX_MEMORY));
}

#if defined(__x86_64__)
#define THIS_MACHINE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define THIS_MACHINE AUDIT_ARCH_AARCH64
#else
#error "name this machine's AUDIT_ARCH"
#endif

#define ALLOW(call) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_##call, 0, 1), BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)

/* As if there were no files at all: libarchive's names in UTF-8 make the C library look for a converter, and it goes on without. */
#define NO_SUCH(call) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_##call, 0, 1), BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOENT)

bool sandbox_enter(void)
{
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, THIS_MACHINE, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		ALLOW(read),
		ALLOW(write),
		ALLOW(brk),
		ALLOW(mmap),
		ALLOW(munmap),
		ALLOW(mremap),
		ALLOW(madvise),
		ALLOW(futex),
		ALLOW(getrandom),
		ALLOW(getpid),
		ALLOW(gettid),
		ALLOW(clock_gettime),
		ALLOW(sched_yield),
		ALLOW(sigaltstack),
		ALLOW(rt_sigprocmask),
		ALLOW(rt_sigreturn),
		ALLOW(tgkill),
		ALLOW(exit),
		ALLOW(exit_group),
		NO_SUCH(openat),
		NO_SUCH(newfstatat),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
	};
	struct sock_fprog program = {.len = sizeof filter / sizeof *filter, .filter = filter};
	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}
