/* SPDX-License-Identifier: Apache-2.0
 *
 * See uploads.h. One lock; nothing slow happens under it.
 */
#include "file/uploads.h"

#include "base/map.h"
#include "base/mem.h"

#include <pthread.h>

struct upload { bool busy; struct blob_digest digest; };

struct uploads {
	pthread_mutex_t lock;
	struct map *by_id; /* owned, with its values; under the lock */
};

struct uploads *uploads_new(void)
{
	struct uploads *u = mem_alloc(sizeof *u);
	pthread_mutex_init(&u->lock, NULL);
	u->by_id = map_new();
	return u;
}

/* Drops what nobody works on; with `all` everything. */
static void forget(struct uploads *u, bool all)
{
	struct map *kept = map_new();
	size_t it = 0;
	uint64_t id;
	void *v;
	while (map_next(u->by_id, &it, &id, &v)) {
		if (!all && ((struct upload *)v)->busy)
			map_put(kept, id, v);
		else
			mem_free(v);
	}
	map_free(&u->by_id);
	u->by_id = kept;
}

void uploads_free(struct uploads **u)
{
	if (!*u)
		return;
	forget(*u, true);
	map_free(&(*u)->by_id);
	pthread_mutex_destroy(&(*u)->lock);
	mem_free(*u);
	*u = NULL;
}

bool uploads_enter(struct uploads *u, int64_t id, struct blob_digest *digest_out)
{
	pthread_mutex_lock(&u->lock);
	struct upload *one = map_find(u->by_id, (uint64_t)id);
	bool free_now = !one || !one->busy;
	if (!one) {
		if (map_count(u->by_id) >= UPLOADS_REMEMBERED)
			forget(u, false);
		one = mem_alloc(sizeof *one);
		map_put(u->by_id, (uint64_t)id, one);
	}
	if (free_now) {
		one->busy = true;
		*digest_out = one->digest;
	}
	pthread_mutex_unlock(&u->lock);
	return free_now;
}

void uploads_leave(struct uploads *u, int64_t id, const struct blob_digest *keep)
{
	pthread_mutex_lock(&u->lock);
	struct upload *one = map_find(u->by_id, (uint64_t)id);
	CHECK(one && one->busy);
	one->busy = false;
	if (keep)
		one->digest = *keep;
	else
		mem_free(map_remove(u->by_id, (uint64_t)id));
	pthread_mutex_unlock(&u->lock);
}
