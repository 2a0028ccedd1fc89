/* SPDX-License-Identifier: Apache-2.0
 *
 * A growing byte buffer with an upper limit and a sticky error. One thread at a time.
 */
#include "base/str.h"
#include "base/mem.h"
#include <stdio.h>

void buf_init(struct buf *b, size_t limit) { *b = (struct buf){.limit = limit}; }

void buf_release(struct buf *b)
{
	mem_free(b->p);
	*b = (struct buf){.limit = b->limit};
}

void buf_clear(struct buf *b)
{
	b->n = 0;
	b->err = ERR_OK;
}

enum err buf_reserve(struct buf *b, size_t more)
{
	if (b->err != ERR_OK)
		return b->err;
	if (b->n > b->limit || more > b->limit - b->n)
		return b->err = ERR_TOO_LARGE;
	size_t want = b->n + more;
	if (want <= b->cap)
		return ERR_OK;
	size_t cap = b->cap < 64 ? 64 : b->cap;
	while (cap < want)
		cap = cap > SIZE_MAX / 2 ? want : cap * 2;
	if (cap > b->limit)
		cap = b->limit;
	char *p = mem_try_resize(b->p, cap);
	if (!p)
		return b->err = ERR_NOMEM;
	b->p = p;
	b->cap = cap;
	return ERR_OK;
}

void buf_add(struct buf *b, const void *p, size_t n)
{
	if (n == 0 || buf_reserve(b, n) != ERR_OK)
		return;
	memcpy(b->p + b->n, p, n);
	b->n += n;
}

void buf_add_str(struct buf *b, struct str s) { buf_add(b, s.p, s.n); }

void buf_add_c(struct buf *b, char c)
{
	if (b->n == b->cap && buf_reserve(b, 1) != ERR_OK)
		return;
	if (b->err != ERR_OK)
		return;
	b->p[b->n++] = c;
}

void buf_addf(struct buf *b, const char *fmt, ...)
{
	char small[256];
	va_list ap, again;
	va_start(ap, fmt);
	va_copy(again, ap);
	int n = vsnprintf(small, sizeof small, fmt, ap);
	va_end(ap);
	CHECK(n >= 0);
	size_t len = (size_t)n;
	if (len < sizeof small) {
		buf_add(b, small, len);
	} else if (buf_reserve(b, len) == ERR_OK) {
		/* vsnprintf wants room for its NUL, which the limit may not have */
		char *whole = mem_try_alloc(len + 1);
		if (whole) {
			vsnprintf(whole, len + 1, fmt, again);
			buf_add(b, whole, len);
			mem_free(whole);
		} else {
			b->err = ERR_NOMEM;
		}
	}
	va_end(again);
}

void buf_add_i64(struct buf *b, int64_t v)
{
	char digits[20];
	size_t at = sizeof digits;
	uint64_t rest = v < 0 ? 0 - (uint64_t)v : (uint64_t)v;
	do {
		digits[--at] = (char)('0' + rest % 10);
		rest /= 10;
	} while (rest > 0);
	if (v < 0)
		digits[--at] = '-';
	buf_add(b, digits + at, sizeof digits - at);
}

void buf_drop_front(struct buf *b, size_t n)
{
	CHECK(n <= b->n);
	b->n -= n;
	if (b->n > 0 && n > 0)
		memmove(b->p, b->p + n, b->n);
}

struct str buf_str(const struct buf *b) { return (struct str){b->p, b->n}; }
