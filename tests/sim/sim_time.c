/* SPDX-License-Identifier: Apache-2.0
 *
 * Virtual time: a heap of what will happen, and the clock that jumps to the next of it. One thread.
 */
#include "base/clock.h"
#include "base/vec.h"
#include "sim.h"

struct happening {
	int64_t due_us;
	uint64_t order;
	void (*run)(void *arg);
	void *arg;
};

static struct {
	VEC(struct happening) heap;
	uint64_t order, random, fill;
	int64_t now_us, wall_ms;
} sim;

/* splitmix64 (Steele, Lea, Flood 2014) */
static uint64_t next(uint64_t *state)
{
	uint64_t z = (*state += 0x9e3779b97f4a7c15u);
	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

static int64_t wall_ms(void) { return sim.wall_ms + sim.now_us / 1000; }
static int64_t mono_ns(void) { return (sim.now_us + 1000000) * 1000; }

static void fill(void *p, size_t n)
{
	unsigned char *to = p;
	while (n > 0) {
		uint64_t v = next(&sim.fill);
		size_t part = n < sizeof v ? n : sizeof v;
		memcpy(to, &v, part);
		to += part;
		n -= part;
	}
}

void sim_reset(uint64_t seed, int64_t wall)
{
	static const struct clock_source source = {wall_ms, mono_ns, fill};
	CHECK(!sim.heap.n);
	sim.random = seed * 2 + 1;
	sim.fill = ~seed;
	sim.order = 0;
	sim.now_us = 0;
	sim.wall_ms = wall;
	clock_set_source(&source);
}

void sim_end(void)
{
	CHECK(!sim.heap.n);
	VEC_RELEASE(&sim.heap);
	clock_set_source(NULL);
}

int64_t sim_now_us(void) { return sim.now_us; }
void sim_wall_jump(int64_t by_ms) { sim.wall_ms += by_ms; }
uint64_t sim_random(uint64_t below) { return next(&sim.random) % below; }
int64_t sim_range(int64_t low, int64_t high) { return low + (int64_t)sim_random((uint64_t)(high - low + 1)); }
bool sim_chance(unsigned per_mille) { return sim_random(1000) < per_mille; }

static bool sooner(const struct happening *a, const struct happening *b)
{
	return a->due_us != b->due_us ? a->due_us < b->due_us : a->order < b->order;
}

void sim_at(int64_t after_us, void (*run)(void *arg), void *arg)
{
	struct happening h = {sim.now_us + after_us, sim.order++, run, arg};
	VEC_PUSH(&sim.heap, h);
	size_t i = sim.heap.n - 1;
	for (size_t up; i > 0 && sooner(&h, &sim.heap.p[up = (i - 1) / 2]); i = up)
		sim.heap.p[i] = sim.heap.p[up];
	sim.heap.p[i] = h;
}

static struct happening take(void)
{
	struct happening first = sim.heap.p[0], last = VEC_POP(&sim.heap);
	size_t i = 0;
	for (;;) {
		size_t child = 2 * i + 1;
		if (child + 1 < sim.heap.n && sooner(&sim.heap.p[child + 1], &sim.heap.p[child]))
			child++;
		if (child >= sim.heap.n || !sooner(&sim.heap.p[child], &last))
			break;
		sim.heap.p[i] = sim.heap.p[child];
		i = child;
	}
	if (sim.heap.n)
		sim.heap.p[i] = last;
	return first;
}

bool sim_step(void)
{
	if (!sim.heap.n)
		return false;
	struct happening h = take();
	sim.now_us = h.due_us;
	h.run(h.arg);
	return true;
}
