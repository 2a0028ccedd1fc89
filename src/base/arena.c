/* SPDX-License-Identifier: Apache-2.0
 *
 * Blocks that grow, taken from the front, given back together. One thread at a time.
 */
#include "base/arena.h"
#include "base/bytes.h"
#include "base/mem.h"
#include <stdio.h>

#define ARENA_ALIGN 16
#define ARENA_FIRST_BLOCK 4096
#define ARENA_LARGEST_BLOCK (256u * 1024u)

struct arena_block {
	/* owned */
	struct arena_block *older;
	/* state */
	size_t cap, used;
	_Alignas(ARENA_ALIGN) unsigned char p[];
};

struct arena_held {
	struct arena_held *next;
	struct bytes *bytes;
};

struct arena {
	/* owned */
	struct arena_block *blocks; /* the newest first; the last of the list is the first block, which reset keeps */
	struct arena_held *held;
	/* state */
	size_t limit, taken;
	bool failed;
};

struct arena *arena_new(size_t limit)
{
	struct arena *a = mem_alloc(sizeof *a);
	a->limit = limit;
	return a;
}

static void release_held(struct arena *a)
{
	while (a->held) {
		struct arena_held *h = a->held;
		a->held = h->next;
		bytes_unref(&h->bytes);
		mem_free(h);
	}
}

void arena_free(struct arena **a)
{
	if (!*a)
		return;
	release_held(*a);
	for (struct arena_block *b = (*a)->blocks; b;) {
		struct arena_block *older = b->older;
		mem_free(b);
		b = older;
	}
	mem_free(*a);
	*a = NULL;
}

void arena_reset(struct arena *a)
{
	release_held(a);
	while (a->blocks && a->blocks->older) {
		struct arena_block *older = a->blocks->older;
		mem_free(a->blocks);
		a->blocks = older;
	}
	/* A first block made for one large request is not kept: resets happen every command, and it would stay. */
	if (a->blocks && a->blocks->cap > ARENA_LARGEST_BLOCK) {
		mem_free(a->blocks);
		a->blocks = NULL;
	}
	if (a->blocks) {
		memset(a->blocks->p, 0, a->blocks->used);
		a->blocks->used = 0;
	}
	a->taken = 0;
	a->failed = false;
}

bool arena_failed(const struct arena *a) { return a->failed; }

static struct arena_block *add_block(struct arena *a, size_t size)
{
	size_t cap = a->blocks ? a->blocks->cap * 2 : ARENA_FIRST_BLOCK;
	if (cap > ARENA_LARGEST_BLOCK)
		cap = ARENA_LARGEST_BLOCK;
	if (cap < size)
		cap = size;
	struct arena_block *b = mem_try_alloc(sizeof *b + cap);
	if (!b)
		return NULL;
	b->cap = cap;
	b->older = a->blocks;
	a->blocks = b;
	return b;
}

/* Takes size bytes that are zero. What is asked for counts against the limit, not the blocks behind it. */
void *arena_alloc(struct arena *a, size_t size)
{
	if (a->failed)
		return NULL;
	size_t padded = size == 0 ? ARENA_ALIGN : (size + ARENA_ALIGN - 1) & ~(size_t)(ARENA_ALIGN - 1);
	if (padded < size || padded > SIZE_MAX - sizeof(struct arena_block) || size > a->limit - a->taken) {
		a->failed = true;
		return NULL;
	}
	struct arena_block *b = a->blocks;
	if (!b || b->cap - b->used < padded) {
		b = add_block(a, padded);
		if (!b) {
			a->failed = true;
			return NULL;
		}
	}
	void *p = b->p + b->used;
	b->used += padded;
	/* charge the padding too when it still fits, so that many tiny pieces cannot outgrow the limit */
	a->taken += padded <= a->limit - a->taken ? padded : a->limit - a->taken;
	return p;
}

void *arena_array(struct arena *a, size_t count, size_t size)
{
	size_t whole;
	if (__builtin_mul_overflow(count, size, &whole)) {
		a->failed = true;
		return NULL;
	}
	return arena_alloc(a, whole);
}

char *arena_z(struct arena *a, struct str s)
{
	if (s.n == SIZE_MAX) {
		a->failed = true;
		return NULL;
	}
	char *copy = arena_alloc(a, s.n + 1);
	if (copy && s.n > 0)
		memcpy(copy, s.p, s.n);
	return copy;
}

struct str arena_str(struct arena *a, struct str s)
{
	char *copy = arena_z(a, s);
	return (struct str){copy, copy ? s.n : 0};
}

char *arena_printf(struct arena *a, const char *fmt, ...)
{
	va_list ap, again;
	va_start(ap, fmt);
	va_copy(again, ap);
	int n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	CHECK(n >= 0);
	char *text = arena_alloc(a, (size_t)n + 1);
	if (text)
		vsnprintf(text, (size_t)n + 1, fmt, again);
	va_end(again);
	return text;
}

void arena_hold(struct arena *a, struct bytes *shared)
{
	/* From the heap, not from the arena: the reference was handed over, whatever the limit says. */
	struct arena_held *h = mem_alloc(sizeof *h);
	h->bytes = shared;
	h->next = a->held;
	a->held = h;
}
