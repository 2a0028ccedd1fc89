/* SPDX-License-Identifier: Apache-2.0
 *
 * See fake_transport.h.
 */
#include "fake_transport.h"
#include "base/clock.h"
#include "base/mem.h"
#include <stdio.h>

struct seen { uint32_t ssrc; uint16_t seq; unsigned transport, run; };
#define SEEN_MAX 65536

struct transport {
	const struct transport_listener *listener;
	void *user;
	struct transport *next;
	unsigned number;
	bool connected;
	uint32_t path_breaks;
	char fingerprint[100];
};

struct fake fake;
static struct transport *first;
static unsigned numbers;
static struct seen seen[SEEN_MAX]; /* of this run only: clearing it would cost more than a run of the fuzz targets */
static struct fake_sent sent[FAKE_SENT_MAX];
static unsigned run;

void fake_start(struct packets *packets)
{
	fake = (struct fake){.packets = packets, .keep = true, .sent = sent};
	run++;
}

void fake_stop(void)
{
	CHECK(fake.alive == 0);
}

void fake_save(struct fake_state *out)
{
	*out = (struct fake_state){.first = first, .numbers = numbers, .fake = fake};
}

void fake_again(const struct fake_state *s)
{
	first = s->first;
	numbers = s->numbers;
	fake = s->fake;
	run++;
}

void fake_forget(void)
{
	fake.n = 0;
}

struct transport *fake_newest(void)
{
	return first;
}

struct transport *fake_find(const char *ufrag)
{
	char own[16];
	for (struct transport *t = first; t; t = t->next) {
		snprintf(own, sizeof own, "u%u", t->number);
		if (strcmp(own, ufrag) == 0)
			return t;
	}
	return NULL;
}

void fake_connect(struct transport *t)
{
	t->connected = true;
	t->listener->connected(t->user);
}

void fake_close(struct transport *t, const char *why)
{
	t->connected = false;
	t->listener->closed(t->user, why);
}

bool fake_rtp(struct transport *t, const uint8_t *p, size_t n)
{
	struct packet *packet = n <= PACKET_MAX ? packet_take(fake.packets) : NULL;
	bool good = false;
	if (!packet)
		return false;
	memcpy(packet->data, p, n);
	packet->n = (uint16_t)n;
	packet->received_us = clock_mono_ns() / 1000;
	if (rtp_parse(packet->data, n, &packet->rtp) == ERR_OK) {
		t->listener->rtp(t->user, packet);
		good = true;
	}
	packet_unref(fake.packets, packet);
	return good;
}

void fake_rtcp(struct transport *t, const uint8_t *p, size_t n, int64_t now_us)
{
	t->listener->rtcp(t->user, p, n, now_us);
}

const char *fake_fingerprint(const struct transport *t)
{
	return t->fingerprint;
}

/* --- transport.h */

struct transport *transport_new(struct transports *all, const struct transport_listener *listener, void *user)
{
	struct transport *t = mem_alloc(sizeof *t);
	(void)all;
	t->listener = listener;
	t->user = user;
	t->number = ++numbers;
	t->next = first;
	first = t;
	fake.alive++;
	return t;
}

void transport_free(struct transport **transport)
{
	struct transport *t = *transport;
	if (!t)
		return;
	for (struct transport **at = &first; *at; at = &(*at)->next)
		if (*at == t) {
			*at = t->next;
			break;
		}
	fake.alive--;
	mem_free(t);
	*transport = NULL;
}

json_t *transport_options(const struct transport *t)
{
	return json_pack("{s:{s:o,s:s,s:b},s:[],s:{s:s,s:[]}}", "iceParameters", "usernameFragment", json_sprintf("u%u", t->number), "password", "secret",
		"iceLite", 1, "iceCandidates", "dtlsParameters", "role", "auto", "fingerprints");
}

enum err transport_connect(struct transport *t, const char *sha256)
{
	if (strlen(sha256) != 95)
		return ERR_MALFORMED;
	if (t->fingerprint[0] && strcmp(t->fingerprint, sha256) != 0)
		return ERR_REFUSED;
	memcpy(t->fingerprint, sha256, 96);
	return ERR_OK;
}

json_t *transport_restart_ice(struct transport *t)
{
	return json_pack("{s:o,s:s,s:b}", "usernameFragment", json_sprintf("r%u", t->number), "password", "other", "iceLite", 1);
}

bool transport_is_connected(const struct transport *t)
{
	return t->connected;
}

/* Open addressing; never shrinks within a test. */
static void see(struct transport *t, uint32_t ssrc, uint16_t seq)
{
	size_t at = (ssrc * 2654435761u + seq * 40503u) % SEEN_MAX;
	for (size_t i = 0; i < SEEN_MAX; i++, at = (at + 1) % SEEN_MAX) {
		if (seen[at].run != run) {
			seen[at] = (struct seen){.ssrc = ssrc, .seq = seq, .transport = t->number, .run = run};
			return;
		}
		CHECK(seen[at].transport != t->number || seen[at].ssrc != ssrc || seen[at].seq != seq);
	}
	BUG("more packets than the test's table holds");
}

enum err transport_send_rtp(struct transport *t, struct srtp_stream *stream, const uint8_t *header, size_t header_n, const uint8_t *head, size_t head_n,
	const uint8_t *rest, size_t rest_n)
{
	struct fake_sent *s = &fake.sent[fake.n];
	size_t n = header_n + head_n + rest_n;
	(void)stream;
	if (!t->connected || fake.busy)
		return ERR_BUSY;
	if (n > PACKET_MAX)
		return ERR_TOO_LARGE;
	fake.all++;
	if (!fake.keep)
		return ERR_OK;
	CHECK(fake.n < FAKE_SENT_MAX);
	fake.n++;
	s->transport = t;
	s->rtcp = false;
	s->n = (uint16_t)n;
	memcpy(s->data, header, header_n);
	if (head_n > 0)
		memcpy(s->data + header_n, head, head_n);
	memcpy(s->data + header_n + head_n, rest, rest_n);
	CHECK(rtp_parse(s->data, n, &s->rtp) == ERR_OK);
	see(t, s->rtp.ssrc, s->rtp.seq);
	return ERR_OK;
}

enum err transport_send_rtcp(struct transport *t, const uint8_t *p, size_t n)
{
	struct fake_sent *s = &fake.sent[fake.n];
	if (!t->connected || fake.busy)
		return ERR_BUSY;
	if (n > TRANSPORT_RTCP_MAX)
		return ERR_TOO_LARGE;
	if (!fake.keep)
		return ERR_OK;
	CHECK(fake.n < FAKE_SENT_MAX);
	fake.n++;
	s->transport = t;
	s->rtcp = true;
	s->n = (uint16_t)n;
	memcpy(s->data, p, n);
	return ERR_OK;
}

void transport_stats(const struct transport *t, struct transport_stats *out)
{
	(void)t;
	*out = (struct transport_stats){0};
}

uint32_t transport_path_breaks(const struct transport *t) { return t->path_breaks; }

void fake_break_path(struct transport *t) { t->path_breaks++; }
