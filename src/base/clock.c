/* SPDX-License-Identifier: Apache-2.0
 *
 * Time from the kernel's clocks, randomness from getrandom(2), or both from a test. Any thread; the source is
 * replaced before threads start.
 */
#include "base/clock.h"
#include "base/err.h"
#include <errno.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

static struct clock_source source;

static int64_t read_ns(clockid_t id)
{
	struct timespec t;
	CHECK(clock_gettime(id, &t) == 0);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

int64_t clock_wall_ms(void) { return source.wall_ms ? source.wall_ms() : read_ns(CLOCK_REALTIME) / 1000000; }

int64_t clock_mono_ns(void) { return source.mono_ns ? source.mono_ns() : read_ns(CLOCK_MONOTONIC); }

int64_t clock_mono_ms(void) { return clock_mono_ns() / 1000000; }

void random_fill(void *p, size_t n)
{
	if (source.fill) {
		source.fill(p, n);
		return;
	}
	unsigned char *at = p;
	while (n > 0) {
		ssize_t got = getrandom(at, n, 0);
		if (got < 0) {
			if (errno == EINTR)
				continue;
			BUG("getrandom: %s", strerror(errno));
		}
		at += got;
		n -= (size_t)got;
	}
}

uint64_t random_u64(void)
{
	uint64_t v;
	random_fill(&v, sizeof v);
	return v;
}

uint64_t random_below(uint64_t bound)
{
	CHECK(bound > 0);
	/* Values below 2^64 mod bound are drawn again, so that every remainder is equally likely. */
	uint64_t uneven = (0 - bound) % bound;
	uint64_t v;
	do
		v = random_u64();
	while (v < uneven);
	return v % bound;
}

void clock_set_source(const struct clock_source *s) { source = s ? *s : (struct clock_source){0}; }
