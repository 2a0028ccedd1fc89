/* SPDX-License-Identifier: Apache-2.0
 *
 * HMAC-SHA1 over SHA_CTX copies. Pure, any thread.
 */
#include "media/hmac_sha1.h"
#include "base/mem.h"
#include <string.h>

void hmac_sha1_init(struct hmac_sha1 *h, const void *key, size_t n)
{
	uint8_t block[SHA_CBLOCK] = {0};
	if (n > sizeof block)
		SHA1(key, n, block);
	else if (n > 0)
		memcpy(block, key, n);
	for (size_t i = 0; i < sizeof block; i++)
		block[i] ^= 0x36;
	SHA1_Init(&h->inner);
	SHA1_Update(&h->inner, block, sizeof block);
	for (size_t i = 0; i < sizeof block; i++)
		block[i] ^= 0x36 ^ 0x5c;
	SHA1_Init(&h->outer);
	SHA1_Update(&h->outer, block, sizeof block);
	mem_wipe(block, sizeof block);
}

void hmac_sha1_sum(const struct hmac_sha1 *h, const struct hmac_part *parts, size_t count, uint8_t out[HMAC_SHA1_N])
{
	SHA_CTX c = h->inner;
	for (size_t i = 0; i < count; i++)
		SHA1_Update(&c, parts[i].p, parts[i].n);
	SHA1_Final(out, &c);
	c = h->outer;
	SHA1_Update(&c, out, HMAC_SHA1_N);
	SHA1_Final(out, &c);
}
