/* SPDX-License-Identifier: Apache-2.0
 *
 * See ortc.h. Reading of what browsers say; ortc_write.c has what they are told.
 */
#include "media/ortc.h"
#include <string.h>
#include <strings.h>

#define LIST_MAX 64 /* codecs, extensions or feedback lines in one object; Chromium names about 40 codecs */

static const char *const extension_uris[EXT_COUNT] = {
	[EXT_MID] = "urn:ietf:params:rtp-hdrext:sdes:mid",
	[EXT_RID] = "urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id",
	[EXT_RRID] = "urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id",
	[EXT_SEND_TIME] = "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time",
	[EXT_TWCC] = "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01",
	[EXT_LEVEL] = "urn:ietf:params:rtp-hdrext:ssrc-audio-level",
	[EXT_ORIENTATION] = "urn:3gpp:video-orientation",
};

const char *ortc_extension_uri(unsigned id)
{
	return extension_uris[id];
}

static enum err bad(const char **why_out, const char *why)
{
	*why_out = why;
	return ERR_REFUSED;
}

/* An integer member within [low, high]. */
static bool integer(const json_t *object, const char *key, json_int_t low, json_int_t high, json_int_t *out)
{
	const json_t *v = json_object_get(object, key);
	if (!json_is_integer(v) || json_integer_value(v) < low || json_integer_value(v) > high)
		return false;
	*out = json_integer_value(v);
	return true;
}

/* An array member of at most LIST_MAX objects; absent is empty when it may be. NULL: malformed. */
static bool list(const json_t *object, const char *key, bool needed, const json_t **out)
{
	const json_t *v = json_object_get(object, key);
	*out = v;
	if (!v || json_is_null(v)) {
		*out = NULL;
		return !needed;
	}
	if (!json_is_array(v) || json_array_size(v) > LIST_MAX)
		return false;
	for (size_t i = 0; i < json_array_size(v); i++)
		if (!json_is_object(json_array_get(v, i)))
			return false;
	return true;
}

static bool feedback_has(const json_t *codec, const char *type, const char *parameter)
{
	const json_t *lines;
	if (!list(codec, "rtcpFeedback", false, &lines))
		return false;
	for (size_t i = 0; i < json_array_size(lines); i++) {
		const json_t *line = json_array_get(lines, i);
		const char *t = json_string_value(json_object_get(line, "type")), *p = json_string_value(json_object_get(line, "parameter"));
		if (t && strcmp(t, type) == 0 && strcmp(p ? p : "", parameter) == 0)
			return true;
	}
	return false;
}

/* profile-level-id of constrained baseline: 42e0xx, or 42 with the bit of constraint set 1 (RFC 6184 8.1). Absent would be plain baseline. */
static bool constrained_baseline(const char *id)
{
	unsigned v = 0;
	if (!id || strlen(id) != 6)
		return false;
	for (unsigned i = 0; i < 4; i++) {
		char c = id[i];
		unsigned digit = c >= '0' && c <= '9' ? (unsigned)(c - '0') : c >= 'a' && c <= 'f' ? (unsigned)(c - 'a' + 10) :
			c >= 'A' && c <= 'F' ? (unsigned)(c - 'A' + 10) : 16;
		if (digit > 15)
			return false;
		v = v << 4 | digit;
	}
	return (v >> 8) == 0x42 && (v & 0x40);
}

/* Which of our codecs this is; CODEC_COUNT: none. */
static enum media_codec codec_of(const json_t *codec)
{
	const char *mime = json_string_value(json_object_get(codec, "mimeType"));
	const json_t *parameters = json_object_get(codec, "parameters");
	json_int_t clock, channels = 1, mode = 0;
	if (!mime || !integer(codec, "clockRate", 1, 1000000, &clock))
		return CODEC_COUNT;
	if (strcasecmp(mime, "audio/opus") == 0)
		return clock == 48000 && integer(codec, "channels", 1, 2, &channels) && channels == 2 ? CODEC_OPUS : CODEC_COUNT;
	if (clock != 90000)
		return CODEC_COUNT;
	if (strcasecmp(mime, "video/VP8") == 0)
		return CODEC_VP8;
	if (strcasecmp(mime, "video/H264") != 0 || !integer(parameters, "packetization-mode", 1, 1, &mode))
		return CODEC_COUNT;
	return constrained_baseline(json_string_value(json_object_get(parameters, "profile-level-id"))) ? CODEC_H264 : CODEC_COUNT;
}

static bool is_rtx(const json_t *codec, json_int_t apt)
{
	const char *mime = json_string_value(json_object_get(codec, "mimeType"));
	json_int_t v;
	return mime && strcasecmp(mime, "video/rtx") == 0 && integer(json_object_get(codec, "parameters"), "apt", 0, 127, &v) && v == apt;
}

static unsigned extension_of(const json_t *ext)
{
	const char *uri = json_string_value(json_object_get(ext, "uri"));
	for (unsigned id = 1; uri && id < EXT_COUNT; id++)
		if (extension_uris[id] && strcmp(extension_uris[id], uri) == 0)
			return id;
	return 0;
}

