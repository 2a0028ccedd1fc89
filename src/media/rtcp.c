/* SPDX-License-Identifier: Apache-2.0
 *
 * Reading RTCP. Pure, any thread. Writing is in rtcp_write.c, transport-wide feedback in rtcp_twcc.c.
 */
#include "media/rtcp.h"

enum { HEAD = 4, REPORT = 24, SENDER_INFO = 20 };

struct rtcp_reader rtcp_read(const uint8_t *p, size_t n) { return (struct rtcp_reader){.p = p, .n = n}; }

static bool end(struct rtcp_reader *r, enum err e)
{
	r->err = e;
	r->n = 0;
	return false;
}

bool rtcp_next(struct rtcp_reader *r, struct rtcp_packet *out)
{
	if (r->n == 0)
		return false;
	if (r->packets++ >= RTCP_PACKETS_MAX)
		return end(r, ERR_TOO_LARGE);
	if (r->n < HEAD || r->p[0] >> 6 != 2 || r->p[1] < 192 || r->p[1] > 223)
		return end(r, ERR_MALFORMED);
	size_t body = 4u * get_u16(r->p + 2), padding = 0;
	if (body > r->n - HEAD)
		return end(r, ERR_MALFORMED);
	if (r->p[0] & 0x20) {
		padding = body > 0 ? r->p[HEAD + body - 1] : 0;
		if (padding == 0 || padding % 4 != 0 || padding > body)
			return end(r, ERR_MALFORMED);
	}
	*out = (struct rtcp_packet){.type = r->p[1], .count = r->p[0] & 0x1f, .p = r->p + HEAD, .n = body - padding};
	r->p += HEAD + body;
	r->n -= HEAD + body;
	return true;
}

enum err rtcp_sr(const struct rtcp_packet *k, struct rtcp_sr *out)
{
	struct reader r = reader_of(k->p, k->n);
	out->ssrc = read_u32(&r);
	out->ntp = read_u64(&r);
	out->ts = read_u32(&r);
	out->packets = read_u32(&r);
	out->octets = read_u32(&r);
	return r.bad ? ERR_MALFORMED : ERR_OK;
}

enum err rtcp_rr(const struct rtcp_packet *k, uint32_t *ssrc_out)
{
	struct reader r = reader_of(k->p, k->n);
	*ssrc_out = read_u32(&r);
	return r.bad ? ERR_MALFORMED : ERR_OK;
}

enum err rtcp_report(const struct rtcp_packet *k, unsigned i, struct rtcp_report *out)
{
	struct reader r = reader_of(k->p, k->n);
	read_bytes(&r, 4 + (k->type == RTCP_SR ? SENDER_INFO : 0) + (size_t)REPORT * i);
	out->ssrc = read_u32(&r);
	out->fraction_lost = read_u8(&r);
	uint32_t lost = read_u24(&r);
	out->lost = (int32_t)(lost & 0x800000 ? lost | 0xff000000u : lost);
	out->highest = read_u32(&r);
	out->jitter = read_u32(&r);
	out->last_sr = read_u32(&r);
	out->delay = read_u32(&r);
	return r.bad || i >= k->count ? ERR_MALFORMED : ERR_OK;
}

/* One chunk of SDES: its source, its CNAME when it has one. Chunks end by a zero and are padded to 4 bytes. */
static bool chunk(const struct rtcp_packet *k, size_t *it, uint32_t *ssrc_out, struct str *cname_out)
{
	struct reader r = reader_of(k->p + *it, k->n - *it);
	*cname_out = (struct str){0};
	*ssrc_out = read_u32(&r);
	for (;;) {
		uint8_t item = read_u8(&r);
		if (r.bad || item == 0)
			break;
		size_t n = read_u8(&r);
		const uint8_t *text = read_bytes(&r, n);
		if (text && item == 1 && n > 0 && cname_out->n == 0)
			*cname_out = str_n(text, n);
	}
	*it = (k->n - r.n + 3) & ~(size_t)3;
	return !r.bad;
}

