/* SPDX-License-Identifier: Apache-2.0
 *
 * See consumer.h.
 */
#include "media/consumer.h"
#include "media/room.h"
#include "media/wire.h"
#include "base/clock.h"

enum { HEADER_N = 24 };           /* 12 bytes, the head of the extensions, 8 bytes of them */
enum { RESENDS_PER_SECOND = 800 }; /* to one receiver: a NACK costs it 4 bytes and us a packet */

struct consumer *consumer_new(struct participant *receiver, struct producer *producer)
{
	struct consumer *c = mem_alloc(sizeof *c);
	enum media_kind kind = producer->send.kind;
	c->participant = receiver;
	c->producer = producer;
	c->transport = receiver->down.transport;
	c->paused = true;
	media_id('c', c->id);
	c->pt = ortc_pt(producer->send.codec);
	c->rtx_pt = ortc_rtx_pt(producer->send.codec);
	c->ssrc = receiver->next_ssrc++;
	if (kind == MEDIA_VIDEO && ortc_rtx(&receiver->caps, producer->send.codec)) {
		c->rtx_ssrc = receiver->next_ssrc++;
		c->sent = mem_alloc(SENT_RING * sizeof *c->sent);
	}
	c->extra_id = kind == MEDIA_AUDIO ? EXT_LEVEL : EXT_ORIENTATION;
	if (!receiver->caps.ext[kind][c->extra_id])
		c->extra_id = 0;
	c->priority = 1;
	c->spatial_wish = LAYERS_SPATIAL_MAX - 1;
	c->temporal_wish = LAYERS_TEMPORAL_MAX - 1;
	c->spatial_told = c->temporal_told = -1;
	/* below 32768, so that the first wrap is far (srtp.h) */
	layers_init(&c->layers, (uint16_t)random_below(16384));
	c->rtx_seq = (uint16_t)random_below(16384);
	if (kind == MEDIA_AUDIO)
		layers_target(&c->layers, 0, 0);
	VEC_PUSH(&receiver->consumers, c);
	VEC_PUSH(&producer->consumers, c);
	return c;
}

void consumer_free(struct consumer **consumer)
{
	struct consumer *c = *consumer;
	if (!c)
		return;
	for (size_t i = 0; i < c->producer->consumers.n; i++)
		if (c->producer->consumers.p[i] == c) {
			VEC_SWAP_REMOVE(&c->producer->consumers, i);
			break;
		}
	mem_free(c->sent);
	mem_free(c);
	*consumer = NULL;
}

void consumer_update(struct consumer *c)
{
	bool flowed = c->flows;
	c->transport = c->participant->down.transport;
	c->flows = !c->paused && !c->producer->paused && c->transport && c->participant->down.connected;
	if (c->flows == flowed)
		return;
	layers_pause(&c->layers); /* what comes next begins with a key frame */
	c->participant->share_due = true;
}

/* The header that this receiver gets: our payload type, SSRC and numbers, and always the same room for extensions. */
static void write_header(const struct consumer *c, uint8_t *h, bool marker, uint8_t pt, uint16_t seq, uint32_t ts, uint32_t ssrc, uint8_t extra)
{
	h[0] = 0x90; /* version 2, with extensions */
	h[1] = (uint8_t)((marker ? 0x80 : 0) | pt);
	set_u16(h + 2, seq);
	set_u32(h + 4, ts);
	set_u32(h + 8, ssrc);
	set_u32(h + 12, (uint32_t)RTP_EXT_ONE_BYTE << 16 | 2);
	h[16] = EXT_SEND_TIME << 4 | 2;
	set_u24(h + 17, rtp_abs_send_time(c->participant->room->router->now_us));
	h[20] = (uint8_t)(c->extra_id << 4);
	h[21] = c->extra_id ? extra : 0;
	h[22] = h[23] = 0;
}

/* In our outgoing clock, the time of this packet of another stream than the one that flows: by both streams' sender reports, or else by when their
 * packets came. */
static uint32_t align(const struct consumer *c, const struct stream *to, const struct part *part)
{
	const struct stream *from = c->layers.current >= 0 ? &c->producer->streams[c->layers.current] : NULL;
	uint32_t rate = ortc_clock_rate(c->producer->send.codec);
	if (!from)
		return part->in.ts;
	int64_t apart = (int64_t)(to->sr_ntp - from->sr_ntp);
	if (from->sr_known && to->sr_known && apart > -((int64_t)60 << 32) && apart < (int64_t)60 << 32)
		return from->sr_ts + (uint32_t)(int32_t)((apart * rate) >> 32) + (part->in.ts - to->sr_ts) - c->layers.ts_delta;
	return from->ts + (uint32_t)((part->packet->received_us - from->at_us) * rate / 1000000) - c->layers.ts_delta;
}

static void remember(struct consumer *c, const struct part *part, const struct layers_out *out)
{
	if (c->sent)
		c->sent[out->seq % SENT_RING] = (struct sent){.in_seq = part->in.seq, .ts = out->ts, .seq = out->seq, .pid = out->pid, .tl0 = out->tl0,
			.stream = (uint8_t)(part->in.stream + 1)};
}

