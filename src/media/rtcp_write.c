/* SPDX-License-Identifier: Apache-2.0
 *
 * Writing RTCP. Pure, any thread.
 */
#include "media/rtcp.h"

enum { HEAD = 4, COUNT_MAX = 31 };

/* Room for a packet with this body, its head written; NULL: none. body is a multiple of 4. */
static uint8_t *begin(struct rtcp_writer *w, unsigned type, unsigned count, size_t body)
{
	if (body > w->cap - w->n || HEAD > w->cap - w->n - body || body / 4 > UINT16_MAX)
		return NULL;
	uint8_t *p = w->p + w->n;
	p[0] = (uint8_t)(0x80 | count);
	p[1] = (uint8_t)type;
	set_u16(p + 2, (uint16_t)(body / 4));
	w->n += HEAD + body;
	return p + HEAD;
}

static void put_reports(uint8_t *p, const struct rtcp_report *reports, unsigned count)
{
	for (const struct rtcp_report *r = reports; r < reports + count; r++, p += 24) {
		int32_t lost = r->lost > 0x7fffff ? 0x7fffff : r->lost < -0x800000 ? -0x800000 : r->lost;
		set_u32(p, r->ssrc);
		p[4] = r->fraction_lost;
		set_u24(p + 5, (uint32_t)lost & 0xffffff);
		set_u32(p + 8, r->highest);
		set_u32(p + 12, r->jitter);
		set_u32(p + 16, r->last_sr);
		set_u32(p + 20, r->delay);
	}
}

bool rtcp_write_sr(struct rtcp_writer *w, const struct rtcp_sr *sr, const struct rtcp_report *reports, unsigned count)
{
	CHECK(count <= COUNT_MAX);
	uint8_t *p = begin(w, RTCP_SR, count, 24 + 24u * count);
	if (!p)
		return false;
	set_u32(p, sr->ssrc);
	set_u64(p + 4, sr->ntp);
	set_u32(p + 12, sr->ts);
	set_u32(p + 16, sr->packets);
	set_u32(p + 20, sr->octets);
	put_reports(p + 24, reports, count);
	return true;
}

bool rtcp_write_rr(struct rtcp_writer *w, uint32_t ssrc, const struct rtcp_report *reports, unsigned count)
{
	CHECK(count <= COUNT_MAX);
	uint8_t *p = begin(w, RTCP_RR, count, 4 + 24u * count);
	if (!p)
		return false;
	set_u32(p, ssrc);
	put_reports(p + 4, reports, count);
	return true;
}

bool rtcp_write_cname(struct rtcp_writer *w, uint32_t ssrc, struct str cname)
{
	CHECK(cname.n >= 1 && cname.n <= 255);
	size_t body = (4 + 2 + cname.n + 1 + 3) & ~(size_t)3; /* at least one zero ends the items */
	uint8_t *p = begin(w, RTCP_SDES, 1, body);
	if (!p)
		return false;
	memset(p, 0, body);
	set_u32(p, ssrc);
	p[4] = 1;
	p[5] = (uint8_t)cname.n;
	memcpy(p + 6, cname.p, cname.n);
	return true;
}

bool rtcp_write_bye(struct rtcp_writer *w, const uint32_t *ssrcs, unsigned count)
{
	CHECK(count <= COUNT_MAX);
	uint8_t *p = begin(w, RTCP_BYE, count, 4u * count);
	for (unsigned i = 0; p && i < count; i++)
		set_u32(p + 4 * i, ssrcs[i]);
	return p != NULL;
}

static uint8_t *begin_feedback(struct rtcp_writer *w, unsigned type, unsigned format, uint32_t sender, uint32_t media, size_t more)
{
	uint8_t *p = begin(w, type, format, 8 + more);
	if (!p)
		return NULL;
	set_u32(p, sender);
	set_u32(p + 4, media);
	return p + 8;
}

/* An item holds a number and the 16 behind it. Counts the items; writes them when p is given. */
static size_t nack_items(uint8_t *p, const uint16_t *seqs, unsigned count)
{
	size_t items = 0;
	for (unsigned i = 0; i < count; items++) {
		uint16_t first = seqs[i++], bits = 0;
		for (; i < count && (uint16_t)(seqs[i] - first - 1) < 16; i++)
			bits |= (uint16_t)(1u << (uint16_t)(seqs[i] - first - 1));
		if (p) {
			set_u16(p + 4 * items, first);
			set_u16(p + 4 * items + 2, bits);
		}
	}
	return items;
}

bool rtcp_write_nack(struct rtcp_writer *w, uint32_t sender, uint32_t media, const uint16_t *seqs, unsigned count)
{
	uint8_t *p = count > 0 ? begin_feedback(w, RTCP_RTPFB, RTCP_NACK, sender, media, 4 * nack_items(NULL, seqs, count)) : NULL;
	if (p)
		nack_items(p, seqs, count);
	return p != NULL;
}

bool rtcp_write_pli(struct rtcp_writer *w, uint32_t sender, uint32_t media)
{
	return begin_feedback(w, RTCP_PSFB, RTCP_PLI, sender, media, 0) != NULL;
}

bool rtcp_write_fir(struct rtcp_writer *w, uint32_t sender, uint32_t media, uint8_t number)
{
	uint8_t *p = begin_feedback(w, RTCP_PSFB, RTCP_FIR, sender, 0, 8);
	if (!p)
		return false;
	set_u32(p, media);
	set_u32(p + 4, (uint32_t)number << 24);
	return true;
}

bool rtcp_write_remb(struct rtcp_writer *w, uint32_t sender, uint64_t bits_s, const uint32_t *ssrcs, unsigned count)
{
	CHECK(count <= 255);
	uint32_t exponent = 0;
	while (bits_s >> exponent > 0x3ffff)
		exponent++;
	uint8_t *p = begin_feedback(w, RTCP_PSFB, RTCP_AFB, sender, 0, 8 + 4u * count);
	if (!p)
		return false;
	memcpy(p, "REMB", 4);
	p[4] = (uint8_t)count;
	set_u24(p + 5, exponent << 18 | (uint32_t)(bits_s >> exponent));
	for (unsigned i = 0; i < count; i++)
		set_u32(p + 8 + 4 * i, ssrcs[i]);
	return true;
}

bool rtcp_write_rrtr(struct rtcp_writer *w, uint32_t sender, uint64_t ntp)
{
	uint8_t *p = begin(w, RTCP_XR, 0, 16);
	if (!p)
		return false;
	set_u32(p, sender);
	set_u32(p + 4, RTCP_XR_RRTR << 24 | 2);
	set_u64(p + 8, ntp);
	return true;
}

bool rtcp_write_dlrr(struct rtcp_writer *w, uint32_t sender, uint32_t ssrc, uint32_t last_rr, uint32_t delay)
{
	uint8_t *p = begin(w, RTCP_XR, 0, 20);
	if (!p)
		return false;
	set_u32(p, sender);
	set_u32(p + 4, RTCP_XR_DLRR << 24 | 3);
	set_u32(p + 8, ssrc);
	set_u32(p + 12, last_rr);
	set_u32(p + 16, delay);
	return true;
}
