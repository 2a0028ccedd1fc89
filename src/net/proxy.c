/* SPDX-License-Identifier: Apache-2.0
 *
 * The PROXY protocol as pure functions; any thread. Strict: an address must be of the family that the header names.
 */
#include "net/proxy.h"
#include <arpa/inet.h>
#include <netinet/in.h>

static const unsigned char v2_signature[12] = {0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a};

static enum err parse_port(struct str s, uint16_t *out)
{
	int64_t v;
	if (s.n == 0 || s.n > 5 || s.p[0] == '-' || (s.p[0] == '0' && s.n > 1))
		return ERR_MALFORMED;
	if (str_to_i64(s, &v) != ERR_OK || v > UINT16_MAX)
		return ERR_MALFORMED;
	*out = (uint16_t)v;
	return ERR_OK;
}

/* Text of an address -> its bytes; family 4 or 6. */
static bool parse_ip(struct str s, int family, unsigned char out[16])
{
	char z[46];
	if (s.n == 0 || s.n >= sizeof z || memchr(s.p, 0, s.n))
		return false;
	memcpy(z, s.p, s.n);
	z[s.n] = 0;
	return inet_pton(family, z, out) == 1;
}

static enum err parse_v1(struct str line, struct conn_address *out)
{
	/* "PROXY TCP4 source destination sport dport" or "PROXY UNKNOWN anything", without CRLF */
	struct str rest = line;
	str_cut(&rest, ' ');
	struct str family = str_cut(&rest, ' ');
	if (str_eq(family, STR("UNKNOWN")))
		return ERR_OK;
	int af = str_eq(family, STR("TCP4")) ? AF_INET : str_eq(family, STR("TCP6")) ? AF_INET6 : 0;
	if (af == 0)
		return ERR_MALFORMED;
	struct str source = str_cut(&rest, ' '), destination = str_cut(&rest, ' '), sport = str_cut(&rest, ' ');
	unsigned char from[16], to[16];
	uint16_t from_port, to_port;
	if (!parse_ip(source, af, from) || !parse_ip(destination, af, to))
		return ERR_MALFORMED;
	if (parse_port(sport, &from_port) != ERR_OK || parse_port(rest, &to_port) != ERR_OK)
		return ERR_MALFORMED;
	CHECK(inet_ntop(af, from, out->text, sizeof out->text));
	out->port = from_port;
	return ERR_OK;
}

static enum err parse_v2(const unsigned char *p, size_t body, struct conn_address *out)
{
	if (p[12] >> 4 != 2)
		return ERR_MALFORMED;
	switch (p[12] & 0x0f) {
	case 0: /* LOCAL: the proxy speaks for itself */
		return ERR_OK;
	case 1:
		break;
	default:
		return ERR_MALFORMED;
	}
	const unsigned char *a = p + 16;
	switch (p[13]) {
	case 0x11: /* TCP over IPv4 */
		if (body < 12)
			return ERR_MALFORMED;
		CHECK(inet_ntop(AF_INET, a, out->text, sizeof out->text));
		out->port = (uint16_t)(a[8] << 8 | a[9]);
		return ERR_OK;
	case 0x21: /* TCP over IPv6 */
		if (body < 36)
			return ERR_MALFORMED;
		CHECK(inet_ntop(AF_INET6, a, out->text, sizeof out->text));
		out->port = (uint16_t)(a[32] << 8 | a[33]);
		return ERR_OK;
	case 0x00: /* unspecified, or a stream socket of the proxy's machine: no address to take */
	case 0x31:
		return ERR_OK;
	default:
		return ERR_MALFORMED;
	}
}

enum err proxy_parse(struct str in, struct conn_address *out, size_t *size_out)
{
	static const struct str v1_start = {"PROXY ", 6};
	size_t seen = in.n < v1_start.n ? in.n : v1_start.n;
	if (memcmp(in.p, v1_start.p, seen) == 0) {
		size_t window = in.n < PROXY_V1_MAX ? in.n : PROXY_V1_MAX, at;
		if (!str_find(str_n(in.p, window), '\n', &at))
			return window == PROXY_V1_MAX ? ERR_MALFORMED : ERR_AGAIN;
		if (at == 0 || in.p[at - 1] != '\r')
			return ERR_MALFORMED;
		*size_out = at + 1;
		return parse_v1(str_n(in.p, at - 1), out);
	}
	seen = in.n < sizeof v2_signature ? in.n : sizeof v2_signature;
	if (memcmp(in.p, v2_signature, seen) != 0)
		return ERR_NOT_FOUND;
	if (in.n < 16)
		return ERR_AGAIN;
	const unsigned char *p = (const unsigned char *)in.p;
	size_t body = (size_t)(p[14] << 8 | p[15]);
	if (16 + body > PROXY_V2_MAX)
		return ERR_TOO_LARGE;
	*size_out = 16 + body;
	return in.n < 16 + body ? ERR_AGAIN : parse_v2(p, body, out);
}

/* --- who is trusted --- */

struct network {
	int family;
	unsigned char address[16];
	unsigned bits;
};

static bool parse_network(struct str entry, struct network *out)
{
	if (str_eq(entry, STR("unix"))) {
		*out = (struct network){.family = AF_UNIX};
		return true;
	}
	struct str rest = entry;
	struct str address = str_cut(&rest, '/');
	if (parse_ip(address, AF_INET, out->address))
		out->family = AF_INET;
	else if (parse_ip(address, AF_INET6, out->address))
		out->family = AF_INET6;
	else
		return false;
	unsigned most = out->family == AF_INET ? 32 : 128;
	out->bits = most;
	if (address.n == entry.n)
		return true;
	int64_t bits;
	if (str_to_i64(rest, &bits) != ERR_OK || bits < 0 || bits > most)
		return false;
	out->bits = (unsigned)bits;
	return true;
}

static bool same_bits(const unsigned char *a, const unsigned char *b, unsigned bits)
{
	if (memcmp(a, b, bits / 8) != 0)
		return false;
	unsigned rest = bits % 8;
	return rest == 0 || (a[bits / 8] ^ b[bits / 8]) >> (8 - rest) == 0;
}

bool proxy_trusts(struct str list, const struct sockaddr_storage *peer)
{
	int family = peer->ss_family;
	const unsigned char *address = NULL;
	if (family == AF_INET) {
		address = (const unsigned char *)&((const struct sockaddr_in *)peer)->sin_addr;
	} else if (family == AF_INET6) {
		const struct in6_addr *six = &((const struct sockaddr_in6 *)peer)->sin6_addr;
		address = six->s6_addr;
		if (IN6_IS_ADDR_V4MAPPED(six)) { /* an IPv4 peer of a socket that takes both */
			family = AF_INET;
			address = six->s6_addr + 12;
		}
	}
	while (list.n > 0) {
		struct str entry = str_trim_ascii(str_cut(&list, ' '));
		struct network net;
		if (entry.n == 0 || !parse_network(entry, &net) || net.family != family)
			continue;
		if (family == AF_UNIX || (address && same_bits(address, net.address, net.bits)))
			return true;
	}
	return false;
}

bool proxy_list_valid(struct str list)
{
	while (list.n > 0) {
		struct str entry = str_trim_ascii(str_cut(&list, ' '));
		struct network net;
		if (entry.n > 0 && !parse_network(entry, &net))
			return false;
	}
	return true;
}
