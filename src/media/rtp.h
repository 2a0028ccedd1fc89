/* SPDX-License-Identifier: Apache-2.0
 *
 * RTP packets (RFC 3550 5.1): the header, header extensions in their one- and two-byte forms (RFC 8285), RTX payloads (RFC 4588).
 * Pure functions over the caller's bytes, any thread. Sequence numbers and timestamps wrap; compare them by the functions below.
 */
#ifndef MEDIA_RTP_H
#define MEDIA_RTP_H

#include "base/str.h"

enum {
	RTP_HEADER_MIN = 12,
	RTP_EXT_ONE_BYTE = 0xbede, /* ext_profile of the one-byte form */
	RTP_EXT_TWO_BYTE = 0x1000, /* ... and of the two-byte form, whose lowest 4 bits are free */
	RTP_CLOCK_VIDEO = 90000    /* ticks a second */
};

struct rtp {
	uint8_t pt;           /* 0-127 */
	uint8_t csrc_count;   /* 0-15 */
	uint8_t padding_n;    /* bytes of padding at the end, 0 without */
	bool marker, padding; /* padding: the P bit */
	uint16_t seq;
	uint16_t header_n;    /* bytes of the whole header with CSRCs and extensions: the payload's place */
	uint16_t ext_at;      /* place of the extensions' elements (behind their 4-byte head), 0: no block */
	uint16_t ext_n;       /* bytes of them */
	uint16_t ext_profile;
	uint16_t payload_n;   /* bytes without padding; 0 is allowed (a probe) */
	uint32_t ts, ssrc;
};

/* The whole plain packet. ERR_MALFORMED: not version 2, shorter than it says, padding longer than the packet, 65536 bytes or more;
 * *out is then undefined. The elements of the extensions are not looked at. */
enum err rtp_parse(const uint8_t *p, size_t n, struct rtp *out) MUST_CHECK;

/* The header alone, of a packet that is still encrypted: padding_n is 0 and payload_n is all that follows the header. Errors as above. */
enum err rtp_parse_header(const uint8_t *p, size_t n, struct rtp *out) MUST_CHECK;

/* The extension with this id (1-14 in the one-byte form, 1-255 in the two-byte form), borrowed from p; p and h as rtp_parse had them.
 * false: none, or the block is broken before it. *out may be empty in the two-byte form. */
bool rtp_ext_find(const uint8_t *p, const struct rtp *h, int id, struct str *out);

/* All extensions in their order: size_t it = 0; while (rtp_ext_next(p, h, &it, &id, &data)) ... */
bool rtp_ext_next(const uint8_t *p, const struct rtp *h, size_t *it, int *id_out, struct str *data_out);

/* A header to be written. */
struct rtp_ext {
	uint8_t id;       /* 1-255 */
	uint8_t n;        /* bytes, 0-255; 1-16 with id <= 14 fit the one-byte form */
	const uint8_t *p; /* borrowed; NULL writes zeros, to be patched later */
};

/* Writes header and extensions (h: pt, marker, padding, seq, ts, ssrc; no CSRCs). The one-byte form when all fit it, else the two-byte form; no block when count is 0.
 * at_out: NULL, or count places of the extensions' data in out. Returns the bytes, or 0 when cap is too small. */
size_t rtp_write(uint8_t *out, size_t cap, const struct rtp *h, const struct rtp_ext *exts, size_t count, uint16_t *at_out);

/* Original sequence number of an RTX packet; its payload goes on 2 bytes behind payload's start. ERR_MALFORMED: less than 2 bytes of payload. */
enum err rtp_rtx_osn(const uint8_t *p, const struct rtp *h, uint16_t *osn_out) MUST_CHECK;

/* 24 bits of 6.18 fixed point seconds (the abs-send-time extension). */
static inline uint32_t rtp_abs_send_time(int64_t us)
{
	return (uint32_t)(((uint64_t)us % 64000000u << 18) / 1000000u) & 0xffffff;
}

/* a - b, from -32768 to 32767: positive when a is newer. */
static inline int seq_diff(uint16_t a, uint16_t b) { return (int16_t)(uint16_t)(a - b); }
static inline bool seq_newer(uint16_t a, uint16_t b) { return seq_diff(a, b) > 0; }
static inline int32_t ts_diff(uint32_t a, uint32_t b) { return (int32_t)(a - b); }

#endif
