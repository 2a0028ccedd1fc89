/* SPDX-License-Identifier: Apache-2.0
 *
 * See tape.h.
 */
#include "media/tape.h"

#include "media/room.h"
#include "media/wire.h"
#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#define LOOK_EVERY_US 100000 /* is a higher stream there, does the recorder ask for something */

struct tape {
	/* owned */
	int fd;
	uint8_t *ring;
	/* borrowed */
	struct room *room;
	/* state */
	size_t at, n; /* of what waits in the ring */
	uint32_t tracks;
	bool lost;
	int64_t looked_us;
	uint64_t dropped;
	uint8_t ask[TAPE_ASK];
	size_t ask_n;
};

struct tape *tape_new(struct room *room, int fd)
{
	struct tape *t = mem_alloc(sizeof *t);
	t->fd = fd;
	t->room = room;
	t->ring = mem_alloc(TAPE_RING);
	uint8_t head[TAPE_HEAD + TAPE_FIXED];
	struct tape_message m = {.type = TAPE_BEGIN, .at_us = router_now(room->router)};
	tape_write(&m, head);
	memcpy(t->ring, head, sizeof head);
	t->n = sizeof head;
	/* reports that came before hold on */
	for (size_t i = 0; i < room->participants.n; i++)
		for (unsigned s = 0; s < SOURCE_COUNT; s++) {
			struct producer *p = room->participants.p[i]->producers[s];
			if (p)
				p->tape = (struct on_tape){0};
		}
	return t;
}

static void flush(struct tape *t)
{
	while (t->n > 0 && !t->lost) {
		size_t run = TAPE_RING - t->at < t->n ? TAPE_RING - t->at : t->n;
		ssize_t sent = send(t->fd, t->ring + t->at, run, MSG_DONTWAIT | MSG_NOSIGNAL);
		if (sent < 0 && errno == EINTR)
			continue;
		if (sent < 0) {
			t->lost = errno != EAGAIN;
			return;
		}
		t->at = (t->at + (size_t)sent) % TAPE_RING;
		t->n -= (size_t)sent;
	}
}

void tape_free(struct tape **tape)
{
	struct tape *t = *tape;
	if (!t)
		return;
	flush(t);
	close(t->fd);
	mem_free(t->ring);
	mem_free(t);
	*tape = NULL;
}

static void ring_add(struct tape *t, const void *p, size_t n)
{
	size_t to = (t->at + t->n) % TAPE_RING, first = TAPE_RING - to < n ? TAPE_RING - to : n;
	memcpy(t->ring + to, p, first);
	memcpy(t->ring, (const uint8_t *)p + first, n - first);
	t->n += n;
}

static void put(struct tape *t, const struct tape_message *m)
{
	uint8_t head[TAPE_HEAD + TAPE_FIXED];
	if (t->lost || TAPE_RING - t->n < sizeof head + m->n) {
		t->dropped++;
		return;
	}
	tape_write(m, head);
	ring_add(t, head, sizeof head);
	if (m->n)
		ring_add(t, m->payload, m->n);
}

static enum tape_source source_of(enum media_source s)
{
	return s == SOURCE_MIC ? TAPE_MIC : s == SOURCE_CAMERA ? TAPE_CAMERA : s == SOURCE_SCREEN ? TAPE_SCREEN : TAPE_SCREEN_AUDIO;
}

static enum tape_codec codec_of(enum media_codec c)
{
	return c == CODEC_OPUS ? TAPE_OPUS : c == CODEC_VP8 ? TAPE_VP8 : TAPE_H264;
}

static struct tape_message message_of(const struct stream *s, enum tape_type type)
{
	const struct producer *p = s->producer;
	return (struct tape_message){.type = type, .track = p->tape.track, .participant = p->participant->id, .source = source_of(p->source),
		.codec = codec_of(p->send.codec), .layer = s->index};
}

/* All streams are told: the one that is taken next has then its clock already. */
void tape_report(struct tape *t, const struct stream *s)
{
	struct tape_message m = message_of(s, TAPE_REPORT);
	if (!m.track)
		return;
	m.ts = s->sr_ts;
	m.ntp = s->sr_ntp;
	m.at_us = s->sr_us;
	put(t, &m);
}

