/* SPDX-License-Identifier: Apache-2.0
 *
 * Growth of the typed vectors. One thread at a time.
 */
#include "base/vec.h"
#include "base/err.h"

void vec_reserve(void **p, size_t *cap, size_t want, size_t item)
{
	if (want <= *cap)
		return;
	/* from 2: ten thousand sockets hold a few short vectors each */
	size_t grown = *cap < 2 ? 2 : *cap;
	while (grown < want) {
		CHECK(grown <= SIZE_MAX / 2);
		grown *= 2;
	}
	CHECK(item == 0 || grown <= SIZE_MAX / item);
	*p = mem_resize(*p, grown * item);
	*cap = grown;
}
