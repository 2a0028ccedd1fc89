/* SPDX-License-Identifier: Apache-2.0
 *
 * Immutable bytes with an atomic reference count: made once, sent to many. Any thread.
 */
#ifndef BASE_BYTES_H
#define BASE_BYTES_H

#include "base/str.h"

struct bytes {
	/* shared: read-only after bytes_new */
	size_t n;
	unsigned refs; /* atomic; use bytes_ref / bytes_unref only */
	unsigned char p[];
};

struct bytes *bytes_new(const void *p, size_t n);          /* one reference; aborts without memory */
struct bytes *bytes_alloc(size_t n);                       /* to be filled by its maker before anybody else sees it */
struct bytes *bytes_try_alloc(size_t n);                   /* NULL without memory */
struct bytes *bytes_join(struct bytes *const *parts, size_t count);
struct bytes *bytes_ref(struct bytes *b);
void bytes_unref(struct bytes **b);                        /* nulls *b; NULL is fine */
static inline struct str bytes_str(const struct bytes *b) { return str_n(b->p, b->n); }

#endif
