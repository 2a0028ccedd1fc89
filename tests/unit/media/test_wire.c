/* SPDX-License-Identifier: Apache-2.0
 *
 * What touches the kernel and the tables beside it: UDP with and without GSO, ICE-TCP with its queue, the channel with its descriptors, the table of paths.
 */
#include "base/clock.h"
#include "base/mem.h"
#include "media/channel.h"
#include "media/reactor.h"
#include "media/tcp.h"
#include "media/tuple_table.h"
#include "media/udp.h"
#include "media/wire.h"
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

/* --- UDP --- */

struct got { struct packets *packets; unsigned n; size_t bytes; struct tuple from; uint8_t last[PACKET_MAX]; int64_t received_us; unsigned gone; bool known; };

static void on_input(void *user, const struct tuple *from, struct packet *p)
{
	struct got *g = user;
	g->n++;
	g->bytes += p->n;
	g->from = *from;
	g->received_us = p->received_us;
	memcpy(g->last, p->data, p->n);
	packet_unref(g->packets, p);
}

static int client_of(uint16_t port, int type, int family)
{
	struct sockaddr_in6 six = {.sin6_family = AF_INET6, .sin6_port = htons(port), .sin6_addr = IN6ADDR_LOOPBACK_INIT};
	struct sockaddr_in four = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(family, type | SOCK_CLOEXEC, 0);
	int failed = family == AF_INET ? connect(fd, (struct sockaddr *)&four, sizeof four) : connect(fd, (struct sockaddr *)&six, sizeof six);
	assert_int_equal(failed, 0);
	return fd;
}

static void udp_both_ways(bool no_gso, const char *address, int family)
{
	struct got g = {.packets = packets_new(256)};
	struct udp *u = NULL;
	struct udp_config c = {.address = address, .packets = g.packets, .input = on_input, .user = &g, .no_gso = no_gso};
	assert_int_equal(udp_open(&u, &c), ERR_OK);
	int fd = client_of(udp_port(u), SOCK_DGRAM, family);
	uint8_t out[40 * 1000], in[2048];
	for (int i = 0; i < 100; i++) {
		out[0] = (uint8_t)i;
		assert_int_equal(send(fd, out, 100, 0), 100);
	}
	int64_t now = clock_mono_ns() / 1000;
	udp_read(u, now);
	assert_int_equal(g.n, 64);
	udp_read(u, now);
	assert_int_equal(g.n, 100);
	assert_int_equal(g.last[0], 99);
	assert_true(now - g.received_us >= 0 && now - g.received_us < 1000000);
	assert_int_equal(g.from.tcp, 0);
	assert_int_equal(g.from.remote[15], 1);
	assert_int_equal(g.from.local[15], 1);
	/* too long a datagram is nobody's */
	assert_int_equal(send(fd, out, PACKET_MAX + 1, 0), PACKET_MAX + 1);
	udp_read(u, now);
	assert_int_equal(g.n, 100);
	/* a run and its shorter end; then one alone */
	for (size_t i = 0; i < 20; i++)
		memset(out + i * 1000, (int)i, 1000);
	udp_send(u, &g.from, out, 19 * 1000 + 300, 1000);
	for (size_t i = 0; i < 20; i++) {
		assert_int_equal(recv(fd, in, sizeof in, 0), i == 19 ? 300 : 1000);
		assert_int_equal(in[0], i);
		assert_int_equal(in[299], i);
	}
	udp_send(u, &g.from, out, 10, 10);
	assert_int_equal(recv(fd, in, sizeof in, 0), 10);
	struct udp_stats s;
	udp_stats(u, &s);
	assert_int_equal(s.datagrams_out, 21);
	assert_int_equal(s.datagrams_in, 101);
	assert_int_equal(s.dropped_in, 1);
	assert_int_equal(s.dropped_out, 0);
	if (no_gso)
		assert_int_equal(s.gso_sends, 0);
	else
		assert_int_equal(s.gso_sends + s.gso_refused, 1);
	/* segments beyond the path's MTU are refused as a run and go one by one or not at all, but nobody dies */
	close(fd);
	udp_send(u, &g.from, out, 3000, 1000);
	udp_close(&u);
	assert_int_equal(packets_left(g.packets), 256);
	packets_free(&g.packets);
}

