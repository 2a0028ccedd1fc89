/* SPDX-License-Identifier: Apache-2.0
 *
 * Which transport a path belongs to: open addressing, whole keys compared, keyed by a number of chance. Of fixed size, no allocation after
 * its making. One thread.
 */
#ifndef MEDIA_TUPLE_TABLE_H
#define MEDIA_TUPLE_TABLE_H

#include "media/tuple.h"

struct tuple_table;
struct tuple_table *tuple_table_new(size_t most); /* entries at once */
void tuple_table_free(struct tuple_table **t);
void *tuple_table_find(const struct tuple_table *t, const struct tuple *key); /* NULL: none */
/* Replaces; value is not NULL. ERR_BUSY: full. */
enum err tuple_table_put(struct tuple_table *t, const struct tuple *key, void *value) MUST_CHECK;
void tuple_table_remove(struct tuple_table *t, const struct tuple *key); /* fine when it is not there */
size_t tuple_table_count(const struct tuple_table *t);

#endif
