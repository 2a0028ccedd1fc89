/* SPDX-License-Identifier: Apache-2.0
 *
 * See udp.h. Addresses are IPv6 in here; on a socket of IPv4 alone they are turned at the edge.
 */
#include "media/udp.h"

#include "base/mem.h"
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/udp.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define BUFFER_BYTES (8 << 20)
#define GSO_GIVE_UP 16 /* refusals in a row without one success */
#define CONTROL_BYTES 128

#ifndef SO_RXQ_OVFL
#define SO_RXQ_OVFL 40
#endif
#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103
#endif

struct udp {
	struct udp_config config;
	/* owned */
	int fd;
	struct packet *ready[UDP_BATCH]; /* taken beforehand; the kernel writes into them */
	/* state */
	bool v4_only, gso, gso_proved;
	unsigned gso_failed;
	uint32_t overflowed; /* the kernel's counter as it was last told */
	uint16_t port;
	struct udp_stats stats;
	struct mmsghdr messages[UDP_BATCH];
	struct iovec vectors[UDP_BATCH];
	struct sockaddr_in6 from[UDP_BATCH];
	_Alignas(struct cmsghdr) uint8_t control[UDP_BATCH][CONTROL_BYTES];
};

static void map_v4(uint8_t out[16], const struct in_addr *a)
{
	memset(out, 0, 10);
	out[10] = out[11] = 0xff;
	memcpy(out + 12, a, 4);
}

/* --- opening --- */

static int bind_one(const struct udp_config *c, int family, uint16_t *port_out)
{
	struct sockaddr_storage a = {.ss_family = (sa_family_t)family};
	struct sockaddr_in *four = (struct sockaddr_in *)&a;
	struct sockaddr_in6 *six = (struct sockaddr_in6 *)&a;
	socklen_t size = family == AF_INET ? sizeof *four : sizeof *six;
	if (c->address[0] && inet_pton(family, c->address, family == AF_INET ? (void *)&four->sin_addr : (void *)&six->sin6_addr) != 1) {
		errno = EAFNOSUPPORT;
		return -1;
	}
	four->sin_port = htons(c->port); /* at the same place in both */
	int fd = socket(family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -1;
	int zero = 0;
	if (family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &zero, sizeof zero);
	if (bind(fd, (struct sockaddr *)&a, size) == 0 && getsockname(fd, (struct sockaddr *)&a, &size) == 0) {
		*port_out = ntohs(four->sin_port);
		return fd;
	}
	int kept = errno;
	close(fd);
	errno = kept;
	return -1;
}

static int grow(int fd, int forced, int asked, int bytes)
{
	socklen_t size = sizeof bytes;
	if (setsockopt(fd, SOL_SOCKET, forced, &bytes, size) != 0)
		setsockopt(fd, SOL_SOCKET, asked, &bytes, size);
	getsockopt(fd, SOL_SOCKET, asked, &bytes, &size);
	return bytes;
}

enum err udp_open(struct udp **out, const struct udp_config *config)
{
	uint16_t port = 0;
	bool v4_only = false;
	int fd = bind_one(config, AF_INET6, &port);
	if (fd < 0 && errno == EAFNOSUPPORT) { /* an address of IPv4, or a kernel without IPv6 */
		fd = bind_one(config, AF_INET, &port);
		v4_only = true;
	}
	if (fd < 0)
		return ERR_IO;
	struct udp *u = mem_alloc(sizeof *u);
	u->config = *config;
	u->fd = fd;
	u->port = port;
	u->v4_only = v4_only;
	int one = 1, zero = 0;
	socklen_t size = sizeof zero;
	u->stats.receive_buffer = grow(fd, SO_RCVBUFFORCE, SO_RCVBUF, BUFFER_BYTES);
	u->stats.send_buffer = grow(fd, SO_SNDBUFFORCE, SO_SNDBUF, BUFFER_BYTES);
	setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &one, sizeof one);
	setsockopt(fd, SOL_SOCKET, SO_RXQ_OVFL, &one, sizeof one);
	if (v4_only)
		setsockopt(fd, IPPROTO_IP, IP_PKTINFO, &one, sizeof one);
	else
		setsockopt(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, &one, sizeof one);
	u->gso = !config->no_gso && getsockopt(fd, SOL_UDP, UDP_SEGMENT, &zero, &size) == 0;
	*out = u;
	return ERR_OK;
}

