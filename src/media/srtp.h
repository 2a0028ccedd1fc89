/* SPDX-License-Identifier: Apache-2.0
 *
 * SRTP and SRTCP (RFC 3711), profiles AEAD_AES_128_GCM (RFC 7714) and AES_CM_128_HMAC_SHA1_80, keys from DTLS (RFC 5764): no MKI,
 * key derivation rate 0. One struct srtp is one direction of one transport; it belongs to the transport's thread. Nothing is allocated
 * per packet.
 *
 * The rule of the index. A packet's index is 65536 * rollovers + sequence number. With one key, no (SSRC, index) is ever encrypted
 * twice: not with other bytes, nor with another header. So a packet is sent again as RTX (another SSRC), or as the very bytes that
 * were sent before; what is dropped is dropped before it gets a number; numbers never begin anew while the keys stay (not at an ICE
 * restart either); two streams of one context never share an SSRC. srtp_protect refuses what it can see (an index that the stream used, or
 * one older than SRTP_WINDOW); builds with checks (MEDIA_CHECKS) remember more and abort.
 * A stream's first sequence number should lie below 32768, so that loss around the first wrap cannot mislead the receiver (RFC 3711 3.3.1).
 */
#ifndef MEDIA_SRTP_H
#define MEDIA_SRTP_H

#include "base/err.h"
#include "media/limits.h"
#include <stddef.h>

enum srtp_profile { /* the numbers of use_srtp (RFC 5764 4.1.2, RFC 7714 14.2) */
	SRTP_PROFILE_CM_SHA1_80 = 0x0001, /* 16 bytes of key, 14 of salt */
	SRTP_PROFILE_GCM = 0x0007         /* 16 bytes of key, 12 of salt */
};

enum { SRTP_OVERHEAD_MAX = 20 }; /* bytes that a protected packet may be longer: GCM's tag, and SRTCP's index */

/* The master keys of one direction, in the order that DTLS exports them. salt: 14 or 12 bytes are used, by the profile. */
struct srtp_keys {
	enum srtp_profile profile;
	uint8_t key[16], salt[14];
};

/* What is remembered of one SSRC's RTP. Embedded in whoever sends, zeroed before its first packet, one for each outgoing SSRC (RTX is its own),
 * kept as long as the SSRC; incoming streams are the context's own. */
struct srtp_stream {
	uint64_t highest;  /* index */
	bool started;
	uint64_t window[SRTP_WINDOW / 64]; /* ring of bits, by index % SRTP_WINDOW: seen */
};

struct srtp;

/* keys may be wiped afterwards. NULL: OpenSSL would not (no memory), or an unknown profile. */
struct srtp *srtp_new(const struct srtp_keys *keys, bool sending);
void srtp_free(struct srtp **s); /* wipes its keys; nulls *s; NULL is fine */
size_t srtp_salt_n(enum srtp_profile profile); /* 14 or 12 */

/* Encrypts header | head | rest into out: head are the payload's first bytes, patched for the receiver (head_n 0: none), rest follows it. The header
 * (12 bytes and more, with extensions) stays readable; its seq and SSRC give the index. out must not overlap the input.
 * *out_n: room in out, then bytes written (at most the sum + SRTP_OVERHEAD_MAX).
 * ERR_TOO_LARGE: no room. ERR_MALFORMED: header_n does not fit the header. ERR_REFUSED (no struct refusal): the index was used or is too old.
 * ERR_IO: OpenSSL. On an error nothing may be sent, and but for ERR_IO the index is not used up. */
enum err srtp_protect(struct srtp *s, const uint8_t *header, size_t header_n, const uint8_t *head, size_t head_n, const uint8_t *rest, size_t rest_n,
	struct srtp_stream *stream, uint8_t *out, size_t *out_n) MUST_CHECK;

/* Decrypts in place; *n shrinks. ERR_MALFORMED: no RTP, too short, or not authentic. ERR_REFUSED (no struct refusal): seen before, or
 * older than the window. Afterwards p is to be thrown away on any error. Nothing is remembered of what is not authentic. */
enum err srtp_unprotect(struct srtp *s, uint8_t *p, size_t *n) MUST_CHECK;

/* RTCP: a whole compound, always encrypted. protect: in -> out, out must not overlap; *out_n as above. The index is the context's own.
 * Errors as above; ERR_CLOSED: the 2^31 packets that one key is good for were sent. */
enum err srtcp_protect(struct srtp *s, const uint8_t *in, size_t n, uint8_t *out, size_t *out_n) MUST_CHECK;
enum err srtcp_unprotect(struct srtp *s, uint8_t *p, size_t *n) MUST_CHECK;

#endif