static void udp_with_gso(void **state)
{
	(void)state;
	udp_both_ways(false, "", AF_INET);
}

static void udp_without_gso(void **state)
{
	(void)state;
	udp_both_ways(true, "", AF_INET);
}

static void udp_of_ipv4_alone(void **state)
{
	(void)state;
	udp_both_ways(false, "127.0.0.1", AF_INET);
}

static void udp_over_ipv6(void **state)
{
	(void)state;
	int fd = socket(AF_INET6, SOCK_DGRAM, 0);
	struct sockaddr_in6 six = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
	bool there = fd >= 0 && bind(fd, (struct sockaddr *)&six, sizeof six) == 0;
	close(fd);
	if (!there)
		skip(); /* this machine has no IPv6 */
	udp_both_ways(false, "", AF_INET6);
}

static void udp_without_packets(void **state)
{
	(void)state;
	struct got g = {.packets = packets_new(4)};
	struct udp *u = NULL;
	struct udp_config c = {.address = "", .packets = g.packets, .input = on_input, .user = &g};
	assert_int_equal(udp_open(&u, &c), ERR_OK);
	int fd = client_of(udp_port(u), SOCK_DGRAM, AF_INET);
	struct packet *held[4];
	for (int i = 0; i < 4; i++)
		held[i] = packet_take(g.packets);
	for (int i = 0; i < 10; i++)
		assert_int_equal(send(fd, "x", 1, 0), 1);
	udp_read(u, clock_mono_ns() / 1000);
	struct udp_stats s;
	udp_stats(u, &s);
	assert_int_equal(s.dropped_in, 10);
	assert_int_equal(g.n, 0);
	for (int i = 0; i < 4; i++)
		packet_unref(g.packets, held[i]);
	for (int i = 0; i < 10; i++)
		assert_int_equal(send(fd, "x", 1, 0), 1);
	for (int i = 0; i < 3; i++)
		udp_read(u, clock_mono_ns() / 1000);
	assert_int_equal(g.n, 10);
	close(fd);
	udp_close(&u);
	packets_free(&g.packets);
}

/* --- TCP --- */

struct tcp_world { struct got got; struct reactor *r; struct tcp *t; int listener; uint16_t port; };

static void on_gone(void *user, const struct tuple *t)
{
	((struct got *)user)->gone++;
	assert_true(t->tcp > 0);
}

static bool on_known(void *user, const struct tuple *t)
{
	(void)t;
	return ((struct got *)user)->known;
}

static void nothing_begins(void *user, int64_t now_us) { (void)user, (void)now_us; }
static bool tcp_ends(void *user)
{
	tcp_bury(((struct tcp_world *)user)->t);
	return false;
}
static void tcp_world_open(struct tcp_world *w)
{
	*w = (struct tcp_world){.got.packets = packets_new(64)};
	w->r = reactor_new();
	struct tcp_config c = {.reactor = w->r, .packets = w->got.packets, .user = &w->got, .input = on_input, .gone = on_gone, .known = on_known};
	w->t = tcp_new(&c);
	struct sockaddr_in four = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t n = sizeof four;
	w->listener = socket(AF_INET, SOCK_STREAM, 0);
	assert_int_equal(bind(w->listener, (struct sockaddr *)&four, n), 0);
	assert_int_equal(listen(w->listener, 8), 0);
	assert_int_equal(getsockname(w->listener, (struct sockaddr *)&four, &n), 0);
	w->port = ntohs(four.sin_port);
}

