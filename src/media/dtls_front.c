/* SPDX-License-Identifier: Apache-2.0
 *
 * The heads of DTLS records and of handshake messages that are in the clear (epoch 0). Pure, any thread.
 */
#include "media/dtls_front.h"
#include "media/limits.h"
#include "media/wire.h"

enum {
	CHANGE_CIPHER_SPEC = 20,
	ALERT = 21,
	HANDSHAKE = 22,
	APPLICATION_DATA = 23,
	DTLS_1_0 = 0xfeff, /* of a ClientHello's record, too */
	DTLS_1_2 = 0xfefd,
	CLIENT_HELLO = 1
};

/* A handshake message's head: type, length, number, and the fragment that this record holds. Several messages may share a record. */
static bool handshake_fits(struct reader r, uint8_t *first_type_out)
{
	*first_type_out = r.n > 0 ? *r.p : 0;
	do {
		uint8_t type = read_u8(&r);
		uint32_t length = read_u24(&r);
		read_u16(&r);
		uint32_t at = read_u24(&r), size = read_u24(&r);
		if (type > 24 || length > DTLS_MESSAGE_MAX || at > length || size > length - at || (size == 0 && length > 0) || !read_bytes(&r, size))
			return false;
	} while (r.n > 0);
	return !r.bad;
}

static bool body_fits(uint8_t type, uint16_t epoch, struct reader body, uint8_t *first_type_out)
{
	switch (type) {
	case CHANGE_CIPHER_SPEC:
		return body.n == 1 && epoch == 0 && *body.p == 1;
	case ALERT:
		return epoch > 0 ? body.n > 2 : body.n == 2;
	case HANDSHAKE:
		return epoch > 0 || handshake_fits(body, first_type_out);
	default:
		return type == APPLICATION_DATA && epoch > 0;
	}
}

enum dtls_front dtls_front(const uint8_t *p, size_t n)
{
	struct reader r = reader_of(p, n);
	uint8_t first = 0;
	if (n > DTLS_DATAGRAM_MAX)
		return DTLS_JUNK;
	for (unsigned records = 0; records == 0 || r.n > 0; records++) {
		uint8_t type = read_u8(&r), message = 0;
		uint16_t version = read_u16(&r), epoch = read_u16(&r);
		read_bytes(&r, 6); /* the record's number */
		size_t size = read_u16(&r);
		const uint8_t *body = read_bytes(&r, size);
		if (!body || size == 0 || records == DTLS_RECORDS_MAX || (version != DTLS_1_0 && version != DTLS_1_2) ||
			!body_fits(type, epoch, reader_of(body, size), &message))
			return DTLS_JUNK;
		if (records == 0)
			first = message;
	}
	return first == CLIENT_HELLO ? DTLS_CLIENT_HELLO : DTLS_MORE;
}
