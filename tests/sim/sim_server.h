/* SPDX-License-Identifier: Apache-2.0
 *
 * The program without its main: a school in a real store, and everything that app wires together, on the simulated loops. One thread.
 */
#ifndef TESTS_SIM_SIM_SERVER_H
#define TESTS_SIM_SIM_SERVER_H

#include "server/http_app.h"
#include "sim.h"

#define SCHOOL_PEOPLE_MAX 24
#define SERVER_LOOPS_MAX 3

/* Person 0 is the administrator, 1 leads unit 0, all others are guardians; the first half of the guardians is in both units, the
 * others in unit 0 only. */
struct school {
	char file[300];          /* the store as it is before a seed; empty: not made yet */
	size_t people;
	int64_t org, unit[2], chat[2], person[SCHOOL_PEOPLE_MAX];
	char phone[SCHOOL_PEOPLE_MAX][16];
};

struct sim_server {
	const struct school *school;
	struct loop *loops[SERVER_LOOPS_MAX];
	struct delivery *deliveries[SERVER_LOOPS_MAX];
	struct publisher *publisher;
	struct workers *workers;
	struct rate_limit *limits;
	struct dispatcher *dispatcher;
	struct db *look;          /* a connection of the test's own, to look behind */
	struct installation inst;
	struct site site;
	struct http_app app;
	size_t loop_count;
	char file[300];
	char code[SCHOOL_PEOPLE_MAX][8]; /* what was sent to each phone last */
};

void school_make(struct school *s, const char *folder, size_t people);
void school_remove(struct school *s);
void server_start(struct sim_server *s, const struct school *school, const char *folder, size_t loops);
void server_stop(struct sim_server *s); /* every connection has ended, nothing is due */
struct wire *server_connect(struct sim_server *s, const struct wire_handler *h, void *user, uint64_t tag, const char *address);
int64_t server_int(struct sim_server *s, const char *sql, int64_t a, int64_t b);

#endif
