/* SPDX-License-Identifier: Apache-2.0
 *
 * See ortc.h: the objects that browsers are given, and the names of things in them.
 */
#include "media/ortc.h"

static const struct { const char *mime; enum media_kind kind; uint8_t pt, rtx_pt; uint32_t clock; } codecs[CODEC_COUNT] = {
	[CODEC_OPUS] = {"audio/opus", MEDIA_AUDIO, PT_OPUS, 0, 48000},
	[CODEC_VP8] = {"video/VP8", MEDIA_VIDEO, PT_VP8, PT_VP8_RTX, 90000},
	[CODEC_H264] = {"video/H264", MEDIA_VIDEO, PT_H264, PT_H264_RTX, 90000},
};
static const char *const sources[SOURCE_COUNT] = {"mic", "camera", "screen", "screen_audio"};

uint8_t ortc_pt(enum media_codec codec)
{
	return codecs[codec].pt;
}

uint8_t ortc_rtx_pt(enum media_codec codec)
{
	return codecs[codec].rtx_pt;
}

uint32_t ortc_clock_rate(enum media_codec codec)
{
	return codecs[codec].clock;
}

const char *ortc_kind_name(enum media_kind kind)
{
	return kind == MEDIA_AUDIO ? "audio" : "video";
}

const char *ortc_source_name(enum media_source source)
{
	return sources[source];
}

bool ortc_source_find(const char *name, enum media_source *out)
{
	for (unsigned i = 0; name && i < SOURCE_COUNT; i++)
		if (strcmp(sources[i], name) == 0) {
			*out = (enum media_source)i;
			return true;
		}
	return false;
}

enum media_kind ortc_source_kind(enum media_source source)
{
	return source == SOURCE_MIC || source == SOURCE_SCREEN_AUDIO ? MEDIA_AUDIO : MEDIA_VIDEO;
}

/* fmtp of ours. 42e01f: constrained baseline, level 3.1, what every browser can. */
static json_t *parameters_of(enum media_codec codec)
{
	if (codec == CODEC_OPUS)
		return json_pack("{s:i,s:i}", "useinbandfec", 1, "usedtx", 1);
	if (codec == CODEC_H264)
		return json_pack("{s:i,s:s,s:i}", "packetization-mode", 1, "profile-level-id", "42e01f", "level-asymmetry-allowed", 1);
	return json_object();
}

static void feedback(json_t *list, bool wanted, const char *type, const char *parameter)
{
	if (wanted)
		json_array_append_new(list, json_pack("{s:s,s:s}", "type", type, "parameter", parameter));
}

static json_t *offer_codec(enum media_codec c)
{
	json_t *lines = json_array(), *o;
	bool video = codecs[c].kind == MEDIA_VIDEO;
	feedback(lines, video, "nack", "");
	feedback(lines, video, "nack", "pli");
	feedback(lines, video, "ccm", "fir");
	feedback(lines, video, "goog-remb", "");
	feedback(lines, true, "transport-cc", "");
	o = json_pack("{s:s,s:s,s:i,s:I,s:o,s:o}", "kind", ortc_kind_name(codecs[c].kind), "mimeType", codecs[c].mime, "preferredPayloadType",
		codecs[c].pt, "clockRate", (json_int_t)codecs[c].clock, "parameters", parameters_of(c), "rtcpFeedback", lines);
	if (c == CODEC_OPUS)
		json_object_set_new(o, "channels", json_integer(2));
	return o;
}

