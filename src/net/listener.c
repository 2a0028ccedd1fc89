/* SPDX-License-Identifier: Apache-2.0
 *
 * The listener: one socket, watched by the first loop, its connections spread over all by turns. No SO_REUSEPORT: a
 * second server on the same port has to fail clearly. See conn.h for who may call what.
 */
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "net/conn_private.h"
#include "net/net_stats.h"
#include "net/proxy.h"
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define ACCEPTS_PER_EVENT 128
#define ACCEPT_REST_MS 100      /* when the kernel has no memory for another one */
#define FULL_LOG_EVERY_MS 60000

struct accept_point {
	/* shared, atomic */
	unsigned refs;  /* the listener's and one of each connection */
	unsigned alive; /* connections */
	/* owned */
	char *trusted;
	/* read-only */
	struct listener_config config;
};

struct listener {
	struct watch watch;
	/* owned */
	int fd, reserve_fd; /* reserve: given up for a moment to accept and close when there are no descriptors */
	char *unix_path;    /* NULL: TCP */
	struct accept_point *point;
	struct loop **loops; /* the loops themselves are borrowed */
	size_t loop_count;
	/* state */
	size_t turn;
	uint16_t port;
	struct timer rest;
	int64_t full_logged_ms;
	uint64_t full_since_log;
};

/* --- what connections share --- */

const struct listener_config *accept_point_config(const struct accept_point *p) { return &p->config; }

static void point_release(struct accept_point *p)
{
	if (__atomic_sub_fetch(&p->refs, 1, __ATOMIC_ACQ_REL) > 0)
		return;
	mem_free(p->trusted);
	mem_free(p);
}

void accept_point_unref(struct accept_point **p)
{
	__atomic_sub_fetch(&(*p)->alive, 1, __ATOMIC_RELAXED);
	point_release(*p);
	*p = NULL;
}

/* --- accepting --- */

static void fill_peer(struct conn *c, const struct sockaddr_storage *peer)
{
	const struct sockaddr_in6 *six = (const struct sockaddr_in6 *)peer;
	const struct sockaddr_in *four = (const struct sockaddr_in *)peer;
	bool local = false;
	switch (peer->ss_family) {
	case AF_INET:
		inet_ntop(AF_INET, &four->sin_addr, c->peer.text, sizeof c->peer.text);
		c->peer.port = ntohs(four->sin_port);
		local = (ntohl(four->sin_addr.s_addr) >> 24) == 127;
		break;
	case AF_INET6:
		c->peer.port = ntohs(six->sin6_port);
		if (IN6_IS_ADDR_V4MAPPED(&six->sin6_addr)) {
			inet_ntop(AF_INET, six->sin6_addr.s6_addr + 12, c->peer.text, sizeof c->peer.text);
			local = six->sin6_addr.s6_addr[12] == 127;
		} else {
			inet_ntop(AF_INET6, &six->sin6_addr, c->peer.text, sizeof c->peer.text);
			local = IN6_IS_ADDR_LOOPBACK(&six->sin6_addr);
		}
		break;
	default:
		memcpy(c->peer.text, "unix", 5);
		local = true;
	}
	if (local)
		c->flags |= CONN_LOCAL;
	struct str trusted = accept_point_config(c->from)->trusted_proxies;
	if (trusted.n > 0 && proxy_trusts(trusted, peer))
		c->flags |= CONN_TRUSTED;
}

/* On the loop that will own it. */
static void arrive(struct loop *l, struct task *t)
{
	struct conn *c = (struct conn *)((char *)t - offsetof(struct conn, arrive));
	c->next = l->conns;
	if (l->conns)
		l->conns->prev = c;
	l->conns = c;
	timer_start(l, &c->timer, CONN_OPENING_MS);
	if (loop_watch(l, c->fd, &c->watch, EPOLLIN) != ERR_OK) {
		conn_kill(c);
		return;
	}
	conn_first_bytes(c); /* a browser's hello is usually here already */
}

