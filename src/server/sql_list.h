/* SPDX-License-Identifier: Apache-2.0
 *
 * Lists of rows, gathered in a VEC, into the arena of a transaction. For the *_sql.c of all rooms. A worker's thread.
 */
#ifndef SERVER_SQL_LIST_H
#define SERVER_SQL_LIST_H

#include "server/tx.h"

/* Ends a query whose rows were gathered in a list: the list into the arena. out: a pointer to such items, not NULL when ERR_OK.
 * sql_keep: a list alone. */
enum err sql_take(struct tx *tx, struct rows *r, const void *items, size_t n, size_t size, void *out, size_t *n_out) MUST_CHECK;
enum err sql_keep(struct tx *tx, const void *items, size_t n, size_t size, void *out) MUST_CHECK;
/* All of a query: the numbers of its first column. */
enum err sql_ids(struct tx *tx, struct rows *r, int64_t **out, size_t *n_out) MUST_CHECK;

#endif
