/* SPDX-License-Identifier: Apache-2.0
 *
 * What a bench of media is played on: persons of our own media process who send and receive, and what a process costs in CPU time. Never linked into the product.
 */
#ifndef BENCH_STAGE_H
#define BENCH_STAGE_H

#include "flow.h"

#define STAGE_PRODUCERS_MAX 256 /* of one room */

struct stage_room { /* producers of a room, as they were made */
	char name[16];
	unsigned count;
	struct { const struct person *by; char id[32]; } producer[STAGE_PRODUCERS_MAX];
};

enum stage_source { STAGE_MIC, STAGE_CAMERA, STAGE_SCREEN };

/* False, said on stderr: it did not work. */
bool stage_open_up(struct media_room *r, struct flows *f, struct person *p, char transport[64]);
/* Its pace is the caller's to set. NULL: refused. */
struct flow *stage_produce(struct media_room *r, struct flows *f, struct stage_room *room, struct person *p, const char *transport, enum stage_source source);
/* Everything that the others in the room send. */
bool stage_join(struct media_room *r, struct flows *f, struct stage_room *room, struct person *p, unsigned ear);

/* CPU time of all threads of a process, and of the kernel's thread that may do network work of a core (-1: none). */
struct meter { int pid, softirq_pid; };
struct meter meter_of(int pid, int core);
int64_t meter_ns(const struct meter *m);
void stage_pin(int core);

#endif
