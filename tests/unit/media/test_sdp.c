/* SPDX-License-Identifier: Apache-2.0
 *
 * Offers of programs: read, answered, refused; and programs that send and watch in rooms, over the fake transport.
 */
#include "media_world.h"
#include "media/sdp.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#define PRINT "36:86:59:4F:58:15:5C:5A:4B:00:FE:31:5F:49:7B:21:4A:EE:5C:8A:52:AA:1F:E2:DE:32:18:18:6B:1B:48:86"
#define HEAD "v=0\r\no=- 1189219716239212892 0 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n"
#define PATH "a=setup:actpass\r\na=ice-ufrag:aC0A\r\na=ice-pwd:o+0g2IQafd841DT45mceFV9H\r\na=rtcp-mux\r\na=fingerprint:sha-256 " PRINT "\r\n"
#define VIDEO "m=video 9 UDP/TLS/RTP/SAVPF 96 97 98\r\nc=IN IP4 0.0.0.0\r\n" PATH "a=sendonly\r\na=rtpmap:96 H265/90000\r\na=rtpmap:97 VP8/90000\r\n" \
	"a=rtcp-fb:97 nack pli\r\na=rtcp-fb:97 nack\r\na=rtcp-fb:* transport-cc\r\na=rtpmap:98 rtx/90000\r\na=fmtp:98 apt=97\r\na=mid:v0\r\n" \
	"a=extmap:3 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01\r\na=extmap:4/sendonly urn:ietf:params:rtp-hdrext:sdes:mid\r\n" \
	"a=ssrc-group:FID 2000 2001\r\na=ssrc:2000 cname:x\r\na=ssrc:2001 cname:x\r\n"
#define AUDIO "m=audio 0 UDP/TLS/RTP/SAVPF 0 111\r\nc=IN IP4 0.0.0.0\r\na=bundle-only\r\n" PATH "a=sendonly\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:111 OPUS/48000/2\r\n" \
	"a=fmtp:111 minptime=10;useinbandfec=1\r\na=mid:a1\r\na=ssrc:1000 cname:x\r\n"
#define OFFER HEAD "a=group:BUNDLE v0 a1\r\n" VIDEO AUDIO
#define DATA "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\na=mid:d2\r\n"
#define WATCH HEAD "a=group:BUNDLE 0 1\r\n" \
	"m=audio 9 UDP/TLS/RTP/SAVPF 109\r\n" PATH "a=mid:0\r\na=recvonly\r\na=rtpmap:109 opus/48000/2\r\n" \
	"m=video 9 UDP/TLS/RTP/SAVPF 120 121\r\n" PATH "a=mid:1\r\na=recvonly\r\na=rtpmap:120 VP8/90000\r\na=rtcp-fb:120 nack\r\na=rtcp-fb:120 nack pli\r\n" \
	"a=rtpmap:121 rtx/90000\r\na=fmtp:121 apt=120\r\n"

/* --- reading */

static enum err read_text(const char *text, struct sdp_offer *o, const char **why)
{
	size_t n = strlen(text);
	char *exact = malloc(n ? n : 1); /* a byte too far is seen by the sanitizer */
	memcpy(exact, text, n);
	enum err e = sdp_read(str_n(exact, n), o, why);
	free(exact);
	return e;
}

