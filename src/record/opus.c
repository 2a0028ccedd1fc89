/* SPDX-License-Identifier: Apache-2.0
 *
 * See opus.h.
 */
#include "record/opus.h"

#include <string.h>

/* Of one frame, by the configuration in the first byte. */
static unsigned frame_samples(uint8_t toc)
{
	unsigned config = toc >> 3;
	static const unsigned silk[] = {480, 960, 1920, 2880}, hybrid[] = {480, 960}, celt[] = {120, 240, 480, 960};
	return config < 12 ? silk[config & 3] : config < 16 ? hybrid[config & 1] : celt[config & 3];
}

unsigned opus_samples(const uint8_t *p, size_t n)
{
	if (n == 0 || (n < 2 && (p[0] & 3) == 3))
		return 0;
	unsigned code = p[0] & 3, frames = code == 0 ? 1 : code == 3 ? p[1] & 63u : 2, all = frames * frame_samples(p[0]);
	return all > OPUS_PACKET_MAX ? 0 : all;
}

size_t opus_silence(unsigned frames, uint8_t out[OPUS_SILENCE_MAX])
{
	size_t n = 2;
	out[0] = 0xf8; /* CELT, the whole band, 20 ms, mono, one frame */
	if (frames > 1) {
		out[0] |= 3; /* a number of equally long ones */
		out[1] = (uint8_t)frames;
	} else {
		n = 1;
	}
	for (unsigned i = 0; i < frames; i++) {
		out[n++] = 0xff; /* the bit that says "silence", and nothing behind it */
		out[n++] = 0xfe;
	}
	return n;
}

void opus_head(uint8_t out[OPUS_HEAD])
{
	static const uint8_t head[OPUS_HEAD] = {'O', 'p', 'u', 's', 'H', 'e', 'a', 'd', 1, 2, 0, 0, 0x80, 0xbb, 0, 0, 0, 0, 0};
	memcpy(out, head, OPUS_HEAD);
}
