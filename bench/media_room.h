/* SPDX-License-Identifier: Apache-2.0
 *
 * The program's end of a media process, and browsers with sessions in it: starts `zvonok media`, speaks the channel's JSON, carries requests and answers of persons, and
 * runs their media clients. One thread; everything waits by room_pump. For tests and load, never linked into the product.
 */
#ifndef BENCH_MEDIA_ROOM_H
#define BENCH_MEDIA_ROOM_H

#include "media_client.h"
#include "media/channel.h"
#include <jansson.h>
#include <sys/types.h>

#define ROOM_PERSONS_MAX 1024

struct person {
	uint64_t session;
	int64_t id;
	char room[64];
	json_t *inbox;          /* array of events that nobody has taken */
	json_t *answer;         /* of the request under way */
	json_t *router_caps;
	struct media_client *send, *recv;
	int next_request;
	int kicked;             /* the code, 0: not */
};

struct media_room {
	pid_t pid;
	struct channel channel;
	uint16_t udp_port, tcp_port;
	uint16_t via_port;      /* where clients are sent over UDP instead (media_path.h); 0: straight */
	int listener;           /* of ICE-TCP: the program's part of it */
	int epoll;
	struct media_client_context *context;
	struct person persons[ROOM_PERSONS_MAX];
	unsigned count;
	json_t *stats;          /* the last of them */
	unsigned connected, disconnected;
	bool ended;
	int64_t ticked_us;
	uint64_t messages;      /* from the process, of any kind */
};

/* program: the executable. False: it did not become ready within 10 s. It inherits what cores we may run on, unless `core` says one (media_room_start_on). */
bool media_room_start(struct media_room *r, const char *program);
bool media_room_start_on(struct media_room *r, const char *program, int core, const char *preload); /* preload: a library for LD_PRELOAD, or NULL */
/* For clients of another server: no process, only places for persons and what pumps them. */
void media_room_start_empty(struct media_room *r);
struct person *media_room_guest(struct media_room *r);
void media_room_watch(struct media_room *r, struct media_client *c);
int media_room_stop(struct media_room *r); /* closes the channel; the exit code, -signal when it was killed */
void media_room_pump(struct media_room *r, int ms); /* everything that comes within so many milliseconds, at least one look */
void media_room_say(struct media_room *r, json_t *message); /* consumed */
struct person *media_room_admit(struct media_room *r, const char *room, int64_t participant, bool audio, bool video, bool screen);
/* Waits for the answer, 10 s at most. data is consumed. *code_out: "" when it went well. The data of the answer (a new reference) or NULL. */
json_t *media_room_ask(struct media_room *r, struct person *p, const char *method, json_t *data, const char **code_out);
json_t *media_room_event(struct media_room *r, struct person *p, const char *event); /* waits for it, 10 s at most; data, a new reference; NULL */
/* Makes and connects the transport of a direction; its id into id. client's callbacks by config (ufrag, password, server, tcp are filled in). */
bool media_room_open(struct media_room *r, struct person *p, bool up, bool tcp, const struct media_client_config *config, char id[64]);
/* What a browser says of what it sends as one source: Opus (111), or VP8 (96), in which lost packets are asked for again when `nack`. */
enum { MEDIA_ROOM_OPUS = 111, MEDIA_ROOM_VP8 = 96 };
json_t *media_room_parameters(const char *mid, bool video, bool nack, uint32_t ssrc);
/* The producer's id into id. False: it was refused. parameters is consumed. */
bool media_room_produce(struct media_room *r, struct person *p, const char *transport, const char *source, bool video, json_t *parameters, char id[64]);
/* A process behind its filter of system calls. */
bool media_room_walled(pid_t pid);

#endif
