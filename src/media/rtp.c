/* SPDX-License-Identifier: Apache-2.0
 *
 * RTP headers and their extensions, read and written. Pure, any thread.
 */
#include "media/rtp.h"
#include "media/wire.h"

enum err rtp_parse_header(const uint8_t *p, size_t n, struct rtp *out)
{
	*out = (struct rtp){0};
	if (n < RTP_HEADER_MIN || n > UINT16_MAX || p[0] >> 6 != 2)
		return ERR_MALFORMED;
	out->padding = p[0] & 0x20;
	out->csrc_count = p[0] & 0x0f;
	out->marker = p[1] & 0x80;
	out->pt = p[1] & 0x7f;
	out->seq = get_u16(p + 2);
	out->ts = get_u32(p + 4);
	out->ssrc = get_u32(p + 8);
	size_t at = RTP_HEADER_MIN + 4u * out->csrc_count;
	if (p[0] & 0x10) {
		if (at + 4 > n)
			return ERR_MALFORMED;
		out->ext_profile = get_u16(p + at);
		size_t words = get_u16(p + at + 2);
		at += 4;
		if (4 * words > n - at)
			return ERR_MALFORMED;
		out->ext_at = (uint16_t)at;
		out->ext_n = (uint16_t)(4 * words);
		at += 4 * words;
	}
	if (at > n)
		return ERR_MALFORMED;
	out->header_n = (uint16_t)at;
	out->payload_n = (uint16_t)(n - at);
	return ERR_OK;
}

enum err rtp_parse(const uint8_t *p, size_t n, struct rtp *out)
{
	enum err e = rtp_parse_header(p, n, out);
	if (e || !out->padding)
		return e;
	if (out->payload_n == 0 || p[n - 1] == 0 || p[n - 1] > out->payload_n)
		return ERR_MALFORMED;
	out->padding_n = p[n - 1];
	out->payload_n = (uint16_t)(out->payload_n - out->padding_n);
	return ERR_OK;
}

/* One-byte form (RFC 8285 4.2): id 0 is one byte of padding, id 15 ends it all. */
static bool next_one_byte(const uint8_t *e, size_t n, size_t *it, int *id_out, struct str *data_out)
{
	while (*it < n) {
		int id = e[*it] >> 4;
		size_t size = (e[*it] & 0x0fu) + 1;
		if (e[*it] == 0) {
			(*it)++;
			continue;
		}
		if (id == 15 || id == 0 || size > n - *it - 1)
			break;
		*id_out = id;
		*data_out = str_n(e + *it + 1, size);
		*it += 1 + size;
		return true;
	}
	*it = n;
	return false;
}

static bool next_two_byte(const uint8_t *e, size_t n, size_t *it, int *id_out, struct str *data_out)
{
	while (*it < n) {
		if (e[*it] == 0) {
			(*it)++;
			continue;
		}
		if (n - *it < 2 || e[*it + 1] > n - *it - 2)
			break;
		*id_out = e[*it];
		*data_out = str_n(e + *it + 2, e[*it + 1]);
		*it += 2u + e[*it + 1];
		return true;
	}
	*it = n;
	return false;
}

bool rtp_ext_next(const uint8_t *p, const struct rtp *h, size_t *it, int *id_out, struct str *data_out)
{
	if (h->ext_at == 0)
		return false;
	if (h->ext_profile == RTP_EXT_ONE_BYTE)
		return next_one_byte(p + h->ext_at, h->ext_n, it, id_out, data_out);
	if ((h->ext_profile & 0xfff0) == RTP_EXT_TWO_BYTE)
		return next_two_byte(p + h->ext_at, h->ext_n, it, id_out, data_out);
	return false;
}

bool rtp_ext_find(const uint8_t *p, const struct rtp *h, int id, struct str *out)
{
	int found;
	size_t it = 0;
	while (rtp_ext_next(p, h, &it, &found, out)) {
		if (found == id)
			return true;
	}
	*out = (struct str){0};
	return false;
}

size_t rtp_write(uint8_t *out, size_t cap, const struct rtp *h, const struct rtp_ext *exts, size_t count, uint16_t *at_out)
{
	bool two = false;
	size_t body = 0;
	for (size_t i = 0; i < count; i++) {
		two |= exts[i].id > 14 || exts[i].n == 0 || exts[i].n > 16;
		body += 1u + exts[i].n;
	}
	body += two ? count : 0;
	size_t padded = (body + 3) & ~(size_t)3, all = RTP_HEADER_MIN + (count > 0 ? 4 + padded : 0);
	if (all > cap || all > UINT16_MAX)
		return 0;
	out[0] = (uint8_t)(0x80 | (h->padding ? 0x20 : 0) | (count > 0 ? 0x10 : 0));
	out[1] = (uint8_t)((h->marker ? 0x80 : 0) | (h->pt & 0x7f));
	set_u16(out + 2, h->seq);
	set_u32(out + 4, h->ts);
	set_u32(out + 8, h->ssrc);
	if (count == 0)
		return all;
	set_u16(out + 12, two ? RTP_EXT_TWO_BYTE : RTP_EXT_ONE_BYTE);
	set_u16(out + 14, (uint16_t)(padded / 4));
	size_t at = RTP_HEADER_MIN + 4;
	for (size_t i = 0; i < count; i++) {
		if (two) {
			out[at++] = exts[i].id;
			out[at++] = exts[i].n;
		} else {
			out[at++] = (uint8_t)(exts[i].id << 4 | (exts[i].n - 1));
		}
		if (at_out)
			at_out[i] = (uint16_t)at;
		if (exts[i].p && exts[i].n > 0)
			memcpy(out + at, exts[i].p, exts[i].n);
		else
			memset(out + at, 0, exts[i].n);
		at += exts[i].n;
	}
	memset(out + at, 0, all - at);
	return all;
}

enum err rtp_rtx_osn(const uint8_t *p, const struct rtp *h, uint16_t *osn_out)
{
	if (h->payload_n < 2)
		return ERR_MALFORMED;
	*osn_out = get_u16(p + h->header_n);
	return ERR_OK;
}
