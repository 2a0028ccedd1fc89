/* SPDX-License-Identifier: Apache-2.0
 *
 * The lists that strangers' sequence numbers move: any bytes as steps of numbers and time. Bounds hold, numbers are found where they were put, no outgoing number is given to two incoming ones.
 */
#include "fuzz.h"
#include "media/nack_list.h"
#include "media/seq_map.h"
#include "media/twcc_log.h"
#include "media/wire.h"

static void renumber(struct seq_map *m, uint16_t in, bool drop)
{
	uint16_t out, back, next = seq_map_next(m);
	bool was_new = m->behind == 0 || (int16_t)(uint16_t)(in - m->in_high) > 0;
	bool given = drop ? seq_map_drop(m, in, &out) : seq_map_forward(m, in, &out);
	MUST(m->behind >= 1 && m->behind <= SEQ_MAP_WINDOW);
	if (was_new)
		MUST(given != drop && m->in_high == in && (drop || seq_map_next(m) == (uint16_t)(out + 1)));
	else
		MUST(seq_map_next(m) == next);
	if (given)
		MUST(seq_map_source(m, out, &back) && back == in);
	MUST(!seq_map_source(m, seq_map_next(m), &back));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct nack_list holes;
	static struct twcc_log log;
	struct seq_map map;
	struct reader r = reader_of(data, size);
	uint16_t seq = read_u16(&r), out[NACK_HOLES_MAX];
	int64_t now = 1;
	nack_list_init(&holes);
	twcc_log_init(&log);
	seq_map_init(&map, seq);
	while (r.n > 0) {
		uint8_t op = read_u8(&r);
		seq = (uint16_t)(seq + (op & 0x80 ? read_u16(&r) : op % 8 - 2));
		now += (int64_t)(op >> 3 & 3) * 20000;
		renumber(&map, seq, op & 0x40);
		(void)nack_list_arrived(&holes, seq, now);
		twcc_log_arrived(&log, seq, now);
		MUST(holes.count <= NACK_HOLES_MAX && log.count <= TWCC_LOG_MAX && log.arrived <= log.count);
		if (op & 0x20) {
			bool gave_up;
			unsigned n = nack_list_due(&holes, now, 0, out, 17, &gave_up);
			MUST(n <= 17 && nack_list_next_us(&holes, 0) >= 0);
			for (unsigned i = 1; i < n; i++)
				MUST((int16_t)(uint16_t)(out[i] - out[i - 1]) > 0);
			uint8_t feedback[RTCP_COMPOUND_MAX];
			struct rtcp_writer w = rtcp_writer_of(feedback, 20 + op * 5u);
			unsigned before = log.count;
			if (twcc_log_write(&log, &w, 1, 2))
				MUST(log.count < before && w.n <= w.cap);
		}
	}
	return 0;
}
