/* SPDX-License-Identifier: Apache-2.0
 *
 * RTCP: reading and writing of SR, RR, SDES, BYE (RFC 3550), NACK, PLI, FIR (RFC 4585, 5104), REMB (draft-alvestrand-rmcat-remb), transport-wide
 * feedback (draft-holmer-rmcat-transport-wide-cc-extensions-01) and XR's RRTR and DLRR (RFC 3611). Reduced-size compounds (RFC 5506) are
 * as good as whole ones. Plain bytes, before protection. Pure functions, any thread.
 *
 * Reading:  struct rtcp_reader r = rtcp_read(p, n); struct rtcp_packet k;
 *           while (rtcp_next(&r, &k)) switch (k.type) ...      then r.err says whether the compound was whole.
 * A function of the form rtcp_x(&k, ...) is for packets of its type only (check k.type and, for feedback, k.count) and says ERR_MALFORMED when k is too short for it.
 * What k lends is valid as long as p.
 */
#ifndef MEDIA_RTCP_H
#define MEDIA_RTCP_H

#include "base/str.h"
#include "media/limits.h"
#include "media/wire.h"

enum rtcp_type {
	RTCP_SR = 200,
	RTCP_RR = 201,
	RTCP_SDES = 202,
	RTCP_BYE = 203,
	RTCP_APP = 204,
	RTCP_RTPFB = 205, /* count: RTCP_NACK, RTCP_TWCC */
	RTCP_PSFB = 206,  /* count: RTCP_PLI, RTCP_FIR, RTCP_AFB */
	RTCP_XR = 207
};

enum { RTCP_NACK = 1, RTCP_TWCC = 15 };             /* formats of RTCP_RTPFB */
enum { RTCP_PLI = 1, RTCP_FIR = 4, RTCP_AFB = 15 }; /* formats of RTCP_PSFB; REMB is an AFB */

struct rtcp_packet {
	uint8_t type;     /* enum rtcp_type, or another number of 192-223 */
	uint8_t count;    /* reports, chunks, sources, or the format; 0-31 */
	const uint8_t *p; /* borrowed: what follows the 4-byte head, without padding */
	size_t n;
};

struct rtcp_reader {
	/* borrowed */
	const uint8_t *p;
	/* state */
	size_t n;
	unsigned packets;
	enum err err; /* ERR_OK, ERR_MALFORMED (bytes that are no RTCP; what came before them was good), ERR_TOO_LARGE (beyond RTCP_PACKETS_MAX) */
};

struct rtcp_reader rtcp_read(const uint8_t *p, size_t n);
bool rtcp_next(struct rtcp_reader *r, struct rtcp_packet *out);

/* SR and RR */
struct rtcp_report {       /* of one stream, by its receiver */
	uint32_t ssrc;
	uint8_t fraction_lost; /* of 256, since the last report */
	int32_t lost;          /* altogether, 24 bits with a sign; written clamped */
	uint32_t highest;      /* rollovers << 16 | sequence number */
	uint32_t jitter;       /* ticks of the stream's clock */
	uint32_t last_sr;      /* middle 32 bits of the SR's NTP time, 0: none came */
	uint32_t delay;        /* since then, 1/65536 s */
};

struct rtcp_sr { uint32_t ssrc; uint64_t ntp; uint32_t ts, packets, octets; };

enum err rtcp_sr(const struct rtcp_packet *k, struct rtcp_sr *out) MUST_CHECK;
enum err rtcp_rr(const struct rtcp_packet *k, uint32_t *ssrc_out) MUST_CHECK;
enum err rtcp_report(const struct rtcp_packet *k, unsigned i, struct rtcp_report *out) MUST_CHECK; /* of an SR or RR, i < k->count */

/* SDES: size_t it = 0; while (rtcp_cname(&k, &it, &ssrc, &cname)) ... gives the chunks that have a CNAME; a broken chunk ends it. */
bool rtcp_cname(const struct rtcp_packet *k, size_t *it, uint32_t *ssrc_out, struct str *cname_out);

enum err rtcp_bye(const struct rtcp_packet *k, unsigned i, uint32_t *ssrc_out) MUST_CHECK; /* i < k->count */

/* Feedback: who says it, and about which stream (0 for FIR, REMB and TWCC's own). */
enum err rtcp_feedback(const struct rtcp_packet *k, uint32_t *sender_out, uint32_t *media_out) MUST_CHECK;

/* NACK: size_t it = 0; while (rtcp_nack(&k, &it, &seq)) ... gives every sequence number that is asked for, at most 17 for each 4 bytes of k. */
bool rtcp_nack(const struct rtcp_packet *k, size_t *it, uint16_t *seq_out);

bool rtcp_fir(const struct rtcp_packet *k, unsigned i, uint32_t *ssrc_out, uint8_t *number_out); /* the i-th entry; false: there are fewer */

