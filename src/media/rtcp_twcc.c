/* SPDX-License-Identifier: Apache-2.0
 *
 * Transport-wide feedback: base number, count, reference time, chunks that say of each packet whether and how it came, then the steps of
 * time between those that came (draft-holmer-rmcat-transport-wide-cc-extensions-01, 3.1). Pure, any thread.
 */
#include "media/rtcp.h"

enum { HEAD = 4, FIXED = 16, RUN_MAX = 0x1fff, TICK_US = 250, REFERENCE_TICKS = 256 };

enum symbol { LOST, SMALL, LARGE, RESERVED }; /* SMALL and LARGE have a step of 1 and 2 bytes */

/* How many packets a chunk speaks of. */
static unsigned chunk_size(uint16_t chunk)
{
	return !(chunk & 0x8000) ? chunk & RUN_MAX : chunk & 0x4000 ? 7 : 14;
}

static enum symbol chunk_symbol(uint16_t chunk, unsigned i)
{
	if (!(chunk & 0x8000))
		return (enum symbol)(chunk >> 13 & 3);
	return chunk & 0x4000 ? (enum symbol)(chunk >> (12 - 2 * i) & 3) : (enum symbol)(chunk >> (13 - i) & 1);
}

enum err rtcp_twcc(const struct rtcp_packet *k, struct rtcp_twcc *out)
{
	struct reader r = reader_of(k->p, k->n);
	*out = (struct rtcp_twcc){0};
	read_bytes(&r, 8);
	out->base_seq = read_u16(&r);
	out->status_count = read_u16(&r);
	out->reference = read_u24(&r);
	out->feedback_count = read_u8(&r);
	if (r.bad)
		return ERR_MALFORMED;
	if (out->status_count > TWCC_STATUS_MAX)
		return ERR_TOO_LARGE;
	out->chunks = r;
	for (unsigned told = 0; told < out->status_count && !r.bad;) {
		unsigned more = chunk_size(read_u16(&r));
		if (more == 0)
			return ERR_MALFORMED;
		told += more;
	}
	if (r.bad)
		return ERR_MALFORMED;
	out->deltas = r;
	out->left = out->status_count;
	out->seq = out->base_seq;
	out->at_us = (int64_t)out->reference * REFERENCE_TICKS * TICK_US;
	return ERR_OK;
}

bool rtcp_twcc_next(struct rtcp_twcc *t, uint16_t *seq_out, bool *arrived_out, int64_t *at_us_out)
{
	if (t->left == 0)
		return false;
	if (t->in_chunk == 0)
		t->chunk = read_u16(&t->chunks);
	enum symbol symbol = chunk_symbol(t->chunk, t->in_chunk);
	if (++t->in_chunk == chunk_size(t->chunk))
		t->in_chunk = 0;
	int step = symbol == SMALL ? read_u8(&t->deltas) : symbol == LARGE ? (int16_t)read_u16(&t->deltas) : 0;
	if (symbol == RESERVED || t->deltas.bad) {
		t->err = ERR_MALFORMED;
		t->left = 0;
		return false;
	}
	t->at_us += (int64_t)step * TICK_US;
	t->left--;
	*seq_out = t->seq++;
	*arrived_out = symbol != LOST;
	*at_us_out = t->at_us;
	return true;
}

/* What is to be told, before it is packed: a symbol for each packet and the step of each that came. */
struct told { unsigned count; int64_t reference; uint8_t symbols[TWCC_LOG_MAX]; int16_t steps[TWCC_LOG_MAX]; };

static int64_t floor_div(int64_t a, int64_t b) { return a / b - (a % b < 0); }

