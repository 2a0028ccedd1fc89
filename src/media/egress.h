/* SPDX-License-Identifier: Apache-2.0
 *
 * What leaves with the turn: for each receiver a run of packets that lie one behind the other, all of one size but for a shorter last one, as UDP GSO wants them.
 * A packet is encrypted straight into its place. A run that cannot take the next packet leaves at once and a new one begins. Memory is
 * taken once; when every run is in use, all of them leave early. One thread.
 */
#ifndef MEDIA_EGRESS_H
#define MEDIA_EGRESS_H

#include "media/limits.h"
#include "media/tuple.h"

#define EGRESS_RUN_BYTES 24576
#define EGRESS_RUNS 512

struct egress;
struct run;

struct egress_line {      /* of one receiver, embedded in it; zeroed at first */
	struct run *run;  /* NULL: nothing waits */
	struct egress_line *next, *prev; /* among those with a run */
};

struct egress_stats { uint64_t sends, runs, packets; }; /* runs: sends of more than one packet */

struct egress *egress_new(const struct wire *wire, size_t runs);
void egress_free(struct egress **e);
/* Room for one packet of exactly n bytes (<= PACKET_MAX + 20), behind what waits for the same path. Follow it by egress_commit, or leave it be. */
uint8_t *egress_place(struct egress *e, struct egress_line *l, const struct tuple *to, size_t n);
void egress_commit(struct egress *e, struct egress_line *l, size_t n); /* n as it was asked for */
size_t egress_waiting(const struct egress_line *l);                    /* bytes */
void egress_drop(struct egress *e, struct egress_line *l);             /* what waits is thrown away: before the receiver goes */
void egress_flush(struct egress *e);                                   /* everything leaves */
void egress_stats(const struct egress *e, struct egress_stats *out);

#endif
