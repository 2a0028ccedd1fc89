/* SPDX-License-Identifier: Apache-2.0
 *
 * See bed_memory.h. Takes the place of base/mem.c, and of free() (-Dfree=bed_free) for texts of jansson's.
 */
#include "bed_memory.h"
#include "fuzz.h"
#include "base/mem.h"
#include <jansson.h>
#include <sanitizer/asan_interface.h>
#undef free
void free(void *p);

enum { ROOM = 4 << 20, HEAD = 16, WALL = 16 }; /* a block: its size, its bytes, a wall that nobody may touch */

static _Alignas(16) uint8_t arena[ROOM], saved[ROOM];
static uint64_t saved_shadow[ROOM / 64]; /* a byte for every 8 */
static size_t used;
static bool building;

enum { HEAP = 16 << 20, CLASSES = 24 }; /* by powers of two; empty again at each run */
static _Alignas(16) uint8_t heap[HEAP];
static size_t heap_used;
static struct piece { struct piece *next; size_t class; } *pieces[CLASSES];
static bool hasty;

static bool is_ours(const void *p) { return (const uint8_t *)p >= arena && (const uint8_t *)p < arena + used; }

static volatile uint64_t *shadow(void)
{
	size_t scale, offset;
	__asan_get_shadow_mapping(&scale, &offset);
	MUST(scale == 3);
	return (volatile uint64_t *)(((uintptr_t)arena >> 3) + offset);
}

static void *take(size_t size)
{
	size_t whole = HEAD + ((size + 7) & ~(size_t)7) + WALL;
	whole = (whole + 15) & ~(size_t)15;
	MUST(size < ROOM && used + whole <= ROOM);
	uint8_t *p = arena + used;
	used += whole;
	memcpy(p, &size, sizeof size);
	ASAN_POISON_MEMORY_REGION(p, whole);
	ASAN_UNPOISON_MEMORY_REGION(p + HEAD, size);
	return memset(p + HEAD, 0, size);
}

static size_t size_of(const void *p)
{
	size_t size;
	const uint8_t *head = (const uint8_t *)p - HEAD;
	ASAN_UNPOISON_MEMORY_REGION(head, HEAD);
	memcpy(&size, head, sizeof size);
	ASAN_POISON_MEMORY_REGION(head, HEAD);
	return size;
}

__attribute__((no_sanitize("address", "coverage"))) static void *take_hasty(size_t size)
{
	size_t class = size <= 32 ? 5 : 64 - (size_t)__builtin_clzll(size - 1);
	struct piece *p = class < CLASSES ? pieces[class] : NULL;
	if (p) {
		pieces[class] = p->next;
	} else {
		size_t whole = sizeof *p + ((size_t)1 << class);
		MUST(class < CLASSES && heap_used + whole <= HEAP);
		p = (struct piece *)(heap + heap_used);
		heap_used += whole;
		p->class = class;
	}
	return p + 1;
}

__attribute__((no_sanitize("address", "coverage"))) static void give_back_hasty(void *freed)
{
	struct piece *p = (struct piece *)freed - 1;
	p->next = pieces[p->class];
	pieces[p->class] = p;
}

static void give_back(void *p)
{
	if ((uint8_t *)p >= heap && (uint8_t *)p < heap + HEAP) {
		give_back_hasty(p);
		return;
	}
	if (!is_ours(p)) {
		free(p);
		return;
	}
	MUST(!__asan_address_is_poisoned(p) || size_of(p) == 0); /* freed twice */
	ASAN_POISON_MEMORY_REGION(p, size_of(p));
}

static void *take_any(size_t size) { return building ? take(size) : hasty ? take_hasty(size) : malloc(size ? size : 1); }

void bed_free(void *p)
{
	if (p)
		give_back(p);
}

void bed_memory_begin(void)
{
	MUST(used == 0);
	building = true;
	json_set_alloc_funcs(take_any, give_back);
}

/* The shadow is the sanitizer's own: not by memcpy, which would look for a shadow of it. */
__attribute__((no_sanitize("address", "coverage"))) static void copy_shadow(volatile uint64_t *to, volatile const uint64_t *from)
{
	for (size_t i = 0; i < (used + 63) / 64; i++)
		to[i] = from[i];
}

void bed_memory_keep(void)
{
	building = false;
	_Static_assert(ROOM % 64 == 0, "whole words of shadow");
	copy_shadow(saved_shadow, shadow());
	ASAN_UNPOISON_MEMORY_REGION(arena, used);
	memcpy(saved, arena, used);
	copy_shadow(shadow(), saved_shadow);
}

void bed_memory_again(bool careful)
{
	hasty = !careful;
	heap_used = 0;
	memset(pieces, 0, sizeof pieces);
	ASAN_UNPOISON_MEMORY_REGION(arena, used);
	memcpy(arena, saved, used);
	copy_shadow(shadow(), saved_shadow);
}

/* --- base/mem.h */

void *mem_alloc(size_t size)
{
	if (building)
		return take(size);
	void *p = calloc(1, size ? size : 1);
	MUST(p);
	return p;
}

void *mem_try_alloc(size_t size) { return mem_alloc(size); }

void *mem_resize(void *p, size_t size)
{
	if (!building && !is_ours(p))
		p = realloc(p, size ? size : 1);
	else if (p) {
		size_t n = size_of(p);
		void *bigger = mem_alloc(size);
		memcpy(bigger, p, n < size ? n : size);
		give_back(p);
		p = bigger;
	} else {
		p = take(size);
	}
	MUST(p);
	return p;
}

void *mem_try_resize(void *p, size_t size) { return mem_resize(p, size); }

char *mem_dup(const char *s, size_t n)
{
	char *copy = mem_alloc(n + 1);
	if (n > 0)
		memcpy(copy, s, n);
	return copy;
}

void mem_free(void *p) { bed_free(p); }

void mem_wipe(void *p, size_t n)
{
	if (n > 0)
		explicit_bzero(p, n);
}
