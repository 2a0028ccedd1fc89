/* SPDX-License-Identifier: Apache-2.0
 *
 * One arena per command, passed explicitly. Everything in it goes at once. One thread at a time.
 */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include "base/str.h"

struct bytes;
struct arena;

/* limit: bytes that may be taken in all; beyond it (or without memory) arena_alloc returns NULL and
 * arena_failed() is true from then on, so a caller may check once at its end. */
struct arena *arena_new(size_t limit);
void arena_free(struct arena **a);
void arena_reset(struct arena *a);        /* empties; keeps the first block */
bool arena_failed(const struct arena *a);

void *arena_alloc(struct arena *a, size_t size);              /* zeroed, aligned to 16; NULL on failure */
void *arena_array(struct arena *a, size_t count, size_t size); /* checked multiplication */
struct str arena_str(struct arena *a, struct str s);          /* copy, NUL-terminated behind; empty on failure */
char *arena_z(struct arena *a, struct str s);                 /* the same as char *; NULL on failure */
char *arena_printf(struct arena *a, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void arena_hold(struct arena *a, struct bytes *shared);       /* unrefs it at reset or free; takes the reference over */

#endif
