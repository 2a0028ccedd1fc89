/* SPDX-License-Identifier: Apache-2.0
 *
 * See participant.h: RTCP, both ways. What a sender is told of what arrived, what a receiver is told of what was sent, and what they tell us.
 */
#include "media/room.h"
#include "media/tape.h"
#include "base/clock.h"

enum {
	FEEDBACK_EVERY_US = 100000, /* transport-wide feedback */
	FEEDBACK_VOICE_US = 250000, /* of voices alone: on a narrow way each one takes a tenth of what they do */
	NACK_EVERY_US = 10000,
	REPORT_EVERY_US = 1000000,
	NACKS_AT_ONCE = 64
};

/* A compound in the making; sent when it is full, and at the end. */
struct compound {
	struct transport *transport;
	struct rtcp_writer w;
	uint8_t bytes[TRANSPORT_RTCP_MAX];
};

static void compound_init(struct compound *c, struct transport *t)
{
	c->transport = t;
	c->w = rtcp_writer_of(c->bytes, sizeof c->bytes);
}

/* What does not leave now is made anew at its next time: reports are never queued. */
static void compound_send(struct compound *c)
{
	if (c->w.n > 0)
		(void)!transport_send_rtcp(c->transport, c->w.p, c->w.n);
	c->w.n = 0;
}

/* --- to the sender */

static uint32_t expected_of(const struct stream *s)
{
	return s->started ? s->highest - s->first + 1 : 0;
}

/* RFC 3550 A.3 */
static struct rtcp_report report_of(struct stream *s, int64_t now_us)
{
	uint32_t expected = expected_of(s), interval = expected - s->expected_before, got = s->received - s->received_before;
	int32_t lost = (int32_t)(interval - got);
	s->expected_before = expected;
	s->received_before = s->received;
	s->fraction_lost = (uint8_t)(interval == 0 || lost <= 0 ? 0 : (uint64_t)lost * 255 / interval);
	return (struct rtcp_report){.ssrc = s->ssrc, .fraction_lost = s->fraction_lost, .lost = (int32_t)(expected - s->received),
		.highest = s->highest - 0x10000u, .jitter = s->jitter >> 4, .last_sr = s->sr_known ? ntp_middle(s->sr_ntp) : 0,
		.delay = s->sr_known ? (uint32_t)((now_us - s->sr_us) * 65536 / 1000000) : 0};
}

static void tell_score(struct producer *p, int64_t now_us)
{
	unsigned worst = 0;
	for (unsigned i = 0; i < p->streams_n; i++)
		if (stream_alive(&p->streams[i], now_us) && p->streams[i].fraction_lost > worst)
			worst = p->streams[i].fraction_lost;
	/* 10 without loss, 0 from 40 % on */
	uint8_t score = (uint8_t)(worst >= 102 ? 0 : 10 - worst * 10 / 102);
	if (score == p->score)
		return;
	p->score = score;
	participant_tell(p->participant, "score", json_pack("{s:s,s:i}", "producerId", p->id, "score", score));
}

static void report_receptions(struct participant *p, struct compound *out, int64_t now_us)
{
	struct rtcp_report reports[31];
	unsigned n = 0;
	for (unsigned s = 0; s < SOURCE_COUNT; s++) {
		struct producer *producer = p->producers[s];
		for (unsigned i = 0; producer && i < producer->streams_n; i++)
			if (producer->streams[i].started && producer->streams[i].ssrc)
				reports[n++] = report_of(&producer->streams[i], now_us);
		if (producer && !producer->paused)
			tell_score(producer, now_us);
	}
	if (n > 0)
		rtcp_write_rr(&out->w, p->own_ssrc, reports, n);
}

