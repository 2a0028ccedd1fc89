/* SPDX-License-Identifier: Apache-2.0
 *
 * HMAC-SHA1 (RFC 2104) with the key's two blocks hashed once: SRTP's and STUN's authentication. OpenSSL 3.0's EVP_MAC allocates for every
 * message (it copies its contexts), so this stands on the plain SHA1 functions. Pure, any thread.
 */
#ifndef MEDIA_HMAC_SHA1_H
#define MEDIA_HMAC_SHA1_H

#include <stddef.h>
#include <stdint.h>

/* The functions on SHA_CTX are called deprecated since OpenSSL 3.0, because they pass by its providers; they are what is wanted here. */
#ifndef OPENSSL_SUPPRESS_DEPRECATED
#define OPENSSL_SUPPRESS_DEPRECATED
#endif
#include <openssl/sha.h>

enum { HMAC_SHA1_N = 20 };

struct hmac_sha1 { SHA_CTX inner, outer; }; /* both after the key's block; a secret */

struct hmac_part { const void *p; size_t n; };

void hmac_sha1_init(struct hmac_sha1 *h, const void *key, size_t n);
void hmac_sha1_sum(const struct hmac_sha1 *h, const struct hmac_part *parts, size_t count, uint8_t out[HMAC_SHA1_N]);

#endif
