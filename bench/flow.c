/* SPDX-License-Identifier: Apache-2.0
 *
 * See flow.h. A packet's content, behind VP8's descriptor: 4 bytes (the first one's lowest bit: not a key frame), when it was sent (8), its picture (4), its place in it
 * (2), then bytes that follow from the two.
 */
#include "flow.h"

#include "base/clock.h"
#include "base/mem.h"
#include "media/rtcp.h"
#include "media/rtp.h"
#include "media/vp8.h"
#include "media/wire.h"
#include <time.h>

#define REPORT_EVERY_US 1000000
#define KEY_EVERY_FRAMES 300
#define OWN_SSRC 77
enum { CONTENT_HEAD = 18, DESCRIPTOR = 4, RTP_HEADER = 12, PAYLOAD_MAX = 1400 };

static int64_t mono_us(void) { return clock_mono_ns() / 1000; }

static int64_t wall_ns(void)
{
	struct timespec t;
	clock_gettime(CLOCK_REALTIME, &t);
	return t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}

void flows_init(struct flows *f, struct media_room *room, unsigned flows, unsigned ears)
{
	*f = (struct flows){.room = room, .flow = mem_alloc(flows * sizeof *f->flow), .ear = mem_alloc(ears * sizeof *f->ear), .ear_n = ears};
	for (unsigned i = 0; i < ears; i++)
		f->ear[i].all = f;
}

void flows_release(struct flows *f)
{
	mem_free(f->flow);
	mem_free(f->ear);
}

/* --- sending --- */

static void on_sender_rtcp(void *user, uint8_t *p, size_t n)
{
	struct flows *f = user;
	struct rtcp_reader r = rtcp_read(p, n);
	struct rtcp_packet k;
	uint32_t sender, media;
	uint8_t number;
	while (rtcp_next(&r, &k)) {
		if (k.type != RTCP_PSFB || rtcp_feedback(&k, &sender, &media) != ERR_OK || (k.count != RTCP_PLI && k.count != RTCP_FIR))
			continue;
		if (k.count == RTCP_FIR && !rtcp_fir(&k, 0, &media, &number))
			continue;
		for (unsigned i = 0; i < f->flow_n; i++)
			f->flow[i].key_wanted |= f->flow[i].ssrc == media;
	}
}

struct media_client_config flows_sender(struct flows *f) { return (struct media_client_config){.user = f, .rtcp = on_sender_rtcp}; }

struct flow *flows_add(struct flows *f, struct media_client *client, bool video, uint8_t pt, uint32_t ssrc)
{
	struct flow *w = &f->flow[f->flow_n++];
	*w = (struct flow){.client = client, .video = video, .pt = pt, .ssrc = ssrc, .key_wanted = true, .packets = 1};
	return w;
}

static uint8_t filling(uint32_t frame, unsigned place, size_t i) { return (uint8_t)(frame * 7 + place * 13 + i); }

static void send_picture(struct flows *f, struct flow *w)
{
	uint8_t head[RTP_HEADER] = {0x80}, payload[PAYLOAD_MAX];
	size_t n = w->size - RTP_HEADER, at = w->video ? DESCRIPTOR : 0;
	bool key = w->video && (w->key_wanted || w->frame % KEY_EVERY_FRAMES == 0);
	CHECK(n <= sizeof payload && n >= at + CONTENT_HEAD);
	w->key_wanted = false;
	set_u32(head + 4, (uint32_t)(w->frame * (uint64_t)w->every_us * (w->video ? 90 : 48) / 1000));
	set_u32(head + 8, w->ssrc);
	for (unsigned i = 0; i < w->packets; i++) {
		uint8_t *content = payload + at;
		head[1] = (uint8_t)(w->pt | (i + 1 == w->packets && w->video ? 0x80 : 0));
		set_u16(head + 2, w->seq++);
		if (w->video) {
			payload[0] = i == 0 ? 0x90 : 0x80;
			payload[1] = 0x80;
			set_u16(payload + 2, (uint16_t)(0x8000 | (w->frame & 0x7fff)));
		}
		memset(content, 0, 4);
		content[0] = i > 0 || !key;
		set_u64(content + 4, (uint64_t)wall_ns());
		set_u32(content + 12, w->frame);
		set_u16(content + 16, (uint16_t)i);
		for (size_t k = CONTENT_HEAD; k < n - at; k++)
			content[k] = filling(w->frame, i, k);
		w->sent++;
		f->tally.sent++;
		media_client_send_rtp(w->client, &w->srtp, head, sizeof head, payload, n);
	}
	w->frame++;
}

static void send_report(struct flow *w)
{
	uint8_t p[64];
	struct rtcp_writer out = rtcp_writer_of(p, sizeof p);
	struct rtcp_sr sr = {.ssrc = w->ssrc, .ntp = ntp_of_us(wall_ns() / 1000), .ts = (uint32_t)(w->frame * (uint64_t)w->every_us * (w->video ? 90 : 48) / 1000),
		.packets = (uint32_t)w->sent, .octets = (uint32_t)(w->sent * w->size)};
	rtcp_write_sr(&out, &sr, NULL, 0);
	rtcp_write_cname(&out, w->ssrc, STR("bench"));
	media_client_send_rtcp(w->client, out.p, out.n);
}

/* --- receiving --- */