static uint8_t highest_alive(const struct producer *p, int64_t now_us)
{
	for (unsigned i = p->streams_n; i-- > 1;)
		if (stream_alive(&p->streams[i], now_us))
			return (uint8_t)i;
	return 0;
}

static void begin_track(struct tape *t, struct producer *p)
{
	p->tape = (struct on_tape){.track = ++t->tracks, .wanted = highest_alive(p, t->room->router->now_us)};
	p->tape.layer = p->tape.wanted;
	for (unsigned i = 0; i < p->streams_n; i++)
		if (p->streams[i].sr_known)
			tape_report(t, &p->streams[i]);
	if (p->send.kind == MEDIA_VIDEO)
		stream_want_key(&p->streams[p->tape.layer], KEY_BROKEN);
}

void tape_packet(struct tape *t, struct stream *s, const struct part *part)
{
	struct producer *p = s->producer;
	if (!p->tape.track)
		begin_track(t, p);
	if (s->index == p->tape.wanted && part->in.key)
		p->tape.layer = p->tape.wanted;
	if (s->index != p->tape.layer || part->n == 0)
		return;
	struct tape_message m = message_of(s, TAPE_PACKET);
	m.marker = part->in.marker;
	m.seq = part->in.seq;
	m.ts = part->in.ts;
	m.at_us = part->packet->received_us;
	m.payload = part->packet->data + part->at;
	m.n = part->n;
	put(t, &m);
}

void tape_end(struct tape *t, struct producer *p)
{
	struct tape_message m = message_of(&p->streams[0], TAPE_END);
	m.at_us = t->room->router->now_us;
	if (m.track)
		put(t, &m);
	p->tape.track = 0;
}

void tape_speaker(struct tape *t, int64_t participant)
{
	struct tape_message m = {.type = TAPE_SPEAKER, .participant = participant, .at_us = t->room->router->now_us};
	put(t, &m);
}

/* --- turns */

static void look_for_higher(struct room *room, int64_t now_us)
{
	for (size_t i = 0; i < room->participants.n; i++)
		for (unsigned s = 0; s < SOURCE_COUNT; s++) {
			struct producer *p = room->participants.p[i]->producers[s];
			if (!p || p->send.kind != MEDIA_VIDEO || !p->tape.track || p->paused)
				continue;
			p->tape.wanted = highest_alive(p, now_us);
			if (p->tape.wanted != p->tape.layer)
				stream_want_key(&p->streams[p->tape.wanted], KEY_SWITCH);
		}
}

static void asked(struct room *room, uint32_t track, uint8_t layer)
{
	for (size_t i = 0; i < room->participants.n; i++)
		for (unsigned s = 0; s < SOURCE_COUNT; s++) {
			struct producer *p = room->participants.p[i]->producers[s];
			if (p && p->tape.track == track && track && p->send.kind == MEDIA_VIDEO && layer < p->streams_n)
				stream_want_key(&p->streams[layer], KEY_BROKEN);
		}
}

static void hear(struct tape *t)
{
	for (int i = 0; i < TAPE_AT_ONCE && !t->lost; i++) {
		ssize_t n = recv(t->fd, t->ask + t->ask_n, sizeof t->ask - t->ask_n, MSG_DONTWAIT);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			t->lost = n == 0 || errno != EAGAIN;
			return;
		}
		t->ask_n += (size_t)n;
		if (t->ask_n < sizeof t->ask)
			continue;
		t->ask_n = 0;
		asked(t->room, get_u32(t->ask), t->ask[4]);
	}
}

bool tape_turn(struct tape *t, int64_t now_us)
{
	flush(t);
	if (now_us - t->looked_us >= LOOK_EVERY_US) {
		t->looked_us = now_us;
		hear(t);
		look_for_higher(t->room, now_us);
	}
	return !t->lost;
}

uint64_t tape_dropped(const struct tape *t) { return t->dropped; }
