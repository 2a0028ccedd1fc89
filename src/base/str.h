/* SPDX-License-Identifier: Apache-2.0
 *
 * struct str: borrowed text with its length, not NUL-terminated, possibly empty (p may be NULL when n is 0).
 * struct buf: a growing byte buffer with a mandatory upper limit.
 */
#ifndef BASE_STR_H
#define BASE_STR_H

#include "base/err.h"
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct str {
	const char *p; /* borrowed */
	size_t n;      /* bytes */
};

#define STR(lit) ((struct str){("" lit), sizeof(lit) - 1})
static inline struct str str_of(const char *z) { return (struct str){z, z ? strlen(z) : 0}; }
static inline struct str str_n(const void *p, size_t n) { return (struct str){(const char *)p, n}; }

bool str_eq(struct str a, struct str b);
bool str_ieq_ascii(struct str a, struct str b);          /* ASCII letters without case */
bool str_starts(struct str s, struct str prefix);
int str_cmp(struct str a, struct str b);                 /* bytes, then length */
struct str str_trim_ascii(struct str s);                 /* spaces, tabs, CR, LF at both ends */
bool str_find(struct str s, char c, size_t *at_out);     /* first c */
struct str str_cut(struct str *rest, char sep);          /* the part before sep; *rest moves behind it; all when none */
enum err str_to_i64(struct str s, int64_t *out) MUST_CHECK; /* whole decimal, optional '-'; ERR_MALFORMED, ERR_TOO_LARGE */
bool str_eq_secret(struct str a, struct str b);          /* time depends on the lengths only */

struct buf {
	/* owned */
	char *p;
	/* state */
	size_t n, cap;
	size_t limit;  /* bytes that it may ever hold */
	enum err err;  /* sticky: after the first failure appends do nothing */
};

void buf_init(struct buf *b, size_t limit);
void buf_release(struct buf *b);
void buf_clear(struct buf *b);                           /* empties, keeps memory and limit */
enum err buf_reserve(struct buf *b, size_t more);        /* ERR_TOO_LARGE beyond the limit, ERR_NOMEM */
void buf_add(struct buf *b, const void *p, size_t n);    /* failure shows in b->err */
void buf_add_str(struct buf *b, struct str s);
void buf_add_c(struct buf *b, char c);
void buf_addf(struct buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void buf_add_i64(struct buf *b, int64_t v);
void buf_drop_front(struct buf *b, size_t n);            /* moves the rest to the front */
struct str buf_str(const struct buf *b);                 /* borrowed until the next change */

#endif