/* Padding under a number that was kept for a packet which is not sent after all. */
static void send_blank(struct consumer *c, const struct layers_out *out)
{
	static const uint8_t padding[1] = {1};
	uint8_t header[HEADER_N];
	write_header(c, header, false, c->pt, out->seq, out->ts, c->ssrc, 0);
	header[0] |= 0x20;
	if (transport_send_rtp(c->transport, &c->srtp, header, sizeof header, NULL, 0, padding, sizeof padding) != ERR_OK)
		c->participant->dropped++;
}

static void send_part(struct consumer *c, const struct part *part, const struct layers_out *out)
{
	uint8_t header[HEADER_N], head[VP8_DESCRIPTOR_MAX];
	size_t head_n = 0, skip = 0;
	const uint8_t *payload = part->packet->data + part->at;
	struct router *r = c->participant->room->router;
	if (part->in.vp8) {
		head_n = vp8_write(&part->vp8, out->pid, out->tl0, head);
		skip = part->vp8.n;
	}
	write_header(c, header, part->in.marker, c->pt, out->seq, out->ts, c->ssrc, part->extra);
	remember(c, part, out);
	if (transport_send_rtp(c->transport, &c->srtp, header, sizeof header, head, head_n, payload + skip, part->n - skip) != ERR_OK) {
		c->participant->dropped++; /* the receiver sees a hole, and asks */
		return;
	}
	c->packets++;
	c->octets += part->n;
	c->bytes += part->n + HEADER_N;
	r->packets_out++;
	r->bytes_out += part->n + HEADER_N;
}

void consumer_packet(struct consumer *c, const struct stream *s, const struct part *part)
{
	struct layers_out out;
	uint32_t aligned = 0;
	int8_t before = c->layers.current;
	if (part->in.key && s->index == c->layers.target && s->index != c->layers.current)
		aligned = align(c, s, part);
	switch (layers_take(&c->layers, &part->in, aligned, &out)) {
	case LAYERS_DROP:
		return;
	case LAYERS_BLANK:
		send_blank(c, &out);
		return;
	case LAYERS_KEY_AGAIN:
		c->too_early++;
		stream_want_key(&c->producer->streams[s->index], KEY_NONE);
		return;
	case LAYERS_SEND:
		send_part(c, part, &out);
		return;
	case LAYERS_SWITCHED:
		break;
	}
	c->switches += before >= 0 && before != c->layers.current;
	send_part(c, part, &out);
	/* packets of the same key frame that overtook its first one */
	for (uint32_t seq = part->in.seq + 1; (int32_t)(s->highest - seq) >= 0 && seq - part->in.seq < STREAM_RING; seq++) {
		const struct part *later = stream_find(s, seq);
		if (!later)
			continue;
		enum layers_verdict v = layers_take(&c->layers, &later->in, 0, &out);
		if (v == LAYERS_SEND)
			send_part(c, later, &out);
	}
}

/* Another SSRC and a fresh number each time: what was encrypted once is never encrypted again under its own (srtp.h). False: it is no longer kept. */
static bool send_copy(struct consumer *c, const struct sent *sent)
{
	uint8_t header[HEADER_N], head[2 + VP8_DESCRIPTOR_MAX];
	size_t head_n = 2, skip = 0;
	const struct part *part = stream_find(&c->producer->streams[sent->stream - 1], sent->in_seq);
	if (!part)
		return false;
	set_u16(head, sent->seq);
	if (part->in.vp8) {
		head_n += vp8_write(&part->vp8, sent->pid, sent->tl0, head + 2);
		skip = part->vp8.n;
	}
	write_header(c, header, part->in.marker, c->rtx_pt, c->rtx_seq, sent->ts, c->rtx_ssrc, part->extra);
	if (transport_send_rtp(c->transport, &c->rtx_srtp, header, sizeof header, head, head_n, part->packet->data + part->at + skip, part->n - skip) ==
		ERR_OK) {
		c->rtx_seq++;
		c->bytes += part->n + HEADER_N;
	}
	return true;
}

static struct sent *kept(const struct consumer *c, uint16_t seq)
{
	struct sent *sent = c->sent ? &c->sent[seq % SENT_RING] : NULL;
	return sent && c->flows && sent->stream && sent->seq == seq ? sent : NULL;
}

static bool may_resend(struct consumer *c, int64_t now_us)
{
	return tokens_take(&c->participant->resends, RESENDS_PER_SECOND, RESENDS_PER_SECOND, now_us);
}

void consumer_resend(struct consumer *c, uint16_t seq, int64_t now_us)
{
	struct sent *sent = kept(c, seq);
	uint16_t now_ms = (uint16_t)(now_us / 1000 | 1), wait_ms = (uint16_t)(c->rtt_us > 500000 ? 500 : c->rtt_us / 1000);
	if (!sent || !may_resend(c, now_us))
		return;
	/* asked for once more before the first answer can have come */
	if (sent->resent_ms && (uint16_t)(now_ms - sent->resent_ms) < (wait_ms > 10 ? wait_ms : 10))
		return;
	if (!send_copy(c, sent))
		return;
	sent->resent_ms = now_ms;
	if (now_us < c->lossy_until_us && c->twice_n < RESEND_TWICE_MAX) {
		c->twice[c->twice_n].seq = seq;
		c->twice[c->twice_n++].due_us = now_us + RESEND_TWICE_US;
	}
}

