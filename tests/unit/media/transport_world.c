/* SPDX-License-Identifier: Apache-2.0
 *
 * See transport_world.h.
 */
#include "transport_world.h"

#include "base/mem.h"
#include "base/vec.h"
#include "media/wire.h"
#include <stdio.h>

struct under_way { struct tuple path; bool to_server; size_t n; uint8_t p[2048]; };
static struct { struct under_way *p; size_t n, cap; } road;

static void put(const struct tuple *path, bool to_server, const uint8_t *p, size_t n)
{
	struct under_way u = {.path = *path, .to_server = to_server, .n = n};
	CHECK(n <= sizeof u.p);
	memcpy(u.p, p, n);
	VEC_PUSH(&road, u);
}

/* --- the server's side --- */

static void wire_send(void *user, const struct tuple *to, const uint8_t *p, size_t n, size_t segment)
{
	struct world *w = user;
	unsigned count = 0;
	CHECK(n > 0 && segment > 0 && segment <= n);
	w->sends++;
	for (size_t at = 0; at < n; at += segment, count++) {
		w->datagrams++;
		if (w->lose > 0)
			w->lose--;
		else if (w->lose_dtls > 0 && p[at] >= 20 && p[at] < 64)
			w->lose_dtls--;
		else
			put(to, false, p + at, n - at < segment ? n - at : segment);
	}
	CHECK(count <= WIRE_SEGMENTS_MAX);
	w->largest_run = count > w->largest_run ? count : w->largest_run;
	w->last_segment = segment;
	w->last_n = n;
}

static bool wire_has_room(void *user, const struct tuple *to, size_t n)
{
	CHECK(to->tcp && n > 0);
	return !((struct world *)user)->full;
}

static void wire_drop(void *user, const struct tuple *t)
{
	CHECK(t->tcp);
	((struct world *)user)->drops++;
}

static void on_rtp(void *user, struct packet *p)
{
	struct peer *peer = user;
	peer->rtp_in++;
	memcpy(peer->last, p->data, p->n);
	peer->last_n = p->n;
	if (peer->free_in_rtp)
		transport_free(&peer->t);
}

static void on_rtcp(void *user, const uint8_t *p, size_t n, int64_t now_us)
{
	struct peer *peer = user;
	CHECK(n >= 8 && p && now_us == peer->world->now_us);
	peer->rtcp_in++;
}

static void on_connected(void *user) { ((struct peer *)user)->connected++; }

static void on_closed(void *user, const char *why)
{
	struct peer *peer = user;
	peer->closed++;
	snprintf(peer->why, sizeof peer->why, "%s", why);
	if (peer->free_in_closed)
		transport_free(&peer->t);
}

static const struct transport_listener listener = {on_rtp, on_rtcp, on_connected, on_closed};

/* --- the browsers' side --- */

static void client_send(void *user, const uint8_t *p, size_t n) { put(&((struct peer *)user)->path, true, p, n); }

static void client_rtp(void *user, uint8_t *p, size_t n)
{
	struct peer *peer = user;
	peer->client_rtp++;
	memcpy(peer->client_last, p, n);
	peer->client_last_n = n;
}

static void client_rtcp(void *user, uint8_t *p, size_t n)
{
	CHECK(n >= 8 && p);
	((struct peer *)user)->client_rtcp++;
}

/* --- the world --- */

struct world *world_new(const char *profiles)
{
	struct world *w = mem_alloc(sizeof *w);
	w->packets = packets_new(512);
	w->context = media_client_context_new(profiles);
	w->wire = (struct wire){.user = w, .send = wire_send, .has_room = wire_has_room, .drop = wire_drop};
	w->now_us = 1000000;
	struct transports_config c = {.wire = &w->wire, .packets = w->packets, .letter = 'a', .udp_port = 10000, .tcp_port = 443, .addresses = {"192.0.2.1", "2001:db8::1"}};
	CHECK(transports_new(&w->all, &c) == ERR_OK);
	transports_now(w->all, w->now_us);
	return w;
}

void world_free(struct world **world)
{
	struct world *w = *world;
	for (unsigned i = 0; i < w->count; i++) {
		transport_free(&w->peers[i].t);
		media_client_free(&w->peers[i].client);
	}
	transports_flush(w->all);
	transports_free(&w->all);
	CHECK(packets_left(w->packets) == 512); /* every reference came back */
	packets_free(&w->packets);
	media_client_context_free(&w->context);
	VEC_RELEASE(&road);
	mem_free(w);
	*world = NULL;
}

