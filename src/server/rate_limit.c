/* SPDX-License-Identifier: Apache-2.0 */
#include "server/rate_limit.h"

#include "base/clock.h"
#include "base/map.h"
#include "base/mem.h"
#include <arpa/inet.h>
#include <pthread.h>

#define SHARDS 16

struct bucket {
	int64_t milli;   /* thousandths of a token that are left */
	int64_t at_ms;   /* when that was true */
};

struct shard {
	pthread_mutex_t lock;
	struct map *buckets; /* owned, with its values */
	int64_t swept_ms;
};

#define SWEEP_EVERY_MS 1000

struct rate_limit {
	/* owned */
	struct shard shards[SHARDS];
	/* state: constant after new */
	int64_t scale;
	uint64_t seed;
};

struct rate_limit *rate_limit_new(int64_t scale)
{
	struct rate_limit *r = mem_alloc(sizeof *r);
	r->scale = scale;
	r->seed = random_u64();
	for (int i = 0; i < SHARDS; i++) {
		pthread_mutex_init(&r->shards[i].lock, NULL);
		r->shards[i].buckets = map_new();
	}
	return r;
}

static void shard_empty(struct shard *s)
{
	size_t it = 0;
	uint64_t key;
	void *bucket;
	while (map_next(s->buckets, &it, &key, &bucket))
		mem_free(bucket);
	map_free(&s->buckets);
}

void rate_limit_free(struct rate_limit **r)
{
	if (!*r)
		return;
	for (int i = 0; i < SHARDS; i++) {
		shard_empty(&(*r)->shards[i]);
		pthread_mutex_destroy(&(*r)->shards[i].lock);
	}
	mem_free(*r);
	*r = NULL;
}

/* Forgets the buckets that are full again: they say nothing. Those of an attack in progress stay. */
static void shard_sweep(struct shard *s, int64_t full_after_ms, int64_t now_ms)
{
	struct map *kept = map_new();
	size_t it = 0;
	uint64_t key;
	void *v;
	while (map_next(s->buckets, &it, &key, &v)) {
		if (now_ms - ((struct bucket *)v)->at_ms < full_after_ms)
			map_put(kept, key, v);
		else
			mem_free(v);
	}
	map_free(&s->buckets);
	s->buckets = kept;
}

#define SHARED_KEY (UINT64_MAX - 1) /* no person's, and no address' but by a chance of 2^-63 */

static bool take(struct rate_limit *r, uint64_t key, int64_t burst, int64_t per_s, unsigned cost, int64_t now_ms, int64_t *retry_after_s_out)
{
	if (!r->scale)
		return true;
	burst *= r->scale * 1000;
	per_s *= r->scale; /* tokens a second are thousandths a millisecond */
	struct shard *s = &r->shards[(key >> 1) % SHARDS];
	pthread_mutex_lock(&s->lock);
	struct bucket *b = map_find(s->buckets, key);
	if (!b) {
		if (map_count(s->buckets) >= RATE_ENTRIES_MAX / SHARDS && now_ms - s->swept_ms >= SWEEP_EVERY_MS) {
			shard_sweep(s, burst / per_s, now_ms);
			s->swept_ms = now_ms;
		}
		/* A flood of new callers fills the table: those who find no room share one bucket, so memory stays bounded. */
		if (map_count(s->buckets) >= RATE_ENTRIES_MAX / SHARDS) {
			key = SHARED_KEY + (key & 1);
			b = map_find(s->buckets, key);
		}
	}
	if (!b) {
		b = mem_alloc(sizeof *b);
		b->milli = burst;
		b->at_ms = now_ms;
		map_put(s->buckets, key, b);
	}
	if (now_ms > b->at_ms) {
		int64_t passed = now_ms - b->at_ms;
		b->milli = passed > burst / per_s ? burst : b->milli + passed * per_s;
		if (b->milli > burst)
			b->milli = burst;
		b->at_ms = now_ms;
	}
	int64_t want = (int64_t)cost * 1000;
	bool ok = b->milli >= want;
	if (ok)
		b->milli -= want;
	else
		*retry_after_s_out = (want - b->milli + per_s * 1000 - 1) / (per_s * 1000);
	pthread_mutex_unlock(&s->lock);
	return ok;
}

bool rate_limit_take_person(struct rate_limit *r, int64_t person, unsigned cost, int64_t now_ms, int64_t *retry_after_s_out)
{
	/* odd keys: persons; even keys: addresses */
	return take(r, (uint64_t)person << 1 | 1, RATE_PERSON_BURST, RATE_PERSON_PER_S, cost, now_ms, retry_after_s_out);
}

/* FNV-1a over a seed of this process: a stranger cannot aim at another's bucket. */
static uint64_t hash_address(uint64_t seed, const unsigned char *p, size_t n)
{
	uint64_t h = seed ^ 0xcbf29ce484222325u;
	for (size_t i = 0; i < n; i++)
		h = (h ^ p[i]) * 0x100000001b3u;
	return h;
}

bool rate_limit_take_address(struct rate_limit *r, struct str address, unsigned cost, int64_t now_ms, int64_t *retry_after_s_out)
{
	char z[64];
	unsigned char a6[16];
	uint64_t h;
	if (address.n < sizeof z && memchr(address.p ? address.p : "", ':', address.n)) {
		memcpy(z, address.p, address.n);
		z[address.n] = 0;
		h = inet_pton(AF_INET6, z, a6) == 1 ? hash_address(r->seed, a6, 8) : hash_address(r->seed, (const unsigned char *)z, address.n);
	} else {
		h = hash_address(r->seed, (const unsigned char *)address.p, address.n);
	}
	return take(r, h & ~(uint64_t)1, RATE_ADDRESS_BURST, RATE_ADDRESS_PER_S, cost, now_ms, retry_after_s_out);
}
