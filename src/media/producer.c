/* SPDX-License-Identifier: Apache-2.0
 *
 * See producer.h.
 */
#include "media/consumer.h"
#include "media/h264.h"
#include "media/room.h"
#include "media/tape.h"

#define ALIVE_US 2000000
#define ALIVE_SCREEN_US 15000000 /* a picture that stands still is sent again seldom */
#define BROKEN_US 1000000       /* a hole of more than BROKEN_HOLE behind a silence as long is not repaired */
#define BROKEN_HOLE 16
#define PACKETS_SCARCE 4096 /* of the process's slab: below it less is kept */

struct producer *producer_new(struct participant *owner, enum media_source source, const struct ortc_send *send, bool paused)
{
	struct producer *p = mem_alloc(sizeof *p);
	p->participant = owner;
	p->source = source;
	p->send = *send;
	p->paused = paused;
	p->score = 10;
	p->turned_us = owner->room->router->now_us;
	p->streams_n = send->encodings_n;
	media_id('p', p->id);
	for (uint8_t i = 0; i < p->streams_n; i++) {
		struct stream *s = &p->streams[i];
		s->producer = p;
		s->index = i;
		s->ssrc = send->encodings[i].ssrc;
		s->rtx_ssrc = send->encodings[i].rtx_ssrc;
		if (send->kind == MEDIA_VIDEO) {
			s->ring = mem_alloc(STREAM_RING * sizeof *s->ring);
			nack_list_init(&s->nacks);
		}
	}
	return p;
}

void producer_free(struct producer **producer)
{
	struct producer *p = *producer;
	if (!p)
		return;
	CHECK(p->consumers.n == 0);
	for (unsigned i = 0; i < p->streams_n; i++) {
		stream_trim(&p->streams[i], 0, false);
		mem_free(p->streams[i].ring);
	}
	VEC_RELEASE(&p->consumers);
	mem_free(p);
	*producer = NULL;
}

static struct router *router_of(const struct stream *s)
{
	return s->producer->participant->room->router;
}

static void drop_part(struct stream *s, struct part *part)
{
	if (part->packet)
		packet_unref(router_of(s)->packets, part->packet);
	part->packet = NULL;
}

void stream_trim(struct stream *s, int64_t now_us, bool keep)
{
	if (!s->ring)
		return;
	if (!keep) {
		for (unsigned i = 0; i < STREAM_RING; i++)
			drop_part(s, &s->ring[i]);
		s->oldest = s->highest + 1;
		return;
	}
	int64_t age = packets_left(router_of(s)->packets) < PACKETS_SCARCE ? STREAM_KEEP_SCARCE_US : STREAM_KEEP_US;
	for (; (int32_t)(s->highest - s->oldest) >= 0; s->oldest++) {
		struct part *part = &s->ring[s->oldest % STREAM_RING];
		if (part->packet && part->in.seq == s->oldest && now_us - part->packet->received_us < age)
			return;
		if (part->packet && (int32_t)(part->in.seq - s->oldest) <= 0)
			drop_part(s, part);
	}
}

const struct part *stream_find(const struct stream *s, uint32_t seq)
{
	const struct part *part = s->ring ? &s->ring[seq % STREAM_RING] : NULL;
	return part && part->packet && part->in.seq == seq ? part : NULL;
}

bool stream_alive(const struct stream *s, int64_t now_us)
{
	return s->at_us && now_us - s->at_us < (s->producer->source == SOURCE_SCREEN ? ALIVE_SCREEN_US : ALIVE_US);
}

/* Where nothing was measured yet: what a browser makes of 180, 360 and 720 lines. */
static uint32_t guess(const struct stream *s)
{
	static const uint32_t usual[PRODUCER_ENCODINGS_MAX] = {150000, 500000, 1500000};
	uint32_t said = s->producer->send.encodings[s->index].max_bitrate;
	return said ? said : usual[s->producer->streams_n == 1 ? 1 : s->index];
}

uint32_t stream_rate(const struct stream *s, unsigned temporal, int64_t now_us)
{
	static const uint32_t share[LAYERS_TEMPORAL_MAX] = {40, 60, 100}; /* of L1T3, by percent */
	if (!stream_alive(s, now_us))
		return 0;
	if (!s->measured)
		return guess(s) / 100 * share[temporal];
	uint32_t sum = 0;
	for (unsigned t = 0; t <= temporal; t++)
		sum += s->rate[t];
	return sum ? sum : 1;
}