struct tuple world_path(unsigned n)
{
	struct tuple t = {.port = (uint16_t)(40000 + n)};
	memcpy(t.local, (uint8_t[16]){0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 192, 0, 2, 1}, 16);
	memcpy(t.remote, (uint8_t[16]){0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 198, 51, 100, 7}, 16);
	return t;
}

void world_path_of_client(struct peer *p, unsigned n) { p->path = world_path(n); }

struct peer *world_peer(struct world *w, unsigned mtu)
{
	struct peer *p = &w->peers[w->count];
	CHECK(w->count < WORLD_PEERS);
	p->world = w;
	p->path = world_path(w->count++);
	p->t = transport_new(w->all, &listener, p);
	json_t *options = transport_options(p->t), *ice = json_object_get(options, "iceParameters");
	snprintf(p->ufrag, sizeof p->ufrag, "%s", json_string_value(json_object_get(ice, "usernameFragment")));
	snprintf(p->password, sizeof p->password, "%s", json_string_value(json_object_get(ice, "password")));
	json_decref(options);
	struct media_client_config c = {.ufrag = p->ufrag, .password = p->password, .user = p, .send = client_send, .rtp = client_rtp, .rtcp = client_rtcp, .mtu = mtu};
	p->client = media_client_new(w->context, &c);
	return p;
}

struct peer *world_connected(struct world *w)
{
	struct peer *p = world_peer(w, 0);
	CHECK(transport_connect(p->t, media_client_fingerprint(w->context)) == ERR_OK);
	media_client_check(p->client);
	world_run(w);
	CHECK(p->connected == 1 && media_client_is_connected(p->client));
	return p;
}

void world_datagram(struct world *w, const struct tuple *from, const uint8_t *p, size_t n)
{
	struct packet *packet = packet_take(w->packets);
	CHECK(packet && n <= sizeof packet->data);
	memcpy(packet->data, p, n);
	packet->n = (uint16_t)n;
	packet->received_us = w->now_us;
	transports_input(w->all, from, packet);
}

static void to_client(struct world *w, struct under_way *u)
{
	for (unsigned i = 0; i < w->count; i++)
		if (tuple_eq(&w->peers[i].path, &u->path) && w->peers[i].client)
			media_client_input(w->peers[i].client, u->p, u->n);
}

void world_run(struct world *w)
{
	for (;;) {
		transports_now(w->all, w->now_us);
		bool more = transports_flush(w->all);
		if (road.n == 0 && !more)
			return;
		size_t n = road.n;
		for (size_t i = 0; i < n; i++) {
			struct under_way u = road.p[i]; /* the list may move */
			if (u.to_server)
				world_datagram(w, &u.path, u.p, u.n);
			else
				to_client(w, &u);
		}
		road.n -= n;
		memmove(road.p, road.p + n, road.n * sizeof *road.p);
	}
}

void world_pass(struct world *w, int64_t us)
{
	for (int64_t until = w->now_us + us; w->now_us < until;) {
		w->now_us += 50000;
		transports_sweep(w->all, w->now_us);
		world_run(w);
	}
}

static size_t header(uint8_t out[12], uint16_t seq, uint32_t ssrc)
{
	memset(out, 0, 12);
	out[0] = 0x80;
	out[1] = 96;
	set_u16(out + 2, seq);
	set_u32(out + 4, 3000u * seq);
	set_u32(out + 8, ssrc);
	return 12;
}

bool world_client_sends(struct peer *p, struct srtp_stream *s, uint16_t seq, size_t payload_n)
{
	uint8_t head[12], payload[1400] = {1, 2, 3};
	return media_client_send_rtp(p->client, s, head, header(head, seq, 1111), payload, payload_n);
}

enum err world_server_sends(struct peer *p, struct srtp_stream *s, uint16_t seq, size_t payload_n)
{
	uint8_t head[12];
	static const uint8_t payload[1400] = {4, 5, 6, 7, 8};
	return transport_send_rtp(p->t, s, head, header(head, seq, 2222), payload, 2, payload + 2, payload_n - 2);
}
