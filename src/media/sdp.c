/* SPDX-License-Identifier: Apache-2.0
 *
 * See sdp.h: reading. sdp_answer.c writes.
 */
#include "media/sdp.h"

struct reader {
	struct sdp_offer *o;
	const char *why;
	struct sdp_section *section;   /* NULL: above the first line m= */
	struct sdp_media *media;       /* NULL: the section is none that is looked at */
	bool mux;                      /* of the section: rtcp-mux */
	bool is_version;
	bool sends, receives;          /* of the session, for sections that say nothing */
	uint8_t formats[SDP_FORMATS_MAX];
	unsigned formats_n;
	struct { uint8_t pt, apt; bool rtx; enum media_codec codec; bool mode, profile; struct sdp_codec feedback; } rows[SDP_FORMATS_MAX]; /* by formats */
	struct sdp_codec all;          /* feedback of every format */
	struct str group;
};

static enum err refuse_with(struct reader *r, const char *why)
{
	r->why = why;
	return ERR_REFUSED;
}

static bool number(struct str s, int64_t low, int64_t high, int64_t *out)
{
	return s.n > 0 && s.n < 12 && str_to_i64(s, out) == ERR_OK && *out >= low && *out <= high;
}

/* A token of RFC 8866 of at most max letters, copied with its NUL. */
static bool word(struct str s, char *out, size_t max)
{
	if (s.n == 0 || s.n > max)
		return false;
	for (size_t i = 0; i < s.n; i++)
		if (!((s.p[i] >= '0' && s.p[i] <= '9') || (s.p[i] >= 'a' && s.p[i] <= 'z') || (s.p[i] >= 'A' && s.p[i] <= 'Z') || strchr("-_.{}+/", s.p[i]) != NULL) ||
			s.p[i] == '\0')
			return false;
	memcpy(out, s.p, s.n);
	out[s.n] = '\0';
	return true;
}

static bool cut_word(struct str *rest, struct str *out)
{
	while (rest->n > 0 && rest->p[0] == ' ') {
		rest->p++;
		rest->n--;
	}
	*out = str_cut(rest, ' ');
	return out->n > 0;
}

static int row_of(const struct reader *r, int64_t pt)
{
	for (unsigned i = 0; i < r->formats_n; i++)
		if (r->formats[i] == pt)
			return (int)i;
	return -1;
}

/* --- the end of a section: what was gathered of it becomes codecs */

static void take_codec(struct reader *r, unsigned i)
{
	enum media_codec codec = r->rows[i].codec;
	struct sdp_codec *c = codec < CODEC_COUNT ? &r->media->codecs[codec] : NULL;
	if (!c || c->pt || (codec == CODEC_H264 && (!r->rows[i].mode || !r->rows[i].profile)))
		return;
	*c = r->rows[i].feedback;
	c->nack |= r->all.nack;
	c->pli |= r->all.pli;
	c->fir |= r->all.fir;
	c->remb |= r->all.remb;
	c->twcc |= r->all.twcc;
	c->pt = r->formats[i];
	c->place = (uint8_t)i;
	for (unsigned k = 0; k < r->formats_n && codec != CODEC_OPUS && !c->rtx_pt; k++)
		if (r->rows[k].rtx && r->rows[k].apt == c->pt && r->formats[k] != c->pt)
			c->rtx_pt = r->formats[k];
}

static enum err end_section(struct reader *r)
{
	for (unsigned i = 0; i < r->formats_n && r->media; i++)
		take_codec(r, i);
	if (r->media && !r->mux)
		return refuse_with(r, "a=rtcp-mux is needed");
	return ERR_OK;
}

/* --- lines */