void producer_turn(struct producer *p, int64_t now_us)
{
	int64_t passed = now_us - p->turned_us;
	p->turned_us = now_us;
	for (unsigned i = 0; i < p->streams_n; i++) {
		struct stream *s = &p->streams[i];
		for (unsigned t = 0; t < LAYERS_TEMPORAL_MAX && passed > 0; t++) {
			uint32_t now = (uint32_t)((int64_t)s->bytes[t] * 8 * 1000000 / passed);
			s->rate[t] = s->measured ? (s->rate[t] + now) / 2 : now;
			s->bytes[t] = 0;
		}
		s->measured = stream_alive(s, now_us) && (s->measured || now_us - s->at_us < RATE_TURN_US);
		stream_trim(s, now_us, true);
	}
}

/* What the payload says of itself. false: it says nonsense. */
static bool understand(struct part *part, enum media_codec codec)
{
	const uint8_t *payload = part->packet->data + part->at;
	part->in.empty = part->n == 0;
	if (part->in.empty)
		return true;
	if (codec == CODEC_OPUS) {
		part->in.key = true;
	} else if (codec == CODEC_H264) {
		struct h264 h;
		if (h264_parse(payload, part->n, &h) != ERR_OK)
			return false;
		part->in.key = h.key_frame;
	} else {
		if (vp8_parse(payload, part->n, &part->vp8) != ERR_OK)
			return false;
		const struct vp8 *v = &part->vp8;
		part->in.vp8 = true;
		part->in.key = v->key_frame;
		part->in.has_pid = v->has_picture_id;
		part->in.pid15 = v->long_picture_id;
		part->in.pid = v->picture_id;
		part->in.has_tl0 = v->has_tl0;
		part->in.tl0 = v->tl0;
		part->in.has_tid = v->has_tid;
		part->in.tid = v->tid;
		part->in.sync = v->layer_sync;
	}
	return true;
}

/* The sequence number in 32 bits. The first packet, and the first after a pause, is always ahead. */
static uint32_t extend(struct stream *s, uint16_t seq)
{
	if (!s->at_us)
		return 0x10000u + seq;
	if (!s->started)
		return s->highest + (uint16_t)(seq - (uint16_t)s->highest);
	return s->highest + (uint32_t)seq_diff(seq, (uint16_t)s->highest);
}

static bool came(const struct stream *s, uint32_t seq) { return s->came[seq % STREAM_RING / 64] >> seq % 64 & 1; }

/* What came once is never forwarded a second time, whatever it holds: its number at the receivers was used (srtp.h). */
static void note(struct stream *s, uint32_t seq, int32_t ahead)
{
	if (ahead >= STREAM_RING || !s->started)
		memset(s->came, 0, sizeof s->came);
	else
		for (int32_t i = 0; i < ahead; i++)
			s->came[(seq - (uint32_t)i) % STREAM_RING / 64] &= ~((uint64_t)1 << (seq - (uint32_t)i) % 64);
	s->came[seq % STREAM_RING / 64] |= (uint64_t)1 << seq % 64;
}

static void arrived_ahead(struct stream *s, const struct part *part, const struct packet *p, int64_t now_us)
{
	uint32_t rate = ortc_clock_rate(s->producer->send.codec), seq = part->in.seq;
	bool alive = stream_alive(s, now_us);
	if (!s->started) {
		s->started = true;
		s->first = s->oldest = seq;
		s->received = s->received_before = s->expected_before = 0;
		s->transit = 0;
		if (s->ring) {
			stream_trim(s, now_us, false);
			s->oldest = seq;
			nack_list_init(&s->nacks);
		}
	} else if (s->ring && (int32_t)(seq - s->highest) > BROKEN_HOLE && now_us - s->at_us > BROKEN_US) {
		nack_list_init(&s->nacks); /* its path was cut: what is lost is of no use any more */
		stream_want_key(s, KEY_BROKEN);
	}
	s->highest = seq;
	if ((int32_t)(s->highest - s->oldest) >= STREAM_RING)
		s->oldest = s->highest - STREAM_RING + 1;
	if (s->at_us && s->ts != part->in.ts) {
		int32_t transit = (int32_t)((uint32_t)((uint64_t)p->received_us * rate / 1000000) - part->in.ts), d = transit - s->transit;
		if (s->transit && d > -(int32_t)rate && d < (int32_t)rate)
			s->jitter += (uint32_t)(d < 0 ? -d : d) - ((s->jitter + 8) >> 4);
		s->transit = transit;
	}
	s->ts = part->in.ts;
	s->at_us = now_us;
	if (!alive) /* receivers may now have what they could not have before */
		for (size_t i = 0; i < s->producer->consumers.n; i++)
			s->producer->consumers.p[i]->participant->share_due = true;
}

static void keep(struct stream *s, const struct part *part)
{
	struct part *slot = &s->ring[part->in.seq % STREAM_RING];
	drop_part(s, slot);
	packet_ref(part->packet);
	*slot = *part;
}

