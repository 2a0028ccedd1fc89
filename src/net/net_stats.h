/* SPDX-License-Identifier: Apache-2.0
 *
 * Private to net: the counters behind struct net_stats. Any thread. The loops gather bytes and system calls of a turn
 * and add them once, so that a delivery costs no locked instruction.
 */
#ifndef NET_NET_STATS_H
#define NET_NET_STATS_H

#include "net/conn.h"

extern struct net_stats net_counters; /* `open` is not kept here: accepted - closed */

#define NET_COUNT(name, by) ((void)__atomic_fetch_add(&net_counters.name, (uint64_t)(by), __ATOMIC_RELAXED))

#endif
