/* SPDX-License-Identifier: Apache-2.0
 *
 * See pictures.h.
 */
#include "record/pictures.h"

#include "media/h264.h"
#include "media/vp8.h"
#include "media/wire.h"

void pictures_init(struct pictures *p, enum tape_codec codec)
{
	*p = (struct pictures){.codec = codec, .wants_key = true};
	buf_init(&p->data, PICTURE_MAX);
}

void pictures_release(struct pictures *p) { buf_release(&p->data); }

static void begin(struct pictures *p, uint32_t ts)
{
	buf_clear(&p->data);
	p->open = true;
	p->key = p->idr = false;
	p->ts = ts;
}

static void give_up(struct pictures *p)
{
	p->open = false;
	p->wants_key = true;
}

static bool finish(struct pictures *p)
{
	p->open = false;
	if (p->data.err || p->data.n == 0) {
		p->wants_key |= p->data.err != ERR_OK;
		return false;
	}
	if (p->wants_key && !p->key)
		return false;
	p->wants_key = false;
	return true;
}

/* --- VP8 */

static bool vp8_packet(struct pictures *p, const uint8_t *payload, size_t n, uint32_t ts, bool marker)
{
	struct vp8 v;
	if (vp8_parse(payload, n, &v) != ERR_OK) {
		give_up(p);
		return false;
	}
	if (v.start && v.partition == 0) {
		if (p->open)
			give_up(p); /* the former one has no end */
		begin(p, ts);
		p->key = v.key_frame;
		if (v.key_frame && v.width && v.height) {
			p->width = v.width;
			p->height = v.height;
		}
	}
	if (!p->open)
		return false;
	buf_add(&p->data, payload + v.n, n - v.n);
	return marker && finish(p);
}

/* --- H264 */

/* Exponential-Golomb codes, with the bytes that emulation prevention put in left out. */
struct bits { const uint8_t *p; size_t n, at; bool bad; };

static unsigned bit(struct bits *b)
{
	size_t byte = b->at >> 3;
	if (byte >= b->n) {
		b->bad = true;
		return 0;
	}
	return b->p[byte] >> (7 - (b->at++ & 7)) & 1u;
}

static uint32_t golomb(struct bits *b)
{
	unsigned zeros = 0;
	uint32_t v = 1;
	while (!b->bad && !bit(b))
		if (++zeros > 31)
			b->bad = true;
	for (unsigned i = 0; i < zeros && !b->bad; i++)
		v = v << 1 | bit(b);
	return v - 1;
}

static size_t unescape(const uint8_t *p, size_t n, uint8_t out[PARAMETERS_MAX])
{
	size_t k = 0;
	for (size_t i = 0; i < n && k < PARAMETERS_MAX; i++)
		if (i < 2 || p[i] != 3 || p[i - 1] || p[i - 2])
			out[k++] = p[i];
	return k;
}

bool h264_size(const uint8_t *sps, size_t n, uint16_t *width_out, uint16_t *height_out)
{
	uint8_t plain[PARAMETERS_MAX];
	struct bits b = {.p = plain, .n = unescape(sps, n, plain), .at = 32};
	if (b.n < 4 || plain[1] > 88) /* the high profiles put more in between; browsers send baseline */
		return false;
	golomb(&b); /* id */
	golomb(&b); /* bits of frame_num */
	uint32_t order = golomb(&b);
	if (order == 0)
		golomb(&b);
	else if (order != 2)
		return false;
	golomb(&b); /* reference frames */
	bit(&b);
	uint32_t wide = golomb(&b), high = golomb(&b), frames_only = bit(&b), left = 0, right = 0, top = 0, bottom = 0;
	if (!frames_only)
		bit(&b);
	bit(&b);
	if (bit(&b)) {
		left = golomb(&b);
		right = golomb(&b);
		top = golomb(&b);
		bottom = golomb(&b);
	}
	if (b.bad || wide >= 1024 || high >= 1024 || left > 64 || right > 64 || top > 64 || bottom > 64)
		return false;
	uint32_t w = (wide + 1) * 16, h = (high + 1) * 16 * (2 - frames_only), cut_w = 2 * (left + right), cut_h = 2 * (2 - frames_only) * (top + bottom);
	if (cut_w >= w || cut_h >= h)
		return false;
	*width_out = (uint16_t)(w - cut_w);
	*height_out = (uint16_t)(h - cut_h);
	return true;
}

static void unit_begins(struct pictures *p, uint8_t first)
{
	static const uint8_t code[] = {0, 0, 0, 1};
	buf_add(&p->data, code, sizeof code);
	buf_add(&p->data, &first, 1);
	if ((first & 31) == 5)
		p->idr = true;
}

static void unit(struct pictures *p, const uint8_t *nal, size_t n)
{
	if (n == 0)
		return;
	if ((nal[0] & 31) == 7 && n <= PARAMETERS_MAX) {
		memcpy(p->sps, nal, p->sps_n = n);
		h264_size(nal, n, &p->width, &p->height);
	} else if ((nal[0] & 31) == 8 && n <= PARAMETERS_MAX) {
		memcpy(p->pps, nal, p->pps_n = n);
	}
	unit_begins(p, nal[0]);
	buf_add(&p->data, nal + 1, n - 1);
}

static void aggregate(struct pictures *p, const uint8_t *payload, size_t n)
{
	struct reader r = reader_of(payload + 1, n - 1);
	while (r.n > 2) {
		const uint8_t *size = read_bytes(&r, 2), *nal = size ? read_bytes(&r, get_u16(size)) : NULL;
		if (!nal)
			return;
		unit(p, nal, get_u16(size));
	}
}

static bool h264_packet(struct pictures *p, const uint8_t *payload, size_t n, uint32_t ts, bool marker)
{
	struct h264 h;
	if (h264_parse(payload, n, &h) != ERR_OK) {
		give_up(p);
		return false;
	}
	if (p->open && p->ts != ts)
		give_up(p);
	if (!p->open) {
		if (!h.start)
			return false;
		begin(p, ts);
	}
	unsigned type = payload[0] & 31;
	if (type == 24) {
		aggregate(p, payload, n);
	} else if (type == 28) {
		if (payload[1] & 0x80)
			unit_begins(p, (uint8_t)((payload[0] & 0xe0) | (payload[1] & 31)));
		buf_add(&p->data, payload + 2, n - 2);
	} else {
		unit(p, payload, n);
	}
	p->key = p->idr && p->sps_n && p->pps_n;
	return marker && finish(p);
}

bool pictures_packet(struct pictures *p, const uint8_t *payload, size_t n, uint32_t ts, bool marker, bool lost)
{
	if (lost)
		give_up(p);
	return p->codec == TAPE_VP8 ? vp8_packet(p, payload, n, ts, marker) : h264_packet(p, payload, n, ts, marker);
}