static bool tell(struct told *t, const int64_t *arrivals, unsigned count)
{
	bool any = false;
	int64_t last = 0;
	for (t->count = 0; t->count < count; t->count++) {
		t->symbols[t->count] = LOST;
		if (arrivals[t->count] == RTCP_TWCC_LOST)
			continue;
		int64_t tick = floor_div(arrivals[t->count], TICK_US);
		if (!any) {
			t->reference = floor_div(tick, REFERENCE_TICKS);
			last = t->reference * REFERENCE_TICKS;
		}
		if (tick - last < INT16_MIN || tick - last > INT16_MAX)
			break;
		any = true;
		t->steps[t->count] = (int16_t)(tick - last);
		t->symbols[t->count] = tick - last >= 0 && tick - last <= 255 ? SMALL : LARGE;
		last = tick;
	}
	return any;
}

/* The next chunk from packet i on: a run when one is long enough, else as many single packets as fit one. Gives how many it speaks of. */
static unsigned next_chunk(const struct told *t, unsigned i, uint16_t *chunk_out)
{
	unsigned left = t->count - i, run = 1, narrow = 0;
	while (run < left && t->symbols[i + run] == t->symbols[i])
		run++;
	while (narrow < left && narrow < 14 && t->symbols[i + narrow] != LARGE)
		narrow++;
	if (run >= 14 || run == left || (run >= 7 && narrow < 14)) {
		*chunk_out = (uint16_t)(t->symbols[i] << 13 | run);
		return run;
	}
	unsigned width = narrow == 14 || narrow == left ? 14 : 7, size = left < width ? left : width;
	uint16_t chunk = width == 14 ? 0x8000 : 0xc000;
	for (unsigned k = 0; k < size; k++)
		chunk |= (uint16_t)(t->symbols[i + k] << (width == 14 ? 13 - k : 12 - 2 * k));
	*chunk_out = chunk;
	return size;
}

static size_t steps_size(const struct told *t, unsigned from, unsigned count)
{
	size_t n = 0;
	for (unsigned i = from; i < from + count; i++)
		n += t->symbols[i];
	return n;
}

bool rtcp_write_twcc(struct rtcp_writer *w, uint32_t sender, uint32_t media, uint8_t feedback_count, uint16_t base_seq, const int64_t *arrivals, unsigned *count)
{
	struct told t;
	uint16_t chunks[TWCC_LOG_MAX];
	size_t room = w->cap - w->n < HEAD + FIXED ? 0 : (w->cap - w->n - HEAD - FIXED) & ~(size_t)3, used = 0, steps = 0, chunk_count = 0;
	unsigned told = 0;
	CHECK(*count <= TWCC_LOG_MAX);
	if (!tell(&t, arrivals, *count))
		return false;
	while (told < t.count) {
		unsigned size = next_chunk(&t, told, &chunks[chunk_count]);
		size_t more = steps_size(&t, told, size);
		if (used + 2 + more > room) {
			t.count = told + size / 2; /* less of it, or no more at all */
			continue;
		}
		used += 2 + more;
		steps += more;
		told += size;
		chunk_count++;
	}
	if (steps == 0)
		return false;
	size_t body = FIXED + ((used + 3) & ~(size_t)3);
	uint8_t *p = w->p + w->n;
	memset(p, 0, HEAD + body);
	p[0] = 0x80 | RTCP_TWCC;
	p[1] = RTCP_RTPFB;
	set_u16(p + 2, (uint16_t)(body / 4));
	set_u32(p + 4, sender);
	set_u32(p + 8, media);
	set_u16(p + 12, base_seq);
	set_u16(p + 14, (uint16_t)told);
	set_u24(p + 16, (uint32_t)t.reference & 0xffffff);
	p[19] = feedback_count;
	w->n += HEAD + body;
	p += HEAD + FIXED;
	for (size_t i = 0; i < chunk_count; i++, p += 2)
		set_u16(p, chunks[i]);
	for (unsigned i = 0; i < told; i++) {
		if (t.symbols[i] == SMALL)
			*p++ = (uint8_t)t.steps[i];
		if (t.symbols[i] == LARGE) {
			set_u16(p, (uint16_t)t.steps[i]);
			p += 2;
		}
	}
	*count = told;
	return true;
}
