/* SPDX-License-Identifier: Apache-2.0
 *
 * Offers and answers in SDP (RFC 8866, RFC 8829) for programs that speak WHIP or WHEP: as the answering, passive, lite side only; one path for all (BUNDLE,
 * rtcp-mux), one line of sound and one of pictures. An offer comes from strangers: no text of it is passed on but names that were checked. Pure.
 */
#ifndef MEDIA_SDP_H
#define MEDIA_SDP_H

#include "media/ortc.h"

#define SDP_FINGERPRINT_MAX 96
#define SDP_WORD_MAX 32

/* What the offer says of one of our codecs. */
struct sdp_codec {
	uint8_t pt, rtx_pt; /* theirs; pt 0: not offered. Of several of a kind the first */
	uint8_t place;      /* in their order */
	bool nack, pli, fir, remb, twcc;
};

struct sdp_section { /* a line m= */
	bool taken;                    /* by one of the two below */
	char kind[SDP_WORD_MAX], protocol[SDP_WORD_MAX], format[SDP_WORD_MAX]; /* as they were said: an answer names them again */
	char mid[ORTC_MID_MAX + 1];    /* empty: none */
};

struct sdp_media {
	bool there;
	uint8_t section;
	bool sends, receives;
	struct sdp_codec codecs[CODEC_COUNT];
	uint8_t ext[EXT_COUNT];        /* by our id: theirs, 0: not offered */
	uint32_t ssrc, rtx_ssrc;       /* 0: not said */
};

struct sdp_offer {
	char fingerprint[SDP_FINGERPRINT_MAX]; /* by sha-256 */
	uint8_t sections_n;
	struct sdp_section sections[SDP_SECTIONS_MAX];
	struct sdp_media media[2];     /* by kind */
};

/* ERR_MALFORMED: no SDP. ERR_REFUSED: one that cannot be answered here. *why_out: a sentence that is safe to show. */
enum err sdp_read(struct str text, struct sdp_offer *out, const char **why_out) MUST_CHECK;
/* What they will send of a kind, by the codec that they would rather use. False: none that we take. */
bool sdp_send_of(const struct sdp_offer *o, enum media_kind kind, struct ortc_send *out);

/* What is answered to a section. */
struct sdp_part {
	bool taken;
	bool sending;                  /* from us to them */
	enum media_codec codec;
	struct ortc_send receive;      /* not sending: what was agreed on */
	uint32_t ssrc, rtx_ssrc;       /* sending */
	const char *cname, *stream, *track;
};
/* options: transport_options' object. */
void sdp_answer(struct buf *out, const struct sdp_offer *o, const struct sdp_part parts[2], const json_t *options, uint64_t session);

#endif
