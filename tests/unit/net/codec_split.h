/* SPDX-License-Identifier: Apache-2.0
 *
 * For tests of readers: memory of exactly the given size, so that a sanitizer sees a byte read beyond it, and random
 * splits that are the same in every run.
 */
#ifndef TESTS_UNIT_NET_CODEC_SPLIT_H
#define TESTS_UNIT_NET_CODEC_SPLIT_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

static inline unsigned char *split_exact(const void *p, size_t n)
{
	unsigned char *copy = malloc(n ? n : 1);
	assert_non_null(copy);
	if (n > 0)
		memcpy(copy, p, n);
	return copy;
}

static inline uint64_t split_random(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

/* Size of the next piece of what is left: round 0 gives everything, round 1 one byte, later ones random sizes. */
static inline size_t split_next(uint64_t *state, unsigned round, size_t left)
{
	size_t n = round == 0 ? left : round == 1 ? 1 : 1 + (size_t)(split_random(state) % (round % 2 ? 7 : 200));
	return n < left ? n : left;
}
#define SPLIT_ROUNDS 12

#endif