static void read_extra(struct producer *producer, struct part *part, const struct packet *p)
{
	struct str data;
	int id = producer->send.ext[producer->send.kind == MEDIA_AUDIO ? EXT_LEVEL : EXT_ORIENTATION];
	if (producer->send.kind == MEDIA_AUDIO) {
		part->extra = 127;
		if (id && rtp_ext_find(p->data, &p->rtp, id, &data) && data.n >= 1) {
			part->extra = (uint8_t)data.p[0];
			voice_packet(&producer->voice, part->extra & 127);
		}
		return;
	}
	if (id && rtp_ext_find(p->data, &p->rtp, id, &data) && data.n >= 1)
		producer->extra = (uint8_t)data.p[0];
	part->extra = producer->extra;
}

static void key_came(struct stream *s, int64_t now_us)
{
	key_ask_came(&s->keys, now_us);
	s->key_wanted = false;
	s->key_need = KEY_NONE;
}

void producer_packet(struct stream *s, struct packet *p, bool rtx)
{
	struct producer *producer = s->producer;
	struct router *r = router_of(s);
	uint16_t seq = p->rtp.seq;
	struct part part = {.packet = p, .at = p->rtp.header_n, .n = p->rtp.payload_n, .in = {.stream = s->index, .ts = p->rtp.ts, .marker = p->rtp.marker}};
	if (p->rtp.pt != (rtx ? producer->send.rtx_pt : producer->send.pt) || (rtx && (!s->started || rtp_rtx_osn(p->data, &p->rtp, &seq) != ERR_OK)))
		return; /* among them probes, which are padding on the stream of retransmissions */
	if (rtx) {
		part.at = (uint16_t)(part.at + 2);
		part.n = (uint16_t)(part.n - 2);
	}
	part.in.seq = extend(s, seq);
	int32_t ahead = s->started ? (int32_t)(part.in.seq - s->highest) : 1;
	if ((rtx && ahead > 0) || ahead <= -STREAM_RING || (ahead <= 0 && came(s, part.in.seq)) || !understand(&part, producer->send.codec)) {
		r->dropped++;
		return;
	}
	note(s, part.in.seq, ahead);
	if (ahead > 0)
		arrived_ahead(s, &part, p, r->now_us);
	s->received++;
	s->bytes[part.in.has_tid && part.in.tid < LAYERS_TEMPORAL_MAX ? part.in.tid : 0] += part.n;
	if (s->ring) {
		if (producer->send.nack && nack_list_arrived(&s->nacks, seq, r->now_us) == NACK_RESTART)
			stream_want_key(s, KEY_BROKEN); /* too much is missing to be asked for */
		keep(s, &part);
	}
	if (part.in.key && s->ring)
		key_came(s, r->now_us);
	read_extra(producer, &part, p);
	if (s->ring)
		s->ring[part.in.seq % STREAM_RING].extra = part.extra;
	if (producer->participant->room->tape)
		tape_packet(producer->participant->room->tape, s, &part);
	for (size_t i = 0; i < producer->consumers.n; i++)
		if (producer->consumers.p[i]->flows)
			consumer_packet(producer->consumers.p[i], s, &part);
}

/* Somebody waits for it still: a switch may have been taken back since it was asked for. */
static enum key_need need_of(const struct stream *s)
{
	enum key_need need = s->key_need;
	for (size_t i = 0; i < s->producer->consumers.n && need != KEY_BROKEN; i++) {
		enum key_need its = consumer_key_need(s->producer->consumers.p[i], s->index);
		need = its > need ? its : need;
	}
	return need;
}

void stream_ask_key(struct stream *s)
{
	uint8_t bytes[32];
	struct rtcp_writer w = rtcp_writer_of(bytes, sizeof bytes);
	struct participant *p = s->producer->participant;
	int64_t now_us = p->room->router->now_us;
	int64_t *asked_us = &s->producer->key_asked_us;
	if (!s->ssrc || !p->up.transport || !key_ask_due(&s->keys, KEY_BROKEN, now_us) || (*asked_us && now_us - *asked_us < KEY_ENCODER_EVERY_US))
		return;
	enum key_need need = need_of(s);
	s->key_wanted = need != KEY_NONE;
	if (!key_ask_due(&s->keys, need, now_us))
		return; /* participant_uplink_turn asks in time */
	if (s->producer->send.pli || !s->producer->send.fir)
		rtcp_write_pli(&w, p->own_ssrc, s->ssrc);
	else
		rtcp_write_fir(&w, p->own_ssrc, s->ssrc, s->fir_number++);
	if (transport_send_rtcp(p->up.transport, w.p, w.n) != ERR_OK)
		return;
	key_ask_sent(&s->keys, now_us);
	*asked_us = now_us;
}

void stream_want_key(struct stream *s, enum key_need need)
{
	s->key_wanted = true;
	if (need > s->key_need)
		s->key_need = need;
	stream_ask_key(s);
}
