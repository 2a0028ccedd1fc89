/* SPDX-License-Identifier: Apache-2.0
 *
 * The router: all rooms (calls) of the process, and those in them. It stands between the front's messages (control.h), the browsers' requests
 * (signal.h) and the transports; it knows no sockets. One thread.
 */
#ifndef MEDIA_ROOM_H
#define MEDIA_ROOM_H

#include "media/participant.h"
#include "base/map.h"

#define ROOM_ID_MAX 64 /* bytes of a room's name, the front's */

/* Where messages to the front go: one JSON text each, borrowed for the call. */
struct outbox {
	void *user;
	void (*send)(void *user, struct str json);
};

struct router {
	/* owned */
	struct strmap *rooms;   /* name -> struct room */
	struct map *sessions;   /* relay id -> struct participant */
	VEC(struct room *) list;
	VEC(struct bandwidth_want *) wants; /* scratch of the sharing */
	struct buf text;        /* scratch of messages */
	/* borrowed */
	struct transports *transports;
	struct packets *packets;
	struct outbox out;
	/* state */
	int64_t now_us;
	int64_t stats_us;
	size_t participants;
	uint64_t packets_in, packets_out, bytes_in, bytes_out, dropped, paths_lost;
	struct router_wire { uint64_t drops, junk, bad, handshakes, handshakes_failed; } wire; /* what those below it count: media.c tells */
};

struct room {
	/* owned */
	VEC(struct participant *) participants;
	struct tape *tape; /* NULL: it is not recorded */
	/* borrowed */
	struct router *router;
	/* state */
	char name[ROOM_ID_MAX + 1];
	struct speaker speaker;
	int64_t speaker_us;
	size_t viewers;  /* of the participants */
};

/* out is copied; the rest is borrowed and outlives it. */
struct router *router_new(struct transports *transports, struct packets *packets, const struct outbox *out);
void router_free(struct router **r);
/* Every 5 ms or so, before transports_flush. */
void router_turn(struct router *r, int64_t now_us);
int64_t router_now(struct router *r); /* reads the clock, and keeps it in now_us */

struct room *room_find(struct router *r, struct str name);
struct room *room_get(struct router *r, struct str name); /* makes it when there is none */
struct participant *room_participant(struct room *room, int64_t id);
/* Comes into the room, or comes anew: what an old session had goes. NULL: the room is full. The others are told; session is listed. */
struct participant *room_enter(struct room *room, int64_t id, bool viewer, uint64_t session);
void participant_watch_only(struct participant *p, bool viewer); /* the others see it come, or go */
bool participant_is_over(const struct participant *p); /* plain, and its path has ended, or what it watched */
void room_remove(struct room *room, struct participant *p);  /* peers are told; the room stays */
/* Records the room from now on to the socket fd, the callee's; a former recording of it ends. A room that nobody has come into yet, or that all have left for a while, is kept for it. */
void room_record(struct router *r, struct str name, int fd);
void room_record_end(struct router *r, struct str name);
void room_close_if_empty(struct room *room);                 /* frees it when nobody is in and nothing records it */
struct producer *room_producer(struct room *room, const char *id);

/* Events. data is consumed. room_tell: to all with a session but one (NULL: to all). */
void room_tell(struct room *room, const struct participant *but, const char *event, json_t *data);
void participant_tell(struct participant *p, const char *event, json_t *data);
void participant_text(struct participant *p, struct str text);
/* The socket is to be closed with this code; the event `ended` goes before it. The session is forgotten. */
void participant_kick(struct participant *p, int code, const char *reason);
void router_send(struct router *r, json_t *message); /* to the front; consumed */

void media_id(char prefix, char out[MEDIA_ID_SIZE]); /* random, 65 bits */

#endif
