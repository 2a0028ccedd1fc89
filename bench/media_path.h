/* SPDX-License-Identifier: Apache-2.0
 *
 * A bad network between UDP clients and a server, in a thread of its own: packets are lost, late, out of order, doubled, and held back by a narrow link. What happens
 * to the n-th datagram of a way follows from the seed, the client's place and n alone, so that a run can be had again. For tests and load, never linked into the product.
 *
 *   struct media_path *p = media_path_start(&(struct media_path_config){.server = a, .seed = 1, .up = {.loss = 0.05}, .down = {.loss = 0.05}});
 *   ... clients send to 127.0.0.1:media_path_port(p) instead ...
 *   media_path_stop(&p);
 */
#ifndef BENCH_MEDIA_PATH_H
#define BENCH_MEDIA_PATH_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

struct media_path_rules {  /* of one direction; zeroes: nothing is done to it */
	double loss;       /* 0-1 */
	double duplicates; /* 0-1: comes once more, 1 ms later */
	double reorder;    /* 0-1: comes reorder_ms later, and what was sent behind it before it */
	unsigned reorder_ms; /* 0: 20 */
	unsigned delay_ms;
	uint64_t rate;     /* bits a second of the link, of all clients together; 0: as wide as it is */
	unsigned queue_ms; /* what the link keeps before it drops; 0: 200 */
};

struct media_path_config {
	struct sockaddr_in6 server; /* IPv4 as ::ffff:a.b.c.d */
	uint16_t port;              /* where clients come, on 127.0.0.1; 0: a free one */
	uint64_t seed;
	struct media_path_rules up, down; /* up: from client to server */
};

struct media_path_counts { uint64_t packets, bytes, lost, reordered, duplicated, overflowed; }; /* packets: that came in; overflowed: the link's queue was full */

struct media_path;
struct media_path *media_path_start(const struct media_path_config *config); /* NULL with errno */
uint16_t media_path_port(const struct media_path *p);
/* From the next datagram on. Any thread. */
void media_path_rules(struct media_path *p, bool up, const struct media_path_rules *rules);
void media_path_counts(struct media_path *p, bool up, struct media_path_counts *out);
/* Packets of RTP with this SSRC (its header is in the clear) that were lost upwards or downwards so far. */
uint64_t media_path_lost_of(struct media_path *p, bool up, uint32_t ssrc);
void media_path_stop(struct media_path **p);

/* "loss=5%,dup=1%,reorder=2%:30,delay=40,rate=500k,queue=300" into rules; false: not of this form. */
bool media_path_parse(const char *text, struct media_path_rules *out);

#endif