static void take_in(struct listener *s, int fd, const struct sockaddr_storage *peer)
{
	struct accept_point *p = s->point;
	unsigned alive = __atomic_load_n(&p->alive, __ATOMIC_RELAXED);
	struct loop *l = s->loops[s->turn];
	struct conn *c = alive < p->config.max_connections ? conn_new(l, fd, p) : NULL;
	if (!c) {
		NET_COUNT(refused, 1);
		close(fd);
		return;
	}
	s->turn = (s->turn + 1) % s->loop_count;
	__atomic_add_fetch(&p->alive, 1, __ATOMIC_RELAXED);
	__atomic_add_fetch(&p->refs, 1, __ATOMIC_RELAXED);
	NET_COUNT(accepted, 1);
	if (peer->ss_family != AF_UNIX) {
		int one = 1;
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	}
	fill_peer(c, peer);
	c->arrive.run = arrive;
	if (l == s->loops[0])
		arrive(l, &c->arrive);
	else
		loop_post(l, &c->arrive);
}

static void rest_over(struct loop *l, struct timer *t)
{
	struct listener *s = (struct listener *)((char *)t - offsetof(struct listener, rest));
	loop_rewatch(l, s->fd, &s->watch, EPOLLIN);
}

static void rest(struct listener *s)
{
	loop_rewatch(s->loops[0], s->fd, &s->watch, 0);
	timer_start(s->loops[0], &s->rest, ACCEPT_REST_MS);
}

/* No descriptor left: the peer is told by closing, not left to wait in a queue that nobody empties. */
static bool turn_one_away(struct listener *s)
{
	s->full_since_log++;
	int64_t now = loop_now_ms(s->loops[0]);
	if (s->full_logged_ms == 0 || now - s->full_logged_ms >= FULL_LOG_EVERY_MS) {
		LOG(LOG_LEVEL_ERROR, "listener.no_descriptors", LOG_FI("refused", s->full_since_log));
		s->full_logged_ms = now;
		s->full_since_log = 0;
	}
	NET_COUNT(refused, 1);
	if (s->reserve_fd < 0)
		return false;
	close(s->reserve_fd);
	int fd = accept4(s->fd, NULL, NULL, SOCK_CLOEXEC);
	if (fd >= 0)
		close(fd);
	s->reserve_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	return fd >= 0;
}

static void on_ready(struct loop *l, struct watch *w, uint32_t events)
{
	(void)l;
	(void)events;
	struct listener *s = (struct listener *)((char *)w - offsetof(struct listener, watch));
	for (int i = 0; i < ACCEPTS_PER_EVENT; i++) {
		struct sockaddr_storage peer = {0};
		socklen_t size = sizeof peer;
		int fd = accept4(s->fd, (struct sockaddr *)&peer, &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (fd >= 0) {
			take_in(s, fd, &peer);
			continue;
		}
		if (errno == EAGAIN)
			return;
		if (errno == EMFILE || errno == ENFILE) {
			if (turn_one_away(s))
				continue;
			rest(s);
			return;
		}
		if (errno == ENOBUFS || errno == ENOMEM) {
			rest(s);
			return;
		}
		/* the rest are errors of the one that came (accept(2)): take the next */
	}
}

/* --- opening and closing --- */

static int bind_unix(const char *path)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	size_t n = strlen(path);
	if (n == 0 || n >= sizeof a.sun_path) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(a.sun_path, path, n + 1);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -1;
	if (bind(fd, (struct sockaddr *)&a, sizeof a) == 0)
		return fd;
	/* Left over from a server that is gone? A living one answers. */
	if (errno == EADDRINUSE) {
		int probe = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
		bool dead = probe >= 0 && connect(probe, (struct sockaddr *)&a, sizeof a) != 0 && errno == ECONNREFUSED;
		if (probe >= 0)
			close(probe);
		if (dead && unlink(path) == 0 && bind(fd, (struct sockaddr *)&a, sizeof a) == 0)
			return fd;
		errno = EADDRINUSE;
	}
	int kept = errno;
	close(fd);
	errno = kept;
	return -1;
}