static enum err read_media(struct reader *r, struct str line)
{
	struct str kind, port, protocol, format, rest = line;
	int64_t number_of;
	enum err e = end_section(r);
	if (e)
		return e;
	if (r->o->sections_n == SDP_SECTIONS_MAX)
		return refuse_with(r, "at most 8 lines m=");
	r->section = &r->o->sections[r->o->sections_n];
	r->media = NULL;
	if (!cut_word(&rest, &kind) || !cut_word(&rest, &port) || !cut_word(&rest, &protocol) || !word(kind, r->section->kind, SDP_WORD_MAX - 1) ||
		!word(protocol, r->section->protocol, SDP_WORD_MAX - 1) || !number(port, 0, 65535, &number_of))
		return ERR_MALFORMED;
	r->formats_n = 0;
	memset(r->rows, 0, sizeof r->rows);
	r->all = (struct sdp_codec){0};
	r->mux = false;
	for (bool first = true; cut_word(&rest, &format); first = false) {
		int64_t pt;
		if (first && !word(format, r->section->format, SDP_WORD_MAX - 1))
			return ERR_MALFORMED;
		if (number(format, 0, 127, &pt) && r->formats_n < SDP_FORMATS_MAX && row_of(r, pt) < 0) {
			r->rows[r->formats_n].codec = CODEC_COUNT;
			r->formats[r->formats_n++] = (uint8_t)pt;
		}
	}
	if (!r->section->format[0])
		return ERR_MALFORMED;
	bool sound = strcmp(r->section->kind, "audio") == 0, picture = strcmp(r->section->kind, "video") == 0;
	struct sdp_media *media = sound ? &r->o->media[MEDIA_AUDIO] : picture ? &r->o->media[MEDIA_VIDEO] : NULL;
	bool known = strcmp(r->section->protocol, "UDP/TLS/RTP/SAVPF") == 0 || strcmp(r->section->protocol, "UDP/TLS/RTP/SAVP") == 0;
	if (media && !media->there && known) { /* a port of 0 is what bundled lines have */
		*media = (struct sdp_media){.there = true, .section = r->o->sections_n, .sends = r->sends, .receives = r->receives};
		r->section->taken = true;
		r->media = media;
	}
	r->o->sections_n++;
	return ERR_OK;
}

static void read_rtpmap(struct reader *r, struct str value)
{
	struct str pt_text, name, clock;
	int64_t pt, rate;
	if (!cut_word(&value, &pt_text) || !number(pt_text, 1, 127, &pt) || row_of(r, pt) < 0)
		return;
	name = str_cut(&value, '/');
	clock = str_cut(&value, '/');
	if (!number(str_trim_ascii(clock), 1, 1000000, &rate))
		return;
	bool sound = r->media == &r->o->media[MEDIA_AUDIO];
	int row = row_of(r, pt);
	if (sound && str_ieq_ascii(name, STR("opus")) && rate == 48000 && str_eq(str_trim_ascii(value), STR("2")))
		r->rows[row].codec = CODEC_OPUS;
	else if (!sound && str_ieq_ascii(name, STR("VP8")) && rate == 90000)
		r->rows[row].codec = CODEC_VP8;
	else if (!sound && str_ieq_ascii(name, STR("H264")) && rate == 90000)
		r->rows[row].codec = CODEC_H264;
	else if (!sound && str_ieq_ascii(name, STR("rtx")))
		r->rows[row].rtx = true;
}

static bool hexadecimal(char c, unsigned *out)
{
	*out = c >= '0' && c <= '9' ? (unsigned)(c - '0') : c >= 'a' && c <= 'f' ? (unsigned)(c - 'a' + 10) : c >= 'A' && c <= 'F' ? (unsigned)(c - 'A' + 10) : 16;
	return *out < 16;
}

/* Baseline, constrained or plain: what programs call what they send; browsers are told constrained baseline. */
static bool baseline(struct str id)
{
	unsigned high, low;
	return id.n == 6 && hexadecimal(id.p[0], &high) && hexadecimal(id.p[1], &low) && high == 4 && low == 2;
}

static void read_fmtp(struct reader *r, struct str value)
{
	struct str pt_text;
	int64_t pt, v;
	if (!cut_word(&value, &pt_text) || !number(pt_text, 0, 127, &pt) || row_of(r, pt) < 0)
		return;
	int row = row_of(r, pt);
	while (value.n > 0) {
		struct str one = str_trim_ascii(str_cut(&value, ';')), key = str_cut(&one, '=');
		if (str_ieq_ascii(key, STR("apt")) && number(one, 0, 127, &v)) {
			r->rows[row].apt = (uint8_t)v;
		} else if (str_ieq_ascii(key, STR("packetization-mode"))) {
			r->rows[row].mode = str_eq(one, STR("1"));
		} else if (str_ieq_ascii(key, STR("profile-level-id"))) {
			r->rows[row].profile = baseline(one);
		}
	}
}

