/* SPDX-License-Identifier: Apache-2.0
 *
 * A number's distance from the newest in the outgoing stream is its distance in the incoming one without the dropped packets between: counted in the ring
 * of bits, at most 16 words, and only for packets that come late or are asked for. Pure.
 */
#include "media/seq_map.h"
#include <string.h>

void seq_map_init(struct seq_map *m, uint16_t first_out)
{
	*m = (struct seq_map){.out_last = (uint16_t)(first_out - 1)};
}

uint16_t seq_map_next(const struct seq_map *m) { return (uint16_t)(m->out_last + 1); }

static bool is_dropped(const struct seq_map *m, uint16_t in) { return m->dropped[in % SEQ_MAP_WINDOW / 64] >> in % 64 & 1; }

static void set_dropped(struct seq_map *m, uint16_t in, bool dropped)
{
	uint64_t bit = (uint64_t)1 << in % 64;
	uint64_t *word = &m->dropped[in % SEQ_MAP_WINDOW / 64];
	*word = dropped ? *word | bit : *word & ~bit;
}

/* The bits of the n numbers up to `last` that lie in last's word, last's own in the highest place; *count: how many these are. */
static uint64_t bits_up_to(const struct seq_map *m, uint16_t last, unsigned n, unsigned *count)
{
	unsigned in_word = last % 64 + 1;
	*count = n < in_word ? n : in_word;
	uint64_t bits = m->dropped[last % SEQ_MAP_WINDOW / 64] << (64 - in_word);
	return bits & ~(uint64_t)0 << (64 - *count);
}

/* How many of the n numbers up to in_high were dropped. */
static unsigned dropped_of(const struct seq_map *m, unsigned n)
{
	unsigned sum = 0, count;
	for (uint16_t last = m->in_high; n > 0; n -= count, last = (uint16_t)(last - count))
		sum += (unsigned)__builtin_popcountll(bits_up_to(m, last, n, &count));
	return sum;
}

/* Moves the newest on; the numbers between are kept for packets that may come late. false: it is the beginning, or a new one. */
static bool advance(struct seq_map *m, uint16_t in)
{
	unsigned step = (uint16_t)(in - m->in_high);
	if (m->behind == 0 || step > SEQ_MAP_WINDOW) {
		m->out_last = (uint16_t)(m->out_last + (m->behind > 0)); /* anew: one is left out, so that the receiver sees a break */
		memset(m->dropped, 0, sizeof m->dropped);
		m->in_high = in;
		m->behind = 1;
		return false;
	}
	for (; m->in_high != in; m->in_high++)
		set_dropped(m, (uint16_t)(m->in_high + 1), false);
	m->out_last = (uint16_t)(m->out_last + step - 1);
	m->behind = (uint16_t)(m->behind + step < SEQ_MAP_WINDOW ? m->behind + step : SEQ_MAP_WINDOW);
	return true;
}

static bool is_new(const struct seq_map *m, uint16_t in) { return m->behind == 0 || (int16_t)(uint16_t)(in - m->in_high) > 0; }

/* The number that was kept for a packet which is not the newest. */
static bool kept_number(const struct seq_map *m, uint16_t in, uint16_t *out)
{
	unsigned back = (uint16_t)(m->in_high - in);
	if (back >= m->behind || is_dropped(m, in))
		return false;
	/* from in_high back to in + 1, without the dropped */
	*out = (uint16_t)(m->out_last - (back - dropped_of(m, back)));
	return true;
}

bool seq_map_forward(struct seq_map *m, uint16_t in, uint16_t *out)
{
	if (!is_new(m, in))
		return kept_number(m, in, out);
	advance(m, in);
	*out = ++m->out_last;
	return true;
}

bool seq_map_drop(struct seq_map *m, uint16_t in, uint16_t *hole_out)
{
	if (!is_new(m, in))
		return kept_number(m, in, hole_out);
	advance(m, in);
	set_dropped(m, in, true);
	return false;
}

bool seq_map_source(const struct seq_map *m, uint16_t out, uint16_t *in_out)
{
	unsigned left = (uint16_t)(m->out_last - out), known = m->behind, count; /* left: forwarded numbers to pass over on the way back */
	for (uint16_t last = m->in_high; known > 0; known -= count, last = (uint16_t)(last - count)) {
		uint64_t taken = bits_up_to(m, last, known, &count);
		unsigned kept = count - (unsigned)__builtin_popcountll(taken);
		if (kept <= left) {
			left -= kept;
			continue;
		}
		for (unsigned i = 0; i < count; i++) {
			if (!(taken >> (63 - i) & 1) && left-- == 0) {
				*in_out = (uint16_t)(last - i);
				return true;
			}
		}
	}
	return false;
}
