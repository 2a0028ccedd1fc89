/* SPDX-License-Identifier: Apache-2.0
 *
 * What a browser says of a passkey (WebAuthn level 2), checked: client data, attestation object, assertion. Pure; any thread. The
 * bytes come from strangers. Signatures and keys are libfido2's; the CBOR around them is a handful of items and is read here.
 */
#ifndef ACCOUNT_WEBAUTHN_H
#define ACCOUNT_WEBAUTHN_H

#include "base/arena.h"
#include "server/installation.h"

#define WEBAUTHN_CREDENTIAL_MAX 1023 /* bytes of a credential's id */
#define WEBAUTHN_KEY_MAX 600         /* of a public key as libfido2 keeps it */

/* The host of public_url; without one it is localhost, where browsers allow passkeys without TLS. */
struct str webauthn_rp_id(const struct installation *inst);

/* type: "webauthn.create" or "webauthn.get". ERR_MALFORMED: no such JSON, another type or origin, or from inside a frame. */
enum err webauthn_client_data(struct arena *a, const struct installation *inst, struct str json, const char *type, struct str *challenge_out) MUST_CHECK;

/* authData out of an attestation object; borrows. ERR_MALFORMED. */
enum err webauthn_attestation(struct str cbor, struct str *auth_data_out) MUST_CHECK;

struct webauthn_credential {
	unsigned char id[WEBAUTHN_CREDENTIAL_MAX], key[WEBAUTHN_KEY_MAX];
	size_t id_n, key_n;
	int algorithm; /* of COSE: ES256, EdDSA or RS256 */
	uint32_t count;
};
/* ERR_MALFORMED also when the user was not present or not verified, or it is of another site. */
enum err webauthn_credential_of(struct str rp_id, struct str auth_data, struct webauthn_credential *out) MUST_CHECK;

/* Whether the holder of the key signed this; *count_out: of its signatures. */
bool webauthn_verify(struct arena *a, struct str rp_id, int algorithm, struct str key, struct str client_data, struct str auth_data, struct str signature,
	uint32_t *count_out);

#endif