static void ask_again(struct participant *p, struct compound *out, int64_t now_us)
{
	uint16_t seqs[NACKS_AT_ONCE];
	bool gave_up;
	for (unsigned s = 0; s < SOURCE_COUNT; s++) {
		struct producer *producer = p->producers[s];
		for (unsigned i = 0; producer && producer->send.kind == MEDIA_VIDEO && i < producer->streams_n; i++) {
			struct stream *stream = &producer->streams[i];
			if (producer->paused || !stream->started || !stream_alive(stream, now_us))
				continue;
			unsigned n = nack_list_due(&stream->nacks, now_us, 0, seqs, NACKS_AT_ONCE, &gave_up);
			if (gave_up)
				stream_want_key(stream, KEY_BROKEN);
			if (n > 0 && !rtcp_write_nack(&out->w, p->own_ssrc, stream->ssrc, seqs, n)) {
				compound_send(out);
				rtcp_write_nack(&out->w, p->own_ssrc, stream->ssrc, seqs, n);
			}
			if (stream->key_wanted)
				stream_ask_key(stream);
		}
	}
}

void participant_uplink_turn(struct participant *p, int64_t now_us)
{
	struct compound out;
	if (!p->up.connected || !p->up.transport)
		return;
	compound_init(&out, p->up.transport);
	if (now_us - p->report_us >= REPORT_EVERY_US) {
		p->report_us = now_us;
		report_receptions(p, &out, now_us);
	}
	if (now_us - p->nack_us >= NACK_EVERY_US) {
		p->nack_us = now_us;
		ask_again(p, &out, now_us);
	}
	int64_t every = p->producers[SOURCE_CAMERA] || p->producers[SOURCE_SCREEN] ? FEEDBACK_EVERY_US : FEEDBACK_VOICE_US;
	if (now_us - p->feedback_us >= every && twcc_log_waits(&p->arrivals)) {
		p->feedback_us = now_us;
		compound_send(&out);
		uint32_t media = p->streams_n ? p->streams[0].ssrc : 0;
		while (twcc_log_waits(&p->arrivals) && twcc_log_write(&p->arrivals, &out.w, p->own_ssrc, media))
			compound_send(&out);
	}
	compound_send(&out);
}

/* --- to the receiver */

void participant_downlink_turn(struct participant *p, int64_t now_us)
{
	struct compound out;
	struct rtcp_sr sr;
	if (!p->down.connected || !p->down.transport || now_us - p->sr_us < REPORT_EVERY_US)
		return;
	/* 0.9 to 1.1 s, so that not all of a room report at once */
	p->sr_us = now_us + (int64_t)random_below(200000) - 100000;
	compound_init(&out, p->down.transport);
	for (size_t i = 0; i < p->consumers.n; i++) {
		struct consumer *c = p->consumers.p[i];
		struct str cname = str_of(c->producer->participant->cname);
		if (!consumer_report(c, now_us, &sr))
			continue;
		if (out.w.cap - out.w.n < 80)
			compound_send(&out);
		rtcp_write_sr(&out.w, &sr, NULL, 0);
		rtcp_write_cname(&out.w, c->ssrc, cname);
	}
	compound_send(&out);
}

/* --- what they tell */

static struct consumer *consumer_of(struct participant *p, uint32_t ssrc)
{
	for (size_t i = 0; i < p->consumers.n; i++)
		if (p->consumers.p[i]->ssrc == ssrc)
			return p->consumers.p[i];
	return NULL;
}

static void sender_report(struct participant *p, const struct rtcp_packet *k, int64_t now_us)
{
	struct rtcp_sr sr;
	if (rtcp_sr(k, &sr) != ERR_OK)
		return;
	for (unsigned i = 0; i < p->streams_n; i++)
		if (p->streams[i].ssrc == sr.ssrc && !p->streams[i].rtx) {
			struct stream *s = p->streams[i].stream;
			s->sr_known = true;
			s->sr_ntp = sr.ntp;
			s->sr_ts = sr.ts;
			s->sr_us = now_us;
			if (p->room->tape)
				tape_report(p->room->tape, s);
		}
}

/* A hole that the sender's own way to us left is seen by every receiver: it says nothing of the receiver's way. */
static uint8_t own_loss(const struct consumer *c, uint8_t fraction)
{
	uint8_t before = c->layers.current >= 0 ? c->producer->streams[c->layers.current].fraction_lost : 0;
	return fraction > before ? (uint8_t)(fraction - before) : 0;
}

