/* SPDX-License-Identifier: Apache-2.0
 *
 * Builds with checks: which (key, SSRC, index) were encrypted, over all contexts of the process and beyond their end, so that a stream that
 * begins anew under an old key is found. Bounded: a table of streams, eight to a row, the one longest unused makes room. The process's thread.
 */
#include "base/mem.h"
#include "media/srtp_private.h"
#include "media/wire.h"
#include <openssl/evp.h>

#define BITS 16384
#define ROWS 4096
#define IN_ROW 8

struct seen {
	uint64_t key_id, highest, last_use; /* last_use 0: free */
	uint32_t ssrc;
	uint64_t bits[BITS / 64];
};

static struct seen *table; /* ROWS * IN_ROW, for the life of the process; untouched rows take no memory */
static uint64_t uses;

uint64_t srtp_key_id(const uint8_t key[16])
{
	uint8_t digest[EVP_MAX_MD_SIZE] = {0};
	if (!table) /* with the first context, not with a packet */
		table = mem_alloc(sizeof *table * ROWS * IN_ROW);
	CHECK(EVP_Digest(key, 16, digest, NULL, EVP_sha256(), NULL) == 1);
	return get_u64(digest);
}

static struct seen *seen_of(uint64_t key_id, uint32_t ssrc)
{
	struct seen *row = table + (key_id ^ ssrc * 0x9e3779b97f4a7c15u) % ROWS * IN_ROW, *oldest = row;
	for (struct seen *s = row; s < row + IN_ROW; s++) {
		if (s->last_use && s->key_id == key_id && s->ssrc == ssrc)
			return s;
		if (s->last_use < oldest->last_use)
			oldest = s;
	}
	*oldest = (struct seen){.key_id = key_id, .ssrc = ssrc};
	return oldest;
}

void srtp_seen(uint64_t key_id, uint32_t ssrc, uint64_t index)
{
	struct seen *s = seen_of(key_id, ssrc);
	bool fresh = s->last_use == 0;
	s->last_use = ++uses;
	if (fresh || index > s->highest) {
		if (fresh || index - s->highest >= BITS) {
			memset(s->bits, 0, sizeof s->bits);
			s->highest = index;
		}
		while (s->highest < index) {
			s->highest++;
			s->bits[s->highest % BITS / 64] &= ~((uint64_t)1 << s->highest % 64);
		}
	} else if (s->highest - index >= BITS || s->bits[index % BITS / 64] >> index % 64 & 1) {
		BUG("SRTP index %llu of SSRC %u is encrypted twice under one key", (unsigned long long)index, ssrc);
	}
	s->bits[index % BITS / 64] |= (uint64_t)1 << index % 64;
}
