/* SPDX-License-Identifier: Apache-2.0
 *
 * Private to base: SipHash-1-3 with a key that is drawn once a process. Any thread.
 */
#ifndef BASE_SIPHASH_H
#define BASE_SIPHASH_H

#include <stddef.h>
#include <stdint.h>

uint64_t siphash_1_3(uint64_t k0, uint64_t k1, const void *p, size_t n);
uint64_t siphash_seeded(const void *p, size_t n); /* by the key of the process */

#endif
