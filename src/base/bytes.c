/* SPDX-License-Identifier: Apache-2.0
 *
 * Immutable shared bytes. The count is atomic: the last reference, in whichever thread, frees. Any thread.
 */
#include "base/bytes.h"
#include "base/mem.h"

struct bytes *bytes_try_alloc(size_t n)
{
	if (n > SIZE_MAX - sizeof(struct bytes))
		return NULL;
	struct bytes *b = mem_try_alloc(sizeof *b + n);
	if (!b)
		return NULL;
	b->n = n;
	b->refs = 1;
	return b;
}

struct bytes *bytes_alloc(size_t n)
{
	CHECK(n <= SIZE_MAX - sizeof(struct bytes));
	struct bytes *b = mem_alloc(sizeof *b + n);
	b->n = n;
	b->refs = 1;
	return b;
}

struct bytes *bytes_new(const void *p, size_t n)
{
	struct bytes *b = bytes_alloc(n);
	if (n > 0)
		memcpy(b->p, p, n);
	return b;
}

struct bytes *bytes_join(struct bytes *const *parts, size_t count)
{
	size_t n = 0;
	for (size_t i = 0; i < count; i++) {
		CHECK(parts[i]->n <= SIZE_MAX - n);
		n += parts[i]->n;
	}
	struct bytes *whole = bytes_alloc(n);
	size_t at = 0;
	for (size_t i = 0; i < count; i++) {
		if (parts[i]->n > 0)
			memcpy(whole->p + at, parts[i]->p, parts[i]->n);
		at += parts[i]->n;
	}
	return whole;
}

struct bytes *bytes_ref(struct bytes *b)
{
	unsigned before = __atomic_fetch_add(&b->refs, 1, __ATOMIC_RELAXED);
	/* zero: used after free; far too many: a leak that would wrap */
	CHECK(before > 0 && before < 0x7fffffffu);
	return b;
}

void bytes_unref(struct bytes **b)
{
	struct bytes *mine = *b;
	if (!mine)
		return;
	*b = NULL;
	unsigned before = __atomic_fetch_sub(&mine->refs, 1, __ATOMIC_ACQ_REL);
	CHECK(before > 0);
	if (before == 1)
		mem_free(mine);
}
