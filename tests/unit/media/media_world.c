/* SPDX-License-Identifier: Apache-2.0
 *
 * See media_world.h.
 */
#include "media_world.h"
#include "media/rtcp.h"
#include "base/clock.h"
#include "base/mem.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <cmocka.h>

struct world world;
static int64_t clock_us;
static json_int_t request_id;
static uint64_t random_state;

static int64_t mono_ns(void) { return clock_us * 1000; }
static int64_t wall_ms(void) { return 1700000000000 + clock_us / 1000; }

/* Numbers of the test's own, so that a run is like the other. */
static void fill(void *p, size_t n)
{
	uint8_t *at = p;
	for (size_t i = 0; i < n; i++) {
		random_state = random_state * 6364136223846793005u + 1442695040888963407u;
		at[i] = (uint8_t)(random_state >> 56);
	}
}

static void on_send(void *user, struct str text)
{
	(void)user;
	if (!world.router)
		return; /* the world ends: everybody is told of everything */
	json_t *m = json_loadb(text.p, text.n, JSON_REJECT_DUPLICATES, NULL);
	assert_non_null(m);
	const char *kind = json_string_value(json_object_get(m, "m"));
	assert_non_null(kind);
	if (strcmp(kind, "text") != 0) {
		assert_true(world.front_n < WORLD_TEXTS_MAX);
		world.front[world.front_n++] = m;
		return;
	}
	const json_t *inner = json_object_get(m, "text");
	assert_true(world.texts_n < WORLD_TEXTS_MAX);
	world.texts[world.texts_n].session = (uint64_t)json_integer_value(json_object_get(m, "session"));
	world.texts[world.texts_n].json = json_loadb(json_string_value(inner), json_string_length(inner), JSON_REJECT_DUPLICATES, NULL);
	assert_non_null(world.texts[world.texts_n++].json);
	json_decref(m);
}

void world_start(size_t packets)
{
	static const struct clock_source source = {.wall_ms = wall_ms, .mono_ns = mono_ns, .fill = fill};
	struct outbox out = {.send = on_send};
	clock_us = 1000000000;
	random_state = 42;
	request_id = 0;
	clock_set_source(&source);
	memset(&world, 0, sizeof world);
	world.packets = packets_new(packets);
	fake_start(world.packets);
	world.router = router_new(NULL, world.packets, &out);
}

void world_stop(void)
{
	struct router *r = world.router;
	world.router = NULL;
	router_free(&r);
	world_forget();
	fake_stop();
	packets_free(&world.packets); /* checks that every packet is back */
	clock_set_source(NULL);
}

void world_forget(void)
{
	while (world.front_n > 0)
		json_decref(world.front[--world.front_n]);
	while (world.texts_n > 0)
		json_decref(world.texts[--world.texts_n].json);
}

int64_t world_now(void) { return clock_us; }

void world_wait(int64_t us)
{
	for (int64_t end = clock_us + us; clock_us < end;) {
		clock_us += end - clock_us < 5000 ? end - clock_us : 5000;
		router_turn(world.router, clock_us);
	}
}

void world_front(const char *format, ...)
{
	char text[65536];
	va_list args;
	va_start(args, format);
	int n = vsnprintf(text, sizeof text, format, args);
	va_end(args);
	assert_true(n > 0 && n < (int)sizeof text);
	control_message(world.router, str_n(text, (size_t)n));
}

void world_admit(const char *room, uint64_t session, int64_t participant, bool audio, bool video, bool screen)
{
	world_front("{\"m\":\"admit\",\"room\":\"%s\",\"session\":%llu,\"participant\":%lld,\"rights\":{\"audio\":%s,\"video\":%s,\"screen\":%s}}", room,
		(unsigned long long)session, (long long)participant, audio ? "true" : "false", video ? "true" : "false", screen ? "true" : "false");
}

static void send_text(uint64_t session, const char *text)
{
	json_t *m = json_pack("{s:s,s:I,s:s}", "m", "text", "session", (json_int_t)session, "text", text);
	char *whole = json_dumps(m, JSON_COMPACT);
	control_message(world.router, str_of(whole));
	free(whole);
	json_decref(m);
}

