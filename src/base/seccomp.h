/* SPDX-License-Identifier: Apache-2.0
 *
 * Rows of a filter of system calls (seccomp(2)), for processes that read what strangers send. Each process says what it may do:
 *
 *	struct sock_filter filter[] = {SECCOMP_BEGIN, SECCOMP_ALLOW(read), ..., SECCOMP_END};
 *	return seccomp_enter(filter, sizeof filter / sizeof *filter);
 *
 * Linux, x86-64 and aarch64. For a process with one thread: the filter holds for the thread that enters and what it starts.
 */
#ifndef BASE_SECCOMP_H
#define BASE_SECCOMP_H

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
#define SECCOMP_SANITIZED true
#endif
#elif defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SECCOMP_SANITIZED true
#endif
#ifndef SECCOMP_SANITIZED
#define SECCOMP_SANITIZED false
#endif

#if defined(__x86_64__)
#define SECCOMP_MACHINE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define SECCOMP_MACHINE AUDIT_ARCH_AARCH64
#else
#error "name this machine's AUDIT_ARCH"
#endif

/* The number of the call is looked at, of this machine's calls only. */
#define SECCOMP_BEGIN \
	BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)), BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SECCOMP_MACHINE, 1, 0), \
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS), BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr))
#define SECCOMP_ALLOW(call) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_##call, 0, 1), BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)
/* As if there were no files at all: libraries look for some (time zones, converters of names) and go on without. */
#define SECCOMP_NO_SUCH(call) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_##call, 0, 1), BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOENT)
/* Whatever else it asks for kills it. */
#define SECCOMP_END BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS)
/* The same, but that a sanitizer may say what it found. */
#define SECCOMP_END_TOLD BPF_STMT(BPF_RET | BPF_K, SECCOMP_SANITIZED ? SECCOMP_RET_ERRNO | EPERM : SECCOMP_RET_KILL_PROCESS)

/* False: the kernel has no such filters; nothing has changed but that no new rights can be had. rows: borrowed. */
static inline bool seccomp_enter(struct sock_filter *rows, size_t n)
{
	struct sock_fprog program = {.len = (unsigned short)n, .filter = rows};
	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

#endif
