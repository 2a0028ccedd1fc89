/* SPDX-License-Identifier: Apache-2.0
 *
 * Pictures through a room: key frames, repair both ways, simulcast, reports, the limit of the path; and that a packet that is forwarded costs no allocation.
 */
#include "media_world.h"
#include "media/rtcp.h"
#include "base/mem.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <cmocka.h>

static struct browser anna, boris, vera;
static char camera[32], consumer[32];
static uint32_t out_ssrc, out_rtx;

/* A camera in three streams, as a browser sends it. */
static struct { uint16_t seq, pid; uint8_t tl0; uint32_t ts; unsigned phase; } cam[3];
static uint16_t twcc;

enum { CAM_SSRC = 3000, CAM_RTX = 4000 };

static size_t cam_packet(uint8_t p[PACKET_MAX], unsigned i, bool key, bool start, bool end, size_t size, bool introduce)
{
	static const uint8_t tids[4] = {0, 2, 1, 2};
	static const char *const rids[3] = {"r0", "r1", "r2"};
	uint8_t vp8[1200];
	size_t n = vp8_make(vp8, start, key, cam[i].pid, cam[i].tl0, key ? 0 : tids[cam[i].phase], cam[i].phase > 0, size);
	return rtp_make(p, &(struct rtp_make){.pt = 96, .marker = end, .seq = cam[i].seq++, .ts = cam[i].ts, .ssrc = CAM_SSRC + i, .mid = introduce ? "1" : NULL,
		.rid = introduce ? rids[i] : NULL, .level = -1, .twcc = twcc++, .payload = vp8, .n = n});
}

/* One picture of three packets. */
static void cam_picture(unsigned i, bool key, size_t size)
{
	uint8_t p[PACKET_MAX];
	cam[i].pid = (cam[i].pid + 1) & 0x7fff;
	cam[i].ts += 3000;
	cam[i].phase = key ? 0 : (cam[i].phase + 1) % 4;
	if (cam[i].phase == 0)
		cam[i].tl0++;
	for (int k = 0; k < 3; k++) {
		size_t n = cam_packet(p, i, key, k == 0, k == 2, size, true);
		assert_true(fake_rtp(anna.send, p, n));
	}
}

static bool key_asked[3];
static int64_t due[3]; /* slow_run */
static size_t all_plis;

/* Answers requests for key frames as a browser would. */
static void look_for_plis(void)
{
	for (unsigned i = 0; i < 3; i++)
		key_asked[i] |= sent_plis(anna.send, CAM_SSRC + i) > 0;
}

static void cam_run(int64_t us, const size_t sizes[3])
{
	for (int64_t end = world_now() + us; world_now() < end;) {
		look_for_plis();
		fake_forget();
		for (unsigned i = 0; i < 3; i++)
			if (sizes[i]) {
				cam_picture(i, key_asked[i], sizes[i]);
				key_asked[i] = false;
			}
		world_wait(33000);
		look_for_plis();
	}
}

static int start(void **state)
{
	(void)state;
	world_start(8192);
	memset(cam, 0, sizeof cam);
	memset(key_asked, 0, sizeof key_asked);
	memset(due, 0, sizeof due);
	browser_join(&anna, "call-1", 11, 1);
	browser_join(&boris, "call-1", 12, 2);
	browser_join(&vera, "call-1", 13, 3);
	return 0;
}

static int stop(void **state)
{
	(void)state;
	world_stop();
	return 0;
}

static void single(void)
{
	browser_produce(&anna, "camera", vp8_parameters(CAM_SSRC, CAM_RTX, "1"), camera);
	browser_consume(&boris, camera, consumer, &out_ssrc, &out_rtx);
	cam_picture(0, false, 400); /* not to be used: no key frame came yet */
	world_wait(20000);
}

static void a_picture_begins_with_a_key_frame(void **state)
{
	(void)state;
	single();
	assert_int_equal(sent_rtp(boris.recv, out_ssrc), 0);
	assert_int_equal(sent_plis(anna.send, CAM_SSRC), 1); /* by its receiver, not by its first packet */
	for (int i = 0; i < 10; i++) { /* asked for once in half a second, whoever asks */
		world_ok(12, "request_key_frame", json_pack("{s:s}", "consumerId", consumer));
		cam_picture(0, false, 400);
		world_wait(10000);
	}
	assert_int_equal(sent_plis(anna.send, CAM_SSRC), 1);
	for (int i = 0; i < 20; i++) {
		cam_picture(0, false, 400);
		world_wait(33000);
	}
	assert_true(sent_plis(anna.send, CAM_SSRC) >= 2 && sent_plis(anna.send, CAM_SSRC) <= 3);
	assert_int_equal(sent_rtp(boris.recv, out_ssrc), 0);
	cam_picture(0, true, 400);
	assert_int_equal(sent_rtp(boris.recv, out_ssrc), 3);
	const struct fake_sent *last = sent_last(boris.recv, out_ssrc);
	struct vp8 v;
	assert_true(last->rtp.pt == PT_VP8 && last->rtp.marker);
	assert_int_equal(vp8_parse(last->data + last->rtp.header_n, last->rtp.payload_n, &v), ERR_OK);
	assert_true(v.has_picture_id && v.long_picture_id && v.tid == 0);
	fake_forget();
	world_wait(2000000);
	assert_int_equal(sent_plis(anna.send, CAM_SSRC), 0); /* nobody waits for one any more */
}