static void an_offer_is_understood(void **state)
{
	(void)state;
	struct sdp_offer o;
	struct ortc_send send;
	const char *why;
	assert_int_equal(read_text(OFFER, &o, &why), ERR_OK);
	assert_string_equal(o.fingerprint, PRINT);
	assert_int_equal(o.sections_n, 2);
	assert_true(sdp_send_of(&o, MEDIA_VIDEO, &send));
	assert_int_equal(send.codec, CODEC_VP8);
	assert_int_equal(send.pt, 97);
	assert_int_equal(send.rtx_pt, 98);
	assert_int_equal(send.encodings[0].ssrc, 2000);
	assert_int_equal(send.encodings[0].rtx_ssrc, 2001);
	assert_int_equal(send.ext[EXT_TWCC], 3);
	assert_int_equal(send.ext[EXT_MID], 4);
	assert_true(send.nack && send.pli && send.twcc && !send.fir && !send.remb && !send.by_pt);
	assert_true(sdp_send_of(&o, MEDIA_AUDIO, &send));
	assert_int_equal(send.codec, CODEC_OPUS);
	assert_int_equal(send.pt, 111);
	assert_int_equal(send.encodings[0].ssrc, 1000);
	assert_memory_equal(send.mid, "a1", 2);
	/* with line feeds alone, and nothing that names the streams */
	assert_int_equal(read_text("v=0\nm=video 9 UDP/TLS/RTP/SAVPF 96\na=rtcp-mux\na=fingerprint:sha-256 " PRINT "\na=rtpmap:96 H264/90000\n"
		"a=fmtp:96 profile-level-id=42e01f;packetization-mode=1\n", &o, &why), ERR_OK);
	assert_true(sdp_send_of(&o, MEDIA_VIDEO, &send));
	assert_true(send.by_pt && send.codec == CODEC_H264 && send.mid_n == 0);
	assert_false(sdp_send_of(&o, MEDIA_AUDIO, &send));
}

static void what_is_none_of_ours_is_not_taken(void **state)
{
	(void)state;
	static const char *const lines[] = {
		"a=rtpmap:96 H264/90000\r\na=fmtp:96 profile-level-id=42e01f\r\n", /* packetization-mode 0 */
		"a=rtpmap:96 H264/90000\r\na=fmtp:96 profile-level-id=64001f;packetization-mode=1\r\n", /* high */
		"a=rtpmap:96 H264/90000\r\na=fmtp:96 packetization-mode=1\r\n", "a=rtpmap:96 VP8/48000\r\n", "a=rtpmap:97 VP8/90000\r\n", "a=rtpmap:96 VP8\r\n",
		"a=rtpmap:0 VP8/90000\r\n", "a=rtpmap:96 VP8/90000\r\na=recvonly\r\n", "a=rtpmap:96 opus/48000/2\r\n", "",
	};
	struct sdp_offer o;
	struct ortc_send send;
	const char *why;
	char text[2000];
	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
		snprintf(text, sizeof text, HEAD "m=video 9 UDP/TLS/RTP/SAVPF 96\r\n" PATH "%s", lines[i]);
		assert_int_equal(read_text(text, &o, &why), ERR_OK);
		assert_false(sdp_send_of(&o, MEDIA_VIDEO, &send));
	}
}

static void what_is_no_offer_is_refused(void **state)
{
	(void)state;
	static const struct { enum err err; const char *text; } rows[] = {
		{ERR_MALFORMED, ""}, {ERR_MALFORMED, "hello"}, {ERR_MALFORMED, HEAD}, {ERR_MALFORMED, "v=1\r\n" VIDEO}, {ERR_MALFORMED, "v=0\r\nx\r\n"},
		{ERR_MALFORMED, HEAD "m=video\r\n"}, {ERR_MALFORMED, HEAD "m=video 70000 UDP/TLS/RTP/SAVPF 96\r\n"}, {ERR_MALFORMED, HEAD "m=vi<o 9 UDP/TLS/RTP/SAVPF 96\r\n"},
		{ERR_MALFORMED, HEAD "m=video 9 UDP/TLS/RTP/SAVPF\r\n"}, {ERR_MALFORMED, HEAD VIDEO "a=mid:\"\r\n"},
		{ERR_MALFORMED, HEAD "a=group:BUNDLE v0\r\n" VIDEO "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:v0\r\na=rtcp-mux\r\n"}, /* one mid twice */
		{ERR_REFUSED, HEAD VIDEO AUDIO},                                          /* no group */
		{ERR_REFUSED, HEAD "a=group:BUNDLE v0\r\n" VIDEO AUDIO},                  /* not of all */
		{ERR_REFUSED, HEAD DATA}, {ERR_REFUSED, HEAD "m=video 9 RTP/AVP 96\r\n"},
		{ERR_REFUSED, HEAD "m=video 9 UDP/TLS/RTP/SAVPF 96\r\na=rtcp-mux\r\n"},   /* no fingerprint */
		{ERR_REFUSED, HEAD "m=video 9 UDP/TLS/RTP/SAVPF 96\r\na=rtcp-mux\r\na=fingerprint:sha-1 AA\r\n"},
		{ERR_REFUSED, HEAD "m=video 9 UDP/TLS/RTP/SAVPF 96\r\na=fingerprint:sha-256 " PRINT "\r\n"}, /* no rtcp-mux */
		{ERR_REFUSED, HEAD VIDEO "a=setup:passive\r\n"},
	};
	struct sdp_offer o;
	const char *why;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		enum err e = read_text(rows[i].text, &o, &why);
		if (e != rows[i].err)
			fail_msg("row %zu: %s, not %s", i, err_name(e), err_name(rows[i].err));
		assert_true(strlen(why) > 5);
	}
}

