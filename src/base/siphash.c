/* SPDX-License-Identifier: Apache-2.0
 *
 * SipHash-1-3 (Aumasson, Bernstein: "SipHash: a fast short-input PRF", with c = 1 and d = 3). Any thread.
 */
#include "base/siphash.h"
#include "base/clock.h"
#include <pthread.h>
#include <string.h>

struct sip { uint64_t v0, v1, v2, v3; };

static inline uint64_t rotl(uint64_t x, unsigned by) { return x << by | x >> (64 - by); }

static inline void sip_round(struct sip *s)
{
	s->v0 += s->v1;
	s->v1 = rotl(s->v1, 13) ^ s->v0;
	s->v0 = rotl(s->v0, 32);
	s->v2 += s->v3;
	s->v3 = rotl(s->v3, 16) ^ s->v2;
	s->v0 += s->v3;
	s->v3 = rotl(s->v3, 21) ^ s->v0;
	s->v2 += s->v1;
	s->v1 = rotl(s->v1, 17) ^ s->v2;
	s->v2 = rotl(s->v2, 32);
}

static inline uint64_t load_le64(const unsigned char *p)
{
	uint64_t v;
	memcpy(&v, p, sizeof v);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	v = __builtin_bswap64(v);
#endif
	return v;
}

static inline void sip_word(struct sip *s, uint64_t word)
{
	s->v3 ^= word;
	sip_round(s);
	s->v0 ^= word;
}

uint64_t siphash_1_3(uint64_t k0, uint64_t k1, const void *data, size_t n)
{
	const unsigned char *p = data;
	struct sip s = {
		k0 ^ UINT64_C(0x736f6d6570736575),
		k1 ^ UINT64_C(0x646f72616e646f6d),
		k0 ^ UINT64_C(0x6c7967656e657261),
		k1 ^ UINT64_C(0x7465646279746573),
	};
	size_t left = n;
	for (; left >= 8; left -= 8, p += 8)
		sip_word(&s, load_le64(p));
	uint64_t last = (uint64_t)n << 56;
	for (size_t i = 0; i < left; i++)
		last |= (uint64_t)p[i] << (8 * i);
	sip_word(&s, last);
	s.v2 ^= 0xff;
	for (int i = 0; i < 3; i++)
		sip_round(&s);
	return s.v0 ^ s.v1 ^ s.v2 ^ s.v3;
}

static uint64_t process_key[2];

static void draw_key(void) { random_fill(process_key, sizeof process_key); }

uint64_t siphash_seeded(const void *p, size_t n)
{
	static pthread_once_t drawn = PTHREAD_ONCE_INIT;
	pthread_once(&drawn, draw_key);
	return siphash_1_3(process_key[0], process_key[1], p, n);
}