/* The key frame's first packet is overtaken by the others: all of them go out in order. */
static void a_key_frame_out_of_order(void **state)
{
	uint8_t p[3][PACKET_MAX];
	size_t n[3];
	(void)state;
	single();
	cam[0].pid++;
	cam[0].ts += 3000;
	cam[0].tl0++;
	cam[0].phase = 0;
	for (int k = 0; k < 3; k++)
		n[k] = cam_packet(p[k], 0, true, k == 0, k == 2, 100, true);
	assert_true(fake_rtp(anna.send, p[1], n[1]) && fake_rtp(anna.send, p[2], n[2]) && fake_rtp(anna.send, p[0], n[0]));
	assert_int_equal(sent_rtp(boris.recv, out_ssrc), 3);
	uint16_t seq = 0;
	for (size_t i = 0, k = 0; i < fake.n; i++)
		if (!fake.sent[i].rtcp && fake.sent[i].rtp.ssrc == out_ssrc) {
			assert_true(k == 0 || fake.sent[i].rtp.seq == (uint16_t)(seq + 1));
			assert_int_equal(fake.sent[i].rtp.marker, k == 2);
			seq = fake.sent[i].rtp.seq;
			k++;
		}
}

static void send_nack(struct browser *b, uint32_t media, const uint16_t *seqs, unsigned count)
{
	uint8_t bytes[200];
	struct rtcp_writer w = rtcp_writer_of(bytes, sizeof bytes);
	assert_true(rtcp_write_nack(&w, 1, media, seqs, count));
	fake_rtcp(b->recv, bytes, w.n, world_now());
}

static void a_receiver_asks_again(void **state)
{
	(void)state;
	single();
	cam_picture(0, true, 400);
	for (int i = 0; i < 3; i++)
		cam_picture(0, false, 400);
	struct fake_sent first = *sent_last(boris.recv, out_ssrc);
	uint16_t seqs[3] = {(uint16_t)(first.rtp.seq - 2), first.rtp.seq, (uint16_t)(first.rtp.seq + 100)};
	fake_forget();
	send_nack(&boris, out_ssrc, seqs, 3);
	assert_int_equal(sent_rtp(boris.recv, out_rtx), 2); /* what never went out cannot come again */
	const struct fake_sent *again = sent_last(boris.recv, out_rtx);
	uint16_t osn;
	assert_int_equal(again->rtp.pt, PT_VP8_RTX);
	assert_int_equal(rtp_rtx_osn(again->data, &again->rtp, &osn), ERR_OK);
	assert_int_equal(osn, first.rtp.seq);
	assert_int_equal(again->rtp.payload_n, first.rtp.payload_n + 2);
	assert_memory_equal(again->data + again->rtp.header_n + 2, first.data + first.rtp.header_n, first.rtp.payload_n);
	assert_true(again->rtp.ts == first.rtp.ts && again->rtp.marker);
	send_nack(&boris, out_ssrc, seqs, 3); /* at once again: the answer is under way */
	assert_int_equal(sent_rtp(boris.recv, out_rtx), 2);
	world_wait(50000);
	send_nack(&boris, out_ssrc, seqs, 3); /* with a fresh number: the fake transport aborts on a used one */
	assert_int_equal(sent_rtp(boris.recv, out_rtx), 4);
	send_nack(&vera, out_ssrc, seqs, 3); /* not hers */
	send_nack(&boris, out_rtx, seqs, 3);
	assert_int_equal(sent_rtp(vera.recv, 0), 0);
	assert_int_equal(sent_rtp(boris.recv, out_rtx), 4);
	world_ok(11, "pause_producer", json_pack("{s:s}", "producerId", camera));
	world_wait(50000);
	send_nack(&boris, out_ssrc, seqs, 3);
	assert_int_equal(sent_rtp(boris.recv, out_rtx), 4); /* muted: not even what it sent before */
}

static void report_loss(uint8_t fraction_lost)
{
	uint8_t bytes[64];
	struct rtcp_writer w = rtcp_writer_of(bytes, sizeof bytes);
	struct rtcp_report report = {.ssrc = out_ssrc, .fraction_lost = fraction_lost};
	assert_true(rtcp_write_rr(&w, 1, &report, 1));
	fake_rtcp(boris.recv, bytes, w.n, world_now());
}