/* Letters, digits and a few signs: what RFC 8851 and browsers use. */
static bool token(const json_t *v, size_t max, char *out, uint8_t *n_out)
{
	size_t n = json_string_length(v);
	const char *p = json_string_value(v);
	if (!p || n == 0 || n > max)
		return false;
	for (size_t i = 0; i < n; i++)
		if (!((p[i] >= '0' && p[i] <= '9') || (p[i] >= 'a' && p[i] <= 'z') || (p[i] >= 'A' && p[i] <= 'Z') || strchr("-_.{}+", p[i])))
			return false;
	memcpy(out, p, n);
	*n_out = (uint8_t)n;
	return true;
}

/* The T of "L1T3"; 1 when nothing is said, 0 when it is none of ours. */
static uint8_t temporal_of(const json_t *mode)
{
	const char *p = json_string_value(mode);
	if (!mode || json_is_null(mode))
		return 1;
	if (!p || (p[0] != 'L' && p[0] != 'S') || p[1] != '1' || p[2] != 'T' || p[3] < '1' || p[3] > '3' || p[4])
		return 0;
	return (uint8_t)(p[3] - '0');
}

static enum err read_codecs(const json_t *params, struct ortc_send *out, const char **why_out)
{
	const json_t *codecs;
	json_int_t pt, rtx_pt;
	if (!list(params, "codecs", true, &codecs) || json_array_size(codecs) == 0)
		return bad(why_out, "codecs: a list of 1 to 64 objects");
	const json_t *first = json_array_get(codecs, 0);
	out->codec = codec_of(first);
	if (out->codec == CODEC_COUNT || (out->codec == CODEC_OPUS) != (out->kind == MEDIA_AUDIO))
		return bad(why_out, "codecs: the first is none that this server takes for this kind");
	if (!integer(first, "payloadType", 1, 127, &pt))
		return bad(why_out, "payloadType: 1 to 127");
	out->pt = (uint8_t)pt;
	out->nack = feedback_has(first, "nack", "") && out->kind == MEDIA_VIDEO;
	out->pli = feedback_has(first, "nack", "pli");
	out->fir = feedback_has(first, "ccm", "fir");
	out->remb = feedback_has(first, "goog-remb", "");
	out->twcc = feedback_has(first, "transport-cc", "");
	for (size_t i = 1; i < json_array_size(codecs) && out->kind == MEDIA_VIDEO; i++)
		if (is_rtx(json_array_get(codecs, i), pt)) {
			if (!integer(json_array_get(codecs, i), "payloadType", 1, 127, &rtx_pt) || rtx_pt == pt)
				return bad(why_out, "payloadType of rtx: 1 to 127, another one");
			out->rtx_pt = (uint8_t)rtx_pt;
			break;
		}
	return ERR_OK;
}

static enum err read_extensions(const json_t *params, struct ortc_send *out, const char **why_out)
{
	const json_t *exts;
	if (!list(params, "headerExtensions", false, &exts))
		return bad(why_out, "headerExtensions: a list of at most 64 objects");
	for (size_t i = 0; i < json_array_size(exts); i++) {
		const json_t *ext = json_array_get(exts, i);
		unsigned id = extension_of(ext);
		json_int_t theirs;
		if (!integer(ext, "id", 1, 255, &theirs))
			return bad(why_out, "headerExtensions: id 1 to 255");
		if (json_is_true(json_object_get(ext, "encrypt")))
			return bad(why_out, "headerExtensions: encrypted ones are not taken");
		if (id)
			out->ext[id] = (uint8_t)theirs;
	}
	return ERR_OK;
}

static enum err read_encoding(const json_t *from, struct ortc_send *send, struct ortc_encoding *out, const char **why_out)
{
	json_int_t v;
	const json_t *rtx = json_object_get(from, "rtx"), *rid = json_object_get(from, "rid");
	*out = (struct ortc_encoding){.temporal = temporal_of(json_object_get(from, "scalabilityMode"))};
	if (out->temporal == 0)
		return bad(why_out, "scalabilityMode: L1T1 to L1T3");
	if (send->codec != CODEC_VP8)
		out->temporal = 1;
	if (json_object_get(from, "ssrc")) {
		if (!integer(from, "ssrc", 1, UINT32_MAX, &v))
			return bad(why_out, "ssrc: 1 to 4294967295");
		out->ssrc = (uint32_t)v;
	}
	if (rid && !token(rid, ORTC_RID_MAX, out->rid, &out->rid_n))
		return bad(why_out, "rid: 1 to 16 letters, digits, - and _");
	if (rtx) {
		if (!json_is_object(rtx) || !integer(rtx, "ssrc", 1, UINT32_MAX, &v) || v == (json_int_t)out->ssrc)
			return bad(why_out, "rtx: an ssrc of its own");
		out->rtx_ssrc = (uint32_t)v;
	}
	/* the browser may say a fraction here, it is a hint only */
	const json_t *rate = json_object_get(from, "maxBitrate");
	if (json_is_number(rate) && json_number_value(rate) >= 1 && json_number_value(rate) <= 100e6)
		out->max_bitrate = (uint32_t)json_number_value(rate);
	return ERR_OK;
}

