/* SPDX-License-Identifier: Apache-2.0
 *
 * See tcp.h. A connection's number is its place in the table plus TCP_MAX times how often the place was used before, so that a tuple of a connection that ended is
 * never taken for a later one's. Nothing is closed or told from inside tcp_send or tcp_drop: tcp_bury does it.
 */
#include "media/tcp.h"

#include "base/mem.h"
#include "media/rfc4571.h"
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#define NOT_SENT_MAX (64 * 1024) /* bytes that the kernel holds back from the network: more would be delay */
#define READS_OF_ONE 4           /* in a turn, so that one does not starve the others */
#define SWEEP_EVERY_US 500000

struct tcp_conn {
	struct watcher watcher;
	/* borrowed */
	struct tcp *all;
	/* owned */
	int fd;
	uint8_t *queue;          /* of TCP_QUEUE_MAX bytes; NULL: nothing waits */
	/* state */
	size_t queue_at, queue_n; /* what waits: [at, at + n) */
	size_t in_n;
	bool dead, told_to_go;   /* told_to_go: by us, so gone() is not called */
	int64_t since_us;
	struct tuple tuple;
	struct tcp_conn *dead_next;
	uint8_t in[RFC4571_HEAD + PACKET_MAX]; /* the beginning of a frame */
};

struct tcp {
	struct tcp_config config;
	/* owned */
	struct tcp_conn *conns[TCP_MAX];
	/* state */
	uint32_t uses[TCP_MAX];
	size_t next_place, open;
	struct tcp_conn *dead;
	int64_t swept_us;
	struct tcp_stats stats;
	uint8_t buffer[65536]; /* what was read in this call, behind what the connection had */
};

static void ready(struct watcher *w, uint32_t events);

struct tcp *tcp_new(const struct tcp_config *config)
{
	struct tcp *t = mem_alloc(sizeof *t);
	t->config = *config;
	return t;
}

/* --- the end of one --- */

static void kill_conn(struct tcp_conn *c)
{
	if (c->dead)
		return;
	c->dead = true;
	c->dead_next = c->all->dead;
	c->all->dead = c;
}

static void close_conn(struct tcp_conn *c)
{
	struct tcp *t = c->all;
	reactor_remove(t->config.reactor, c->fd, &c->watcher);
	close(c->fd);
	t->conns[(c->tuple.tcp - 1) % TCP_MAX] = NULL;
	t->open--;
	mem_free(c->queue);
	mem_free(c);
}

void tcp_bury(struct tcp *t)
{
	while (t->dead) {
		struct tcp_conn *c = t->dead;
		t->dead = c->dead_next;
		struct tuple tuple = c->tuple;
		bool tell = !c->told_to_go;
		close_conn(c);
		if (tell)
			t->config.gone(t->config.user, &tuple);
	}
}

void tcp_free(struct tcp **tcp)
{
	struct tcp *t = *tcp;
	if (!t)
		return;
	for (size_t i = 0; i < TCP_MAX; i++)
		if (t->conns[i])
			close_conn(t->conns[i]);
	mem_free(t);
	*tcp = NULL;
}

/* --- the beginning of one --- */

static void address_of(const struct sockaddr_storage *a, uint8_t out[16], uint16_t *port_out)
{
	const struct sockaddr_in *four = (const struct sockaddr_in *)a;
	const struct sockaddr_in6 *six = (const struct sockaddr_in6 *)a;
	if (a->ss_family == AF_INET) {
		memset(out, 0, 10);
		out[10] = out[11] = 0xff;
		memcpy(out + 12, &four->sin_addr, 4);
		*port_out = ntohs(four->sin_port);
	} else {
		memcpy(out, &six->sin6_addr, 16);
		*port_out = ntohs(six->sin6_port);
	}
}

static bool free_place(struct tcp *t, size_t *out)
{
	for (size_t i = 0; i < TCP_MAX; i++) {
		size_t at = (t->next_place + i) % TCP_MAX;
		if (!t->conns[at]) {
			t->next_place = (at + 1) % TCP_MAX;
			*out = at;
			return true;
		}
	}
	return false;
}