static int tcp_client(struct tcp_world *w)
{
	int fd = client_of(w->port, SOCK_STREAM, AF_INET);
	int theirs = accept4(w->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	assert_true(theirs >= 0);
	tcp_take(w->t, theirs);
	return fd;
}

static void turn(struct tcp_world *w)
{
	struct reactor_hooks h = {.user = w, .begin = nothing_begins, .end = tcp_ends, .sweep = nothing_begins};
	for (int i = 0; i < 3; i++)
		reactor_turn(w->r, &h, 10);
}

static void tcp_world_close(struct tcp_world *w)
{
	tcp_free(&w->t);
	reactor_free(&w->r);
	close(w->listener);
	assert_int_equal(packets_left(w->got.packets), 64);
	packets_free(&w->got.packets);
}

static void tcp_frames(void **state)
{
	(void)state;
	struct tcp_world w;
	tcp_world_open(&w);
	int fd = tcp_client(&w);
	/* two frames, the second in pieces, an empty one between */
	assert_int_equal(send(fd, "\0\3abc\0\0\0", 8, 0), 8);
	turn(&w);
	assert_int_equal(w.got.n, 1);
	assert_int_equal(send(fd, "\4def", 4, 0), 4);
	turn(&w);
	assert_int_equal(w.got.n, 1);
	assert_int_equal(send(fd, "g", 1, 0), 1);
	turn(&w);
	assert_int_equal(w.got.n, 2);
	assert_memory_equal(w.got.last, "defg", 4);
	assert_true(w.got.from.tcp > 0);
	uint8_t in[64];
	tcp_send(w.t, &w.got.from, (const uint8_t *)"hello, you", 10, 4);
	assert_int_equal(recv(fd, in, sizeof in, 0), 16);
	assert_memory_equal(in, "\0\4hell\0\4o, y\0\2ou", 16);
	/* a frame of 0xffff bytes: closed */
	assert_int_equal(send(fd, "\xff\xff", 2, 0), 2);
	turn(&w);
	assert_int_equal(recv(fd, in, sizeof in, 0), 0);
	assert_int_equal(w.got.gone, 1);
	tcp_send(w.t, &w.got.from, in, 4, 4); /* to one that is no more: nothing */
	assert_false(tcp_has_room(w.t, &w.got.from, 1));
	close(fd);
	/* the place is used again under another number */
	struct tuple old = w.got.from;
	for (int i = 0; i < 3; i++) {
		fd = tcp_client(&w);
		assert_int_equal(send(fd, "\0\1x", 3, 0), 3);
		turn(&w);
		assert_int_not_equal(w.got.from.tcp, old.tcp);
		close(fd);
		turn(&w);
	}
	assert_int_equal(w.got.gone, 4);
	tcp_world_close(&w);
}

static void tcp_queue_has_an_end(void **state)
{
	(void)state;
	struct tcp_world w;
	tcp_world_open(&w);
	int fd = tcp_client(&w);
	assert_int_equal(send(fd, "\0\1x", 3, 0), 3);
	turn(&w);
	uint8_t frame[1200];
	struct tcp_stats s;
	unsigned sent = 0;
	memset(frame, 7, sizeof frame);
	while (tcp_has_room(w.t, &w.got.from, sizeof frame) && sent < 100000) {
		set_u32(frame, sent++);
		tcp_send(w.t, &w.got.from, frame, sizeof frame, sizeof frame);
	}
	assert_true(sent < 100000);
	for (int i = 0; i < 100; i++) /* beyond it: dropped whole */
		tcp_send(w.t, &w.got.from, frame, sizeof frame, sizeof frame);
	tcp_stats(w.t, &s);
	assert_true(s.dropped_out > 50);
	assert_int_equal(s.open, 1);
	/* the peer reads: what comes is whole frames in order */
	unsigned frames = 0;
	size_t have = 0;
	static uint8_t in[1 << 20];
	fcntl(fd, F_SETFL, O_NONBLOCK);
	for (int idle = 0; idle < 20;) {
		ssize_t n = recv(fd, in + have, sizeof in - have, 0);
		if (n <= 0) {
			idle++;
			turn(&w);
			continue;
		}
		idle = 0;
		have += (size_t)n;
		size_t at = 0;
		for (; have - at >= 1202; at += 1202, frames++) {
			assert_int_equal(get_u16(in + at), 1200);
			if (frames < sent)
				assert_int_equal(get_u32(in + at + 2), frames);
		}
		memmove(in, in + at, have - at);
		have -= at;
	}
	assert_int_equal(have, 0);
	assert_int_equal(frames, s.frames_out);
	assert_true(tcp_has_room(w.t, &w.got.from, 200000));
	tcp_drop(w.t, &w.got.from);
	turn(&w);
	assert_int_equal(w.got.gone, 0);
	assert_int_equal(recv(fd, in, sizeof in, 0), 0);
	close(fd);
	tcp_world_close(&w);
}

static void tcp_of_nobody_is_closed(void **state)
{
	(void)state;
	struct tcp_world w;
	tcp_world_open(&w);
	int fd = tcp_client(&w), other = tcp_client(&w);
	uint8_t in[8];
	w.got.known = true;
	tcp_sweep(w.t, reactor_now_us(w.r) + TCP_OPENING_US + 1);
	w.got.known = false;
	tcp_sweep(w.t, reactor_now_us(w.r) + TCP_OPENING_US - 1);
	struct tcp_stats s;
	tcp_stats(w.t, &s);
	assert_int_equal(s.open, 2);
	tcp_sweep(w.t, reactor_now_us(w.r) + 2 * TCP_OPENING_US);
	tcp_stats(w.t, &s);
	assert_int_equal(s.open, 0);
	assert_int_equal(s.unknown, 2);
	assert_int_equal(recv(fd, in, sizeof in, 0), 0);
	close(fd);
	close(other);
	tcp_world_close(&w);
}

/* --- the channel --- */

struct heard { unsigned json, tcp; size_t bytes; int descriptor; char last[64]; };

static void on_message(void *user, const struct channel_message *m, int descriptor)
{
	struct heard *h = user;
	h->json += m->type == CHANNEL_JSON;
	h->tcp += m->type == CHANNEL_TCP;
	h->bytes += m->payload.n;
	assert_true((m->type == CHANNEL_TCP) == (descriptor >= 0));
	if (descriptor >= 0) {
		if (h->descriptor > 0)
			close(h->descriptor);
		h->descriptor = descriptor;
	}
	size_t n = m->payload.n < sizeof h->last - 1 ? m->payload.n : sizeof h->last - 1;
	memcpy(h->last, m->payload.p, n);
	h->last[n] = 0;
}

static void channel_messages_and_descriptors(void **state)
{
	(void)state;
	struct channel a, b;
	struct heard h = {0};
	int ends[2], pipes[2];
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends), 0);
	assert_int_equal(pipe(pipes), 0);
	channel_init(&a, ends[0]);
	channel_init(&b, ends[1]);
	assert_int_equal(channel_send(&a, CHANNEL_JSON, STR("{\"m\":1}")), ERR_OK);
	assert_int_equal(channel_send_fd(&a, CHANNEL_TCP, STR("127.0.0.1"), pipes[1]), ERR_OK);
	assert_int_equal(channel_send(&a, CHANNEL_JSON, STR("")), ERR_OK);
	assert_int_equal(channel_send_fd(&a, CHANNEL_TCP, STR("::1"), pipes[1]), ERR_OK);
	assert_int_equal(channel_read(&b, on_message, &h), ERR_OK);
	assert_int_equal(h.json, 2);
	assert_int_equal(h.tcp, 2);
	assert_string_equal(h.last, "::1");
	assert_int_equal(write(h.descriptor, "!", 1), 1); /* it is the pipe */
	char c;
	assert_int_equal(read(pipes[0], &c, 1), 1);
	/* the largest, and more than the socket takes at once: nothing is lost, nothing blocks */
	static char big[CHANNEL_MESSAGE_MAX + 1];
	assert_int_equal(channel_send(&a, CHANNEL_JSON, str_n(big, sizeof big)), ERR_TOO_LARGE);
	h.bytes = 0;
	h.json = 0;
	enum { MANY = CHANNEL_QUEUE_MAX / CHANNEL_MESSAGE_MAX / 2 };
	for (int i = 0; i < MANY; i++)
		assert_int_equal(channel_send(&a, CHANNEL_JSON, str_n(big, CHANNEL_MESSAGE_MAX)), ERR_OK);
	assert_true(channel_wants_out(&a));
	assert_int_equal(channel_send_fd(&a, CHANNEL_TCP, STR("x"), pipes[1]), ERR_BUSY);
	for (int i = 0; i < 1000 && h.json < MANY; i++) {
		assert_int_equal(channel_read(&b, on_message, &h), ERR_OK);
		assert_int_equal(channel_flush(&a), ERR_OK);
	}
	assert_int_equal(h.json, MANY);
	assert_int_equal(h.bytes, MANY * CHANNEL_MESSAGE_MAX);
	/* the other side takes nothing any more: there is an end */
	enum err e = ERR_OK;
	for (int i = 0; i < 1000 && !e; i++)
		e = channel_send(&a, CHANNEL_JSON, str_n(big, CHANNEL_MESSAGE_MAX));
	assert_int_equal(e, ERR_BUSY);
	close(ends[1]);
	assert_int_equal(channel_flush(&a), ERR_CLOSED);
	close(ends[0]);
	channel_release(&a);
	channel_release(&b);
	close(h.descriptor);
	close(pipes[0]);
	close(pipes[1]);
}

