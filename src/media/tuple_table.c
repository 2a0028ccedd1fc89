/* SPDX-License-Identifier: Apache-2.0
 *
 * See tuple_table.h. Linear probing at a load of at most a half; a removal moves the ones behind it up, so there are no tombstones.
 */
#include "media/tuple_table.h"

#include "base/clock.h"
#include "base/mem.h"

struct slot { struct tuple key; void *value; }; /* value NULL: free */

struct tuple_table {
	/* owned */
	struct slot *slots;
	/* state */
	size_t mask, count, most;
	uint64_t seed;
};

struct tuple_table *tuple_table_new(size_t most)
{
	struct tuple_table *t = mem_alloc(sizeof *t);
	size_t size = 16;
	while (size < 2 * most)
		size *= 2;
	t->slots = mem_alloc(size * sizeof *t->slots);
	t->mask = size - 1;
	t->most = most;
	t->seed = random_u64();
	return t;
}

void tuple_table_free(struct tuple_table **table)
{
	if (!*table)
		return;
	mem_free((*table)->slots);
	mem_free(*table);
	*table = NULL;
}

static size_t place(const struct tuple_table *t, const struct tuple *key)
{
	uint64_t words[sizeof *key / 8], h = t->seed;
	memcpy(words, key, sizeof words);
	for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
		h = (h ^ words[i]) * UINT64_C(0x9e3779b97f4a7c15);
		h ^= h >> 32;
	}
	return (size_t)h & t->mask;
}

static size_t find(const struct tuple_table *t, const struct tuple *key)
{
	size_t at = place(t, key);
	while (t->slots[at].value && !tuple_eq(&t->slots[at].key, key))
		at = (at + 1) & t->mask;
	return at;
}

void *tuple_table_find(const struct tuple_table *t, const struct tuple *key) { return t->slots[find(t, key)].value; }

enum err tuple_table_put(struct tuple_table *t, const struct tuple *key, void *value)
{
	CHECK(value);
	struct slot *s = &t->slots[find(t, key)];
	if (!s->value) {
		if (t->count == t->most)
			return ERR_BUSY;
		t->count++;
		s->key = *key;
	}
	s->value = value;
	return ERR_OK;
}

void tuple_table_remove(struct tuple_table *t, const struct tuple *key)
{
	size_t hole = find(t, key);
	if (!t->slots[hole].value)
		return;
	t->count--;
	for (size_t at = (hole + 1) & t->mask; t->slots[at].value; at = (at + 1) & t->mask) {
		/* may it stand in the hole? only when its own place is not between the hole and where it stands */
		size_t from_place = (at - place(t, &t->slots[at].key)) & t->mask;
		if (from_place >= ((at - hole) & t->mask)) {
			t->slots[hole] = t->slots[at];
			hole = at;
		}
	}
	t->slots[hole].value = NULL;
}

size_t tuple_table_count(const struct tuple_table *t) { return t->count; }