json_t *world_ask(uint64_t session, const char *method, json_t *data)
{
	json_t *m = json_pack("{s:I,s:s,s:o}", "id", ++request_id, "method", method, "data", data ? data : json_object());
	char *text = json_dumps(m, JSON_COMPACT);
	size_t before = world.texts_n;
	clock_us += 20000; /* so that tests do not meet the limit of requests */
	send_text(session, text);
	free(text);
	json_decref(m);
	for (size_t i = before; i < world.texts_n; i++)
		if (world.texts[i].session == session && json_integer_value(json_object_get(world.texts[i].json, "id")) == request_id)
			return world.texts[i].json;
	fail_msg("no answer to %s", method);
	return NULL;
}

json_t *world_ok(uint64_t session, const char *method, json_t *data)
{
	json_t *answer = world_ask(session, method, data);
	if (!json_is_true(json_object_get(answer, "ok")))
		fail_msg("%s: %s", method, json_string_value(json_object_get(json_object_get(answer, "error"), "message")));
	return json_object_get(answer, "data");
}

const char *world_refused(uint64_t session, const char *method, json_t *data)
{
	json_t *answer = world_ask(session, method, data);
	if (json_is_true(json_object_get(answer, "ok")))
		fail_msg("%s was not refused", method);
	return json_string_value(json_object_get(json_object_get(answer, "error"), "code"));
}

json_t *world_event(uint64_t session, const char *event)
{
	for (size_t i = world.texts_n; i-- > 0;) {
		const char *name = json_string_value(json_object_get(world.texts[i].json, "event"));
		if (world.texts[i].session == session && name && strcmp(name, event) == 0)
			return json_object_get(world.texts[i].json, "data");
	}
	return NULL;
}

size_t world_events(uint64_t session, const char *event)
{
	size_t n = 0;
	for (size_t i = 0; i < world.texts_n; i++) {
		const char *name = json_string_value(json_object_get(world.texts[i].json, "event"));
		n += world.texts[i].session == session && name && strcmp(name, event) == 0;
	}
	return n;
}

json_t *world_told(const char *kind)
{
	for (size_t i = world.front_n; i-- > 0;)
		if (strcmp(json_string_value(json_object_get(world.front[i], "m")), kind) == 0)
			return world.front[i];
	return NULL;
}

/* --- browsers */

static const char print[] = "00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF:00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF";

static struct transport *open_transport(struct browser *b, const char *direction, char id[32])
{
	json_t *options = world_ok(b->session, "create_transport", json_pack("{s:s}", "direction", direction));
	struct transport *t = fake_find(json_string_value(json_object_get(json_object_get(options, "iceParameters"), "usernameFragment")));
	assert_non_null(t);
	snprintf(id, 32, "%s", json_string_value(json_object_get(options, "id")));
	world_ok(b->session, "connect_transport", json_pack("{s:s,s:{s:s,s:[{s:s,s:s}]}}", "transportId", id, "dtlsParameters", "role", "client",
		"fingerprints", "algorithm", "sha-256", "value", print));
	assert_string_equal(fake_fingerprint(t), print);
	fake_connect(t);
	return t;
}

void browser_media(struct browser *b)
{
	b->send = open_transport(b, "send", b->send_id);
	b->recv = open_transport(b, "recv", b->recv_id);
	world_ok(b->session, "capabilities", json_pack("{s:o}", "rtpCapabilities", device_capabilities()));
}

void browser_join(struct browser *b, const char *room, uint64_t session, int64_t participant)
{
	*b = (struct browser){.session = session, .participant = participant};
	world_admit(room, session, participant, true, true, true);
	assert_non_null(world_event(session, "welcome"));
	browser_media(b);
}

json_t *device_capabilities(void)
{
	return ortc_router_capabilities(); /* a device that can all of it */
}