/* Where much is lost, so is what comes again. */
static void a_lossy_way_gets_two_copies(void **state)
{
	(void)state;
	single();
	cam_picture(0, true, 400);
	for (int i = 0; i < 30; i++)
		cam_picture(0, false, 400);
	uint16_t last = sent_last(boris.recv, out_ssrc)->rtp.seq, seqs[24], osn;
	report_loss(RESEND_TWICE_LOSS - 1);
	fake_forget();
	send_nack(&boris, out_ssrc, &last, 1);
	world_wait(50000);
	assert_int_equal(sent_rtp(boris.recv, out_rtx), 1);
	report_loss(RESEND_TWICE_LOSS);
	report_loss(0); /* for some seconds it is lossy still */
	fake_forget();
	send_nack(&boris, out_ssrc, &last, 1);
	assert_int_equal(sent_rtp(boris.recv, out_rtx), 1);
	world_wait(RESEND_TWICE_US - 5000);
	assert_int_equal(sent_rtp(boris.recv, out_rtx), 1);
	world_wait(10000);
	assert_int_equal(sent_rtp(boris.recv, out_rtx), 2); /* with a number of its own: the fake transport aborts on a used one */
	const struct fake_sent *again = sent_last(boris.recv, out_rtx);
	assert_int_equal(rtp_rtx_osn(again->data, &again->rtp, &osn), ERR_OK);
	assert_int_equal(osn, last);
	world_wait(100000);
	assert_int_equal(sent_rtp(boris.recv, out_rtx), 2);
	/* of many at once some come twice, and nothing after the end of the picture */
	for (unsigned i = 0; i < 24; i++)
		seqs[i] = (uint16_t)(last - 23 + i);
	fake_forget();
	send_nack(&boris, out_ssrc, seqs, 24);
	world_wait(50000);
	assert_int_equal(sent_rtp(boris.recv, out_rtx), 24 + RESEND_TWICE_MAX);
	fake_forget();
	send_nack(&boris, out_ssrc, seqs, 24);
	world_ok(11, "pause_producer", json_pack("{s:s}", "producerId", camera));
	world_wait(50000);
	assert_int_equal(sent_rtp(boris.recv, out_rtx), 24);
}

/* What one receiver can make us send by asking is bounded. */
static void asking_has_a_limit(void **state)
{
	(void)state;
	single();
	cam_picture(0, true, 400);
	for (int i = 0; i < 30; i++)
		cam_picture(0, false, 400);
	uint16_t seqs[64], last = sent_last(boris.recv, out_ssrc)->rtp.seq;
	fake_forget();
	for (unsigned i = 0; i < 64; i++)
		seqs[i] = (uint16_t)(last - 63 + i);
	for (int t = 0; t < 100; t++) {
		send_nack(&boris, out_ssrc, seqs, 64);
		world_wait(10000);
	}
	assert_true(sent_rtp(boris.recv, out_rtx) > 800 && sent_rtp(boris.recv, out_rtx) < 2000); /* of 6400 */
}

static size_t nacks_for(struct transport *t, uint16_t seq)
{
	size_t n = 0;
	for (size_t i = 0; i < fake.n; i++) {
		if (!fake.sent[i].rtcp || fake.sent[i].transport != t)
			continue;
		struct rtcp_reader r = rtcp_read(fake.sent[i].data, fake.sent[i].n);
		struct rtcp_packet k;
		uint16_t one;
		while (rtcp_next(&r, &k))
			for (size_t it = 0; k.type == RTCP_RTPFB && k.count == RTCP_NACK && rtcp_nack(&k, &it, &one);)
				n += one == seq;
	}
	return n;
}