static void channel_nonsense(void **state)
{
	(void)state;
	char beyond[5] = {0}, limit[5] = {0};
	set_u32((uint8_t *)beyond, CHANNEL_MESSAGE_MAX + 1);
	set_u32((uint8_t *)limit, CHANNEL_MESSAGE_MAX);
	const struct { const char *p; size_t n; enum err want; } bad[] = {
		{"\0\0\0\0\3", 5, ERR_MALFORMED},           /* no such type */
		{"\0\0\0\1\1x", 6, ERR_MALFORMED},          /* a connection without a descriptor */
		{beyond, 5, ERR_TOO_LARGE},                 /* one byte beyond the limit */
		{"\xff\xff\xff\xff\0", 5, ERR_TOO_LARGE},
		{limit, 5, ERR_OK},                         /* the limit itself, not whole yet */
		{"\0\0\0", 3, ERR_OK},
	};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct channel b;
		struct heard h = {0};
		int ends[2];
		assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends), 0);
		channel_init(&b, ends[1]);
		assert_int_equal(send(ends[0], bad[i].p, bad[i].n, 0), bad[i].n);
		assert_int_equal(channel_read(&b, on_message, &h), bad[i].want);
		assert_int_equal(h.json + h.tcp, 0);
		close(ends[0]);
		if (!bad[i].want)
			assert_int_equal(channel_read(&b, on_message, &h), ERR_CLOSED);
		close(ends[1]);
		channel_release(&b);
	}
}

