/* SPDX-License-Identifier: Apache-2.0
 *
 * All transports: what comes in finds its own, time-outs, the turn. See transport.h.
 *
 * Nothing is answered that was not asked properly: junk gets no answer at all; a check of nobody known gets a refusal that is no longer than
 * the check, ERRORS_A_SECOND at most; DTLS and media are taken from paths only over which a valid check came, so a stranger reaches
 * neither OpenSSL nor SRTP.
 */
#include "media/transport_private.h"

#include "base/mem.h"
#include "media/dtls_front.h"
#include <netinet/in.h>

#define TIMEOUTS_EVERY_US 250000

enum err transports_new(struct transports **out, const struct transports_config *config)
{
	struct transports *all = mem_alloc(sizeof *all);
	all->config = *config;
	enum err e = dtls_context_new(&all->dtls);
	if (e) {
		mem_free(all);
		return e;
	}
	all->egress = egress_new(config->wire, EGRESS_RUNS);
	all->tuples = tuple_table_new((size_t)TRANSPORTS_MAX * ICE_TUPLES_MAX);
	all->names = strmap_new();
	all->list = mem_alloc(TRANSPORTS_MAX * sizeof(struct transport *));
	*out = all;
	return ERR_OK;
}

static void bury(struct transports *all)
{
	while (all->graves) {
		struct transport *t = all->graves;
		all->graves = t->grave_next;
		transport_bury(t);
	}
}

void transports_free(struct transports **transports)
{
	struct transports *all = *transports;
	if (!all)
		return;
	while (all->count > 0) {
		struct transport *t = all->list[all->count - 1];
		transport_free(&t);
	}
	bury(all);
	for (size_t i = 0; i < all->handshakes_n; i++)
		packet_unref(all->config.packets, all->handshakes[(all->handshakes_at + i) % HANDSHAKE_QUEUE].p);
	egress_free(&all->egress);
	dtls_context_free(&all->dtls);
	tuple_table_free(&all->tuples);
	strmap_free(&all->names);
	mem_free(all->list);
	mem_free(all);
	*transports = NULL;
}

/* --- STUN --- */

static bool may_refuse(struct transports *all)
{
	if (all->now_us - all->errors_since_us >= 1000000) {
		all->errors_since_us = all->now_us;
		all->errors = 0;
	}
	return all->errors++ < ERRORS_A_SECOND;
}

static void refuse_check(struct transports *all, const struct tuple *from, const struct stun *m, size_t n, int code, struct str password)
{
	uint8_t out[STUN_ANSWER_MAX];
	all->stats.checks_refused++;
	if (!may_refuse(all))
		return;
	size_t size = stun_write_error(out, sizeof out, m, code, password);
	if (size == 0 || size > n) /* never more than was asked with */
		return;
	all->stats.errors_sent++;
	all->config.wire->send(all->config.wire->user, from, out, size, size);
}

static void answer_check(struct transports *all, const struct tuple *from, const struct stun *m, struct str password)
{
	uint8_t out[STUN_ANSWER_MAX];
	struct sockaddr_in6 peer = {.sin6_family = AF_INET6, .sin6_port = htons(from->port)};
	memcpy(&peer.sin6_addr, from->remote, 16);
	size_t n = stun_write_success(out, sizeof out, m, (struct sockaddr *)&peer, password);
	if (n > 0)
		all->config.wire->send(all->config.wire->user, from, out, n, n);
}

/* The tables after a valid check. */
static void apply(struct transports *all, struct transport *t, const struct tuple *from, const struct ice_change *change)
{
	if (change->old_ended)
		strmap_remove(all->names, str_of(change->ended.ufrag));
	if (change->removed) {
		tuple_table_remove(all->tuples, &change->gone);
		if (change->gone.tcp)
			all->config.wire->drop(all->config.wire->user, &change->gone);
	}
	if (!change->added)
		return;
	struct transport *other = tuple_table_find(all->tuples, from);
	if (other && other != t) /* the browser uses the path for another transport now */
		ice_forget(&other->ice, from);
	/* room for all tuples of all transports was made */
	CHECK(tuple_table_put(all->tuples, from, t) == ERR_OK);
}

static void on_stun(struct transports *all, const struct tuple *from, const uint8_t *p, size_t n)
{
	struct stun m;
	if (stun_parse(p, n, &m) != ERR_OK || m.type != STUN_BINDING_REQUEST) {
		all->stats.junk++; /* indications and answers are told nothing either */
		return;
	}
	int wrong = stun_judge(&m);
	struct transport *t = wrong && wrong != 487 ? NULL : strmap_find(all->names, m.ours);
	if (wrong == 487 && t) {
		/* only who knows the password is told of his role */
		struct str password = str_of(str_eq(m.ours, str_of(t->ice.now.ufrag)) ? t->ice.now.password : t->ice.old.password);
		bool known = stun_verify(&m, p, n, password);
		refuse_check(all, from, &m, n, known ? 487 : 401, known ? password : (struct str){0});
		return;
	}
	if (!t) {
		refuse_check(all, from, &m, n, wrong && wrong != 487 ? wrong : 401, (struct str){0});
		return;
	}
	struct ice_change change;
	struct str password;
	if (ice_check(&t->ice, &m, p, n, from, all->now_us, &change, &password) == ICE_WRONG) {
		refuse_check(all, from, &m, n, 401, (struct str){0});
		return;
	}
	all->stats.checks++;
	apply(all, t, from, &change);
	answer_check(all, from, &m, password);
}

/* --- DTLS --- */

