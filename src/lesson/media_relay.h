/* SPDX-License-Identifier: Apache-2.0
 *
 * What media_front.c and media_ears.c share. Private to room lesson.
 */
#ifndef LESSON_MEDIA_RELAY_H
#define LESSON_MEDIA_RELAY_H

#include "base/clock.h"
#include "lesson/media_front.h"
#include "server/effects.h"
#include "server/media_port.h"
#include <pthread.h>
#include <stdatomic.h>

#define MEDIA_MESSAGE_MAX 65536  /* bytes of one message to or from the media process */
#define RELAY_ARENA_MAX 65536
#define RELAY_EARLY_MAX 32       /* frames kept for a browser whose upgrade is under way */

struct media_front {
	/* borrowed */
	const struct site *site;
	struct workers *workers;
	struct publisher *publisher;
	/* owned */
	struct whip_front *whip; /* borrowed; NULL: no programs */
	struct map *relays; /* id -> struct relay; under the lock */
	pthread_mutex_t lock;
	/* state */
	_Atomic uint64_t next_id;
};

struct relay {
	struct job job;   /* first: spends the ticket */
	struct task task; /* comes back from it */
	struct timer timer;
	/* borrowed */
	struct media_front *front;
	struct loop *loop;
	struct http_request *request; /* until the upgrade; NULL: aborted */
	struct ws_conn *ws;           /* from the upgrade on */
	/* owned */
	struct arena *arena;
	struct effects effects;
	VEC(struct bytes *) early;
	/* state */
	uint64_t id;
	_Atomic int64_t room; /* 0: not known yet */
	struct str ticket, token;
	enum err err;
	int64_t tokens, filled_ms;
	uint16_t early_code;
};

void relay_send(struct relay *r, struct bytes *frame); /* on its loop, open */
/* Any thread: a frame (taken over), or a close code, for one relay; to all of a process. */
void media_front_tell(struct media_front *f, uint64_t id, struct bytes *frame, uint16_t code);
void media_front_process_gone(struct media_front *f, int process, int processes);
/* The ears. */
void media_heard(void *user, int process, struct str json);
void media_gone(void *user, int process);

#endif
