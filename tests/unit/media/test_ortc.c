/* SPDX-License-Identifier: Apache-2.0
 *
 * RTP parameters from strangers: what is taken, what is refused, and that nothing of theirs goes out again as text.
 */
#include "media/ortc.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

static json_t *parse(const char *text)
{
	json_error_t error;
	json_t *v = json_loads(text, JSON_DECODE_ANY, &error);
	if (!v)
		fail_msg("%s: %s", error.text, text);
	return v;
}

static bool takes(const char *text, enum media_kind kind, struct ortc_send *out)
{
	const char *why = NULL;
	json_t *v = parse(text);
	enum err e = ortc_read_send(v, kind, out, &why);
	json_decref(v);
	assert_true(e == ERR_OK || (e == ERR_REFUSED && why && why[0]));
	return e == ERR_OK;
}

#define EXT "\"headerExtensions\":[{\"uri\":\"urn:ietf:params:rtp-hdrext:sdes:mid\",\"id\":4},{\"uri\":\"urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id\",\"id\":10}]"
#define VP8 "{\"mimeType\":\"video/VP8\",\"payloadType\":96,\"clockRate\":90000,\"rtcpFeedback\":[{\"type\":\"nack\"},{\"type\":\"nack\",\"parameter\":\"pli\"}]}"
#define RTX "{\"mimeType\":\"video/rtx\",\"payloadType\":97,\"clockRate\":90000,\"parameters\":{\"apt\":96}}"
#define OPUS "{\"mimeType\":\"audio/opus\",\"payloadType\":111,\"clockRate\":48000,\"channels\":2}"
#define H264(p) "{\"mimeType\":\"video/H264\",\"payloadType\":102,\"clockRate\":90000,\"parameters\":{\"packetization-mode\":1,\"profile-level-id\":\"" p "\"}}"

static void good_ones(void **state)
{
	struct ortc_send s;
	(void)state;
	assert_true(takes("{\"mid\":\"0\",\"codecs\":[" OPUS "],\"encodings\":[{\"ssrc\":4294967295,\"dtx\":true}],\"rtcp\":{\"cname\":\"x\"}}", MEDIA_AUDIO, &s));
	assert_true(s.codec == CODEC_OPUS && s.pt == 111 && s.rtx_pt == 0 && s.encodings_n == 1 && s.encodings[0].ssrc == UINT32_MAX);
	assert_true(takes("{\"mid\":\"1\",\"codecs\":[" VP8 "," RTX "]," EXT ",\"encodings\":[{\"rid\":\"r0\",\"scalabilityMode\":\"L1T3\",\"maxBitrate\":150000.5},"
			  "{\"rid\":\"r1\",\"scalabilityMode\":\"L1T3\"},{\"rid\":\"r2\",\"scalabilityMode\":\"L1T3\"}]}", MEDIA_VIDEO, &s));
	assert_true(s.codec == CODEC_VP8 && s.pt == 96 && s.rtx_pt == 97 && s.encodings_n == 3 && s.encodings[2].temporal == 3 && s.nack && s.pli && !s.fir);
	assert_int_equal(s.encodings[0].max_bitrate, 150000);
	assert_true(s.ext[EXT_MID] == 4 && s.ext[EXT_RID] == 10 && s.ext[EXT_TWCC] == 0);
	assert_true(takes("{\"mid\":\"1\",\"codecs\":[" H264("42e01f") "],\"encodings\":[{\"ssrc\":5,\"rtx\":{\"ssrc\":6}}]}", MEDIA_VIDEO, &s));
	assert_true(s.codec == CODEC_H264 && s.encodings[0].rtx_ssrc == 0); /* no payload type for it: none */
	assert_true(takes("{\"mid\":\"1\",\"codecs\":[" VP8 "]," EXT ",\"encodings\":[{}]}", MEDIA_VIDEO, &s)); /* by its mid */
}

