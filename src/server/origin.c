/* SPDX-License-Identifier: Apache-2.0 */
#include "server/origin.h"

bool origin_is_ours(struct str origin, struct str host, bool tls, struct str public_url)
{
	if (public_url.n && str_ieq_ascii(origin, public_url))
		return true;
	struct str scheme = tls ? STR("https://") : STR("http://");
	if (!host.n || origin.n != scheme.n + host.n || !str_starts(origin, scheme))
		return false;
	return str_ieq_ascii(str_n(origin.p + scheme.n, host.n), host);
}
