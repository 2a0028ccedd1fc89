/* SPDX-License-Identifier: Apache-2.0
 *
 * DTLS 1.2 as the server of DTLS-SRTP (RFC 5764), by OpenSSL over memory: datagrams in, datagrams out by a callback. The certificate is made
 * once a process and never leaves it. The browser's certificate must have the fingerprint that signalling told. One thread.
 */
#ifndef MEDIA_DTLS_H
#define MEDIA_DTLS_H

#include "base/str.h"
#include "media/srtp.h"

#define DTLS_FINGERPRINT_BYTES 32           /* SHA-256 */
#define DTLS_FINGERPRINT_TEXT (32 * 3)      /* "82:5A:..." with its NUL */
#define DTLS_MTU 1200

struct dtls_context;
enum err dtls_context_new(struct dtls_context **out) MUST_CHECK; /* ERR_IO: OpenSSL refused */
void dtls_context_free(struct dtls_context **c);
const char *dtls_context_fingerprint(const struct dtls_context *c);

/* "82:5A:...", either case. ERR_MALFORMED. */
enum err dtls_fingerprint_read(const char *text, uint8_t out[DTLS_FINGERPRINT_BYTES]) MUST_CHECK;
void dtls_fingerprint_write(const uint8_t fingerprint[DTLS_FINGERPRINT_BYTES], char out[DTLS_FINGERPRINT_TEXT]);

enum dtls_state {
	DTLS_HANDSHAKING,
	DTLS_CONNECTED,
	DTLS_CLOSED,          /* the browser said goodbye */
	DTLS_FAILED,
	DTLS_BAD_FINGERPRINT
};

struct dtls;
/* send is called from inside the functions below, with one datagram. NULL: no memory. */
struct dtls *dtls_new(struct dtls_context *c, const uint8_t peer_fingerprint[DTLS_FINGERPRINT_BYTES],
	void (*send)(void *user, const uint8_t *p, size_t n), void *user);
void dtls_free(struct dtls **d);
enum dtls_state dtls_state(const struct dtls *d);
enum dtls_state dtls_input(struct dtls *d, const uint8_t *p, size_t n);
/* Sends again what was not answered in time, while there is a handshake; DTLS_FAILED after too many times. Cheap when nothing is due. */
enum dtls_state dtls_sweep(struct dtls *d);
void dtls_say_goodbye(struct dtls *d);
/* Once connected. ERR_IO: nothing to export, or no profile was agreed on. Wipe them after use. */
enum err dtls_keys(struct dtls *d, struct srtp_keys *client_out, struct srtp_keys *server_out) MUST_CHECK;

#endif
