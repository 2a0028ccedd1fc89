/* SPDX-License-Identifier: Apache-2.0
 *
 * SRTP's key derivation (RFC 3711 4.3) with a derivation rate of 0. Pure, any thread.
 */
#include "media/srtp_private.h"
#include <openssl/evp.h>
#include <string.h>

enum err srtp_derive(const uint8_t key[16], const uint8_t salt[14], enum srtp_label label, uint8_t *out, size_t n)
{
	uint8_t iv[16] = {0};
	int made = 0;
	memcpy(iv, salt, 14);
	iv[7] ^= (uint8_t)label;
	memset(out, 0, n);
	EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
	bool ok = c && EVP_EncryptInit_ex(c, EVP_aes_128_ctr(), NULL, key, iv) == 1 && EVP_EncryptUpdate(c, out, &made, out, (int)n) == 1;
	EVP_CIPHER_CTX_free(c);
	return ok && (size_t)made == n ? ERR_OK : ERR_IO;
}
