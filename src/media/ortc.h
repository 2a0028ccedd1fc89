/* SPDX-License-Identifier: Apache-2.0
 *
 * RTP parameters as mediasoup-client 3.24 speaks them (ORTC's objects): what we offer, what a browser says it will send, what it is told
 * to receive. Everything read here comes from strangers: nothing of it is ever passed on as text, names of ours go out instead. Pure.
 */
#ifndef MEDIA_ORTC_H
#define MEDIA_ORTC_H

#include "media/limits.h"
#include "base/str.h"
#include <jansson.h>

enum media_kind { MEDIA_AUDIO, MEDIA_VIDEO };
enum media_codec { CODEC_OPUS, CODEC_VP8, CODEC_H264, CODEC_COUNT };
enum media_source { SOURCE_MIC, SOURCE_CAMERA, SOURCE_SCREEN, SOURCE_SCREEN_AUDIO, SOURCE_COUNT };

/* Payload types and ids of header extensions of ours; the same for all rooms. */
enum { PT_OPUS = 100, PT_VP8 = 101, PT_VP8_RTX = 102, PT_H264 = 103, PT_H264_RTX = 104 };
enum { EXT_MID = 1, EXT_RID = 2, EXT_RRID = 3, EXT_SEND_TIME = 4, EXT_TWCC = 5, EXT_LEVEL = 6, EXT_ORIENTATION = 8, EXT_COUNT = 9 };

#define ORTC_MID_MAX 32
#define ORTC_RID_MAX 16
#define ORTC_PROBATOR_SSRC 1234 /* the client library keeps it for itself */

struct ortc_encoding {
	uint32_t ssrc, rtx_ssrc;    /* 0: not said */
	uint32_t max_bitrate;       /* bit/s, 0: not said */
	uint8_t rid_n;
	uint8_t temporal;           /* layers in time, 1..3 */
	char rid[ORTC_RID_MAX];
};

/* What a browser will send: checked, in its own numbers. */
struct ortc_send {
	enum media_kind kind;
	enum media_codec codec;
	uint8_t pt, rtx_pt;          /* rtx_pt 0: no retransmission stream */
	uint8_t ext[EXT_COUNT];      /* by our id: the browser's id, 0: not used */
	bool nack, pli, fir, remb, twcc;
	bool by_pt;                  /* nothing else names its stream (an offer in SDP without ssrc and mid): the payload type does */
	uint8_t mid_n, encodings_n;
	char mid[ORTC_MID_MAX];
	struct ortc_encoding encodings[PRODUCER_ENCODINGS_MAX];
};

/* What a device can receive, in our numbers. */
struct ortc_caps {
	bool known;
	struct { bool can, rtx, nack, pli, fir, remb; } codec[CODEC_COUNT];
	bool ext[2][EXT_COUNT];      /* by kind and our id */
};

/* What a receiver is told about one stream. */
struct ortc_receive {
	const char *mid, *cname, *stream, *track;
	enum media_codec codec;
	const struct ortc_caps *caps;
	uint32_t ssrc, rtx_ssrc;     /* rtx_ssrc 0: without */
	unsigned spatial, temporal;  /* layers */
	uint32_t max_bitrate;
};

json_t *ortc_router_capabilities(void); /* the caller's */

/* rtpParameters of `produce`. ERR_REFUSED with *why_out, a sentence that is safe to show. */
enum err ortc_read_send(const json_t *params, enum media_kind kind, struct ortc_send *out, const char **why_out) MUST_CHECK;
/* rtpCapabilities of a device. */
enum err ortc_read_capabilities(const json_t *caps, struct ortc_caps *out, const char **why_out) MUST_CHECK;
bool ortc_can_consume(const struct ortc_caps *caps, enum media_codec codec);
bool ortc_rtx(const struct ortc_caps *caps, enum media_codec codec); /* it repairs by retransmission */
json_t *ortc_receive_parameters(const struct ortc_receive *r); /* the caller's */

const char *ortc_extension_uri(unsigned id); /* id < EXT_COUNT; NULL where no extension has it */
uint8_t ortc_pt(enum media_codec codec);
uint8_t ortc_rtx_pt(enum media_codec codec); /* 0 for audio */
uint32_t ortc_clock_rate(enum media_codec codec);
const char *ortc_kind_name(enum media_kind kind);
const char *ortc_source_name(enum media_source source);
bool ortc_source_find(const char *name, enum media_source *out);
enum media_kind ortc_source_kind(enum media_source source);

#endif
