/* SPDX-License-Identifier: Apache-2.0
 *
 * Loaded before a program (LD_PRELOAD): counts what it allocates, in the first 8 bytes of the file that ALLOC_COUNT names, for a bench to read while it runs.
 */
#include <fcntl.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

void *__libc_malloc(size_t);
void *__libc_calloc(size_t, size_t);
void *__libc_realloc(void *, size_t);
void *__libc_memalign(size_t, size_t);

static _Atomic uint64_t unshared, *count = &unshared;

__attribute__((constructor)) static void share(void)
{
	const char *path = getenv("ALLOC_COUNT");
	int fd = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
	void *p = fd >= 0 ? mmap(NULL, sizeof *count, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0) : MAP_FAILED;
	if (p != MAP_FAILED)
		count = p;
	if (fd >= 0)
		close(fd);
}

static void one(void) { atomic_fetch_add_explicit(count, 1, memory_order_relaxed); }

void *malloc(size_t n)
{
	one();
	return __libc_malloc(n);
}

void *calloc(size_t n, size_t size)
{
	one();
	return __libc_calloc(n, size);
}

void *realloc(void *p, size_t n)
{
	one();
	return __libc_realloc(p, n);
}

void *aligned_alloc(size_t alignment, size_t n)
{
	one();
	return __libc_memalign(alignment, n);
}

int posix_memalign(void **out, size_t alignment, size_t n)
{
	one();
	*out = __libc_memalign(alignment, n);
	return *out ? 0 : 12; /* ENOMEM */
}
