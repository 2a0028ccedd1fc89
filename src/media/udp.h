/* SPDX-License-Identifier: Apache-2.0
 *
 * The one UDP socket of the process, for IPv4 and IPv6 (IPv4 alone where the kernel has no other). Reads by recvmmsg straight into packets,
 * with the kernel's time of arrival; answers from the address that was written to. Runs of equal size to one receiver leave as one system call (UDP_SEGMENT),
 * one by one where the kernel or the path refuses that. Nothing waits: what the kernel does not take is dropped and counted. One thread.
 */
#ifndef MEDIA_UDP_H
#define MEDIA_UDP_H

#include "media/packet.h"
#include "media/tuple.h"

#define UDP_BATCH 64 /* datagrams read at once */

struct udp;

struct udp_config {
	const char *address;     /* to bind; "": any */
	uint16_t port;           /* 0: any free one, see udp_port */
	struct packets *packets; /* borrowed */
	void (*input)(void *user, const struct tuple *from, struct packet *p); /* takes the reference over */
	void *user;
	bool no_gso;             /* as if the kernel had none: tests */
};

enum err udp_open(struct udp **out, const struct udp_config *config) MUST_CHECK; /* ERR_IO with errno */
void udp_close(struct udp **u);
int udp_fd(const struct udp *u); /* to watch for EPOLLIN */
uint16_t udp_port(const struct udp *u);
void udp_read(struct udp *u, int64_t now_us); /* one batch; more is told by epoll again */
void udp_send(struct udp *u, const struct tuple *to, const uint8_t *p, size_t n, size_t segment); /* as struct wire says */

struct udp_stats {
	uint64_t datagrams_in, bytes_in, datagrams_out, bytes_out;
	uint64_t reads, sends;     /* system calls */
	uint64_t dropped_in;       /* no packet was free, or it was too long */
	uint64_t dropped_kernel;   /* the socket's buffer was full before we read */
	uint64_t dropped_out;      /* the kernel did not take it */
	uint64_t gso_sends, gso_refused;
	int receive_buffer, send_buffer; /* bytes that the kernel granted */
};
void udp_stats(const struct udp *u, struct udp_stats *out);

#endif
