/* SPDX-License-Identifier: Apache-2.0
 *
 * See media.h.
 */
#include "media/media.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "media/channel.h"
#include "media/control.h"
#include "media/reactor.h"
#include "media/room.h"
#include "media/sandbox.h"
#include "media/tcp.h"
#include "media/transport.h"
#include "media/udp.h"
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#define PACKETS 32768               /* of 1.6 kB: what comes in, and what producers keep for repair */
#define SWEEP_BUSY_US 5000
#define SWEEP_IDLE_US 200000        /* while there is no transport */
#define DROPS_EVERY_US (60 * INT64_C(1000000))

struct media {
	/* owned */
	struct reactor *reactor;
	struct packets *packets;
	struct udp *udp;
	struct tcp *tcp;
	struct transports *transports;
	struct router *router;
	struct channel channel;
	/* state */
	struct watcher udp_watcher, channel_watcher;
	struct wire wire;
	bool channel_out; /* we wait for room in it */
	int code;         /* of the process's end */
	int64_t drops_us;
	uint64_t drops;   /* as last logged */
};

/* --- the wire --- */

static void wire_send(void *user, const struct tuple *to, const uint8_t *p, size_t n, size_t segment)
{
	struct media *m = user;
	if (to->tcp)
		tcp_send(m->tcp, to, p, n, segment);
	else
		udp_send(m->udp, to, p, n, segment);
}

static bool wire_has_room(void *user, const struct tuple *to, size_t n) { return tcp_has_room(((struct media *)user)->tcp, to, n); }

static void wire_drop(void *user, const struct tuple *t) { tcp_drop(((struct media *)user)->tcp, t); }

static void input(void *user, const struct tuple *from, struct packet *p) { transports_input(((struct media *)user)->transports, from, p); }

static void tuple_gone(void *user, const struct tuple *t) { transports_tuple_gone(((struct media *)user)->transports, t); }

static bool tuple_known(void *user, const struct tuple *t) { return transports_know(((struct media *)user)->transports, t); }

static void udp_ready(struct watcher *w, uint32_t events)
{
	struct media *m = (struct media *)((char *)w - offsetof(struct media, udp_watcher));
	(void)events;
	udp_read(m->udp, reactor_now_us(m->reactor));
}

/* --- the channel --- */

static void give_up(struct media *m, int code)
{
	m->code = code;
	reactor_stop(m->reactor);
}

static void watch_channel(struct media *m)
{
	bool out = channel_wants_out(&m->channel);
	if (out == m->channel_out)
		return;
	m->channel_out = out;
	reactor_change(m->reactor, m->channel.fd, &m->channel_watcher, EPOLLIN | (out ? EPOLLOUT : 0));
}

static void say(void *user, struct str json)
{
	struct media *m = user;
	enum err e = channel_send(&m->channel, CHANNEL_JSON, json);
	if (e == ERR_TOO_LARGE)
		LOG(LOG_LEVEL_ERROR, "media.message_too_large", LOG_FI("bytes", json.n));
	else if (e)
		give_up(m, e == ERR_CLOSED ? 0 : 5);
	watch_channel(m);
}

static void hear(void *user, const struct channel_message *message, int descriptor)
{
	struct media *m = user;
	if (message->type == CHANNEL_TCP)
		tcp_take(m->tcp, descriptor);
	else if (message->type == CHANNEL_RECORD)
		room_record(m->router, message->payload, descriptor);
	else
		control_message(m->router, message->payload);
}

static void channel_ready(struct watcher *w, uint32_t events)
{
	struct media *m = (struct media *)((char *)w - offsetof(struct media, channel_watcher));
	enum err e = ERR_OK;
	if (events & EPOLLOUT)
		e = channel_flush(&m->channel);
	if (!e && events & (EPOLLIN | EPOLLHUP | EPOLLERR))
		e = channel_read(&m->channel, hear, m);
	if (e)
		give_up(m, e == ERR_CLOSED ? 0 : 5);
	else
		watch_channel(m);
}

/* --- the turn --- */

static void turn_begins(void *user, int64_t now_us) { transports_now(((struct media *)user)->transports, now_us); }

static bool turn_ends(void *user)
{
	struct media *m = user;
	bool more = transports_flush(m->transports);
	tcp_bury(m->tcp);
	return more;
}

static void count(struct media *m, const struct transports_stats *t, int64_t now_us)
{
	struct udp_stats u;
	struct tcp_stats c;
	udp_stats(m->udp, &u);
	tcp_stats(m->tcp, &c);
	uint64_t drops = u.dropped_in + u.dropped_kernel + u.dropped_out + c.dropped_in + c.dropped_out;
	m->router->wire = (struct router_wire){.drops = drops, .junk = t->junk, .bad = t->bad, .handshakes = t->handshakes, .handshakes_failed = t->handshakes_failed};
	if (now_us - m->drops_us < DROPS_EVERY_US)
		return;
	m->drops_us = now_us;
	if (drops != m->drops)
		LOG(LOG_LEVEL_WARN, "media.drops", LOG_FI("since_last", drops - m->drops), LOG_FI("udp_in", u.dropped_in),
			LOG_FI("udp_in_kernel", u.dropped_kernel), LOG_FI("udp_out", u.dropped_out), LOG_FI("tcp_in", c.dropped_in),
			LOG_FI("tcp_out", c.dropped_out), LOG_FI("junk", t->junk), LOG_FI("bad", t->bad));
	m->drops = drops;
}