static void a_sender_is_asked_again(void **state)
{
	uint8_t p[PACKET_MAX], lost[PACKET_MAX], rtx[PACKET_MAX];
	(void)state;
	single();
	cam_picture(0, true, 400);
	uint16_t seq = cam[0].seq;
	cam[0].pid++;
	size_t lost_n = cam_packet(lost, 0, false, true, false, 300, true), n = cam_packet(p, 0, false, false, true, 300, true);
	assert_true(fake_rtp(anna.send, p, n));
	uint16_t after = sent_last(boris.recv, out_ssrc)->rtp.seq;
	world_wait(5000);
	assert_int_equal(nacks_for(anna.send, seq), 0); /* it may only be late */
	world_wait(25000);
	assert_int_equal(nacks_for(anna.send, seq), 1);
	world_wait(100000);
	assert_true(nacks_for(anna.send, seq) >= 2);
	/* it comes as a retransmission: SSRC and payload type of their own, the number in front of the payload */
	struct rtp h;
	assert_int_equal(rtp_parse(lost, lost_n, &h), ERR_OK);
	uint8_t payload[1200] = {(uint8_t)(seq >> 8), (uint8_t)seq};
	memcpy(payload + 2, lost + h.header_n, h.payload_n);
	size_t rtx_n = rtp_make(rtx, &(struct rtp_make){.pt = 97, .seq = 77, .ts = h.ts, .ssrc = CAM_RTX, .mid = "1", .level = -1, .twcc = twcc++, .payload = payload,
		.n = (size_t)h.payload_n + 2});
	assert_true(fake_rtp(anna.send, rtx, rtx_n));
	const struct fake_sent *s = sent_last(boris.recv, out_ssrc);
	assert_int_equal(s->rtp.seq, (uint16_t)(after - 1)); /* into the place that was kept for it */
	size_t sent = sent_rtp(boris.recv, out_ssrc);
	rtx[3]++; /* the same once more */
	assert_true(fake_rtp(anna.send, rtx, rtx_n));
	assert_int_equal(sent_rtp(boris.recv, out_ssrc), sent);
	fake_forget();
	world_wait(500000);
	assert_int_equal(nacks_for(anna.send, seq), 0);
}

/* Its packet is not kept any more, but its number was used: what comes under it now must not go out under the same one (srtp.h). */
static void a_copy_after_seconds_goes_nowhere(void **state)
{
	uint8_t p[PACKET_MAX], payload[1200];
	struct rtp h;
	(void)state;
	single();
	cam_picture(0, true, 400);
	cam[0].pid++;
	size_t n = cam_packet(p, 0, false, true, true, 300, true), sent = 0;
	assert_true(fake_rtp(anna.send, p, n));
	assert_int_equal(rtp_parse(p, n, &h), ERR_OK);
	for (int i = 0; i < 30; i++) {
		world_wait(100000);
		cam_picture(0, false, 400);
	}
	sent = sent_rtp(boris.recv, out_ssrc);
	assert_true(sent > 30 * 2);
	set_u16(payload, h.seq);
	memset(payload + 2, 0x11, 300);
	payload[2] = 0x10;
	size_t rtx_n = rtp_make(p, &(struct rtp_make){.pt = 97, .seq = 77, .ts = h.ts, .ssrc = CAM_RTX, .mid = "1", .level = -1, .twcc = twcc++, .payload = payload, .n = 302});
	assert_true(fake_rtp(anna.send, p, rtx_n));
	assert_int_equal(sent_rtp(boris.recv, out_ssrc), sent);
}

static void send_sr(struct browser *b, uint32_t ssrc, uint64_t ntp, uint32_t ts)
{
	uint8_t bytes[64];
	struct rtcp_writer w = rtcp_writer_of(bytes, sizeof bytes);
	assert_true(rtcp_write_sr(&w, &(struct rtcp_sr){.ssrc = ssrc, .ntp = ntp, .ts = ts}, NULL, 0));
	fake_rtcp(b->send, bytes, w.n, world_now());
}

static bool last_sr(struct transport *t, uint32_t ssrc, struct rtcp_sr *out, char cname[64])
{
	bool found = false;
	for (size_t i = 0; i < fake.n; i++) {
		if (!fake.sent[i].rtcp || fake.sent[i].transport != t)
			continue;
		struct rtcp_reader r = rtcp_read(fake.sent[i].data, fake.sent[i].n);
		struct rtcp_packet k;
		struct rtcp_sr sr;
		uint32_t whose;
		struct str name;
		while (rtcp_next(&r, &k)) {
			if (k.type == RTCP_SR && rtcp_sr(&k, &sr) == ERR_OK && sr.ssrc == ssrc) {
				*out = sr;
				found = true;
			}
			for (size_t it = 0; k.type == RTCP_SDES && rtcp_cname(&k, &it, &whose, &name);)
				if (whose == ssrc)
					snprintf(cname, 64, "%.*s", (int)name.n, name.p);
		}
	}
	return found;
}

