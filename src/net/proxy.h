/* SPDX-License-Identifier: Apache-2.0
 *
 * Private to net: the PROXY protocol, versions 1 and 2 (HAProxy's "The PROXY protocol", 2020/03/05), and the list of those
 * who may speak it. Pure.
 */
#ifndef NET_PROXY_H
#define NET_PROXY_H

#include "net/conn.h"
#include <sys/socket.h>

#define PROXY_V1_MAX 107
#define PROXY_V2_MAX 2048 /* head, addresses and the extras that we skip */

/* What the bytes so far are. ERR_NOT_FOUND: no PROXY header. ERR_AGAIN: may become one. ERR_OK: one of *size_out bytes;
 * *out is changed when it names a client. ERR_MALFORMED, ERR_TOO_LARGE. */
enum err proxy_parse(struct str in, struct conn_address *out, size_t *size_out) MUST_CHECK;

/* Is the peer in "127.0.0.1 10.0.0.0/8 2001:db8::/32 unix"? An entry that is not understood matches nobody. */
bool proxy_trusts(struct str list, const struct sockaddr_storage *peer);
bool proxy_list_valid(struct str list);

#endif
