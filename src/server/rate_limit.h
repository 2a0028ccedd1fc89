/* SPDX-License-Identifier: Apache-2.0
 *
 * Token buckets: a command takes its `cost` from the bucket of the person who calls it, or of the address when nobody is signed
 * in. A school sits behind one address, so an address has room for a class that registers at once. Any thread.
 */
#ifndef SERVER_RATE_LIMIT_H
#define SERVER_RATE_LIMIT_H

#include "base/str.h"

#define RATE_PERSON_BURST 300   /* tokens */
#define RATE_PERSON_PER_S 20
#define RATE_ADDRESS_BURST 1500
#define RATE_ADDRESS_PER_S 25
#define RATE_ENTRIES_MAX 200000 /* buckets remembered; full ones are forgotten first */

struct rate_limit;
/* scale: multiplies bursts and rates; 0 switches limits off (load tests). */
struct rate_limit *rate_limit_new(int64_t scale);
void rate_limit_free(struct rate_limit **r);
/* True: taken. False: nothing was taken, *retry_after_s_out (>= 1) says when enough will be there. now_ms: monotonic. */
bool rate_limit_take_person(struct rate_limit *r, int64_t person, unsigned cost, int64_t now_ms, int64_t *retry_after_s_out);
/* IPv6 counts by its /64. */
bool rate_limit_take_address(struct rate_limit *r, struct str address, unsigned cost, int64_t now_ms, int64_t *retry_after_s_out);

#endif
