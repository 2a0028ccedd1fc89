/* SPDX-License-Identifier: Apache-2.0
 *
 * H.264 payloads: single NAL units, STAP-A, FU-A. Pure, any thread.
 */
#include "media/h264.h"
#include "media/wire.h"

enum { IDR = 5, SPS = 7, SINGLE_LAST = 23, STAP_A = 24, FU_A = 28, FORBIDDEN = 0x80, TYPE = 0x1f, REF_IDC = 0x60, FU_START = 0x80, FU_END = 0x40 };

static bool is_single(unsigned type) { return type >= 1 && type <= SINGLE_LAST; }

static bool is_key(unsigned type) { return type == IDR || type == SPS; }

static enum err parse_aggregate(struct reader r, struct h264 *out)
{
	do {
		size_t size = read_u16(&r);
		const uint8_t *unit = read_bytes(&r, size);
		if (!unit || size == 0 || *unit & FORBIDDEN || !is_single(*unit & TYPE))
			return ERR_MALFORMED;
		if (out->nal == 0)
			out->nal = *unit & TYPE;
		out->key_frame |= is_key(*unit & TYPE);
		out->reference |= (*unit & REF_IDC) != 0;
	} while (r.n > 0);
	out->start = out->end = true;
	return ERR_OK;
}

enum err h264_parse(const uint8_t *payload, size_t n, struct h264 *out)
{
	struct reader r = reader_of(payload, n);
	uint8_t first = read_u8(&r), type = first & TYPE;
	*out = (struct h264){0};
	if (r.bad || first & FORBIDDEN)
		return ERR_MALFORMED;
	if (type == STAP_A)
		return parse_aggregate(r, out);
	out->reference = first & REF_IDC;
	if (type == FU_A) {
		uint8_t head = read_u8(&r);
		out->nal = head & TYPE;
		out->start = head & FU_START;
		out->end = head & FU_END;
		if (r.bad || r.n == 0 || !is_single(out->nal) || (out->start && out->end))
			return ERR_MALFORMED;
	} else {
		if (!is_single(type))
			return ERR_MALFORMED;
		out->nal = type;
		out->start = out->end = true;
	}
	out->key_frame = out->start && is_key(out->nal);
	return ERR_OK;
}