static void reports_both_ways(void **state)
{
	struct rtcp_sr sr = {0};
	char cname[64] = "";
	(void)state;
	single();
	cam_picture(0, true, 400);
	uint64_t ntp = ntp_of_us(1700000000000000);
	send_sr(&anna, CAM_SSRC, ntp, cam[0].ts);
	fake_forget();
	cam_picture(0, false, 400);
	uint32_t shift = sent_last(boris.recv, out_ssrc)->rtp.ts - cam[0].ts;
	world_wait(1500000);
	assert_true(last_sr(boris.recv, out_ssrc, &sr, cname));
	/* the sender's clock, gone on by the time that passed; the stream's clock with it */
	double seconds = (double)(sr.ntp - ntp) / 4294967296.0;
	assert_true(seconds > 0.05 && seconds < 1.5);
	int32_t off = (int32_t)(sr.ts - (cam[0].ts - 3000 + shift)) - (int32_t)(seconds * 90000);
	assert_true(off >= -2 && off <= 2);
	assert_true(sr.packets == 6 && sr.octets > 2400);
	assert_true(cname[0] == 'u' && cname[1] == '-'); /* ours, not "theirs" */
	/* to the sender: a receiver report with the time of its own */
	bool reported = false;
	for (size_t i = 0; i < fake.n; i++) {
		struct rtcp_reader r = rtcp_read(fake.sent[i].data, fake.sent[i].rtcp && fake.sent[i].transport == anna.send ? fake.sent[i].n : 0);
		struct rtcp_packet k;
		struct rtcp_report report;
		while (rtcp_next(&r, &k))
			if (k.type == RTCP_RR && rtcp_report(&k, 0, &report) == ERR_OK) {
				reported = true;
				assert_int_equal(report.ssrc, CAM_SSRC);
				assert_int_equal(report.highest & 0xffff, (uint16_t)(cam[0].seq - 1));
				assert_int_equal(report.last_sr, ntp_middle(ntp));
				assert_int_equal(report.fraction_lost, 0);
			}
	}
	assert_true(reported);
}

static void every_arrival_is_told(void **state)
{
	bool told[4096] = {0};
	uint16_t first = twcc;
	(void)state;
	single();
	for (int i = 0; i < 50; i++) {
		cam_picture(0, i == 0, 400);
		world_wait(20000);
	}
	world_wait(110000);
	size_t feedbacks = 0;
	for (size_t i = 0; i < fake.n; i++) {
		struct rtcp_reader r = rtcp_read(fake.sent[i].data, fake.sent[i].rtcp && fake.sent[i].transport == anna.send ? fake.sent[i].n : 0);
		struct rtcp_packet k;
		struct rtcp_twcc t;
		while (rtcp_next(&r, &k)) {
			if (k.type != RTCP_RTPFB || k.count != RTCP_TWCC || rtcp_twcc(&k, &t) != ERR_OK)
				continue;
			uint16_t seq;
			bool arrived;
			int64_t at;
			feedbacks++;
			while (rtcp_twcc_next(&t, &seq, &arrived, &at))
				told[seq % 4096] |= arrived;
		}
	}
	assert_true(feedbacks >= 9 && feedbacks <= 14); /* every 100 ms */
	for (uint16_t i = first; i < twcc; i++)
		assert_true(told[i % 4096]);
}

static void simulcast(void)
{
	browser_produce(&anna, "camera", simulcast_parameters("1"), camera);
	browser_consume(&boris, camera, consumer, &out_ssrc, &out_rtx);
	for (unsigned i = 0; i < 3; i++)
		cam[i].seq = (uint16_t)(65000 + i * 200);
}

static int layer_told(void)
{
	return (int)json_integer_value(json_object_get(world_event(12, "consumer_layers"), "spatialLayer"));
}

static void the_wished_layer_comes(void **state)
{
	static const size_t sizes[3] = {150, 400, 900};
	(void)state;
	simulcast();
	cam_run(3000000, sizes);
	assert_int_equal(layer_told(), 2); /* 2 Mbit/s at the start are enough for 0.65 */
	world_ok(12, "set_layers", json_pack("{s:s,s:i}", "consumerId", consumer, "spatialLayer", 0));
	cam_run(1000000, sizes);
	assert_int_equal(layer_told(), 0);
	assert_true(sent_last(boris.recv, out_ssrc)->rtp.payload_n < 200);
	world_ok(12, "set_layers", json_pack("{s:s,s:i,s:i}", "consumerId", consumer, "spatialLayer", 1, "temporalLayer", 0));
	cam_run(1000000, sizes);
	assert_int_equal(layer_told(), 1);
	size_t n = 0;
	for (int i = 0; i < 8; i++) {
		fake_forget();
		cam_picture(1, false, 400);
		n += sent_rtp(boris.recv, out_ssrc);
	}
	assert_int_equal(n, 6); /* two pictures of eight, three packets each */
	assert_string_equal(world_refused(12, "set_layers", json_pack("{s:s,s:i}", "consumerId", consumer, "spatialLayer", 3)), "bad_request");
	/* the wished stream falls silent: another one that comes */
	static const size_t lower[3] = {150, 0, 0};
	cam_run(4000000, lower);
	assert_int_equal(layer_told(), 0);
}

