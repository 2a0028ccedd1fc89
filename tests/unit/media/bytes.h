/* SPDX-License-Identifier: Apache-2.0
 *
 * What the tests of src/media share: bytes written as hexadecimal digits, reproducible randomness, exact memory.
 */
#ifndef TESTS_UNIT_MEDIA_BYTES_H
#define TESTS_UNIT_MEDIA_BYTES_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static inline size_t unhex(const char *text, uint8_t *out)
{
	size_t n = 0;
	for (unsigned high = 0, half = 0; *text; text++) {
		unsigned digit = *text >= '0' && *text <= '9' ? (unsigned)(*text - '0') : *text >= 'a' && *text <= 'f' ? (unsigned)(*text - 'a') + 10 : 16;
		if (digit > 15)
			continue;
		if (half)
			out[n++] = (uint8_t)(high << 4 | digit);
		high = digit;
		half = !half;
	}
	return n;
}

static inline uint64_t draw(uint64_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return *seed;
}

static inline void draw_bytes(uint64_t *seed, void *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		((uint8_t *)p)[i] = (uint8_t)(draw(seed) >> 24);
}

/* A copy of exactly n bytes, so that the sanitizer sees a byte read beyond it. */
static inline uint8_t *exact(const void *p, size_t n)
{
	uint8_t *copy = malloc(n ? n : 1);
	assert_non_null(copy);
	if (n > 0)
		memcpy(copy, p, n);
	return copy;
}

#endif