static void bad_ones(void **state)
{
	static const struct { enum media_kind kind; const char *text; } bad[] = {
		{MEDIA_AUDIO, "1"}, {MEDIA_AUDIO, "[]"}, {MEDIA_AUDIO, "null"}, {MEDIA_AUDIO, "{}"},
		{MEDIA_AUDIO, "{\"codecs\":{},\"encodings\":[{\"ssrc\":1}]}"},
		{MEDIA_AUDIO, "{\"codecs\":[],\"encodings\":[{\"ssrc\":1}]}"},
		{MEDIA_AUDIO, "{\"codecs\":[1],\"encodings\":[{\"ssrc\":1}]}"},
		{MEDIA_AUDIO, "{\"codecs\":[null],\"encodings\":[{\"ssrc\":1}]}"},
		{MEDIA_AUDIO, "{\"codecs\":[" OPUS "]}"},
		{MEDIA_AUDIO, "{\"codecs\":[" OPUS "],\"encodings\":[]}"},
		{MEDIA_AUDIO, "{\"codecs\":[" OPUS "],\"encodings\":[{}]}"},
		{MEDIA_AUDIO, "{\"codecs\":[" OPUS "],\"encodings\":[1]}"},
		{MEDIA_AUDIO, "{\"codecs\":[" OPUS "],\"encodings\":[{\"ssrc\":1},{\"ssrc\":2}]}"},
		{MEDIA_AUDIO, "{\"codecs\":[" OPUS "],\"encodings\":[{\"ssrc\":0}]}"},
		{MEDIA_AUDIO, "{\"codecs\":[" OPUS "],\"encodings\":[{\"ssrc\":4294967296}]}"},
		{MEDIA_AUDIO, "{\"codecs\":[" OPUS "],\"encodings\":[{\"ssrc\":-1}]}"},
		{MEDIA_AUDIO, "{\"codecs\":[" OPUS "],\"encodings\":[{\"ssrc\":1.5}]}"},
		{MEDIA_AUDIO, "{\"codecs\":[" OPUS "],\"encodings\":[{\"ssrc\":\"1\"}]}"},
		{MEDIA_AUDIO, "{\"mid\":5,\"codecs\":[" OPUS "],\"encodings\":[{\"ssrc\":1}]}"},
		{MEDIA_AUDIO, "{\"mid\":\"\",\"codecs\":[" OPUS "],\"encodings\":[{\"ssrc\":1}]}"},
		{MEDIA_AUDIO, "{\"mid\":\"a b\",\"codecs\":[" OPUS "],\"encodings\":[{\"ssrc\":1}]}"},
		{MEDIA_AUDIO, "{\"mid\":\"a\\r\\na=x\",\"codecs\":[" OPUS "],\"encodings\":[{\"ssrc\":1}]}"},
		{MEDIA_AUDIO, "{\"mid\":\"123456789012345678901234567890123\",\"codecs\":[" OPUS "],\"encodings\":[{\"ssrc\":1}]}"},
		{MEDIA_AUDIO, "{\"codecs\":[" OPUS "],\"headerExtensions\":[1],\"encodings\":[{\"ssrc\":1}]}"},
		{MEDIA_AUDIO, "{\"codecs\":[" OPUS "],\"headerExtensions\":[{\"uri\":\"urn:ietf:params:rtp-hdrext:sdes:mid\",\"id\":0}],\"encodings\":[{\"ssrc\":1}]}"},
		{MEDIA_AUDIO, "{\"codecs\":[" OPUS "],\"headerExtensions\":[{\"uri\":\"urn:ietf:params:rtp-hdrext:sdes:mid\",\"id\":256}],\"encodings\":[{\"ssrc\":1}]}"},
		{MEDIA_AUDIO, "{\"codecs\":[" OPUS "],\"headerExtensions\":[{\"uri\":\"x\",\"id\":1,\"encrypt\":true}],\"encodings\":[{\"ssrc\":1}]}"},
		{MEDIA_AUDIO, "{\"codecs\":[" VP8 "],\"encodings\":[{\"ssrc\":1}]}"},
		{MEDIA_VIDEO, "{\"codecs\":[" OPUS "],\"encodings\":[{\"ssrc\":1}]}"},
		{MEDIA_VIDEO, "{\"codecs\":[" RTX "],\"encodings\":[{\"ssrc\":1}]}"},
		{MEDIA_VIDEO, "{\"codecs\":[{\"mimeType\":\"video/VP8\",\"payloadType\":128,\"clockRate\":90000}],\"encodings\":[{\"ssrc\":1}]}"},
		{MEDIA_VIDEO, "{\"codecs\":[{\"mimeType\":\"video/VP8\",\"payloadType\":96,\"clockRate\":48000}],\"encodings\":[{\"ssrc\":1}]}"},
		{MEDIA_VIDEO, "{\"codecs\":[{\"mimeType\":\"video/VP9\",\"payloadType\":96,\"clockRate\":90000}],\"encodings\":[{\"ssrc\":1}]}"},
		{MEDIA_VIDEO, "{\"codecs\":[" H264("640c1f") "],\"encodings\":[{\"ssrc\":1}]}"},
		{MEDIA_VIDEO, "{\"codecs\":[" H264("42001f") "],\"encodings\":[{\"ssrc\":1}]}"},
		{MEDIA_VIDEO, "{\"codecs\":[" H264("42e0") "],\"encodings\":[{\"ssrc\":1}]}"},
		{MEDIA_VIDEO, "{\"codecs\":[{\"mimeType\":\"video/H264\",\"payloadType\":102,\"clockRate\":90000,\"parameters\":{\"profile-level-id\":\"42e01f\"}}],\"encodings\":[{\"ssrc\":1}]}"},
		{MEDIA_VIDEO, "{\"codecs\":[" VP8 ",{\"mimeType\":\"video/rtx\",\"payloadType\":96,\"clockRate\":90000,\"parameters\":{\"apt\":96}}],\"encodings\":[{\"ssrc\":1}]}"},
		{MEDIA_VIDEO, "{\"mid\":\"1\",\"codecs\":[" VP8 "]," EXT ",\"encodings\":[{\"rid\":\"a\"},{\"rid\":\"b\"},{\"rid\":\"c\"},{\"rid\":\"d\"}]}"},
		{MEDIA_VIDEO, "{\"mid\":\"1\",\"codecs\":[" VP8 "]," EXT ",\"encodings\":[{\"rid\":\"a\"},{\"rid\":\"a\"}]}"},
		{MEDIA_VIDEO, "{\"mid\":\"1\",\"codecs\":[" VP8 "]," EXT ",\"encodings\":[{\"rid\":\"a\",\"ssrc\":1},{\"rid\":\"b\",\"ssrc\":1}]}"},
		{MEDIA_VIDEO, "{\"mid\":\"1\",\"codecs\":[" VP8 "," RTX "]," EXT ",\"encodings\":[{\"rid\":\"a\",\"ssrc\":1},{\"rid\":\"b\",\"ssrc\":2,\"rtx\":{\"ssrc\":1}}]}"},
		{MEDIA_VIDEO, "{\"codecs\":[" VP8 "]," EXT ",\"encodings\":[{\"rid\":\"a\"},{\"rid\":\"b\"}]}"},
		{MEDIA_VIDEO, "{\"mid\":\"1\",\"codecs\":[" VP8 "],\"encodings\":[{\"rid\":\"a\"},{\"rid\":\"b\"}]}"},
		{MEDIA_VIDEO, "{\"mid\":\"1\",\"codecs\":[" VP8 "]," EXT ",\"encodings\":[{\"rid\":\"12345678901234567\"}]}"},
		{MEDIA_VIDEO, "{\"codecs\":[" VP8 "," RTX "],\"encodings\":[{\"ssrc\":1,\"rtx\":{\"ssrc\":1}}]}"},
		{MEDIA_VIDEO, "{\"codecs\":[" VP8 "," RTX "],\"encodings\":[{\"ssrc\":1,\"rtx\":{}}]}"},
		{MEDIA_VIDEO, "{\"codecs\":[" VP8 "," RTX "],\"encodings\":[{\"ssrc\":1,\"rtx\":5}]}"},
		{MEDIA_VIDEO, "{\"codecs\":[" VP8 "],\"encodings\":[{\"ssrc\":1,\"scalabilityMode\":\"L3T3\"}]}"},
		{MEDIA_VIDEO, "{\"codecs\":[" VP8 "],\"encodings\":[{\"ssrc\":1,\"scalabilityMode\":\"L\"}]}"},
		{MEDIA_VIDEO, "{\"codecs\":[" VP8 "],\"encodings\":[{\"ssrc\":1,\"scalabilityMode\":3}]}"},
	};
	struct ortc_send s;
	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		if (takes(bad[i].text, bad[i].kind, &s))
			fail_msg("taken: %s", bad[i].text);
}

