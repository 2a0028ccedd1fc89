/* SPDX-License-Identifier: Apache-2.0
 *
 * What the fuzz targets share: an assertion that also works without NDEBUG's mercy, exact memory, splits drawn from the input.
 */
#ifndef TESTS_FUZZ_FUZZ_H
#define TESTS_FUZZ_FUZZ_H

#include "base/str.h"
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MUST(cond) CHECK(cond)

/* A copy of exactly n bytes, so that the sanitizer sees a byte read beyond it. */
static inline unsigned char *fuzz_exact(const void *p, size_t n)
{
	unsigned char *copy = malloc(n ? n : 1);
	MUST(copy);
	if (n > 0)
		memcpy(copy, p, n);
	return copy;
}

/* Size of the next piece: pseudo-random from a seed that is part of the input. */
static inline size_t fuzz_piece(uint32_t *seed, size_t left)
{
	*seed = *seed * 1664525u + 1013904223u;
	size_t n = 1 + (*seed >> 16) % ((*seed & 0x300) ? 9 : 700);
	return n < left ? n : left;
}

#endif
