/* SPDX-License-Identifier: Apache-2.0
 *
 * What a browser says of a passkey: an attestation object, its key, client data. What is found lies within the input, and the same
 * bytes as an assertion verify as nobody's.
 */
#include "account/webauthn.h"
#include "base/arena.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct webauthn_credential c;
	const struct installation inst = {.public_url = STR("https://zvonok.example")};
	struct arena *a = arena_new(1u << 20);
	unsigned char *exact = fuzz_exact(data, size);
	struct str in = str_n(exact, size), auth = {0}, challenge = {0};
	uint32_t count;
	enum err e = webauthn_attestation(in, &auth);
	MUST(e == ERR_OK || e == ERR_MALFORMED);
	if (!e)
		MUST((const unsigned char *)auth.p >= exact && (const unsigned char *)auth.p + auth.n <= exact + size);
	/* without its envelope too, so that the key's reader is reached with the site's hash in front */
	unsigned char bare[37 + 2000] = {0xa3, 0x79, 0xa6, 0xf6, 0xee, 0xaf, 0xb9, 0xa5, 0x5e, 0x37, 0x8c, 0x11, 0x80, 0x34, 0xe2, 0x75, 0x1e, 0x68, 0x2f, 0xab, 0x9f,
		0x2d, 0x30, 0xab, 0x13, 0xd2, 0x12, 0x55, 0x86, 0xce, 0x19, 0x47, 0x45};
	size_t n = size < 2000 ? size : 2000;
	if (n > 0)
		memcpy(bare + 37, data, n);
	if (!webauthn_credential_of(STR("example.com"), str_n(bare, 37 + n), &c))
		MUST(c.id_n > 0 && c.id_n <= sizeof c.id && c.key_n > 0 && c.key_n <= sizeof c.key);
	if (!e && !webauthn_credential_of(STR("localhost"), auth, &c))
		MUST(c.id_n > 0 && c.id_n <= sizeof c.id && c.key_n > 0 && c.key_n <= sizeof c.key);
	if (!webauthn_client_data(a, &inst, in, "webauthn.get", &challenge))
		MUST(challenge.n > 0);
	static const unsigned char key[64] = {4, 2};
	MUST(!webauthn_verify(a, STR("example.com"), -7, str_n(key, sizeof key), in, str_n(bare, 37), in, &count));
	free(exact);
	arena_free(&a);
	return 0;
}
