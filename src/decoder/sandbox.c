/* SPDX-License-Identifier: Apache-2.0
 *
 * See sandbox.h.
 */
#include "decoder/sandbox.h"

#include "base/seccomp.h"

#include <sys/resource.h>

static bool limit(__rlimit_resource_t what, rlim_t value)
{
	return setrlimit(what, &(struct rlimit){value, value}) == 0;
}

bool sandbox_limit(void)
{
	bool limited = limit(RLIMIT_CPU, SANDBOX_CPU_S) && limit(RLIMIT_CORE, 0) && limit(RLIMIT_FSIZE, 0);
	/* a sanitizer's shadow alone is larger */
	return limited && (SECCOMP_SANITIZED || limit(RLIMIT_AS, SANDBOX_MEMORY));
}

bool sandbox_enter(void)
{
	struct sock_filter filter[] = {
		SECCOMP_BEGIN,
		SECCOMP_ALLOW(read),
		SECCOMP_ALLOW(write),
		SECCOMP_ALLOW(brk),
		SECCOMP_ALLOW(mmap),
		SECCOMP_ALLOW(munmap),
		SECCOMP_ALLOW(mremap),
		SECCOMP_ALLOW(madvise),
		SECCOMP_ALLOW(futex),
		SECCOMP_ALLOW(getrandom),
		SECCOMP_ALLOW(getpid),
		SECCOMP_ALLOW(gettid),
		SECCOMP_ALLOW(clock_gettime),
		SECCOMP_ALLOW(sched_yield),
		SECCOMP_ALLOW(sigaltstack),
		SECCOMP_ALLOW(rt_sigprocmask),
		SECCOMP_ALLOW(rt_sigreturn),
		SECCOMP_ALLOW(tgkill),
		SECCOMP_ALLOW(exit),
		SECCOMP_ALLOW(exit_group),
		SECCOMP_NO_SUCH(openat),
		SECCOMP_NO_SUCH(newfstatat),
		SECCOMP_END,
	};
	return seccomp_enter(filter, sizeof filter / sizeof *filter);
}
