/* SPDX-License-Identifier: Apache-2.0
 *
 * See media_video.h.
 */
#include "media_video.h"

#include "base/clock.h"
#include "base/err.h"
#include "media/rtcp.h"
#include "media/rtp.h"
#include "media/vp8.h"
#include <stdio.h>

enum { VP8 = 96, RTX = 97, BODY = 12 }; /* BODY: of our own bytes behind the descriptor: P bit and start code as a key frame has them, then size, frame, packet */
enum { ASK_AFTER_US = 10000, ASK_AGAIN_US = 50000, GIVE_UP_US = 1000000, TICK_US = 10000, STALL_US = 40000, REPORT_US = 1000000 };

static int64_t now_us(void) { return clock_mono_ns() / 1000; }

/* --- the camera */

static void head_of(uint8_t head[12], uint8_t pt, bool marker, uint16_t seq, uint32_t ts, uint32_t ssrc)
{
	head[0] = 0x80;
	head[1] = (uint8_t)(pt | (marker ? 0x80 : 0));
	set_u16(head + 2, seq);
	set_u32(head + 4, ts);
	set_u32(head + 8, ssrc);
}

static void resend(struct camera *c, struct camera_stream *s, uint16_t seq)
{
	struct camera_packet *k = &s->ring[seq % CAMERA_RING];
	uint8_t head[12], payload[2 + VIDEO_PAYLOAD_MAX];
	if (!k->used || k->seq != seq)
		return;
	head_of(head, RTX, k->marker, s->rtx_seq++, k->ts, s->rtx_ssrc);
	set_u16(payload, seq);
	memcpy(payload + 2, k->payload, k->n);
	s->resent++;
	media_client_send_rtp(c->person->send, &s->rtx_srtp, head, sizeof head, payload, (size_t)k->n + 2);
}

static void camera_rtcp(void *user, uint8_t *p, size_t n)
{
	struct camera *c = user;
	struct rtcp_reader r = rtcp_read(p, n);
	struct rtcp_packet k;
	uint32_t sender, media;
	uint16_t seq;
	while (rtcp_next(&r, &k)) {
		bool nack = k.type == RTCP_RTPFB && k.count == RTCP_NACK, pli = k.type == RTCP_PSFB && k.count == RTCP_PLI;
		if ((!nack && !pli) || rtcp_feedback(&k, &sender, &media) != ERR_OK)
			continue;
		for (unsigned i = 0; i < c->sizes; i++) {
			if (c->streams[i].ssrc != media)
				continue;
			c->streams[i].key_wanted |= pli;
			c->streams[i].key_requests += pli;
			for (size_t it = 0; nack && rtcp_nack(&k, &it, &seq);)
				resend(c, &c->streams[i], seq);
		}
	}
}

static json_t *parameters_of(const struct camera *c)
{
	static const char *const rids[CAMERA_SIZES_MAX] = {"r0", "r1", "r2"};
	json_t *encodings = json_array();
	for (unsigned i = 0; i < c->sizes; i++)
		json_array_append_new(encodings, json_pack("{s:I,s:s,s:{s:I}}", "ssrc", (json_int_t)c->streams[i].ssrc, "rid", rids[i], "rtx", "ssrc",
			(json_int_t)c->streams[i].rtx_ssrc));
	return json_pack("{s:s,s:[{s:s,s:i,s:i,s:{},s:[{s:s},{s:s,s:s}]},{s:s,s:i,s:i,s:{s:i}}],s:[],s:o,s:{s:s}}", "mid", "1", "codecs", "mimeType", "video/VP8",
		"payloadType", VP8, "clockRate", 90000, "parameters", "rtcpFeedback", "type", "nack", "type", "nack", "parameter", "pli", "mimeType", "video/rtx",
		"payloadType", RTX, "clockRate", 90000, "parameters", "apt", VP8, "headerExtensions", "encodings", encodings, "rtcp", "cname", "a");
}

bool camera_open(struct camera *c, struct media_room *r, const char *room, int64_t participant, unsigned sizes, unsigned packets)
{
	static const unsigned bytes[CAMERA_SIZES_MAX] = {300, 600, 1000};
	struct media_client_config config = {.user = c, .rtcp = camera_rtcp};
	*c = (struct camera){.sizes = sizes, .packets = packets, .begun_us = now_us()};
	for (unsigned i = 0; i < sizes; i++) {
		c->bytes[i] = bytes[sizes == 1 ? 2 : i];
		c->streams[i].ssrc = 1000 + i + (uint32_t)participant * 100;
		c->streams[i].rtx_ssrc = 2000000 + i + (uint32_t)participant * 100;
		c->streams[i].key_wanted = true;
	}
	c->person = media_room_admit(r, room, participant, true, true, true);
	if (!media_room_open(r, c->person, true, false, &config, c->transport))
		return false;
	return media_room_produce(r, c->person, c->transport, "camera", true, parameters_of(c), c->producer);
}