/* --- the table of paths --- */

static void table_like_a_list(void **state)
{
	(void)state;
	enum { MOST = 64, KEYS = 200 };
	struct tuple_table *t = tuple_table_new(MOST);
	static int values[KEYS];
	bool in[KEYS] = {0};
	size_t count = 0;
	srand(1);
	for (int round = 0; round < 200000; round++) {
		int k = rand() % KEYS;
		struct tuple key = {.port = (uint16_t)k, .tcp = (uint32_t)(k % 3)};
		key.remote[15] = (uint8_t)(k / 7);
		if (rand() % 2) {
			enum err want = in[k] || count < MOST ? ERR_OK : ERR_BUSY;
			assert_int_equal(tuple_table_put(t, &key, &values[k]), want);
			if (!want && !in[k]) {
				in[k] = true;
				count++;
			}
		} else {
			tuple_table_remove(t, &key);
			count -= in[k];
			in[k] = false;
		}
		assert_int_equal(tuple_table_count(t), count);
		int look = rand() % KEYS;
		struct tuple other = {.port = (uint16_t)look, .tcp = (uint32_t)(look % 3)};
		other.remote[15] = (uint8_t)(look / 7);
		assert_ptr_equal(tuple_table_find(t, &other), in[look] ? &values[look] : NULL);
	}
	tuple_table_free(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(udp_with_gso),
		cmocka_unit_test(udp_without_gso),
		cmocka_unit_test(udp_of_ipv4_alone),
		cmocka_unit_test(udp_over_ipv6),
		cmocka_unit_test(udp_without_packets),
		cmocka_unit_test(tcp_frames),
		cmocka_unit_test(tcp_queue_has_an_end),
		cmocka_unit_test(tcp_of_nobody_is_closed),
		cmocka_unit_test(channel_messages_and_descriptors),
		cmocka_unit_test(channel_nonsense),
		cmocka_unit_test(table_like_a_list),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