static void read_feedback(struct reader *r, struct str value)
{
	struct str pt_text;
	int64_t pt;
	bool every = false;
	if (!cut_word(&value, &pt_text))
		return;
	every = str_eq(pt_text, STR("*"));
	if (!every && (!number(pt_text, 0, 127, &pt) || row_of(r, pt) < 0))
		return;
	struct sdp_codec *c = every ? &r->all : &r->rows[row_of(r, pt)].feedback;
	value = str_trim_ascii(value);
	c->nack |= str_eq(value, STR("nack"));
	c->pli |= str_eq(value, STR("nack pli"));
	c->fir |= str_eq(value, STR("ccm fir"));
	c->remb |= str_eq(value, STR("goog-remb"));
	c->twcc |= str_eq(value, STR("transport-cc"));
}

static void read_extension(struct reader *r, struct str value)
{
	struct str id_text, uri;
	int64_t id;
	if (!cut_word(&value, &id_text) || !cut_word(&value, &uri) || !number(str_cut(&id_text, '/'), 1, 14, &id))
		return;
	for (unsigned e = 1; e < EXT_COUNT; e++)
		if (ortc_extension_uri(e) && str_eq(uri, str_of(ortc_extension_uri(e))) && !r->media->ext[e])
			r->media->ext[e] = (uint8_t)id;
}

static void read_ssrc(struct reader *r, struct str value, bool group)
{
	struct str first, second;
	int64_t a, b;
	if (group && (!cut_word(&value, &first) || !str_eq(first, STR("FID"))))
		return;
	if (!cut_word(&value, &first) || !number(first, 1, UINT32_MAX, &a))
		return;
	if (!group) {
		r->media->ssrc = r->media->ssrc ? r->media->ssrc : (uint32_t)a;
	} else if (cut_word(&value, &second) && number(second, 1, UINT32_MAX, &b) && a != b) {
		r->media->ssrc = (uint32_t)a;
		r->media->rtx_ssrc = (uint32_t)b;
	}
}

static enum err read_fingerprint(struct reader *r, struct str value)
{
	struct str how;
	if (!cut_word(&value, &how) || !str_ieq_ascii(how, STR("sha-256")) || r->o->fingerprint[0])
		return ERR_OK;
	value = str_trim_ascii(value);
	if (value.n == 0 || value.n >= SDP_FINGERPRINT_MAX || memchr(value.p, '\0', value.n) != NULL)
		return ERR_MALFORMED;
	memcpy(r->o->fingerprint, value.p, value.n);
	r->o->fingerprint[value.n] = '\0';
	return ERR_OK;
}

static bool read_direction(struct reader *r, struct str name)
{
	static const struct { struct str name; bool sends, receives; } directions[] = {
		{{"sendrecv", 8}, true, true}, {{"sendonly", 8}, true, false}, {{"recvonly", 8}, false, true}, {{"inactive", 8}, false, false},
	};
	for (size_t i = 0; i < sizeof directions / sizeof *directions; i++)
		if (str_eq(name, directions[i].name)) {
			if (!r->section || r->media) {
				*(r->media ? &r->media->sends : &r->sends) = directions[i].sends;
				*(r->media ? &r->media->receives : &r->receives) = directions[i].receives;
			}
			return true;
		}
	return false;
}

static enum err read_attribute(struct reader *r, struct str line)
{
	struct str value = line, name = str_cut(&value, ':');
	if (read_direction(r, name))
		return ERR_OK;
	if (str_eq(name, STR("group")) && !r->section && str_starts(value, STR("BUNDLE"))) {
		r->group = value;
	} else if (str_eq(name, STR("fingerprint")) && (!r->section || r->media)) {
		return read_fingerprint(r, value);
	} else if (str_eq(name, STR("setup")) && (!r->section || r->media)) {
		if (!str_eq(value, STR("actpass")) && !str_eq(value, STR("active")))
			return refuse_with(r, "a=setup: actpass or active");
	} else if (str_eq(name, STR("mid")) && r->section) {
		if (!word(value, r->section->mid, ORTC_MID_MAX))
			return ERR_MALFORMED;
	} else if (!r->media) {
		return ERR_OK;
	} else if (str_eq(name, STR("rtcp-mux"))) {
		r->mux = true;
	} else if (str_eq(name, STR("rtpmap"))) {
		read_rtpmap(r, value);
	} else if (str_eq(name, STR("fmtp"))) {
		read_fmtp(r, value);
	} else if (str_eq(name, STR("rtcp-fb"))) {
		read_feedback(r, value);
	} else if (str_eq(name, STR("extmap"))) {
		read_extension(r, value);
	} else if (str_eq(name, STR("ssrc")) || str_eq(name, STR("ssrc-group"))) {
		read_ssrc(r, value, name.n > 4);
	}
	return ERR_OK;
}