static bool same_encoding(const struct ortc_encoding *a, const struct ortc_encoding *b)
{
	uint32_t x[] = {a->ssrc, a->rtx_ssrc}, y[] = {b->ssrc, b->rtx_ssrc};
	for (int i = 0; i < 4; i++)
		if (x[i / 2] && x[i / 2] == y[i % 2])
			return true;
	return str_eq(str_n(a->rid, a->rid_n), str_n(b->rid, b->rid_n));
}

enum err ortc_read_send(const json_t *params, enum media_kind kind, struct ortc_send *out, const char **why_out)
{
	const json_t *encodings, *mid = json_object_get(params, "mid");
	enum err e;
	*out = (struct ortc_send){.kind = kind};
	if (!json_is_object(params))
		return bad(why_out, "rtpParameters: an object");
	if (mid && !token(mid, ORTC_MID_MAX, out->mid, &out->mid_n))
		return bad(why_out, "mid: 1 to 32 letters, digits, - and _");
	if ((e = read_codecs(params, out, why_out)) || (e = read_extensions(params, out, why_out)))
		return e;
	if (!list(params, "encodings", true, &encodings) || json_array_size(encodings) == 0)
		return bad(why_out, "encodings: a list of 1 to 3 objects");
	if (json_array_size(encodings) > (kind == MEDIA_AUDIO ? 1 : PRODUCER_ENCODINGS_MAX))
		return bad(why_out, kind == MEDIA_AUDIO ? "encodings: one for sound" : "encodings: at most 3");
	for (size_t i = 0; i < json_array_size(encodings); i++) {
		struct ortc_encoding *one = &out->encodings[i];
		if ((e = read_encoding(json_array_get(encodings, i), out, one, why_out)))
			return e;
		if (!one->ssrc && !(one->rid_n && out->ext[EXT_RID] && out->mid_n && out->ext[EXT_MID]) &&
			!(json_array_size(encodings) == 1 && out->mid_n && out->ext[EXT_MID]))
			return bad(why_out, "encodings: an ssrc, or a rid with mid and their header extensions");
		if (!out->rtx_pt)
			one->rtx_ssrc = 0;
		for (size_t j = 0; j < i; j++)
			if (same_encoding(one, &out->encodings[j]))
				return bad(why_out, "encodings: each with an ssrc and a rid of its own");
	}
	out->encodings_n = (uint8_t)json_array_size(encodings);
	return ERR_OK;
}

enum err ortc_read_capabilities(const json_t *caps, struct ortc_caps *out, const char **why_out)
{
	const json_t *codecs, *exts;
	*out = (struct ortc_caps){.known = true};
	if (!json_is_object(caps) || !list(caps, "codecs", true, &codecs) || !list(caps, "headerExtensions", false, &exts))
		return bad(why_out, "rtpCapabilities: codecs and headerExtensions, lists of at most 64 objects");
	for (size_t i = 0; i < json_array_size(codecs); i++) {
		const json_t *one = json_array_get(codecs, i);
		enum media_codec c = codec_of(one);
		json_int_t pt, rtx_pt;
		if (c == CODEC_COUNT || !integer(one, "preferredPayloadType", 1, 127, &pt) || pt != ortc_pt(c))
			continue; /* a device may know much that we do not send */
		out->codec[c].can = true;
		out->codec[c].nack = c != CODEC_OPUS && feedback_has(one, "nack", "");
		out->codec[c].pli = feedback_has(one, "nack", "pli");
		out->codec[c].fir = feedback_has(one, "ccm", "fir");
		out->codec[c].remb = feedback_has(one, "goog-remb", "");
		for (size_t j = 0; j < json_array_size(codecs) && c != CODEC_OPUS; j++)
			if (is_rtx(json_array_get(codecs, j), pt) && integer(json_array_get(codecs, j), "preferredPayloadType", 1, 127, &rtx_pt) &&
				rtx_pt == ortc_rtx_pt(c)) {
				out->codec[c].rtx = true;
				break;
			}
	}
	for (size_t i = 0; i < json_array_size(exts); i++) {
		const json_t *ext = json_array_get(exts, i);
		unsigned id = extension_of(ext);
		const char *kind = json_string_value(json_object_get(ext, "kind"));
		json_int_t theirs;
		if (id && integer(ext, "preferredId", 1, 255, &theirs) && theirs == (json_int_t)id) {
			if (!kind || strcmp(kind, "audio") == 0)
				out->ext[MEDIA_AUDIO][id] = true;
			if (!kind || strcmp(kind, "video") == 0)
				out->ext[MEDIA_VIDEO][id] = true;
		}
	}
	return ERR_OK;
}

bool ortc_can_consume(const struct ortc_caps *caps, enum media_codec codec)
{
	return caps->known && caps->codec[codec].can;
}

bool ortc_rtx(const struct ortc_caps *caps, enum media_codec codec)
{
	return caps->known && caps->codec[codec].can && caps->codec[codec].rtx && caps->codec[codec].nack;
}
