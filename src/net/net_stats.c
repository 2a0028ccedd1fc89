/* SPDX-License-Identifier: Apache-2.0
 *
 * Counters of the process about its connections. Any thread: relaxed atomics, each on its own.
 */
#include "net/net_stats.h"
#include <string.h>

struct net_stats net_counters;

void net_stats_read(struct net_stats *out)
{
	memset(out, 0, sizeof *out);
#define READ(name) out->name = __atomic_load_n(&net_counters.name, __ATOMIC_RELAXED)
	READ(accepted);
	READ(refused);
	READ(closed);
	READ(tls_handshakes);
	READ(tls_failed);
	READ(bytes_in);
	READ(bytes_out);
	READ(reads);
	READ(writes);
	READ(cut_slow);
	READ(cut_large);
	READ(cut_malformed);
	READ(cut_overflow);
	READ(cut_idle);
#undef READ
	/* closed was read after accepted, so it may be ahead by a connection that came and went between */
	out->open = out->accepted > out->closed ? out->accepted - out->closed : 0;
}

void net_count_cut(enum net_cut why)
{
	switch (why) {
	case NET_CUT_SLOW:
		NET_COUNT(cut_slow, 1);
		break;
	case NET_CUT_LARGE:
		NET_COUNT(cut_large, 1);
		break;
	case NET_CUT_MALFORMED:
		NET_COUNT(cut_malformed, 1);
		break;
	case NET_CUT_OVERFLOW:
		NET_COUNT(cut_overflow, 1);
		break;
	case NET_CUT_IDLE:
		NET_COUNT(cut_idle, 1);
		break;
	}
}
