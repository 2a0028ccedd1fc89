/* SPDX-License-Identifier: Apache-2.0
 *
 * See media_address.h.
 */
#include "app/media_address.h"

#include "media/transport.h"
#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>

static bool add(struct buf *out, unsigned *count, const char *address)
{
	if (*count == TRANSPORT_ADDRESSES_MAX)
		return false;
	if ((*count)++ > 0)
		buf_add_c(out, ',');
	buf_add_str(out, str_of(address));
	return true;
}

static bool configured_ones(struct str list, struct buf *out, unsigned *count)
{
	for (size_t at = 0; at < list.n;) {
		size_t end = at;
		while (end < list.n && list.p[end] != ',' && list.p[end] != ' ')
			end++;
		struct str one = str_n(list.p + at, end - at);
		at = end + 1;
		if (one.n == 0)
			continue;
		char text[INET6_ADDRSTRLEN];
		struct in6_addr unused;
		if (one.n >= sizeof text)
			return false;
		memcpy(text, one.p, one.n);
		text[one.n] = 0;
		if ((inet_pton(AF_INET, text, &unused) != 1 && inet_pton(AF_INET6, text, &unused) != 1) || !add(out, count, text))
			return false;
	}
	return true;
}

/* A link-local address of IPv6 is good within one link only, and a browser could not say which. */
static bool usable(const struct ifaddrs *i, int family, bool loopback)
{
	if (!i->ifa_addr || i->ifa_addr->sa_family != family || !(i->ifa_flags & IFF_UP) || !(i->ifa_flags & IFF_LOOPBACK) == loopback)
		return false;
	return family == AF_INET || !IN6_IS_ADDR_LINKLOCAL(&((const struct sockaddr_in6 *)i->ifa_addr)->sin6_addr);
}

static void interface_ones(struct buf *out, unsigned *count, bool loopback)
{
	struct ifaddrs *all;
	if (getifaddrs(&all) != 0)
		return;
	for (int six = 0; six < 2; six++)
		for (const struct ifaddrs *i = all; i; i = i->ifa_next) {
			int family = six ? AF_INET6 : AF_INET;
			char text[INET6_ADDRSTRLEN];
			if (!usable(i, family, loopback))
				continue;
			const void *address = six ? (const void *)&((const struct sockaddr_in6 *)i->ifa_addr)->sin6_addr
						  : (const void *)&((const struct sockaddr_in *)i->ifa_addr)->sin_addr;
			if (inet_ntop(family, address, text, sizeof text))
				add(out, count, text);
		}
	freeifaddrs(all);
}

bool media_addresses(struct str configured, struct buf *out)
{
	unsigned count = 0;
	if (!configured_ones(configured, out, &count))
		return false;
	if (count == 0)
		interface_ones(out, &count, false);
	if (count == 0)
		interface_ones(out, &count, true);
	if (count == 0) /* a machine that does not tell */
		add(out, &count, "127.0.0.1");
	return !out->err;
}
