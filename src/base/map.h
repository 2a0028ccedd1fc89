/* SPDX-License-Identifier: Apache-2.0
 *
 * Hash maps, open addressing, keyed by 64-bit integers or by text, values are pointers. The hash is keyed
 * by a random seed per process (SipHash-1-3 for text), so that peers cannot choose collisions. One thread at a time.
 */
#ifndef BASE_MAP_H
#define BASE_MAP_H

#include "base/str.h"

struct map;     /* uint64_t -> void * */
struct map *map_new(void);
void map_free(struct map **m);                    /* values are the caller's */
void *map_find(const struct map *m, uint64_t key); /* NULL when absent */
void map_put(struct map *m, uint64_t key, void *value); /* value must not be NULL; replaces */
void *map_remove(struct map *m, uint64_t key);    /* the value that was there, or NULL */
size_t map_count(const struct map *m);
/* Iterates in no order: size_t it = 0; while (map_next(m, &it, &key, &value)) ...; no put or remove meanwhile. */
bool map_next(const struct map *m, size_t *it, uint64_t *key_out, void **value_out);

struct strmap;  /* text -> void *; keys are copied */
struct strmap *strmap_new(void);
void strmap_free(struct strmap **m);
void *strmap_find(const struct strmap *m, struct str key);
void strmap_put(struct strmap *m, struct str key, void *value);
void *strmap_remove(struct strmap *m, struct str key);
size_t strmap_count(const struct strmap *m);
bool strmap_next(const struct strmap *m, size_t *it, struct str *key_out, void **value_out);

#endif
