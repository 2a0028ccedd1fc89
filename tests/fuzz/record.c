/* SPDX-License-Identifier: Apache-2.0
 *
 * What a recorder does with what strangers send, but for the files: the tape's messages, their order, their times, pictures put together, lengths of sound. The first byte chooses VP8 or H264; then for each
 * message some bytes of its numbers and its payload, so that most inputs get as far as the pictures; the input is read as a tape itself too.
 */
#include "base/mem.h"
#include "fuzz.h"
#include "record/opus.h"
#include "record/pictures.h"
#include "record/reorder.h"
#include "record/timeline.h"

struct bed {
	struct pictures pictures;
	struct reorder order;
	struct track_clock clock;
	struct sender_clock sender;
	int64_t now_us;
};

static void take(struct bed *b, bool force)
{
	struct reorder_packet *p;
	bool lost;
	while ((p = reorder_take(&b->order, b->now_us, force, &lost)) != NULL) {
		int64_t at = track_clock_time(&b->clock, &b->sender, p->ts, p->at_us);
		MUST(at >= p->at_us - TIMELINE_AWAY_US && at <= p->at_us + TIMELINE_AWAY_US);
		MUST(opus_samples(p->payload, p->n) <= OPUS_PACKET_MAX);
		if (pictures_packet(&b->pictures, p->payload, p->n, p->ts, p->marker, lost))
			MUST(b->pictures.data.n > 0 && b->pictures.data.n <= PICTURE_MAX && !b->pictures.wants_key);
		mem_free(p);
	}
}

static void hear(struct bed *b, const struct tape_message *m)
{
	if (m->at_us > b->now_us)
		b->now_us = m->at_us;
	if (m->type == TAPE_PACKET)
		reorder_put(&b->order, m);
	else if (m->type == TAPE_REPORT)
		track_clock_shift(&b->clock, track_clock_report(&b->clock, &b->sender, m->ts, m->ntp, m->at_us));
	take(b, false);
}

static void as_tape(struct bed *b, const uint8_t *p, size_t n)
{
	struct tape_message m;
	size_t used;
	while (tape_read(p, n, &m, &used) == ERR_OK) {
		uint8_t head[TAPE_HEAD + TAPE_FIXED];
		MUST(used <= n && m.n <= PACKET_MAX);
		tape_write(&m, head);
		m.at_us &= 0xffffffffffff; /* a clock of nine years */
		hear(b, &m);
		p += used;
		n -= used;
	}
}

static void as_packets(struct bed *b, const uint8_t *p, size_t n)
{
	uint32_t seq = 0xfffffff0, ts = 0xffff0000;
	while (n >= 4) {
		size_t length = p[3] < n - 4 ? p[3] : n - 4;
		seq += (uint32_t)(int8_t)p[0];
		ts += (uint32_t)p[1] << 6;
		struct tape_message m = {.type = p[2] & 0x80 ? TAPE_REPORT : TAPE_PACKET, .seq = seq, .ts = ts, .marker = p[2] & 1, .at_us = b->now_us + (p[2] & 0x7e) * 1000,
			.ntp = (uint64_t)ts << 20, .payload = p + 4, .n = length};
		hear(b, &m);
		p += 4 + length;
		n -= 4 + length;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *p = fuzz_exact(data, size);
	struct bed b = {.clock.rate = 90000};
	uint16_t w, h;
	if (size > 0) {
		pictures_init(&b.pictures, p[0] & 1 ? TAPE_H264 : TAPE_VP8);
		reorder_release(&b.order);
		as_tape(&b, p + 1, size - 1);
		as_packets(&b, p + 1, size - 1);
		take(&b, true);
		reorder_release(&b.order);
		pictures_release(&b.pictures);
		if (h264_size(p, size, &w, &h))
			MUST(w > 0 && h > 0);
	}
	free(p);
	return 0;
}