static int bind_tcp(const char *address, uint16_t port)
{
	struct sockaddr_storage a = {0};
	struct sockaddr_in *four = (struct sockaddr_in *)&a;
	struct sockaddr_in6 *six = (struct sockaddr_in6 *)&a;
	socklen_t size;
	if (inet_pton(AF_INET, address, &four->sin_addr) == 1) {
		a.ss_family = AF_INET;
		four->sin_port = htons(port);
		size = sizeof *four;
	} else if (inet_pton(AF_INET6, address, &six->sin6_addr) == 1) {
		a.ss_family = AF_INET6;
		six->sin6_port = htons(port);
		size = sizeof *six;
	} else {
		errno = EINVAL;
		return -1;
	}
	int fd = socket(a.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -1;
	int one = 1, zero = 0;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
	if (a.ss_family == AF_INET6) /* "::" takes IPv4 too */
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &zero, sizeof zero);
	if (bind(fd, (struct sockaddr *)&a, size) == 0)
		return fd;
	int kept = errno;
	close(fd);
	errno = kept;
	return -1;
}

static uint16_t bound_port(int fd)
{
	struct sockaddr_storage a = {0};
	socklen_t size = sizeof a;
	if (getsockname(fd, (struct sockaddr *)&a, &size) != 0)
		return 0;
	if (a.ss_family == AF_INET)
		return ntohs(((struct sockaddr_in *)&a)->sin_port);
	return a.ss_family == AF_INET6 ? ntohs(((struct sockaddr_in6 *)&a)->sin6_port) : 0;
}

static void release(struct listener *s)
{
	if (s->fd >= 0)
		close(s->fd);
	if (s->reserve_fd >= 0)
		close(s->reserve_fd);
	if (s->unix_path)
		unlink(s->unix_path);
	mem_free(s->unix_path);
	mem_free(s->loops);
	point_release(s->point);
	mem_free(s);
}

enum err listener_open(struct listener **out, struct loop *const *loops, size_t count, const struct listener_config *config)
{
	CHECK(count > 0 && config->on_accept);
	if (!proxy_list_valid(config->trusted_proxies)) {
		errno = EINVAL;
		return ERR_IO;
	}
	bool local = str_starts(str_of(config->address), STR("unix:"));
	int fd = local ? bind_unix(config->address + 5) : bind_tcp(config->address, config->port);
	if (fd < 0)
		return ERR_IO;
	struct listener *s = mem_alloc(sizeof *s);
	s->fd = fd;
	s->watch.on_ready = on_ready;
	s->rest.fire = rest_over;
	s->unix_path = local ? mem_dup(config->address + 5, strlen(config->address + 5)) : NULL;
	s->reserve_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	s->loops = mem_alloc(count * sizeof(struct loop *));
	memcpy(s->loops, loops, count * sizeof(struct loop *));
	s->loop_count = count;
	s->point = mem_alloc(sizeof *s->point);
	s->point->refs = 1;
	s->point->config = *config;
	s->point->trusted = mem_dup(config->trusted_proxies.p, config->trusted_proxies.n);
	s->point->config.trusted_proxies = str_n(s->point->trusted, config->trusted_proxies.n);
	s->port = bound_port(fd);
	if (listen(fd, SOMAXCONN) != 0 || loop_watch(loops[0], fd, &s->watch, EPOLLIN) != ERR_OK) {
		int kept = errno;
		release(s);
		errno = kept;
		return ERR_IO;
	}
	*out = s;
	return ERR_OK;
}

uint16_t listener_port(const struct listener *l) { return l->port; }

void listener_close(struct listener **listener)
{
	struct listener *s = *listener;
	if (!s)
		return;
	*listener = NULL;
	timer_stop(s->loops[0], &s->rest);
	loop_unwatch(s->loops[0], s->fd, &s->watch);
	release(s);
}
