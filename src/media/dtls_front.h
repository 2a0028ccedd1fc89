/* SPDX-License-Identifier: Apache-2.0
 *
 * What may go on to OpenSSL: is this datagram a plausible run of DTLS 1.2 records (RFC 6347 4.1, 4.2.2)? A filter against floods of junk; it
 * understands no message, and a ClientHello in fragments passes. Pure function, any thread.
 */
#ifndef MEDIA_DTLS_FRONT_H
#define MEDIA_DTLS_FRONT_H

#include <stddef.h>
#include <stdint.h>

enum dtls_front {
	DTLS_JUNK,         /* drop it: no records, lengths that do not fit the datagram, unknown types or versions, a handshake head that contradicts itself */
	DTLS_CLIENT_HELLO, /* begins with a (fragment of a) ClientHello in the clear: the only thing that a handshake may begin with */
	DTLS_MORE          /* anything else of a handshake that goes on, an alert, application data */
};

enum dtls_front dtls_front(const uint8_t *p, size_t n);

#endif