/* REMB: ERR_NOT_FOUND when the AFB is something else. Rates beyond 2^63 are told as that. */
enum err rtcp_remb(const struct rtcp_packet *k, uint64_t *bits_s_out) MUST_CHECK;

/* TWCC: rtcp_twcc, then while (rtcp_twcc_next(&t, &seq, &arrived, &at_us)) ... gives status_count packets in order; at_us only when it arrived: microseconds on the
 * receiver's clock, which begins anew every 2^24 * 64 ms. t.err afterwards says whether all of them were there.
 * ERR_TOO_LARGE: more than TWCC_STATUS_MAX. */
struct rtcp_twcc {
	uint16_t base_seq, status_count;
	uint8_t feedback_count;
	uint32_t reference; /* 64 ms units, 24 bits */
	/* state of the iteration; private */
	struct reader chunks, deltas;
	unsigned left, in_chunk;
	uint16_t chunk, seq;
	int64_t at_us;
	enum err err;
};
enum err rtcp_twcc(const struct rtcp_packet *k, struct rtcp_twcc *out) MUST_CHECK;
bool rtcp_twcc_next(struct rtcp_twcc *t, uint16_t *seq_out, bool *arrived_out, int64_t *at_us_out);

/* XR: size_t it = 0; while (rtcp_xr(&k, &it, &block)) ... gives RRTR and DLRR blocks (for DLRR one for each stream in it); others are passed over. */
struct rtcp_xr {
	uint8_t type;  /* 4: RRTR, ntp is set. 5: DLRR, ssrc, last_rr and delay are */
	uint64_t ntp;
	uint32_t ssrc, last_rr, delay;
};
enum { RTCP_XR_RRTR = 4, RTCP_XR_DLRR = 5 };
bool rtcp_xr(const struct rtcp_packet *k, size_t *it, struct rtcp_xr *out);

/* Writing: each adds one packet (4-byte aligned) to the compound; false: it does not fit, nothing was added. */
struct rtcp_writer {
	/* borrowed */
	uint8_t *p;
	/* state */
	size_t n, cap;
};

static inline struct rtcp_writer rtcp_writer_of(uint8_t *p, size_t cap) { return (struct rtcp_writer){.p = p, .cap = cap}; }

bool rtcp_write_sr(struct rtcp_writer *w, const struct rtcp_sr *sr, const struct rtcp_report *reports, unsigned count); /* count <= 31 */
bool rtcp_write_rr(struct rtcp_writer *w, uint32_t ssrc, const struct rtcp_report *reports, unsigned count);            /* count <= 31 */
bool rtcp_write_cname(struct rtcp_writer *w, uint32_t ssrc, struct str cname);                                        /* 1-255 bytes */
bool rtcp_write_bye(struct rtcp_writer *w, const uint32_t *ssrcs, unsigned count);                                    /* count <= 31 */
/* seqs ascending (mod 2^16); as few 4-byte items as hold them. */
bool rtcp_write_nack(struct rtcp_writer *w, uint32_t sender, uint32_t media, const uint16_t *seqs, unsigned count);
bool rtcp_write_pli(struct rtcp_writer *w, uint32_t sender, uint32_t media);
bool rtcp_write_fir(struct rtcp_writer *w, uint32_t sender, uint32_t media, uint8_t number);
bool rtcp_write_remb(struct rtcp_writer *w, uint32_t sender, uint64_t bits_s, const uint32_t *ssrcs, unsigned count);  /* count <= 255; the rate is rounded down to 18 bits */
bool rtcp_write_rrtr(struct rtcp_writer *w, uint32_t sender, uint64_t ntp);
bool rtcp_write_dlrr(struct rtcp_writer *w, uint32_t sender, uint32_t ssrc, uint32_t last_rr, uint32_t delay);

/* arrivals[i]: when base_seq + i came, in microseconds of our monotonic clock, or RTCP_TWCC_LOST; at most TWCC_LOG_MAX of them. Writes as many of them as fit both the room and the wire's forms
 * (a step between two arrivals is at most 8.19 s); *count: how many there are, then how many are told. false: no room, or none arrived; nothing was written. */
#define RTCP_TWCC_LOST INT64_MIN
bool rtcp_write_twcc(struct rtcp_writer *w, uint32_t sender, uint32_t media, uint8_t feedback_count, uint16_t base_seq, const int64_t *arrivals, unsigned *count);

/* NTP time of a wall clock: 32.32 fixed point seconds since 1900; and the middle 32 bits, which RR and DLRR use. */
static inline uint64_t ntp_of_us(int64_t unix_us)
{
	uint64_t us = (uint64_t)unix_us, s = us / 1000000u;
	return (s + 2208988800u) << 32 | ((us % 1000000u) << 32) / 1000000u;
}
static inline uint32_t ntp_middle(uint64_t ntp) { return (uint32_t)(ntp >> 16); }

#endif
