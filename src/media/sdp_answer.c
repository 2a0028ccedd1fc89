/* SPDX-License-Identifier: Apache-2.0
 *
 * See sdp.h: writing. Only names that were checked while reading, and our own.
 */
#include "media/sdp.h"

static const char *text(const json_t *object, const char *key)
{
	const char *p = json_string_value(json_object_get(object, key));
	return p ? p : "";
}

static void add_candidates(struct buf *out, const json_t *options)
{
	const json_t *list = json_object_get(options, "iceCandidates");
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *c = json_array_get(list, i);
		bool tcp = strcmp(text(c, "protocol"), "tcp") == 0;
		buf_addf(out, "a=candidate:%s 1 %s %lld %s %lld typ host%s\r\n", tcp ? "2" : "1", tcp ? "TCP" : "UDP",
			(long long)json_integer_value(json_object_get(c, "priority")), text(c, "ip"), (long long)json_integer_value(json_object_get(c, "port")),
			tcp ? " tcptype passive" : "");
	}
	buf_add_str(out, STR("a=end-of-candidates\r\n"));
}

static void add_path(struct buf *out, const json_t *options)
{
	const json_t *ice = json_object_get(options, "iceParameters"), *dtls = json_object_get(options, "dtlsParameters");
	const json_t *print = json_array_get(json_object_get(dtls, "fingerprints"), 0);
	buf_addf(out, "c=IN IP4 0.0.0.0\r\na=ice-ufrag:%s\r\na=ice-pwd:%s\r\na=fingerprint:sha-256 %s\r\na=setup:passive\r\na=rtcp-mux\r\na=rtcp-rsize\r\n",
		text(ice, "usernameFragment"), text(ice, "password"), text(print, "value"));
	add_candidates(out, options);
}

static void add_feedback(struct buf *out, unsigned pt, bool wanted, const char *what)
{
	if (wanted)
		buf_addf(out, "a=rtcp-fb:%u %s\r\n", pt, what);
}

static void add_codec(struct buf *out, enum media_codec codec, const struct sdp_codec *c, bool twcc)
{
	if (codec == CODEC_OPUS) {
		buf_addf(out, "a=rtpmap:%u opus/48000/2\r\na=fmtp:%u useinbandfec=1;usedtx=1\r\n", c->pt, c->pt);
		add_feedback(out, c->pt, twcc, "transport-cc");
		return;
	}
	buf_addf(out, "a=rtpmap:%u %s/90000\r\n", c->pt, codec == CODEC_VP8 ? "VP8" : "H264");
	if (codec == CODEC_H264)
		buf_addf(out, "a=fmtp:%u level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f\r\n", c->pt);
	add_feedback(out, c->pt, c->nack, "nack");
	add_feedback(out, c->pt, c->pli, "nack pli");
	add_feedback(out, c->pt, c->fir, "ccm fir");
	add_feedback(out, c->pt, twcc, "transport-cc");
	if (c->rtx_pt)
		buf_addf(out, "a=rtpmap:%u rtx/90000\r\na=fmtp:%u apt=%u\r\n", c->rtx_pt, c->rtx_pt, c->pt);
}

static void add_streams(struct buf *out, const struct sdp_part *p)
{
	buf_addf(out, "a=msid:%s %s\r\n", p->stream, p->track);
	if (p->rtx_ssrc)
		buf_addf(out, "a=ssrc-group:FID %u %u\r\na=ssrc:%u cname:%s\r\n", p->ssrc, p->rtx_ssrc, p->rtx_ssrc, p->cname);
	buf_addf(out, "a=ssrc:%u cname:%s\r\n", p->ssrc, p->cname);
}

static void add_part(struct buf *out, const struct sdp_offer *o, const struct sdp_section *s, const struct sdp_part *p, const json_t *options)
{
	const struct sdp_media *m = &o->media[p->codec == CODEC_OPUS ? MEDIA_AUDIO : MEDIA_VIDEO];
	const struct sdp_codec *c = &m->codecs[p->codec];
	buf_addf(out, "m=%s 9 UDP/TLS/RTP/SAVPF %u", s->kind, c->pt);
	if (c->rtx_pt && (!p->sending || p->rtx_ssrc))
		buf_addf(out, " %u", c->rtx_pt);
	buf_add_str(out, STR("\r\n"));
	add_path(out, options);
	if (s->mid[0])
		buf_addf(out, "a=mid:%s\r\n", s->mid);
	buf_addf(out, "a=%s\r\n", p->sending ? "sendonly" : "recvonly");
	for (unsigned e = 1; e < EXT_COUNT && !p->sending; e++)
		if (p->receive.ext[e])
			buf_addf(out, "a=extmap:%u %s\r\n", p->receive.ext[e], ortc_extension_uri(e));
	struct sdp_codec told = *c;
	if (p->sending && !p->rtx_ssrc)
		told.rtx_pt = 0;
	add_codec(out, p->codec, &told, !p->sending && p->receive.twcc);
	if (p->sending)
		add_streams(out, p);
}

void sdp_answer(struct buf *out, const struct sdp_offer *o, const struct sdp_part parts[2], const json_t *options, uint64_t session)
{
	const struct sdp_part *of[SDP_SECTIONS_MAX] = {0};
	bool group = false;
	for (unsigned k = 0; k < 2; k++)
		if (parts[k].taken)
			of[o->media[k].section] = &parts[k];
	buf_addf(out, "v=0\r\no=- %llu 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n", (unsigned long long)(session >> 2));
	for (unsigned i = 0; i < o->sections_n; i++)
		if (of[i] && o->sections[i].mid[0]) {
			buf_addf(out, group ? " %s" : "a=group:BUNDLE %s", o->sections[i].mid);
			group = true;
		}
	if (group)
		buf_add_str(out, STR("\r\n"));
	buf_add_str(out, STR("a=ice-lite\r\na=msid-semantic: WMS *\r\n"));
	for (unsigned i = 0; i < o->sections_n; i++) {
		const struct sdp_section *s = &o->sections[i];
		if (of[i]) {
			add_part(out, o, s, of[i], options);
			continue;
		}
		buf_addf(out, "m=%s 0 %s %s\r\nc=IN IP4 0.0.0.0\r\n", s->kind, s->protocol, s->format);
		if (s->mid[0])
			buf_addf(out, "a=mid:%s\r\n", s->mid);
		buf_add_str(out, STR("a=inactive\r\n"));
	}
}