void consumer_turn(struct consumer *c, int64_t now_us)
{
	unsigned n = 0;
	for (; n < c->twice_n && now_us >= c->twice[n].due_us; n++) {
		const struct sent *sent = kept(c, c->twice[n].seq);
		if (sent && may_resend(c, now_us))
			send_copy(c, sent);
	}
	if (n == 0)
		return;
	c->twice_n = (uint8_t)(c->twice_n - n);
	memmove(c->twice, c->twice + n, c->twice_n * sizeof *c->twice);
}

enum key_need consumer_key_need(const struct consumer *c, int stream)
{
	if (!c->flows || c->layers.target != stream || !layers_wants_key(&c->layers))
		return KEY_NONE;
	return c->layers.open ? KEY_SWITCH : KEY_BROKEN;
}

void consumer_want_key(struct consumer *c)
{
	if (c->layers.target < 0 || !c->flows || c->producer->send.kind != MEDIA_VIDEO)
		return;
	struct stream *to = &c->producer->streams[c->layers.target];
	/* The one that it is to switch by does as well, and is under way. */
	if (layers_wants_key(&c->layers) && key_ask_waits(&to->keys, c->participant->room->router->now_us))
		return;
	stream_want_key(c->layers.open ? &c->producer->streams[c->layers.current] : to, KEY_BROKEN);
}

void consumer_restart(struct consumer *c)
{
	if (!c->flows || c->producer->send.kind != MEDIA_VIDEO)
		return;
	layers_pause(&c->layers);
	if (c->sent)
		memset(c->sent, 0, SENT_RING * sizeof *c->sent);
	c->participant->share_due = true;
}

void consumer_target(struct consumer *c, int spatial, int temporal)
{
	if (c->producer->send.kind == MEDIA_AUDIO)
		return;
	layers_target(&c->layers, spatial, spatial < 0 ? 0 : (unsigned)temporal);
	if (c->flows && layers_wants_key(&c->layers))
		stream_want_key(&c->producer->streams[spatial], KEY_NONE);
}

bool consumer_report(struct consumer *c, int64_t now_us, struct rtcp_sr *out)
{
	const struct stream *s = c->layers.current >= 0 ? &c->producer->streams[c->layers.current] : NULL;
	if (!s || !s->sr_known || c->packets == 0 || !c->flows)
		return false;
	/* The sender's clock goes through, so that its sound and its picture stay in step at the receiver. */
	uint64_t passed = (uint64_t)(now_us - s->sr_us);
	uint32_t rate = ortc_clock_rate(c->producer->send.codec);
	*out = (struct rtcp_sr){.ssrc = c->ssrc, .ntp = s->sr_ntp + ((passed / 1000000) << 32) + (((passed % 1000000) << 32) / 1000000),
		.ts = s->sr_ts + (uint32_t)(passed * rate / 1000000) - c->layers.ts_delta, .packets = (uint32_t)c->packets, .octets = (uint32_t)c->octets};
	c->sr_middle = ntp_middle(out->ntp);
	c->sr_us = now_us;
	return true;
}

json_t *consumer_json(const struct consumer *c)
{
	const struct producer *p = c->producer;
	char mid[16], stream[24];
	unsigned temporal = 1;
	uint32_t max = 0;
	for (unsigned i = 0; i < p->streams_n; i++) {
		max += p->send.encodings[i].max_bitrate;
		temporal = p->send.encodings[i].temporal > temporal ? p->send.encodings[i].temporal : temporal;
	}
	/* one stream for microphone and camera, another one for the screen and its sound: what is in one stream is played in step */
	bool screen = p->source == SOURCE_SCREEN || p->source == SOURCE_SCREEN_AUDIO;
	snprintf(stream, sizeof stream, "%s%s", p->participant->cname, screen ? "-s" : "");
	snprintf(mid, sizeof mid, "%u", c->participant->next_mid++);
	struct ortc_receive receive = {.mid = mid, .cname = p->participant->cname, .stream = stream, .track = c->id, .codec = p->send.codec,
		.caps = &c->participant->caps, .ssrc = c->ssrc, .rtx_ssrc = c->rtx_ssrc, .spatial = p->streams_n, .temporal = temporal, .max_bitrate = max};
	return json_pack("{s:s,s:s,s:I,s:s,s:o,s:s,s:b,s:s}", "id", c->id, "producerId", p->id, "participant", (json_int_t)p->participant->id, "kind",
		ortc_kind_name(p->send.kind), "rtpParameters", ortc_receive_parameters(&receive), "type", p->streams_n > 1 ? "simulcast" : "simple",
		"producerPaused", p->paused, "source", ortc_source_name(p->source));
}
