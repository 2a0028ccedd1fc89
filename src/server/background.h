/* SPDX-License-Identifier: Apache-2.0
 *
 * A small pool of threads for what is slow and is no SQL: bytes of files, hashes, folders. A loop, or a store worker after its
 * commit, posts work; the work itself sends its result on, by loop_post, workers_write or workers_read.
 */
#ifndef SERVER_BACKGROUND_H
#define SERVER_BACKGROUND_H

#include "base/err.h"

#define BACKGROUND_THREADS 2
#define BACKGROUND_QUEUE_MAX 4096 /* beyond it, and while stopping, posting says ERR_BUSY */

struct work { /* the poster's until posted, then run()'s */
	void (*run)(struct work *w);
	struct work *next; /* private once posted */
};

struct background;
struct background *background_start(void);
enum err background_post(struct background *b, struct work *w) MUST_CHECK; /* any thread */
void background_stop(struct background *b);   /* finishes what waits, joins; later posts are refused */
void background_free(struct background **b);  /* stops first; nobody may post any more */

#endif