static void limits_hold_at_their_edge(void **state)
{
	(void)state;
	struct sdp_offer o;
	const char *why;
	struct buf text;
	buf_init(&text, 1 << 20);
	for (int extra = 0; extra < 2; extra++) { /* sections */
		buf_clear(&text);
		buf_add_str(&text, STR(HEAD VIDEO));
		for (int i = 0; i < SDP_SECTIONS_MAX - 1 + extra; i++)
			buf_addf(&text, "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\na=mid:x%d\r\n", i);
		assert_int_equal(sdp_read(buf_str(&text), &o, &why), extra ? ERR_REFUSED : ERR_OK);
	}
	for (int extra = 0; extra < 2; extra++) { /* a line */
		buf_clear(&text);
		buf_add_str(&text, STR(HEAD VIDEO "a="));
		for (int i = 0; i < SDP_LINE_MAX - 2 + extra; i++)
			buf_add_c(&text, 'x');
		assert_int_equal(sdp_read(buf_str(&text), &o, &why), extra ? ERR_MALFORMED : ERR_OK);
	}
	for (int extra = 0; extra < 2; extra++) { /* the whole */
		buf_clear(&text);
		buf_add_str(&text, STR(HEAD VIDEO));
		while (text.n < SDP_MAX + (size_t)extra)
			buf_add_c(&text, '\n');
		assert_int_equal(sdp_read(buf_str(&text), &o, &why), extra ? ERR_MALFORMED : ERR_OK);
	}
	for (int extra = 0; extra < 2; extra++) { /* a mid */
		buf_clear(&text);
		buf_addf(&text, HEAD "m=video 9 UDP/TLS/RTP/SAVPF 96\r\n" PATH "a=mid:%.*s\r\n", ORTC_MID_MAX + extra, "0123456789012345678901234567890123456789");
		assert_int_equal(sdp_read(buf_str(&text), &o, &why), extra ? ERR_MALFORMED : ERR_OK);
	}
	/* more formats than are looked at: those behind are not there */
	buf_clear(&text);
	buf_add_str(&text, STR(HEAD "m=video 9 UDP/TLS/RTP/SAVPF"));
	for (int pt = 127; pt >= 0; pt--)
		buf_addf(&text, " %d", pt);
	buf_add_str(&text, STR("\r\n" PATH "a=rtpmap:64 VP8/90000\r\na=rtpmap:63 VP8/90000\r\n"));
	assert_int_equal(sdp_read(buf_str(&text), &o, &why), ERR_OK);
	assert_int_equal(o.media[MEDIA_VIDEO].codecs[CODEC_VP8].pt, 64);
	buf_release(&text);
}

/* --- in rooms */

static struct browser anna;

static int start(void **state)
{
	(void)state;
	world_start(2048);
	browser_join(&anna, "7", 11, 1);
	return 0;
}

static int stop(void **state)
{
	(void)state;
	world_stop();
	return 0;
}

