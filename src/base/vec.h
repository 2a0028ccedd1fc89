/* SPDX-License-Identifier: Apache-2.0
 *
 * Typed vectors: VEC(struct conn *) conns; VEC_PUSH(&conns, c); conns.p[i]; conns.n. Growth aborts without memory.
 * Anonymous struct types: declare a member or a variable with it, not a parameter.
 */
#ifndef BASE_VEC_H
#define BASE_VEC_H

#include "base/mem.h"

#define VEC(T) struct { T *p; size_t n, cap; }
#define VEC_INIT { NULL, 0, 0 }
#define VEC_RESERVE(v, want) vec_reserve((void **)&(v)->p, &(v)->cap, (want), sizeof *(v)->p)
#define VEC_PUSH(v, x) (VEC_RESERVE((v), (v)->n + 1), (void)((v)->p[(v)->n++] = (x)))
#define VEC_POP(v) ((v)->p[--(v)->n])
#define VEC_CLEAR(v) ((void)((v)->n = 0))
/* the last one takes the place of the i-th: order is not kept */
#define VEC_SWAP_REMOVE(v, i) ((void)((v)->p[(i)] = (v)->p[--(v)->n]))
#define VEC_RELEASE(v) (mem_free((v)->p), (v)->p = NULL, (v)->n = (v)->cap = 0)

void vec_reserve(void **p, size_t *cap, size_t want, size_t item); /* doubles; aborts without memory */

#endif
