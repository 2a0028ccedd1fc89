/* SPDX-License-Identifier: Apache-2.0
 *
 * Time and randomness come through these, so that a whole server runs in a test on a virtual clock. Any thread.
 */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stddef.h>
#include <stdint.h>

int64_t clock_wall_ms(void);  /* since 1970 UTC; may jump */
int64_t clock_mono_ms(void);  /* never goes back; timers use it */
int64_t clock_mono_ns(void);

void random_fill(void *p, size_t n);      /* cryptographic */
uint64_t random_u64(void);
uint64_t random_below(uint64_t bound);    /* 0 .. bound-1 without bias; bound > 0 */

/* Test hook: replaces the sources of the whole process; NULLs put the real ones back. */
struct clock_source { int64_t (*wall_ms)(void); int64_t (*mono_ns)(void); void (*fill)(void *p, size_t n); };
void clock_set_source(const struct clock_source *s);

#endif
