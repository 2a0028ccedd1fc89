/* SPDX-License-Identifier: Apache-2.0
 *
 * One run: a server, its clients, what they do, and what must hold (the top of
 * src/server/delivery.h). A broken rule prints the seed and aborts. One thread.
 */
#ifndef TESTS_SIM_WORLD_H
#define TESTS_SIM_WORLD_H

#include "client.h"

struct push { int64_t person, chat, seq; };

struct scenario {
	const char *name;
	size_t people, clients, loops;
	int64_t active_ms;       /* how long they are busy */
	int64_t tick_ms;         /* at most, between two deeds of one client */
	unsigned cut, stall, roster, leave, jump, repeat; /* per mille of deeds */
	unsigned fail;           /* per mille of commits */
	unsigned slow;           /* per mille of reads that are slow */
	size_t text;             /* characters of a message, at most */
	bool storm;              /* all are cut at once, again and again */
	bool away;               /* one client misses very much */
	bool far_future;         /* the clock jumps beyond the life of sessions */
};

struct world {
	const struct scenario *scenario;
	struct sim_server server;
	struct client *clients;
	size_t count;
	VEC(struct push) pushes; /* live events of chats, as the server sent them */
	uint64_t epochs;
	int64_t quiet_since_us;
	bool active, settled, sequential;
	/* of a person and a unit: his removal was acknowledged; he is in it, as far as the administrator asked; by person: gone for good */
	bool revoked[SCHOOL_PEOPLE_MAX][2], in[SCHOOL_PEOPLE_MAX][2], dismissed[SCHOOL_PEOPLE_MAX];
	int64_t jumped_ms;
};

extern struct world *world_now; /* for the hook of the network */
void world_run(const struct scenario *s, struct school *school, const char *folder, uint64_t seed);
_Noreturn void world_broken(const char *what, ...) __attribute__((format(printf, 1, 2)));
#define MUST(cond, ...) ((cond) ? (void)0 : world_broken(__VA_ARGS__))

/* A first or repeated answer to a command reached its client. */
void world_answered(struct world *w, struct client *c, struct outgoing *k, const json_t *result);
/* checks.c */
void checks_on_send(struct conn *c, const struct bytes *b);
void checks_store(struct world *w);

#endif
