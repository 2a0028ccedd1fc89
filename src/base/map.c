/* SPDX-License-Identifier: Apache-2.0
 *
 * Open addressing with linear probing, at most three quarters full. Removal moves later entries of the run back, so
 * there are no tombstones and a map that lives for months stays as quick as a new one. One thread at a time.
 */
#include "base/map.h"
#include "base/mem.h"
#include "base/siphash.h"

#define MAP_FIRST_CAP 8

/* --- integers --- */

struct map_slot {
	uint64_t key;
	void *value; /* NULL: free */
};

struct map {
	/* owned */
	struct map_slot *slots; /* NULL while cap is 0 */
	/* state */
	size_t cap, n; /* cap: a power of two, or 0 */
};

static bool too_full(size_t n, size_t cap) { return n + 1 > cap - cap / 4; }

static size_t map_home(const struct map *m, uint64_t key)
{
	return (size_t)siphash_seeded(&key, sizeof key) & (m->cap - 1);
}

/* The slot of the key, or the free one where it would go. There always is a free one. */
static size_t map_slot_of(const struct map *m, uint64_t key)
{
	size_t i = map_home(m, key);
	while (m->slots[i].value && m->slots[i].key != key)
		i = (i + 1) & (m->cap - 1);
	return i;
}

struct map *map_new(void) { return mem_alloc(sizeof(struct map)); }

void map_free(struct map **m)
{
	if (!*m)
		return;
	mem_free((*m)->slots);
	mem_free(*m);
	*m = NULL;
}

void *map_find(const struct map *m, uint64_t key) { return m->cap == 0 ? NULL : m->slots[map_slot_of(m, key)].value; }

static void map_grow(struct map *m)
{
	struct map old = *m;
	size_t cap = old.cap == 0 ? MAP_FIRST_CAP : old.cap * 2;
	m->slots = mem_alloc(cap * sizeof *m->slots);
	m->cap = cap;
	for (size_t i = 0; i < old.cap; i++)
		if (old.slots[i].value)
			m->slots[map_slot_of(m, old.slots[i].key)] = old.slots[i];
	mem_free(old.slots);
}

void map_put(struct map *m, uint64_t key, void *value)
{
	CHECK(value != NULL);
	if (m->cap > 0) {
		struct map_slot *s = &m->slots[map_slot_of(m, key)];
		if (s->value) {
			s->value = value;
			return;
		}
	}
	if (m->cap == 0 || too_full(m->n, m->cap))
		map_grow(m);
	m->slots[map_slot_of(m, key)] = (struct map_slot){key, value};
	m->n++;
}

void *map_remove(struct map *m, uint64_t key)
{
	if (m->cap == 0)
		return NULL;
	size_t hole = map_slot_of(m, key);
	void *value = m->slots[hole].value;
	if (!value)
		return NULL;
	size_t mask = m->cap - 1;
	for (size_t i = (hole + 1) & mask; m->slots[i].value; i = (i + 1) & mask) {
		size_t home = map_home(m, m->slots[i].key);
		/* it may move into the hole when its home is not behind the hole on the way to i */
		if (((i - home) & mask) >= ((i - hole) & mask)) {
			m->slots[hole] = m->slots[i];
			hole = i;
		}
	}
	m->slots[hole] = (struct map_slot){0};
	m->n--;
	return value;
}

size_t map_count(const struct map *m) { return m->n; }

bool map_next(const struct map *m, size_t *it, uint64_t *key_out, void **value_out)
{
	while (*it < m->cap) {
		const struct map_slot *s = &m->slots[(*it)++];
		if (s->value) {
			*key_out = s->key;
			*value_out = s->value;
			return true;
		}
	}
	return false;
}

/* --- text --- */

struct strmap_slot {
	uint64_t hash; /* kept, so that growing and removing need not read the texts again */
	char *key;     /* owned; NULL: free */
	size_t n;
	void *value;
};

struct strmap {
	/* owned */
	struct strmap_slot *slots;
	/* state */
	size_t cap, n;
};

struct strmap *strmap_new(void) { return mem_alloc(sizeof(struct strmap)); }

void strmap_free(struct strmap **m)
{
	if (!*m)
		return;
	for (size_t i = 0; i < (*m)->cap; i++)
		mem_free((*m)->slots[i].key);
	mem_free((*m)->slots);
	mem_free(*m);
	*m = NULL;
}

static size_t strmap_slot_of(const struct strmap *m, struct str key, uint64_t hash)
{
	size_t i = (size_t)hash & (m->cap - 1);
	for (; m->slots[i].key; i = (i + 1) & (m->cap - 1)) {
		const struct strmap_slot *s = &m->slots[i];
		if (s->hash == hash && str_eq(str_n(s->key, s->n), key))
			break;
	}
	return i;
}

void *strmap_find(const struct strmap *m, struct str key)
{
	return m->cap == 0 ? NULL : m->slots[strmap_slot_of(m, key, siphash_seeded(key.p, key.n))].value;
}

static void strmap_grow(struct strmap *m)
{
	size_t cap = m->cap == 0 ? MAP_FIRST_CAP : m->cap * 2;
	struct strmap_slot *slots = mem_alloc(cap * sizeof *slots);
	for (size_t i = 0; i < m->cap; i++) {
		if (!m->slots[i].key)
			continue;
		size_t to = (size_t)m->slots[i].hash & (cap - 1);
		while (slots[to].key)
			to = (to + 1) & (cap - 1);
		slots[to] = m->slots[i];
	}
	mem_free(m->slots);
	m->slots = slots;
	m->cap = cap;
}

void strmap_put(struct strmap *m, struct str key, void *value)
{
	CHECK(value != NULL);
	uint64_t hash = siphash_seeded(key.p, key.n);
	if (m->cap > 0) {
		struct strmap_slot *s = &m->slots[strmap_slot_of(m, key, hash)];
		if (s->key) {
			s->value = value;
			return;
		}
	}
	if (m->cap == 0 || too_full(m->n, m->cap))
		strmap_grow(m);
	char *copy = mem_dup(key.p, key.n);
	m->slots[strmap_slot_of(m, key, hash)] = (struct strmap_slot){hash, copy, key.n, value};
	m->n++;
}

void *strmap_remove(struct strmap *m, struct str key)
{
	if (m->cap == 0)
		return NULL;
	size_t hole = strmap_slot_of(m, key, siphash_seeded(key.p, key.n));
	if (!m->slots[hole].key)
		return NULL;
	void *value = m->slots[hole].value;
	mem_free(m->slots[hole].key);
	size_t mask = m->cap - 1;
	for (size_t i = (hole + 1) & mask; m->slots[i].key; i = (i + 1) & mask) {
		size_t home = (size_t)m->slots[i].hash & mask;
		if (((i - home) & mask) >= ((i - hole) & mask)) {
			m->slots[hole] = m->slots[i];
			hole = i;
		}
	}
	m->slots[hole] = (struct strmap_slot){0};
	m->n--;
	return value;
}

size_t strmap_count(const struct strmap *m) { return m->n; }

bool strmap_next(const struct strmap *m, size_t *it, struct str *key_out, void **value_out)
{
	while (*it < m->cap) {
		const struct strmap_slot *s = &m->slots[(*it)++];
		if (s->key) {
			*key_out = str_n(s->key, s->n);
			*value_out = s->value;
			return true;
		}
	}
	return false;
}