static void offer(uint64_t session, int participant, bool watch, const char *sdp)
{
	json_t *text = json_string(sdp);
	char *quoted = json_dumps(text, JSON_ENCODE_ANY);
	world_forget();
	world_front("{\"m\":\"offer\",\"room\":\"7\",\"session\":%d,\"participant\":%d,\"rights\":{\"audio\":%s,\"video\":%s,\"screen\":false},\"watch\":%s,\"sdp\":%s}",
		(int)session, participant, watch ? "false" : "true", watch ? "false" : "true", watch ? "true" : "false", quoted);
	free(quoted);
	json_decref(text);
}

static const char *answered(void)
{
	const json_t *m = world_told("answer");
	if (!m)
		fail_msg("no answer: %s", json_string_value(json_object_get(world_told("refused"), "why")));
	return json_string_value(json_object_get(m, "sdp"));
}

static int refused_with(void)
{
	const json_t *m = world_told("refused");
	assert_non_null(m);
	return (int)json_integer_value(json_object_get(m, "status"));
}

static void has(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("no %s in\n%s", part, text);
}

static void a_program_sends_and_a_browser_receives(void **state)
{
	(void)state;
	uint32_t ssrc, sound;
	char consumer[32];
	uint8_t p[PACKET_MAX], vp8[1000];
	offer(50, 9, false, OFFER);
	const char *sdp = answered();
	has(sdp, "a=group:BUNDLE v0 a1\r\n");
	has(sdp, "a=ice-lite\r\n");
	has(sdp, "m=video 9 UDP/TLS/RTP/SAVPF 97 98\r\n");
	has(sdp, "a=setup:passive\r\n");
	has(sdp, "a=recvonly\r\n");
	has(sdp, "a=extmap:3 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01\r\n");
	has(sdp, "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\n");
	assert_null(strstr(sdp, "H265"));
	struct transport *t = fake_newest();
	assert_string_equal(fake_fingerprint(t), PRINT);
	assert_int_equal(world_events(11, "producer_added"), 2);
	char video[32] = "", audio[32] = "";
	for (size_t i = 0; i < world.texts_n; i++) {
		const json_t *data = json_object_get(world.texts[i].json, "data"), *one = json_object_get(data, "producer");
		if (!one)
			continue;
		bool picture = strcmp(json_string_value(json_object_get(one, "kind")), "video") == 0;
		snprintf(picture ? video : audio, 32, "%s", json_string_value(json_object_get(one, "id")));
		assert_string_equal(json_string_value(json_object_get(one, "source")), picture ? "camera" : "mic");
	}
	fake_connect(t);
	assert_non_null(world_told("connected"));
	browser_consume(&anna, video, consumer, &ssrc, NULL);
	browser_consume(&anna, audio, consumer, &sound, NULL);
	world_wait(300000);
	size_t n = vp8_make(vp8, true, true, 5, 5, 0, false, 500);
	n = rtp_make(p, &(struct rtp_make){.pt = 97, .marker = true, .seq = 1, .ts = 1000, .ssrc = 2000, .level = -1, .twcc = -1, .payload = vp8, .n = n});
	assert_true(fake_rtp(t, p, n));
	world_wait(300000);
	n = vp8_make(vp8, true, true, 6, 6, 0, false, 500);
	n = rtp_make(p, &(struct rtp_make){.pt = 97, .marker = true, .seq = 2, .ts = 4000, .ssrc = 2000, .level = -1, .twcc = -1, .payload = vp8, .n = n});
	assert_true(fake_rtp(t, p, n));
	assert_true(sent_rtp(anna.recv, ssrc) >= 1);
	/* it closes its path: it is out at once, and the browser is told */
	fake_close(t, "closed");
	world_wait(20000);
	assert_non_null(world_event(11, "peer_left"));
	assert_non_null(world_told("disconnected"));
}