static bool look_at_number(void *user, const uint8_t *p, size_t n)
{
	struct ear *e = user;
	struct tally *t = &e->all->tally;
	uint32_t ssrc = get_u32(p + 8);
	uint16_t seq = get_u16(p + 2);
	__typeof__(*e->streams) *s = &e->streams[ssrc % FLOW_STREAMS];
	t->received++;
	t->bytes += n;
	if (s->known && s->ssrc == ssrc) {
		int16_t step = (int16_t)(uint16_t)(seq - s->seq);
		t->holes += step > 1 ? (uint64_t)(step - 1) : 0;
		t->back += step <= 0;
		s->seq = step > 0 ? seq : s->seq;
	} else {
		*s = (__typeof__(*s)){.ssrc = ssrc, .seq = seq, .known = true};
	}
	return e->looked++ % FLOW_SAMPLE == 0;
}

static void look_inside(void *user, uint8_t *p, size_t n)
{
	struct ear *e = user;
	struct tally *t = &e->all->tally;
	struct rtp h;
	struct vp8 v = {.n = 0};
	bool video = false;
	t->sampled++;
	if (rtp_parse(p, n, &h) != ERR_OK || h.payload_n < CONTENT_HEAD) {
		t->wrong_bytes++;
		return;
	}
	__typeof__(*e->streams) *s = &e->streams[h.ssrc % FLOW_STREAMS];
	const uint8_t *content = p + h.header_n;
	size_t content_n = h.payload_n;
	video = content[0] >= 0x80; /* a descriptor with more behind it; sound's content begins with 0 or 1 */
	if (video) {
		if (vp8_parse(content, content_n, &v) != ERR_OK || content_n < v.n + (size_t)CONTENT_HEAD) {
			t->wrong_bytes++;
			return;
		}
		content += v.n;
		content_n -= v.n;
	}
	uint32_t frame = get_u32(content + 12);
	unsigned place = get_u16(content + 16);
	for (size_t i = CONTENT_HEAD; i < content_n; i++)
		if (content[i] != filling(frame, place, i)) {
			t->wrong_bytes++;
			return;
		}
	if (video) {
		uint16_t delta = (uint16_t)((v.picture_id - frame) & 0x7fff);
		t->wrong_pid += s->pid_known && s->pid_delta != delta;
		s->pid_known = true;
		s->pid_delta = delta;
	}
	int64_t delay = (media_client_came_ns(*e->client) - (int64_t)get_u64(content + 4)) / 10000;
	t->delay[delay < 0 ? 0 : delay >= FLOW_DELAYS ? FLOW_DELAYS - 1 : delay]++;
	t->delays++;
}

struct media_client_config flows_receiver(struct flows *f, unsigned ear)
{
	return (struct media_client_config){.user = &f->ear[ear], .rtp = look_inside, .wants = look_at_number, .stamps = true};
}

void flows_listen(struct flows *f, unsigned ear, struct media_client **client) { f->ear[ear].client = client; }

/* As a browser: what it received, and that there is room for more. */
static void report(struct ear *e)
{
	uint8_t p[128];
	struct rtcp_writer out = rtcp_writer_of(p, sizeof p);
	struct rtcp_report r = {.ssrc = 0};
	for (unsigned i = 0; i < FLOW_STREAMS && !r.ssrc; i++)
		if (e->streams[i].known)
			r = (struct rtcp_report){.ssrc = e->streams[i].ssrc, .highest = e->streams[i].seq};
	if (!r.ssrc)
		return;
	rtcp_write_rr(&out, OWN_SSRC, &r, 1);
	rtcp_write_remb(&out, OWN_SSRC, 30000000, &r.ssrc, 1);
	media_client_send_rtcp(*e->client, out.p, out.n);
}

/* --- both --- */

static void send_due(struct flows *f, int64_t now)
{
	for (unsigned i = 0; i < f->flow_n; i++) {
		struct flow *w = &f->flow[i];
		if (!w->on)
			continue;
		if (w->due_us == 0 || now - w->due_us > 1000000) /* at the beginning, each at its own time; after a rest, none is made up for */
			w->due_us = now + (int64_t)random_below((uint64_t)w->every_us);
		for (int behind = 0; now >= w->due_us && behind < 4; behind++) {
			send_picture(f, w);
			w->due_us += w->every_us;
		}
		if (now - w->sr_us >= REPORT_EVERY_US) {
			w->sr_us = now;
			send_report(w);
		}
	}
	for (unsigned i = 0; i < f->ear_n; i++)
		if (f->ear[i].client && now - f->ear[i].report_us >= REPORT_EVERY_US) {
			f->ear[i].report_us = f->ear[i].report_us ? now : now - (int64_t)random_below(REPORT_EVERY_US);
			report(&f->ear[i]);
		}
}

void flows_run(struct flows *f, int64_t us)
{
	for (int64_t now = mono_us(), until = now + us; now < until; now = mono_us()) {
		send_due(f, now);
		media_room_pump(f->room, 1);
	}
}

void flows_drain(struct flows *f, int ms) { media_room_pump(f->room, ms); }

void tally_reset(struct flows *f) { memset(&f->tally, 0, sizeof f->tally); }

double tally_delay_ms(const struct tally *t, double share)
{
	uint64_t seen = 0;
	for (unsigned i = 0; i < FLOW_DELAYS; i++) {
		seen += t->delay[i];
		if (seen > 0 && (double)seen >= share * (double)t->delays)
			return (i + 1) / 100.0;
	}
	return 0;
}
