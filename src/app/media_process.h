/* SPDX-License-Identifier: Apache-2.0
 *
 * The media processes of the server: starts `zvonok media` as often as configured, carries messages both ways, hands over connections of ICE-TCP, starts
 * a dead one again (at once, then after 0.1, 0.5, 1 s, 1 s.. until one has lived 10 s). One thread of its own; the functions below are for any
 * thread unless they say otherwise.
 */
#ifndef APP_MEDIA_PROCESS_H
#define APP_MEDIA_PROCESS_H

#include "media/channel.h"
#include "media/media.h"
#include "net/conn.h"

struct media_processes;

struct media_processes_config {
	int count;              /* 1..MEDIA_PROCESSES_MAX */
	uint16_t udp_port;      /* of the first; the i-th has udp_port + i. 0: any free ones */
	uint16_t tcp_port;      /* announced for ICE-TCP; 0: none */
	const char *addresses;  /* announced, separated by commas; copied */
	void *user;
	/* Both on the thread of this object, one at a time; they must not block. json is borrowed. gone: it has ended, whatever it knew is lost; what was sent
	 * to it and not taken is dropped; the next one begins empty. */
	void (*message)(void *user, int process, struct str json);
	void (*gone)(void *user, int process);
};

/* What is sent before the start waits for it. */
struct media_processes *media_processes_new(const struct media_processes_config *config);
/* Once. ERR_IO: a process could not be started (said in the log); it has to be stopped and freed all the same. */
enum err media_processes_start(struct media_processes *m) MUST_CHECK;
/* Ends them and the thread; no callback comes any more. The object stays: what is sent from then on is dropped. NULL is fine. */
void media_processes_stop(struct media_processes *m);
void media_processes_free(struct media_processes **m); /* after the stop, when nobody calls any more */
/* In order by one caller. Dropped when the process is not there, or json is beyond CHANNEL_MESSAGE_MAX (logged). */
void media_processes_send(struct media_processes *m, int process, struct str json);
/* The room is recorded to the socket fd, which is the callee's; it is closed when there is no such room, or no such process now. */
void media_processes_record(struct media_processes *m, int process, struct str room, int fd);
/* fd is the callee's. Which process: by the first check that comes in it; without one within 5 s it is closed. */
void media_processes_take_tcp(struct media_processes *m, int fd, const struct conn_address *peer);

#endif