void udp_close(struct udp **udp)
{
	struct udp *u = *udp;
	if (!u)
		return;
	close(u->fd);
	for (size_t i = 0; i < UDP_BATCH; i++)
		if (u->ready[i])
			packet_unref(u->config.packets, u->ready[i]);
	mem_free(u);
	*udp = NULL;
}

int udp_fd(const struct udp *u) { return u->fd; }

uint16_t udp_port(const struct udp *u) { return u->port; }

void udp_stats(const struct udp *u, struct udp_stats *out) { *out = u->stats; }

/* --- reading --- */

static void read_control(struct udp *u, struct msghdr *m, struct tuple *from, int64_t real_minus_mono_us, int64_t *received_us)
{
	for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c; c = CMSG_NXTHDR(m, c)) {
		if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SO_TIMESTAMPNS) {
			struct timespec t;
			memcpy(&t, CMSG_DATA(c), sizeof t);
			*received_us = t.tv_sec * INT64_C(1000000) + t.tv_nsec / 1000 - real_minus_mono_us;
		} else if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SO_RXQ_OVFL) {
			uint32_t now;
			memcpy(&now, CMSG_DATA(c), sizeof now);
			u->stats.dropped_kernel += now - u->overflowed;
			u->overflowed = now;
		} else if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_PKTINFO) {
			struct in6_pktinfo info;
			memcpy(&info, CMSG_DATA(c), sizeof info);
			memcpy(from->local, &info.ipi6_addr, 16);
		} else if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO) {
			struct in_pktinfo info;
			memcpy(&info, CMSG_DATA(c), sizeof info);
			map_v4(from->local, &info.ipi_addr);
		}
	}
}

static int64_t real_minus_mono(int64_t now_us)
{
	struct timespec t;
	clock_gettime(CLOCK_REALTIME, &t);
	return t.tv_sec * INT64_C(1000000) + t.tv_nsec / 1000 - now_us;
}

static void take_one(struct udp *u, int i, int64_t now_us, int64_t real_minus_mono_us)
{
	struct packet *p = u->ready[i];
	struct msghdr *m = &u->messages[i].msg_hdr;
	unsigned n = u->messages[i].msg_len;
	struct tuple from = {0};
	u->stats.datagrams_in++;
	u->stats.bytes_in += n;
	p->received_us = now_us;
	read_control(u, m, &from, real_minus_mono_us, &p->received_us);
	if (n == 0 || m->msg_flags & MSG_TRUNC) {
		u->stats.dropped_in++;
		return;
	}
	if (u->v4_only) {
		const struct sockaddr_in *four = (const struct sockaddr_in *)&u->from[i];
		map_v4(from.remote, &four->sin_addr);
		from.port = ntohs(four->sin_port);
	} else {
		memcpy(from.remote, &u->from[i].sin6_addr, 16);
		from.port = ntohs(u->from[i].sin6_port);
	}
	/* the clock of the wall may have been set meanwhile */
	if (p->received_us > now_us || p->received_us < now_us - 1000000)
		p->received_us = now_us;
	p->n = (uint16_t)n;
	u->ready[i] = NULL;
	u->config.input(u->config.user, &from, p);
}

/* Every packet is somebody's: what waits is thrown away, so that epoll does not tell of it for ever. */
static void read_nothing(struct udp *u)
{
	uint8_t byte;
	for (int i = 0; i < UDP_BATCH && recv(u->fd, &byte, 1, 0) >= 0; i++) {
		u->stats.datagrams_in++;
		u->stats.dropped_in++;
	}
}

void udp_read(struct udp *u, int64_t now_us)
{
	unsigned count = 0;
	for (; count < UDP_BATCH; count++) {
		if (!u->ready[count])
			u->ready[count] = packet_take(u->config.packets);
		if (!u->ready[count])
			break;
		u->vectors[count] = (struct iovec){u->ready[count]->data, sizeof u->ready[count]->data};
		u->messages[count].msg_hdr = (struct msghdr){.msg_name = &u->from[count], .msg_namelen = sizeof u->from[count],
			.msg_iov = &u->vectors[count], .msg_iovlen = 1, .msg_control = u->control[count], .msg_controllen = CONTROL_BYTES};
	}
	u->stats.reads++;
	if (count == 0) {
		read_nothing(u);
		return;
	}
	int got = recvmmsg(u->fd, u->messages, count, MSG_DONTWAIT, NULL);
	if (got <= 0)
		return; /* nothing, or an error that an ICMP message left: it is told once */
	int64_t difference = real_minus_mono(now_us);
	for (int i = 0; i < got; i++)
		take_one(u, i, now_us, difference);
	/* the used ones are at the front: the others move there, so that no hole stays when packets are few */
	unsigned kept = 0;
	for (unsigned i = 0; i < UDP_BATCH; i++) {
		struct packet *p = u->ready[i];
		u->ready[i] = NULL;
		if (p)
			u->ready[kept++] = p;
	}
}

