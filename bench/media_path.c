/* SPDX-License-Identifier: Apache-2.0
 *
 * See media_path.h.
 */
#include "media_path.h"

#include "base/clock.h"
#include "base/err.h"
#include "base/mem.h"
#include "media/wire.h"
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

enum { CLIENTS_MAX = 1024, WAITING_MAX = 65536, DATAGRAM_MAX = 2048, SSRCS_MAX = 256 };

struct client { int fd; struct sockaddr_in from; uint64_t passed[2]; }; /* fd: its socket towards the server */
struct datagram { int64_t at_us; uint64_t order; struct client *client; bool up; uint16_t n; uint8_t data[]; };
struct lost { uint32_t ssrc; uint64_t n; };

struct way {
	struct media_path_rules rules;
	struct media_path_counts counts;
	int64_t free_us; /* when the link has sent what it keeps */
	struct lost lost[SSRCS_MAX];
	unsigned ssrcs;
};

struct media_path {
	pthread_t thread;
	pthread_mutex_t lock;    /* of ways */
	struct way ways[2];      /* 1: up */
	struct media_path_config config;
	int fd, epoll, stop;
	uint16_t port;
	struct client clients[CLIENTS_MAX];
	unsigned count;
	struct datagram *waiting[WAITING_MAX]; /* a heap, the next one first */
	unsigned waits;
	uint64_t order;
};

static int64_t now_us(void) { return clock_mono_ns() / 1000; }

/* The draws of a datagram: 0 <= x < 1, of what (0, 1, 2) happens to it. */
static double draw(const struct media_path *p, const struct client *c, bool up, uint64_t n, uint64_t what)
{
	uint64_t x = p->config.seed * 0x9e3779b97f4a7c15u + (uint64_t)(c - p->clients) * 0xbf58476d1ce4e5b9u + n * 8 + (up ? 4 : 0) + what;
	for (int i = 0; i < 2; i++) { /* splitmix64 */
		x += 0x9e3779b97f4a7c15u;
		x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
		x = (x ^ x >> 27) * 0x94d049bb133111ebu;
		x ^= x >> 31;
	}
	return (double)(x >> 11) / 9007199254740992.0;
}

/* --- what waits */

static bool before(const struct datagram *a, const struct datagram *b) { return a->at_us != b->at_us ? a->at_us < b->at_us : a->order < b->order; }

static void push(struct media_path *p, struct datagram *d)
{
	unsigned at = p->waits++;
	d->order = p->order++;
	for (; at > 0 && before(d, p->waiting[(at - 1) / 2]); at = (at - 1) / 2)
		p->waiting[at] = p->waiting[(at - 1) / 2];
	p->waiting[at] = d;
}

static struct datagram *pop(struct media_path *p)
{
	struct datagram *first = p->waiting[0], *last = p->waiting[--p->waits];
	unsigned at = 0;
	for (unsigned child; (child = 2 * at + 1) < p->waits; at = child) {
		if (child + 1 < p->waits && before(p->waiting[child + 1], p->waiting[child]))
			child++;
		if (!before(p->waiting[child], last))
			break;
		p->waiting[at] = p->waiting[child];
	}
	p->waiting[at] = last;
	return first;
}

static void keep(struct media_path *p, struct client *c, bool up, const uint8_t *data, size_t n, int64_t at_us)
{
	if (p->waits == WAITING_MAX) {
		p->ways[up].counts.overflowed++;
		return;
	}
	struct datagram *d = mem_alloc(sizeof *d + n);
	*d = (struct datagram){.at_us = at_us, .client = c, .up = up, .n = (uint16_t)n};
	memcpy(d->data, data, n);
	push(p, d);
}

static void deliver(struct media_path *p, const struct datagram *d)
{
	if (d->up)
		(void)!send(d->client->fd, d->data, d->n, MSG_DONTWAIT | MSG_NOSIGNAL);
	else
		(void)!sendto(p->fd, d->data, d->n, MSG_DONTWAIT | MSG_NOSIGNAL, (const struct sockaddr *)&d->client->from, sizeof d->client->from);
}

/* --- what comes */

static void count_lost(struct way *w, const uint8_t *data, size_t n)
{
	if (n < 12 || data[0] >> 6 != 2 || (data[1] >= 192 && data[1] <= 223))
		return;
	uint32_t ssrc = get_u32(data + 8);
	for (unsigned i = 0; i < w->ssrcs; i++)
		if (w->lost[i].ssrc == ssrc) {
			w->lost[i].n++;
			return;
		}
	if (w->ssrcs < SSRCS_MAX)
		w->lost[w->ssrcs++] = (struct lost){.ssrc = ssrc, .n = 1};
}

