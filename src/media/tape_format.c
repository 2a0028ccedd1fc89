/* SPDX-License-Identifier: Apache-2.0
 *
 * See tape_format.h.
 */
#include "media/tape_format.h"

#include "media/wire.h"

void tape_write(const struct tape_message *m, uint8_t out[TAPE_HEAD + TAPE_FIXED])
{
	set_u32(out, (uint32_t)(TAPE_FIXED + m->n));
	out[4] = (uint8_t)m->type;
	uint8_t *p = out + TAPE_HEAD;
	set_u32(p, m->track);
	set_u64(p + 4, (uint64_t)m->participant);
	p[12] = (uint8_t)m->source;
	p[13] = (uint8_t)m->codec;
	p[14] = m->layer;
	p[15] = m->marker;
	set_u32(p + 16, m->seq);
	set_u32(p + 20, m->ts);
	set_u64(p + 24, (uint64_t)m->at_us);
	set_u64(p + 32, m->ntp);
}

enum err tape_read(const uint8_t *p, size_t n, struct tape_message *out, size_t *used_out)
{
	if (n < TAPE_HEAD)
		return ERR_AGAIN;
	size_t length = get_u32(p);
	if (length < TAPE_FIXED || length > TAPE_FIXED + PACKET_MAX || p[4] < TAPE_BEGIN || p[4] >= TAPE_TYPES)
		return ERR_MALFORMED;
	if (n - TAPE_HEAD < length)
		return ERR_AGAIN;
	const uint8_t *f = p + TAPE_HEAD;
	*out = (struct tape_message){.type = (enum tape_type)p[4], .track = get_u32(f), .participant = (int64_t)get_u64(f + 4), .source = (enum tape_source)f[12],
		.codec = (enum tape_codec)f[13], .layer = f[14], .marker = f[15] != 0, .seq = get_u32(f + 16), .ts = get_u32(f + 20),
		.at_us = (int64_t)get_u64(f + 24), .ntp = get_u64(f + 32), .payload = f + TAPE_FIXED, .n = length - TAPE_FIXED};
	*used_out = TAPE_HEAD + length;
	bool audio = out->codec == TAPE_OPUS;
	if (f[12] >= TAPE_SOURCES || f[13] >= TAPE_CODECS || out->layer >= PRODUCER_ENCODINGS_MAX || out->at_us < 0 || out->participant < 0 ||
		audio != (out->source == TAPE_MIC || out->source == TAPE_SCREEN_AUDIO))
		return ERR_MALFORMED;
	return ERR_OK;
}
