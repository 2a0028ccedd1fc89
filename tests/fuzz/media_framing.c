/* SPDX-License-Identifier: Apache-2.0
 *
 * RFC 4571: any bytes as a TCP stream. The same frames and the same end however it is split; never more kept than a frame.
 */
#include "fuzz.h"
#include "media/rfc4571.h"

struct result { enum err e; size_t used, frames, bytes; uint32_t sum; };

static void run(const uint8_t *data, size_t size, uint32_t seed, bool split, struct result *r)
{
	*r = (struct result){.e = ERR_AGAIN};
	for (size_t got = 0; got < size && r->e == ERR_AGAIN;) {
		got += split ? fuzz_piece(&seed, size - got) : size - got;
		uint8_t *p = fuzz_exact(data + r->used, got - r->used);
		size_t at = 0, n = got - r->used, used;
		struct str frame;
		while ((r->e = rfc4571_next(p + at, n - at, &frame, &used)) == ERR_OK) {
			MUST(used == frame.n + RFC4571_HEAD && used <= n - at && frame.n <= PACKET_MAX && (uint8_t *)frame.p == p + at + RFC4571_HEAD);
			uint8_t head[RFC4571_HEAD];
			rfc4571_head(head, frame.n);
			MUST(memcmp(head, p + at, RFC4571_HEAD) == 0);
			for (size_t i = 0; i < frame.n; i++)
				r->sum = r->sum * 31 + (uint8_t)frame.p[i];
			at += used;
			r->frames++;
			r->bytes += frame.n;
		}
		MUST(r->e == ERR_TOO_LARGE || n - at < RFC4571_HEAD + PACKET_MAX);
		r->used += at;
		free(p);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct result whole, split;
	run(data, size, 0, false, &whole);
	run(data, size, size > 0 ? data[size - 1] : 0, true, &split);
	MUST(whole.e == split.e && whole.used == split.used && whole.frames == split.frames && whole.bytes == split.bytes && whole.sum == split.sum);
	return 0;
}