/* True: the packet waits for its turn. */
static bool queue_handshake(struct transports *all, const struct tuple *from, struct packet *p)
{
	struct transport *t = tuple_table_find(all->tuples, from);
	enum dtls_front front = t && t->has_peer ? dtls_front(p->data, p->n) : DTLS_JUNK;
	if (front == DTLS_JUNK || (front != DTLS_CLIENT_HELLO && !t->dtls)) {
		all->stats.junk++;
		return false;
	}
	if (all->handshakes_n == HANDSHAKE_QUEUE || t->queued == HANDSHAKE_QUEUE_OF_ONE) {
		all->stats.handshakes_dropped++;
		return false;
	}
	all->handshakes[(all->handshakes_at + all->handshakes_n++) % HANDSHAKE_QUEUE] = (struct waiting){t, p};
	t->queued++;
	return true;
}

static void work_on_handshakes(struct transports *all)
{
	for (int i = 0; i < TRANSPORTS_HANDSHAKES && all->handshakes_n > 0; i++) {
		struct waiting w = all->handshakes[all->handshakes_at];
		all->handshakes_at = (all->handshakes_at + 1) % HANDSHAKE_QUEUE;
		all->handshakes_n--;
		if (w.t) {
			w.t->queued--;
			transport_dtls(w.t, w.p->data, w.p->n);
		}
		packet_unref(all->config.packets, w.p);
	}
}

/* --- media --- */

static struct transport *media_of(struct transports *all, const struct tuple *from)
{
	struct transport *t = tuple_table_find(all->tuples, from);
	if (t && t->connected)
		return t;
	all->stats.junk++;
	return NULL;
}

static void count_in(struct transport *t, size_t n)
{
	t->stats.packets_in++;
	t->stats.bytes_in += n;
	t->all->stats.packets_in++;
	t->all->stats.bytes_in += n;
}

static void count_bad(struct transport *t)
{
	t->stats.bad++;
	t->all->stats.bad++;
}

static void on_rtp(struct transports *all, const struct tuple *from, struct packet *p)
{
	struct transport *t = media_of(all, from);
	size_t n = p->n;
	if (!t)
		return;
	if (srtp_unprotect(t->in, p->data, &n) != ERR_OK || rtp_parse(p->data, n, &p->rtp) != ERR_OK) {
		count_bad(t);
		return;
	}
	count_in(t, p->n);
	p->n = (uint16_t)n;
	ice_media(&t->ice, from, all->now_us);
	t->listener->rtp(t->user, p);
}

static void on_rtcp(struct transports *all, const struct tuple *from, struct packet *p)
{
	struct transport *t = media_of(all, from);
	size_t n = p->n;
	if (!t)
		return;
	if (srtcp_unprotect(t->in, p->data, &n) != ERR_OK) {
		count_bad(t);
		return;
	}
	count_in(t, p->n);
	ice_media(&t->ice, from, all->now_us);
	t->listener->rtcp(t->user, p->data, n, all->now_us);
}

void transports_input(struct transports *all, const struct tuple *from, struct packet *p)
{
	switch (datagram_kind(p->data, p->n)) {
	case DATAGRAM_RTP:
		on_rtp(all, from, p);
		break;
	case DATAGRAM_RTCP:
		on_rtcp(all, from, p);
		break;
	case DATAGRAM_STUN:
		on_stun(all, from, p->data, p->n);
		break;
	case DATAGRAM_DTLS:
		if (queue_handshake(all, from, p))
			return;
		break;
	default:
		all->stats.junk++;
	}
	packet_unref(all->config.packets, p);
}

/* --- the turn --- */

void transports_tuple_gone(struct transports *all, const struct tuple *from)
{
	struct transport *t = tuple_table_find(all->tuples, from);
	if (!t)
		return;
	tuple_table_remove(all->tuples, from);
	ice_forget(&t->ice, from);
}

bool transports_know(const struct transports *all, const struct tuple *from) { return tuple_table_find(all->tuples, from) != NULL; }

void transports_now(struct transports *all, int64_t now_us) { all->now_us = now_us; }

bool transports_flush(struct transports *all)
{
	work_on_handshakes(all);
	egress_flush(all->egress);
	bury(all);
	return all->handshakes_n > 0;
}

static void look_at_times(struct transport *t, int64_t now_us)
{
	if (t->ice.checked_us && now_us - t->ice.checked_us > TRANSPORT_CONSENT_US)
		transport_close(t, "consent");
	else if (t->dtls && !t->connected && now_us - t->handshake_us > TRANSPORT_HANDSHAKE_US)
		transport_close(t, "dtls");
	else if (t->has_peer && !t->connected && now_us - t->opened_us > TRANSPORT_OPENING_US)
		transport_close(t, "timeout");
}

void transports_sweep(struct transports *all, int64_t now_us)
{
	all->now_us = now_us;
	bool times = now_us - all->swept_us >= TIMEOUTS_EVERY_US;
	if (times)
		all->swept_us = now_us;
	else if (all->handshaking == 0)
		return;
	/* from behind: a callback may free the one it is called for, and others */
	for (size_t i = all->count; i-- > 0;) {
		if (i >= all->count)
			continue;
		struct transport *t = all->list[i];
		if (t->closed)
			continue;
		if (t->dtls && !t->connected)
			transport_dtls_changed(t, dtls_sweep(t->dtls));
		if (times && !t->freed && !t->closed)
			look_at_times(t, now_us);
	}
	egress_flush(all->egress);
	bury(all);
}

void transports_stats(const struct transports *all, struct transports_stats *out)
{
	struct egress_stats e;
	egress_stats(all->egress, &e);
	*out = all->stats;
	out->sends = e.sends;
	out->runs = e.runs;
	out->transports = all->count;
}