static void pass(struct media_path *p, struct client *c, bool up, const uint8_t *data, size_t n)
{
	struct way *w = &p->ways[up];
	const struct media_path_rules *r = &w->rules;
	uint64_t nth = c->passed[up]++;
	int64_t now = now_us(), at = now;
	w->counts.packets++;
	w->counts.bytes += n;
	if (draw(p, c, up, nth, 0) < r->loss) {
		w->counts.lost++;
		count_lost(w, data, n);
		return;
	}
	if (r->rate) {
		int64_t start = w->free_us > now ? w->free_us : now;
		if (start - now > (int64_t)(r->queue_ms ? r->queue_ms : 200) * 1000) {
			w->counts.overflowed++;
			count_lost(w, data, n);
			return;
		}
		at = w->free_us = start + (int64_t)(n * 8000000 / r->rate);
	}
	at += (int64_t)r->delay_ms * 1000;
	if (draw(p, c, up, nth, 1) < r->reorder) {
		w->counts.reordered++;
		at += (int64_t)(r->reorder_ms ? r->reorder_ms : 20) * 1000;
	}
	keep(p, c, up, data, n, at);
	if (draw(p, c, up, nth, 2) < r->duplicates) {
		w->counts.duplicated++;
		keep(p, c, up, data, n, at + 1000);
	}
}

static struct client *client_of(struct media_path *p, const struct sockaddr_in *from)
{
	for (unsigned i = 0; i < p->count; i++)
		if (p->clients[i].from.sin_port == from->sin_port && p->clients[i].from.sin_addr.s_addr == from->sin_addr.s_addr)
			return &p->clients[i];
	if (p->count == CLIENTS_MAX)
		return NULL;
	struct client *c = &p->clients[p->count];
	int fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), bytes = 4 << 20;
	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
	struct epoll_event e = {.events = EPOLLIN, .data.ptr = c};
	if (fd < 0 || connect(fd, (const struct sockaddr *)&p->config.server, sizeof p->config.server) || epoll_ctl(p->epoll, EPOLL_CTL_ADD, fd, &e)) {
		close(fd);
		return NULL;
	}
	*c = (struct client){.fd = fd, .from = *from};
	p->count++;
	return c;
}

static void from_clients(struct media_path *p)
{
	uint8_t data[DATAGRAM_MAX];
	struct sockaddr_in from;
	for (int i = 0; i < 256; i++) {
		socklen_t size = sizeof from;
		ssize_t n = recvfrom(p->fd, data, sizeof data, MSG_DONTWAIT, (struct sockaddr *)&from, &size);
		if (n < 0 && errno != ECONNREFUSED)
			return;
		struct client *c = n > 0 ? client_of(p, &from) : NULL;
		if (c)
			pass(p, c, true, data, (size_t)n);
	}
}

static void from_server(struct media_path *p, struct client *c)
{
	uint8_t data[DATAGRAM_MAX];
	for (int i = 0; i < 256; i++) {
		ssize_t n = recv(c->fd, data, sizeof data, MSG_DONTWAIT);
		if (n < 0 && errno != ECONNREFUSED)
			return;
		if (n > 0)
			pass(p, c, false, data, (size_t)n);
	}
}

static void *run(void *user)
{
	struct media_path *p = user;
	struct epoll_event events[64];
	for (;;) {
		int64_t left = p->waits ? p->waiting[0]->at_us - now_us() : 1000000;
		struct timespec wait = {.tv_sec = left > 0 ? left / 1000000 : 0, .tv_nsec = left > 0 ? left % 1000000 * 1000 : 0};
		int n = epoll_pwait2(p->epoll, events, 64, &wait, NULL);
		pthread_mutex_lock(&p->lock);
		for (int i = 0; i < n; i++) {
			if (events[i].data.ptr == &p->stop) {
				pthread_mutex_unlock(&p->lock);
				return NULL;
			}
			if (events[i].data.ptr == &p->fd)
				from_clients(p);
			else
				from_server(p, events[i].data.ptr);
		}
		pthread_mutex_unlock(&p->lock);
		for (int64_t now = now_us(); p->waits && p->waiting[0]->at_us <= now;) {
			struct datagram *d = pop(p);
			deliver(p, d);
			mem_free(d);
		}
	}
}

/* --- from outside */

