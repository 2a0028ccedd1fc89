/* SPDX-License-Identifier: Apache-2.0
 *
 * One transport: its life, its DTLS, what it tells the browser, sending. See transport.h; what comes in is in transports.c.
 */
#include "media/transport_private.h"

#include "base/mem.h"

/* --- life --- */

struct transport *transport_new(struct transports *all, const struct transport_listener *listener, void *user)
{
	if (all->count == TRANSPORTS_MAX)
		return NULL;
	struct transport *t = mem_alloc(sizeof *t);
	t->all = all;
	t->listener = listener;
	t->user = user;
	do
		ice_init(&t->ice, all->config.letter);
	while (strmap_find(all->names, str_of(t->ice.now.ufrag)));
	strmap_put(all->names, str_of(t->ice.now.ufrag), t);
	t->at = all->count;
	all->list[all->count++] = t;
	return t;
}

void transport_forget_paths(struct transport *t)
{
	struct transports *all = t->all;
	for (unsigned i = 0; i < t->ice.count; i++) {
		const struct tuple *tuple = &t->ice.paths[i].tuple;
		if (tuple_table_find(all->tuples, tuple) == t)
			tuple_table_remove(all->tuples, tuple);
		if (tuple->tcp)
			all->config.wire->drop(all->config.wire->user, tuple);
	}
	t->ice.count = 0;
	t->ice.selected = -1;
	strmap_remove(all->names, str_of(t->ice.now.ufrag));
	if (t->ice.old.ufrag[0])
		strmap_remove(all->names, str_of(t->ice.old.ufrag));
	t->ice.old = (struct ice_credentials){0};
}

/* Nothing comes in or goes out any more; the object stays until its owner frees it. */
static void end(struct transport *t)
{
	struct transports *all = t->all;
	all->handshaking -= t->dtls && !t->connected;
	t->closed = true;
	t->connected = false;
	egress_drop(all->egress, &t->line);
	transport_forget_paths(t);
	for (size_t i = 0; t->queued && i < all->handshakes_n; i++) {
		struct waiting *w = &all->handshakes[(all->handshakes_at + i) % HANDSHAKE_QUEUE];
		if (w->t == t)
			w->t = NULL; /* its packet goes when its turn comes */
	}
	t->queued = 0;
}

void transport_close(struct transport *t, const char *why)
{
	if (t->closed)
		return;
	end(t);
	t->listener->closed(t->user, why);
}

void transport_free(struct transport **transport)
{
	struct transport *t = *transport;
	if (!t)
		return;
	*transport = NULL;
	struct transports *all = t->all;
	CHECK(!t->freed);
	t->freed = true;
	if (t->dtls && t->connected) {
		egress_flush(all->egress); /* what was sent before goes before */
		dtls_say_goodbye(t->dtls);
	}
	if (!t->closed)
		end(t);
	struct transport *last = all->list[--all->count];
	all->list[t->at] = last;
	last->at = t->at;
	t->grave_next = all->graves;
	all->graves = t;
}

void transport_bury(struct transport *t)
{
	dtls_free(&t->dtls);
	srtp_free(&t->in);
	srtp_free(&t->out);
	mem_wipe(t, sizeof *t);
	mem_free(t);
}

bool transport_is_connected(const struct transport *t) { return t->connected; }

void transport_stats(const struct transport *t, struct transport_stats *out)
{
	const struct tuple *to = ice_selected(&t->ice);
	*out = t->stats;
	out->tcp = to && to->tcp;
	out->path_changes = t->ice.changes;
}

uint32_t transport_path_breaks(const struct transport *t) { return t->ice.breaks; }

/* --- what the browser is told --- */

static json_t *ice_parameters(const struct transport *t)
{
	return json_pack("{s:s, s:s, s:b}", "usernameFragment", t->ice.now.ufrag, "password", t->ice.now.password, "iceLite", 1);
}

/* RFC 8445 5.1.2: a host candidate of component 1. Every UDP one goes before every TCP one. */
static void add_candidate(json_t *list, bool tcp, const char *address, unsigned preference, uint16_t port)
{
	json_int_t priority = (json_int_t)(64u << 24 | preference << 8 | 255u);
	json_t *c = json_pack("{s:s, s:I, s:s, s:s, s:s, s:i, s:s}", "foundation", tcp ? "tcpcandidate" : "udpcandidate", "priority", priority, "address",
		address, "ip", address, "protocol", tcp ? "tcp" : "udp", "port", (int)port, "type", "host");
	if (tcp)
		json_object_set_new(c, "tcpType", json_string("passive"));
	json_array_append_new(list, c);
}

json_t *transport_options(const struct transport *t)
{
	const struct transports_config *c = &t->all->config;
	json_t *candidates = json_array();
	unsigned preference = 10000;
	for (int tcp = 0; tcp < 2; tcp++)
		for (int i = 0; i < TRANSPORT_ADDRESSES_MAX && c->addresses[i][0]; i++, preference -= 100) {
			uint16_t port = tcp ? c->tcp_port : c->udp_port;
			if (port)
				add_candidate(candidates, tcp, c->addresses[i], preference, port);
		}
	return json_pack("{s:o, s:o, s:{s:s, s:[{s:s, s:s}]}}", "iceParameters", ice_parameters(t), "iceCandidates", candidates, "dtlsParameters", "role",
		"auto", "fingerprints", "algorithm", "sha-256", "value", dtls_context_fingerprint(t->all->dtls));
}