void tcp_take(struct tcp *t, int fd)
{
	struct sockaddr_storage peer = {0}, ours = {0};
	socklen_t peer_n = sizeof peer, ours_n = sizeof ours;
	int one = 1, most = NOT_SENT_MAX;
	uint16_t unused;
	size_t place;
	if (getpeername(fd, (struct sockaddr *)&peer, &peer_n) != 0 || getsockname(fd, (struct sockaddr *)&ours, &ours_n) != 0 ||
		(peer.ss_family != AF_INET && peer.ss_family != AF_INET6) || !free_place(t, &place)) {
		t->stats.refused++;
		close(fd);
		return;
	}
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	setsockopt(fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &most, sizeof most);
	struct tcp_conn *c = mem_try_alloc(sizeof *c);
	if (!c) {
		t->stats.refused++;
		close(fd);
		return;
	}
	c->all = t;
	c->fd = fd;
	c->watcher.ready = ready;
	c->since_us = reactor_now_us(t->config.reactor);
	address_of(&peer, c->tuple.remote, &c->tuple.port);
	address_of(&ours, c->tuple.local, &unused);
	c->tuple.tcp = (uint32_t)(TCP_MAX * (t->uses[place]++ % (UINT32_MAX / TCP_MAX - 1)) + place + 1);
	if (reactor_add(t->config.reactor, fd, &c->watcher, EPOLLIN) != ERR_OK) {
		t->stats.refused++;
		close(fd);
		mem_free(c);
		return;
	}
	t->conns[place] = c;
	t->open++;
	t->stats.taken++;
}

static struct tcp_conn *find(struct tcp *t, const struct tuple *tuple)
{
	struct tcp_conn *c = tuple->tcp ? t->conns[(tuple->tcp - 1) % TCP_MAX] : NULL;
	return c && c->tuple.tcp == tuple->tcp && !c->dead ? c : NULL;
}

/* --- reading --- */

static void give_out(struct tcp_conn *c, struct str frame)
{
	struct tcp *t = c->all;
	t->stats.frames_in++;
	t->stats.bytes_in += frame.n;
	struct packet *p = packet_take(t->config.packets);
	if (!p) {
		t->stats.dropped_in++;
		return;
	}
	memcpy(p->data, frame.p, frame.n);
	p->n = (uint16_t)frame.n;
	p->received_us = reactor_now_us(t->config.reactor);
	t->config.input(t->config.user, &c->tuple, p);
}

static void read_frames(struct tcp_conn *c, const uint8_t *p, size_t n)
{
	size_t at = 0, used = 0;
	while (!c->dead) {
		struct str frame;
		enum err e = rfc4571_next(p + at, n - at, &frame, &used);
		if (e == ERR_AGAIN)
			break;
		if (e) {
			c->all->stats.broken++;
			kill_conn(c);
			return;
		}
		at += used;
		if (frame.n > 0)
			give_out(c, frame);
	}
	if (c->dead)
		return;
	CHECK(n - at <= sizeof c->in);
	c->in_n = n - at;
	memcpy(c->in, p + at, c->in_n);
}

static void read_some(struct tcp_conn *c)
{
	struct tcp *t = c->all;
	for (int i = 0; i < READS_OF_ONE && !c->dead; i++) {
		memcpy(t->buffer, c->in, c->in_n);
		ssize_t n = recv(c->fd, t->buffer + c->in_n, sizeof t->buffer - c->in_n, MSG_DONTWAIT);
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return;
		if (n <= 0) {
			kill_conn(c);
			return;
		}
		read_frames(c, t->buffer, c->in_n + (size_t)n);
	}
}

/* --- writing --- */

static void watch_out(struct tcp_conn *c, bool out)
{
	reactor_change(c->all->config.reactor, c->fd, &c->watcher, EPOLLIN | (out ? EPOLLOUT : 0));
}

static void flush_queue(struct tcp_conn *c)
{
	while (c->queue_n > 0) {
		ssize_t n = send(c->fd, c->queue + c->queue_at, c->queue_n, MSG_DONTWAIT | MSG_NOSIGNAL);
		if (n < 0 && errno == EAGAIN)
			return;
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			kill_conn(c);
			return;
		}
		c->queue_at += (size_t)n;
		c->queue_n -= (size_t)n;
	}
	mem_free(c->queue);
	c->queue = NULL;
	c->queue_at = 0;
	watch_out(c, false);
}

