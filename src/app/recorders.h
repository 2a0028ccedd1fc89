/* SPDX-License-Identifier: Apache-2.0
 *
 * Recordings of calls: starts `zvonok recorder` for each, connects it with the media process of the call, and when it has ended puts what it wrote into room file. One thread of its own; what waits for the
 * disk is done by background threads. At the start it goes on with what a former run of the server left. It fills in server/record_port.h.
 */
#ifndef APP_RECORDERS_H
#define APP_RECORDERS_H

#include "app/media_process.h"
#include "db/worker.h"
#include "server/background.h"
#include "server/delivery.h"
#include "server/installation.h"

#define RECORDERS_MAX 64 /* recordings under way at once; one more ends at once as broken */

struct recorders;
struct recorders_config {
	/* borrowed */
	struct media_processes *media;
	struct workers *workers;
	struct background *background;
	struct publisher *publisher;
	const struct installation *inst;
	const char *data; /* the data folder; copied */
	int processes;    /* of media */
	bool records;     /* false: only what a former run left is put away */
};

/* NULL: it could not be started (said in the log), or libavformat is not installed: this installation records nothing. */
struct recorders *recorders_start(const struct recorders_config *config);
/* Behind media_processes_stop, before background_stop. Recorders that write still come to their end by themselves; the next start goes on with them. NULL is fine. */
void recorders_stop(struct recorders *r);
void recorders_free(struct recorders **r); /* behind workers_stop */

#endif
