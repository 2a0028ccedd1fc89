/* SPDX-License-Identifier: Apache-2.0
 *
 * VP8 payload descriptors. Pure, any thread.
 */
#include "media/vp8.h"
#include "media/wire.h"

enum { X = 0x80, N = 0x20, S = 0x10, PID = 0x0f, I = 0x80, L = 0x40, T = 0x20, K = 0x10, M = 0x80, Y = 0x20 };

/* The first bytes of the picture itself (RFC 6386 9.1): is it a key frame, and how large? */
static void look_inside(struct reader r, struct vp8 *out)
{
	uint8_t first = read_u8(&r);
	if (r.bad || first & 1)
		return;
	out->key_frame = true;
	read_bytes(&r, 2);
	uint32_t start_code = read_u24(&r);
	const uint8_t *size = read_bytes(&r, 4);
	if (!size || start_code != 0x9d012a)
		return;
	out->width = (uint16_t)((size[0] | size[1] << 8) & 0x3fff);
	out->height = (uint16_t)((size[2] | size[3] << 8) & 0x3fff);
}

enum err vp8_parse(const uint8_t *payload, size_t n, struct vp8 *out)
{
	struct reader r = reader_of(payload, n);
	uint8_t first = read_u8(&r), more = first & X ? read_u8(&r) : 0;
	*out = (struct vp8){.start = first & S, .partition = first & PID, .non_reference = first & N};
	if (more & I) {
		uint8_t high = read_u8(&r);
		out->has_picture_id = true;
		out->long_picture_id = high & M;
		out->picture_id = high & 0x7f;
		if (high & M)
			out->picture_id = (uint16_t)(out->picture_id << 8 | read_u8(&r));
	}
	if (more & L) {
		out->has_tl0 = true;
		out->tl0 = read_u8(&r);
	}
	if (more & (T | K)) {
		uint8_t layers = read_u8(&r);
		out->has_tid = more & T;
		out->has_key_index = more & K;
		out->tid = more & T ? layers >> 6 : 0;
		out->layer_sync = more & T && layers & Y;
		out->key_index = more & K ? layers & 0x1f : 0;
	}
	if (r.bad)
		return ERR_MALFORMED;
	out->n = (uint8_t)(n - r.n);
	if (out->start && out->partition == 0)
		look_inside(r, out);
	return ERR_OK;
}

size_t vp8_write(const struct vp8 *d, uint16_t picture_id, uint8_t tl0, uint8_t out[VP8_DESCRIPTOR_MAX])
{
	size_t n = 1;
	uint8_t more = (uint8_t)((d->has_picture_id ? I : 0) | (d->has_tl0 ? L : 0) | (d->has_tid ? T : 0) | (d->has_key_index ? K : 0));
	out[0] = (uint8_t)((more ? X : 0) | (d->non_reference ? N : 0) | (d->start ? S : 0) | (d->partition & PID));
	if (more)
		out[n++] = more;
	if (d->has_picture_id) {
		out[n++] = (uint8_t)(M | (picture_id >> 8 & 0x7f));
		out[n++] = (uint8_t)picture_id;
	}
	if (d->has_tl0)
		out[n++] = tl0;
	if (d->has_tid || d->has_key_index)
		out[n++] = (uint8_t)(d->tid << 6 | (d->layer_sync ? Y : 0) | (d->key_index & 0x1f));
	return n;
}
