/* SPDX-License-Identifier: Apache-2.0
 *
 * Allocation. mem_* abort the process when there is no memory (a supervisor restarts it);
 * mem_try_* return NULL and are for sizes that a peer has a say in. Any thread.
 * Tests make the N-th allocation fail: mem_fail_at() (docs/TESTING.md, "unit").
 */
#ifndef BASE_MEM_H
#define BASE_MEM_H

#include <stddef.h>
#include <stdint.h>
#include <stdbool.h>

void *mem_alloc(size_t size);                     /* zeroed; never NULL */
void *mem_resize(void *p, size_t size);           /* never NULL; new bytes are not zeroed */
char *mem_dup(const char *s, size_t n);           /* NUL-terminated copy */
void *mem_try_alloc(size_t size);                 /* zeroed; NULL when there is none */
void *mem_try_resize(void *p, size_t size);       /* NULL leaves p as it was */
void mem_free(void *p);                           /* NULL is fine */
void mem_wipe(void *p, size_t n);                 /* explicit_bzero */

/* Test hook, this thread only: the n-th allocation from now fails (1 = the next), and with `forever`
 * every later one. n = 0 switches it off. mem_* then call the panic hook instead of abort(). */
void mem_fail_at(uint64_t n, bool forever);
uint64_t mem_count(void); /* allocations of this thread since mem_fail_at */
int64_t mem_live(void);   /* allocations minus frees of this thread, since it began: tests find leaks by the difference */
void mem_set_panic(void (*hook)(void)); /* the hook must not return; NULL: abort() */

#endif
