/* SPDX-License-Identifier: Apache-2.0 */
#include "server/presence.h"

#include "base/map.h"
#include <pthread.h>

/* person -> number of open sockets, stored in the pointer's bits. One lock: it is taken when sockets come and go and for
 * a presence question, never per message. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct map *counts;

static void change(struct person_id p, intptr_t by)
{
	pthread_mutex_lock(&lock);
	if (!counts)
		counts = map_new();
	intptr_t n = (intptr_t)map_find(counts, (uint64_t)p.v) + by;
	CHECK(n >= 0);
	if (n)
		map_put(counts, (uint64_t)p.v, (void *)n);
	else
		map_remove(counts, (uint64_t)p.v);
	pthread_mutex_unlock(&lock);
}

void presence_socket_opened(struct person_id p)
{
	change(p, 1);
}

void presence_socket_closed(struct person_id p)
{
	change(p, -1);
}

bool presence_online(struct person_id p)
{
	pthread_mutex_lock(&lock);
	bool yes = counts && map_find(counts, (uint64_t)p.v);
	pthread_mutex_unlock(&lock);
	return yes;
}