static void send_packet(struct camera *c, struct camera_stream *s, unsigned size, unsigned i, bool key, uint32_t ts)
{
	struct camera_packet *k = &s->ring[++s->seq % CAMERA_RING];
	uint8_t head[12], *body = k->payload + 4;
	*k = (struct camera_packet){.seq = s->seq, .ts = ts, .marker = i + 1 == c->packets, .used = true, .n = (uint16_t)c->bytes[size]};
	k->payload[0] = i == 0 ? 0x90 : 0x80; /* the beginning of the picture */
	k->payload[1] = 0x80;
	set_u16(k->payload + 2, (uint16_t)(0x8000 | s->picture));
	body[0] = i == 0 && key ? 0x00 : 0x01;
	body[1] = body[2] = 0;
	body[3] = (uint8_t)size;
	set_u32(body + 4, s->frames);
	set_u32(body + 8, i);
	memset(body + BODY, (int)(s->frames + i + size), c->bytes[size] - 4 - BODY);
	head_of(head, VP8, k->marker, k->seq, ts, s->ssrc);
	s->packets++;
	media_client_send_rtp(c->person->send, &s->srtp, head, sizeof head, k->payload, k->n);
}

void camera_frame(struct camera *c)
{
	for (unsigned size = 0; size < c->sizes; size++) {
		struct camera_stream *s = &c->streams[size];
		bool key = s->key_wanted;
		uint32_t ts = (uint32_t)((now_us() - c->begun_us) * 9 / 100) + size * 100000;
		s->frames++;
		s->key_wanted = false;
		s->picture = (s->picture + 1) & 0x7fff;
		for (unsigned i = 0; i < c->packets; i++)
			send_packet(c, s, size, i, key, ts);
	}
}

/* --- the screen */

static uint32_t extend(const struct screen *s, uint16_t seq) { return s->highest + (uint32_t)(int16_t)(uint16_t)(seq - (uint16_t)s->highest); }
static struct screen_packet *at(struct screen *s, uint32_t seq) { return &s->ring[seq % SCREEN_RING]; }
static bool is_here(struct screen *s, uint32_t seq) { return at(s, seq)->here && at(s, seq)->seq == seq; }

static void add_holes(struct screen *s, uint32_t from, uint32_t to, int64_t now)
{
	for (; from != to && s->holes_n < sizeof s->holes / sizeof *s->holes; from++)
		s->holes[s->holes_n++] = (struct screen_hole){.seq = from, .found_us = now};
}

static void fill(struct screen *s, uint32_t seq)
{
	for (unsigned i = 0; i < s->holes_n; i++)
		if (s->holes[i].seq == seq && !s->holes[i].filled) {
			s->holes[i].filled = true;
			if (s->holes[i].tries)
				s->counts.repaired++;
		}
}

/* Our bytes, as a camera put them: both the layer's descriptor and what stands behind it. */
static bool is_right(const uint8_t *body, size_t n)
{
	uint8_t fill_byte = (uint8_t)(get_u32(body + 4) + get_u32(body + 8) + body[3]);
	for (size_t i = BODY; i < n; i++)
		if (body[i] != fill_byte)
			return false;
	return true;
}

static void take(struct screen *s, uint16_t seq16, const struct rtp *h, const uint8_t *payload, size_t n)
{
	struct vp8 v;
	int64_t now = now_us();
	if (n <= 1)
		return; /* padding */
	if (vp8_parse(payload, n, &v) != ERR_OK || n < (size_t)v.n + BODY || !is_right(payload + v.n, n - v.n)) {
		s->counts.wrong++;
		return;
	}
	if (!s->begun) {
		s->begun = s->waits_key = true;
		s->highest = 0x10000u + seq16 - 1;
		s->play = s->first = s->highest + 1;
	}
	uint32_t seq = extend(s, seq16);
	if (is_here(s, seq) || (int32_t)(seq - s->first) < 0) {
		s->counts.copies++;
		return;
	}
	if ((int32_t)(seq - s->highest) > 0) {
		add_holes(s, s->highest + 1, seq, now);
		s->highest = seq;
	} else {
		fill(s, seq);
	}
	s->counts.packets++;
	*at(s, seq) = (struct screen_packet){.seq = seq, .ts = h->ts, .here = true, .marker = h->marker, .start = v.start && v.partition == 0, .key = v.key_frame,
		.picture = v.picture_id, .size = payload[v.n + 3]};
}

