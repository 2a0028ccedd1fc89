/* SPDX-License-Identifier: Apache-2.0
 *
 * One list under one lock; two threads take from its front.
 */
#include "server/background.h"

#include "base/mem.h"

#include <pthread.h>

struct background {
	pthread_mutex_t lock;
	pthread_cond_t wake;
	pthread_t threads[BACKGROUND_THREADS];
	/* state, under the lock */
	struct work *first, **end;
	size_t count;
	bool stopping;
	bool joined; /* of the thread that stops */
};

static void *run(void *arg)
{
	struct background *b = arg;
	pthread_setname_np(pthread_self(), "background");
	pthread_mutex_lock(&b->lock);
	for (;;) {
		while (!b->first && !b->stopping)
			pthread_cond_wait(&b->wake, &b->lock);
		struct work *w = b->first;
		if (!w)
			break;
		b->first = w->next;
		if (!b->first)
			b->end = &b->first;
		b->count--;
		pthread_mutex_unlock(&b->lock);
		w->run(w);
		pthread_mutex_lock(&b->lock);
	}
	pthread_mutex_unlock(&b->lock);
	return NULL;
}

struct background *background_start(void)
{
	struct background *b = mem_alloc(sizeof *b);
	pthread_mutex_init(&b->lock, NULL);
	pthread_cond_init(&b->wake, NULL);
	b->end = &b->first;
	for (int i = 0; i < BACKGROUND_THREADS; i++)
		CHECK(!pthread_create(&b->threads[i], NULL, run, b));
	return b;
}

enum err background_post(struct background *b, struct work *w)
{
	w->next = NULL;
	pthread_mutex_lock(&b->lock);
	bool room = !b->stopping && b->count < BACKGROUND_QUEUE_MAX;
	if (room) {
		*b->end = w;
		b->end = &w->next;
		b->count++;
	}
	pthread_mutex_unlock(&b->lock);
	if (!room)
		return ERR_BUSY;
	pthread_cond_signal(&b->wake);
	return ERR_OK;
}

void background_stop(struct background *b)
{
	pthread_mutex_lock(&b->lock);
	b->stopping = true;
	pthread_cond_broadcast(&b->wake);
	pthread_mutex_unlock(&b->lock);
	for (int i = 0; i < BACKGROUND_THREADS && !b->joined; i++)
		pthread_join(b->threads[i], NULL);
	b->joined = true;
}

void background_free(struct background **b)
{
	if (!*b)
		return;
	background_stop(*b);
	pthread_cond_destroy(&(*b)->wake);
	pthread_mutex_destroy(&(*b)->lock);
	mem_free(*b);
	*b = NULL;
}