static void sweep(void *user, int64_t now_us)
{
	struct media *m = user;
	struct transports_stats t;
	router_turn(m->router, now_us);
	transports_sweep(m->transports, now_us);
	tcp_sweep(m->tcp, now_us);
	tcp_bury(m->tcp);
	transports_stats(m->transports, &t);
	count(m, &t, now_us);
	reactor_set_sweep(m->reactor, t.transports ? SWEEP_BUSY_US : SWEEP_IDLE_US);
}

/* --- the start --- */

static void wrong_arguments(void)
{
	fprintf(stderr, "zvonok media is started by zvonok serve\n");
	_exit(2);
}

static int64_t number(const char *text, int64_t most)
{
	int64_t n = 0;
	if (str_to_i64(str_of(text), &n) != ERR_OK || n < 0 || n > most)
		wrong_arguments();
	return n;
}

static struct transports_config read_arguments(int argc, char **argv, uint16_t *bind_port_out)
{
	if (argc != 4)
		wrong_arguments();
	struct transports_config c = {.tcp_port = (uint16_t)number(argv[1], 65535), .letter = (char)('a' + number(argv[2], MEDIA_PROCESSES_MAX - 1))};
	*bind_port_out = (uint16_t)number(argv[0], 65535);
	struct str rest = str_of(argv[3]);
	for (int i = 0; i < TRANSPORT_ADDRESSES_MAX && rest.n > 0; i++) {
		struct str one = str_cut(&rest, ',');
		if (one.n == 0 || one.n >= sizeof c.addresses[i])
			wrong_arguments();
		memcpy(c.addresses[i], one.p, one.n);
	}
	return c;
}

static void open_sockets(struct media *m, uint16_t port)
{
	struct udp_config u = {.address = "", .port = port, .packets = m->packets, .input = input, .user = m};
	struct tcp_config t = {.reactor = m->reactor, .packets = m->packets, .user = m, .input = input, .gone = tuple_gone, .known = tuple_known};
	if (udp_open(&m->udp, &u) != ERR_OK) {
		LOG(LOG_LEVEL_ERROR, "media.no_port", LOG_FI("udp_port", port), LOG_FZ("error", strerror(errno)));
		_exit(4);
	}
	m->udp_watcher.ready = udp_ready;
	CHECK(reactor_add(m->reactor, udp_fd(m->udp), &m->udp_watcher, EPOLLIN) == ERR_OK);
	m->tcp = tcp_new(&t);
}

static void open_channel(struct media *m)
{
	channel_init(&m->channel, MEDIA_CHANNEL_FD);
	m->channel_watcher.ready = channel_ready;
	if (reactor_add(m->reactor, MEDIA_CHANNEL_FD, &m->channel_watcher, EPOLLIN) != ERR_OK)
		wrong_arguments();
}

void media_main(int argc, char **argv)
{
	uint16_t bind_port;
	struct transports_config config = read_arguments(argc, argv, &bind_port);
	signal(SIGPIPE, SIG_IGN);
	json_object_seed((size_t)random_u64() | 1); /* it would read a file for that */
	struct media *m = mem_alloc(sizeof *m);
	m->reactor = reactor_new();
	m->packets = packets_new(PACKETS);
	open_channel(m);
	open_sockets(m, bind_port);
	m->wire = (struct wire){.user = m, .send = wire_send, .has_room = wire_has_room, .drop = wire_drop};
	config.wire = &m->wire;
	config.packets = m->packets;
	config.udp_port = udp_port(m->udp);
	CHECK(transports_new(&m->transports, &config) == ERR_OK);
	transports_now(m->transports, reactor_now_us(m->reactor));
	m->router = router_new(m->transports, m->packets, &(struct outbox){.user = m, .send = say});
	struct udp_stats u;
	udp_stats(m->udp, &u);
	LOG(LOG_LEVEL_INFO, "media.open", LOG_FI("udp_port", config.udp_port), LOG_FI("tcp_port", config.tcp_port), LOG_FZ("addresses", argv[3]),
		LOG_FI("receive_buffer", u.receive_buffer));
	if (!media_sandbox_limit() || !media_sandbox_enter()) {
		LOG(LOG_LEVEL_ERROR, "media.no_walls", LOG_FZ("error", strerror(errno)));
		_exit(3);
	}
	control_ready(m->router, config.udp_port);
	struct reactor_hooks hooks = {.user = m, .begin = turn_begins, .end = turn_ends, .sweep = sweep};
	reactor_run(m->reactor, &hooks);
	/* at once: an orderly end would need what is behind the walls (a sanitizer's look for leaks) */
	_exit(m->code);
}