static void the_path_gets_narrow(void **state)
{
	static const size_t sizes[3] = {150, 400, 900}; /* 3 packets at 30 a second: 0.11, 0.29, 0.65 Mbit/s */
	uint8_t bytes[64];
	(void)state;
	simulcast();
	cam_run(3000000, sizes);
	assert_int_equal(layer_told(), 2);
	struct rtcp_writer w = rtcp_writer_of(bytes, sizeof bytes);
	assert_true(rtcp_write_remb(&w, 1, 400000, &out_ssrc, 1));
	fake_rtcp(boris.recv, bytes, w.n, world_now());
	cam_run(1000000, sizes);
	assert_int_equal(layer_told(), 1); /* at once */
	int64_t lowered = world_now();
	for (int i = 0; i < 60 && layer_told() != 2; i++)
		cam_run(1000000, sizes);
	assert_int_equal(layer_told(), 2);
	assert_true(world_now() - lowered > 4000000 && world_now() - lowered < 40000000); /* slowly */
	/* loss that the sender's own way made is not the receiver's */
	report_loss(128);
	cam_run(1000000, sizes);
	assert_int_equal(layer_told(), 1);
}

/* One SSRC of a rid that is known already, or of a mid that is nobody's: thrown away. */
static void strange_streams(void **state)
{
	uint8_t p[PACKET_MAX], vp8[200];
	size_t n = vp8_make(vp8, true, true, 1, 1, 0, false, 100);
	static const struct { uint32_t ssrc; const char *mid, *rid; uint8_t pt; } strange[] = {
		{9001, "1", "r0", 96}, {9002, "1", "r9", 96}, {9003, "2", "r0", 96}, {9004, NULL, "r0", 96}, {9005, "1", NULL, 96}, {9006, NULL, NULL, 96},
		{CAM_SSRC, "1", "r0", 111}, {CAM_SSRC, "1", "r0", 97},
	};
	(void)state;
	simulcast();
	static const size_t sizes[3] = {150, 0, 0};
	cam_run(1000000, sizes);
	fake_forget();
	for (size_t i = 0; i < sizeof strange / sizeof *strange; i++) {
		size_t whole = rtp_make(p, &(struct rtp_make){.pt = strange[i].pt, .seq = 50, .ts = 5, .ssrc = strange[i].ssrc, .mid = strange[i].mid,
			.rid = strange[i].rid, .level = -1, .twcc = -1, .payload = vp8, .n = n});
		assert_true(fake_rtp(anna.send, p, whole));
	}
	assert_int_equal(sent_rtp(boris.recv, 0), 0);
}

static void a_flood_is_cut(void **state)
{
	(void)state;
	single();
	cam_picture(0, true, 100);
	world_wait(1000000);
	fake_forget();
	fake.keep = false;
	fake.all = 0;
	for (int i = 0; i < 10000; i++) /* 30000 packets within no time */
		cam_picture(0, false, 100);
	assert_true(fake.all <= UP_PACKETS_BURST);
	fake.keep = true;
	assert_true(packets_left(world.packets) > 8192 - 2 * STREAM_RING);
}

static size_t json_allocations;

static void *counted(size_t n)
{
	json_allocations++;
	return malloc(n);
}

/* 2000 packets to two receivers, with switches, retransmissions and sound. */
static void no_allocation_for_a_packet(void **state)
{
	static const size_t sizes[3] = {150, 400, 900};
	static const uint8_t sound[60];
	uint8_t p[PACKET_MAX];
	char mic[32], other[32];
	uint32_t ssrc;
	(void)state;
	simulcast();
	browser_produce(&anna, "mic", opus_parameters(1000, "0"), mic);
	browser_consume(&boris, mic, other, &ssrc, NULL);
	browser_consume(&vera, mic, other, &ssrc, NULL);
	browser_consume(&vera, camera, other, &ssrc, NULL);
	cam_run(3000000, sizes);
	json_set_alloc_funcs(counted, free);
	uint64_t before = mem_count();
	uint64_t out = world.router->packets_out;
	uint16_t seq = sent_last(boris.recv, out_ssrc)->rtp.seq;
	for (int i = 0; i < 60; i++) {
		for (unsigned s = 0; s < 3; s++)
			cam_picture(s, i % 20 == 0, sizes[s]);
		send_nack(&boris, out_ssrc, &seq, 1);
		size_t n = rtp_make(p, &(struct rtp_make){.pt = 111, .seq = (uint16_t)i, .ts = 960u * (unsigned)i, .ssrc = 1000, .mid = "0", .level = 30, .twcc = -1,
			.payload = sound, .n = sizeof sound});
		assert_true(fake_rtp(anna.send, p, n));
	}
	assert_int_equal(mem_count(), before);
	assert_int_equal(json_allocations, 0);
	json_set_alloc_funcs(malloc, free);
	assert_int_equal(world.router->packets_out - out, 60 * 2 * (3 + 1));
}