static void a_stream_without_a_name_is_known_by_its_payload_type(void **state)
{
	(void)state;
	static const uint8_t sound[60] = {0x78, 1, 2, 3};
	uint32_t ssrc;
	char consumer[32];
	uint8_t p[PACKET_MAX];
	offer(50, 9, false, HEAD "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\n" PATH "a=sendonly\r\na=rtpmap:111 opus/48000/2\r\n");
	answered();
	const json_t *added = world_event(11, "producer_added");
	char id[32];
	snprintf(id, sizeof id, "%s", json_string_value(json_object_get(json_object_get(added, "producer"), "id")));
	struct transport *t = fake_newest();
	fake_connect(t);
	browser_consume(&anna, id, consumer, &ssrc, NULL);
	for (int i = 0; i < 3; i++) { /* another payload type, then its own, then that of a second source */
		size_t n = rtp_make(p, &(struct rtp_make){.pt = i ? 111 : 96, .seq = (uint16_t)i, .ts = (uint32_t)i * 960, .ssrc = 700 + (uint32_t)i, .level = -1, .twcc = -1,
			.payload = sound, .n = sizeof sound});
		assert_true(fake_rtp(t, p, n));
	}
	assert_int_equal(sent_rtp(anna.recv, ssrc), 1);
}

static void a_new_offer_takes_the_place_and_a_bad_one_changes_nothing(void **state)
{
	(void)state;
	offer(50, 9, false, OFFER);
	answered();
	size_t alive = fake.alive;
	offer(51, 9, false, "hello");
	assert_int_equal(refused_with(), 400);
	offer(51, 9, false, HEAD VIDEO "a=setup:passive\r\n");
	assert_int_equal(refused_with(), 422);
	offer(51, 9, false, HEAD "m=video 9 UDP/TLS/RTP/SAVPF 96\r\n" PATH "a=rtpmap:96 H265/90000\r\n");
	assert_int_equal(refused_with(), 422);
	assert_int_equal(world_events(11, "producer_closed"), 0);
	assert_int_equal(fake.alive, alive);
	offer(51, 9, false, HEAD "a=group:BUNDLE v0 a1\r\n" VIDEO "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\n" PATH "a=mid:a1\r\na=rtpmap:111 opus/48000/2\r\na=ssrc:2001\r\n");
	assert_int_equal(refused_with(), 400); /* one ssrc for two streams */
	offer(52, 9, false, OFFER);
	answered();
	assert_int_equal(fake.alive, alive);
	assert_int_equal(world_events(11, "producer_closed"), 2);
	assert_int_equal(world_events(11, "peer_joined"), 0);
	/* what it may not send is not taken */
	world_front("{\"m\":\"rights\",\"room\":\"7\",\"participant\":9,\"rights\":{\"audio\":false,\"video\":true,\"screen\":false}}");
	assert_int_equal(world_events(11, "producer_closed"), 3);
	world_front("{\"m\":\"remove\",\"room\":\"7\",\"participant\":9,\"reason\":\"removed\"}");
	assert_int_equal(fake.alive, alive - 1);
}