/* --- the whole */

static bool in_group(const struct reader *r, const char *mid)
{
	struct str rest = r->group, one;
	while (cut_word(&rest, &one))
		if (mid[0] && str_eq(one, str_of(mid)))
			return true;
	return false;
}

static enum err check(struct reader *r)
{
	const struct sdp_offer *o = r->o;
	unsigned taken = 0;
	if (!r->is_version || o->sections_n == 0)
		return ERR_MALFORMED;
	for (unsigned i = 0; i < o->sections_n; i++) {
		taken += o->sections[i].taken;
		for (unsigned k = 0; k < i; k++)
			if (o->sections[i].mid[0] && strcmp(o->sections[i].mid, o->sections[k].mid) == 0)
				return ERR_MALFORMED;
	}
	if (taken == 0)
		return refuse_with(r, "a line m=audio or m=video with UDP/TLS/RTP/SAVPF is needed");
	for (unsigned i = 0; i < o->sections_n && taken > 1; i++)
		if (o->sections[i].taken && !in_group(r, o->sections[i].mid))
			return refuse_with(r, "a=group:BUNDLE with every a=mid is needed");
	if (!o->fingerprint[0])
		return refuse_with(r, "a=fingerprint by sha-256 is needed");
	return ERR_OK;
}

enum err sdp_read(struct str text, struct sdp_offer *out, const char **why_out)
{
	struct reader r = {.o = out, .sends = true, .receives = true};
	enum err e = text.n <= SDP_MAX ? ERR_OK : ERR_MALFORMED;
	*out = (struct sdp_offer){0};
	while (!e && text.n > 0) {
		struct str line = str_cut(&text, '\n');
		if (line.n > 0 && line.p[line.n - 1] == '\r')
			line.n--;
		if (line.n == 0)
			continue;
		if (line.n < 2 || line.n > SDP_LINE_MAX || line.p[1] != '=') {
			e = ERR_MALFORMED;
			break;
		}
		struct str value = str_n(line.p + 2, line.n - 2);
		switch (line.p[0]) {
		case 'v':
			r.is_version = str_eq(value, STR("0"));
			break;
		case 'm':
			e = read_media(&r, value);
			break;
		case 'a':
			e = read_attribute(&r, value);
			break;
		default:
			break;
		}
	}
	if (!e)
		e = end_section(&r);
	if (!e)
		e = check(&r);
	*why_out = r.why ? r.why : "no SDP offer";
	return e;
}

bool sdp_send_of(const struct sdp_offer *o, enum media_kind kind, struct ortc_send *out)
{
	const struct sdp_media *m = &o->media[kind];
	const struct sdp_codec *best = NULL;
	for (unsigned c = 0; c < CODEC_COUNT; c++)
		if (m->codecs[c].pt && (!best || m->codecs[c].place < best->place)) {
			best = &m->codecs[c];
			*out = (struct ortc_send){.kind = kind, .codec = (enum media_codec)c};
		}
	if (!m->there || !m->sends || !best)
		return false;
	out->pt = best->pt;
	out->rtx_pt = best->rtx_pt;
	out->nack = best->nack && kind == MEDIA_VIDEO;
	out->pli = best->pli;
	out->fir = best->fir;
	out->remb = best->remb;
	out->twcc = best->twcc && m->ext[EXT_TWCC];
	out->ext[EXT_TWCC] = out->twcc ? m->ext[EXT_TWCC] : 0;
	if (kind == MEDIA_AUDIO)
		out->ext[EXT_LEVEL] = m->ext[EXT_LEVEL];
	else
		out->ext[EXT_ORIENTATION] = m->ext[EXT_ORIENTATION];
	out->ext[EXT_MID] = m->ext[EXT_MID];
	out->mid_n = (uint8_t)strlen(o->sections[m->section].mid);
	memcpy(out->mid, o->sections[m->section].mid, out->mid_n);
	out->encodings_n = 1;
	out->encodings[0] = (struct ortc_encoding){.ssrc = m->ssrc, .rtx_ssrc = best->rtx_pt ? m->rtx_ssrc : 0, .temporal = 1};
	out->by_pt = !m->ssrc;
	return true;
}