/* Pictures at 25 a second; the sender answers a request so late. all_plis counts what it was asked. */
static void slow_run(int64_t us, int64_t late_us, const size_t sizes[3])
{
	for (int64_t end = world_now() + us; world_now() < end;) {
		for (unsigned i = 0; i < 3; i++) {
			size_t n = sent_plis(anna.send, CAM_SSRC + i);
			all_plis += n;
			if (n && !due[i])
				due[i] = world_now() + late_us;
		}
		fake_forget();
		for (unsigned i = 0; i < 3; i++)
			if (sizes[i]) {
				bool key = due[i] && world_now() >= due[i];
				cam_picture(i, key, sizes[i]);
				due[i] = key ? 0 : due[i];
			}
		world_wait(40000);
	}
}

static void size_of(int spatial)
{
	world_ok(12, "set_layers", json_pack("{s:s,s:i}", "consumerId", consumer, "spatialLayer", spatial));
}

/* A busy sender that takes most of a second for a key frame: asked once for each switch, not again before it can have answered. */
static void a_slow_sender_is_asked_once_a_switch(void **state)
{
	static const size_t sizes[3] = {150, 400, 900};
	(void)state;
	simulcast();
	slow_run(4000000, 900000, sizes);
	assert_int_equal(layer_told(), 2);
	all_plis = 0;
	for (int i = 0; i < 100; i++) {
		size_of(i % 2 ? 2 : 0);
		for (int turn = 0; turn < 20 && layer_told() != (i % 2 ? 2 : 0); turn++)
			slow_run(100000, 900000, sizes);
		assert_int_equal(layer_told(), i % 2 ? 2 : 0);
		size_of(i % 2 ? 2 : 0); /* said once more, it is no other switch */
		slow_run(200000, 900000, sizes);
	}
	print_message("100 switches of a sender that takes 0.9 s: %zu requests\n", all_plis);
	assert_int_equal(all_plis, 100);
	const json_t *one = json_array_get(json_object_get(world_ok(12, "stats", json_object()), "consumers"), 0);
	assert_true(json_integer_value(json_object_get(one, "switches")) >= 100);
}

/* Switches in quick succession: libwebrtc passes over a request within 300 ms of the one before, of whatever stream, so none is made. */
static void requests_are_apart(void **state)
{
	static const size_t sizes[3] = {150, 400, 900};
	int64_t last = 0;
	(void)state;
	simulcast();
	slow_run(4000000, 40000, sizes);
	all_plis = 0;
	for (int i = 0; i < 40; i++) {
		size_of(i % 3);
		for (int turn = 0; turn < 10; turn++) {
			size_t before = all_plis;
			slow_run(20000, 40000, sizes);
			if (all_plis == before)
				continue;
			assert_int_equal(all_plis, before + 1);
			assert_true(world_now() - last > 450000);
			last = world_now();
		}
	}
	assert_true(all_plis > 10 && all_plis <= 40);
}

/* A request that is lost is made again, later while another picture goes on than when nothing is seen. */
static void a_lost_request_is_made_again(void **state)
{
	static const size_t sizes[3] = {150, 400, 900};
	(void)state;
	simulcast();
	slow_run(4000000, 40000, sizes);
	all_plis = 0;
	size_of(0);
	slow_run(2400000, 100000000, sizes); /* never answered */
	assert_int_equal(all_plis, 1);
	slow_run(400000, 100000000, sizes);
	assert_int_equal(all_plis, 2);
	slow_run(3500000, 100000000, sizes);
	assert_int_equal(all_plis, 2); /* and seldom */
	slow_run(1000000, 100000000, sizes);
	assert_int_equal(all_plis, 3);
	size_of(2); /* taken back: nobody waits */
	slow_run(8000000, 100000000, sizes);
	assert_int_equal(all_plis, 3);
}

/* A receiver that asks in the midst of a switch gets the key frame of that. */
static void a_switch_and_its_receiver_ask_together(void **state)
{
	static const size_t sizes[3] = {150, 400, 900};
	uint8_t bytes[64];
	(void)state;
	simulcast();
	slow_run(4000000, 40000, sizes);
	all_plis = 0;
	size_of(0);
	world_wait(20000);
	struct rtcp_writer w = rtcp_writer_of(bytes, sizeof bytes);
	assert_true(rtcp_write_pli(&w, 1, out_ssrc));
	fake_rtcp(boris.recv, bytes, w.n, world_now());
	slow_run(1000000, 200000, sizes);
	assert_int_equal(all_plis, 1);
	assert_int_equal(layer_told(), 0);
	assert_true(rtcp_write_pli(&w, 1, out_ssrc));
	fake_rtcp(boris.recv, bytes, w.n, world_now());
	slow_run(1000000, 40000, sizes);
	assert_int_equal(all_plis, 2); /* without a switch, at once */
}