static void a_program_watches(void **state)
{
	(void)state;
	offer(60, 8, true, WATCH);
	assert_int_equal(refused_with(), 409); /* nothing is shown */
	char id[32];
	browser_produce(&anna, "mic", opus_parameters(1000, "0"), id);
	browser_produce(&anna, "camera", vp8_parameters(3000, 3001, "1"), id);
	offer(60, 8, true, HEAD "m=video 9 UDP/TLS/RTP/SAVPF 96\r\n" PATH "a=rtpmap:96 H265/90000\r\n");
	assert_int_equal(refused_with(), 422);
	offer(60, 8, true, WATCH DATA);
	const char *sdp = answered();
	has(sdp, "m=audio 9 UDP/TLS/RTP/SAVPF 109\r\n");
	has(sdp, "m=video 9 UDP/TLS/RTP/SAVPF 120 121\r\n");
	has(sdp, "a=sendonly\r\n");
	has(sdp, "a=ssrc-group:FID ");
	has(sdp, "m=application 0 UDP/DTLS/SCTP webrtc-datachannel\r\n");
	assert_int_equal(world_events(11, "peer_joined"), 0); /* watching is nobody's business */
	uint32_t ssrc = (uint32_t)strtoul(strstr(sdp, "a=ssrc:") + 7, NULL, 10);
	struct transport *t = fake_newest();
	fake_connect(t);
	static const uint8_t sound[60] = {0x78, 1, 2, 3};
	uint8_t p[PACKET_MAX];
	size_t n = rtp_make(p, &(struct rtp_make){.pt = 111, .seq = 5, .ts = 960, .ssrc = 1000, .mid = "0", .level = -1, .twcc = -1, .payload = sound, .n = sizeof sound});
	assert_true(fake_rtp(anna.send, p, n));
	assert_int_equal(sent_rtp(t, ssrc), 1);
	assert_int_equal(sent_last(t, ssrc)->rtp.pt, 109); /* its own number */
	/* what it watched ends: so does it */
	size_t alive = fake.alive;
	world_front("{\"m\":\"remove\",\"room\":\"7\",\"participant\":1,\"reason\":\"left\"}");
	world_wait(20000);
	assert_int_equal(fake.alive, alive - 3);
}

static void those_who_watch_are_counted_apart_and_not_told_of(void **state)
{
	(void)state;
	world_forget();
	for (int i = 0; i < ROOM_VIEWERS_MAX; i++) {
		world_front("{\"m\":\"admit\",\"room\":\"7\",\"session\":%d,\"participant\":%d,\"rights\":{\"audio\":false,\"video\":false,\"screen\":false},\"viewer\":true}", 1000 + i,
			1000 + i);
		if (i % 500 == 0)
			world_forget();
	}
	world_forget();
	world_front("{\"m\":\"admit\",\"room\":\"7\",\"session\":9000,\"participant\":9000,\"rights\":{\"audio\":false,\"video\":false,\"screen\":false},\"viewer\":true}");
	assert_int_equal(json_integer_value(json_object_get(world_told("kick"), "code")), 4403); /* full */
	assert_int_equal(world_events(11, "peer_joined"), 0);
	/* speakers still come in, and see speakers only */
	world_admit("7", 9001, 9001, true, true, true);
	assert_int_equal(json_array_size(json_object_get(world_event(9001, "welcome"), "peers")), 1);
	assert_int_equal(world_events(11, "peer_joined"), 1);
	/* one of them comes on the stage, which makes room for another, and goes back */
	world_forget();
	world_front("{\"m\":\"rights\",\"room\":\"7\",\"participant\":1000,\"rights\":{\"audio\":true,\"video\":true,\"screen\":false},\"viewer\":false}");
	assert_int_equal(world_events(11, "peer_joined"), 1);
	assert_int_equal(world_events(1000, "rights"), 1);
	assert_int_equal(world_events(1000, "peer_joined"), 0);
	world_forget();
	world_front("{\"m\":\"rights\",\"room\":\"7\",\"participant\":1000,\"rights\":{\"audio\":false,\"video\":false,\"screen\":false},\"viewer\":true}");
	assert_int_equal(world_events(11, "peer_left"), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_offer_is_understood),
		cmocka_unit_test(what_is_none_of_ours_is_not_taken),
		cmocka_unit_test(what_is_no_offer_is_refused),
		cmocka_unit_test(limits_hold_at_their_edge),
		cmocka_unit_test_setup_teardown(a_program_sends_and_a_browser_receives, start, stop),
		cmocka_unit_test_setup_teardown(a_stream_without_a_name_is_known_by_its_payload_type, start, stop),
		cmocka_unit_test_setup_teardown(a_new_offer_takes_the_place_and_a_bad_one_changes_nothing, start, stop),
		cmocka_unit_test_setup_teardown(a_program_watches, start, stop),
		cmocka_unit_test_setup_teardown(those_who_watch_are_counted_apart_and_not_told_of, start, stop),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
