/* SPDX-License-Identifier: Apache-2.0
 *
 * Messages between the program and a media process: whatever the bytes, a message lies within them; read in pieces they are the same; what is written is read as it was.
 */
#include "fuzz.h"
#include "media/channel.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	unsigned char *exact = fuzz_exact(data, size);
	struct str rest = str_n(exact, size);
	struct buf again;
	buf_init(&again, 1u << 20);
	size_t whole = 0;
	enum err e;
	for (;;) {
		struct channel_message m, shorter;
		size_t used, unused;
		e = channel_parse(rest, &m, &used);
		if (e)
			break;
		MUST(used >= CHANNEL_HEAD && used <= rest.n && m.payload.n == used - CHANNEL_HEAD && m.payload.p == rest.p + CHANNEL_HEAD);
		MUST(channel_parse(str_n(rest.p, used - 1), &shorter, &unused) == ERR_AGAIN);
		channel_write(&again, m.type, m.payload);
		rest = str_n(rest.p + used, rest.n - used);
		whole += used;
	}
	MUST(e == ERR_AGAIN || e == ERR_MALFORMED || e == ERR_TOO_LARGE);
	MUST(again.err || (again.n == whole && (whole == 0 || memcmp(again.p, exact, whole) == 0)));
	buf_release(&again);
	free(exact);
	return 0;
}