json_t *opus_parameters(uint32_t ssrc, const char *mid)
{
	return json_pack("{s:s,s:[{s:s,s:i,s:i,s:i,s:{},s:[{s:s,s:s}]}],s:[{s:s,s:i},{s:s,s:i}],s:[{s:I}],s:{s:s}}", "mid", mid, "codecs", "mimeType",
		"audio/opus", "payloadType", 111, "clockRate", 48000, "channels", 2, "parameters", "rtcpFeedback", "type", "transport-cc", "parameter", "",
		"headerExtensions", "uri", ortc_extension_uri(EXT_MID), "id", WORLD_EXT_MID, "uri", ortc_extension_uri(EXT_LEVEL), "id", WORLD_EXT_LEVEL,
		"encodings", "ssrc", (json_int_t)ssrc, "rtcp", "cname", "theirs");
}

static json_t *vp8_base(const char *mid)
{
	return json_pack("{s:s,s:[{s:s,s:i,s:i,s:{},s:[{s:s,s:s},{s:s,s:s},{s:s,s:s}]},{s:s,s:i,s:i,s:{s:i},s:[]}],"
			 "s:[{s:s,s:i},{s:s,s:i},{s:s,s:i},{s:s,s:i}],s:{s:s}}", "mid", mid, "codecs", "mimeType", "video/VP8", "payloadType", 96, "clockRate",
		90000, "parameters", "rtcpFeedback", "type", "nack", "parameter", "", "type", "nack", "parameter", "pli", "type", "transport-cc", "parameter",
		"", "mimeType", "video/rtx", "payloadType", 97, "clockRate", 90000, "parameters", "apt", 96, "rtcpFeedback", "headerExtensions", "uri",
		ortc_extension_uri(EXT_MID), "id", WORLD_EXT_MID, "uri", ortc_extension_uri(EXT_RID), "id", WORLD_EXT_RID, "uri",
		ortc_extension_uri(EXT_RRID), "id", WORLD_EXT_RRID, "uri", ortc_extension_uri(EXT_TWCC), "id", WORLD_EXT_TWCC, "rtcp", "cname", "theirs");
}

json_t *vp8_parameters(uint32_t ssrc, uint32_t rtx_ssrc, const char *mid)
{
	json_t *p = vp8_base(mid);
	json_object_set_new(p, "encodings", json_pack("[{s:I,s:{s:I},s:s}]", "ssrc", (json_int_t)ssrc, "rtx", "ssrc", (json_int_t)rtx_ssrc,
		"scalabilityMode", "L1T3"));
	return p;
}

json_t *simulcast_parameters(const char *mid)
{
	json_t *p = vp8_base(mid);
	json_object_set_new(p, "encodings", json_pack("[{s:s,s:s,s:i},{s:s,s:s,s:i},{s:s,s:s,s:i}]", "rid", "r0", "scalabilityMode", "L1T3", "maxBitrate",
		150000, "rid", "r1", "scalabilityMode", "L1T3", "maxBitrate", 500000, "rid", "r2", "scalabilityMode", "L1T3", "maxBitrate", 1500000));
	return p;
}

const char *browser_produce(struct browser *b, const char *source, json_t *rtp_parameters, char id_out[32])
{
	bool audio = strcmp(source, "mic") == 0 || strcmp(source, "screen_audio") == 0;
	json_t *data = world_ok(b->session, "produce", json_pack("{s:s,s:s,s:o,s:{s:s}}", "transportId", b->send_id, "kind", audio ? "audio" : "video",
		"rtpParameters", rtp_parameters, "appData", "source", source));
	snprintf(id_out, 32, "%s", json_string_value(json_object_get(data, "id")));
	return id_out;
}

void browser_consume(struct browser *b, const char *producer, char id_out[32], uint32_t *ssrc_out, uint32_t *rtx_out)
{
	json_t *data = world_ok(b->session, "consume", json_pack("{s:s,s:[s]}", "transportId", b->recv_id, "producerIds", producer));
	const json_t *one = json_array_get(json_object_get(data, "consumers"), 0);
	const json_t *encoding = json_array_get(json_object_get(json_object_get(one, "rtpParameters"), "encodings"), 0);
	assert_non_null(encoding);
	snprintf(id_out, 32, "%s", json_string_value(json_object_get(one, "id")));
	*ssrc_out = (uint32_t)json_integer_value(json_object_get(encoding, "ssrc"));
	if (rtx_out)
		*rtx_out = (uint32_t)json_integer_value(json_object_get(json_object_get(encoding, "rtx"), "ssrc"));
	world_ok(b->session, "resume_consumers", json_pack("{s:[s]}", "consumerIds", id_out));
}