static bool open_all(struct media_path *p)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(p->config.port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	struct epoll_event clients = {.events = EPOLLIN, .data.ptr = &p->fd}, stop = {.events = EPOLLIN, .data.ptr = &p->stop};
	socklen_t size = sizeof a;
	int bytes = 4 << 20;
	p->epoll = epoll_create1(EPOLL_CLOEXEC);
	p->stop = eventfd(0, EFD_CLOEXEC);
	p->fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	setsockopt(p->fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
	if (p->epoll < 0 || p->stop < 0 || p->fd < 0 || bind(p->fd, (struct sockaddr *)&a, sizeof a) || getsockname(p->fd, (struct sockaddr *)&a, &size))
		return false;
	p->port = ntohs(a.sin_port);
	return !epoll_ctl(p->epoll, EPOLL_CTL_ADD, p->fd, &clients) && !epoll_ctl(p->epoll, EPOLL_CTL_ADD, p->stop, &stop);
}

static void free_all(struct media_path *p)
{
	for (unsigned i = 0; i < p->count; i++)
		close(p->clients[i].fd);
	while (p->waits)
		mem_free(pop(p));
	close(p->fd);
	close(p->epoll);
	close(p->stop);
	pthread_mutex_destroy(&p->lock);
	mem_free(p);
}

struct media_path *media_path_start(const struct media_path_config *config)
{
	struct media_path *p = mem_alloc(sizeof *p);
	p->config = *config;
	p->ways[0].rules = config->down;
	p->ways[1].rules = config->up;
	pthread_mutex_init(&p->lock, NULL);
	if (!open_all(p) || pthread_create(&p->thread, NULL, run, p) != 0) {
		free_all(p);
		return NULL;
	}
	return p;
}

uint16_t media_path_port(const struct media_path *p) { return p->port; }

void media_path_rules(struct media_path *p, bool up, const struct media_path_rules *rules)
{
	pthread_mutex_lock(&p->lock);
	p->ways[up].rules = *rules;
	p->ways[up].free_us = 0;
	pthread_mutex_unlock(&p->lock);
}

void media_path_counts(struct media_path *p, bool up, struct media_path_counts *out)
{
	pthread_mutex_lock(&p->lock);
	*out = p->ways[up].counts;
	pthread_mutex_unlock(&p->lock);
}

uint64_t media_path_lost_of(struct media_path *p, bool up, uint32_t ssrc)
{
	uint64_t n = 0;
	pthread_mutex_lock(&p->lock);
	for (unsigned i = 0; i < p->ways[up].ssrcs; i++)
		if (p->ways[up].lost[i].ssrc == ssrc)
			n = p->ways[up].lost[i].n;
	pthread_mutex_unlock(&p->lock);
	return n;
}

void media_path_stop(struct media_path **path)
{
	struct media_path *p = *path;
	uint64_t one = 1;
	if (!p)
		return;
	CHECK(write(p->stop, &one, sizeof one) == sizeof one);
	pthread_join(p->thread, NULL);
	free_all(p);
	*path = NULL;
}

/* --- rules as text */

static bool share_of(const char *text, char **end, double *out)
{
	*out = strtod(text, end);
	if (*end == text || **end != '%' || *out < 0 || *out > 100)
		return false;
	*out /= 100;
	(*end)++;
	return true;
}

static bool number_of(const char *text, char **end, double *out)
{
	*out = strtod(text, end);
	if (*end == text || *out < 0 || *out > 1e9)
		return false;
	if (**end == 'k' || **end == 'm')
		*out *= *(*end)++ == 'k' ? 1e3 : 1e6;
	return *out <= 1e12;
}

bool media_path_parse(const char *text, struct media_path_rules *out)
{
	struct media_path_rules r = {0};
	const char *at = text;
	while (*at) {
		const char *value = strchr(at, '=');
		char *end = NULL;
		double x = 0;
		size_t n = value ? (size_t)(value++ - at) : 0;
		bool good = value != NULL;
		if (good && n == 4 && !strncmp(at, "loss", n))
			good = share_of(value, &end, &r.loss);
		else if (good && n == 3 && !strncmp(at, "dup", n))
			good = share_of(value, &end, &r.duplicates);
		else if (good && n == 7 && !strncmp(at, "reorder", n)) {
			good = share_of(value, &end, &r.reorder);
			if (good && *end == ':' && (good = number_of(end + 1, &end, &x)))
				r.reorder_ms = (unsigned)x;
		} else if (good && n == 5 && !strncmp(at, "delay", n) && (good = number_of(value, &end, &x)))
			r.delay_ms = (unsigned)x;
		else if (good && n == 4 && !strncmp(at, "rate", n) && (good = number_of(value, &end, &x)))
			r.rate = (uint64_t)x;
		else if (good && n == 5 && !strncmp(at, "queue", n) && (good = number_of(value, &end, &x)))
			r.queue_ms = (unsigned)x;
		else
			good = false;
		if (!good || (*end && *end != ','))
			return false;
		at = *end ? end + 1 : end;
	}
	*out = r;
	return true;
}