static void screen_rtp(void *user, uint8_t *p, size_t n)
{
	struct screen *s = user;
	struct rtp h;
	if (rtp_parse(p, n, &h) != ERR_OK)
		return;
	const uint8_t *payload = p + h.header_n;
	if (h.ssrc == s->ssrc) {
		s->come++;
		if (!h.padding)
			take(s, h.seq, &h, payload, h.payload_n);
	} else if (h.ssrc == s->rtx_ssrc && h.payload_n > 2) {
		take(s, get_u16(payload), &h, payload + 2, (size_t)h.payload_n - 2);
	}
}

bool screen_open(struct screen *s, struct media_room *r, const char *room, int64_t participant, const char *producer)
{
	struct media_client_config config = {.user = s, .rtp = screen_rtp};
	*s = (struct screen){.person = media_room_admit(r, room, participant, true, true, true)};
	if (!media_room_open(r, s->person, false, false, &config, s->transport))
		return false;
	json_decref(media_room_ask(r, s->person, "capabilities", json_pack("{s:O}", "rtpCapabilities", s->person->router_caps), NULL));
	json_t *made = media_room_ask(r, s->person, "consume", json_pack("{s:s,s:[s]}", "transportId", s->transport, "producerIds", producer), NULL);
	json_t *consumer = json_array_get(json_object_get(made, "consumers"), 0);
	json_t *encoding = json_array_get(json_object_get(json_object_get(consumer, "rtpParameters"), "encodings"), 0);
	s->ssrc = (uint32_t)json_integer_value(json_object_get(encoding, "ssrc"));
	s->rtx_ssrc = (uint32_t)json_integer_value(json_object_get(json_object_get(encoding, "rtx"), "ssrc"));
	snprintf(s->consumer, sizeof s->consumer, "%s", consumer ? json_string_value(json_object_get(consumer, "id")) : "");
	json_decref(made);
	json_t *done = s->ssrc ? media_room_ask(r, s->person, "resume_consumers", json_pack("{s:[s]}", "consumerIds", s->consumer), NULL) : NULL;
	json_decref(done);
	return done && s->rtx_ssrc;
}

bool screen_size(struct screen *s, struct media_room *r, int spatial)
{
	json_t *done = media_room_ask(r, s->person, "set_layers", json_pack("{s:s,s:i}", "consumerId", s->consumer, "spatialLayer", spatial), NULL);
	json_decref(done);
	return done != NULL;
}

static void say(struct screen *s, const struct rtcp_writer *w)
{
	if (w->n)
		media_client_send_rtcp(s->person->recv, w->p, w->n);
}

static void ask(struct screen *s, int64_t now)
{
	uint16_t seqs[64];
	uint8_t bytes[600];
	unsigned n = 0, kept = 0;
	struct rtcp_writer w = rtcp_writer_of(bytes, sizeof bytes);
	for (unsigned i = 0; i < s->holes_n; i++) {
		struct screen_hole *h = &s->holes[i];
		if (h->filled || now - h->found_us > 2 * GIVE_UP_US)
			continue;
		if (n < 64 && now - h->found_us >= ASK_AFTER_US && now - h->asked_us >= ASK_AGAIN_US) {
			s->counts.holes += h->tries == 0;
			h->tries++;
			h->asked_us = now;
			seqs[n++] = (uint16_t)h->seq;
		}
		s->holes[kept++] = *h;
	}
	s->holes_n = kept;
	if (n && rtcp_write_rr(&w, 1, NULL, 0) && rtcp_write_nack(&w, 1, s->ssrc, seqs, n))
		say(s, &w);
}