json_t *ortc_router_capabilities(void)
{
	/* direction is the server's: what it takes only is recvonly */
	static const struct { uint8_t id; bool audio, video; const char *direction; } offered[] = {
		{EXT_MID, true, true, "recvonly"}, {EXT_RID, false, true, "recvonly"}, {EXT_RRID, false, true, "recvonly"},
		{EXT_SEND_TIME, true, true, "sendrecv"}, {EXT_TWCC, true, true, "recvonly"}, {EXT_LEVEL, true, false, "sendrecv"},
		{EXT_ORIENTATION, false, true, "sendrecv"},
	};
	json_t *list = json_array(), *exts = json_array();
	for (unsigned c = 0; c < CODEC_COUNT; c++) {
		json_array_append_new(list, offer_codec((enum media_codec)c));
		if (codecs[c].rtx_pt)
			json_array_append_new(list, json_pack("{s:s,s:s,s:i,s:i,s:{s:i},s:[]}", "kind", "video", "mimeType", "video/rtx", "preferredPayloadType",
				codecs[c].rtx_pt, "clockRate", 90000, "parameters", "apt", codecs[c].pt, "rtcpFeedback"));
	}
	for (unsigned kind = MEDIA_AUDIO; kind <= MEDIA_VIDEO; kind++)
		for (size_t i = 0; i < sizeof offered / sizeof *offered; i++)
			if (kind == MEDIA_AUDIO ? offered[i].audio : offered[i].video)
				json_array_append_new(exts, json_pack("{s:s,s:s,s:i,s:b,s:s}", "kind", ortc_kind_name((enum media_kind)kind), "uri",
					ortc_extension_uri(offered[i].id), "preferredId", offered[i].id, "preferredEncrypt", 0, "direction", offered[i].direction));
	return json_pack("{s:o,s:o}", "codecs", list, "headerExtensions", exts);
}

static void receive_extension(json_t *list, const struct ortc_caps *caps, enum media_kind kind, unsigned id)
{
	if (caps->ext[kind][id])
		json_array_append_new(list,
			json_pack("{s:s,s:i,s:b,s:{}}", "uri", ortc_extension_uri(id), "id", (int)id, "encrypt", 0, "parameters"));
}

json_t *ortc_receive_parameters(const struct ortc_receive *r)
{
	enum media_kind kind = codecs[r->codec].kind;
	json_t *list = json_array(), *exts = json_array(), *lines = json_array(), *codec, *encoding;
	feedback(lines, r->rtx_ssrc != 0, "nack", "");
	feedback(lines, r->caps->codec[r->codec].pli, "nack", "pli");
	feedback(lines, r->caps->codec[r->codec].fir, "ccm", "fir");
	feedback(lines, r->caps->codec[r->codec].remb, "goog-remb", "");
	codec = json_pack("{s:s,s:i,s:I,s:o,s:o}", "mimeType", codecs[r->codec].mime, "payloadType", codecs[r->codec].pt, "clockRate",
		(json_int_t)codecs[r->codec].clock, "parameters", parameters_of(r->codec), "rtcpFeedback", lines);
	if (r->codec == CODEC_OPUS)
		json_object_set_new(codec, "channels", json_integer(2));
	json_array_append_new(list, codec);
	if (r->rtx_ssrc)
		json_array_append_new(list, json_pack("{s:s,s:i,s:i,s:{s:i},s:[]}", "mimeType", "video/rtx", "payloadType", codecs[r->codec].rtx_pt,
			"clockRate", 90000, "parameters", "apt", codecs[r->codec].pt, "rtcpFeedback"));
	receive_extension(exts, r->caps, kind, EXT_SEND_TIME);
	receive_extension(exts, r->caps, kind, kind == MEDIA_AUDIO ? EXT_LEVEL : EXT_ORIENTATION);
	encoding = json_pack("{s:I}", "ssrc", (json_int_t)r->ssrc);
	if (r->rtx_ssrc)
		json_object_set_new(encoding, "rtx", json_pack("{s:I}", "ssrc", (json_int_t)r->rtx_ssrc));
	if (kind == MEDIA_VIDEO)
		json_object_set_new(encoding, "scalabilityMode", json_sprintf("L%uT%u", r->spatial, r->temporal));
	if (r->max_bitrate)
		json_object_set_new(encoding, "maxBitrate", json_integer((json_int_t)r->max_bitrate));
	return json_pack("{s:s,s:o,s:o,s:[o],s:{s:s,s:b},s:o}", "mid", r->mid, "codecs", list, "headerExtensions", exts, "encodings", encoding, "rtcp",
		"cname", r->cname, "reducedSize", 1, "msid", json_sprintf("%s %s", r->stream, r->track));
}
