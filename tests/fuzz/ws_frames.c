/* SPDX-License-Identifier: Apache-2.0
 *
 * WebSocket: the first byte says what was agreed and seeds the splits, the rest is what a client sends. The same events
 * and the same end however it is split; nothing beyond the limit; text is UTF-8. The same bytes as a message of ours,
 * compressed, come back as they were.
 */
#include "fuzz.h"
#include "net/ws.h"
#include "base/utf8.h"

#define LIMIT 4096

struct result { enum err e; size_t used; struct buf log; };

static void note(struct result *r, const struct ws_event *event)
{
	MUST(event->payload.n <= LIMIT);
	MUST(event->op < WS_CLOSE || event->payload.n <= 125);
	MUST((event->op != WS_TEXT && event->op != WS_CLOSE) || utf8_valid(event->payload));
	buf_addf(&r->log, "%d %u %zu ", event->op, event->op == WS_CLOSE ? event->close_code : 0u, event->payload.n);
	buf_add_str(&r->log, event->payload);
}

static void run(const uint8_t *data, size_t size, bool deflate, uint32_t seed, bool split, struct result *r)
{
	struct ws_reader reader;
	struct buf kept;
	size_t at = 0;
	*r = (struct result){.e = ERR_AGAIN};
	buf_init(&r->log, 1 << 26);
	buf_init(&kept, size);
	ws_reader_init(&reader, LIMIT, deflate);
	while (at < size && r->e == ERR_AGAIN) {
		size_t n = split ? fuzz_piece(&seed, size - at) : size - at, used = 1;
		buf_add(&kept, data + at, n);
		at += n;
		while (kept.n > 0 && used > 0 && r->e == ERR_AGAIN) {
			struct ws_event event;
			unsigned char *p = fuzz_exact(kept.p, kept.n);
			r->e = ws_read(&reader, p, kept.n, &used, &event);
			MUST(used <= kept.n);
			if (r->e == ERR_OK) {
				MUST(used > 0);
				note(r, &event);
				r->e = ERR_AGAIN;
			}
			r->used += used;
			buf_drop_front(&kept, used);
			free(p);
			MUST(r->e != ERR_AGAIN || used > 0 || kept.n < LIMIT + WS_HEAD_MAX);
		}
	}
	MUST(!r->log.err);
	ws_reader_release(&reader);
	buf_release(&kept);
}

static void round_trip(const uint8_t *data, size_t size)
{
	struct bytes *frame = ws_frame_deflated(WS_BINARY, str_n(data, size));
	if (!frame)
		return;
	struct ws_reader reader;
	struct ws_event event;
	size_t head = (frame->p[1] & 0x7f) < 126 ? 2 : (frame->p[1] & 0x7f) == 126 ? 4 : 10, used;
	unsigned char *p = malloc(frame->n + 4); /* as a client would send it: with a mask of zeros */
	MUST(p);
	memcpy(p, frame->p, head);
	p[1] |= 0x80;
	memset(p + head, 0, 4);
	memcpy(p + head + 4, frame->p + head, frame->n - head);
	ws_reader_init(&reader, size, true);
	MUST(ws_read(&reader, p, frame->n + 4, &used, &event) == ERR_OK && used == frame->n + 4);
	MUST(str_eq(event.payload, str_n(data, size)));
	ws_reader_release(&reader);
	free(p);
	bytes_unref(&frame);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct result whole, split;
	if (size < 1)
		return 0;
	run(data + 1, size - 1, data[0] & 1, 0, false, &whole);
	run(data + 1, size - 1, data[0] & 1, data[0], true, &split);
	MUST(whole.e == split.e && str_eq(buf_str(&whole.log), buf_str(&split.log)));
	buf_release(&whole.log);
	buf_release(&split.log);
	if (data[0] & 2)
		round_trip(data + 1, size - 1);
	(void)ws_deflate_negotiate(str_n(data + 1, size - 1));
	return 0;
}