static void reception(struct participant *p, const struct rtcp_report *report, int64_t now_us)
{
	struct consumer *c = consumer_of(p, report->ssrc);
	if (!c)
		return;
	c->fraction_lost = report->fraction_lost;
	if (report->fraction_lost >= RESEND_TWICE_LOSS)
		c->lossy_until_us = now_us + LOSSY_US;
	uint32_t since = (uint32_t)(c->packets - c->packets_reported);
	c->packets_reported = c->packets;
	if (c->producer->send.kind == MEDIA_VIDEO && c->flows) {
		p->loss_packets += since;
		p->loss_256 += (uint64_t)since * own_loss(c, report->fraction_lost);
	}
	if (report->last_sr && report->last_sr == c->sr_middle) {
		int64_t rtt = now_us - c->sr_us - (int64_t)report->delay * 1000000 / 65536;
		c->rtt_us = rtt < 0 ? 0 : rtt > 5000000 ? 5000000 : (uint32_t)rtt;
	}
}

static void reports(struct participant *p, const struct rtcp_packet *k, int64_t now_us)
{
	struct rtcp_report report;
	for (unsigned i = 0; i < k->count && rtcp_report(k, i, &report) == ERR_OK; i++)
		reception(p, &report, now_us);
	if (p->loss_packets < DOWNLINK_LOSS_PACKETS)
		return;
	if (p->loss_256 >= p->loss_packets)
		downlink_loss(&p->downlink, (uint8_t)(p->loss_256 / p->loss_packets), p->sent_rate, now_us);
	p->loss_packets = p->loss_256 = 0;
}

static void asked(struct participant *p, const struct rtcp_packet *k, int64_t now_us)
{
	uint32_t sender, media;
	size_t it = 0;
	uint16_t seq;
	if (rtcp_feedback(k, &sender, &media) != ERR_OK)
		return;
	struct consumer *c = consumer_of(p, media);
	while (c && rtcp_nack(k, &it, &seq))
		consumer_resend(c, seq, now_us);
}

static void payload_feedback(struct participant *p, const struct rtcp_packet *k, int64_t now_us)
{
	uint32_t sender, media;
	uint8_t number;
	uint64_t rate;
	if (rtcp_feedback(k, &sender, &media) != ERR_OK)
		return;
	if (k->count == RTCP_PLI) {
		struct consumer *c = consumer_of(p, media);
		if (c)
			consumer_want_key(c);
	} else if (k->count == RTCP_FIR) {
		for (unsigned i = 0; rtcp_fir(k, i, &media, &number); i++) {
			struct consumer *c = consumer_of(p, media);
			if (c)
				consumer_want_key(c);
		}
	} else if (k->count == RTCP_AFB && rtcp_remb(k, &rate) == ERR_OK) {
		downlink_remb(&p->downlink, rate + (uint64_t)p->sent_voices, p->sent_rate, now_us); /* libwebrtc counts no sound in it */
		p->share_due = true;
	}
}

void participant_rtcp(struct link *l, const uint8_t *bytes, size_t n, int64_t now_us)
{
	struct participant *p = l->participant;
	struct rtcp_reader r = rtcp_read(bytes, n);
	struct rtcp_packet k;
	if (!tokens_take(&l->rtcp, UP_RTCP_S, UP_RTCP_S, now_us)) {
		p->dropped++;
		return;
	}
	while (rtcp_next(&r, &k)) {
		if (l->up) {
			if (k.type == RTCP_SR)
				sender_report(p, &k, now_us);
		} else if (k.type == RTCP_RR || k.type == RTCP_SR) {
			reports(p, &k, now_us);
		} else if (k.type == RTCP_RTPFB && k.count == RTCP_NACK) {
			asked(p, &k, now_us);
		} else if (k.type == RTCP_PSFB) {
			payload_feedback(p, &k, now_us);
		}
	}
}