/* --- packets */

size_t rtp_make(uint8_t out[PACKET_MAX], const struct rtp_make *m)
{
	struct rtp h = {.pt = m->pt, .marker = m->marker, .seq = m->seq, .ts = m->ts, .ssrc = m->ssrc};
	struct rtp_ext exts[5];
	uint8_t level = (uint8_t)(m->level < 0 ? 127 : m->level), twcc[2] = {(uint8_t)(m->twcc >> 8), (uint8_t)m->twcc};
	size_t count = 0;
	if (m->mid)
		exts[count++] = (struct rtp_ext){.id = WORLD_EXT_MID, .n = (uint8_t)strlen(m->mid), .p = (const uint8_t *)m->mid};
	if (m->rid)
		exts[count++] = (struct rtp_ext){.id = WORLD_EXT_RID, .n = (uint8_t)strlen(m->rid), .p = (const uint8_t *)m->rid};
	if (m->rrid)
		exts[count++] = (struct rtp_ext){.id = WORLD_EXT_RRID, .n = (uint8_t)strlen(m->rrid), .p = (const uint8_t *)m->rrid};
	if (m->level >= 0)
		exts[count++] = (struct rtp_ext){.id = WORLD_EXT_LEVEL, .n = 1, .p = &level};
	if (m->twcc >= 0)
		exts[count++] = (struct rtp_ext){.id = WORLD_EXT_TWCC, .n = 2, .p = twcc};
	size_t n = rtp_write(out, PACKET_MAX, &h, exts, count, NULL);
	assert_true(n > 0 && n + m->n <= PACKET_MAX);
	memcpy(out + n, m->payload, m->n);
	return n + m->n;
}

size_t vp8_make(uint8_t *out, bool start, bool key, uint16_t pid, uint8_t tl0, uint8_t tid, bool sync, size_t n)
{
	struct vp8 d = {.start = start, .has_picture_id = true, .long_picture_id = true, .has_tl0 = true, .has_tid = true, .tid = tid, .layer_sync = sync};
	size_t head = vp8_write(&d, pid, tl0, out);
	memset(out + head, (int)(pid & 0xff), n);
	if (start)
		out[head] = key ? 0x10 : 0x11; /* the picture's own header: P bit */
	return head + n;
}

size_t sent_rtp(struct transport *t, uint32_t ssrc)
{
	size_t n = 0;
	for (size_t i = 0; i < fake.n; i++)
		n += !fake.sent[i].rtcp && fake.sent[i].transport == t && (ssrc == 0 || fake.sent[i].rtp.ssrc == ssrc);
	return n;
}

const struct fake_sent *sent_last(struct transport *t, uint32_t ssrc)
{
	for (size_t i = fake.n; i-- > 0;)
		if (!fake.sent[i].rtcp && fake.sent[i].transport == t && (ssrc == 0 || fake.sent[i].rtp.ssrc == ssrc))
			return &fake.sent[i];
	return NULL;
}

size_t sent_plis(struct transport *t, uint32_t ssrc)
{
	size_t n = 0;
	for (size_t i = 0; i < fake.n; i++) {
		if (!fake.sent[i].rtcp || fake.sent[i].transport != t)
			continue;
		struct rtcp_reader r = rtcp_read(fake.sent[i].data, fake.sent[i].n);
		struct rtcp_packet k;
		uint32_t sender, media;
		while (rtcp_next(&r, &k))
			n += k.type == RTCP_PSFB && k.count == RTCP_PLI && rtcp_feedback(&k, &sender, &media) == ERR_OK && media == ssrc;
	}
	return n;
}