static void long_lists(void **state)
{
	struct ortc_send s;
	char text[16384];
	(void)state;
	for (int count = 64; count <= 65; count++) {
		size_t n = (size_t)snprintf(text, sizeof text, "{\"codecs\":[" OPUS);
		for (int i = 1; i < count; i++)
			n += (size_t)snprintf(text + n, sizeof text - n, ",{}");
		snprintf(text + n, sizeof text - n, "],\"encodings\":[{\"ssrc\":1}]}");
		assert_int_equal(takes(text, MEDIA_AUDIO, &s), count == 64);
	}
}

static bool contains(const json_t *list, const char *key, const char *value)
{
	for (size_t i = 0; i < json_array_size(list); i++)
		if (strcmp(json_string_value(json_object_get(json_array_get(list, i), key)), value) == 0)
			return true;
	return false;
}

static void what_a_receiver_is_told(void **state)
{
	struct ortc_caps caps;
	const char *why = NULL;
	json_t *ours = ortc_router_capabilities();
	(void)state;
	/* Firefox has no video-orientation: a device that knows less is told less */
	json_t *exts = json_object_get(ours, "headerExtensions");
	for (size_t i = json_array_size(exts); i-- > 0;)
		if (strstr(json_string_value(json_object_get(json_array_get(exts, i), "uri")), "orientation"))
			json_array_remove(exts, i);
	assert_int_equal(ortc_read_capabilities(ours, &caps, &why), ERR_OK);
	assert_true(ortc_can_consume(&caps, CODEC_OPUS) && ortc_can_consume(&caps, CODEC_VP8) && ortc_can_consume(&caps, CODEC_H264));
	assert_true(ortc_rtx(&caps, CODEC_VP8) && !ortc_rtx(&caps, CODEC_OPUS));
	json_t *p = ortc_receive_parameters(&(struct ortc_receive){.mid = "3", .cname = "u-x", .stream = "u-x", .track = "c-1", .codec = CODEC_VP8,
		.caps = &caps, .ssrc = 7, .rtx_ssrc = 8, .spatial = 3, .temporal = 3, .max_bitrate = 5});
	const json_t *codecs = json_object_get(p, "codecs"), *encoding = json_array_get(json_object_get(p, "encodings"), 0);
	assert_int_equal(json_array_size(codecs), 2);
	assert_int_equal(json_integer_value(json_object_get(json_array_get(codecs, 0), "payloadType")), PT_VP8);
	assert_int_equal(json_integer_value(json_object_get(json_object_get(encoding, "rtx"), "ssrc")), 8);
	assert_string_equal(json_string_value(json_object_get(encoding, "scalabilityMode")), "L3T3");
	assert_string_equal(json_string_value(json_object_get(p, "msid")), "u-x c-1");
	assert_true(contains(json_object_get(p, "headerExtensions"), "uri", ortc_extension_uri(EXT_SEND_TIME)));
	assert_false(contains(json_object_get(p, "headerExtensions"), "uri", ortc_extension_uri(EXT_ORIENTATION)));
	assert_true(contains(json_object_get(json_array_get(codecs, 0), "rtcpFeedback"), "type", "goog-remb"));
	assert_false(contains(json_object_get(json_array_get(codecs, 0), "rtcpFeedback"), "type", "transport-cc"));
	json_decref(p);
	json_decref(ours);
}

