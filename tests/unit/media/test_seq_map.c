/* SPDX-License-Identifier: Apache-2.0
 *
 * Renumbering: drops close up, losses stay open, late packets get the number that was kept; both ways, against a plain model.
 */
#include "bytes.h"
#include "media/seq_map.h"
#include <stdio.h>

static uint64_t seed = 0x853c49e6748fea9bu;

static uint16_t forwarded(struct seq_map *m, uint16_t in)
{
	uint16_t out = 0;
	assert_true(seq_map_forward(m, in, &out));
	return out;
}

static void plain(void **state)
{
	(void)state;
	struct seq_map m;
	uint16_t out, in;
	seq_map_init(&m, 100);
	assert_false(seq_map_source(&m, 99, &in));
	assert_int_equal(seq_map_next(&m), 100);
	assert_int_equal(forwarded(&m, 65534), 100);
	assert_false(seq_map_drop(&m, 65535, &out));
	assert_int_equal(forwarded(&m, 0), 101);
	assert_int_equal(forwarded(&m, 3), 104); /* 1 and 2 are lost on the way here: 102 and 103 are kept for them */
	assert_int_equal(forwarded(&m, 2), 103);
	assert_true(seq_map_drop(&m, 1, &out)); /* came late and is not wanted: its number is told as a hole */
	assert_int_equal(out, 102);
	assert_false(seq_map_forward(&m, 65535, &out)); /* was dropped */
	assert_false(seq_map_forward(&m, 65533, &out)); /* before the beginning */
	assert_true(seq_map_source(&m, 103, &in) && in == 2);
	assert_true(seq_map_source(&m, 101, &in) && in == 0);
	assert_true(seq_map_source(&m, 100, &in) && in == 65534);
	assert_true(seq_map_source(&m, 104, &in) && in == 3);
	assert_false(seq_map_source(&m, 99, &in));
	assert_false(seq_map_source(&m, 105, &in));
	assert_int_equal(seq_map_next(&m), 105);
}

static void begins_with_drops(void **state)
{
	(void)state;
	struct seq_map m;
	uint16_t out, in;
	seq_map_init(&m, 0);
	assert_false(seq_map_drop(&m, 10, &out));
	assert_false(seq_map_drop(&m, 11, &out));
	assert_int_equal(forwarded(&m, 12), 0);
	assert_false(seq_map_drop(&m, 14, &out)); /* 13 may still come */
	assert_int_equal(forwarded(&m, 15), 2);
	assert_int_equal(forwarded(&m, 13), 1);
	assert_true(seq_map_source(&m, 1, &in) && in == 13);
}

static void a_far_step_begins_anew(void **state)
{
	(void)state;
	struct seq_map m;
	uint16_t out;
	seq_map_init(&m, 0);
	assert_int_equal(forwarded(&m, 0), 0);
	assert_int_equal(forwarded(&m, SEQ_MAP_WINDOW), SEQ_MAP_WINDOW); /* just within */
	assert_false(seq_map_forward(&m, 0, &out));
	assert_int_equal(forwarded(&m, 1), 1);
	assert_int_equal(forwarded(&m, 2 * SEQ_MAP_WINDOW + 1), SEQ_MAP_WINDOW + 2); /* one is left out */
	assert_false(seq_map_forward(&m, 2 * SEQ_MAP_WINDOW, &out));
	assert_int_equal(forwarded(&m, 2 * SEQ_MAP_WINDOW + 2), SEQ_MAP_WINDOW + 3);
}

/* The model: an array over unwrapped incoming numbers. Reordering stays within 900, so that every packet is in the window. */
static void against_a_model(void **state)
{
	(void)state;
	enum { COUNT = 200000, LOST = -1, DROPPED = -2 };
	static int64_t number[COUNT]; /* outgoing, unwrapped */
	static uint32_t order[COUNT];
	struct seq_map m;
	uint16_t out, in, base = 65000;
	int64_t next = 40000;
	for (uint32_t i = 0; i < COUNT; i++)
		order[i] = i;
	for (uint32_t i = 1; i + 450 < COUNT; i++) {
		uint32_t other = i + (uint32_t)(draw(&seed) % (draw(&seed) % 100 == 0 ? 450 : 3)), kept = order[i];
		if (other > i && order[other] == other && order[i] == i) { /* each one moves once */
			order[i] = order[other];
			order[other] = kept;
		}
	}
	seq_map_init(&m, (uint16_t)next);
	uint32_t highest = 0;
	bool any = false;
	unsigned lost = 0, late = 0, dropped = 0, holes = 0, found = 0;
	for (uint32_t i = 0; i < COUNT; i++)
		number[i] = LOST;
	for (uint32_t k = 0; k < COUNT; k++) {
		uint32_t i = order[k];
		bool drop = draw(&seed) % 3 == 0, newest = !any || i > highest;
		if (any && draw(&seed) % 20 == 0) {
			lost++;
			continue;
		}
		if (newest) {
			for (uint32_t between = any ? highest + 1 : i; between < i; between++)
				number[between] = next++; /* kept */
			number[i] = drop ? DROPPED : next++;
			highest = i;
			any = true;
		}
		late += !newest;
		if (drop) {
			dropped++;
			bool hole = seq_map_drop(&m, (uint16_t)(base + i), &out);
			assert_int_equal(hole, !newest);
			holes += hole;
			if (hole)
				assert_int_equal(out, (uint16_t)number[i]);
		} else {
			assert_true(seq_map_forward(&m, (uint16_t)(base + i), &out));
			assert_int_equal(out, (uint16_t)number[i]);
		}
		assert_int_equal(seq_map_next(&m), (uint16_t)next);
		for (unsigned ask = 0; ask < 2; ask++) { /* a NACK for something in the window */
			uint32_t back = (uint32_t)(draw(&seed) % (SEQ_MAP_WINDOW + 10));
			if (back > highest || number[highest - back] == DROPPED)
				continue;
			bool got = seq_map_source(&m, (uint16_t)number[highest - back], &in);
			assert_int_equal(got, back < SEQ_MAP_WINDOW);
			if (got)
				assert_int_equal(in, (uint16_t)(base + highest - back));
			found += got;
		}
	}
	print_message("# %u lost, %u late, %u dropped, %u of them late, %u found again\n", lost, late, dropped, holes, found);
	assert_true(late > 1000 && holes > 300 && found > COUNT / 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plain),
		cmocka_unit_test(begins_with_drops),
		cmocka_unit_test(a_far_step_begins_anew),
		cmocka_unit_test(against_a_model),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
