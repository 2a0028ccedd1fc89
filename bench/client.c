/* SPDX-License-Identifier: Apache-2.0 */
#include "client.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define READ_MAX (256 * 1024)
#define CONNECTING_MAX 128 /* handshakes under way: a listen backlog must not overflow */

static unsigned char read_buf[READ_MAX];

static void die(const char *what)
{
	fprintf(stderr, "load client: %s: %s\n", what, strerror(errno));
	exit(1);
}

int64_t now_ns(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static void write_all(struct wsc *w, const unsigned char *p, size_t n)
{
	while (n) {
		ssize_t k = w->ssl ? SSL_write(w->ssl, p, (int)n) : send(w->fd, p, n, MSG_NOSIGNAL);
		if (k > 0) {
			p += k;
			n -= (size_t)k;
			continue;
		}
		if (w->ssl && SSL_get_error(w->ssl, (int)k) != SSL_ERROR_WANT_WRITE && SSL_get_error(w->ssl, (int)k) != SSL_ERROR_WANT_READ)
			die("SSL_write");
		if (!w->ssl && errno != EAGAIN)
			die("send");
		struct pollfd f = {w->fd, POLLOUT, 0};
		poll(&f, 1, 1000);
	}
}

void client_send(struct ws_client *c, struct wsc *w, int opcode, const void *p, size_t n)
{
	(void)c;
	static unsigned char out[128 * 1024];
	size_t at = 0;
	out[at++] = (unsigned char)(0x80 | opcode);
	if (n < 126) {
		out[at++] = (unsigned char)(0x80 | n);
	} else {
		out[at++] = 0x80 | 126;
		out[at++] = (unsigned char)(n >> 8);
		out[at++] = (unsigned char)n;
	}
	memset(out + at, 0, 4); /* a mask of zeros is a mask */
	at += 4;
	memcpy(out + at, p, n);
	write_all(w, out, at + n);
}

static void on_text(struct ws_client *c, struct wsc *w, const unsigned char *p, size_t n, size_t wire)
{
	if (c->count_all || (n > 9 && !memcmp(p, "{\"stream\"", 9))) {
		c->frame_bytes = wire;
		c->events++;
		if (c->on_event)
			c->on_event(c, w, w->events);
		w->events++;
		return;
	}
	if (n > 6 && !memcmp(p, "{\"id\":", 6)) {
		uint64_t id = strtoull((const char *)p + 6, NULL, 10);
		const unsigned char *comma = memchr(p, ',', n);
		bool ok = comma && n - (size_t)(comma - p) > 9 && !memcmp(comma, ",\"result\"", 9);
		c->answers++;
		if (!ok && c->errors++ == 0)
			fprintf(stderr, "load client: %.*s\n", (int)n, (const char *)p);
		if (c->on_answer)
			c->on_answer(c, w, id, ok);
		return;
	}
	if (n > 11 && !memcmp(p, "{\"welcome\":", 11) && !w->open) {
		w->open = true;
		c->open_count++;
	}
}

/* Uses whole frames of p; returns how many bytes. */
static size_t frames(struct ws_client *c, struct wsc *w, unsigned char *p, size_t n)
{
	size_t used = 0;
	while (n - used >= 2) {
		unsigned char *f = p + used;
		uint64_t len = f[1] & 127;
		size_t head = 2;
		if (len == 126) {
			if (n - used < 4)
				break;
			len = (uint64_t)f[2] << 8 | f[3];
			head = 4;
		} else if (len == 127) {
			if (n - used < 10)
				break;
			len = 0;
			for (int i = 2; i < 10; i++)
				len = len << 8 | f[i];
			head = 10;
		}
		if (n - used < head + len)
			break;
		int op = f[0] & 15;
		if (op == 1)
			on_text(c, w, f + head, (size_t)len, head + (size_t)len);
		else if (op == 10)
			c->pongs++;
		else if (op == 9)
			client_send(c, w, 10, f + head, (size_t)len);
		else if (op == 8) {
			fprintf(stderr, "load client: closed by the server, code %d\n", len >= 2 ? f[head] << 8 | f[head + 1] : 0);
			exit(1);
		}
		used += head + (size_t)len;
	}
	return used;
}

static void keep_rest(struct wsc *w, const unsigned char *p, size_t n)
{
	if (n > w->rest_cap) {
		w->rest_cap = n < 4096 ? 4096 : n * 2;
		w->rest = realloc(w->rest, w->rest_cap);
		if (!w->rest)
			die("memory");
	}
	memmove(w->rest, p, n);
	w->rest_n = n;
}

static void on_bytes(struct ws_client *c, struct wsc *w, size_t got)
{
	unsigned char *p = read_buf;
	size_t n = got;
	if (w->rest_n) {
		if (w->rest_n + n > w->rest_cap) {
			w->rest_cap = (w->rest_n + n) * 2;
			w->rest = realloc(w->rest, w->rest_cap);
			if (!w->rest)
				die("memory");
		}
		memcpy(w->rest + w->rest_n, read_buf, n);
		p = w->rest;
		n += w->rest_n;
	}
	size_t used = frames(c, w, p, n);
	keep_rest(w, p + used, n - used);
	if (!w->rest_n && w->rest) {
		free(w->rest);
		w->rest = NULL;
		w->rest_cap = 0;
	}
}

static void read_conn(struct ws_client *c, struct wsc *w)
{
	for (;;) {
		ssize_t n = w->ssl ? SSL_read(w->ssl, read_buf, READ_MAX) : recv(w->fd, read_buf, READ_MAX, 0);
		if (n <= 0) {
			if (w->ssl ? SSL_get_error(w->ssl, (int)n) == SSL_ERROR_WANT_READ : n < 0 && errno == EAGAIN)
				return;
			fprintf(stderr, "load client: connection %u lost\n", w->index);
			exit(1);
		}
		on_bytes(c, w, (size_t)n);
		if (!w->ssl && n < READ_MAX)
			return;
	}
}

void client_turn(struct ws_client *c, int timeout_ms)
{
	struct epoll_event ev[512];
	int n = epoll_wait(c->epoll, ev, 512, timeout_ms);
	for (int i = 0; i < n; i++)
		read_conn(c, ev[i].data.ptr);
}

static int wait_bytes(struct wsc *w, unsigned char *p, size_t cap)
{
	struct pollfd f = {w->fd, POLLIN, 0};
	for (;;) {
		int n = w->ssl ? SSL_read(w->ssl, p, (int)cap) : (int)recv(w->fd, p, cap, 0);
		if (n > 0)
			return n;
		if (w->ssl ? SSL_get_error(w->ssl, n) != SSL_ERROR_WANT_READ : n == 0 || errno != EAGAIN)
			die("handshake");
		if (poll(&f, 1, 30000) <= 0)
			die("handshake timed out");
	}
}

static void handshake(struct ws_client *c, struct wsc *w)
{
	/* one byte at a time would be slow; the server says nothing before its welcome, and what follows the head is kept */
	size_t n = 0;
	static unsigned char in[16384];
	unsigned char *end;
	do {
		if (n == sizeof in - 1)
			die("endless answer");
		n += (size_t)wait_bytes(w, in + n, sizeof in - 1 - n);
		in[n] = 0;
		end = (unsigned char *)strstr((char *)in, "\r\n\r\n");
	} while (!end);
	if (memcmp(in, "HTTP/1.1 101", 12)) {
		fprintf(stderr, "load client: no upgrade: %s\n", in);
		exit(1);
	}
	if (!c->wait_welcome) {
		w->open = true;
		c->open_count++;
	}
	size_t used = (size_t)(end + 4 - in);
	memcpy(read_buf, in + used, n - used);
	if (n > used)
		on_bytes(c, w, n - used);
	struct epoll_event ev = {.events = EPOLLIN, .data.ptr = w};
	if (epoll_ctl(c->epoll, EPOLL_CTL_ADD, w->fd, &ev))
		die("epoll_ctl");
}

static void open_socket(struct ws_client *c, struct wsc *w, const struct sockaddr_in *where)
{
	/* a source address of its own for each 20,000: ports run out before connections do */
	struct sockaddr_in from = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(0x7f000002 + w->index / 20000)};
	w->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int one = 1;
	setsockopt(w->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	setsockopt(w->fd, IPPROTO_IP, 24 /* IP_BIND_ADDRESS_NO_PORT */, &one, sizeof one);
	if (bind(w->fd, (const struct sockaddr *)&from, sizeof from) || connect(w->fd, (const struct sockaddr *)where, sizeof *where))
		die("connect");
	if (c->tls) {
		w->ssl = SSL_new(c->tls);
		SSL_set_fd(w->ssl, w->fd);
		if (SSL_connect(w->ssl) != 1)
			die("SSL_connect");
	}
	fcntl(w->fd, F_SETFL, O_NONBLOCK);
}

void client_open(struct ws_client *c, unsigned count, bool tls)
{
	c->epoll = epoll_create1(EPOLL_CLOEXEC);
	c->conns = calloc(count, sizeof *c->conns);
	c->count = count;
	if (!tls)
		return;
	c->tls = SSL_CTX_new(TLS_client_method());
	SSL_CTX_set_verify(c->tls, SSL_VERIFY_NONE, NULL);
	SSL_CTX_set_mode(c->tls, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	SSL_CTX_set_session_cache_mode(c->tls, SSL_SESS_CACHE_OFF);
}

static void connect_burst(struct ws_client *c, int port, unsigned from, unsigned to, char **tokens, const char *cookie)
{
	struct sockaddr_in where = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	for (unsigned i = from; i < to; i++) {
		struct wsc *w = &c->conns[i];
		char head[1024];
		w->index = i;
		open_socket(c, w, &where);
		int n = snprintf(head, sizeof head,
			"GET /api/v1/socket HTTP/1.1\r\nHost: localhost:%d\r\nOrigin: http%s://localhost:%d\r\nUpgrade: websocket\r\n"
			"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n%s%s%s%s%s\r\n",
			port, c->tls ? "s" : "", port, tokens ? "Cookie: " : "", tokens ? cookie : "", tokens ? "=" : "", tokens ? tokens[i] : "",
			tokens ? "\r\n" : "");
		write_all(w, (unsigned char *)head, (size_t)n);
	}
	for (unsigned i = from; i < to; i++)
		handshake(c, &c->conns[i]);
	int64_t until = now_ns() + 30000000000;
	while (c->open_count < to && now_ns() < until)
		client_turn(c, 100);
	if (c->open_count < to) {
		fprintf(stderr, "load client: only %u of %u sockets were welcomed\n", c->open_count, to);
		exit(1);
	}
}

void client_connect(struct ws_client *c, int port, unsigned from, unsigned to, char **tokens, const char *cookie)
{
	while (from < to) {
		unsigned next = to - from > CONNECTING_MAX ? from + CONNECTING_MAX : to;
		connect_burst(c, port, from, next, tokens, cookie);
		from = next;
	}
}
