/* SPDX-License-Identifier: Apache-2.0
 *
 * Allocation with an answer to "no memory": abort (mem_*) or NULL (mem_try_*), and the test hook that makes the
 * n-th allocation of a thread fail. Any thread.
 */
#include "base/mem.h"
#include "base/err.h"
#include <stdlib.h>
#include <string.h>

static _Thread_local uint64_t fail_at, counted;
static _Thread_local int64_t live;
static _Thread_local bool fail_forever;
static void (*panic_hook)(void);

static bool denied(void)
{
	counted++;
	if (fail_at == 0)
		return false;
	return fail_forever ? counted >= fail_at : counted == fail_at;
}

static _Noreturn void panic(size_t size)
{
	if (panic_hook)
		panic_hook();
	BUG("no memory for %zu bytes", size);
}

void *mem_try_alloc(size_t size)
{
	if (denied())
		return NULL;
	void *p = calloc(1, size ? size : 1);
	live += p != NULL;
	return p;
}

void *mem_try_resize(void *p, size_t size)
{
	if (denied())
		return NULL;
	void *bigger = realloc(p, size ? size : 1);
	live += !p && bigger;
	return bigger;
}

void *mem_alloc(size_t size)
{
	void *p = mem_try_alloc(size);
	if (!p)
		panic(size);
	return p;
}

void *mem_resize(void *p, size_t size)
{
	void *bigger = mem_try_resize(p, size);
	if (!bigger)
		panic(size);
	return bigger;
}

char *mem_dup(const char *s, size_t n)
{
	if (n == SIZE_MAX)
		panic(n);
	char *copy = mem_alloc(n + 1);
	if (n > 0)
		memcpy(copy, s, n);
	return copy;
}

void mem_free(void *p)
{
	live -= p != NULL;
	free(p);
}

void mem_wipe(void *p, size_t n)
{
	if (n > 0)
		explicit_bzero(p, n);
}

void mem_fail_at(uint64_t n, bool forever)
{
	fail_at = n;
	fail_forever = forever;
	counted = 0;
}

uint64_t mem_count(void) { return counted; }

int64_t mem_live(void) { return live; }

void mem_set_panic(void (*hook)(void)) { panic_hook = hook; }