static bool make_room(struct tcp_conn *c, size_t n)
{
	if (!c->queue) {
		c->queue = mem_try_alloc(TCP_QUEUE_MAX);
		if (!c->queue)
			return false;
		c->queue_at = 0;
		watch_out(c, true);
	}
	if (c->queue_n + n > TCP_QUEUE_MAX)
		return false;
	if (c->queue_at + c->queue_n + n > TCP_QUEUE_MAX) {
		memmove(c->queue, c->queue + c->queue_at, c->queue_n);
		c->queue_at = 0;
	}
	return true;
}

static void queue_bytes(struct tcp_conn *c, const uint8_t *p, size_t n)
{
	memcpy(c->queue + c->queue_at + c->queue_n, p, n);
	c->queue_n += n;
}

/* One frame, whole or not at all; what the kernel took a part of is finished whatever happens. */
static void send_frame(struct tcp_conn *c, const uint8_t *p, size_t n)
{
	uint8_t head[RFC4571_HEAD];
	size_t whole = sizeof head + n, done = 0;
	rfc4571_head(head, n);
	if (!c->queue) {
		struct iovec v[2] = {{head, sizeof head}, {(void *)(uintptr_t)p, n}};
		struct msghdr m = {.msg_iov = v, .msg_iovlen = 2};
		ssize_t sent = sendmsg(c->fd, &m, MSG_DONTWAIT | MSG_NOSIGNAL);
		if (sent < 0 && errno != EAGAIN && errno != EINTR) {
			kill_conn(c);
			return;
		}
		done = sent > 0 ? (size_t)sent : 0;
	}
	if (done < whole && !make_room(c, whole - done)) {
		c->all->stats.dropped_out++;
		if (done > 0) /* the peer would never find the next frame */
			kill_conn(c);
		return;
	}
	if (done < sizeof head) {
		queue_bytes(c, head + done, sizeof head - done);
		queue_bytes(c, p, n);
	} else if (done < whole) {
		queue_bytes(c, p + (done - sizeof head), whole - done);
	}
	c->all->stats.frames_out++;
	c->all->stats.bytes_out += n;
}

void tcp_send(struct tcp *t, const struct tuple *to, const uint8_t *p, size_t n, size_t segment)
{
	for (size_t at = 0; at < n; at += segment) {
		struct tcp_conn *c = find(t, to);
		if (!c)
			return;
		send_frame(c, p + at, n - at < segment ? n - at : segment);
	}
}

bool tcp_has_room(struct tcp *t, const struct tuple *to, size_t n)
{
	struct tcp_conn *c = find(t, to);
	/* n may be several frames, each with its head */
	return c && c->queue_n + n + RFC4571_HEAD * WIRE_SEGMENTS_MAX <= TCP_QUEUE_MAX;
}

void tcp_drop(struct tcp *t, const struct tuple *to)
{
	struct tcp_conn *c = find(t, to);
	if (!c)
		return;
	c->told_to_go = true;
	kill_conn(c);
}

static void ready(struct watcher *w, uint32_t events)
{
	struct tcp_conn *c = (struct tcp_conn *)w; /* its first member */
	if (c->dead)
		return;
	if (events & EPOLLOUT && c->queue)
		flush_queue(c);
	if (events & (EPOLLIN | EPOLLHUP | EPOLLERR) && !c->dead)
		read_some(c);
}

void tcp_sweep(struct tcp *t, int64_t now_us)
{
	if (t->open == 0 || now_us - t->swept_us < SWEEP_EVERY_US)
		return;
	t->swept_us = now_us;
	for (size_t i = 0; i < TCP_MAX; i++) {
		struct tcp_conn *c = t->conns[i];
		if (!c || c->dead || now_us - c->since_us < TCP_OPENING_US || t->config.known(t->config.user, &c->tuple))
			continue;
		t->stats.unknown++;
		kill_conn(c);
	}
	tcp_bury(t);
}

void tcp_stats(const struct tcp *t, struct tcp_stats *out)
{
	*out = t->stats;
	out->open = t->open;
}