enum err transport_connect(struct transport *t, const char *sha256_fingerprint)
{
	uint8_t peer[DTLS_FINGERPRINT_BYTES];
	enum err e = dtls_fingerprint_read(sha256_fingerprint, peer);
	if (e)
		return e;
	if (t->has_peer)
		return memcmp(peer, t->peer, sizeof peer) == 0 ? ERR_OK : ERR_REFUSED;
	memcpy(t->peer, peer, sizeof peer);
	t->has_peer = true;
	t->opened_us = t->all->now_us;
	return ERR_OK;
}

json_t *transport_restart_ice(struct transport *t)
{
	struct strmap *names = t->all->names;
	if (t->closed)
		return ice_parameters(t);
	if (t->ice.old.ufrag[0]) /* a second restart before the first was used */
		strmap_remove(names, str_of(t->ice.old.ufrag));
	do
		ice_restart(&t->ice, t->all->config.letter);
	while (strmap_find(names, str_of(t->ice.now.ufrag)));
	strmap_put(names, str_of(t->ice.now.ufrag), t);
	return ice_parameters(t);
}

/* --- DTLS --- */

static void send_dtls(void *user, const uint8_t *p, size_t n)
{
	struct transport *t = user;
	const struct wire *wire = t->all->config.wire;
	const struct tuple *to = ice_selected(&t->ice);
	if (to && (!to->tcp || wire->has_room(wire->user, to, n)))
		wire->send(wire->user, to, p, n, n);
}

static bool open_srtp(struct transport *t)
{
	struct srtp_keys client, server;
	if (dtls_keys(t->dtls, &client, &server) != ERR_OK)
		return false;
	t->in = srtp_new(&client, false);
	t->out = srtp_new(&server, true);
	t->rtp_overhead = server.profile == SRTP_PROFILE_GCM ? 16 : 10;
	mem_wipe(&client, sizeof client);
	mem_wipe(&server, sizeof server);
	return t->in && t->out;
}

void transport_dtls_changed(struct transport *t, enum dtls_state state)
{
	struct transports_stats *s = &t->all->stats;
	switch (state) {
	case DTLS_HANDSHAKING:
		return;
	case DTLS_CONNECTED:
		if (t->connected)
			return;
		if (!open_srtp(t)) {
			s->handshakes_failed++;
			transport_close(t, "dtls");
			return;
		}
		t->connected = true;
		t->all->handshaking--;
		s->handshakes++;
		t->listener->connected(t->user);
		return;
	case DTLS_CLOSED:
		transport_close(t, "closed");
		return;
	case DTLS_BAD_FINGERPRINT:
	case DTLS_FAILED:
		s->handshakes_failed++;
		transport_close(t, state == DTLS_FAILED ? "dtls" : "fingerprint");
	}
}

void transport_dtls(struct transport *t, const uint8_t *p, size_t n)
{
	if (!t->has_peer || t->closed)
		return; /* the browser sends it again */
	if (!t->dtls) {
		t->dtls = dtls_new(t->all->dtls, t->peer, send_dtls, t);
		if (!t->dtls)
			return;
		t->handshake_us = t->all->now_us;
		t->all->handshaking++;
	}
	transport_dtls_changed(t, dtls_input(t->dtls, p, n));
}

/* --- sending --- */

static const struct tuple *path_for(struct transport *t, size_t n)
{
	const struct wire *wire = t->all->config.wire;
	const struct tuple *to = ice_selected(&t->ice);
	if (!t->connected || !to)
		return NULL;
	if (!to->tcp || wire->has_room(wire->user, to, egress_waiting(&t->line) + n))
		return to;
	t->stats.refused++;
	t->all->stats.send_refused++;
	return NULL;
}

static void sent(struct transport *t, size_t n)
{
	egress_commit(t->all->egress, &t->line, n);
	t->stats.packets_out++;
	t->stats.bytes_out += n;
	t->all->stats.packets_out++;
	t->all->stats.bytes_out += n;
}

enum err transport_send_rtp(struct transport *t, struct srtp_stream *stream, const uint8_t *header, size_t header_n, const uint8_t *head,
	size_t head_n, const uint8_t *rest, size_t rest_n)
{
	size_t n = header_n + head_n + rest_n + t->rtp_overhead, written = n;
	if (n > PACKET_MAX + SRTP_OVERHEAD_MAX)
		return ERR_TOO_LARGE;
	const struct tuple *to = path_for(t, n);
	if (!to)
		return ERR_BUSY;
	uint8_t *out = egress_place(t->all->egress, &t->line, to, n);
	enum err e = srtp_protect(t->out, header, header_n, head, head_n, rest, rest_n, stream, out, &written);
	if (e)
		return e;
	CHECK(written == n);
	sent(t, n);
	return ERR_OK;
}

enum err transport_send_rtcp(struct transport *t, const uint8_t *p, size_t n)
{
	size_t most = n + t->rtp_overhead + 4, written = most; /* the index behind it */
	if (n > TRANSPORT_RTCP_MAX)
		return ERR_TOO_LARGE;
	const struct tuple *to = path_for(t, most);
	if (!to)
		return ERR_BUSY;
	uint8_t *out = egress_place(t->all->egress, &t->line, to, most);
	enum err e = srtcp_protect(t->out, p, n, out, &written);
	if (e)
		return e;
	CHECK(written == most);
	sent(t, most);
	return ERR_OK;
}