bool rtcp_cname(const struct rtcp_packet *k, size_t *it, uint32_t *ssrc_out, struct str *cname_out)
{
	while (*it < k->n) {
		if (!chunk(k, it, ssrc_out, cname_out))
			break;
		if (cname_out->n > 0)
			return true;
	}
	*it = k->n;
	return false;
}

enum err rtcp_bye(const struct rtcp_packet *k, unsigned i, uint32_t *ssrc_out)
{
	struct reader r = reader_of(k->p, k->n);
	read_bytes(&r, 4u * (size_t)i);
	*ssrc_out = read_u32(&r);
	return r.bad || i >= k->count ? ERR_MALFORMED : ERR_OK;
}

enum err rtcp_feedback(const struct rtcp_packet *k, uint32_t *sender_out, uint32_t *media_out)
{
	struct reader r = reader_of(k->p, k->n);
	*sender_out = read_u32(&r);
	*media_out = read_u32(&r);
	return r.bad ? ERR_MALFORMED : ERR_OK;
}

bool rtcp_nack(const struct rtcp_packet *k, size_t *it, uint16_t *seq_out)
{
	size_t items = k->n < 8 ? 0 : (k->n - 8) / 4;
	while (*it < items * 17) {
		const uint8_t *item = k->p + 8 + *it / 17 * 4;
		unsigned bit = (unsigned)(*it % 17);
		(*it)++;
		*seq_out = (uint16_t)(get_u16(item) + bit);
		if (bit == 0 || get_u16(item + 2) >> (bit - 1) & 1)
			return true;
	}
	return false;
}

bool rtcp_fir(const struct rtcp_packet *k, unsigned i, uint32_t *ssrc_out, uint8_t *number_out)
{
	struct reader r = reader_of(k->p, k->n);
	read_bytes(&r, 8 + 8 * (size_t)i);
	*ssrc_out = read_u32(&r);
	*number_out = read_u8(&r);
	read_bytes(&r, 3);
	return !r.bad;
}

enum err rtcp_remb(const struct rtcp_packet *k, uint64_t *bits_s_out)
{
	struct reader r = reader_of(k->p, k->n);
	read_bytes(&r, 8);
	uint32_t name = read_u32(&r), sources = read_u8(&r), rate = read_u24(&r), exponent = rate >> 18;
	uint64_t mantissa = rate & 0x3ffff;
	if (!r.bad && name != 0x52454d42) /* REMB */
		return ERR_NOT_FOUND;
	read_bytes(&r, 4u * (size_t)sources);
	if (r.bad)
		return ERR_MALFORMED;
	*bits_s_out = mantissa > (uint64_t)INT64_MAX >> exponent ? (uint64_t)INT64_MAX : mantissa << exponent;
	return ERR_OK;
}

/* *it: the place in the low 32 bits, above them how many streams of a DLRR block are left there. */
bool rtcp_xr(const struct rtcp_packet *k, size_t *it, struct rtcp_xr *out)
{
	size_t at = *it & 0xffffffff, left = *it >> 32;
	struct reader r = reader_of(k->p, k->n);
	read_bytes(&r, at > 0 ? at : 4);
	bool found = false;
	*out = (struct rtcp_xr){.type = RTCP_XR_DLRR};
	while (!found && !r.bad && r.n > 0) {
		if (left == 0) {
			uint8_t type = read_u8(&r);
			read_u8(&r);
			size_t words = read_u16(&r);
			if (type == RTCP_XR_DLRR) {
				left = words / 3;
			} else if (type == RTCP_XR_RRTR && words == 2) {
				out->type = RTCP_XR_RRTR;
				out->ntp = read_u64(&r);
				found = true;
			} else {
				read_bytes(&r, 4 * words);
			}
			continue;
		}
		out->ssrc = read_u32(&r);
		out->last_rr = read_u32(&r);
		out->delay = read_u32(&r);
		left--;
		found = true;
	}
	*it = r.bad ? k->n : (k->n - r.n) | left << 32;
	return found && !r.bad;
}