static void shown(struct screen *s, const struct screen_packet *k, int64_t now)
{
	struct screen_counts *c = &s->counts;
	uint16_t next = (s->picture + 1) & 0x7fff;
	if (s->picture_known && k->picture != next && !(s->skipped && k->key))
		c->broken++;
	s->picture = k->picture;
	s->picture_known = true;
	s->size = k->size;
	c->frames++;
	c->keys += k->key;
	/* Whole before its time: shown in time. */
	int64_t due = s->clock_us + (int64_t)(int32_t)(k->ts - s->clock_ts) * 100 / 9;
	if (!s->clock_us || now < due || now - due > 5 * GIVE_UP_US) {
		s->clock_us = due = now;
		s->clock_ts = k->ts;
	}
	if (now < due + SHOWN_LATER_US)
		now = due + SHOWN_LATER_US;
	if (s->shown_us) { /* the sender's own pauses are none of the way's */
		int64_t gap = now - s->shown_us - s->stalled_us, meant = (int64_t)(int32_t)(k->ts - s->shown_ts) * 100 / 9;
		c->freezes += gap > (meant > 75000 ? 3 * meant : meant + 150000); /* as the statistics of browsers count them */
	}
	s->shown_ts = k->ts;
	s->shown_us = now;
	s->stalled_us = 0;
	s->waits_key = s->skipped = false;
}

/* The next picture, if it is whole: its first packet at play. */
static bool whole(struct screen *s, uint32_t *end_out)
{
	for (uint32_t seq = s->play; (int32_t)(s->highest - seq) >= 0; seq++) {
		if (!is_here(s, seq) || at(s, seq)->ts != at(s, s->play)->ts)
			return false;
		if (at(s, seq)->marker) {
			*end_out = seq;
			return true;
		}
	}
	return false;
}

/* To the next key frame that began to come; false: none yet. */
static bool skip(struct screen *s)
{
	for (uint32_t seq = s->play; (int32_t)(s->highest - seq) >= 0; seq++)
		if (is_here(s, seq) && at(s, seq)->start && at(s, seq)->key) {
			s->play = seq;
			s->skipped = true;
			return true;
		}
	return false;
}

static void show(struct screen *s, int64_t now)
{
	uint32_t end;
	uint8_t bytes[64];
	for (;;) {
		if (s->waits_key && !skip(s))
			return;
		if (whole(s, &end)) {
			shown(s, at(s, s->play), now);
			s->play = end + 1;
			s->late_us = 0;
			continue;
		}
		/* A switch leaves a number out where it broke a picture off: a key frame that is whole begins anew, without harm. */
		uint32_t was = s->play;
		s->play++;
		if ((int32_t)(s->highest - was) > 0 && skip(s) && whole(s, &end) && at(s, end)->marker && s->late_us && now - s->late_us > 100000) {
			s->late_us = 0;
			continue;
		}
		s->play = was;
		s->skipped = false;
		if ((int32_t)(s->highest - was) >= 0 && !s->late_us)
			s->late_us = now;
		break;
	}
	if (s->late_us && now - s->late_us > GIVE_UP_US) {
		struct rtcp_writer w = rtcp_writer_of(bytes, sizeof bytes);
		s->counts.given_up++;
		s->waits_key = true;
		s->late_us = now;
		s->play++;
		if (rtcp_write_rr(&w, 1, NULL, 0) && rtcp_write_pli(&w, 1, s->ssrc))
			say(s, &w);
	}
}

static void report(struct screen *s, int64_t now)
{
	uint8_t bytes[128];
	struct rtcp_writer w = rtcp_writer_of(bytes, sizeof bytes);
	uint64_t expected = s->highest - s->first + 1, due = expected - s->expected_before, come = s->come - s->come_before;
	struct rtcp_report r = {.ssrc = s->ssrc, .highest = s->highest, .fraction_lost = (uint8_t)(due > come ? (due - come) * 256 / due : 0), .lost = (int32_t)(expected - s->come)};
	s->reported_us = now;
	s->expected_before = expected;
	s->come_before = s->come;
	if (s->begun && rtcp_write_rr(&w, 1, &r, 1))
		say(s, &w);
}

void screen_tick(struct screen *s)
{
	int64_t now = now_us();
	if (s->ticked_us && now - s->ticked_us < TICK_US)
		return;
	if (s->ticked_us && now - s->ticked_us > STALL_US)
		s->stalled_us += now - s->ticked_us;
	s->ticked_us = now;
	ask(s, now);
	show(s, now);
	if (now - s->reported_us > REPORT_US)
		report(s, now);
}

void video_run(struct media_room *r, struct camera *c, struct screen *s, int ms, unsigned frames_s)
{
	int64_t start = now_us(), due = start;
	while (now_us() - start < (int64_t)ms * 1000) {
		if (now_us() >= due) {
			camera_frame(c);
			due += 1000000 / frames_s;
			if (now_us() - due > 500000)
				due = now_us(); /* we did not run: no burst afterwards */
		}
		media_room_pump(r, 3);
		screen_tick(s);
	}
}