/* --- sending --- */

union destination { struct sockaddr_in four; struct sockaddr_in6 six; };

static void address(const struct udp *u, const struct tuple *to, union destination *d, struct msghdr *m)
{
	*d = (union destination){0};
	if (u->v4_only) {
		d->four.sin_family = AF_INET;
		d->four.sin_port = htons(to->port);
		memcpy(&d->four.sin_addr, to->remote + 12, 4);
		m->msg_namelen = sizeof d->four;
	} else {
		d->six.sin6_family = AF_INET6;
		d->six.sin6_port = htons(to->port);
		memcpy(&d->six.sin6_addr, to->remote, 16);
		m->msg_namelen = sizeof d->six;
	}
	m->msg_name = d;
}

static void *add_control(struct msghdr *m, size_t room, int level, int type, size_t n)
{
	struct cmsghdr *c = (struct cmsghdr *)((uint8_t *)m->msg_control + m->msg_controllen);
	CHECK(m->msg_controllen + CMSG_SPACE(n) <= room);
	c->cmsg_level = level;
	c->cmsg_type = type;
	c->cmsg_len = CMSG_LEN(n);
	m->msg_controllen += CMSG_SPACE(n);
	return CMSG_DATA(c);
}

static bool send_once(struct udp *u, const struct tuple *to, const uint8_t *p, size_t n, size_t segment)
{
	static const uint8_t unknown[16];
	_Alignas(struct cmsghdr) uint8_t control[CONTROL_BYTES] = {0};
	union destination d;
	struct iovec v = {(void *)(uintptr_t)p, n};
	struct msghdr m = {.msg_iov = &v, .msg_iovlen = 1, .msg_control = control};
	address(u, to, &d, &m);
	if (memcmp(to->local, unknown, 16) != 0) {
		if (u->v4_only) {
			struct in_pktinfo info = {0};
			memcpy(&info.ipi_spec_dst, to->local + 12, 4);
			memcpy(add_control(&m, sizeof control, IPPROTO_IP, IP_PKTINFO, sizeof info), &info, sizeof info);
		} else {
			struct in6_pktinfo info = {0};
			memcpy(&info.ipi6_addr, to->local, 16);
			memcpy(add_control(&m, sizeof control, IPPROTO_IPV6, IPV6_PKTINFO, sizeof info), &info, sizeof info);
		}
	}
	if (n > segment) {
		uint16_t size = (uint16_t)segment;
		memcpy(add_control(&m, sizeof control, SOL_UDP, UDP_SEGMENT, sizeof size), &size, sizeof size);
	}
	u->stats.sends++;
	if (sendmsg(u->fd, &m, MSG_DONTWAIT) < 0)
		return false;
	size_t count = (n + segment - 1) / segment;
	u->stats.datagrams_out += count;
	u->stats.bytes_out += n;
	u->stats.gso_sends += count > 1;
	return true;
}

void udp_send(struct udp *u, const struct tuple *to, const uint8_t *p, size_t n, size_t segment)
{
	if (u->gso && n > segment) {
		if (send_once(u, to, p, n, segment)) {
			u->gso_proved = true;
			return;
		}
		if (errno == EAGAIN || errno == ENOBUFS) {
			u->stats.dropped_out += (n + segment - 1) / segment;
			return;
		}
		/* a path with a smaller MTU, a device that cannot, a packet filter: one by one */
		u->stats.gso_refused++;
		if (!u->gso_proved && ++u->gso_failed >= GSO_GIVE_UP)
			u->gso = false;
	}
	for (size_t at = 0; at < n; at += segment) {
		size_t one = n - at < segment ? n - at : segment;
		if (!send_once(u, to, p + at, one, one))
			u->stats.dropped_out++;
	}
}