/* One packet of the few of a second that is lost by chance is no narrow path; many of a hundred are. */
static void a_few_packets_say_little(void **state)
{
	static const size_t sizes[3] = {150, 0, 0};
	(void)state;
	simulcast();
	cam_run(2000000, sizes);
	int64_t before = json_integer_value(json_object_get(world_ok(12, "stats", json_object()), "budget"));
	for (int i = 0; i < 20; i++) {
		uint8_t bytes[64];
		struct rtcp_report report = {.ssrc = out_ssrc, .fraction_lost = i % 4 == 1 ? 40 : 0}; /* one of six, then none */
		struct rtcp_writer w = rtcp_writer_of(bytes, sizeof bytes);
		assert_true(rtcp_write_rr(&w, 1, &report, 1));
		fake_rtcp(boris.recv, bytes, w.n, world_now());
		cam_run(70000, sizes);
	}
	assert_true(json_integer_value(json_object_get(world_ok(12, "stats", json_object()), "budget")) >= before);
}

/* What went over a path that broke is not sent again: a key frame, and on with the next number. */
static void a_broken_path_begins_anew(void **state)
{
	(void)state;
	single();
	cam_picture(0, true, 400);
	for (int i = 0; i < 20; i++) {
		cam_picture(0, false, 400);
		world_wait(40000);
	}
	uint16_t last = sent_last(boris.recv, out_ssrc)->rtp.seq;
	fake_forget();
	fake_break_path(boris.recv);
	world_wait(10000);
	send_nack(&boris, out_ssrc, &last, 1);
	assert_int_equal(sent_rtp(boris.recv, out_rtx), 0);
	cam_picture(0, false, 400);
	world_wait(20000);
	assert_int_equal(sent_rtp(boris.recv, out_ssrc), 0);
	assert_int_equal(sent_plis(anna.send, CAM_SSRC), 1);
	cam_picture(0, true, 400);
	assert_int_equal(sent_rtp(boris.recv, out_ssrc), 3);
	assert_int_equal(sent_last(boris.recv, out_ssrc)->rtp.seq, (uint16_t)(last + 3));
}

/* Behind a silence a long hole is a path that was cut: a key frame at once, no NACK for what is of no use. */
static void a_hole_behind_a_silence(void **state)
{
	(void)state;
	single();
	cam_picture(0, true, 400);
	for (int i = 0; i < 20; i++) {
		cam_picture(0, false, 400);
		world_wait(40000);
	}
	fake_forget();
	world_wait(1500000);
	cam[0].seq = (uint16_t)(cam[0].seq + 100);
	cam_picture(0, false, 400);
	world_wait(100000);
	assert_int_equal(sent_plis(anna.send, CAM_SSRC), 1);
	for (uint16_t back = 4; back < 104; back++)
		assert_int_equal(nacks_for(anna.send, (uint16_t)(cam[0].seq - back)), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_picture_begins_with_a_key_frame, start, stop),
		cmocka_unit_test_setup_teardown(a_key_frame_out_of_order, start, stop),
		cmocka_unit_test_setup_teardown(a_receiver_asks_again, start, stop),
		cmocka_unit_test_setup_teardown(a_lossy_way_gets_two_copies, start, stop),
		cmocka_unit_test_setup_teardown(asking_has_a_limit, start, stop),
		cmocka_unit_test_setup_teardown(a_sender_is_asked_again, start, stop),
		cmocka_unit_test_setup_teardown(a_copy_after_seconds_goes_nowhere, start, stop),
		cmocka_unit_test_setup_teardown(reports_both_ways, start, stop),
		cmocka_unit_test_setup_teardown(every_arrival_is_told, start, stop),
		cmocka_unit_test_setup_teardown(the_wished_layer_comes, start, stop),
		cmocka_unit_test_setup_teardown(the_path_gets_narrow, start, stop),
		cmocka_unit_test_setup_teardown(a_slow_sender_is_asked_once_a_switch, start, stop),
		cmocka_unit_test_setup_teardown(requests_are_apart, start, stop),
		cmocka_unit_test_setup_teardown(a_lost_request_is_made_again, start, stop),
		cmocka_unit_test_setup_teardown(a_switch_and_its_receiver_ask_together, start, stop),
		cmocka_unit_test_setup_teardown(a_few_packets_say_little, start, stop),
		cmocka_unit_test_setup_teardown(a_broken_path_begins_anew, start, stop),
		cmocka_unit_test_setup_teardown(a_hole_behind_a_silence, start, stop),
		cmocka_unit_test_setup_teardown(strange_streams, start, stop),
		cmocka_unit_test_setup_teardown(a_flood_is_cut, start, stop),
		cmocka_unit_test_setup_teardown(no_allocation_for_a_packet, start, stop),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