static void capabilities_from_strangers(void **state)
{
	static const struct { const char *text; bool good, vp8; } cases[] = {
		{"1", false, false}, {"{}", false, false}, {"{\"codecs\":[1]}", false, false}, {"{\"codecs\":[],\"headerExtensions\":[2]}", false, false},
		{"{\"codecs\":[]}", true, false}, {"{\"codecs\":[{}]}", true, false},
		{"{\"codecs\":[{\"mimeType\":\"video/VP8\",\"clockRate\":90000,\"preferredPayloadType\":101}]}", true, true},
		{"{\"codecs\":[{\"mimeType\":\"video/vp8\",\"clockRate\":90000,\"preferredPayloadType\":101,\"rtcpFeedback\":5}]}", true, true},
		{"{\"codecs\":[{\"mimeType\":\"video/VP8\",\"clockRate\":90000,\"preferredPayloadType\":96}]}", true, false}, /* not our number */
	};
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct ortc_caps caps;
		const char *why = NULL;
		json_t *v = parse(cases[i].text);
		enum err e = ortc_read_capabilities(v, &caps, &why);
		if ((e == ERR_OK) != cases[i].good || (cases[i].good && ortc_can_consume(&caps, CODEC_VP8) != cases[i].vp8))
			fail_msg("%s", cases[i].text);
		json_decref(v);
	}
	struct ortc_caps none = {0};
	assert_false(ortc_can_consume(&none, CODEC_OPUS));
}

static void sources(void **state)
{
	enum media_source s;
	(void)state;
	for (unsigned i = 0; i < SOURCE_COUNT; i++)
		assert_true(ortc_source_find(ortc_source_name((enum media_source)i), &s) && s == (enum media_source)i);
	assert_false(ortc_source_find("microphone", &s));
	assert_false(ortc_source_find("", &s));
	assert_int_equal(ortc_source_kind(SOURCE_SCREEN_AUDIO), MEDIA_AUDIO);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good_ones),
		cmocka_unit_test(bad_ones),
		cmocka_unit_test(long_lists),
		cmocka_unit_test(what_a_receiver_is_told),
		cmocka_unit_test(capabilities_from_strangers),
		cmocka_unit_test(sources),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
